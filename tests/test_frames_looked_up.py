"""How queries find the answers of the scalar rules for each row: by position, by comparing, or joined; and what they ask beforehand."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from salesrules.bands import Marginal, RateBand
from salesrules.commission import Component, Conversion, Plan, Quota, Rate, RateEntry, Returns, Tiers
from salesrules.errors import FactError
from salesrules.money import Money
from salesrules.periods import CivilCalendar
from salesrules.scope import Scope
from tests.backends import BACKENDS, backends, collected

frames: Any = pytest.importorskip("salesrules.frames", reason="tables need narwhals and NumPy")
pl: Any = pytest.importorskip("polars", reason="the expected tables are polars frames")

ENGINES = backends("polars-lazy", "duckdb")
BOUNDS = (RateBand(start=Fraction(0), rate="3%"), RateBand(start=Fraction(1000), rate="5%"))
TIERS = Tiers(table=Marginal(bands=BOUNDS), over="year")


def plan(*steps: Any, **more: Any) -> Plan:
    """A plan of one component."""
    component = Component(id="base", measure="sales", steps=steps)
    return Plan(id="p", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="recompute"), components=(component,), **more)


def by_category(rates: dict[str, str]) -> Plan:
    """A plan that pays nothing where no category is named."""
    entries = tuple(RateEntry(scope=Scope(category=(name,)), rate=rate) for name, rate in rates.items())
    return plan(Rate(entries=entries, otherwise="nothing"))


def table(**more: Any) -> dict[str, list[Any]]:
    """Four sales of two people over four months."""
    days = [date(2026, month, 5) for month in (1, 2, 4, 4)]
    return {"id": [1, 2, 3, 4], "date": days, "person": ["li", "li", "wang", "li"], "amount": [80_000, 70_033, 50_000, -1_000], **more}


def paid(done: Any) -> list[int]:
    """What the rows pay, by id."""
    lines = collected(done.lines, by=("id",))
    return list(lines["pay"])


def same(rules: Plan, told: dict[str, list[Any]], backend: str, **facts: Any) -> list[int]:
    """What a query pays; blocks pay the same."""
    kinds = {name: type(next(value for value in values if value is not None)) for name, values in told.items()}
    made = paid(frames.apply(rules, BACKENDS[backend](told, kinds), engine="expressions", **facts))
    assert made == paid(frames.apply(rules, BACKENDS["polars"](told, kinds), engine="blocks", **facts))
    return made


@pytest.mark.parametrize("backend", ENGINES)
def test_numbers_that_name_things(backend: str) -> None:
    """Categories may be numbers: close together, far apart, in no order of their rates, or missing."""
    rules = by_category({"1": "10%", "2": "5%", "3": "10%", "90000000": "1%", "": "2%"})
    assert same(rules, table(category=[1, 2, 3, 2]), backend) == [8000, 3502, 5000, -50]
    assert same(rules, table(category=[3, 90_000_000, 1, 7]), backend) == [8000, 700, 5000, 0]
    assert same(rules, table(category=[3, None, 1, 2]), backend)[2:] == [5000, -50]


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("many", [3, 40])
def test_names(backend: str, many: int) -> None:
    """Few names are compared, many are joined."""
    names = [f"C{number}" for number in range(many)]
    rules = by_category({name: f"{number + 1}%" for number, name in enumerate(names)})
    told = {name: values * 10 for name, values in table(category=[]).items() if name != "category"} | {"id": list(range(40))}
    told |= {"date": sorted(told["date"]), "category": [names[number % many] for number in range(40)]}
    assert len(same(rules, told, backend)) == 40


@pytest.mark.parametrize("backend", ENGINES)
def test_keys_that_are_neither_numbers_nor_names(backend: str) -> None:
    """Answers for days with a time, or for booleans, are found as well; what has no answer has none."""
    nw: Any = pytest.importorskip("narwhals")
    from salesrules.frames.lookups import looked_up

    frame = nw.from_native(BACKENDS[backend]({"a": [1, 2, 3]})).with_columns(half=nw.col("a") / 2, even=nw.col("a") == 2)
    made = looked_up(frame, ["half"], {(0.5,): (7,), (1.0,): (8,), (1.5,): (9,)}, ["x"], whole=True)
    made = looked_up(made, ["even"], {(True,): (1,), (False,): (0,)}, ["y"], whole=True)
    made = looked_up(made, ["a"], {(1,): (4,)}, ["z"])
    made = looked_up(made, ["a"], {(1,): (4,), (2,): (4,), (3,): (4,)}, ["w"], whole=True)
    told = collected(made.to_native(), by=("a",))
    assert [told[name] for name in "xyzw"] == [[7, 8, 9], [0, 1, 0], [4, None, None], [4, 4, 4]]


@pytest.mark.parametrize("backend", ENGINES)
def test_totals_that_several_steps_keep(backend: str) -> None:
    """Two steps that add up the same pay as two that do not share it; so do steps over other intervals."""
    goals = [Quota(person=person, period=CivilCalendar().year(2026), amount=Money("1000", "CNY")) for person in ("li", "wang")]
    above = (RateBand(start=Fraction(0), factor=Fraction(0)), RateBand(start=Fraction(1), factor=Fraction(1, 5)))
    more = Tiers(table=Marginal(bands=above), over="year", on="attainment", add=True)
    month = Tiers(table=Marginal(bands=BOUNDS), over="period", add=True)
    assert same(plan(TIERS, more, month), table(), backend, quotas=goals)


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize("ids", [[4, 3, 2, 1], [1, 10**12, 10**12 + 1, 10**12 + 2], ["d", "c", "b", "a"], [-4, -3, -2, -1]])
def test_ids_of_any_kind(backend: str, ids: list[Any]) -> None:
    """Ids may fall, lie far apart, be names or negative; two rows of one id and day are refused all the same."""
    assert same(plan(TIERS), table(id=ids), backend)
    with pytest.raises(FactError, match=r"frames\.same_place"):
        frames.apply(plan(TIERS), BACKENDS[backend](table(id=[*ids[:3], ids[2]])), engine="expressions")


@pytest.mark.parametrize("backend", ENGINES)
def test_days_far_apart(backend: str) -> None:
    """A table over many years asks for the days that it has."""
    rules = plan(Rate(entries=(RateEntry(rate="3%"),)))
    assert same(rules, table(date=[date(year, 1, 5) for year in (2026, 2027, 2040, 2041)]), backend) == [2400, 2101, 1500, -30]


@pytest.mark.parametrize("backend", ENGINES)
def test_totals_of_lines_whose_rows_do_not_tell(backend: str) -> None:
    """With currencies the totals of written lines are made of the outputs."""
    rules = plan(Rate(entries=(RateEntry(rate="10%"),)), conversion=Conversion(at="event"))
    told = table(currency=["USD", "CNY", "USD", "CNY"], rate=["7", "1", "7", "1"])
    done = frames.apply(rules, BACKENDS[backend](told), outputs=("pay", "credited", "period"), engine="expressions")
    written = BACKENDS["polars"](collected(done.lines))
    assert collected(done.totals_of(written), by=("person", "period")) == collected(done.totals, by=("person", "period"))


def test_totals_of_no_lines() -> None:
    """No lines have no totals."""
    rules = plan(Rate(entries=(RateEntry(rate="10%"),)))
    done = frames.apply(rules, BACKENDS["polars-lazy"](table()))
    assert len(done.totals_of(done.lines.collect().head(0))) == 0


def test_totals_of_lines_that_stay_elsewhere() -> None:
    """Lines in another engine are summed up by the outputs that they have, without asking for their days first; or, having none, by their days."""
    rules = plan(Rate(entries=(RateEntry(rate="10%"),)))
    whole = frames.apply(rules, BACKENDS["duckdb"](table()), outputs=("pay", "credited", "period"))
    alone = frames.apply(rules, BACKENDS["duckdb"](table()))
    totals = collected(whole.totals, by=("person", "period"))
    assert totals == collected(whole.totals_of(whole.lines), by=("person", "period")) == collected(alone.totals_of(alone.lines), by=("person", "period"))
