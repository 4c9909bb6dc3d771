"""What each line of a quote is worth on its way from list price to pocket, exactly.

Amounts are minor units of the policy's currency, integers where they are whole and fractions where a unit price or a quantity is not;
nothing is rounded here but what the policy says is rounded.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from ..errors import FactError
from ..money import Currency, Exact, Rounding
from ..trace import Source
from .discounts.discount import Discount
from .discounts.orders import OrderLine, OrderStacked, StackLine, stack_order
from .discounts.stacked import Stacked
from .facts import Quote, QuoteLine
from .listing import Amount, Listed, listed, plain
from .promoting import promoted
from .promotions import Applied, Campaign, Gift, Promoted, Usage
from .refusals import mixed_currency
from .waterfall import Kind, WaterfallStep

if TYPE_CHECKING:
    from .policy import PricePolicy

__all__ = ["PLAIN", "Asking", "Priced", "PricedQuote", "Taken", "priced", "together"]

_AMOUNTS = ("one", "quantity", "list", "invoice", "net", "pocket", "cost", "last_price", "contract_price", "guidance", "book")


class Taken(NamedTuple):
    """A step of the waterfall before it is told: what it takes off, why, and whether its id is a word of this library (`waterfall.NAMED`)."""

    id: str
    kind: Kind
    amount: Amount
    base: Amount = 0
    rate: Fraction | None = None
    rounding: Rounding | None = None
    source: Source | None = None
    own: bool = True


@attrs.define(slots=True, eq=False)
class Priced:
    """A line, or an order, on its way: what all its units are worth at each stage, and the steps that led there.

    It is the record that the rules read (`salesrules.pricing.program`): ``one`` is the amount of one major unit of money and ``quantity``
    that for each unit sold. What is not known is 0, but for the cost, which is `None`.
    """

    line: QuoteLine | None
    dimensions: tuple[str, ...]
    one: Amount
    quantity: Amount
    list: Amount
    invoice: Amount
    net: Amount
    pocket: Amount
    cost: Amount | None
    last_price: Amount = 0
    contract_price: Amount = 0
    guidance: Amount = 0
    book: Amount = 0
    steps: tuple[Taken, ...] = ()

    def take(self, step: Taken) -> None:
        """Go one step down."""
        self.steps = (*self.steps, step)
        if step.kind == "on_invoice":
            self.invoice -= step.amount
        if step.kind != "cost_to_serve":
            self.net -= step.amount
        self.pocket -= step.amount

    def whole(self) -> "Priced":
        """The same in whole numbers, every amount over one common denominator; a cost that no rule asks for counts as 0."""
        amounts = {name: getattr(self, name) or 0 for name in _AMOUNTS}
        common = lcm(*(amount.denominator for amount in amounts.values()))
        told: dict[str, Any] = {name: amount.numerator * (common // amount.denominator) for name, amount in amounts.items()}
        return attrs.evolve(self, **told)

    @property
    def is_whole(self) -> bool:
        """Whether every amount is an integer already: a sum with a fraction in it is none."""
        known = self.quantity + self.list + self.invoice + self.net + self.pocket + self.last_price + self.contract_price + self.guidance + self.book
        return type(known if self.cost is None else known + self.cost) is int

    def waterfall(self, currency: Currency) -> Iterator[WaterfallStep]:
        """The steps, told."""
        name = "" if self.line is None else self.line.id
        yield WaterfallStep(id="list", kind="list", amount=Exact.from_minor(self.list, currency), line=name, own=True)
        for step in self.steps:
            yield WaterfallStep(
                id=step.id,
                kind=step.kind,
                amount=Exact.from_minor(-step.amount, currency),
                base=Exact.from_minor(step.base, currency),
                rate=step.rate,
                rounding=step.rounding,
                line=name,
                source=step.source,
                own=step.own,
            )
        if self.cost is not None:
            yield WaterfallStep(id="cost", kind="cost", amount=Exact.from_minor(-self.cost, currency), line=name, own=True)


class PricedQuote(NamedTuple):
    """A quote with its prices.

    Args:
        lines: what is sold.
        gifts: what promotions give besides.
        prices: what each line started from.
        stacked: how the discounts met, if there were any.
        promoted: what promotions gave, if any were asked.
    """

    lines: tuple[Priced, ...]
    gifts: tuple[Priced, ...]
    prices: tuple[Listed, ...]
    stacked: OrderStacked | None
    promoted: Promoted | None

    @property
    def total(self) -> Priced:
        """The whole order: all lines, and the gifts that come with them."""
        return together((*self.lines, *self.gifts))


@attrs.frozen(kw_only=True)
class Asking:
    """What comes with a question besides the quote.

    Args:
        campaigns: promotions with what was done about them; only those that run are applied.
        usage: what has been used up of them.
        further: by line, what is taken off besides, after all discounts.
    """

    campaigns: tuple[Campaign, ...] = ()
    usage: Usage | None = None
    further: tuple[tuple[str, Amount], ...] = ()


PLAIN = Asking()
"""Nothing besides."""


def priced(policy: "PricePolicy", quote: Quote, day: date, asking: Asking = PLAIN) -> PricedQuote:
    """Every line of a quote on its way to the pocket, at the prices of a day."""
    prices = tuple([listed(policy, quote, line, day) for line in quote.lines])
    promotions = promoted(policy, quote, prices, asking.campaigns, asking.usage, day) if asking.campaigns else None
    discounted, bundled = bool(quote.discounts) or promotions is not None, False
    lines = []
    for line, told in zip(quote.lines, prices, strict=True):
        free = line.free if promotions is None else (line.free or 0) + promotions.free_of(line.id)
        lines.append(_line(policy, quote, line, told, free))
        discounted, bundled = discounted or bool(line.discounts), bundled or bool(line.bundle)
    stacked = _stacked(policy, quote, lines, prices, promotions) if discounted else None
    for name, amount in asking.further:
        for one in lines:
            if one.line is not None and one.line.id == name and amount:
                one.take(Taken("further", "on_invoice", amount, one.invoice))
    if bundled:
        _bundled(lines)
    gifts: tuple[Priced, ...] = ()
    if promotions is not None and promotions.gifts:
        gifts = tuple(_gift(policy, quote, applied, gift) for applied in promotions.applied for gift in applied.gifts)
        _given(lines, gifts)
    if quote.rebate is not None or quote.payment_discount is not None or quote.freight is not None:
        _after_invoice(policy, quote, [*lines, *gifts])
    return PricedQuote(tuple(lines), gifts, prices, stacked, promotions)


def _after_invoice(policy: "PricePolicy", quote: Quote, every: Sequence[Priced]) -> None:
    """What is paid back or borne after the invoice."""
    for name, rate in (("rebate", quote.rebate), ("payment_discount", quote.payment_discount)):
        if rate is not None:
            for one in every:
                one.take(Taken(name, "off_invoice", plain(one.net * rate), one.net, rate))
    if quote.freight is not None:
        if quote.freight.currency != policy.money:
            raise mixed_currency(quote.freight, policy.money, "freight")
        _borne(every, "freight", quote.freight.minor)


def _line(policy: "PricePolicy", quote: Quote, line: QuoteLine, told: Listed, free: Fraction | None) -> Priced:
    """A line by itself: list price, free units, the price of the book, and the price that is asked."""
    quantity, one = line.quantity, 10**policy.money.digits
    sold = abs(quantity.numerator) if quantity.denominator == 1 else abs(quantity)
    units = sold if free is None else sold + plain(free)
    whole = left = told.list * units
    steps: list[Taken] = []
    if free is not None and free:
        steps.append(Taken("free", "on_invoice", told.list * plain(free), whole))
        left = told.list * sold
    if told.price != told.list:
        steps.append(Taken(told.by, "on_invoice", (told.list - told.price) * sold, left, own=False))
        left = told.price * sold
    if told.asked != told.price:
        steps.append(Taken("price", "on_invoice", (told.price - told.asked) * sold, left))
        left = told.asked * sold
    return Priced(
        line,
        (quote.customer, line.variant, line.product, line.category, quote.customer_grade, quote.channel, quote.region),
        one,
        units * told.units * one,
        whole,
        left,
        left,
        left,
        None if told.cost is None else told.cost * units,
        told.last_price * units,
        told.contract_price * units,
        told.guidance * units,
        told.price * units,
        tuple(steps),
    )


def _gift(policy: "PricePolicy", quote: Quote, applied: Applied, gift: Gift) -> Priced:
    """Another article for nothing."""
    units, worth, one = plain(gift.quantity), plain(gift.worth.minor), 10**policy.money.digits
    line = QuoteLine(id=f"{applied.promotion}:{gift.product}", product=gift.product, quantity=gift.quantity)
    dimensions = (quote.customer, "", gift.product, "", quote.customer_grade, quote.channel, quote.region)
    cost = None if gift.cost is None else plain(gift.cost.minor)
    made = Priced(line, dimensions, one, units * one, worth, worth, worth, worth, cost, book=worth)
    made.take(Taken(applied.promotion, "on_invoice", worth, worth, own=False))
    return made


def _stacked(policy: "PricePolicy", quote: Quote, lines: Sequence[Priced], prices: Sequence[Listed], promotions: Promoted | None) -> OrderStacked | None:
    """The discounts of the lines and of the order, as the policy lets them meet."""
    of_order = quote.discounts if promotions is None else (*quote.discounts, *promotions.of_order)
    given = [
        StackLine(
            id=line.id,
            price=Exact.from_minor(told.asked, policy.money),
            quantity=abs(line.quantity),
            list_price=Exact.from_minor(told.list, policy.money),
            floor=_hard_floor(policy, quote, line, one),
            discounts=(*_on_basis(line.discounts, told.basis), *(() if promotions is None else promotions.of_line(line.id))),
        )
        for line, told, one in zip(quote.lines, prices, lines, strict=True)
    ]
    if not of_order and not any(line.discounts for line in given):
        return None
    rules = policy.discounts
    if rules is None:
        raise FactError("pricing.no_stacking", "the policy does not say how discounts meet; add a table [discounts]", path="discounts")
    made = stack_order(given, of_order, items=rules.lines, order=rules.order, spreading=rules.spreading)
    for one, own in zip(lines, made.lines, strict=True):
        for taken in _reductions(rules.lines.rounding, own, made.order):
            one.take(taken)
    return made


def _on_basis(discounts: tuple[Discount, ...], share: Amount) -> tuple[Discount, ...]:
    """Discounts of a line, whose amounts stand on the line's tax basis, on that of the policy."""
    if share == 1:
        return discounts

    def brought(amount: Exact | None) -> Exact | None:
        return None if amount is None else amount * Fraction(share)

    return tuple(attrs.evolve(one, amount=brought(one.amount), price=brought(one.price)) for one in discounts)


