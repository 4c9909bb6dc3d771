"""A request on its way: what ends a round, what a resubmission keeps, and where the request stands on each day."""

import json
import pickle
from datetime import date, datetime
from typing import Any

import attrs
import pytest

from salesrules.approvals.acting import record, request, resubmit
from salesrules.approvals.desk import Refusal
from salesrules.approvals.envelope import holds
from salesrules.approvals.history import Act, Request
from salesrules.approvals.measured import Ceiling
from salesrules.approvals.procedure import Deadline, Stage, When
from salesrules.approvals.state import STATUSES, State
from salesrules.approvals.workings import working
from salesrules.errors import FactError
from salesrules.text import LOCALES, message, step_from_data, step_to_data, working_text
from tests.approvals_people import Case, day, delegated, discount, margin, net, procedure, team


@pytest.mark.parametrize(("verb", "status"), [("reject", "rejected"), ("send_back", "sent_back")])
def test_a_no_ends_the_round(verb: str, status: str) -> None:
    """A rejection or a return by anybody asked ends the round; further signatures are refused and say why."""
    case = Case(procedure(path="together"))
    assert case.does("wang") == ()
    assert case.does("zhao", verb) == ()
    assert (case.state().status, case.state().open, case.state().approval) == (status, (), None)
    assert case.does("zhao") == (status,)
    assert case.request.history[-1] == Act(verb=verb, person="zhao", on=day(2), signatures=case.request.history[-1].signatures)  # type: ignore[arg-type, union-attr]


def test_reasons() -> None:
    """A reason is asked for where the procedure says so, beside whatever else is wrong."""
    case = Case(procedure(reasons=("reject", "withdraw")))
    assert case.does("wang", "reject") == ("reason",)
    assert case.does("wang", "reject", why="  ") == ("reason",)
    assert case.does("chen", "reject") == ("requester", "reason")
    assert case.does("wang", "reject", why="too deep") == ()
    assert case.request.history[-1].why == "too deep"  # type: ignore[union-attr]


def test_withdrawal() -> None:
    """Only the requester withdraws, also what was approved, and only once; after that nothing is asked again."""
    case = Case(procedure(), needs="manager")
    assert case.does("wang") == ()
    assert case.does("wang", "withdraw") == ("not_requester",)
    assert case.does("chen", "withdraw") == ()
    assert (case.state().status, case.state().approval) == ("withdrawn", None)
    assert case.does("wang", "withdraw") == ("withdrawn", "not_requester")
    assert case.does("wang") == ("withdrawn",)
    assert case.asks_again(discount("5%")) == ("withdrawn",)


def test_resubmission_keeps_what_is_not_worse() -> None:
    """Signatures stay while nothing got worse than what each signer saw; the others are asked anew, and so is a level newly needed."""
    case = Case(procedure())
    assert case.does("wang") == ()
    assert case.does("zhao", "send_back", why="less") == ()
    assert case.asks_again(discount("15%"), on=day(3)) == ()
    assert (case.state(day(3)).open, case.state(day(3)).round) == (("head",), 2)
    assert case.asks_again(discount("20%"), on=day(3)) == ()
    assert case.state(day(3)).open == ("head",)
    assert case.does("zhao", on=day(3)) == ()
    assert case.asks_again(discount("20%"), on=day(4), needs="management") == ()
    assert case.state(day(4)).open == ("management",)
    assert case.asks_again(discount("20.01%"), on=day(4)) == ()
    assert case.state(day(4)).open == ("manager",)


def test_resubmission_afresh() -> None:
    """Where all is asked anew no signature counts any more, but the history keeps it."""
    case = Case(procedure(resubmitted="afresh"), needs="manager")
    assert case.does("wang") == ()
    assert case.asks_again(discount("5%"), needs="manager") == ()
    assert (case.state().open, case.state().signatures) == (("manager",), ())
    assert [event.kind for event in case.request.history] == ["submit", "act", "submit"]


def test_who_may_resubmit() -> None:
    """Only the requester resubmits, and not after a final rejection."""
    case = Case(procedure(rejected="final"))
    assert case.asks_again(discount("5%"), person="lin") == ("not_requester",)
    assert case.does("wang", "reject") == ()
    assert case.asks_again(discount("5%")) == ("rejected",)
    again = Case(procedure(rejected="open"))
    assert again.does("wang", "reject") == ()
    assert again.does("chen", "withdraw") == ("rejected",)
    assert again.asks_again(discount("5%")) == ()
    assert again.state().status == "pending"


def test_expired_signatures_are_not_kept() -> None:
    """A resubmission keeps a signature up to the last day on which it would hold, and does not renew it."""
    case = Case(procedure(approval_lasts="10 days"), needs="manager")
    assert case.does("wang") == ()
    assert [case.state(on).status for on in (day(12), day(13))] == ["approved", "expired"]
    assert case.does("wang", on=day(13)) == ("expired",)
    kept = attrs.evolve(case.request)
    assert case.asks_again(discount("20%"), on=day(12), needs="manager") == ()
    assert [case.state(on).status for on in (day(12), day(13))] == ["approved", "expired"]
    case.request = kept
    assert case.asks_again(discount("20%"), on=day(13), needs="manager") == ()
    assert case.state(day(13)).status == "pending"


