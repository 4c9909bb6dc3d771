"""Laws of commission: what must hold for any plan that a company might write, and any sales."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from salesrules.commission import (
    Bonus,
    Cap,
    Credit,
    Event,
    Factor,
    FactorStep,
    Floor,
    Gate,
    Holdback,
    Hurdle,
    Line,
    Plan,
    Quota,
    Rate,
    RateEntry,
    Receipt,
    Returns,
    Run,
    Sale,
    Stage,
    State,
    Tiers,
    calculate,
)
from salesrules.money import HALF_UP, Money, Rounding
from salesrules.scope import Scope
from salesrules.trace import replay
from tests.commission_plans import CALENDAR, cny, component, curve, day, flat, kicker, marginal, month, overage, plan, roster, whole

PEOPLE = ("ann", "bob", "cai")
TEAM = roster("ann dora n rep", "bob dora n rep", "cai eve s rep", "dora eve n lead", "eve - s head")
QUOTAS = tuple(Quota(person=person, period=month(number), amount=cny(500)) for person in (*PEOPLE, "dora", "eve") for number in range(1, 7))
FACTORS = tuple(
    Factor(name="kpi", person=person, period=month(number), value=f"{90 + number}%") for person in (*PEOPLE, "dora", "eve") for number in range(1, 7)
)
FACTS: dict[str, Any] = {"roster": TEAM, "quotas": QUOTAS, "factors": FACTORS}
OVER = ("sale", "period", "quarter", "half_year", "year", "plan")
LAST = day(6, 30)

rates = st.integers(0, 2000).map(lambda points: Fraction(points, 10_000))
rising = st.lists(st.integers(1, 900), min_size=1, max_size=3).map(lambda steps: [0, *accumulate(steps)])
over: st.SearchStrategy[Any] = st.sampled_from(OVER)


@st.composite
def tables(draw: st.DrawFn, *, upwards: bool = False) -> Any:
    """A table of rates: any kind, or one that never pays less for more."""
    starts = draw(rising)
    values = draw(st.lists(rates, min_size=len(starts), max_size=len(starts)))
    values = sorted(values) if upwards else values
    pairs = list(zip(starts, values, strict=True))
    kind = draw(st.sampled_from(("marginal", "whole", "overage", "curve")))
    if kind == "curve":
        heights = list(accumulate(value * 100 for value in values))
        return curve(*zip([start + 1 for start in starts], heights, strict=True), below="zero", above=draw(st.sampled_from(("clamp", "extend"))))
    edges = draw(st.sampled_from(("[)", "(]")))
    if kind == "overage":
        return overage(*pairs, above=draw(st.sampled_from(starts)))
    return marginal(*pairs, edges=edges) if kind == "marginal" else whole(*pairs, edges=edges)


@st.composite
def step_lists(draw: st.DrawFn) -> tuple[Any, ...]:
    """The steps of a component, in an order that is allowed."""
    steps: list[Any] = []
    table = draw(st.none() | tables())
    if draw(st.booleans()):
        otherwise = "0%" if table is not None and table.kind == "overage" else draw(st.sampled_from(("0%", "50%")))
        sliced = table is not None and table.progressive and otherwise != "0%"
        steps.append(Gate(on="amount", at_least=draw(st.integers(0, 50)), otherwise=otherwise, counts=sliced or draw(st.booleans())))
    if table is None:
        scoped = RateEntry(scope=Scope(category=("pump",)), rate=draw(rates))
        steps.append(Rate(entries=(RateEntry(rate=draw(rates)), *((scoped,) if draw(st.booleans()) else ()))))
        if draw(st.booleans()):
            steps.append(Hurdle(on="attainment", at_least=draw(st.sampled_from(("50%", "150%"))), over="period"))
        if draw(st.booleans()):
            steps.append(Tiers(over=draw(over.filter(lambda name: name != "sale")), table=whole((0, 1), (draw(st.integers(1, 900)), "1.5"), what="factor")))
    else:
        steps.append(Tiers(table=table, over=draw(over)))
    if draw(st.booleans()):
        steps.append(FactorStep(name="kpi"))
    if draw(st.booleans()):
        steps.append(Bonus(over=draw(over), table=kicker((draw(st.integers(1, 900)), 5))))
    if draw(st.booleans()):
        steps.append(Cap(over=draw(over), amount=cny(draw(st.integers(0, 60)))))
    if draw(st.booleans()):
        steps.append(Floor(amount=cny("0.50")))
    return tuple(steps)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan with a direct component and perhaps a second, an overlay and overrides."""
    parts = [component(*draw(step_lists()), id="base")]
    if draw(st.booleans()):
        parts.append(component(*draw(step_lists()), id="second", scope=Scope(category=("pump",))))
    if draw(st.booleans()):
        parts.append(component(flat("1%"), id="shadow", credit="overlay"))
    if draw(st.booleans()):
        parts.append(component(*draw(step_lists()), id="override", credit="rollup", levels=(1, 2)))
    if draw(st.booleans()):
        parts.append(component(flat("12.5%"), id="above", credit="rollup", measure=draw(st.sampled_from(("commission", "remainder"))), levels=(1, 2)))
    given: dict[str, Any] = {"rounding": Rounding(draw(st.sampled_from(("half_up", "half_even", "down"))), per=draw(st.sampled_from(("line", "document"))))}
    return plan(*parts, **given)


