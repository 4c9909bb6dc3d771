"""A component: one line of a plan that pays a measure through its steps, in the order in which they are declared.

>>> from salesrules.commission.steps import Rate, RateEntry
>>> Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)).id
'base'
"""

from fractions import Fraction
from typing import Any, Literal

import attrs

from .._fields import field, listing, word
from ..errors import PolicyError
from ..money import format_ratio
from ..ops import Ops
from ..scope import Scope
from ..trace import Source, Step
from .steps import Bonus, Cap, FactorStep, Floor, Gate, Hurdle, Rate, StepRule, Target, Tiers
from .steps.flow import Case, Flow, Line, product, settle, unrounded
from .steps.measures import Measure, measure_of
from .steps.tiers import running_worth

__all__ = ["Component"]


def _differs(step: StepRule, tiers: Tiers) -> bool:
    """Whether a step may pay two sales differently that the tiers after it put in one band."""
    if isinstance(step, Gate):
        return step.otherwise != 0 or (step.counts and tiers.table.kind == "whole")
    if isinstance(step, Rate):
        return step.varies
    return isinstance(step, Target | Hurdle) or (isinstance(step, FactorStep) and step.value is None)


def _reaches_back(step: StepRule) -> bool:
    """Whether a step pays earlier sales anew as the total rises."""
    return isinstance(step, Hurdle) or (isinstance(step, Tiers) and not step.table.progressive and step.earlier == "again")


def _bounds(step: Any) -> list[Fraction]:
    """The points of the running total at which a step pays differently."""
    if isinstance(step, Hurdle):
        return [step.at_least]
    return [point.at for point in step.table.points] if step.table.kind == "interpolated" else [band.start for band in step.table.bands]


_MOST_ATTAINED = 20

_MONEY_STEPS = (Bonus, Cap, Floor)
_AFTER_MONEY = (Bonus, Cap, Floor, FactorStep)


