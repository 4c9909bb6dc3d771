"""Returns over columns: a row that names a sale takes it back as it stood, to the same unit as one sale at a time."""

from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest

from salesrules.bands import Marginal, RateBand
from salesrules.commission import Component, Conversion, FactorStep, FxRate, Plan, Rate, RateEntry, Returns, Sale, Tiers, calculate
from salesrules.errors import FactError, PolicyError
from salesrules.money import Money
from salesrules.timeline import Entry, Timeline
from tests.backends import BACKENDS, EAGER, backends, collected
from tests.frames_cases import FEATURES, seeded

pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")

DAY = date(2026, 3, 2)
KINDS = {"id": str, "date": date, "person": str, "amount": int, "returns": str, "units": int, "currency": str}
TIERS = Tiers(over="year", table=Marginal(bands=(RateBand(start=0, rate="1%"), RateBand(start=1000, rate="3%"))))
FLAT = Rate(entries=(RateEntry(rate="7%"),))


def plan(returns: Returns, *steps: Any, **more: Any) -> Plan:
    """A plan of one component."""
    parts = more.pop("components", (Component(id="base", measure=more.pop("measure", "sales"), steps=steps or (TIERS,)),))
    return Plan(id="p", currency="CNY", effective_from=more.pop("start", date(2026, 1, 1)), returns=returns, components=parts, **more)


def row(name: str, day: date, amount: int, returns: str | None = None, **more: Any) -> dict[str, Any]:
    """A row of the table; a return need not say whose it is."""
    told = {"id": name, "date": day, "person": None if returns else "ann", "amount": amount, "returns": returns, "units": 0, "currency": "CNY"}
    return told | more


def applied(plans: Any, rows: list[dict[str, Any]], backend: str = "polars", **options: Any) -> Any:
    """The rows in a table of a library, and the plan applied to it."""
    table = {name: [one[name] for one in rows] for name in KINDS}
    return frames.apply(plans, BACKENDS[backend](table, KINDS), **{"outputs": ("pay", "by_rule"), **options})


def pays(done: Any, column: str = "pay") -> dict[str, int]:
    """What each row is paid."""
    lines = collected(done.lines)
    return dict(zip(lines["id"], lines[column], strict=True))


def by_hand(plans: Any, rows: list[dict[str, Any]], column: str = "pay", **facts: Any) -> dict[str, int]:
    """The same, one sale at a time."""
    sales = [
        Sale(
            id=one["id"],
            date=one["date"],
            amount=Money.from_minor(one["amount"], one["currency"]),
            person=one["person"] or "",
            returns=one["returns"] or "",
            units=Fraction(one["units"]),
        )
        for one in rows
    ]
    made = dict.fromkeys((sale.id for sale in sales), 0)
    for line in calculate(plans, sales, on=max(sale.date for sale in sales), **facts).lines:
        made[line.sale.id] += getattr(line, column).minor
    return made


MARCH = [
    row("S1", date(2026, 3, 2), 90_000),
    row("S2", date(2026, 3, 2), 60_001),
    row("A1", date(2026, 3, 2), -30_000, "S1"),
    row("A2", date(2026, 4, 9), -20_000, "S2"),
    row("A3", date(2026, 7, 1), -60_000, "S1"),
    row("S3", date(2026, 7, 1), 45_005, person="bob"),
]

RULES = (
    Returns(rate="recompute"),
    Returns(rate="recompute", window="60 days"),
    Returns(rate="original"),
    Returns(rate="original", window="60 days"),
    Returns(rate="original", mode="full"),
    Returns(rate="original", mode="full", share=Fraction(2, 3)),
    Returns(rate="original", mode="declining", months=6),
    Returns(rate="original", mode="declining", months=3, share=Fraction(1, 7)),
)


@pytest.mark.parametrize("backend", backends(*EAGER))
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_clause(backend: str, rule: Returns) -> None:
    """Each clause on returns books in columns what it books one sale at a time, and says the same of the rules."""
    done = applied(plan(rule), MARCH, backend)
    assert pays(done) == by_hand(plan(rule), MARCH)
    assert pays(done, "by_rule") == by_hand(plan(rule), MARCH, "by_rule")


