"""The share of a period that a part of it stands for, by a convention that is always named.

>>> from datetime import date
>>> june = Period(date(2026, 6, 1), date(2026, 7, 1))
>>> proration(Period(date(2026, 6, 16), date(2026, 7, 1)), june, "actual")
Fraction(1, 2)
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from ..errors import FactError, PolicyError
from .days import add_months
from .period import Period
from .working import WorkingCalendar, working_days

__all__ = ["DAY_COUNTS", "months_touched", "proration", "whole_months"]


def _months_of(whole: Period) -> list[Period]:
    bounds = [whole.start]
    while bounds[-1] < whole.end:
        bounds.append(add_months(whole.start, len(bounds)))
    if bounds[-1] != whole.end:
        raise FactError("period.whole_months", "{whole} is not made of whole months; use another convention, such as 'actual'", whole=whole)
    return [Period(start, end) for start, end in pairwise(bounds)]


def whole_months(part: Period, whole: Period) -> int:
    """How many months of ``whole``, counted from its first day, lie completely in ``part``.

    Who joins on the 2nd earns nothing for that month, who joins on the 1st all of it.

    Raises:
        FactError: ``period.whole_months`` where ``whole`` is not made of whole months.

    >>> from datetime import date
    >>> from salesrules.periods import CivilCalendar
    >>> quarter = CivilCalendar().parse("2019-Q1")
    >>> whole_months(Period(date(2019, 3, 1), quarter.end), quarter), whole_months(Period(date(2019, 3, 2), quarter.end), quarter)
    (1, 0)
    """
    return sum(part.covers(month) for month in _months_of(whole))


def months_touched(part: Period, whole: Period) -> int:
    """How many months of ``whole``, counted from its first day, have a day in ``part``.

    Raises:
        FactError: ``period.whole_months`` where ``whole`` is not made of whole months.

    >>> from datetime import date
    >>> from salesrules.periods import CivilCalendar
    >>> quarter = CivilCalendar().parse("2019-Q1")
    >>> months_touched(Period(date(2019, 3, 31), quarter.end), quarter)
    1
    """
    return sum(part.overlap(month) is not None for month in _months_of(whole))


def _thirty_360(period: Period) -> int:
    """Days when every month has 30. As the difference of one number per day it adds up over the pieces of a period."""
    start, end = ((day.year * 12 + day.month) * 30 + min(day.day, 30) for day in (period.start, period.end))
    return end - start


def _worked(period: Period, working: WorkingCalendar | None) -> int:
    if working is None:
        raise FactError("period.working_calendar", "working days were asked for without a working calendar; pass working=")
    return working_days(period, working)


def _year_of_365(whole: Period) -> int:
    if add_months(whole.start, 12) != whole.end:
        raise FactError("period.whole_year", "'actual/365' is a part of a year, and {whole} is none; use 'actual'", whole=whole)
    return 365


_Measure = Callable[[Period, Period, WorkingCalendar | None], tuple[int, int]]

_MEASURES: dict[str, _Measure] = {
    "actual": lambda part, whole, _: (part.days, whole.days),
    "actual/365": lambda part, whole, _: (part.days, _year_of_365(whole)),
    "30/360": lambda part, whole, _: (_thirty_360(part), _thirty_360(whole)),
    "whole_months": lambda part, whole, _: (whole_months(part, whole), whole_months(whole, whole)),
    "months_touched": lambda part, whole, _: (months_touched(part, whole), months_touched(whole, whole)),
    "working_days": lambda part, whole, working: (_worked(part, working), _worked(whole, working)),
}

DAY_COUNTS: tuple[str, ...] = tuple(_MEASURES)
"""The conventions that `proration` knows."""


def proration(part: Period, whole: Period, day_count: str, working: WorkingCalendar | None = None) -> Fraction:
    """The share of ``whole`` that ``part`` stands for, exactly.

    ================== =====================================================================================
    ``actual``         days of the part over days of the whole
    ``actual/365``     days of the part over 365, the whole being a year (Actual/365 Fixed)
    ``30/360``         as if every month had 30 days (30E/360): the 30th and the 31st are one day, the last
                       of February counts for what is missing
    ``whole_months``   months that the part covers completely, over the months of the whole
    ``months_touched`` months in which the part has a day, over the months of the whole
    ``working_days``   days worked in the part over days worked in the whole
    ================== =====================================================================================

    Args:
        part: the days that count; they lie in ``whole``.
        whole: what the full amount is for: the month, the quarter, the year.
        day_count: the convention, one of `DAY_COUNTS`.
        working: says which days are worked; for ``working_days`` only.

    Raises:
        PolicyError: ``period.day_count`` for a convention that is not known.
        FactError: ``period.outside`` where the part leaves the whole; ``period.whole_months``; ``period.whole_year``;
            ``period.working_calendar``; ``period.no_days`` where the convention counts no day in the whole.

    References: ISDA 2006 definitions 4.16 (d) and (g).
    Checked with: the ``proration`` cases of `tests/golden/periods.toml`.
    Limitations: ``actual/365`` gives 366/365 for a whole leap year, as its definition says; ``months_touched`` counts a month in which two
    people follow each other twice.

    >>> from datetime import date
    >>> from salesrules.periods import CivilCalendar
    >>> year = CivilCalendar().year(2024)
    >>> proration(Period(date(2024, 7, 1), year.end), year, "actual"), proration(Period(date(2024, 7, 1), year.end), year, "actual/365")
    (Fraction(92, 183), Fraction(184, 365))
    """
    if day_count not in _MEASURES:
        raise PolicyError("period.day_count", "{day_count!r} is no known day count; use one of {known}", day_count=day_count, known=", ".join(DAY_COUNTS))
    if not whole.covers(part):
        raise FactError("period.outside", "{part} is not part of {whole}; take part.overlap(whole) first", part=part, whole=whole)
    counted, full = _MEASURES[day_count](part, whole, working)
    if not full:
        raise FactError("period.no_days", "{whole} has no day that {day_count!r} counts; nothing can be a share of it", whole=whole, day_count=day_count)
    return Fraction(counted, full)
