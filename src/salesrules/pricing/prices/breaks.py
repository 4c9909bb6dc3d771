"""Quantity breaks: what a unit costs depends on how many are bought.

========== ===================================================================== ==============
`Volume`   all units at the price of the break reached                           全额阶梯价
`Graduated` each slice of the quantity at the price of its own break             超额阶梯价
`Block`    one amount for whatever quantity lies in the band                     包段价
========== ===================================================================== ==============

A break says a price, or a share off the list price; a share of 0 is the list price itself, so that is how a largest quantity is written.
Below the first break the list price stands. Breaks are half-open; which side owns an edge is said once for the table.

    >>> from salesrules.money import currency
    >>> scale = (Break(start=1, price=5), Break(start=10, price="4.5"), Break(start=100, price=4))
    >>> [str(Volume(breaks=scale).unit_price(Reach.of(quantity), None, currency("EUR")).value) for quantity in (8, 15, 150)]
    ['5 EUR', '4.5 EUR', '4 EUR']
    >>> Graduated(breaks=(Break(start=0, price=5), *scale[1:])).unit_price(Reach.of(20), None, currency("EUR")).value   # 10 x 5 + 10 x 4.5
    Exact('4.75', 'EUR')

Checked with: the ``quantity-break`` cases in `tests/golden/pricing/quantity-break.toml`.
"""

from bisect import bisect_left, bisect_right
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, Literal

import attrs

from ..._exact import as_ratio, maybe_rate, maybe_ratio
from ..._fields import about, field, word
from ...bands import AmountBand, Bounds, EdgeRule, Marginal, RateBand
from ...errors import FactError, PolicyError
from ...money import Currency, Exact, format_ratio
from ...trace import Step
from .reach import Reach

__all__ = ["Block", "Break", "Breaks", "Graduated", "Reach", "Volume"]


@attrs.frozen(kw_only=True)
class Break:
    """From this quantity on: a ``price``, or a share ``off`` the list price; and a ``flat`` fee where the break is reached.

    Raises:
        PolicyError: ``pricing.break_price``, ``pricing.break_off``, ``pricing.break_start``, ``pricing.break_flat``.
    """

    start: Fraction = attrs.field(metadata=about("the quantity from which it holds", key="from"), converter=as_ratio)
    price: Fraction | None = attrs.field(metadata=about("price of a unit, in major units"), default=None, converter=maybe_ratio)
    off: Fraction | None = attrs.field(metadata=about("share off the list price; below 0: on top", rate=True), default=None, converter=maybe_rate)
    flat: Fraction = attrs.field(metadata=about("fee for reaching the break, in major units"), default=Fraction(0), converter=as_ratio)

    def __attrs_post_init__(self) -> None:
        if (self.price is None) == (self.off is None):
            raise PolicyError("pricing.break_price", "give the break either a price or a share off", path="price")
        if self.price is not None and self.price < 0:
            raise PolicyError("pricing.break_price", "the price is {price}; give 0 or more", path="price", price=str(self.price))
        if self.off is not None and self.off > 1:
            raise PolicyError("pricing.break_off", "{off} off is more than the price; give at most 100%", path="off", off=format_ratio(self.off))
        if self.start < 0:
            raise PolicyError("pricing.break_start", "the break starts at {start}; quantities are 0 or more", path="from", start=str(self.start))
        if self.flat < 0:
            raise PolicyError("pricing.break_flat", "the fee is {flat}; give 0 or more", path="flat", flat=str(self.flat))

    def unit_price(self, listed: Step | None, currency: Currency) -> Step:
        """The price of a unit, with its working; ``listed`` is there wherever a share is taken off it."""
        if self.price is not None:
            return Step("pricing.breaks.price", Exact(self.price, currency), params=(("start", self.start),))
        return _listed_times(listed, self._share)

    @cached_property
    def _share(self) -> Step:
        return Step("pricing.breaks.share", 1 - (self.off or Fraction(0)), params=(("start", self.start),))


def _listed_times(listed: Step | None, share: Step) -> Step:
    if listed is None:
        raise FactError("pricing.break_no_list", "a share is taken off a list price that is not there; give the list price", path="list")
    return Step("pricing.breaks.off", listed.value * share.value, formula="product", children=(listed, share))


def _per_unit(total: Step, bought: Fraction) -> Step:
    part = Step("pricing.breaks.per_unit", 1 / bought, params=(("bought", bought),))
    return Step("pricing.breaks.average", total.value * part.value, formula="product", children=(total, part))


