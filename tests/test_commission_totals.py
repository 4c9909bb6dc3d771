"""Statements from totals: the same figures as from the lines, run by run, and what is refused."""

import json
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesrules.commission import (
    Draw,
    Guarantee,
    Holdback,
    Member,
    Plan,
    Pool,
    Returns,
    Roster,
    Run,
    Sale,
    Settled,
    Stage,
    State,
    Statement,
    Tiers,
    Total,
    calculate,
    settle,
    total_up,
)
from salesrules.commission.draws import Balance
from salesrules.errors import FactError, NotInForce
from salesrules.money import Money
from salesrules.text import LOCALES
from salesrules.timeline import Entry, Timeline
from salesrules.trace import replay
from tests.commission_plans import CALENDAR, cny, component, day, flat, marginal, month, plan, roster, sale


def total(number: int, pay: str | int, /, person: str = "chen", **options: Any) -> Total:
    """A total of a month of 2026 in which ten times the pay was credited on 10 lines."""
    amounts = {"credited": Money.total([cny(pay)] * 10, "CNY"), "pay": cny(pay)}
    given: dict[str, Any] = {"person": person, "period": month(number), "component": "base", "lines": 10, **amounts}
    return Total(**(given | options))


def told(statements: tuple[Statement, ...]) -> list[tuple[Any, ...]]:
    """What statements from lines and from totals have in common: all but the lines and single entries."""
    return [
        (one.person, one.name, one.period, one.plan.id, one.payable, one.commission, one.drawn, one.opening, one.closing, one.working, one.on)
        for one in statements
    ]


def from_totals(run: Run, **options: Any) -> Settled:
    """The totals of a run settled, as the run settles its lines."""
    return settle(run.plans, total_up(run.plan, run.lines), on=run.on, roster=run.roster, running=run.state, **options)


# The same figures


POSTS = Roster(
    (
        Member(person="ann", manager="boss", team="north", role="rep", start=day(1, 1)),
        Member(person="bob", manager="boss", team="north", role="rep", start=day(1, 20), end=day(4, 10), name="Bob Li"),
        Member(person="cai", manager="boss", team="south", role="rep", start=day(2, 3)),
        Member(person="boss", team="north", role="lead", start=day(1, 1)),
    )
)
LAST = day(6, 30)

