"""The whole way from a table of sales to statements: lines in columns, draws, guarantees and balances from their totals.

>>> import polars
>>> from salesrules.commission import Component, Plan, Rate, RateEntry, Returns
>>> plan = Plan(id="simple", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="recompute"),
...             components=(Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)),))
>>> sales = polars.DataFrame({"id": ["S1", "S2"], "date": [date(2026, 3, 2), date(2026, 3, 9)], "person": ["chen", "li"], "amount": [120050, 80000]})
>>> done = statements(plan, sales, on=date(2026, 3, 31))
>>> [(one.person, str(one.payable)) for one in done.statements]
[('chen', '36.02 CNY'), ('li', '24.00 CNY')]
"""

from datetime import date, datetime, time
from typing import Any

import attrs
import narwhals

from ..commission import Plan, Roster, Settled, State, Statement, settle
from ..periods import Period
from ..timeline import Timeline
from .applied import Applied
from .apply import apply, frame_of

__all__ = ["Stated", "statements"]


@attrs.frozen(kw_only=True, eq=False)
class Stated:
    """A table of sales, and what it comes to for each person.

    Args:
        applied: the plan applied to the table.
        settled: the totals settled.
    """

    applied: Applied = attrs.field(repr=False)
    settled: Settled

    @property
    def lines(self) -> Any:
        """The user's own table, with what each row pays."""
        return self.applied.lines

    @property
    def totals(self) -> Any:
        """A table with a row for each person and settlement period."""
        return self.applied.totals

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements of all people for all settlement periods, by period, then by person."""
        return self.settled.statements

    def statement(self, person: str, period: Period | str = "") -> Statement:
        """The statement of a person for a settlement period, by its name (``2026-03``); the last one where none is named."""
        return self.settled.statement(person, period)

    @property
    def state(self) -> State:
        """What to go on from: running totals, and the balances after the statements."""
        return self.settled.state


def statements(plan: Plan | Timeline[Plan], table: Any, *, on: date, roster: Roster | None = None, opening: State | None = None, **given: Any) -> Stated:
    """Apply a plan to a table, and make the statements of its totals.

    Args:
        plan: the plan, or its versions as a timeline.
        table: the sales, as `apply` takes them; rows after ``on`` are left out.
        on: the last day that counts; its settlement period is the last one with statements.
        roster: who draws, or is guaranteed a pay.
        opening: the state of an earlier run.
        given: what `apply` takes besides: columns, order, facts, splits, outputs, engine.

    Raises:
        FactError: as `apply` and `salesrules.commission.settle` raise it: stages, holdback and pools need each sale.
    """
    frame = frame_of(table)
    day = (given.get("columns") or {}).get("date") or "date"
    done = apply(plan, _upto(frame, day, on).to_native(), opening=opening, **given)
    settled = settle(plan, done.by_component(), on=on, roster=roster, opening=opening, running=done.state)
    return Stated(applied=done, settled=settled)


def _upto(frame: Any, column: str, on: date) -> Any:
    """The rows up to a day; what is no day stays, to be refused with its row."""
    dtype = frame.collect_schema().get(column)
    told = narwhals.col(column)
    if isinstance(dtype, narwhals.Datetime) and dtype.time_zone is None:
        return frame.filter((told <= datetime.combine(on, time.max)) | told.is_null())
    if dtype == narwhals.Object:  # pandas has no type for days
        return frame.filter([not isinstance(day, date) or day <= on for day in frame[column].to_list()])
    return frame.filter((told <= on) | told.is_null()) if dtype == narwhals.Date else frame
