"""Our library on every kind of table: the same plan, the same call, and the caller's own kind of table back."""

from collections.abc import Callable
from typing import Any

import numpy as np

from . import data
from .answer import Answer, Prepared
from .engines import duckdb_tables, java, spark_session
from .peers_polars import tables
from .peers_sql import spark_written
from .plan import Job, job, stateless
from .terms import Size

__all__ = [
    "duckdb",
    "duckdb_blocks",
    "ibis",
    "pandas",
    "pandas_arrow",
    "polars",
    "polars_lazy",
    "pyarrow",
    "spark",
    "stateless_polars",
    "stateless_polars_lazy",
]


def _apply(given: Job, table: Any, engine: Any, outputs: dict[str, str]) -> Any:
    """The plan applied."""
    from salesrules import frames

    return frames.apply(given.plan, table, engine=engine, outputs=outputs, **given.facts)


def _read(result: tuple[Any, Any]) -> Answer:
    """A result in any eager kind of table as arrays."""
    import narwhals as nw

    lines, totals = (nw.from_native(table, eager_only=True) for table in result)
    return Answer(
        id=lines["id"].to_numpy(),
        pay=lines["pay"].to_numpy(),
        person=np.array([int(person) for person in totals["person"].to_list()]),
        period=np.array([int(str(period)[-2:]) for period in totals["period"].to_list()]),
        **{field: totals[name].to_numpy() for field, name in {"lines": "lines", "credited": "credited", "paid": "pay"}.items()},
    )


def _applied(given: Job, table: Any, *, engine: str = "auto", fetched: Callable[[Any], Any] | None = None) -> Prepared:
    """A variant whose lines and totals are there.

    Args:
        given: the plan and its facts.
        table: the sales.
        engine: what carries the numbers.
        fetched: gets lines that are only promised; their totals are then those of what was fetched.
    """

    def work() -> tuple[Any, Any]:
        done = _apply(given, table, engine, {"pay": "pay"})
        if fetched is None:
            return done.lines, done.totals
        lines = fetched(done.lines)
        return lines, done.totals_of(lines)

    return Prepared(work=work, read=_read)


def pandas(size: Size) -> Prepared:
    """A pandas dataframe with NumPy columns."""
    return _applied(job(size), data.arrow(size).to_pandas(date_as_object=False))


def pandas_arrow(size: Size) -> Prepared:
    """A pandas dataframe with Arrow columns."""
    from pandas import ArrowDtype  # type: ignore[import-untyped]

    return _applied(job(size), data.arrow(size).to_pandas(types_mapper=ArrowDtype))


def pyarrow(size: Size) -> Prepared:
    """An Arrow table."""
    return _applied(job(size), data.arrow(size))


def polars(size: Size) -> Prepared:
    """Eager polars."""
    return _applied(job(size), tables(size)[0])


def polars_lazy(size: Size) -> Prepared:
    """Lazy polars."""
    return _applied(job(size), tables(size)[0].lazy(), fetched=lambda lines: lines.collect())


def stateless_polars(size: Size) -> Prepared:
    """The job without memory on eager polars."""
    return _applied(stateless(), tables(size)[0])


def stateless_polars_lazy(size: Size) -> Prepared:
    """The job without memory on lazy polars."""
    return _applied(stateless(), tables(size)[0].lazy(), fetched=lambda lines: lines.collect())


def duckdb(size: Size) -> Prepared:
    """A DuckDB relation; the results are fetched as Arrow tables."""
    return _applied(job(size), duckdb_tables(size).table("lines"), engine="expressions", fetched=lambda lines: lines.to_arrow_table())


def duckdb_blocks(size: Size) -> Prepared:
    """A DuckDB relation, computed block by block."""
    return _applied(job(size), duckdb_tables(size).table("lines"), engine="blocks", fetched=lambda lines: lines.to_arrow_table())


def ibis(size: Size) -> Prepared:
    """An Ibis table on DuckDB; the results are fetched as Arrow tables."""
    import ibis  # type: ignore[import-untyped]

    connection = ibis.duckdb.from_connection(duckdb_tables(size))
    return _applied(job(size), connection.table("lines"), fetched=lambda lines: lines.to_pyarrow())


def spark(size: Size) -> Prepared:
    """A Spark dataframe, from Parquet to Parquet; the totals come back as an Arrow table."""
    session, given = spark_session(), job(size)
    table = session.read.parquet(str(data.file(size, "lines", "parquet")))

    def work() -> tuple[Any, Any]:
        done = _apply(given, table, "auto", {"pay": "pay", "credited": "credited", "period": "settled"})  # what the totals need, without asking for days
        lines = spark_written(done.lines, size, "ours")
        return lines, done.totals_of(lines).toArrow()

    return Prepared(work=work, read=lambda result: _read((result[0].select("id", "pay").toArrow(), result[1])), process=lambda: java(session))
