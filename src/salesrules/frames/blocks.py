"""The block carrier: NumPy arrays that fit the cache, each with its bounds, and running totals that go on from block to block.

Every operand knows between which integers it lies. So nothing can overflow unseen: an operation that might leave 64 bits is first looked at
more closely, and is then carried by Python's own integers. And what the bounds already decide is not computed: a condition that holds for a
whole block, a band in which all of it lies, a factor of 1.

    >>> ops = BlockOps()
    >>> amounts = ops.block(numpy.array([1005, -1005, 995]))
    >>> ops.muldiv(amounts, 5, 100, "half_up").values
    array([ 50, -50,  50])
    >>> amounts < 2000                                      # known without looking at the rows
    True
    >>> (amounts * 10**17).values.dtype                     # exact where 64 bits would not do
    dtype('O')
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..errors import FactError, SalesRulesError
from ..money import Mode, divide
from ..ops import Book, Edges, Operand, Rising
from .accounts import Accounts, Segments
from .spans import bounds, decided, fits, reach

__all__ = ["Block", "BlockOps"]

_UFUNCS: dict[str, Any] = {"+": numpy.add, "-": numpy.subtract, "*": numpy.multiply, "//": numpy.floor_divide}
_COMPARED: dict[str, Any] = {"<": numpy.less, "<=": numpy.less_equal, ">": numpy.greater, ">=": numpy.greater_equal, "==": numpy.equal}
_MANY = 16


class Block(Operand):
    """A column of integers (or conditions) with its bounds. ``over`` names the interval whose accounts it has a value for; empty: the rows."""

    __slots__ = ("_made", "hi", "lo", "over", "spread")

    def __init__(self, ops: "BlockOps", values: Any, lo: int, hi: int, over: str = "") -> None:
        super().__init__(ops)
        self._made, self.lo, self.hi, self.over = values, lo, hi, over
        self.spread: Any = None

    @property
    def values(self) -> Any:
        """The integers; of a book's answer only once a rule wants them."""
        if callable(self._made):
            self._made = self._made()
        return self._made


def _span(operand: Any) -> tuple[int, int]:
    return (operand.lo, operand.hi) if isinstance(operand, Block) else (operand, operand)


