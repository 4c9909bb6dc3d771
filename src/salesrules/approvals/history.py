"""The request and its history: what was asked, and everything that was done about it, in order. Nothing is ever deleted.

    >>> asked = Submission(person="chen", on=date(2026, 3, 2), reason="a competitor's offer", needs="manager", own=("rep",),
    ...                    measures=(Measured(measure="discount", value="20%", worse="more"),))
    >>> request = Request(id="R1", history=(asked,))
    >>> Request.from_data(request.to_data()) == request
    True

Where it stands on a day follows from the history alone: `salesrules.approvals.state_on`.
"""

from datetime import date
from typing import ClassVar, Literal, TypeAlias

import attrs

from .._fields import field, listing
from ..errors import FactError
from ..periods import plain_date
from .envelope import Signature
from .measured import Measured, checked_name, ordered
from .stored import Stored

__all__ = ["VERBS", "Act", "Event", "Request", "Submission", "Verb"]

Verb: TypeAlias = Literal["approve", "reject", "send_back", "withdraw"]
"""What may be done about a request."""

VERBS: tuple[Verb, ...] = ("approve", "reject", "send_back", "withdraw")
"""What may be done about a request."""


@attrs.frozen(kw_only=True)
class Submission(Stored):
    """A concession put forward, for the first time or again.

    Args:
        person: who asks.
        on: the day.
        reason: why.
        needs: the level that the concession needs.
        own: the levels that the requester held on that day.
        measures: the concession.
        evidence: documents that speak for it.
        parties: others whose deal it is, such as the salesperson for whom an assistant asks; they approve it no more than the requester.
    """

    kind: ClassVar[str] = "submit"

    person: str
    on: date = attrs.field(converter=plain_date)
    reason: str
    needs: str
    own: tuple[str, ...] = listing(doc="levels that the requester held", error=FactError)
    measures: tuple[Measured, ...] = attrs.field(converter=ordered)
    evidence: tuple[str, ...] = listing(doc="documents that speak for it", default=(), error=FactError)
    parties: tuple[str, ...] = listing(doc="others whose deal it is", default=(), error=FactError)

    def __attrs_post_init__(self) -> None:
        checked_name(self.person, "request", "person")
        checked_name(self.reason, "request", "reason")
        if not self.measures:
            raise FactError("approvals.nothing_asked", "the request measures no concession; pass at least one measure", path="measures")

    @property
    def barred(self) -> frozenset[str]:
        """Those who may not approve it: their own deal."""
        return frozenset({self.person, *self.parties})


@attrs.frozen(kw_only=True)
class Act(Stored):
    """What a person did about a request.

    Args:
        verb: ``approve``, ``reject``, ``send_back`` or ``withdraw``.
        person: who.
        on: the day.
        why: the reason given.
        signatures: the levels signed by an approval; the level by which it was rejected or sent back.
    """

    kind: ClassVar[str] = "act"

    verb: Verb
    person: str
    on: date = attrs.field(converter=plain_date)
    why: str = ""
    signatures: tuple[Signature, ...] = field(doc="levels signed", default=(), converter=tuple)

    def __attrs_post_init__(self) -> None:
        if self.verb not in VERBS:
            raise FactError("approvals.verb", "{verb!r} is nothing to do about a request; use one of {known}", verb=self.verb, known=", ".join(VERBS))


Event: TypeAlias = Submission | Act
"""What the history is made of."""


@attrs.frozen(kw_only=True)
class Request(Stored):
    """A request for approval with its whole history.

    Args:
        id: names it.
        history: what happened, in order; the first is a submission.

    Raises:
        FactError: ``fact.name``, ``approvals.history`` where it does not begin with a submission, ``approvals.backwards`` where a day precedes the
            one before.
    """

    id: str
    history: tuple[Submission | Act, ...] = field(doc="what happened, in order", converter=tuple)

    def __attrs_post_init__(self) -> None:
        checked_name(self.id, "request", "id")
        if not self.history or not isinstance(self.history[0], Submission):
            raise FactError("approvals.history", "a history begins with a submission; make the request by request(...)", path=f"request {self.id}")
        for earlier, later in zip(self.history, self.history[1:], strict=False):
            if later.on < earlier.on:
                template = "{later} comes after {earlier} in the history; what happens is recorded in order"
                raise FactError("approvals.backwards", template, path=f"request {self.id}", later=later.on, earlier=earlier.on)

    def then(self, event: Event) -> "Request":
        """The request after one more event."""
        return attrs.evolve(self, history=(*self.history, event))
