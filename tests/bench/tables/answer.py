"""What every variant must agree on: the pay of each line, and what each person sold and is paid in each month, as checksums."""

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from .terms import PERIODS

__all__ = ["Answer", "Checks", "Prepared", "checked", "sample_people"]

_SAMPLE = 200_000


@attrs.frozen(kw_only=True, eq=False)
class Answer:
    """A result in NumPy arrays, in any order of the rows: the lines by id, the totals by person and period (1 to 12)."""

    id: Any
    pay: Any
    person: Any
    period: Any
    lines: Any
    credited: Any
    paid: Any


@attrs.frozen(kw_only=True)
class Prepared:
    """A variant with its data loaded: the work that is measured, and how its result is read afterwards."""

    work: Callable[[], Any]
    read: Callable[[Any], Answer] | None = None
    process: Callable[[], int] | None = None
    """The process that does the work, where it is another one."""


@attrs.frozen(kw_only=True)
class Checks:
    """Checksums of a result; ``sample`` is that of the lines and totals of the first few people alone."""

    lines: int
    totals: int
    sample: int
    paid: int
    rows: int


def sample_people(rows: int, people: int) -> int:
    """How many people, from the first on, make up about 200,000 lines."""
    return max(1, min(people, people * _SAMPLE // rows))


def _mixed(keys: Any, values: Any) -> int:
    """The sum of the values, each weighed by its key; right up to 2**64, as NumPy wraps."""
    weights = (keys.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    weights = (weights ^ (weights >> np.uint64(29))) | np.uint64(1)
    return int((values.astype(np.int64).view(np.uint64) * weights).sum(dtype=np.uint64))


def _of_lines(answer: Answer, keep: Any) -> int:
    return _mixed(answer.id[keep], answer.pay[keep])


def _of_totals(answer: Answer, keep: Any) -> int:
    keys = answer.person[keep].astype(np.int64) * PERIODS + answer.period[keep]
    columns = (answer.lines, answer.credited, answer.paid)
    return sum((number + 1) * _mixed(keys, column[keep]) for number, column in enumerate(columns)) % 2**64


def checked(answer: Answer, person_of: Any, people: int) -> Checks:
    """The checksums of a result.

    Args:
        answer: the result.
        person_of: the person of each line, by id.
        people: how many people, from the first on, make up the sample.
    """
    everything = slice(None)
    sample = _of_lines(answer, person_of[answer.id] <= people) + _of_totals(answer, answer.person <= people)
    return Checks(
        lines=_of_lines(answer, everything), totals=_of_totals(answer, everything), sample=sample % 2**64, paid=int(answer.pay.sum()), rows=len(answer.id)
    )
