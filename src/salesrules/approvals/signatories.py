"""Who may sign: the holders of each level, and those to whom they delegated it.

A delegation has dates and a ceiling, and covers only what the delegator holds in his own right: what was delegated is never delegated
further.

    >>> signatories = Signatories(
    ...     holders=(Holder(person="wang", level="manager", start=date(2026, 1, 1)), Holder(person="chen", level="rep", start=date(2026, 1, 1))),
    ...     delegations=(Delegation(by="wang", to="chen", start=date(2026, 5, 1), end=date(2026, 5, 8),
    ...                             ceiling=(Ceiling(measure="discount", limit="15%"),), reason="leave"),))
    >>> signatories.held("wang", date(2026, 5, 1)), [delegation.by for delegation in signatories.delegated("chen", date(2026, 5, 7))]
    (('manager',), ['wang'])
    >>> signatories.delegated("chen", date(2026, 5, 8))
    ()

References: delegations of authority as public bodies print them: by name, for a time, up to a limit, no further delegation.
"""

from collections.abc import Iterable
from datetime import date
from functools import cached_property

import attrs

from .._fields import field, listing
from ..errors import FactError
from ..periods import plain_date
from .measured import Ceiling, Measured, checked_name, worsening
from .procedure import Procedure
from .stored import Stored

__all__ = ["Delegation", "Holder", "Signatories"]


def _day_or_none(day: date | None) -> date | None:
    return None if day is None else plain_date(day)


def _check_dates(start: date, end: date | None, path: str) -> None:
    if end is not None and end <= start:
        raise FactError("approvals.reversed", "ends on {end}, not after its start {start}; correct the dates", path=path, start=start, end=end)


@attrs.frozen(kw_only=True)
class Holder(Stored):
    """A person holds a level or an office from ``start`` up to, not including, ``end``.

    Raises:
        FactError: ``fact.name``, ``approvals.reversed``, ``period.datetime``, ``period.date``.
    """

    person: str
    level: str
    start: date = attrs.field(converter=plain_date)
    end: date | None = attrs.field(default=None, converter=_day_or_none)

    def __attrs_post_init__(self) -> None:
        checked_name(self.person, "holder", "person")
        _check_dates(self.start, self.end, f"holder {self.person}")


@attrs.frozen(kw_only=True)
class Delegation(Stored):
    """A person signs in another's place for a time.

    Args:
        by: who delegates.
        to: who may sign instead.
        start: the first day.
        end: the first day on which it no longer holds; a delegation always has one.
        ceiling: the limits on the measures that the delegate may approve; ``()`` lets him go as far as the delegator.
        levels: the levels of the delegator that it covers; all where none is named.
        reason: why, such as leave.

    Raises:
        FactError: ``fact.name``, ``approvals.reversed``, ``approvals.to_oneself``, ``period.datetime``, ``period.date``.
    """

    by: str
    to: str
    start: date = attrs.field(converter=plain_date)
    end: date = attrs.field(converter=plain_date)
    ceiling: tuple[Ceiling, ...] = field(doc="limits on the measures that the delegate may approve", converter=tuple)
    levels: tuple[str, ...] = listing(doc="levels that it covers; none named: all", default=(), error=FactError)
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        checked_name(self.by, "delegation", "by")
        checked_name(self.to, "delegation", "to")
        _check_dates(self.start, self.end, f"delegation {self.by}")
        if self.by == self.to:
            raise FactError("approvals.to_oneself", "{person} delegates to himself; name another person", path=f"delegation {self.by}", person=self.by)

    def exceeded(self, measures: Iterable[Measured]) -> tuple[tuple[Ceiling, Measured | None], ...]:
        """The limits that a concession exceeds, each with what exceeds it; a limit on a measure that is not told is exceeded."""
        told = tuple(measures)
        found: list[tuple[Ceiling, Measured | None]] = []
        for ceiling in self.ceiling:
            measured = [one for one in told if one.measure == ceiling.measure]
            found += [(ceiling, one) for one in measured if worsening(ceiling.limit, one.value, one.worse)] if measured else [(ceiling, None)]
        return tuple(found)


@attrs.frozen(kw_only=True)
class Signatories(Stored):
    """Everybody who may ask or sign.

    Args:
        holders: who holds which level, and since when; also those who only ask, such as sales representatives.
        delegations: who signs in whose place.
    """

    holders: tuple[Holder, ...] = field(doc="who holds which level", converter=tuple)
    delegations: tuple[Delegation, ...] = field(doc="who signs in whose place", default=(), converter=tuple)

    @cached_property
    def people(self) -> frozenset[str]:
        """Everybody named."""
        return frozenset({holder.person for holder in self.holders} | {person for delegation in self.delegations for person in (delegation.by, delegation.to)})

    def check(self, procedure: Procedure) -> None:
        """Refuse levels that the procedure does not know.

        Raises:
            FactError: ``approvals.unknown_level``.
        """
        for holder in self.holders:
            procedure.check_level(holder.level, f"holder {holder.person}")
        for delegation in self.delegations:
            for level in delegation.levels:
                procedure.check_level(level, f"delegation {delegation.by}")

    def check_person(self, person: str) -> None:
        """Refuse a person who is not named.

        Raises:
            FactError: ``approvals.unknown_person``.
        """
        if person not in self.people:
            raise FactError("approvals.unknown_person", "{person!r} holds no level; add a holder, or correct the name", path="person", person=person)

    def held(self, person: str, day: date) -> tuple[str, ...]:
        """The levels that a person holds in his own right on a day."""
        return tuple(holder.level for holder in self.holders if holder.person == person and holder.start <= day and (holder.end is None or day < holder.end))

    def delegated(self, person: str, day: date) -> tuple[Delegation, ...]:
        """The delegations to a person that hold on a day."""
        return tuple(delegation for delegation in self.delegations if delegation.to == person and delegation.start <= day < delegation.end)
