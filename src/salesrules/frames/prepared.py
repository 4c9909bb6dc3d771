"""A table made ready for the block carrier: in posting order, with its returns and its joint sales."""

from functools import cached_property
from typing import Any

import numpy

from ..errors import FactError
from .job import Job
from .posting import posted
from .returns import Returned, names_a_sale, returned_last
from .splits import Splits

__all__ = ["Prepared"]


class Prepared:
    """A table in posting order, with its returns and its joint sales."""

    def __init__(self, job: Job, rows: Any, places: Any, back: Returned | None, credits: Splits | None) -> None:
        self._job, self.rows, self._places, self.back, self._credits = job, rows, places, back, credits
        self._counts = None if credits is None else credits.counts(len(rows))
        self.size = len(rows) if self._counts is None else int(self._counts.sum())

    @classmethod
    def of(cls, job: Job, frame: Any, order: tuple[str, ...], credits: Splits | None, kept: tuple[str, ...] = ()) -> "Prepared":
        """Put a table in posting order and find its returns and joint sales.

        Args:
            job: the calculation.
            frame: an eager frame.
            order: the columns that order its rows.
            credits: its joint sales.
            kept: columns to keep besides those that are read.
        """
        columns = job.columns
        for field in (("returns",) if columns.has("returns") else ()) + (("splits",) if credits is not None else ()):
            if not columns.has("id"):
                raise FactError(
                    "frames.no_id", "the table tells no id, so no row can be named; name the column, as in columns={{'id': ...}}", path=f"columns.{field}"
                )
        known = ("units",) if columns.has("returns") and "units" in job.available else ()
        rows = frame.select(*dict.fromkeys((*job.used, *order, *known, *kept)))
        back = names_a_sale(rows[columns["returns"]]) if columns.has("returns") else numpy.zeros(1, bool)
        returned = bool(back.any())
        if returned and order == (columns["date"], columns["id"]):
            rows, order = returned_last(rows, columns["returns"], order)
        rows, places = posted(rows, order)
        found = Returned(job, rows, places, back if places is None else back[places]) if returned else None
        return cls(job, rows, places, found, None if credits is None else credits.place(rows, found))

    @property
    def in_order(self) -> bool:
        """Whether the rows stood in posting order already."""
        return self._places is None

    def told(self, start: int, end: int) -> dict[str, Any]:
        """A chunk, with a row for each credit."""
        return self._job.told(self.rows[start:end], start, self.back, self._credits, None if self._places is None else self._places[start:end])

    @cached_property
    def _starts(self) -> Any:
        """In the order of the table, how many credits each row has, and its first row in the result."""
        counts = numpy.array(self._counts)
        if self._places is not None:
            counts[self._places] = self._counts
        return counts, numpy.cumsum(counts) - counts

    @property
    def sources(self) -> Any:
        """For each row of the result, the row of the table."""
        return numpy.repeat(numpy.arange(len(self.rows)), self._starts[0])

    def unposted(self, made: dict[str, Any]) -> None:
        """Bring columns of the result from posting order into the order of the table."""
        if self._places is None:
            return
        places = self._places
        if self._counts is not None:
            first = numpy.repeat(self._starts[1][places] - (numpy.cumsum(self._counts) - self._counts), self._counts)
            places = first + numpy.arange(self.size)
        for name, values in made.items():
            made[name] = numpy.empty_like(values)
            made[name][places] = values
