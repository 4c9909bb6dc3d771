"""The day on which something falls due: days, months or the end of a period after another day.

>>> str(delay("month end + 10 days"))
'month end + 10 days'
"""

import re
from datetime import date, timedelta
from typing import ClassVar, Literal

import attrs

from .._fields import field
from ..errors import PolicyError
from .calendars import MONTHS, Calendar
from .days import add_months, plain_date, too_far

__all__ = ["After", "delay"]

_TERM = re.compile(r"(?P<number>[0-9]{1,6}) (?P<each>day|week|month|year)s?|(?P<end>month|quarter|half-year|year) end")
_EACH = {"day": ("days", 1), "week": ("days", 7), "month": ("months", 1), "year": ("months", 12)}
_ORDER = ("end", "months", "days")


@attrs.frozen(kw_only=True)
class After:
    """How long after a day something falls due: first to the end of a period, then months on, then days on.

    Args:
        days: days on, at last.
        months: months on; from the end of a period they lead to the end of a month again, otherwise see `add_months`.
        end: ``month``, ``quarter``, ``half_year`` or ``year``: begin from the last day of the one in which the day lies.

    Raises:
        PolicyError: ``period.delay`` for a negative or broken number, or an unknown end.

    >>> from salesrules.periods import CivilCalendar
    >>> After(months=2).on(date(2025, 6, 1), CivilCalendar())
    datetime.date(2025, 8, 1)
    >>> print(After(end="month", days=10), After(end="month", days=10).on(date(2025, 6, 12), CivilCalendar()))
    month end + 10 days 2025-07-10
    """

    kind: ClassVar[str] = "after"

    days: int = field(doc="days on, at last", default=0)
    months: int = field(doc="months on, after the end of the period", default=0)
    end: Literal["", "month", "quarter", "half_year", "year"] = field(doc="begin from the last day of this period", default="")

    def __attrs_post_init__(self) -> None:
        for name, number in (("days", self.days), ("months", self.months)):
            if type(number) is not int or number < 0:
                raise PolicyError("period.delay", "{name} is {given!r}; write a whole number from 0", path=name, name=name, given=number)
        if self.end not in {"", *MONTHS}:
            known = ", ".join(MONTHS)
            raise PolicyError("period.delay", "{name} is {given!r}; write one of {known}, or leave it out", path="end", name="end", given=self.end, known=known)

    def on(self, day: date, calendar: Calendar) -> date:
        """The day on which it falls due, when it begins on ``day``.

        Args:
            day: the day it is counted from.
            calendar: whose months, quarters and years end; not asked for plain days and months.

        Raises:
            FactError: ``period.datetime``, ``period.date``, ``period.range``.
        """
        day = plain_date(day)
        try:
            if self.end:
                return add_months(calendar.containing(day, self.end).end, self.months) + timedelta(days=self.days - 1)
            return add_months(day, self.months) + timedelta(days=self.days)
        except OverflowError:
            raise too_far(day) from None

    def __str__(self) -> str:
        terms = [f"{self.end.replace('_', '-')} end"] if self.end else []
        terms += [f"{number} {name}{'s' * (number != 1)}" for number, name in ((self.months, "month"), (self.days, "day")) if number]
        return " + ".join(terms) or "0 days"


def delay(text: str) -> After:
    """A delay as a policy writes it: ``14 days``, ``2 weeks``, ``2 months``, ``1 year``, ``year end``, ``month end + 1 month + 10 days``.

    The terms apply from left to right, and are written in that order: end, months or years, days or weeks.

    Raises:
        PolicyError: ``period.delay`` for any other text.

    >>> from salesrules.periods import CivilCalendar
    >>> delay("year end").on(date(2025, 6, 1), CivilCalendar()), delay("14 days")
    (datetime.date(2025, 12, 31), After(days=14, months=0, end=''))
    """
    terms: list[tuple[str, str | int]] = []
    for match in map(_TERM.fullmatch, text.split(" + ")):
        if match and match["end"]:
            terms.append(("end", match["end"].replace("-", "_")))
        elif match:
            name, times = _EACH[match["each"]]
            terms.append((name, int(match["number"]) * times))
    names = [name for name, _ in terms]
    if len(names) != len(text.split(" + ")) or names != [name for name in _ORDER if name in names]:
        raise PolicyError("period.delay", "{text!r} is no delay; write e.g. '14 days', '2 months', 'year end', 'month end + 10 days'", text=text)
    return After(**dict(terms))  # type: ignore[arg-type]  # each name carries its own type