def test_a_hand_computed_return() -> None:
    """1% up to 1,000 and 3% above: 900 pay 9.00, 600.01 pay 1.00 + 15.00; a third of the first sale takes back 3.00 of its 9.00."""
    assert pays(applied(plan(Returns(rate="original")), MARCH[:3])) == {"S1": 900, "S2": 1600, "A1": -300}
    assert pays(applied(plan(Returns(rate="recompute")), MARCH[:3])) == {"S1": 900, "S2": 1600, "A1": -900}


def test_a_return_stands_behind_the_sales_of_its_day() -> None:
    """Whatever its id and its row: A1 comes after S2 in the running total, and the table keeps its order."""
    done = applied(plan(Returns(rate="recompute")), MARCH[::-1])
    assert collected(done.lines)["id"] == [one["id"] for one in MARCH[::-1]]
    assert pays(done) == by_hand(plan(Returns(rate="recompute")), MARCH)


def test_the_version_of_the_sale() -> None:
    """A return comes under the version under which its sale was made, also when the plan has ended; totals follow the person of the sale."""
    old = plan(Returns(rate="recompute"), FLAT, Tiers(over="plan", table=TIERS.table, add=True), effective_until=date(2026, 6, 1))
    new = plan(Returns(rate="original"), TIERS, start=date(2026, 6, 1))
    plans = Timeline((Entry(date(2026, 1, 1), old), Entry(date(2026, 6, 1), new)))
    done = applied(plans, MARCH)
    assert pays(done) == by_hand(plans, MARCH)
    totals = collected(done.totals, by=("person", "period"))
    assert list(zip(totals["person"], totals["period"], totals["credited"], strict=True)) == [
        ("ann", "2026-03", 120_001),
        ("ann", "2026-04", -20_000),
        ("ann", "2026-07", -60_000),
        ("bob", "2026-07", 45_005),
    ]
    late = applied(old, MARCH[:5])
    assert pays(late) == by_hand(plans, MARCH[:5])


def test_the_rate_of_exchange_of_the_sale() -> None:
    """Partial returns in another currency undo the sale exactly, at the rate of its day."""
    rule = plan(Returns(rate="original"), FLAT, conversion=Conversion(at="event"))
    rates = [FxRate(base="USD", quote="CNY", date=date(2026, 3, 2), rate="7.1235")]
    rows = [
        row("S1", date(2026, 3, 2), 10_001, currency="USD"),
        row("A1", date(2026, 4, 1), -3_333, "S1", currency="USD"),
        row("A2", date(2026, 4, 2), -6_668, "S1", currency="USD"),
    ]
    done = applied(rule, rows, rates=rates, outputs=("pay", "by_rule", "credited"))
    assert pays(done) == by_hand(rule, rows, rates=rates)
    assert sum(pays(done, "credited").values()) == 0


@pytest.mark.parametrize("told", [10, 0])
def test_a_sale_without_value(told: int) -> None:
    """A sale of nothing is returned by its units, or as a whole where it has none."""
    rule = plan(Returns(rate="original"), Rate(entries=(RateEntry(amount="9.99"),)), measure="deals")
    rows = [row("S1", date(2026, 3, 2), 0, units=told), row("A1", date(2026, 4, 1), 0, "S1", units=-3 if told else 0)]
    assert pays(applied(rule, rows)) == by_hand(rule, rows)


def test_numbers_as_ids() -> None:
    """Ids may be integers; the column of returns then has gaps, which pandas fills by turning it into floats."""
    table = {"id": [1, 2], "date": [date(2026, 3, 2)] * 2, "person": ["ann", "ann"], "amount": [1000, -500], "returns": [None, 1]}
    for backend in ("pandas", "polars", "pyarrow"):
        done = frames.apply(plan(Returns(rate="original"), FLAT), BACKENDS[backend](table, {"returns": int}))
        assert collected(done.lines)["pay"] == [70, -35]
        assert done.check()
        assert done.explain(2).pay == Money("-0.35", "CNY")


