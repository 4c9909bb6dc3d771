"""A row of a price book: which sales it is for, from when to when, from which quantity on, and the price or how it is made.

>>> from datetime import date
>>> promotion = PriceEntry(id="spring", gives="promotional", price=79, unit="box", start=date(2026, 3, 1), last=date(2026, 3, 31))
>>> promotion.ends
datetime.date(2026, 4, 1)
"""

from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Literal

import attrs

from ..._exact import as_ratio, maybe_ratio
from ..._fields import about, field, word
from ...errors import PolicyError
from ...periods import plain_date
from ...scope import Scope
from ...trace import Source
from .breaks import Block, Graduated, Volume
from .formulas import Formula
from .tax import Tax

__all__ = ["Counts", "Gives", "PriceEntry"]

Gives = Literal["base", "regular", "promotional"]
"""What an entry gives: the ``base`` price, which is the list price (基准价格); the ``regular`` price that the discount policy makes of it
(折扣政策), contract and customer prices among them; or the ``promotional`` price (促销价格)."""

Counts = Literal["line", "pool", "cumulative"]
"""Which quantity reaches an entry and its breaks: that of the line, of all lines that are pooled, or of all orders so far and this one."""

_BASES: dict[Gives, tuple[str, ...]] = {
    "base": ("cost", "entry"),
    "regular": ("list", "cost", "entry"),
    "promotional": ("list", "cost", "regular", "entry"),
}


def _day(value: date | None) -> date | None:
    return None if value is None else plain_date(value)


@attrs.frozen(kw_only=True)
class PriceEntry:
    """A row of a price book.

    Amounts are in major units of the entry's currency, for one unit of the entry, and stand on the entry's tax basis. Breaks of an entry
    that gives the base price make the list price of that quantity; a quantity discount that is to be seen as one, measured from the list
    price, belongs to an entry that gives the regular price.

    Args:
        id: its name in every working.
        gives: the base, the regular or the promotional price.
        scope: the sales it is for; customer and contract prices are entries with a customer in their scope.
        price: the price; the list price in an entry that gives the base price.
        target: the price one should get; only with the base price.
        floor: the lowest price; only with the base price.
        formula: how the price is made, in place of ``price``.
        breaks: how the quantity changes it.
        counts: which quantity reaches the entry and its breaks.
        unit: the unit of measure of prices and quantities; a unit of the book.
        currency: ISO 4217 code; that of the book where left out.
        tax: whether tax is in the price; as the book says where left out.
        start: the first day in force.
        until: the first day no longer in force.
        last: the last day in force, for who writes it so; not together with ``until``.
        at_least: the smallest quantity it is for.
        below: the quantity from which it is no longer for.

    Raises:
        PolicyError: ``pricing.entry_price``, ``pricing.entry_two_prices``, ``pricing.entry_base``, ``pricing.entry_guidance``, ``pricing.entry_breaks``,
            ``pricing.entry_dates``, ``pricing.entry_two_ends``,
            ``pricing.entry_quantities``.
    """

    id: str = field(doc="name of the entry")
    gives: Gives = word(doc="the base (list), regular or promotional price", default="base")
    scope: Scope = field(doc="the sales it is for", default=Scope())
    price: Fraction | None = attrs.field(metadata=about("price of a unit, in major units"), default=None, converter=maybe_ratio)
    target: Fraction | None = attrs.field(metadata=about("target price of a unit"), default=None, converter=maybe_ratio)
    floor: Fraction | None = attrs.field(metadata=about("lowest price of a unit"), default=None, converter=maybe_ratio)
    formula: Formula | None = field(doc="how the price is made", default=None)
    breaks: Volume | Graduated | Block | None = field(doc="how the quantity changes it", default=None)
    counts: Counts = word(doc="which quantity reaches the entry and its breaks", default="line")
    unit: str = field(doc="unit of measure of prices and quantities", default="")
    currency: str = field(doc="ISO 4217 code; none: that of the book", default="")
    tax: Tax | None = field(doc="whether tax is in the price; none: as the book says", default=None)
    start: date | None = attrs.field(metadata=about("first day in force", key="from"), default=None, converter=_day)
    until: date | None = attrs.field(metadata=about("first day no longer in force"), default=None, converter=_day)
    last: date | None = attrs.field(metadata=about("last day in force, in place of until"), default=None, converter=_day)
    at_least: Fraction = attrs.field(metadata=about("smallest quantity it is for"), default=Fraction(0), converter=as_ratio)
    below: Fraction | None = attrs.field(metadata=about("quantity from which it is no longer for"), default=None, converter=maybe_ratio)
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        self._check_price()
        if self.until is not None and self.last is not None:
            raise PolicyError("pricing.entry_two_ends", "give either until or last, not both", path="until")
        if self.start is not None and self.ends is not None and self.ends <= self.start:
            template = "the entry ends before {ends} and starts only on {start}; correct one of them"
            raise PolicyError("pricing.entry_dates", template, path="last" if self.until is None else "until", ends=self.ends, start=self.start)
        if self.at_least < 0 or (self.below is not None and self.below <= self.at_least):
            template = "from {least} to below {below} there is no quantity; correct one of them"
            raise PolicyError("pricing.entry_quantities", template, path="below", least=str(self.at_least), below=str(self.below))

    def _check_price(self) -> None:
        if self.price is not None and self.formula is not None:
            raise PolicyError("pricing.entry_two_prices", "give either a price or a formula, not both", path="price")
        if self.price is None and self.formula is None and self.breaks is None:
            raise PolicyError("pricing.entry_price", "the entry has no price; give a price, a formula or breaks", path="price")
        if self.formula is not None and self.formula.base not in _BASES[self.gives]:
            template = "a {gives} price cannot be made from {base}; use one of {known}"
            known = ", ".join(_BASES[self.gives])
            raise PolicyError("pricing.entry_base", template, path="formula.base", gives=self.gives, base=self.formula.base, known=known)
        if self.gives != "base" and (self.target is not None or self.floor is not None):
            raise PolicyError("pricing.entry_guidance", "target and floor belong to an entry that gives the base price; move them there", path="floor")
        if self.breaks is not None and self.breaks.needs_list and self.price is None and self.formula is None:
            raise PolicyError("pricing.entry_breaks", "the breaks take a share off a price that is not there; give the price", path="price")

    @cached_property
    def ends(self) -> date | None:
        """The first day no longer in force."""
        return self.until if self.last is None else self.last + timedelta(days=1)

    def in_force(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.start is None or self.start <= day) and (self.ends is None or day < self.ends)

    def reached(self, quantity: Fraction) -> bool:
        """Whether it is for such a quantity."""
        return self.at_least <= quantity and (self.below is None or quantity < self.below)

    def overlaps(self, other: "PriceEntry") -> bool:
        """Whether there is a day and a quantity that both are for."""
        days = (self.start or date.min) < (other.ends or date.max) and (other.start or date.min) < (self.ends or date.max)
        quantities = (other.below is None or self.at_least < other.below) and (self.below is None or other.at_least < self.below)
        return days and quantities
