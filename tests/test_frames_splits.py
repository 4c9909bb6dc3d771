"""Joint sales over columns: a second table credits several people with a sale, and the result has a row for each credit."""

from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from salesrules.bands import Marginal, RateBand
from salesrules.commission import Component, Conversion, Credit, Plan, PlanRate, Quota, Rate, RateEntry, Returns, Sale, Tiers, calculate
from salesrules.errors import FactError, SalesRulesError
from salesrules.money import Money
from salesrules.periods import CivilCalendar
from tests.backends import BACKENDS, EAGER, backends, collected
from tests.frames_cases import FEATURES, seeded

pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")

KINDS = {"id": str, "date": date, "person": str, "amount": int, "new_customer": bool, "returns": str, "currency": str}
SHARED = {"id": str, "person": str, "share": str, "kind": str}
TIERS = Tiers(over="year", table=Marginal(bands=(RateBand(start=0, rate="1%"), RateBand(start=500, rate="3%"))))
FLAT = Rate(entries=(RateEntry(rate="7%"),))
DAY = date(2026, 3, 2)


def plan(rate: Any = "original", **more: Any) -> Plan:
    """Tiers for direct credit, a rate for overlays, and an amount for new customers."""
    new = Rate(entries=(RateEntry(amount="9.99"),))
    parts = (
        Component(id="base", measure="sales", steps=(TIERS,)),
        Component(id="extra", measure="sales", credit="overlay", steps=(FLAT,)),
        Component(id="new", measure="new_customers", steps=(new,)),
    )
    return Plan(id="p", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate=rate), components=parts, **more)


def row(name: str, amount: int, person: str = "", returns: str = "", day: date = DAY, **more: Any) -> dict[str, Any]:
    """A row of the table; a joint sale names no person."""
    return {"id": name, "date": day, "person": person, "amount": amount, "new_customer": True, "returns": returns, "currency": "CNY"} | more


ROWS = [
    row("S3", -10_001),
    row("A1", -33_333, returns="S1", day=date(2026, 3, 9)),
    row("S1", 100_001),
    row("S2", 70_000, "ann"),
    row("A2", -66_668, returns="S1", day=date(2026, 4, 1)),
    row("A3", -1, returns="S2", day=date(2026, 4, 1)),
]
CREDITS = [
    ("S1", "cai", "1/3", "split"),
    ("S1", "bob", "1/3", "split"),
    ("S3", "dan", "12.5%", "split"),
    ("S1", "ann", "1/3", "split"),
    ("S1", "bob", "25%", "overlay"),
    ("S3", "ann", "0.875", "split"),
    ("S3", "eve", "1/7", "overlay"),
]


def applied(rule: Any, rows: list[dict[str, Any]], credits: list[tuple[Any, ...]], backend: str = "polars", **options: Any) -> Any:
    """The rows and the credits in tables of a library, and the plan applied to them."""
    table = {name: [one[name] for one in rows] for name in KINDS}
    shares = {name: [credit[at] for credit in credits] for at, name in enumerate(SHARED)}
    return frames.apply(
        rule, BACKENDS[backend](table, KINDS), splits=BACKENDS[backend](shares, SHARED), **{"outputs": ("pay", "by_rule", "credited"), **options}
    )


def by_hand(rule: Any, rows: list[dict[str, Any]], credits: list[tuple[Any, ...]], **facts: Any) -> dict[tuple[str, str, int], int]:
    """What each credit is paid, one sale at a time."""
    sales = []
    for one in rows:
        mine = tuple(Credit(person, share, kind) for name, person, share, kind in credits if name == one["id"])
        whose = {"credits": mine} if mine else {"person": one["person"]}
        names = {name: one[name] for name in ("id", "date", "new_customer", "returns")}
        sales.append(Sale(**names, **whose, amount=Money.from_minor(one["amount"], one["currency"])))
    made: dict[tuple[str, str, int], int] = {}
    for line in calculate(rule, sales, on=max(sale.date for sale in sales), **facts).lines:
        key = (line.sale.id, line.person, line.measure_count if line.kind == "overlay" or line.component == "base" else line.credited.minor)  # type: ignore[union-attr]
        made[key] = made.get(key, 0) + line.pay.minor
    return made


