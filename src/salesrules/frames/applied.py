"""What applying a plan to a table gives: the table with its new columns, totals by person and period, and the state to go on from."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import attrs
import narwhals

from ..commission import Line, State
from ..errors import FactError
from .blockwise import BlockPass
from .job import Job
from .posting import posted
from .scalar import recomputed, sales_of

__all__ = ["Applied", "Check", "Difference"]


@attrs.frozen(kw_only=True)
class Difference:
    """A row whose pay in the table is not what the scalar carrier makes of it; both in minor units."""

    row: str
    person: str
    column: int
    scalar: int


@attrs.frozen(kw_only=True)
class Check:
    """What recomputing some people one record at a time found. It is true where nothing differs.

    Args:
        people: whose rows were recomputed.
        rows: how many rows those were.
        differences: the rows that differ; none, unless something is wrong.
    """

    people: tuple[str, ...]
    rows: int
    differences: tuple[Difference, ...]

    def __bool__(self) -> bool:
        return not self.differences


@attrs.frozen(kw_only=True, eq=False)
class Applied:
    """A plan applied to a table.

    Args:
        lines: the user's own table, with the columns asked for: minor units as 64-bit integers.
        totals: a table of the same kind, with a row for each person and settlement period: ``lines``, ``credited`` and ``pay``, in minor units.
    """

    lines: Any
    totals: Any = attrs.field(repr=False)
    job: Job = attrs.field(repr=False)
    order: tuple[str, ...] = attrs.field(repr=False)
    opening: State | None = attrs.field(repr=False)
    _state: Callable[[], State] = attrs.field(repr=False, alias="state")
    _table: Any = attrs.field(repr=False, alias="table")
    _pay: Any = attrs.field(repr=False, alias="pay")

    @cached_property
    def state(self) -> State:
        """What to go on from: running totals and the last day, a small value of plain data."""
        return self._state()

    def explain(self, row: Any, *, component: str = "") -> Line:
        """The scalar line of one row, with its working: the rows of its person are computed again one at a time.

        Args:
            row: the id of the sale, as it stands in the table.
            component: which component, where several pay the row.

        Raises:
            FactError: ``frames.no_row``, ``frames.no_line``.
        """
        key = self._key()
        found = _collected(self._table.filter(narwhals.col(key) == row))
        if not len(found):
            raise FactError("frames.no_row", "the table has no row with {key} {row!r}", path=f"column {key}", key=key, row=row)
        rows = self._rows([found[self.job.columns["person"]][0]])
        lines = self._recomputed(rows, trace=True)[rows[key].to_list().index(row)]
        for line in lines:
            if component in {"", line.component}:
                return line
        raise FactError(
            "frames.no_line",
            "no component {component!r} pays row {row!r}; it is paid by {known}",
            component=component,
            row=row,
            known=", ".join(line.component for line in lines) or "none",
        )

    def check(self, people: int = 10) -> Check:
        """Recompute some people one record at a time, and compare.

        Args:
            people: how many; they are spread over all that the totals name.
        """
        name = self.job.columns["person"]
        known = sorted(_collected(narwhals.from_native(self.totals).select(name).unique())[name].to_list(), key=str)
        chosen = known[:: max(1, len(known) // max(people, 1))][:people]
        rows = self._rows(chosen)
        pays = rows[self._pay].to_list() if len(rows) else []
        told = rows[name].to_list() if len(rows) else []
        ids = rows[self._key()].to_list() if self.job.columns.has("id") else list(range(len(rows)))
        due = [sum(line.pay.minor for line in lines) for lines in self._recomputed(rows, trace=False)]
        wrong = [
            Difference(row=str(row), person=str(person), column=int(pay), scalar=scalar)
            for row, person, pay, scalar in zip(ids, told, pays, due, strict=True)
            if pay != scalar
        ]
        return Check(people=tuple(map(str, chosen)), rows=len(rows), differences=tuple(wrong))

    def _key(self) -> str:
        if not self.job.columns.has("id"):
            raise FactError("frames.no_id", "the table tells no id, so no row can be named; name the column, as in columns={'id': ...}", path="columns.id")
        return self.job.columns["id"]

    def _rows(self, people: list[Any]) -> Any:
        """All rows of some people, in posting order."""
        rows = _collected(self._table.filter(narwhals.col(self.job.columns["person"]).is_in(people)))
        return posted(rows, self.order)[0]

    def _recomputed(self, rows: Any, *, trace: bool) -> list[list[Line]]:
        """The scalar lines of rows that hold all of their people."""
        work = BlockPass(self.job)
        work.open(self.opening)
        if len(rows):
            work.feed(self.job.told(rows, 0), {}, 0)
        return recomputed(self.job, rows, sales_of(self.job, rows), work.answers, self.opening, trace=trace)


def _collected(frame: Any) -> Any:
    """An eager frame."""
    return frame.collect() if isinstance(frame, narwhals.LazyFrame) else frame
