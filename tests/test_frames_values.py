"""What cells may hold: whole numbers of any width, decimals, days, names as texts, integers and categories; and tables of many people."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from salesrules.commission import Conversion, FxRate, Rate, RateEntry, Returns, Tiers
from salesrules.errors import SalesRulesError
from salesrules.scope import Scope
from tests.backends import BACKENDS, EAGER, backends, collected
from tests.commission_plans import component, flat, marginal, plan

numpy: Any = pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
narwhals: Any = pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")
polars: Any = pytest.importorskip("polars")
pandas: Any = pytest.importorskip("pandas")
arrow: Any = pytest.importorskip("pyarrow")

RECOMPUTE = Returns(rate="recompute")
FREE = plan(component(flat("3%")), returns=RECOMPUTE)
TIERED = plan(component(Tiers(table=marginal((0, "3%"), (10, "5%")), over="year")), returns=RECOMPUTE)
SCOPED = plan(
    component(Rate(entries=(RateEntry(rate="1%"), RateEntry(scope=Scope(category=("7",)), rate="5%"), RateEntry(scope=Scope(category=("8",)), rate="9%")))),
    returns=RECOMPUTE,
)
DAY = date(2026, 1, 5)
TABLE: dict[str, list[Any]] = {
    "id": ["S1", "S2", "S3", "S4"],
    "date": [DAY, DAY, DAY + timedelta(days=40), DAY + timedelta(days=41)],
    "person": ["chen", "li", "chen", "li"],
    "amount": [700, 1_100, 900, -300],
}
EVERYWHERE = (*EAGER, "polars-lazy", "duckdb")


def refused(run: Any) -> SalesRulesError:
    """The error with which something is refused."""
    with pytest.raises(SalesRulesError) as caught:
        run()
    return caught.value


def pays(done: Any) -> list[int]:
    """What the rows are paid, by id."""
    found: list[int] = collected(done.lines, by="id")["pay"]
    return found


def test_by_hand() -> None:
    """3% of 7.00; 3% of 10 and 5% of 1; 3% of 3 and 5% of 6; 5% of the 1 that lay above ten and 3% of 2, taken back."""
    assert pays(frames.apply(TIERED, polars.DataFrame(TABLE))) == [21, 35, 39, -11]


# Numbers


@pytest.mark.parametrize("dtype", ["int16", "int32", "uint16", "uint64"])
@pytest.mark.parametrize("library", ["pandas", "pyarrow", "polars", "polars-lazy"])
def test_whole_numbers_of_any_width(library: str, dtype: str) -> None:
    """Narrow columns do not overflow within, and wide ones are read as they are."""
    table = TABLE | {"amount": [30_000, 1_100, 20_000, 300]}
    series = numpy.array(table["amount"], dtype)
    native = {"pandas": pandas.DataFrame, "pyarrow": arrow.table, "polars": polars.DataFrame, "polars-lazy": polars.LazyFrame}[library](
        table | {"amount": series}
    )
    for rules in (FREE, TIERED):
        assert pays(frames.apply(rules, native)) == pays(frames.apply(rules, polars.DataFrame(table)))


@pytest.mark.parametrize("rules", [FREE, TIERED], ids=["free", "tiered"])
def test_past_64_bits(rules: Any) -> None:
    """A number that no 64 bits hold is refused with its row, by rows where they are counted, by their order elsewhere."""
    table = polars.DataFrame(TABLE).with_columns(amount=polars.Series([1, 2**63, 2, 3], dtype=polars.UInt64))
    error = refused(lambda: frames.apply(rules, table))
    assert (error.code, error.path, error.params["row"]) == ("frames.bound", "column amount", 1)
    error = refused(lambda: frames.apply(rules, table.lazy()))
    assert (error.code, error.path, error.params["row"]) == ("frames.bound", "column amount", f"date {DAY}, id S2")
    error = refused(lambda: frames.apply(rules, table.lazy(), order="amount"))
    assert (error.code, error.params["row"]) == ("frames.bound", "of unknown place")


@pytest.mark.parametrize("backend", backends(*EAGER))
def test_decimals(backend: str) -> None:
    """Decimals are major units; they may have fewer digits than the currency, and are refused where they have more."""
    table = TABLE | {"amount": [Decimal(7), Decimal("11.0"), Decimal("9.00"), Decimal(-3)]}
    assert pays(frames.apply(TIERED, BACKENDS[backend](table))) == [21, 35, 39, -11]
    error = refused(lambda: frames.apply(TIERED, BACKENDS[backend](table | {"amount": [Decimal("7.001"), *table["amount"][1:]]})))
    assert (error.code, error.params["row"], error.params["digits"]) == ("frames.digits", 0, 2)
    yen = plan(component(flat("3%")), returns=RECOMPUTE, currency="JPY")
    assert pays(frames.apply(yen, BACKENDS[backend](table | {"amount": [Decimal(100)] * 4}))) == [3] * 4


@pytest.mark.parametrize("value", ["12.30", Decimal("NaN"), None])
def test_objects_that_are_no_money(value: Any) -> None:
    """Objects of Python are read where they are decimals, and nothing else is taken for money."""
    table = pandas.DataFrame(TABLE | {"amount": pandas.Series([Decimal("7.00"), value, Decimal(1), Decimal(1)], dtype="object")})
    error = refused(lambda: frames.apply(TIERED, table))
    assert (error.code, error.params["row"]) == ("frames.money" if value == "12.30" else "frames.null", 1)


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_counts_and_conditions(backend: str) -> None:
    """Counts are integers, and conditions true or false."""
    counted = plan(component(Rate(entries=(RateEntry(amount=2),)), measure="new_customers"), returns=RECOMPUTE)
    table = TABLE | {"new_customer": [True, False, True, True]}
    assert pays(frames.apply(counted, BACKENDS[backend](table))) == [200, 0, 200, -200]
    for wrong in ([1, 0, 1, 1], ["yes", "no", "yes", "yes"]):
        error = refused(lambda wrong=wrong: frames.apply(counted, BACKENDS[backend](TABLE | {"new_customer": wrong})))
        assert (error.code, error.path) == ("frames.condition", "column new_customer")


# Days


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps(unit: str) -> None:
    """Days that are kept as timestamps are read; a time of the day is refused with its row, and so is a zone."""
    table = pandas.DataFrame(TABLE | {"date": pandas.Series(TABLE["date"]).astype(f"datetime64[{unit}]")})
    assert pays(frames.apply(TIERED, table)) == [21, 35, 39, -11]
    late = pandas.Series([datetime(2026, 1, 5), datetime(2026, 1, 5, 0, 0, 1), datetime(2026, 2, 1), datetime(2026, 2, 2)]).astype(f"datetime64[{unit}]")  # noqa: DTZ001 - a table without a zone
    error = refused(lambda: frames.apply(TIERED, table.assign(date=late)))
    assert (error.code, error.params["row"]) == ("frames.time", 1)
    assert refused(lambda: frames.apply(TIERED, table.assign(date=table["date"].dt.tz_localize("UTC")))).code == "frames.dates"


def test_days_as_objects() -> None:
    """So are days of Python in a column of objects, and days of Arrow in a frame of pandas."""
    objects = pandas.DataFrame(TABLE | {"date": pandas.Series(TABLE["date"], dtype="object")})
    assert pays(frames.apply(TIERED, objects)) == [21, 35, 39, -11]
    assert pays(frames.apply(TIERED, BACKENDS["pandas-arrow"](TABLE))) == [21, 35, 39, -11]
    gap = pandas.DataFrame(TABLE | {"date": pandas.Series([DAY, None, DAY, DAY], dtype="object")})
    assert refused(lambda: frames.apply(TIERED, gap)).code == "frames.null"


# Names


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
@pytest.mark.parametrize("numbers", [(101, 102), (-5, 3), (3, 5_000_000), (-(2**62), 2**62), (10**18, 10**18 + 1)], ids=str)
def test_people_by_number(backend: str, numbers: tuple[int, int]) -> None:
    """People may be numbered, close together or far apart; they are the texts of their numbers to the rules, and numbers in the result."""
    people = [numbers[name == "li"] for name in TABLE["person"]]
    native = BACKENDS[backend](TABLE | {"person": people})
    for rules, right in ((TIERED, [21, 35, 39, -11]), (FREE, [21, 33, 27, -9])):
        done = frames.apply(rules, native, outputs=("pay", "credited", "period"))
        assert pays(done) == right
        totals = collected(done.totals, by=("person", "period"))
        assert totals["person"] == sorted(people)
        assert totals["pay"] == [right[row] for row in sorted(range(4), key=lambda row: (people[row], row))]
        assert {total.person for total in done.by_component()} == {str(number) for number in numbers}
        assert done.check()
        assert done.explain("S2").person == str(numbers[1])


@pytest.mark.parametrize("numbers", [(-100, 100), (-128, 127)], ids=str)
def test_people_by_narrow_numbers(numbers: tuple[int, int]) -> None:
    """Numbers of eight bits that lie further apart than eight bits count are told apart."""
    table = polars.DataFrame(TABLE).with_columns(person=polars.Series([numbers[name == "li"] for name in TABLE["person"]], dtype=polars.Int8))
    for native in (table, table.lazy(), table.to_arrow(), table.to_pandas()):
        done = frames.apply(TIERED, native)
        assert pays(done) == [21, 35, 39, -11]
        assert sorted(set(collected(done.totals)["person"])) == sorted(numbers)
        assert done.check()


@pytest.mark.parametrize("opened", [True, False])
def test_numbers_met_late(opened: bool) -> None:
    """Numbers below and above those met so far find their place, from batch to batch."""
    pieces = [[500, 7], [6_000_000, 3], [-40, 500]] if opened else [[-2, 7], [3, -9], [400, 5_000_000]]
    rows = [{"id": [f"S{at}A", f"S{at}B"], "date": [DAY + timedelta(days=at)] * 2, "person": pair, "amount": [700, 900]} for at, pair in enumerate(pieces)]
    done = frames.apply(TIERED, (polars.DataFrame(row) for row in rows))
    streamed = [pay for lines in done.lines for pay in lines["pay"]]
    whole = polars.concat([polars.DataFrame(row) for row in rows])
    assert streamed == frames.apply(TIERED, whole).lines["pay"].to_list()
    assert frames.apply(TIERED, whole).check()


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
@pytest.mark.parametrize("kind", ["texts", "numbers", "gaps"])
def test_categories(backend: str, kind: str) -> None:
    """Categories may be texts or numbers, and cells may be empty: then the entry for all holds."""
    cells = {"texts": ["7", "8", "", "9"], "numbers": [7, 8, 9, 9], "gaps": ["7", "8", None, "9"]}[kind]
    done = frames.apply(SCOPED, BACKENDS[backend](TABLE | {"category": cells}), engine="blocks")
    assert pays(done) == [35, 99, 9, -3]
    assert done.check()


@pytest.mark.parametrize("backend", backends("polars", "polars-lazy", "duckdb"))
@pytest.mark.parametrize("gap", [None, ""])
def test_categories_in_expressions(backend: str, gap: str | None) -> None:
    """So they may where the library computes."""
    done = frames.apply(SCOPED, BACKENDS[backend](TABLE | {"category": ["7", "8", gap, "9"]}), engine="expressions")
    assert pays(done) == [35, 99, 9, -3]
    assert done.check()


def test_categories_of_libraries() -> None:
    """What a library keeps as a category, or as a decimal, is a name as any other."""
    for native in (
        polars.DataFrame(TABLE).with_columns(category=polars.Series(["7", "8", "", "9"], dtype=polars.Categorical)),
        pandas.DataFrame(TABLE | {"category": pandas.Categorical(["7", "8", "", "9"])}),
        arrow.table(TABLE | {"category": arrow.array(["7", "8", "", "9"]).dictionary_encode()}),
        arrow.table(TABLE | {"category": arrow.chunked_array([["7", "8"], ["", "9"]])}),
        pandas.DataFrame(TABLE | {"category": pandas.Series([7, "8", "", 9], dtype="object")}),
        polars.DataFrame(TABLE | {"category": [Decimal(7), Decimal(8), Decimal(0), Decimal(9)]}),
    ):
        done = frames.apply(SCOPED, native, engine="blocks")
        assert pays(done) == [35, 99, 9, -3]


@pytest.mark.parametrize("column", ["person", "category"])
def test_names_that_are_floats(column: str) -> None:
    """A number with gaps, which pandas makes a float, is no name: what would it be called?"""
    native = pandas.DataFrame(TABLE | {column: [7.0, 8.0, 9.0, 9.0]})
    error = refused(lambda: frames.apply(SCOPED, native if "category" in native else native.assign(category="7")))
    assert (error.code, error.path) == ("frames.float", f"column {column}")


@pytest.mark.parametrize("backend", backends("polars", "polars-lazy"))
def test_empty_currencies(backend: str) -> None:
    """An empty cell is the plan's currency."""
    rules = plan(component(flat("10%")), returns=RECOMPUTE, conversion=Conversion(at="event"))
    rates = [FxRate(base="USD", quote="CNY", date=day, rate="7.1") for day in TABLE["date"]]
    done = frames.apply(rules, BACKENDS[backend](TABLE | {"currency": ["USD", None, "CNY", "USD"]}), rates=rates)
    assert pays(done) == [497, 110, 90, -213]
    same = frames.apply(rules, BACKENDS[backend](TABLE | {"currency": ["CNY", None, "CNY", "CNY"]}))
    assert pays(same) == [70, 110, 90, -30]


