"""Plans and tables made up at random, for the tests that compare columns with one record at a time.

Everything is made through a `Chooser`, so that Hypothesis (`cases`, which shrinks what fails) and a seed (`seeded`, for large tables) make
the same kinds of things. A `Case` is a plan with its facts; it knows itself as the arguments of `calculate` and as a table.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Any, Protocol, TypeVar

import attrs
from hypothesis import assume
from hypothesis import strategies as st

from salesrules.bands import AmountBand, Interpolated, Lookup, Marginal, Overage, Point, RateBand, Step, ValueBand, Whole
from salesrules.commission import (
    Bonus,
    Cap,
    Component,
    Conversion,
    Credit,
    Factor,
    FactorStep,
    Floor,
    FxRate,
    Gate,
    Hurdle,
    Incentive,
    Plan,
    PlanRate,
    Quota,
    Rate,
    RateEntry,
    Returns,
    Run,
    Sale,
    State,
    Target,
    Tiers,
    calculate,
)
from salesrules.errors import PolicyError
from salesrules.money import MODES, Money, Rounding, currency
from salesrules.periods import CivilCalendar, Period, RetailCalendar
from salesrules.scope import Scope
from salesrules.timeline import Entry, Timeline

__all__ = ["FEATURES", "KINDS", "Case", "Chooser", "Seeded", "case", "cases", "seeded"]

T = TypeVar("T")
F = Fraction
PEOPLE = ("ann", "bob", "cai", "dan")
HOUSE = "house"
CATEGORIES = ("", "pump", "valve", "hose")
REGIONS = ("", "north", "south")
CUSTOMERS = ("", "k1", "k2")
OVER: tuple[Any, ...] = ("sale", "period", "quarter", "half_year", "year", "plan")
LONGER = OVER[1:]
FIRST, LAST = date(2025, 7, 1), date(2026, 12, 31)
CALENDARS = (
    CivilCalendar(),
    CivilCalendar(),
    CivilCalendar(year_starts=(4, 6), named_by="start"),
    RetailCalendar(pattern="4-4-5", ends="saturday", last_of=9, named_by="end"),
)
YEAR_ENDS = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 4, 5), date(2026, 4, 6), date(2026, 6, 30), date(2026, 7, 1), LAST)

FEATURES = frozenset({"calendar", "currency", "document", "extremes", "house", "returns", "splits", "versions"})
"""What a case may have besides a plan in CNY, rounded by line, of sales by one person each."""

KINDS: dict[str, type] = {
    "id": str,
    "date": date,
    "person": str,
    "amount": int,
    "cost": int,
    "list_amount": int,
    "units": int,
    "customer": str,
    "category": str,
    "region": str,
    "instalment": int,
    "new_customer": bool,
    "returns": str,
    "currency": str,
}
"""The columns of a case, and what they hold."""


class Chooser(Protocol):
    """Who decides."""

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included; the smaller the simpler."""

    def one(self, values: Sequence[T]) -> T:
        """One of these; the earlier the simpler."""

    def sometimes(self, percent: int) -> bool:
        """Whether to do it."""


class Seeded:
    """Decides by a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - a seed makes a failure repeatable

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def one(self, values: Sequence[T]) -> T:
        return self._random.choice(values)

    def sometimes(self, percent: int) -> bool:
        return self._random.randrange(100) < percent


class _Drawn:
    """Lets Hypothesis decide."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def number(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def one(self, values: Sequence[T]) -> T:
        return values[self._draw(st.integers(0, len(values) - 1))]

    def sometimes(self, percent: int) -> bool:
        return self._draw(st.integers(0, 99)) >= 100 - percent


