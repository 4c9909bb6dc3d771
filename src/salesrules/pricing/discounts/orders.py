"""The discounts of an order: first those of each line, then those of the order, spread over the lines and stopped by their floors.

    >>> lines = (StackLine(id="shirt", price=Money(50, "CNY"), least=Money(45, "CNY")), StackLine(id="mug", price=Money(20, "CNY")))
    >>> each = Stacking(mode="cascading", order="given")
    >>> made = stack_order(lines, (Discount(id="coupon", amount=Money(20, "CNY"), per="order"),), items=each, order=each,
    ...                    spreading=Spreading(by="amount", remainder="largest_remainder", pushed_back="move"))
    >>> [(line.id, str(line.net)) for line in made.lines], made.total
    ([('shirt', '45.00 CNY'), ('mug', '5.00 CNY')], Money('50.00', 'CNY'))

A discount of the order is rounded to a whole amount before it is spread, whatever `Stacking.rounds_when` says; a discount that is
``not_on_discounted`` goes to the lines that still stand at list price, and its rate is a share of those. Where the lines round per
document, their unrounded amounts are summed up, the sum is rounded, and each line gets its part of that (largest remainders): so the
lines always add up to the total, and a line may stand a minor unit off its unrounded amount.

References: see `salesrules.pricing.discounts.stacking` and `salesrules.pricing.discounts.spreading`.
Checked with: ``tests/golden/pricing/stacking.toml``, ``tests/golden/pricing/spreading.toml``.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import attrs

from ..._exact import as_ratio
from ..._fields import about, field
from ...allocation import split_units
from ...errors import FactError
from ...money import Currency, Exact, Money
from ...trace import Step
from .algebra import Stacking
from .discount import Discount
from .spreading import LineAmount, Spread, Spreading, spread
from .stacked import Dropped, Reduction, Stacked
from .stacking import stack, stack_on, terms_of
from .taking import Terms

Told = TypeVar("Told", Reduction, Dropped)

__all__ = ["OrderLine", "OrderStacked", "StackLine", "stack_order"]


def _price(value: Any) -> Any:
    return Exact.from_minor(value.minor, value.currency) if isinstance(value, Money) else value


@attrs.frozen(kw_only=True)
class StackLine:
    """A line before its discounts.

    Args:
        price: of one unit.
        quantity: units; below 0 for a return.
        list_price: of one unit, where it is not the price.
        least: the least price of one unit, that of `Stacking.least` where left out.
        floor: the price of one unit below which the line bears no discount of the order; its own discounts know nothing of it.
        discounts: those of the line.
    """

    id: str = field(doc="the line")
    price: Exact = attrs.field(metadata=about("price of one unit"), converter=_price)
    quantity: Fraction = attrs.field(metadata=about("units; below 0 for a return"), default=Fraction(1), converter=as_ratio)
    list_price: Exact | None = attrs.field(metadata=about("list price of one unit"), default=None, converter=_price)
    least: Exact | None = attrs.field(metadata=about("least price of one unit"), default=None, converter=_price)
    floor: Exact | None = attrs.field(metadata=about("price of one unit below which it bears nothing of the order"), default=None, converter=_price)
    discounts: tuple[Discount, ...] = field(doc="discounts of the line", default=())

    def least_amount(self, stacking: Stacking) -> Exact:
        """What the whole line may not fall below, whatever its sign."""
        zero = Exact.from_minor(0, self.price.currency)
        return max(zero + one for one in (zero, self.least, self.floor, stacking.least) if one is not None) * abs(self.quantity)


@attrs.frozen(kw_only=True)
class OrderLine:
    """A line after all discounts.

    Args:
        id: the line.
        stacked: what its own discounts came to.
        rounded: what its part of the rounding of the total took off, where the lines round per document.
        borne: what it bears of the discounts of the order.
        net: what it comes to.
    """

    id: str
    stacked: Stacked
    rounded: Exact
    borne: Money
    net: Money

    def step(self) -> Step:
        """The working: what its own discounts leave, less what it bears of those of the order."""
        parts = [self.stacked.step(), Step("pricing.stack.borne", Exact.from_minor(self.borne.minor, self.borne.currency))]
        if not self.rounded.is_zero:
            parts.insert(1, Step("pricing.stack.rounding", self.rounded))
        net = Exact.from_minor(self.net.minor, self.net.currency)
        return Step("pricing.stack.line", net, formula="difference", params=(("line", self.id),), children=tuple(parts))


@attrs.frozen(kw_only=True)
class OrderStacked:
    """An order after all discounts.

    Args:
        lines: the lines, in the order given.
        order: what the discounts of the order came to; the steps hold how each was spread.
        total: what the order comes to: the sum of the lines.
    """

    lines: tuple[OrderLine, ...]
    order: Stacked
    total: Money

    @property
    def forfeited(self) -> Money:
        """What floors kept the lines from bearing."""
        told: tuple[Reduction | Dropped, ...] = (*self.order.steps, *self.order.dropped)
        return Money.total((one.spread.forfeited for one in told if one.spread is not None), self.total.currency)

    def step(self) -> Step:
        """The working: the discounts of the order as they were reckoned, and the lines summed up."""
        total = Exact.from_minor(self.total.minor, self.total.currency)
        lines = Step("pricing.stack.total", total, formula="sum", children=tuple(line.step() for line in self.lines))
        return Step("pricing.stack.order", total, formula="same", children=(self.order.step(), lines))


@attrs.define
class _Bearing:
    """A line while discounts of the order are spread, in minor units, as if it were a sale."""

    id: str
    amount: int
    gross: int
    listed: Fraction
    least: Exact
    quantity: Fraction


class _Lines:
    """The lines of an order, off which discounts of the order are taken."""

    def __init__(self, lines: Sequence[_Bearing], terms: Terms, spreading: Spreading) -> None:
        self.lines = [attrs.evolve(line) for line in lines]
        self._terms, self._spreading = terms, spreading

    @property
    def value(self) -> Fraction:
        return Fraction(sum(line.amount for line in self.lines))

    def _open(self, discount: Discount) -> list[_Bearing]:
        return [line for line in self.lines if not (discount.not_on_discounted and line.amount < line.listed)]

    def bases(self, discount: Discount) -> tuple[Fraction, Fraction, Fraction] | None:
        bearing = self._open(discount)
        if not bearing:
            return None
        listed = sum((line.listed for line in bearing), Fraction(0))
        return Fraction(sum(line.amount for line in bearing)), Fraction(sum(line.gross for line in bearing)), listed

    def take(self, discount: Discount, amount: Fraction) -> tuple[Fraction, Spread | None]:
        unit, bearing = self._terms.currency, self._open(discount)
        amounts = [LineAmount(id=line.id, amount=Exact.from_minor(line.amount, unit), least=line.least, quantity=line.quantity) for line in bearing]
        made = spread(Money.from_minor(int(amount), unit), amounts, self._spreading)
        for line, share in zip(bearing, made.shares, strict=True):
            line.amount -= share.amount.minor
        return Fraction(made.given.minor), made


def _mirrored(made: Stacked) -> Stacked:
    """The same with what each line bears as it is for returns."""
    return attrs.evolve(made, steps=tuple(map(_returned, made.steps)), dropped=tuple(map(_returned, made.dropped)))


def _returned(told: Told) -> Told:
    return told if told.spread is None else attrs.evolve(told, spread=_negated(told.spread))


def _negated(made: Spread) -> Spread:
    shares = tuple(attrs.evolve(share, entitled=-share.entitled, amount=-share.amount) for share in made.shares)
    return attrs.evolve(made, total=-made.total, shares=shares, forfeited=-made.forfeited)


def stack_order(lines: Iterable[StackLine], discounts: Iterable[Discount], *, items: Stacking, order: Stacking, spreading: Spreading) -> OrderStacked:
    """Take the discounts of the lines, and then those of the order, which are spread over the lines.

    Args:
        lines: one or more, in one currency, all sales or all returns (a quantity below 0).
        discounts: those of the order; ``per`` makes no difference to them.
        items: how the discounts of a line meet, and how a line is rounded.
        order: how the discounts of the order meet; its caps go by the list prices of all lines.
        spreading: how they are spread, and what becomes of what a floor pushes back.

    Raises:
        FactError: ``pricing.no_lines``, ``pricing.duplicate_line``, ``pricing.mixed_signs``, and as `stack` and `spread` raise, with the line in the path.

    References: see the module.

    Checked with: ``tests/golden/pricing/stacking.toml``, ``tests/golden/pricing/spreading.toml``.
    """
    given = tuple(lines)
    if not given:
        raise FactError("pricing.no_lines", "the quote has no lines; nothing can be judged", path="lines")
    if len({line.quantity < 0 for line in given}) > 1:
        raise FactError("pricing.mixed_signs", "the order holds sales and returns; spread an amount over the ones or the others")
    names = [line.id for line in given]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise FactError("pricing.duplicate_line", "two lines are called {name!r}; rename one", path="lines", name=twice)
    sign, unit = -1 if given[0].quantity < 0 else 1, given[0].price.currency
    stacked = {line.id: _stacked(line, items) for line in given}
    parts = _whole({name: abs(made.net) for name, made in stacked.items()}, unit, items)
    bearing = [_bearing(line, parts[line.id], items) for line in given]
    listed = Exact.from_minor(sum((line.listed for line in bearing), Fraction(0)), unit)
    terms = terms_of(Money.from_minor(sum(parts.values()), unit), listed, None, Fraction(1), order, whole=True)
    made = stack_on(tuple(discounts), terms, lambda: _Lines(bearing, terms, spreading), sign=sign, warn=True)
    made = _mirrored(made) if sign < 0 else made
    ended = tuple(_ended(name, own, Money.from_minor(sign * parts[name], unit), made) for name, own in stacked.items())
    return OrderStacked(lines=ended, order=made, total=Money.total((line.net for line in ended), unit))


def _whole(nets: Mapping[str, Exact], unit: Currency, items: Stacking) -> dict[str, int]:
    """The lines in whole minor units: as they are, or as parts of their rounded sum."""
    exact = sum((net.minor for net in nets.values()), Fraction(0))
    total = items.rounding.round_minor(exact, unit).minor if items.rounding.per == "document" else int(exact)
    return split_units(total, {name: net.minor for name, net in nets.items()}) if exact else dict.fromkeys(nets, 0)


def _stacked(line: StackLine, items: Stacking) -> Stacked:
    try:
        return stack(line.price, line.discounts, items, quantity=line.quantity, list_price=line.list_price, least=line.least)
    except FactError as error:
        raise error.at(f"line {line.id}") from None


def _bearing(line: StackLine, net: int, items: Stacking) -> _Bearing:
    listed = line.price if line.list_price is None else line.list_price
    return _Bearing(line.id, net, net, listed.minor * abs(line.quantity), line.least_amount(items), line.quantity)


def _ended(name: str, own: Stacked, part: Money, made: Stacked) -> OrderLine:
    """A line with what it bears of the discounts of the order."""
    amounts = (share.amount for step in made.steps if step.spread is not None for share in step.spread.shares if share.id == name)
    borne = Money.total(amounts, part.currency)
    return OrderLine(id=name, stacked=own, rounded=own.net - part, borne=borne, net=part - borne)
