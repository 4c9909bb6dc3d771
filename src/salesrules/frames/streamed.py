"""Tables that come in pieces: batches in posting order are computed one after the other, and never held together in memory.

>>> import polars
>>> from datetime import date
>>> from salesrules.commission import Component, Plan, Rate, RateEntry, Returns
>>> from salesrules.frames import apply
>>> plan = Plan(id="simple", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="recompute"),
...             components=(Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)),))
>>> batches = (polars.DataFrame({"id": [f"S{day}"], "date": [date(2026, 3, day)], "person": ["li"], "amount": [80000]}) for day in (2, 9))
>>> done = apply(plan, batches)
>>> [lines["pay"].to_list() for lines in done.lines]
[[2400], [2400]]
>>> done.totals["pay"].to_list(), done.state.through.isoformat()
([4800], '2026-03-09')
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import narwhals
import numpy

from ..commission import State, Total
from ..errors import FactError
from .blockwise import BlockPass
from .eager import credited, output, totals_table
from .job import Job
from .prepared import Prepared
from .returns import names_a_sale
from .splits import Splits

__all__ = ["Streamed"]


class Streamed:
    """A plan applied to batches, as they come.

    Attributes:
        lines: the batches with the columns asked for, made as they are taken.
    """

    def __init__(
        self, job: Callable[[Any], tuple[Job, tuple[str, ...]]], batches: Iterable[Any], opening: State | None, outputs: Mapping[str, str], splits: Any = None
    ) -> None:
        self._of, self._batches, self._opening, self._outputs, self._splits = job, batches, opening, outputs, splits
        self._work: BlockPass | None = None
        self._backend: Any = None
        self._done = False
        self.lines: Iterator[Any] = self._computed()

    @property
    def totals(self) -> Any:
        """A table like the batches, with a row for each person and settlement period; once all batches have been taken.

        Raises:
            FactError: ``frames.unfinished``; ``frames.no_batches`` where none came.
        """
        work = self._finished()
        if work is None:
            raise FactError("frames.no_batches", "no batch came, and so nothing tells of which library a table should be; look at state", path="table")
        return totals_table(work, self._backend)

    @property
    def state(self) -> State:
        """What to go on from, once all batches have been taken; refused like `totals`."""
        work = self._finished()
        return work.state() if work is not None else self._opening or State()

    def by_component(self) -> list[Total]:
        """The totals of each person, settlement period and component; refused like `totals`."""
        work = self._finished()
        return work.tally.totals(work.people, work.days, work.job.versions[-1].money) if work is not None else []

    def _finished(self) -> BlockPass | None:
        if not self._done:
            raise FactError("frames.unfinished", "there are batches that have not been computed yet; take all of lines first", path="lines")
        return self._work

    def _computed(self) -> Iterator[Any]:
        before: Any = None
        order: tuple[str, ...] = ()
        start = 0
        joint: Splits | None = None
        for number, batch in enumerate(self._batches):
            frame = _frame(batch)
            if self._work is None:
                job, order = self._of(frame)
                self._work, self._backend = BlockPass(job), frame.implementation
                self._work.open(self._opening)
                joint = None if self._splits is None else Splits(job, self._splits)
            work, job = self._work, self._work.job
            if job.columns.has("returns") and names_a_sale(frame[job.columns["returns"]]).any():
                template = "batch {batch} takes sales back, which a stream cannot look up; pass the whole table"
                raise FactError("frames.stream_returns", template, path="table", batch=number)
            table = Prepared.of(job, frame, order, joint)
            first, last = ([table.rows[name][at] for name in order] for at in (0, -1)) if table.size else (before, before)
            if not table.in_order or (before is not None and table.size and not before < first):
                template = "batch {batch} does not go on in the posting order {order}; sort the batches before they come"
                raise FactError("frames.stream_order", template, path="table", batch=number, order=", ".join(order))
            size = len(table.rows)
            made = {name: numpy.empty(table.size, numpy.int64) for name in {"pay", *self._outputs, *(("person",) if joint is not None else ())}}
            if size:
                told = table.told(0, size)
                work.feed(told | ({"place": told["place"] + start} if "place" in told else {}), made, start)
            start, before = start + size, last
            lines = frame if joint is None else credited(frame, table, made["person"], job)
            yield lines.with_columns(*(output(name, column, made[name], job, self._backend) for name, column in self._outputs.items())).to_native()
        self._done = True


def _frame(batch: Any) -> Any:
    """A batch as narwhals knows it: a frame of a library, or anything that exports Arrow."""
    try:
        return narwhals.from_native(batch, eager_only=True)
    except TypeError:
        if hasattr(batch, "__arrow_c_stream__"):
            return narwhals.from_arrow(batch, backend="pyarrow")
        template = "a {kind} is no batch that can be read here; pass Arrow batches, or frames in memory"
        raise FactError("frames.library_batch", template, path="table", kind=type(batch).__name__) from None
