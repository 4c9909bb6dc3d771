"""The expression carrier: narwhals expressions, for tables that stay where they are: lazy polars, DuckDB, Ibis, PySpark.

Nothing is computed while the rule runs; what it says becomes columns of the library's own query. Each operand knows between which integers it
lies and how large the sum over the rows of one person can be, so that what would not fit 64 bits is refused before anything is computed.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import gcd
from typing import Any

import narwhals

from ..errors import FactError, SalesRulesError
from ..money import Mode, divide
from ..ops import Book, Edges, Operand, Rising
from .spans import Span, decided, fits, reach

__all__ = ["Cell", "ExprOps"]

_EXACT_DOUBLE = 2**53
_EXACT_CORRECTED = 2**62
_INTEGER = narwhals.Int64()


class Cell(Operand):
    """A column of integers (or conditions) that is not computed yet.

    Attributes:
        expr: the expression.
        lo, hi: between which integers its values lie.
        mass: what the sum of their sizes over the rows of one person cannot exceed.
        stairs: where the value is a number and how many of some conditions hold: the number and the conditions.
        column: the column of the table that holds it already.
    """

    __slots__ = ("column", "expr", "hi", "lo", "mass", "stairs")

    def __init__(
        self, ops: "ExprOps", expr: Any, lo: int, hi: int, mass: int, stairs: tuple[int, tuple[Any, ...]] | None = None, column: str | None = None
    ) -> None:
        super().__init__(ops)
        self.expr, self.lo, self.hi, self.mass, self.stairs, self.column = expr, lo, hi, mass, stairs, column


def _span(operand: Any) -> Span:
    return (operand.lo, operand.hi) if isinstance(operand, Cell) else (int(operand), int(operand))


def _size(span: Span) -> int:
    return max(abs(span[0]), abs(span[1]))


class ExprOps:
    """The words of `salesrules.ops.Ops`, on expressions.

    Args:
        frame: the table, to which columns are added.
        rows: how many rows one person has at most.
        doubles: whether the library divides integers as doubles.
        order: the columns that order the rows.
    """

    def __init__(self, frame: Any, *, rows: int, doubles: bool, order: Sequence[str]) -> None:
        self.frame, self.rows, self._doubles, self._order = frame, rows, doubles, tuple(order)
        self.mask: Any = True
        self.sums: dict[tuple[str, str], tuple[str, int]] = {}
        self.dens: dict[str, int] = {}
        self.gathered: set[str] = set()
        self.opened: dict[tuple[str, str], tuple[str, int]] = {}
        self._named = 0
        self._running: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    # Operands

    def put(self, expr: Any) -> Any:
        """A column of the table for an expression, so that it is computed once."""
        return narwhals.col(self._column(expr))

    def _column(self, expr: Any) -> str:
        self._named += 1
        name = f"salesrules_{self._named}"
        self.frame = self.frame.with_columns(expr.alias(name))
        return name

    def kept(self, cell: Any) -> Any:
        """The operand as a column of the table."""
        if not isinstance(cell, Cell) or cell.column is not None:
            return cell
        column = self._column(cell.expr)
        return Cell(self, narwhals.col(column), cell.lo, cell.hi, cell.mass, cell.stairs, column)

    def cell(self, expr: Any, lo: int, hi: int, mass: int | None = None) -> Any:
        """An operand with known bounds; a plain integer where there is only one value it can have."""
        return lo if lo == hi else Cell(self, expr, lo, hi, _size((lo, hi)) * self.rows if mass is None else mass)

    def expr(self, operand: Any) -> Any:
        """The operand as an expression of 64-bit integers."""
        return operand.expr if isinstance(operand, Cell) else narwhals.lit(int(operand), _INTEGER)

    def _mass(self, operand: Any) -> int:
        return operand.mass if isinstance(operand, Cell) else abs(int(operand)) * self.rows

    @staticmethod
    def fit(span: Span) -> Span:
        """Refuse what 64 bits may not hold."""
        if not fits(*span):
            raise FactError(
                "frames.too_large",
                "a value may reach {most}, past the 64 bits that this engine computes with; use engine='blocks', which carries integers of any size",
                most=_size(span),
            )
        return span

    def summed(self, operand: Any) -> Any:
        """The operand, whose sum over the rows of one person will be wanted."""
        mass = self._mass(operand)
        self.fit((-mass, mass))
        return operand

    def infix(self, left: Any, sign: str, right: Any) -> Any:
        """An operator applied to two operands of which at least one is a cell."""
        a, b = _span(left), _span(right)
        if sign in {"and", "or"}:
            return self._both(left, sign, right)
        if sign in {"<", "<=", ">", ">=", "=="}:
            known = decided(sign, a, b)
            return known if known is not None else Cell(self, _COMPARED[sign](self.expr(left), self.expr(right)), 0, 1, self.rows)
        plain = right if not isinstance(right, Cell) else left if not isinstance(left, Cell) else None
        if plain == 0 and (sign == "*" or plain is right or sign == "+"):
            return 0 if sign == "*" else left if plain is right else right
        if plain == 1 and sign == "*":
            return right if plain is left else left
        lo, hi = self.fit(reach(sign, a, b))
        if sign == "*":
            mass = min(self._mass(left) * _size(b), self._mass(right) * _size(a))
            return self.cell(self.expr(left) * self.expr(right), lo, hi, mass)
        stairs = (left.stairs[0] + right, left.stairs[1]) if sign == "+" and isinstance(left, Cell) and left.stairs and not isinstance(right, Cell) else None
        made = self.expr(left) + self.expr(right) if sign == "+" else self.expr(left) - self.expr(right)
        return lo if lo == hi else Cell(self, made, lo, hi, self._mass(left) + self._mass(right), stairs)

    def _both(self, left: Any, sign: str, right: Any) -> Any:
        for one, other in ((left, right), (right, left)):
            if not isinstance(one, Cell):
                return other if bool(one) == (sign == "and") else one
        return Cell(self, left.expr & right.expr if sign == "and" else left.expr | right.expr, 0, 1, self.rows)

    # Words

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        if not isinstance(condition, Cell):
            return then if condition else otherwise
        (alo, ahi), (blo, bhi) = _span(then), _span(otherwise)
        expr = narwhals.when(condition.expr).then(self.expr(then)).otherwise(self.expr(otherwise))
        return self.kept(self.cell(expr, min(alo, blo), max(ahi, bhi), self._mass(then) + self._mass(otherwise)))

    def min(self, a: Any, b: Any) -> Any:
        (alo, ahi), (blo, bhi) = _span(a), _span(b)
        if ahi <= blo:
            return a
        if bhi <= alo:
            return b
        x, y = self.expr(a), self.expr(b)
        return self.cell(narwhals.when(x > y).then(y).otherwise(x), min(alo, blo), min(ahi, bhi), self._mass(a) + self._mass(b))

    def max(self, a: Any, b: Any) -> Any:
        (alo, ahi), (blo, bhi) = _span(a), _span(b)
        if alo >= bhi:
            return a
        if blo >= ahi:
            return b
        if isinstance(a, Cell) and a.stairs and not isinstance(b, Cell):
            base, passed = a.stairs
            return self._stair(b, passed[b - base :])
        x, y = self.expr(a), self.expr(b)
        return self.cell(narwhals.when(x > y).then(x).otherwise(y), max(alo, blo), max(ahi, bhi), self._mass(a) + self._mass(b))

    def pos(self, a: Any) -> Any:
        return self.max(a, 0)

    def find(self, name: str, book: Book, record: Any) -> Any:
        return record.find(book)

    def pick(self, values: Sequence[int], index: Any) -> Any:
        if not isinstance(index, Cell):
            return values[index]
        base, passed = index.stairs or (0, ())
        if not passed:
            raise FactError("frames.pick", "an entry can be picked only by the band that was located")
        reachable = values[base : base + len(passed) + 1]
        expr: Any = narwhals.lit(reachable[0], _INTEGER)
        for condition, (one, two) in zip(passed, pairwise(reachable), strict=True):
            if one != two:
                expr = narwhals.when(condition).then(narwhals.lit(two, _INTEGER)).otherwise(expr)
        return self.kept(self.cell(expr, min(reachable), max(reachable)))

    def locate(self, edges: Edges, x: Any, unit: Any) -> Any:
        band, passed = -1, []
        for num in edges.nums:
            at_least = self.infix(x * edges.den, ">=" if edges.lower_inclusive else ">", unit * num)
            if at_least is True:
                band += 1
            elif at_least is not False:
                passed.append(self.put(at_least.expr))
        return self._stair(band, tuple(passed))

    def _stair(self, base: int, passed: tuple[Any, ...]) -> Any:
        """A number and how many conditions hold, of which each holds only where the one before it does."""
        if not passed:
            return base
        count: Any = narwhals.lit(base, _INTEGER)
        for condition in passed:
            count = count + narwhals.when(condition).then(narwhals.lit(1, _INTEGER)).otherwise(narwhals.lit(0, _INTEGER))
        return Cell(self, count, base, base + len(passed), self.rows * (abs(base) + len(passed)), (base, passed))

    @staticmethod
    def _cells(*operands: Any) -> bool:
        return any(isinstance(operand, Cell) for operand in operands)

    def rise(self, curve: Rising, before: Any, after: Any, unit: Any) -> Any:
        """A curve without jumps is a line and a bend at each bound; another is computed at both ends."""
        bends = _bends(curve, unit)
        if bends is None:
            return curve.total(self, after, unit) - curve.total(self, before, unit)
        made = (after - before) * curve.slopes[0]
        for point, turn in bends:
            made = made + (self.pos(after - point) - self.pos(before - point)) * turn
        return made

    def muldiv(self, a: Any, num: Any, den: Any, mode: Mode) -> Any:
        if not self._cells(a, num, den):
            return divide(a * num, den, mode)
        if not isinstance(a, Cell):
            a, num = num, a
        if not isinstance(num, Cell) and not isinstance(den, Cell):
            shared = gcd(num, den)
            num, den = num // shared, den // shared
        if not isinstance(den, Cell) and den == 1:
            return a * num
        lows, _ = _span(den)
        mass = self._mass(a) * _size(_span(num)) // max(lows, 1) + self.rows
        if not fits(*reach("*", _span(a), _span(num))) and isinstance(a, Cell) and not isinstance(den, Cell):
            return self._split(a, num, den, mode, mass)
        product = self.kept(a * num)
        return self._settled(product, den, mode, mass) if self._cells(product, den) else divide(product, den, mode)

    def _over(self, top: Any, bottom: Any, size: int) -> Any:
        """The floor of a quotient; corrected where the library divides as doubles, and the dividend is past what those hold."""
        if not self._doubles or size <= _EXACT_DOUBLE:
            return top // bottom
        if size > _EXACT_CORRECTED:
            self.fit((0, size * 4))
        near = self.put(top // bottom)
        return near + (top - near * bottom) // bottom

    def _settled(self, product: Any, den: Any, mode: Mode, mass: int) -> Any:
        """A product divided and rounded."""
        (plo, phi), (dlo, dhi) = _span(product), _span(den)
        corners = [divide(end, by, kind) for end in (plo, phi) for by in (dlo, dhi) for kind in _ENDS]
        lo, hi = min(corners), max(corners)
        self.fit((plo - 2 * dhi, phi + 2 * dhi))
        size = _size((plo, phi)) + dhi
        top, bottom = self.expr(product), self.expr(den)
        if mode == "half_up" and not isinstance(den, Cell):
            away = top + den // 2
            if plo < 0 and den % 2 == 0:
                away = away - narwhals.when(top < 0).then(narwhals.lit(1, _INTEGER)).otherwise(narwhals.lit(0, _INTEGER))
                away = self.put(away) if self._doubles else away
            return self.kept(self.cell(self._over(away, bottom, size), lo, hi, mass))
        quotient = self.put(self._over(top, bottom, size))
        return self._rounded(quotient, self.put(top - quotient * bottom), bottom, top < 0, mode, (lo, hi), mass)

    def _split(self, a: Any, num: Any, den: int, mode: Mode, mass: int) -> Any:
        """``a = q * den + r``, so ``a * num = q * num * den + r * num``: only the smaller part is divided."""
        self.fit((-den * (2 * _size(_span(num)) + 2), den * (2 * _size(_span(num)) + 2)))
        corners = [divide(end * by, den, kind) for end in _span(a) for by in _span(num) for kind in _ENDS]
        self.fit((min(corners) - _size(_span(num)), max(corners) + _size(_span(num))))
        top, by, bottom = self.put(a.expr), self.expr(num), narwhals.lit(den, _INTEGER)
        whole = self.put(self._over(top, bottom, _size(_span(a))))
        rest = self.put((top - whole * bottom) * by)
        more = self.put(self._over(rest, bottom, den * _size(_span(num))))
        negative = top < 0
        if _span(num)[0] < 0:
            negative = (negative & ~(by < 0)) | (~negative & (by < 0))
        quotient = self.put(whole * by + more)
        return self._rounded(quotient, self.put(rest - more * bottom), bottom, negative, mode, (min(corners), max(corners)), mass)

    def _rounded(self, quotient: Any, rest: Any, den: Any, negative: Any, mode: Mode, span: Span, mass: int) -> Any:
        """The floor and what is left of it, rounded by a mode."""
        if mode == "floor":
            return self.cell(quotient, *span, mass)
        double = rest + rest
        ups = {
            "half_up": lambda: (double > den) | ((double == den) & ~negative),
            "half_down": lambda: (double > den) | ((double == den) & negative),
            "half_even": lambda: (double > den) | ((double == den) & (self._odd(quotient, _size(span)) == 1)),
            "up": lambda: (rest > 0) & ~negative,
            "down": lambda: (rest > 0) & negative,
            "ceiling": lambda: rest > 0,
        }
        up = narwhals.when(ups[mode]()).then(narwhals.lit(1, _INTEGER)).otherwise(narwhals.lit(0, _INTEGER))
        return self.kept(self.cell(quotient + up, *span, mass))

    def _odd(self, value: Any, size: int) -> Any:
        half = self._over(value, narwhals.lit(2, _INTEGER), size)
        return value - half * 2

    def accumulate(self, name: str, value: Any, record: Any, over: str) -> Any:
        earlier, mass = self.sums.get((name, over), (None, 0))
        mass += self._mass(value)
        self.fit((-mass, mass))
        column, total = self._summed(value, earlier, tuple(record.accounts(over)))
        self.sums[name, over] = (column, mass)
        opened, most = self.opened.get((name, over), ("", 0))
        if opened:
            total = self.put(total + narwhals.col(opened))
            mass += most
        return Cell(self, total, -mass, mass, mass * self.rows)

    def _summed(self, value: Any, earlier: str | None, accounts: tuple[str, ...]) -> tuple[str, Any]:
        """The column of what counts, and its running total; totals that several steps keep of the same are kept once."""
        key = (id(self.mask), id(value) if isinstance(value, Cell) else value, earlier, accounts)
        if key not in self._running:
            counted = self.where(self.mask, value, 0)
            there = counted.column if isinstance(counted, Cell) and earlier is None else None
            column = there or self._column(self.expr(counted) if earlier is None else narwhals.col(earlier) + self.expr(counted))
            total = self.put(narwhals.col(column).cum_sum().over(*accounts, order_by=self._order).cast(_INTEGER))
            self._running[key] = (column, total, self.mask, value)  # kept, so that no other is taken for them
        column, total, *_ = self._running[key]
        return column, total

    def gather(self, name: str, num: Any, den: Any, record: Any, over: str) -> tuple[Any, Any, Any]:
        if isinstance(den, Cell):
            raise FactError(
                "frames.denominators",
                "{name} adds up fractions with a denominator for each person, which expressions do not carry; use engine='blocks'",
                name=name,
            )
        common = self.dens.setdefault(name, den)
        if common != den:
            raise FactError(
                "frames.denominators", "{name} adds up fractions of different versions, which expressions do not carry; use engine='blocks'", name=name
            )
        self.gathered.add(name)
        value = self.kept(num)
        after = self.accumulate(name, value, record, over)
        return after - value, after, den

    def let(self, name: str, value: Any, *why: Any) -> Any:
        return value

    def require(self, condition: Any, error: Callable[[], SalesRulesError]) -> None:
        if isinstance(condition, Cell):
            wrong = self.both(self.mask, condition)
            if len(self.frame.filter(wrong).head(1).collect()):
                raise error()
        elif not condition:
            raise error()

    def both(self, mask: Any, condition: Cell) -> Any:
        """Rows that count and for which a condition does not hold."""
        return ~condition.expr if mask is True else mask.expr & ~condition.expr


_ENDS: tuple[Mode, Mode] = ("floor", "ceiling")
_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
}


def _bends(curve: Rising, unit: Any) -> list[tuple[Any, int]] | None:
    """Where a curve turns, and by how much; ``None`` where it jumps, or turns between two counts."""
    bends = []
    for place, num in enumerate(curve.bounds.nums):
        turn = curve.slopes[place + 1] - curve.slopes[place]
        step = curve.intercepts[place + 1] - curve.intercepts[place]
        if step * curve.bounds.den + turn * num != 0:
            return None
        if isinstance(unit, int):
            if num * unit % curve.bounds.den:
                return None
            bends.append((num * unit // curve.bounds.den, turn))
        elif num % curve.bounds.den:
            return None
        else:
            bends.append((unit * (num // curve.bounds.den), turn))
    return [(point, turn) for point, turn in bends if turn]
