"""What applying a plan to a table gives: the table with its new columns, totals by person and period, and the state to go on from."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import attrs
import narwhals
import numpy

from ..commission import Line, State, Total
from ..errors import FactError
from .blockwise import BlockPass
from .job import Job
from .lazy_splits import Joint
from .prepared import Prepared
from .returns import key_of, names_a_sale
from .scalar import recomputed, sales_of
from .splits import Splits
from .summed import totals_of

__all__ = ["Applied", "Check", "Difference"]

_Pays = Counter[tuple[str, str]]


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
    """

    lines: Any
    _totals: Callable[[], Any] = attrs.field(repr=False, alias="totals")
    job: Job = attrs.field(repr=False)
    order: tuple[str, ...] = attrs.field(repr=False)
    opening: State | None = attrs.field(repr=False)
    outputs: Mapping[str, str] = attrs.field(repr=False)
    _state: Callable[[], State] = attrs.field(repr=False, alias="state")
    _components: Callable[[], list[Total]] = attrs.field(repr=False, alias="components")
    _table: Any = attrs.field(repr=False, alias="table")
    _pay: Any = attrs.field(repr=False, alias="pay")
    _sales: Any = attrs.field(repr=False, alias="sales", default=None)
    _credits: Splits | Joint | None = attrs.field(repr=False, alias="credits", default=None)
    _whose: str = attrs.field(repr=False, alias="whose", default="")

    @cached_property
    def totals(self) -> Any:
        """A table of the same kind, with a row for each person and settlement period: ``lines``, ``credited`` and ``pay``, in minor units."""
        return self._totals()

    @cached_property
    def state(self) -> State:
        """What to go on from: running totals and the last day, a small value of plain data."""
        return self._state()

    def by_component(self) -> list[Total]:
        """The totals of each person, settlement period and component, as `salesrules.commission.settle` takes them."""
        return self._components()

    def totals_of(self, lines: Any) -> Any:
        """The totals of lines that were written or fetched: what stays in an engine would otherwise be computed once more for its totals.

        Args:
            lines: a table with what `lines` has, in any library. Its outputs must be ``pay``, ``credited`` and ``period``; ``pay`` is enough where the
                days and amounts of its rows tell the rest: without returns, joint sales and currencies.

        Raises:
            FactError: ``frames.outputs``.
        """
        alone = self._sales is None and self._credits is None
        return totals_of(self.job, narwhals.from_native(lines), self.outputs, alone=alone).to_native()

    def explain(self, row: Any, *, component: str = "", person: str = "") -> Line:
        """The scalar line of one row, with its working: the rows of its person are computed again one at a time.

        Args:
            row: the id of the sale, as it stands in the table.
            component: which component, where several pay the row.
            person: who of those credited with it, where several are.

        Raises:
            FactError: ``frames.no_row``, ``frames.no_line``.
        """
        key = self._key()
        if isinstance(self._credits, Joint):
            return self._near(self._credits, self._credits.people_of(row)).explain(row, component=component, person=person)
        found = _collected((self._table if self._sales is None else self._sales).filter(narwhals.col(key) == row))
        if not len(found):
            raise FactError("frames.no_row", "the table has no row with {key} {row!r}", path=f"column {key}", key=key, row=row)
        people = self._people_of(found)
        table = self._table_of(people)
        lines: list[Line] = self._recomputed(table, people, trace=True)[table.rows[key].to_list().index(row)]
        for line in lines:
            if component in {"", line.component} and person in {"", line.person}:
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
        if not chosen:
            return Check(people=(), rows=0, differences=())
        here = self._near(self._credits, chosen) if isinstance(self._credits, Joint) else self
        table = here._table_of(chosen)
        lines = here._recomputed(table, chosen, trace=False)
        told, due = (here._by_row if here._sales is None else here._by_sale)(table.rows, lines, chosen)
        settled = self._settled(table.rows)
        told = Counter({key: pay for key, pay in told.items() if key[0] not in settled})
        wrong = [
            Difference(row=key[0], person=key[1], column=told.get(key, 0), scalar=due.get(key, 0))
            for key in dict.fromkeys((*told, *due))
            if told.get(key, 0) != due.get(key, 0)
        ]
        return Check(people=tuple(map(str, chosen)), rows=len(told), differences=tuple(wrong))

    def _near(self, joint: Joint, people: list[Any]) -> "Applied":
        """The same in memory, with all that concerns some people."""
        sales, shares = joint.near(list(map(str, people)))
        table = _collected(self._table.filter(narwhals.col(self._key()).is_in(sales[self._key()].to_list())))
        return attrs.evolve(self, table=table, sales=sales, credits=shares, whose="")

    def _settled(self, rows: Any) -> set[str]:
        """The sales of earlier runs, which were not computed."""
        settled: set[str] = set()
        for column in self.job.columns.paid.values():
            settled.update(map(str, rows.filter(~narwhals.col(column).is_null())[self._key()].to_list()))
        return settled

    def _by_row(self, rows: Any, lines: list[list[Line]], people: list[Any]) -> tuple[_Pays, _Pays]:
        """What each row is paid, in the table and by the lines."""
        ids = rows[self._key()].to_list() if self.job.columns.has("id") else range(len(rows))
        keys = [(str(row), str(person)) for row, person in zip(ids, rows[self._whose or self.job.columns["person"]].to_list(), strict=True)]
        due = (sum(line.pay.minor for line in some) for some in lines)
        return Counter(dict(zip(keys, map(int, rows[self._pay].to_list()), strict=True))), Counter(dict(zip(keys, due, strict=True)))

    def _by_sale(self, rows: Any, lines: list[list[Line]], people: list[Any]) -> tuple[_Pays, _Pays]:
        """What each sale pays each of these people, in the table and by the lines; a return names the person of its sale, or nobody."""
        key, person = self._key(), self.job.columns["person"]
        found = self._table.filter(narwhals.col(key).is_in(rows[key].to_list()))
        if self._credits is not None:
            found = found.filter(narwhals.col(person).is_in(people))
        told: _Pays = Counter()
        whose = found[person].to_list() if self._credits is not None else [""] * len(found)
        for row, who, pay in zip(found[key].to_list(), whose, found[self._pay].to_list(), strict=True):
            told[str(row), str(who)] += int(pay)
        due: _Pays = Counter()
        for line in (line for some in lines for line in some):
            due[line.sale.id, line.person if self._credits is not None else ""] += line.pay.minor
        return told, due

    def _key(self) -> str:
        if not self.job.columns.has("id"):
            raise FactError("frames.no_id", "the table tells no id, so no row can be named; name the column, as in columns={{'id': ...}}", path="columns.id")
        return self.job.columns["id"]

    @property
    def _joint(self) -> Splits | None:
        """Who is credited with the sales of several people, where that is in memory."""
        return self._credits if isinstance(self._credits, Splits) else None

    def _people_of(self, found: Any) -> list[Any]:
        """Who is credited with a row."""
        name, columns = found[self._key()][0], self.job.columns
        if self._sales is not None and columns.has("returns") and names_a_sale(found[columns["returns"]])[0]:
            integer = self._sales[columns["id"]].dtype.is_integer()
            name = key_of(found[columns["returns"]][0], integer=integer)
            found = self._sales.filter(narwhals.col(columns["id"]) == name)
        shared = self._joint.credits.get(key_of(name, integer=False)) if self._joint is not None else None
        return [credit.person for credit in shared] if shared else [found[self._whose or columns["person"]][0]]

    def _table_of(self, people: list[Any]) -> Prepared:
        """All rows of some people, in posting order."""
        person = self.job.columns["person"]
        if self._sales is None:
            whose = self._whose or person  # a return need not name the person of its sale
            return Prepared.of(self.job, _collected(self._table.filter(narwhals.col(whose).is_in(people))), self.order, None, (self._pay, whose))
        ids, told = self._sales[self._key()], self.job.columns.has("returns")
        returned = names_a_sale(self._sales[self.job.columns["returns"]]) if told else numpy.zeros(len(ids), bool)
        own = self._sales[person].cast(narwhals.String()).fill_null("").is_in([str(one) for one in people]).to_numpy().astype(bool) & ~returned
        names = {key_of(name, integer=False) for name in ids.filter(own.tolist()).to_list()}
        if self._joint is not None:
            names = (names - set(self._joint.credits)) | self._joint.sales_of([str(one) for one in people])
        keys = [key_of(name, integer=ids.dtype.is_integer()) for name in names]
        mine = ids.is_in(keys).to_numpy().astype(bool) & ~returned
        if returned.any():
            named = self._sales[self.job.columns["returns"]].filter(returned.tolist()).to_list()
            mine[returned] = [key_of(name, integer=False) in names for name in named]
        return Prepared.of(self.job, self._sales.filter(mine.tolist()), self.order, None)

    def _recomputed(self, table: Prepared, people: list[Any], *, trace: bool) -> list[list[Line]]:
        """The scalar lines that rows make for people all of whose rows they hold."""
        work, rows, columns = BlockPass(self.job, table.back), table.rows, self.job.columns
        if len(rows) and (columns.factors or columns.has("quota") or columns.has("incentive")):
            work.open(self.opening)
            work.feed(table.told(0, len(rows)), {}, 0)
        sales = sales_of(self.job, rows, None if self._joint is None else self._joint.credits)
        return recomputed(self.job, rows, sales, work.answers, self.opening, trace=trace, people=set(map(str, people)))


def _collected(frame: Any) -> Any:
    """An eager frame."""
    return frame.collect() if isinstance(frame, narwhals.LazyFrame) else frame
