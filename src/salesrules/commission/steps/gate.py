"""Conditions: a gate on one sale, and a hurdle on what has been reached.

A gate looks at the sale itself (its margin rate, discount, size) or at a factor from outside. A hurdle looks at the running total: below
it the component pays nothing, and on reaching it everything from the first unit (a cliff).
"""

from fractions import Fraction
from typing import Any, ClassVar, Literal

import attrs

from ..._exact import as_rate, as_ratio, maybe_ratio
from ..._fields import field
from ...errors import PolicyError
from ...ops import Ops
from ...scope import Scope
from ...trace import Source, Step
from .flow import Case, Flow, Line
from .measures import measure_of, ratio_of
from .tiers import Over, attained, running

__all__ = ["Gate", "Hurdle"]


@attrs.frozen(kw_only=True)
class _Covered:
    """A book that says 1 for the sales in a scope and 0 for the others."""

    scope: Scope

    @property
    def fields(self) -> tuple[str, ...]:
        return self.scope.dimensions

    def find(self, key: tuple[str, ...]) -> int:
        return int(self.scope.covers(dict(zip(self.fields, key, strict=True))))


@attrs.frozen(kw_only=True)
class Gate:
    """Pays a sale in full where a condition holds, and a share of it (often nothing) where it does not.

    Args:
        on: what is tested: ``amount`` and ``units`` against a size, ``margin_rate`` and ``discount`` against a share, ``factor``
            against a share or number from outside.
        at_least: the test holds from here on, this value included.
        at_most: the test holds up to here, this value included.
        scope: the sales that are tested; all others pass.
        otherwise: the share paid where the test fails.
        counts: whether a sale that fails still counts towards tiers and quota.
    """

    kind: ClassVar[str] = "gate"
    on: Literal["amount", "units", "margin_rate", "discount", "factor"] = field(doc="what is tested")
    factor: str = field(doc="name of the factor tested", default="")
    at_least: Fraction | None = field(doc="smallest value that passes", default=None, converter=maybe_ratio)
    at_most: Fraction | None = field(doc="largest value that passes", default=None, converter=maybe_ratio)
    scope: Scope = field(doc="the sales that are tested", default=Scope())
    otherwise: Fraction = field(doc="share paid where the test fails", rate=True, default=Fraction(0), converter=as_rate)
    counts: bool = field(doc="whether a sale that fails still counts towards tiers and quota")
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise PolicyError("commission.gate", "a gate needs at_least or at_most")
        if (self.on == "factor") != bool(self.factor):
            raise PolicyError("commission.gate_factor", "on = 'factor' and the name of the factor belong together", path="factor")

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: Case) -> Flow:
        told, unit = self._told(o, x, at, case)
        passed: Any = True
        if self.at_least is not None:
            passed = told * self.at_least.denominator >= unit * self.at_least.numerator
        if self.at_most is not None:
            passed = passed & (told * self.at_most.denominator <= unit * self.at_most.numerator)
        if self.scope.dimensions:
            passed = passed | (o.find(at, _Covered(scope=self.scope), x) == 0)
        o.let(at, passed, told, unit)
        counted, weight, scale, factor, den = flow
        paid = o.where(passed, self.otherwise.denominator, self.otherwise.numerator)
        if self.counts:
            return Flow(counted, weight, scale, factor * paid, den * self.otherwise.denominator)
        return Flow(o.where(passed, counted, 0), o.where(passed, weight, 0), scale, factor * paid, den * self.otherwise.denominator)

    def _told(self, o: Ops, x: Line, at: str, case: Case) -> tuple[Any, Any]:
        if self.on == "factor":
            book = case.books.factor(self.factor)
            num, den = o.find(f"{at}.factor", book, x)
            return num, den
        if self.on in {"amount", "units"}:
            name = "sales" if self.on == "amount" else "units"
            return measure_of(x, name) * x.sign, case.unit_of(name)
        return ratio_of(o, x, self.on)

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> list[Step]:
        _, passed, told, unit = note
        share = Fraction(1) if passed else self.otherwise
        code = "commission.gate.passed" if passed else "commission.gate.failed"
        params = (("on", self.on), ("told", Fraction(told, unit)), ("at_least", self.at_least), ("at_most", self.at_most), ("scope", str(self.scope)))
        if share == 1:
            return [so_far[0], *so_far[1:], Step(code, share, params=params, source=self.source)]
        return [*so_far, Step(code, share, params=params, source=self.source)]


@attrs.frozen(kw_only=True)
class Hurdle:
    """Pays nothing until the running total reaches a point, and then everything from the first unit.

    Args:
        at_least: the point: an amount of the measure in major units, or with ``on = "attainment"`` a share of the quota.
        over: the interval of the running total.
    """

    kind: ClassVar[str] = "hurdle"
    on: Literal["amount", "attainment"] = field(doc="what the point is measured in", default="attainment")
    at_least: Fraction = field(doc="the point to be reached", converter=as_ratio)
    over: Over = field(doc="interval of the running total")
    quota: str = field(doc="name of the quota", default="sales")
    source: Source | None = field(doc="the clause", default=None)

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: Case) -> Flow:
        counted, weight, scale, factor, den = flow
        before, after = running(o, x, at, counted, self.over)
        unit, positive = (case.unit, True) if self.on == "amount" else attained(o, x, at, self.quota, case, self.over)
        worth_before, worth = running(o, x, f"{at}.worth", weight * factor, self.over)
        num, of = self.at_least.numerator, self.at_least.denominator
        reached_after, reached_before = positive & (after * of >= unit * num), positive & (before * of >= unit * num)
        made = o.where(reached_after, worth, 0) - o.where(reached_before, worth_before, 0)
        o.let(at, made, before, after, unit, worth_before, worth, scale * den, reached_before, reached_after)
        return Flow(counted, made, scale, 1, den)

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> list[Step]:
        _, _, before, after, unit, worth_before, worth, den, reached_before, reached_after = note
        params: tuple[tuple[str, Any], ...] = (("before", case.counted(before)), ("after", case.counted(after)), ("at_least", self.at_least), ("over", self.over))
        if self.on == "attainment":
            params = (*params, ("attained", Fraction(after, unit)))
        sides = []
        for code, value, reached in (("commission.hurdle.after", worth, reached_after), ("commission.hurdle.before", worth_before, reached_before)):
            whole = Step("commission.hurdle.worth", case.exact(Fraction(value, den)))
            paid = Step("commission.hurdle.reached" if reached else "commission.hurdle.missed", Fraction(int(reached)))
            sides.append(Step(code, whole.value * paid.value, formula="product", children=(whole, paid)))
        return [Step("commission.hurdle", sides[0].value - sides[1].value, formula="difference", params=params, source=self.source, children=tuple(sides))]


