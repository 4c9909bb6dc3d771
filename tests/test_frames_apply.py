"""`apply` itself: what may be asked of it, what it gives back, and what it refuses."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest

from salesrules.bands import Lookup, ValueBand
from salesrules.commission import Cap, Rate, RateEntry, Returns, State, Tiers
from salesrules.errors import SalesRulesError
from salesrules.text import error_message
from salesrules.timeline import Entry, Timeline
from tests.backends import BACKENDS, EAGER, backends, collected
from tests.commission_plans import cny, component, flat, marginal, plan, whole

pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")
polars: Any = pytest.importorskip("polars")

RECOMPUTE = Returns(rate="recompute")
FREE = plan(component(flat("3%")), returns=RECOMPUTE)
TIERS = Tiers(table=marginal((0, "3%"), (500, "5%")), over="year")
TIERED = plan(component(TIERS), returns=RECOMPUTE)
PEOPLE = ["chen", "li", "wang", "li"] * 6
TABLE: dict[str, list[Any]] = {
    "id": [f"S{number:02}" for number in range(24)],
    "date": [date(2026, 1, 5) + timedelta(days=number * 3) for number in range(24)],
    "person": PEOPLE,
    "amount": [17_001, 21_100, -300, 90_903, 5, 60_000] * 4,
}
EVERYWHERE = (*EAGER, "polars-lazy", "duckdb")
RULES = pytest.mark.parametrize("rules", [FREE, TIERED], ids=["free", "tiered"])


def refused(run: Any) -> SalesRulesError:
    """The error with which something is refused."""
    with pytest.raises(SalesRulesError) as caught:
        run()
    return caught.value


def pays(done: Any) -> list[int]:
    """What the rows are paid, by id."""
    found: list[int] = collected(done.lines, by="id")["pay"]
    return found


# What may be asked for


def test_progress() -> None:
    """On tables in memory the callback hears of every chunk, the last of which ends the table; so where the rows stand alone."""
    for rules in (FREE, TIERED):
        heard: list[tuple[int, int]] = []
        done = frames.apply(rules, BACKENDS["polars"](TABLE), progress=lambda rows, of, heard=heard: heard.append((rows, of)))
        assert heard == [(24, 24)]
        assert pays(done) == pays(frames.apply(rules, BACKENDS["polars"](TABLE)))


def test_progress_of_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It hears them one after the other."""
    monkeypatch.setattr("salesrules.frames.eager._CHUNK", 10)
    heard: list[tuple[int, int]] = []
    frames.apply(TIERED, BACKENDS["pandas"](TABLE), progress=lambda rows, of: heard.append((rows, of)))
    assert heard == [(10, 24), (20, 24), (24, 24)]


@RULES
@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_outputs(backend: str, rules: Any) -> None:
    """What is asked for comes under the name that is given, behind the user's own columns, and nothing else does."""
    native = BACKENDS[backend](TABLE)
    both = collected(frames.apply(rules, native, outputs=("pay", "by_rule", "credited", "period")).lines, by="id")
    assert list(both) == [*TABLE, "pay", "by_rule", "credited", "period"]
    assert (both["credited"], both["period"]) == (TABLE["amount"], [f"{when:%Y-%m}" for when in TABLE["date"]])
    assert both["by_rule"] == both["pay"]
    done = frames.apply(rules, native, outputs={"period": "month"})
    assert list(collected(done.lines)) == [*TABLE, "month"]
    assert sum(collected(done.totals)["pay"]) == sum(both["pay"])
    assert done.check(2)
    assert done.explain("S03").pay.minor == both["pay"][3]


