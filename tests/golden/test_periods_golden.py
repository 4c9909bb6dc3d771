"""The published examples of `periods.toml`."""

import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from salesrules.periods import Calendar, CivilCalendar, Period, RetailCalendar, completed_months, delay, proration

DOCUMENT = tomllib.loads(Path(__file__).with_name("periods.toml").read_text(encoding="utf-8"))
KINDS: dict[str, Callable[..., Calendar]] = {CivilCalendar.kind: CivilCalendar, RetailCalendar.kind: RetailCalendar}


def calendar(name: str) -> Calendar:
    """The calendar of that name at the head of the table."""
    fields = dict(DOCUMENT["calendars"][name])
    return KINDS[fields.pop("kind")](**fields)


def spans(case: dict[str, Any]) -> None:
    """Each named period has the published first and last day."""
    for text, (first, last) in case["spans"].items():
        assert calendar(case["calendar"]).parse(text) == Period.between(first, last), text


def day(case: dict[str, Any]) -> None:
    """The day of that number in the period, counted from 1, is the published one and lies in the published month."""
    assert calendar(case["calendar"]).parse(case["period"]).start + timedelta(days=case["number"] - 1) == case["day"]
    assert calendar(case["calendar"]).containing(case["day"], "month").label == case["month"]


def long_years(case: dict[str, Any]) -> None:
    """The years of 53 weeks are the published ones, and no others in between."""
    first, last = case["between"]
    assert [year for year in range(first, last + 1) if calendar(case["calendar"]).year(year).days == 53 * 7] == case["years"]


def containing(case: dict[str, Any]) -> None:
    """Each day lies in the published period."""
    for text, label in case["labels"].items():
        assert str(calendar(case["calendar"]).containing(date.fromisoformat(text), case["unit"])) == label


def completed(case: dict[str, Any]) -> None:
    """As many months are completed as published, and what is earned of an advance follows from them."""
    for text, months in case["months"].items():
        assert completed_months(case["start"], date.fromisoformat(text)) == months
        if "amount" in case:
            assert Fraction(case["amount"] * months, case["over"]) == case["earned"]


def prorated(case: dict[str, Any]) -> None:
    """The share of each period, and of the amount for it, is the published one, exactly."""
    for text, (amount, share, result) in case["shares"].items():
        whole = calendar("civil").parse(text)
        part = whole.overlap(Period(case["first"], date(9999, 1, 1)))
        assert part is not None
        assert proration(part, whole, case["day_count"]) == Fraction(share)
        assert amount * proration(part, whole, case["day_count"]) == Fraction(result)


def due(case: dict[str, Any]) -> None:
    """It falls due on the published day."""
    falls = delay(case["delay"]).on(case["day"], calendar("civil"))
    assert falls == case["due"]
    assert case.get("before", date.min) < falls <= case.get("after", date.max)


QUESTIONS: dict[str, Callable[[dict[str, Any]], None]] = {
    "spans": spans,
    "day": day,
    "long_years": long_years,
    "containing": containing,
    "completed": completed,
    "proration": prorated,
    "due": due,
}


@pytest.mark.parametrize("case", DOCUMENT["case"], ids=lambda case: str(case["id"]))
def test_published(case: dict[str, Any]) -> None:
    """The library gives what was published or, where the case says that the source is wrong, the right answer."""
    QUESTIONS[case["ask"]](case)
