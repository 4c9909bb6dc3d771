"""The rows of a block as a rule reads them: operands by name, answers of books, and accounts for running totals."""

from collections.abc import Mapping
from functools import cached_property, partial
from math import prod
from typing import Any

import attrs
import numpy

from ..commission.books import FactBooks
from ..commission.steps.flow import Ask
from ..commission.steps.measures import DEAL
from ..errors import FactError
from ..ops import Book
from ..periods import Period
from .accounts import Accounts, Segments
from .blocks import BlockOps
from .codes import Codes
from .days import Days

__all__ = ["Answers", "Rows"]

_MANY = 1 << 22
_ZERO = numpy.zeros(1, numpy.intp)


class Answers:
    """What books and facts answered so far, by the numbers of the values they were asked about.

    Args:
        people: the persons met.
        days: versions and intervals.
        codes: the values met of each field on which books decide.
        books: facts about people.
    """

    def __init__(self, people: Codes, days: Days, codes: Mapping[str, Codes], books: FactBooks) -> None:
        self.people, self.days, self.codes, self._books = people, days, codes, books
        self._facts = Accounts()
        self._tables: dict[int, _Table] = {}

    def of_people(self, ask: Ask, segments: Segments) -> tuple[Any, ...]:
        """What the facts say of the person of each account, over its interval."""
        name = repr(ask)
        known = self._facts.open(f"{name} known", segments)
        missing = numpy.flatnonzero(known == 0)
        for interval in numpy.unique(segments.intervals[missing]).tolist():
            some = missing[segments.intervals[missing] == interval]
            asked = attrs.evolve(segments, people=segments.people[some], intervals=segments.intervals[some])
            texts = self.people.texts
            told = self._books.answers(ask, [texts[person] for person in asked.people.tolist()], self.days.periods[ask.over][interval])
            for position, values in enumerate(zip(*told, strict=True)):
                small = max(map(abs, values)) < 2**63
                self._facts.close(f"{name} {position}", asked, numpy.array(values, numpy.int64 if small else object))
            self._facts.close(f"{name} known", asked, numpy.ones(len(some), numpy.int64))
        return tuple(self._facts.open(f"{name} {position}", segments) for position in range(ask.width))

    def of_column(self, ask: Ask, segments: Segments, columns: tuple[Any, ...], column: str) -> tuple[Any, ...]:
        """What the rows themselves tell of the person of each account: it must be the same in all of them.

        Raises:
            FactError: ``frames.varies``.
        """
        name = repr(ask)
        known = self._facts.open(f"{name} known", segments)
        told = []
        for position, column_told in enumerate(columns):
            values = numpy.broadcast_to(column_told, segments.size)
            first = values[segments.first]
            before = numpy.where(known == 1, self._facts.open(f"{name} {position}", segments), first)
            wrong = numpy.flatnonzero((numpy.repeat(first, segments.lengths) != values) | numpy.repeat(before != first, segments.lengths))
            if len(wrong):
                at = int(numpy.searchsorted(segments.first, wrong[0], "right")) - 1
                raise FactError(
                    "frames.varies",
                    "{person} has two values in {interval}; a fact about a person is the same in all rows of an interval",
                    path=f"column {column}",
                    person=self.people.texts[segments.people[at]],
                    interval=str(self.days.periods[ask.over][segments.intervals[at]]),
                )
            self._facts.close(f"{name} {position}", segments, first)
            told.append(first)
        self._facts.close(f"{name} known", segments, numpy.ones(len(segments.first), numpy.int64))
        return tuple(told)

    def answer(self, ask: Ask, person: str, interval: Period) -> int | tuple[int, int]:
        """What is known of one person over one interval: what the rows told, or else what the facts say."""
        if not self.people.has(person):
            return self._books.answer(ask, person, interval)
        who, when = numpy.array([self.people.number(person)]), numpy.array([self.days.number(ask.over, interval)])
        one = Segments(ask.over, _ZERO, _ZERO, _ZERO + 1, who, when, 1)
        if not int(self._facts.open(f"{ask!r} known", one)[0]):
            return self._books.answer(ask, person, interval)
        num, *den = (int(self._facts.open(f"{ask!r} {position}", one)[0]) for position in range(ask.width))
        return (num, den[0]) if den else num

    def of_values(self, book: Book, told: Mapping[str, Any]) -> tuple[Any, ...]:
        """What a book says for the values of its fields, given by number; a plain integer for a field that is the same everywhere."""
        table = self._tables.get(id(book))
        if table is None:
            table = self._tables[id(book)] = _Table(book, tuple(self.codes[field] for field in book.fields))
        return table.of([told[field] for field in book.fields])


