"""The engines that are a process or a connection of their own, set up alike for the hand-written variants and for ours."""

import os
import sys
from typing import Any

from . import data
from .terms import Size

__all__ = ["THREADS", "duckdb_tables", "java", "spark_session"]

THREADS = os.cpu_count() or 1


def duckdb_tables(size: Size) -> Any:
    """A DuckDB connection with the tables in memory."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads={THREADS}; SET preserve_insertion_order=false")
    for name in data.TABLES:
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM '{data.file(size, name, 'parquet')}'")  # noqa: S608
    return connection


def spark_session() -> Any:
    """A local Spark session that is quiet."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.memory": "8g",
        "spark.sql.shuffle.partitions": str(2 * THREADS),
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }
    builder = SparkSession.builder.master(f"local[{THREADS}]").appName("bench")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def java(session: Any) -> int:
    """The number of the process that runs a Spark session."""
    return int(session._jvm.java.lang.ProcessHandle.current().pid())
