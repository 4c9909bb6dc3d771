"""Tables in memory: read in slices, computed by the block carrier, given back in the user's own library."""

from collections.abc import Callable, Mapping
from typing import Any

import narwhals
import numpy

from ..commission import State
from .applied import Applied
from .blockwise import BlockPass
from .job import Job
from .prepared import Prepared
from .splits import Splits

__all__ = ["apply_blocks", "credited", "output", "totals_table"]

_CHUNK = 1 << 19


def apply_blocks(
    job: Job,
    frame: Any,
    order: tuple[str, ...],
    opening: State | None,
    outputs: Mapping[str, str],
    progress: Callable[[int, int], None] | None,
    splits: Any = None,
) -> Applied:
    """Apply the plan with the block carrier."""
    joint = None if splits is None else Splits(job, splits)
    table = Prepared.of(job, frame, order, joint)
    size = len(table.rows)
    work = BlockPass(job, table.back)
    work.open(opening)
    made = {name: numpy.zeros(table.size, numpy.int64) for name in {"pay", *outputs, *(("person",) if joint is not None else ())}}
    done = 0
    for start in range(0, size, _CHUNK):
        told = table.told(start, min(start + _CHUNK, size))
        here = len(told["date"])
        work.feed(told, {name: values[done : done + here] for name, values in made.items()}, start)
        done += here
        if progress is not None:
            progress(min(start + _CHUNK, size), size)
    table.unposted(made)
    backend = frame.implementation
    lines = frame if joint is None else credited(frame, table, made["person"], job)
    pay = outputs.get("pay", "salesrules_pay")
    series = {column: output(name, column, made[name], job, backend) for name, column in outputs.items()}
    lines = lines.with_columns(*series.values())
    totals = totals_table(work, backend)
    return Applied(
        lines=lines.to_native(),
        totals=lambda: totals,
        job=job,
        order=order,
        opening=opening,
        outputs=outputs,
        state=work.state,
        components=lambda: work.tally.totals(work.people, work.days, job.versions[-1].money),
        table=lines if "pay" in outputs else lines.with_columns(output("pay", pay, made["pay"], job, backend)),
        pay=pay,
        sales=None if joint is None and table.back is None else frame,
        credits=joint,
    )


def credited(frame: Any, table: Prepared, people: Any, job: Job) -> Any:
    """The table with a row for each credit, which names the person credited."""
    return frame[table.sources].with_columns(_people(people, frame[job.columns["person"]], job))


def _people(codes: Any, column: Any, job: Job) -> Any:
    """The persons credited, as a column like the one of the table."""
    integer = column.dtype.is_integer()
    known = [int(text or 0) if integer else text for text in job.people.texts]
    values = narwhals.new_series(job.columns["person"], known, column.dtype if integer else narwhals.String, backend=column.implementation)
    return values[codes]


def totals_table(work: BlockPass, backend: Any) -> Any:
    """A table with a row for each person and settlement period."""
    return narwhals.from_dict(work.tally.columns(work.people, work.days, work.job.columns["person"]), backend=backend).to_native()


def output(name: str, column: str, values: Any, job: Job, backend: Any) -> Any:
    """A column of the result."""
    if name == "period":
        labels = [str(period) for period in job.days.periods.get("period", ())]
        return narwhals.new_series(column, [labels[value] for value in values.tolist()], narwhals.String, backend=backend)
    return narwhals.new_series(column, values, narwhals.Int64, backend=backend)