def pays(done: Any) -> dict[tuple[str, str, int], int]:
    """What each row of the result is paid, by sale, person and amount credited."""
    lines = collected(done.lines)
    return dict(zip(zip(lines["id"], lines["person"], lines["credited"], strict=True), lines["pay"], strict=True))


@pytest.mark.parametrize("backend", backends(*EAGER))
@pytest.mark.parametrize("rate", ["original", "recompute"])
def test_every_credit(backend: str, rate: str) -> None:
    """Each credit has a row that pays what it pays one sale at a time, also where returns take it back."""
    done = applied(plan(rate), ROWS, CREDITS, backend)
    assert pays(done) == by_hand(plan(rate), ROWS, CREDITS)


def test_a_hand_computed_sale() -> None:
    """1,000.01 in thirds: 333.34 for ann, whose key is the first of three equal ones, 333.34 for bob, 333.33 for cai; bob's overlay is 250.00."""
    done = applied(plan(), [ROWS[2]], CREDITS)
    lines = collected(done.lines)
    assert lines["person"] == ["ann", "bob", "cai", "bob"]
    assert lines["credited"] == [33_334, 33_334, 33_333, 25_000]
    assert lines["pay"] == [333 + 333, 333 + 333, 333 + 333, 1750]


def test_the_rows_of_the_result() -> None:
    """The table keeps its order; a sale has its credits one after the other, splits first, then by person; other columns are repeated."""
    lines = collected(applied(plan(), ROWS, CREDITS).lines)
    told = list(zip(lines["id"], lines["person"], lines["amount"], strict=True))
    thirds = ["ann", "bob", "cai", "bob"]
    assert told == [
        *(("S3", person, -10_001) for person in ("ann", "dan", "eve")),
        *(("A1", person, -33_333) for person in thirds),
        *(("S1", person, 100_001) for person in thirds),
        ("S2", "ann", 70_000),
        *(("A2", person, -66_668) for person in thirds),
        ("A3", "ann", -1),
    ]


def test_returns_undo_the_sale_for_everybody() -> None:
    """The parts of both returns together are the parts of the sale, to the unit."""
    lines = collected(applied(plan(), ROWS, CREDITS, outputs=("pay", "credited")).lines)
    undone = [at for at, name in enumerate(lines["id"]) if name in {"S1", "A1", "A2"}]
    for column in ("credited", "pay"):
        for person in ("ann", "bob", "cai"):
            assert sum(lines[column][at] for at in undone if lines["person"][at] == person) == 0


def test_the_person_of_a_joint_sale() -> None:
    """A sale in the second table is credited to the people named there, and not to the person of its row."""
    lines = collected(applied(plan(), [ROWS[2] | {"person": "fay"}], CREDITS).lines)
    assert lines["person"] == ["ann", "bob", "cai", "bob"]


def test_overlays_pay_overlay_credit_alone() -> None:
    """Without a second table nobody has an overlay credit, so the component for them pays nothing."""
    table = BACKENDS["polars"]({name: [ROWS[3][name]] for name in KINDS}, KINDS)
    assert collected(frames.apply(plan(), table).lines)["pay"] == [500 + 600 + 999]


def test_house_accounts() -> None:
    """A house account is credited and paid nothing."""
    shares = [("S1", "ann", "50%", "split"), ("S1", "house", "50%", "split")]
    done = applied(plan(house=("house",)), [ROWS[2]], shares)
    assert pays(done) == {("S1", "ann", 50_001): by_hand(plan(), [ROWS[2]], shares)["S1", "ann", 50_001], ("S1", "house", 50_000): 0}
    assert done.check()


def test_another_currency() -> None:
    """The sale is converted first and divided then."""
    rule = plan(conversion=Conversion(at="plan", rates=(PlanRate(base="USD", rate="7.1235"),)))
    rows = [one | {"currency": "USD"} for one in ROWS]
    assert pays(applied(rule, rows, CREDITS)) == by_hand(rule, rows, CREDITS)


