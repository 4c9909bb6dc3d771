"""Returns, and rows of earlier runs, in tables that stay where they are: every figure is the one of blocks, and of one sale at a time."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from salesrules.commission import Component, Conversion, FactorStep, FxRate, Plan, Rate, RateEntry, Returns, Tiers
from salesrules.errors import FactError
from salesrules.timeline import Entry, Timeline
from tests.backends import BACKENDS, backends, collected
from tests.test_frames_returns import DAY, FLAT, KINDS, MARCH, RULES, TIERS, by_hand, pays, plan, row, wrong

frames: Any = pytest.importorskip("salesrules.frames", reason="tables need narwhals and NumPy")

HERE = backends("polars-lazy", "duckdb")
ORIGINAL = Returns(rate="original")
COMPONENTS = (Component(id="base", measure="sales", steps=(TIERS,)), Component(id="extra", measure="deals", steps=(Rate(entries=(RateEntry(amount="9.99"),)),)))


def applied(plans: Any, rows: list[dict[str, Any]], backend: str = "polars-lazy", **options: Any) -> Any:
    """The rows in a table of a library, and the plan applied to it by expressions."""
    kinds = KINDS | {name: type(value) for one in rows for name, value in one.items() if name not in KINDS and value is not None}
    table = {name: [one.get(name) for one in rows] for name in kinds}
    return frames.apply(plans, BACKENDS[backend](table, kinds), **{"outputs": ("pay", "by_rule", "credited", "period"), "engine": "expressions"} | options)


def told(done: Any) -> tuple[Any, ...]:
    """All that came out."""
    return (
        collected(done.lines, by="id"),
        collected(done.totals, by=("person", "period")),
        done.state,
        sorted(done.by_component(), key=str),
    )


def alike(plans: Any, rows: list[dict[str, Any]], backend: str = "polars-lazy", **options: Any) -> Any:
    """The plan applied by expressions, which must give what blocks give."""
    done = applied(plans, rows, backend, **options)
    assert told(done) == told(applied(plans, rows, "polars", **options | {"engine": "blocks"}))
    return done


@pytest.mark.parametrize("backend", HERE)
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_clause(backend: str, rule: Returns) -> None:
    """Each clause on returns books in a query what it books one sale at a time; the cells of the user stay as they were."""
    done = alike(plan(rule, components=COMPONENTS), MARCH, backend)
    assert pays(done) == by_hand(plan(rule, components=COMPONENTS), MARCH)
    assert pays(done, "by_rule") == by_hand(plan(rule, components=COMPONENTS), MARCH, "by_rule")
    assert pays(done, "person")["A1"] is None


def test_both_ways_in_one_plan() -> None:
    """Over months, within windows, under versions that pay back in different ways; and the check finds nothing."""
    old = plan(Returns(rate="original", mode="declining", months=6, window="200 days"), components=COMPONENTS)
    new = plan(Returns(rate="recompute", window="60 days"), start=date(2026, 4, 1))
    plans = Timeline((Entry(date(2026, 1, 1), old), Entry(date(2026, 4, 1), new)))
    assert alike(plans, [*MARCH, row("A4", date(2026, 7, 2), -5, "S3")]).check()


def test_a_hand_computed_return() -> None:
    """1% up to 1,000 and 3% above: 900 pay 9.00, 600.01 pay 1.00 + 15.00; a third of the first sale takes back 3.00 of its 9.00."""
    assert pays(applied(plan(ORIGINAL), MARCH[:3])) == {"S1": 900, "S2": 1600, "A1": -300}
    assert pays(applied(plan(Returns(rate="recompute")), MARCH[:3])) == {"S1": 900, "S2": 1600, "A1": -900}


def test_the_version_of_the_sale() -> None:
    """A return comes under the version under which its sale was made, also when the plan has ended."""
    old = plan(Returns(rate="recompute"), FLAT, Tiers(over="plan", table=TIERS.table, add=True), effective_until=date(2026, 6, 1))
    new = plan(ORIGINAL, TIERS, start=date(2026, 6, 1))
    alike(Timeline((Entry(date(2026, 1, 1), old), Entry(date(2026, 6, 1), new))), MARCH)
    late = applied(old, MARCH[:5])
    assert pays(late) == pays(applied(old, MARCH[:5], "polars", engine="blocks"))


@pytest.mark.parametrize("backend", HERE)
@pytest.mark.parametrize("quoted", [False, True])
def test_the_rate_of_exchange_of_the_sale(backend: str, quoted: bool) -> None:
    """Partial returns in another currency undo the sale exactly, at the rate of its day or of its row."""
    rule = plan(ORIGINAL, FLAT, conversion=Conversion(at="event"))
    rates = [FxRate(base="USD", quote="CNY", date=date(2026, 3, 2), rate="7.1235")]
    rows = [
        row("S1", date(2026, 3, 2), 10_001, currency="USD"),
        row("S2", date(2026, 3, 3), 77, currency=""),
        row("A1", date(2026, 4, 1), -3_333, "S1", currency="USD"),
        row("A2", date(2026, 4, 2), -6_668, "S1", currency="USD"),
        row("A3", date(2026, 4, 2), -7, "S2"),
    ]
    if quoted:
        rows = [one | {"rate": "7.1235" if one["id"] == "S1" else ""} for one in rows]
    done = alike(rule, rows, backend, rates=rates)
    assert pays(done) == by_hand(rule, [one | {"currency": one["currency"] or "CNY"} for one in rows], rates=rates)
    assert sum(pays(done, "credited").values()) == 70


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("units", [10, 0])
def test_a_sale_without_value(units: int, named: bool) -> None:
    """A sale of nothing is returned by its units, or as a whole where it has none, whether the plan counts units or not."""
    counted = Component(id="more", measure="units", steps=(Rate(entries=(RateEntry(amount="1.11"),)),))
    rule = plan(ORIGINAL, components=(COMPONENTS[1], counted) if named else COMPONENTS[1:])
    rows = [row("S1", DAY, 0, units=units), row("A1", date(2026, 4, 1), 0, "S1", units=-3 if units else 0), row("S2", DAY, 9, units=7)]
    rows += [row("A2", DAY, -3, "S2", units=-3)]
    assert pays(alike(rule, rows)) == by_hand(rule, rows)


def test_a_return_that_adds_units() -> None:
    """Units of a wrong sign in a return of a sale without value come out as they do one sale at a time, whatever sense they make."""
    rule = plan(ORIGINAL, components=COMPONENTS[1:])
    rows = [row("S1", DAY, 0, units=5), row("A1", date(2026, 4, 1), 0, "S1", units=2), row("A2", date(2026, 4, 2), 0, "S1", units=-4)]
    assert pays(alike(rule, rows)) == by_hand(rule, rows)


def test_a_table_without_units() -> None:
    """Where no column tells units, a sale of nothing is returned as a whole."""
    table = {"id": ["S1", "A1"], "date": [DAY] * 2, "person": ["ann", ""], "amount": [0, 0], "returns": ["", "S1"]}
    rule = plan(ORIGINAL, components=COMPONENTS[1:])
    assert pays(frames.apply(rule, BACKENDS["polars-lazy"](table))) == {"S1": 999, "A1": -999}


@pytest.mark.parametrize("backend", HERE)
def test_numbers_as_ids(backend: str) -> None:
    """Ids may be integers, and returns integers or texts; a text names no such sale."""
    table = {"id": [1, 2], "date": [date(2026, 3, 2)] * 2, "person": [7, 7], "amount": [1000, -500], "returns": [None, 1]}
    for returns, kind in (([None, 1], int), (["", "1"], str), ([None, 1.0], float)):
        done = frames.apply(plan(ORIGINAL, FLAT), BACKENDS[backend](table | {"returns": returns}, {"returns": kind}))
        assert collected(done.lines, by="id")["pay"] == [70, -35]
        assert collected(done.totals)["person"] == [7]
        assert done.check()
        assert done.explain(2).pay.minor == -35
    with pytest.raises(FactError, match=r"sale 2: .*\[sale.unknown_original\]"):
        frames.apply(plan(ORIGINAL, FLAT), BACKENDS[backend](table | {"returns": ["", "S1"]}))


def test_no_return_in_the_column() -> None:
    """A column of returns that is empty changes nothing."""
    rows = [row("S1", date(2026, 3, 2), 1000, ""), row("S2", date(2026, 3, 2), 1000)]
    assert pays(applied(plan(ORIGINAL, FLAT), rows)) == {"S1": 70, "S2": 70}


@pytest.mark.parametrize("backend", HERE)
def test_large_amounts(backend: str) -> None:
    """Where pay times amount passes 64 bits it is divided in two parts, negative pay too; larger ones still are refused."""
    rule = plan(
        ORIGINAL,
        components=(
            Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="300.0001%"),)),)),
            Component(id="less", measure="margin", steps=(Rate(entries=(RateEntry(rate="300.0001%"),)),)),
        ),
    )
    rows = []
    for number, (amount, parts) in enumerate([(2_000_000_011, (1_234_567_891, 765_432_119, 1)), (1_999_999_973, (999_999_986, 999_999_987))]):
        rows.append(row(f"S{number}", DAY, amount, cost=amount * 2 + 7))
        rows += [row(f"A{number}{at}", date(2026, 4, 1 + at), -part, f"S{number}", cost=-part) for at, part in enumerate(parts)]
    done = alike(rule, rows, backend)
    lines = pays(done)
    assert sum(lines.values()) == 0
    with pytest.raises(FactError) as caught:
        applied(rule, [one | {"amount": one["amount"] * 10**4} for one in rows], backend)
    assert caught.value.code == "frames.too_large"


def test_enormous_amounts_are_refused() -> None:
    """Returns whose sum could pass 64 bits are refused before anything is added up."""
    rows = [row("S1", DAY, 9 * 10**18), *(row(f"A{at}", DAY, -(4 * 10**18), "S1") for at in range(3))]
    with pytest.raises(FactError) as caught:
        applied(plan(ORIGINAL, FLAT), rows)
    assert caught.value.code == "frames.too_large"


@pytest.mark.parametrize("backend", HERE)
@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("sale.unknown_original", wrong(row("A", date(2026, 3, 3), -10, "S9"))),
        ("sale.return_of_return", wrong(row("A", date(2026, 3, 3), -10, "S1"), row("B", date(2026, 3, 4), -10, "A"))),
        ("sale.returned_before_sold", wrong(row("A", date(2026, 3, 1), -10, "S1"))),
        ("sale.returned_too_much", wrong(row("A", date(2026, 3, 3), -600, "S1"), row("B", date(2026, 3, 4), -401, "S1"))),
        ("sale.return_sign", wrong(row("A", date(2026, 3, 3), 10, "S1"))),
        ("sale.return_currency", wrong(row("A", date(2026, 3, 3), -10, "S1", currency="USD"))),
    ],
)
def test_what_is_refused(backend: str, code: str, rows: list[dict[str, Any]]) -> None:
    """What blocks refuse is refused with the same code, words and facts, and with the sale, since the rows of a query have no numbers."""
    with pytest.raises(FactError) as one:
        applied(plan(ORIGINAL), rows, "polars", engine="blocks")
    with pytest.raises(FactError) as caught:
        applied(plan(ORIGINAL), rows, backend)
    assert (caught.value.code, caught.value.params, caught.value.template) == (one.value.code, one.value.params, one.value.template)
    assert (caught.value.code, caught.value.path) == (code, f"sale {rows[-1]['id']}")


def test_more_that_is_refused() -> None:
    """Two sales with one id, an order that puts the return first or says nothing, a row for nobody, no ids, empty cells, floats."""
    rule, back = plan(ORIGINAL, FLAT), row("A", date(2026, 3, 3), -10, "S1")
    for twice in (row("S1", date(2026, 3, 3), 10), row("A", date(2026, 3, 4), -10, "S1")):
        with pytest.raises(FactError, match=rf"sale {twice['id']}: there are two sales with this id.*\[sale.duplicate\]"):
            applied(rule, wrong(twice, back))
    with pytest.raises(FactError, match=r"sale A: takes back sale S1, which the order of the rows puts behind it.*\[frames.returned_first\]"):
        applied(rule, wrong(back), order="id")
    again = row("B", date(2026, 3, 3), -10, "S1")
    with pytest.raises(FactError, match=r"2 rows have .*\[frames.same_place\]"):
        applied(rule, wrong(back, again), order=("date", "amount"))
    with pytest.raises(FactError, match=r"column person: row .*S2 is empty.*\[frames.null\]"):
        applied(rule, wrong(row("S2", date(2026, 3, 2), 10, person=""), back))
    with pytest.raises(FactError, match=r"columns.returns: .*\[frames.no_id\]"):
        applied(rule, wrong(back), order="amount", columns={"id": None})
    with pytest.raises(FactError, match=r"column amount: row .*A is empty"):
        applied(rule, wrong(back | {"amount": None}))
    with pytest.raises(FactError, match=r"column amount: holds floats"):
        frames.apply(rule, BACKENDS["polars-lazy"]({"id": ["a"], "date": [DAY], "person": ["ann"], "amount": [1.0], "returns": ["b"]}))


def test_an_order_of_ones_own() -> None:
    """Where the order is told, returns stand where it puts them."""
    rows = [one | {"place": at} for at, one in enumerate(MARCH)]
    alike(plan(Returns(rate="recompute")), rows, order="place")
    alike(plan(ORIGINAL), rows, order=("date", "place"))


def test_who_is_paid_and_for_what() -> None:
    """A return has the role, the category, the instalment and the new customer of its sale, and house accounts are left out with their returns."""
    roles = Component(id="roles", measure="new_customers", roles=("rep",), steps=(Rate(entries=(RateEntry(amount="100"),)),))
    rule = plan(ORIGINAL, components=(*COMPONENTS, roles), house=("bob",))
    rows = [one | {"role": "rep" if not one["returns"] else "boss", "new_customer": not one["returns"]} for one in MARCH]
    rows += [row("A9", date(2026, 7, 3), -5, "S3", role="boss", new_customer=False)]
    done = alike(rule, rows)
    assert pays(done)["A1"] < 0
    assert pays(done)["A9"] == 0


def test_roles_beside_a_house_account() -> None:
    """Two books of names that are asked one after the other are told apart: a post that is paid stays paid where the plan has a house account."""
    reps = Component(id="base", measure="sales", roles=("rep",), steps=(FLAT,))
    rows = [one | {"role": "rep"} for one in MARCH[:2]]
    assert pays(alike(plan(ORIGINAL, components=(reps,), house=("nobody",)), rows)) == {"S1": 6300, "S2": 4200}


def test_explained_and_checked() -> None:
    """A return is explained with the person of its sale, whom its row does not name; a sample of people comes out the same."""
    for backend in ("polars-lazy", "polars"):
        done = applied(plan(ORIGINAL), MARCH, backend)
        line = done.explain("A3")
        assert (line.person, line.returns, line.pay.minor, line.by_rule.minor) == ("ann", "S1", pays(done)["A3"], pays(done, "by_rule")["A3"])
        check = done.check()
        assert check
        assert (check.people, check.rows) == (("ann", "bob"), len(MARCH))


# Rows of earlier runs

NEXT = [row("A4", date(2026, 8, 1), -20_000, "S2"), row("S4", date(2026, 8, 2), 50_000), row("A5", date(2026, 8, 3), -20_001, "S2")]
PAID = {"paid.base": "paid_base", "paid.extra": "paid_extra"}


def settled(rule: Plan, rows: list[dict[str, Any]] = MARCH) -> tuple[list[dict[str, Any]], Any]:
    """Rows with what a first run paid them, and its state."""
    first = applied(rule, rows, "polars", engine="blocks", outputs={f"pay.{name}": f"paid_{name}" for name in ("base", "extra")})
    lines = collected(first.lines)
    return [one | {name: lines[name][at] for name in PAID.values()} for at, one in enumerate(rows)], first.state


@pytest.mark.parametrize("backend", HERE)
@pytest.mark.parametrize("rate", ["original", "recompute"])
def test_the_next_month_takes_back_what_the_last_one_paid(backend: str, rate: Any) -> None:
    """Rows of an earlier run are given back as they are, count for nothing, and are there for the returns that take them back."""
    rule = plan(Returns(rate=rate), components=COMPONENTS)
    earlier, opening = settled(rule)
    done = alike(rule, earlier + NEXT, backend, opening=opening, columns=PAID)
    assert pays(done) == by_hand(rule, MARCH + NEXT)
    assert collected(done.totals)["period"] == ["2026-08"]
    assert done.check()


@pytest.mark.parametrize("backend", backends("ibis", "pyspark"))
def test_other_libraries(backend: str) -> None:
    """In the libraries that divide as doubles too, rows of an earlier run are taken back, month by month, within a window."""
    rule = plan(Returns(rate="original", mode="declining", months=9, window="200 days"))
    first = applied(rule, MARCH, "polars", engine="blocks", outputs={"pay": "paid"})
    lines = collected(first.lines)
    rows = [one | {"paid": paid} for one, paid in zip(MARCH, lines["paid"], strict=True)] + NEXT
    done = applied(rule, rows, backend, opening=first.state, columns={"paid": "paid"})
    assert pays(done) == by_hand(rule, MARCH + NEXT)
    assert collected(done.totals)["period"] == ["2026-08"]


def test_what_was_paid_by_one_component_alone() -> None:
    """Where the column of one component is named, the others paid nothing; and earlier pay counts, whatever the rules would make of it now."""
    rule = plan(ORIGINAL, components=COMPONENTS)
    rows = [row("S1", date(2026, 3, 2), 90_000, paid_base=77), *(one | {"paid_base": None} for one in NEXT[1:2]), row("A1", date(2026, 8, 3), -90_000, "S1")]
    done = alike(rule, rows, columns={"paid.base": "paid_base"}, outputs=("pay", "by_rule", "pay.base", "pay.extra"))
    assert [collected(done.lines, by="id")[f"pay.{name}"][0] for name in ("base", "extra")] == [-77, 0]


def test_nothing_paid_earlier() -> None:
    """An empty column of earlier pay changes nothing, with returns and without; one of floats is refused."""
    rule, kinds, table = plan(ORIGINAL), KINDS | {"paid": int}, dict[str, Any]()
    for rows in (MARCH, MARCH[:2]):
        table = {name: [one.get(name) for one in rows] for name in kinds}
        done = frames.apply(rule, BACKENDS["polars-lazy"](table, kinds), columns={"paid": "paid"})
        assert pays(done) == by_hand(rule, rows)
    with pytest.raises(FactError) as caught:
        frames.apply(rule, BACKENDS["polars-lazy"](table | {"paid": [1.5, None]}), columns={"paid": "paid"})
    assert caught.value.code == "frames.float"


def test_a_table_may_be_settled_as_a_whole() -> None:
    """Rows of earlier runs alone are given back as they are, and count for nothing."""
    rows = [one | {"paid": at} for at, one in enumerate(MARCH[:2])]
    done = alike(plan(ORIGINAL), rows, columns={"paid": "paid"}, outputs=("pay", "pay.base"))
    assert collected(done.lines)["pay"] == collected(done.lines)["pay.base"] == [0, 1]
    assert collected(done.totals)["person"] == []


def test_facts_of_rows_that_are_settled() -> None:
    """A fact that stands in the rows need not be the same in those of an earlier run."""
    rule = plan(ORIGINAL, FLAT, FactorStep(name="kpi"))
    rows = [row("S1", DAY, 1000, kpi="1.1", paid=50), row("S2", DAY, 1000, kpi="1.2", paid=None), row("A1", DAY, -500, "S1", kpi="1.2", paid=None)]
    done = alike(rule, rows, columns={"paid": "paid", "factor.kpi": "kpi"})
    assert pays(done) == {"S1": 50, "S2": 84, "A1": -25}
    with pytest.raises(FactError) as caught:
        applied(rule, [one | {"paid": None} for one in rows[:2]], columns={"factor.kpi": "kpi"})
    assert caught.value.code == "frames.varies"


def test_shares_that_need_no_division() -> None:
    """A share of a part is exact, whatever the window: a third of what is left after two of three months."""
    rule = plan(Returns(rate="original", mode="declining", months=3, share=Fraction(1, 2), window="100 days"), FLAT)
    rows = [row("S1", DAY, 90_000), row("A1", date(2026, 5, 4), -45_000, "S1"), row("A2", date(2026, 7, 4), -45_000, "S1")]
    assert pays(alike(rule, rows)) == {"S1": 6300, "A1": -525, "A2": 0}
