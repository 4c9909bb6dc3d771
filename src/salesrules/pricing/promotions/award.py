"""What an offer gives to a basket, before it is rounded and held against a budget; and the question that every offer answers.

An offer sees the basket as it stands when its turn comes (`Case`) and says which units it takes and what comes off them (`Award`).
"""

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Literal, Protocol

import attrs

from ...money import Exact, Money
from ...scope import Scope
from ...text import Label
from .basket import BasketLine
from .reach import Reach
from .shelf import Lot, Pick, Shelf

__all__ = ["Award", "Case", "FreeUnits", "Gift", "OfferRule", "Per", "Picking", "Terms", "spread"]

Per = Literal["unit", "line", "order"]
"""What is rounded, and what a discount is written for."""

Picking = Literal["cheapest", "dearest"]
"""Which units are taken first."""


@attrs.frozen(kw_only=True)
class Case:
    """A basket as an offer finds it.

    Args:
        shelf: the units.
        once: whether units that another offer has used up are out of reach, and these are used up in turn.
        undiscounted: whether units that are below their list price are out of reach.
    """

    shelf: Shelf
    once: bool
    undiscounted: bool = False

    def covers(self, scope: Scope, line: BasketLine) -> bool:
        """Whether a scope covers a line."""
        return scope.covers(self.shelf.basket.dimensions(line))

    def within(self, scope: Scope, prices: Reach | None = None) -> frozenset[int]:
        """The lots that an offer may take from, with a list price in a range where one is given."""
        return frozenset(index for index, lot in enumerate(self.shelf.lots) if self._free(lot) and self.covers(scope, lot.line) and _priced(lot, prices))

    def _free(self, lot: Lot) -> bool:
        return not (self.once and lot.taken) and not (self.undiscounted and lot.now < lot.line.list_price.minor)

    def ordered(self, lots: Collection[int], picking: Picking) -> list[int]:
        """Lots by what a unit costs now; equal ones by the id of their line, then as they lie."""
        sign = 1 if picking == "cheapest" else -1
        return sorted(lots, key=lambda index: (sign * self.shelf.lots[index].now, index))

    def units(self, lots: Collection[int]) -> dict[int, Fraction]:
        """How many units lie in each lot."""
        return {index: self.shelf.lots[index].quantity for index in lots}


def _priced(lot: Lot, prices: Reach | None) -> bool:
    return prices is None or prices.holds(lot.line.list_price.value)


@attrs.frozen(kw_only=True)
class FreeUnits:
    """Further units of a line's article, for nothing.

    Args:
        line: the line.
        quantity: how many.
        worth: what they come to at the list price.
        cost: what they cost the company; `None` where the line does not say.
    """

    line: str
    quantity: Fraction
    worth: Exact
    cost: Exact | None

    @property
    def name(self) -> str:
        """What it is told as."""
        return self.line


@attrs.frozen(kw_only=True)
class Gift:
    """Another article for nothing.

    Args:
        product: the article.
        quantity: how many.
        worth: what they come to at the list price.
        cost: what they cost the company.
    """

    product: str
    quantity: Fraction
    worth: Exact
    cost: Exact | None

    @property
    def name(self) -> str:
        """What it is told as."""
        return self.product


@attrs.frozen(kw_only=True)
class Terms:
    """How a discount was stated, where it holds for all units of a line: a share of what, or a price."""

    rate: Fraction | None = None
    of: Literal["running", "list"] = "running"
    price: Exact | None = None


@attrs.frozen(kw_only=True)
class Award:
    """What an offer gives.

    Args:
        picks: units taken, with what comes off them.
        per: what the amount is rounded for.
        terms: how the discount was stated.
        limit: the most that may come off in all, in minor units; `None` where there is no such limit.
        free: further units for nothing.
        gifts: other articles for nothing.
        entries: entries in a prize draw.
        unmet: why nothing is given.
    """

    picks: tuple[Pick, ...] = ()
    per: Per = "line"
    terms: Terms = Terms()
    limit: Fraction | None = None
    free: tuple[FreeUnits, ...] = ()
    gifts: tuple[Gift, ...] = ()
    entries: int = 0
    unmet: Label | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether nothing at all is given."""
        return not (any(pick.off for pick in self.picks) or self.free or self.gifts or self.entries)


class OfferRule(Protocol):
    """What every offer can do."""

    def award(self, case: Case) -> Award:
        """What it gives to a basket."""

    def amounts(self) -> Sequence[Money]:
        """Its amounts of money, which must be in the currency of the promotion."""


def spread(case: Case, taken: Sequence[tuple[int, Fraction]], off: Fraction, *, used: bool) -> tuple[Pick, ...]:
    """An amount off some units together, spread by what they cost now; never more than that.

    Args:
        case: the basket.
        taken: lots, and how many units of each.
        off: the amount, in minor units.
        used: whether the units are used up.
    """
    worth = sum((case.shelf.lots[index].now * quantity for index, quantity in taken), Fraction(0))
    share = min(off / worth, Fraction(1)) if worth else Fraction(0)
    return tuple(Pick(lot=index, quantity=quantity, off=case.shelf.lots[index].now * quantity * share, used=used) for index, quantity in taken)
