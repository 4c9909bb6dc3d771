"""Facts about people that stand in the rows: goals, target incentives, factors, exchange rates and posts as columns."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from salesrules.commission import Conversion, Factor, FactorStep, Incentive, Member, Quota, Returns, Roster, Sale, Target, Tiers, calculate
from salesrules.errors import SalesRulesError
from salesrules.money import Money
from tests.backends import BACKENDS, EAGER, backends, collected
from tests.commission_plans import component, flat, marginal, month, plan

pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")

RECOMPUTE = Returns(rate="recompute")
GOALS = {"chen": 80_000, "li": 40_000, "wang": 120_001}
TARGETS = {"chen": 50_000, "li": 33_333, "wang": 0}
KPIS: dict[str, str] = {"chen": "0.9", "li": "1.25", "wang": "1"}
PEOPLE = ["chen", "li", "wang", "li"] * 6
TABLE: dict[str, list[Any]] = {
    "id": [f"S{number:02}" for number in range(24)],
    "date": [date(2026, 1, 5) + timedelta(days=number * 3) for number in range(24)],
    "person": PEOPLE,
    "amount": [17_001, 21_100, -300, 90_903, 5, 60_000] * 4,
}
EVERYWHERE = (*EAGER, "polars-lazy", "duckdb")
TIERED = Tiers(table=marginal((0, "3%"), ("1/2", "4%"), (1, "7%")), over="period", on="attainment")
RULES = plan(component(TIERED, FactorStep(name="kpi")), component(Target(over="period"), id="bonus"), returns=RECOMPUTE)


def with_facts(**changed: list[Any]) -> dict[str, list[Any]]:
    """The table with goals, incentives and factors of each row's person."""
    told: dict[str, dict[str, Any]] = {"goal": GOALS, "target": TARGETS, "kpi": KPIS}
    return TABLE | {name: [values[person] for person in PEOPLE] for name, values in told.items()} | changed


NAMED = {"quota": "goal", "incentive": "target", "factor.kpi": "kpi"}
FACTS: dict[str, Any] = {
    "quotas": [Quota(person=who, period=month(number), amount=Money.from_minor(goal, "CNY")) for who, goal in GOALS.items() for number in (1, 2, 3)],
    "incentives": [Incentive(person=who, period=month(number), amount=Money.from_minor(one, "CNY")) for who, one in TARGETS.items() for number in (1, 2, 3)],
    "factors": [Factor(name="kpi", person=who, period=month(number), value=Fraction(kpi)) for who, kpi in KPIS.items() for number in (1, 2, 3)],
}


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_facts_in_the_rows(backend: str) -> None:
    """Goals, incentives and factors in columns pay what the same facts pay that come apart, and rows are explained and checked by them."""
    done = frames.apply(RULES, BACKENDS[backend](with_facts()), columns=NAMED)
    apart = frames.apply(RULES, BACKENDS[backend](TABLE), **FACTS)
    pays = collected(done.lines, by="id")["pay"]
    assert pays == collected(apart.lines, by="id")["pay"]
    assert done.state == apart.state
    assert done.check(3)
    assert sum(done.explain("S05", component=name).pay.minor for name in ("base", "bonus")) == pays[5]


@pytest.mark.parametrize("backend", backends("polars", "polars-lazy"))
def test_a_count_to_reach(backend: str) -> None:
    """A goal of a number is compared with the number, to the digit that the plan counts."""
    steps = Tiers(table=marginal((0, 1), (1, 2), what="factor"), over="period", on="attainment", quota="count")
    rules = plan(component(steps, measure="units"), returns=RECOMPUTE, unit_digits=1)
    table = BACKENDS[backend](TABLE | {"units": [3, 1] * 12, "quota": [12] * 24})
    quotas = [Quota(person=who, period=month(number), amount=Fraction(12), name="count") for who in GOALS for number in (1, 2, 3)]
    apart = frames.apply(rules, BACKENDS[backend](TABLE | {"units": [3, 1] * 12}), quotas=quotas)
    assert collected(frames.apply(rules, table, columns={"quota": "quota"}).lines, by="id")["pay"] == collected(apart.lines, by="id")["pay"]


@pytest.mark.parametrize("backend", backends("polars", "polars-lazy", "duckdb"))
@pytest.mark.parametrize(("column", "values"), [("goal", [80_001]), ("kpi", ["0.95"])])
def test_a_fact_that_varies(backend: str, column: str, values: list[Any]) -> None:
    """Two goals of one person in one period are refused, and who and when is named."""
    table = with_facts(**{column: values + with_facts()[column][1:]})
    with pytest.raises(SalesRulesError) as caught:
        collected(frames.apply(RULES, BACKENDS[backend](table), columns=NAMED).lines)
    assert (caught.value.code, caught.value.params) == ("frames.varies", {"person": "chen", "interval": "2026-01"})
    assert caught.value.path in {f"column {column}", "column quota", "column factor kpi"}


