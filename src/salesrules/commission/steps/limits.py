"""Money steps: a bonus for what has been reached, a cap, and a floor for one sale.

They need money, so the line is rounded first. A cap over an interval keeps the running pay at or below the limit and gives way again
when a return brings it down. A floor lifts a small sale; for a return it works as the mirror image, so it never turns one into a
payment, and it lifts nothing where the sale earned no commission at all.

    >>> from datetime import date
    >>> from salesrules.commission import Component, Plan, Rate, RateEntry, Returns, Sale, calculate
    >>> from salesrules.bands import AmountBand
    >>> bonus = Bonus(table=StepTable(bands=(AmountBand(start=10_000, amount=500),)), over="year")
    >>> steps = (Rate(entries=(RateEntry(rate="10%"),)), bonus, Cap(amount=Money(1500, "USD"), over="year"))
    >>> plan = Plan(id="p", currency="USD", effective_from=date(2026, 1, 1), returns=Returns(rate="original"),
    ...             components=(Component(id="c", measure="sales", steps=steps),))
    >>> sales = [Sale(id=f"S{day}", date=date(2026, 1, day), amount=Money(amount, "USD"), person="li") for day, amount in enumerate((4000, 7000, 900), 1)]
    >>> [str(line.pay) for line in calculate(plan, sales, on=date(2026, 1, 31)).lines]     # 700 and the bonus, of which 1,100 is left to the cap
    ['400.00 USD', '1100.00 USD', '0.00 USD']

Checked with: ``mrexcel-accel-001`` (bonus), ``cflow-004`` and ``cflow-006`` (caps), ``cflow-003`` (floor) in `tests/golden/commission/*.toml`.
"""

from fractions import Fraction
from typing import Any, ClassVar, Literal

import attrs

from ..._exact import maybe_rate, maybe_ratio
from ..._fields import about, field, word
from ...bands import Step as StepTable
from ...errors import PolicyError
from ...money import Money
from ...ops import Ops
from ...trace import Source, Step
from .flow import Case, Flow, Line, amount, product, settle
from .tiers import Over, attained, running

__all__ = ["Bonus", "Cap", "Floor"]


@attrs.frozen(kw_only=True)
class Bonus:
    """Adds fixed amounts for points reached by the running total (kicker): the sale that reaches a point brings its amount."""

    kind: ClassVar[str] = "bonus"
    table: StepTable = field(doc="amounts by point reached")
    over: Over = word(doc="interval of the running total")
    on: Literal["amount", "attainment"] = word(doc="what the points are measured in", default="amount")
    quota: str = field(doc="name of the quota", default="sales")
    source: Source | None = field(doc="the clause", default=None)

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: Case) -> Flow:
        value = settle(o, flow, case)
        before, after = running(o, x, at, flow.counted, self.over)
        unit, positive = (case.unit, True) if self.on == "amount" else attained(o, x, at, self.quota, case, self.over)
        gained = self.table.total(o, after, unit) - self.table.total(o, before, unit)
        extra = o.where(positive, o.muldiv(gained, case.money_unit, self.table.den, "half_up"), 0)
        o.let(at, extra, before, after)
        return amount(value + extra, flow.counted)

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> list[Step]:
        extra, before, after = note
        params = (("before", case.counted(before)), ("after", case.counted(after)), ("over", self.over))
        parts = (product(so_far, case), Step("commission.bonus", case.money(extra), params=params, source=self.source))
        return [Step("commission.with_bonus", parts[0].value + parts[1].value, formula="sum", children=parts)]


