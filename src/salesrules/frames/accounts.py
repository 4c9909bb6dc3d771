"""Running totals of people by interval, for blocks: arrays that grow as people and intervals are met.

>>> accounts = Accounts()
>>> segments = accounts.segments("year", numpy.array([0, 0, 2]), numpy.array([0, 0, 0]))
>>> accounts.close("ytd", segments, numpy.array([30, 5]))
>>> accounts.open("ytd", segments), dict(accounts.totals("ytd", "year"))
(array([30,  5]), {(0, 0): 30, (2, 0): 5})
"""

from collections.abc import Iterator
from typing import Any

import attrs
import numpy

__all__ = ["Accounts", "Segments"]

_MOST = 2**63 - 1


@attrs.frozen(eq=False)
class Segments:
    """Where the rows of each account stand in a block whose rows lie together by account.

    Args:
        over: the interval.
        first: the first row of each account.
        last: its last row.
        lengths: how many rows it has.
        people: its person, by number.
        intervals: its interval, by number.
        size: how many rows there are.
        reach: how many intervals and people an array needs to hold the accounts.
        interval: the interval, where all accounts have the same.
    """

    over: str
    first: Any
    last: Any
    lengths: Any
    people: Any
    intervals: Any
    size: int
    reach: tuple[int, int] = attrs.field(init=False)
    interval: int | None = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        most = int(self.intervals.max(initial=-1))
        object.__setattr__(self, "reach", (most + 1, int(self.people.max(initial=-1)) + 1))
        object.__setattr__(self, "interval", most if most >= 0 and int(self.intervals.min()) == most else None)

    def over_another(self, over: str, interval: int) -> "Segments":
        """The same rows over an interval that holds all of them."""
        return Segments(over, self.first, self.last, self.lengths, self.people, numpy.full(len(self.people), interval), self.size)


class Accounts:
    """All running totals of a calculation: one array for each name, a row for each interval and a column for each person."""

    def __init__(self) -> None:
        self._arrays: dict[tuple[str, str], Any] = {}
        self._filled: dict[tuple[str, str], int] = {}

    def segments(self, over: str, people: Any, intervals: Any) -> Segments:
        """The accounts of rows that lie together by person, and for each person by interval."""
        changes = people[1:] != people[:-1]
        if isinstance(intervals, numpy.ndarray):
            changes |= intervals[1:] != intervals[:-1]
        first = numpy.concatenate((_ZERO, numpy.flatnonzero(changes) + 1))
        lengths = numpy.diff(first, append=len(people))
        when = intervals[first] if isinstance(intervals, numpy.ndarray) else numpy.full(len(first), intervals)
        return Segments(over, first, first + lengths - 1, lengths, people[first], when, len(people))

    def open(self, name: str, segments: Segments, at_first: int = 0) -> Any:
        """The totals so far of the accounts."""
        array = self._array(name, segments, at_first)
        if segments.interval is None:
            return array[segments.intervals, segments.people]
        return array[segments.interval].take(segments.people)

    def close(self, name: str, segments: Segments, totals: Any) -> None:
        """The totals as they now stand."""
        key = (name, segments.over)
        array = self._array(name, segments, self._filled.get(key, 0))
        if totals.dtype == object and array.dtype != object:
            array = self._arrays[key] = array.astype(object)
        if segments.interval is None:
            array[segments.intervals, segments.people] = totals
        else:
            array[segments.interval][segments.people] = totals

    def put(self, name: str, over: str, person: int, interval: int, total: int, at_first: int = 0) -> None:
        """One total, to go on from."""
        where = Segments(over, _ZERO, _ZERO, _ZERO + 1, numpy.array([person]), numpy.array([interval]), 1)
        self.open(name, where, at_first)
        self.close(name, where, numpy.array([total], dtype=numpy.int64 if abs(total) <= _MOST else object))

    def met(self, name: str, over: str) -> tuple[Any, Any]:
        """The interval and the person of every total that is not 0, by number."""
        array = self._arrays.get((name, over))
        intervals, people = numpy.nonzero(array) if array is not None else (_ZERO[:0], _ZERO[:0])
        return intervals, people

    def totals(self, name: str, over: str) -> Iterator[tuple[tuple[int, int], int]]:
        """Every total that is not 0, as ``((person, interval), total)``."""
        array = self._arrays.get((name, over))
        if array is not None:
            for interval, person in zip(*numpy.nonzero(array), strict=True):
                yield (int(person), int(interval)), int(array[interval, person])

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """All names with their intervals."""
        return tuple(self._arrays)

    def _array(self, name: str, segments: Segments, at_first: int) -> Any:
        key = (name, segments.over)
        array = self._arrays.get(key)
        rows, columns = segments.reach
        if array is None or rows > array.shape[0] or columns > array.shape[1]:
            old = numpy.zeros((0, 0), numpy.int64) if array is None else array
            shape = (max(rows, old.shape[0]), old.shape[1] if columns <= old.shape[1] else max(columns, old.shape[1] * 2))
            array = numpy.full(shape, at_first, old.dtype) if at_first else numpy.zeros(shape, old.dtype)
            array[: old.shape[0], : old.shape[1]] = old
            self._arrays[key], self._filled[key] = array, at_first
        return array


_ZERO = numpy.zeros(1, numpy.intp)
