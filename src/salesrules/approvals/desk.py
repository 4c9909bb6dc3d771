"""Who may sign a request that lies before the levels asked, and why others may not.

Nobody signs for a deal of his own, on his own authority, for another, or through the one to whom he delegated; a delegate signs up to his
ceiling, and what was delegated to somebody he cannot pass on.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import attrs

from .envelope import Signature
from .history import Request, Submission
from .procedure import Procedure
from .signatories import Delegation, Signatories
from .state import State, Waiting, state_on

__all__ = ["Desk", "Refusal", "may_sign", "refusal"]


@attrs.frozen
class Refusal:
    """Why something may not be done: the code of a message, and what it shows."""

    code: str
    params: tuple[tuple[str, Any], ...] = ()


def refusal(code: str, /, **params: Any) -> Refusal:
    """The `Refusal` with these parameters."""
    return Refusal(code, tuple(params.items()))


@attrs.frozen
class Desk:
    """A request as it lies before those who are asked on a day."""

    request: Request
    state: State
    procedure: Procedure
    signatories: Signatories
    day: date

    @property
    def _submissions(self) -> tuple[Submission, ...]:
        return tuple(event for event in self.request.history if isinstance(event, Submission))

    @property
    def _barred(self) -> frozenset[str]:
        return frozenset().union(*(submission.barred for submission in self._submissions))

    def signature(self, person: str, waiting: Waiting) -> tuple[Signature | None, tuple[Refusal, ...]]:
        """The signature of a person for a level, or why there can be none."""
        if person in self._barred:
            return None, (refusal("approvals.refused.requester", person=person),)
        accepted = (waiting.level, *([waiting.escalates_to] if waiting.escalated else []))
        held = self._grants(person, accepted, self.signatories.held(person, self.day))
        if held:
            return self._unless_repeated(self._signed(waiting.level, held, person))
        refusals: list[Refusal] = []
        for delegation in self.signatories.delegated(person, self.day):
            held = self._delegated(delegation, accepted)
            if held:
                refused = self._beyond(delegation)
                if not refused:
                    return self._unless_repeated(self._signed(waiting.level, held, person, delegation.by))
                refusals += refused
            elif any(self._delegated(further, accepted) for further in self.signatories.delegated(delegation.by, self.day)):
                refusals.append(refusal("approvals.refused.redelegated", person=person, by=delegation.by))
        if not refusals:
            refusals.append(refusal("approvals.refused.not_holder", person=person, level=self.procedure.titles[waiting.level]))
        return None, tuple(refusals)

    def further(self, person: str, first: Signature) -> tuple[Signature, ...]:
        """The other levels of the route that one approval signs as well, where the procedure says so."""
        if self.procedure.repeated != "once":
            return ()
        signed = {first.level, *(signature.level for signature in self.state.signatures)}
        now = {waiting.level: waiting for waiting in self.state.waiting}
        found = []
        for level in dict.fromkeys(level for stage in self.state.route for level in stage if level not in signed):
            signature, _ = self.signature(person, now.get(level, _not_yet(level, self.day)))
            found += [signature] if signature is not None else []
        return tuple(found)

    def _signed(self, level: str, held: str, person: str, on_behalf_of: str = "") -> Signature:
        return Signature(level=level, held=held, person=person, on=self.day, on_behalf_of=on_behalf_of)

    def _grants(self, person: str, accepted: tuple[str, ...], held: Iterable[str]) -> str:
        return next((own for level in accepted for own in held if self.procedure.grants(own, level)), "")

    def _delegated(self, delegation: Delegation, accepted: tuple[str, ...]) -> str:
        """The level that the delegator holds, delegated, and that may sign."""
        held = self.signatories.held(delegation.by, self.day)
        return self._grants(delegation.by, accepted, (level for level in held if not delegation.levels or level in delegation.levels))

    def _beyond(self, delegation: Delegation) -> list[Refusal]:
        if delegation.by in self._barred:
            return [refusal("approvals.refused.delegated_by_requester", person=delegation.to, by=delegation.by)]
        return [
            refusal("approvals.refused.ceiling", person=delegation.to, by=delegation.by, measure=ceiling.measure, limit=ceiling.limit)
            if measured is None
            else refusal(
                "approvals.refused.ceiling",
                person=delegation.to,
                by=delegation.by,
                measure=ceiling.measure,
                limit=ceiling.limit,
                line=measured.line,
                actual=measured.value,
            )
            for ceiling, measured in delegation.exceeded(self._submissions[-1].measures)
        ]

    def _unless_repeated(self, signature: Signature) -> tuple[Signature | None, tuple[Refusal, ...]]:
        if self.procedure.repeated == "another":
            for earlier in self.state.signatures:
                for person in sorted(earlier.people & signature.people):
                    level = self.procedure.titles[earlier.level]
                    return None, (refusal("approvals.refused.signed_before", person=person, level=level),)
        return signature, ()


def _not_yet(level: str, day: date) -> Waiting:
    return Waiting(level=level, since=day, remind_on=None, reminded=False, escalates_on=None, escalates_to="", escalated=False)


def may_sign(request: Request, procedure: Procedure, signatories: Signatories, on: date) -> tuple[Signature, ...]:
    """Who may sign now: one signature for each person and level asked. Nobody, where a pending request cannot be decided by anybody.

    Args:
        request: the request.
        procedure: how concessions are approved.
        signatories: who holds which level, and who delegated.
        on: the day.

    Raises:
        FactError: ``approvals.unknown_level``, ``approvals.too_early``, ``period.datetime``, ``period.date``.
    """
    signatories.check(procedure)
    state = state_on(request, procedure, on)
    desk = Desk(request, state, procedure, signatories, state.on)
    found = (desk.signature(person, waiting)[0] for waiting in state.waiting for person in sorted(signatories.people))
    return tuple(signature for signature in found if signature is not None)