@attrs.frozen(kw_only=True)
class Component:
    """One line of a plan.

    Args:
        id: unique in the plan; names the component on statements.
        measure: what is paid: sales, list_sales (at list price), units, margin, cash, deals, new_customers, or (for overrides) the commission
            of the level below or the remainder that the levels below left.
        credit: whose credit it pays: ``direct`` (split), ``overlay``, ``rollup`` (managers above the seller), ``team`` (a pool).
        levels: with rollup, how many levels above the seller; 1 is the direct manager.
        roles: the roles paid; everybody where none is named.
        scope: the sales paid; all where it names nothing.
        steps: the rules, in the order in which they apply.
    """

    id: str = field(doc="unique name in the plan")
    title: str = field(doc="what the statement calls it", default="")
    measure: Measure = word(doc="what is paid")
    credit: Literal["direct", "overlay", "rollup", "team"] = word(doc="whose credit it pays", default="direct")
    levels: tuple[int, ...] = field(doc="levels above the seller that are paid", default=(1,))
    roles: tuple[str, ...] = listing(doc="roles that are paid; none named: everybody", default=())
    scope: Scope = field(doc="the sales that are paid", default=Scope())
    steps: tuple[StepRule, ...] = field(doc="the rules, in order")
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        if not self.id:
            raise PolicyError("commission.component_id", "a component needs an id", path="id")
        if not self.steps:
            raise PolicyError("commission.no_steps", "component {id!r} has no steps; add at least a rate, tiers or target", path="steps", id=self.id)
        if self.measure in {"commission", "remainder"} and self.credit != "rollup":
            raise PolicyError(
                "commission.override_measure",
                "measure {measure!r} is what a level below was paid or left; it needs credit = 'rollup'",
                path="measure",
                measure=self.measure,
            )
        self._check_order()

    def _check_sale(self, step: StepRule, path: str) -> None:
        """Quotas and target incentives belong to a period, so no single sale can be measured against them."""
        asks = isinstance(step, Target) or getattr(step, "on", "") == "attainment" or getattr(step, "of_target", None) is not None
        if asks and getattr(step, "over", "") == "sale":
            raise PolicyError(
                "commission.quota_of_sale",
                "a {kind} step measures by quota or target incentive, which a single sale has not; say over which period",
                path=f"{path}.over",
                kind=step.kind,
            )

    def _check_bounds(self, step: StepRule, path: str) -> None:
        """Attainment is a share: 100 where 100% is meant would never be reached, and nobody would notice."""
        if getattr(step, "on", "") != "attainment":
            return
        highest = max(_bounds(step))
        if highest > _MOST_ATTAINED:
            raise PolicyError(
                "commission.attainment_percent",
                "{bound} of the quota is hardly meant; write attainment as a share, such as '120%' or 1.2",
                path=path,
                bound=format_ratio(highest),
            )

    def _check_slices(self, tiers: Tiers, before: tuple[StepRule, ...], path: str) -> None:
        """Every sale that is paid slice by slice must have slices of its own."""
        if any(isinstance(past, Hurdle) or (isinstance(past, Tiers) and not past.table.progressive) for past in before):
            raise PolicyError("commission.slices_last", "tiers that pay slice by slice cannot follow whole-amount tiers or a hurdle; put them first", path=path)
        if not tiers.add and any(isinstance(past, Gate) and past.otherwise and not past.counts for past in before):
            raise PolicyError(
                "commission.gate_uncounted",
                "a sale that a gate pays in part, but does not count, has no slice of its own; say counts = true, or otherwise = 0",
                path=path,
            )

    def _check_order(self) -> None:
        weighed = money = False
        for index, step in enumerate(self.steps):
            path = f"steps[{index}]"
            self._check_sale(step, path)
            self._check_bounds(step, path)
            if money and not isinstance(step, _AFTER_MONEY):
                raise PolicyError(
                    "commission.order", "a {kind} step cannot follow a step that has already made money of the line; put it before", path=path, kind=step.kind
                )
            if isinstance(step, Tiers):
                if weighed and not step.add:
                    raise PolicyError("commission.second_tiers", "a second tiers step must say add = true, or stand in a component of its own", path=path)
                if step.table.progressive:
                    self._check_slices(step, self.steps[:index], path)
                if step.add and not step.table.progressive:
                    raise PolicyError("commission.add_whole", "only marginal and interpolated tiers can add to others", path=path)
            self._check_reach(step, self.steps[:index], path)
            weighed = weighed or isinstance(step, Tiers)
            money = money or isinstance(step, _MONEY_STEPS)
        for at in self.retroactive_positions:
            if isinstance(step := self.steps[at], Tiers) and step.table.kind == "overage":
                raise PolicyError(
                    "commission.overage_rate",
                    "an overage table pays its own rates; write the base rate into its bands and leave the rate step out",
                    path=f"steps[{at}]",
                )

    def _check_reach(self, step: StepRule, before: tuple[StepRule, ...], path: str) -> None:
        """What decides over a sale must stand before the steps that keep a total of all sales."""
        if isinstance(step, Gate) and not step.counts and any(isinstance(past, Tiers | Hurdle) for past in before):
            raise PolicyError(
                "commission.gate_late", "a gate whose failures do not count must stand before the tiers or hurdle they would move; put it first", path=path
            )
        if isinstance(step, Rate) and step.varies and any(_reaches_back(past) for past in before):
            raise PolicyError(
                "commission.retroactive_rate", "tiers or a hurdle that reach back must know the rate of each sale; put the rate step before them", path=path
            )

    @property
    def retroactive_positions(self) -> tuple[int, ...]:
        """The tiers that reach back over sales which the steps before them paid differently."""
        return tuple(
            index
            for index, step in enumerate(self.steps)
            if isinstance(step, Tiers) and _reaches_back(step) and any(_differs(past, step) for past in self.steps[:index])
        )

    def pay(self, o: Ops, x: Line, names: tuple[str, ...], case: Case) -> Any:
        """What the line pays, in minor units.

        Args:
            o: what carries the numbers.
            x: the operands of the line.
            names: a name for each step, under which running totals and notes are kept.
            case: currency, rounding and measure.
        """
        counted = measure_of(x, self.measure)
        flow = Flow(counted, counted, 1, case.money_unit, case.unit) if case.unit != case.money_unit else Flow(counted, counted, 1, 1, 1)
        for step, at in zip(self.steps, names, strict=True):
            flow = step.apply(o, x, at, flow, case)
        if case.rounding.per == "line":
            return settle(o, flow, case)
        return self._on_the_document(o, x, flow, case)

    def _on_the_document(self, o: Ops, x: Line, flow: Flow, case: Case) -> Any:
        """Rounded on the running total of the settlement period: the line takes the difference it makes."""
        name = f"{self.id}.document"
        was, now, den = running_worth(o, x, name, flow, "period")
        after, before = settle(o, Flow(flow.counted, now, 1, 1, den), case), settle(o, Flow(flow.counted, was, 1, 1, den), case)
        return o.let(name, after - before, was, now, den)

    def explain(self, measure: Step, notes: dict[str, tuple[Any, ...]], names: tuple[str, ...], case: Case) -> Step:
        """The working of one line, from what its steps noted."""
        so_far = [measure]
        for step, at in zip(self.steps, names, strict=True):
            so_far = step.explain(notes[at], so_far, case)
        document = notes.get(f"{self.id}.document")
        if document is not None:
            return self._explain_document(document, so_far, case)
        return product(so_far, case)

    def _explain_document(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> Step:
        paid, was, now, den = note
        line = product(so_far, case)
        exact = line if line is so_far[0] else unrounded(so_far, case)
        total = Step("commission.document.total", case.exact(Fraction(was, den)))
        with_line = Step("commission.document.with_line", case.exact(Fraction(now, den)), formula="sum", children=(total, exact))
        sides = tuple(
            Step(code, case.rounding.apply(side.value.value, case.currency), formula="rounded", params=(("rounding", case.rounding),), children=(side,))
            for code, side in (("commission.document.after", with_line), ("commission.document.before", total))
        )
        return Step("commission.document", case.money(paid), formula="difference", params=(("line", line.value),), children=sides)
