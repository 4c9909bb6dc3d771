"""Every dataframe library that the columns are tried on: a builder for each, and the way back to lists.

A table is a dict of lists (or NumPy arrays) of whole numbers, texts, days and booleans. `BACKENDS` turns it into the frame of a library, and
`collected` turns a frame into a dict of lists again. Libraries are loaded when a frame is built, so this file can be read where none of them is
installed; `backends` says, for ``pytest.mark.parametrize``, which can be used here, and why not.
"""

import atexit
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

__all__ = ["BACKENDS", "EAGER", "LAZY", "Kinds", "Table", "backends", "collected", "kinds_of", "missing", "spark"]

Table = Mapping[str, Sequence[Any]]
"""A column by name; ``None`` where nothing is known."""

Kinds = Mapping[str, type]
"""What a column holds: ``int``, ``str``, ``date``, ``bool``, ``float`` or ``Decimal``."""


def kinds_of(table: Table) -> dict[str, type]:
    """What each column holds, by its first value; a column without one holds texts."""
    plain = {name: next((value for value in _plain(values) if value is not None), "") for name, values in table.items()}
    return {name: type(value) for name, value in plain.items()}


def _plain(values: Sequence[Any]) -> list[Any]:
    """A column as a list of plain Python values."""
    return list(values.tolist()) if hasattr(values, "tolist") else list(values)


def _arrow(table: Table, kinds: Kinds) -> Any:
    arrow: Any = import_module("pyarrow")
    types = {int: arrow.int64(), str: arrow.string(), date: arrow.date32(), bool: arrow.bool_(), float: arrow.float64(), Decimal: arrow.decimal128(38, 4)}
    return arrow.table({name: arrow.array(_plain(values), type=types[kinds[name]]) for name, values in table.items()})


def _pandas(table: Table, kinds: Kinds) -> Any:
    """The types that pandas takes by itself: days are ``datetime64``, and whole numbers with gaps turn into floats."""
    pandas: Any = import_module("pandas")
    types = {int: "int64", str: "str", bool: "bool"}

    def series(values: list[Any], kind: type) -> Any:
        if kind is date:
            return pandas.Series(pandas.to_datetime(values)).astype("datetime64[us]")
        return pandas.Series(values, dtype=None if None in values else types.get(kind))

    return pandas.DataFrame({name: series(_plain(values), kinds[name]) for name, values in table.items()})


def _pandas_arrow(table: Table, kinds: Kinds) -> Any:
    pandas: Any = import_module("pandas")
    return _arrow(table, kinds).to_pandas(types_mapper=pandas.ArrowDtype)


def _polars(table: Table, kinds: Kinds) -> Any:
    polars: Any = import_module("polars")
    types = {int: polars.Int64, str: polars.String, date: polars.Date, bool: polars.Boolean, float: polars.Float64, Decimal: polars.Decimal(38, 4)}
    return polars.DataFrame({name: _plain(values) for name, values in table.items()}, schema={name: types[kinds[name]] for name in table})


def _duckdb(table: Table, kinds: Kinds) -> Any:
    """A relation over a table of the database: one that only looks at Arrow data would be a special case."""
    duckdb: Any = import_module("duckdb")
    source = duckdb.from_arrow(_arrow(table, kinds))
    name = f"facts_{next(_numbers)}"
    source.create(name)
    return duckdb.table(name)


def _ibis(table: Table, kinds: Kinds) -> Any:
    return import_module("ibis").memtable(_arrow(table, kinds))


def _pyspark(table: Table, kinds: Kinds) -> Any:
    return spark().createDataFrame(_arrow(table, kinds))


_numbers = iter(range(sys.maxsize))

_BUILDERS: dict[str, Callable[[Table, Kinds], Any]] = {
    "pandas": _pandas,
    "pandas-arrow": _pandas_arrow,
    "pyarrow": _arrow,
    "polars": _polars,
    "polars-lazy": lambda table, kinds: _polars(table, kinds).lazy(),
    "duckdb": _duckdb,
    "ibis": _ibis,
    "pyspark": _pyspark,
}

