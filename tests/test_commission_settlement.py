"""What is paid: stages, holdback, late facts, corrections, and runs that go on from one another."""

import json
import pickle
from typing import Any

import attrs
import pytest

from salesrules.commission import Credit, Draw, Event, Guarantee, Holdback, Line, Plan, Receipt, Run, Sale, Stage, State, Statement, Tiers, calculate
from salesrules.commission.draws import Balance
from salesrules.errors import FactError
from salesrules.periods import RetailCalendar
from salesrules.timeline import Entry, Timeline
from salesrules.trace import Source, replay
from tests.commission_plans import cny, component, day, flat, kicker, marginal, month, pays, plan, roster, sale

STAGED = (Stage(on="order", share="60%"), Stage(on="receipt", share="40%"))
TENTH = Holdback(share="10%", release="2 months")


def payable(run: Run, person: str = "chen") -> list[str]:
    """What the statements of a person pay, in order."""
    return [str(one.payable.amount) for one in run.statements if one.person == person]


def booked(statement: Statement) -> list[tuple[str, str, str]]:
    """The entries of a statement."""
    return [(entry.kind, entry.on, str(entry.pay.amount)) for entry in statement.entries]


def receipt(id: str, sale_id: str, when: Any, amount: str | int) -> Receipt:
    """A payment."""
    return Receipt(id=id, sale=sale_id, date=when, amount=cny(amount))


def test_stages_follow_the_cash() -> None:
    """60% at the order; of the rest what was paid of the 1130 owed, tax included: 452 is two fifths, 16% of 100."""
    run = calculate(
        plan(earning=STAGED),
        [sale("S", day(1, 5), 1000, receivable=cny(1130))],
        on=day(3, 31),
        receipts=[receipt("P", "S", day(2, 9), 452), receipt("Q", "S", day(3, 9), 678)],
    )
    assert payable(run) == ["60.00", "16.00", "24.00"]
    assert [entry.lines[0].sale.id for one in run.statements for entry in one.entries] == ["S"] * 3


def test_holdback() -> None:
    """A tenth of what is earned is kept for two months; a return lowers what is kept, too."""
    run = calculate(plan(holdback=TENTH), [sale("S", day(1, 5), 1000), sale("R", day(2, 9), -200, returns="S")], on=day(4, 30))
    assert payable(run) == ["90.00", "-18.00", "10.00", "-2.00"]
    assert booked(run.statement("chen", month(2))) == [("earned", "correction", "-20.00"), ("held", "correction", "2.00")]


def test_the_manager_of_two_sellers_is_owed_once() -> None:
    """Two lines of one sale do not double what the customer owes."""
    rules = plan(component(flat("1%"), id="over", credit="rollup"), earning=STAGED)
    posts = roster("ann dora", "bob dora", "dora")
    run = calculate(
        rules,
        [sale("S", day(1, 5), 1000, credits=(Credit("ann", "50%"), Credit("bob", "50%")))],
        on=day(2, 28),
        roster=posts,
        receipts=[receipt("P", "S", day(2, 9), 500)],
    )
    assert payable(run, "dora") == ["6.00", "2.00"]


def test_cash_is_earned_when_it_comes() -> None:
    """A component that pays cash is not held up by what the customer still owes: its receipt stage is reached with the payment."""
    run = calculate(
        plan(component(measure="cash"), earning=STAGED),
        [sale("S", day(1, 5), 1000, receivable=cny(1130))],
        on=day(2, 28),
        receipts=[receipt("P", "S", day(2, 9), 113)],
    )
    assert pays(run) == ["10.00"]
    assert payable(run) == ["10.00"]


def test_cash_in_parts() -> None:
    """Three payments of a third each are credited with 33.33, 33.34 and 33.33 of a net sale of 100: the running total is divided."""
    receipts = [receipt(name, "S", day(number, 9), "37.67" if number < 4 else "37.66") for number, name in ((2, "P"), (3, "Q"), (4, "R"))]
    rules = plan(component(flat("100%"), measure="cash"))
    once = calculate(rules, [sale("S", day(1, 5), 100, receivable=cny(113))], on=day(4, 30), receipts=receipts)
    assert pays(once) == ["33.34", "33.33", "33.33"]
    # run by run: all receipts are passed again, and those posted before only count; cash alone leaves the sale itself to be passed
    first = calculate(rules, [sale("S", day(1, 5), 100, receivable=cny(113))], on=day(2, 28), receipts=receipts[:1])
    second = calculate(rules, [sale("S", day(1, 5), 100, receivable=cny(113))], on=day(4, 30), receipts=receipts, opening=first.state, history=first.lines)
    assert pays(first) + pays(second) == pays(once)