def _reductions(rounding: Rounding, own: OrderLine, order: Stacked) -> Iterator[Taken]:
    """What stacking took off a line, step by step."""
    for step in own.stacked.steps:
        rate = step.discount.rate if step.discount.amount is None and step.asked == step.amount else None
        yield Taken(step.discount.id, "on_invoice", plain(step.amount.minor), plain(step.base.minor), rate, rounding, step.discount.source, own=False)
    if own.stacked.rounded.minor:
        yield Taken("rounding", "on_invoice", plain(own.stacked.rounded.minor), rounding=rounding)
    for step in order.steps:
        for share in step.spread.shares if step.spread is not None else ():
            if share.id == own.id and share.amount.minor:
                yield Taken(step.discount.id, "on_invoice", share.amount.minor, plain(step.before.minor), source=step.discount.source, own=False)


def _hard_floor(policy: "PricePolicy", quote: Quote, line: QuoteLine, one: Priced) -> Exact | None:
    """The lowest price of a unit of the line that nobody may go below: no discount of the order is spread through it.

    A floor below the invoice is kept by as much more as comes off later as a share; freight is not known before it is spread.
    """
    kept = (1 - (quote.rebate or 0)) * (1 - (quote.payment_discount or 0))
    demands = [Fraction(amount) / (1 if at == "invoice" else kept) for at, amount in policy.of_lines.hard_floors(one) if at == "invoice" or kept]
    return Exact.from_minor(max(demands) / abs(line.quantity), policy.money) if demands else None


