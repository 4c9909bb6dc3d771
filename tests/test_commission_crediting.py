"""Who is credited: splits, overlays, overrides, teams, house accounts."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from salesrules.commission import Credit, Factor, FactorStep, Member, Pool, Receipt, Roster, calculate
from salesrules.errors import FactError
from salesrules.scope import Scope
from tests.commission_plans import cny, component, day, flat, month, pays, plan, roster, sale

TEAM = roster("ann dora n rep", "bob dora n rep", "dora eve n lead", "eve - - head")
HALVES = (Credit("ann", "50%"), Credit("bob", "50%"))


def test_split_by_largest_remainder() -> None:
    """Three thirds of 0.10 are 0.04, 0.03 and 0.03: the cent that is over goes to one party, by key, and none is invented."""
    thirds = tuple(Credit(person, "1/3") for person in ("cai", "bob", "ann"))
    run = calculate(plan(component(flat("100%"))), [sale("S", day(1, 5), "0.10", credits=thirds)], on=day(1, 31))
    assert pays(run, "person") == [("cai", "0.03"), ("bob", "0.03"), ("ann", "0.04")]


def test_overlay_is_extra() -> None:
    """A shadow credit of 25% counts the sale once more: 10% of 1000 for the seller, 1% of 250 for the specialist."""
    rules = plan(component(), component(flat("1%"), id="shadow", credit="overlay"))
    shares = (Credit("ann"), Credit("spec", "25%", "overlay"))
    run = calculate(rules, [sale("S", day(1, 5), 1000, credits=shares)], on=day(1, 31))
    assert pays(run, "person", "component", "kind") == [("ann", "base", "split", "100.00"), ("spec", "shadow", "overlay", "2.50")]


def test_overrides_by_level() -> None:
    """Dora gets 2% of the sale as first manager, Eve as second nothing of it, but 10% of what Dora was paid, and 1% of what all left."""
    rules = plan(
        component(),
        component(flat("2%"), id="over", credit="rollup"),
        component(flat("10%"), id="above", credit="rollup", measure="commission", levels=(2,)),
        component(flat("1%"), id="rest", credit="rollup", measure="remainder", levels=(2,)),
    )
    run = calculate(rules, [sale("S", day(1, 5), 1000, "ann")], on=day(1, 31), roster=TEAM)
    # ann 100; dora 20; eve 10% of 20 and 1% of 1000 - 100 - 20
    assert pays(run, "person", "level") == [("ann", 0, "100.00"), ("dora", 1, "20.00"), ("eve", 2, "2.00"), ("eve", 2, "8.80")]
    assert [str(line.measure) for line in run.lines[2:]] == ["20.00 CNY", "880.00 CNY"]


def test_a_level_without_pay_passes_nothing_up() -> None:
    """Where the level below was paid nothing, a commission on its commission is nothing."""
    rules = plan(component(), component(flat("10%"), id="above", credit="rollup", measure="commission", levels=(2,)))
    run = calculate(rules, [sale("S", day(1, 5), 1000, "ann")], on=day(1, 31), roster=TEAM)
    assert pays(run, "person") == [("ann", "100.00"), ("eve", "0.00")]


def test_the_boss_of_both_sellers() -> None:
    """A manager of two sellers of one deal has a line for each, and a partial return takes the right part of both."""
    rules = plan(component(flat("1%"), id="over", credit="rollup"))
    sales = [sale("S", day(1, 5), "100.01", credits=HALVES), sale("R", day(1, 9), "-33.34", returns="S"), sale("T", day(1, 9), "-66.67", returns="S")]
    run = calculate(rules, sales, on=day(1, 31), roster=TEAM)
    assert [line.seller for line in run.lines if line.sale.id == "S"] == ["ann", "bob"]
    assert run.pay("dora") == cny(0)


def test_the_hierarchy_of_the_day_of_the_sale() -> None:
    """A return after a change of managers is taken back from the manager who was paid."""
    posts = Roster(
        (
            Member(person="ann", manager="old", start=day(1, 1), end=day(2, 1)),
            Member(person="ann", manager="new", start=day(2, 1)),
            Member(person="old", start=day(1, 1)),
            Member(person="new", start=day(1, 1)),
        )
    )
    rules = plan(component(flat("1%"), id="over", credit="rollup"))
    sales = [sale("S", day(1, 5), 1000, "ann"), sale("R", day(2, 5), -1000, returns="S"), sale("T", day(2, 5), 500, "ann")]
    assert pays(calculate(rules, sales, on=day(2, 28), roster=posts), "person") == [("old", "10.00"), ("new", "5.00"), ("old", "-10.00")]


def test_cash_follows_the_posts_of_the_sale() -> None:
    """Cash that comes after the seller left is still credited to his team and his manager of the day of the sale."""
    posts = Roster(
        (Member(person="ann", manager="dora", team="n", role="rep", start=day(1, 1), end=day(2, 1)), Member(person="dora", team="n", start=day(1, 1)))
    )
    rules = plan(
        component(flat("1%"), id="own", measure="cash", roles=("rep",)),
        component(flat("2%"), id="over", measure="cash", credit="rollup"),
        component(flat("3%"), id="pool", measure="cash", credit="team"),
        pool=Pool(by="equal"),
    )
    run = calculate(
        rules, [sale("S", day(1, 5), 1000, "ann")], on=day(3, 31), roster=posts, receipts=[Receipt(id="P", sale="S", date=day(3, 5), amount=cny(1000))]
    )
    assert pays(run, "person", "receipt") == [("ann", "P", "10.00"), ("team:n", "P", "30.00"), ("dora", "P", "20.00")]


def test_roles_and_scope() -> None:
    """A component pays only its roles, on the day of the sale, and only the sales in its scope."""
    rules = plan(component(roles=("rep",), id="reps"), component(roles=("lead",), id="leads"), component(scope=Scope(category=("pump",)), id="pumps"))
    run = calculate(
        rules,
        [sale("S", day(1, 5), 100, "ann", category="pump"), sale("T", day(1, 6), 100, "ann"), sale("U", day(1, 7), 100, "stranger")],
        on=day(1, 31),
        roster=TEAM,
    )
    assert [(line.sale.id, line.component) for line in run.lines] == [("S", "reps"), ("S", "pumps"), ("T", "reps")]


def test_house_accounts() -> None:
    """The share of a house account is credited and paid to nobody; the manager above gets nothing for it either."""
    rules = plan(component(), component(flat("1%"), id="over", credit="rollup"), house=("bob",))
    run = calculate(rules, [sale("S", day(1, 5), 1000, credits=HALVES)], on=day(1, 31), roster=TEAM)
    assert pays(run, "person") == [("ann", "50.00"), ("dora", "5.00")]


@pytest.mark.parametrize(("by", "shares"), [("equal", ("34.00", "33.00", "33.00")), ("days", ("46.27", "46.27", "7.46")), ("sales", ("70.00", "30.00", None))])
def test_team_pool(by: Any, shares: tuple[str | None, ...]) -> None:
    """A pool of 10% of 1000 is divided equally, by the days in the team (31 and 31 and 5), or by sales (700 and 300), to the cent."""
    posts = (
        Member(person="ann", team="n", start=day(1, 1)),
        Member(person="bob", team="n", start=day(1, 1)),
        Member(person="cai", team="n", start=day(1, 10), end=day(1, 15)),
        Member(person="dan", team="s", start=day(1, 1)),
    )
    rules = plan(component(id="pool", credit="team"), component(flat("1%"), id="more", credit="team", scope=Scope(category=("pump",))), pool=Pool(by=by))
    sales = [sale("S", day(1, 11), 700, "ann"), sale("T", day(1, 12), 300, "bob")]
    run = calculate(rules, sales, on=day(1, 31), roster=Roster(posts))
    payable = {statement.person: str(statement.payable.amount) for statement in run.statements}
    expected = {person: share for person, share in zip(("ann", "bob", "cai"), shares, strict=True) if share}
    if by == "equal":
        assert sorted(payable.values()) == ["33.33", "33.33", "33.34"]
    else:
        assert payable == expected


def test_a_pool_counts_each_sale_once() -> None:
    """Shares by sales do not grow with the number of components that pay a sale, and only the roles named take part."""
    rules = plan(
        component(id="pool", credit="team"),
        component(flat("1%"), id="more", credit="team", scope=Scope(category=("pump",))),
        pool=Pool(by="sales", roles=("rep",)),
    )
    sales = [sale("S", day(1, 11), 500, "ann", category="pump"), sale("T", day(1, 12), 500, "bob"), sale("U", day(1, 12), 1000, "dora")]
    run = calculate(rules, sales, on=day(1, 31), roster=TEAM)
    # 10% of 2000 and 1% of 500 = 205, half each; dora sold, but is no rep
    assert {one.person: str(one.payable.amount) for one in run.statements} == {"ann": "102.50", "bob": "102.50"}


def test_days_of_two_posts_add_up() -> None:
    """Who changes his post inside the team counts with all his days, and once where shares are equal."""
    posts = Roster(
        (
            Member(person="ann", team="n", start=day(1, 1), end=day(1, 11)),
            Member(person="ann", team="n", role="lead", start=day(1, 11)),
            Member(person="bob", team="n", start=day(1, 1)),
        )
    )
    for by in ("days", "equal"):
        run = calculate(plan(component(id="pool", credit="team"), pool=Pool(by=by)), [sale("S", day(1, 11), 1000, "ann")], on=day(1, 31), roster=posts)
        assert {one.person: str(one.payable.amount) for one in run.statements} == {"ann": "50.00", "bob": "50.00"}


def test_a_pool_for_nobody() -> None:
    """A pool that nobody may take part in is refused, and so is a team credit for somebody without a team."""
    rules = plan(component(id="pool", credit="team"), pool=Pool(by="equal", roles=("ghost",)))
    with pytest.raises(FactError, match=r"commission\.empty_pool"):
        _ = calculate(rules, [sale("S", day(1, 11), 1000, "ann")], on=day(1, 31), roster=TEAM).statements
    for person in ("eve", "stranger"):
        with pytest.raises(FactError, match=r"roster\.no_team"):
            calculate(rules, [sale("S", day(1, 11), 1000, person)], on=day(1, 31), roster=TEAM)


def test_dividing_the_commission() -> None:
    """With split = commission the sale is computed as a whole, and what it pays is divided; a house account's share is paid to nobody."""
    rules = plan(
        component(flat("10%")),
        component(flat("1%"), id="over", credit="rollup"),
        component(flat("5%"), id="shadow", credit="overlay"),
        split="commission",
        house=("bob",),
    )
    shares = (Credit("ann", "1/3"), Credit("bob", "2/3"), Credit("spec", "10%", "overlay"))
    run = calculate(rules, [sale("S", day(1, 5), "10.01", credits=shares), sale("R", day(1, 6), "-10.01", returns="S")], on=day(1, 31), roster=TEAM)
    # 1.00 in all: 0.33 and 0.67; dora 1% of 3.34; the specialist 5% of 1.00
    assert pays(run, "person", "kind")[:3] == [("ann", "commission", "0.33"), ("dora", "rollup", "0.03"), ("spec", "overlay", "0.05")]
    assert [run.pay(person) for person in ("ann", "bob", "dora", "spec")] == [cny(0)] * 4
    assert run.lines[0].by_rule == cny("1.00")
    assert run.lines[0].working.children[1].code == "commission.line.divided"