@RULES
@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_totals_of_lines(backend: str, rules: Any) -> None:
    """Totals can be made of the lines once they were written, in any library; what their rows do not tell is needed as outputs."""
    done = frames.apply(rules, BACKENDS[backend](TABLE), outputs={"pay": "bonus", "credited": "sold", "period": "month"})
    written = BACKENDS["pyarrow"](collected(done.lines))
    told = collected(done.totals_of(written), by=("person", "period"))
    assert told == collected(done.totals, by=("person", "period"))
    alone = frames.apply(rules, BACKENDS[backend](TABLE), outputs={"pay": "bonus"})
    assert collected(alone.totals_of(written), by=("person", "period")) == told
    error = refused(lambda: alone.totals_of(BACKENDS["pyarrow"]({name: values for name, values in collected(done.lines).items() if name != "date"})))
    assert (error.code, error.params) == ("frames.outputs", {"name": "credited"})


def test_names_that_are_taken() -> None:
    """An output never replaces a column."""
    for outputs in ({"pay": "amount"}, {"pay": "p", "credited": "person"}):
        assert refused(lambda outputs=outputs: frames.apply(FREE, BACKENDS["polars"](TABLE), outputs=outputs)).code == "frames.taken"


@RULES
@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_rows_that_nobody_can_name(backend: str, rules: Any) -> None:
    """A table without ids needs an order; its rows are paid and checked, but none can be asked for."""
    table = {name: TABLE[name] for name in ("date", "person", "amount")}
    done = frames.apply(rules, BACKENDS[backend](table), order="date")
    assert sum(collected(done.lines)["pay"]) == sum(pays(frames.apply(rules, BACKENDS[backend](TABLE))))
    assert refused(lambda: done.explain("S01")).code == "frames.no_id"
    assert done.check()
    again = frames.apply(rules, BACKENDS[backend](TABLE), columns={"id": None}, order=["date"])
    assert refused(lambda: again.explain("S01")).code == "frames.no_id"


@pytest.mark.parametrize("backend", backends("polars", "pandas"))
def test_returns_need_ids(backend: str) -> None:
    """Returns and joint sales name sales by their ids."""
    table = BACKENDS[backend](TABLE | {"returns": [""] * 24})
    assert refused(lambda: frames.apply(TIERED, table, columns={"id": None}, order="date")).path == "columns.returns"
    splits = BACKENDS[backend]({"id": ["S00"], "person": ["li"], "share": ["100%"]})
    error = refused(lambda: frames.apply(TIERED, BACKENDS[backend](TABLE), columns={"id": None}, order="date", splits=splits))
    assert (error.code, error.path) == ("frames.no_id", "columns.splits")


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_how_many_people_are_checked(backend: str) -> None:
    """As many as asked for, spread over all; none at all where none is asked for."""
    done = frames.apply(TIERED, BACKENDS[backend](TABLE))
    assert done.check(1).people == ("chen",)
    assert done.check(2).people == ("chen", "li")
    assert done.check(9).people == ("chen", "li", "wang")
    assert (done.check(9).rows, bool(done.check(9))) == (24, True)
    assert done.check(0).people == ()


# Engines


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_engines_make_the_same(backend: str) -> None:
    """Whichever engine is asked for, pay, totals and state are the same; tables in memory have no expressions, except for polars."""
    native = BACKENDS[backend](TABLE)
    done = frames.apply(TIERED, native)
    for engine in ("blocks", "expressions"):
        if engine == "expressions" and backend in {"pandas", "pandas-arrow", "pyarrow"}:
            error = refused(lambda: frames.apply(TIERED, native, engine="expressions"))
            assert (error.code, error.params["kind"]) == ("frames.engine_table", backend.removesuffix("-arrow"))
            continue
        other = frames.apply(TIERED, native, engine=engine)
        assert (pays(other), other.state) == (pays(done), done.state)
        assert collected(other.totals, by=("person", "period")) == collected(done.totals, by=("person", "period"))
        assert sorted(other.by_component(), key=str) == sorted(done.by_component(), key=str)
        assert type(other.lines) is type(native)