@attrs.frozen(kw_only=True)
class Case:
    """A plan with everything that it is applied to."""

    plans: Timeline[Plan]
    sales: tuple[Sale, ...]
    quotas: tuple[Quota, ...] = attrs.field(repr=False)
    incentives: tuple[Incentive, ...] = attrs.field(repr=False)
    factors: tuple[Factor, ...] = attrs.field(repr=False)
    rates: tuple[FxRate, ...] = attrs.field(repr=False, default=())

    @property
    def on(self) -> date:
        """The day of the last sale; the first day of the plan where there is none."""
        return max((sale.date for sale in self.sales), default=self.plans.entries[0].start)

    @property
    def facts(self) -> dict[str, Any]:
        """The facts about people and currencies."""
        return {"quotas": self.quotas, "incentives": self.incentives, "factors": self.factors, "rates": self.rates}

    @cached_property
    def run(self) -> Run:
        """What one record at a time makes of it."""
        return calculate(self.plans, self.sales, on=self.on, trace=False, **self.facts)

    def upto(self, day: date) -> "Case":
        """The same with the sales up to a day."""
        return attrs.evolve(self, sales=tuple(sale for sale in self.sales if sale.date <= day))

    def after(self, day: date) -> "Case":
        """The same with the sales after a day."""
        return attrs.evolve(self, sales=tuple(sale for sale in self.sales if sale.date > day))

    def with_rows(self, rows: Sequence[int]) -> "Case":
        """The same with the sales at these positions, in this order."""
        return attrs.evolve(self, sales=tuple(self.sales[row] for row in rows))

    def calculated(self, on: date, opening: State | None = None, **options: Any) -> Run:
        """A calculation up to a day, going on from a state."""
        return calculate(self.plans, self.sales, on=on, opening=opening, trace=False, **self.facts, **options)

    @property
    def split(self) -> bool:
        """Whether any sale is credited to several people."""
        return any(len(sale.credits) > 1 for sale in self.sales)

    @property
    def table(self) -> dict[str, list[Any]]:
        """The sales as columns; amounts in minor units, and the person of a sale that several are credited with left empty."""

        def minor(money: Money | None) -> int | None:
            return None if money is None else money.minor

        cells: dict[str, Any] = {
            "date": lambda sale: sale.date,
            "person": lambda sale: sale.credits[0].person if len(sale.credits) == 1 else "",
            "amount": lambda sale: sale.amount.minor,
            "cost": lambda sale: minor(sale.cost),
            "list_amount": lambda sale: minor(sale.list_amount),
            "units": lambda sale: int(sale.units),
            "instalment": lambda sale: int(sale.instalment),
            "currency": lambda sale: sale.amount.currency.code,
        }
        return {name: [cells[name](sale) if name in cells else getattr(sale, name) for sale in self.sales] for name in KINDS}

    @property
    def splits(self) -> dict[str, list[Any]]:
        """Who is credited with which share of which sale, where several are."""
        rows = [(sale.id, credit) for sale in self.sales if len(sale.credits) > 1 for credit in sale.credits]
        return {
            "id": [name for name, _ in rows],
            "person": [credit.person for _, credit in rows],
            "share": [str(credit.share) for _, credit in rows],
            "kind": [credit.kind for _, credit in rows],
        }


# Numbers


def _rate(choose: Chooser) -> Fraction:
    """A share of up to 20%, most of them with two decimals."""
    return F(choose.number(0, 2_000), 10_000) if choose.sometimes(85) else F(choose.number(1, 9), choose.one((30, 70, 7_919)))


def _factor(choose: Chooser) -> Fraction:
    """A multiplier around 1."""
    return F(choose.number(0, 40), 20)


def _starts(choose: Chooser, largest: int, scale: int = 1) -> list[Fraction]:
    """Rising bounds; the first is nearly always 0."""
    found = {F(0)} if choose.sometimes(90) else {F(choose.number(1, largest), scale)}
    for _ in range(choose.number(0, 3)):
        found.add(F(choose.number(1, largest), scale))
    return sorted(found)


def _bounds(choose: Chooser, on: str, counted: bool) -> list[Fraction]:
    """Bounds of attainment, of money in major units, or of a count."""
    if on == "attainment":
        return _starts(choose, 30, 20)
    return _starts(choose, 12) if counted else [start * 25 for start in _starts(choose, 40)]


# Tables


def _bands(choose: Chooser, starts: list[Fraction], what: str) -> tuple[RateBand, ...]:
    return tuple(RateBand(start=start, **{what: _rate(choose) if what == "rate" else _factor(choose)}) for start in starts)


_BELOW: tuple[Any, ...] = ("zero", "clamp", "extend", "zero", "extend", "clamp", "refuse")
_ABOVE: tuple[Any, ...] = ("extend", "clamp", "extend", "clamp", "extend", "clamp", "refuse")


