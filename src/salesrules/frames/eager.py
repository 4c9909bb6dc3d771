"""Tables in memory: read in slices, computed by the block carrier, given back in the user's own library."""

from collections.abc import Callable, Mapping
from typing import Any

import narwhals
import numpy

from ..commission import State
from .applied import Applied
from .blockwise import BlockPass
from .job import Job
from .posting import posted

__all__ = ["apply_blocks"]

_CHUNK = 1 << 19


def apply_blocks(
    job: Job,
    frame: Any,
    order: tuple[str, ...],
    opening: State | None,
    outputs: Mapping[str, str],
    progress: Callable[[int, int], None] | None,
) -> Applied:
    """Apply the plan with the block carrier."""
    rows, places = posted(frame.select(*job.used, *(name for name in order if name not in job.used)), order)
    size = len(rows)
    work = BlockPass(job)
    work.open(opening)
    made = {name: numpy.empty(size, numpy.int64) for name in {"pay", *outputs}}
    for start in range(0, size, _CHUNK):
        chunk = rows[start : start + _CHUNK]
        work.feed(job.told(chunk, start), {name: values[start : start + _CHUNK] for name, values in made.items()}, start)
        if progress is not None:
            progress(min(start + _CHUNK, size), size)
    if places is not None:
        for name, values in made.items():
            made[name] = numpy.empty_like(values)
            made[name][places] = values
    backend = frame.implementation
    pay = outputs.get("pay", "salesrules_pay")
    series = {column: _series(name, column, made[name], job, backend) for name, column in outputs.items()}
    lines = frame.with_columns(*series.values())
    table = lines if "pay" in outputs else lines.with_columns(_series("pay", pay, made["pay"], job, backend))
    return Applied(
        lines=lines.to_native(),
        totals=narwhals.from_dict(work.totals_by_period(), backend=backend).to_native(),
        job=job,
        order=order,
        opening=opening,
        state=work.state,
        table=table,
        pay=pay,
    )


def _series(name: str, column: str, values: Any, job: Job, backend: Any) -> Any:
    if name == "period":
        labels = [str(period) for period in job.days.periods.get("period", ())]
        return narwhals.new_series(column, [labels[value] for value in values.tolist()], narwhals.String, backend=backend)
    return narwhals.new_series(column, values, narwhals.Int64, backend=backend)