draws = st.builds(
    Draw,
    amount=st.integers(1, 80).map(cny),
    kind=st.sampled_from(("recoverable", "non_recoverable")),
    until=st.integers(0, 4),
    recovery_from=st.integers(1, 3),
    recovery_share=st.sampled_from((Fraction(1), Fraction(1, 3))),
    on_exit=st.sampled_from(("due", "forgiven")),
    roles=st.sampled_from(((), ("rep",))),
)
guarantees = st.builds(Guarantee, amounts=st.lists(st.integers(0, 90).map(cny), min_size=1, max_size=3).map(tuple), roles=st.sampled_from(((), ("rep",))))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Plans that are settled in every way that totals can tell."""
    parts = [component(Tiers(table=marginal((0, "7.77%"), (400, "12%")), over=draw(st.sampled_from(("period", "year")))))]
    options: dict[str, Any] = {}
    if draw(st.booleans()):
        parts.append(component(flat("1.3%"), id="over", credit="rollup"))
    if draw(st.booleans()):
        parts.append(component(flat("2.1%"), id="team", credit="team"))
        options["pool"] = Pool(by=draw(st.sampled_from(("equal", "days"))))
    return plan(
        *parts,
        draw=draw(st.none() | draws),
        guarantee=draw(st.none() | guarantees),
        negative=draw(st.sampled_from(("deduct", "carry"))),
        settle=draw(st.sampled_from(("month", "quarter"))),
        returns=Returns(rate=draw(st.sampled_from(("original", "recompute")))),
        **options,
    )


@st.composite
def sales(draw: st.DrawFn) -> list[Sale]:
    """Sales of people who are there on the day, some of them returned later."""
    found = []
    for number in range(draw(st.integers(0, 8))):
        person, first, last = draw(st.sampled_from((("ann", day(1, 1), LAST), ("bob", day(1, 20), day(4, 9)), ("cai", day(2, 3), LAST))))
        when = first + timedelta(days=draw(st.integers(0, (last - first).days)))
        amount = draw(st.integers(0, 60_000))
        found.append(Sale(id=f"S{number}", date=when, amount=Money.from_minor(amount, "CNY"), person=person))
        if amount and draw(st.booleans()):
            back = when + timedelta(days=draw(st.integers(0, (LAST - when).days)))
            found.append(Sale(id=f"R{number}", date=back, amount=Money.from_minor(-draw(st.integers(1, amount)), "CNY"), returns=f"S{number}"))
    return found


@given(plans(), sales(), st.sampled_from((LAST, day(5, 20))))
def test_totals_settle_as_their_lines(rules: Plan, sold: list[Sale], on: date) -> None:
    """Payable, commission, draw, balances and working of every statement are those of the run, and so is the state to go on from."""
    run = calculate(rules, sold, on=on, roster=POSTS)
    settled = from_totals(run)
    assert told(settled.statements) == told(run.statements)
    assert settled.state == run.state
    assert all(replay(one.working) == one.payable for one in settled.statements)


@given(plans(), sales(), st.lists(st.integers(0, (LAST - day(1, 1)).days), max_size=4))
def test_totals_settle_run_by_run(rules: Plan, sold: list[Sale], cuts: list[int]) -> None:
    """However the days are cut, complete periods have the statements of the whole, if totals of the unfinished period are passed as history."""
    whole = calculate(rules, sold, on=LAST, roster=POSTS)
    expected = {(one[0], one[2]): one[4:-1] for one in told(whole.statements)}
    found: dict[Any, Any] = {}
    running, opening = None, State()
    lines: tuple[Any, ...] = ()
    history: tuple[Total, ...] = ()
    for cut in sorted({LAST, *(day(1, 1) + timedelta(days=number) for number in cuts)}):
        mine = [one for one in sold if one.date <= cut and (opening.through is None or one.date > opening.through)]
        run = calculate(rules, mine, on=cut, roster=POSTS, opening=running, history=lines)
        lines, running = (*lines, *run.lines), State.from_data(json.loads(json.dumps(run.state.to_data())))
        settled = settle(
            rules, total_up(rules, run.lines), on=cut, roster=POSTS, opening=opening if opening.through else None, history=history, running=running
        )
        found |= {(one[0], one[2]): one[4:-1] for one in told(settled.statements) if one[2].last <= cut}
        opening = State.from_data(settled.state.to_data())
        unfinished = [line for line in lines if line.sale.date in run.period] if opening.open_lines else []
        history = total_up(rules, unfinished)
    assert found == expected
    assert opening == whole.state


def test_a_year_month_by_month() -> None:
    """Twelve settlements, each going on from the state before, pay what one settlement of the year pays."""
    rules = plan(draw=Draw(amount=cny(50), kind="recoverable"), negative="carry")
    pays = (20, 80, -40, 10, 0, 90, 60, -5, 70, 30, 200, 40)
    totals = [total(number, pay) for number, pay in enumerate(pays, start=1)]
    year = settle(rules, totals, on=day(12, 31), roster=roster("chen"), running=State())
    opening, single = None, []
    for number, one in enumerate(totals, start=1):
        settled = settle(rules, [one], on=month(number).last, roster=roster("chen"), opening=opening, running=State())
        opening = settled.state
        single += told(settled.statements)
    assert [one[:-1] for one in single] == [one[:-1] for one in told(year.statements)]
    assert year.state == opening


def test_scalars_go_on_from_settled_totals() -> None:
    """A run goes on from the state of settled totals as from that of the run that they come from: tiers, balances and all."""
    rules = plan(component(Tiers(table=marginal((0, "10%"), (1000, "20%")), over="year")), draw=Draw(amount=cny(150), kind="recoverable"))
    first = calculate(rules, [sale("S", day(1, 5), 1200)], on=day(1, 31), roster=roster("chen"))
    after = [
        calculate(rules, [sale("T", day(2, 5), 1000)], on=day(2, 28), roster=roster("chen"), opening=state) for state in (first.state, from_totals(first).state)
    ]
    assert told(after[0].statements) == told(after[1].statements)
    assert str(after[1].statement("chen").payable) == "190.00 CNY"


def test_teams_share_totals() -> None:
    """What a team's account earned is divided among its people by days; the account itself has no statement."""
    rules = plan(component(credit="team"), pool=Pool(by="days"))
    posts = Roster((Member(person="ann", team="north", start=day(1, 1)), Member(person="bob", team="north", start=day(1, 1), end=day(1, 11))))
    settled = settle(rules, [total(1, 410, "team:north")], on=day(1, 31), roster=posts)
    assert [(one.person, str(one.payable.amount)) for one in settled.statements] == [("ann", "310.00"), ("bob", "100.00")]
    with pytest.raises(FactError, match=r"nobody to divide it among.*commission\.empty_pool"):
        settle(rules, [total(1, 410, "team:south")], on=day(1, 31), roster=posts)