def _tables(choose: Chooser, on: str, counted: bool, kinds: Sequence[str]) -> Any:
    """A table of one of these kinds: rates or multipliers."""
    kind, what = choose.one(kinds), choose.one(("rate", "factor"))
    edges: Any = choose.one(("[)", "(]"))
    starts = _bounds(choose, on, counted)
    if kind == "interpolated":
        height, points = F(0), [Point(at=F(0), value=F(0))]
        for start in [start for start in starts if start > 0] or [F(1)]:
            height += F(choose.number(0, 30), 20) * (1 if on == "attainment" else 7)
            points.append(Point(at=start, value=height))
        below, above = choose.one(_BELOW), choose.one(_ABOVE)
        return Interpolated(points=tuple(points), below=below, above=above)
    bands = _bands(choose, starts, what)
    if kind == "overage":
        return Overage(bands=bands, above=choose.one(starts), edges=edges)
    return Marginal(bands=bands, edges=edges) if kind == "marginal" else Whole(bands=bands, edges=edges)


def _kicker(choose: Chooser, on: str, counted: bool) -> Step:
    starts = _bounds(choose, on, counted)
    every = F(choose.number(1, 20), 20 if on == "attainment" else 1) * (1 if on == "attainment" or counted else 25) if choose.sometimes(30) else None
    return Step(bands=tuple(AmountBand(start=start, amount=F(choose.number(0, 8_000), 8)) for start in starts), edges=choose.one(("[)", "(]")), every=every)


# Steps


@attrs.frozen(kw_only=True)
class _Setting:
    """What the steps of a component must suit: its measure, and the currency and rounding of its plan."""

    measure: str
    currency: str
    alone: bool

    @property
    def counted(self) -> bool:
        """Whether the measure is a number, and no money."""
        return self.measure in {"units", "deals", "new_customers"}

    @property
    def quota(self) -> str:
        """The quota of this measure."""
        return "count" if self.counted else "sales"

    def over(self, choose: Chooser, on: str) -> Any:
        """An interval: a single sale has no quota."""
        return "sale" if self.alone else choose.one(LONGER if on == "attainment" else OVER)

    def on(self, choose: Chooser) -> Any:
        """What the bounds of a table measure."""
        return "amount" if self.alone else choose.one(("amount", "attainment"))

    def money(self, minor: int) -> Money:
        """An amount of the plan."""
        return Money.from_minor(minor, currency(self.currency))


def _scope(choose: Chooser) -> Scope:
    """A scope on one or two dimensions."""
    kind = choose.number(0, 3)
    if kind == 0:
        return Scope(category=choose.one((("pump",), ("valve", "hose"))))
    if kind == 1:
        return Scope(region=("north",))
    return Scope(customer=("k1",)) if kind == 2 else Scope(category=("pump",), region=("north", "south"))


def _gate(choose: Chooser, setting: _Setting, counts: bool) -> Gate:
    tests = ("amount", "margin_rate", "discount", "units") if setting.alone else ("amount", "margin_rate", "discount", "units", "factor")
    on: Any = choose.one(tests)
    low, high = {"amount": (0, 400), "units": (0, 12)}.get(on, (-4, 20))
    scale = 1 if on in {"amount", "units"} else 20
    first, second = sorted((F(choose.number(low, high), scale), F(choose.number(low, high), scale)))
    which = choose.one(("at_least", "at_most", "both"))
    return Gate(
        on=on,
        factor="kpi" if on == "factor" else "",
        at_least=None if which == "at_most" else first,
        at_most=None if which == "at_least" else second,
        scope=_scope(choose) if choose.sometimes(30) else Scope(),
        otherwise=choose.one((F(0), F(1, 2), F(1, 3))),
        counts=counts,
    )


def _fixed(choose: Chooser) -> Fraction:
    """Money in major units, sometimes with parts of the smallest unit."""
    return F(choose.number(0, 4_000), 16)


def _entry(choose: Chooser, setting: _Setting, scope: Scope) -> RateEntry:
    kind = choose.one(("rate", "rate", "factor", "amount", "fixed", "table"))
    if kind == "table":
        by: Any = choose.one(("discount", "margin_rate", "instalment"))
        starts = _starts(choose, 6) if by == "instalment" else _starts(choose, 12, 20)
        return RateEntry(
            scope=scope, by=by, table=Lookup(bands=tuple(ValueBand(start=start, value=_rate(choose)) for start in starts), edges=choose.one(("[)", "(]")))
        )
    values: dict[str, Any] = {"rate": _rate, "factor": lambda choose: _factor(choose) / 10, "amount": _factor, "fixed": _fixed}
    return RateEntry(scope=scope, **{kind: values[kind](choose)})