def _sum(code: str, *parts: Step) -> Step:
    total = parts[0].value
    for part in parts[1:]:
        total += part.value
    return Step(code, total, formula="sum", children=parts)


def _difference(later: Step, earlier: Step) -> Step:
    return Step("pricing.breaks.difference", later.value - earlier.value, formula="difference", children=(later, earlier))


@attrs.frozen(kw_only=True)
class _Table:
    """What the tables of breaks share."""

    breaks: tuple[Break, ...] = field(doc="the breaks in ascending order")
    edges: EdgeRule = field(doc="'[)': a bound belongs to the break above it; '(]': to the one below", default="[)")

    def __attrs_post_init__(self) -> None:
        _ = self.bounds

    @cached_property
    def bounds(self) -> Bounds:
        """Where the breaks start."""
        return Bounds.of([each.start for each in self.breaks], self.edges, "breaks[{}].from")

    def _at(self, reached: Fraction) -> Break | None:
        """The break that a quantity reaches."""
        index = _place(self.bounds, reached)
        return self.breaks[index] if index >= 0 else None


def _place(bounds: Bounds, reached: Fraction) -> int:
    """The band that holds a quantity, from 0; -1 below all of them."""
    scaled, den = reached.numerator * bounds.den, reached.denominator
    return (bisect_right(bounds.nums, scaled // den) if bounds.lower_inclusive else bisect_left(bounds.nums, -(-scaled // den))) - 1


def _standing(listed: Step | None, first: Fraction) -> Step:
    """Below the first break."""
    if listed is None:
        raise FactError("pricing.break_below", "there is no price below a quantity of {first}; buy more, or add a break", path="quantity", first=str(first))
    return listed


@attrs.frozen(kw_only=True)
class Volume(_Table):
    """All units at the price of the break reached; a larger quantity reprices all of it.

    Args:
        by: what reaches a break: the ``quantity``, or the ``amount`` of the order in major units of the price's currency.
        earlier: where what was bought before counts, whether those units ``keep`` their price or are ``repriced`` by this purchase.

    Raises:
        PolicyError: ``bands.order``, ``bands.edges``, ``pricing.break_amount`` for a fee or repricing by amount.
    """

    kind: ClassVar[str] = "volume"
    by: Literal["quantity", "amount"] = word(doc="what reaches a break", default="quantity")
    earlier: Literal["keep", "repriced"] = word(doc="what becomes of units bought before", default="keep")

    def __attrs_post_init__(self) -> None:
        _ = self.bounds
        if self.by == "amount" and (self.earlier == "repriced" or self._fees):
            raise PolicyError("pricing.break_amount", "fees and repricing go by quantity; leave them out, or let the quantity reach the breaks", path="by")

    @property
    def needs_list(self) -> bool:
        """Whether it cannot do without a list price."""
        return any(each.off is not None for each in self.breaks)

    def reached(self, measure: Fraction, listed: Step | None, currency: Currency) -> Step:
        """The price of a unit at the break that a measure reaches, fees left out."""
        found = self._at(measure)
        price = _standing(listed, self.breaks[0].start) if found is None else found.unit_price(listed, currency)
        return Step("pricing.breaks.volume", price.value, formula="same", params=(("reached", measure),), children=(price,))

    def unit_price(self, reach: Reach, listed: Step | None, currency: Currency) -> Step:
        """What a unit of the stretch costs on average.

        Raises:
            FactError: ``pricing.break_below`` under the first break where there is no list price.
        """
        price = self.reached(reach.after, listed, currency)
        if self.earlier == "repriced" and reach.before:
            after, before = (self._total(quantity, listed, currency) for quantity in (reach.after, reach.before))
            return _per_unit(_difference(after, before), reach.bought)
        fee = self._fee(reach.after) - (self._fee(reach.before) if reach.before else 0) if self._fees else 0
        if not fee:
            return price
        return _sum("pricing.breaks.with_fee", price, _per_unit(Step("pricing.breaks.fee", Exact(fee, currency)), reach.bought))

    @cached_property
    def _fees(self) -> bool:
        return any(each.flat for each in self.breaks)

    def _fee(self, reached: Fraction) -> Fraction:
        found = self._at(reached)
        return found.flat if found is not None else Fraction(0)

    def _total(self, quantity: Fraction, listed: Step | None, currency: Currency) -> Step:
        price, count = self.reached(quantity, listed, currency), Step("pricing.breaks.quantity", quantity)
        goods = Step("pricing.breaks.goods", price.value * quantity, formula="product", children=(price, count))
        return _sum("pricing.breaks.total", goods, Step("pricing.breaks.fee", Exact(self._fee(quantity), currency)))


@attrs.frozen(kw_only=True)
class Graduated(_Table):
    """Each slice of the quantity at the price of its own break; fees of all breaks entered add up.

    A purchase after others goes on where they ended, so any cutting of one quantity into orders costs the same in all.

    Raises:
        PolicyError: ``bands.order``, ``bands.edges``.
    """

    kind: ClassVar[str] = "graduated"

    @property
    def needs_list(self) -> bool:
        """Whether it cannot do without a list price."""
        return self.breaks[0].start > 0 or any(each.off is not None for each in self.breaks)

    @cached_property
    def _slices(self) -> Marginal:
        below = () if self.breaks[0].start <= 0 else (RateBand(start=0, factor=0),)
        return Marginal(bands=(*below, *(RateBand(start=each.start, factor=0) for each in self.breaks)), edges=self.edges)

    @cached_property
    def _by_start(self) -> dict[Fraction, Break]:
        return {each.start: each for each in self.breaks}

    def unit_price(self, reach: Reach, listed: Step | None, currency: Currency) -> Step:
        """What a unit of the stretch costs on average.

        Raises:
            FactError: ``pricing.break_below`` where a slice lies under the first break and there is no list price.
        """
        parts = []
        for piece in self._slices.pieces(reach.before, reach.after):
            found = self._by_start.get(piece.lower)
            price = _standing(listed, self.breaks[0].start) if found is None else found.unit_price(listed, currency)
            count = Step("pricing.breaks.slice", piece.amount, params=(("lower", piece.lower),))
            parts.append(Step("pricing.breaks.piece", price.value * count.value, formula="product", children=(count, price)))
        before = _place(self.bounds, reach.before) if reach.before else -1
        entered = self.breaks[before + 1 : _place(self.bounds, reach.after) + 1]
        fees = [Step("pricing.breaks.fee", Exact(each.flat, currency)) for each in entered if each.flat]
        return _per_unit(_sum("pricing.breaks.graduated", *parts, *fees), reach.bought)


@attrs.frozen(kw_only=True)
class Block:
    """One amount for whatever quantity lies in a band.

    Args:
        bands: the amount of each band, in major units.

    Raises:
        PolicyError: ``bands.order``, ``bands.edges``, ``pricing.break_start``, ``pricing.break_price``.

    >>> from salesrules.money import currency
    >>> block = Block(bands=(AmountBand(start=0, amount=100), AmountBand(start=10, amount=150)))
    >>> block.unit_price(Reach.of(20), None, currency("EUR")).value
    Exact('7.5', 'EUR')
    """

    kind: ClassVar[str] = "block"
    bands: tuple[AmountBand, ...] = field(doc="the amount of each band")
    edges: EdgeRule = field(doc="'[)': a bound belongs to the band above it; '(]': to the one below", default="[)")

    needs_list: ClassVar[bool] = False

    def __attrs_post_init__(self) -> None:
        _ = self.bounds
        for index, band in enumerate(self.bands):
            if band.start < 0:
                raise PolicyError("pricing.break_start", "the break starts at {start}; quantities are 0 or more", path=f"bands[{index}].from", start=band.start)
            if band.amount < 0:
                raise PolicyError("pricing.break_price", "the price is {price}; give 0 or more", path=f"bands[{index}].amount", price=band.amount)

    @cached_property
    def bounds(self) -> Bounds:
        """Where the bands start."""
        return Bounds.of([band.start for band in self.bands], self.edges)

    def unit_price(self, reach: Reach, listed: Step | None, currency: Currency) -> Step:
        """What a unit of the stretch costs on average.

        Raises:
            FactError: ``pricing.break_below`` under the first band where there is no list price.
        """
        after = self._amount(reach.after, currency)
        if after is None:
            return _standing(listed, self.bands[0].start)
        before = self._amount(reach.before, currency) if reach.before else None
        return _per_unit(after if before is None else _difference(after, before), reach.bought)

    def _amount(self, quantity: Fraction, currency: Currency) -> Step | None:
        index = _place(self.bounds, quantity)
        if index < 0:
            return None
        band = self.bands[index]
        return Step("pricing.breaks.block", Exact(band.amount, currency), params=(("start", band.start), ("reached", quantity)))


Breaks = Volume | Graduated | Block
"""Every kind of table of breaks."""
