"""Periods, calendars, proration and due dates, one decision at a time."""

import datetime as dt
import pickle
import subprocess
import sys
from datetime import UTC, date
from fractions import Fraction
from typing import Any

import attrs
import pendulum
import pytest

from salesrules.errors import FactError, PolicyError, SalesRulesError
from salesrules.periods import (
    DAY_COUNTS,
    After,
    Calendar,
    CivilCalendar,
    Period,
    RetailCalendar,
    WeekdayCalendar,
    add_months,
    completed_months,
    delay,
    months_touched,
    plain_date,
    proration,
    whole_months,
    working_days,
)

CIVIL = CivilCalendar()
JAPAN = CivilCalendar(year_starts=(4, 1), named_by="start")
NRF = RetailCalendar(pattern="4-5-4", ends="saturday", nearest_to=(1, 31), named_by="start")
MARCH = CIVIL.parse("2026-03")


def refused(error: pytest.ExceptionInfo[SalesRulesError]) -> str:
    """The code of the error, whose message must be complete."""
    assert str(error.value).endswith(f"[{error.value.code}]")
    return error.value.code


# Days and months


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (dt.datetime(2026, 3, 1), "period.datetime"),  # noqa: DTZ001
        (dt.datetime(2026, 3, 1, tzinfo=UTC), "period.datetime"),
        (pendulum.datetime(2026, 3, 1), "period.datetime"),
        ("2026-03-01", "period.date"),
        (20260301, "period.date"),
        (None, "period.date"),
    ],
)
def test_only_days_are_days(day: Any, code: str) -> None:
    """A datetime, aware or naive, a text or a number is refused wherever a day is asked for."""
    asks = (plain_date, lambda day: Period(day, date(2026, 4, 1)), lambda day: Period(date(2026, 1, 1), day), lambda day: Period.between(day, day))
    for ask in (*asks, MARCH.__contains__, lambda day: MARCH.split([day]), lambda day: add_months(day, 1), lambda day: CIVIL.containing(day, "month")):
        with pytest.raises(FactError) as error:
            ask(day)
        assert refused(error) == code


def test_a_subclass_of_date_becomes_plain() -> None:
    """Drivers look types up exactly, so a date of another library does not stay in a value or come out of it."""
    given = pendulum.Date(2026, 3, 1)
    for day in (plain_date(given), Period(given, date(2026, 4, 1)).start, add_months(given, 1), After(days=1).on(given, CIVIL)):
        assert type(day) is date


def test_a_step_out_of_the_calendar_is_refused() -> None:
    """Where there is no date left, the error says so."""
    for step in (
        lambda: add_months(date(9999, 12, 1), 1),
        lambda: add_months(date(2026, 1, 1), 10**30),
        lambda: Period.between(date(2026, 1, 1), date.max),
        lambda: CIVIL.year(9999),
        lambda: NRF.containing(date.min, "week"),
        lambda: After(days=10**12).on(date(2026, 1, 1), CIVIL),
    ):
        with pytest.raises(FactError) as error:
            step()
        assert refused(error) == "period.range"


@pytest.mark.parametrize("months", [1.0, True, "1"])
def test_months_are_whole_numbers(months: Any) -> None:
    """A float, a bool or a text is no number of months, and no year."""
    for ask in (lambda: add_months(date(2026, 1, 1), months), lambda: CIVIL.year(months)):
        with pytest.raises(FactError) as error:
            ask()
        assert refused(error) == "period.integer"


def test_completed_months_clamp_and_start_at_nothing() -> None:
    """From the 31st a short month is completed on its last day; before the first day nothing is."""
    assert [completed_months(date(2026, 1, 31), day) for day in (date(2026, 2, 28), date(2026, 3, 30), date(2026, 3, 31))] == [1, 1, 2]
    assert completed_months(date(2026, 1, 31), date(2025, 1, 31)) == 0


# Periods


@pytest.mark.parametrize("end", [date(2026, 3, 1), date(2026, 2, 1)])
def test_a_period_has_a_day(end: date) -> None:
    """A period without a day, or backwards, is refused, even where a host has switched validators off."""
    attrs.validators.set_disabled(True)
    try:
        with pytest.raises(FactError) as error:
            Period(date(2026, 3, 1), end)
    finally:
        attrs.validators.set_disabled(False)
    assert refused(error) == "period.reversed"


def test_periods_are_their_days() -> None:
    """Label and unit do not make another period; order is by day; a text shows the label or the days."""
    plain = Period.between(date(2026, 3, 1), date(2026, 3, 31))
    assert (plain, hash(plain)) == (MARCH, hash(MARCH))
    assert min(MARCH, CIVIL.parse("2026-02")).label == "2026-02"
    assert (str(MARCH), str(plain), MARCH.days, MARCH.last) == ("2026-03", "2026-03-01..2026-03-31", 31, date(2026, 3, 31))


