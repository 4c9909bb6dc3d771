"""The pass of the block carrier over a table: chunks of arrays, cut into blocks that fit the cache, in posting order.

A block is sorted by person, so that the rows of an account lie together; its running totals are opened, run through and closed again. Where the
rows of one person fall under different versions of the plan (a return is judged under the version of its sale), they are taken in waves: in each
wave every person has rows of one version only.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy

from ..commission import Plan, State
from ..commission.program import Part
from ..errors import FactError, SalesRulesError
from .accounts import Accounts
from .blocks import BlockOps
from .days import day_of
from .job import Job
from .rows import Answers, Rows
from .states import opened, totals_of

__all__ = ["BlockPass"]

_BLOCK = 1 << 15


class BlockPass:
    """A plan on its way over a table."""

    def __init__(self, job: Job) -> None:
        self.job, self.days, self.people = job, job.days, job.people
        self.accounts, self.totals = Accounts(), Accounts()
        self.answers = Answers(job.people, job.days, job.codes, job.books)
        self.ops = BlockOps(self.accounts)
        self.opening = State()
        self._kept: tuple[Any, ...] = ()
        self._last = 0

    def open(self, opening: State | None) -> None:
        """Go on from a state."""
        if opening is not None:
            self.opening = opening
            self._kept = opened(opening, self.accounts, self.people, self.days)

    def feed(self, told: Mapping[str, Any], outputs: Mapping[str, Any], start: int) -> None:
        """Compute a chunk.

        Args:
            told: the columns, by field.
            outputs: arrays to be filled, by name.
            start: the number of the chunk's first row.
        """
        size = len(told["date"])
        self._last = max(self._last, int(told["date"].max())) if size else self._last
        for first in range(0, size, _BLOCK):
            block = slice(first, min(first + _BLOCK, size))
            try:
                self._block(told, block, {name: values[block] for name, values in outputs.items()}, start)
            except SalesRulesError as error:
                raise error.at(f"row {start + block.start + error.row}") if hasattr(error, "row") and not error.path else error from None

    def _block(self, told: Mapping[str, Any], block: slice, outputs: dict[str, Any], start: int) -> None:
        at = _by_person(told["person"][block], len(self.people)) + block.start
        for rows in self._waves(told, at):
            self.ops.segments = rows.segments
            self._count(rows)
            booked: Any = 0
            plan = self.days.plans[rows.version]
            for position, part in enumerate(plan.parts):
                pay = self._pay(part, rows, plan)
                if pay is None:
                    continue
                booked = booked + pay
            self._put(outputs, "pay", rows, booked, block)
            self._put(outputs, "by_rule", rows, booked, block)
            self._put(outputs, "credited", rows, rows.taken("amount"), block)
            self._put(outputs, "period", rows, self.days.interval(rows.version, "period", rows.days), block)

    def _pay(self, part: Part, rows: Rows, plan: Plan) -> Any:
        """What a component pays each row; ``None`` where it pays none of them."""
        covered = self._covered(part, rows, plan)
        if covered is not None:
            which = numpy.flatnonzero(covered)
            if not len(which):
                return None
            some = rows.part(which) if len(which) < rows.size else rows
        else:
            some = rows
        self.ops.segments = some.segments
        pay = self.ops.column(part.component.pay(self.ops, some, part.names, part.case), some.size)
        if pay.dtype == object:
            raise FactError("frames.pay_bound", "{component} pays a row more than 64 bits hold", component=part.component.id)
        segments = some.segments("period")
        self._add(f"pay {part.component.id}", segments, pay)
        self._add(f"lines {part.component.id}", segments, None)
        self.ops.segments = rows.segments
        if some is rows:
            return pay
        whole = numpy.zeros(rows.size, numpy.int64)
        whole[which] = pay
        return whole

    def _covered(self, part: Part, rows: Rows, plan: Plan) -> Any:
        """Which rows a component pays; ``None`` where it pays all."""
        covered: Any = True
        if part.scope_key is not None:
            covered = rows.find(part.covered) == 1
        if part.component.roles:
            covered = covered & (self._named(rows, "role", self.job.codes["role"].texts, part.component.roles) == 1)
        if plan.house:
            covered = covered & (self._named(rows, "person", self.people.texts, plan.house) == 0)
        if covered is True:
            return None
        return numpy.broadcast_to(self.ops.rows(covered), rows.size)

    def _named(self, rows: Rows, field: str, texts: list[str], names: tuple[str, ...]) -> Any:
        """Which rows have one of these names in a field, as 1 and 0."""
        return self.ops.block(numpy.array([text in names for text in texts], numpy.int64).take(rows.taken(field)))

    def _count(self, rows: Rows) -> None:
        segments = rows.segments("period")
        self._add("lines", segments, None)
        self._add("credited", segments, rows.taken("amount"))

    def totals_by_period(self) -> dict[str, list[Any]]:
        """A column for each figure, a row for each person and settlement period."""
        found = [(account, lines) for account, lines in self.totals.totals("lines", "period")]
        columns: dict[str, list[Any]] = {self.job.columns["person"]: [], "period": [], "lines": [lines for _, lines in found], "credited": [], "pay": []}
        names = [component.id for plan in self.days.plans for component in plan.components]
        figures = {name: dict(self.totals.totals(name, "period")) for name in ("credited", *(f"pay {one}" for one in dict.fromkeys(names)))}
        for (person, interval), _ in found:
            columns[self.job.columns["person"]].append(self.people.values[person])
            columns["period"].append(str(self.days.periods["period"][interval]))
            columns["credited"].append(figures["credited"].get((person, interval), 0))
            columns["pay"].append(sum(figures[f"pay {one}"].get((person, interval), 0) for one in dict.fromkeys(names)))
        return columns

    def state(self) -> State:
        """What to go on from."""
        through = max(day_of(self._last), self.opening.through or date.min) if self._last or self.opening.through else None
        totals = sorted((*self._kept, *totals_of(self.accounts, self.people, self.days)))
        return State(through=through, totals=tuple(totals), balances=self.opening.balances, booked=self.opening.booked, open_lines=self._open_lines(through))

    def _open_lines(self, through: date | None) -> int:
        """How many lines the unfinished settlement period has."""
        if through is None:
            return 0
        plan = self.days.timeline.on(through)
        period = plan.calendar.containing(through, plan.settle)
        if through == period.last:
            return 0
        here = self.opening.open_lines if self.opening.through is not None and self.opening.through in period else 0
        for name, over in self.totals.names:
            if name.startswith("lines "):
                here += sum(lines for (_, interval), lines in self.totals.totals(name, over) if self.days.periods[over][interval] == period)
        return here

    def _add(self, name: str, segments: Any, values: Any) -> None:
        sums = segments.lengths if values is None else numpy.add.reduceat(values, segments.first)
        self.totals.close(name, segments, self.totals.open(name, segments) + sums)

    def _put(self, outputs: dict[str, Any], name: str, rows: Rows, values: Any, block: slice) -> None:
        if name in outputs:
            outputs[name][rows.at - block.start] = values

    def _waves(self, told: Mapping[str, Any], at: Any) -> Iterator[Rows]:
        version = told["version"]
        if not isinstance(version, numpy.ndarray):
            yield Rows(self.ops, told, at, version, self.answers)
            return
        versions, people = version[at], told["person"][at]
        fresh = numpy.concatenate(([True], people[1:] != people[:-1]))
        turns = numpy.cumsum(fresh | numpy.concatenate(([True], versions[1:] != versions[:-1])))
        waves = turns - numpy.maximum.accumulate(numpy.where(fresh, turns, 0))
        for wave in range(int(waves.max()) + 1):
            for one in numpy.unique(versions[waves == wave]).tolist():
                yield Rows(self.ops, told, at[(waves == wave) & (versions == one)], one, self.answers)


def _by_person(people: Any, most: int) -> Any:
    """The order that brings the rows of each person together and keeps their own order: a radix sort, for 64 thousand persons at a time."""
    low = people.astype(numpy.uint16).argsort(kind="stable")
    if most <= 1 << 16:
        return low
    return low[(people >> 16).astype(numpy.uint16)[low].argsort(kind="stable")]