def test_requests_lapse() -> None:
    """A request can be decided up to its last day; then it lapses, also when it was sent back, until it is submitted again."""
    rules = procedure(request_lasts="7 days")
    case = Case(rules, needs="manager")
    assert (case.state().decide_by, case.state(day(9)).status, case.state(day(10)).status) == (day(9), "pending", "lapsed")
    assert case.does("wang", on=day(10)) == ("lapsed",)
    assert case.does("wang", "send_back", on=day(9)) == ()
    assert [case.state(on).status for on in (day(9), day(10))] == ["sent_back", "lapsed"]
    assert case.asks_again(discount("20%"), on=day(20), needs="manager") == ()
    assert case.does("wang", on=day(27)) == ()
    assert case.state(day(1, 6)).status == "approved"


def test_reminders_and_escalation() -> None:
    """A reminder falls due, and from its day another level may sign in the place of the one that is silent."""
    rules = procedure(deadlines=(Deadline(level="manager", remind="2 days", escalate="5 days", to="head"),))
    case = Case(rules, needs="manager")
    told = [(waiting.reminded, waiting.escalated) for on in (day(3), day(4), day(6), day(7)) for waiting in case.state(on).waiting]
    assert told == [(False, False), (True, False), (True, False), (True, True)]
    (waiting,) = case.state().waiting
    assert (waiting.since, waiting.remind_on, waiting.escalates_on, waiting.escalates_to) == (day(2), day(4), day(7), "head")
    assert case.does("zhao", on=day(6)) == ("not_holder",)
    assert case.does("zhao", on=day(7)) == ()
    assert (case.state(day(7)).signatures[0].level, case.state(day(7)).signatures[0].held) == ("manager", "head")


def test_escalation_beside_the_ladder() -> None:
    """It may be escalated to an office; a level without an escalation waits."""
    rules = procedure(deadlines=(Deadline(level="manager", escalate="month end", to="finance"), Deadline(level="head", remind="1 day")))
    case = Case(rules)
    assert case.does("fang", on=day(31)) == ()
    (waiting,) = case.state(day(31)).waiting
    assert (waiting.level, waiting.remind_on, waiting.escalates_on, waiting.escalated) == ("head", day(1, 4), None, False)


def test_the_past_can_be_asked() -> None:
    """The state of an earlier day leaves out what came after it; before the request there is nothing to ask about."""
    case = Case(procedure())
    assert case.does("wang", on=day(3)) == ()
    assert case.does("zhao", on=day(5)) == ()
    assert [case.state(on).open for on in (day(2), day(3), day(4), day(5))] == [("manager",), ("head",), ("head",), ()]
    with pytest.raises(FactError, match="ask later"):
        case.state(day(1))


def test_the_approval_is_an_envelope() -> None:
    """What the state approves holds for what was asked and dies when it gets worse."""
    case = Case(procedure(approval_lasts="30 days"), needs="manager", measures=(discount("20%", "1"), net("1000")))
    assert case.does("wang", on=day(3)) == ()
    approval = case.state(day(3)).approval
    assert approval is not None
    assert holds(approval, (discount("20%", "1"), net("1000")), on=date(2026, 4, 2)).holds
    assert not holds(approval, (discount("20%", "1"), net("999.99")), on=day(3)).holds


def asking(**told: Any) -> Request:
    """A request with something wrong."""
    asked: dict[str, Any] = {"id": "R1", "person": "chen", "on": day(2), "needs": "head", "reason": "offer", "measures": (discount("20%"),)}
    return request(procedure(), team(), **(asked | told))