def _borne(lines: Sequence[Priced], name: str, amount: Amount) -> None:
    """Spread a cost over the lines by what is invoiced, or evenly where nothing is."""
    total = sum(one.invoice for one in lines)
    for one in lines:
        share = Fraction(one.invoice, total) if total else Fraction(1, len(lines))
        one.take(Taken(name, "cost_to_serve", plain(amount * share), amount, share))


def _bundled(lines: Iterable[Priced]) -> None:
    """What lines that are sold together bring in is spread over them by their list values."""
    groups: dict[str, list[Priced]] = {}
    for one in lines:
        if one.line is not None and one.line.bundle:
            groups.setdefault(one.line.bundle, []).append(one)
    for group in groups.values():
        whole, worth = sum(one.invoice for one in group), sum(one.list for one in group)
        for one in group:
            share = Fraction(one.list, worth) if worth else Fraction(1, len(group))
            if one.invoice != whole * share:
                one.take(Taken("bundle", "on_invoice", plain(one.invoice - whole * share), whole))


def _given(lines: Sequence[Priced], gifts: Sequence[Priced]) -> None:
    """What the lines bring in pays for the gifts too: each gives up the same share of what is invoiced for it."""
    invoiced, worth = sum(one.invoice for one in lines), sum(gift.list for gift in gifts)
    if not invoiced:
        return
    share = Fraction(worth, invoiced + worth)
    for one in lines:
        one.take(Taken("gift", "on_invoice", plain(one.invoice * share), one.invoice, share))
    for gift in gifts:
        gift.take(Taken("gift", "on_invoice", plain(gift.list * (share - 1)), gift.list))


def together(lines: Sequence[Priced]) -> Priced:
    """Lines added up to an order; its cost is unknown where that of a line is."""
    first = lines[0]
    sums = {name: sum(getattr(one, name) for one in lines) for name in _AMOUNTS if name not in {"one", "cost"}}
    cost = None if any(one.cost is None for one in lines) else sum(one.cost for one in lines if one.cost is not None)
    customer, _, _, _, grade, channel, region = first.dimensions
    return attrs.evolve(first, line=None, dimensions=(customer, "", "", "", grade, channel, region), cost=cost, steps=(), **sums)