def test_values_come_back() -> None:
    """The repr pastes back and a pickle returns, labels included."""
    for value in (MARCH, CIVIL, JAPAN, NRF, WeekdayCalendar(years=(2026, 2026), holidays=(date(2026, 1, 1),)), After(end="month", days=10)):
        for copy in (eval(repr(value), {**globals(), "datetime": dt}), pickle.loads(pickle.dumps(value))):  # noqa: S307
            assert (copy, repr(copy)) == (value, repr(value))
            assert hash(copy) == hash(value)


def test_an_uncut_period_keeps_its_label() -> None:
    """What is the whole of a month stays the month; a piece of it is only days."""
    year = CIVIL.year(2026)
    assert MARCH.split([date(2026, 3, 1), date(2026, 4, 1)])[0].label == "2026-03"
    assert [(shared.label, shared.unit) for shared in (MARCH.overlap(year), year.overlap(MARCH)) if shared] == [("2026-03", "month")] * 2
    piece = MARCH.overlap(Period(date(2026, 3, 10), date(2026, 5, 1)))
    assert piece is not None
    assert (str(piece), piece.unit) == ("2026-03-10..2026-03-31", "")
    assert MARCH.overlap(CIVIL.parse("2026-04")) is None


# Calendars


def test_labels_say_which_calendar() -> None:
    """A year that is not the common one is an FY; a civil month is named by the month in which it begins, a retail month by its number."""
    day = date(2026, 2, 10)
    assert [str(CIVIL.containing(day, unit)) for unit in CIVIL.units] == ["2026-02", "2026-Q1", "2026-H1", "2026"]
    assert [str(JAPAN.containing(day, unit)) for unit in JAPAN.units] == ["2026-02", "FY2025-Q4", "FY2025-H2", "FY2025"]
    assert [str(NRF.containing(day, unit)) for unit in NRF.units] == ["FY2026-W02", "FY2026-M01", "FY2026-Q1", "FY2026-H1", "FY2026"]


@pytest.mark.parametrize(
    ("calendar", "text", "first", "last"),
    [
        (CIVIL, "2026", date(2026, 1, 1), date(2026, 12, 31)),
        (CIVIL, "FY2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
        (JAPAN, "2026-03", date(2026, 3, 1), date(2026, 3, 31)),
        (JAPAN, "2025-M12", date(2026, 3, 1), date(2026, 3, 31)),
        (CIVIL, "2026-03-01..2026-03-15", date(2026, 3, 1), date(2026, 3, 15)),
        (NRF, "2023-W53", date(2024, 1, 28), date(2024, 2, 3)),
    ],
)
def test_texts_name_periods(calendar: Calendar, text: str, first: date, last: date) -> None:
    """The forms that a document may write."""
    assert calendar.parse(text) == Period.between(first, last)


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-13", "2026-00", "2026-Q0", "2026-Q5", "2026-q1", "2026-W01", "2026-3", "0001", "2026-03-31..2026-03-01", "2026-02-01..2026-02-30", "²⁰²⁶"],
)
def test_other_texts_are_refused(text: str) -> None:
    """What names no period is refused, with examples of what does."""
    with pytest.raises(FactError, match="2026-01, 2026-Q1, 2026-H1, 2026") as error:
        CIVIL.parse(text)
    assert refused(error) == "period.parse"


@pytest.mark.parametrize("text", ["2026-03", "2022-W53"])
def test_retail_texts_are_not_guessed(text: str) -> None:
    """In a retail calendar 2026-03 might be two things, and a short year has no week 53."""
    with pytest.raises(FactError) as error:
        NRF.parse(text)
    assert refused(error) == "period.parse"


def test_a_unit_that_a_calendar_lacks_is_refused() -> None:
    """Civil years do not divide into weeks."""
    for ask in (lambda: CIVIL.containing(date(2026, 1, 1), "week"), lambda: CIVIL.periods(MARCH, "day")):
        with pytest.raises(PolicyError, match="use one of month, quarter, half_year, year") as error:
            ask()
        assert refused(error) == "period.unit"


