"""The same rule objects over columns: a throwaway carrier on NumPy gives the integers that one record at a time gives.

The carrier here is no part of the package. It proves that the words of `salesrules.ops.Ops` are enough, and that no rule needs to know
whether its operands are numbers or columns.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from operator import attrgetter
from random import Random
from typing import Any

import pytest

from salesrules.bands import AmountBand, Interpolated, Lookup, Marginal, Overage, Point, RateBand, Step, ValueBand, Whole
from salesrules.commission import (
    Bonus,
    Cap,
    Component,
    Factor,
    FactorStep,
    Floor,
    Gate,
    Hurdle,
    Incentive,
    Plan,
    Quota,
    Rate,
    RateEntry,
    Returns,
    Sale,
    Target,
    Tiers,
    calculate,
)
from salesrules.commission.books import FactBooks
from salesrules.commission.crediting import Credited
from salesrules.errors import FactError, SalesRulesError
from salesrules.money import Mode, Money, Rounding, currency
from salesrules.ops import Book, Edges, Ops, Rising, ScalarOps
from salesrules.periods import CivilCalendar, Period
from salesrules.scope import Scope

numpy: Any = pytest.importorskip("numpy", reason="the columns of this proof are NumPy arrays")

F = Fraction
CALENDAR = CivilCalendar()
YEAR = CALENDAR.year(2026)
MONTHS = tuple(CALENDAR.parse(f"2026-{month:02}") for month in range(1, 13))
PEOPLE = ("chen", "li", "wang", "zhao")
LINES = 3_000
CNY = currency("CNY")


def yuan(amount: int) -> Money:
    """Whole units of money."""
    return Money.from_minor(amount * 100, CNY)


def rates(*pairs: tuple[str, str]) -> tuple[RateBand, ...]:
    """Bands from pairs of lower bound and multiplier."""
    return tuple(RateBand(start=F(start), factor=F(factor)) for start, factor in pairs)


def per_category(*shares: str) -> Rate:
    """One rate for each category, and the first for everything else."""
    named = tuple(RateEntry(scope=Scope(category=(f"c{number}",)), rate=F(share)) for number, share in enumerate(shares))
    return Rate(entries=(*named, RateEntry(rate=F(shares[0]))))


def component(name: str, *steps: Any, **rest: Any) -> Component:
    """A component of these steps."""
    return Component(id=name, measure=rest.pop("measure", "sales"), steps=steps, **rest)


BASE = rates(("0", "1"), ("100000", "1.1"), ("400000", "1.5"))
ABOVE = Marginal(bands=rates(("0", "0"), ("1", "0.5"), ("1.2", "0.75")))
STEPPED = Whole(bands=rates(("0", "1"), ("200000", "1.2"), ("500000", "1.5")), edges="(]")
CURVE = Interpolated(
    points=tuple(Point(at=F(at), value=F(value)) for at, value in (("0", "0"), ("0.5", "0.25"), ("1", "1"), ("1.5", "2"))), below="extend", above="clamp"
)
KICKER = Step(bands=tuple(AmountBand(start=F(at), amount=F(amount)) for at, amount in (("0.5", "1000.005"), ("1", "5000"))))
COUNTED = Step(bands=(AmountBand(start=F(100_000), amount=F("12.5")),), every=F(2_500))
BY_DISCOUNT = RateEntry(
    scope=Scope(category=("c1",)),
    by="discount",
    table=Lookup(bands=tuple(ValueBand(start=F(at), value=F(rate)) for at, rate in (("0", "0.05"), ("0.1", "0.03"), ("0.2", "0.01")))),
)
MARGIN_GATE = Gate(on="margin_rate", at_least=F("0.1"), otherwise=F(1, 2), counts=True)

COMPONENTS = (
    component(
        "usual",
        MARGIN_GATE,
        Tiers(table=Marginal(bands=BASE), over="year"),
        Tiers(table=ABOVE, over="year", on="attainment", add=True),
        per_category("0.03", "0.045", "0.0125"),
        FactorStep(name="kpi"),
        Cap(amount=yuan(6000), over="period"),
    ),
    component("reaching back", per_category("0.03", "0.02", "0.05"), Tiers(table=STEPPED, over="year"), Cap(of_target=F("1.5"), over="year")),
    component("hurdle", per_category("0.03", "0.02"), Hurdle(on="attainment", at_least=F("0.8"), over="quarter"), Floor(amount=yuan(20))),
    component(
        "to target",
        Tiers(table=CURVE, over="year", on="attainment", no_quota="target"),
        Target(over="year", share=F("0.8")),
        Bonus(table=KICKER, over="year", on="attainment"),
    ),
    component(
        "gated",
        Gate(on="amount", at_most=F(30_000), at_least=F(500), scope=Scope(region=("north",)), counts=False),
        per_category("0.03"),
        Bonus(table=COUNTED, over="half_year"),
        measure="margin",
    ),
    component("by discount", Rate(entries=(BY_DISCOUNT, RateEntry(fixed=F("12.34"))), otherwise="nothing"), Cap(of_sale=F("0.04"), over="sale")),
    component(
        "overage",
        Gate(on="factor", factor="kpi", at_least=F("1.1"), counts=True),
        Tiers(table=Overage(bands=rates(("0", "0.01"), ("1", "0.02"), ("1.1", "0.03")), above=F(1)), over="year", on="attainment"),
    ),
    component("per sale", Tiers(table=Whole(bands=rates(("0", "0.01"), ("1000", "0.02"))), over="sale"), FactorStep(value=F("0.9"))),
)


def sales(random: Random) -> tuple[Sale, ...]:
    """A year of sales, some negative, some of nothing, already in posting order."""
    made = []
    for number in range(LINES):
        amount = random.choice((0, 10_000, 100_000, 3_000_000, *(random.randrange(1, 4_000_000) for _ in range(20)))) * (-1 if random.random() < 0.1 else 1)
        made.append(
            Sale(
                id=f"S{number:05}",
                date=YEAR.start + timedelta(number * 365 // LINES),
                amount=Money.from_minor(amount, CNY),
                cost=Money.from_minor(amount * random.randrange(60, 105) // 100, CNY),
                list_amount=Money.from_minor(amount * random.randrange(95, 140) // 100, CNY),
                category=random.choice(("c0", "c1", "c2", "")),
                region=random.choice(("north", "south")),
                person=random.choice(PEOPLE),
            )
        )
    return tuple(made)


SALES = sales(Random(20260303))  # noqa: S311 - a seed makes a failure repeatable
QUOTAS = tuple(Quota(person=person, period=month, amount=yuan(100_000 + 37_000 * number)) for number, person in enumerate(PEOPLE) for month in MONTHS)
INCENTIVES = tuple(Incentive(person=person, period=YEAR, amount=yuan(90_000 + 1_001 * number)) for number, person in enumerate(PEOPLE))
FACTORS = tuple(
    Factor(name="kpi", person=person, period=month, value=F(80 + 7 * number + 3 * index, 100))
    for number, person in enumerate(PEOPLE)
    for index, month in enumerate(MONTHS)
)
UNITS = {"period": "month", "quarter": "quarter", "half_year": "half_year", "year": "year"}


class Row:
    """One credited sale, as a rule reads it."""

    def __init__(self, sale: Sale) -> None:
        self.operands = Credited(sale, sale.amount.minor, 1)
        self.person, self.category, self.region = sale.credits[0].person, sale.category, sale.region
        self.intervals = {over: CALENDAR.containing(sale.date, unit) for over, unit in UNITS.items()}

    def __getattr__(self, name: str) -> Any:
        return self.intervals[name] if name in UNITS else getattr(self.operands, name)

    def account(self, over: str) -> tuple[str, Period]:
        """The person and the interval."""
        return self.person, self.intervals[over]


class Columns:
    """All credited sales at once: every field is a column."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    def __getattr__(self, name: str) -> Any:
        column = [getattr(row, name) for row in self.rows]
        return numpy.array(column, dtype=numpy.int64 if isinstance(column[0], int) else object)

    def account(self, over: str) -> Any:
        """A number for each account."""
        codes: dict[Any, int] = {}
        return numpy.array([codes.setdefault(row.account(over), len(codes)) for row in self.rows])