def test_receipts_by_themselves_need_no_rate() -> None:
    """Receipts of a plan that pays no cash make no lines."""
    run = calculate(
        plan(earning=STAGED), [sale("S", day(1, 5), 1000)], on=day(1, 31), receipts=[receipt("P", "S", day(1, 6), 1000), receipt("Q", "S", day(2, 6), 1)]
    )
    assert len(run.lines) == 1


def test_going_on_with_a_return() -> None:
    """A return of a sale of an earlier run takes back its commission, and does not pay the sale once more."""
    first = calculate(plan(), [sale("S", day(1, 5), 1000)], on=day(1, 31))
    second = calculate(plan(), [sale("R", day(2, 5), -1000, returns="S")], on=day(2, 28), opening=first.state, history=first.lines)
    assert payable(first) + payable(second) == ["100.00", "-100.00"]


def test_going_on_with_stages() -> None:
    """Stages and releases of sales of an earlier run are booked by the run in which they fall due, once."""
    rules = plan(earning=STAGED, holdback=TENTH)
    receipts = [receipt("P", "S", day(2, 9), 1000)]
    runs = [calculate(rules, [sale("S", day(1, 5), 1000)], on=day(1, 31))]
    for number in (2, 3, 4):
        runs.append(calculate(rules, [], on=month(number).last, opening=runs[-1].state, history=runs[0].lines, receipts=receipts))
    assert [payable(run) for run in runs] == [["54.00"], ["36.00"], ["6.00"], ["4.00"]]
    assert State.from_data(json.loads(json.dumps(runs[-1].state.to_data()))) == runs[-1].state
    assert runs[-1].state.booked == ((("S", "", "chen", "base"), 10000, -1000, 1000),)


def test_a_payment_that_was_known_late() -> None:
    """A receipt of January that is first told in February earns its stage in February, with its holdback."""
    rules = plan(earning=STAGED, holdback=TENTH)
    first = calculate(rules, [sale("S", day(1, 5), 1000)], on=day(1, 31))
    second = calculate(rules, [], on=day(2, 28), opening=first.state, history=first.lines, receipts=[receipt("P", "S", day(1, 20), 1000)])
    assert payable(first) + payable(second) == ["54.00", "36.00"]
    assert booked(second.statement("chen")) == [("earned", "late", "40.00"), ("held", "late", "-4.00")]
    third = calculate(rules, [], on=day(3, 31), opening=second.state, history=first.lines, receipts=[receipt("P", "S", day(1, 20), 1000)])
    assert payable(third) == ["10.00"]


def test_a_sale_that_was_known_late() -> None:
    """A sale of a closed month is booked on the first open day, stays on the sheet as late, and is not booked again."""
    first = calculate(plan(), [sale("S", day(1, 5), 1000)], on=day(1, 31))
    second = calculate(plan(), [sale("T", day(1, 6), 500)], on=day(2, 15), opening=first.state)
    assert booked(second.statement("chen")) == [("earned", "late", "50.00")]
    assert second.statement("chen").entries[0].date == day(2, 1)
    assert "Late" in second.statement("chen").to_text("en") or "late" in second.statement("chen").to_text("en")
    third = calculate(plan(), [], on=day(2, 28), opening=second.state, history=second.lines)
    assert payable(third) == ["50.00"]
    fourth = calculate(plan(), [sale("U", day(3, 6), 100)], on=day(3, 31), opening=third.state, history=(*second.lines, *third.lines))
    assert payable(fourth) == ["10.00"]


