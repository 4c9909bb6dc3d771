"""What a day belongs to, for columns of days: the version of the plan, and the intervals over which totals run.

Each distinct day is asked once of the scalar verbs; the rows then look their answer up.

    >>> from datetime import date
    >>> from salesrules.commission import Component, Plan, Rate, RateEntry, Returns
    >>> plan = Plan(id="p", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="recompute"),
    ...             components=(Component(id="c", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)),))
    >>> days = Days(plan.in_force)
    >>> when = numpy.array([day_number(date(2026, month, 1)) for month in (2, 2, 3)])
    >>> days.version(when), days.interval(0, "period", when), [str(period) for period in days.periods["period"]]
    (0, array([0, 0, 1]), ['2026-02', '2026-03'])
"""

from datetime import date, timedelta
from typing import Any

import numpy

from ..commission import Plan
from ..commission.engine import intervals_of
from ..periods import Period
from ..timeline import Timeline

__all__ = ["Days", "day_number"]

_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01, as columns of dates count them."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """The day of such a number."""
    return _EPOCH + timedelta(int(number))


class Days:
    """The versions of a plan by day, and intervals by number.

    Attributes:
        plans: the versions.
        periods: for each kind of interval, those met so far; a number is a place in the list.
    """

    def __init__(self, plans: Timeline[Plan]) -> None:
        self.timeline = plans
        self.plans = [entry.value for entry in plans.entries]
        self.starts = [day_number(entry.start) for entry in plans.entries]
        self.periods: dict[str, list[Period]] = {}
        self._tables: dict[tuple[int, str], tuple[int, Any]] = {}

    def version(self, days: Any) -> Any:
        """The version in force on each day, by number; a plain integer where it is the same for all.

        Raises:
            NotInForce: for a day before the first or after the last version.
        """
        least, most = int(days.min()), int(days.max())
        for end in (least, most):
            self.timeline.entry_on(day_of(end))
        low, high = (int(numpy.searchsorted(self.starts, end, "right")) - 1 for end in (least, most))
        return low if low == high else numpy.searchsorted(self.starts, days, "right") - 1

    def interval(self, version: int, over: str, days: Any, span: tuple[int, int] | None = None) -> Any:
        """The number of the interval that holds each day; a plain integer where it is the same for all. ``span`` is between which days they lie."""
        least, most = span or (int(days.min()), int(days.max()))
        base, table = self._table(version, over, least, most)
        if table[least - base] == table[most - base] and (table[least - base : most - base + 1] == table[least - base]).all():
            return int(table[least - base])
        return table[days - base]

    def number(self, over: str, period: Period) -> int:
        """The number of an interval."""
        known = self.periods.setdefault(over, [])
        if period not in known:
            known.append(period)
        return known.index(period)

    def _table(self, version: int, over: str, least: int, most: int) -> tuple[int, Any]:
        base, table = self._tables.get((version, over), (least, _NONE))
        if least < base:
            base, table = least, _NONE
        pieces, day = [table], base + len(table)
        while day <= most:
            period = intervals_of(self.plans[version], day_of(day))[over]
            # A return comes under the version of its sale, and so under its whole term, when that is over.
            end = min(day_number(period.end), day + _FAR) if period.last >= day_of(day) else day + _FAR
            pieces.append(numpy.full(end - day, self.number(over, period)))
            day = end
        if len(pieces) > 1:
            table = numpy.concatenate(pieces)
            self._tables[version, over] = base, table
        return base, table


_NONE = numpy.empty(0, numpy.intp)
_FAR = 400
