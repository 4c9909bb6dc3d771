"""Returns and cancellations: what is taken back, from whom, under which version of the plan."""

from fractions import Fraction
from typing import Any

import attrs
import pytest

from salesrules.commission import Cap, Conversion, Credit, Floor, FxRate, PlanRate, Rate, RateEntry, Returns, Sale, Tiers, calculate
from salesrules.errors import FactError, NotInForce, PolicyError
from salesrules.money import Money
from salesrules.periods import CivilCalendar
from salesrules.scope import Scope
from salesrules.timeline import Entry, Timeline
from salesrules.trace import replay
from tests.commission_plans import cny, component, day, flat, marginal, pays, plan, sale

TIERS = Tiers(table=marginal((0, "10%"), (1000, "20%")), over="year")
RECOMPUTE = Returns(rate="recompute")


def test_at_the_rate_of_the_sale_or_at_the_tier_of_now() -> None:
    """A sale paid at 10% is taken back at 10%, though the tiers are at 20% by now; under recompute at 20%. Both figures are kept."""
    sales = [sale("S", day(1, 5), 1000), sale("T", day(2, 5), 1000), sale("R", day(3, 5), -500, returns="S")]
    original = calculate(plan(component(TIERS)), sales, on=day(3, 31))
    assert pays(original, "by_rule") == [(cny(100), "100.00"), (cny(200), "200.00"), (cny(-100), "-50.00")]
    recomputed = calculate(plan(component(TIERS), returns=RECOMPUTE), sales, on=day(3, 31))
    assert pays(recomputed) == ["100.00", "200.00", "-100.00"]
    assert replay(original.lines[2].working) == cny(-50)
    assert original.lines[2].working.children[1].code == "commission.line.returned"


def test_a_cancelled_deal_may_cost_more_than_it_earned() -> None:
    """Under recompute the first deal loses its own 100 and the tier it had lifted the others into: 100 + 100."""
    sales = [sale("S", day(1, 5), 1000), sale("T", day(2, 5), 1000), sale("R", day(3, 5), -1000, returns="S")]
    run = calculate(plan(component(TIERS), returns=RECOMPUTE), sales, on=day(3, 31))
    assert pays(run) == ["100.00", "200.00", "-200.00"]


def test_partial_returns_telescope() -> None:
    """Three thirds of a pay of 1.00 are taken back as 0.33, 0.34 and 0.33: the running total is divided, not each part."""
    sales = [sale("S", day(1, 5), "10.02"), *(sale(f"R{part}", day(1, 6), "-3.34", returns="S") for part in range(3))]
    assert pays(calculate(plan(), sales, on=day(1, 31))) == ["1.00", "-0.33", "-0.34", "-0.33"]


def test_cents_returned_one_by_one_from_a_split() -> None:
    """Four returns of 0.01 from a sale of 0.04 credited to three leave nobody with more returned than sold."""
    shares = tuple(Credit(person, "1/3") for person in "abc")
    sales = [sale("S", day(1, 5), "0.04", credits=shares), *(sale(f"R{part}", day(1, 6), "-0.01", returns="S") for part in range(4))]
    run = calculate(plan(component(flat("100%"))), sales, on=day(1, 31))
    assert [run.pay(person) for person in "abc"] == [cny(0)] * 3


def test_a_return_on_the_day_of_the_sale() -> None:
    """A return comes after the sale of its day, though its id sorts before it."""
    assert pays(calculate(plan(), [sale("Z", day(1, 5), 100), sale("A", day(1, 5), -100, returns="Z")], on=day(1, 31))) == ["10.00", "-10.00"]


