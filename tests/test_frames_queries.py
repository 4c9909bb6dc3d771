"""What the expression carrier does in rare cases, on lazy polars frames."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve

from salesrules.bands import Marginal, RateBand
from salesrules.commission import Component, Conversion, Plan, Quota, Rate, RateEntry, Returns, Tiers
from salesrules.errors import FactError
from salesrules.money import MODES, Money, divide
from salesrules.periods import CivilCalendar
from salesrules.scope import Scope
from salesrules.timeline import Entry, Timeline

frames: Any = pytest.importorskip("salesrules.frames", reason="tables need narwhals and NumPy")
pl: Any = pytest.importorskip("polars", reason="these tables are polars frames")

YEAR = CivilCalendar().year(2026)
ATTAINED = Tiers(table=Marginal(bands=(RateBand(start=Fraction(0), rate="3%"), RateBand(start=Fraction(1), rate="5%"))), over="year", on="attainment")
TENTH = Rate(entries=(RateEntry(rate="10%"),))


def plan(*components: Component, currency: str = "CNY", at: Any = "refuse") -> Plan:
    """A plan of these components."""
    return Plan(
        id="p",
        currency=currency,
        effective_from=date(2026, 1, 1),
        returns=Returns(rate="recompute"),
        conversion=Conversion(at=at),
        components=components,
    )


def component(*steps: Any, name: str = "base", **rest: Any) -> Component:
    """A component of these steps."""
    return Component(id=name, measure="sales", steps=steps, **rest)


def table(**more: Any) -> Any:
    """Three sales of two people."""
    days = [date(2026, 1, day) for day in (5, 6, 7)]
    told = {"id": ["a", "b", "c"], "date": days, "person": ["li", "li", "wang"], "amount": [80_000, 70_033, 50_000], "category": ["pump"] * 3}
    return pl.DataFrame({**told, **more}).lazy()


def paid(done: Any) -> list[int]:
    """What the rows pay, by id."""
    pays: list[int] = done.lines.collect().sort("id")["pay"].to_list()
    return pays


QUOTAS = [Quota(person=person, period=YEAR, amount=Money("1000", "CNY")) for person in ("li", "wang")]


def test_any_row_can_be_checked_against_its_facts() -> None:
    """People of a table that stays where it is are met by the scalar carrier for the first time."""
    done = frames.apply(plan(component(ATTAINED)), table(), quotas=QUOTAS)
    assert paid(done) == [2400, 3102, 1500]
    assert done.check()


def test_a_component_that_covers_nothing_asks_for_nothing() -> None:
    """Facts that no row needs are not missed."""
    nowhere = component(ATTAINED, name="nowhere", scope=Scope(category=("valve",)))
    assert paid(frames.apply(plan(component(TENTH), nowhere), table())) == [8000, 7003, 5000]


def test_only_the_rows_of_a_component_need_its_facts() -> None:
    """A person whose sales it does not cover needs no quota; and under a version of the plan that has no such rows nobody does."""
    valves = component(ATTAINED, scope=Scope(category=("valve",)))
    rows = table(category=["pump", "pump", "valve"])
    assert paid(frames.apply(plan(valves), rows, quotas=QUOTAS[1:])) == [0, 0, 1500]
    later = evolve(plan(component(TENTH)), effective_from=date(2026, 1, 7))
    plans = Timeline((Entry(date(2026, 1, 1), plan(valves)), Entry(later.effective_from, later)))
    assert paid(frames.apply(plans, rows)) == [0, 0, 5000]


def test_a_missing_fact_is_refused() -> None:
    """A person without a quota is refused, as one record at a time refuses him."""
    with pytest.raises(FactError) as caught:
        frames.apply(plan(component(ATTAINED)), table(), quotas=QUOTAS[:1])
    assert caught.value.code == "quota.missing"


def test_a_fact_past_64_bits_is_refused() -> None:
    """A quota that no column can hold is refused before anything is computed."""
    huge = [Quota(person=person, period=YEAR, amount=Money.from_minor(10**19 + number, "CNY")) for number, person in enumerate(("li", "wang"))]
    with pytest.raises(FactError) as caught:
        frames.apply(plan(component(ATTAINED)), table(), quotas=huge)
    assert caught.value.code == "frames.too_large"


def test_a_bound_between_two_counts() -> None:
    """A bound of half a yen is no count: the curve is then computed at both ends."""
    tiers = Tiers(table=Marginal(bands=(RateBand(start=Fraction(0), rate="3%"), RateBand(start=Fraction(160001, 2), rate="5%"))), over="year")
    rules = plan(component(tiers), currency="JPY")
    assert paid(frames.apply(rules, table())) == paid(frames.apply(rules, table(), engine="blocks")) == [2400, 3502, 1500]


def test_rates_without_a_common_denominator() -> None:
    """Exchange rates with long and different denominators keep a denominator for each row."""
    rates = ["1/999999999989", "0.0512345678901", "2"]
    rules = plan(component(TENTH), at="event")
    given: dict[str, Any] = {"currency": ["USD", "JPY", "USD"], "rate": rates}
    assert paid(frames.apply(rules, table(**given))) == paid(frames.apply(rules, table(**given), engine="blocks"))


@pytest.mark.parametrize("column", [False, True])
@pytest.mark.parametrize("mode", sorted(MODES))
def test_negative_rates_of_large_amounts(mode: Any, column: bool) -> None:
    """Where a product is split because it would not fit, a negative rate turns the side to which it is rounded, as a number and as a column."""
    nw: Any = pytest.importorskip("narwhals")
    from salesrules.frames.expressions import ExprOps

    amounts, rates = [10**15 + 5, -(10**15 + 5), 7, 0], [-(10**6) - 1, -(10**6) - 1, 10**6 + 1, -3] if column else [-(10**6) - 1] * 4
    ops = ExprOps(nw.from_native(pl.DataFrame({"a": amounts, "b": rates}).lazy()), rows=4, doubles=False, order=("a",))
    rate = ops.cell(nw.col("b"), -(10**6) - 1, 10**6 + 1) if column else -(10**6) - 1
    made = ops.muldiv(ops.cell(nw.col("a"), -(10**15) - 5, 10**15 + 5), rate, 10**6, mode)
    assert ops.frame.select(made.expr.alias("x")).collect()["x"].to_list() == [divide(a * b, 10**6, mode) for a, b in zip(amounts, rates, strict=True)]


def test_engines_that_divide_as_doubles_are_corrected() -> None:
    """Past 2**53 a quotient is corrected, and past 2**62 it is refused."""
    nw: Any = pytest.importorskip("narwhals")
    from salesrules.frames.expressions import ExprOps

    frame = nw.from_native(pl.DataFrame({"a": [2**60 + 1, 2**53 + 3]}).lazy())
    ops = ExprOps(frame, rows=2, doubles=True, order=("a",))
    made = ops.muldiv(ops.cell(nw.col("a"), 2**53, 2**60 + 1), 1, 7, "half_up")
    assert ops.frame.select(made.expr.alias("x")).collect()["x"].to_list() == [(2 * (2**60 + 1) + 7) // 14, (2 * (2**53 + 3) + 7) // 14]
    with pytest.raises(FactError) as caught:
        ops.muldiv(ops.cell(nw.col("a"), 0, 2**62 + 1), 1, 7, "half_up")
    assert caught.value.code == "frames.too_large"


def test_words_of_expressions() -> None:
    """Where the bounds decide there is no comparison; what holds everywhere is not refused; fractions of different kinds do not add up."""
    nw: Any = pytest.importorskip("narwhals")
    from salesrules.frames.expressions import ExprOps

    ops = ExprOps(nw.from_native(pl.DataFrame({"a": [1, 5], "b": [7, 9]}).lazy()), rows=2, doubles=False, order=("a",))
    low, high = ops.cell(nw.col("a"), 1, 5), ops.cell(nw.col("b"), 7, 9)
    assert ops.min(low, high) is ops.min(high, low) is low
    wrong = FactError("test.wrong", "never raised")
    ops.require(low < 6, lambda: wrong)
    ops.require(high - low > 3, lambda: wrong)
    ops.dens["worth"] = 3
    with pytest.raises(FactError) as caught:
        ops.gather("worth", low, 7, None, "year")
    assert caught.value.code == "frames.denominators"
