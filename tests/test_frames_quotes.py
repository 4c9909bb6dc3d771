"""`validate` and `replay`: what may be asked of them, what they give back, and what they refuse."""

from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

import attrs
import pytest

from salesrules.errors import SalesRulesError
from salesrules.pricing import ContractPriceFloor, GuidanceFloor, LastPriceFloor, Level, Limit, ListFloor, MarginFloor, MarkupFloor, PricePolicy, Row
from salesrules.scope import DIMENSIONS, Scope
from salesrules.text import error_message
from salesrules.timeline import Entry, Timeline
from tests.backends import BACKENDS, EAGER, backends, collected

pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")
polars: Any = pytest.importorskip("polars")

DAY = date(2026, 3, 2)
EVERYWHERE = (*EAGER, "polars-lazy", "duckdb")
ENGINES = pytest.mark.parametrize("engine", ["blocks", "expressions"])


def discounts(*points: str, name: str = "discounts", scope: Scope | None = None) -> Limit:
    """The discounts of rep, manager and head."""
    rows = tuple(Row(level=level, limit=point) for level, point in zip(("rep", "manager", "head"), points, strict=False))
    return Limit(id=name, measure="discount", at="net", per="line", rows=rows, scope=scope or Scope())


def policy(*limits: Limit, floors: tuple[Any, ...] = (), **more: Any) -> PricePolicy:
    """A policy of three levels, or fewer."""
    used = {row.level for limit in limits for row in limit.rows} | {floor.below for floor in floors} | {"rep"}
    levels = tuple(Level(id=name) for name in ("rep", "manager", "head") if name in used)
    given: dict[str, Any] = {"effective_from": date(2026, 1, 1), "own_range": "granted", "combine": "all"} | more
    return PricePolicy(id="prices", currency="CNY", levels=levels, limits=limits, floors=floors, **given)


MARGIN = MarginFloor(id="margin", at="net", per="line", below="nobody", margin="10%")
RULES = policy(discounts("5%", "15%", "30%"), floors=(MARGIN,))
TABLE: dict[str, list[Any]] = {
    "id": ["Q0", "Q1", "Q2", "Q3"],
    "quantity": [1, 10, 3, -2],
    "list_price": [10_000, 10_000, 10_000, 10_000],
    "price": [9_600, 8_800, 7_100, 6_000],
    "cost": [7_000, 7_000, 7_000, 5_000],
}
VERDICTS = ["allowed", "needs_approval", "refused", "refused"]


def without(*names: str, **more: list[Any]) -> dict[str, list[Any]]:
    """The table without some columns, with others."""
    return {name: values for name, values in TABLE.items() if name not in names} | more


def asked(rules: Any, table: Any, **more: Any) -> Any:
    """The check of a table by a rep on a day."""
    return frames.validate(rules, BACKENDS["polars"](table), **({"level": "rep", "on": DAY} | more))


def refused(run: Any) -> SalesRulesError:
    """The error with which something is refused; it can be told in Chinese."""
    with pytest.raises(SalesRulesError) as caught:
        run()
    assert error_message(caught.value, locale="zh_CN") != error_message(caught.value, locale="en")
    return caught.value


# What comes back


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_outputs(backend: str) -> None:
    """What is asked for comes under the name that is given, behind the user's own columns, in the user's own library."""
    native = BACKENDS[backend](TABLE)
    outputs = ("verdict", "level", "rank", "floor", "shortfall", "list_value", "rule.margin", "rule.discounts")
    done = frames.validate(RULES, native, level="rep", on=DAY, outputs=outputs)
    assert type(done.lines) is type(native)
    told = collected(done.lines, by="id")
    assert list(told) == [*TABLE, *outputs]
    assert {name: told[name] for name in TABLE} == TABLE
    assert told["verdict"] == VERDICTS
    assert told["level"] == ["", "manager", "", ""]
    assert told["rank"] == [0, 1, 3, 3]
    assert told["floor"] == [7_778, 77_778, 23_334, 11_112]
    assert told["shortfall"] == [0, 0, 2_034, 0]
    assert told["list_value"] == [10_000, 100_000, 30_000, 20_000]
    assert told["rule.margin"] == [False, False, True, False]
    assert told["rule.discounts"] == [False, True, True, True]
    again = collected(frames.validate(RULES, native, level="rep", on=DAY, outputs={"level": "who"}).lines, by="id")
    assert list(again) == [*TABLE, "who"]


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_summary_explain_and_check(backend: str) -> None:
    """A check counts, tells the scalar decision of a row, and compares rows with the scalar verb."""
    done = frames.validate(RULES, BACKENDS[backend](TABLE), level="rep", on=DAY)
    counts = [(one.verdict, one.level, one.rows) for one in done.summary]
    assert counts == [("allowed", "", 1), ("needs_approval", "manager", 1), ("refused", "", 2)]
    decision = done.explain("Q1")
    assert (decision.verdict, decision.level, decision.quote.id) == ("needs_approval", "manager", "Q1")
    check = done.check(3)
    assert (bool(check), check.rows) == (True, 3)
    assert refused(lambda: done.explain("Q9")).code == "frames.no_row"
    assert frames.validate(RULES, BACKENDS[backend](TABLE), level="rep", on=DAY, outputs=("rank",)).summary == done.summary


def test_rows_without_ids() -> None:
    """A row is asked for by its number where the table has no ids; a query has no numbers either."""
    done = asked(RULES, without("id"))
    assert (done.explain(2).verdict, done.explain(2).quote.id) == ("refused", "row 2")
    assert refused(lambda: done.explain(4)).params == {"key": "number", "row": 4}
    lazy = frames.validate(RULES, BACKENDS["polars-lazy"](without("id")), level="rep", on=DAY)
    assert refused(lambda: lazy.explain(2)).code == "frames.no_id"