def test_what_expressions_leave_to_blocks() -> None:
    """Returns and joint sales are refused by expressions, with what to do."""
    lazy = BACKENDS["polars"](TABLE | {"returns": ["", "S00", *[""] * 22]}).lazy()
    assert refused(lambda: frames.apply(TIERED, lazy)).code == "sale.return_sign"
    assert pays(frames.apply(TIERED, BACKENDS["polars"](TABLE | {"returns": [None] * 24}, {"returns": str}).lazy())) == pays(
        frames.apply(TIERED, polars.DataFrame(TABLE))
    )


def test_rows_that_stand_alone() -> None:
    """Joint sales of a plan without memory are divided, and decimals and timestamps are read, whatever would be quicker without them."""
    splits = BACKENDS["polars"]({"id": ["S00", "S00"], "person": ["li", "wang"], "share": ["1/2", "1/2"]})
    assert len(frames.apply(FREE, polars.DataFrame(TABLE), splits=splits).lines) == 25
    told = polars.DataFrame(TABLE).with_columns(
        polars.col("date").cast(polars.Datetime), amount=polars.Series([Decimal(amount).scaleb(-2) for amount in TABLE["amount"]])
    )
    assert pays(frames.apply(FREE, told)) == pays(frames.apply(FREE, polars.DataFrame(TABLE)))
    assert refused(lambda: frames.apply(FREE, told, engine="expressions")).code == "frames.integers"


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_an_empty_table(backend: str) -> None:
    """No rows are paid nothing, and the state stays as it was."""
    empty = BACKENDS[backend]({name: [] for name in TABLE}, {"id": str, "date": date, "person": str, "amount": int})
    opening = frames.apply(TIERED, polars.DataFrame(TABLE)).state
    for rules, state in ((FREE, None), (TIERED, None), (TIERED, opening)):
        done = frames.apply(rules, empty, opening=state)
        assert collected(done.lines)["pay"] == []
        assert collected(done.totals)["pay"] == []
        assert done.state == (state or State())
        assert done.by_component() == []
        assert done.check()


def test_a_state_with_fractions() -> None:
    """Running totals that are no whole number are carried on as they are."""
    table = polars.DataFrame({**TABLE, "cost": [16_901, 20_700, -250, 90_896, -85, 59_989] * 4})
    rules = plan(component(flat("1/3"), Tiers(table=whole((0, "1/7"), (1, "5%")), over="year", by="margin")), returns=RECOMPUTE)
    whole_year, first = frames.apply(rules, table), frames.apply(rules, table.head(11))
    assert any(isinstance(value, Fraction) and value.denominator > 1 for _, _, value in first.state.totals)
    second = frames.apply(rules, table.slice(11), opening=first.state)
    assert pays(second) == pays(whole_year)[11:]
    assert second.state == whole_year.state


# Plans


def test_parts_without_columns() -> None:
    """A part that no column can tell is named, with the verb that carries it."""
    cases = {
        "frames.credit": plan(component(flat(), credit="rollup")),
        "frames.cash": plan(component(flat(), measure="cash")),
        "frames.split": attrs.evolve(FREE, split="commission"),
    }
    for code, rules in cases.items():
        error = refused(lambda rules=rules: frames.apply(rules, polars.DataFrame(TABLE)))
        assert (error.code, "use calculate" in error.message) == (code, True)
    assert refused(lambda: frames.apply(cases["frames.credit"], polars.DataFrame(TABLE))).params == {"component": "base", "credit": "rollup"}


def _versions(*plans: Any) -> Timeline[Any]:
    return Timeline(tuple(Entry(one.effective_from, one) for one in plans))


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_versions(backend: str) -> None:
    """Rows are paid by the version of their day, and totals are of its settlement period; a total over the year goes through both."""
    other = plan(component(Tiers(table=marginal((0, "1%"), (500, "9%")), over="year")), returns=RECOMPUTE, effective_from=date(2026, 2, 1), settle="quarter")
    done = frames.apply(_versions(TIERED, other), BACKENDS[backend](TABLE), outputs=("pay", "period"))
    assert set(collected(done.lines)["period"]) == {"2026-01", "2026-Q1"}
    january = [row for row, when in enumerate(TABLE["date"]) if when.month == 1]
    assert [pays(done)[row] for row in january] == [pays(frames.apply(TIERED, polars.DataFrame(TABLE)))[row] for row in january]
    assert done.check(3)
    assert done.explain("S23").pay.minor == pays(done)[23]


