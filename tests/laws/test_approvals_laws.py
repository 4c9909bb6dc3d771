"""Laws of approvals: what must hold for any concession, any people, and any attempts."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from salesrules.approvals.acting import record, request, resubmit
from salesrules.approvals.desk import may_sign
from salesrules.approvals.envelope import Approval, holds
from salesrules.approvals.history import Act, Request, Submission
from salesrules.approvals.measured import Ceiling, Measured
from salesrules.approvals.procedure import Deadline, Procedure, Stage
from salesrules.approvals.signatories import Delegation, Signatories
from salesrules.approvals.state import state_on
from salesrules.money import Exact, Money
from tests.approvals_people import HOLDERS, LEVELS, PEOPLE, day, discount, procedure, team

shares = st.fractions(-2, 2, max_denominator=60)
amounts = st.integers(-(10**6), 10**6).map(lambda minor: Money.from_minor(minor, "CNY"))
exact_amounts = st.fractions(-1000, 1000, max_denominator=60).map(lambda value: Exact(value, "CNY"))
steps = st.one_of(st.fractions(Fraction(1, 10**9), 2, max_denominator=10**9))
measured = st.builds(
    Measured,
    measure=st.sampled_from(("discount", "margin_rate", "net")),
    value=st.one_of(shares, amounts, exact_amounts),
    worse=st.sampled_from(("more", "less")),
    line=st.sampled_from(("", "1", "2")),
)
concessions = st.lists(measured, min_size=1, max_size=6, unique_by=lambda one: one.key).map(tuple)


def approved(measures: tuple[Measured, ...]) -> Approval:
    """An approval without an end."""
    return Approval(request="R1", measures=measures, start=day(2), last_day=None)


def moved(one: Measured, by: Fraction, *, worse: bool) -> Measured:
    """The measure a little worse or better."""
    change: Any = by if isinstance(one.value, Fraction) else Exact(by, "CNY")
    value: Any = one.value
    return attrs.evolve(one, value=value + change if (one.worse == "more") == worse else value - change)


@given(concessions, st.permutations(range(6)))
def test_an_approval_holds_for_what_was_approved(measures: tuple[Measured, ...], order: list[int]) -> None:
    """What was approved is covered, in whatever order it is told, on every day from then on."""
    shuffled = tuple(measures[index] for index in order if index < len(measures))
    assert all(holds(approved(measures), shuffled, on).holds for on in (day(2), date(2999, 1, 1)))


@given(concessions, st.data(), steps)
def test_anything_worse_breaks_it(measures: tuple[Measured, ...], data: st.DataObject, by: Fraction) -> None:
    """However little worse one measure is, whatever else improves, the approval does not hold, and exactly that measure is named with its distance."""
    at = data.draw(st.integers(0, len(measures) - 1))
    now = tuple(moved(one, by, worse=index == at) for index, one in enumerate(measures))
    (breach,) = holds(approved(measures), now, day(2)).breaches
    assert (breach.line, breach.measure) == measures[at].key
    assert breach.by == (by if isinstance(measures[at].value, Fraction) else Exact(by, "CNY"))


@given(concessions, st.lists(st.one_of(st.just(Fraction(0)), steps), min_size=6, max_size=6), st.booleans())
def test_nothing_better_breaks_it(measures: tuple[Measured, ...], by: list[Fraction], lines: bool) -> None:
    """Improving any measures, and dropping whole lines, never costs the approval."""
    now = tuple(moved(one, change, worse=False) for one, change in zip(measures, by, strict=False))
    kept = tuple(one for one in now if lines or not one.line)
    assert holds(approved(measures), kept, day(2)).holds


@given(concessions, st.data())
def test_what_is_hidden_breaks_it(measures: tuple[Measured, ...], data: st.DataObject) -> None:
    """A line that goes on must tell everything that was approved of it, and so must the order; a measure that was not approved is worse."""
    at = data.draw(st.integers(0, len(measures) - 1))
    rest = (*measures[:at], *measures[at + 1 :])
    assert not holds(approved(rest), measures, day(2)).holds
    gone = measures[at].line != "" and all(one.line != measures[at].line for one in rest)
    assert holds(approved(measures), rest, day(2)).holds == gone


procedures: st.SearchStrategy[Procedure] = st.builds(
    procedure,
    path=st.sampled_from(("in_turn", "together", "needed")),
    stages=st.sampled_from(((), (Stage(levels=("finance", "legal"), needs="all"),), (Stage(levels=("finance", "legal"), needs="one"),))),
    alone=st.sampled_from(("allowed", "refused")),
    signs=st.sampled_from(("own_level", "or_higher")),
    repeated=st.sampled_from(("each", "once", "another")),
    resubmitted=st.sampled_from(("keep", "afresh")),
    rejected=st.sampled_from(("final", "open")),
    request_lasts=st.sampled_from(("", "10 days")),
    approval_lasts=st.sampled_from(("", "10 days")),
    deadlines=st.sampled_from(((), (Deadline(level="manager", remind="1 day", escalate="3 days", to="management"),))),
)
people = st.sampled_from(sorted(PEOPLE))
delegations = st.builds(
    lambda pair, start, length, ceiling: Delegation(by=pair[0], to=pair[1], start=start, end=start + timedelta(days=length), ceiling=ceiling),
    st.tuples(people, people).filter(lambda pair: pair[0] != pair[1]),
    st.integers(1, 12).map(day),
    st.integers(1, 20),
    st.sampled_from(((), (Ceiling(measure="discount", limit="15%"),))),
)
teams: st.SearchStrategy[Signatories] = st.lists(delegations, max_size=3).map(lambda several: team(*several))
attempts = st.lists(
    st.tuples(people, st.sampled_from(("approve", "approve", "approve", "approve", "reject", "send_back", "withdraw", "resubmit")), st.integers(0, 4)),
    max_size=12,
)
discounts = st.sampled_from(("5%", "15%", "20%", "25%"))


@st.composite
def stories(draw: st.DrawFn) -> tuple[Request, Procedure, Signatories]:
    """A request to which people did, or tried to do, all kinds of things."""
    rules, company, on = draw(procedures), draw(teams), day(2)
    told: dict[str, Any] = {"needs": draw(st.sampled_from(LEVELS)), "reason": "offer"}
    requester = draw(people)
    asked = request(rules, company, id="R1", person=requester, on=on, measures=(discount(draw(discounts)),), **told)
    for person, verb, later in draw(attempts):
        on += timedelta(days=later)
        if verb == "resubmit":
            asked = resubmit(asked, rules, company, person=requester, on=on, measures=(discount(draw(discounts)),), **told).request
        else:
            verbs: Any = verb
            asked = record(asked, rules, company, verb=verbs, person=requester if verb == "withdraw" else person, on=on).request
    return asked, rules, company


def acts(story: Request) -> tuple[Act, ...]:
    """What was done about a request."""
    return tuple(event for event in story.history if isinstance(event, Act))


@given(stories())
def test_the_requester_never_signs(story: tuple[Request, Procedure, Signatories]) -> None:
    """Whatever anybody tries, no signature is the requester's, nor given in his name."""
    asked, rules, company = story
    requester = asked.history[0].person
    signed = [signature for act in acts(asked) for signature in act.signatures] + list(may_sign(asked, rules, company, asked.history[-1].on))
    assert all(requester not in signature.people for signature in signed)


