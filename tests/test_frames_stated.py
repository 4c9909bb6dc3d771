"""From a table to statements: what one sale at a time comes to for each person and settlement period, columns come to as well."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from salesrules.commission import Draw, Guarantee, Member, Quota, Returns, Roster, Sale, State, Target, Tiers, calculate
from salesrules.errors import SalesRulesError
from salesrules.money import Money
from tests.backends import BACKENDS, backends, collected
from tests.commission_plans import cny, component, flat, marginal, month, plan
from tests.frames_cases import KINDS

pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")

RECOMPUTE = Returns(rate="recompute")
TIERS = Tiers(table=marginal((0, "3%"), (500, "5%")), over="year")
TIERED = plan(component(TIERS), component(flat("1%"), id="more"), returns=RECOMPUTE)
DRAWN = plan(
    component(TIERS),
    returns=RECOMPUTE,
    draw=Draw(amount=cny("20.00"), kind="recoverable"),
    guarantee=Guarantee(amounts=(cny("30.00"), cny("25.00"))),
)
STAFF = Roster(tuple(Member(person=person, start=date(2026, 1, 1)) for person in ("chen", "li", "wang", "zhou")))
TABLE: dict[str, list[Any]] = {
    "id": [f"S{number:02}" for number in range(24)],
    "date": [date(2026, 1, 5) + timedelta(days=number * 4) for number in range(24)],
    "person": ["chen", "li", "wang"] * 8,
    "amount": [17_001, 21_100, -300, 90_903] * 6,
}
EVERYWHERE = ("pandas", "pandas-arrow", "pyarrow", "polars", "polars-lazy", "duckdb")


def sales(table: dict[str, list[Any]] = TABLE) -> list[Sale]:
    """The rows as sales."""
    rows = zip(*(table[name] for name in ("id", "date", "person", "amount")), strict=True)
    return [Sale(id=name, date=day, person=person, amount=Money.from_minor(amount, "CNY")) for name, day, person, amount in rows]


def figures(statements: Any) -> list[tuple[Any, ...]]:
    """What statements say, without the lines that columns do not make one by one."""
    return [(one.person, one.period, one.commission, one.payable, one.adjustments, one.drawn, one.opening, one.closing) for one in statements]


@pytest.mark.parametrize("rules", [TIERED, DRAWN], ids=["tiers", "draws"])
@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_statements_of_a_table(backend: str, rules: Any) -> None:
    """Every figure of every statement is that of one sale at a time, with draws and guarantees; lines and totals are those of the table."""
    native = BACKENDS[backend](TABLE, KINDS)
    done = frames.statements(rules, native, on=date(2026, 4, 30), roster=STAFF)
    assert figures(done.statements) == figures(calculate(rules, sales(), on=date(2026, 4, 30), roster=STAFF).statements)
    applied = frames.apply(rules, native)
    assert collected(done.lines, by="id") == collected(applied.lines, by="id")
    assert collected(done.totals, by=("person", "period")) == collected(applied.totals, by=("person", "period"))
    assert type(done.lines) is type(native)
    assert done.statement("chen", "2026-02").payable == calculate(rules, sales(), on=date(2026, 4, 30), roster=STAFF).statement("chen", "2026-02").payable
    assert done.statement("li") == done.statement("li", month(4))


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
@pytest.mark.parametrize("day", [date(2026, 2, 14), date(2026, 2, 28)])
def test_rows_after_the_day_are_left_out(backend: str, day: date) -> None:
    """In mid-period or at its end, only what happened up to the day counts; so for days that pandas keeps as timestamps."""
    done = frames.statements(TIERED, BACKENDS[backend](TABLE, KINDS), on=day)
    run = calculate(TIERED, sales(), on=day)
    assert figures(done.statements) == figures(run.statements)
    assert collected(done.lines, by="id")["date"] == [when for when in TABLE["date"] if when <= day]
    assert done.state == run.state


def test_days_of_python() -> None:
    """Days that pandas keeps as objects of Python are compared too."""
    pandas: Any = pytest.importorskip("pandas")
    native = pandas.DataFrame({name: pandas.Series(values, dtype="object" if name == "date" else None) for name, values in TABLE.items()})
    assert figures(frames.statements(TIERED, native, on=date(2026, 2, 14)).statements) == figures(calculate(TIERED, sales(), on=date(2026, 2, 14)).statements)


@pytest.mark.parametrize("backend", backends("pandas", "polars", "polars-lazy"))
def test_month_by_month(backend: str) -> None:
    """Each month goes on from the state of the one before, and is settled as it would be in one piece."""
    whole = frames.statements(DRAWN, BACKENDS[backend](TABLE, KINDS), on=date(2026, 4, 30), roster=STAFF)
    state: State | None = None
    found: list[Any] = []
    for number, last in ((1, 31), (2, 28), (3, 31), (4, 30)):
        rows = [row for row, when in enumerate(TABLE["date"]) if when.month == number]
        piece = BACKENDS[backend]({name: [values[row] for row in rows] for name, values in TABLE.items()}, KINDS)
        done = frames.statements(DRAWN, piece, on=date(2026, number, last), roster=STAFF, opening=state)
        found += figures(done.statements)
        state = done.state
    assert found == figures(whole.statements)
    assert state == whole.state == calculate(DRAWN, sales(), on=date(2026, 4, 30), roster=STAFF).state


def test_a_month_that_is_not_over() -> None:
    """A state from mid-period is refused without the totals that it does not hold, instead of settling half a month."""
    first = frames.statements(TIERED, BACKENDS["polars"](TABLE, KINDS), on=date(2026, 2, 14))
    rest = {name: [values[row] for row, when in enumerate(TABLE["date"]) if when > date(2026, 2, 14)] for name, values in TABLE.items()}
    with pytest.raises(SalesRulesError) as caught:
        frames.statements(TIERED, BACKENDS["polars"](rest, KINDS), on=date(2026, 2, 28), opening=first.state)
    assert caught.value.code == "commission.open_period"


@pytest.mark.parametrize("backend", backends("pandas", "polars", "polars-lazy"))
def test_facts_and_other_names(backend: str) -> None:
    """What `apply` takes besides is handed on: columns of other names, goals, outputs."""
    rules = plan(component(Target(over="period", amount=cny("100.00"))), returns=RECOMPUTE)
    quotas = [Quota(person=person, period=month(number), amount=cny("400.00")) for person in ("chen", "li", "wang") for number in range(1, 5)]
    own = {{"date": "day", "person": "rep"}.get(name, name): values for name, values in TABLE.items()}
    native = BACKENDS[backend](own, {"day": date})
    done = frames.statements(rules, native, on=date(2026, 3, 31), columns={"date": "day", "person": "rep"}, quotas=quotas, outputs={"pay": "bonus"})
    assert figures(done.statements) == figures(calculate(rules, sales(), on=date(2026, 3, 31), quotas=quotas).statements)
    assert "bonus" in collected(done.lines)


@pytest.mark.parametrize("backend", backends("pandas", "pandas-arrow", "pyarrow", "polars", "polars-lazy", "duckdb"))
def test_what_is_no_day_is_refused(backend: str) -> None:
    """A row without a day is not left out in silence."""
    with pytest.raises(SalesRulesError) as caught:
        frames.statements(TIERED, BACKENDS[backend]({**TABLE, "date": [None, *TABLE["date"][1:]]}, KINDS), on=date(2026, 4, 30))
    assert (caught.value.code, caught.value.path) == ("frames.null", "column date")


NO_DAYS: list[tuple[str, list[Any]]] = [
    ("frames.dates", ["2026-01-05"] * 24),
    ("frames.time", [datetime(2026, 1, 5, 8, 30)] * 24),  # noqa: DTZ001 - a table without a zone
]


@pytest.mark.parametrize(("code", "days"), NO_DAYS, ids=[code for code, _ in NO_DAYS])
def test_other_types_are_refused(code: str, days: list[Any]) -> None:
    """Texts and times of the day are refused as `apply` refuses them."""
    polars: Any = pytest.importorskip("polars")
    with pytest.raises(SalesRulesError) as caught:
        frames.statements(TIERED, polars.DataFrame({**TABLE, "date": days}), on=date(2026, 4, 30))
    assert caught.value.code == code


def test_no_table() -> None:
    """A stream is no table: what comes after the day cannot be left out before it is read."""
    for table in (iter([BACKENDS["polars"](TABLE, KINDS)]), TABLE):
        with pytest.raises(SalesRulesError) as caught:
            frames.statements(TIERED, table, on=date(2026, 4, 30))
        assert caught.value.code == "frames.library"
    with pytest.raises(SalesRulesError) as caught:
        frames.statements(TIERED, BACKENDS["polars"]({name: TABLE[name] for name in ("id", "person", "amount")}), on=date(2026, 4, 30))
    assert caught.value.code == "frames.needed"
