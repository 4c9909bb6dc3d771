"""The few words in which every line-level rule is written, and the carrier that speaks them for one record at a time.

A rule is one method over `Ops`. Plain ``+ - * < <=`` come from the operands themselves; everything else is one of these words:

========== ==========================================================================================
where      one value or the other, by a condition
min, max   the smaller, the larger
pos        the part above zero
find       what a book of rules or facts says for this record
pick       the entry of a short list at a position
locate     the band that holds ``x / unit``, compared by cross-multiplication, never rounded
rise       what a curve is worth more at one total than at another
muldiv     ``a * num / den`` exactly, rounded once by a named mode
accumulate a running total including this record
gather     the same for fractions, whose denominators may differ; these two are the only words with memory
let        gives a value its name in the working
require    refuses a record for which a condition does not hold
========== ==========================================================================================

Operands are integer counts of minor units and rates are integer ratios, so a carrier of Python integers, of NumPy blocks or of
dataframe expressions gives the same cents. `ScalarOps` carries plain integers, one record at a time: the carrier that the others are
checked against. `salesrules.source` writes a rule out as Python, which then runs much faster and can keep the working.

    >>> ops = ScalarOps()
    >>> ops.muldiv(1005, 5, 100, "half_up")     # 5% of 10.05
    50
    >>> ops.pos(-3), ops.min(2, 5), ops.where(True, 1, 2)
    (0, 2, 1)
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, Protocol

from .errors import FactError, SalesRulesError
from .money import Mode, divide

__all__ = ["Book", "Edges", "Operand", "Ops", "Record", "Rising", "ScalarOps", "Total", "gathered"]

Total = int | Fraction
"""A running total: counts, or what was gathered exactly."""


class Edges(Protocol):
    """The lower bounds of bands, as integers over one denominator."""

    @property
    def nums(self) -> Sequence[int]:
        """Numerators, ascending."""

    @property
    def den(self) -> int:
        """Their common denominator."""

    @property
    def lower_inclusive(self) -> bool:
        """True for ``[from, next)``, False for ``(from, next]``."""


class Rising(Protocol):
    """A function that is a straight line in each band: ``(intercept * unit + slope * x) / den``."""

    @property
    def bounds(self) -> Edges:
        """Where the bands start."""

    @property
    def intercepts(self) -> Sequence[int]:
        """Times the denominator: for what lies below the first bound, then for each band."""

    @property
    def slopes(self) -> Sequence[int]:
        """Times the denominator, as `intercepts`."""

    def total(self, o: "Ops", x: Any, unit: Any) -> Any:
        """What ``x`` in all is worth, times the denominator."""


class Record(Protocol):
    """What a carrier must know of a record besides its operands: whom and which interval it belongs to."""

    def account(self, over: str) -> Any:
        """The key under which running totals over the interval ``over`` are kept."""


class Book(Protocol):
    """Something that answers for a record from a few of its fields: a rate book, quotas, factors."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of a record that decide."""

    @property
    def width(self) -> int:
        """How many integers an answer has; 1 is a plain integer, more are a tuple."""

    def find(self, key: tuple[Any, ...]) -> Any:
        """The answer for these values of `fields`."""


class Ops(Protocol):
    """What carries the numbers of a rule."""

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        """``then`` where the condition holds, ``otherwise`` elsewhere."""

    def min(self, a: Any, b: Any) -> Any:
        """The smaller."""

    def max(self, a: Any, b: Any) -> Any:
        """The larger."""

    def pos(self, a: Any) -> Any:
        """``a`` where it is positive, else 0."""

    def find(self, name: str, book: Book, record: Any) -> Any:
        """What the book says for this record; the integers of a tuple come as a tuple of operands."""

    def pick(self, values: Sequence[int], index: Any) -> Any:
        """The entry of ``values`` at ``index``."""

    def locate(self, edges: Edges, x: Any, unit: Any) -> Any:
        """The index of the band that holds ``x / unit`` (``unit > 0``); -1 below the first bound."""

    def rise(self, curve: Rising, before: Any, after: Any, unit: Any) -> Any:
        """What the curve is worth more at ``after`` than at ``before``, times its denominator."""

    def muldiv(self, a: Any, num: Any, den: Any, mode: Mode) -> Any:
        """``a * num / den``, rounded to an integer by ``mode``."""

    def accumulate(self, name: str, value: Any, record: Any, over: str) -> Any:
        """The running total of ``value`` for the record's account over ``over``, this record included."""

    def gather(self, name: str, num: Any, den: Any, record: Any, over: str) -> tuple[Any, Any, Any]:
        """The running total of ``num / den`` before this record and after it, and the denominator of both."""

    def let(self, name: str, value: Any, *why: Any) -> Any:
        """The value, under its name in the working, with the values it came from."""

    def require(self, condition: Any, error: Callable[[], SalesRulesError]) -> None:
        """Refuse a record for which the condition does not hold."""


