"""The calendars: when a year begins, which number it bears, and how it is cut into parts.

>>> str(CivilCalendar(year_starts=(4, 1), named_by="start").containing(date(2026, 3, 31), "quarter"))
'FY2025-Q4'
"""

import re
from contextlib import suppress
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import ClassVar, Literal, cast

import attrs

from .._fields import field
from ..errors import FactError, PolicyError
from .days import DAY, Weekday, add_months, plain_date, too_far, weekday_number, whole_number
from .period import Period

__all__ = ["MONTHS", "Calendar", "CivilCalendar", "RetailCalendar"]

_YEARS = range(10, 9991)
"""Years that a calendar answers for: far enough from the ends of `date` for every neighbouring year to exist."""

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_LABELS = {"week": "{year}-W{number:02}", "month": "{year}-M{number:02}", "quarter": "{year}-Q{number}", "half_year": "{year}-H{number}", "year": "{year}"}
_LETTERS = {"W": "week", "M": "month", "Q": "quarter", "H": "half_year"}
_PERIOD = re.compile(r"(?:FY)?(?P<year>[0-9]{4})(?:-(?P<letter>[WMQH])(?P<number>[0-9]{1,2})|-(?P<month>[0-9]{2}))?")
_RANGE = re.compile(r"(?P<first>[0-9]{4}-[0-9]{2}-[0-9]{2})\.\.(?P<last>[0-9]{4}-[0-9]{2}-[0-9]{2})")

NamedBy = Literal["", "start", "end"]


def _every_year(given: tuple[int | None, ...]) -> bool:
    """Whether month and day are a day of a year without 29 February, and so of all."""
    try:
        return bool(date(2001, *given))  # type: ignore[arg-type]  # what does not fit is what it finds
    except (TypeError, ValueError):
        return False


class Calendar:
    """Names the days: years, and the parts of years. What the calendars share; a subclass says where years and parts begin.

    Every day is in exactly one period of each unit; quarters are whole months, half-years whole quarters, years whole half-years.
    """

    __slots__ = ()

    kind: ClassVar[str]
    units: ClassVar[tuple[str, ...]]

    def _start(self, year: int) -> date:
        raise NotImplementedError

    def _starts(self, year: int, unit: str) -> list[date]:
        """Where the parts of a year begin, and where its next year does."""
        raise NotImplementedError

    def _label(self, year: int, unit: str, number: int, start: date) -> str:
        return _LABELS[unit].format(year=f"FY{year:04}", number=number)

    def _parts(self, year: int, unit: str) -> tuple[Period, ...]:
        if unit not in self.units:
            raise PolicyError("period.unit", "{unit!r} is no unit of this calendar; use one of {known}", unit=unit, known=", ".join(self.units))
        spans = enumerate(pairwise(self._starts(year, unit)), start=1)
        return tuple(Period(start, end, unit=unit, label=self._label(year, unit, number, start)) for number, (start, end) in spans)

    def _year_of(self, day: date) -> int:
        if day.year not in _YEARS:
            raise too_far(day)
        # a year may bear a number that is neither the one it begins in nor the one it ends in: see `nearest_to`
        return next(year for year in range(day.year - 2, day.year + 3) if self._start(year) <= day < self._start(year + 1))

    def year(self, label: int) -> Period:
        """The year that bears this number.

        Raises:
            FactError: ``period.range`` outside the years 10 to 9990; ``period.integer``.
        """
        if whole_number(label, "label") not in _YEARS:
            raise FactError("period.range", "the year {label} has no dates; use 10 to 9990", label=label)
        return self._parts(label, "year")[0]

    def containing(self, day: date, unit: str) -> Period:
        """The period of that unit in which the day lies.

        Raises:
            PolicyError: ``period.unit`` for a unit that this calendar does not have.
            FactError: ``period.datetime``, ``period.date``, ``period.range``.

        >>> print(CivilCalendar().containing(date(2026, 8, 15), "quarter"))
        2026-Q3
        """
        day = plain_date(day)
        return next(part for part in self._parts(self._year_of(day), unit) if day in part)

    def periods(self, within: Period, unit: str) -> tuple[Period, ...]:
        """The periods of that unit that have a day in ``within``, whole, in order.

        At the ends they reach beyond ``within`` unless it consists of whole units; take `Period.overlap` with it where that matters.

        Raises:
            PolicyError: ``period.unit``.
            FactError: ``period.range``.

        >>> calendar = CivilCalendar()
        >>> [str(month) for month in calendar.periods(calendar.parse("2026-Q1"), "month")]
        ['2026-01', '2026-02', '2026-03']
        """
        years = range(self._year_of(within.start), self._year_of(within.last) + 1)
        return tuple(part for year in years for part in self._parts(year, unit) if part.start < within.end and within.start < part.end)

    def parse(self, text: str) -> Period:
        """The period that a text names; reads back what `str` of a period shows.

        Args:
            text: ``2026``, ``2026-H1``, ``2026-Q1``, ``2026-M03``, ``2026-W07``, each with or without ``FY`` before it; ``2026-03``, the
                month that begins in March 2026; ``2026-03-01..2026-03-15``, both days included.

        Raises:
            FactError: ``period.parse`` for a text that names no period of this calendar.

        Limitations: a retail calendar has no ``2026-03``, which might be March or the third month; write ``2026-M03``.

        >>> str(CivilCalendar(year_starts=(4, 1), named_by="start").parse("2025-Q4").last)
        '2026-03-31'
        """
        found = None
        if match := _RANGE.fullmatch(text):
            with suppress(ValueError):
                found = Period.between(date.fromisoformat(match["first"]), date.fromisoformat(match["last"]))
        elif (match := _PERIOD.fullmatch(text)) and int(match["year"]) in _YEARS:
            found = self._named(int(match["year"]), match["letter"], match["number"], match["month"])
        if found is None:
            examples = ", ".join(str(self._parts(2026, unit)[0]) for unit in self.units)
            raise FactError("period.parse", "{text!r} names no period of this calendar; write e.g. {examples}", text=text, examples=examples)
        return found

    def _named(self, year: int, letter: str | None, number: str | None, month: str | None) -> Period | None:
        if month:
            return next((part for near in (year - 1, year, year + 1) for part in self._parts(near, "month") if part.label == f"{year:04}-{month}"), None)
        unit = _LETTERS[letter] if letter else "year"
        parts = self._parts(year, unit) if unit in self.units else ()
        return dict(enumerate(parts, start=1)).get(int(number or 1))