def test_shares_with_large_denominators() -> None:
    """Shares whose common denominator 64 bits do not hold are divided exactly all the same, and so are enormous amounts."""
    shares = [("S1", "ann", "1/4000000007", "split"), ("S1", "bob", "4000000006/4000000007", "split"), ("S1", "cai", "1/3999999979", "overlay")]
    rows = [row("S1", 9 * 10**18), row("A1", -(5 * 10**18), returns="S1"), row("A2", -(4 * 10**18), returns="S1")]
    assert pays(applied(plan(), rows, shares)) == by_hand(plan(), rows, shares)
    rows = [row("S1", -(2**63) + 1), row("S2", 5, "ann")]
    shares = [("S1", "ann", "1/3", "split"), ("S1", "bob", "2/3", "split")]
    assert pays(applied(plan(), rows, shares)) == by_hand(plan(), rows, shares)
    assert pays(applied(plan(), [row("S1", -(2**63)), ROWS[3]], shares)) == by_hand(plan(), [row("S1", -(2**63)), ROWS[3]], shares)


def test_how_shares_may_be_written() -> None:
    """Decimals and the integer 1 are shares; ids and persons may be integers; sales that the table has not are left alone."""
    table = {"id": [7, 8], "date": [DAY] * 2, "person": [1, None], "amount": [1000, 1001]}
    shares = {"id": [8, 8, 9], "person": [2, 3, 1], "share": [Decimal("0.5"), Decimal("0.5"), Decimal(1)]}
    for backend in ("polars", "pyarrow", "pandas-arrow"):
        done = frames.apply(plan(), BACKENDS[backend](table | {"new_customer": [False] * 2}, {"person": int}), splits=BACKENDS[backend](shares))
        lines = collected(done.lines)
        assert (lines["person"], lines["pay"]) == ([1, 2, 3], [10, 5, 5])
        assert done.check()
    whole = {"id": ["S1"], "person": ["bob"], "share": [1]}
    done = frames.apply(plan(), BACKENDS["polars"]({name: [ROWS[2][name]] for name in KINDS}, KINDS), splits=BACKENDS["polars-lazy"](whole))
    assert collected(done.lines)["person"] == ["bob"]


def test_people_named_differently() -> None:
    """A text cannot name one of the people whom the table numbers."""
    table = BACKENDS["polars"]({"id": [8], "date": [DAY], "person": [1], "amount": [1000], "new_customer": [False]})
    with pytest.raises(FactError, match=r"splits, column person: .*'bob'.*\[frames.split_person\]"):
        frames.apply(plan(), table, splits=BACKENDS["polars"]({"id": [8], "person": ["bob"], "share": ["1"]}))


def test_no_credits_at_all() -> None:
    """A second table without rows changes nothing; a table in which no row names a person can still be credited."""
    assert pays(applied(plan(), [ROWS[3]], [])) == by_hand(plan(), [ROWS[3]], [])
    nobody = [ROWS[2] | {"person": None}]
    assert pays(applied(plan(), nobody, CREDITS)) == by_hand(plan(), [ROWS[2]], CREDITS)


@pytest.mark.parametrize(
    ("code", "credits"),
    [
        ("sale.split", [("S1", "ann", "50%", "split"), ("S1", "bob", "49.99%", "split")]),
        ("sale.split", [("S1", "ann", "50%", "overlay")]),
        ("sale.credited_twice", [("S1", "ann", "50%", "split"), ("S1", "ann", "50%", "split")]),
        ("credit.kind", [("S1", "ann", "100%", "team")]),
        ("credit.share", [("S1", "ann", "0%", "split"), ("S1", "bob", "100%", "split")]),
        ("rate.percent", [("S1", "ann", "60", "split"), ("S1", "bob", "40", "split")]),
    ],
)
def test_what_is_refused(code: str, credits: list[tuple[Any, ...]]) -> None:
    """What one sale at a time refuses is refused with the same code, and with the sale."""
    with pytest.raises(SalesRulesError) as one:
        by_hand(plan(), [ROWS[2]], credits)
    with pytest.raises(SalesRulesError) as caught:
        applied(plan(), [ROWS[2]], credits)
    assert one.value.code == caught.value.code == code
    assert caught.value.path == "sale S1"


