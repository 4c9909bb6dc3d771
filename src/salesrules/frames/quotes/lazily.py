"""Quotes checked by expressions: what scopes decide is looked up by the names that they mention, and the rest is arithmetic of the engine."""

from functools import partial
from itertools import product
from math import prod
from typing import Any

import narwhals

from ...errors import FactError
from ..expressions import Cell
from ..lookups import distinct, looked_up
from ..survey import PREFIX
from .answers import figures, labels, outcomes, runs
from .columns import COSTS
from .job import RULE_OF, QuoteJob
from .operands import QuoteOperands
from .ops import QuoteOps
from .survey import QuoteSurvey, refuse_row

__all__ = ["validate_expressions"]

_MANY = 1 << 14
_OTHER = "\0"
_DAY, _VERSION, _WRONG = f"{PREFIX}day", f"{PREFIX}version", f"{PREFIX}wrong"


def validate_expressions(job: QuoteJob, frame: Any) -> Any:
    """The table with the columns asked for.

    Raises:
        FactError: for a table that cannot be used; ``frames.too_large`` where 64 bits may not do.
        NotInForce: for a day on which no version of the policy is in force.
    """
    eager = isinstance(frame, narwhals.DataFrame)
    dated = frame if job.on is not None else frame.with_columns(_day(job, frame).alias(_DAY))
    if job.on is None and "original" in job.columns:
        refuse_row(job, frame, narwhals.col(job.columns["original"]) > narwhals.col(job.columns[job.day]), "original")
    survey = QuoteSurvey.of(job, dated, "" if job.on is not None else _DAY)
    made = _QuotePass(job, dated.lazy() if eager else dated, survey).made()
    return made.collect() if eager else made


def _day(job: QuoteJob, frame: Any) -> Any:
    """The day whose rules hold for each row: that of the original order, where there is one."""
    schema = frame.collect_schema()
    fields = [name for name in ("original", job.day) if name in job.columns]
    for name in fields:
        if schema[job.columns[name]] != narwhals.Date:
            template = "holds {dtype}, where plain dates are needed; convert it first"
            raise FactError("frames.dates", template, path=f"column {job.columns[name]}", dtype=str(schema[job.columns[name]]))
    return narwhals.coalesce(*(narwhals.col(job.columns[name]) for name in fields))