@attrs.frozen(kw_only=True)
class CivilCalendar(Calendar):
    """Years of twelve months of the common calendar, beginning on any day of it.

    Args:
        year_starts: month and day on which a year begins.
        named_by: a year bears the number of the year in which it starts (``"start"``, e.g. Japan) or ends (``"end"``, e.g. the United
            States); to be said unless it begins on 1 January.

    Raises:
        PolicyError: ``period.year_starts`` for a day that not every month has; ``period.named_by``.

    References: 31 U.S.C. 1102, fiscal year 2017 of the United States begins on 1 October 2016.
    Checked with: the ``fiscal`` cases of `tests/golden/periods.toml`.

    >>> calendar = CivilCalendar(year_starts=(4, 6), named_by="start")          # the British tax year
    >>> month = calendar.containing(date(2026, 4, 5), "month")
    >>> str(month), month.start, month.end
    ('2026-03', datetime.date(2026, 3, 6), datetime.date(2026, 4, 6))
    """

    kind: ClassVar[str] = "civil"
    units: ClassVar[tuple[str, ...]] = ("month", "quarter", "half_year", "year")

    year_starts: tuple[int, int] = field(doc="month and day on which a year begins", default=(1, 1), converter=tuple)
    named_by: NamedBy = field(doc="a year bears the number of the year in which it starts, or ends", default="")

    def __attrs_post_init__(self) -> None:
        if not _every_year(self.year_starts) or self.year_starts[1] > 28:
            template = "year_starts is {given!r}; write the month and a day that every month has, 1 to 28, e.g. [4, 1]"
            raise PolicyError("period.year_starts", template, path="year_starts", given=self.year_starts)
        _check_named_by(self.named_by, plain=self.year_starts == (1, 1))

    def _start(self, year: int) -> date:
        began_before = self.named_by == "end" and self.year_starts != (1, 1)
        return date(year - began_before, *self.year_starts)

    def _starts(self, year: int, unit: str) -> list[date]:
        start = self._start(year)
        return [add_months(start, months) for months in range(0, 13, MONTHS[unit])]

    def _label(self, year: int, unit: str, number: int, start: date) -> str:
        if unit == "month":
            return start.isoformat()[:7]
        label = super()._label(year, unit, number, start)
        return label.removeprefix("FY") if self.year_starts == (1, 1) else label


