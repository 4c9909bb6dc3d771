"""The working of an approval: where a request stands and the whole history that led there, as a tree of steps.

>>> from salesrules.approvals.ladder import Ladder, Level
>>> from salesrules.approvals.history import Submission
>>> from salesrules.approvals.measured import Measured
>>> procedure = Procedure(ladder=Ladder(levels=(Level(id="rep"), Level(id="manager"))), path="in_turn", alone="allowed", signs="own_level",
...     repeated="each", resubmitted="keep", rejected="final")
>>> asked = Submission(person="chen", on=date(2026, 3, 2), reason="a competitor's offer", needs="manager", own=("rep",),
...                    measures=(Measured(measure="discount", value="20%", worse="more"),))
>>> told = working(Request(id="R1", history=(asked,)), procedure, date(2026, 3, 2))
>>> [step.code for step in told.walk()]
['approvals.status.pending', 'approvals.event.submit', 'approvals.measured', 'approvals.waiting']
"""

from datetime import date
from typing import Any

from ..trace import Step
from .envelope import Signature
from .history import Act, Event, Request, Verb
from .measured import Measured
from .procedure import Procedure
from .state import State, Waiting, state_on

__all__ = ["working"]

_ACTS: dict[Verb, str] = {
    "approve": "approvals.event.approve",
    "reject": "approvals.event.reject",
    "send_back": "approvals.event.send_back",
    "withdraw": "approvals.event.withdraw",
}


def working(request: Request, procedure: Procedure, on: date) -> Step:
    """Where a request stands on a day, every event up to then, and who is asked.

    Args:
        request: the request.
        procedure: how concessions are approved.
        on: the day.

    Raises:
        FactError: as `state_on`.
    """
    state = state_on(request, procedure, on)
    events = (_event(event, procedure) for event in request.history if event.on <= state.on)
    waiting = (_waiting(level, procedure) for level in state.waiting)
    return Step(state.code, None, params=_state(state), source=procedure.source, children=(*events, *waiting))


def _state(state: State) -> tuple[tuple[str, Any], ...]:
    last_day = None if state.approval is None else state.approval.last_day
    return (("request", state.request), ("on", state.on), ("last_day", last_day), ("decide_by", state.decide_by))


def _event(event: Event, procedure: Procedure) -> Step:
    if isinstance(event, Act):
        told = (("person", event.person), ("on", event.on), ("why", event.why))
        return Step(_ACTS[event.verb], None, params=told, children=tuple(_signed(signature, procedure) for signature in event.signatures))
    asked = (("person", event.person), ("on", event.on), ("reason", event.reason), ("level", procedure.titles.get(event.needs, "")))
    return Step("approvals.event.submit", None, params=asked, children=tuple(map(_measured, event.measures)))


def _signed(signature: Signature, procedure: Procedure) -> Step:
    params = (("level", procedure.titles[signature.level]), ("person", signature.person), ("on_behalf_of", signature.on_behalf_of))
    return Step("approvals.signed", None, params=params)


def _measured(measured: Measured) -> Step:
    return Step("approvals.measured", measured.value, params=(("measure", measured.title or measured.measure), ("line", measured.line)))


def _waiting(waiting: Waiting, procedure: Procedure) -> Step:
    to = procedure.titles.get(waiting.escalates_to, "")
    params = (("level", procedure.titles[waiting.level]), ("since", waiting.since), ("remind_on", waiting.remind_on))
    return Step("approvals.waiting", None, params=(*params, ("escalates_on", waiting.escalates_on), ("escalates_to", to)))