def test_a_text_among_numbers() -> None:
    """A return that names a text where ids are integers names no sale; nor are people named by floats."""
    table = {"id": [1, 2], "date": [DAY] * 2, "person": ["ann", "ann"], "amount": [1000, -500], "returns": ["", "S1"]}
    with pytest.raises(FactError, match=r"row 1: .*\[sale.unknown_original\]"):
        frames.apply(plan(Returns(rate="original"), FLAT), BACKENDS["polars"](table))
    for returns in (["", "1"], ["", ""]):
        with pytest.raises(FactError, match=r"column person: holds floats"):
            frames.apply(plan(Returns(rate="original"), FLAT), BACKENDS["polars"](table | {"person": [1.0, None], "returns": returns}))


def test_ids_by_category() -> None:
    """Ids may be a categorical column."""
    import polars

    table = BACKENDS["polars"]({name: [one[name] for one in MARCH] for name in KINDS}, KINDS).with_columns(polars.col("id").cast(polars.Categorical))
    assert pays(frames.apply(plan(Returns(rate="original")), table)) == by_hand(plan(Returns(rate="original")), MARCH)


def test_units() -> None:
    """Units are taken back like amounts, where the plan counts them."""
    rule = plan(Returns(rate="original"), Rate(entries=(RateEntry(amount="1.11"),)), measure="units")
    rows = [row("S1", DAY, 0, units=7), row("A1", DAY, 0, "S1", units=-3), row("S2", DAY, 9, units=7), row("A2", DAY, -3, "S2", units=-3)]
    assert pays(applied(rule, rows)) == by_hand(rule, rows)


def test_no_return_in_the_column() -> None:
    """A column of returns that is empty changes nothing."""
    rows = [row("S1", date(2026, 3, 2), 1000, ""), row("S2", date(2026, 3, 2), 1000)]
    assert pays(applied(plan(Returns(rate="original"), FLAT), rows)) == {"S1": 70, "S2": 70}


def test_enormous_amounts() -> None:
    """What 64 bits do not hold on the way is carried by larger integers."""
    rule = plan(Returns(rate="original", mode="declining", months=7), FLAT)
    rows = [
        row("S1", date(2026, 3, 2), 9 * 10**18),
        row("A1", date(2026, 4, 1), -(4 * 10**18), "S1"),
        row("A2", date(2026, 4, 2), -(4 * 10**18), "S1"),
    ]
    done = applied(rule, rows)
    assert pays(done) == by_hand(rule, rows)


