"""Plans that round to a step of their own, and totals over intervals that begin on one day."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from salesrules.bands import Marginal, RateBand
from salesrules.commission import Cap, Component, FactorStep, Plan, Rate, RateEntry, Returns, Sale, Tiers, calculate
from salesrules.errors import PolicyError
from salesrules.money import Money, Rounding
from salesrules.timeline import Entry, Timeline
from salesrules.trace import replay

RATE = Rate(entries=(RateEntry(rate=Fraction(1, 10)),))


def plan(*steps: Any, currency: str, rounding: Rounding, start: date = date(2026, 1, 1)) -> Plan:
    """A plan of one component."""
    component = Component(id="base", measure="sales", steps=steps)
    return Plan(id="p", currency=currency, effective_from=start, returns=Returns(rate="recompute"), rounding=rounding, components=(component,))


def test_a_cap_has_the_last_word() -> None:
    """What a step made money of is not rounded again: 0.068 is no multiple of 0.005, and stays the limit. A factor after it is rounded."""
    up = Rounding("up", step="0.005")
    sale = Sale(id="S", date=date(2026, 1, 9), amount=Money("5", "KWD"), person="li")
    cap = Cap(amount=Money("0.068", "KWD"), over="sale")
    (line,) = calculate(plan(RATE, cap, currency="KWD", rounding=up), [sale], on=date(2026, 1, 31)).lines
    assert line.pay == replay(line.working) == Money("0.068", "KWD")
    (line,) = calculate(plan(RATE, cap, FactorStep(value=Fraction(1, 2)), currency="KWD", rounding=up), [sale], on=date(2026, 1, 31)).lines
    assert line.pay == replay(line.working) == Money("0.035", "KWD")


def test_a_step_must_be_payable() -> None:
    """0.05 yen cannot be paid, so no plan may round to it."""
    with pytest.raises(PolicyError) as caught:
        plan(RATE, currency="JPY", rounding=Rounding("half_up", step="0.05"))
    assert (caught.value.code, caught.value.path) == ("rounding.step", "rounding")


def test_totals_over_different_intervals_are_apart() -> None:
    """A quarter and a year that begin on one day have a total each, although the step of the two versions has one name."""
    table = Marginal(bands=(RateBand(start=0, rate="1%"), RateBand(start=1000, rate="10%")))
    half_up = Rounding("half_up")
    quarter = plan(Tiers(table=table, over="quarter"), currency="CNY", rounding=half_up)
    year = plan(Tiers(table=table, over="year"), currency="CNY", rounding=half_up, start=date(2026, 1, 15))
    plans = Timeline((Entry(quarter.effective_from, quarter), Entry(year.effective_from, year)))
    sales = [Sale(id=f"S{day}", date=date(2026, 1, day), amount=Money("1000", "CNY"), person="li") for day in (9, 20)]
    run = calculate(plans, sales, on=date(2026, 1, 31))
    assert [line.pay for line in run.lines] == [Money("10", "CNY"), Money("10", "CNY")]
    assert run.state.totals == (("base.tiers1.quarter", ("li", "2026-01-01"), 100_000), ("base.tiers1.year", ("li", "2026-01-01"), 100_000))