class BlockOps:
    """The words of `salesrules.ops.Ops`, on blocks.

    Args:
        accounts: the running totals, which go on from block to block.
    """

    def __init__(self, accounts: Accounts | None = None) -> None:
        self.accounts = Accounts() if accounts is None else accounts
        self.segments: Callable[[str], Segments] = _no_segments

    # Operands

    def block(self, values: Any, over: str = "") -> Any:
        """Values with the bounds they have; a plain integer where all are the same."""
        if not len(values):
            return 0
        lo, hi = int(values.min()), int(values.max())
        if lo == hi:
            return bool(lo) if values.dtype == bool else lo
        return Block(self, values, lo, hi, over)

    def promised(self, make: Callable[[], Any], lo: int, hi: int) -> Any:
        """An operand with known bounds that is made only once a rule wants its values."""
        return lo if lo == hi else Block(self, make, lo, hi)

    def rows(self, operand: Any) -> Any:
        """The values of an operand, one for each row where it is no plain integer."""
        if not isinstance(operand, Block):
            return operand
        if not operand.over:
            return operand.values
        if operand.spread is None:
            operand.spread = numpy.repeat(operand.values, self.segments(operand.over).lengths)
        return operand.spread

    def column(self, operand: Any, size: int) -> Any:
        """The values of an operand as an array of this size."""
        values = self.rows(operand)
        return values if isinstance(operand, Block) else numpy.full(size, values, numpy.int64 if fits(int(values), int(values)) else object)

    def _level(self, *operands: Any) -> tuple[str, list[Any]]:
        """Operands brought to one level: accounts where all are of the same, rows otherwise."""
        levels = {operand.over for operand in operands if isinstance(operand, Block)}
        if len(levels) == 1:
            return levels.pop(), [operand.values if isinstance(operand, Block) else operand for operand in operands]
        return "", [self.rows(operand) for operand in operands]

    def _narrowed(self, operand: Any) -> Any:
        """The operand with the bounds that its values have."""
        return self.block(operand.values, operand.over) if isinstance(operand, Block) else operand

    def infix(self, left: Any, sign: str, right: Any) -> Any:
        """An operator applied to two operands of which at least one is a block."""
        if sign in _COMPARED:
            return self._compared(left, sign, right)
        if sign in {"and", "or"}:
            return self._both(left, sign, right)
        shorter = _shorter(left, sign, right)
        if shorter is not None:
            return shorter
        lo, hi = reach(sign, _span(left), _span(right))
        if not fits(lo, hi):
            left, right = self._narrowed(left), self._narrowed(right)
            lo, hi = reach(sign, _span(left), _span(right))
        if lo == hi:
            return lo
        over, (a, b) = self._level(left, right)
        if not fits(lo, hi):
            a, b = (value.astype(object) if isinstance(value, numpy.ndarray) else value for value in (a, b))
        return self._narrow_again(_UFUNCS[sign](a, b), lo, hi, over)

    def _narrow_again(self, values: Any, lo: int, hi: int, over: str) -> Any:
        """A block; values of Python's own integers come back to 64 bits as soon as they fit."""
        if values.dtype == object:
            lo, hi = int(values.min()), int(values.max())
            if fits(lo, hi):
                values = values.astype(numpy.int64)
        return Block(self, values, lo, hi, over)

    def _compared(self, left: Any, sign: str, right: Any) -> Any:
        known = decided(sign, _span(left), _span(right))
        if known is not None:
            return known
        over, (a, b) = self._level(left, right)
        return Block(self, _COMPARED[sign](a, b).astype(bool, copy=False), 0, 1, over)

    def _both(self, left: Any, sign: str, right: Any) -> Any:
        for one, other in ((left, right), (right, left)):
            if not isinstance(one, Block):
                return other if bool(one) == (sign == "and") else one
        over, (a, b) = self._level(left, right)
        return Block(self, a & b if sign == "and" else a | b, 0, 1, over)

    # Words

    def where(self, condition: Any, then: Any, otherwise: Any) -> Any:
        if not isinstance(condition, Block):
            return then if condition else otherwise
        over, (chosen, a, b) = self._level(condition, then, otherwise)
        (alo, ahi), (blo, bhi) = _span(then), _span(otherwise)
        lo, hi = min(alo, blo), max(ahi, bhi)
        if lo == hi:
            return lo
        if not fits(lo, hi):
            return Block(self, numpy.where(chosen, _wide(a), _wide(b)), lo, hi, over)
        # Adding the difference where the condition holds is several times faster than choosing.
        if fits(*reach("-", _span(then), _span(otherwise))) and object not in (getattr(a, "dtype", None), getattr(b, "dtype", None)):
            return Block(self, b + chosen.astype(numpy.int64) * (a - b), lo, hi, over)
        return Block(self, numpy.where(chosen, a, b), lo, hi, over)

    def min(self, a: Any, b: Any) -> Any:
        (alo, ahi), (blo, bhi) = _span(a), _span(b)
        if ahi <= blo:
            return a
        if bhi <= alo:
            return b
        over, (x, y) = self._level(a, b)
        return Block(self, numpy.minimum(x, y), min(alo, blo), min(ahi, bhi), over)

    def max(self, a: Any, b: Any) -> Any:
        (alo, ahi), (blo, bhi) = _span(a), _span(b)
        if alo >= bhi:
            return a
        if blo >= ahi:
            return b
        over, (x, y) = self._level(a, b)
        return Block(self, numpy.maximum(x, y), max(alo, blo), max(ahi, bhi), over)

    def pos(self, a: Any) -> Any:
        return self.max(a, 0)

    def find(self, name: str, book: Book, record: Any) -> Any:
        return record.find(book)

    def pick(self, values: Sequence[int], index: Any) -> Any:
        if not isinstance(index, Block):
            return values[index]
        reachable = values[index.lo : index.hi + 1]
        lo, hi = min(reachable), max(reachable)
        if lo == hi:
            return lo
        table = numpy.array(values, dtype=numpy.int64 if fits(min(values), max(values)) else object)
        return self._narrow_again(table.take(index.values.astype(numpy.intp)), lo, hi, index.over)

    def locate(self, edges: Edges, x: Any, unit: Any) -> Any:
        scaled, reached = x * edges.den, ">=" if edges.lower_inclusive else ">"
        if len(edges.nums) > _MANY and isinstance(unit, int):
            return self._searched(edges, scaled, unit)
        band: Any = -1
        passed: list[Any] = []
        for num in edges.nums:
            at_least = self._compared(scaled, reached, unit * num)
            if at_least is True:
                band += 1
            elif at_least is not False:
                passed.append(at_least)
        if not passed:
            return band
        over, columns = self._level(*passed)
        count = columns[0].view(numpy.int8).copy()
        for column in columns[1:]:
            count += column.view(numpy.int8)
        if band:
            count += numpy.int8(band)
        return Block(self, count, band, band + len(passed), over)

    def _searched(self, edges: Edges, scaled: Any, unit: int) -> Any:
        """Many bounds: found by halving."""
        bounds = [num * unit for num in edges.nums]
        if not isinstance(scaled, Block):
            return int(numpy.searchsorted(numpy.array(bounds, dtype=object), scaled, "right" if edges.lower_inclusive else "left")) - 1
        table = numpy.array(bounds, dtype=numpy.int64 if fits(bounds[0], bounds[-1]) and scaled.values.dtype != object else object)
        return self.block(numpy.searchsorted(table, scaled.values, "right" if edges.lower_inclusive else "left") - 1, scaled.over)

    def rise(self, curve: Rising, before: Any, after: Any, unit: Any) -> Any:
        """Where a row stays in its band it climbs at the slope of the band; only the rows that cross a bound are computed at both ends."""
        high, low = self.locate(curve.bounds, after, unit) + 1, self.locate(curve.bounds, before, unit) + 1
        same = self._compared(high, "==", low)
        if same is False or (same is not True and same.over):
            return curve.total(self, after, unit) - curve.total(self, before, unit)
        made = self.pick(curve.slopes, high) * (after - before)
        at = numpy.flatnonzero(~same.values) if same is not True else ()
        if not len(at):
            return made
        ends = [self._at(total, at) for total in (before, after, unit)]
        right = curve.total(self, ends[1], ends[2]) - curve.total(self, ends[0], ends[2])
        values = numpy.array(self.column(made, len(same.values)))
        (mlo, mhi), (rlo, rhi) = _span(made), _span(right)
        lo, hi = min(mlo, rlo), max(mhi, rhi)
        if not fits(lo, hi):
            values = values.astype(object)
        values[at] = right.values if isinstance(right, Block) else right
        return Block(self, values, lo, hi)

    def _at(self, operand: Any, at: Any) -> Any:
        """Some rows of an operand."""
        return self.block(self.rows(operand)[at]) if isinstance(operand, Block) else operand

    def muldiv(self, a: Any, num: Any, den: Any, mode: Mode) -> Any:
        if not any(isinstance(operand, Block) for operand in (a, num, den)):
            return divide(a * num, den, mode)
        if isinstance(den, int) and den == 1:
            return a * num
        (alo, ahi), (nlo, nhi) = _span(a), _span(num)
        if not fits(*reach("*", (alo, ahi), (nlo, nhi))) and isinstance(a, Block) and isinstance(den, int):
            return self._split(self._narrowed(a), self._narrowed(num), den, mode)
        return self._rounded(a * num, den, mode)

    def _split(self, a: Any, num: Any, den: int, mode: Mode) -> Any:
        """``a = q * den + r``, so ``a * num = q * num * den + r * num``: only the smaller part is divided."""
        if not isinstance(a, Block) or not fits(*reach("*", (0, den), _span(num))):
            return self._rounded(a * num, den, mode)
        over, (x, by) = self._level(a, num)
        quotient = x // den
        rest = (x - quotient * den) * by
        more = rest // den
        whole = Block(self, quotient, a.lo // den, a.hi // den, over) * num + Block(self, more, *bounds(more), over)
        return self._settled(whole, rest - more * den, den, (x < 0) ^ (by < 0), mode)

    def _rounded(self, product: Any, den: Any, mode: Mode) -> Any:
        if not isinstance(product, Block) and not isinstance(den, Block):
            return divide(product, den, mode)
        over, (top, bottom) = self._level(product, den)
        (plo, phi), (dlo, dhi) = _span(product), _span(den)
        if not fits(plo - dhi, phi + dhi):
            top, bottom = _wide(top), _wide(bottom)
        if mode == "half_up":
            half = bottom // 2
            away = top + half
            if plo < 0 and not isinstance(den, Block) and away.dtype != object:
                away += (top >> 63) if den % 2 == 0 else 0
            elif plo < 0:
                away -= (top < 0) & (bottom - 2 * half == 0)
            values = away // bottom
            lo = min(divide(plo, dlo, "floor"), divide(plo, dhi, "floor")) if isinstance(den, Block) else divide(plo, den, mode)
            hi = max(divide(phi, dlo, "ceiling"), divide(phi, dhi, "ceiling")) if isinstance(den, Block) else divide(phi, den, mode)
            return lo if lo == hi else self._narrow_again(values, lo, hi, over)
        quotient = top // bottom
        return self._settled(self._narrow_again(quotient, *bounds(quotient), over), top - quotient * bottom, bottom, top < 0, mode)

    def _settled(self, quotient: Any, rest: Any, den: Any, negative: Any, mode: Mode) -> Any:
        """The floor and what is left of it, rounded by a mode."""
        if mode == "floor":
            return quotient
        double = 2 * rest
        if mode == "half_even":
            odd = quotient.values & 1 if quotient.values.dtype != object else numpy.array([value & 1 for value in quotient.values])
            up = (double > den) | ((double == den) & (odd == 1))
        else:
            up = {
                "half_up": lambda: (double > den) | ((double == den) & ~negative),
                "half_down": lambda: (double > den) | ((double == den) & negative),
                "up": lambda: (rest > 0) & ~negative,
                "down": lambda: (rest > 0) & negative,
                "ceiling": lambda: rest > 0,
            }[mode]()
        return quotient + Block(self, up.astype(numpy.int64), 0, 1, quotient.over)

    def accumulate(self, name: str, value: Any, record: Any, over: str) -> Any:
        segments = self.segments(over)
        return self._run(name, segments, self.column(value, segments.size), _span(value))

    def _run(self, name: str, segments: Segments, values: Any, span: tuple[int, int]) -> Any:
        most = max(abs(span[0]), abs(span[1])) * segments.size
        if not fits(-most, most):
            values = values.astype(object)
        opened = self.accounts.open(name, segments)
        sums = numpy.cumsum(values)
        base = opened - (sums[segments.first] - values[segments.first])
        if sums.dtype != object and not fits(*reach("+", bounds(base), bounds(sums))):
            sums, base = sums.astype(object), base.astype(object)
        sums = sums + numpy.repeat(base, segments.lengths)
        self.accounts.close(name, segments, sums[segments.last])
        return self.block(sums)

    def gather(self, name: str, num: Any, den: Any, record: Any, over: str) -> tuple[Any, Any, Any]:
        segments = self.segments(over)
        told = self.accounts.open(f"{name}/den", segments, 1)
        common = _common(told, _within(self.rows(den), segments))
        scale = self.block(common, over) // den if isinstance(den, Block) or common.min() != common.max() else int(common[0]) // den
        opened = self.accounts.open(name, segments)
        raised = common // told
        self.accounts.close(name, segments, opened * raised if fits(*reach("*", bounds(opened), bounds(raised))) else _wide(opened) * _wide(raised))
        self.accounts.close(f"{name}/den", segments, common)
        value = num * scale
        after = self._run(name, segments, self.column(value, segments.size), _span(value))
        return after - value, after, self.block(common, over)

    def let(self, name: str, value: Any, *why: Any) -> Any:
        return value

    def require(self, condition: Any, error: Callable[[], SalesRulesError]) -> None:
        if condition is True or (isinstance(condition, Block) and condition.values.all()):
            return
        refused = error()
        refused.row = int(numpy.flatnonzero(~self.rows(condition))[0]) if isinstance(condition, Block) else 0  # type: ignore[attr-defined]
        raise refused


def _no_segments(over: str) -> Segments:
    raise FactError("frames.no_rows", "the carrier was asked for running totals over {over!r} before it was given rows", over=over)


def _shorter(left: Any, sign: str, right: Any) -> Any:
    """What an operation with 0 or 1 comes to, without doing it."""
    if _is(right, 0):
        return left if sign in {"+", "-"} else 0 if sign == "*" else None
    if _is(left, 0):
        return right if sign == "+" else 0 if sign in {"*", "//"} else None
    if _is(right, 1) and sign in {"*", "//"}:
        return left
    return right if _is(left, 1) and sign == "*" else None


def _is(operand: Any, number: int) -> bool:
    """Whether an operand is a plain integer, and this one."""
    return isinstance(operand, int) and operand == number


def _wide(values: Any) -> Any:
    """Python's own integers."""
    return values.astype(object) if isinstance(values, numpy.ndarray) else values


def _within(den: Any, segments: Segments) -> Any:
    """For each account, the least common denominator of its rows."""
    if not isinstance(den, numpy.ndarray):
        return numpy.full(len(segments.first), den, numpy.int64 if fits(0, den) else object)
    return numpy.lcm.reduceat(_wide(den) if den.dtype == object or int(den.max()) > 1 else den, segments.first)


def _common(told: Any, den: Any) -> Any:
    """For each account, a denominator that carries both."""
    if object not in (told.dtype, den.dtype) and fits(0, int(told.max()) * int(den.max())):
        return numpy.lcm(told, den)
    common = numpy.lcm(_wide(told), _wide(den))
    return common.astype(numpy.int64) if fits(0, int(common.max())) else common
