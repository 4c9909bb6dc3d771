"""The pass of the block carrier over a table: chunks of arrays, cut into blocks that fit the cache, in posting order.

A block is sorted by person, so that the rows of an account lie together; its running totals are opened, run through and closed again. Where the
rows of one person fall under different versions of the plan (a return is judged under the version of its sale), they are taken in waves: in each
wave every person has rows of one version only.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy

from ..commission import Plan, State
from ..commission.program import Part
from ..errors import FactError, SalesRulesError
from ..periods import Period
from .accounts import Accounts
from .blocks import BlockOps
from .days import day_number
from .job import Job
from .returns import Returned
from .rows import Answers, Rows
from .spans import bounds, fits, reach
from .states import closed, opened, totals_of
from .tally import Tally

__all__ = ["BlockPass"]

_BITS = 16
_BLOCK = 1 << _BITS


class BlockPass:
    """A plan on its way over a table."""

    def __init__(self, job: Job, back: Returned | None = None) -> None:
        self.job, self.days, self.people = job, job.days, job.people
        self.back = back
        self._paid: dict[str, Any] = {}
        self.accounts, self.tally = Accounts(), Tally()
        self.answers = Answers(job.people, job.days, job.codes, job.books)
        self.ops = BlockOps(self.accounts)
        self.opening = State()
        self._kept: tuple[Any, ...] = ()
        self._last: int | None = None
        self._rising = True
        self._reached: dict[str, Any] = {}

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
        days = told["date"]
        size = len(days)
        before = int(days[0]) if self._last is None else self._last
        self._rising = self._rising and int(days[0]) >= before and bool((days[1:] >= days[:-1]).all())
        self._last = max(before, int(days.max()))
        for first in range(0, size, _BLOCK):
            block = slice(first, min(first + _BLOCK, size))
            try:
                self._block(told, block, {name: values[block] for name, values in outputs.items()}, start)
            except SalesRulesError as error:
                if hasattr(error, "row") and not error.path:
                    row = int(self._rows.at[error.row])
                    error.path = f"row {told['place'][row] if 'place' in told else start + row}"
                raise

    def _block(self, told: Mapping[str, Any], block: slice, outputs: dict[str, Any], start: int) -> None:
        at = _by_person(told["person"][block], len(self.people)) + block.start
        days = told["date"][block]
        if "settled" in told:
            at = self._open_rows(told, at, block, outputs)
        for rows in self._waves(told, at, (int(days.min()), int(days.max()))):
            self.ops.segments = rows.segments
            if not self._rising:
                self._check_periods(rows)
            self.tally.count(rows.segments("period"), self.ops.rows(rows.amount))
            booked: Any = 0
            by_rule: Any = 0
            plan = self.days.plans[rows.version]
            for part in plan.parts:
                pay, ruled = self._pay(part, rows, plan)
                self._put(outputs, f"pay.{part.component.id}", rows, pay, block)
                booked, by_rule = _added(part, booked, pay), _added(part, by_rule, ruled)
            self._put(outputs, "pay", rows, booked, block)
            self._put(outputs, "by_rule", rows, by_rule, block)
            self._put(outputs, "person", rows, rows.people, block)
            self._put(outputs, "credited", rows, self.ops.rows(rows.amount), block)
            self._put(outputs, "period", rows, self.days.interval(rows.version, "period", rows.days), block)

    def _check_periods(self, rows: Rows) -> None:
        """Where the order declared is not that of the days, no person may go back to an interval that he has left."""
        plan, people = self.days.plans[rows.version], rows.people
        first = numpy.concatenate(([True], people[1:] != people[:-1]))
        for over in sorted({"period", *(over for part in plan.parts for _, over in part.plain.totals)} - {"plan"}):
            periods = self.days.interval(rows.version, over, rows.days)
            starts = numpy.array([day_number(period.start) for period in self.days.periods[over]])[numpy.broadcast_to(periods, rows.size)]
            reached = self._reached.get(over, numpy.empty(0, numpy.int64))
            if len(reached) < len(self.people):
                reached = numpy.concatenate((reached, numpy.full(len(self.people) - len(reached), -(1 << 62))))
            before = numpy.where(first, reached[people], numpy.concatenate(([0], starts[:-1])))
            if (starts < before).any():
                self._rows, wrong = rows, int((starts < before).argmax())
                error = FactError(
                    "frames.period_backwards",
                    "{person} goes back to {period} after a later one; order the rows by date first",
                    person=self.people.texts[people[wrong]],
                    period=str(self.days.periods[over][numpy.broadcast_to(periods, rows.size)[wrong]]),
                )
                error.row = wrong  # type: ignore[attr-defined]
                raise error
            last = numpy.flatnonzero(numpy.concatenate((first[1:], [True])))
            reached[people[last]] = starts[last]
            self._reached[over] = reached

    def _open_rows(self, told: Mapping[str, Any], at: Any, block: slice, outputs: dict[str, Any]) -> Any:
        """The rows that are computed. What others were paid in earlier runs stays as it is, and is known to the returns that take it back."""
        settled = told["settled"][at]
        old = at[settled]
        names = [name.removeprefix("paid ") for name in told if name.startswith("paid ")]
        pay = sum((told[f"paid {name}"][old] for name in names), numpy.zeros(len(old), numpy.int64))
        where = old - block.start
        for name, values in outputs.items():
            if name in {"pay", "by_rule"}:
                values[where] = pay
            elif name.startswith("pay."):
                values[where] = told[f"paid {name[4:]}"][old] if name[4:] in names else 0
            elif name == "period":
                values[where] = self._periods(told, old)
            else:
                values[where] = told["amount" if name == "credited" else name][old]
        if self.back is not None:
            slots = told["slot"][old]
            sold = old[(slots >= 0) & ~told["returned"][old]] if "returned" in told else old[slots >= 0]
            for name in names:
                self._remembered(name, self.back.size)[told["slot"][sold]] = told[f"paid {name}"][sold]
        return at[~settled]

    def _periods(self, told: Mapping[str, Any], at: Any) -> Any:
        """The settlement period of some rows, by number."""
        versions = numpy.broadcast_to(told["version"], len(told["date"]))[at]
        periods = numpy.zeros(len(at), numpy.intp)
        for version in numpy.unique(versions).tolist():
            periods[versions == version] = self.days.interval(version, "period", told["date"][at][versions == version])
        return periods

    def _remembered(self, component: str, size: int) -> Any:
        """What the sales that are taken back were paid by a component."""
        return self._paid.setdefault(component, numpy.zeros(size, numpy.int64))

    def _pay(self, part: Part, rows: Rows, plan: Plan) -> tuple[Any, Any]:
        """What a component pays each row: as it is booked, and by the rules as they now stand."""
        covered = self._covered(part, rows, plan)
        which = None if covered is None else numpy.flatnonzero(covered)
        if which is not None and not len(which):
            return 0, 0
        some = rows if which is None or len(which) == rows.size else rows.part(which)
        self.ops.segments, self._rows = some.segments, some
        ruled = self.ops.column(part.component.pay(self.ops, some, part.names, part.case), some.size)
        _check_pay(part, ruled)
        pay = ruled if self.back is None else self._booked(self.back, some, plan, part.component.id, ruled)
        _check_pay(part, pay)
        segments = some.segments("period")
        self.tally.pay(part.component.id, segments, self.ops.rows(some.amount), pay)
        self.ops.segments = rows.segments
        if some is rows:
            return pay, ruled
        whole = numpy.zeros((2, rows.size), numpy.int64)
        whole[:, which] = pay, ruled
        return whole[0], whole[1]

    def _booked(self, back: Returned, rows: Rows, plan: Plan, component: str, ruled: Any) -> Any:
        """What rows are booked at: a return takes back what the rules now make of it, or its share of what the sale was paid."""
        slots, original = rows.taken("slot"), plan.returns.rate == "original"
        returned = rows.taken("returned") if "returned" in rows.told else numpy.zeros(1, bool)
        paid = self._remembered(component, back.size) if original else None
        if paid is not None:
            kept = numpy.flatnonzero((slots >= 0) & ~returned)
            paid[slots[kept]] = ruled[kept]
        at = numpy.flatnonzero(returned)
        if not len(at):
            return ruled
        which = rows.taken("back")[at]
        taken = ruled[at] if paid is None else back.taken_back(paid[slots[at]], which)
        pay = ruled.astype(taken.dtype)
        pay[at] = numpy.where(back.window(which), taken, 0)
        return pay

    def _covered(self, part: Part, rows: Rows, plan: Plan) -> Any:
        """Which rows a component pays; ``None`` where it pays all."""
        covered: Any = _credit(part, rows)
        if covered is False:
            return numpy.zeros(rows.size, bool)
        if part.scope_key is not None:
            covered = covered & (rows.find(part.covered) == 1)
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

    def state(self) -> State:
        """What to go on from."""
        return closed(self.opening, self.days.timeline, self._last, (*self._kept, *totals_of(self.accounts, self.people, self.days)), self._lines)

    def _lines(self, period: Period) -> int:
        """How many lines a settlement period has."""
        known = self.days.periods.get("period", [])
        return self.tally.lines(known.index(period)) if period in known else 0

    def _put(self, outputs: dict[str, Any], name: str, rows: Rows, values: Any, block: slice) -> None:
        if name in outputs:
            outputs[name][rows.at - block.start] = values

    def _waves(self, told: Mapping[str, Any], at: Any, span: tuple[int, int]) -> Iterator[Rows]:
        if not len(at):
            return
        version = told["version"]
        if not isinstance(version, numpy.ndarray):
            yield Rows(self.ops, told, at, version, self.answers, span)
            return
        versions, people = version[at], told["person"][at]
        fresh = numpy.concatenate(([True], people[1:] != people[:-1]))
        turns = numpy.cumsum(fresh | numpy.concatenate(([True], versions[1:] != versions[:-1])))
        waves: Any = turns - numpy.maximum.accumulate(numpy.where(fresh, turns, 0))
        for wave in range(int(waves.max()) + 1):
            for one in numpy.unique(versions[waves == wave]).tolist():
                yield Rows(self.ops, told, at[(waves == wave) & (versions == one)], one, self.answers, span)


def _check_pay(part: Part, pay: Any) -> None:
    """Pay goes out as integers of 64 bits."""
    if pay.dtype == object:
        raise FactError("frames.pay_bound", "{component} pays a row more than 64 bits hold", component=part.component.id)


def _added(part: Part, before: Any, pay: Any) -> Any:
    """What the components so far pay together."""
    if isinstance(before, int) or isinstance(pay, int):
        return pay if isinstance(before, int) else before
    if not fits(*reach("+", bounds(before), bounds(pay))):
        raise FactError("frames.pay_bound", "{component} pays a row more than 64 bits hold", component=part.component.id)
    return before + pay


def _credit(part: Part, rows: Rows) -> Any:
    """Which rows are credits that the component pays: overlays or others. Where no second table tells, there are no overlays."""
    overlay = rows.overlay if "overlay" in rows.told else False
    return overlay == (part.component.credit == "overlay")


def _by_person(people: Any, most: int) -> Any:
    """The order that brings the rows of each person together and keeps their own order: person and place are sorted as one number."""
    kind, places = (numpy.uint32 if most <= 1 << _BITS else numpy.uint64), numpy.arange(len(people))
    keys = (people.astype(kind) << kind(_BITS)) | places.astype(kind)
    keys.sort()
    return (keys & kind((1 << _BITS) - 1)).astype(numpy.intp)
