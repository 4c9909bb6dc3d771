"""Who may sign: levels, delegates and their ceilings, one person at several levels, and never the requester."""

from datetime import date

import pytest

from salesrules.approvals.desk import may_sign
from salesrules.approvals.history import Submission
from salesrules.approvals.measured import Ceiling
from salesrules.approvals.procedure import Stage
from salesrules.approvals.signatories import Holder
from salesrules.approvals.state import state_on
from salesrules.money import Money
from tests.approvals_people import HOLDERS, Case, day, delegated, discount, margin, net, procedure, team


def test_level_by_level() -> None:
    """In turn, a level is asked when the one before has signed, and nobody signs out of turn."""
    case = Case(procedure())
    assert case.state().open == ("manager",)
    assert case.does("zhao") == ("not_holder",)
    assert not case.last.done
    assert case.does("zhao", level="head") == ("not_asked",)
    assert case.does("wu", on=day(3)) == ()
    assert case.last.done
    assert (case.state(day(3)).open, case.state(day(3)).waiting[0].since) == (("head",), day(3))
    assert case.does("zhao", on=day(4)) == ()
    state = case.state(day(4))
    assert (state.status, [signature.person for signature in state.signatures]) == ("approved", ["wu", "zhao"])
    assert state.approval is not None
    assert (state.approval.start, state.approval.last_day, state.approval.measures) == (day(4), None, (discount("20%"),))


def test_all_at_once() -> None:
    """Together, every level is asked at once and the order of the signatures does not matter."""
    for people in (("wang", "zhao"), ("zhao", "wang")):
        case = Case(procedure(path="together"))
        assert case.state().open == ("manager", "head")
        assert [case.does(person) for person in people] == [(), ()]
        assert case.state().status == "approved"


def test_one_of_several() -> None:
    """One signature is enough where a stage needs one; the next stage is asked from that day."""
    stages = (Stage(levels=("finance", "legal"), needs="one"), Stage(levels=("management",), needs="all"))
    case = Case(procedure(path="none", stages=stages), needs="")
    assert case.state().open == ("finance", "legal")
    assert case.does("luo", on=day(3)) == ()
    assert [(waiting.level, waiting.since) for waiting in case.state(day(3)).waiting] == [("management", day(3))]
    assert case.does("fang", on=day(3)) == ("not_holder",)


def test_within_the_requesters_own_authority() -> None:
    """What the requester may grant himself needs nobody, and yet is approved within limits of its own."""
    case = Case(procedure(approval_lasts="30 days"), person="zhao", needs="manager")
    state = case.state()
    assert state.status == "own_authority"
    assert state.approval is not None
    assert (state.approval.signatures, state.approval.last_day) == ((), date(2026, 4, 1))
    assert case.does("qian") == ("own_authority",)


@pytest.mark.parametrize("verb", ["approve", "reject", "send_back"])
def test_the_requester_never_decides(verb: str) -> None:
    """The requester decides nothing about his own deal: not by his own level, not for another, not through his delegate."""
    rules = procedure(alone="refused", signs="or_higher")
    people = team(delegated("wu", "wang"), delegated("wang", "lin"))
    case = Case(rules, people, person="wang", needs="manager")
    assert case.does("wang", verb) == ("requester",)
    assert case.does("lin", verb) == ("delegated_by_requester",)
    assert [signature.person for signature in may_sign(case.request, rules, people, day(2))] == ["qian", "wu", "zhao"]
    assert case.does("wu", verb) == ()


def test_parties_do_not_decide() -> None:
    """Who asks through an assistant is barred as well, and stays so when the request is submitted again without his name."""
    case = Case(procedure(), person="lin", parties=("wang",), needs="manager")
    assert case.does("wang") == ("requester",)
    assert case.asks_again(discount("10%"), person="lin", needs="manager") == ()
    assert case.does("wang") == ("requester",)
    assert case.does("wu") == ()


def test_nobody_is_left() -> None:
    """Where everybody who could sign is barred, nobody may sign, and the request stands pending."""
    rules = procedure(alone="refused")
    case = Case(rules, person="qian", needs="management")
    assert (case.state().status, may_sign(case.request, rules, team(), day(2))) == ("pending", ())


def test_delegation() -> None:
    """A delegate signs on the days of the delegation, in the delegator's name, which the signature keeps."""
    people = team(delegated("wang", "lin", start=day(3), end=day(5)))
    case = Case(procedure(), people, needs="manager")
    assert case.does("lin", on=day(2)) == ("not_holder",)
    late = Case(procedure(), people, needs="manager", on=day(5))
    assert late.does("lin") == ("not_holder",)
    assert case.does("lin", on=day(4)) == ()
    (signature,) = case.state(day(4)).signatures
    assert (signature.person, signature.on_behalf_of, signature.level, signature.people) == ("lin", "wang", "manager", frozenset({"lin", "wang"}))