_NARROW = (Scope(category=("pump",)), Scope(category=("valve", "hose")), Scope(region=("south",)), Scope(customer=("k1",), region=("north",)))


def _rates(choose: Chooser, setting: _Setting) -> Rate:
    general = choose.sometimes(85)
    narrow = [choose.one(_NARROW) for _ in range(choose.number(0, 3))]
    scopes = dict.fromkeys([*([Scope()] if general else []), *narrow]) or {Scope(): None}
    return Rate(
        entries=tuple(_entry(choose, setting, scope) for scope in scopes),
        precedence=choose.one(((), ("region", "category"))),
        otherwise=choose.one(("nothing", "refuse")) if general else "nothing",
    )


def _tiers(choose: Chooser, setting: _Setting, kinds: Sequence[str], *, add: bool = False) -> Tiers:
    on = setting.on(choose)
    by: Any = ""
    if "whole" in kinds and not setting.alone and choose.sometimes(15):
        kinds, by = ("whole",), choose.one(("sales", "units", "margin", "deals", "new_customers"))
    counted = by in {"units", "deals", "new_customers"} if by else setting.counted
    table = _tables(choose, on, counted, kinds)
    earlier: Any = "kept" if table.kind == "whole" and choose.sometimes(40) else "again"
    return Tiers(
        table=table,
        over=setting.over(choose, on),
        on=on,
        quota="count" if counted else "sales",
        add=add,
        earlier=earlier,
        by=by,
        no_quota=choose.one(("nothing", "target", "refuse")),
    )


def _hurdle(choose: Chooser, setting: _Setting) -> Hurdle:
    on = setting.on(choose)
    at_least = F(choose.number(1, 30), 20) if on == "attainment" else F(choose.number(1, 12) if setting.counted else choose.number(1, 800))
    return Hurdle(on=on, at_least=at_least, over=setting.over(choose, on), quota=setting.quota)


def _worth(choose: Chooser, setting: _Setting) -> list[Any]:
    """The steps that say what the measure is worth: tiers, rates, hurdle, target, in an order that is allowed."""
    shape = choose.one(("rate", "progressive", "rate and progressive", "accelerated", "rate and whole", "whole", "overage", "hurdle", "target", "curve"))
    progressive = ("marginal", "interpolated", "marginal")
    rates = [_rates(choose, setting)]
    if setting.alone and shape == "target":
        shape = "rate"
    steps: dict[str, Any] = {
        "rate": lambda: rates,
        "progressive": lambda: [_tiers(choose, setting, progressive)],
        "rate and progressive": lambda: [_tiers(choose, setting, progressive), *rates],
        "accelerated": lambda: [_tiers(choose, setting, progressive), _tiers(choose, setting, ("marginal", "interpolated"), add=True), *rates],
        "rate and whole": lambda: [*rates, _tiers(choose, setting, ("whole",))],
        "whole": lambda: [_tiers(choose, setting, ("whole",))],
        "overage": lambda: [_tiers(choose, setting, ("overage",))],
        "hurdle": lambda: [*rates, _hurdle(choose, setting)],
        "target": lambda: [Target(over=choose.one(LONGER), quota=setting.quota, share=F(choose.number(1, 10), 10), amount=_target(choose, setting))],
        "curve": lambda: [_tiers(choose, setting, ("interpolated",)), *([] if setting.alone else [Target(over=choose.one(LONGER), quota=setting.quota)])],
    }
    made: list[Any] = steps[shape]()
    return made


def _target(choose: Chooser, setting: _Setting) -> Money | None:
    return setting.money(choose.number(0, 1_000_000)) if choose.sometimes(50) else None


def _cap(choose: Chooser, setting: _Setting) -> Cap:
    kind = choose.one(("amount", "of_sale") if setting.alone else ("amount", "of_target", "of_sale"))
    if kind == "of_sale":
        return Cap(over="sale", of_sale=_rate(choose))
    if kind == "of_target":
        return Cap(over=choose.one(LONGER), of_target=F(choose.number(0, 30), choose.one((10, 70))))
    return Cap(over=setting.over(choose, ""), amount=setting.money(choose.number(0, 60_000)))


