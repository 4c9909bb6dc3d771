"""Draws, guarantees and what becomes of them when people come and go."""

from typing import Any

import attrs
import pytest

from salesrules.commission import Balance, Draw, Guarantee, Member, Roster, Run, Sale, calculate
from salesrules.errors import PolicyError
from salesrules.money import Money
from salesrules.timeline import Entry, Timeline
from tests.commission_plans import cny, day, month, plan, roster, sale

DRAW = Draw(amount=cny(100), kind="recoverable")


def rows(run: Run, person: str = "chen") -> list[tuple[int, int, int, int]]:
    """Payable, advanced, recovered and balance of each month, in whole yuan."""
    return [
        (one.payable.minor // 100, one.drawn.advanced // 100, one.drawn.recovered // 100, one.closing.draw // 100)
        for one in run.statements
        if one.person == person
    ]


def test_a_recoverable_draw_is_a_debt() -> None:
    """January earns 40 and is lifted by 60; February nothing, by 100; March earns 350: of the 250 above the draw 160 pay the debt back."""
    run = calculate(plan(draw=DRAW), [sale("S", day(1, 5), 400), sale("T", day(3, 5), 3500)], on=day(3, 31), roster=roster("chen"))
    assert rows(run) == [(100, 60, 0, 60), (100, 100, 0, 160), (190, 0, 160, 0)]


def test_months_without_sales_are_drawn_from_the_first_day() -> None:
    """The draw runs from the day the person came, before anybody has sold anything, in one run as month by month."""
    one = calculate(plan(draw=DRAW), [sale("S", day(3, 5), 500)], on=day(3, 31), roster=roster("chen"))
    state, months = None, []
    for number in (1, 2, 3):
        run = calculate(plan(draw=DRAW), [sale("S", day(3, 5), 500)] if number == 3 else [], on=month(number).last, opening=state, roster=roster("chen"))
        state = run.state
        months += rows(run)
    # March earns 50 and is lifted by another 50
    assert rows(one) == months == [(100, 100, 0, 100), (100, 100, 0, 200), (100, 50, 0, 250)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"kind": "non_recoverable"}, [(100, 60, 0, 0), (100, 100, 0, 0), (350, 0, 0, 0)]),
        ({"recovery_share": "50%"}, [(100, 60, 0, 60), (100, 100, 0, 160), (225, 0, 125, 35)]),
        ({"recovery_from": 4}, [(100, 60, 0, 60), (100, 100, 0, 160), (350, 0, 0, 160)]),
        ({"until": 1}, [(100, 60, 0, 60), (0, 0, 0, 60), (290, 0, 60, 0)]),
        ({"kind": "forgiven", "forgiven_after": 2}, [(100, 60, 0, 60), (100, 100, 0, 0), (350, 0, 0, 0)]),
        ({"roles": ("rep",)}, [(40, 0, 0, 0), (350, 0, 0, 0)]),
    ],
)
def test_kinds_of_draw(options: dict[str, Any], expected: list[tuple[int, ...]]) -> None:
    """The same three months of 40, 0 and 350 under other clauses."""
    run = calculate(plan(draw=attrs.evolve(DRAW, **options)), [sale("S", day(1, 5), 400), sale("T", day(3, 5), 3500)], on=day(3, 31), roster=roster("chen"))
    assert rows(run) == expected


@pytest.mark.parametrize(("on_exit", "left"), [("due", 100), ("forgiven", 0)])
def test_leaving(on_exit: Any, left: int) -> None:
    """Who leaves on the last of January draws for January alone: the debt stays due, or is forgiven with that month's statement."""
    posts = Roster((Member(person="chen", start=day(1, 1), end=day(2, 1)),))
    run = calculate(plan(draw=attrs.evolve(DRAW, on_exit=on_exit)), [], on=day(3, 31), roster=posts)
    assert [row for row in rows(run) if row[1]] == [(100, 100, 0, left)]
    assert run.state.balance("chen").draw == left * 100


def test_a_leaver_pays_back_from_late_commission() -> None:
    """After leaving nothing is advanced any more, but what a late payment earns goes into the debt."""
    posts = Roster((Member(person="chen", start=day(1, 1), end=day(2, 1)),))
    run = calculate(plan(draw=DRAW), [sale("S", day(2, 10), 700)], on=day(2, 28), roster=posts)
    assert rows(run) == [(100, 100, 0, 100), (0, 0, 70, 30)]


def test_balances_of_people_who_are_gone() -> None:
    """A debt is forgiven in its time though the person has left and nobody has seen him since, in one run as in several."""
    posts = Roster((Member(person="chen", start=day(1, 1), end=day(2, 1)),))
    rules = plan(draw=attrs.evolve(DRAW, kind="forgiven", forgiven_after=3))
    assert calculate(rules, [], on=day(4, 30), roster=posts).state.balances == ()
    state = calculate(rules, [], on=day(2, 28), roster=posts).state
    assert state.balance("chen") == Balance(draw=10000)
    assert calculate(rules, [], on=day(3, 31), opening=state, roster=posts).state.balances == ()


