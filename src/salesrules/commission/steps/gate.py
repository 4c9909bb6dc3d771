"""Conditions: a gate on one sale, and a hurdle on what has been reached.

A gate looks at the sale itself (its margin rate, discount, size) or at a factor from outside. A hurdle looks at the running total: below
it the component pays nothing, and on reaching it everything from the first unit (a cliff).

    >>> from datetime import date
    >>> from salesrules.commission import Component, Plan, Rate, RateEntry, Returns, Sale, calculate
    >>> from salesrules.money import Money
    >>> steps = (Gate(on="amount", at_least=100, counts=False), Rate(entries=(RateEntry(rate="2%"),)), Hurdle(on="amount", at_least=1000, over="year"))
    >>> plan = Plan(id="p", currency="USD", effective_from=date(2026, 1, 1), returns=Returns(rate="original"),
    ...             components=(Component(id="c", measure="sales", steps=steps),))
    >>> sales = [Sale(id=f"S{day}", date=date(2026, 1, day), amount=Money(amount, "USD"), person="li") for day, amount in enumerate((600, 50, 400), 1)]
    >>> [str(line.pay) for line in calculate(plan, sales, on=date(2026, 1, 31)).lines]     # 50 is too small; 400 reaches 1,000
    ['0.00 USD', '0.00 USD', '20.00 USD']

References: the cliff and the threshold of incentive plans; conditions by discount as in OCA's commission modules.
Checked with: ``gtm-commission-002``, ``oca-discount-002``, ``gtm-gate-002`` and ``scaler-unit-002`` in `tests/golden/commission/*.toml`.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Literal

import attrs

from ..._exact import as_rate, as_ratio, maybe_ratio
from ..._fields import about, field, word
from ...errors import PolicyError
from ...money import format_ratio
from ...ops import Ops
from ...scope import Covered, Scope
from ...text import Label, label
from ...trace import Source, Step
from .flow import Case, Flow, Line, unrounded
from .measures import measure_of, ratio_of
from .tiers import Over, attained, running, running_worth

__all__ = ["Gate", "Hurdle"]

_NEEDED = {("at_least",): "commission.gate.at_least", ("at_most",): "commission.gate.at_most", ("at_least", "at_most"): "commission.gate.between"}


def _count(value: Fraction) -> Label:
    return label("value.number", value=value)


def _share(value: Fraction) -> Label:
    return label("value.percent", value=value)


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
    on: Literal["amount", "units", "margin_rate", "discount", "factor"] = word(doc="what is tested")
    factor: str = field(doc="name of the factor tested", default="")
    at_least: Fraction | None = attrs.field(metadata=about("smallest value that passes"), default=None, converter=maybe_ratio)
    at_most: Fraction | None = attrs.field(metadata=about("largest value that passes"), default=None, converter=maybe_ratio)
    scope: Scope = field(doc="the sales that are tested", default=Scope())
    otherwise: Fraction = attrs.field(metadata=about("share paid where the test fails", rate=True), default=Fraction(0), converter=as_rate)
    counts: bool = field(doc="whether a sale that fails still counts towards tiers and quota")
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise PolicyError("commission.gate", "a gate needs at_least or at_most")
        if (self.on == "factor") != bool(self.factor):
            raise PolicyError("commission.gate_factor", "on = 'factor' and the name of the factor belong together", path="factor")
        for name, bound in (("at_least", self.at_least), ("at_most", self.at_most)):
            if self.on in {"margin_rate", "discount"} and bound is not None and bound > 1:
                raise PolicyError(
                    "commission.gate_share",
                    "{bound} of {on} is more than there can be; write a share such as '12%' or 0.12",
                    path=name,
                    bound=format_ratio(bound),
                    on=self.on,
                )

    @cached_property
    def _covered(self) -> Covered:
        return Covered(self.scope)

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: Case) -> Flow:
        told, unit = self._told(o, x, at, case)
        passed: Any = True
        if self.at_least is not None:
            passed = told * self.at_least.denominator >= unit * self.at_least.numerator
        if self.at_most is not None:
            passed = passed & (told * self.at_most.denominator <= unit * self.at_most.numerator)
        if self.scope.dimensions:
            passed = passed | (o.find(at, self._covered, x) == 0)
        o.let(at, passed, told, unit)
        counted, weight, scale, factor, den, _ = flow
        paid = o.where(passed, self.otherwise.denominator, self.otherwise.numerator)
        if self.counts:
            return Flow(counted, weight, scale, factor * paid, den * self.otherwise.denominator)
        return Flow(o.where(passed, counted, 0), weight, scale, factor * paid, den * self.otherwise.denominator)

    def _told(self, o: Ops, x: Line, at: str, case: Case) -> tuple[Any, Any]:
        if self.on == "factor":
            num, den = o.find(f"{at}.factor", case.factor(self.factor), x)
            return num, den
        if self.on in {"amount", "units"}:
            name = "sales" if self.on == "amount" else "units"
            return measure_of(x, name) * x.sign, case.unit_of(name)
        return ratio_of(o, x, self.on)

    def _holds(self, told: Fraction) -> bool:
        return (self.at_least is None or told >= self.at_least) and (self.at_most is None or told <= self.at_most)

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> list[Step]:
        passed, told, unit = note
        share = Fraction(1) if passed else self.otherwise
        code = "commission.gate.passed" if passed else "commission.gate.failed"
        if passed and not self._holds(Fraction(told, unit)):
            code = "commission.gate.untested"
        shown: Callable[[Fraction], Any] = {"amount": lambda value: case.counter("sales")(value * case.money_unit), "units": _count}.get(self.on, _share)
        bounds = {name: shown(bound) for name, bound in (("at_least", self.at_least), ("at_most", self.at_most)) if bound is not None}
        needed = label(_NEEDED[tuple(bounds)], **bounds)
        scope = self.scope if self.scope.dimensions else None
        params = (("on", self.factor or self.on), ("told", shown(Fraction(told, unit))), ("needed", needed), ("scope", scope))
        return [*so_far, Step(code, share, params=params, source=self.source)]


@attrs.frozen(kw_only=True)
class Hurdle:
    """Pays nothing until the running total reaches a point, and then everything from the first unit.

    Args:
        on: what the point is: an ``amount`` of the measure in major units, or ``attainment``, a share of the quota.
        at_least: the point.
        over: the interval of the running total.
    """

    kind: ClassVar[str] = "hurdle"
    on: Literal["amount", "attainment"] = word(doc="what the point is measured in")
    at_least: Fraction = attrs.field(metadata=about("the point to be reached"), converter=as_ratio)
    over: Over = word(doc="interval of the running total")
    quota: str = field(doc="name of the quota", default="sales")
    source: Source | None = field(doc="the clause", default=None)

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: Case) -> Flow:
        before, after = running(o, x, at, flow.counted, self.over)
        unit, positive = (case.unit, True) if self.on == "amount" else attained(o, x, at, self.quota, case, self.over)
        was, now, den = running_worth(o, x, f"{at}.worth", flow, self.over)
        num, of = self.at_least.numerator, self.at_least.denominator
        reached_after, reached_before = positive & (after * of >= unit * num), positive & (before * of >= unit * num)
        made = o.where(reached_after, now, 0) - o.where(reached_before, was, 0)
        o.let(at, before, after, unit, was, now, den, reached_before, reached_after)
        return Flow(flow.counted, made, 1, 1, den)

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> list[Step]:
        before, after, unit, was, now, den, reached_before, reached_after = note
        at_least = case.counted(self.at_least * case.unit) if self.on == "amount" else self.at_least
        params: tuple[tuple[str, Any], ...] = (("before", case.counted(before)), ("after", case.counted(after)), ("at_least", at_least), ("over", self.over))
        if self.on == "attainment":
            params = (*params, ("quota", case.counted(unit)), ("attained", Fraction(after, unit)))
        sides = []
        earlier = Step("commission.hurdle.worth", case.exact(Fraction(was, den)))
        later = Step("commission.hurdle.worth_now", case.exact(Fraction(now, den)), formula="sum", children=(earlier, unrounded(so_far, case)))
        for code, whole, reached in (("commission.hurdle.after", later, reached_after), ("commission.hurdle.before", earlier, reached_before)):
            paid = Step("commission.hurdle.reached" if reached else "commission.hurdle.missed", Fraction(int(reached)))
            sides.append(Step(code, whole.value * paid.value, formula="product", children=(whole, paid)))
        return [Step("commission.hurdle", sides[0].value - sides[1].value, formula="difference", params=params, source=self.source, children=tuple(sides))]