def _steps(choose: Chooser, setting: _Setting) -> tuple[Any, ...]:
    worth = _worth(choose, setting)
    steps: list[Any] = []
    if choose.sometimes(40):
        steps.append(_gate(choose, setting, counts=choose.sometimes(60)))
    steps += worth
    if choose.sometimes(30):
        steps.append(FactorStep(value=_factor(choose)) if setting.alone or choose.sometimes(40) else FactorStep(name="kpi"))
    if choose.sometimes(25):
        on = setting.on(choose)
        steps.append(Bonus(table=_kicker(choose, on, setting.counted), over=setting.over(choose, on), on=on, quota=setting.quota))
    if choose.sometimes(35):
        steps.append(_cap(choose, setting))
    if choose.sometimes(15):
        steps.append(FactorStep(value=_factor(choose)))
    if choose.sometimes(20):
        steps.append(Floor(amount=setting.money(choose.number(0, 3_000))))
    return tuple(steps)


# Plans


def _component(choose: Chooser, name: str, code: str, features: frozenset[str], *, alone: bool) -> Component:
    measure: Any = choose.one(("sales", "sales", "sales", "list_sales", "units", "margin", "deals", "new_customers"))
    credit: Any = "overlay" if "splits" in features and choose.sometimes(20) else "direct"
    return Component(
        id=name,
        measure=measure,
        credit=credit,
        scope=_scope(choose) if choose.sometimes(25) else Scope(),
        steps=_steps(choose, _Setting(measure=measure, currency=code, alone=alone)),
    )


def _returns(choose: Chooser) -> Returns:
    rate: Any = choose.one(("recompute", "original"))
    window = choose.one(("", "", "30 days", "1 month", "quarter end"))
    if rate == "recompute":
        return Returns(rate=rate, window=window)
    mode: Any = choose.one(("proportional", "full", "declining"))
    months = choose.number(1, 6) if mode == "declining" else 0
    return Returns(rate=rate, window=window, mode=mode, months=months, share=choose.one((F(1), F(1), F(2, 3))))


def _rounding(choose: Chooser, code: str, features: frozenset[str]) -> Rounding:
    steps = {"JPY": (None, "10"), "CNY": (None, "0.05", "1"), "KWD": (None, "0.005")}[code]
    per: Any = "document" if "document" in features and choose.sometimes(40) else "line"
    return Rounding(choose.one(tuple(MODES)), step=choose.one(steps) if choose.sometimes(25) else None, per=per)


_FX = {"USD": F("7.1234"), "JPY": F("0.0478"), "KWD": F("23.17"), "CNY": F("0.1387")}


def _conversion(choose: Chooser, code: str) -> Conversion:
    rounding = Rounding(choose.one(("half_up", "half_even", "down")))
    if choose.sometimes(50):
        return Conversion(at="event", rounding=rounding)
    return Conversion(at="plan", rates=tuple(PlanRate(base=base, rate=rate) for base, rate in _FX.items() if base != code), rounding=rounding)


def _plan(choose: Chooser, features: frozenset[str], shared: Mapping[str, Any], start: date, number: int) -> Plan:
    code = shared["currency"]
    split: Any = shared["split"]
    names = ("base", "second", "third")[: choose.number(1, 3)]
    return Plan(
        id="random",
        version=str(number),
        currency=code,
        effective_from=start,
        calendar=shared["calendar"],
        settle=shared["settle"],
        rounding=_rounding(choose, code, features),
        unit_digits=shared["unit_digits"],
        components=tuple(_component(choose, name, code, features, alone=split == "commission") for name in names),
        split=split,
        house=shared["house"],
        returns=_returns(choose) if "returns" in features else Returns(rate="recompute"),
        conversion=_conversion(choose, code) if "currency" in features else Conversion(at="refuse"),
    )


def _plans(choose: Chooser, features: frozenset[str]) -> Timeline[Plan]:
    calendar: Any = choose.one(CALENDARS) if "calendar" in features else CALENDARS[0]
    weekly = isinstance(calendar, RetailCalendar) and choose.sometimes(50)
    shared = {
        "currency": choose.one(("CNY", "JPY", "KWD")) if "currency" in features else "CNY",
        "split": "commission" if "splits" in features and choose.sometimes(25) else "credit",
        "calendar": calendar,
        "settle": "week" if weekly else choose.one(("month", "month", "quarter", "half_year", "year")) if "calendar" in features else "month",
        "unit_digits": choose.one((0, 0, 3)),
        "house": (HOUSE,) if "house" in features else (),
    }
    first = calendar.containing(FIRST, "year").start
    starts = [first]
    if "versions" in features and choose.sometimes(60):
        later = [calendar.containing(date(2026, choose.number(1, 9), 1), choose.one(("month", "quarter", "year"))) for _ in range(choose.number(1, 2))]
        starts += sorted({period.start for period in later} - {first})
    return Timeline(_apart([Entry(start, _plan(choose, features, shared, start, number)) for number, start in enumerate(starts)]))


