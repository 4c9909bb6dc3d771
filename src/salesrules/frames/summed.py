"""Totals of lines, by person and settlement period."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals

from ..errors import FactError
from ..periods import Period
from .days import day_number
from .job import Job
from .survey import PREFIX, Calendar

__all__ = ["labels", "streamed", "summed", "totals_of"]

_INTEGER = narwhals.Int64()
_HALF = 2**53  # past it some libraries divide inexactly
_BOTH = f"{PREFIX}both"
_FIGURES = ("pay", "credited", "period")


def summed(
    table: Any, person: str, number: str, figures: tuple[str, str], periods: Sequence[Period], span: tuple[int, int] | None = None, *, label: str = "period"
) -> Any:
    """A row for each person and settlement period: how many lines, what was credited and what is paid.

    Args:
        table: the lines.
        person: the column of the persons.
        number: the column of the numbers of the periods.
        figures: the columns of what is credited and what is paid.
        periods: the periods, by number.
        span: between which integers the persons lie, where they are numbers.
        label: what the column of the periods is called.
    """
    count, names = len(periods), dict(zip(("lines", "credited", "pay"), ("lines", *figures), strict=True))
    sums = (narwhals.len().alias("lines"), *(narwhals.col(name).sum() for name in figures))
    told = [narwhals.col(column).cast(_INTEGER).alias(name) for name, column in names.items()]
    least, most = span or (0, _HALF)
    if not count or not -_HALF < least * count <= (most + 1) * count < _HALF:
        return table.group_by(person, number).agg(*sums).select(person, labels(narwhals.col(number), periods).alias(label), *told)
    # One key of integers is summed up much faster than two of any kind.
    both = narwhals.col(_BOTH)
    keyed = table.with_columns((narwhals.col(person).cast(_INTEGER) * count + narwhals.col(number)).alias(_BOTH)).group_by(_BOTH).agg(*sums)
    who = (both // count).cast(table.collect_schema()[person]).alias(person)
    return keyed.select(who, labels(both - both // count * count, periods).alias(label), *told)


def streamed(table: Any, query: Callable[[Any], Any]) -> Any:
    """A query of a table; polars answers it faster as a whole than step by step, also where the table is in memory."""
    if isinstance(table, narwhals.DataFrame) and table.implementation.is_polars():
        return query(table.lazy()).collect()
    return query(table)


def labels(number: Any, periods: Sequence[Period]) -> Any:
    """The name of each row's settlement period."""
    expr: Any = narwhals.lit("")
    for place, period in enumerate(periods):
        expr = narwhals.when(number == place).then(narwhals.lit(str(period))).otherwise(expr)
    return expr


def totals_of(job: Job, lines: Any, outputs: Mapping[str, str], *, alone: bool) -> Any:
    """The totals of lines that were written or fetched.

    Args:
        job: the calculation that they came from.
        lines: the lines.
        outputs: what their columns are called.
        alone: whether each sale is credited to the person in its row.

    Raises:
        FactError: ``frames.outputs``.
    """
    schema, columns = lines.collect_schema(), job.columns
    day, person, amount = columns["date"], columns["person"], columns["amount"]
    plain = alone and job.currencies is None and not columns.has("returns") and not columns.paid and {day, person, amount} <= set(schema.names())
    asked = all(name in outputs for name in _FIGURES)
    if plain and "pay" in outputs and schema[day] == narwhals.Date and schema[amount].is_integer() and not (asked and _elsewhere(lines)):
        figures, integers = (outputs.get("credited", amount), outputs["pay"]), schema[person].is_integer()
        return streamed(lines, lambda rows: _by_days(job, rows, figures, integers=integers))
    for name in _FIGURES:
        if name not in outputs:
            raise FactError("frames.outputs", "totals are made of pay, credited and period; ask for {name} too, as in outputs=(...)", path="outputs", name=name)
    sums = (narwhals.len().alias("lines"), *(narwhals.col(outputs[name]).sum() for name in ("credited", "pay")))
    told = lines.group_by(person, outputs["period"]).agg(*sums)
    told = told.select(person, "lines", *(narwhals.col(outputs[name]).alias(name) for name in _FIGURES))
    return told.select(person, "period", *(narwhals.col(name).cast(_INTEGER) for name in ("lines", "credited", "pay")))


def _elsewhere(lines: Any) -> bool:
    """Whether a question about the lines is a job of its own in another engine."""
    return isinstance(lines, narwhals.LazyFrame) and not lines.implementation.is_polars()


def _by_days(job: Job, lines: Any, figures: tuple[str, str], *, integers: bool) -> Any:
    """Totals of lines whose day says to which settlement period they belong."""
    day, person = job.columns["date"], job.columns["person"]
    of = [day, person] if integers else [day]
    ends = lines.select(*(getattr(narwhals.col(name), end)().alias(f"{PREFIX}{end}_{name}") for name in of for end in ("min", "max")))
    ends = ends.collect() if isinstance(ends, narwhals.LazyFrame) else ends
    low, high = ((ends[f"{PREFIX}{end}_{day}"][0]) for end in ("min", "max"))
    span = (int(ends[f"{PREFIX}min_{person}"][0]), int(ends[f"{PREFIX}max_{person}"][0])) if integers and low is not None else None
    days = [] if low is None else [(number,) for number in range(day_number(low), day_number(high) + 1)]
    dated = Calendar.of(job, days, ("period",), (day,)).dated(lines, f"{PREFIX}period")
    return summed(dated, person, f"{PREFIX}period", figures, job.days.periods.get("period", ()), span)