_NEEDED: dict[str, tuple[str, ...]] = {
    "pandas": ("pandas",),
    "pandas-arrow": ("pandas", "pyarrow"),
    "pyarrow": ("pyarrow",),
    "polars": ("polars",),
    "polars-lazy": ("polars",),
    "duckdb": ("duckdb", "pyarrow"),
    "ibis": ("ibis", "duckdb", "pyarrow"),
    "pyspark": ("pyspark", "pandas", "pyarrow"),
}


def _builder(build: Callable[[Table, Kinds], Any]) -> Callable[..., Any]:
    def built(table: Table, kinds: Kinds | None = None) -> Any:
        return build(table, kinds_of(table) | dict(kinds or {}))

    return built


BACKENDS: dict[str, Callable[..., Any]] = {name: _builder(build) for name, build in _BUILDERS.items()}
"""Builders by name: each takes a `Table`, and what its columns hold where that cannot be seen from the values."""

EAGER = ("pandas", "pandas-arrow", "pyarrow", "polars")
"""The libraries whose frames hold their data."""

LAZY = ("polars-lazy", "duckdb", "ibis", "pyspark")
"""The libraries whose frames are queries."""


def missing(name: str) -> str:
    """Why a backend cannot be used here; empty where it can."""
    absent = [module for module in ("narwhals", *_NEEDED[name]) if find_spec(module) is None]
    if absent:
        return f"{', '.join(absent)} not installed"
    return "no Java to run Spark" if name == "pyspark" and shutil.which("java") is None else ""


_PANDAS_3 = "ignore:PySpark does not yet fully support pandas:FutureWarning"
"""PySpark says so whenever it looks for pandas, which the other backends want newer; no frame of pandas goes through it here."""


def backends(*names: str) -> list[Any]:
    """The backends named, or all, as parameters of a test: those that cannot be used here are skipped and say why."""

    def marks(name: str) -> list[pytest.MarkDecorator]:
        skipped = pytest.mark.skipif(bool(missing(name)), reason=missing(name))
        return [skipped, pytest.mark.filterwarnings(_PANDAS_3)] if name == "pyspark" else [skipped]

    return [pytest.param(name, id=name, marks=marks(name)) for name in names or BACKENDS]


@cache
def spark() -> Any:
    """The one Spark session of the process: two threads, quiet, everything in UTC."""
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"  # no search for an address, and no warning about the one found
    sql: Any = import_module("pyspark.sql")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.memory": "1g",
    }
    builder = sql.SparkSession.builder.master("local[2]").appName("salesrules")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    atexit.register(session.stop)
    return session


def _is_known(native: Any, library: str) -> bool:
    return type(native).__module__.split(".")[0].removeprefix("_") == library


def _lists(native: Any) -> dict[str, list[Any]]:
    """The columns as the library gives them."""
    if _is_known(native, "pandas"):
        return {str(name): native[name].tolist() for name in native.columns}
    if _is_known(native, "polars"):
        frame = native.collect() if hasattr(native, "collect") else native
        return dict(frame.to_dict(as_series=False))
    ways = {"duckdb": "to_arrow_table", "ibis": "to_pyarrow", "pyspark": "toArrow"}
    way = next((way for library, way in ways.items() if _is_known(native, library)), None)
    return dict((native if way is None else getattr(native, way)()).to_pydict())


def _cell(value: Any) -> Any:
    """A value as Python knows it: a day is a plain day, and what is not a number is nothing."""
    if value is None or type(value).__name__ in {"NaTType", "NAType"} or value != value:
        return None
    return value.date() if isinstance(value, datetime) else value


def collected(native: Any, by: str | Sequence[str] = ()) -> dict[str, list[Any]]:
    """A frame of any library as lists of plain Python values.

    Args:
        native: the frame.
        by: the columns to sort by; as the frame comes, where none is named.
    """
    columns = {name: [_cell(value) for value in values] for name, values in _lists(native).items()}
    keys = (by,) if isinstance(by, str) else tuple(by)
    if not keys:
        return columns
    rows = len(next(iter(columns.values()), ()))
    order = sorted(range(rows), key=lambda row: tuple(columns[key][row] for key in keys))
    return {name: [values[row] for row in order] for name, values in columns.items()}