def test_dividing_among_those_in_a_role() -> None:
    """With split = commission a component that is for one role pays that person's part alone, and nobody where nobody has the role."""
    rules = plan(component(roles=("rep",), id="reps"), component(roles=("ghost",), id="ghosts"), split="commission")
    run = calculate(rules, [sale("S", day(1, 5), 1000, credits=(Credit("ann", "50%"), Credit("eve", "50%")))], on=day(1, 31), roster=TEAM)
    assert pays(run, "person", "component") == [("ann", "reps", "50.00")]


def test_receipts_do_not_pay_the_sale_again() -> None:
    """A payment for a divided sale makes no line where the plan does not pay cash."""
    rules = plan(split="commission")
    run = calculate(rules, [sale("S", day(1, 5), 1000, credits=HALVES)], on=day(1, 31), receipts=[Receipt(id="P", sale="S", date=day(1, 9), amount=cny(1000))])
    assert pays(run, "person") == [("ann", "50.00"), ("bob", "50.00")]


def test_factor_of_the_person_who_is_paid() -> None:
    """A coefficient is that of the person paid, in the settlement period of the sale."""
    factors = [Factor(name="kpi", person=person, period=month(1), value=value) for person, value in (("ann", "1.1"), ("bob", "0.9"))]
    run = calculate(plan(component(flat(), FactorStep(name="kpi"))), [sale("S", day(1, 5), 1000, credits=HALVES)], on=day(1, 31), factors=factors)
    assert pays(run, "person") == [("ann", "55.00"), ("bob", "45.00")]


def test_one_split_and_one_overlay() -> None:
    """A single seller with a shadow credit beside him is credited with the whole sale."""
    run = calculate(plan(), [sale("S", day(1, 5), 1000, credits=(Credit("ann"), Credit("ann", Fraction(1, 2), "overlay")))], on=date(2026, 1, 31))
    assert pays(run, "person", "share") == [("ann", Fraction(1), "100.00")]


def test_a_seller_without_a_post_is_refused_where_managers_are_credited() -> None:
    """Who has no entry in the roster has nobody above; that is said, and not taken for a sale without overrides."""
    rules = plan(component(), component(flat("2%"), id="over", credit="rollup"))
    with pytest.raises(FactError) as caught:
        calculate(rules, [sale("S", day(1, 5), 1000)], on=day(1, 31), roster=roster("li wang", "wang"))
    assert (caught.value.code, caught.value.path) == ("roster.no_post", "sale S")