def test_a_debt_outlives_the_clause() -> None:
    """Where the plan has no draw any more, the balance stays as it was."""
    state = calculate(plan(draw=DRAW), [], on=day(1, 31), roster=roster("chen")).state
    run = calculate(plan(), [sale("S", day(2, 5), 500)], on=day(2, 28), opening=state, roster=roster("chen"))
    assert rows(run) == [(50, 0, 0, 100)]


def test_the_number_of_the_period_counts_on() -> None:
    """A new version of the plan does not start the counting of draws and guarantees anew; who is in no post counts from the plan's start."""
    rules = Guarantee(amounts=(cny(100), cny(70)))
    versions = Timeline((Entry(day(1, 1), plan(guarantee=rules)), Entry(day(2, 1), plan(guarantee=rules, effective_from=day(2, 1)))))
    assert rows(calculate(versions, [], on=day(3, 31), roster=roster("chen"))) == [(100, 0, 0, 0), (70, 0, 0, 0)]
    state = attrs.evolve(calculate(plan(draw=DRAW), [], on=day(1, 31), roster=roster("chen")).state)
    assert rows(calculate(plan(draw=DRAW), [sale("S", day(2, 5), 300)], on=day(2, 28), opening=state)) == [(0, 0, 30, 70)]


def test_going_on_before_the_plan_began() -> None:
    """A state that ends before the plan came into force opens with the plan's first period."""
    state = attrs.evolve(calculate(plan(), [], on=day(1, 31)).state, through=day(11, 30, 2025))
    assert rows(calculate(plan(draw=DRAW), [], on=day(1, 31), opening=state, roster=roster("chen"))) == [(100, 100, 0, 100)]


def test_a_draw_that_is_owed_is_paid_whatever_was_taken_back() -> None:
    """A month that takes back 30 more than it earns is filled up to the draw, and the 30 are owed too; a draw that is kept forgives them not."""
    sales = [sale("S", day(1, 5), 1000), sale("R", day(2, 5), -300, returns="S")]
    run = calculate(plan(draw=DRAW), sales, on=day(2, 28), roster=roster("chen"))
    assert rows(run) == [(100, 0, 0, 0), (100, 130, 0, 130)]
    kept = calculate(plan(draw=attrs.evolve(DRAW, kind="non_recoverable")), sales, on=day(2, 28), roster=roster("chen"))
    assert rows(kept)[1] == (70, 100, 0, 0)
    carried = calculate(plan(draw=DRAW, negative="carry"), sales, on=day(2, 28), roster=roster("chen"))
    assert rows(carried)[1] == (100, 100, 0, 100)
    assert carried.statement("chen", month(2)).closing.carried == -3000


def test_a_guarantee_across_a_change_of_role() -> None:
    """The guarantee is prorated to the days in the roles that it names: 10 of 31."""
    posts = Roster((Member(person="chen", role="rep", start=day(1, 1), end=day(1, 11)), Member(person="chen", role="lead", start=day(1, 11))))
    rules = plan(guarantee=Guarantee(amounts=(cny(310),), roles=("rep",)))
    assert rows(calculate(rules, [], on=day(1, 31), roster=posts)) == [(100, 0, 0, 0)]
    months = plan(guarantee=Guarantee(amounts=(cny(310),), day_count="whole_months", roles=("rep",)))
    assert rows(calculate(months, [Sale(id="S", date=day(1, 5), amount=cny(10), person="chen")], on=day(1, 31), roster=posts)) == [(1, 0, 0, 0)]


REFUSED: list[tuple[str, Any]] = [
    ("commission.draw_forgiven", lambda: attrs.evolve(DRAW, forgiven_after=2)),
    ("commission.draw_forgiven", lambda: attrs.evolve(DRAW, kind="forgiven")),
    ("commission.draw_share", lambda: attrs.evolve(DRAW, recovery_share="-10%")),
    ("commission.draw_amount", lambda: attrs.evolve(DRAW, amount=cny(0))),
    ("commission.guarantee", lambda: Guarantee(amounts=())),
    ("commission.guarantee", lambda: Guarantee(amounts=(cny(-1),))),
    ("commission.day_count", lambda: Guarantee(amounts=(cny(1),), day_count="working_days")),
    ("commission.mixed_currency", lambda: plan(draw=attrs.evolve(DRAW, amount=Money(1, "USD")))),
    ("commission.mixed_currency", lambda: plan(guarantee=Guarantee(amounts=(Money(1, "USD"),)))),
]


@pytest.mark.parametrize(("code", "make"), REFUSED, ids=[f"{code} {place}" for place, (code, _) in enumerate(REFUSED)])
def test_refused(code: str, make: Any) -> None:
    """A draw or guarantee that contradicts itself or the plan is refused."""
    with pytest.raises(PolicyError) as caught:
        make()
    assert caught.value.code == code
    assert caught.value.message