def test_in_the_middle_of_a_period() -> None:
    """A period that was computed up to its middle is settled whole, from its earlier lines; without them it is refused."""
    rules = plan(draw=Draw(amount=cny(80), kind="recoverable"))
    posts = roster("chen")
    first = calculate(rules, [sale("S", day(1, 5), 500)], on=day(1, 15), roster=posts)
    assert payable(first) == ["80.00"]
    assert first.state.open_lines == 1
    assert first.state.balances == ()
    second = calculate(rules, [sale("T", day(1, 20), 100)], on=day(1, 31), opening=first.state, history=first.lines, roster=posts)
    assert payable(second) == ["80.00"]
    assert second.statement("chen").drawn.advanced == 2000
    assert second.state.balance("chen") == Balance(draw=2000)
    with pytest.raises(FactError, match=r"commission\.open_period"):
        _ = calculate(rules, [sale("T", day(1, 20), 100)], on=day(1, 31), opening=first.state, roster=posts).state


def test_lines_of_an_open_period_add_up() -> None:
    """Day by day the state counts the lines of the open period; without balances it asks for no history."""
    state, runs = State(), []
    for number in (5, 6, 31):
        run = calculate(plan(), [sale(f"S{number}", day(1, number), 100)], on=day(1, number), opening=state)
        state = run.state
        runs.append(state.open_lines)
    assert runs == [1, 2, 0]


# Computed anew


CORRECTED: list[tuple[str, list[Sale], str, str]] = [
    ("late", [sale("S", day(1, 5), 1000), sale("L", day(1, 6), 500)], "50.00", "L"),
    ("corrected", [sale("S", day(1, 5), 800)], "-20.00", "S"),
    ("withdrawn", [], "-100.00", "S"),
]


@pytest.mark.parametrize(("reason", "sales", "difference", "about"), CORRECTED)
@pytest.mark.parametrize("share", [None, "50%"])
def test_differences(reason: str, sales: list[Sale], difference: str, about: str, share: str | None) -> None:
    """Computed anew, a settled month that comes out differently is booked as a difference, with its reason, in the first open month."""
    rules = plan(earning=() if share is None else (Stage(on="order", share=share), Stage(on="year_end", share="50%")))
    settled = calculate(rules, [sale("S", day(1, 5), 1000)], on=day(1, 31))
    again = calculate(rules, [*sales, sale("F", day(2, 9), 300)], on=day(2, 28), settled=settled.lines, opening=settled.state)
    statement = again.statement("chen")
    (item,) = statement.adjustments
    assert (item.reason, item.sale.id, str(item.difference.amount), item.date) == (reason, about, difference, day(2, 1))
    of = 1 if share is None else 2
    assert statement.payable.minor * of == item.difference.minor + 3000
    assert replay(statement.working) == statement.payable
    assert reason in statement.to_text("en").lower() or statement.adjustments
    assert statement.to_data()["payable"] == str(statement.payable.amount)


def test_moved_by_others() -> None:
    """A late sale lifts the others into a higher tier: each difference stands on its own line."""
    rules = plan(component(Tiers(table=marginal((0, "10%"), (1000, "20%")), over="year")))
    settled = calculate(rules, [sale("S", day(1, 5), 1000)], on=day(1, 31))
    again = calculate(rules, [sale("S", day(1, 5), 1000), sale("A", day(1, 4), 400)], on=day(2, 28), settled=settled.lines)
    # A takes the first 400 at 10%; S then pays 600 at 10% and 400 at 20% = 140 instead of 100
    assert [(item.sale.id, item.reason, str(item.paid.amount), str(item.due.amount)) for item in again.statement("chen").adjustments] == [
        ("A", "late", "0.00", "40.00"),
        ("S", "moved", "100.00", "140.00"),
    ]
    assert again.state.totals == (("base.tiers1.year", ("chen", "2026-01-01"), 140000),)


def test_moved_to_another_month() -> None:
    """A sale that turns out to be of February is taken out of January and paid in February."""
    settled = calculate(plan(), [sale("S", day(1, 5), 1000)], on=day(1, 31))
    again = calculate(plan(), [sale("S", day(2, 5), 1200)], on=day(2, 28), settled=settled.lines)
    assert [item.reason for item in again.statement("chen").adjustments] == ["withdrawn"]
    assert payable(again) == ["20.00"]