SPLITS = (
    (Credit("ann"),),
    (Credit("bob"),),
    (Credit("cai"),),
    (Credit("ann", "1/3"), Credit("bob", "1/3"), Credit("cai", "1/3")),
    (Credit("bob", "60%"), Credit("cai", "40%"), Credit("ann", "25%", "overlay")),
)
days = st.integers(0, (LAST - day(1, 1)).days).map(lambda number: day(1, 1) + timedelta(days=number))
amounts = st.integers(0, 60_000).map(lambda minor: Money.from_minor(minor, "CNY"))


@st.composite
def sale_lists(draw: st.DrawFn, *, most: int = 8) -> list[Sale]:
    """Sales of half a year, some of them split."""
    return [
        Sale(id=f"S{number}", date=draw(days), amount=draw(amounts), credits=draw(st.sampled_from(SPLITS)), category=draw(st.sampled_from(("pump", ""))))
        for number in range(draw(st.integers(1, most)))
    ]


@st.composite
def with_returns(draw: st.DrawFn) -> list[Sale]:
    """Sales, and returns of some of them in several parts."""
    sales = draw(sale_lists())
    back: list[Sale] = []
    for sale in sales:
        left = sale.amount.minor
        for part in range(draw(st.integers(0, 3))):
            taken = draw(st.integers(0, left))
            if taken:
                when = draw(st.integers(0, (LAST - sale.date).days))
                back.append(Sale(id=f"R{part}-{sale.id}", date=sale.date + timedelta(days=when), amount=Money.from_minor(-taken, "CNY"), returns=sale.id))
                left -= taken
    return sales + back


def _told(lines: Iterable[Line]) -> list[tuple[Any, ...]]:
    return [(line.key, line.seller, line.level, line.measure, line.pay, line.by_rule) for line in lines]


def _payable(run: Run) -> dict[str, int]:
    total: dict[str, int] = {}
    for statement in run.statements:
        total[statement.person] = total.get(statement.person, 0) + statement.payable.minor
    return {person: minor for person, minor in total.items() if minor}


def _by_person(run: Run) -> dict[str, int]:
    total: dict[str, int] = {}
    for line in run.lines:
        total[line.person] = total.get(line.person, 0) + line.pay.minor
    return {person: minor for person, minor in total.items() if minor}


# Batches and order