def test_what_a_pool_takes_back_is_carried_on() -> None:
    """Who has nothing but a share of a pool, and owes some of it after a return, keeps the balance month after month in one run, too."""
    rules = plan(component(credit="team"), pool=Pool(by="equal"), negative="carry")
    settled = settle(rules, [total(1, -10, "team:north"), total(4, 30, "team:north")], on=day(4, 30), roster=roster("ann - north"))
    assert [(str(one.period), str(one.payable.amount), one.closing.carried) for one in settled.statements] == [
        ("2026-01", "0.00", -1000),
        ("2026-02", "0.00", -1000),
        ("2026-03", "0.00", -1000),
        ("2026-04", "20.00", 0),
    ]


def test_late_totals() -> None:
    """A total of a month that was settled is booked in the first open month, apart from what that month makes."""
    first = settle(plan(), [total(1, 100)], on=day(1, 31), running=State())
    second = settle(plan(), [total(1, 30), total(2, 200), total(1, 0, "li")], on=day(2, 28), opening=first.state)
    mine = second.statement("chen", "2026-02")
    assert (mine.payable, mine.commission) == (cny(230), cny(200))
    assert [(entry.on, entry.date, entry.pay) for entry in mine.entries] == [("late", day(2, 1), cny(30)), ("total", day(2, 28), cny(200))]
    page = mine.to_text("en")
    assert page.index("by component") < page.index("Late, from earlier periods")
    assert second.statement("li").payable == cny(0)


def test_late_totals_are_those_of_late_sales() -> None:
    """The sale of a settled month that comes late pays the same whether its line or its total is settled."""
    first = calculate(plan(), [sale("S", day(1, 5), 1000)], on=day(1, 31))
    late = calculate(plan(), [sale("T", day(1, 6), 500), sale("U", day(2, 6), 10)], on=day(2, 28), opening=first.state)
    assert told(from_totals(late, opening=first.state).statements) == told(late.statements)


def test_versions_settle_their_own_periods() -> None:
    """Each period is settled by the version in force at its end, and a component of an earlier version may still come late."""
    june = plan(component(id="old"), effective_until=day(7, 1), negative="carry")
    july = plan(effective_from=day(7, 1))
    versions = Timeline((Entry(day(1, 1), june), Entry(day(7, 1), july)))
    settled = settle(versions, [total(6, -5, component="old"), total(7, 20)], on=day(7, 31))
    assert [(str(one.payable.amount), one.plan.id, one.closing) for one in settled.statements] == [
        ("0.00", "test", Balance(carried=-500)),
        ("15.00", "test", Balance()),
    ]
    late = settle(versions, [total(6, 7, component="old")], on=day(7, 31), opening=State(through=day(6, 30)))
    assert "old" in late.statement("chen").to_text("en")


