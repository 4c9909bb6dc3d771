"""Small tables beside a large one that stays where it is: distinct values are collected, asked once of the scalar rules, and looked up for each row.

Polars looks answers up by position where the values lie close together; few answers are told apart by comparisons; all others are joined.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Literal

import narwhals
from narwhals.dependencies import get_ibis, get_polars, get_pyspark_sql

from ..errors import FactError
from .days import day_number

__all__ = ["beside", "distinct", "looked_up"]

_Answers = Mapping[tuple[Any, ...], tuple[int, ...]]
_INTEGER = narwhals.Int64()
_FEW = 24
"""Comparisons that cost a query less than a join."""
_SPARSE = 1 << 16
"""Places that a table by position may leave empty."""


def distinct(frame: Any, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """The distinct values of some columns."""
    rows = frame.select(*names).unique(subset=list(names)).collect()
    return list(zip(*(rows[name].to_list() for name in names), strict=True))


def looked_up(frame: Any, keys: Sequence[str], answers: _Answers, names: Sequence[str], *, whole: bool = False) -> Any:
    """The table with columns that say what was answered for the values of others.

    Args:
        frame: the table.
        keys: the columns that decide.
        answers: the answers by their values.
        names: what the columns of the answers are called.
        whole: whether every row has an answer; otherwise a row without one has no value in the columns.
    """
    if not answers:
        return frame.with_columns(*(narwhals.lit(0, _INTEGER).alias(name) for name in names))
    columns = dict(zip(names, zip(*answers.values(), strict=True), strict=True))
    if not whole:
        return _joined(frame, keys, answers, columns)
    same = {name: column[0] for name, column in columns.items() if column.count(column[0]) == len(column)}
    columns = {name: column for name, column in columns.items() if name not in same}
    frame = frame.with_columns(*(narwhals.lit(value, _INTEGER).alias(name) for name, value in same.items())) if same else frame
    if not columns:
        return frame
    made = _placed(frame, keys, answers, columns) if frame.implementation.is_polars() else None
    if made is not None:
        return narwhals.from_native(frame.to_native().with_columns(*made))
    told = {name: _compared(keys, answers, column) for name, column in columns.items()}
    if all(expr is not None for expr in told.values()) and not frame.implementation.is_ibis():  # Ibis makes 32-bit numbers of small literals
        return frame.with_columns(*(expr.alias(name) for name, expr in told.items()))
    return _joined(frame, keys, answers, columns)


def _placed(frame: Any, keys: Sequence[str], answers: _Answers, columns: Mapping[str, Sequence[int]]) -> list[Any] | None:
    """Answers by position, for polars: the values of the keys, counted from the least of each, say at which place; ``None`` where they lie far apart."""
    schema, polars = frame.collect_schema(), get_polars()
    index, size, places = None, 1, [0] * len(answers)
    for at, key in enumerate(keys):
        told, values = polars.col(key), [answered[at] for answered in answers]
        if schema[key] == narwhals.Date:
            told, values = told.cast(polars.Int32), [day_number(value) for value in values]
        elif not schema[key].is_integer():
            numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
            told = told.replace_strict(list(numbers), list(numbers.values()), default=None, return_dtype=polars.Int32)
            values = [numbers[value] for value in values]
        least, most = min(values), max(values)
        size *= most - least + 1
        told = told.cast(polars.Int64) - least
        index = told if index is None else index * (most - least + 1) + told
        places = [place * (most - least + 1) + value - least for place, value in zip(places, values, strict=True)]
    if size > max(_SPARSE, 4 * len(answers)):
        return None
    return [polars.lit(polars.Series(_table(size, places, column), dtype=polars.Int64)).gather(index).alias(name) for name, column in columns.items()]


def _table(size: int, places: Sequence[int], column: Sequence[int]) -> list[int]:
    """The answers at their places."""
    table = [0] * size
    for place, value in zip(places, column, strict=True):
        table[place] = value
    return table


def _compared(keys: Sequence[str], answers: _Answers, column: Sequence[int]) -> Any:
    """The answer by comparing one key; ``None`` where that takes too many comparisons."""
    if len(keys) > 1:
        return None
    told, values = narwhals.col(keys[0]), dict(zip((key for (key,) in answers), column, strict=True))
    first = next(iter(values))
    if isinstance(first, int | date) and not isinstance(first, bool | datetime):
        rising = sorted(values)
        starts = [rising[0], *(value for before, value in pairwise(rising) if values[before] != values[value])]
        cases = [(told >= start, values[start]) for start in starts]
    elif not isinstance(first, str | bool):
        return None
    else:
        common = Counter(column).most_common(1)[0][0]
        cases = [(True, common), *((told == value, answer) for value, answer in values.items() if answer != common)]
    if len(cases) > _FEW:
        return None
    expr: Any = narwhals.lit(cases[0][1], _INTEGER)
    for condition, answer in cases[1:]:
        expr = narwhals.when(condition).then(narwhals.lit(answer, _INTEGER)).otherwise(expr)
    return expr


def _joined(frame: Any, keys: Sequence[str], answers: _Answers, columns: Mapping[str, Sequence[int]]) -> Any:
    """The answers in a table of their own, joined."""
    if len(keys) == 1 and frame.implementation.is_polars():
        told, old = narwhals.col(keys[0]), [key for (key,) in answers]
        replaced = (told.replace_strict(old, list(column), default=None, return_dtype=_INTEGER).alias(name) for name, column in columns.items())
        return frame.with_columns(*replaced)
    schema, backend = frame.collect_schema(), _in_memory(frame)
    data = {**{f"salesrules_key{at}": [key[at] for key in answers] for at in range(len(keys))}, **{name: list(column) for name, column in columns.items()}}
    small = beside(frame, narwhals.from_dict(data, backend=backend)).select(
        *(narwhals.col(f"salesrules_key{at}").cast(schema[key]) for at, key in enumerate(keys)), *(narwhals.col(name).cast(_INTEGER) for name in columns)
    )
    if frame.implementation.is_pyspark():  # pragma: no cover - PySpark is tried by `make engines`
        small = narwhals.from_native(get_pyspark_sql().functions.broadcast(small.to_native()))
    return frame.join(small, left_on=list(keys), right_on=[f"salesrules_key{at}" for at in range(len(keys))], how="left").drop(
        *(f"salesrules_key{at}" for at in range(len(keys))), strict=False
    )


def _in_memory(frame: Any) -> Literal["polars", "pyarrow"]:
    """In which library a small table goes into the engine of a large one."""
    return "polars" if frame.implementation.is_polars() else "pyarrow"


def beside(frame: Any, table: Any) -> Any:
    """A table in memory, brought into the engine in which another stays."""
    kind, native = frame.implementation, frame.to_native()
    found = table.to_native()  # DuckDB finds it by its name
    if kind.is_polars():
        return table.lazy()
    if kind.is_duckdb():
        return narwhals.from_native(native.query("salesrules_beside", "SELECT * FROM found"))
    if kind.is_ibis():  # pragma: no cover - Ibis is tried by `make engines`
        return narwhals.from_native(get_ibis().memtable(found))
    if kind.is_pyspark() or kind.is_pyspark_connect():  # pragma: no cover - PySpark is tried by `make engines`
        return narwhals.from_native(native.sparkSession.createDataFrame(found))
    raise _unknown(kind.value)  # pragma: no cover - such a library is not among those tried


def _unknown(kind: str) -> FactError:  # pragma: no cover - such a library is not among those tried
    template = "a {kind} table cannot be joined here; pass a pandas, polars, pyarrow, DuckDB, Ibis or PySpark table"
    return FactError("frames.library", template, path="table", kind=kind)