def acting(**told: Any) -> Any:
    """An act with something wrong."""
    act: dict[str, Any] = {"verb": "approve", "person": "wang", "on": day(2)}
    return record(asking(), procedure(), team(), **(act | told))


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda: asking(person="nobody"), "approvals.unknown_person"),
        (lambda: asking(parties=("nobody",)), "approvals.unknown_person"),
        (lambda: asking(needs="board"), "approvals.unknown_level"),
        (lambda: asking(needs=""), "approvals.unknown_level"),
        (lambda: asking(needs="finance"), "approvals.unknown_level"),
        (lambda: asking(measures=()), "approvals.nothing_asked"),
        (lambda: asking(measures=(discount("20%"), discount("20%"))), "approvals.measured_twice"),
        (lambda: asking(reason=" "), "fact.name"),
        (lambda: asking(id=""), "fact.name"),
        (lambda: asking(on="2026-03-02"), "period.date"),
        (lambda: acting(person="nobody"), "approvals.unknown_person"),
        (lambda: acting(level="board"), "approvals.unknown_level"),
        (lambda: acting(verb="delete"), "approvals.verb"),
        (lambda: acting(on=day(1)), "approvals.backwards"),
        (lambda: acting(on=datetime(2026, 3, 2, 9)), "period.datetime"),  # noqa: DTZ001
        (lambda: Request(id="R1", history=()), "approvals.history"),
        (lambda: Request(id="R1", history=(Act(verb="approve", person="wang", on=day(2)),)), "approvals.history"),
        (
            lambda: resubmit(asking(), procedure(), team(), person="chen", on=day(1), needs="head", reason="again", measures=(discount("5%"),)),
            "approvals.backwards",
        ),
    ],
    ids=[
        "requester",
        "party",
        "need",
        "no need",
        "office needed",
        "nothing",
        "twice",
        "no reason",
        "no name",
        "text as day",
        "person",
        "level",
        "verb",
        "before",
        "moment",
        "no history",
        "history without request",
        "resubmitted before",
    ],
)
def test_wrong_references_are_refused(made: Any, code: str) -> None:
    """Unknown people and levels, days out of order and empty requests are errors, not answers."""
    with pytest.raises(FactError) as caught:
        made()
    assert caught.value.code == code


def long_story() -> Case:
    """A request to which everything happened."""
    rules = procedure(
        request_lasts="30 days",
        approval_lasts="30 days",
        stages=(Stage(levels=("finance",), needs="all", when=(When(measure="discount", above="15%"),)),),
        deadlines=(Deadline(level="head", remind="2 days", escalate="4 days", to="management"), Deadline(level="finance", remind="2 days")),
    )
    case = Case(rules, team(delegated("wang", "lin")), measures=(discount("20%", "1"), discount("18%"), net("1000"), margin(None)), evidence=("letter.pdf",))
    assert case.does("lin", on=day(3), why="fine") == ()
    assert case.does("zhao", "send_back", on=day(4), why="less") == ()
    assert case.asks_again(discount("18%", "1"), discount("16%"), net("1100"), margin("5%"), on=day(5)) == ()
    assert case.does("zhao", "reject", on=day(5)) == ()
    assert case.asks_again(discount("18%", "1"), discount("16%"), net("1100"), margin("5%"), on=day(6)) == ()
    assert case.does("qian", on=day(10)) == ()
    assert case.does("fang", on=day(12)) == ()
    assert case.does("chen", "withdraw", on=day(20), why="lost") == ()
    return case


def test_everything_is_kept() -> None:
    """Every event stays in the history, and the request, its state and what is asked go through JSON and pickle unchanged."""
    case = long_story()
    told = [event.verb if isinstance(event, Act) else event.kind for event in case.request.history]
    assert told == ["submit", "approve", "send_back", "submit", "reject", "submit", "approve", "approve", "withdraw"]
    assert Request.from_data(json.loads(json.dumps(case.request.to_data()))) == case.request
    assert pickle.loads(pickle.dumps(case.request)) == case.request
    for number in range(2, 21):
        state = case.state(day(number))
        assert State.from_data(json.loads(json.dumps(state.to_data()))) == state


@pytest.mark.parametrize("locale", LOCALES)
def test_the_history_can_be_read(locale: str) -> None:
    """The working tells every event, signature and measure on each day, in every language, and survives storage."""
    case = long_story()
    days = [*(day(number) for number in range(2, 21)), day(1, 7)]
    workings = [working(case.request, case.rules, on) for on in days]
    texts = [working_text(told, locale) for told in workings]
    assert not [text for text in texts if "{" in text or "approvals." in text]
    assert [step_from_data(step_to_data(told)) for told in workings] == workings
    assert not [who for who in ("chen", "lin", "wang", "zhao", "qian", "Finance department") if who not in texts[-1]]
    assert len(workings[-1].find("approvals.event.submit")) == 3


@pytest.mark.parametrize("locale", LOCALES)
def test_every_status_can_be_told(locale: str) -> None:
    """Every status has its message, and every refusal met in these tests shows all its figures."""
    assert all(message(code, locale) != code for code in STATUSES.values())
    people = team(delegated("wang", "lin", Ceiling(measure="discount", limit="5%")), delegated("lin", "luo"), delegated("chen", "fang"))
    case = Case(procedure(reasons=("approve",)), people, needs="manager")
    attempts: list[dict[str, Any]] = [{"person": person} for person in ("chen", "lin", "luo", "qian")]
    attempts += [{"person": "qian", "level": "head"}, {"person": "wang", "verb": "withdraw"}]
    refusals: list[Refusal] = []
    for attempt in attempts:
        assert case.does(**attempt)
        refusals += case.last.refused
    for refusal in refusals:
        told = message(refusal.code, locale, **dict(refusal.params))
        assert told != refusal.code
        assert "{" not in told
