"""Several discounts on one price, or on the amount of a line or an order.

    >>> spring, coupon = Discount(id="spring", rate="20%"), Discount(id="coupon", amount=Money(10, "CNY"))
    >>> stacked = stack(Money(100, "CNY"), (spring, coupon), Stacking(mode="cascading", order="given"))
    >>> [(step.discount.id, str(step.amount)) for step in stacked.steps], stacked.net
    ([('spring', '20 CNY'), ('coupon', '10 CNY')], Exact('70', 'CNY'))
    >>> stacked.warnings[0].other, stacked.warnings[0].other_net
    (('coupon', 'spring'), Exact('72', 'CNY'))

Stacking an order is the same with the order's total as the price; `stack_order` also spreads what comes out over the lines.

References: see `salesrules.pricing.discounts.algebra`, which tells what each word of the policy means.
Checked with: ``tests/golden/pricing/stacking.toml``; the laws in ``tests/laws/test_pricing_stacking_laws.py``.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from ..._exact import Exactly, as_ratio
from ...errors import FactError
from ...money import Currency, Exact, Money, Rounding, format_ratio
from .algebra import Stacking
from .choosing import candidates, left_out
from .discount import Discount
from .ordering import another_order
from .stacked import OrderMatters, Stacked, Why
from .taking import OnePrice, Terms, Tower, take_all

__all__ = ["Stacking", "stack"]


def stack(
    price: Exact | Money,
    discounts: Iterable[Discount],
    stacking: Stacking,
    *,
    quantity: Exactly = 1,
    list_price: Exact | Money | None = None,
    least: Exact | Money | None = None,
    warn: bool = True,
) -> Stacked:
    """Take discounts off a price.

    Args:
        price: of one unit, before these discounts; 0 or more.
        discounts: those that are to be taken; each has its own name.
        stacking: how they meet.
        quantity: units; below 0 for a return, which mirrors the sale.
        list_price: of one unit: what `Discount.of` and the caps go by, and what tells whether the price has been reduced before;
            the price where left out.
        least: the least price of one unit, where it is more than `Stacking.least`.
        warn: whether to look for another order that gives another result.

    Raises:
        FactError: ``pricing.price`` (below 0), ``pricing.price_type``, ``pricing.quantity`` (0), ``pricing.duplicate_discount``,
            ``pricing.disagree`` (the rate and the amount of one discount), ``pricing.combinations`` (too many to try), ``money.mixed``.
        PolicyError: ``rounding.step`` for a step that cannot be paid.

    References: see the module.

    Checked with: ``tests/golden/pricing/stacking.toml``.
    """
    count = as_ratio(quantity)
    if not count:
        raise FactError("pricing.quantity", "a quantity of 0 has no price; drop the line or state how many", path="quantity")
    listed = price if list_price is None else list_price
    for name, amount in (("price", price), ("list_price", listed)):
        if not isinstance(amount, Exact | Money):
            template = "{value!r} is no price; pass Money('12.30', 'CNY'), or Exact('12.3456', 'CNY') where a unit price has more decimals"
            raise FactError("pricing.price_type", template, path=name, value=amount)
        if amount.minor < 0:
            raise FactError("pricing.price", "{name} is {price}; a price is 0 or more", path=name, name=name, price=str(amount))
    _ = price - listed
    terms = terms_of(price, listed, least, abs(count), stacking)
    return stack_on(tuple(discounts), terms, lambda: OnePrice(terms), sign=-1 if count < 0 else 1, warn=warn)


def terms_of(price: Exact | Money, listed: Exact | Money, least: Exact | Money | None, count: Fraction, stacking: Stacking, *, whole: bool = False) -> Terms:
    """What stays the same while discounts are taken; ``whole`` where each of them is spread over lines."""
    unit = price.currency
    per_document = stacking.rounding.per == "document"
    low, why = _low(listed, (least, stacking.least), count, stacking)
    return Terms(
        stacking=stacking,
        currency=unit,
        count=count,
        gross=price.minor * count,
        listed=listed.minor * count,
        low=low if per_document and not whole else _lifted(low, count, stacking, unit),
        low_why=why,
        each=whole or (stacking.rounds_when == "step" and not per_document),
        whole=whole,
    )


def _low(listed: Exact | Money, least: tuple[Exact | Money | None, ...], count: Fraction, stacking: Stacking) -> tuple[Fraction, Why]:
    """What all discounts together may not go below, and what sets it."""
    zero = Exact.from_minor(0, listed.currency)
    bounds: list[tuple[Fraction, Why]] = [(max(zero + one for one in (zero, *least) if one is not None).minor * count, "least")]
    if stacking.cap is not None:
        bounds.append((listed.minor * count * (1 - stacking.cap), "cap"))
    if stacking.cap_amount is not None:
        bounds.append(((listed * count - stacking.cap_amount).minor, "cap"))
    return max(bounds, key=lambda bound: bound[0])


def _lifted(low: Fraction, count: Fraction, stacking: Stacking, unit: Currency) -> Fraction:
    """The bound as an amount that can be paid and is not below it."""
    ceiling = Rounding("ceiling", step=stacking.rounding.step)
    if stacking.rounds_on == "line":
        return Fraction(ceiling.round_minor(low, unit).minor)
    scale = 10**unit.digits
    of_unit = ceiling.round_number(low / count / scale, unit.digits) * scale
    return Fraction(Rounding("ceiling").round_minor(of_unit * count, unit).minor)


def _check(discounts: Sequence[Discount], terms: Terms) -> None:
    names: set[str] = set()
    for index, discount in enumerate(discounts):
        path = f"discounts[{index}]"
        if discount.id in names:
            raise FactError("pricing.duplicate_discount", "two discounts are called {id!r}; rename one, or give it once", path=path, id=discount.id)
        names.add(discount.id)
        for unit in discount.currencies - {terms.currency}:
            template = "{left} and {right} do not mix; convert one of them at a stated rate first"
            raise FactError("money.mixed", template, path=path, left=terms.currency.code, right=unit.code)
        if discount.rate is not None and discount.amount is not None:
            _agree(discount, discount.rate, discount.amount, terms, path)


def _agree(discount: Discount, rate: Fraction, amount: Exact, terms: Terms, path: str) -> None:
    """A rate and an amount of one discount say the same, on the price that comes in; of a price of 0 no rate says anything."""
    base = terms.listed if terms.stacking.mode == "declared" and discount.of == "list" else terms.gross
    given = amount.minor * (terms.count if discount.per == "unit" else 1)
    asked = Exact.from_minor(base * rate, terms.currency)
    if base and given not in {asked.minor, asked.round(Rounding(terms.stacking.rounding.mode, terms.stacking.rounding.step)).minor}:
        raise FactError(
            "pricing.disagree",
            "discount {id!r} says {rate} and {amount}, but {rate} of {base} is {asked}; correct one of them, or give only one",
            path=path,
            id=discount.id,
            rate=format_ratio(rate),
            amount=str(Exact.from_minor(given, terms.currency)),
            base=str(Exact.from_minor(base, terms.currency)),
            asked=str(asked),
        )


def stack_on(discounts: tuple[Discount, ...], terms: Terms, tower: Callable[[], Tower], *, sign: int, warn: bool) -> Stacked:
    """Take discounts off whatever ``tower`` makes anew for each try.

    Args:
        discounts: those that are to be taken.
        terms: what stays the same.
        tower: makes what they are taken off.
        sign: -1 mirrors the result, for a return.
        warn: whether to look for another order that gives another result.
    """
    _check(discounts, terms)
    tries = [(groups, run, terms.settled(run.net)) for groups in candidates(discounts, terms.stacking) for run in (take_all(groups, terms, tower()),)]
    groups, run, net = min(tries, key=lambda one: one[2])

    def exact(minor: Fraction) -> Exact:
        return Exact.from_minor(-minor if sign < 0 else minor, terms.currency)

    warnings: tuple[OrderMatters, ...] = ()
    order, other, orders = another_order(
        run.turns if warn else (),
        terms.stacking,
        net,
        lambda groups: terms.settled(take_all(groups, terms, tower()).net),
        each=terms.each,
        single=not terms.whole,
    )
    if order is not None:
        taken, instead = (tuple(one.id for one in some) for some in (run.turns, order))
        warnings = (OrderMatters(order=taken, net=exact(net), other=instead, other_net=exact(other)),)
    return Stacked(
        gross=exact(terms.gross),
        steps=tuple(step.reduction(terms.currency, sign) for step in run.steps),
        dropped=left_out(discounts, groups, run),
        rounded=exact(run.net - net),
        net=exact(net),
        warnings=warnings,
        orders=orders,
    )