def test_a_difference_is_found() -> None:
    """Where the columns were changed, the check tells the row, the output and both values."""
    done = asked(RULES, TABLE, outputs=("rank",))
    changed = attrs.evolve(done, lines=done.lines.with_columns(rank=polars.lit(1)))
    check = changed.check()
    assert not check
    assert [(wrong.row, wrong.output, wrong.column, wrong.scalar) for wrong in check.differences] == [(0, "rank", 1, 0), (2, "rank", 1, 3), (3, "rank", 1, 3)]


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_tables_without_rows(backend: str) -> None:
    """A table without rows is checked, and nothing is found."""
    kinds = {"id": str, "category": str, "date": date} | dict.fromkeys(("quantity", "list_price", "price", "cost"), int)
    rules = policy(discounts("5%", "15%"), discounts("9%", name="pumps", scope=Scope(category=("pump",))), floors=(MARGIN,))
    done = frames.validate(rules, BACKENDS[backend]({name: [] for name in kinds}, kinds), level="rep", outputs=("verdict", "floor"))
    assert collected(done.lines)["verdict"] == []
    assert (done.summary, bool(done.check())) == ((), True)


def test_progress() -> None:
    """On tables in memory the callback hears how far the work is."""
    heard: list[tuple[int, int]] = []
    done = asked(RULES, TABLE, progress=lambda rows, of: heard.append((rows, of)))
    assert heard == [(4, 4)]
    assert done.lines["verdict"].to_list() == VERDICTS


