"""What must hold for every period, calendar, proration, delay and timeline."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from salesrules.errors import NotInForce
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
    proration,
)
from salesrules.timeline import Entry, Timeline

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
NAMED = st.sampled_from(["start", "end"])
MONTH_DAYS = st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda day: (day.month, day.day))
WEEKDAYS = st.sampled_from(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])
SHAPES = {"pattern": st.sampled_from(["4-4-5", "4-5-4", "5-4-4"]), "ends": WEEKDAYS, "named_by": NAMED, "extra_week_in": st.integers(1, 12)}

CIVIL = st.builds(CivilCalendar, year_starts=MONTH_DAYS.filter(lambda month_day: month_day[1] <= 28), named_by=NAMED)
RETAIL = st.builds(RetailCalendar, **SHAPES, nearest_to=MONTH_DAYS) | st.builds(RetailCalendar, **SHAPES, last_of=st.integers(1, 12))
CALENDARS: st.SearchStrategy[Calendar] = CIVIL | RETAIL
PERIODS = st.tuples(DAYS, st.integers(1, 800)).map(lambda given: Period(given[0], given[0] + timedelta(days=given[1])))


def joined(parts: Sequence[Period]) -> Period:
    """The parts as one period, if each begins where the one before ends."""
    assert all(earlier.end == later.start for earlier, later in pairwise(parts))
    return Period(parts[0].start, parts[-1].end)


@given(CALENDARS, DAYS)
def test_every_day_is_in_one_period_of_each_unit(calendar: Calendar, day: date) -> None:
    """A day is in the period said to contain it, and its neighbours begin and end where that one does."""
    for unit in calendar.units:
        period = calendar.containing(day, unit)
        assert day in period
        assert (period.unit, period) == (unit, calendar.containing(period.start, unit))
        before, after = calendar.containing(period.start - timedelta(days=1), unit), calendar.containing(period.end, unit)
        assert (before.end, after.start) == (period.start, period.end)


@given(CALENDARS, st.integers(1900, 2200))
def test_years_divide_exactly(calendar: Calendar, label: int) -> None:
    """Months fill quarters, quarters half-years, half-years the year, weeks the year; 12, 4 and 2 of them."""
    year = calendar.year(label)
    assert year.end == calendar.year(label + 1).start
    counts = {unit: len(calendar.periods(year, unit)) for unit in calendar.units}
    assert counts.pop("week", 52) in {52, 53}
    assert counts == {"month": 12, "quarter": 4, "half_year": 2, "year": 1}
    for unit in calendar.units:
        assert joined(calendar.periods(year, unit)) == year
    for whole, unit in (("half_year", "quarter"), ("quarter", "month")):
        for period in calendar.periods(year, whole):
            assert joined(calendar.periods(period, unit)) == period


@given(CALENDARS, DAYS)
def test_what_is_shown_can_be_read(calendar: Calendar, day: date) -> None:
    """The text of a period names the same period, its unit and its label."""
    for unit in calendar.units:
        period = calendar.containing(day, unit)
        read = calendar.parse(str(period))
        assert (read, read.unit, read.label) == (period, unit, period.label)


@given(CALENDARS, PERIODS)
def test_what_is_listed_covers_what_was_asked(calendar: Calendar, within: Period) -> None:
    """The periods listed are neighbours, have a day in the span asked for, and leave none of it out."""
    for unit in calendar.units:
        parts = calendar.periods(within, unit)
        assert joined(parts).covers(within)
        assert all(part.overlap(within) for part in parts)


@given(DAYS)
def test_iso_weeks(day: date) -> None:
    """The calendar whose years end on the Sunday nearest to 31 December numbers weeks as ISO 8601 does."""
    year, week, _ = day.isocalendar()
    assert str(RetailCalendar(pattern="4-4-5", ends="sunday", nearest_to=(12, 31)).containing(day, "week")) == f"FY{year}-W{week:02}"


@given(DAYS, st.integers(-600, 600))
def test_months_keep_the_day_or_the_month_end(day: date, months: int) -> None:
    """A step of months leads into the month counted, to the same day or, where there is none, to the last."""
    moved = add_months(day, months)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(days=1)).day == 1)


@given(DAYS, DAYS)
def test_completed_months_are_the_most_that_fit(start: date, as_of: date) -> None:
    """As many months as have their anniversary by the day, and not one more."""
    months = completed_months(start, as_of)
    assert add_months(start, months) <= as_of or months == 0
    assert as_of < add_months(start, months + 1)


@given(PERIODS, st.lists(DAYS), st.data())
def test_split_conserves(period: Period, cuts: list[date], data: st.DataObject) -> None:
    """The pieces are the whole period, cut on the days given."""
    inside = data.draw(st.lists(st.dates(period.start, period.last)))
    pieces = period.split([*cuts, *inside])
    assert joined(pieces) == period
    assert {piece.start for piece in pieces} == {period.start, *(day for day in [*cuts, *inside] if day in period)}


@given(PERIODS, PERIODS)
def test_overlap_is_what_both_have(left: Period, right: Period) -> None:
    """A day is in the overlap when it is in both, whichever is asked."""
    shared = left.overlap(right)
    assert shared == right.overlap(left)
    assert (shared.days if shared else 0) == sum(right.start + timedelta(days=day) in left for day in range(right.days))


@given(CIVIL, st.integers(1995, 2030), st.sampled_from(["month", "quarter", "half_year", "year"]), st.sampled_from(DAY_COUNTS), st.data())
def test_proration_adds_up(calendar: CivilCalendar, label: int, unit: str, day_count: str, data: st.DataObject) -> None:
    """A share is between nothing and all, the whole is 1, and where a convention counts days the shares of the pieces add up to it."""
    assume(day_count != "actual/365" or unit == "year")
    whole = data.draw(st.sampled_from(calendar.periods(calendar.year(label), unit)))
    working = WeekdayCalendar(years=(1990, 2040))
    cut = data.draw(st.dates(whole.start, whole.last))
    shares = [proration(piece, whole, day_count, working) for piece in whole.split([cut])]
    total = proration(whole, whole, day_count, working)
    assert total == (Fraction(whole.days, 365) if day_count == "actual/365" else 1)
    assert all(0 <= share <= total for share in shares)
    assert sum(shares) == total or (day_count == "whole_months" and sum(shares) < total) or (day_count == "months_touched" and sum(shares) > total)


@given(
    st.builds(After, days=st.integers(0, 999), months=st.integers(0, 99), end=st.sampled_from(["", "month", "quarter", "half_year", "year"])), CALENDARS, DAYS
)
def test_delays_read_back_and_never_go_back(after: After, calendar: Calendar, day: date) -> None:
    """The text of a delay means the same delay, nothing falls due before it begins, and later days fall due no earlier."""
    assert delay(str(after)) == after
    assert day <= after.on(day, calendar) <= after.on(day + timedelta(days=1), calendar)


TIMELINES = st.builds(
    lambda starts, ends: Timeline(
        tuple(Entry(day, number) for number, day in enumerate(sorted(starts))), ends=max(starts) + timedelta(days=ends) if ends else None
    ),
    st.sets(DAYS, min_size=1, max_size=6),
    st.none() | st.integers(1, 2000),
)


@given(TIMELINES, DAYS)
def test_the_entry_in_force_is_the_last_begun(timeline: Timeline[int], day: date) -> None:
    """In force is the last entry that has started; before the first, and after the end, there is none."""
    begun = [entry for entry in timeline.entries if entry.start <= day]
    if begun and (timeline.ends is None or day < timeline.ends):
        assert timeline.entry_on(day) == begun[-1]
    else:
        with pytest.raises(NotInForce):
            timeline.on(day)


@given(TIMELINES, st.data())
def test_segments_cover_the_period(timeline: Timeline[int], data: st.DataObject) -> None:
    """The segments are the whole period, each with the value in force on its first and on its last day."""
    start = data.draw(st.dates(timeline.entries[0].start, timeline.entries[-1].start))
    end = data.draw(st.dates(start + timedelta(days=1), timeline.ends or date(2300, 1, 1)))
    segments = timeline.segments(Period(start, end))
    assert joined([piece for piece, _ in segments]) == Period(start, end)
    assert all(timeline.on(piece.start) == timeline.on(piece.last) == value for piece, value in segments)
    assert len(segments) == len({start, *(entry.start for entry in timeline.changes_in(Period(start, end)))})
