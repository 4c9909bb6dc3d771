"""A company for the tests of approvals: its ladder, its people, and the procedures they follow."""

from datetime import date
from typing import Any

from salesrules.approvals.acting import Recorded, record, request, resubmit
from salesrules.approvals.history import Request
from salesrules.approvals.ladder import Ladder, Level
from salesrules.approvals.measured import Ceiling, Measured
from salesrules.approvals.procedure import Procedure
from salesrules.approvals.signatories import Delegation, Holder, Signatories
from salesrules.approvals.state import State, state_on
from salesrules.money import Money

LEVELS = ("rep", "manager", "head", "management")
LADDER = Ladder(levels=tuple(Level(id=name) for name in LEVELS))
OFFICES = (Level(id="finance", title="Finance department"), Level(id="legal"))
PEOPLE = {"chen": "rep", "lin": "rep", "wang": "manager", "wu": "manager", "zhao": "head", "qian": "management", "fang": "finance", "luo": "legal"}
HOLDERS = tuple(Holder(person=person, level=level, start=date(2026, 1, 1)) for person, level in PEOPLE.items())


def day(number: int, month: int = 3) -> date:
    """A day of 2026."""
    return date(2026, month, number)


def team(*delegations: Delegation, holders: tuple[Holder, ...] = HOLDERS) -> Signatories:
    """Everybody, with these delegations."""
    return Signatories(holders=holders, delegations=delegations)


def delegated(by: str, to: str, *ceiling: Ceiling, **told: Any) -> Delegation:
    """A delegation, through March unless it says otherwise."""
    usual: dict[str, Any] = {"by": by, "to": to, "start": day(1), "end": day(31), "ceiling": ceiling}
    return Delegation(**(usual | told))


def procedure(**rules: Any) -> Procedure:
    """A procedure: level by level, each signed by its holders, signatures kept."""
    usual: dict[str, Any] = {
        "ladder": LADDER,
        "offices": OFFICES,
        "path": "in_turn",
        "alone": "allowed",
        "signs": "own_level",
        "repeated": "each",
        "resubmitted": "keep",
        "rejected": "open",
    }
    return Procedure(**(usual | rules))


def discount(value: str, line: str = "") -> Measured:
    """A discount: worse with more."""
    return Measured(measure="discount", value=value, worse="more", line=line)


def margin(value: str | None, line: str = "") -> Measured:
    """A margin rate: worse with less."""
    return Measured(measure="margin_rate", value=value, worse="less", line=line)


def net(value: str, currency: str = "CNY") -> Measured:
    """The net total: worse with less."""
    return Measured(measure="net", value=Money(value, currency), worse="less")


class Case:
    """A request as it goes through the company, one day after the other."""

    def __init__(self, rules: Procedure, people: Signatories | None = None, **told: Any) -> None:
        self.rules, self.people = rules, people or team()
        self.on = told.get("on", day(2))
        asked: dict[str, Any] = {"id": "R1", "person": "chen", "on": self.on, "needs": "head", "reason": "offer", "measures": (discount("20%"),)}
        self.request: Request = request(self.rules, self.people, **(asked | told))
        self.last: Recorded = Recorded(request=self.request)

    def does(self, person: str, verb: Any = "approve", on: date | None = None, **told: Any) -> tuple[str, ...]:
        """What a person does; the codes of what stands against it."""
        self.last = record(self.request, self.rules, self.people, verb=verb, person=person, on=on or self.on, **told)
        self.request = self.last.request
        return tuple(refusal.code.removeprefix("approvals.refused.") for refusal in self.last.refused)

    def asks_again(self, *measures: Measured, on: date | None = None, **told: Any) -> tuple[str, ...]:
        """The requester resubmits; the codes of what stands against it."""
        asked: dict[str, Any] = {"person": "chen", "on": on or self.on, "needs": "head", "reason": "again", "measures": measures}
        self.last = resubmit(self.request, self.rules, self.people, **(asked | told))
        self.request = self.last.request
        return tuple(refusal.code.removeprefix("approvals.refused.") for refusal in self.last.refused)

    def state(self, on: date | None = None) -> State:
        """Where it stands."""
        return state_on(self.request, self.rules, on or self.on)