def test_withdrawn_after_a_part_was_earned() -> None:
    """Of a sale that is withdrawn only what had been earned is taken off; what was held back of it is released and taken off alike."""
    rules = plan(earning=STAGED, holdback=TENTH)
    settled = calculate(rules, [sale("S", day(1, 5), 1000)], on=day(1, 31))
    again = calculate(rules, [], on=day(4, 30), settled=settled.lines, opening=settled.state)
    # earned 60 and held 6 in January; both come off in February; the 6 fall due in March, and those that came off in April
    assert payable(settled) + payable(again) == ["54.00", "-54.00", "6.00", "-6.00"]


def test_the_boss_of_two_sellers_settled() -> None:
    """Two lines of one sale are compared together: nothing changed, nothing is booked."""
    rules = plan(component(flat("1%"), id="over", credit="rollup"))
    posts = roster("ann dora", "bob dora", "dora")
    sales = [sale("S", day(1, 5), 1000, credits=(Credit("ann", "30%"), Credit("bob", "70%")))]
    settled = calculate(rules, sales, on=day(1, 31), roster=posts)
    again = calculate(rules, sales, on=day(2, 28), settled=settled.lines, roster=posts)
    assert again.statements == ()


def test_settled_without_what_came_after() -> None:
    """Lines of the open period count for nothing in `settled`; the opening gives balances and not its running totals."""
    rules = plan(component(Tiers(table=marginal((0, "10%"), (1000, "20%")), over="year")), negative="carry")
    first = calculate(rules, [sale("S", day(1, 5), 1000)], on=day(1, 31))
    middle = calculate(rules, [sale("T", day(2, 5), 1000)], on=day(2, 15), opening=first.state)
    again = calculate(
        rules, [sale("S", day(1, 5), 1000), sale("T", day(2, 5), 1000)], on=day(2, 28), settled=(*first.lines, *middle.lines), opening=first.state
    )
    assert payable(again) == ["200.00"]


def test_history_beside_settled() -> None:
    """Sales of earlier years may be returned while this year is computed anew."""
    before = calculate(plan(), [sale("S", day(1, 5), 1000)], on=day(1, 31))
    feb = calculate(plan(), [sale("T", day(2, 5), 100)], on=day(2, 28), opening=before.state)
    again = calculate(
        plan(), [sale("T", day(2, 5), 100), sale("R", day(3, 5), -500, returns="S")], on=day(3, 31), settled=feb.lines, opening=feb.state, history=before.lines
    )
    assert payable(again) == ["-50.00"]


def test_lines_that_were_stored() -> None:
    """A settled line rebuilt from stored figures serves as well as the line itself; it has no working."""
    settled = calculate(plan(), [sale("S", day(1, 5), 1000)], on=day(1, 31))
    stored = tuple(attrs.evolve(line, raw=()) for line in settled.lines)
    assert stored == settled.lines
    assert not stored[0].has_working
    with pytest.raises(FactError, match=r"commission\.no_trace"):
        _ = stored[0].working
    assert calculate(plan(), [sale("S", day(1, 5), 1000)], on=day(2, 28), settled=stored).statements == ()
    back = calculate(plan(), [sale("R", day(2, 5), -1000, returns="S")], on=day(2, 28), opening=settled.state, history=stored)
    assert payable(back) == ["-100.00"]


# Carrying, versions, calendars


def test_carry_forward() -> None:
    """A month below zero is carried into the next instead of being deducted; the debt is shown, the pay is 0."""
    sales = [sale("S", day(1, 5), 300), sale("R", day(2, 5), -300, returns="S"), sale("T", day(3, 5), 500)]
    run = calculate(plan(negative="carry"), sales, on=day(3, 31))
    assert payable(run) == ["30.00", "0.00", "20.00"]
    assert run.statement("chen", month(2)).closing == Balance(carried=-3000)
    assert payable(calculate(plan(), sales, on=day(3, 31))) == ["30.00", "-30.00", "50.00"]


def test_carried_through_months_without_sales() -> None:
    """What is carried is kept by the state, month after month, until something is earned."""
    first = calculate(plan(negative="carry"), [sale("S", day(1, 5), 300), sale("R", day(1, 6), -300, returns="S"), sale("N", day(1, 7), -100)], on=day(1, 31))
    second = calculate(plan(negative="carry"), [], on=day(2, 28), opening=first.state)
    third = calculate(plan(negative="carry"), [sale("T", day(3, 5), 150)], on=day(3, 31), opening=second.state)
    assert payable(third) == ["5.00"]