def test_a_fact_that_varies_from_block_to_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """It need not stand in the same block."""
    monkeypatch.setattr("salesrules.frames.blockwise._BLOCK", 4)
    table = with_facts(goal=[80_001 if row == 4 else GOALS[person] for row, person in enumerate(PEOPLE)])
    with pytest.raises(SalesRulesError) as caught:
        frames.apply(RULES, BACKENDS["polars"](table), columns=NAMED)
    assert caught.value.code == "frames.varies"
    later = with_facts(goal=[GOALS[person] + (when.month == 2) for person, when in zip(PEOPLE, TABLE["date"], strict=True)])
    assert frames.apply(RULES, BACKENDS["polars"](later), columns=NAMED).check(3)


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_posts_in_the_rows(backend: str) -> None:
    """A component for some posts pays the rows whose person is in one; so it is explained."""
    rules = plan(component(flat("5%"), roles=("senior",)), component(flat("2%"), id="all"), returns=RECOMPUTE)
    roles = [
        "senior" if person == "li" or (person == "chen" and when >= date(2026, 2, 1)) else "junior" for person, when in zip(PEOPLE, TABLE["date"], strict=True)
    ]
    done = frames.apply(rules, BACKENDS[backend](TABLE | {"role": roles}))
    first = min(when for person, when in zip(PEOPLE, TABLE["date"], strict=True) if person == "chen" and when >= date(2026, 2, 1))
    posts = [
        ("li", "senior", date(2026, 1, 1), None),
        ("chen", "junior", date(2026, 1, 1), first),
        ("chen", "senior", first, None),
        ("wang", "junior", date(2026, 1, 1), None),
    ]
    roster = Roster(tuple(Member(person=person, role=role, start=start, end=end) for person, role, start, end in posts))
    sales = [
        Sale(id=name, date=when, person=who, amount=Money.from_minor(amount, "CNY"))
        for name, when, who, amount in zip(*(TABLE[name] for name in ("id", "date", "person", "amount")), strict=True)
    ]
    due: dict[str, int] = dict.fromkeys(TABLE["id"], 0)
    for line in calculate(rules, sales, on=date(2026, 3, 31), roster=roster).lines:
        due[line.sale.id] += line.pay.minor
    assert dict(zip(*(collected(done.lines)[name] for name in ("id", "pay")), strict=True)) == due
    assert done.check(3)
    assert done.explain("S01", component="base").pay.minor == 1055


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
@pytest.mark.parametrize("kind", ["text", "decimal"])
def test_rates_in_the_rows(backend: str, kind: str) -> None:
    """A rate that stands in the row converts it; an empty currency is the plan's, and needs no rate."""
    rules = plan(component(flat("10%")), returns=RECOMPUTE, conversion=Conversion(at="event"))
    rates = ["7.1", "7.25", "7", "6.9999"] * 6
    told = {"currency": ["USD", "CNY", "", "USD"] * 6, "rate": rates if kind == "text" else [Decimal(rate) for rate in rates]}
    done = frames.apply(rules, BACKENDS[backend](TABLE | told), outputs=("pay", "credited"))
    lines = collected(done.lines, by="id")
    credited = [
        round(Fraction(amount) * Fraction(rate) + Fraction(1, 10**9)) if code == "USD" else amount
        for amount, rate, code in zip(TABLE["amount"], rates, told["currency"], strict=True)
    ]
    assert lines["credited"] == credited
    assert done.check(3)
    assert done.explain("S00").pay.minor == lines["pay"][0]


@pytest.mark.parametrize("rate", ["0", "-7"])
def test_a_rate_that_is_none(rate: str) -> None:
    """An exchange rate is above 0."""
    rules = plan(component(flat("10%")), returns=RECOMPUTE, conversion=Conversion(at="event"))
    with pytest.raises(SalesRulesError) as caught:
        frames.apply(rules, BACKENDS["polars"](TABLE | {"currency": ["USD"] * 24, "rate": [rate] * 24}))
    assert (caught.value.code, caught.value.path) == ("fx.rate", "rate of USD")


def test_a_missing_person_of_a_fact() -> None:
    """Facts that nobody tells are refused as one sale at a time refuses them."""
    with pytest.raises(SalesRulesError) as caught:
        frames.apply(RULES, BACKENDS["polars"](TABLE), quotas=FACTS["quotas"], incentives=FACTS["incentives"][:1], factors=FACTS["factors"])
    assert caught.value.code == "quota.missing"
