"""Joint sales in queries: the credits of a second table are joined and divided by the engine, and the result is that of blocks."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import narwhals
import pytest

from salesrules.bands import Interpolated, Marginal, Point, RateBand
from salesrules.commission import Component, Conversion, Plan, PlanRate, Rate, RateEntry, Returns, Tiers
from salesrules.errors import FactError, SalesRulesError
from tests.backends import BACKENDS, backends, collected
from tests.frames_cases import FEATURES, seeded
from tests.parity.test_frames import compared
from tests.test_frames_splits import CREDITS, KINDS, ROWS, SHARED, by_hand, pays, plan, row
from tests.test_frames_splits import applied as tried

pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")

SALES = [one for one in ROWS if not one["returns"]]
QUERIES = ("polars", "polars-lazy", "duckdb")
OUTPUTS = ("pay", "by_rule", "credited", "period", "pay.extra")


def applied(rows: list[dict[str, Any]], credits: list[tuple[Any, ...]], backend: str = "polars-lazy", rule: Plan | None = None, **options: Any) -> Any:
    """The rows and their credits in tables of a library, and a plan applied to them in expressions."""
    return tried(rule or plan(), rows, credits, backend, engine="expressions", **options)


def refused(rows: list[dict[str, Any]], credits: list[tuple[Any, ...]], backend: str = "polars-lazy", **options: Any) -> SalesRulesError:
    """The error that they raise."""
    with pytest.raises(SalesRulesError) as caught:
        applied(rows, credits, backend, **options)
    return caught.value


def as_rows(done: Any) -> list[tuple[Any, ...]]:
    """The rows of a result, in an order of their own."""
    lines = collected(done.lines)
    return sorted(zip(*lines.values(), strict=True), key=str)


@pytest.mark.parametrize("backend", backends(*QUERIES))
@pytest.mark.parametrize("rate", ["original", "recompute"])
def test_what_blocks_make(backend: str, rate: str) -> None:
    """Columns, rows, totals and state are those of blocks, also where returns take joint sales back; so are all lines one sale at a time."""
    rule = plan(rate)
    done, blocks = applied(ROWS, CREDITS, backend, rule, outputs=OUTPUTS), tried(rule, ROWS, CREDITS, outputs=OUTPUTS)
    assert pays(done) == by_hand(rule, ROWS, CREDITS)
    assert list(collected(done.lines)) == list(collected(blocks.lines))
    assert as_rows(done) == as_rows(blocks)
    assert collected(done.totals, by=("person", "period")) == collected(blocks.totals, by=("person", "period"))
    assert done.state == blocks.state
    assert sorted(done.by_component(), key=str) == sorted(blocks.by_component(), key=str)


def test_the_order_of_rows_in_memory() -> None:
    """A table in memory keeps its order; the credits of a sale come one after the other, as blocks put them."""
    for rows in (ROWS, SALES, SALES[::-1]):
        assert collected(applied(rows, CREDITS, "polars").lines) == collected(tried(plan(), rows, CREDITS).lines)


@pytest.mark.parametrize("backend", backends(*QUERIES))
def test_explained_and_checked(backend: str) -> None:
    """A credit is explained with its share, also of a return; a sample of people comes out the same one sale at a time, and a wrong cell is found."""
    done = applied(ROWS, CREDITS, backend)
    assert str(done.explain("A1", person="cai").share) == "1/3"
    assert done.explain("S1", component="extra").person == "bob"
    assert done.explain("S2").person == "ann"
    assert done.check()
    assert done.check().rows > 0
    table = done._table.with_columns(narwhals.col("pay") + 1)
    assert {one.person for one in attrs.evolve(done, table=table).check(1).differences} == {"ann"}
    with pytest.raises(FactError, match="no row with id 'S77'"):
        done.explain("S77")


def test_checked_without_returns() -> None:
    """A table without a column of returns is explained and checked alike."""
    done = applied(SALES, CREDITS, columns={"returns": None})
    assert done.check()
    assert str(done.explain("S1", person="bob").share) == "1/3"


@pytest.mark.parametrize("backend", backends("polars-lazy", "duckdb"))
def test_how_ids_people_and_shares_may_be_written(backend: str) -> None:
    """Ids and people may be integers in one table and texts in the other; sales that the table has not are left alone."""
    table: dict[str, list[Any]] = {"id": [7, 8], "date": [date(2026, 3, 2)] * 2, "person": [1, None], "amount": [1000, 1001], "new_customer": [False] * 2}
    integers: dict[str, list[Any]] = {"id": [8, 8, 9], "person": [2, 3, 1], "share": [Decimal("0.5"), Decimal("0.5"), Decimal(1)]}
    texts = {name: list(map(str, values)) for name, values in integers.items()}
    for shares in (integers, texts):
        for library in (backend, "polars", "pandas-arrow", "pyarrow", "polars-lazy"):
            done = frames.apply(plan(), BACKENDS[backend](table, {"person": int}), splits=BACKENDS[library](shares))
            lines = collected(done.lines, by=("id", "person"))
            assert (lines["person"], lines["pay"]) == ([1, 2, 3], [10, 5, 5])
            assert collected(done.totals, by="person")["person"] == [1, 2, 3]
            assert done.check()
    named = table | {"id": ["7", "8"], "person": ["1", None]}
    lines = collected(frames.apply(plan(), BACKENDS[backend](named), splits=BACKENDS[backend](integers)).lines, by=("id", "person"))
    assert (lines["person"], lines["pay"]) == (["1", "2", "3"], [10, 5, 5])


def test_people_named_differently() -> None:
    """A text cannot name one of the people whom the table numbers."""
    table = BACKENDS["polars-lazy"]({"id": [8], "date": [date(2026, 3, 2)], "person": [1], "amount": [1000], "new_customer": [False]})
    with pytest.raises(FactError, match=r"splits, column person: .*'bob'.*\[frames.split_person\]"):
        frames.apply(plan(), table, splits=BACKENDS["polars-lazy"]({"id": [8], "person": ["bob"], "share": ["1"]}))


def test_no_credits_at_all() -> None:
    """A second table without rows changes nothing; a table in which no row names a person can still be credited."""
    assert pays(applied([ROWS[3]], [])) == by_hand(plan(), [ROWS[3]], [])
    assert pays(applied([ROWS[2] | {"person": None}], CREDITS)) == by_hand(plan(), [ROWS[2]], CREDITS)


def test_no_rows_at_all() -> None:
    """A table without rows has no credits."""
    done = applied([], CREDITS)
    assert (collected(done.lines)["pay"], done.state.totals) == ([], ())


def test_plans_without_memory() -> None:
    """Where no rule adds up, nobody needs to be counted; house accounts are credited and paid nothing."""
    parts = (Component(id="extra", measure="sales", steps=(Rate(entries=(RateEntry(rate="7%"),)),)),)
    rule = attrs.evolve(plan("recompute", house=("cai",)), components=parts)
    assert as_rows(applied(ROWS, CREDITS, rule=rule)) == as_rows(tried(rule, ROWS, CREDITS))


def test_every_quantity_is_divided() -> None:
    """Cost, value at list price, units, deals and new customers are divided like the amount, and what is one of them only is left alone."""
    steps = (Rate(entries=(RateEntry(rate="7%"),)),)
    many = tuple(Component(id=name, measure=name, steps=steps) for name in ("list_sales", "margin")) + tuple(
        Component(id=name, measure=name, steps=(Rate(entries=(RateEntry(amount="1.7"),)),)) for name in ("units", "deals", "new_customers")
    )
    rule = Plan(id="p", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="original"), unit_digits=3, components=many)
    rows = [one | {"cost": one["amount"] * 2 // 3, "list_amount": one["amount"] * 5 // 4, "units": one["amount"] // 10_000} for one in ROWS]
    names = (*KINDS, "cost", "list_amount", "units")
    kinds = KINDS | dict.fromkeys(("cost", "list_amount", "units"), int)
    shares = {name: [credit[at] for credit in CREDITS] for at, name in enumerate(SHARED)}
    made = []
    for backend, engine in (("polars", "blocks"), ("polars-lazy", "expressions")):
        table = BACKENDS[backend]({name: [one[name] for one in rows] for name in names}, kinds)
        made.append(frames.apply(rule, table, splits=BACKENDS[backend](shares, SHARED), outputs=("pay", *(f"pay.{part.id}" for part in many)), engine=engine))
    assert as_rows(made[0]) == as_rows(made[1])
    assert any(collected(made[1].lines)["pay.units"])


def test_another_currency() -> None:
    """The sale is converted first and divided then."""
    rule = plan(conversion=Conversion(at="plan", rates=(PlanRate(base="USD", rate="7.1235"),)))
    rows = [one | {"currency": "USD"} for one in ROWS]
    assert pays(applied(rows, CREDITS, rule=rule)) == by_hand(rule, rows, CREDITS)


@pytest.mark.parametrize("backend", backends(*QUERIES))
def test_ties_and_many_credits(backend: str) -> None:
    """Of equal remainders the heaviest share comes first, then the person whose name does; forty people share a sale as one sale at a time does."""
    many = [("S1", f"p{at}", f"{at + 1}/820", "split") for at in range(40)]
    for amount in (100_001, -99_999, 819, 1, 0):
        rows = [row("S1", amount), row("S2", amount, "p3"), row("S4", amount)]
        shares = [*many, ("S4", "b", "25%", "split"), ("S4", "a", "25%", "split"), ("S4", "c", "1/2", "split"), ("S4", "a", "150%", "overlay")]
        assert as_rows(applied(rows, shares, backend)) == as_rows(tried(plan(), rows, shares))


def test_shares_with_large_denominators() -> None:
    """Denominators past those that a double divides are carried; past 64 bits they are refused, and so are amounts."""
    big = 1_000_000_007
    shares = [("S1", "ann", f"1/{big}", "split"), ("S1", "bob", f"{big - 1}/{big}", "split")]
    rows = [row("S1", 9 * 10**15 + 1), row("S2", 5, "ann")]
    rule = attrs.evolve(plan(), components=(Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="7%"),)),)),))
    assert as_rows(applied(rows, shares, rule=rule)) == as_rows(tried(rule, rows, shares))
    wide = [("S1", "ann", "1/4000000007", "split"), ("S1", "bob", "4000000006/4000000007", "split")]
    assert (refused(rows, wide).code, refused(rows, wide).path) == ("frames.too_large", "splits, column share")
    assert refused([row("S1", 2**62)], [("S1", "ann", "1", "split")]).code == "frames.too_large"


# What is refused


@pytest.mark.parametrize(
    ("code", "credits"),
    [
        ("sale.split", [("S1", "ann", "50%", "split"), ("S1", "bob", "49.99%", "split")]),
        ("sale.split", [("S1", "ann", "50%", "overlay")]),
        ("sale.credited_twice", [("S1", "ann", "50%", "split"), ("S1", "ann", "50%", "split")]),
        ("credit.kind", [("S1", "ann", "100%", "team")]),
        ("credit.share", [("S1", "ann", "0%", "split"), ("S1", "bob", "100%", "split")]),
        ("rate.percent", [("S1", "ann", "60", "split"), ("S1", "bob", "40%", "split")]),
    ],
)
def test_what_is_refused(code: str, credits: list[tuple[Any, ...]]) -> None:
    """What blocks refuse is refused with the same code, and with the sale, by a query and by a table in memory."""
    others = [("S0", "ann", "100%", "split"), *credits]
    for backend in ("polars", "polars-lazy", "duckdb"):
        error = refused([ROWS[2]], others, backend)
        assert (error.code, error.path) == (code, "sale S1")
        with pytest.raises(SalesRulesError) as blocks:
            tried(plan(), [ROWS[2]], others)
        assert error.message == blocks.value.message


def test_empty_cells() -> None:
    """An empty cell of the second table is named by its row, where there are numbers of rows, or by what its row tells; so is a sale of nobody."""
    holes = [*CREDITS[:1], ("S1", None, "1/3", "split")]
    assert str(refused([ROWS[2]], holes, "polars")).startswith("splits, column person: row 1 is empty")
    assert str(refused([ROWS[2]], holes, "polars-lazy")).startswith("splits, column person: row id S1 is empty")
    assert str(refused([ROWS[2]], [(None, "ann", "1/3", "split")])).startswith("splits, column id: row person ann is empty")
    assert str(refused([ROWS[2]], [("S1", "ann", None, "split")])).startswith("splits, column share: row id S1, person ann is empty")
    for nobody in ("", None):
        error = refused([ROWS[2], row("S8", 1, person=nobody)], CREDITS)  # type: ignore[arg-type]
        assert str(error).startswith("column person: row date 2026-03-02, id S8 is empty")


def test_more_that_is_refused() -> None:
    """Tables that do not tell who is credited with what, columns that speak of the person of a row, and sales with one id."""
    table = BACKENDS["polars-lazy"]({name: [ROWS[2][name]] for name in KINDS} | {"quota": [5]})
    none, floats = (BACKENDS["polars-lazy"]({"id": ["S1"], "person": ["ann"]} | more) for more in ({}, {"share": [0.5]}))
    with pytest.raises(FactError, match=r"splits: the table has no column 'share'.*\[frames.no_column\]"):
        frames.apply(plan(), table, splits=none)
    with pytest.raises(SalesRulesError, match=r"\[rate.number\]"):
        frames.apply(plan(), table, splits=floats)
    with pytest.raises(FactError, match=r"\[frames.split_facts\]"):
        frames.apply(plan(), table, splits=floats, columns={"quota": "quota"})
    twice = refused([ROWS[2], ROWS[2] | {"amount": 1}, row("S8", 2, "ann")], CREDITS, order="amount")
    assert str(twice).startswith("sale S1: there are two sales with this id")
    assert refused([ROWS[2]], CREDITS, order="amount", columns={"id": None, "returns": None}).code == "frames.no_id"


# Plans and tables made up at random

SEEDS = {
    "polars": range(1_100, 1_144),
    "polars-lazy": range(1_104, 1_130),
    "duckdb": (1_112, 1_119, 1_121, 1_141, 1_142),
    "ibis": (1_119, 1_142),
    "pyspark": (1_119, 1_142),
}
"""Which plans are tried: a database takes seconds over the plan of one query, so there only some that have returns, overlays and both ways to pay back."""


@pytest.mark.parametrize("backend", backends(*SEEDS))
def test_many_plans_and_tables(backend: str) -> None:
    """Plans with everything: every credit, the totals and the state are those of one sale at a time, also where returns take the sales back."""
    tried_ones = [case for seed in SEEDS[backend] if (case := seeded(seed, 25, FEATURES - {"extremes"})).split]
    told = Counter(compared(case, backend, expressions=True, engine="expressions") for case in tried_ones)
    assert told["equal"] >= min(6, len(SEEDS[backend])), told


def test_tiers_go_on_from_a_state() -> None:
    """The credits of a month go on from the totals of the month before."""
    tiers = Tiers(over="year", table=Marginal(bands=(RateBand(start=0, rate="1%"), RateBand(start=500, rate="3%"))))
    rule = attrs.evolve(plan(), components=(Component(id="base", measure="sales", steps=(tiers,)),))
    later = [row("S9", 77_777, day=date(2026, 4, 7))]
    shares = [*CREDITS, ("S9", "bob", "2/3", "split"), ("S9", "dan", "1/3", "split")]
    first = applied(SALES, shares, rule=rule)
    second = applied(later, shares, rule=rule, opening=first.state)
    assert second.state == tried(rule, [*SALES, *later], shares).state
    assert as_rows(second) == as_rows(tried(rule, later, shares, opening=first.state))


# Batches


def batches(rows: list[dict[str, Any]], size: int, backend: str) -> Any:
    """The rows in posting order, so many at a time."""
    rows = sorted(rows, key=lambda one: (one["date"], one["id"]))
    for start in range(0, len(rows), size):
        yield BACKENDS[backend]({name: [one[name] for one in rows[start : start + size]] for name in KINDS}, KINDS)


@pytest.mark.parametrize("backend", backends("polars", "pyarrow", "pandas"))
@pytest.mark.parametrize("size", [1, 2, 5])
def test_joint_sales_in_batches(backend: str, size: int) -> None:
    """The credits of a table that comes in pieces are those of the whole table."""
    rows = [*SALES, row("S5", 33_334, day=date(2026, 4, 7)), row("S6", 8_888, "bob", day=date(2026, 4, 8))]
    credits_of = [*CREDITS, ("S5", "ann", "1/2", "split"), ("S5", "bob", "1/2", "split"), ("S99", "ann", "1", "split")]
    shares = BACKENDS["polars-lazy"]({name: [credit[at] for credit in credits_of] for at, name in enumerate(SHARED)}, SHARED)
    done = frames.apply(plan(), batches(rows, size, backend), splits=shares, outputs=("pay", "credited"))
    made = sorted((told for lines in done.lines for told in zip(*collected(lines).values(), strict=True)), key=str)
    whole = tried(plan(), rows, credits_of, backend, outputs=("pay", "credited"))
    assert made == as_rows(whole)
    assert done.state == whole.state
    assert collected(done.totals, by=("person", "period")) == collected(whole.totals, by=("person", "period"))


def test_what_batches_refuse() -> None:
    """A joint sale that comes in two batches is refused, and a rule that refuses a row names it by its number in the stream."""
    twice = [ROWS[2], row("S2", 5, "ann"), ROWS[2] | {"date": date(2026, 4, 1)}]
    shares = BACKENDS["polars"]({name: [credit[at] for credit in CREDITS] for at, name in enumerate(SHARED)}, SHARED)
    with pytest.raises(FactError, match="sale S1: there are two sales with this id"):
        list(frames.apply(plan(), batches(twice, 1, "polars"), splits=shares).lines)
    curve = Interpolated(points=(Point(at=0, value=0), Point(at=20_000, value=2)), below="clamp", above="refuse")
    rule = attrs.evolve(plan(), components=(Component(id="base", measure="sales", steps=(Tiers(over="sale", table=curve),)),))
    rows = [ROWS[2], row("S2", 5, "ann"), row("S4", 3_000_000, "ann")]
    with pytest.raises(SalesRulesError) as caught:
        list(frames.apply(rule, batches(rows, 2, "polars"), splits=shares).lines)
    assert (caught.value.code, caught.value.path) == ("commission.outside_table", "row 2")
