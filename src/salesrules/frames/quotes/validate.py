"""The verb `salesrules.pricing.decide` over columns: a price policy checked against a table of quotes, in the library that the user already has.

>>> import polars
>>> from datetime import date
>>> from salesrules.pricing import Level, Limit, MarginFloor, PricePolicy, Row
>>> policy = PricePolicy(id="prices", currency="CNY", effective_from=date(2026, 1, 1), own_range="granted", combine="all",
...     levels=(Level(id="rep"), Level(id="manager")),
...     floors=(MarginFloor(id="margin", at="net", per="line", below="nobody", margin="10%"),),
...     limits=(Limit(id="discounts", measure="discount", at="net", per="line", rows=(Row(level="rep", limit="5%"), Row(level="manager", limit="15%"))),))
>>> quotes = polars.DataFrame({"quantity": [10, 10, 1], "list_price": [10000, 10000, 10000], "price": [9600, 8800, 8000], "cost": [7000, 7000, 7500]})
>>> done = validate(policy, quotes, level="rep", on=date(2026, 3, 2), outputs=("verdict", "level", "floor"))
>>> done.lines["verdict"].to_list(), done.lines["level"].to_list(), done.lines["floor"].to_list()
(['allowed', 'needs_approval', 'refused'], ['', 'manager', ''], [77778, 77778, 8334])
>>> [(one.verdict, one.level, one.rows) for one in done.summary]
[('allowed', '', 1), ('needs_approval', 'manager', 1), ('refused', '', 1)]
>>> [violation.rule for violation in done.explain(1).violations], bool(done.check())
(['discounts'], True)
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any

import attrs
import narwhals

from ...errors import FactError
from ...pricing import Decision, PricePolicy
from ...timeline import Timeline
from ..apply import ENGINES, Engine, frame_of
from ..lookups import beside
from .answers import VERDICTS
from .blocks import validate_blocks
from .job import QuoteJob
from .lazily import validate_expressions
from .scalar import decisions, told_by

__all__ = ["Counted", "QuoteCheck", "QuoteDifference", "Validated", "validate"]


@attrs.frozen(kw_only=True)
class Counted:
    """How many rows have a verdict and need a level; empty where none is needed."""

    verdict: str
    level: str
    rows: int


@attrs.frozen(kw_only=True)
class QuoteDifference:
    """A cell that is not what the scalar verb says of its row."""

    row: int
    output: str
    column: Any
    scalar: Any


@attrs.frozen(kw_only=True)
class QuoteCheck:
    """What deciding some rows one at a time found. It is true where nothing differs.

    Args:
        rows: how many rows were decided.
        differences: the cells that differ; none, unless something is wrong.
    """

    rows: int
    differences: tuple[QuoteDifference, ...]

    def __bool__(self) -> bool:
        return not self.differences


@attrs.frozen(kw_only=True, eq=False)
class Validated:
    """A price policy checked against a table.

    Args:
        lines: the user's own table with the columns asked for: texts as the library keeps a few that are repeated, where it can, numbers as 64-bit
            integers.
    """

    lines: Any
    job: QuoteJob = attrs.field(repr=False)
    _again: Callable[[Mapping[str, str]], "Validated"] = attrs.field(repr=False, alias="again")

    @cached_property
    def summary(self) -> tuple[Counted, ...]:
        """How many rows have each verdict, and need each level: from what is allowed to what is refused."""
        if not {"verdict", "level"} <= set(self.job.names):
            return self._again({"verdict": "salesrules_verdict", "level": "salesrules_level"}).summary
        names = [self.job.names["verdict"], self.job.names["level"]]
        levels = ("", *self.job.texts)
        found = counted(narwhals.from_native(self.lines), names)
        told = [Counted(verdict=verdict, level=level, rows=rows) for (verdict, level), rows in found.items()]
        return tuple(sorted(told, key=lambda one: (VERDICTS.index(one.verdict), levels.index(one.level))))

    def explain(self, row: Any) -> Decision:
        """The scalar decision of one row, with everything that stands against it.

        Args:
            row: the id of the line where the table tells ids, or else its number, from 0.

        Raises:
            FactError: ``frames.no_row``, ``frames.no_id`` for a table without ids whose rows have no numbers.
        """
        table, key = narwhals.from_native(self.lines), self.job.columns.get("id")
        if key is not None:
            found = _collected(table.filter(narwhals.col(key) == row))
        elif isinstance(table, narwhals.LazyFrame):
            raise FactError("frames.no_id", "the table tells no id, so no row can be named; name the column, as in columns={{'id': ...}}", path="columns.id")
        else:
            found = table[row : row + 1] if 0 <= row < len(table) else table[:0]
        if not len(found):
            raise FactError("frames.no_row", "the table has no row with {key} {row!r}", path=f"column {key or 'id'}", key=key or "number", row=row)
        return decisions(self.job, found[:1], 0 if key is not None else row)[0]

    def check(self, rows: int = 100) -> QuoteCheck:
        """Decide some rows one at a time, and compare.

        Args:
            rows: how many; spread over the table where it is in memory, else the first that the engine gives.
        """
        table = narwhals.from_native(self.lines)
        if isinstance(table, narwhals.LazyFrame):
            some, step = table.head(rows).collect(), 1
        else:
            step = max(1, len(table) // max(rows, 1))
            some = table.gather_every(step)[:rows]
        told = {name: some[column].to_list() for name, column in self.job.names.items()}
        wrong = []
        for at, decision in enumerate(decisions(self.job, some)):
            for name, value in told_by(self.job, decision).items():
                if told[name][at] != value:
                    wrong.append(QuoteDifference(row=at * step, output=name, column=told[name][at], scalar=value))
        return QuoteCheck(rows=len(some), differences=tuple(wrong))


def validate(
    policy: PricePolicy | Timeline[PricePolicy],
    table: Any,
    *,
    columns: Mapping[str, str | None] | None = None,
    level: str | None = None,
    on: date | None = None,
    outputs: Mapping[str, str] | Iterable[str] = ("verdict", "level"),
    quantity_digits: int = 0,
    price_digits: int = 0,
    engine: Engine = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> Validated:
    """Check a price policy against every row of a table, of which each is a line of a quote.

    Args:
        policy: the rules for lines, or their versions as a timeline; each row is judged by the version in force on its day. Rules for orders as a whole,
            a price book and tax have no meaning in rows and are refused.
        table: a pandas or polars frame, a lazy polars frame, a pyarrow table, a DuckDB relation, an Ibis table or a PySpark frame. Amounts are minor units
            as integers, or decimals in major units where the table is in memory; dates are plain dates.
        columns: the column of each field that has another name; ``None`` says that the field is not read, whatever the columns are called. Of two columns
            that tell the same amount one is switched off in that way. A line tells its amounts for one unit: ``list_price``, ``price`` or ``discount``
            (basis points as integers, shares as decimals), ``cost``, ``last_price``, ``contract_price``, ``guidance``; or for the whole line: ``list``,
            ``net``, ``line_cost``. ``quantity`` and ``free`` are units, below 0 for a return. ``date`` (or ``shipped``,
            ``invoiced``, as the policy takes its prices) is the day, ``original`` the day of the order that a return or an amendment belongs to. Then
            ``level``, who asks, ``id``, and the dimensions of scopes. Last and contract prices may be empty: there is none then.
        level: the level at which all rows are asked, where no column tells it.
        on: the day whose rules hold for all rows, where no column tells it.
        outputs: which columns to add, and what to call them: ``verdict``, ``level``, ``rank``, ``floor``, ``shortfall`` and ``rule.ID``.
        quantity_digits: how many decimals of a quantity an integer counts: with 3, 1500 is one and a half.
        price_digits: how many decimals more than the currency an integer of a unit price counts: with 2, 123456 is 12.3456 yuan.
        engine: which carrier: blocks of arrays, or expressions of the library itself; chosen by the kind of table where left out.
        progress: called with the rows done and the rows in all, on tables in memory.

    Returns:
        A `Validated`: the table with the columns asked for, in the order of its rows; counts; and the scalar decision of any row.

    Raises:
        FactError: for a table that cannot be used: the message names the column and the first row.
        NotInForce: for a row on a day on which no version of the policy is in force.

    References: the rules of `salesrules.pricing.decide`; every answer is the one it gives.
    Checked with: `tests/parity/test_quotes.py`, on every library and engine.
    """
    names = dict(outputs) if isinstance(outputs, Mapping) else {name: name for name in outputs}
    if engine not in ENGINES:
        raise FactError("frames.engine", "there is no engine {engine!r}; say auto, blocks or expressions", path="engine", engine=engine)
    frame = frame_of(table)
    given = dict(columns or {})

    def again(names: Mapping[str, str]) -> Validated:
        return _validated(frame, _job(policy, frame, given, level, on, names, quantity_digits, price_digits), engine, progress, again)

    return again(names)


def _job(
    policy: PricePolicy | Timeline[PricePolicy],
    frame: Any,
    given: Mapping[str, str | None],
    level: str | None,
    on: date | None,
    names: Mapping[str, str],
    quantity_digits: int,
    price_digits: int,
) -> QuoteJob:
    schema = dict(frame.collect_schema())
    return QuoteJob.of(policy, schema, given, level=level, on=on, names=names, quantity_digits=quantity_digits, price_digits=price_digits)


def _validated(frame: Any, job: QuoteJob, engine: str, progress: Callable[[int, int], None] | None, again: Any) -> Validated:
    lazy = isinstance(frame, narwhals.LazyFrame)
    polars = frame.implementation.is_polars()
    if engine == "expressions" and not (lazy or polars):
        template = "expressions serve tables that stay where they are, and polars; a {kind} table is in memory: leave the engine out"
        raise FactError("frames.engine_table", template, path="engine", kind=frame.implementation.value)
    if engine == "expressions" or (engine == "auto" and (lazy or (polars and progress is None))):
        try:
            return Validated(lines=validate_expressions(job, frame).to_native(), job=job, again=again)
        except FactError:
            if engine == "expressions" or lazy:
                raise  # what is in memory may be more than expressions carry, and blocks name the row that is wrong
    made = validate_blocks(job, frame.collect() if lazy else frame, progress)
    return Validated(lines=(beside(frame, made) if lazy else made).to_native(), job=job, again=again)


def counted(table: Any, names: list[str]) -> dict[tuple[str, ...], int]:
    """How many rows have the same values of some columns of texts."""
    texts = table.select(*(narwhals.col(name).cast(narwhals.String()) for name in names))
    found = _collected(texts.group_by(*names).agg(narwhals.len().alias("salesrules_rows")))
    keys = zip(*(found[name].to_list() for name in names), strict=True)
    return dict(zip(keys, map(int, found["salesrules_rows"].to_list()), strict=True))


def _collected(frame: Any) -> Any:
    """An eager frame."""
    return frame.collect() if isinstance(frame, narwhals.LazyFrame) else frame