def test_versions_settle_their_own_months() -> None:
    """Stages, holdback and draw are those of the version of the sale and of the month, not of the last version."""
    june = plan(holdback=Holdback(share="50%", release="1 month"), effective_until=day(7, 1))
    july = plan(component(flat("20%")), effective_from=day(7, 1))
    versions = Timeline((Entry(day(1, 1), june), Entry(day(7, 1), july)))
    run = calculate(versions, [sale("S", day(6, 5), 100), sale("T", day(7, 6), 100)], on=day(7, 31))
    assert payable(run) == ["5.00", "25.00"]
    assert run.statement("chen", month(6)).plan is june


def test_year_to_date_tiers_go_on_under_a_new_version() -> None:
    """Running totals of a component with the same name continue when the plan changes in the middle of the year."""
    june = plan(component(Tiers(table=marginal((0, "10%"), (1000, "20%")), over="year")), effective_until=day(7, 1))
    july = plan(component(Tiers(table=marginal((0, "10%"), (1000, "30%")), over="year")), effective_from=day(7, 1))
    versions = Timeline((Entry(day(1, 1), june), Entry(day(7, 1), july)))
    run = calculate(versions, [sale("S", day(6, 5), 900), sale("T", day(7, 6), 200)], on=day(7, 31))
    assert pays(run) == ["90.00", "40.00"]


def test_a_year_of_53_weeks() -> None:
    """Week by week or month by month, a retail year of 53 weeks is settled without a gap."""
    calendar = RetailCalendar(pattern="4-5-4", ends="saturday", nearest_to=(1, 31), named_by="start")
    year = next(calendar.year(number) for number in range(2015, 2030) if len(calendar.periods(calendar.year(number), "week")) == 53)
    weeks = calendar.periods(year, "week")
    for unit in ("week", "month"):
        rules = plan(calendar=calendar, settle=unit, effective_from=year.start)
        sales = [sale(f"S{number}", week.last, 100) for number, week in enumerate(weeks)]
        run = calculate(rules, sales, on=year.last)
        assert len(run.statements) == len(calendar.periods(year, unit))
        assert sum(one.payable.minor for one in run.statements) == 53_000


# The statement


def test_a_statement_tells_everything() -> None:
    """A statement names its lines, is found by person and period, and is printed as text, page and data."""
    rules = plan(component(title="Base"), component(flat("1%"), id="over", credit="rollup", title="Team"), holdback=TENTH)
    posts = roster("chen dora", "dora")
    run = calculate(rules, [sale("S", day(1, 5), 1000), sale("R", day(1, 9), -100, returns="S")], on=day(1, 31), roster=posts)
    mine = run.statement("chen")
    assert mine.line("S").pay == cny(100)
    assert mine.line("S", "base").key == ("S", "", "chen", "base")
    assert mine.commission == cny(90)
    assert run.statement("chen", "2026-01") == mine
    with pytest.raises(FactError) as caught:
        mine.line("S", "over")
    assert caught.value.code == "commission.no_line"
    for locale in ("en", "zh_CN", "zh_TW"):
        assert "81.00" in mine.to_text(locale)
    assert "<" in mine._repr_html_()
    assert "working" in mine.to_data()["lines"][0]
    assert "working" not in calculate(rules, [sale("S", day(1, 5), 1000)], on=day(1, 31), roster=posts, trace=False).statement("chen").to_data()["lines"][0]
    assert run.statement("dora").line("S").level == 1
    with pytest.raises(FactError, match="there are statements for chen, dora"):
        run.statement("nobody")
    with pytest.raises(FactError, match="nobody"):
        run.statement("chen", month(5))
    assert run.pay("chen") == cny(90)


def test_an_empty_run() -> None:
    """No sales make no lines, no statements, and a state that only knows the day."""
    run = calculate(plan(), [], on=day(1, 31))
    assert (run.lines, run.statements, run.state) == ((), (), State(through=day(1, 31)))
    assert calculate(plan(), [sale("S", day(2, 5), 1)], on=day(1, 31)).lines == ()


def test_nothing_but_zero() -> None:
    """A sale of 0 has a line and pays 0."""
    assert pays(calculate(plan(), [sale("S", day(1, 5), 0)], on=day(1, 31))) == ["0.00"]