# Many people


@pytest.mark.parametrize("people", [1, 70_000])
def test_many_people(people: int) -> None:
    """One person, or more than 16 bits number: each is paid by his own running total."""
    size = 140_000
    table = polars.DataFrame({"id": numpy.arange(size), "person": numpy.arange(size) * 11 % people, "amount": numpy.arange(size) % 997 + 500}).with_columns(
        date=polars.lit(DAY)
    )
    done = frames.apply(TIERED, table)
    before = table.select(before=polars.col("amount").cum_sum().over("person") - polars.col("amount"))["before"]
    after = before + table["amount"]
    worth = [(min(total, 1_000) * 3 + max(total - 1_000, 0) * 5) for total in (*before[:2_000], *after[:2_000])]
    exact = [(worth[2_000 + row] - worth[row]) for row in range(2_000)]
    assert done.lines["pay"][:2_000].to_list() == [(2 * value + 100) // 200 for value in exact]
    assert done.totals["lines"].sum() == size
    assert len(done.totals) == people


def test_more_fields_than_a_table_holds() -> None:
    """Books that decide by fields with very many values together are asked about those that occur."""
    rules = plan(component(Rate(entries=(RateEntry(rate="1%"), RateEntry(scope=Scope(customer=("k5",), product=("p5",)), rate="7%")))), returns=RECOMPUTE)
    size = 3_000
    table = polars.DataFrame(
        {
            "id": list(range(size)),
            "date": [DAY] * size,
            "person": ["chen"] * size,
            "amount": [1_000] * size,
            "customer": [f"k{at}" for at in range(size)],
            "product": [f"p{at if at % 2 else 5}" for at in range(size)],
        }
    )
    done = frames.apply(rules, table, engine="blocks")
    assert done.lines["pay"].to_list() == [70 if at == 5 else 10 for at in range(size)]