def test_the_extra_week_goes_where_it_was_said() -> None:
    """The 53rd week lengthens the last month, or the one declared."""
    for month, weeks in ((12, (13, 13, 13, 14)), (3, (14, 13, 13, 13))):
        calendar = attrs.evolve(NRF, extra_week_in=month)
        assert tuple(quarter.days // 7 for quarter in calendar.periods(calendar.year(2023), "quarter")) == weeks


def test_nearest_and_last_differ() -> None:
    """The Saturday nearest to the end of January may be in February, the last in January never is."""
    last = RetailCalendar(pattern="4-5-4", ends="saturday", last_of=1, named_by="start")
    assert (NRF.year(2017).last, last.year(2017).last) == (date(2018, 2, 3), date(2018, 1, 27))


@pytest.mark.parametrize("year_starts", [(2, 29), (1, 31), (13, 1), (1,), (1, 1, 1), ("1", 1)])
def test_a_civil_year_starts_on_a_day_of_every_month(year_starts: Any) -> None:
    """A day that some month lacks would leave months without a first day."""
    with pytest.raises(PolicyError) as error:
        CivilCalendar(year_starts=year_starts, named_by="end")
    assert (refused(error), error.value.path) == ("period.year_starts", "year_starts")


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"pattern": "4-4-4"}, "period.pattern", "pattern"),
        ({"ends": "Saturday"}, "period.weekday", "ends"),
        ({"nearest_to": None}, "period.year_end", "nearest_to"),
        ({"last_of": 1}, "period.year_end", "last_of"),
        ({"nearest_to": (2, 29)}, "period.year_end", "nearest_to"),
        ({"nearest_to": (1,)}, "period.year_end", "nearest_to"),
        ({"nearest_to": None, "last_of": 13}, "period.year_end", "last_of"),
        ({"named_by": ""}, "period.named_by", "named_by"),
        ({"extra_week_in": 13}, "period.extra_week", "extra_week_in"),
    ],
)
def test_a_retail_year_is_fully_declared(fields: dict[str, Any], code: str, path: str) -> None:
    """Pattern, weekday, end of the year, its number and the place of week 53 are said, and said once."""
    with pytest.raises(PolicyError) as error:
        attrs.evolve(NRF, **fields)
    assert (refused(error), error.value.path) == (code, path)


@pytest.mark.parametrize("named_by", ["", "middle"])
def test_a_fiscal_year_says_whose_number_it_bears(named_by: Any) -> None:
    """FY2025 from April means two things; only a year from 1 January needs no word."""
    with pytest.raises(PolicyError) as error:
        CivilCalendar(year_starts=(4, 1), named_by=named_by)
    assert refused(error) == "period.named_by"
    assert CivilCalendar(named_by="end").year(2026) == CivilCalendar(named_by="start").year(2026) == CIVIL.year(2026)


def test_a_calendar_must_say_where_years_begin() -> None:
    """The shared part names nothing by itself."""
    with pytest.raises(NotImplementedError):
        Calendar()._start(2026)
    with pytest.raises(NotImplementedError):
        Calendar()._starts(2026, "month")


# Working days


CHINA = WeekdayCalendar(years=(2026, 2026), holidays=(date(2026, 1, 1), date(2026, 1, 2)), make_up_days=(date(2026, 1, 4),))


def test_make_up_days_are_worked() -> None:
    """A holiday is off, a make-up Sunday is worked, another Sunday is not."""
    days = [date(2026, 1, day) for day in (1, 2, 3, 4, 5, 11)]
    assert [CHINA.is_working_day(day) for day in days] == [False, False, False, True, True, False]
    assert working_days(CIVIL.parse("2026-01"), CHINA) == 21


def test_a_weekend_may_be_other_days() -> None:
    """Where Friday and Saturday are the weekend, Sunday is worked."""
    gulf = WeekdayCalendar(years=(2026, 2026), weekend=("friday", "saturday"))
    assert [gulf.is_working_day(date(2026, 1, day)) for day in (2, 3, 4)] == [False, False, True]


def test_an_unknown_year_is_refused() -> None:
    """The holidays of a year that was not listed are not guessed."""
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        with pytest.raises(FactError) as error:
            CHINA.is_working_day(day)
        assert refused(error) == "period.calendar_year"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"years": (2027, 2026)}, "period.calendar_years"),
        ({"years": (2026,)}, "period.calendar_years"),
        ({"weekend": ("sun",)}, "period.weekday"),
        ({"make_up_days": (date(2026, 1, 2),)}, "period.calendar_conflict"),
    ],
)
def test_a_working_calendar_makes_sense(fields: dict[str, Any], code: str) -> None:
    """Reversed years, unknown weekdays, and a day both off and worked are refused."""
    with pytest.raises(PolicyError) as error:
        attrs.evolve(CHINA, **fields)
    assert refused(error) == code


# Proration