class _QuotePass:
    """A policy on its way over a table that is not read into memory."""

    def __init__(self, job: QuoteJob, frame: Any, survey: QuoteSurvey) -> None:
        self.job, self.survey = job, survey
        kind = frame.implementation
        self.polars = kind.is_polars()
        self.words = narwhals.get_native_namespace(frame) if self.polars else narwhals
        doubles = kind.is_ibis() or kind.is_pyspark() or kind.is_pyspark_connect()
        self.ops = QuoteOps(self.words, frame.to_native() if self.polars else frame, doubles=doubles)
        self.schema = frame.collect_schema()
        self._named = 0
        self._codes: dict[tuple[str, tuple[str, ...]], Any] = {}

    def made(self) -> Any:
        """The table with the columns asked for."""
        job, versions = self.job, self._versions()
        told = {version: self._figures(version, several=len(versions) > 1) for version in versions}
        chosen = {}
        for name in job.names:
            expr = told[versions[0]][name]
            for version in versions[1:]:
                expr = self.words.when(self.words.col(_VERSION) == version).then(told[version][name]).otherwise(expr)
            chosen[name] = expr
        return narwhals.from_native(self.ops.frame.select(*job.available, *(chosen[name].alias(column) for name, column in job.names.items())))

    def _versions(self) -> list[int]:
        """The versions that the rows may fall under."""
        job, words, (first, last) = self.job, self.words, self.survey.days
        if job.on is not None:
            return [job.version(job.on)]
        if first is None:
            return [len(job.versions) - 1]
        self._check_gaps(first, last)
        found = list(range(job.version(first), job.version(last) + 1))
        if len(found) > 1:
            version = words.lit(found[0], words.Int8())
            for later in found[1:]:
                version = version + (words.col(_DAY) >= job.policies.entries[later].start).cast(words.Int8())
            self.ops.frame = self.ops.frame.with_columns(version.alias(_VERSION))
        return found

    def _check_gaps(self, first: Any, last: Any) -> None:
        """Refuse a day of a version that is not in force itself; nothing is asked of the table where its days do not come near one."""
        day = narwhals.col(_DAY)
        for begin, end in self.job.gaps:
            if begin <= last and first < end:
                inside = narwhals.from_native(self.ops.frame).filter((day >= begin) & (day < end)).select(_DAY).head(1).collect()
                for wrong in inside[_DAY].to_list():
                    self.job.version(wrong)

    def _figures(self, version: int, *, several: bool) -> dict[str, Any]:
        """What is asked for, under one version."""
        job, ops, words, rule = self.job, self.ops, self.words, self.job.rules[version]
        mask = version if several else None
        self._check_costs(version, mask)
        told = figures(job, rule, ops, QuoteOperands(ops, job, version, self._number, partial(self._found, version, mask)))
        kept = {name: f"{PREFIX}told{version}_{at}" for at, (name, operand) in enumerate(told.items()) if isinstance(operand, Cell)}
        if kept:
            ops.frame = ops.frame.with_columns(*(told[name].expr.alias(column) for name, column in kept.items()))
        exprs = {name: words.col(kept[name]) if name in kept else ops.expr(operand) for name, operand in told.items()}
        made = {name: expr.cast(words.Boolean() if name.startswith(RULE_OF) else words.Int64()) for name, expr in exprs.items()}
        if "answer" in told:
            made |= {name: self._text(rule, name, told["answer"], exprs["answer"]) for name in ("verdict", "level")}
        return made

    def _check_costs(self, version: int, mask: int | None) -> None:
        """Refuse the first line that does not tell a cost that a rule needs."""
        for field in self.survey.empty.intersection(COSTS):
            needed = self._found(version, mask, self.job.rules[version].needs_cost)
            if isinstance(needed, Cell) or needed:
                wrong = self.words.col(self.job.columns[field]).is_null() & (self.ops.expr(needed) == 1)
                flagged = (wrong if mask is None else wrong & (self.words.col(_VERSION) == mask)).alias(_WRONG)
                refuse_row(self.job, narwhals.from_native(self.ops.frame.with_columns(flagged)), narwhals.col(_WRONG), field)

    def _text(self, rule: Any, name: str, answer: Any, expr: Any) -> Any:
        """A text for each answer that there may be."""
        known = range(answer.lo, answer.hi + 1) if isinstance(answer, Cell) else range(answer, answer + 1)
        found = runs(outcomes(rule, name, self.job.level), known)
        dtype = self.words.Enum(labels(self.job, name)) if self.polars else narwhals.String()
        usual = max(found, key=lambda text: len(found[text]))
        made = self.words.lit(usual, dtype)
        for text, places in found.items():
            if text != usual:
                made = self.words.when(_any(_between(expr, lo, hi, known) for lo, hi in places)).then(self.words.lit(text, dtype)).otherwise(made)
        return made

    # Operands

    def _number(self, field: str) -> Any:
        """The operand of a column of integers."""
        name, (lo, hi) = self.job.columns[field], self.survey.spans[field]
        expr = self.words.col(name)
        return self.ops.narrowed(expr.fill_null(0) if field in self.survey.empty else expr, lo, hi)

    def _found(self, version: int, mask: Any, book: Any) -> Any:
        """What a book says for each row."""
        fields = [field for field in book.fields if field in self.job.columns]
        if not fields:
            return book.find(("",) * len(book.fields))
        named = [self.job.rules[version].named(field) for field in fields]
        coded = self.polars and prod(len(values) + 1 for values in named) <= _MANY
        columns = self._gathered(mask, book, fields, named) if coded else self._joined(mask, book, fields)
        return columns if book.width > 1 else columns[0]

    def _key(self, book: Any, fields: list[str], values: tuple[Any, ...]) -> tuple[str, ...]:
        told = dict(zip(fields, ("" if value is None else str(value) for value in values), strict=True))
        return tuple(told.get(field, "") for field in book.fields)

    def _gathered(self, mask: Any, book: Any, fields: list[str], named: list[tuple[str, ...]]) -> tuple[Any, ...]:
        """Of polars: the names that scopes mention are numbered, and each row takes the answer of its number."""
        code = self._code(fields[0], named[0])
        for field, values in zip(fields[1:], named[1:], strict=True):
            code = code.cast(self.words.UInt32) * (len(values) + 1) + self._code(field, values)
        answers, missing = [], []
        for place, names in enumerate(product(*((*values, _OTHER) for values in named))):
            try:
                answers.append(_tuple(book.find(self._key(book, fields, names))))
            except FactError:
                answers.append((0,) * book.width)
                missing.append(place)
        if missing:
            self._refuse(mask, book, fields, code.is_in(missing))
        made = []
        for column in zip(*answers, strict=True):
            values = self.words.lit(self.words.Series(column, dtype=self.ops.type_of(min(column), max(column))))
            made.append(self.ops.cell(values.gather(code), min(column), max(column)))
        return tuple(made)

    def _code(self, field: str, values: tuple[str, ...]) -> Any:
        """The number of each name among some; past the last for all others."""
        polars, name = self.words, self.job.columns[field]
        if (field, values) not in self._codes:
            text = polars.col(name) if self.schema[name] == narwhals.String else polars.col(name).cast(polars.String)
            text = text.fill_null("") if "" in values else text
            self._named += 1
            column = f"{PREFIX}code{self._named}"
            number = text.cast(polars.Enum(values), strict=False).to_physical().fill_null(len(values))
            self.ops.frame = self.ops.frame.with_columns(number.alias(column))
            self._codes[field, values] = polars.col(column)
        return self._codes[field, values]

    def _refuse(self, mask: Any, book: Any, fields: list[str], wrong: Any) -> None:
        """Refuse the first row that a book has no answer for, if there is one."""
        rows = self.ops.frame.filter(wrong if mask is None else wrong & (self.words.col(_VERSION) == mask))
        for values in rows.select(*(self.job.columns[field] for field in fields)).head(1).collect().rows():
            book.find(self._key(book, fields, values))

    def _joined(self, mask: Any, book: Any, fields: list[str]) -> tuple[Any, ...]:
        """Each distinct key of the table is asked once, and the answers are looked up."""
        self._named += 1
        frame, text = narwhals.from_native(self.ops.frame), narwhals.String()
        texts = [narwhals.col(self.job.columns[field]).cast(text).fill_null("") for field in fields]
        names = [f"{PREFIX}text{self._named}_{at}" for at in range(len(fields))]
        if self.polars:  # a join would change the order of the rows, so that there is one key
            texts, names = [narwhals.concat_str(*texts, separator=_OTHER)], names[:1]
        frame = frame.with_columns(*(text.alias(name) for text, name in zip(texts, names, strict=True)))
        asked = distinct(frame if mask is None else frame.filter(narwhals.col(_VERSION) == mask), names)
        answers = {key: _tuple(book.find(self._key(book, fields, tuple(key[0].split(_OTHER)) if self.polars else key))) for key in asked}
        if not answers:
            return (0,) * int(book.width)
        columns = list(zip(*answers.values(), strict=True))
        made = [f"{PREFIX}found{self._named + at}" for at in range(1, len(columns) + 1)]
        self._named += len(columns)
        frame = looked_up(frame, names, answers, made)
        self.ops.frame = frame.to_native() if self.polars else frame
        exprs = (self.words.col(name) if mask is None else self.words.col(name).fill_null(0) for name in made)
        return tuple(self.ops.cell(expr, min(column), max(column)) for expr, column in zip(exprs, columns, strict=True))


def _tuple(answer: Any) -> tuple[int, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def _between(expr: Any, lo: int, hi: int, known: range) -> Any:
    """Whether a number lies between two, where it is known to be among some."""
    if lo == hi:
        return expr == lo
    if hi == known[-1]:
        return expr >= lo
    return expr <= hi if lo == known[0] else (expr >= lo) & (expr <= hi)


def _any(conditions: Any) -> Any:
    found = None
    for condition in conditions:
        found = condition if found is None else found | condition
    return found
