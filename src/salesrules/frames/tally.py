"""What people were credited and paid in each settlement period: summed up while the rows go by."""

from typing import Any

import numpy

from ..commission import Total
from ..errors import FactError
from ..money import Currency, Money
from .accounts import Accounts, Segments
from .codes import Codes
from .days import Days
from .spans import bounds, fits, reach

__all__ = ["Tally"]


class Tally:
    """Lines, credit and pay by person and settlement period, for all components together and for each."""

    def __init__(self) -> None:
        self._sums = Accounts()
        self._components: dict[str, None] = {}

    def count(self, segments: Segments, amounts: Any) -> None:
        """Rows that were credited."""
        self._add("lines", segments, segments.lengths)
        self._add("credited", segments, _summed(amounts, segments))

    def pay(self, component: str, segments: Segments, amounts: Any, pay: Any) -> None:
        """Rows that a component paid."""
        self._components[component] = None
        self._add(f"lines {component}", segments, segments.lengths)
        self._add(f"credited {component}", segments, _summed(amounts, segments))
        self._add(f"pay {component}", segments, _summed(pay, segments))

    def _add(self, name: str, segments: Segments, sums: Any) -> None:
        before = self._sums.open(name, segments)
        if before.dtype != object and not fits(*reach("+", bounds(before), bounds(sums))):
            before = before.astype(object)
        self._sums.close(name, segments, before + sums)

    def columns(self, people: Codes, days: Days, person: str) -> dict[str, Any]:
        """A column for each figure, a row for each person and settlement period."""
        segments = self._met("lines")
        paid = [self._sums.open(f"pay {name}", segments) for name in self._components]
        wide = not fits(0, sum(max(map(abs, bounds(one))) for one in paid))
        pay = sum((one.astype(object) if wide else one for one in paid), numpy.zeros(len(segments.people), object if wide else numpy.int64))
        values, labels = people.values, [str(period) for period in days.periods.get("period", ())]
        for name, sums in (("credited", self._sums.open("credited", segments)), ("pay", pay)):
            if sums.dtype == object and not fits(*bounds(sums)):
                raise FactError("frames.total_bound", "{name} of one person and period is more than 64 bits hold; ask for smaller periods", name=name)
        return {
            person: [values[number] for number in segments.people.tolist()],
            "period": [labels[number] for number in segments.intervals.tolist()],
            "lines": self._sums.open("lines", segments),
            "credited": self._sums.open("credited", segments).astype(numpy.int64),
            "pay": pay.astype(numpy.int64),
        }

    def totals(self, people: Codes, days: Days, currency: Currency) -> list[Total]:
        """The totals of each person, settlement period and component, as `salesrules.commission.settle` takes them."""
        found = []
        for name in self._components:
            segments = self._met(f"lines {name}")
            figures = (self._sums.open(f"{figure} {name}", segments).tolist() for figure in ("lines", "credited", "pay"))
            for who, when, lines, credited, pay in zip(segments.people.tolist(), segments.intervals.tolist(), *figures, strict=True):
                found.append(
                    Total(
                        person=people.texts[who],
                        period=days.periods["period"][when],
                        component=name,
                        lines=lines,
                        credited=Money.from_minor(credited, currency),
                        pay=Money.from_minor(pay, currency),
                    )
                )
        return found

    def lines(self, interval: int) -> int:
        """How many lines a settlement period has."""
        return sum(int(self._sums.open(f"lines {name}", met).sum()) for name in self._components if len((met := self._met(f"lines {name}", interval)).people))

    def _met(self, name: str, interval: int | None = None) -> Segments:
        """All accounts that have something under a name."""
        intervals, people = self._sums.met(name, "period")
        if interval is not None:
            people, intervals = people[intervals == interval], intervals[intervals == interval]
        return Segments("period", people, people, people, people, intervals, len(people))


def _summed(values: Any, segments: Segments) -> Any:
    """The sum of each account's rows."""
    if not isinstance(values, numpy.ndarray):
        return segments.lengths * values if fits(0, abs(values) * segments.size) else segments.lengths.astype(object) * values
    most = max(map(abs, bounds(values)))
    return numpy.add.reduceat(values if fits(0, most * segments.size) else values.astype(object), segments.first)