def test_what_a_later_version_does_is_not_asked() -> None:
    """Stages that come into force only after the day of the settlement refuse nothing."""
    later = plan(effective_from=day(7, 1), earning=(Stage(on="order", share=1),))
    versions = Timeline((Entry(day(1, 1), plan(effective_until=day(7, 1))), Entry(day(7, 1), later)))
    assert settle(versions, [total(6, 7)], on=day(6, 30)).statement("chen").payable == cny(7)


def test_nothing_to_settle() -> None:
    """No totals make no statements, and a state that only knows the day."""
    settled = settle(plan(), [], on=day(1, 31), running=State())
    assert (settled.statements, settled.state) == ((), State(through=day(1, 31)))
    with pytest.raises(FactError, match="there are statements for nobody"):
        settled.statement("chen")


def test_lines_are_added_up() -> None:
    """Totals come by person, period and component, with the number of lines; stored lines serve as well."""
    rules = plan(component(), component(flat("1%"), id="also"))
    run = calculate(rules, [sale("S", day(1, 5), 100), sale("T", day(1, 31), 50), sale("U", day(2, 1), 7, "ann")], on=day(2, 28))
    totals = total_up(rules, run.lines)
    assert [(one.person, str(one.period), one.component, one.lines, str(one.credited.amount), str(one.pay.amount)) for one in totals] == [
        ("ann", "2026-02", "also", 1, "7.00", "0.07"),
        ("ann", "2026-02", "base", 1, "7.00", "0.70"),
        ("chen", "2026-01", "also", 2, "150.00", "1.50"),
        ("chen", "2026-01", "base", 2, "150.00", "15.00"),
    ]
    stored = [type(line).from_data(line.to_data()) for line in run.lines]
    assert total_up(rules, stored) == totals
    assert total_up(rules, ()) == ()


# The statement


def test_a_statement_of_totals() -> None:
    """It shows a row for each component in the order of the plan, no sale, and says where the lines are kept."""
    rules = plan(component(title="Base pay"), component(flat("1%"), id="also", title="Extra"))
    settled = settle(rules, [total(3, 5, component="also", lines=2), total(3, 100, lines=1230)], on=day(3, 31))
    (mine,) = settled.statements
    assert (mine.lines, mine.payable, mine.commission) == ((), cny(105), cny(105))
    words = {"en": ("The single lines (1,232)", "Credited sales"), "zh_CN": ("1,232 笔提成明细", "计入业绩"), "zh_TW": ("1,232 筆獎金明細", "計入業績")}
    assert set(words) == set(LOCALES)
    for locale, said in words.items():
        for page in (mine.to_text(locale), mine.to_html(locale)):
            assert page.index("Base pay") < page.index("Extra")
            assert all(word in page for word in (*said, "1,230", "1,232", "1,000.00", "105.00", "2026"))
    data = json.loads(json.dumps(mine.to_data()))
    assert data["lines"] == []
    assert data["totals"][1] == {"component": "base", "period": "2026-03", "lines": 1230, "credited": "1000.00", "pay": "100.00"}
    assert data["payable"] == "105.00"
    with pytest.raises(FactError, match=r"look the sale up in the table.*commission\.no_lines"):
        mine.line("S1")


def test_a_statement_of_lines_has_no_totals() -> None:
    """The statement of a run lists its lines as before."""
    run = calculate(plan(), [sale("S", day(1, 5), 100)], on=day(1, 31))
    assert run.statement("chen").totals == ()
    assert run.statement("chen").to_data()["totals"] == []
    assert "Made from totals" not in run.statement("chen").to_text("en")


def test_periods_by_name() -> None:
    """A statement is found by its period or the name of the period; without one it is the last."""
    settled = settle(plan(), [total(1, 5), total(2, 6)], on=day(2, 15))
    assert settled.statement("chen", "2026-01") == settled.statement("chen", month(1))
    assert settled.statement("chen").payable == cny(6)
    with pytest.raises(FactError, match="there are statements for chen"):
        settled.statement("li")


# Refused


