"""Quotes checked block by block: NumPy arrays that fit the cache, for tables in memory whose library computes nothing by itself."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

import narwhals
import numpy

from ...scope import DIMENSIONS
from .. import door
from ..blocks import BlockOps
from ..codes import Codes
from ..days import day_number, day_of
from ..rows import Answers
from .answers import figures, labels, outcomes
from .columns import COSTS
from .job import RULE_OF, QuoteJob
from .operands import QuoteOperands
from .rule import QuoteRule
from .survey import ABSENT, wrong_number

__all__ = ["rows_of", "validate_blocks"]

_CHUNK, _BLOCK = 1 << 19, 1 << 15
_TEXTS = ("verdict", "level")


class _NotingOps(BlockOps):
    """Blocks, and what a rule noted."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: dict[str, tuple[Any, ...]] = {}

    def let(self, name: str, value: Any, *why: Any) -> Any:
        self.notes[name] = (value, *why)
        return value


def validate_blocks(job: QuoteJob, frame: Any, progress: Callable[[int, int], None] | None) -> Any:
    """The table with the columns asked for.

    Raises:
        FactError: for a table that cannot be used: the message names the column and the first row.
        NotInForce: for a day on which no version of the policy is in force.
    """
    size = len(frame)
    work = _BlockPass(job)
    made = {name: numpy.zeros(size, _dtype(job, name)) for name in job.names}
    for start in range(0, size, _CHUNK):
        end = min(start + _CHUNK, size)
        work.feed(frame[start:end], start, {name: values[start:end] for name, values in made.items()})
        if progress is not None:
            progress(end, size)
    return frame.with_columns(*(_column(job, frame.implementation, name, values) for name, values in made.items()))


def _dtype(job: QuoteJob, name: str) -> Any:
    if name.startswith(RULE_OF):
        return bool
    return numpy.min_scalar_type(-len(labels(job, name))) if name in _TEXTS else numpy.int64


def _column(job: QuoteJob, kind: Any, name: str, values: Any) -> Any:
    """A column of the result; texts as the library keeps a few that are repeated."""
    column = job.names[name]
    if name not in _TEXTS:
        return narwhals.new_series(column, values, narwhals.Boolean() if name.startswith(RULE_OF) else narwhals.Int64(), backend=kind)
    known = labels(job, name)
    library = kind.to_native_namespace()
    if kind.is_polars():
        return narwhals.from_native(library.Series(column, list(known), dtype=library.Enum(known)).gather(values), series_only=True)
    if kind.is_pyarrow():
        told = library.DictionaryArray.from_arrays(library.array(values), library.array(list(known)))
        return narwhals.from_native(library.chunked_array([told]), series_only=True).alias(column)
    return narwhals.from_native(library.Series(library.Categorical.from_codes(values, list(known)), name=column), series_only=True)


def rows_of(job: QuoteJob, frame: Any, start: int) -> dict[str, Any]:
    """The numbers and days of a chunk of a table as arrays by field.

    Args:
        job: the check.
        frame: some rows of the table.
        start: the number of the first of them.
    """
    money = job.versions[-1].money.digits
    digits = {"quantity": job.quantity_digits, "free": job.quantity_digits, "discount": job.discount_digits, "list": money, "net": money, "line_cost": money}
    told: dict[str, Any] = {}
    for field in job.numbers:
        name, places = job.columns[field], digits.get(field, money + job.price_digits)
        series = frame[name]
        if field in ABSENT and series.null_count():
            told[f"no {field}"], series = series.is_null().to_numpy().astype(bool), series.fill_null(0)
        told[field] = door.money(series, name, partial(_alike, places, len(series)), start)
        _check(job, field, told[field], start)
    if job.on is None:
        told["day"] = _days(job, frame, start)
    return told


def _alike(digits: int, rows: int) -> list[int]:
    """How many decimals the numbers of each row have."""
    return [digits] * rows


def _names(frame: Any, name: str, start: int) -> Any:
    """A column of names; an empty cell is an empty name."""
    series = frame[name]
    if series.dtype.is_float():
        door.integers(series, name, start)
    return series.fill_null("") if series.null_count() else series


def _check(job: QuoteJob, field: str, values: Any, start: int) -> None:
    """Refuse the first number that its field cannot have."""
    if not len(values):
        return
    least, most = int(values.min()), int(values.max())
    wrong = values == 0 if field == "quantity" and least <= 0 <= most else values < 0 if field != "quantity" and least < 0 else None
    if field == "discount" and most > job.shares and wrong is None:
        wrong = values > job.shares
    if wrong is not None and wrong.any():
        row = int(wrong.argmax())
        raise wrong_number(job, field, start + row, int(values[row]))


