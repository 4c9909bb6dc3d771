"""A price made from another: from the list price, the cost, the regular price or the price of another entry.

The steps are always taken in this order: the base times its factor; markup or margin on a cost; the changes, each a share of the price so
far or of the base; the rounding; the surcharge for each unit; the smallest and the largest margin. Whether such a margin is measured over
the cost or over the base is said by the policy: with a list price of 100, a cost of 20, 35% off and a smallest margin of 60 the price is
80 over the cost and 160 over the base, and systems differ.

    >>> from salesrules.money import currency
    >>> euro = currency("EUR")
    >>> listed, cost = Step("demo.list", Exact(100, euro)), Step("demo.cost", Exact(20, euro))
    >>> off = (Change(rate="-35%"),)
    >>> [str(Formula(base="list", changes=off, least_margin=60, margin_over=over).price(listed, cost).value) for over in ("cost", "base")]
    ['80 EUR', '160 EUR']

Checked with: ``pricing-018`` in `tests/golden/pricing/pricelist.toml`, ``pricing-079`` to ``pricing-081`` in `tests/golden/pricing/margin.toml`.
"""

from fractions import Fraction
from functools import cached_property
from typing import Literal

import attrs

from ..._exact import as_rate, as_ratio, maybe_ratio
from ..._fields import about, field, word
from ...errors import PolicyError
from ...money import Exact, Rounding, format_ratio
from ...trace import Source, Step
from ..refusals import no_cost
from .margins import Margin, Markup

__all__ = ["Change", "Formula", "Margin", "Markup"]


@attrs.frozen(kw_only=True)
class Change:
    """A share put on (``"10%"``) or taken off (``"-10%"``) a price.

    Raises:
        PolicyError: ``pricing.formula_change`` for more than 100% off.
    """

    rate: Fraction = attrs.field(metadata=about("share put on, or below 0 taken off", rate=True), converter=as_rate)
    of: Literal["running", "base"] = word(doc="share of the price so far, or of the base", default="running")

    def __attrs_post_init__(self) -> None:
        if self.rate < -1:
            template = "{rate} takes off more than the price; give at least -100%"
            raise PolicyError("pricing.formula_change", template, path="rate", rate=format_ratio(self.rate))

    @cached_property
    def factor(self) -> Step:
        """What the price so far is multiplied by."""
        return Step("pricing.formula.change", 1 + self.rate, params=(("rate", self.rate),))