def _infix(sign: str) -> Any:
    def forward(self: "Operand", other: Any) -> Any:
        return self.ops.infix(self, sign, other)

    return forward


def _reverse(sign: str) -> Any:
    def backward(self: "Operand", other: Any) -> Any:
        return self.ops.infix(other, sign, self)

    return backward


class Operand:
    """What stands for a number where a carrier needs to know of every operation: each operator asks the carrier."""

    __slots__ = ("ops",)
    __hash__ = None  # type: ignore[assignment]  # it compares into another operand, so it cannot be a key

    def __init__(self, ops: Any) -> None:
        self.ops = ops

    __add__, __sub__, __mul__, __floordiv__ = _infix("+"), _infix("-"), _infix("*"), _infix("//")
    __radd__, __rsub__, __rmul__ = _reverse("+"), _reverse("-"), _reverse("*")
    __lt__, __le__, __gt__, __ge__, __eq__ = _infix("<"), _infix("<="), _infix(">"), _infix(">="), _infix("==")
    __and__, __or__ = _infix("and"), _infix("or")
    __rand__, __ror__ = _reverse("and"), _reverse("or")

    def __neg__(self) -> Any:
        return self.ops.infix(0, "-", self)

    def __bool__(self) -> bool:
        raise FactError("source.branch", "a rule branches on an operand; write it with where, so that every carrier can follow")


def gathered(cell: list[Total], num: int, den: int) -> tuple[int, int, int]:
    """Add a fraction to a running total; the total before, after, and the denominator of both."""
    before = cell[0]
    after = cell[0] = before + Fraction(num, den)
    common = lcm(before.denominator, after.denominator)
    return int(before * common), int(after * common), common


class ScalarOps:
    """Plain integers, one record at a time. It keeps no working: `let` only gives the value back.

    Args:
        totals: running totals to go on from, as ``{name: {account: value}}``; they are kept up to date in place.
    """

    __slots__ = ("totals",)

    def __init__(self, totals: dict[str, dict[Any, Total]] | None = None) -> None:
        self.totals: dict[str, dict[Any, Total]] = {} if totals is None else totals

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        return then if condition else otherwise

    def min(self, a: int, b: int) -> int:
        return min(b, a)

    def max(self, a: int, b: int) -> int:
        return max(b, a)

    def pos(self, a: int) -> int:
        return max(0, a)

    def find(self, name: str, book: Book, record: Any) -> Any:
        return book.find(tuple(getattr(record, field) for field in book.fields))

    def pick(self, values: Sequence[int], index: int) -> int:
        return values[index]

    def locate(self, edges: Edges, x: int, unit: int) -> int:
        if edges.lower_inclusive:
            return bisect_right(edges.nums, x * edges.den // unit) - 1
        return bisect_left(edges.nums, -(-x * edges.den // unit)) - 1

    def rise(self, curve: Rising, before: int, after: int, unit: int) -> Any:
        return curve.total(self, after, unit) - curve.total(self, before, unit)

    def muldiv(self, a: int, num: int, den: int, mode: Mode) -> int:
        return divide(a * num, den, mode)

    def accumulate(self, name: str, value: int, record: Any, over: str) -> int:
        book = self.totals.setdefault(name, {})
        account = record.account(over)
        total = book[account] = book.get(account, 0) + value
        return int(total)

    def gather(self, name: str, num: int, den: int, record: Any, over: str) -> tuple[int, int, int]:
        book = self.totals.setdefault(name, {})
        account = record.account(over)
        cell = [book.get(account, 0)]
        told = gathered(cell, num, den)
        book[account] = cell[0]
        return told

    def let(self, name: str, value: Any, *why: Any) -> Any:
        return value

    def require(self, condition: Any, error: Callable[[], SalesRulesError]) -> None:
        if not condition:
            raise error()