def test_delegation_names_levels() -> None:
    """A delegation of some levels covers no others."""
    both = (*HOLDERS, Holder(person="zhao", level="manager", start=day(1)))
    people = team(delegated("zhao", "lin", levels=("head",)), holders=both)
    case = Case(procedure(path="together"), people)
    assert case.does("lin", level="manager") == ("not_holder",)
    assert case.does("lin") == ()
    assert [signature.level for signature in case.state().signatures] == ["head"]


@pytest.mark.parametrize(
    ("ceiling", "refused"),
    [
        (Ceiling(measure="discount", limit="20%"), ()),
        (Ceiling(measure="discount", limit="19.99%"), ("ceiling",)),
        (Ceiling(measure="margin_rate", limit="30%"), ()),
        (Ceiling(measure="margin_rate", limit="30.01%"), ("ceiling",)),
        (Ceiling(measure="net", limit=Money("1000", "CNY")), ()),
        (Ceiling(measure="net", limit=Money("1000", "USD")), ("ceiling",)),
        (Ceiling(measure="given_up", limit=Money("1000", "CNY")), ("ceiling",)),
    ],
)
def test_the_ceiling_of_a_delegation(ceiling: Ceiling, refused: tuple[str, ...]) -> None:
    """A delegate goes up to the ceiling, on every line and the order; what is not told counts as beyond it."""
    measures = (discount("20%", "1"), discount("5%"), margin("30%"), net("1000"))
    case = Case(procedure(), team(delegated("wang", "lin", ceiling)), needs="manager", measures=measures)
    assert case.does("lin") == refused


def test_another_delegation_may_serve() -> None:
    """Where one delegation does not reach, another one to the same person may; and all are named where none does."""
    low, high = Ceiling(measure="discount", limit="5%"), Ceiling(measure="discount", limit="25%")
    assert Case(procedure(), team(delegated("wang", "lin", low), delegated("wu", "lin", high)), needs="manager").does("lin") == ()
    case = Case(procedure(), team(delegated("wang", "lin", low), delegated("wu", "lin", low)), needs="manager")
    assert case.does("lin") == ("ceiling", "ceiling")
    assert [dict(refusal.params)["by"] for refusal in case.last.refused] == ["wang", "wu"]


def test_what_was_delegated_is_not_delegated_further() -> None:
    """A delegate cannot pass on what was delegated to him."""
    people = team(delegated("wang", "lin"), delegated("lin", "luo"))
    case = Case(procedure(), people, needs="manager")
    assert case.does("luo") == ("redelegated",)
    assert case.does("lin") == ()


def test_a_higher_level_may_sign() -> None:
    """Where the procedure says so a higher level signs for a lower one; an office neither stands above nor below."""
    stage = Stage(levels=("finance",), needs="all")
    case = Case(procedure(signs="or_higher", stages=(stage,)), needs="manager")
    assert case.does("fang") == ("not_holder",)
    assert case.does("qian") == ()
    assert (case.state().signatures[0].level, case.state().signatures[0].held) == ("manager", "management")
    assert case.does("qian") == ("not_holder",)
    assert case.does("fang") == ()
    assert case.state().status == "approved"


def test_one_person_at_several_levels() -> None:
    """A person who may sign several levels signs each, or once for all, or only one, as the procedure says."""
    people = team(holders=(*HOLDERS, Holder(person="wang", level="head", start=day(1))))
    for repeated, asked, again in (("each", ("head",), ()), ("once", (), ("approved",)), ("another", ("head",), ("signed_before",))):
        case = Case(procedure(repeated=repeated), people)
        assert case.does("wang") == ()
        assert case.state().open == asked
        assert case.does("wang") == again


def test_signing_once_skips_what_others_must_sign() -> None:
    """One approval covers the person's later levels, and the levels of others between them are still asked."""
    people = team(holders=(*HOLDERS, Holder(person="wang", level="management", start=day(1))))
    case = Case(procedure(repeated="once"), people, needs="management")
    assert case.does("wang") == ()
    assert case.state().open == ("head",)
    assert case.does("zhao", on=day(5)) == ()
    state = case.state(day(5))
    assert (state.status, [signature.level for signature in state.signatures]) == ("approved", ["manager", "management", "head"])
    assert state.approval is not None
    assert state.approval.start == day(5)


def test_another_person_also_behind_a_delegation() -> None:
    """Where each level needs another person, somebody on whose behalf was signed does not sign himself."""
    people = team(delegated("wang", "lin"), holders=(*HOLDERS, Holder(person="wang", level="head", start=day(1))))
    case = Case(procedure(repeated="another"), people)
    assert case.does("lin") == ()
    assert case.does("wang") == ("signed_before",)
    assert case.does("zhao") == ()


def test_the_day_of_a_signature_counts() -> None:
    """A level that was held when it was signed counts also after the person has left it; one not yet held does not."""
    people = team(holders=(*HOLDERS[:2], Holder(person="wang", level="manager", start=day(3), end=day(5))))
    case = Case(procedure(), people, needs="manager")
    assert case.does("wang") == ("not_holder",)
    assert case.does("wang", on=day(4)) == ()
    assert case.state(day(1, 5)).status == "approved"
    assert isinstance(case.request.history[0], Submission)
    assert state_on(case.request, case.rules, day(3)).status == "pending"