@attrs.frozen(kw_only=True)
class Formula:
    """How a price is made.

    Args:
        base: ``list``, ``cost``, ``regular`` (for a promotional price), or the price of another ``entry``.
        entry: the id of that entry.
        factor: what the base is multiplied by.
        plus: markup or margin on a cost.
        changes: shares put on and taken off, in order.
        rounding: how the price is rounded before the surcharge; without a step to the currency's decimals.
        surcharge: for each unit of the entry, in major units; below 0 a deduction.
        least_margin: the least amount above the cost or the base, in major units.
        most_margin: the largest amount above it.
        margin_over: what these two are measured over.

    Raises:
        PolicyError: ``pricing.formula_entry``, ``pricing.formula_factor``, ``pricing.formula_plus``, ``pricing.formula_margin``.
    """

    base: Literal["list", "cost", "regular", "entry"] = word(doc="what the price is made from")
    entry: str = field(doc="the entry whose price is the base", default="")
    factor: Fraction = attrs.field(metadata=about("what the base is multiplied by"), default=Fraction(1), converter=as_ratio)
    plus: Markup | Margin | None = field(doc="markup or margin on a cost", default=None)
    changes: tuple[Change, ...] = field(doc="shares put on and taken off, in order", default=())
    rounding: Rounding | None = field(doc="rounding before the surcharge", default=None)
    surcharge: Fraction = attrs.field(metadata=about("amount on top for each unit"), default=Fraction(0), converter=as_ratio)
    least_margin: Fraction | None = attrs.field(metadata=about("least amount above cost or base"), default=None, converter=maybe_ratio)
    most_margin: Fraction | None = attrs.field(metadata=about("largest amount above cost or base"), default=None, converter=maybe_ratio)
    margin_over: Literal["cost", "base"] | None = word(doc="what the margins are measured over", default=None)
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        if (self.base == "entry") != bool(self.entry):
            raise PolicyError("pricing.formula_entry", "base = 'entry' and the id of the entry belong together", path="entry")
        if self.factor <= 0:
            raise PolicyError("pricing.formula_factor", "the factor is {factor}; give one above 0", path="factor", factor=str(self.factor))
        if self.plus is not None and self.base != "cost":
            raise PolicyError("pricing.formula_plus", "markup and margin go on a cost; write base = 'cost', or a change for a share of a price", path="plus")
        if (self.margin_over is None) != (self.least_margin is None and self.most_margin is None):
            raise PolicyError("pricing.formula_margin", "least_margin or most_margin and margin_over belong together", path="margin_over")
        if self.least_margin is not None and self.most_margin is not None and self.least_margin > self.most_margin:
            template = "the least margin {least} is above the largest {most}; exchange them"
            raise PolicyError("pricing.formula_margin", template, path="least_margin", least=str(self.least_margin), most=str(self.most_margin))

    @cached_property
    def _plus(self) -> Step | None:
        if self.plus is None:
            return None
        code = "pricing.formula.markup" if isinstance(self.plus, Markup) else "pricing.formula.margin"
        return Step(code, self.plus.factor, params=(("rate", self.plus.rate),))

    @property
    def needs_cost(self) -> bool:
        """Whether it cannot do without the cost."""
        return self.base == "cost" or self.margin_over == "cost"

    def price(self, base: Step, cost: Step | None) -> Step:
        """The price of a unit with its working; the base and the cost in the unit, the currency and the tax basis of the entry.

        Raises:
            FactError: ``pricing.no_cost`` where the margin is over a cost that is not given.
        """
        step = base
        if self.factor != 1:
            step = _times(step, Step("pricing.formula.factor", self.factor))
        if self._plus is not None:
            step = _times(step, self._plus)
        started = step
        for change in self.changes:
            step = self._changed(step, started, change)
        if self.rounding is not None:
            step = _rounded(step, self.rounding)
        if self.surcharge:
            step = _sum("pricing.formula.surcharged", step, Step("pricing.formula.surcharge", Exact(self.surcharge, step.value.currency)))
        step = self._limited(step, base, cost)
        return Step("pricing.formula", step.value, formula="same", source=self.source, children=(step,))

    @staticmethod
    def _changed(step: Step, started: Step, change: Change) -> Step:
        if change.of == "running":
            return _times(step, change.factor)
        share = Step("pricing.formula.share", change.rate)
        part = Step("pricing.formula.of_base", started.value * change.rate, formula="product", children=(started, share))
        return _sum("pricing.formula.changed", step, part)

    def _limited(self, step: Step, base: Step, cost: Step | None) -> Step:
        if self.margin_over is None:
            return step
        over = cost if self.margin_over == "cost" else base
        if over is None:
            raise no_cost("margin_over")
        if self.least_margin is not None:
            limit = _sum("pricing.formula.least_price", over, Step("pricing.formula.least_margin", Exact(self.least_margin, over.value.currency)))
            step = Step("pricing.formula.at_least", max(step.value, limit.value), formula="greatest", children=(step, limit))
        if self.most_margin is not None:
            limit = _sum("pricing.formula.most_price", over, Step("pricing.formula.most_margin", Exact(self.most_margin, over.value.currency)))
            step = Step("pricing.formula.at_most", min(step.value, limit.value), formula="least", children=(step, limit))
        return step


def _times(step: Step, by: Step) -> Step:
    return Step("pricing.formula.product", step.value * by.value, formula="product", children=(step, by))


def _sum(code: str, step: Step, more: Step) -> Step:
    return Step(code, step.value + more.value, formula="sum", children=(step, more))


def _rounded(step: Step, rounding: Rounding) -> Step:
    """Rounded as a number: the step of a unit price may be finer than the currency's smallest coin."""
    price = step.value
    return Step(
        "pricing.formula.rounded",
        Exact(rounding.round_number(price.value, price.currency.digits), price.currency),
        params=(("rounding", rounding),),
        children=(step,),
    )
