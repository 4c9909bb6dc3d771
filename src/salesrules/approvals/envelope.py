"""The envelope: an approval holds while nothing that was approved gets worse, and dies when something does.

Every measure approved, of each line and of the order, may improve freely. A measure that was not approved, or on a line that was not
there, is worse. A line that is gone is not; but a line or an order that stops telling one of its measures is. The comparison is exact, and
an equal value never needs a new approval.

    >>> from datetime import date
    >>> def quoted(discount, margin):
    ...     return (Measured(measure="discount", value=discount, worse="more"), Measured(measure="margin_rate", value=margin, worse="less"))
    >>> approval = Approval(request="R1", measures=quoted("20%", "30%"), start=date(2026, 3, 2), last_day=date(2026, 3, 31))
    >>> holds(approval, quoted("18%", "30%"), on=date(2026, 3, 20)).holds
    True
    >>> [(breach.measure, breach.approved, breach.actual, breach.by) for breach in holds(approval, quoted("18%", "29%"), on=date(2026, 3, 20)).breaches]
    [('margin_rate', Fraction(3, 10), Fraction(29, 100), Fraction(1, 100))]
    >>> holds(approval, quoted("20%", "30%"), on=date(2026, 4, 1)).dated
    'approvals.envelope.expired'

References: approvals that are kept while the value tested is not worse (Salesforce, Advanced Approvals: "smart approvals"), there for one
field and one operator, and lost where a rule tests equality.
Checked with: `tests/golden/pricing/approval.toml`.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import attrs

from ..errors import FactError
from ..periods import plain_date
from ..trace import Step
from .measured import Measured, Value, Worsened, ordered, worsening
from .stored import Stored

__all__ = ["Approval", "Breach", "Holding", "Signature", "holds", "worse_than"]


@attrs.frozen(kw_only=True)
class Signature(Stored):
    """A level signed.

    Args:
        level: the level signed for.
        held: the level by which the person signed: the same, a higher one, or the one it was escalated to.
        person: who signed.
        on: the day.
        on_behalf_of: who delegated the authority, where it was not the person's own.
    """

    level: str
    held: str
    person: str
    on: date = attrs.field(converter=plain_date)
    on_behalf_of: str = ""

    @property
    def people(self) -> frozenset[str]:
        """Who stands behind the signature."""
        return frozenset({self.person, self.on_behalf_of} - {""})


@attrs.frozen(kw_only=True)
class Approval(Stored):
    """What was approved, by whom, and until when.

    Args:
        request: the request.
        measures: the concession approved.
        start: the day from which it is approved.
        last_day: the last day on which it holds; None where it does not expire.
        signatures: who signed; nobody where it lies within the requester's own authority.
    """

    request: str
    measures: tuple[Measured, ...] = attrs.field(converter=ordered)
    start: date = attrs.field(converter=plain_date)
    last_day: date | None
    signatures: tuple[Signature, ...] = ()


@attrs.frozen(kw_only=True)
class Breach:
    """One thing that got worse.

    Args:
        code: ``approvals.worse.by`` (so much worse), ``.undefined`` (can no longer be told), ``.incomparable`` (another currency, or an amount
            instead of a share), ``.new`` (was not approved), ``.untold`` (was approved and is not told any more).
        measure: the measure.
        line: the line; empty for the order.
        approved: the value approved.
        actual: the value now.
        by: how much worse.
        title: what people call the measure.
    """

    code: str
    measure: str
    line: str
    approved: Value | None = None
    actual: Value | None = None
    by: Value | None = None
    title: str = ""

    @property
    def params(self) -> tuple[tuple[str, Any], ...]:
        """What a message shows of it."""
        return ("measure", self.title or self.measure), *((name, getattr(self, name)) for name in ("line", "approved", "actual", "by"))


def worse_than(approved: Iterable[Measured], actual: Iterable[Measured]) -> tuple[Breach, ...]:
    """Everything that is worse than what was approved, by line and measure.

    Args:
        approved: the concession approved.
        actual: the concession now.

    Raises:
        FactError: ``approvals.direction`` where the two do not agree which way a measure grows worse; ``approvals.measured_twice``.
    """
    before = {measured.key: measured for measured in ordered(approved)}
    now = {measured.key: measured for measured in ordered(actual)}
    told = {line for line, _ in now} | {""}
    found = [
        Breach(code="approvals.worse.untold", measure=name, line=line, approved=measured.value, title=measured.title)
        for (line, name), measured in before.items()
        if line in told and (line, name) not in now
    ]
    for (line, name), measured in now.items():
        known = before.get((line, name))
        if known is not None and known.worse != measured.worse:
            template = "{measure} was approved as worse with {approved} and is now worse with {actual}; measure it the same way"
            raise FactError("approvals.direction", template, path=line, measure=name, approved=known.worse, actual=measured.worse)
        how = Worsened("approvals.worse.new") if known is None else worsening(known.value, measured.value, measured.worse)
        if how is not None:
            was = None if known is None else known.value
            found.append(Breach(code=how.code, measure=name, line=line, approved=was, actual=measured.value, by=how.by, title=measured.title))
    return tuple(sorted(found, key=lambda breach: (breach.line, breach.measure)))


@attrs.frozen(kw_only=True)
class Holding:
    """Whether an approval holds for a concession on a day, and if not, why.

    Args:
        approval: the approval.
        on: the day asked about.
        breaches: everything that got worse.
        dated: empty, ``approvals.envelope.expired``, or ``approvals.envelope.not_yet`` for a day before it was approved.
    """

    approval: Approval
    on: date
    breaches: tuple[Breach, ...]
    dated: str

    @property
    def holds(self) -> bool:
        """Whether it holds."""
        return not self.breaches and not self.dated

    @property
    def working(self) -> Step:
        """Why it holds or not: the days, and each thing that got worse."""
        days = (("request", self.approval.request), ("on", self.on), ("start", self.approval.start), ("last_day", self.approval.last_day))
        late = (Step(self.dated, None, params=days),) if self.dated else ()
        broken = tuple(Step(breach.code, None, params=breach.params) for breach in self.breaches)
        return Step(_HOLDS[self.holds], self.holds, params=days, children=(*late, *broken))


_HOLDS = {True: "approvals.envelope.holds", False: "approvals.envelope.broken"}


def holds(approval: Approval, measures: Iterable[Measured], on: date) -> Holding:
    """Whether an approval still covers a concession.

    Args:
        approval: what was approved.
        measures: the concession now, all of it, each line and the order.
        on: the day.

    Raises:
        FactError: ``approvals.direction``, ``approvals.measured``, ``approvals.measured_twice``, ``period.datetime``, ``period.date``.
    """
    day = plain_date(on)
    expired = approval.last_day is not None and day > approval.last_day
    dated = "approvals.envelope.expired" if expired else "approvals.envelope.not_yet" if day < approval.start else ""
    return Holding(approval=approval, on=day, breaches=worse_than(approval.measures, measures), dated=dated)