@attrs.frozen(kw_only=True)
class RetailCalendar(Calendar):
    """Years of 52 or 53 whole weeks, in quarters of 13 weeks, so that every month ends on the same weekday.

    Args:
        pattern: weeks in the three months of a quarter.
        ends: the weekday on which weeks, and so years, end.
        nearest_to: month and day; a year ends on the weekday nearest to it, which may be in the next month.
        last_of: month; a year ends on the last such weekday in it. Give this or ``nearest_to``.
        named_by: a year bears the number of the year in which it starts or ends, reckoned from the nominal last day and not from
            the weekday near it; to be said unless the nominal last day is 31 December.
        extra_week_in: the month, 1 to 12, that takes the 53rd week of a long year.

    Raises:
        PolicyError: ``period.pattern``, ``period.weekday``, ``period.year_end``, ``period.named_by``, ``period.extra_week``.

    References: National Retail Federation, 4-5-4 calendar: Saturday nearest to 31 January; 53 weeks in 2000, 2006, 2012, 2017, 2023.
    Checked with: the ``retail`` cases of `tests/golden/periods.toml`; ISO 8601 weeks are the years ending on the Sunday nearest to 31 December.
    Limitations: against a long year the weeks of the next compare one off; a restated year of 52 weeks leaves out the first of the long one.

    >>> calendar = RetailCalendar(pattern="4-4-5", ends="saturday", last_of=9, named_by="end")
    >>> str(calendar.year(2025).start), str(calendar.year(2025).last), len(calendar.periods(calendar.year(2025), "week"))
    ('2024-09-29', '2025-09-27', 52)
    """

    kind: ClassVar[str] = "retail"
    units: ClassVar[tuple[str, ...]] = ("week", "month", "quarter", "half_year", "year")

    pattern: Literal["4-4-5", "4-5-4", "5-4-4"] = field(doc="weeks in the three months of a quarter")
    ends: Weekday = field(doc="the weekday on which a year ends")
    nearest_to: tuple[int, int] | None = field(
        doc="month and day; a year ends on the weekday nearest to it", default=None, converter=attrs.converters.optional(tuple)
    )
    last_of: int | None = field(doc="month; a year ends on the last such weekday in it", default=None)
    named_by: NamedBy = field(doc="a year bears the number of the year in which it starts, or ends", default="")
    extra_week_in: int = field(doc="the month that takes the 53rd week of a long year", default=12)

    def __attrs_post_init__(self) -> None:
        if self.pattern not in _PATTERNS:
            known = ", ".join(_PATTERNS)
            raise PolicyError("period.pattern", "pattern is {given!r}; write one of {known}", path="pattern", given=self.pattern, known=known)
        weekday_number(self.ends, "ends")
        nominal = (self.last_of, 1) if self.nearest_to is None else self.nearest_to
        if (self.last_of is None) == (self.nearest_to is None) or not _every_year(nominal):
            template = "a year ends on the weekday nearest to a day of every year (nearest_to = [1, 31]) or on the last in a month (last_of = 9); give one"
            raise PolicyError("period.year_end", template, path="nearest_to" if self.last_of is None else "last_of")
        _check_named_by(self.named_by, plain=self._fills_the_year)
        if self.extra_week_in not in range(1, 13):
            template = "extra_week_in is {given!r}; write the month that takes the 53rd week, 1 to 12"
            raise PolicyError("period.extra_week", template, path="extra_week_in", given=self.extra_week_in)

    @property
    def _fills_the_year(self) -> bool:
        return self.nearest_to == (12, 31) or self.last_of == 12

    def _last(self, year: int) -> date:
        """The last day of the year whose nominal end lies in ``year``."""
        # the last in a month is the one nearest to three days before its end
        nominal = date(year, *self.nearest_to) if self.nearest_to else add_months(date(year, 1, 1), cast("int", self.last_of)) - 4 * DAY
        return nominal + timedelta(days=(weekday_number(self.ends, "ends") - nominal.weekday() + 3) % 7 - 3)

    def _start(self, year: int) -> date:
        ends_later = self.named_by == "start" and not self._fills_the_year
        return self._last(year + ends_later - 1) + DAY

    def _starts(self, year: int, unit: str) -> list[date]:
        start, end = self._start(year), self._start(year + 1)
        if unit == "week":
            return [start + timedelta(weeks=weeks) for weeks in range((end - start).days // 7 + 1)]
        months = list(_PATTERNS[self.pattern] * 4)
        months[self.extra_week_in - 1] += (end - start).days // 7 - 52
        return [start + timedelta(weeks=weeks) for weeks in accumulate(months, initial=0)][:: MONTHS[unit]]


_PATTERNS = {"4-4-5": (4, 4, 5), "4-5-4": (4, 5, 4), "5-4-4": (5, 4, 4)}


def _check_named_by(named_by: str, *, plain: bool) -> None:
    if named_by not in ({"", "start", "end"} if plain else {"start", "end"}):
        template = "named_by is {given!r}; a year lies in two, so say 'start' or 'end' for the one whose number it bears"
        raise PolicyError("period.named_by", template, path="named_by", given=named_by)