@given(plans(), with_returns(), days)
def test_batches(rules: Plan, sales: list[Sale], cut: date) -> None:
    """Two runs, the second going on from the first, give line for line and cent for cent what one run gives; the state goes through JSON."""
    whole_run = calculate(rules, sales, on=LAST, **FACTS)
    first = calculate(rules, [sale for sale in sales if sale.date <= cut], on=cut, **FACTS)
    state = State.from_data(json.loads(json.dumps(first.state.to_data())))
    assert state == first.state
    second = calculate(rules, [sale for sale in sales if sale.date > cut], on=LAST, opening=state, history=first.lines, **FACTS)
    assert _told(first.lines) + _told(second.lines) == _told(whole_run.lines)
    assert second.state == whole_run.state


@given(plans(), with_returns(), st.lists(days, min_size=1, max_size=4))
def test_statements_in_batches(rules: Plan, sales: list[Sale], cuts: list[date]) -> None:
    """However the days are cut into runs, the statements of complete periods are the same."""
    rules = attrs.evolve(
        rules, earning=(Stage(on="order", share="50%"), Stage(on="monthly", share="50%", months=3)), holdback=Holdback(share="10%", release="1 month")
    )
    expected = {(one.person, one.period): (one.payable, one.closing) for one in calculate(rules, sales, on=LAST, **FACTS).statements}
    state = State()
    history: tuple[Line, ...] = ()
    told: dict[Any, Any] = {}
    for cut in sorted({*cuts, LAST}):
        mine = [sale for sale in sales if sale.date <= cut and (state.through is None or sale.date > state.through)]
        run = calculate(rules, mine, on=cut, opening=state if state.through else None, history=history, **FACTS)
        told |= {(one.person, one.period): (one.payable, one.closing) for one in run.statements}
        state, history = run.state, (*history, *run.lines)
    assert told == expected


@given(plans(), with_returns(), st.randoms(use_true_random=False))
def test_order_given(rules: Plan, sales: list[Sale], random: Any) -> None:
    """The order in which sales are given says nothing: they are posted by date, the returns of a day last, then by id."""
    shuffled = random.sample(sales, len(sales))
    assert _told(calculate(rules, shuffled, on=LAST, **FACTS).lines) == _told(calculate(rules, sales, on=LAST, **FACTS).lines)
    posted = [line.sale for line in calculate(plan(component(flat(), credit="direct")), sales, on=LAST, **FACTS).lines]
    assert posted == sorted(posted, key=lambda sale: (sale.date, sale.returns != "", sale.id))


@given(tables(), sale_lists(), st.randoms(use_true_random=False))
def test_order_in_the_period(table: Any, sales: list[Sale], random: Any) -> None:
    """With one table, rounded on the document, a period pays the same whatever came first in it."""
    rules = plan(component(Tiers(table=table, over="period")), rounding=Rounding("half_up", per="document"))
    dates = [sale.date.replace(month=1) if sale.date.day < 29 else day(1, 28) for sale in sales]
    here = [attrs.evolve(sale, date=when) for sale, when in zip(sales, dates, strict=True)]
    there = [attrs.evolve(sale, date=when) for sale, when in zip(sales, random.sample(dates, len(dates)), strict=True)]
    assert _by_person(calculate(rules, here, on=LAST)) == _by_person(calculate(rules, there, on=LAST))


# Cents


@given(with_returns())
def test_credits_add_up(sales: list[Sale]) -> None:
    """What people are credited with by split adds up to the sale, and by all returns to what was returned."""
    run = calculate(plan(), sales, on=LAST)
    for sale in sales:
        assert sum(line.measure_count for line in run.lines if line.sale.id == sale.id) == sale.amount.minor


@given(plans(), sale_lists(), st.data())
def test_a_full_return_undoes_everything(rules: Plan, sales: list[Sale], data: st.DataObject) -> None:
    """Who sold a thing that came back, in however many parts, is paid exactly nothing for it; and so is everybody above."""
    back = []
    for sale in sales:
        cuts = sorted(data.draw(st.lists(st.integers(0, sale.amount.minor), max_size=3)))
        for part, (low, high) in enumerate(zip([0, *cuts], [*cuts, sale.amount.minor], strict=True)):
            if high > low or not sale.amount.minor:
                back.append(
                    Sale(
                        id=f"R{part}-{sale.id}", date=data.draw(st.sampled_from((sale.date, LAST))), amount=Money.from_minor(low - high, "CNY"), returns=sale.id
                    )
                )
                if not sale.amount.minor:
                    break
    run = calculate(rules, sales + back, on=LAST, **FACTS)
    accounts: dict[Any, int] = {}
    for line in run.lines:
        key = (line.returns or line.sale.id, line.seller, line.person, line.component)
        accounts[key] = accounts.get(key, 0) + line.pay.minor
    assert not any(accounts.values())


