"""The made-up sales: a year of lines in posting order, with a fixed seed; kept in a folder outside the repository.

Columns: ``id`` (posting order), ``person``, ``date``, ``category``, ``amount`` and ``cost`` (cents), and ``period``, the number of the
month, for the hand-written variants; ours read the month off the date. 3% of the lines are credit notes. The folder is named by
``SALESRULES_BENCH_DATA``, or lies among the temporary files.
"""

import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import feather, parquet

from .terms import CATEGORIES, RATES_PPM, Size

__all__ = ["TABLES", "arrays", "arrow", "file", "folder", "made"]

TABLES = ("lines", "people", "rates")
_SEED = 7
_DAYS = 365
_VERSION = 1


def folder(size: Size) -> Path:
    """Where the data of a size lie."""
    base = os.environ.get("SALESRULES_BENCH_DATA") or Path(tempfile.gettempdir()) / "salesrules-bench"
    return Path(base) / f"{_VERSION}-{size.rows}x{size.people}"


def file(size: Size, table: str, kind: str) -> Path:
    """A table as ``arrow`` or ``parquet``."""
    return folder(size) / f"{table}{'-flat' if table == 'people' and size.flat else ''}.{kind}"


def made(size: Size) -> Path:
    """Make the data of a size unless they are there; their folder."""
    done = folder(size)
    if not done.exists():
        done.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=done.parent))
        people = {file(size, "people", "arrow").stem: _people(size) for size in (size, attrs.evolve(size, flat=not size.flat))}
        for name, table in ({"lines": _lines(size), "rates": _rates()} | people).items():
            feather.write_feather(table, fresh / f"{name}.arrow", compression="uncompressed")
            parquet.write_table(table, fresh / f"{name}.parquet", row_group_size=1_000_000)
        fresh.rename(done)
    return done


def _lines(size: Size) -> pa.Table:
    chance, n = np.random.default_rng(_SEED), size.rows
    day = np.sort(chance.integers(0, _DAYS, n)).astype(np.int32)
    first = date(2025, 1, 1).toordinal()
    months = np.array([date.fromordinal(first + number).month for number in range(_DAYS)], dtype=np.int32)
    amount = np.maximum(1, np.exp(chance.normal(9.6, 1.2, n))).astype(np.int64)  # median 147.65, mean 303.33
    cost = amount - amount * chance.integers(-5, 45, n) // 100
    sign = np.where(chance.random(n) < 0.03, -1, 1)
    return pa.table(
        {
            "id": np.arange(n, dtype=np.int64),
            "person": chance.integers(1, size.people + 1, n).astype(np.int32),
            "date": pa.array(day + np.int32(first - date(1970, 1, 1).toordinal()), type=pa.int32()).cast(pa.date32()),
            "category": chance.integers(0, CATEGORIES, n).astype(np.int32),
            "amount": amount * sign,
            "cost": cost * sign,
            "period": months[day],
        }
    )


def _people(size: Size) -> pa.Table:
    person = np.arange(1, size.people + 1)
    return pa.table({"person": person.astype(np.int32), "quota": size.quota(person), "cap": size.cap(person)})


def _rates() -> pa.Table:
    return pa.table({"category": np.arange(CATEGORIES, dtype=np.int32), "ppm": np.array(RATES_PPM, dtype=np.int64)})


def arrow(size: Size, table: str = "lines") -> pa.Table:
    """A table in memory, each column in one piece."""
    return feather.read_table(file(size, table, "arrow"), memory_map=False).combine_chunks()


def arrays(table: pa.Table) -> dict[str, Any]:
    """The columns as NumPy arrays; dates as days since 1970."""
    return {name: _plain(table.column(name)) for name in table.column_names}


def _plain(column: Any) -> Any:
    whole = column.combine_chunks()
    return (whole.cast(pa.int32()) if pa.types.is_date(whole.type) else whole).to_numpy(zero_copy_only=False)
