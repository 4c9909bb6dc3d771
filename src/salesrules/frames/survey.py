"""The door of a table that stays where it is: a few small queries find what must be refused, and between which integers every column lies."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import attrs
import narwhals
import numpy
from narwhals.dependencies import get_polars, get_pyspark_sql

from ..errors import FactError
from ..scope import DIMENSIONS
from .columns import COUNTS, MONEY
from .days import day_number, day_of
from .job import Job
from .lookups import distinct, looked_up
from .spans import fits

__all__ = ["PREFIX", "Calendar", "Survey", "check_places", "check_types", "refuse_empty", "refuse_type", "surveyed"]

PREFIX = "salesrules_"
_DAYS = 4_000
"""Days between the first and the last that need not be asked for."""
_BITS = 60
"""Integers that share a word."""
_SPREAD = 16
"""Words that may be needed, as a multiple of the rows."""


@attrs.frozen(kw_only=True, eq=False)
class Survey:
    """What is known of a table beforehand.

    Args:
        frame: the table, with the version and the intervals of each row.
        calendar: the days of the table.
        order: the columns that order its rows; fewer than were named, where fewer say the same.
        several: the kinds of interval of which the table has more than one.
        versions: the versions of the plan that its rows fall under.
        last: the last day, as a number; ``None`` for a table without rows.
        people: the persons, where running totals are kept.
        size: how many rows there are.
        most: how many rows one person has at most.
        spans: between which integers a column lies, by field.
    """

    frame: Any
    calendar: "Calendar"
    order: tuple[str, ...]
    several: frozenset[str]
    versions: tuple[int, ...]
    last: int | None
    people: list[Any]
    size: int
    most: int
    spans: dict[str, tuple[int, int]]


def surveyed(job: Job, frame: Any, order: tuple[str, ...], overs: Iterable[str], *, stateful: bool, sold: str = "") -> Survey:
    """Look at a table before anything is computed from it.

    Args:
        job: the calculation.
        frame: the table.
        order: the columns that order its rows.
        overs: the intervals of which the rules want numbers.
        stateful: whether the rules keep running totals, so that the order of the rows matters.
        sold: the column of the day whose version of the plan holds, where that may be another than the day of the row.

    Raises:
        FactError: ``frames.float``, ``frames.integers``, ``frames.dates``, ``frames.condition``, ``frames.null``, ``frames.same_place``,
            ``frames.backwards``.
        NotInForce: for a day before the first or after the last version of the plan.
    """
    schema = frame.collect_schema()
    check_types(job, schema)
    look = _Look(job, frame, schema, order, by_day=stateful and not frame.implementation.is_polars())
    spans = look.spans()
    if stateful:
        order = look.in_order()
    people, most = _people(job, frame) if stateful else ([], look.size)
    keys = (sold, job.columns["date"]) if sold else (job.columns["date"],)
    calendar = Calendar.of(job, look.days(sold), tuple(overs), keys)
    return Survey(
        frame=calendar.dated(frame),
        calendar=calendar,
        order=order,
        several=calendar.several,
        versions=calendar.versions or (0,),
        last=calendar.last,
        people=people,
        size=look.size,
        most=most,
        spans=spans,
    )


def check_types(job: Job, schema: Any) -> None:
    """Refuse columns of types that are not computed with."""
    columns = job.columns
    for field in (*MONEY, *COUNTS):
        if columns.has(field):
            refuse_type(schema[columns[field]], columns[field])
    if schema[columns["date"]] != narwhals.Date:
        template = "holds {dtype}, where plain dates are needed; convert it first"
        raise FactError("frames.dates", template, path=f"column {columns['date']}", dtype=str(schema[columns["date"]]))
    if columns.has("new_customer") and schema[columns["new_customer"]] != narwhals.Boolean:
        template = "holds {dtype}, where true or false is needed; convert it first"
        raise FactError("frames.condition", template, path=f"column {columns['new_customer']}", dtype=str(schema[columns["new_customer"]]))


def refuse_type(dtype: Any, column: str) -> None:
    """Refuse a column of anything but integers."""
    if dtype.is_float():
        template = "holds floats ({dtype}), which are not exact; give whole minor units, or decimals"
        raise FactError("frames.float", template, path=f"column {column}", dtype=str(dtype))
    if not dtype.is_integer():
        template = "holds {dtype}, where integers are needed; convert it first"
        raise FactError("frames.integers", template, path=f"column {column}", dtype=str(dtype))


@attrs.frozen(kw_only=True, eq=False)
class Calendar:
    """What the days of a table belong to.

    Args:
        keys: the columns of the days: the day of the row, after that of the sale where the version of the plan is another one's.
        names: the columns that say it of each row: the number of the version of the plan, and of each interval.
        answers: the numbers, by day.
        several: the kinds of interval of which there is more than one.
        versions: the versions of the plan.
        last: the last day, as a number; ``None`` where there are no days.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    answers: dict[tuple[Any, ...], tuple[int, ...]]
    several: frozenset[str]
    versions: tuple[int, ...]
    last: int | None

    @classmethod
    def of(cls, job: Job, days: Sequence[tuple[int, ...]], overs: tuple[str, ...], keys: tuple[str, ...]) -> "Calendar":
        """The calendar of some days, or of pairs of the day of a sale and that of a row.

        Raises:
            NotInForce: for a day before the first or after the last version of the plan.
        """
        names = (f"{PREFIX}version", *(f"{PREFIX}{over}" for over in overs))
        if not days:
            return cls(keys=keys, names=names, answers={}, several=frozenset(), versions=(), last=None)
        numbers = numpy.array(days, numpy.int64)
        own = numbers[:, -1]
        under = numpy.broadcast_to(job.days.version(numbers[:, 0]), own.shape)
        versions, told = numpy.unique(under).tolist(), [under, *(numpy.empty_like(own) for _ in overs)]
        for version in versions:
            mine = under == version
            for over, made in zip(overs, told[1:], strict=True):
                made[mine] = job.days.interval(version, over, own[mine])
        answers = dict(zip((tuple(map(day_of, key)) for key in days), zip(*(made.tolist() for made in told), strict=True), strict=True))
        several = frozenset(over for over, made in zip(overs, told[1:], strict=True) if (made != made[0]).any())
        return cls(keys=keys, names=names, answers=answers, several=several, versions=tuple(versions), last=int(own.max()))

    def numbers(self, name: str) -> list[int]:
        """The versions, or the intervals, that there are."""
        at = self.names.index(name)
        return sorted({answer[at] for answer in self.answers.values()})

    def dated(self, frame: Any, *names: str) -> Any:
        """A table of such days with the version and the intervals of each row's day; or with some of them."""
        wanted = [at for at, name in enumerate(self.names) if name in names or not names]
        answers = {day: tuple(told[at] for at in wanted) for day, told in self.answers.items()} if names else self.answers
        return looked_up(frame, self.keys, answers, [self.names[at] for at in wanted], whole=True)


