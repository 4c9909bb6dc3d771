"""Hand-written SQL, in DuckDB and in Spark: the same text but for the name of the integer division."""

import shutil
from typing import Any

from . import data
from .answer import Answer, Prepared
from .engines import duckdb_tables, java, spark_session
from .terms import ACCELERATOR, DEN, GATE, GATE_DEN, MULTIPLES, Size

__all__ = ["duckdb", "read", "spark", "spark_written"]


def _query(size: Size, divided: str) -> str:
    """The pay of each line.

    Args:
        size: for the bounds.
        divided: the operator that divides integers.
    """

    def cut(bound: Any, percent: int) -> str:
        return f"(greatest(after - {bound}, 0) - greatest(after - amount - {bound}, 0)) * {percent}"

    weighed = " + ".join([f"amount * {MULTIPLES[0]}", *(cut(*step) for step in size.steps), cut("quota", ACCELERATOR)])
    low = f"CASE WHEN amount < 0 THEN cost - amount ELSE amount - cost END * {GATE_DEN} < abs(amount) * {GATE}"
    up = f"(abs(made) * 2 + {DEN}) {divided} {2 * DEN}"
    running = "OVER (PARTITION BY {} ORDER BY id ROWS UNBOUNDED PRECEDING)"
    return f"""
        WITH known AS (
            SELECT lines.*, ppm, quota, cap FROM lines JOIN rates USING (category) JOIN people USING (person)
        ), reached AS (
            SELECT *, CAST(sum(amount) {running.format("person")} AS BIGINT) AS after FROM known
        ), weighed AS (
            SELECT *, ({weighed}) * ppm * CASE WHEN {low} THEN 1 ELSE 2 END AS made FROM reached
        ), rounded AS (
            SELECT id, person, date, category, amount, cost, period, cap, CASE WHEN made < 0 THEN -({up}) ELSE {up} END AS made FROM weighed
        ), earned AS (
            SELECT *, CAST(sum(made) {running.format("person, period")} AS BIGINT) AS run FROM rounded
        )
        SELECT id, person, date, category, amount, cost, period, least(run, cap) - least(run - made, cap) AS pay FROM earned
    """  # noqa: S608


def _totals(lines: str) -> str:
    sums = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in ("amount", "pay"))
    return f"SELECT person, period, count(*) AS len, {sums} FROM {lines} GROUP BY person, period"  # noqa: S608


def read(result: tuple[Any, Any]) -> Answer:
    """The result, two Arrow tables, as arrays."""
    lines, totals = (data.arrays(table) for table in result)
    names = {"person": "person", "period": "period", "lines": "len", "credited": "amount", "paid": "pay"}
    return Answer(id=lines["id"], pay=lines["pay"], **{field: totals[name] for field, name in names.items()})


def duckdb(size: Size) -> Prepared:
    """DuckDB with its tables in memory; the results are Arrow tables."""
    connection = duckdb_tables(size)

    def work() -> tuple[Any, Any]:
        paid = connection.sql(_query(size, "//")).to_arrow_table()
        return paid, connection.from_arrow(paid).query("paid", _totals("paid")).to_arrow_table()

    return Prepared(work=work, read=read)


def spark_written(lines: Any, size: Size, name: str) -> Any:
    """Write the lines of a Spark job to Parquet, and read them back; the path is the variant's own."""
    path = data.folder(size) / f"spark-{name}"
    shutil.rmtree(path, ignore_errors=True)
    lines.write.option("compression", "uncompressed").parquet(str(path))
    return lines.sparkSession.read.parquet(str(path))


def spark(size: Size) -> Prepared:
    """Spark on two cores, from Parquet to Parquet; the totals come back as an Arrow table."""
    session = spark_session()
    for name in data.TABLES:
        session.read.parquet(str(data.file(size, name, "parquet"))).createOrReplaceTempView(name)

    def work() -> tuple[Any, Any]:
        paid = spark_written(session.sql(_query(size, "div")), size, "sql")
        paid.createOrReplaceTempView("paid")
        return paid, session.sql(_totals("paid")).toArrow()

    return Prepared(work=work, read=lambda result: read((result[0].select("id", "pay").toArrow(), result[1])), process=lambda: java(session))
