"""Tiers on what a person has reached: per sale, period, quarter, half-year or year; on an amount or on quota attainment.

A table of `salesrules.bands` says what the whole measure to date is worth; the line is worth the difference it makes. So a sale that
crosses a bound is cut there, a return walks back the way the sale came, and any batching of the same sales pays the same total.

Attainment is never divided: the bounds are multiplied by the quota instead. A quota of zero or below has a declared outcome.

    >>> from datetime import date
    >>> from salesrules.commission import Component, Plan, Returns, Sale, calculate
    >>> from salesrules.bands import RateBand
    >>> from salesrules.money import Money
    >>> bands = (RateBand(start=0, rate="2%"), RateBand(start=1000, rate="5%"))
    >>> sales = [Sale(id=f"S{day}", date=date(2026, 1, day), amount=Money(amount, "USD"), person="li") for day, amount in enumerate((800, 500), 1)]
    >>> for table in (Marginal(bands=bands), Whole(bands=bands)):       # 200 x 2% + 300 x 5%; 1,300 x 5% less the 16.00 paid before
    ...     plan = Plan(id="p", currency="USD", effective_from=date(2026, 1, 1), returns=Returns(rate="original"),
    ...                 components=(Component(id="c", measure="sales", steps=(Tiers(table=table, over="year"),)),))
    ...     print([str(line.pay) for line in calculate(plan, sales, on=date(2026, 1, 31)).lines])
    ['16.00 USD', '19.00 USD']
    ['16.00 USD', '49.00 USD']

References: marginal and retroactive tiers as in Spiff's and Oracle's incentive compensation guides.
Checked with: ``spiff-marginal-002``, ``spiff-retro-001``, ``oracle-interp-002``, ``gtm-accel-001`` and others in `tests/golden/commission/*.toml`.
"""

from fractions import Fraction
from typing import Any, ClassVar, Literal

import attrs

from ..._fields import field, word
from ...bands import Interpolated, Marginal, Overage, Whole
from ...bands.curve import SCALAR
from ...errors import FactError, PolicyError
from ...ops import Ops
from ...trace import Source, Step
from .flow import Case, Flow, Line, unrounded
from .measures import MONEY_MEASURES, measure_of

__all__ = ["OVER", "Over", "Tiers", "attained", "running", "running_worth"]

Over = Literal["sale", "period", "quarter", "half_year", "year", "plan"]
OVER = ("sale", "period", "quarter", "half_year", "year", "plan")
"""Over what a running total is kept: one sale, the settlement period, parts of the plan's year, or for ever."""


def running(o: Ops, x: Line, at: str, value: Any, over: str) -> tuple[Any, Any]:
    """The running total before this line and after it; each sale starts from 0 where ``over`` is ``sale``."""
    if over == "sale":
        return value - value, value
    after = o.accumulate(at, value, x, over)
    return after - value, after


def running_worth(o: Ops, x: Line, at: str, flow: Flow, over: str) -> tuple[Any, Any, Any]:
    """What the flows of all lines are worth together before this line and after it, and the denominator of both."""
    value, den = flow.weight * flow.factor, flow.scale * flow.den
    return (value - value, value, den) if over == "sale" else o.gather(at, value, den, x, over)


def attained(o: Ops, x: Line, at: str, quota: str, case: Case, over: str, by: str = "") -> tuple[Any, Any]:
    """The unit in which attainment is measured, and whether it is above zero: the quota, or 1 where the quota is not positive."""
    goal = o.find(f"{at}.quota", case.quota(quota, over, by), x)
    return o.max(goal, 1), goal > 0


