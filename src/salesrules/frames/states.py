"""Running totals of a pass, from a state and back to one."""

from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from typing import Any

import numpy

from ..commission import Plan, State
from ..ops import Total
from ..periods import Period
from ..timeline import Timeline
from .accounts import Accounts
from .codes import Codes
from .days import Days, day_number, day_of

__all__ = ["closed", "interval_number", "kept_totals", "opened", "totals_of"]

_Entry = tuple[str, tuple[str, ...], Total]


def opened(opening: State, accounts: Accounts, people: Codes, days: Days) -> tuple[_Entry, ...]:
    """Open the running totals of a state; those that no component of the plan keeps any more are given back."""
    kept = kept_totals(days)
    other = []
    for label, (person, start), value in opening.totals:
        name, over = kept.get(label, ("", ""))
        number = interval_number(days, over, date.fromisoformat(start)) if name else None
        if number is None:
            other.append((label, (person, start), value))
            continue
        who = people.number(person)
        accounts.put(name, over, who, number, value.numerator)
        if isinstance(value, Fraction):
            accounts.put(f"{name}/den", over, who, number, value.denominator, 1)
    return tuple(other)


def kept_totals(days: Days) -> dict[str, tuple[str, str]]:
    """The running totals that the plan keeps, and over which intervals, by what a state calls them."""
    return {f"{name}.{over}": (name, over) for plan in days.plans for part in plan.parts for name, over in part.plain.totals}


def interval_number(days: Days, over: str, start: date) -> int | None:
    """The number of the interval that starts on a day; it may have started before the plan did."""
    inside = max(day_number(start), days.starts[0])
    version = int(numpy.searchsorted(days.starts, inside, "right")) - 1
    number: int = days.interval(version, over, numpy.array([inside]))
    return number if days.periods[over][number].start == start else None


def totals_of(accounts: Accounts, people: Codes, days: Days) -> list[_Entry]:
    """All running totals that are not 0, as a state keeps them."""
    found: dict[tuple[str, tuple[str, ...]], Any] = {}
    for name, over in accounts.names:
        if name.endswith("/den"):
            continue
        dens = dict(accounts.totals(f"{name}/den", over))
        for (person, interval), value in accounts.totals(name, over):
            key = (f"{name}.{over}", (people.texts[person], days.periods[over][interval].start.isoformat()))
            found[key] = found.get(key, 0) + (Fraction(value, dens[person, interval]) if dens else value)
    return [(name, account, value) for (name, account), value in found.items() if value]


def closed(opening: State, plans: Timeline[Plan], last: int | None, totals: Iterable[_Entry], lines: Callable[[Period], int]) -> State:
    """The state after a table.

    Args:
        opening: the state before it.
        plans: the versions of the plan.
        last: its last day, as a number; ``None`` where it has no rows.
        totals: all running totals.
        lines: says how many lines a settlement period has.
    """
    through = max((day for day in (opening.through, None if last is None else day_of(last)) if day is not None), default=None)
    count = 0
    if through is not None:
        plan = plans.on(through)
        period = plan.calendar.containing(through, plan.settle)
        if through != period.last:
            count = lines(period) + (opening.open_lines if opening.through is not None and opening.through in period else 0)
    return State(through=through, totals=tuple(sorted(totals)), balances=opening.balances, booked=opening.booked, open_lines=count)