@attrs.frozen(kw_only=True)
class Cap:
    """Limits the pay of a component: per sale, or as a running total over an interval.

    Args:
        amount: the limit.
        of_target: the limit as a multiple of the person's target incentive.
        of_sale: the limit as a share of the sale's amount; per sale only.
    """

    kind: ClassVar[str] = "cap"
    over: Over = word(doc="interval of the running pay")
    amount: Money | None = field(doc="the limit", default=None)
    of_target: Fraction | None = attrs.field(metadata=about("the limit as a multiple of the target incentive"), default=None, converter=maybe_ratio)
    of_sale: Fraction | None = attrs.field(metadata=about("the limit as a share of the sale", rate=True), default=None, converter=maybe_rate)
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        if sum(limit is not None for limit in (self.amount, self.of_target, self.of_sale)) != 1:
            raise PolicyError("commission.cap", "give the cap exactly one of amount, of_target, of_sale")
        if self.of_sale is not None and self.over != "sale":
            raise PolicyError("commission.cap_sale", "a cap that is a share of the sale works per sale; say over = 'sale'", path="over")
        if self.amount is not None and self.amount.minor < 0:
            raise PolicyError(
                "commission.cap_negative", "the cap is {amount}; a cap below zero would turn pay into debt", path="amount", amount=str(self.amount)
            )

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: Case) -> Flow:
        value = settle(o, flow, case)
        limit = self._limit(o, x, at, case)
        if self.over == "sale":
            paid = o.max(o.min(value, limit), -limit)
            o.let(at, paid, value, limit, None)
            return amount(paid, flow.counted)
        before, after = running(o, x, at, value, self.over)
        paid = o.min(after, limit) - o.min(before, limit)
        o.let(at, paid, value, limit, after)
        return amount(paid, flow.counted)

    def _limit(self, o: Ops, x: Line, at: str, case: Case) -> Any:
        if self.amount is not None:
            return self.amount.minor
        if self.of_sale is not None:
            return o.muldiv(x.amount * x.sign, self.of_sale.numerator, self.of_sale.denominator, case.rounding.mode)
        multiple = self.of_target or Fraction(0)
        target = o.find(f"{at}.target", case.incentive(self.over), x)
        return o.muldiv(target, multiple.numerator, multiple.denominator, case.rounding.mode)

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> list[Step]:
        paid, value, limit, after = note
        whole = product(so_far, case)
        limit_step = Step("commission.cap.limit", case.money(limit), params=(("over", self.over),), source=self.source)
        if after is None:
            if value < 0:
                lowest = Step("commission.cap.lowest", case.money(-limit), source=self.source)
                return [Step("commission.cap.sale", case.money(paid), formula="greatest", children=(whole, lowest))]
            return [Step("commission.cap.sale", case.money(paid), formula="least", children=(whole, limit_step))]
        before = Step("commission.cap.run_before", case.money(after - value))
        run = Step("commission.cap.run", case.money(after), formula="sum", children=(before, whole))
        sides = (
            Step("commission.cap.after", case.money(min(after, limit)), formula="least", children=(run, limit_step)),
            Step("commission.cap.before", case.money(min(after - value, limit)), formula="least", children=(before, limit_step)),
        )
        return [Step("commission.cap", case.money(paid), formula="difference", source=self.source, children=sides)]


@attrs.frozen(kw_only=True)
class Floor:
    """The least a sale pays, where it pays anything."""

    kind: ClassVar[str] = "floor"
    amount: Money = field(doc="the least that is paid for a sale")
    source: Source | None = field(doc="the clause", default=None)

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: Case) -> Flow:
        value = settle(o, flow, case)
        least = self.amount.minor
        lifted = o.where(x.sign > 0, o.max(value, least), o.min(value, -least))
        paid = o.where((flow.counted == 0) | (flow.weight == 0) | (flow.factor == 0), value, lifted)
        o.let(at, paid, value, x.sign)
        return amount(paid, flow.counted)

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> list[Step]:
        paid, value, sign = note
        whole = product(so_far, case)
        if paid == value:
            return [whole]
        least = Step("commission.floor.least", case.money(sign * self.amount.minor), source=self.source)
        return [Step("commission.floor", case.money(paid), formula="greatest" if sign > 0 else "least", children=(whole, least))]