class Known:
    """Facts about people, for carriers that are asked for them."""

    def __init__(self) -> None:
        self.books = FactBooks(CNY, QUOTAS, INCENTIVES, FACTORS)

    def answer(self, book: Any, key: tuple[Any, ...]) -> Any:
        """What the book says; or the facts, where the book leaves it to them."""
        return self.books.answer(book, *key) if hasattr(book, "what") else book.find(key)


class OneByOne(ScalarOps):
    """`ScalarOps`, with facts."""

    @cached_property
    def known(self) -> Known:
        """The facts."""
        return Known()

    def find(self, name: str, book: Book, record: Any) -> Any:
        return self.known.answer(book, tuple(getattr(record, field) for field in book.fields))


class NumpyOps:
    """Columns of int64."""

    def __init__(self) -> None:
        self.known = Known()

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        return numpy.where(condition, then, otherwise)

    def min(self, a: Any, b: Any) -> Any:
        return numpy.minimum(a, b)

    def max(self, a: Any, b: Any) -> Any:
        return numpy.maximum(a, b)

    def pos(self, a: Any) -> Any:
        return numpy.maximum(a, 0)

    def find(self, name: str, book: Book, record: Any) -> Any:
        keys = list(zip(*(getattr(record, field) for field in book.fields), strict=True))
        if not keys:
            return self.known.answer(book, ())
        answers = {key: self.known.answer(book, key) for key in dict.fromkeys(keys)}
        column = numpy.array([answers[key] for key in keys], dtype=numpy.int64)
        return column if book.width == 1 else tuple(column.T)

    def pick(self, values: Sequence[int], index: Any) -> Any:
        return numpy.asarray(values)[index]

    def locate(self, edges: Edges, x: Any, unit: Any) -> Any:
        if edges.lower_inclusive:
            return numpy.searchsorted(edges.nums, x * edges.den // unit, side="right") - 1
        return numpy.searchsorted(edges.nums, -(-x * edges.den // unit), side="left") - 1

    def rise(self, curve: Rising, before: Any, after: Any, unit: Any) -> Any:
        return curve.total(self, after, unit) - curve.total(self, before, unit)

    def muldiv(self, a: Any, num: Any, den: Any, mode: Mode) -> Any:
        product = numpy.asarray(a * num)
        if mode == "down":
            return numpy.sign(product) * (abs(product) // den)
        assert mode == "half_up"
        return numpy.sign(product) * ((2 * abs(product) + den) // (2 * den))

    def accumulate(self, name: str, value: Any, record: Any, over: str) -> Any:
        account = record.account(over)
        order = numpy.lexsort((numpy.arange(len(account)), account))
        sums = numpy.cumsum(value[order])
        first = numpy.flatnonzero(numpy.diff(account[order], prepend=-1))
        before = numpy.repeat(sums[first] - value[order][first], numpy.diff(numpy.append(first, len(account))))
        totals = numpy.empty_like(sums)
        totals[order] = sums - before
        return totals

    def gather(self, name: str, num: Any, den: Any, record: Any, over: str) -> tuple[Any, Any, Any]:
        common = int(numpy.lcm.reduce(numpy.atleast_1d(den)))
        value = num * (common // den)
        after = self.accumulate(name, value, record, over)
        return after - value, after, common

    def let(self, name: str, value: Any, *why: Any) -> Any:
        return value

    def require(self, condition: Any, error: Callable[[], SalesRulesError]) -> None:
        if not numpy.all(condition):
            raise error()


def plan_of(rule: Component, rounding: Rounding) -> Plan:
    """A plan of one component."""
    return Plan(id="parity", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="recompute"), rounding=rounding, components=(rule,))


ROWS = tuple(map(Row, SALES))
EVERY = [(rule, per) for rule in COMPONENTS for per in ("line", "document")]


@pytest.mark.parametrize(("rule", "per"), EVERY, ids=[f"{rule.id}, by {per}" for rule, per in EVERY])
def test_columns_pay_what_records_pay(rule: Component, per: Any) -> None:
    """Every step pays the same integers over columns, one record at a time, and in a calculation."""
    plan = plan_of(rule, Rounding("half_up", per=per))
    (part,) = plan.parts
    columns: Ops = NumpyOps()
    scalar = OneByOne()
    paid = rule.pay(columns, Columns(ROWS), part.names, part.case).tolist()
    assert paid == [rule.pay(scalar, row, part.names, part.case) for row in ROWS]
    run = calculate(plan, SALES, on=YEAR.last, quotas=QUOTAS, incentives=INCENTIVES, factors=FACTORS, trace=False)
    assert paid == [line.pay.minor for line in run.lines]
    assert len(set(paid)) > 50


def test_a_column_is_refused_where_one_record_is() -> None:
    """Beyond an end that says refuse, a payout curve refuses a column, a record and a calculation alike."""
    short = Interpolated(points=CURVE.points, below="refuse", above="refuse")
    rule = component("refused", Tiers(table=short, over="year", on="attainment"))
    plan = plan_of(rule, Rounding("half_up"))
    (part,) = plan.parts
    scalar = OneByOne()
    ways: tuple[Callable[[], object], ...] = (
        lambda: rule.pay(NumpyOps(), Columns(ROWS), part.names, part.case),
        lambda: [rule.pay(scalar, row, part.names, part.case) for row in ROWS],
        lambda: calculate(plan, SALES, on=YEAR.last, quotas=QUOTAS, trace=False),
    )
    for pay in ways:
        with pytest.raises(FactError) as caught:
            pay()
        assert caught.value.code == "commission.outside_table"


def test_the_sales_stand_in_posting_order() -> None:
    """The proof relies on it: a running total takes the lines as they stand."""
    assert [sale.id for sale in sorted(SALES, key=attrgetter("date", "id"))] == [sale.id for sale in SALES]