def test_blocks_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables longer than a block or a chunk give the same; rows that are wrong are named by their number in the table."""
    blocks = import_module("salesrules.frames.quotes.blocks")
    monkeypatch.setattr(blocks, "_CHUNK", 3)
    monkeypatch.setattr(blocks, "_BLOCK", 2)
    assert asked(RULES, TABLE, engine="blocks").lines["verdict"].to_list() == VERDICTS
    later = policy(discounts("1%", "2%", "3%"), effective_from=date(2026, 7, 1))
    versions = Timeline((Entry(date(2026, 1, 1), RULES), Entry(date(2026, 7, 1), later)))
    table = TABLE | {"date": [date(2026, 8, 1), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1)]}
    assert asked(versions, table, engine="blocks", on=None).lines["verdict"].to_list() == ["refused", "needs_approval", "refused", "refused"]
    assert refused(lambda: asked(RULES, TABLE | {"cost": [1, 1, 1, -7]}, engine="blocks")).params == {"row": 3, "value": -7}


def test_lazy_tables_by_blocks() -> None:
    """A query may be computed by blocks, and stays a query of its library."""
    done = frames.validate(RULES, BACKENDS["polars-lazy"](TABLE), level="rep", on=DAY, engine="blocks")
    assert isinstance(done.lines, polars.LazyFrame)
    assert collected(done.lines)["verdict"] == VERDICTS


# What a line may tell


@ENGINES
def test_amounts_of_the_whole_line(engine: str) -> None:
    """A line may tell its amounts as a whole; then nothing asks how many units it has."""
    whole = {"list": [10_000, 100_000, 30_000, 20_000], "net": [9_600, 88_000, 21_300, 12_000], "line_cost": [7_000, 70_000, 21_000, 10_000]}
    done = asked(RULES, {"id": TABLE["id"]} | whole, engine=engine, outputs=("verdict", "floor", "shortfall", "list_value"))
    assert done.lines["verdict"].to_list() == VERDICTS
    assert done.lines["floor"].to_list() == [7_778, 77_778, 23_334, 11_112]
    assert done.lines["list_value"].to_list() == whole["list"]
    assert done.check()
    mixed = {"id": TABLE["id"], "quantity": TABLE["quantity"], "cost": TABLE["cost"], "list": whole["list"], "net": whole["net"]}
    assert asked(RULES, mixed, engine=engine).lines["verdict"].to_list() == VERDICTS
    assert asked(RULES, mixed, engine=engine).check()


@ENGINES
def test_discounts(engine: str) -> None:
    """What is asked may be told as a discount: basis points as integers, shares as decimals; off a unit price or a whole line."""
    points = {"discount": [400, 1_200, 2_900, 4_000]}
    done = asked(RULES, without("price", **points), engine=engine, outputs=("verdict", "shortfall"))
    assert done.lines["verdict"].to_list() == VERDICTS
    assert done.lines["shortfall"].to_list() == [0, 0, 2_034, 0]
    assert done.check()
    whole = {"list": [10_000, 100_000, 30_000, 20_000]}
    rules = policy(discounts("5%", "15%", "30%"))
    done = asked(rules, {"id": TABLE["id"]} | whole | points, engine=engine)
    assert done.lines["level"].to_list() == ["", "manager", "head", ""]
    assert done.check()
    wide = asked(rules, without("price", discount=[8_192, 4_000, 0, 10_000]), engine=engine)
    assert wide.check(), "no discount is more than 100%, though together they have the bits of one"
    both = TABLE | {"discount": [0] * 4}
    assert asked(rules, both, engine=engine, columns={"discount": None}).lines["level"].to_list() == ["", "manager", "head", ""]
    assert asked(rules, both, engine=engine, columns={"price": None}).lines["level"].to_list() == [""] * 4


def test_discounts_as_decimals() -> None:
    """Shares are exact decimals of up to six digits."""
    rules = policy(discounts("5%", "15%", "30%"))
    done = asked(rules, without("price", discount=[Decimal("0.0500"), Decimal("0.0501"), Decimal("0.3"), Decimal(1)]))
    assert done.lines["level"].to_list() == ["", "manager", "head", ""]
    assert done.check()
    assert refused(lambda: asked(rules, without("price", discount=[Decimal("1.01")] * 4))).code == "frames.quote_discount"


def test_decimals() -> None:
    """Money may be decimals in major units where the table is in memory; so may quantities, as far as digits are told."""
    table = TABLE | {name: [Decimal(value) / 100 for value in TABLE[name]] for name in ("list_price", "price", "cost")}
    table |= {"quantity": [Decimal("1.5"), Decimal(10), Decimal(3), Decimal(-2)]}
    done = asked(RULES, table, quantity_digits=1, outputs=("verdict", "floor"))
    assert done.lines["verdict"].to_list() == VERDICTS
    assert done.lines["floor"].to_list() == [11_667, 77_778, 23_334, 11_112]
    assert done.check()


@ENGINES
def test_free_units(engine: str) -> None:
    """Free units are handed over and not paid: ten and one for nothing is a discount of a eleventh."""
    table = without("price", price=TABLE["list_price"], free=[0, 1, 1, 0])
    done = asked(RULES, table, columns={"free": "free"}, engine=engine, outputs=("verdict", "level", "floor"))
    assert done.lines["level"].to_list() == ["", "manager", "", ""]
    assert done.lines["floor"].to_list() == [7_778, 85_556, 31_112, 11_112]
    assert done.check()


@ENGINES
def test_prices_that_may_be_missing(engine: str) -> None:
    """A customer without a last price is not bound by it; and a table may say that there is none at all."""
    rules = policy(discounts("5%", "15%", "30%"), floors=(LastPriceFloor(id="last", at="net", per="line", below="head", share="100%"),))
    done = asked(rules, TABLE | {"last_price": [9_601, None, None, 1]}, engine=engine, outputs=("level", "floor"))
    assert done.lines["level"].to_list() == ["head", "manager", "head", ""]
    assert done.lines["floor"].to_list() == [9_601, 0, 0, 2]
    assert done.check()
    none = asked(rules, TABLE, columns={"last_price": None}, engine=engine)
    assert none.lines["level"].to_list() == ["", "manager", "head", ""]
    empty = BACKENDS["polars"](TABLE | {"last_price": [None] * 4}, {"last_price": int})
    assert frames.validate(rules, empty, level="rep", on=DAY, engine=engine).lines["level"].to_list() == ["", "manager", "head", ""]
    assert refused(lambda: asked(rules, TABLE, engine=engine)).code == "frames.quote_needs"


@ENGINES
def test_limits_that_leave_levels_out(engine: str) -> None:
    """A narrower limit may give a level nothing at all; and a contract price binds at the pocket price."""
    pumps = Limit(
        id="pumps", measure="discount", at="pocket", per="line", scope=Scope(category=("pump",), region=("north",)), rows=(Row(level="head", limit="9%"),)
    )
    contract = ContractPriceFloor(id="contract", at="pocket", per="line", below="nobody", share="100%")
    rules = policy(attrs.evolve(discounts("5%", "15%", "30%"), at="pocket"), pumps, floors=(contract,))
    table = TABLE | {"category": ["pump", "pump", "seal", None], "region": ["north", "south", "north", "north"], "contract_price": [None, 8_801, 7_000, None]}
    done = asked(rules, table, engine=engine, outputs=("verdict", "level", "floor"))
    assert done.lines["verdict"].to_list() == ["needs_approval", "refused", "needs_approval", "refused"]
    assert done.lines["level"].to_list() == ["head", "", "head", ""]
    assert done.lines["floor"].to_list() == [0, 88_010, 21_000, 0]
    assert done.check()
    assert asked(rules, table, level="head", engine=engine).lines["verdict"].to_list() == ["allowed", "refused", "allowed", "refused"]


@ENGINES
def test_the_highest_level_may_grant_anything(engine: str) -> None:
    """Where the last row has no limit nothing is refused."""
    rules = policy(attrs.evolve(discounts("5%", "15%"), rows=(*discounts("5%", "15%").rows, Row(level="head"))))
    done = asked(rules, TABLE, engine=engine)
    assert done.lines["verdict"].to_list() == ["allowed", "needs_approval", "needs_approval", "needs_approval"]
    assert done.lines["level"].to_list() == ["", "manager", "head", "head"]


@ENGINES
def test_costs_that_may_be_missing(engine: str) -> None:
    """A line whose cost no rule needs may leave it empty; one that a rule covers may not."""
    pumps = MarginFloor(id="pumps", at="net", per="line", below="nobody", margin="10%", scope=Scope(category=("pump",)))
    rules = policy(discounts("5%", "15%", "30%"), floors=(pumps,))
    table = TABLE | {"category": ["pump", "seal", None, "pump"], "cost": [7_000, None, None, 1]}
    done = asked(rules, table, engine=engine, outputs=("level", "floor"))
    assert done.lines["level"].to_list() == ["", "manager", "head", ""]
    assert done.lines["floor"].to_list() == [7_778, 0, 0, 3]
    assert done.check()
    for cost, row in (([None, None, 1, 1], 0), ([1, None, 1, None], 3)):
        error = refused(lambda cost=cost: asked(rules, table | {"cost": cost}))
        assert (error.code, error.path, error.params) == ("frames.null", "column cost", {"row": row})
    later = policy(discounts("5%", "15%", "30%"), floors=(MARGIN,), effective_from=date(2026, 7, 1))
    versions = Timeline((Entry(date(2026, 1, 1), rules), Entry(date(2026, 7, 1), later)))
    days = [DAY, DAY, DAY, date(2026, 8, 1)]
    assert asked(versions, table | {"date": days}, on=None, engine=engine).check()
    error = refused(lambda: asked(versions, table | {"date": days, "cost": [1, None, None, None]}, on=None, engine=engine))
    assert error.params == {"row": 3 if engine == "blocks" else "id Q3"}
    free = policy(discounts("5%", "15%", "30%"), effective_from=date(2026, 7, 1))
    versions = Timeline((Entry(date(2026, 1, 1), rules), Entry(date(2026, 7, 1), free)))
    assert asked(versions, table | {"date": days, "cost": [1, None, None, None]}, on=None, engine=engine).check()
    margins = Limit(id="margins", measure="margin", at="net", per="line", rows=(Row(level="rep", limit="20%"), Row(level="manager")))
    assert refused(lambda: asked(policy(margins), table, engine=engine)).code == "frames.null"
    unneeded = policy(discounts("5%", "15%", "30%"))
    assert asked(unneeded, TABLE | {"cost": [None] * 4}, engine=engine, columns={"cost": "id"}).check()


@ENGINES
def test_guidance(engine: str) -> None:
    """The floor price of a price book may stand in the row."""
    rules = policy(discounts("5%", "15%", "30%"), floors=(GuidanceFloor(id="book", at="net", per="line", below="head", share="100%"),))
    done = asked(rules, TABLE | {"guidance": [9_700, 8_800, 0, None]}, engine=engine)
    assert done.lines["level"].to_list() == ["head", "manager", "head", ""]
    assert done.check()


@ENGINES
def test_no_price_asked(engine: str) -> None:
    """Where the table says that no price is told, the list price is asked."""
    done = asked(policy(discounts("5%", "15%")), TABLE, columns={"price": None, "discount": None}, engine=engine)
    assert done.lines["verdict"].to_list() == ["allowed"] * 4
    assert done.check()


@ENGINES
def test_levels_of_rows(engine: str) -> None:
    """Each row may tell who asks; a level that the ladder has not is refused, and so is an empty cell."""
    who = TABLE | {"level": ["rep", "manager", "head", "head"]}
    done = asked(RULES, who, level=None, outputs={"verdict": "verdict", "level": "needed"}, engine=engine)
    assert done.lines["verdict"].to_list() == ["allowed", "allowed", "refused", "refused"]
    assert done.check()
    for wrong in ("chief", None):
        error = refused(lambda wrong=wrong: asked(RULES, TABLE | {"level": ["rep", wrong, "rep", "rep"]}, level=None, outputs=("verdict",), engine=engine))
        assert error.code == "approvals.unknown_level"
    above = policy(discounts("5%", "15%", "30%"), own_range="asks_above")
    assert asked(above, TABLE, engine=engine).lines["level"].to_list() == ["manager", "manager", "head", ""]
    assert asked(above, TABLE, engine=engine, level="head").lines["verdict"].to_list() == ["allowed"] * 3 + ["refused"]
    assert asked(above, who, engine=engine, level=None, outputs=("rank",)).check()


@ENGINES
def test_days(engine: str) -> None:
    """Each row is judged by the rules of its day, a return or an amendment by those of the original order."""
    later = policy(discounts("1%", "2%", "3%"), effective_from=date(2026, 7, 1), price_date="shipped")
    first = policy(discounts("5%", "15%", "30%"), price_date="shipped")
    versions = Timeline((Entry(date(2026, 1, 1), first), Entry(date(2026, 7, 1), later)))
    table = TABLE | {"shipped": [date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 1)], "first": [None, None, None, DAY]}
    kinds = {"first": date}
    native = BACKENDS["polars"](table, kinds)
    done = frames.validate(versions, native, level="rep", engine=engine, outputs=("level", "rule.discounts"))
    assert done.lines["level"].to_list() == ["", "manager", "", ""]
    done = frames.validate(versions, native, level="rep", engine=engine, columns={"original": "first"}, outputs=("rank",))
    assert done.lines["rank"].to_list() == [0, 1, 3, 3]
    assert done.check()
    none = native.with_columns(first=polars.lit(None, dtype=polars.Date))
    assert frames.validate(versions, none, level="rep", engine=engine, columns={"original": "first"}).lines["level"].to_list() == ["", "manager", "", ""]
    every = native.with_columns(first=polars.lit(date(2026, 1, 1)))
    assert frames.validate(versions, every, level="rep", engine=engine, columns={"original": "first"}).lines["level"].to_list() == ["", "manager", "head", ""]
    for when, code in ((date(2025, 12, 31), "timeline.before"), (date(2027, 1, 1), "timeline.after")):
        closed = policy(discounts("5%"), effective_until=date(2027, 1, 1))
        assert refused(lambda when=when, closed=closed: asked(closed, TABLE | {"date": [when] * 4}, on=None, engine=engine)).code == code
    assert refused(lambda: asked(RULES, TABLE | {"date": [DAY, None, DAY, DAY]}, on=None, engine="expressions")).code == "frames.null"
    assert refused(lambda: asked(RULES, TABLE | {"date": ["2026-03-02"] * 4}, on=None, engine=engine)).code == "frames.dates"


@ENGINES
def test_versions_with_rules_of_their_own(engine: str) -> None:
    """A rule that only one version has stands against no row of the other; dimensions are looked up by the rules of each."""
    pumps = discounts("1%", "2%", name="pumps", scope=Scope(category=("pump",)))
    later = policy(discounts("50%", "60%"), pumps, effective_from=date(2026, 7, 1))
    versions = Timeline((Entry(date(2026, 1, 1), RULES), Entry(date(2026, 7, 1), later)))
    table = TABLE | {"date": [DAY, DAY, date(2026, 8, 1), date(2026, 8, 1)], "category": ["pump", None, "pump", "seal"]}
    done = asked(versions, table, on=None, engine=engine, outputs=("level", "rule.pumps", "rule.margin"))
    assert done.lines["level"].to_list() == ["", "manager", "", ""]
    assert done.lines["rule.pumps"].to_list() == [False, False, True, False]
    assert done.lines["rule.margin"].to_list() == [False, False, False, False]
    assert done.check()


# Scopes


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_scopes(backend: str) -> None:
    """The most specific limit counts; names may be texts or numbers, and an empty cell is an empty name."""
    rules = policy(
        discounts("5%", "15%", "30%"),
        discounts("12%", "20%", name="pumps", scope=Scope(category=("1",))),
        discounts("1%", "2%", name="unnamed", scope=Scope(category=("",))),
        floors=(
            MarkupFloor(id="markup", at="net", per="line", below="head", scope=Scope(region=("north",)), markup="50%"),
            ListFloor(id="list", at="net", per="line", below="warning", share="90%"),
        ),
    )
    table = TABLE | {"category": [1, 1, 2, 2], "region": ["north", "", "south", None]}
    kinds = {"category": int, "region": str}
    done = frames.validate(rules, BACKENDS[backend](table, kinds), level="rep", on=DAY, outputs=("level", "floor", "rule.list"))
    told = collected(done.lines, by="id")
    assert told["level"] == ["head", "", "head", ""]
    assert told["floor"] == [10_500, 90_000, 27_000, 18_000]
    assert told["rule.list"] == [False, True, True, True]
    assert done.check()


def test_many_names() -> None:
    """Scopes may name more combinations than are numbered beforehand: then those that the table has are looked up."""
    names = tuple(f"P{number}" for number in range(200))
    rules = policy(
        discounts("5%", "15%", "30%"),
        *(discounts("1%", "2%", name=name, scope=Scope(product=(name,))) for name in names),
        discounts("3%", "4%", name="who", scope=Scope(customer=names)),
    )
    table = TABLE | {"product": ["P1", "P300", None, "P7"], "customer": ["", "P5", "P500", "P9"]}
    told = [asked(rules, table, engine=engine).lines["level"].to_list() for engine in ("blocks", "expressions")]
    assert told[0] == told[1]
    assert asked(rules, table).check()


@ENGINES
def test_rows_that_no_limit_covers(engine: str) -> None:
    """A row that no limit covers is refused by its names; where there is no such row, nothing is."""
    rules = policy(discounts("5%", "15%", name="pumps", scope=Scope(category=("pump",))))
    assert asked(rules, TABLE | {"category": ["pump"] * 4}, engine=engine).check()
    error = refused(lambda: asked(rules, TABLE | {"category": ["pump", "pump", "seal", None]}, engine=engine))
    assert (error.code, error.params["told"]) == ("pricing.no_limit", "category 'seal'")
    later = policy(discounts("5%", "15%"), effective_from=date(2026, 7, 1))
    versions = Timeline((Entry(date(2026, 1, 1), rules), Entry(date(2026, 7, 1), later)))
    table = TABLE | {"category": ["pump", "seal", "seal", "pump"], "date": [DAY, date(2026, 8, 1), date(2026, 8, 1), DAY]}
    assert asked(versions, table, on=None, engine=engine).check()


@ENGINES
def test_names_that_are_not_told(engine: str) -> None:
    """A table may say that it does not tell a dimension: every row then has an empty name."""
    rules = policy(discounts("5%", "15%"), discounts("1%", "2%", name="pumps", scope=Scope(category=("pump",))))
    assert asked(rules, TABLE, columns={"category": None}, engine=engine).lines["level"].to_list() == ["", "manager", "", ""]
    assert refused(lambda: asked(rules, TABLE, engine=engine)).path == "columns.category"


@pytest.mark.parametrize("combine", ["all", "highest", "most_specific"])
@ENGINES
def test_floors_together(engine: str, combine: str) -> None:
    """Floors of several kinds bind as the policy combines them."""
    floors = (
        ListFloor(id="list", at="net", per="line", below="manager", share="90%"),
        MarginFloor(id="pumps", at="net", per="line", below="nobody", margin="20%", scope=Scope(category=("pump",))),
        MarginFloor(id="seals", at="net", per="line", below="head", margin="25%", scope=Scope(category=("seal",))),
        MarkupFloor(id="markup", at="invoice", per="line", below="warning", markup="25%"),
    )
    rules = policy(discounts("50%", "60%", "70%"), floors=floors, combine=combine)
    table = TABLE | {"category": ["pump", "seal", "pump", "valve"]}
    names = ("level", "rank", "floor", "shortfall", *(f"rule.{floor.id}" for floor in floors))
    done = asked(rules, table, engine=engine, outputs=names)
    assert done.check()
    assert asked(rules, table, engine=engine, outputs=names, level="head").check()


@ENGINES
def test_money_that_decides(engine: str) -> None:
    """Amounts of money are those of the whole line, and prices those of one unit."""
    rows = (Row(level="rep", limit="50"), Row(level="manager", limit="110.5"), Row(level="head"))
    amount = Limit(id="amount", measure="amount", at="net", per="line", rows=rows)
    price = Limit(id="price", measure="price", at="net", per="line", rows=(Row(level="rep", limit="70"), Row(level="manager", limit="65")))
    done = asked(policy(amount, price), TABLE, engine=engine, outputs=("level", "rule.amount", "rule.price"))
    assert done.lines["level"].to_list() == ["", "head", "manager", ""]
    assert done.lines["rule.price"].to_list() == [False, False, False, True]
    assert done.check()


@ENGINES
def test_concessions_from_the_book(engine: str) -> None:
    """Rows are priced already: what a price book would give is the list price."""
    rules = policy(attrs.evolve(discounts("5%", "15%", "30%"), of="book"))
    done = asked(rules, TABLE, engine=engine)
    assert done.lines["level"].to_list() == ["", "manager", "head", ""]
    assert done.check()


def test_large_amounts() -> None:
    """What may not fit 64 bits is refused by expressions and carried by blocks."""
    table = TABLE | {"quantity": [10**12] * 4, "list_price": [10**13] * 4, "price": [9 * 10**12] * 4}
    rules = policy(Limit(id="amount", measure="amount", at="net", per="line", rows=(Row(level="rep", limit="50"), Row(level="manager"))))
    assert refused(lambda: asked(rules, table, engine="expressions")).code == "frames.too_large"
    assert asked(rules, table).lines["level"].to_list() == ["manager"] * 4
    assert asked(rules, table).check()


def test_very_many_levels() -> None:
    """Ladders may have more rungs than eight bits count."""
    names = [f"L{number}" for number in range(150)]
    rows = tuple(Row(level=name, limit=f"{number}/200") for number, name in enumerate(names, start=1))
    rules = PricePolicy(
        id="prices",
        currency="CNY",
        effective_from=DAY,
        own_range="granted",
        combine="all",
        levels=tuple(Level(id=name) for name in names),
        limits=(Limit(id="discounts", measure="discount", at="net", per="line", rows=rows),),
    )
    table = {"list_price": [200] * 5, "price": [200, 100, 51, 50, 49], "who": ["L0", "L9", "L149", "L99", "L120"]}
    for engine in ("blocks", "expressions"):
        done = asked(rules, table, level=None, columns={"level": "who"}, engine=engine, outputs=("rank", "level", "rule.discounts"))
        assert done.lines["rank"].to_list() == [0, 99, 148, 149, 150]
        assert done.check()


# What is refused


@ENGINES
def test_wrong_numbers(engine: str) -> None:
    """Numbers that no quote has are refused with the column, the row and the value."""
    cases: list[tuple[dict[str, list[Any]], str, dict[str, Any]]] = [
        ({"quantity": [1, 0, 1, -1]}, "frames.quote_quantity", {"row": 1}),
        ({"price": [1, 2, -3, 4]}, "frames.quote_negative", {"row": 2, "value": -3}),
        ({"list_price": [-1, 2, 3, 4]}, "frames.quote_negative", {"row": 0, "value": -1}),
        ({"cost": [1, None, 3, 4]}, "frames.null", {"row": 1 if engine == "blocks" else "id Q1"}),
    ]
    for more, code, params in cases:
        error = refused(lambda more=more: asked(RULES, TABLE | more, engine=engine))
        assert (error.code, error.path, error.params) == (code, f"column {next(iter(more))}", params)
    error = refused(lambda: asked(RULES, without("price", discount=[0, 10_001, 0, 0]), engine=engine))
    assert (error.code, error.params) == ("frames.quote_discount", {"row": 1, "value": 10_001})
    assert refused(lambda: asked(RULES, without("price", discount=[0, -1, 0, 0]), engine=engine)).code == "frames.quote_negative"
    assert refused(lambda: asked(RULES, TABLE | {"price": [1.5] * 4}, engine=engine)).code == "frames.float"
    named = policy(discounts("5%", "15%"), discounts("1%", "2%", name="pumps", scope=Scope(category=("1.0",))))
    assert refused(lambda: asked(named, TABLE | {"category": [1.0] * 4}, engine=engine)).code == "frames.float"
    huge = BACKENDS["polars"](TABLE).with_columns(cost=polars.Series([1, 2, 2**63, 3], dtype=polars.UInt64))
    error = refused(lambda: frames.validate(RULES, huge, level="rep", on=DAY, engine=engine))
    assert (error.code, error.params) == ("frames.bound", {"row": 2, "value": 2**63})


@pytest.mark.parametrize("backend", backends("polars-lazy", "duckdb"))
def test_wrong_rows_of_queries(backend: str) -> None:
    """A row of a query is named by its id; without ids its place is unknown."""
    table = BACKENDS[backend](TABLE | {"price": [1, 2, -3, 4]})
    error = refused(lambda: frames.validate(RULES, table, level="rep", on=DAY))
    assert error.params == {"row": "id Q2", "value": -3}
    unnamed = BACKENDS[backend](without("id", price=[1, 2, None, 4]))
    assert refused(lambda: frames.validate(RULES, unnamed, level="rep", on=DAY)).params == {"row": "of unknown place"}
    returned = BACKENDS[backend](TABLE)
    assert frames.validate(RULES, returned, level="rep", on=DAY).check()


def test_wrong_questions() -> None:
    """Fields, outputs, engines and levels that do not exist are refused; the message tells what there is."""
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"columns": {"prise": "price"}}, "frames.quote_field"),
        ({"columns": {"zzzzzz": "price"}}, "frames.quote_field"),
        ({"columns": {"price": "prise"}}, "frames.no_column"),
        ({"columns": {"price": "price", "discount": "cost"}}, "frames.quote_twice"),
        ({"outputs": ("verdikt",)}, "frames.output"),
        ({"outputs": ("rule.nothing",)}, "frames.output"),
        ({"outputs": {"verdict": "price"}}, "frames.taken"),
        ({"engine": "fast"}, "frames.engine"),
        ({"level": "chief"}, "approvals.unknown_level"),
        ({"level": None}, "frames.quote_needs"),
        ({"on": None}, "frames.quote_needs"),
    ]
    for more, code in wrong:
        assert refused(lambda more=more: asked(RULES, TABLE, **more)).code == code
    arrow = BACKENDS["pyarrow"](TABLE)
    assert refused(lambda: frames.validate(RULES, arrow, level="rep", on=DAY, engine="expressions")).code == "frames.engine_table"
    assert refused(lambda: frames.validate(RULES, [1], level="rep", on=DAY)).code == "frames.library"


def test_parts_without_a_meaning() -> None:
    """Rules for orders as a whole and tax have no meaning in rows; the part is named."""
    whole = Limit(id="orders", measure="amount", at="net", per="order", rows=(Row(level="rep", limit="100"),))
    for rules, part in ((policy(whole), "orders"), (policy(discounts("5%"), tax="net"), "tax")):
        assert refused(lambda rules=rules: asked(rules, TABLE)).params == {"part": part}


# A field that is not named is the column of its name


ANYTHING = Row(level="head")
LINE: dict[str, list[Any]] = {"id": ["Q"], "quantity": [1], "list_price": [10_000], "price": [10_000], "cost": [5_000]}
"""A line that concedes nothing."""
SHARE: dict[str, Any] = {"at": "net", "per": "line", "below": "head", "share": "100%"}
AMOUNT = Limit(id="amount", measure="amount", at="net", per="line", rows=(Row(level="rep", limit="100"), ANYTHING))
GRANTS = discounts("5%", "15%", "30%")


def changed(**more: Any) -> dict[str, list[Any]]:
    """The line with columns of its own, or without."""
    return {name: values for name, values in (LINE | more).items() if values}


READ: dict[str, tuple[PricePolicy, dict[str, list[Any]]]] = {
    "quantity": (policy(AMOUNT), changed(quantity=[100], price=[9_800])),
    "free": (policy(GRANTS), changed(free=[90])),
    "price": (policy(GRANTS), changed(price=[8_500])),
    "net": (policy(GRANTS), changed(price=[], net=[8_500])),
    "discount": (policy(GRANTS), changed(price=[], discount=[1_500])),
    "last_price": (policy(GRANTS, floors=(LastPriceFloor(id="floor", **SHARE),)), changed(last_price=[10_001])),
    "contract_price": (policy(GRANTS, floors=(ContractPriceFloor(id="floor", **SHARE),)), changed(contract_price=[10_001])),
    "guidance": (policy(GRANTS, floors=(GuidanceFloor(id="floor", **SHARE),)), changed(guidance=[10_001])),
    **{
        name: (policy(GRANTS, discounts("1%", "2%", "30%", name="own", scope=Scope(**{name: ("A",)}))), changed(price=[9_700], **{name: ["A"]}))
        for name in DIMENSIONS
    },
}
"""By field, rules and a line that is allowed only where the field is not read."""


@pytest.mark.parametrize("field", READ)
@ENGINES
def test_fields_that_are_not_named(field: str, engine: str) -> None:
    """A column called like a field is read as if it were named; a field that is switched off is not."""
    rules, table = READ[field]
    named = {"own" if name == field else name: values for name, values in table.items()}
    told = [asked(rules, table, engine=engine), asked(rules, named, engine=engine, columns={field: "own"})]
    assert [done.lines["verdict"].to_list() for done in told] == [["needs_approval" if field != "free" else "refused"]] * 2
    assert all(done.check() for done in told)
    off = asked(rules, table, engine=engine, columns={field: None, "price": None} if field in {"net", "discount"} else {field: None})
    assert off.lines["verdict"].to_list() == ["allowed"]


MARGINS = policy(GRANTS, floors=(MARGIN,))


@pytest.mark.parametrize(
    ("field", "table"),
    [
        ("list_price", changed(list_price=[12_000])),
        ("list", changed(list_price=[], list=[12_000])),
        ("cost", changed(cost=[9_999])),
        ("line_cost", changed(cost=[], line_cost=[9_999])),
    ],
)
@ENGINES
def test_amounts_that_no_line_is_without(field: str, table: dict[str, list[Any]], engine: str) -> None:
    """List prices, and costs that rules ask for, are read from the column of their name, and are not switched off."""
    named = {"own" if name == field else name: values for name, values in table.items()}
    told = [asked(MARGINS, table, engine=engine), asked(MARGINS, named, engine=engine, columns={field: "own"})]
    assert [done.lines["verdict"].to_list() == ["allowed"] for done in told] == [False, False]
    assert all(done.check() for done in told)
    unit = {"list": "list_price", "line_cost": "cost"}.get(field, field)
    assert refused(lambda: asked(MARGINS, table, engine=engine, columns={field: None, unit: None})).code == "frames.quote_must"


@pytest.mark.parametrize(("price_date", "field"), [("ordered", "date"), ("shipped", "shipped"), ("invoiced", "invoiced")])
@ENGINES
def test_days_that_are_not_named(price_date: Any, field: str, engine: str) -> None:
    """The day stands in the column of its name; that of the original order goes before it, unless it is switched off."""
    later = policy(discounts("30%"), effective_from=date(2026, 7, 1), price_date=price_date)
    versions = Timeline((Entry(date(2026, 1, 1), policy(GRANTS, price_date=price_date)), Entry(date(2026, 7, 1), later)))
    table = changed(price=[8_500], **{field: [date(2026, 7, 1)]}, original=[DAY])
    assert asked(versions, table, on=None, engine=engine).lines["verdict"].to_list() == ["needs_approval"]
    assert asked(versions, table, on=None, engine=engine).check()
    assert asked(versions, table, on=None, engine=engine, columns={"original": None}).lines["verdict"].to_list() == ["allowed"]
    assert refused(lambda: asked(versions, table, on=None, engine=engine, columns={field: None})).code == "frames.quote_must"
    wrong = table | {"original": [date(2026, 7, 2)]}
    error = refused(lambda: asked(versions, wrong, on=None, engine=engine))
    assert (error.code, error.path, error.params) == ("frames.quote_original", "column original", {"row": 0, "value": date(2026, 7, 2)})
    empty = BACKENDS["polars"](table | {field: [None]}, {field: date})
    assert frames.validate(versions, empty, level="rep", engine=engine).lines["verdict"].to_list() == ["needs_approval"]
    replayed = frames.replay(later, versions, BACKENDS["polars"](table), level="rep", engine=engine)
    assert replayed.lines["after_verdict"].to_list() == ["needs_approval"]


def test_who_asks_and_ids_that_are_not_named() -> None:
    """Who asks and what rows are called stand in the columns of their names."""
    table = changed(price=[8_500], level=["rep"])
    done = asked(policy(GRANTS), table, level=None, outputs=("verdict",))
    assert done.lines["verdict"].to_list() == ["needs_approval"]
    assert done.explain("Q").level == "manager"
    assert refused(lambda: asked(policy(GRANTS), table, level=None, outputs=("verdict",), columns={"level": None})).code == "frames.quote_must"
    assert asked(policy(GRANTS), table, outputs=("verdict",), columns={"id": None}).explain(0).quote.id == "row 0"


@pytest.mark.parametrize(
    ("more", "pair"),
    [
        ({"discount": [9_000]}, ("price", "discount")),
        ({"net": [100]}, ("price", "net")),
        ({"price": [], "net": [100], "discount": [0]}, ("net", "discount")),
        ({"list": [10_000]}, ("list_price", "list")),
        ({"line_cost": [1]}, ("cost", "line_cost")),
    ],
)
def test_amounts_told_twice(more: dict[str, list[Any]], pair: tuple[str, str]) -> None:
    """Two columns that tell the same amount are refused, named or not, until one is switched off; what no rule reads may stand twice."""
    table = changed(**more)
    for columns in ({}, {pair[1]: pair[1]}, {name: name for name in pair}):
        error = refused(lambda columns=columns: asked(MARGINS, table, columns=columns))
        assert (error.code, error.path, error.params) == ("frames.quote_twice", f"columns.{pair[1]}", dict(zip(("one", "other"), pair, strict=True)))
    for name in pair:
        assert asked(MARGINS, table, columns={name: None}).check()
    assert asked(policy(GRANTS), changed(line_cost=[1])).check()


def test_free_units_beside_whole_lines() -> None:
    """Free units need the number of those that are paid for, and a price of these that does not hang on the whole line at list prices."""
    rules = policy(GRANTS)
    assert refused(lambda: asked(rules, changed(quantity=[], free=[1]))).path == "columns.quantity"
    for more in ({"discount": [400]}, {}):
        assert (
            refused(lambda more=more: asked(rules, changed(price=[], list_price=[], list=[10_000], free=[1], **more), columns={"price": None})).code
            == "frames.quote_free"
        )
    for asks in ({"net": [9_000]}, {"price": [9_000]}):
        assert asked(rules, changed(**{"price": []} | asks, list_price=[], list=[20_000], free=[1])).check()


# Days on which nothing is in force


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_versions_that_end_early(backend: str) -> None:
    """A day between the end of a version and the start of the next is refused, as the version alone refuses it; so is one before the version itself begins."""
    first = policy(GRANTS, effective_until=date(2026, 6, 1))
    late = policy(GRANTS, effective_from=date(2026, 8, 1), effective_until=date(2026, 10, 1))
    versions = Timeline((Entry(date(2026, 1, 1), first), Entry(date(2026, 7, 1), late)))
    inside = [date(2026, 5, 31), date(2026, 8, 1), date(2026, 9, 30), DAY]
    assert frames.validate(versions, BACKENDS[backend](TABLE | {"date": inside}), level="rep").check()
    early = [DAY, date(2026, 5, 31), DAY, DAY]
    assert frames.validate(versions, BACKENDS[backend](TABLE | {"date": early}), level="rep").check()
    outside = ((date(2026, 6, 1), "after"), (date(2026, 6, 30), "after"), (date(2026, 7, 1), "before"), (date(2026, 10, 1), "after"))
    for day, when in outside:
        for days in ([DAY, day, date(2026, 9, 1), DAY], [day] * 4):
            table = BACKENDS[backend](TABLE | {"date": days})
            for run in (
                lambda table=table: frames.validate(versions, table, level="rep"),
                lambda table=table: frames.replay(RULES, versions, table, level="rep"),
            ):
                error = refused(run)
                assert (error.code, error.params["day"]) == (f"timeline.{when}", day)
    assert refused(lambda: asked(versions, TABLE, on=date(2026, 6, 1))).code == "timeline.after"


def test_versions_with_price_dates_of_their_own() -> None:
    """Rows cannot be told apart by versions that go by different days; on one day for all they can."""
    later = policy(GRANTS, effective_from=date(2026, 7, 1), price_date="shipped")
    versions = Timeline((Entry(date(2026, 1, 1), RULES), Entry(date(2026, 7, 1), later)))
    table = TABLE | {"date": [DAY] * 4, "shipped": [date(2026, 8, 1)] * 4}
    for run in (lambda: asked(versions, table, on=None), lambda: frames.replay(RULES, versions, BACKENDS["polars"](table), level="rep")):
        error = refused(run)
        assert (error.code, error.params) == ("frames.quote_price_date", {"known": "ordered, shipped"})
    assert asked(versions, table, on=date(2026, 8, 1)).lines["level"].to_list() == ["", "manager", "head", ""]


# A change replayed


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_replay(backend: str) -> None:
    """Who would now need what: how many rows move from each answer to each, what they are worth, and which rows they are."""
    stricter = policy(discounts("4%", "10%"), floors=(MARGIN,), effective_from=date(2027, 1, 1))
    done = frames.replay(RULES, stricter, BACKENDS[backend](TABLE), level="rep")
    told = [(move.before, move.after, move.rows, str(move.list_value)) for move in done.moves]
    assert told == [
        (("allowed", ""), ("allowed", ""), 1, "100.00 CNY"),
        (("needs_approval", "manager"), ("refused", ""), 1, "1000.00 CNY"),
        (("refused", ""), ("refused", ""), 2, "500.00 CNY"),
    ]
    assert done.changed == 1
    rows = collected(done.lines)
    assert (rows["id"], rows["before_level"], rows["after_verdict"]) == (["Q1"], ["manager"], ["refused"])
    assert list(rows) == [*TABLE, "before_verdict", "before_level", "after_verdict", "after_level"]


def test_replay_of_versions() -> None:
    """Timelines are replayed by the day of each row."""
    later = policy(discounts("1%", "2%", "3%"), effective_from=date(2026, 7, 1))
    versions = Timeline((Entry(date(2026, 1, 1), RULES), Entry(date(2026, 7, 1), later)))
    table = BACKENDS["polars"](TABLE | {"date": [DAY, date(2026, 8, 1), DAY, DAY]})
    done = frames.replay(RULES, versions, table, level="rep")
    assert [(move.before, move.after) for move in done.moves if move.changed] == [(("needs_approval", "manager"), ("refused", ""))]
    assert frames.replay(versions, versions, table, level="rep").changed == 0


def test_replay_refused() -> None:
    """Two currencies cannot be held against each other, nor can sums past 64 bits be made."""
    euros = attrs.evolve(RULES, currency="EUR")
    assert refused(lambda: frames.replay(RULES, euros, BACKENDS["polars"](TABLE), level="rep")).code == "frames.replay_currency"
    table = BACKENDS["polars"](TABLE | {"quantity": [3_000_000] * 4, "list_price": [10**12] * 4})
    assert refused(lambda: frames.replay(RULES, RULES, table, level="rep")).code == "frames.replay_large"
