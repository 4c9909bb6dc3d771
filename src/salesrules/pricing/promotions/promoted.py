"""What promotions gave to a basket: discounts, free units, gifts and entries, each with its working; and why the others gave nothing."""

from collections.abc import Collection
from fractions import Fraction

import attrs

from ...errors import FactError
from ...money import Exact, Money
from ...text import Label, label
from ...trace import Step
from ..discounts.discount import Discount
from .award import FreeUnits, Gift
from .basket import Basket
from .usage import Usage, Use

__all__ = ["Applied", "Dropped", "LineDiscount", "Promoted"]


@attrs.frozen(kw_only=True)
class LineDiscount:
    """A discount and the line it is for; no line where it is for the order as a whole."""

    line: str
    discount: Discount


@attrs.frozen(kw_only=True)
class Applied:
    """What one promotion gave, once; with several coupons there is one of these for each.

    Args:
        promotion: its id.
        title: what customers read.
        code: the coupon it was applied with; empty without one.
        discounts: what stacking is to take off.
        free: further units for nothing.
        gifts: other articles for nothing.
        entries: entries in its prize draws.
        saved: money off, as it was reckoned here.
        worth: money off, free units and gifts at the list price.
        cost: money off, free units and gifts at what they cost the company; `None` where a line does not say its cost.
        use: what is recorded of it.
        step: the working of ``worth``.
    """

    promotion: str
    title: str = ""
    code: str = ""
    discounts: tuple[LineDiscount, ...] = ()
    free: tuple[FreeUnits, ...] = ()
    gifts: tuple[Gift, ...] = ()
    entries: int = 0
    saved: Money
    worth: Money
    cost: Money | None
    use: Use
    step: Step


@attrs.frozen(kw_only=True)
class Dropped:
    """A promotion that gave nothing, with the reason."""

    promotion: str
    code: str = ""
    reason: Label


@attrs.frozen(kw_only=True)
class Promoted:
    """What all promotions gave to a basket.

    Args:
        basket: the basket.
        applied: in the order in which they were applied.
        dropped: the others, by id.
        before: what had been used up before.
        total: the basket after all money off, as it was reckoned here: one promotion after the other. Where discounts meet otherwise,
            `salesrules.pricing.discounts.stacking` has the last word, and `only` takes back what it left out.
        step: the working: the total as what the basket was worth and what came off.
    """

    basket: Basket
    applied: tuple[Applied, ...]
    dropped: tuple[Dropped, ...]
    before: Usage
    total: Exact
    step: Step

    @property
    def usage(self) -> Usage:
        """What has been used up now: the host stores it if the order is placed."""
        return self.before.plus(applied.use for applied in self.applied)

    @property
    def of_order(self) -> tuple[Discount, ...]:
        """The discounts of the order as a whole."""
        return self.of_line("")

    def of_line(self, line: str) -> tuple[Discount, ...]:
        """The discounts of a line."""
        return tuple(given.discount for applied in self.applied for given in applied.discounts if given.line == line)

    def free_of(self, line: str) -> Fraction:
        """The further units of a line that are for nothing."""
        return sum((units.quantity for applied in self.applied for units in applied.free if units.line == line), Fraction(0))

    @property
    def gifts(self) -> tuple[Gift, ...]:
        """All gifts."""
        return tuple(gift for applied in self.applied for gift in applied.gifts)

    @property
    def saved(self) -> Money:
        """All money off."""
        return Money.total((applied.saved for applied in self.applied), self.basket.money)

    @property
    def worth(self) -> Money:
        """Everything given, at the list price."""
        return Money.total((applied.worth for applied in self.applied), self.basket.money)

    @property
    def cost(self) -> Money | None:
        """What everything given costs the company; `None` where a line with free units does not say its cost."""
        costs = [applied.cost for applied in self.applied if applied.cost is not None]
        return Money.total(costs, self.basket.money) if len(costs) == len(self.applied) else None

    def reason(self, promotion: str) -> Label:
        """Why a promotion gave nothing.

        Raises:
            FactError: ``pricing.promotion_given`` where it was not dropped.
        """
        for dropped in self.dropped:
            if dropped.promotion == promotion:
                return dropped.reason
        raise FactError("pricing.promotion_given", "{promotion!r} was not dropped; ask for one of {known}", promotion=promotion, known=self._dropped_ids())

    def _dropped_ids(self) -> str:
        return ", ".join(dropped.promotion for dropped in self.dropped) or "none"

    def only(self, promotions: Collection[str]) -> "Promoted":
        """This with nothing but the promotions named, where the stacking of discounts left the others out: they count as not used."""
        out = [
            Dropped(promotion=one.promotion, code=one.code, reason=label("pricing.promotion.dropped.stacked"))
            for one in self.applied
            if one.promotion not in promotions
        ]
        kept = tuple(one for one in self.applied if one.promotion in promotions)
        return attrs.evolve(
            self,
            applied=kept,
            dropped=(*self.dropped, *out),
            total=self.total + _saved(self.applied, self.basket) - _saved(kept, self.basket),
            step=working(self.basket, kept),
        )


def _saved(applied: tuple[Applied, ...], basket: Basket) -> Money:
    return Money.total((one.saved for one in applied), basket.money)


def working(basket: Basket, applied: tuple[Applied, ...]) -> Step:
    """The working of everything that was given."""
    worth = Money.total((one.worth for one in applied), basket.money)
    return Step("pricing.promotions", worth, formula="sum", params=(("total", basket.total),), children=tuple(one.step for one in applied))
