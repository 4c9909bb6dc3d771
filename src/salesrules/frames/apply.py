"""The verb over columns: apply a plan to a table in the library that the user already has.

>>> import polars
>>> from datetime import date
>>> from salesrules.commission import Component, Plan, Rate, RateEntry, Returns
>>> plan = Plan(id="simple", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="recompute"),
...             components=(Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)),))
>>> sales = polars.DataFrame({"id": ["S1", "S2"], "date": [date(2026, 3, 2), date(2026, 3, 9)], "person": ["chen", "li"], "amount": [120050, 80000]})
>>> done = apply(plan, sales)
>>> done.lines["pay"].to_list()
[3602, 2400]
>>> done.explain("S1").pay
Money('36.02', 'CNY')
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import NoneType
from typing import Any, Literal, get_args

import attrs
import narwhals

from ..commission import Factor, FxRate, Incentive, Plan, Quota, State
from ..errors import FactError
from ..timeline import Timeline
from .eager import apply_blocks
from .job import Job
from .lazily import apply_expressions
from .lookups import beside
from .streamed import Streamed

__all__ = ["OUTPUTS", "Engine", "apply", "frame_of"]

Engine = Literal["auto", "blocks", "expressions"]
ENGINES = get_args(Engine)
_PAY_OF = "pay."
OUTPUTS = ("pay", "credited", "by_rule", "period")
"""What may be asked for: what is booked, what was credited, what the rules make of a return now, the settlement period. ``pay.COMPONENT`` is what one
component books."""


def apply(
    plan: Plan | Timeline[Plan],
    table: Any,
    *,
    columns: Mapping[str, str | None] | None = None,
    order: str | Iterable[str] | None = None,
    quotas: Iterable[Quota] = (),
    incentives: Iterable[Incentive] = (),
    factors: Iterable[Factor] = (),
    rates: Iterable[FxRate] = (),
    splits: Any = None,
    opening: State | None = None,
    outputs: Mapping[str, str] | Iterable[str] = ("pay",),
    engine: Engine = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> Any:
    """Apply a plan to every row of a table of sales.

    Args:
        plan: the plan, or its versions as a timeline; each row is paid under the version in force on its date.
        table: a pandas or polars frame, a lazy polars frame, a pyarrow table, a DuckDB relation, an Ibis table or a PySpark frame; or an iterator of Arrow
            batches or frames in posting order, for tables larger than memory. Amounts are minor units as integers, or decimals in major units; dates
            are plain dates.
        columns: the column of each field of a sale (``id``, ``date``, ``person``, ``amount``, ``cost``, ``category``, ...) that has another name;
            ``None`` says that there is none. ``quota``, ``incentive`` and ``factor.NAME`` may be columns too. ``paid.COMPONENT`` (``paid`` where there is
            one only) is what earlier runs paid: a row that has it is not computed again, and stands there for the returns that take it back.
        order: the columns whose order is the posting order, unique together; ``date``, returns last, then ``id`` where left out.
        quotas: goals by person and period.
        incentives: target incentives by person and period.
        factors: coefficients from elsewhere, by person and settlement period.
        rates: exchange rates of the days.
        splits: a second table, of sales credited to several people: ``id``, ``person``, ``share`` (such as ``60%`` or ``1/3``) and, for credit that is
            extra, ``kind``: ``split`` or ``overlay``. The result then has a row for each credit. One of the same library stays where it is, as the
            table does; for batches it is held in memory.
        opening: the state of an earlier run, to go on without rereading its sales.
        outputs: which columns to add, and what to call them: see `OUTPUTS`.
        engine: which carrier: blocks of arrays, or expressions of the library itself; chosen by the kind of table where left out.
        progress: called with the rows done and the rows in all, on tables in memory.

    Returns:
        An `Applied`: the table with the columns asked for, totals by person and period, and the state to go on from. For an iterator of batches
        a `Streamed`, whose ``lines`` are an iterator too.

    Raises:
        FactError: for a table that cannot be used: the message names the column and the first row.
        NotInForce: for a row before the first or after the last version of the plan.

    References: the rules of `salesrules.commission.calculate`; every figure is the one it gives.
    Checked with: `tests/parity/test_frames.py`, on every library and engine.
    """
    _check_given(plan, opening, engine)
    names = _asked(outputs)
    facts = {"quotas": tuple(quotas), "incentives": tuple(incentives), "factors": tuple(factors), "rates": tuple(rates)}
    of = partial(_job, plan, dict(columns or {}), _order(order), facts, names)
    if isinstance(table, Iterator):
        _check_stream(engine)
        return Streamed(of, table, opening, names, None if splits is None else _collected(frame_of(splits)))
    frame = frame_of(table)
    job, places = of(frame)
    shared = None if splits is None else frame_of(splits)
    if _carrier(engine, frame, job, alone=shared is None and progress is None) == "expressions":
        try:
            return apply_expressions(job, frame, places, opening, names, shared)
        except FactError:
            if engine == "expressions" or isinstance(frame, narwhals.LazyFrame):
                raise  # what is in memory may be more than expressions carry, and blocks name the row that is wrong
    shared = None if shared is None else _collected(shared)
    if not isinstance(frame, narwhals.LazyFrame):
        return apply_blocks(job, frame, places, opening, names, progress, shared)
    done = apply_blocks(job, frame.collect(), places, opening, names, progress, shared)
    lines, totals = (beside(frame, narwhals.from_native(made)).to_native() for made in (done.lines, done.totals))
    return attrs.evolve(done, lines=lines, totals=lambda: totals)


def _check_given(plan: Any, opening: Any, engine: str) -> None:
    for name, value, kinds, wanted in (("plan", plan, (Plan, Timeline), "a Plan or a Timeline of plans"), ("opening", opening, (State, NoneType), "a State")):
        if not isinstance(value, kinds):
            raise FactError("commission.given", "{name} is a {kind}; pass {wanted}", path=name, name=name, kind=type(value).__name__, wanted=wanted)
    if engine not in ENGINES:
        raise FactError("frames.engine", "there is no engine {engine!r}; say auto, blocks or expressions", path="engine", engine=engine)


def _asked(outputs: Mapping[str, str] | Iterable[str]) -> dict[str, str]:
    """What the columns that were asked for are called."""
    names = dict(outputs) if isinstance(outputs, Mapping) else {name: name for name in outputs}
    for name in names:
        if name not in OUTPUTS and not name.startswith(_PAY_OF):
            raise _no_output(name)
    return names


def _no_output(name: str) -> FactError:
    return FactError("frames.output", "there is no output {name!r}; there are {known}", path="outputs", name=name, known=", ".join(OUTPUTS))


def _job(
    plan: Plan | Timeline[Plan],
    columns: Mapping[str, str | None],
    order: tuple[str, ...] | None,
    facts: Mapping[str, Any],
    names: Mapping[str, str],
    frame: Any,
) -> tuple[Job, tuple[str, ...]]:
    """The calculation over a table, and the columns that order its rows."""
    job, places = Job.of(plan, frame.collect_schema().names(), columns, order=order, **facts)
    known = {f"{_PAY_OF}{component.id}" for version in job.versions for component in version.components}
    for name, column in names.items():
        if name not in OUTPUTS and name not in known:
            raise _no_output(name)
        if column in job.available:
            raise FactError("frames.taken", "the table already has a column {column!r}; call the output otherwise", path="outputs", column=column)
    return job, places


def _carrier(engine: str, frame: Any, job: Job, *, alone: bool) -> str:
    """Which carrier serves: blocks for what is in memory, expressions for what stays where it is, and for polars where nothing else is wanted."""
    if engine == "expressions" and not (isinstance(frame, narwhals.LazyFrame) or frame.implementation.is_polars()):
        template = "expressions serve tables that stay where they are, and polars; a {kind} table is in memory: leave the engine out"
        raise FactError("frames.engine_table", template, path="engine", kind=frame.implementation.value)
    if engine != "auto":
        return engine
    if isinstance(frame, narwhals.LazyFrame):
        return "expressions"
    remembers = any(part.plain.totals or part.plain.asks for plan in job.versions for part in plan.parts) or len(job.versions) > 1
    return "expressions" if alone and frame.implementation.is_polars() and not remembers and _plain(job) else "blocks"


def _check_stream(engine: str) -> None:
    """Refuse what batches cannot have.

    Raises:
        FactError: ``frames.stream_engine``.
    """
    if engine == "expressions":
        raise FactError("frames.stream_engine", "batches are computed in memory, by blocks; leave the engine out", path="engine")


def _plain(job: Job) -> bool:
    """Whether the rows stand alone, and every book decides by one column: then a query keeps their order, and has nothing to sort."""
    books = [book for plan in job.versions for part in plan.parts for book in (*part.plain.books, part.covered)]
    told = any(job.columns.has(name) for name in ("returns", "currency"))
    return not told and all(len(book.fields) <= 1 for book in books) and not any(plan.house for plan in job.versions)


def _collected(frame: Any) -> Any:
    return frame.collect() if isinstance(frame, narwhals.LazyFrame) else frame


def _order(order: str | Iterable[str] | None) -> tuple[str, ...] | None:
    return (order,) if isinstance(order, str) else None if order is None else tuple(order)


def frame_of(table: Any) -> Any:
    """The table as narwhals knows it.

    Raises:
        FactError: ``frames.library``.
    """
    try:
        return narwhals.from_native(table)
    except TypeError:
        raise FactError(
            "frames.library",
            "a {kind} is no table that can be read here; pass a pandas, polars, pyarrow, DuckDB, Ibis or PySpark table",
            path="table",
            kind=type(table).__name__,
        ) from None