def _apart(entries: list[Entry[Plan]]) -> tuple[Entry[Plan], ...]:
    """The versions, with another name for a component that keeps a total over another interval than one of the same name did.

    A total is known by its name and the first day of its interval, so the first quarter of one version would be the year of the next.
    """
    known: dict[str, str] = {}
    made = []
    for number, entry in enumerate(entries):
        clashing = {part.component.id for part in entry.value.parts for name, over in part.plain.totals if known.get(name, over) != over}
        renamed = (attrs.evolve(part, id=f"{part.id}{number}") if part.id in clashing else part for part in entry.value.components)
        plan = attrs.evolve(entry.value, components=tuple(renamed))
        known |= {name: over for part in plan.parts for name, over in part.plain.totals}
        made.append(Entry(entry.start, plan))
    return tuple(made)


# Sales


def _size(choose: Chooser, extremes: bool) -> int:
    """An amount in minor units: mostly small, sometimes round, nothing, or far too large."""
    kind = choose.number(0, 99)
    if kind < 70:
        return choose.number(0, 60_000)
    if kind < 85:
        return choose.one((0, 1, 50, 2_500, 10_000, 100_000))
    return choose.one((10**12, 10**12 - 1, 10**9 + 7)) if extremes and kind >= 96 else choose.number(0, 2_000_000)


def _day(choose: Chooser, first: date, days: int) -> date:
    if choose.sometimes(15):
        return choose.one(YEAR_ENDS)
    return min(first + timedelta(days=choose.number(0, days)), LAST)


_CREDITS = (
    (Credit("ann", "1/3"), Credit("bob", "1/3"), Credit("cai", "1/3")),
    (Credit("bob", "60%"), Credit("cai", "40%"), Credit("ann", "25%", "overlay")),
    (Credit("dan"), Credit("dan", "100%", "overlay")),
    (Credit("ann", "12.5%"), Credit("dan", "87.5%"), Credit("cai", "1/7", "overlay"), Credit("bob", "50%", "overlay")),
)
_CREDITS_OF_THE_HOUSE = (*_CREDITS, (Credit("ann", "50%"), Credit(HOUSE, "50%")))


def _sale(choose: Chooser, features: frozenset[str], code: str, first: date, days: int, name: str) -> Sale:
    amount = _size(choose, "extremes" in features) * (-1 if choose.sometimes(8) else 1)
    cost, listed = amount * choose.number(50, 105) // 100, amount * choose.number(95, 140) // 100
    unit = currency(choose.one((code, code, code, *_FX)) if "currency" in features else code)
    whose: dict[str, Any] = {"person": choose.one((*PEOPLE, HOUSE) if "house" in features else PEOPLE)}
    if "splits" in features and choose.sometimes(30):
        whose = {"credits": choose.one(_CREDITS_OF_THE_HOUSE if "house" in features else _CREDITS)}
    return Sale(
        id=name,
        date=_day(choose, first, days),
        amount=Money.from_minor(amount, unit),
        cost=Money.from_minor(cost, unit),
        list_amount=Money.from_minor(listed, unit),
        units=F(choose.number(0, 12)) * (-1 if amount < 0 else 1),
        customer=choose.one(CUSTOMERS),
        category=choose.one(CATEGORIES),
        region=choose.one(REGIONS),
        instalment=F(choose.number(1, 6)),
        new_customer=choose.sometimes(20),
        **whose,
    )


def _back(choose: Chooser, sale: Sale, code: str) -> list[Sale]:
    """Returns of a sale in up to three parts, together never more than it was; on its own day their ids may stand before it."""
    parts: list[Sale] = []
    left, units = sale.amount.minor, int(sale.units)
    cost, listed = (0 if whole is None else whole.minor for whole in (sale.cost, sale.list_amount))
    for part in range(choose.number(1, 3)):
        taken = left if choose.sometimes(30) else choose.number(0, left)
        if not taken:
            break
        share = F(taken, left)
        off = [int(quantity * share) for quantity in (units, cost, listed)]
        when = min(sale.date + timedelta(days=choose.one((0, 1, 20, 31, 45, 100)) + part), LAST)
        parts.append(
            Sale(
                id=f"{choose.one(('A', 'T'))}{part}{sale.id}",
                date=when,
                amount=Money.from_minor(-taken, sale.amount.currency),
                cost=Money.from_minor(-off[1], sale.amount.currency),
                list_amount=Money.from_minor(-off[2], sale.amount.currency),
                units=F(-off[0]),
                returns=sale.id,
            )
        )
        left, units, cost, listed = left - taken, units - off[0], cost - off[1], listed - off[2]
    return parts


