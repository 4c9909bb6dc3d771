"""What is in force when, each value with the source that says so.

A `Timeline` is a run of entries, each in force from its first day up to the first day of the next, and the last one until the timeline
``ends``, if it does. Nothing was in force before the first entry: to ask is an error, never a silent nothing.

    >>> from datetime import date
    >>> rates = Timeline((Entry(date(2025, 1, 1), "3%"), Entry(date(2025, 7, 1), "4%", source=Source(document="Plan", clause="2.1"))))
    >>> rates.on(date(2025, 6, 30)), rates.on(date(2025, 7, 1))
    ('3%', '4%')
    >>> rates.entry_on(date(2025, 12, 31)).source.clause
    '2.1'
    >>> [(str(part), rate) for part, rate in rates.segments(Period(date(2025, 6, 1), date(2025, 8, 1)))]
    [('2025-06-01..2025-06-30', '3%'), ('2025-07-01..2025-07-31', '4%')]

References: half-open validity, as ISO 8601 intervals and the effective dating of pay systems have it.
"""

from bisect import bisect_right
from datetime import date
from itertools import pairwise
from typing import Generic, TypeVar

import attrs

from .errors import NotInForce, PolicyError
from .periods import Period, plain_date
from .trace import Source

__all__ = ["Entry", "Timeline"]

T_co = TypeVar("T_co", covariant=True)
V = TypeVar("V")


def _day_or_none(day: date | None) -> date | None:
    return None if day is None else plain_date(day)


@attrs.frozen
class Entry(Generic[T_co]):
    """A value, the first day on which it is in force, and the clause that says so.

    Raises:
        FactError: ``period.datetime``, ``period.date``.

    >>> Entry(date(2025, 1, 1), "3%")
    Entry(start=datetime.date(2025, 1, 1), value='3%', source=None)
    """

    start: date = attrs.field(converter=plain_date)
    value: T_co
    source: Source | None = attrs.field(default=None, kw_only=True)


@attrs.frozen
class Timeline(Generic[T_co]):
    """Values by the day from which they are in force.

    Args:
        entries: in ascending order of their first days, no two on the same.
        ends: the first day on which nothing is in force any more; None while there is no such day.

    Raises:
        PolicyError: ``timeline.empty`` without an entry; ``timeline.order`` where an entry does not start after the one before, or
            ``ends`` is not after the last start.
        FactError: ``period.datetime``, ``period.date``.

    >>> Timeline((Entry(date(2025, 1, 1), "3%"),), ends=date(2026, 1, 1)).on(date(2026, 1, 1))
    Traceback (most recent call last):
    salesrules.errors.NotInForce: nothing is in force on 2026-01-01; the last entry ended before 2026-01-01 [timeline.after]
    """

    entries: tuple[Entry[T_co], ...]
    ends: date | None = attrs.field(default=None, converter=_day_or_none, kw_only=True)

    def __attrs_post_init__(self) -> None:
        # a list would make the timeline unhashable; a converter would hide the type of the values from type checkers
        object.__setattr__(self, "entries", tuple(self.entries))
        if not self.entries:
            raise PolicyError("timeline.empty", "nothing is ever in force; give at least one entry", path="entries")
        for index, (earlier, later) in enumerate(pairwise(self.entries), start=1):
            if not earlier.start < later.start:
                template = "the entry from {start} does not start after the one from {previous}; write each day once, in ascending order"
                raise PolicyError("timeline.order", template, path=f"entries[{index}].start", start=later.start, previous=earlier.start)
        if self.ends is not None and not self.entries[-1].start < self.ends:
            template = "the timeline ends on {start}, before its entry from {previous} is in force for a day; end it later or drop the entry"
            raise PolicyError("timeline.order", template, path="ends", start=self.ends, previous=self.entries[-1].start)

    @staticmethod
    def always(value: V, *, source: Source | None = None) -> "Timeline[V]":
        """A value that is in force on every day.

        >>> Timeline.always("3%").on(date(1900, 1, 1))
        '3%'
        """
        return Timeline((Entry(date.min, value, source=source),))

    def entry_on(self, day: date) -> Entry[T_co]:
        """The entry in force on that day.

        Raises:
            NotInForce: ``timeline.before`` the first entry; ``timeline.after`` the end.
            FactError: ``period.datetime``, ``period.date``.
        """
        day = plain_date(day)
        if day < self.entries[0].start:
            template = "nothing is in force on {day}; the first entry starts on {start}, so ask later or add an earlier entry"
            raise NotInForce("timeline.before", template, day=day, start=self.entries[0].start)
        if self.ends is not None and day >= self.ends:
            raise NotInForce("timeline.after", "nothing is in force on {day}; the last entry ended before {ends}", day=day, ends=self.ends)
        return self.entries[bisect_right(self.entries, day, key=lambda entry: entry.start) - 1]

    def on(self, day: date) -> T_co:
        """The value in force on that day.

        Raises:
            NotInForce: ``timeline.before``, ``timeline.after``.
            FactError: ``period.datetime``, ``period.date``.
        """
        return self.entry_on(day).value

    def changes_in(self, period: Period) -> tuple[Entry[T_co], ...]:
        """The entries that come into force on a day of the period, its first day included.

        >>> Timeline((Entry(date(2025, 1, 1), "3%"), Entry(date(2025, 7, 1), "4%"))).changes_in(Period(date(2025, 2, 1), date(2025, 8, 1)))
        (Entry(start=datetime.date(2025, 7, 1), value='4%', source=None),)
        """
        return tuple(entry for entry in self.entries if entry.start in period)

    def segments(self, period: Period) -> tuple[tuple[Period, T_co], ...]:
        """The period cut where another entry comes into force, each piece with its value; a period that is not cut keeps its label.

        Raises:
            NotInForce: ``timeline.before``, ``timeline.after`` where a day of the period has no value.
        """
        self.entry_on(period.last)
        pieces = period.split(entry.start for entry in self.changes_in(period))
        return tuple((piece, self.on(piece.start)) for piece in pieces)
