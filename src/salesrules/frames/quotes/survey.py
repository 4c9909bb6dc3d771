"""The door of a table of quotes that expressions read: between which integers each column lies, or the first row that is wrong."""

from typing import Any

import attrs
import narwhals

from ...errors import FactError
from ...scope import DIMENSIONS
from ..spans import Span
from ..survey import PREFIX, refuse_type
from .columns import COSTS
from .job import QuoteJob

__all__ = ["ABSENT", "MOST", "QuoteSurvey", "refuse_row", "wrong_number"]

ABSENT = ("last_price", "contract_price", "guidance", *COSTS)
"""What a line may leave empty: there is none then, or, of costs, nobody asks for it."""
MOST = 2**63 - 1
_LEAST = ("quantity", "list_price", "list")
"""Numbers of which it helps to know that none is 0."""


def wrong_number(job: QuoteJob, field: str, row: Any, value: Any) -> FactError:
    """What is raised for a number, or a day of the original order, that a quote line cannot have.

    Args:
        job: the check.
        field: what the column tells.
        row: how the row is named.
        value: the number or the day.
    """
    path = f"column {job.columns[field]}"
    if field == "original":
        template = "row {row} holds {value}, after the day of the row itself; give the day of the order that it takes back or amends"
        return FactError("frames.quote_original", template, path=path, row=row, value=value)
    if value is None:
        return FactError("frames.null", "row {row} is empty; fill it in, or leave the row out", path=path, row=row)
    if value > MOST:
        return FactError("frames.bound", "row {row} holds {value}, past 64 bits", path=path, row=row, value=value)
    if field == "quantity":
        return FactError("frames.quote_quantity", "row {row} has a quantity of 0, which has no price; leave the row out", path=path, row=row)
    if field == "discount" and value > 0:
        template = "row {row} holds {value}, a discount of more than 100%; integers are basis points: 500 is 5%"
        return FactError("frames.quote_discount", template, path=path, row=row, value=value)
    return FactError("frames.quote_negative", "row {row} holds {value}; give 0 or more", path=path, row=row, value=value)


@attrs.frozen(eq=False)
class QuoteSurvey:
    """What is known of a table beforehand.

    Args:
        rows: how many it has.
        spans: between which integers a column lies, by field.
        empty: the fields that some rows leave empty.
        days: the first day and the last.
    """

    rows: int
    spans: dict[str, Span]
    empty: frozenset[str]
    days: tuple[Any, Any]

    @classmethod
    def of(cls, job: QuoteJob, frame: Any, day: str) -> "QuoteSurvey":
        """Look at a table before anything is computed from it.

        Args:
            job: the check.
            frame: the table.
            day: the column of the day whose rules hold; empty where it is the same for all rows.

        Raises:
            FactError: ``frames.float``, ``frames.integers``, ``frames.null``, ``frames.bound``, ``frames.quote_quantity``, ``frames.quote_negative``,
                ``frames.quote_discount``.
        """
        schema = frame.collect_schema()
        for field in job.numbers:
            refuse_type(schema[job.columns[field]], job.columns[field])
        for field in (*DIMENSIONS, "level"):
            if field in job.columns and schema[job.columns[field]].is_float():
                refuse_type(schema[job.columns[field]], job.columns[field])
        kind = frame.implementation
        words, native = (narwhals.get_native_namespace(frame), frame.to_native()) if kind.is_polars() else (narwhals, frame)
        found = native.select(words.len().alias("rows"), *(asked for field in job.numbers for asked in _asked(words, job, field)), *_days(words, day))
        found = found.collect() if hasattr(found, "collect") else found
        told = {name: found[name][0] for name in found.columns}
        rows = int(told["rows"])
        if day and int(told["told_day"]) != rows:
            refuse_row(job, frame, narwhals.col(day).is_null(), job.day)
        spans = {field: _span(job, frame, field, told, rows) for field in job.numbers}
        empty = frozenset(field for field in spans if int(told[f"told_{field}"]) < rows)
        return cls(rows, spans, empty, (told.get("first"), told.get("last")))


def _days(words: Any, day: str) -> list[Any]:
    """What is asked of the days."""
    column = words.col(day)
    return [column.min().alias("first"), column.max().alias("last"), column.count().alias("told_day")] if day else []


def _asked(words: Any, job: QuoteJob, field: str) -> list[Any]:
    """What is asked of a column of numbers: how many there are, and between which they lie.

    Polars puts all bits together in less time than it finds the largest number, and no number is larger than all bits together.
    """
    column, polars = words.col(job.columns[field]), words is not narwhals
    asked = [column.count().alias(f"told_{field}"), (column.bitwise_or() if polars else column.max()).alias(f"max_{field}")]
    return [*asked, column.min().alias(f"min_{field}")] if not polars or field in _LEAST else asked


def _span(job: QuoteJob, frame: Any, field: str, told: dict[str, Any], rows: int) -> Span:
    """Between which integers a column lies."""
    column, known = narwhals.col(job.columns[field]), int(told[f"told_{field}"])
    if known < rows and field not in ABSENT:
        refuse_row(job, frame, column.is_null(), field)
    if not known:
        return 0, 0
    hi = int(told[f"max_{field}"])
    lo = int(told.get(f"min_{field}", min(hi, 0)))
    if lo <= 0 and field == "quantity":
        refuse_row(job, frame, column == 0, field)
        exact = frame.select(column.max())
        hi = int((exact.collect() if isinstance(exact, narwhals.LazyFrame) else exact)[job.columns[field]][0])
    elif lo < 0:
        refuse_row(job, frame, column < 0, field)
    if hi > MOST:
        refuse_row(job, frame, column > MOST, field)
    if field == "discount" and hi > job.shares:
        refuse_row(job, frame, column > job.shares, field)
        hi = job.shares
    return (0, hi) if known < rows else (lo, hi)


def refuse_row(job: QuoteJob, frame: Any, wrong: Any, field: str) -> None:
    """Refuse the first row of which something is wrong, if there is one: by its number, or by its id where rows have no numbers."""
    lazy, column = isinstance(frame, narwhals.LazyFrame), job.columns[field]
    key = job.columns.get("id", "") if lazy else f"{PREFIX}row"
    frame = frame if lazy else frame.with_row_index(key)
    found = frame.filter(wrong).select(*dict.fromkeys((column, *((key,) if key else ())))).head(1)
    found = found.collect() if lazy else found
    if len(found):
        row: Any = found[key][0] if key else "of unknown place"
        raise wrong_number(job, field, f"{key} {row}" if lazy and key else row, found[column][0])
