"""The working of every kind of step can be recomputed, stored, and read in every language."""

from datetime import date

import pytest

from salesrules.commission import Credit, Incentive, Member, Plan, Quota, Roster, Run, Sale, calculate
from salesrules.money import Money
from salesrules.periods import CivilCalendar
from salesrules.policy import loads
from salesrules.text import LOCALES, step_from_data, step_to_data, working_text
from salesrules.trace import Step, replay

PLAN = """
schema = "salesrules/1"
kind = "commission"
id = "north"
currency = "CNY"
effective_from = 2026-01-01
unit_digits = 1
returns = { rate = "original" }

[[components]]
id = "units"
measure = "units"
steps = [
  { kind = "gate", on = "units", at_least = 2, otherwise = "50%", counts = true, scope = { category = ["pump"] } },
  { kind = "tiers", over = "quarter", table = { kind = "marginal", bands = [{ from = 1, amount = 5 }, { from = 10, amount = 8 }] } },
]
[[components]]
id = "pieces"
measure = "units"
steps = [
  { kind = "rate", entries = [{ factor = 1 }, { scope = { category = ["pump"], region = ["east"] }, amount = 4 }] },
  { kind = "tiers", over = "quarter", by = "units", table = { kind = "whole", bands = [{ from = 0, factor = 1 }, { from = 10, factor = "1.5" }] } },
]
[[components]]
id = "curve"
measure = "sales"
steps = [
  { kind = "tiers", over = "quarter", on = "attainment", table = { kind = "interpolated", below = "clamp", above = "clamp", points = [
    { at = 0, value = 0 }, { at = 1, value = 1 } ] } },
  { kind = "target", over = "quarter", share = "60%" },
]
[[components]]
id = "hurdle"
measure = "sales"
steps = [
  { kind = "gate", on = "amount", at_least = 1000, at_most = 90000, counts = true },
  { kind = "rate", entries = [{ rate = "2%" }] },
  { kind = "hurdle", on = "attainment", at_least = "80%", over = "quarter" },
  { kind = "bonus", over = "quarter", on = "attainment", table = { kind = "step", bands = [{ from = "50%", amount = 200 }] } },
  { kind = "cap", over = "sale", of_sale = "1.5%" },
]
[[components]]
id = "size"
measure = "sales"
steps = [{ kind = "rate", entries = [{ rate = "1%" }] }, { kind = "hurdle", on = "amount", at_least = 50000, over = "quarter" }]
[[components]]
id = "fixed"
measure = "sales"
steps = [
  { kind = "gate", on = "margin_rate", at_most = "30%", counts = true },
  { kind = "rate", entries = [{ fixed = 50 }, { scope = { category = ["pump"] }, by = "discount", table = { kind = "lookup", bands = [
    { from = 0, value = "3%" } ] } }] },
  { kind = "factor", value = "0.9" },
  { kind = "floor", amount = "30 CNY" },
]
"""
CALENDAR = CivilCalendar()


def _sale(name: str, day: int, amount: str, units: str, category: str, *credits: Credit) -> Sale:
    money = Money(amount, "CNY")
    shared = credits or (Credit("chen"),)
    day_sold = date(2026, 2, day)
    return Sale(id=name, date=day_sold, amount=money, list_amount=money + money, cost=money, units=units, category=category, region="east", credits=shared)


def _run(plan: str = PLAN) -> Run:
    read = loads(plan)
    assert isinstance(read, Plan)
    quarter = CALENDAR.parse("2026-Q1")
    people = ("chen", "li")
    sales = (
        _sale("S1", 3, "80000", "1", "pump"),
        _sale("S2", 4, "50000", "12.5", "valve", Credit("chen", "60%"), Credit("li", "40%")),
        _sale("S3", 5, "1000", "1", "pump"),
    )
    return calculate(
        read,
        sales,
        on=date(2026, 2, 28),
        roster=Roster(tuple(Member(person=person, role="rep", start=date(2026, 1, 1)) for person in people)),
        quotas=[Quota(person=person, period=quarter, amount=Money("100000", "CNY")) for person in people],
        incentives=[Incentive(person=person, period=quarter, amount=Money("6000", "CNY")) for person in people],
    )


def _working(run: Run, sale: str, component: str) -> Step:
    return next(line.working for line in run.lines if line.sale.id == sale and line.component == component)


@pytest.mark.parametrize("rounding", ["", 'rounding = { mode = "half_up", per = "document" }\n'])
def test_workings_recompute(rounding: str) -> None:
    """Whatever the steps and the rounding, the pay follows from the leaves, and the working survives being stored."""
    for line in _run(PLAN.replace("unit_digits", f"{rounding}unit_digits")).lines:
        assert replay(line.working) == line.pay
        assert step_from_data(step_to_data(line.working)) == line.working


@pytest.mark.parametrize("locale", LOCALES)
def test_workings_told(locale: str) -> None:
    """No step is left to its code, and no parameter to its placeholder."""
    for line in _run().lines:
        told = working_text(line.working, locale)
        assert "commission." not in told
        assert "{" not in told


def test_credit_told() -> None:
    """What was credited is told in every working, also where tiers speak of running totals alone."""
    assert all(line.working.find("commission.measure") for line in _run().lines)


def test_rate_told_behind_a_hurdle() -> None:
    """What reaches back still says what this sale brings and at which rate."""
    run = _run()
    assert "Rate for all sales: 2%" in working_text(_working(run, "S1", "hurdle"), "en")
    assert "Amount per unit for category pump; region east: CN¥4.00" in working_text(_working(run, "S1", "pieces"), "en")


def test_gate_told() -> None:
    """A gate says what it measured and what it wanted, quantities as numbers; a sale outside its scope is told to be so."""
    run = _run()
    missed = "Condition for category pump missed: units 1, required at least 2; share paid = 50%"
    assert missed in working_text(_working(run, "S1", "units"), "en")
    assert _working(run, "S2", "units").find("commission.gate.untested") == ()
    assert "Condition met: sale amount CN¥80,000.00, required CN¥1,000.00 to CN¥90,000.00 = 100%" in working_text(_working(run, "S1", "hurdle"), "en")
    small = PLAN.replace('category = ["pump"] } },\n  { kind = "tiers"', 'category = ["lathe"] } },\n  { kind = "tiers"')
    assert "Condition not tested, it is for category lathe" in working_text(_working(_run(small), "S1", "units"), "en")


def test_quantities_are_no_percentages() -> None:
    """One unit is 1 and not 100%."""
    told = working_text(_working(_run(), "S3", "units"), "en")
    assert "Credited units: 1 (" in told
    assert "1 × 5 = 5" in told