def test_a_return_is_a_return_of_that_sale() -> None:
    """Product, customer and credits are those of the sale, whatever the return says or leaves out; so the same component takes it back."""
    rules = plan(
        component(scope=Scope(category=("pump",)), id="pumps"), component(Rate(entries=(RateEntry(rate="1%", scope=Scope(customer=("C1",))),)), id="c1")
    )
    sold = sale("S", day(1, 5), 1000, category="pump", customer="C1")
    for back in (sale("R", day(1, 6), -1000, returns="S"), Sale(id="R", date=day(1, 6), amount=cny(-1000), person="somebody", category="valve", returns="S")):
        run = calculate(rules, [sold, back], on=day(1, 31))
        assert pays(run, "person") == [("chen", "100.00"), ("chen", "10.00"), ("chen", "-100.00"), ("chen", "-10.00")]


def test_the_version_of_the_sale() -> None:
    """A sale of June at 10% is taken back in August at 10%, by the component of June, though July brought 20% and another component."""
    june = plan(component(), effective_until=day(7, 1))
    july = plan(component(flat("20%"), id="other"), effective_from=day(7, 1))
    versions = Timeline((Entry(day(1, 1), june), Entry(day(7, 1), july)))
    sales = [
        sale("S", day(6, 5), 100),
        sale("T", day(7, 5), 100),
        sale("R", day(8, 5), -100, returns="S"),
        sale("Q", day(8, 5), -40, returns="S2"),
        sale("S2", day(6, 30), 100),
    ]
    run = calculate(versions, sales, on=day(8, 31))
    assert pays(run, "component") == [("base", "10.00"), ("base", "10.00"), ("other", "20.00"), ("base", "-4.00"), ("base", "-10.00")]


def test_after_the_plan_has_ended() -> None:
    """What is returned after the last version is taken back under it, but nothing is settled on a day without a plan."""
    versions = Timeline((Entry(day(1, 1), plan()), Entry(day(3, 1), plan(component(flat("5%")), effective_from=day(3, 1)))), ends=day(6, 1))
    with pytest.raises(NotInForce):
        calculate(versions, [sale("S", day(5, 5), 100), sale("R", day(6, 5), -100, returns="S")], on=day(6, 30))


def test_versions_that_forgot_their_date() -> None:
    """The entry of the timeline decides which version holds, even if both plans say that they begin on the same day."""
    one, two = plan(), plan(component(flat("20%")))
    versions = Timeline((Entry(day(1, 1), one), Entry(day(1, 15), two)))
    sales = [sale("S", day(1, 20), 100), sale("T", day(1, 10), 100), sale("R", day(1, 21), -100, returns="T")]
    assert pays(calculate(versions, sales, on=day(1, 31)), "person") == [("chen", "10.00"), ("chen", "20.00"), ("chen", "-10.00")]


def test_window() -> None:
    """Within 30 days, the last included, pay is taken back; a day later it stays, and the line says what the rules would take."""
    rules = plan(returns=Returns(rate="original", window="30 days"))
    for back, taken in ((day(1, 31), "-10.00"), (day(2, 1), "0.00")):
        run = calculate(rules, [sale("S", day(1, 1), 100), sale("R", back, -100, returns="S")], on=day(2, 28))
        assert pays(run, "by_rule")[1] == (cny(-10), taken)
    run = calculate(
        attrs.evolve(rules, returns=Returns(rate="recompute", window="30 days")),
        [sale("S", day(1, 1), 100), sale("R", day(2, 1), -100, returns="S")],
        on=day(2, 28),
    )
    assert pays(run) == ["10.00", "0.00"]


@pytest.mark.parametrize(
    ("returns", "taken"),
    [
        (Returns(rate="original", mode="full"), ["-12.00", "0.00"]),
        (Returns(rate="original", mode="full", share="50%"), ["-6.00", "0.00"]),
        (Returns(rate="original", share="50%"), ["-1.50", "-1.50"]),
        # 12 months: after 3 whole months 9/12 of 3.00, after 6 whole months 6/12 of 3.00
        (Returns(rate="original", mode="declining", months=12), ["-2.25", "-1.50"]),
        (Returns(rate="original", mode="declining", months=4), ["-0.75", "0.00"]),
    ],
)
def test_modes(returns: Returns, taken: list[str]) -> None:
    """Two quarters of a sale of 120 at 10% come back after three and after six months."""
    sales = [sale("S", day(1, 5), 120), sale("R", day(4, 5), -30, returns="S"), sale("T", day(7, 6), -30, returns="S")]
    assert pays(calculate(plan(returns=returns), sales, on=day(7, 31)))[1:] == taken


