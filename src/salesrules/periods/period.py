"""A span of days.

>>> march = Period.between(date(2026, 3, 1), date(2026, 3, 31))
>>> march.days, march.end
(31, datetime.date(2026, 4, 1))
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Self

import attrs

from ..errors import FactError
from .days import DAY, plain_date, too_far

__all__ = ["Period"]


@attrs.frozen(order=True)
class Period:
    """The days from ``start`` to the day before ``end``.

    Periods are equal when they are the same days, whatever they are called; they sort by their first day.

    Args:
        start: the first day.
        end: the day after the last.
        unit: what it is in its calendar: ``week``, ``month``, ``quarter``, ``half_year``, ``year``, or empty.
        label: its name in its calendar, e.g. ``2026-03``, or empty.

    Raises:
        FactError: ``period.reversed`` unless there is at least one day; ``period.datetime``, ``period.date``.

    >>> march = Period(date(2026, 3, 1), date(2026, 4, 1))
    >>> print(march, march.days, date(2026, 3, 31) in march, date(2026, 4, 1) in march)
    2026-03-01..2026-03-31 31 True False
    """

    start: date = attrs.field(converter=plain_date)
    end: date = attrs.field(converter=plain_date)
    unit: str = attrs.field(default="", eq=False, kw_only=True)
    label: str = attrs.field(default="", eq=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.start < self.end:
            template = "no day lies from {start} up to, not including, {end}; the end is the day after the last"
            raise FactError("period.reversed", template, start=self.start, end=self.end)

    @classmethod
    def between(cls, first: date, last: date) -> Self:
        """The days from ``first`` to ``last``, both included.

        >>> Period.between(date(2026, 3, 1), date(2026, 3, 31)).days
        31
        """
        first, last = plain_date(first), plain_date(last)
        if last == date.max:
            raise too_far(last)
        return cls(first, last + DAY)

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """The last day."""
        return self.end - DAY

    def __contains__(self, day: date) -> bool:
        return self.start <= plain_date(day) < self.end

    def covers(self, other: "Period") -> bool:
        """Whether every day of ``other`` is one of these."""
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: "Period") -> "Period | None":
        """The days in both, or None. A period that lies wholly in the other comes back as it is, with its label.

        >>> print(Period(date(2026, 3, 1), date(2026, 4, 1)).overlap(Period(date(2026, 3, 20), date(2026, 6, 1))))
        2026-03-20..2026-03-31
        """
        if other.covers(self):
            return self
        if self.covers(other):
            return other
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    def split(self, at: Iterable[date]) -> tuple["Period", ...]:
        """The pieces when each of the days ``at`` begins a new one; days outside, or first, cut nothing.

        >>> [str(piece) for piece in Period(date(2026, 3, 1), date(2026, 4, 1)).split([date(2026, 3, 16)])]
        ['2026-03-01..2026-03-15', '2026-03-16..2026-03-31']
        """
        cuts = sorted({day for day in map(plain_date, at) if self.start < day < self.end})
        return tuple(Period(start, end) for start, end in pairwise([self.start, *cuts, self.end])) if cuts else (self,)

    def __str__(self) -> str:
        return self.label or f"{self.start}..{self.last}"
