"""Days, and steps of whole months between them.

>>> add_months(date(2026, 1, 31), 1), completed_months(date(2026, 1, 31), date(2026, 2, 28))
(datetime.date(2026, 2, 28), 1)
"""

from datetime import date, datetime, timedelta
from typing import Literal

from ..errors import FactError, PolicyError

__all__ = ["DAY", "WEEKDAYS", "Weekday", "add_months", "completed_months", "plain_date", "too_far", "weekday_number", "whole_number"]

DAY = timedelta(days=1)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def plain_date(day: date) -> date:
    """The day as a plain `datetime.date`.

    Args:
        day: a date, or an instance of a subclass that is a day and nothing more.

    Raises:
        FactError: ``period.datetime`` for a datetime, whose day depends on a zone; ``period.date`` for anything else.

    >>> plain_date(date(2026, 3, 1))
    datetime.date(2026, 3, 1)
    """
    if isinstance(day, datetime):
        raise FactError("period.datetime", "{day!r} is a datetime, and its day depends on a zone; decide the zone and pass .date()", day=day)
    if not isinstance(day, date):
        raise FactError("period.date", "{day!r} is not a day; pass a datetime.date", day=day)
    return day if type(day) is date else date(day.year, day.month, day.day)


def whole_number(number: int, name: str) -> int:
    """The number; refused with ``period.integer`` if it is not whole."""
    if type(number) is not int:
        raise FactError("period.integer", "{name} is {number!r}; pass a whole number", name=name, number=number)
    return number


def too_far(day: date) -> FactError:
    """The refusal of a step that leads out of the years that `date` knows."""
    return FactError("period.range", "{day} and the step from it lead out of the years 1 to 9999", day=day)


def add_months(day: date, months: int) -> date:
    """The same day of another month; where that month is too short, its last day.

    Args:
        day: where to start.
        months: how many months on, or back if negative.

    Raises:
        FactError: ``period.range`` where the result has no date; ``period.datetime``, ``period.date``, ``period.integer``.

    Limitations: clamping loses the day, so one month twice is not always two months: 31 January, 28 February, 28 March. Count from the
    first day every time.

    >>> add_months(date(2026, 1, 31), 1), add_months(date(2024, 1, 31), 1), add_months(date(2026, 1, 31), 2)
    (datetime.date(2026, 2, 28), datetime.date(2024, 2, 29), datetime.date(2026, 3, 31))
    """
    import pendulum  # most callers never step a month, and importing the package must stay cheap

    day, months = plain_date(day), whole_number(months, "months")
    try:
        return plain_date(pendulum.Date(day.year, day.month, day.day).add(months=months))
    except (ValueError, OverflowError):
        raise too_far(day) from None


def completed_months(start: date, as_of: date) -> int:
    """How many months have been completed, each on its anniversary day; 0 before the first.

    Args:
        start: the first day.
        as_of: the day of the question; an anniversary on this day counts.

    Raises:
        FactError: ``period.datetime``, ``period.date``.

    References: the anniversary rule of advances and of length of service; an anniversary that the month lacks falls on its last day.
    Checked with: the ``months`` cases of `tests/golden/periods.toml`.

    >>> completed_months(date(2026, 1, 28), date(2026, 2, 27)), completed_months(date(2026, 1, 28), date(2026, 2, 28))
    (0, 1)
    """
    start, as_of = plain_date(start), plain_date(as_of)
    months = (as_of.year - start.year) * 12 + as_of.month - start.month
    return max(0, months - (add_months(start, months) > as_of))


def weekday_number(name: str, path: str) -> int:
    """The number of the weekday, Monday being 0; refused with ``period.weekday``, at ``path``, if it is none."""
    if name not in WEEKDAYS:
        raise PolicyError("period.weekday", "{name!r} is no weekday; write one of {known}", path=path, name=name, known=", ".join(WEEKDAYS))
    return WEEKDAYS.index(name)
