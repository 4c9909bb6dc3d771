"""Small tables beside a large one that stays where it is: distinct values are collected, asked once of the scalar rules, and joined back."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import narwhals
from narwhals.dependencies import get_ibis

from ..errors import FactError

__all__ = ["beside", "distinct", "looked_up"]


def distinct(frame: Any, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """The distinct values of some columns."""
    rows = frame.select(*names).unique(subset=list(names)).collect()
    return list(zip(*(rows[name].to_list() for name in names), strict=True))


def looked_up(frame: Any, keys: Sequence[str], answers: Mapping[tuple[Any, ...], tuple[int, ...]], names: Sequence[str]) -> Any:
    """The table with columns that say what was answered for the values of others.

    Args:
        frame: the table.
        keys: the columns that decide.
        answers: the answers by their values.
        names: what the columns of the answers are called.
    """
    if not answers:
        return frame.with_columns(*(narwhals.lit(0, narwhals.Int64()).alias(name) for name in names))
    columns = list(zip(*answers.values(), strict=True))
    if len(keys) == 1 and frame.implementation.is_polars():
        told = narwhals.col(keys[0])
        old = [key[0] for key in answers]
        return frame.with_columns(*(_replaced(told, old, column).alias(name) for name, column in zip(names, columns, strict=True)))
    schema = frame.collect_schema()
    data = {**{f"salesrules_key{at}": [key[at] for key in answers] for at in range(len(keys))}, **dict(zip(names, map(list, columns), strict=True))}
    backend: Literal["polars", "pyarrow"] = "polars" if frame.implementation.is_polars() else "pyarrow"
    small = beside(frame, narwhals.from_dict(data, backend=backend)).select(
        *(narwhals.col(f"salesrules_key{at}").cast(schema[key]) for at, key in enumerate(keys)), *(narwhals.col(name).cast(narwhals.Int64()) for name in names)
    )
    return frame.join(small, left_on=list(keys), right_on=[f"salesrules_key{at}" for at in range(len(keys))], how="left").drop(
        *(f"salesrules_key{at}" for at in range(len(keys))), strict=False
    )


def _replaced(told: Any, old: list[Any], column: Sequence[int]) -> Any:
    """The answer for each value; where it is the same for all, no value is looked at."""
    if len(set(column)) == 1:
        return narwhals.lit(column[0], narwhals.Int64())
    return told.replace_strict(old, list(column), default=None, return_dtype=narwhals.Int64())


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