def test_many_bands() -> None:
    """A table of more than sixteen bands is searched, and gives what it gives one sale at a time; for whole tables and by a ratio in the row."""
    bands = [(at * 10, f"{at + 1}%") for at in range(40)]
    values = tuple(ValueBand(start=f"{at}/40", value=f"{at + 1}%") for at in range(40))
    by_discount = Rate(entries=(RateEntry(by="discount", table=Lookup(bands=values)),))
    listed = [abs(amount) * 2 + at for at, amount in enumerate(TABLE["amount"])]
    for steps in (Tiers(table=marginal(*bands), over="year"), Tiers(table=marginal(*bands, edges="(]"), over="sale"), by_discount):
        rules = plan(component(steps), returns=RECOMPUTE)
        table = polars.DataFrame(TABLE | {"list_amount": [value if amount >= 0 else -value for value, amount in zip(listed, TABLE["amount"], strict=True)]})
        done = frames.apply(rules, table, engine="blocks")
        assert done.check(3)
        assert pays(done) == pays(frames.apply(rules, table, engine="expressions"))


def test_caps_and_gates_through_versions() -> None:
    """What a version keeps that the next does not is carried in the state, and given back as it was."""
    capped = plan(component(TIERS, Cap(over="year", amount=cny("50.00"))), component(flat("1%"), id="more"), returns=RECOMPUTE)
    first = frames.apply(capped, polars.DataFrame(TABLE)[:12])
    assert any(name.startswith("base.cap") for name, _, _ in first.state.totals)
    for table in (polars.DataFrame(TABLE)[12:], polars.DataFrame(TABLE)[12:].lazy()):
        second = frames.apply(FREE, table, opening=first.state)
        assert second.state.totals == first.state.totals
        assert frames.apply(capped, table, opening=first.state).state == frames.apply(capped, polars.DataFrame(TABLE)).state


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_house_accounts(backend: str) -> None:
    """What a house account sells is credited to it, and paid to nobody."""
    rules = attrs.evolve(TIERED, house=("li",))
    done = frames.apply(rules, BACKENDS[backend](TABLE))
    alone = pays(frames.apply(TIERED, BACKENDS[backend](TABLE)))
    assert pays(done) == [0 if person == "li" else pay for person, pay in zip(PEOPLE, alone, strict=True)]
    assert sum(collected(done.totals)["credited"]) == sum(TABLE["amount"])


# Messages


def test_messages_in_chinese() -> None:
    """What is refused is said in the reader's language, with the same names."""
    error = refused(lambda: frames.apply(FREE, polars.DataFrame(TABLE), columns={"person": "persn"}))
    assert error_message(error, "zh_CN") == "表中没有列“persn”；是否想写“person”？"
    assert error_message(error, "zh_TW") == "表中沒有欄位「persn」；是否想寫「person」？"
    error = refused(lambda: frames.apply(FREE, polars.DataFrame(TABLE).drop("date")))
    assert error_message(error, "zh_CN") == "方案需要 date，而表中没有同名的列；请指明是哪一列，写成 columns={'date': ...}；表中有：id, person, amount"
    error = refused(lambda: frames.apply(plan(component(flat(), credit="rollup")), polars.DataFrame(TABLE)))
    assert error_message(error, "zh_TW") == "base 的業績歸屬為 下屬業績，而沒有任何欄位說明歸屬何人；請用 calculate 計算該辦法"
    assert "there are id, date" in refused(lambda: frames.apply(FREE, polars.DataFrame(TABLE), columns={"person": "xyz"})).message
    assert "there are id, date" in refused(lambda: frames.apply(FREE, polars.DataFrame(TABLE), columns={"xyz": "person"})).message