def _sales(choose: Chooser, features: frozenset[str], code: str, rows: int) -> tuple[Sale, ...]:
    first = choose.one((date(2025, 12, 1), date(2026, 1, 1), FIRST))
    days = choose.one((40, 400, 3))
    made: list[Sale] = []
    for number in range(rows):
        sale = _sale(choose, features, code, first, days, f"S{number:06}")
        made.append(sale)
        if "returns" in features and sale.amount.minor > 0 and choose.sometimes(20):
            made += _back(choose, sale, code)
    return tuple(made)


# Facts about people and currencies


def _facts(choose: Chooser, plans: Timeline[Plan]) -> dict[str, Any]:
    plan = plans.entries[0].value
    calendar, unit = plan.calendar, plan.money
    span = Period(calendar.containing(FIRST, "year").start, calendar.containing(LAST, "year").end)
    months = calendar.periods(span, "week" if plan.settle == "week" else "month")
    settled = [period for settle in dict.fromkeys(entry.value.settle for entry in plans.entries) for period in calendar.periods(span, settle)]
    nobody = choose.sometimes(15)
    quotas, incentives, factors = [], [], []
    for number, person in enumerate((*PEOPLE, HOUSE)):
        goal, count, target, kpi = choose.number(1, 90_000), choose.number(1, 12), choose.number(0, 60_000), choose.number(0, 40)
        zero = nobody and number == 1
        quotas += [Quota(person=person, period=month, amount=Money.from_minor(0 if zero else goal + 1_001 * at, unit)) for at, month in enumerate(months)]
        quotas += [Quota(person=person, period=month, amount=F(0 if zero else count), name="count") for month in months]
        incentives += [Incentive(person=person, period=month, amount=Money.from_minor(target + at, unit)) for at, month in enumerate(months)]
        factors += [
            Factor(name="kpi", person=person, period=period, value=F(80 + kpi + 3 * (at % 7), 100) if number else F(kpi, 30))
            for at, period in enumerate(settled)
        ]
    return {"quotas": tuple(quotas), "incentives": tuple(incentives), "factors": tuple(factors)}


def _fx(code: str, sales: Sequence[Sale]) -> tuple[FxRate, ...]:
    """A rate for each foreign currency on each day of a sale, a little different every day."""
    needed = sorted({(sale.amount.currency.code, sale.date) for sale in sales if sale.amount.currency.code != code and not sale.returns})
    return tuple(FxRate(base=base, quote=code, date=day, rate=_FX[base] + F(day.toordinal() % 97, 10_000)) for base, day in needed)


def case(choose: Chooser, features: frozenset[str] = FEATURES, rows: int = 8) -> Case:
    """A plan, a table and all facts that it may ask for.

    Args:
        choose: who decides.
        features: what the case may have; each is then there or not.
        rows: how many sales; returns come on top.

    Raises:
        PolicyError: where the steps do not go together; ask again.
    """
    wanted = frozenset(feature for feature in sorted(features) if choose.sometimes(60))
    plans = _plans(choose, wanted)
    code = plans.entries[0].value.currency
    sales = _sales(choose, wanted, code, rows)
    return Case(plans=plans, sales=sales, rates=_fx(code, sales), **_facts(choose, plans))


@st.composite
def cases(draw: st.DrawFn, features: frozenset[str] = FEATURES, most: int = 12) -> Case:
    """Cases that Hypothesis makes, and makes smaller where they fail."""
    choose = _Drawn(draw)
    try:
        return case(choose, features, choose.number(0, most))
    except PolicyError:
        assume(condition=False)
        raise


def seeded(seed: int, rows: int, features: frozenset[str] = FEATURES) -> Case:
    """The case of a seed; steps that do not go together are thrown again."""
    choose = Seeded(seed)
    while True:
        try:
            return case(choose, features, rows)
        except PolicyError:
            continue