def test_more_that_is_refused() -> None:
    """Tables that do not tell who is credited with what, columns that speak of the person of a row, and sales with one id."""
    tables = {
        name: BACKENDS["polars"](some)
        for name, some in {"none": {"id": ["S1"], "person": ["ann"]}, "float": {"id": ["S1"], "person": ["ann"], "share": [0.5]}}.items()
    }
    table = BACKENDS["polars"]({name: [ROWS[2][name]] for name in KINDS} | {"quota": [5]})
    with pytest.raises(FactError, match=r"splits: the table has no column 'share'.*\[frames.no_column\]"):
        frames.apply(plan(), table, splits=tables["none"])
    with pytest.raises(SalesRulesError, match=r"\[rate.number\]"):
        frames.apply(plan(), table, splits=tables["float"])
    with pytest.raises(FactError, match=r"splits, column person: row 1 is empty"):
        applied(plan(), [ROWS[2]], [*CREDITS[:1], ("S1", None, "1/3", "split")])
    for columns in ({"quota": "quota"}, {"factor.kpi": "quota"}):
        with pytest.raises(FactError, match=r"\[frames.split_facts\]"):
            frames.apply(plan(), table, splits=tables["none"].with_columns(share=tables["none"]["person"]), columns=columns)
    with pytest.raises(FactError, match=r"sale S1: there are two sales with this id"):
        applied(plan(), [ROWS[2], ROWS[2] | {"amount": 1}], CREDITS, order="amount")
    with pytest.raises(FactError, match=r"columns.splits: .*\[frames.no_id\]"):
        applied(plan(), [ROWS[2]], CREDITS, order="amount", columns={"id": None, "returns": None})
    with pytest.raises(FactError, match=r"column person: row 1 is empty"):
        applied(plan(), [ROWS[2], row("S8", 1)], CREDITS)


def test_the_row_of_a_rule_that_refuses() -> None:
    """A rule that refuses a row names it as the table has it, behind rows that became several."""
    goals = [
        Quota(person=person, period=CivilCalendar().parse("2026"), amount=Money("0" if person == "fay" else "10", "CNY"))
        for person in ("ann", "bob", "cai", "fay")
    ]
    table = Marginal(bands=(RateBand(start=0, rate="1%"), RateBand(start=1, rate="3%")))
    rule = attrs.evolve(plan(), components=(Component(id="base", measure="sales", steps=(Tiers(over="year", on="attainment", table=table),)),))
    with pytest.raises(SalesRulesError) as caught:
        applied(rule, [ROWS[2], row("S9", 100, "fay")], CREDITS, quotas=goals)
    assert (caught.value.code, caught.value.path) == ("commission.zero_quota", "row 1")


def test_explained_and_checked() -> None:
    """Each credit of a sale is explained; a sample of people comes out the same, and a wrong cell is found."""
    done = applied(plan(), ROWS, CREDITS)
    assert done.explain("A1", person="cai").share == Credit("cai", "1/3").share
    assert done.explain("S1", component="extra").person == "bob"
    assert done.explain("S2").person == "ann"
    assert done.check()
    table = done._table.with_columns(done._table["pay"] + 1)
    assert {one.person for one in attrs.evolve(done, table=table).check(1).differences} == {"ann"}


@pytest.mark.parametrize("backend", backends(*EAGER))
def test_many_plans_and_tables(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans with everything, over tables cut into small pieces: every credit, the totals and the state are those of one sale at a time."""
    monkeypatch.setattr("salesrules.frames.eager._CHUNK", 11)
    monkeypatch.setattr("salesrules.frames.blockwise._BLOCK", 4)
    computed = 0
    for seed in range(100, 116):
        case = seeded(seed, 30, FEATURES - {"extremes"})
        if not case.split or any(entry.value.split == "commission" for entry in case.plans.entries):
            continue
        told: dict[tuple[str, str], int] = {}
        try:
            for line in case.run.lines:
                told[line.sale.id, line.person] = told.get((line.sale.id, line.person), 0) + line.pay.minor
        except SalesRulesError:
            continue
        done = frames.apply(case.plans, BACKENDS[backend](case.table), splits=BACKENDS[backend](case.splits), **case.facts)
        lines = collected(done.lines)
        made: dict[tuple[str, str], int] = {}
        for name, person, pay in zip(lines["id"], lines["person"], lines["pay"], strict=True):
            made[name, person] = made.get((name, person), 0) + pay
        assert {key: pay for key, pay in made.items() if pay or key in told} == told
        assert done.state == case.run.state
        assert done.check(2)
        computed += 1
    assert computed >= 4