class _Look:
    """A first look at a table: one query that counts what is filled in, and says between which values every column lies.

    Args:
        job: the calculation.
        frame: the table.
        schema: its types.
        order: the columns that order its rows.
        by_day: ask it of each day, to see how the last of those columns goes with the days.
    """

    def __init__(self, job: Job, frame: Any, schema: Any, order: tuple[str, ...], *, by_day: bool) -> None:
        self._frame, self._order, self._columns = frame, order, job.columns
        self._schema, self._day = schema, job.columns["date"]
        fields = [name for name in (*MONEY, *COUNTS, "new_customer") if self._columns.has(name)]
        self._numbers = [name for name in fields if name != "new_customer"]
        self._coded = [name for name in ("person", *DIMENSIONS, "role") if self._columns.has(name) and schema[self._columns[name]].is_integer()]
        self._read = list(dict.fromkeys([self._day, self._columns["person"], *(self._columns[name] for name in fields), *order]))
        coded = [self._columns[name] for name in self._coded]
        self._counted = list(dict.fromkeys([*self._read, *coded]))
        ends = list(dict.fromkeys([*(self._columns[name] for name in self._numbers), *coded, self._day, *([order[-1]] if by_day else [])]))
        self._by_day = self._asked(frame, ends) if by_day else None
        self._told = self._by_day or self._asked(frame, ends, whole=True)
        self.size: int = sum(self._told["rows"])

    def _asked(self, frame: Any, ends: Iterable[str], *, whole: bool = False) -> dict[str, list[Any]]:
        """Rows, cells that are filled in, and least and greatest values: of the whole table, or of each day."""
        read = [name for name in self._counted if whole or name != self._day]
        names = ["rows", *(f"filled {name}" for name in read)]
        asked = [narwhals.len(), *(narwhals.col(name).count() for name in read)]
        for name in ends:
            if whole or name != self._day:
                names += [f"min {name}", f"max {name}"]
                asked += [narwhals.col(name).min(), narwhals.col(name).max()]
        aggregates = [expr.alias(f"{PREFIX}{at}") for at, expr in enumerate(asked)]
        found = (frame.select(*aggregates) if whole else frame.group_by(self._day).agg(*aggregates)).collect()
        told = {name: found[f"{PREFIX}{at}"].to_list() for at, name in enumerate(names)}
        told["rows"] = [int(rows) for rows in told["rows"]]
        if not whole:
            days = found[self._day].to_list()
            filled = [0 if day is None else rows for day, rows in zip(days, told["rows"], strict=True)]
            told |= {f"filled {self._day}": filled, f"min {self._day}": days, f"max {self._day}": days}
        return told

    def _ends(self, column: str) -> tuple[Any, Any]:
        """The least and the greatest value of a column; ``None`` where it has none."""
        ends = zip(self._told[f"min {column}"], self._told[f"max {column}"], strict=True)
        known = [(least, most) for least, most in ends if least is not None]
        return (min(least for least, _ in known), max(most for _, most in known)) if known else (None, None)

    def spans(self) -> dict[str, tuple[int, int]]:
        """Between which integers each column lies; refused where a cell is empty that must be filled in."""
        gaps = {name for name in self._counted if sum(map(int, self._told[f"filled {name}"])) != self.size}
        for name in self._read:
            if name in gaps:
                refuse_empty(self._frame, name, self._order)
        told = [name for name in (*self._numbers, *self._coded) if self._columns[name] not in gaps]
        ends = {name: self._ends(self._columns[name]) for name in told}
        spans = {name: (int(least or 0), int(most or 0)) for name, (least, most) in ends.items()}
        for name in self._numbers:
            if not fits(*spans[name]):
                _refuse_wide(self._frame, self._columns[name], self._order, spans[name][1])
        return spans

    def days(self, sold: str) -> list[tuple[int, ...]]:
        """The days of the table, as numbers; all from the first to the last, where those are not too many.

        Args:
            sold: the column of another day with which they are wanted in pairs.
        """
        if sold:
            return sorted((day_number(before), day_number(day)) for before, day in distinct(self._frame, [sold, self._day]))
        if self._by_day:
            return sorted((day_number(day),) for day in self._by_day[f"min {self._day}"])
        first, last = self._ends(self._day)
        if first is None:
            return []
        low, high = day_number(first), day_number(last)
        return [(day,) for day in range(low, high + 1)] if high - low < _DAYS else sorted((day_number(day),) for (day,) in distinct(self._frame, [self._day]))

    def in_order(self) -> tuple[str, ...]:
        """The columns that order the rows: the last one alone, where it rises from each day to the next.

        Raises:
            FactError: ``frames.same_place`` where two rows share a place; ``frames.backwards`` where the order declared does not follow the days.
        """
        last, sought = self._order[-1], {(self._day, self._order[-1]), (self._order[-1],)}
        if self._by_day is None and last != self._day and self._rises():
            rising = True
        else:
            if self.size and not self._unique():
                check_places(self._frame, self._order)
            rising = last != self._day and self._rises_by_day()
        if rising and self._order in sought:
            return (last,)
        if self._order[0] != self._day:
            raise FactError(
                "frames.backwards",
                "{column} does not rise from day to day, so that periods would go backwards; order by {date} first",
                path=f"order {', '.join(self._order)}",
                column=self._order[0],
                date=self._day,
            )
        return self._order

    def _rises(self) -> bool:
        """Whether the rows of a polars table lie in order, each day after the one before it."""
        polars = get_polars()
        day, last = polars.col(self._day), polars.col(self._order[-1])
        rises = polars.all_horizontal((day >= day.shift(1)).all(), (last > last.shift(1)).all()).alias("rises")
        return self.size > 0 and bool(self._frame.to_native().select(rises).collect()["rises"][0])

    def _rises_by_day(self) -> bool:
        """Whether the last column that orders the rows rises from each day to the next."""
        last = self._order[-1]
        told = self._by_day or self._asked(self._frame, (last,))
        ends = sorted(zip(*(told[name] for name in (f"min {self._day}", f"min {last}", f"max {last}")), strict=True))
        return bool(ends) and all(before is not None and after is not None and before < after for (_, _, before), (_, after, _) in pairwise(ends))

    def _unique(self) -> bool:
        """Whether no two rows share a value of the last column that orders them."""
        last, kind = self._order[-1], self._frame.implementation
        if self._schema[last].is_integer() and (kind.is_duckdb() or kind.is_pyspark()):
            least, most = self._ends(last)
            if least >= 0 and most <= _BITS * self.size * _SPREAD:
                marked = _marked if kind.is_duckdb() else _marked_by_spark
                return marked(self._frame.to_native(), last) == self.size
        places = self._frame.select(narwhals.col(last).n_unique().alias(f"{PREFIX}places")).collect()
        return int(places[f"{PREFIX}places"][0]) == self.size