@given(plans(), with_returns())
def test_statements_pay_the_lines(rules: Plan, sales: list[Sale]) -> None:
    """Without guarantee or draw, the statements of all periods together pay what the lines make."""
    run = calculate(rules, sales, on=LAST, **FACTS)
    assert _payable(run) == _by_person(run)
    for statement in run.statements:
        assert replay(statement.working) == statement.payable


@given(with_returns(), st.integers(1, 99), st.sampled_from(("1 month", "45 days", "quarter end")))
def test_stages_and_holdback_lose_nothing(sales: list[Sale], share: int, release: str) -> None:
    """When everything was shipped and paid and the holdback is released, the parts of each sale add up to its commission."""
    stages = (Stage(on="order", share=Fraction(share, 300)), Stage(on="shipment", share=Fraction(1, 3)), Stage(on="receipt", share=Fraction(200 - share, 300)))
    rules = plan(component(flat("7.77%")), earning=stages, holdback=Holdback(share="12.5%", release=release))
    sold = [sale for sale in sales if not sale.returns]
    receipts = [Receipt(id=f"P{sale.id}", sale=sale.id, date=sale.date + timedelta(days=40), amount=sale.amount) for sale in sold if sale.amount.minor]
    events = [Event(sale=sale.id, kind="shipment", date=sale.date + timedelta(days=when), share=Fraction(1, 2)) for sale in sold for when in (3, 9)]
    run = calculate(rules, sales, on=day(12, 31), receipts=receipts, events=events)
    assert _payable(run) == _by_person(run)


@given(plans(), with_returns(), st.data())
def test_recomputing_pays_the_difference(rules: Plan, sales: list[Sale], data: st.DataObject) -> None:
    """What was settled, plus the differences booked when late sales came in, is what would have been paid had they been known."""
    rules = attrs.evolve(rules, holdback=Holdback(share="10%", release="1 month"))
    sold = [sale for sale in sales if not sale.returns]
    late = {sale.id for sale in data.draw(st.lists(st.sampled_from(sold), max_size=3))}
    known = [sale for sale in sales if sale.id not in late and sale.returns not in late]
    cut = day(3, 31)
    settled = calculate(rules, [sale for sale in known if sale.date <= cut], on=cut, **FACTS)
    again = calculate(rules, sales, on=LAST, settled=settled.lines, opening=settled.state, **FACTS)
    once = calculate(rules, sales, on=LAST, **FACTS)
    both = _payable(settled)
    for person, minor in _payable(again).items():
        both[person] = both.get(person, 0) + minor
    assert {person: minor for person, minor in both.items() if minor} == _payable(once)
    assert _told(again.lines) == _told(once.lines)
    assert again.state.balances == once.state.balances


# Direction


def _never_falls(rules: Plan, sales: list[Sale], more: int) -> None:
    before = calculate(rules, sales, on=LAST, **FACTS)
    bigger = [attrs.evolve(sales[0], amount=sales[0].amount + Money.from_minor(more, "CNY")), *sales[1:]]
    after = calculate(rules, bigger, on=LAST, **FACTS)
    assert sum(line.pay.minor for line in after.lines) >= sum(line.pay.minor for line in before.lines)


@given(tables(upwards=True), sale_lists(), st.integers(0, 10_000), over, st.booleans())
def test_more_sales_never_pay_less(table: Any, sales: list[Sale], more: int, interval: Any, capped: bool) -> None:
    """Where the rates do not fall, a larger sale never lowers the pay, even with a cap and a kicker."""
    credited = [attrs.evolve(sale, credits=(Credit("ann"),)) for sale in sales]
    steps: list[Any] = [Tiers(table=table, over=interval), Bonus(over="year", table=kicker((300, 7)))]
    steps += [Cap(over="year", amount=cny(50))] if capped else []
    _never_falls(plan(component(*steps), rounding=Rounding("half_up", per="document")), credited, more)


