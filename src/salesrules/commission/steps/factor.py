"""What multiplies a component from outside: a coefficient (KPI, collection rate), and the target incentive per unit of quota.

    >>> from datetime import date
    >>> from salesrules.commission import Component, Plan, Quota, Returns, Sale, calculate
    >>> from salesrules.periods import CivilCalendar
    >>> steps = (Target(over="year", amount=Money(12_000, "USD")), FactorStep(value="1.1"))
    >>> plan = Plan(id="p", currency="USD", effective_from=date(2026, 1, 1), returns=Returns(rate="original"),
    ...             components=(Component(id="c", measure="sales", steps=steps),))
    >>> quota = Quota(person="li", period=CivilCalendar().year(2026), amount=Money(400_000, "USD"))
    >>> sale = Sale(id="S", date=date(2026, 1, 9), amount=Money(100_000, "USD"), person="li")
    >>> str(calculate(plan, [sale], on=date(2026, 1, 31), quotas=[quota]).lines[0].pay)    # a quarter of the quota, times 1.1
    '3300.00 USD'

References: target incentive and base commission rate as in Oracle's and Xactly's guides.
Checked with: ``gtm-accel-001``, ``gtm-linear-001``, ``abestweb-rounding-001`` in `tests/golden/commission/*.toml`.
"""

from fractions import Fraction
from typing import Any, ClassVar

import attrs

from ..._exact import as_rate, maybe_ratio
from ..._fields import about, field, word
from ...errors import FactError
from ...money import Money
from ...ops import Ops
from ...trace import Source, Step
from .flow import Case, Flow, Line
from .tiers import Over, attained

__all__ = ["FactorStep", "Target"]


@attrs.frozen(kw_only=True)
class FactorStep:
    """Multiplies by a factor from outside, by person and settlement period, or by one that the plan itself fixes (``value``)."""

    kind: ClassVar[str] = "factor"
    name: str = field(doc="name of the factor, such as kpi", default="")
    value: Fraction | None = attrs.field(metadata=about("the factor itself, where the plan fixes it"), default=None, converter=maybe_ratio)
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        if bool(self.name) == (self.value is not None):
            raise FactError("commission.factor", "a factor step needs a name or a value, and not both")

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: Case) -> Flow:
        num, den = (self.value.numerator, self.value.denominator) if self.value is not None else o.find(at, case.factor(self.name), x)
        o.let(at, num, den)
        return flow._replace(factor=flow.factor * num, den=flow.den * den, settled=False)

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> list[Step]:
        num, den = note
        return [*so_far, Step("commission.factor", Fraction(num, den), params=(("name", self.name),), source=self.source)]


@attrs.frozen(kw_only=True)
class Target:
    """Turns attainment into pay: the target incentive divided by the quota, the base commission rate, kept as an exact ratio.

    A measure of exactly the quota pays exactly the target incentive; tiers before this step bend the curve.

    Args:
        share: the part of the target incentive that this component carries.
        amount: the target incentive, where the plan gives one for everybody; otherwise each person's `Incentive` is read.
    """

    kind: ClassVar[str] = "target"
    over: Over = word(doc="interval of quota and incentive")
    quota: str = field(doc="name of the quota", default="sales")
    share: Fraction = attrs.field(metadata=about("part of the target incentive", rate=True), default=Fraction(1), converter=as_rate)
    amount: Money | None = field(doc="target incentive for everybody", default=None)
    source: Source | None = field(doc="the clause", default=None)

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: Case) -> Flow:
        quota, positive = attained(o, x, at, self.quota, case, self.over)
        target = self.amount.minor if self.amount is not None else o.find(f"{at}.target", case.incentive(self.over), x)
        paid = o.where(positive, target, 0)
        o.let(at, paid, quota)
        counted, weight, scale, factor, den, _ = flow
        num = paid * self.share.numerator * case.unit
        return Flow(counted, weight, scale, factor * num, den * quota * self.share.denominator * case.money_unit)

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> list[Step]:
        paid, quota = note
        target = Step("commission.target.incentive", case.money(paid))
        goal = Step("commission.target.quota", case.counted(quota))
        if isinstance(goal.value, Money):
            rate = Step(
                "commission.target.rate",
                target.value / goal.value * self.share,
                params=(("incentive", target.value), ("share", self.share), ("quota", goal.value)),
                source=self.source,
            )
            return [*so_far, rate]
        per_unit = Step(
            "commission.target.per_unit",
            target.value * self.share / goal.value,
            params=(("incentive", target.value), ("share", self.share), ("quota", goal.value)),
            source=self.source,
        )
        return [per_unit, *so_far]