@given(stories())
def test_a_signature_rests_on_a_level_that_was_held(story: tuple[Request, Procedure, Signatories]) -> None:
    """Every signature rests on a level held on that day by its person, or by the one who delegated it to him: never on a chain of delegations."""
    asked, _, company = story
    for signature in (signature for act in acts(asked) for signature in act.signatures):
        holder = signature.on_behalf_of or signature.person
        assert signature.held in company.held(holder, signature.on)
        assert not signature.on_behalf_of or any(one.by == holder for one in company.delegated(signature.person, signature.on))


@given(stories())
def test_the_history_replays(story: tuple[Request, Procedure, Signatories]) -> None:
    """Doing again what the history says gives the same history, and on every day the same state as the events up to that day."""
    asked, rules, company = story
    first = asked.history[0]
    assert isinstance(first, Submission)
    again = Request(id="R1", history=(first,))
    for event in asked.history[1:]:
        if isinstance(event, Submission):
            told: dict[str, Any] = {"person": event.person, "on": event.on, "measures": event.measures, "reason": event.reason, "needs": event.needs}
            again = resubmit(again, rules, company, **told).request
        else:
            again = record(again, rules, company, verb=event.verb, person=event.person, on=event.on, why=event.why).request
        assert state_on(asked, rules, event.on) == state_on(
            attrs.evolve(asked, history=tuple(one for one in asked.history if one.on <= event.on)), rules, event.on
        )
    assert again == asked
    assert Request.from_data(json.loads(json.dumps(asked.to_data()))) == asked