@given(sale_lists(), with_returns(), over, st.integers(0, 30))
def test_a_cap_is_never_exceeded(sales: list[Sale], returned: list[Sale], interval: Any, most: int) -> None:
    """The pay of an interval stays at or below the cap at every line, returns at the tier they reach included."""
    del sales
    rules = plan(
        component(Tiers(table=marginal((0, "5%"), (300, "12%")), over="year"), Cap(over=interval, amount=cny(most))), returns=Returns(rate="recompute")
    )
    running: dict[Any, int] = {}
    for line in calculate(rules, returned, on=LAST).lines:
        unit = {"period": "month"}.get(interval, interval)
        account = (line.person, line.sale.id if interval == "sale" else "" if interval == "plan" else str(CALENDAR.containing(line.sale.date, unit)))
        running[account] = running.get(account, 0) + line.pay.minor
        assert running[account] <= most * 100


@given(plans(), with_returns(), st.sampled_from(("original", "recompute")))
def test_a_return_is_never_a_payment(rules: Plan, sales: list[Sale], rate: Any) -> None:
    """A floor lifts no return above zero, whatever the plan and the size of the return."""
    lifted = tuple(attrs.evolve(part, steps=(flat("3%"), Floor(amount=cny(20)))) if part.measure == "sales" else part for part in rules.components)
    run = calculate(attrs.evolve(rules, components=lifted, returns=Returns(rate=rate), rounding=HALF_UP), sales, on=LAST, **FACTS)
    assert all(line.pay.minor <= 0 for line in run.lines if line.returns and line.component != "above")


# Working


@given(plans(), with_returns())
def test_every_working_replays(rules: Plan, sales: list[Sale]) -> None:
    """The working of every line can be recomputed step by step and ends with its pay; without a trace the figures are the same."""
    run = calculate(rules, sales, on=LAST, **FACTS)
    for line in run.lines:
        assert line.working.value == line.pay
        assert replay(line.working) == line.pay
    assert _told(calculate(rules, sales, on=LAST, trace=False, **FACTS).lines) == _told(run.lines)


# Mirror


def _mirrored(rules: Plan, sales: list[Sale]) -> None:
    mirror = [attrs.evolve(sale, amount=-sale.amount) for sale in sales]
    run, other = (calculate(rules, some, on=LAST, **FACTS) for some in (sales, mirror))
    assert [line.pay for line in other.lines] == [-line.pay for line in run.lines]


@given(sale_lists(), rates, st.booleans())
def test_mirror(sales: list[Sale], rate: Fraction, floored: bool) -> None:
    """Where a plan pays one rate from 0 on, with a gate, a floor or a cap per sale, negative sales take exactly what positive ones pay.

    Tiers do not mirror: below 0 there is only the first band, so that a net return undoes what the first sales made and no more.
    """
    sales = [attrs.evolve(sale, amount=sale.amount + cny("0.01")) for sale in sales]
    steps: list[Any] = [Gate(on="amount", at_least=20, otherwise="50%", counts=True), Rate(entries=(RateEntry(rate=rate),))]
    steps += [Floor(amount=cny(2)), Cap(over="sale", amount=cny(9))] if floored else []
    _mirrored(plan(component(*steps)), sales)


@given(sale_lists(), rates, over)
def test_mirror_of_one_band(sales: list[Sale], rate: Fraction, interval: Any) -> None:
    """A table of one band from 0 mirrors over any interval, whether it is marginal or pays the whole amount."""
    sales = [attrs.evolve(sale, amount=sale.amount + cny("0.01")) for sale in sales]
    for table in (marginal((0, rate)), whole((0, rate))):
        _mirrored(plan(component(Tiers(table=table, over=interval))), sales)