def test_values_travel() -> None:
    """State and lines pickle; the state's plain data reads back equal."""
    run = calculate(plan(), [sale("S", day(1, 5), 10)], on=day(1, 15))
    assert pickle.loads(pickle.dumps(run.state)) == run.state
    assert State.from_data(run.state.to_data()) == run.state
    assert isinstance(run.lines[0], Line)
    with pytest.raises(FactError, match=r"commission\.no_trace"):
        _ = calculate(plan(), [sale("S", day(1, 5), 10)], on=day(1, 15), trace=False).lines[0].working


def test_events_and_months() -> None:
    """Half of a commission of 120 comes with two shipments of a half each, half in three monthly parts."""
    rules = plan(earning=(Stage(on="shipment", share="50%"), Stage(on="monthly", share="50%", months=3)))
    events = [
        Event(sale="S", kind="shipment", date=day(1, 9), share="50%"),
        Event(sale="S", kind="shipment", date=day(2, 20), share="50%"),
        Event(sale="S", kind="other", date=day(1, 9)),
    ]
    run = calculate(rules, [sale("S", day(1, 5), 1200)], on=day(4, 30), events=events)
    assert payable(run) == ["30.00", "50.00", "20.00", "20.00"]


def guaranteed(rules: Plan, sales: list[Sale], *posts: str, **options: Any) -> Run:
    """A run up to the end of March with posts."""
    return calculate(rules, sales, on=day(3, 31), roster=roster(*posts, **options))


def test_guarantee_of_new_people() -> None:
    """200 in the first month, of which 17 of 31 days are served, then 100; who is in another role gets nothing."""
    rules = plan(guarantee=Guarantee(amounts=(cny(200), cny(100)), roles=("rep",)))
    run = guaranteed(rules, [sale("S", day(2, 5), 300)], "chen - - rep", "boss - - lead", start=day(1, 15))
    # 200 x 17 / 31 = 109.68; February earns 30 and is lifted by 70; March has no guarantee
    assert payable(run) == ["109.68", "100.00"]
    assert payable(run, "boss") == []
    whole = plan(guarantee=Guarantee(amounts=(cny(200), cny(100)), day_count="whole_months"))
    assert payable(guaranteed(whole, [], "chen", start=day(1, 15))) == ["100.00"]


def test_kickers_in_the_statement() -> None:
    """A kicker is part of the line that reached it."""
    from salesrules.commission import Bonus

    run = calculate(
        plan(component(flat(), Bonus(over="period", table=kicker((500, 50))))), [sale("S", day(1, 5), 400), sale("T", day(1, 6), 100)], on=day(1, 31)
    )
    assert pays(run) == ["40.00", "60.00"]


def test_the_sheet_of_a_manager() -> None:
    """A sheet cites its source, explains returns at the original rate, and keeps the draw apart."""
    tiers = Tiers(table=marginal((0, "1%"), (1000, "2%")), over="year")
    rules = plan(
        component(),
        component(tiers, id="over", credit="rollup"),
        component(flat("10%"), id="above", credit="rollup", measure="commission"),
        component(flat("1%"), id="rest", credit="rollup", measure="remainder"),
        draw=Draw(amount=cny(100), kind="recoverable", recovery_share="50%"),
        source=Source(document="Plan 2026", clause="4"),
    )
    sales = [sale("S", day(1, 5), 1000), sale("T", day(2, 5), 1000), sale("R", day(2, 9), -500, returns="S"), sale("U", day(3, 9), 9000)]
    run = calculate(rules, sales, on=day(3, 31), roster=roster("chen dora", "dora"))
    assert all(replay(line.working) == line.pay for line in run.lines)
    for locale in ("en", "zh_CN"):
        text = [one.to_text(locale) for one in run.statements if one.person == "dora"]
        assert all("Plan 2026" in page for page in text)
        assert "dora" in run.statement("dora").to_html(locale)
    # 1% of 1000 for January; 20 for February, of which 5 come back though the rules would take 10 at the tier of now
    assert [(str(line.pay.amount), str(line.by_rule.amount)) for line in run.lines if line.component == "over" and line.returns] == [("-5.00", "-10.00")]
    assert run.statement("dora").closing.draw < run.statement("dora").opening.draw