class _Table:
    """The answers of one book, each asked once."""

    def __init__(self, book: Book, codes: tuple[Codes, ...]) -> None:
        self.book, self.codes = book, codes
        self.shape: tuple[int, ...] = ()
        self.places = _ZERO[:0]
        self.keys: dict[tuple[int, ...], int] = {}
        self.answers: list[tuple[int, ...]] = []
        self._columns: tuple[Any, ...] = ()
        self._spans: tuple[tuple[int, int], ...] = ()
        self._direct: tuple[Any, ...] | None = None

    def of(self, told: list[Any]) -> tuple[Any, ...]:
        """For each column of the answers how it is made, and its bounds; or plain integers where every field is the same everywhere."""
        if not any(isinstance(values, numpy.ndarray) for values in told):
            return self.answers[self._place(tuple(told))]
        shape = tuple(len(codes) for codes in self.codes)
        if prod(shape) > _MANY:
            return self._made(self._met(told), None)
        if shape != self.shape:
            self.shape, self.places, self._direct = shape, numpy.full(prod(shape), -1, numpy.intp), None
            for key, place in self.keys.items():
                self.places[numpy.ravel_multi_index(key, shape)] = place
        cells = told[0] if len(told) == 1 else numpy.ravel_multi_index(numpy.broadcast_arrays(*told), self.shape)
        direct = self._direct  # `_looked_up` may make it, for the cells to come
        return self._made(self._looked_up(cells) if direct is None else cells, direct)

    def _made(self, at: Any, columns: tuple[Any, ...] | None) -> tuple[Any, ...]:
        """How the columns are made: from the places of answers, or from cells where every cell has one."""
        if len(self._columns) == 0 or len(self._columns[0]) != len(self.answers):
            rows = list(zip(*self.answers, strict=True))
            self._spans = tuple((min(row), max(row)) for row in rows)
            self._columns = tuple(numpy.array(row, numpy.int64 if all(abs(value) < 2**63 for value in row) else object) for row in rows)
        return tuple((partial(column.take, at), *span) for column, span in zip(columns or self._columns, self._spans, strict=True))

    def _looked_up(self, cells: Any) -> Any:
        places = self.places.take(cells)
        if places.min() < 0:
            for cell in numpy.unique(cells[places < 0]).tolist():
                self.places[cell] = self._place(tuple(int(at) for at in numpy.unravel_index(cell, self.shape)))
            places = self.places.take(cells)
        if len(self.answers) == len(self.places):
            self._made(places, None)
            self._direct = tuple(column.take(self.places) for column in self._columns)
        return places

    def _met(self, told: list[Any]) -> Any:
        keys, places = numpy.unique(numpy.stack(numpy.broadcast_arrays(*told)), axis=1, return_inverse=True)
        return numpy.array([self._place(tuple(key)) for key in keys.T.tolist()], numpy.intp)[places.ravel()]

    def _place(self, key: tuple[int, ...]) -> int:
        if key not in self.keys:
            answer = self.book.find(tuple(codes.texts[number] for codes, number in zip(self.codes, key, strict=True)))
            self.keys[key] = len(self.answers)
            self.answers.append(answer if isinstance(answer, tuple) else (answer,))
        return self.keys[key]


class Rows:
    """Some rows of a chunk, those of a person together and in posting order.

    Args:
        ops: the carrier.
        told: the columns of the chunk, by field; a plain value where it is the same for all.
        at: the rows, by number in the chunk.
        version: the version of the plan, by number.
        answers: books and facts.
        span: between which days they lie.
    """

    def __init__(self, ops: BlockOps, told: Mapping[str, Any], at: Any, version: int, answers: Answers, span: tuple[int, int]) -> None:
        self.ops, self.told, self.at, self.version, self.answers, self.span = ops, told, at, version, answers, span
        self.size = len(at)
        self._operands: dict[str, Any] = {}
        self._segments: dict[str, Segments] = {}

    def part(self, which: Any) -> "Rows":
        """Some of these rows."""
        return Rows(self.ops, self.told, self.at[which], self.version, self.answers, self.span)

    def taken(self, field: str) -> Any:
        """The column of a field, for these rows."""
        values = self.told[field]
        return values.take(self.at) if isinstance(values, numpy.ndarray) else values

    @cached_property
    def people(self) -> Any:
        """The person of each row, by number."""
        return self.taken("person")

    @cached_property
    def days(self) -> Any:
        """The day of each row."""
        return self.taken("date")

    def segments(self, over: str) -> Segments:
        """The accounts of the rows over an interval."""
        if over not in self._segments:
            intervals = self.answers.days.interval(self.version, over, self.days, self.span)
            alike = next((known for known in self._segments.values() if known.interval is not None), None)
            if isinstance(intervals, int) and alike is not None:
                self._segments[over] = alike.over_another(over, intervals)
            else:
                self._segments[over] = self.ops.accounts.segments(over, self.people, intervals)
        return self._segments[over]

    def __getattr__(self, name: str) -> Any:
        if name not in self._operands:
            made = getattr(Rows, f"_{name}", None)
            self._operands[name] = self._told(name) if made is None else made(self)
        return self._operands[name]

    def _told(self, name: str) -> Any:
        values = self.taken(name)
        return self.ops.block(values) if isinstance(values, numpy.ndarray) else values

    def _margin(self) -> Any:
        return self.amount - self.cost

    def _sign(self) -> Any:
        negative: Any = self.amount < 0
        if "returned" in self.told:
            negative = negative | self._told("returned")
        return self.ops.where(negative, -1, 1)

    def _deals(self) -> Any:
        return self._told("deals") if "deals" in self.told else self.sign * DEAL

    def _new_customers(self) -> Any:
        return self._told("new_customers") if "new_customers" in self.told else self.ops.where(self._told("new_customer"), self.deals, 0)

    def find(self, book: Any) -> Any:
        """What a book or the facts say."""
        if isinstance(book, Ask):
            found = self._fact(book)
        else:
            told = self.answers.of_values(book, {field: self.taken(field) for field in book.fields})
            found = tuple(self.ops.promised(*values) if isinstance(values, tuple) else values for values in told)
        return found if book.width > 1 else found[0]

    def _fact(self, ask: Ask) -> tuple[Any, ...]:
        column, segments = f"factor {ask.name}" if ask.what == "factor" else ask.what, self.segments(ask.over)
        if f"{column} num" in self.told:
            answers = self.answers.of_column(ask, segments, (self.taken(f"{column} num"), self.taken(f"{column} den")), column)
        elif column in self.told:
            answers = self.answers.of_column(ask, segments, (self.taken(column) * (ask.unit if ask.counted else 1),), column)
        else:
            answers = self.answers.of_people(ask, segments)
        return tuple(self.ops.block(values, ask.over) for values in answers)
