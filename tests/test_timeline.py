"""What is in force when, one decision at a time."""

import datetime as dt
import pickle
from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest

from salesrules.errors import FactError, NotInForce, PolicyError
from salesrules.periods import CivilCalendar, Period
from salesrules.timeline import Entry, Timeline
from salesrules.trace import Source

CLAUSE = Source(document="Plan", clause="2.1")
RATES = Timeline((Entry(date(2025, 1, 1), 3), Entry(date(2025, 7, 1), 4, source=CLAUSE)), ends=date(2026, 1, 1))


@pytest.mark.parametrize(("day", "rate"), [(date(2025, 1, 1), 3), (date(2025, 6, 30), 3), (date(2025, 7, 1), 4), (date(2025, 12, 31), 4)])
def test_an_entry_is_in_force_from_its_first_day_to_the_next(day: date, rate: int) -> None:
    """The first day belongs to the new entry, the day before to the old one."""
    assert RATES.on(day) == rate


def test_the_source_comes_with_the_entry() -> None:
    """A trace can cite the clause of the version chosen."""
    assert RATES.entry_on(date(2025, 8, 1)).source == CLAUSE
    assert Timeline.always(3, source=CLAUSE).entry_on(date(1, 1, 1)).source == CLAUSE


@pytest.mark.parametrize(
    ("day", "code", "said"),
    [(date(2024, 12, 31), "timeline.before", ("2024-12-31", "2025-01-01")), (date(2026, 1, 1), "timeline.after", ("2026-01-01",))],
)
def test_outside_nothing_is_in_force(day: date, code: str, said: tuple[str, ...]) -> None:
    """Before the first entry and from the end on it is an error, which names the days."""
    with pytest.raises(NotInForce) as error:
        RATES.on(day)
    assert error.value.code == code
    assert all(text in str(error.value) for text in said)


def test_segments_cover_or_refuse() -> None:
    """A period is cut where the value changes and keeps its label where it is not; one that is not covered is refused at either end."""
    calendar = CivilCalendar()
    assert [(str(part), rate) for part, rate in RATES.segments(calendar.year(2025))] == [("2025-01-01..2025-06-30", 3), ("2025-07-01..2025-12-31", 4)]
    assert [(str(part), rate) for part, rate in RATES.segments(calendar.parse("2025-Q3"))] == [("2025-Q3", 4)]
    for outside, code in ((Period(date(2024, 12, 1), date(2025, 2, 1)), "timeline.before"), (Period(date(2025, 12, 1), date(2026, 1, 2)), "timeline.after")):
        with pytest.raises(NotInForce) as error:
            RATES.segments(outside)
        assert error.value.code == code


def test_changes_are_the_entries_that_begin() -> None:
    """The first day of the period counts, the day after its last does not."""
    assert [entry.value for entry in RATES.changes_in(Period(date(2025, 1, 1), date(2025, 7, 1)))] == [3]
    assert RATES.changes_in(Period(date(2025, 7, 2), date(2025, 9, 1))) == ()


@pytest.mark.parametrize(
    ("starts", "ends", "code", "path"),
    [
        ((), None, "timeline.empty", "entries"),
        ((date(2025, 7, 1), date(2025, 1, 1)), None, "timeline.order", "entries[1].start"),
        ((date(2025, 1, 1), date(2025, 7, 1), date(2025, 7, 1)), None, "timeline.order", "entries[2].start"),
        ((date(2025, 1, 1),), date(2025, 1, 1), "timeline.order", "ends"),
    ],
)
def test_order_is_checked(starts: tuple[date, ...], ends: date | None, code: str, path: str) -> None:
    """No entry, days out of order or twice, and an end before the last start are refused, even with validators switched off."""
    attrs.validators.set_disabled(True)
    try:
        with pytest.raises(PolicyError) as error:
            Timeline(tuple(Entry(start, "v") for start in starts), ends=ends)
    finally:
        attrs.validators.set_disabled(False)
    assert (error.value.code, error.value.path) == (code, path)
    assert str(error.value)


@pytest.mark.parametrize("day", [datetime(2025, 1, 1), datetime(2025, 1, 1, tzinfo=UTC)])  # noqa: DTZ001
def test_datetimes_are_refused(day: Any) -> None:
    """A moment is not a day: not as a start, an end or a question."""
    for ask in (lambda: Entry(day, 1), lambda: Timeline((Entry(date(2024, 1, 1), 1),), ends=day), lambda: RATES.on(day)):
        with pytest.raises(FactError) as error:
            ask()
        assert error.value.code == "period.datetime"


def test_values_come_back() -> None:
    """A list of entries becomes a tuple; a pickle returns; the repr pastes back."""
    listed: Any = list(RATES.entries)
    assert Timeline(listed, ends=RATES.ends) == RATES == pickle.loads(pickle.dumps(RATES))
    assert hash(Timeline(listed, ends=RATES.ends)) == hash(RATES)
    assert eval(repr(RATES), {"Timeline": Timeline, "Entry": Entry, "Source": Source, "datetime": dt}) == RATES  # noqa: S307
