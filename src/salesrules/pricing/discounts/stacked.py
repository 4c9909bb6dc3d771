"""What stacking gives: each discount with what it came to, those left out with the reason, the net amount, and a warning where order matters."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

import attrs

from ...money import Exact
from ...text import Label, label
from ...trace import Step
from .discount import Discount, share_off
from .spreading import Spread

__all__ = ["CUT", "DROPPED", "Dropped", "OrderMatters", "Reduction", "Stacked"]

Why = Literal["most", "cap", "least", "surcharge", "floor"]
Reason = Literal["exclusive", "lane", "better", "not_combinable", "not_on_discounted", "nothing"]

CUT: Mapping[Why, str] = {
    "most": "pricing.cut.most",
    "cap": "pricing.cut.cap",
    "least": "pricing.cut.least",
    "surcharge": "pricing.cut.surcharge",
    "floor": "pricing.cut.floor",
}
"""Why a discount was cut: its own cap, the cap on all, the least price, a surcharge that is not honoured, the floors of the lines."""

DROPPED: Mapping[Reason, str] = {
    "exclusive": "pricing.dropped.exclusive",
    "lane": "pricing.dropped.lane",
    "better": "pricing.dropped.better",
    "not_combinable": "pricing.dropped.not_combinable",
    "not_on_discounted": "pricing.dropped.not_on_discounted",
    "nothing": "pricing.dropped.nothing",
}
"""Why a discount was left out: another stands alone, a better one of its lane, better ones, it stands beside no others, the price was reduced
before, it brought nothing."""


@attrs.frozen(kw_only=True)
class Reduction:
    """What one discount came to.

    Args:
        discount: the discount.
        base: what its rate is a share of, or what its amount is taken off.
        before: the price so far.
        asked: what it takes off, unrounded.
        rounded: what that is rounded to, as the policy says.
        amount: what was really taken off.
        after: the price then.
        why: what cut it, if anything did.
        spread: for a discount of an order: what each line bears.
    """

    discount: Discount
    base: Exact
    before: Exact
    asked: Exact
    rounded: Exact
    amount: Exact
    after: Exact
    why: tuple[Why, ...] = ()
    spread: Spread | None = None

    @property
    def cut(self) -> Exact:
        """How much of it was not granted."""
        return self.rounded - self.amount

    def step(self) -> Step:
        """The working: the share of the base, less what rounding and limits took away."""
        rate = self.discount.rate if self.discount.amount is None else None
        parts = [_asked(self.base, rate, self.asked)]
        if self.asked != self.rounded:
            parts.append(Step("pricing.stack.rounding", self.asked - self.rounded))
        if not self.cut.is_zero:
            parts.append(Step("pricing.stack.cut", self.cut, params=(("why", tuple(label(CUT[word]) for word in self.why)),)))
        params = (("discount", self.discount.id), ("before", self.before), ("after", self.after))
        below = () if self.spread is None else (self.spread.step(),)
        taken = Step("pricing.stack.taken", self.amount, formula="difference", params=params, source=self.discount.source, children=tuple(parts))
        return attrs.evolve(taken, formula="same", children=(*below, attrs.evolve(taken, code="pricing.stack.whole"))) if below else taken


def _asked(base: Exact, rate: Fraction | None, asked: Exact) -> Step:
    if rate is None:
        return Step("pricing.stack.asked", asked)
    return Step("pricing.stack.asked", asked, formula="product", children=(Step("pricing.stack.base", base), Step("pricing.stack.rate", rate)))


@attrs.frozen(kw_only=True)
class Dropped:
    """A discount that was left out.

    Args:
        discount: the discount.
        reason: a key of `DROPPED`.
        by: the discounts that were taken instead, if that is the reason.
        why: what cut it to nothing, if anything did.
        spread: for a discount of an order that brought nothing: what floors forfeited or refused.
    """

    discount: Discount
    reason: Reason
    by: tuple[str, ...] = ()
    why: tuple[Why, ...] = ()
    spread: Spread | None = None

    @property
    def label(self) -> Label:
        """The reason in words."""
        if self.why:
            return label("pricing.dropped.cut", discount=self.discount.id, why=tuple(label(CUT[word]) for word in self.why))
        return label(DROPPED[self.reason], discount=self.discount.id, by=self.by)


@attrs.frozen(kw_only=True)
class OrderMatters:
    """The same discounts in another order give another price: the policy should say which order is meant.

    Args:
        order: the discounts as they were taken.
        net: what they give.
        other: another order; of those tried the one that differs most.
        other_net: what that gives.
    """

    order: tuple[str, ...]
    net: Exact
    other: tuple[str, ...]
    other_net: Exact

    @property
    def label(self) -> Label:
        """The warning in words."""
        return label("pricing.order_matters", order=self.order, net=self.net, other=self.other, other_net=self.other_net)


@attrs.frozen(kw_only=True)
class Stacked:
    """A price after its discounts.

    Args:
        gross: the amount before.
        steps: what each discount came to, in the order taken; they lead from ``gross`` to ``net`` without a gap.
        dropped: the discounts left out, each with the reason.
        rounded: what the rounding at the end took off, beyond the steps.
        net: the amount after: a whole number of minor units unless the policy rounds per document.
        warnings: where the order of the discounts changes the result.
        orders: how that was found out: ``proved`` without trying, ``all`` orders tried, or only ``some`` of them.
    """

    gross: Exact
    steps: tuple[Reduction, ...]
    dropped: tuple[Dropped, ...]
    rounded: Exact
    net: Exact
    warnings: tuple[OrderMatters, ...] = ()
    orders: Literal["proved", "all", "some"] = "proved"

    @property
    def amount(self) -> Exact:
        """What was taken off in all."""
        return self.gross - self.net

    @property
    def rate(self) -> Fraction:
        """What was taken off in all, as a share; 0 of nothing."""
        return share_off(self.gross, self.net)

    def __getitem__(self, id: str) -> Exact:
        """What a discount took off; nothing if it was left out."""
        return next((step.amount for step in self.steps if step.discount.id == id), self.gross - self.gross)

    def step(self) -> Step:
        """The working: the gross amount less each discount, and what the rounding took."""
        parts: list[Step] = [Step("pricing.stack.gross", self.gross), *(step.step() for step in self.steps)]
        if not self.rounded.is_zero:
            parts.append(Step("pricing.stack.rounding", self.rounded))
        notes: tuple[Any, ...] = (*(one.label for one in self.dropped), *(one.label for one in self.warnings))
        return Step("pricing.stack", self.net, formula="difference", params=(("notes", notes or None),), children=tuple(parts))