UNFIT: list[tuple[str, str, Any]] = [
    ("commission.totals_stages", "earning", {"plan": plan(earning=(Stage(on="order", share="60%"), Stage(on="receipt", share="40%")))}),
    ("commission.totals_stages", "holdback", {"plan": plan(holdback=Holdback(share="10%", release="2 months"))}),
    ("commission.totals_pool", "pool.by", {"plan": plan(component(credit="team"), pool=Pool(by="sales"))}),
    ("fact.total", "totals", {"totals": ["chen"]}),
    ("total.duplicate", "total chen", {"totals": [total(1, 5), total(1, 5)]}),
    ("total.component", "total chen", {"totals": [total(1, 5, component="bse")]}),
    ("total.currency", "total chen", {"totals": [total(1, 5, credited=Money("5", "USD"))]}),
    ("total.currency", "total chen", {"totals": [total(1, 5, credited=Money("5", "USD"), pay=Money("5", "USD"))]}),
    ("total.calendar", "total chen", {"totals": [total(1, 5, period=CALENDAR.parse("2026-Q1"))]}),
    ("total.after", "total chen", {"totals": [total(2, 5)]}),
    ("total.settled", "total chen", {"history": [total(1, 5)], "opening": State(through=day(1, 31)), "on": day(2, 28)}),
    ("commission.open_period", "opening", {"opening": State(through=day(1, 15), open_lines=11), "history": [total(1, 5)]}),
    ("commission.totals_after", "on", {"running": State(through=day(2, 1))}),
]


@pytest.mark.parametrize(("code", "path", "given"), UNFIT)
def test_refused(code: str, path: str, given: dict[str, Any]) -> None:
    """What totals cannot tell, and totals that do not fit the plan, are refused by name before anything is settled."""
    asked: dict[str, Any] = {"plan": plan(), "totals": [], "on": day(1, 31)} | given
    with pytest.raises(FactError) as caught:
        settle(**asked)
    assert (caught.value.code, caught.value.path) == (code, path)


def test_a_pool_by_sales_that_no_team_is_paid_from() -> None:
    """A pool clause that no component feeds refuses nothing."""
    assert settle(plan(pool=Pool(by="sales")), [total(1, 5)], on=day(1, 31)).statement("chen").payable == cny(5)


def test_before_the_plan() -> None:
    """A total of a month before the first version is refused like a sale of that month."""
    with pytest.raises(NotInForce):
        settle(plan(), [total(1, 5, period=CALENDAR.parse("2025-12"))], on=day(1, 31))


def test_an_unfinished_period_goes_on_from_its_totals() -> None:
    """In the middle of a month the state counts its lines; the month is then settled whole from history and what is new."""
    first = settle(plan(), [total(1, 5)], on=day(1, 15), running=State(through=day(1, 15)))
    assert first.state == State(through=day(1, 15), open_lines=10)
    second = settle(plan(), [total(1, 7)], on=day(1, 31), opening=first.state, history=[total(1, 5)], running=State(through=day(1, 31)))
    assert (second.statement("chen").payable, second.statement("chen").commission, second.state.open_lines) == (cny(12), cny(12), 0)
    with pytest.raises(FactError, match=r"commission\.open_period"):
        settle(plan(), [total(1, 7)], on=day(1, 31), opening=first.state)


def test_a_state_needs_the_running_totals() -> None:
    """Without the state of the calculation the statements are there, but nothing to go on from: tiers would begin anew."""
    settled = settle(plan(), [total(1, 5)], on=day(1, 31))
    with pytest.raises(FactError, match=r"pass running.*commission\.no_running"):
        _ = settled.state


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("fact.name", {"person": " "}),
        ("fact.name", {"component": ""}),
        ("fact.period", {"period": "2026-01"}),
        ("fact.money", {"credited": 5}),
        ("fact.money", {"pay": 5.0}),
        ("total.lines", {"lines": -1}),
        ("total.lines", {"lines": True}),
    ],
)
def test_totals_check_themselves(code: str, given: dict[str, Any]) -> None:
    """A total of other kinds of values is refused when it is made."""
    with pytest.raises(FactError) as caught:
        total(1, 5, **given)
    assert caught.value.code == code
