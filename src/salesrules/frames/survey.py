"""The door of a table that stays where it is: a few small queries find what must be refused, and between which integers every column lies."""

from collections.abc import Iterable
from typing import Any

import attrs
import narwhals
import numpy

from ..errors import FactError
from .columns import COUNTS, MONEY
from .days import day_number
from .job import Job
from .lookups import distinct, looked_up

__all__ = ["PREFIX", "Survey", "surveyed"]

PREFIX = "salesrules_"


@attrs.frozen(kw_only=True, eq=False)
class Survey:
    """What is known of a table beforehand.

    Args:
        frame: the table, with the version and the intervals of each row.
        overs: the intervals it has numbers of.
        versions: the versions of the plan that its rows fall under.
        last: the last day, as a number; ``None`` for a table without rows.
        met: each person with version and number of the settlement period in which rows of his were found.
        most: how many rows one person has at most.
        spans: between which integers a column lies, by field.
        masses: what the sizes of a column sum up to for one person, at most, by field.
    """

    frame: Any
    overs: tuple[str, ...]
    versions: tuple[int, ...]
    last: int | None
    met: list[tuple[Any, int, int]]
    most: int
    spans: dict[str, tuple[int, int]]
    masses: dict[str, int]


def surveyed(job: Job, frame: Any, order: tuple[str, ...], overs: Iterable[str]) -> Survey:
    """Look at a table before anything is computed from it.

    Raises:
        FactError: ``frames.float``, ``frames.integers``, ``frames.dates``, ``frames.null``, ``frames.duplicate``, ``frames.varies``.
        NotInForce: for a day before the first or after the last version of the plan.
    """
    _check_types(job, frame.collect_schema())
    frame, overs, versions, last = _dated(job, frame, order, tuple(overs))
    return _counted(job, frame, order, overs, versions, last)


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


def _dated(job: Job, frame: Any, order: tuple[str, ...], overs: tuple[str, ...]) -> tuple[Any, tuple[str, ...], tuple[int, ...], int | None]:
    """The table with the version and the intervals of each row's day."""
    column, days = job.columns["date"], job.days
    met = [day for (day,) in distinct(frame, [column])]
    if None in met:
        refuse_empty(frame, column, order)
    answers = {}
    for day in sorted(met):
        number = numpy.array([day_number(day)])
        version = days.version(number)
        answers[day,] = (version, *(int(days.interval(version, over, number)) for over in overs))
    versions = tuple(sorted({answer[0] for answer in answers.values()}))
    frame = looked_up(frame, [column], answers, [f"{PREFIX}version", *(f"{PREFIX}{over}" for over in overs)])
    return frame, overs, versions or (0,), max(map(day_number, met), default=None)


def _counted(job: Job, frame: Any, order: tuple[str, ...], overs: tuple[str, ...], versions: tuple[int, ...], last: int | None) -> Survey:
    """Rows, empty cells and bounds for each person and settlement period."""
    columns = job.columns
    person = columns["person"]
    fields = [name for name in (*MONEY, *COUNTS, "new_customer") if columns.has(name)]
    numbers = [name for name in fields if name != "new_customer"]
    read = list(dict.fromkeys([*(columns[name] for name in fields), *order]))
    told = [narwhals.len().alias(f"{PREFIX}rows")]
    told += [narwhals.col(name).is_null().cast(narwhals.Int64()).alias(f"{PREFIX}null_{at}") for at, name in enumerate(read)]
    flagged = frame.with_columns(*told[1:])
    ends = [end(narwhals.col(columns[name])).alias(f"{PREFIX}{kind}_{name}") for name in numbers for kind, end in (("min", _least), ("max", _greatest))]
    empty = [narwhals.col(f"{PREFIX}null_{at}").sum() for at in range(len(read))]
    survey = flagged.group_by(person, f"{PREFIX}period", f"{PREFIX}version").agg(told[0], *empty, *ends).collect()
    met = list(zip(*(survey[name].to_list() for name in (person, f"{PREFIX}version", f"{PREFIX}period")), strict=True))
    if any(who is None for who, *_ in met):
        refuse_empty(frame, person, order)
    for at, name in enumerate(read):
        if any(survey[f"{PREFIX}null_{at}"].to_list()):
            refuse_empty(frame, name, order)
    counts = [int(count) for count in survey[f"{PREFIX}rows"].to_list()]
    rows: dict[Any, int] = {}
    for (who, *_), count in zip(met, counts, strict=True):
        rows[who] = rows.get(who, 0) + count
    spans, masses = {}, {}
    for name in numbers:
        lows, highs = (list(map(int, survey[f"{PREFIX}{kind}_{name}"].to_list())) for kind in ("min", "max"))
        spans[name] = min(lows, default=0), max(highs, default=0)
        sums: dict[Any, int] = {}
        for (who, *_), count, low, high in zip(met, counts, lows, highs, strict=True):
            sums[who] = sums.get(who, 0) + count * max(abs(low), abs(high))
            if name in {"quota", "incentive"} and low != high:
                template = "{person} has two values in {interval}; a fact about a person is the same in all rows of an interval"
                interval = "one period"
                raise FactError("frames.varies", template, path=f"column {columns[name]}", person=str(who), interval=interval)
        masses[name] = max(sums.values(), default=0)
    _check_order(frame, order, sum(counts))
    return Survey(
        frame=frame, overs=overs, versions=versions, last=last, met=met, most=max(rows.values(), default=0), spans=spans, masses=masses
    )


def _least(column: Any) -> Any:
    return column.min()


def _greatest(column: Any) -> Any:
    return column.max()


def refuse_empty(frame: Any, column: str, order: tuple[str, ...]) -> None:
    """Refuse an empty cell, naming the first row that has one by the columns that order the rows."""
    keys = [name for name in order if name != column]
    found = frame.filter(narwhals.col(column).is_null()).select(*keys).sort(*keys).head(1).collect() if keys else None
    row = ", ".join(f"{name} {found[name][0]}" for name in keys) if found is not None else "of unknown place"
    raise FactError("frames.null", "row {row} is empty; fill it in, or leave the row out", path=f"column {column}", row=row)


def _check_order(frame: Any, order: tuple[str, ...], size: int) -> None:
    """No two rows may share a place in the posting order. Most tables have one column that tells all rows apart; that is seen at once."""
    distinct_values = frame.select(narwhals.col(order[-1]).n_unique().alias(f"{PREFIX}found")).collect()[f"{PREFIX}found"][0]
    if int(distinct_values) == size:
        return
    counted = frame.group_by(*order).agg(narwhals.len().alias(f"{PREFIX}rows"))
    again = counted.filter(narwhals.col(f"{PREFIX}rows") > 1).sort(*order).head(1).collect()
    if len(again):
        key = ", ".join(str(again[name][0]) for name in order)
        template = "{rows} rows have {key}; name columns that order all rows"
        raise FactError("frames.same_place", template, path=f"order {', '.join(order)}", rows=int(again[f"{PREFIX}rows"][0]), key=key)
