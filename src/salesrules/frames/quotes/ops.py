"""The expression carrier for rules without memory: what a rule says is one expression, which the engine computes as it likes.

It speaks polars where the table is one of polars, so that what rules look up needs no columns in between, and narwhals elsewhere; their words
are the same. Each operand is as narrow as its bounds allow, for a column costs what its width costs; and the larger of two operands is asked of
the engine, so that no operand is written twice.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import narwhals

from ...money import Mode, divide
from ..expressions import Cell, ExprOps
from ..spans import Span, reach

__all__ = ["QuoteOps"]

_BITS = (8, 32)


class QuoteOps(ExprOps):
    """The words of `salesrules.ops.Ops`, on expressions that are not named.

    Args:
        words: the module that makes expressions: polars or narwhals.
        frame: the table, as that module has it.
        doubles: whether the library divides integers as doubles.

    Attributes:
        notes: what the rule noted, by name.
    """

    def __init__(self, words: Any, frame: Any, *, doubles: bool) -> None:
        super().__init__(frame, rows=1, doubles=doubles, order=())
        self.words = words
        self.notes: dict[str, tuple[Any, ...]] = {}

    def put(self, expr: Any) -> Any:
        return expr

    def typed(self, bits: int) -> Any:
        """Integers of a width."""
        return getattr(self.words, f"Int{bits}")()

    def type_of(self, lo: int, hi: int) -> Any:
        """The narrowest integers between two."""
        return self.typed(_width((lo, hi)))

    def expr(self, operand: Any) -> Any:
        return operand.expr if isinstance(operand, Cell) else self.words.lit(int(operand), self.type_of(*_span(operand)))

    def narrowed(self, expr: Any, lo: int, hi: int) -> Any:
        """A column of which the bounds are known, in as few bits as they allow; polars need not look at them again."""
        dtype = self.typed(max(_width((lo, hi)), _BITS[-1]))
        return self.cell(expr.cast(dtype) if self.words is narwhals else expr.cast(dtype, wrap_numerical=True), lo, hi)

    def infix(self, left: Any, sign: str, right: Any) -> Any:
        if sign in {"+", "-", "*"}:
            bits = _width(reach(sign, _span(left), _span(right)))
            if bits > max(_width(_span(left)), _width(_span(right))):
                left, right = (self._widened(operand, bits) for operand in (left, right))
        return super().infix(left, sign, right)

    def _widened(self, operand: Any, bits: int) -> Any:
        if not isinstance(operand, Cell):
            return operand
        return Cell(self, operand.expr.cast(self.typed(bits)), operand.lo, operand.hi, operand.mass, operand.stairs)

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        if not isinstance(condition, Cell):
            return then if condition else otherwise
        if isinstance(then, int) and isinstance(otherwise, int) and (then, otherwise) == (1, 0):
            return Cell(self, condition.expr.cast(self.typed(8)), 0, 1, 1)
        (alo, ahi), (blo, bhi) = _span(then), _span(otherwise)
        return self.cell(self.words.when(condition.expr).then(self.expr(then)).otherwise(self.expr(otherwise)), min(alo, blo), max(ahi, bhi))

    def max(self, a: Any, b: Any) -> Any:
        (alo, ahi), (blo, bhi) = _span(a), _span(b)
        if alo >= bhi or blo >= ahi:
            return a if alo >= bhi else b
        return self.cell(self.words.max_horizontal(self.expr(a), self.expr(b)), max(alo, blo), max(ahi, bhi))

    def pick(self, values: Sequence[int], index: Any) -> Any:
        if not isinstance(index, Cell):
            return values[index]
        base, passed = index.stairs or (0, ())
        reachable = values[base : base + len(passed) + 1]
        made: Any = reachable[0]
        for condition, (one, two) in zip(passed, pairwise(reachable), strict=True):
            made = self.where(Cell(self, condition, 0, 1, 1), two, made) if one != two else made
        return made

    def _stair(self, base: int, passed: tuple[Any, ...]) -> Any:
        if not passed:
            return base
        count: Any = base
        for above, condition in enumerate(passed, start=base + 1):
            count = self.where(Cell(self, condition, 0, 1, 1), above, count)
        return Cell(self, count.expr, base, base + len(passed), 1, (base, passed))

    def muldiv(self, a: Any, num: Any, den: Any, mode: Mode) -> Any:
        """Of what is not below 0, rounded up or half-up: all that quotes need."""
        if not isinstance(a, Cell) or den == 1:
            return a if den == 1 else divide(a * num, den, mode)
        more = {"ceiling": den - 1, "half_up": den // 2}[mode]
        self.fit((a.lo, a.hi + more))
        return self.cell(self._over(self.expr(a + more), self.expr(den), a.hi + more), divide(a.lo, den, mode), divide(a.hi, den, mode))

    def let(self, name: str, value: Any, *why: Any) -> Any:
        self.notes[name] = (value, *why)
        return value


def _span(operand: Any) -> Span:
    return (operand.lo, operand.hi) if isinstance(operand, Cell) else (int(operand), int(operand))


def _width(span: Span) -> int:
    """The bits that hold all integers between two."""
    return next((bits for bits in _BITS if -(2 ** (bits - 1)) <= span[0] and span[1] < 2 ** (bits - 1)), 64)