def test_half_of_each_part_is_half_of_the_whole() -> None:
    """Three returns of which half is taken back take 0.02 of 0.03, not 0.03: the share is applied to the running total."""
    rule = Returns(rate="original", share="50%")
    assert sum(rule.taken_back(paid=3, returned_before=part, returned=1, of=3, unearned=Fraction(1, 2)) for part in range(3)) == -2


def test_full_without_anything_returned() -> None:
    """A return of nothing takes nothing back, and does not use up the clause that takes everything."""
    rule = Returns(rate="original", mode="full")
    assert [rule.taken_back(paid=100, returned_before=before, returned=now, of=10) for before, now in ((0, 0), (0, 1), (1, 5))] == [0, -100, 0]


def test_caps_and_floors_come_back() -> None:
    """What a floor lifted and what a cap cut is taken back as it was paid."""
    rules = plan(component(flat("1%"), Floor(amount=cny(5)), Cap(over="year", amount=cny(12))))
    sales = [
        sale("S", day(1, 5), 100),
        sale("T", day(1, 6), 1000),
        sale("R", day(2, 1), -50, returns="S"),
        sale("Q", day(2, 2), -1000, returns="T"),
        sale("U", day(2, 3), -50, returns="S"),
    ]
    assert pays(calculate(rules, sales, on=day(2, 28))) == ["5.00", "7.00", "-2.50", "-7.00", "-2.50"]


def test_a_floor_never_pays_a_return() -> None:
    """The floor of a tiny return is below zero, even if it is too small for a deal to be counted."""
    rules = plan(component(flat("1%"), Floor(amount=cny(5))), returns=RECOMPUTE)
    run = calculate(rules, [sale("S", day(1, 5), 100_000), sale("R", day(1, 6), "-0.01", returns="S")], on=day(1, 31))
    assert pays(run) == ["1000.00", "-5.00"]


def test_deals_and_units_come_back() -> None:
    """Half a return is half a deal: two halves of a 30 deal take 15 each, and the units are those returned."""
    deal = component(Rate(entries=(RateEntry(amount=30),)), id="deal", measure="deals")
    new = component(Rate(entries=(RateEntry(amount=7),)), id="new", measure="new_customers")
    unit = component(Rate(entries=(RateEntry(amount=2),)), id="unit", measure="units")
    sold = sale("S", day(1, 5), 100, units=10, new_customer=True)
    back = [sale(f"R{part}", day(1, 6), -50, returns="S", units=-5) for part in range(2)]
    run = calculate(plan(deal, new, unit, returns=RECOMPUTE), [sold, *back], on=day(1, 31))
    assert pays(run) == ["30.00", "7.00", "20.00", *["-15.00", "-3.50", "-10.00"] * 2]


def test_sales_without_a_value() -> None:
    """A sale of units at no price is taken back by units; one with neither comes back at once, and only once."""
    rules = plan(component(Rate(entries=(RateEntry(fixed=9),))))
    run = calculate(
        rules, [sale("S", day(1, 5), 0, units=3), sale("R", day(1, 6), 0, units=-1, returns="S"), sale("T", day(1, 7), 0, units=-2, returns="S")], on=day(1, 31)
    )
    assert pays(run) == ["9.00", "-3.00", "-6.00"]
    given = [sale("S", day(1, 5), 0), sale("R", day(1, 6), 0, returns="S")]
    assert pays(calculate(rules, given, on=day(1, 31))) == ["9.00", "-9.00"]
    with pytest.raises(FactError, match=r"sale\.returned_too_much"):
        calculate(rules, [*given, sale("T", day(1, 7), 0, returns="S")], on=day(1, 31))


