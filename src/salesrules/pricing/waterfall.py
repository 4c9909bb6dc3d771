"""The way from the list price to what is left, step by step: list, invoice, net, pocket, margin.

Every step is what it takes off or puts on, exactly; the steps up to a stage add up to the price at that stage.

>>> steps = (WaterfallStep(id="list", kind="list", amount=Exact("100", "CNY")),
...          WaterfallStep(id="manual", kind="on_invoice", amount=Exact("-10", "CNY")),
...          WaterfallStep(id="bonus", kind="off_invoice", amount=Exact("-3", "CNY")),
...          WaterfallStep(id="freight", kind="cost_to_serve", amount=Exact("-2", "CNY")),
...          WaterfallStep(id="cost", kind="cost", amount=Exact("-60", "CNY")))
>>> fall = Waterfall(steps=steps)
>>> [str(fall.at(stage).value) for stage in STAGES]
['100', '90', '87', '85', '25']

References: M. V. Marn and R. L. Rosiello, "Managing Price, Gaining Profit", Harvard Business Review 70 (1992), 84-94: pocket price and waterfall.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Literal

import attrs

from ..errors import FactError
from ..money import Exact, Rounding
from ..text import Label, label
from ..trace import Source
from .refusals import no_cost

__all__ = ["NAMED", "STAGES", "Kind", "Waterfall", "WaterfallStep"]

Kind = Literal["list", "on_invoice", "off_invoice", "cost_to_serve", "cost"]

STAGES: dict[str, str] = {"list": "list", "invoice": "on_invoice", "net": "off_invoice", "pocket": "cost_to_serve", "margin": "cost"}
"""Each stage, and the last kind of step that it counts."""

NAMED = ("free", "price", "further", "bundle", "gift", "rounding", "rebate", "payment_discount", "freight", "cost")
"""The steps that carry no discount's name: units given for nothing, a price asked below that of the book, what is taken off besides, articles
sold together, a gift's share, rounding, what is paid back later, what may be kept back, what the seller bears, the cost."""

_KINDS = tuple(STAGES.values())


@attrs.frozen(kw_only=True)
class WaterfallStep:
    """One step of the waterfall.

    Args:
        id: the discount, rebate or cost.
        kind: where it stands on the way.
        amount: what it adds; below 0 what it takes off.
        base: what it is a share of.
        rate: the share.
        rounding: how the amount was rounded; `None` where it is exact.
        line: the line; empty where several were added up.
        source: the clause.
        own: whether ``id`` is a word of this library, one of `NAMED`, and not somebody's name for a discount, a promotion, a price.
    """

    id: str
    kind: Kind
    amount: Exact
    base: Exact | None = None
    rate: Fraction | None = None
    rounding: Rounding | None = None
    line: str = ""
    source: Source | None = None
    own: bool = False

    @property
    def title(self) -> Label | str:
        """What the step is called: the library's words in the reader's language, anybody else's as they were typed."""
        return label("pricing.sheet.taken", name=self.id) if self.own else self.id


@attrs.frozen(kw_only=True)
class Waterfall:
    """The steps of a line or an order, in order."""

    steps: tuple[WaterfallStep, ...]

    @classmethod
    def of(cls, steps: Iterable[WaterfallStep]) -> "Waterfall":
        """Steps of several lines, stage by stage."""
        return cls(steps=tuple(sorted(steps, key=lambda step: _KINDS.index(step.kind))))

    def at(self, stage: str) -> Exact:
        """The price at a stage: what the steps so far add up to.

        Raises:
            FactError: ``pricing.stage`` for a stage that does not exist; ``pricing.no_cost`` for the margin where no cost is known.
        """
        if stage not in STAGES:
            raise FactError("pricing.stage", "there is no stage {stage!r}; the stages are {known}", path="stage", stage=stage, known=", ".join(STAGES))
        if stage == "margin" and all(step.kind != "cost" for step in self.steps):
            raise no_cost("margin")
        counted = _KINDS[: _KINDS.index(STAGES[stage]) + 1]
        currency = self.steps[0].amount.currency
        return Exact.from_minor(sum((step.amount.minor for step in self.steps if step.kind in counted), Fraction(0)), currency)

    def to_data(self) -> list[dict[str, Any]]:
        """Plain data that any JSON encoder takes."""
        return [
            {"id": step.id, "kind": step.kind, "amount": str(step.amount.value), "currency": step.amount.currency.code, "line": step.line}
            for step in self.steps
        ]