@attrs.frozen(kw_only=True)
class Tiers:
    """Weighs the measure by the band that the running total reaches.

    Args:
        table: `Marginal`, `Whole`, `Overage` or `Interpolated`.
        over: the interval over which the total runs.
        on: ``amount`` (bounds are amounts of the measure) or ``attainment`` (bounds are shares of the quota).
        quota: the name of the quota; only with attainment.
        add: add to what earlier tiers pay, as an accelerator does, instead of weighing the bare measure.
        earlier: with `Whole`, what becomes of earlier sales when a band is reached: paid ``again`` at its rate, or ``kept`` as they were,
            so that the rate reached pays this sale alone.
        by: count another measure than the component pays, such as all units while only some are paid; only for `Whole`.
        no_quota: what a quota of zero or below means: ``refuse``, ``nothing`` (0% attained), or ``target`` (paid as if just at 100%).
    """

    kind: ClassVar[str] = "tiers"
    table: Marginal | Whole | Overage | Interpolated = field(doc="how the total to date is paid")
    over: Over = word(doc="interval of the running total")
    on: Literal["amount", "attainment"] = word(doc="what the bounds of the table measure", default="amount")
    quota: str = field(doc="name of the quota that attainment is measured against", default="sales")
    add: bool = field(doc="add to what earlier tiers pay", default=False)
    earlier: Literal["again", "kept"] = word(doc="what becomes of earlier sales when a band is reached", default="again")
    by: Literal["", "sales", "units", "margin", "deals", "new_customers"] = word(doc="the measure that moves the tiers, where it is another one", default="")
    no_quota: Literal["refuse", "nothing", "target"] = word(doc="what a quota of zero or below means", default="refuse")
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        if self.by and not isinstance(self.table, Whole):
            raise PolicyError(
                "commission.tiers_by", "only a whole-amount table can be moved by another measure ({by}) than it pays; leave 'by' out", path="by", by=self.by
            )
        if self.earlier == "kept" and not isinstance(self.table, Whole):
            raise PolicyError(
                "commission.tiers_earlier", "earlier = 'kept' goes with a whole-amount table; the others cut a sale at the bounds", path="earlier"
            )
        if isinstance(self.table, Interpolated) and self.table.curve.total(SCALAR, 0, 1) != 0:
            raise PolicyError(
                "commission.curve_origin",
                "the payout curve is worth something at 0, where nothing has been sold; say below = 'zero', or start it with a point at 0",
                path="table",
            )

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: Case) -> Flow:
        counted, weight, scale, factor, den, _ = flow
        moved = measure_of(x, self.by) if self.by else counted
        before, after = running(o, x, at, moved, self.over)
        unit, positive = self._unit(o, x, at, case)
        if isinstance(self.table, Interpolated):
            o.require(self.table.covers(o, after, unit), self._outside)
        curve = self.table.curve
        if self.earlier == "kept":
            standing = curve.slope(o, after, unit)
            if self.no_quota != "refuse":
                standing = o.where(positive, standing, curve.slope(o, unit, unit) if self.no_quota == "target" else 0)
            o.let(at, standing, before, after, unit, positive)
            return Flow(counted, weight * standing, scale * curve.den, factor, den)
        if self.by or at in case.retroactive:
            was, now, worth_den = running_worth(o, x, f"{at}.worth", flow, self.over)
            made = curve.slope(o, after, unit) * now - curve.slope(o, before, unit) * was
            if self.no_quota != "refuse":
                made = o.where(positive, made, (now - was) * curve.slope(o, unit, unit) if self.no_quota == "target" else 0)
            o.let(at, made, before, after, unit, positive, was, now, worth_den)
            return Flow(counted, made, 1, 1, worth_den * curve.den)
        made = o.rise(curve, before, after, unit)
        if self.no_quota != "refuse":
            made = o.where(positive, made, moved * curve.slope(o, unit, unit) if self.no_quota == "target" else 0)
        o.let(at, made, before, after, unit, positive)
        if self.add:
            return Flow(counted, weight * curve.den + made * scale, scale * curve.den, factor, den)
        return Flow(counted, made, scale * curve.den, factor, den)

    def _unit(self, o: Ops, x: Line, at: str, case: Case) -> tuple[Any, Any]:
        if self.on == "amount":
            return (case.unit_of(self.by) if self.by else case.unit), True
        unit, positive = attained(o, x, at, self.quota, case, self.over, self.by)
        if self.no_quota == "refuse":
            o.require(positive, self._no_quota)
        return unit, positive

    def _no_quota(self) -> FactError:
        return FactError("commission.zero_quota", "quota {quota!r} is zero or below; correct it, or declare no_quota = 'nothing' or 'target'", quota=self.quota)

    def _outside(self) -> FactError:
        return FactError("commission.outside_table", "the total reached lies outside the payout curve, which refuses it; extend the table")

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> list[Step]:
        made, before, after, unit, positive, *worths = note
        show = case.counted if not self.by else case.counter(self.by)
        params: tuple[tuple[str, Any], ...] = (("before", show(before)), ("after", show(after)), ("over", self.over))
        if self.on == "attainment" and positive:
            params = (*params, ("quota", show(unit)), ("attained", Fraction(after, unit)))
        if not positive:
            paid = Fraction(made, self.table.curve.den)
            rest = Step("commission.tiers.no_quota", case.exact(paid) if worths else case.counted(paid), params=(("rule", self.no_quota),), source=self.source)
            return [rest] if worths else [rest, *so_far[1:]]
        if self.earlier == "kept":
            return [*so_far, Step("commission.tiers.standing", Fraction(made, self.table.curve.den), params=params, source=self.source)]
        if worths:
            return [self._retroactive(before, after, unit, worths, params, so_far, case)]
        step = self._cut(before, after, unit, params, case)
        if not self.add:
            return [step, *so_far[1:]]
        both = (so_far[0], step)
        return [Step("commission.tiers.sum", both[0].value + both[1].value, formula="sum", children=both), *so_far[1:]]

    def _retroactive(self, before: int, after: int, unit: int, worths: list[int], params: tuple[tuple[str, Any], ...], so_far: list[Step], case: Case) -> Step:
        was, now, den = worths
        sides = []
        earlier = Step("commission.tiers.worth", case.exact(Fraction(was, den)))
        later = Step("commission.tiers.worth_now", case.exact(Fraction(now, den)), formula="sum", children=(earlier, unrounded(so_far, case)))
        for code, x, whole in (("commission.tiers.worth_after", after, later), ("commission.tiers.worth_before", before, earlier)):
            reached = Step("commission.tiers.reached", Fraction(self.table.curve.slope(SCALAR, x, unit), self.table.curve.den), source=self.source)
            sides.append(Step(code, whole.value * reached.value, formula="product", children=(whole, reached)))
        return Step(
            "commission.tiers.retroactive", sides[0].value - sides[1].value, formula="difference", params=params, source=self.source, children=tuple(sides)
        )

    def _cut(self, before: int, after: int, unit: int, params: tuple[tuple[str, Any], ...], case: Case) -> Step:
        if isinstance(self.table, Marginal):
            pieces = []
            for piece in self.table.pieces(before, after, unit):
                slice_ = Step("commission.tiers.slice", case.counted(piece.amount))
                rate = self._rate(piece.rate, case)
                bounds = (("lower", _bound(piece.lower, case)), ("upper", _bound(piece.upper, case)))
                pieces.append(Step("commission.tiers.piece", slice_.value * piece.rate, formula="product", params=bounds, children=(slice_, rate)))
            if not pieces:
                return Step("commission.tiers.below", case.counted(0), params=params, source=self.source)
            value = sum((piece.value for piece in pieces[1:]), pieces[0].value)
            return Step("commission.tiers.cut", value, formula="sum", params=params, source=self.source, children=tuple(pieces))
        sides = [self._total(code, x, unit, case) for code, x in (("commission.tiers.total_after", after), ("commission.tiers.total_before", before))]
        return Step(
            "commission.tiers.difference",
            sides[0].value - sides[1].value,
            formula="difference",
            params=(*params, ("table", self.table.kind)),
            source=self.source,
            children=tuple(sides),
        )

    def _rate(self, value: Fraction, case: Case) -> Step:
        return Step("commission.tiers.rate" if case.measure in MONEY_MEASURES else "commission.tiers.per_unit", value, source=self.source)

    def _total(self, code: str, x: int, unit: int, case: Case) -> Step:
        """One side of the difference: a fixed part plus the measure to date at the slope of its band."""
        curve = self.table.curve
        line = SCALAR.locate(curve.bounds, x, unit) + 1
        whole = Step("commission.tiers.to_date", case.counted(x))
        slope = self._rate(Fraction(curve.slopes[line], curve.den), case)
        sloped = Step("commission.tiers.at_rate", whole.value * slope.value, formula="product", children=(whole, slope))
        fixed = Step("commission.tiers.fixed_part", case.counted(Fraction(curve.intercepts[line] * unit, curve.den)))
        return Step(code, sloped.value + fixed.value, formula="sum", children=(sloped, fixed))


def _bound(bound: Fraction | None, case: Case) -> Any:
    """A bound as a reader knows it; ``None`` where the band has no end."""
    return None if bound is None else case.counted(bound)
