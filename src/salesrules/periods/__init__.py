"""Spans of days, the calendars that name them, the part of a span that counts, and the day on which something falls due.

A `Period` is half-open, ``[start, end)``, and made of plain `datetime.date`: the first day of the next period is the end of this one,
so neighbours neither overlap nor leave a day out. A calendar is policy: it says when a year begins, which number a year bears, and, in
retail, which month takes the 53rd week. Its weeks, months, quarters, half-years and years each contain every day exactly once.

    >>> from datetime import date
    >>> federal = CivilCalendar(year_starts=(10, 1), named_by="end")            # the fiscal year of the United States
    >>> str(federal.year(2017)), federal.year(2017).start.isoformat()
    ('FY2017', '2016-10-01')
    >>> retail = RetailCalendar(pattern="4-5-4", ends="saturday", nearest_to=(1, 31), named_by="start")
    >>> str(retail.containing(date(2013, 1, 28), "week"))                       # a year of 53 weeks
    'FY2012-W53'

What part of a quota or a guarantee somebody earns who was there for part of the time depends on the convention, so the convention is
always named. Days are counted inclusively: from 15 to 31 January are 17 days.

    >>> january = CivilCalendar().parse("2025-01")
    >>> joined = Period.between(date(2025, 1, 15), date(2025, 1, 31))
    >>> proration(joined, january, "actual"), proration(joined, january, "30/360"), proration(joined, january, "whole_months")
    (Fraction(17, 31), Fraction(8, 15), Fraction(0, 1))

References: ISO 8601 (half-open intervals, weeks); National Retail Federation, 4-5-4 calendar; 31 U.S.C. 1102 (federal fiscal year);
ISDA 2006 definitions 4.16 (day-count fractions).
Checked with: `tests/golden/periods.toml`.
"""

from .calendars import Calendar, CivilCalendar, RetailCalendar
from .days import add_months, completed_months, plain_date
from .delays import After, delay
from .period import Period
from .prorating import DAY_COUNTS, months_touched, proration, whole_months
from .working import WeekdayCalendar, WorkingCalendar, working_days

__all__ = [
    "DAY_COUNTS",
    "After",
    "Calendar",
    "CivilCalendar",
    "Period",
    "RetailCalendar",
    "WeekdayCalendar",
    "WorkingCalendar",
    "add_months",
    "completed_months",
    "delay",
    "months_touched",
    "plain_date",
    "proration",
    "whole_months",
    "working_days",
]