def _marked(relation: Any, column: str) -> int:
    """How many different integers a DuckDB column holds: each marks its bit in a word, which is much quicker than telling them all apart."""
    name = '"' + column.replace('"', '""') + '"'
    words = f"SELECT bit_or(1::BIGINT << ({name} % {_BITS})::INTEGER) AS word FROM asked GROUP BY {name} // {_BITS}"  # noqa: S608 - the name is quoted
    return int(relation.query("asked", f"SELECT coalesce(sum(bit_count(word)), 0) FROM ({words})").fetchall()[0][0])  # noqa: S608


def _marked_by_spark(frame: Any, column: str) -> int:  # pragma: no cover - PySpark is tried by `make engines`
    """How many different integers a PySpark column holds, likewise."""
    sql = get_pyspark_sql().functions
    number, name = sql.col("`" + column.replace("`", "``") + "`").cast("long"), f"{PREFIX}word"
    bit = sql.call_function("shiftleft", sql.lit(1).cast("long"), (number % _BITS).cast("int"))
    words = frame.groupBy(sql.call_function("div", number, sql.lit(_BITS))).agg(sql.bit_or(bit).alias(name))
    return int(words.agg(sql.sum(sql.bit_count(name))).collect()[0][0] or 0)


def _people(job: Job, frame: Any) -> tuple[list[Any], int]:
    """The persons, and how many rows one has at most."""
    person = job.columns["person"]
    counted = frame.group_by(person).agg(narwhals.len().alias(f"{PREFIX}rows")).collect()
    return counted[person].to_list(), max(map(int, counted[f"{PREFIX}rows"].to_list()), default=0)


def check_places(frame: Any, order: tuple[str, ...]) -> None:
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
