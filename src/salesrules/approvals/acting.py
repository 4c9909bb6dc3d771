"""The verbs of an approval: `request` asks, `record` says what somebody does about it, `resubmit` asks again.

Each gives back the request with one more event in its history, or the same request and every reason why it may not be done: that the person
asked for it himself, or holds no level asked now, or acts beyond a ceiling. The requester never approves, neither in his own right nor for
another nor through the one to whom he delegated.

    >>> from salesrules.approvals.desk import may_sign
    >>> from salesrules.approvals.ladder import Ladder, Level
    >>> from salesrules.approvals.signatories import Holder
    >>> procedure = Procedure(ladder=Ladder(levels=(Level(id="rep"), Level(id="manager"), Level(id="head"))), path="in_turn", alone="allowed",
    ...     signs="or_higher", repeated="once", resubmitted="keep", rejected="final", reasons=("reject",))
    >>> team = Signatories(holders=(Holder(person="chen", level="rep", start=date(2026, 1, 1)), Holder(person="wang", level="manager", start=date(2026, 1, 1)),
    ...                             Holder(person="zhao", level="head", start=date(2026, 1, 1))))
    >>> asked = request(procedure, team, id="R1", person="chen", on=date(2026, 3, 2), needs="head", reason="a competitor's offer",
    ...                 measures=(Measured(measure="discount", value="20%", worse="more"),))
    >>> [refusal.code for refusal in record(asked, procedure, team, verb="approve", person="chen", on=date(2026, 3, 3)).refused]
    ['approvals.refused.requester']
    >>> signed = record(asked, procedure, team, verb="approve", person="wang", on=date(2026, 3, 3)).request
    >>> state_on(signed, procedure, date(2026, 3, 3)).open, may_sign(signed, procedure, team, date(2026, 3, 3))[0].person
    (('head',), 'zhao')
    >>> done = record(signed, procedure, team, verb="approve", person="zhao", on=date(2026, 3, 4)).request
    >>> state_on(done, procedure, date(2026, 3, 4)).status
    'approved'

References: segregation of duties (the requester does not approve); review of tiers, forwarding and out-of-office delegation as users of OCA's
base_tier_validation ask for them (issues 88, 182, 399, 1177, 1307).
Checked with: `tests/golden/pricing/approval.toml`.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import attrs

from ..periods import plain_date
from .desk import Desk, Refusal, refusal
from .envelope import Signature
from .history import Act, Request, Submission, Verb
from .measured import Measured
from .procedure import Procedure
from .signatories import Signatories
from .state import State, Status, state_on

__all__ = ["Recorded", "record", "request", "resubmit"]

_WHEN: dict[Status, str] = {
    "approved": "approvals.refused.approved",
    "own_authority": "approvals.refused.own_authority",
    "expired": "approvals.refused.expired",
    "sent_back": "approvals.refused.sent_back",
    "rejected": "approvals.refused.rejected",
    "withdrawn": "approvals.refused.withdrawn",
    "lapsed": "approvals.refused.lapsed",
}
"""Why nothing can be done about a request that stands so."""


@attrs.frozen(kw_only=True)
class Recorded:
    """What became of an attempt.

    Args:
        request: the request, with one more event where nothing was refused.
        refused: every reason why it may not be done.
    """

    request: Request
    refused: tuple[Refusal, ...] = ()

    @property
    def done(self) -> bool:
        """Whether it was done."""
        return not self.refused


def request(
    procedure: Procedure,
    signatories: Signatories,
    *,
    id: str,
    person: str,
    on: date,
    measures: Iterable[Measured],
    reason: str,
    needs: str = "",
    evidence: Iterable[str] = (),
    parties: Iterable[str] = (),
) -> Request:
    """Ask for a concession.

    Args:
        procedure: how concessions are approved.
        signatories: who holds which level.
        id: names the request.
        person: who asks.
        on: the day.
        measures: the concession, each line and the order.
        reason: why.
        needs: the level that the concession needs; empty where the ladder is not climbed.
        evidence: documents that speak for it.
        parties: others whose deal it is.

    Raises:
        FactError: ``approvals.unknown_person``, ``approvals.unknown_level``, ``approvals.nothing_asked``, ``approvals.untold``, ``approvals.unit``,
            ``approvals.measured``, ``approvals.measured_twice``, ``fact.name``, ``period.datetime``, ``period.date``.
    """
    submission = _submission(procedure, signatories, person=person, on=on, measures=measures, reason=reason, needs=needs, evidence=evidence, parties=parties)
    return Request(id=id, history=(submission,))


def _submission(procedure: Procedure, signatories: Signatories, *, person: str, on: date, needs: str, parties: Iterable[str], **told: Any) -> Submission:
    signatories.check(procedure)
    for somebody in (person, *(others := tuple(parties))):
        signatories.check_person(somebody)
    if needs:
        procedure.check_level(needs, "needs")
    submission = Submission(person=person, on=on, needs=needs, parties=others, own=signatories.held(person, plain_date(on)), **told)
    procedure.route(needs, own=submission.own, measures=submission.measures)
    return submission


def resubmit(
    request: Request,
    procedure: Procedure,
    signatories: Signatories,
    *,
    person: str,
    on: date,
    measures: Iterable[Measured],
    reason: str,
    needs: str = "",
    evidence: Iterable[str] = (),
    parties: Iterable[str] = (),
) -> Recorded:
    """Ask again, with the same concession or another, unless it was withdrawn or finally rejected.

    A request may be resubmitted after it was sent back, while it is pending, when it lapsed or expired, and to change what was approved. Its
    history stays; which signatures still count is for the procedure to say.

    Args:
        request: the request.
        procedure: how concessions are approved.
        signatories: who holds which level.
        person: who asks; only the requester may.
        on: the day.
        measures: the concession now.
        reason: why.
        needs: the level that it needs now.
        evidence: documents that speak for it.
        parties: others whose deal it is, besides those named before.

    Raises:
        FactError: as `request`; ``approvals.backwards`` for a day before the last event.
    """
    submission = _submission(procedure, signatories, person=person, on=on, measures=measures, reason=reason, needs=needs, evidence=evidence, parties=parties)
    after = request.then(submission)
    status = state_on(request, procedure, submission.on).status
    closed = status == "withdrawn" or (status == "rejected" and procedure.rejected == "final")
    refused = [refusal(_WHEN[status])] if closed else []
    if person != request.history[0].person:
        refused.append(refusal("approvals.refused.not_requester", person=person, requester=request.history[0].person))
    return Recorded(request=request, refused=tuple(refused)) if refused else Recorded(request=after)


def record(request: Request, procedure: Procedure, signatories: Signatories, *, verb: Verb, person: str, on: date, why: str = "", level: str = "") -> Recorded:
    """Record what a person does about a request, if he may.

    Args:
        request: the request.
        procedure: how concessions are approved.
        signatories: who holds which level, and who delegated.
        verb: ``approve``, ``reject``, ``send_back`` to the requester, or ``withdraw`` (the requester).
        person: who.
        on: the day.
        why: the reason.
        level: the level that is signed, where the person may sign several and one is meant; otherwise the first that he may.

    Raises:
        FactError: ``approvals.unknown_person``, ``approvals.unknown_level``, ``approvals.verb``, ``approvals.backwards``, ``period.datetime``,
            ``period.date``.
    """
    signatories.check(procedure)
    signatories.check_person(person)
    if level:
        procedure.check_level(level, "level")
    act = Act(verb=verb, person=person, on=on, why=why)
    after = request.then(act)
    state = state_on(request, procedure, act.on)
    refused, signatures = _withdrawal(request, state, person) if verb == "withdraw" else _decision(request, state, procedure, signatories, act, level)
    if verb in procedure.reasons and not why.strip():
        refused = (*refused, refusal("approvals.refused.reason"))
    if refused:
        return Recorded(request=request, refused=refused)
    return Recorded(request=request.then(attrs.evolve(act, signatures=signatures)) if signatures else after)


_Found = tuple[tuple[Refusal, ...], tuple[Signature, ...]]


def _withdrawal(request: Request, state: State, person: str) -> _Found:
    requester = request.history[0].person
    foreign = () if person == requester else (refusal("approvals.refused.not_requester", person=person, requester=requester),)
    over = (refusal(_WHEN[state.status]),) if state.status in {"rejected", "withdrawn"} else ()
    return (*over, *foreign), ()


def _decision(request: Request, state: State, procedure: Procedure, signatories: Signatories, act: Act, level: str) -> _Found:
    if state.status != "pending":
        return (refusal(_WHEN[state.status]),), ()
    desk = Desk(request, state, procedure, signatories, act.on)
    if level and level not in state.open:
        shown = tuple(procedure.titles[name] for name in state.open)
        return (refusal("approvals.refused.not_asked", level=procedure.titles[level], asked=shown),), ()
    asked = [waiting for waiting in state.waiting if not level or waiting.level == level]
    refused: list[Refusal] = []
    for waiting in asked:
        signature, why_not = desk.signature(act.person, waiting)
        if signature is not None:
            return (), (signature, *(desk.further(act.person, signature) if act.verb == "approve" else ()))
        refused += [reason for reason in why_not if reason not in refused]
    return tuple(refused), ()
