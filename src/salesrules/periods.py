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

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import ClassVar, Literal, Protocol, Self, cast

import attrs

from ._fields import field
from .errors import FactError, PolicyError

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

_DAY = timedelta(days=1)
_YEARS = range(10, 9991)
"""Years that a calendar answers for: far enough from the ends of `date` for every neighbouring year to exist."""


# Days and months


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


def _count(number: int, name: str) -> int:
    if type(number) is not int:
        raise FactError("period.integer", "{name} is {number!r}; pass a whole number", name=name, number=number)
    return number


def _too_far(day: date) -> FactError:
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

    day, months = plain_date(day), _count(months, "months")
    try:
        return plain_date(pendulum.Date(day.year, day.month, day.day).add(months=months))
    except (ValueError, OverflowError):
        raise _too_far(day) from None


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


# Periods


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
            raise _too_far(last)
        return cls(first, last + _DAY)

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """The last day."""
        return self.end - _DAY

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


# Calendars

_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_LABELS = {"week": "{year}-W{number:02}", "month": "{year}-M{number:02}", "quarter": "{year}-Q{number}", "half_year": "{year}-H{number}", "year": "{year}"}
_LETTERS = {"W": "week", "M": "month", "Q": "quarter", "H": "half_year"}
_PERIOD = re.compile(r"(?:FY)?(?P<year>[0-9]{4})(?:-(?P<letter>[WMQH])(?P<number>[0-9]{1,2})|-(?P<month>[0-9]{2}))?")
_RANGE = re.compile(r"(?P<first>[0-9]{4}-[0-9]{2}-[0-9]{2})\.\.(?P<last>[0-9]{4}-[0-9]{2}-[0-9]{2})")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
NamedBy = Literal["", "start", "end"]


def _weekday(name: str, path: str) -> int:
    if name not in _WEEKDAYS:
        raise PolicyError("period.weekday", "{name!r} is no weekday; write one of {known}", path=path, name=name, known=", ".join(_WEEKDAYS))
    return _WEEKDAYS.index(name)


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
            raise _too_far(day)
        # a year may bear a number that is neither the one it begins in nor the one it ends in: see `nearest_to`
        return next(year for year in range(day.year - 2, day.year + 3) if self._start(year) <= day < self._start(year + 1))

    def year(self, label: int) -> Period:
        """The year that bears this number.

        Raises:
            FactError: ``period.range`` outside the years 10 to 9990; ``period.integer``.
        """
        if _count(label, "label") not in _YEARS:
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
        return [add_months(start, months) for months in range(0, 13, _MONTHS[unit])]

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
        _weekday(self.ends, "ends")
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
        nominal = date(year, *self.nearest_to) if self.nearest_to else add_months(date(year, 1, 1), cast("int", self.last_of)) - 4 * _DAY
        return nominal + timedelta(days=(_weekday(self.ends, "ends") - nominal.weekday() + 3) % 7 - 3)

    def _start(self, year: int) -> date:
        ends_later = self.named_by == "start" and not self._fills_the_year
        return self._last(year + ends_later - 1) + _DAY

    def _starts(self, year: int, unit: str) -> list[date]:
        start, end = self._start(year), self._start(year + 1)
        if unit == "week":
            return [start + timedelta(weeks=weeks) for weeks in range((end - start).days // 7 + 1)]
        months = list(_PATTERNS[self.pattern] * 4)
        months[self.extra_week_in - 1] += (end - start).days // 7 - 52
        return [start + timedelta(weeks=weeks) for weeks in accumulate(months, initial=0)][:: _MONTHS[unit]]


_PATTERNS = {"4-4-5": (4, 4, 5), "4-5-4": (4, 5, 4), "5-4-4": (5, 4, 4)}


def _check_named_by(named_by: str, *, plain: bool) -> None:
    if named_by not in ({"", "start", "end"} if plain else {"start", "end"}):
        template = "named_by is {given!r}; a year lies in two, so say 'start' or 'end' for the one whose number it bears"
        raise PolicyError("period.named_by", template, path="named_by", given=named_by)


# Working days


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
            _weekday(name, f"weekend[{index}]")
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
        return day in self.make_up_days or (day not in self.holidays and _WEEKDAYS[day.weekday()] not in self.weekend)


def working_days(period: Period, working: WorkingCalendar) -> int:
    """How many days of the period are worked.

    Raises:
        FactError: whatever the calendar raises for a year that it does not know.

    >>> working_days(Period(date(2026, 3, 1), date(2026, 4, 1)), WeekdayCalendar(years=(2026, 2026)))
    22
    """
    return sum(working.is_working_day(period.start + timedelta(days=days)) for days in range(period.days))


# Proration


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

    >>> quarter = CivilCalendar().parse("2019-Q1")
    >>> whole_months(Period(date(2019, 3, 1), quarter.end), quarter), whole_months(Period(date(2019, 3, 2), quarter.end), quarter)
    (1, 0)
    """
    return sum(part.covers(month) for month in _months_of(whole))


def months_touched(part: Period, whole: Period) -> int:
    """How many months of ``whole``, counted from its first day, have a day in ``part``.

    Raises:
        FactError: ``period.whole_months`` where ``whole`` is not made of whole months.

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


# Due dates

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
        if self.end not in {"", *_MONTHS}:
            known = ", ".join(_MONTHS)
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
            raise _too_far(day) from None

    def __str__(self) -> str:
        terms = [f"{self.end.replace('_', '-')} end"] if self.end else []
        terms += [f"{number} {name}{'s' * (number != 1)}" for number, name in ((self.months, "month"), (self.days, "day")) if number]
        return " + ".join(terms) or "0 days"


def delay(text: str) -> After:
    """A delay as a policy writes it: ``14 days``, ``2 weeks``, ``2 months``, ``1 year``, ``year end``, ``month end + 1 month + 10 days``.

    The terms apply from left to right, and are written in that order: end, months or years, days or weeks.

    Raises:
        PolicyError: ``period.delay`` for any other text.

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