@given(stories())
def test_an_approval_rests_on_the_whole_route(story: tuple[Request, Procedure, Signatories]) -> None:
    """Where something is approved every stage is signed; where it is pending somebody is asked; and what is approved is what was asked last."""
    asked, rules, _ = story
    state = state_on(asked, rules, asked.history[-1].on)
    signed = {signature.level for signature in state.signatures}
    assert (state.status == "pending") == bool(state.open)
    if state.approval is not None:
        latest = [event for event in asked.history if isinstance(event, Submission)][-1]
        assert state.approval.measures == latest.measures
        stages = rules.route(latest.needs, own=latest.own, measures=latest.measures)
        enough: dict[str, Callable[[Any], bool]] = {"all": all, "one": any}
        assert all(enough[stage.needs](level in signed for level in stage.levels) for stage in stages)


@given(stories(), st.booleans())
def test_asking_for_the_same_loses_nothing(story: tuple[Request, Procedure, Signatories], less: bool) -> None:
    """Where signatures are kept, resubmitting the same or less asks nobody again who signed."""
    asked, rules, company = story
    latest = [event for event in asked.history if isinstance(event, Submission)][-1]
    before = state_on(asked, rules, asked.history[-1].on)
    measures = (discount("1%"),) if less else latest.measures
    told: dict[str, Any] = {"person": latest.person, "measures": measures, "reason": "the same", "needs": latest.needs}
    done = resubmit(asked, rules, company, on=before.on, **told)
    if rules.resubmitted == "keep" and done.done and before.status != "expired" and not rules.approval_lasts:
        after = state_on(done.request, rules, before.on)
        assert {signature.level for signature in before.signatures} <= {signature.level for signature in after.signatures}


@given(procedures, st.permutations(("wang", "zhao", "qian")), st.integers(0, 3))
def test_the_order_of_parallel_approvals_does_not_matter(rules: Procedure, order: list[str], later: int) -> None:
    """Asked together, people may sign in any order: who is asked after that, what is signed and the status are the same."""
    together = attrs.evolve(rules, path="together", signs="own_level", request_lasts="", deadlines=())
    company = team(holders=HOLDERS)
    ends = set()
    for people_in_order in (order, *permutations(order)):
        asked = request(together, company, id="R1", person="chen", on=day(2), needs="management", reason="offer", measures=(discount("20%"),))
        for number, person in enumerate(people_in_order):
            asked = record(asked, together, company, verb="approve", person=person, on=day(2 + number * later)).request
        state = state_on(asked, together, day(2 + 2 * later))
        ends.add((state.status, state.open, frozenset((signature.level, signature.person) for signature in state.signatures)))
    assert len(ends) == 1
