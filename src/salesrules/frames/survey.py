"""The door of a table that stays where it is: a few small queries find what must be refused, and between which integers every column lies."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import attrs
import narwhals
import numpy

from ..errors import FactError
from .columns import COUNTS, MONEY
from .days import day_number
from .job import Job
from .lookups import looked_up
from .spans import fits

__all__ = ["PREFIX", "Survey", "surveyed"]

PREFIX = "salesrules_"


@attrs.frozen(kw_only=True, eq=False)
class Survey:
    """What is known of a table beforehand.

    Args:
        frame: the table, with the version and the intervals of each row.
        order: the columns that order its rows; fewer than were named, where fewer say the same.
        several: the kinds of interval of which the table has more than one.
        versions: the versions of the plan that its rows fall under.
        last: the last day, as a number; ``None`` for a table without rows.
        people: the persons, where running totals are kept.
        most: how many rows one person has at most.
        spans: between which integers a column lies, by field.
    """

    frame: Any
    order: tuple[str, ...]
    several: frozenset[str]
    versions: tuple[int, ...]
    last: int | None
    people: list[Any]
    most: int
    spans: dict[str, tuple[int, int]]


def surveyed(job: Job, frame: Any, order: tuple[str, ...], overs: Iterable[str], *, stateful: bool) -> Survey:
    """Look at a table before anything is computed from it.

    Args:
        job: the calculation.
        frame: the table.
        order: the columns that order its rows.
        overs: the intervals of which the rules want numbers.
        stateful: whether the rules keep running totals, so that the order of the rows matters.

    Raises:
        FactError: ``frames.float``, ``frames.integers``, ``frames.dates``, ``frames.condition``, ``frames.null``, ``frames.same_place``,
            ``frames.backwards``.
        NotInForce: for a day before the first or after the last version of the plan.
    """
    _check_types(job, frame.collect_schema())
    calendar = _Calendar(job, frame, order)
    spans = _spans(job, frame, order, calendar.size, stateful=stateful)
    people, most = _people(job, frame, order) if stateful else ([], calendar.size)
    dated = calendar.dated(tuple(overs))
    return Survey(
        frame=dated,
        order=calendar.order() if stateful else order,
        several=calendar.several,
        versions=calendar.versions or (0,),
        last=calendar.last,
        people=people,
        most=most,
        spans=spans,
    )


def _check_types(job: Job, schema: Any) -> None:
    columns = job.columns
    for field in (*MONEY, *COUNTS):
        if columns.has(field) and not schema[columns[field]].is_integer():
            dtype = schema[columns[field]]
            if dtype.is_float():
                template = "holds floats ({dtype}), which are not exact; give whole minor units, or decimals"
                raise FactError("frames.float", template, path=f"column {columns[field]}", dtype=str(dtype))
            template = "holds {dtype}, where integers are needed; convert it first"
            raise FactError("frames.integers", template, path=f"column {columns[field]}", dtype=str(dtype))
    if schema[columns["date"]] != narwhals.Date:
        template = "holds {dtype}, where plain dates are needed; convert it first"
        raise FactError("frames.dates", template, path=f"column {columns['date']}", dtype=str(schema[columns["date"]]))
    if columns.has("new_customer") and schema[columns["new_customer"]] != narwhals.Boolean:
        template = "holds {dtype}, where true or false is needed; convert it first"
        raise FactError("frames.condition", template, path=f"column {columns['new_customer']}", dtype=str(schema[columns["new_customer"]]))


class _Calendar:
    """The days of a table: how many rows each has, and between which values of the last ordering column they lie."""

    def __init__(self, job: Job, frame: Any, order: tuple[str, ...]) -> None:
        self.job, self.frame, self._order = job, frame, order
        self.column = job.columns["date"]
        key = narwhals.col(order[-1])
        ends = (key.min().alias(f"{PREFIX}first"), key.max().alias(f"{PREFIX}last")) if order[-1] != self.column else ()
        days = frame.group_by(self.column).agg(narwhals.len().alias(f"{PREFIX}rows"), *ends).collect()
        self.days = days[self.column].to_list()
        if None in self.days:
            refuse_empty(frame, self.column, order)
        self.size = sum(map(int, days[f"{PREFIX}rows"].to_list()))
        self.ends = sorted(zip(self.days, *(days[f"{PREFIX}{end}"].to_list() for end in ("first", "last")), strict=True)) if ends else []
        self.last = max(map(day_number, self.days), default=None)
        self.several: frozenset[str] = frozenset()
        self.versions: tuple[int, ...] = ()

    def dated(self, overs: tuple[str, ...]) -> Any:
        """The table with the version and the intervals of each row's day."""
        days, answers = self.job.days, {}
        for day in sorted(self.days):
            number = numpy.array([day_number(day)])
            version = days.version(number)
            answers[day,] = (version, *(int(days.interval(version, over, number)) for over in overs))
        self.versions = tuple(sorted({answer[0] for answer in answers.values()}))
        self.several = frozenset(over for at, over in enumerate(overs, start=1) if len({answer[at] for answer in answers.values()}) > 1)
        return looked_up(self.frame, [self.column], answers, [f"{PREFIX}version", *(f"{PREFIX}{over}" for over in overs)])

    def order(self) -> tuple[str, ...]:
        """The columns that order the rows: the last one alone, where it rises from each day to the next.

        Raises:
            FactError: ``frames.backwards`` where the order declared does not follow the days.
        """
        rising = bool(self.ends) and all(before is not None and after is not None and before < after for (_, _, before), (_, after, _) in pairwise(self.ends))
        if rising and self._order in {(self.column, self._order[-1]), (self._order[-1],)}:
            return (self._order[-1],)
        if self._order[0] != self.column:
            raise FactError(
                "frames.backwards",
                "{column} does not rise from day to day, so that periods would go backwards; order by {date} first",
                path=f"order {', '.join(self._order)}",
                column=self._order[0],
                date=self.column,
            )
        return self._order