def _days(job: QuoteJob, frame: Any, start: int) -> Any:
    """The day whose rules hold for each row: that of the original order, where there is one."""
    series = frame[job.columns[job.day]]
    if "original" not in job.columns:
        return door.days(series, job.columns[job.day], start)
    original = frame[job.columns["original"]]
    empty = original.is_null().to_numpy().astype(bool)
    days = numpy.zeros(len(frame), numpy.int64)
    if empty.any():
        days[empty] = door.days(series.filter(empty.tolist()), job.columns[job.day], start)
    if not empty.all():
        days[~empty] = door.days(original.filter((~empty).tolist()), job.columns["original"], start)
    both = ~(empty | series.is_null().to_numpy().astype(bool))
    if both.any():
        own = door.days(series.filter(both.tolist()), job.columns[job.day], start)
        for row in numpy.flatnonzero(both)[days[both] > own][:1].tolist():
            raise wrong_number(job, "original", start + row, day_of(days[row]))
    return days


class _BlockPass:
    """A policy on its way over a table in memory."""

    def __init__(self, job: QuoteJob) -> None:
        self.job, self.ops = job, _NotingOps()
        asks = ("level",) if job.asks and not job.level else ()
        self.codes = {field: Codes(field) for field in (*(name for name in DIMENSIONS if name in job.needed), *asks)}
        nothing = cast("Any", None)
        self.answers = Answers(Codes(), nothing, self.codes, nothing)
        self.gaps = [(day_number(begin), day_number(end)) for begin, end in job.gaps]
        self.starts = [day_number(entry.start) for entry in job.policies.entries]
        self.texts = {name: [_places(job, rule, name) for rule in job.rules] for name in job.names if name in _TEXTS}

    def feed(self, frame: Any, start: int, made: dict[str, Any]) -> None:
        """Check some rows of a table, of which the first has a number."""
        told = rows_of(self.job, frame, start)
        for field, codes in self.codes.items():
            told[field] = codes.of(_names(frame, self.job.columns[field], start)) if field in self.job.columns else codes.number("")
        for version, rows in self._versions(told, len(frame)):
            self._check_costs(version, rows, told, start)
            whole = isinstance(rows, range)
            for first in range(0, len(rows), _BLOCK):
                at = slice(rows[first], rows[min(first + _BLOCK, len(rows)) - 1] + 1) if whole else rows[first : first + _BLOCK]
                size = min(_BLOCK, len(rows) - first)
                self._block(version, {name: values[at] if isinstance(values, numpy.ndarray) else values for name, values in told.items()}, size, made, at)

    def _versions(self, told: dict[str, Any], size: int) -> Iterator[tuple[int, Any]]:
        """The rows of each version of the policy."""
        job = self.job
        if job.on is not None:
            yield job.version(job.on), range(size)
            return
        days = told["day"]
        for begin, end in self.gaps:
            for day in days[(days >= begin) & (days < end)][:1]:
                job.version(day_of(day))
        first, last = (job.version(day_of(end)) for end in (days.min(), days.max()))
        if first == last:
            yield first, range(size)
            return
        versions = numpy.searchsorted(self.starts, days, "right") - 1
        for version in range(first, last + 1):
            yield version, numpy.flatnonzero(versions == version)

    def _check_costs(self, version: int, rows: Any, told: dict[str, Any], start: int) -> None:
        """Refuse the first line that does not tell a cost that a rule needs."""
        for field in COSTS:
            at: Any = numpy.asarray(rows)[told[f"no {field}"][numpy.asarray(rows)]] if f"no {field}" in told else ()
            if len(at):
                book = self.job.rules[version].needs_cost
                names = {name: told[name][at] if isinstance(told[name], numpy.ndarray) else told[name] for name in book.fields}
                needed = self.answers.of_values(book, names)[0]
                at = at[needed[0]() == 1] if isinstance(needed, tuple) else at[: len(at) * needed]
            if len(at):
                raise wrong_number(self.job, field, start + int(at[0]), None)

    def _block(self, version: int, told: dict[str, Any], size: int, made: dict[str, Any], at: Any) -> None:
        """Check some rows of one version."""
        ops, job, rule = self.ops, self.job, self.job.rules[version]

        def number(field: str) -> Any:
            return ops.block(told[field])

        def found(book: Any) -> Any:
            answers = self.answers.of_values(book, {field: told[field] for field in book.fields})
            operands = tuple(ops.promised(*answer) if isinstance(answer, tuple) else answer for answer in answers)
            return operands if book.width > 1 else operands[0]

        operands = figures(job, rule, ops, QuoteOperands(ops, job, version, number, found))
        for name, values in made.items():
            if name in self.texts:
                values[at] = self.texts[name][version].take(ops.column(operands["answer"], size).astype(numpy.intp) + 1)
            else:
                values[at] = ops.column(operands[name], size)


def _places(job: QuoteJob, rule: QuoteRule, name: str) -> Any:
    """For each answer, from the least on, the place of its text among all."""
    known, told = labels(job, name), outcomes(rule, name, job.level)
    return numpy.array([known.index(told.get(answer, known[0])) for answer in range(-1, max(told) + 1)])
