"""Which days are worked: the weekdays less the holidays, plus the days that make up for them.

>>> working_days(Period(date(2026, 5, 4), date(2026, 5, 11)), WeekdayCalendar(years=(2026, 2026), holidays=(date(2026, 5, 5),)))
4
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import ClassVar, Protocol

import attrs

from .._fields import field
from ..errors import FactError, PolicyError
from .days import WEEKDAYS, Weekday, plain_date, weekday_number
from .period import Period

__all__ = ["WeekdayCalendar", "WorkingCalendar", "working_days"]


class WorkingCalendar(Protocol):
    """Says which days are worked; brought by the caller, who knows the holidays."""

    def is_working_day(self, day: date) -> bool:
        """Whether work is done on that day. To raise for a year that is not known, never to guess."""


def _days(given: Iterable[date]) -> tuple[date, ...]:
    return tuple(sorted({plain_date(day) for day in given}))


@attrs.frozen(kw_only=True)
class WeekdayCalendar:
    """Working days of the week, less holidays, plus the days that make up for them (调休).

    Args:
        years: the first and the last year whose holidays are all listed; other years are refused.
        holidays: days not worked, weekday or not.
        make_up_days: days worked although they fall on a weekend.
        weekend: weekdays not worked.

    Raises:
        PolicyError: ``period.calendar_years`` where the years are reversed; ``period.calendar_conflict`` for a holiday that is also worked;
            ``period.weekday``.

    >>> china = WeekdayCalendar(years=(2026, 2026), holidays=(date(2026, 1, 1), date(2026, 1, 2)), make_up_days=(date(2026, 1, 4),))
    >>> china.is_working_day(date(2026, 1, 2)), china.is_working_day(date(2026, 1, 4))     # a Friday off, a Sunday worked
    (False, True)
    """

    kind: ClassVar[str] = "weekdays"

    years: tuple[int, int] = field(doc="first and last year whose holidays are all listed", converter=tuple)
    holidays: tuple[date, ...] = field(doc="days not worked", default=(), converter=_days)
    make_up_days: tuple[date, ...] = field(doc="days worked although they fall on a weekend", default=(), converter=_days)
    weekend: tuple[Weekday, ...] = field(doc="weekdays not worked", default=("saturday", "sunday"), converter=tuple)

    def __attrs_post_init__(self) -> None:
        years: tuple[int, ...] = self.years
        if len(years) != 2 or years[0] > years[1]:
            template = "years is {given!r}; write the first and the last year known, e.g. [2025, 2026]"
            raise PolicyError("period.calendar_years", template, path="years", given=self.years)
        for index, name in enumerate(self.weekend):
            weekday_number(name, f"weekend[{index}]")
        for day in self.make_up_days:
            if day in self.holidays:
                raise PolicyError("period.calendar_conflict", "{day} is both a holiday and a make-up day; remove one", path="make_up_days", day=day)

    def is_working_day(self, day: date) -> bool:
        """Whether work is done on that day.

        Raises:
            FactError: ``period.calendar_year`` for a year whose holidays are not listed.
        """
        day = plain_date(day)
        first, last = self.years
        if not first <= day.year <= last:
            template = "{day} is not in a year whose holidays are known, {first} to {last}; add the holidays of its year"
            raise FactError("period.calendar_year", template, day=day, first=first, last=last)
        return day in self.make_up_days or (day not in self.holidays and WEEKDAYS[day.weekday()] not in self.weekend)


def working_days(period: Period, working: WorkingCalendar) -> int:
    """How many days of the period are worked.

    Raises:
        FactError: whatever the calendar raises for a year that it does not know.

    >>> working_days(Period(date(2026, 3, 1), date(2026, 4, 1)), WeekdayCalendar(years=(2026, 2026)))
    22
    """
    return sum(working.is_working_day(period.start + timedelta(days=days)) for days in range(period.days))