def wrong(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """A table with a sale, and something wrong behind it."""
    return [row("S0", date(2026, 3, 1), 5), row("S1", date(2026, 3, 2), 1000), *rows]


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
def test_what_is_refused(code: str, rows: list[dict[str, Any]]) -> None:
    """What one sale at a time refuses is refused with the same code, and with the last row of the table, which is wrong."""
    with pytest.raises(FactError) as one:
        by_hand(plan(Returns(rate="original")), rows)
    with pytest.raises(FactError) as caught:
        applied(plan(Returns(rate="original")), rows)
    assert one.value.code == caught.value.code == code
    assert caught.value.path == f"row {len(rows) - 1}"


def test_more_that_is_refused() -> None:
    """Two sales with the id that is taken back, an order that puts the return first, a row for nobody, no ids, and an empty amount."""
    rule, back = plan(Returns(rate="original"), FLAT), row("A", date(2026, 3, 3), -10, "S1")
    with pytest.raises(FactError, match=r"sale S1: there are two sales with this id.*\[sale.duplicate\]"):
        applied(rule, wrong(row("S1", date(2026, 3, 3), 10), back))
    with pytest.raises(FactError, match=r"row 2: takes back sale S1, which the order of the rows puts behind it.*\[frames.returned_first\]"):
        applied(rule, wrong(back), order="id")
    with pytest.raises(FactError, match=r"column person: row 2 is empty"):
        applied(rule, wrong(row("S2", date(2026, 3, 2), 10, person=""), back))
    with pytest.raises(FactError, match=r"column person: row 1 is empty"):
        applied(rule, [*wrong(row("S2", date(2026, 3, 2), 10, person="")), back][::-1])
    with pytest.raises(FactError, match=r"columns.returns: .*\[frames.no_id\]"):
        applied(rule, wrong(back), order="amount", columns={"id": None})
    with pytest.raises(FactError, match=r"column amount: row 1 is empty"):
        applied(rule, [row("S0", date(2026, 3, 1), 5), row("S1", date(2026, 3, 2), None), back])  # type: ignore[arg-type]
    with pytest.raises(PolicyError):
        applied(plan(Returns(rate="recompute", mode="full"), FLAT), wrong(back))


def test_explained_and_checked() -> None:
    """A return is explained with the person of its sale, whom its row does not name; a sample of people comes out the same."""
    done = applied(plan(Returns(rate="original")), MARCH)
    line = done.explain("A3")
    assert (line.person, line.returns, line.pay.minor, line.by_rule.minor) == ("ann", "S1", pays(done)["A3"], pays(done, "by_rule")["A3"])
    assert done.explain("A3", component="base", person="ann").working.value == line.pay
    check = done.check()
    assert check
    assert check.people == ("ann", "bob")
    assert check.rows == len(MARCH)
    with pytest.raises(FactError, match=r"\[frames.no_row\]"):
        done.explain("A9")


def test_facts_in_the_rows() -> None:
    """Facts that stand in the rows are known to the check, with returns and without; a component that does not pay a row is named."""
    table: dict[str, Any] = {"id": ["S1", "A1"], "date": [DAY] * 2, "person": ["ann", ""], "amount": [1000, -500], "returns": ["", "S1"], "kpi": ["1.2", "1.2"]}
    rule = plan(Returns(rate="recompute"), FLAT, FactorStep(name="kpi"))
    for rows in (2, 1):
        done = frames.apply(rule, BACKENDS["polars"]({name: values[:rows] for name, values in table.items()}), columns={"factor.kpi": "kpi"})
        assert collected(done.lines)["pay"] == [84, -42][:rows]
        assert done.check()
        with pytest.raises(FactError, match=r"it is paid by base \[frames.no_line\]"):
            done.explain("S1", component="other")


def test_a_wrong_column_is_found() -> None:
    """The check compares with what stands in the table."""
    done = applied(plan(Returns(rate="original")), MARCH)
    table = done._table.with_columns(done._table["pay"] + 1)
    found = attrs.evolve(done, table=table).check(1)
    assert [(one.row, one.column - one.scalar) for one in found.differences] == [(name, 1) for name in ("S1", "S2", "A1", "A2", "A3")]


@pytest.mark.parametrize("backend", backends(*EAGER))
def test_what_people_are_paid_over_many_blocks(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sales and their returns may lie in any chunk and block of the table."""
    monkeypatch.setattr("salesrules.frames.eager._CHUNK", 13)
    monkeypatch.setattr("salesrules.frames.blockwise._BLOCK", 5)
    computed = 0
    for seed in range(60, 72):
        case = seeded(seed, 40, FEATURES - {"splits", "extremes"})
        try:
            told = dict.fromkeys((sale.id for sale in case.sales), 0)
            for line in case.run.lines:
                told[line.sale.id] += line.pay.minor
        except (FactError, PolicyError):
            continue
        done = frames.apply(case.plans, BACKENDS[backend](case.table), **case.facts)
        assert pays(done) == told
        assert done.state == case.run.state
        assert done.check(2)
        computed += any(sale.returns for sale in case.sales)
    assert computed >= 4


def test_rows_without_ids() -> None:
    """Where no column tells ids, no row can be explained, and the message says what to do; the check counts the rows."""
    table = {"date": [DAY, date(2026, 3, 3)], "person": ["ann", "bob"], "amount": [1000, 500]}
    done = frames.apply(plan(Returns(rate="original"), FLAT), BACKENDS["polars"](table), order="date")
    assert done.check().rows == 2
    with pytest.raises(FactError, match=r"name the column, as in columns=\{'id': \.\.\.\} \[frames.no_id\]"):
        done.explain("S1")