def test_the_rate_of_exchange_of_the_sale() -> None:
    """100 USD sold at 7.1 and returned when the dollar stands at 7.3 take back exactly what they paid, and the tiers stand as before."""
    rules = plan(component(TIERS), conversion=Conversion(at="event"))
    rates = [FxRate(base="USD", quote="CNY", date=day(1, 5), rate="7.1"), FxRate(base="USD", quote="CNY", date=day(2, 5), rate="7.3")]
    sales = [
        Sale(id="S", date=day(1, 5), amount=Money(100, "USD"), person="chen"),
        *(Sale(id=f"R{cents}", date=day(2, 5), amount=Money(cents, "USD"), returns="S") for cents in ("-33.33", "-66.67")),
    ]
    run = calculate(rules, sales, on=day(2, 28), rates=rates)
    assert run.pay("chen") == cny(0)
    assert run.state.totals == ()
    with pytest.raises(FactError, match=r"sale\.return_currency"):
        calculate(rules, [sales[0], sale("R", day(2, 5), -5, returns="S")], on=day(2, 28), rates=rates)


def test_costs_of_returns() -> None:
    """Margin comes back with the costs of the returns; a return that does not tell its cost is refused where the margin is measured."""
    rules = plan(component(measure="margin"), returns=RECOMPUTE, conversion=Conversion(at="plan", rates=(PlanRate(base="USD", rate=7),)))
    sold = sale("S", day(1, 5), 100, cost=cny(60), credits=(Credit("chen", "50%"), Credit("li", "50%")))
    half = sale("R", day(1, 6), -50, cost=cny(-30), returns="S")
    run = calculate(rules, [sold, half, sale("T", day(1, 7), -50, cost=cny(-30), returns="S")], on=day(1, 31))
    assert pays(run) == ["2.00", "2.00", "-1.00", "-1.00", "-1.00", "-1.00"]
    with pytest.raises(FactError, match=r"sale\.no_cost"):
        calculate(rules, [sold, half, sale("T", day(1, 7), -50, returns="S")], on=day(1, 31))


def test_returns_in_later_runs() -> None:
    """A second run takes back what the first did not: the returns in the history count, and a full clawback is not repeated."""
    sold, one = sale("S", day(1, 5), "10.01"), sale("R", day(1, 20), "-5.00", returns="S")
    first = calculate(plan(), [sold, one], on=day(1, 31))
    two = sale("T", day(2, 5), "-5.01", returns="S")
    second = calculate(plan(), [two], on=day(2, 28), opening=first.state, history=first.lines)
    assert pays(first) + pays(second) == ["1.00", "-0.50", "-0.50"]
    with pytest.raises(FactError, match=r"sale\.returned_too_much"):
        calculate(plan(), [attrs.evolve(two, amount=cny("-5.02"))], on=day(2, 28), opening=first.state, history=first.lines)
    full = plan(returns=Returns(rate="original", mode="full"))
    first = calculate(full, [sold, one], on=day(1, 31))
    assert pays(first) + pays(calculate(full, [two], on=day(2, 28), history=first.lines)) == ["1.00", "-1.00", "0.00"]


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("commission.declining", {"rate": "original", "mode": "declining"}),
    ("commission.declining", {"rate": "original", "months": 3}),
    ("commission.recompute_mode", {"rate": "recompute", "mode": "full"}),
    ("commission.recompute_share", {"rate": "recompute", "share": "50%"}),
    ("commission.returns_share", {"rate": "original", "share": "-1%"}),
]


@pytest.mark.parametrize(("code", "options"), REFUSED)
def test_refused_clauses(code: str, options: dict[str, Any]) -> None:
    """A clawback clause that contradicts itself is refused."""
    with pytest.raises(PolicyError) as caught:
        Returns(**options)
    assert caught.value.code == code
    assert caught.value.message


def test_a_window_that_is_no_delay() -> None:
    """A window must be a delay that the due-date grammar knows."""
    with pytest.raises(PolicyError):
        Returns(rate="original", window="soon")
    assert Returns(rate="original", window="month end").within(day(1, 5), day(1, 31), CivilCalendar())