def _spans(job: Job, frame: Any, order: tuple[str, ...], size: int, *, stateful: bool) -> dict[str, tuple[int, int]]:
    """Between which integers each column lies; refused where a cell is empty, or where two rows share a place in the order."""
    columns = job.columns
    fields = [name for name in (*MONEY, *COUNTS, "new_customer") if columns.has(name)]
    numbers = [name for name in fields if name != "new_customer"]
    numbered = ["person"] if frame.collect_schema()[columns["person"]].is_integer() else []
    read = list(dict.fromkeys([columns["person"], *(columns[name] for name in fields), *order]))
    flagged = frame.with_columns(*(narwhals.col(name).is_null().cast(narwhals.Int64()).alias(f"{PREFIX}null_{at}") for at, name in enumerate(read)))
    empty = [narwhals.col(f"{PREFIX}null_{at}").sum() for at in range(len(read))]
    ends = [narwhals.col(columns[name]).min().alias(f"{PREFIX}min_{name}") for name in (*numbers, *numbered)]
    ends += [narwhals.col(columns[name]).max().alias(f"{PREFIX}max_{name}") for name in (*numbers, *numbered)]
    places = [narwhals.col(order[-1]).n_unique().alias(f"{PREFIX}places")] if stateful else []
    told = flagged.select(*empty, *ends, *places).collect()
    for at, name in enumerate(read):
        if told[f"{PREFIX}null_{at}"][0]:
            refuse_empty(frame, name, order)
    if stateful and size and int(told[f"{PREFIX}places"][0]) != size:
        _check_places(frame, order)
    spans = {name: (int(told[f"{PREFIX}min_{name}"][0]), int(told[f"{PREFIX}max_{name}"][0])) if size else (0, 0) for name in (*numbers, *numbered)}
    for name in numbers:
        if not fits(*spans[name]):
            _refuse_wide(frame, columns[name], order, spans[name][1])
    return spans


def _people(job: Job, frame: Any, order: tuple[str, ...]) -> tuple[list[Any], int]:
    """The persons, and how many rows one has at most."""
    person = job.columns["person"]
    counted = frame.group_by(person).agg(narwhals.len().alias(f"{PREFIX}rows")).collect()
    return counted[person].to_list(), max(map(int, counted[f"{PREFIX}rows"].to_list()), default=0)


def _check_places(frame: Any, order: tuple[str, ...]) -> None:
    """No two rows may share a place in the posting order."""
    counted = frame.group_by(*order).agg(narwhals.len().alias(f"{PREFIX}rows"))
    again = counted.filter(narwhals.col(f"{PREFIX}rows") > 1).sort(*order).head(1).collect()
    if len(again):
        key = ", ".join(str(again[name][0]) for name in order)
        template = "{rows} rows have {key}; name columns that order all rows"
        raise FactError("frames.same_place", template, path=f"order {', '.join(order)}", rows=int(again[f"{PREFIX}rows"][0]), key=key)


def _refuse_wide(frame: Any, column: str, order: tuple[str, ...], value: int) -> None:
    """Refuse an integer past 64 bits."""
    row = _first(frame, narwhals.col(column) == value, column, order)
    raise FactError("frames.bound", "row {row} holds {value}, past 64 bits", path=f"column {column}", row=row, value=value)


def refuse_empty(frame: Any, column: str, order: tuple[str, ...]) -> None:
    """Refuse an empty cell."""
    row = _first(frame, narwhals.col(column).is_null(), column, order)
    raise FactError("frames.null", "row {row} is empty; fill it in, or leave the row out", path=f"column {column}", row=row)


def _first(frame: Any, wrong: Any, column: str, order: tuple[str, ...]) -> str:
    """The first row of which something is wrong, by the other columns that order the rows."""
    keys = [name for name in order if name != column]
    if not keys:
        return "of unknown place"
    found = frame.filter(wrong).select(*keys).sort(*keys).head(1).collect()
    return ", ".join(f"{name} {found[name][0]}" for name in keys)