@pytest.mark.parametrize(
    ("day_count", "share"),
    [
        ("actual", Fraction(76, 365)),
        ("actual/365", Fraction(76, 365)),
        ("30/360", Fraction(74, 360)),
        ("whole_months", Fraction(2, 12)),
        ("months_touched", Fraction(3, 12)),
        ("working_days", Fraction(54, 261)),
    ],
)
def test_each_convention_counts_its_own_way(day_count: str, share: Fraction) -> None:
    """Who comes on 17 October 2025 is there for a different share of the year under each convention."""
    year, part = CIVIL.year(2025), Period.between(date(2025, 10, 17), date(2025, 12, 31))
    assert proration(part, year, day_count, WeekdayCalendar(years=(2025, 2025))) == share


def test_thirty_day_months() -> None:
    """Every month has 30 days: the 30th and 31st are one, the last of February is three."""
    year = CIVIL.year(2025)
    for first, last, days in (
        ((2025, 1, 31), (2025, 1, 31), 1),
        ((2025, 1, 30), (2025, 1, 30), 0),
        ((2025, 2, 28), (2025, 2, 28), 3),
        ((2025, 2, 1), (2025, 2, 28), 30),
    ):
        assert proration(Period.between(date(*first), date(*last)), year, "30/360") == Fraction(days, 360)


def test_months_are_counted_from_the_first_day_of_the_whole() -> None:
    """In a tax year from 6 April a month runs from the 6th to the 5th."""
    year = CivilCalendar(year_starts=(4, 6), named_by="start").year(2025)
    part = Period(date(2025, 5, 6), date(2025, 7, 1))
    assert (whole_months(part, year), months_touched(part, year)) == (1, 2)


@pytest.mark.parametrize(
    ("part", "whole", "day_count", "code"),
    [
        (CIVIL.parse("2026-04"), MARCH, "actual", "period.outside"),
        (CIVIL.year(2026), MARCH, "actual", "period.outside"),
        (MARCH, MARCH, "actual/365", "period.whole_year"),
        (NRF.parse("2025-W01"), NRF.parse("2025-Q1"), "whole_months", "period.whole_months"),
        (MARCH, MARCH, "working_days", "period.working_calendar"),
        (Period.between(date(2026, 3, 30), date(2026, 3, 30)), Period.between(date(2026, 3, 30), date(2026, 3, 30)), "30/360", "period.no_days"),
    ],
)
def test_a_share_that_means_nothing_is_refused(part: Period, whole: Period, day_count: str, code: str) -> None:
    """Days outside, a year that is none, months that are not whole, no working calendar, nothing to count."""
    with pytest.raises(FactError) as error:
        proration(part, whole, day_count)
    assert refused(error) == code


def test_an_unknown_convention_is_refused_by_name() -> None:
    """The error lists the conventions there are."""
    with pytest.raises(PolicyError, match=", ".join(DAY_COUNTS)) as error:
        proration(MARCH, MARCH, "actual/actual")
    assert refused(error) == "period.day_count"


# Due dates


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("0 days", date(2025, 5, 30)),
        ("2 weeks", date(2025, 6, 13)),
        ("1 year", date(2026, 5, 30)),
        ("9 months + 1 day", date(2026, 3, 1)),
        ("month end", date(2025, 5, 31)),
        ("month end + 1 month", date(2025, 6, 30)),
        ("month end + 9 months + 10 days", date(2026, 3, 10)),
        ("quarter end", date(2025, 6, 30)),
        ("half-year end", date(2025, 9, 30)),
        ("year end", date(2026, 3, 31)),
    ],
)
def test_delays(text: str, due: date) -> None:
    """What a policy writes falls due in the company's own calendar; from the end of a month, months lead to month ends."""
    assert delay(text).on(date(2025, 5, 30), JAPAN) == due


@pytest.mark.parametrize(
    "text", ["", "soon", "days", "-1 days", "1.5 months", "10 days + 1 month", "10 days + 1 week", "2 months + year end", "week end", "1 day+ 1 day", "14 Days"]
)
def test_other_delays_are_refused(text: str) -> None:
    """A text that is no delay, says a thing twice, or puts days before months is not guessed at."""
    with pytest.raises(PolicyError) as error:
        delay(text)
    assert refused(error) == "period.delay"


@pytest.mark.parametrize("fields", [{"days": -1}, {"months": 1.0}, {"days": True}, {"end": "week"}])
def test_delays_are_whole_and_forward(fields: dict[str, Any]) -> None:
    """Days and months are whole numbers from 0, and only known periods end."""
    with pytest.raises(PolicyError) as error:
        After(**fields)
    assert (refused(error), error.value.path) == ("period.delay", next(iter(fields)))


def test_pendulum_comes_in_when_it_is_needed() -> None:
    """Importing the module does not load the calendar library."""
    code = "import sys, salesrules.periods; sys.exit('pendulum' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
