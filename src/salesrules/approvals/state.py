"""Where a request stands on a day: who has signed, who is asked, since when, and what was approved. It follows from the history alone.

>>> from salesrules.approvals.ladder import Ladder, Level
>>> from salesrules.approvals.measured import Measured
>>> procedure = Procedure(ladder=Ladder(levels=(Level(id="rep"), Level(id="manager"))), path="in_turn", alone="allowed", signs="own_level",
...     repeated="each", resubmitted="keep", rejected="final", request_lasts="14 days", deadlines=(Deadline(level="manager", remind="2 days"),))
>>> asked = Submission(person="chen", on=date(2026, 3, 2), reason="a competitor's offer", needs="manager", own=("rep",),
...                    measures=(Measured(measure="discount", value="20%", worse="more"),))
>>> state = state_on(Request(id="R1", history=(asked,)), procedure, date(2026, 3, 5))
>>> state.status, [(waiting.level, waiting.remind_on.isoformat(), waiting.reminded) for waiting in state.waiting]
('pending', [('manager', '2026-03-04', True)])
>>> state_on(Request(id="R1", history=(asked,)), procedure, date(2026, 3, 17)).status
'lapsed'
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal, TypeAlias

import attrs

from ..errors import FactError
from ..periods import delay, plain_date
from .envelope import Approval, Signature, worse_than
from .history import Act, Request, Submission
from .procedure import Deadline, Procedure, Stage
from .stored import Stored

__all__ = ["STATUSES", "State", "Status", "Waiting", "state_on"]

Status: TypeAlias = Literal["pending", "approved", "own_authority", "expired", "sent_back", "rejected", "withdrawn", "lapsed"]
"""Where a request stands."""

STATUSES: dict[Status, str] = {
    "pending": "approvals.status.pending",
    "approved": "approvals.status.approved",
    "own_authority": "approvals.status.own_authority",
    "expired": "approvals.status.expired",
    "sent_back": "approvals.status.sent_back",
    "rejected": "approvals.status.rejected",
    "withdrawn": "approvals.status.withdrawn",
    "lapsed": "approvals.status.lapsed",
}
"""The message of each status."""

_CLOSED: dict[str, Status] = {"reject": "rejected", "send_back": "sent_back", "withdraw": "withdrawn"}


@attrs.frozen(kw_only=True)
class Waiting(Stored):
    """A level that is asked and has not answered.

    Args:
        level: the level or office.
        since: the day on which it was asked.
        remind_on: the day on which a reminder falls due.
        reminded: whether that day has come.
        escalates_on: the day from which another level may sign in its place.
        escalates_to: that level.
        escalated: whether that day has come.
    """

    level: str
    since: date
    remind_on: date | None
    reminded: bool
    escalates_on: date | None
    escalates_to: str
    escalated: bool


@attrs.frozen(kw_only=True)
class State(Stored):
    """Where a request stands on a day.

    Args:
        request: the request.
        on: the day.
        status: ``pending``, ``approved``, ``own_authority`` (nobody else need sign), ``expired`` (the approval), ``sent_back``, ``rejected``,
            ``withdrawn``, ``lapsed`` (not decided in time).
        round: how often it was submitted.
        route: who is asked, stage by stage.
        waiting: the levels asked now.
        signatures: those that count.
        approval: what was approved, also when it has expired.
        decide_by: the last day on which it can be decided; None without end.
    """

    request: str
    on: date
    status: Status
    round: int
    route: tuple[tuple[str, ...], ...]
    waiting: tuple[Waiting, ...]
    signatures: tuple[Signature, ...]
    approval: Approval | None
    decide_by: date | None

    @property
    def code(self) -> str:
        """The message of the status."""
        return STATUSES[self.status]

    @property
    def open(self) -> tuple[str, ...]:
        """The levels asked now."""
        return tuple(waiting.level for waiting in self.waiting)


@attrs.frozen
class _Seen:
    """A signature and the concession that was signed."""

    signature: Signature
    submission: Submission


def _counted(events: Iterable[Submission | Act], procedure: Procedure) -> tuple[_Seen, ...]:
    """The signatures given to the latest submission, and those that it keeps."""
    counted: tuple[_Seen, ...] = ()
    latest: Submission | None = None
    for event in events:
        if isinstance(event, Submission):
            latest = event
            counted = tuple(seen for seen in counted if procedure.resubmitted == "keep" and _still(seen, event, procedure))
        elif event.verb == "approve" and latest is not None:
            counted += tuple(_Seen(signature, latest) for signature in event.signatures)
    return counted


def _still(seen: _Seen, now: Submission, procedure: Procedure) -> bool:
    last = procedure.last_day(procedure.approval_lasts, seen.signature.on)
    return (last is None or now.on <= last) and not worse_than(seen.submission.measures, now.measures)


def _opened(stages: Iterable[Stage], signed: dict[str, date], start: date) -> tuple[date, tuple[str, ...]]:
    """The day on which the stage that is asked was opened, and who has not answered in it; nobody where all stages are done."""
    day = start
    for stage in stages:
        missing = tuple(level for level in stage.levels if level not in signed)
        answers = sorted(signed[level] for level in stage.levels if level in signed)
        done = answers[:1] if stage.needs == "one" else answers[-1:] * (not missing)
        if not done:
            return day, missing
        day = max(day, *done)
    return day, ()


def _waiting(level: str, since: date, deadline: Deadline | None, procedure: Procedure, day: date) -> Waiting:
    remind, escalate, to = (deadline.remind, deadline.escalate, deadline.to) if deadline else ("", "", "")
    remind_on = delay(remind).on(since, procedure.calendar) if remind else None
    escalates_on = delay(escalate).on(since, procedure.calendar) if escalate else None
    return Waiting(
        level=level,
        since=since,
        remind_on=remind_on,
        reminded=remind_on is not None and day >= remind_on,
        escalates_on=escalates_on,
        escalates_to=to,
        escalated=escalates_on is not None and day >= escalates_on,
    )


def _approval(request: Request, latest: Submission, signatures: tuple[Signature, ...], start: date, procedure: Procedure) -> Approval:
    signed = max((signature.on for signature in signatures), default=latest.on)
    last_day = procedure.last_day(procedure.approval_lasts, signed)
    return Approval(request=request.id, measures=latest.measures, start=start, last_day=last_day, signatures=signatures)


def state_on(request: Request, procedure: Procedure, day: date) -> State:
    """Where a request stands on a day; what happened after that day is left out.

    Args:
        request: the request with its history.
        procedure: how concessions are approved; the one in force when the request was made.
        day: the day.

    Raises:
        FactError: ``approvals.too_early`` for a day before the request; ``approvals.unknown_level``, ``approvals.untold``, ``approvals.unit``,
            ``period.datetime``, ``period.date``.
    """
    day = plain_date(day)
    events = tuple(event for event in request.history if event.on <= day)
    submissions = tuple(event for event in events if isinstance(event, Submission))
    if not submissions:
        template = "on {day} there was no request yet; it was made on {start}, so ask later"
        raise FactError("approvals.too_early", template, path=f"request {request.id}", day=day, start=request.history[0].on)
    latest = submissions[-1]
    route = procedure.route(latest.needs, own=latest.own, measures=latest.measures)
    asked = {level for stage in route for level in stage.levels}
    signatures = tuple(seen.signature for seen in _counted(events, procedure) if seen.signature.level in asked)
    first: dict[str, date] = {}
    for signature in signatures:
        first.setdefault(signature.level, signature.on)
    start, missing = _opened(route, first, latest.on)
    decide_by = procedure.last_day(procedure.request_lasts, latest.on)
    approval = None if missing else _approval(request, latest, signatures, start, procedure)
    status = _status(events[-1], approval, decide_by, day)
    waiting = tuple(_waiting(level, start, procedure.deadline(level), procedure, day) for level in missing) if status == "pending" else ()
    return State(
        request=request.id,
        on=day,
        status=status,
        round=len(submissions),
        route=tuple(stage.levels for stage in route),
        waiting=waiting,
        signatures=signatures,
        approval=approval if status in {"approved", "own_authority", "expired"} else None,
        decide_by=decide_by,
    )


def _status(last: Submission | Act, approval: Approval | None, decide_by: date | None, day: date) -> Status:
    if isinstance(last, Act) and last.verb in _CLOSED:
        status = _CLOSED[last.verb]
        return "lapsed" if status == "sent_back" and decide_by is not None and day > decide_by else status
    if approval is None:
        return "lapsed" if decide_by is not None and day > decide_by else "pending"
    if approval.last_day is not None and day > approval.last_day:
        return "expired"
    return "approved" if approval.signatures else "own_authority"
