"""Any arithmetic over blocks gives, row for row, what it gives over plain integers: however large the numbers, whatever the bounds say."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesrules.bands.curve import Bounds, Curve
from salesrules.money import MODES
from salesrules.ops import ScalarOps

numpy: Any = pytest.importorskip("numpy", reason="blocks are made of NumPy arrays")
blocks: Any = pytest.importorskip("salesrules.frames.blocks")

Rule = Callable[[Any, tuple[Any, ...]], Any]
"""Arithmetic over the columns of a row, in the words of a carrier."""

MOST = 2**63 - 1
numbers = st.one_of(st.integers(-9, 9), st.integers(-(10**6), 10**6), st.integers(-(10**15), 10**15), st.sampled_from((0, MOST, -MOST, -MOST - 1, 2**53 + 1)))
narrow = st.one_of(st.integers(-3, 3), st.just(7))


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[int], tuple[list[int], ...], tuple[list[int], ...]]:
    """How many rows each account has; columns with a value for each row, and columns with a value for each account."""
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    of_rows = tuple(draw(st.lists(kind, min_size=sum(lengths), max_size=sum(lengths))) for kind in (numbers, narrow))
    of_accounts = tuple(draw(st.lists(kind, min_size=len(lengths), max_size=len(lengths))) for kind in (numbers, narrow))
    return lengths, of_rows, of_accounts


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    """A curve of up to twenty bands: few are compared one by one, many are searched."""
    starts = sorted(draw(st.sets(st.integers(-1_000, 1_000), min_size=1, max_size=20)))
    lines = [(Fraction(draw(st.integers(-99, 99)), 7), Fraction(draw(st.integers(-99, 99)), 10)) for _ in range(len(starts) + 1)]
    return Curve.of(Bounds.of([Fraction(start, 4) for start in starts], draw(st.sampled_from(("[)", "(]")))), lines)


def _leaf(index: int) -> Rule:
    return lambda o, row: row[index]


def _constant(value: int) -> Rule:
    return lambda o, row: value


leaves = st.one_of(st.integers(0, 3).map(_leaf), numbers.map(_constant), st.sampled_from((0, 1)).map(_constant))


def _infix(sign: str, left: Rule, right: Rule) -> Rule:
    signs: dict[str, Callable[[Any, Any], Any]] = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}
    return lambda o, row: signs[sign](left(o, row), right(o, row))


def _compared(sign: str, left: Rule, right: Rule) -> Rule:
    signs: dict[str, Callable[[Any, Any], Any]] = {
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
        "==": lambda a, b: a == b,
        "&": lambda a, b: (a > 0) & (b >= 0),
        "|": lambda a, b: (a > 0) | (b < a),
    }
    return lambda o, row: o.where(signs[sign](left(o, row), right(o, row)), left(o, row), right(o, row))


def _extended(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    def word(name: str, *operands: Rule) -> Rule:
        return lambda o, row: getattr(o, name)(*(operand(o, row) for operand in operands))

    def muldiv(a: Rule, num: Rule, den: int, mode: Any) -> Rule:
        return lambda o, row: o.muldiv(a(o, row), num(o, row), den, mode)

    def divided(a: Rule, num: Rule, den: Rule, mode: Any) -> Rule:
        return lambda o, row: o.muldiv(a(o, row), num(o, row), o.max(den(o, row), 1), mode)

    def picked(curve: Curve, x: Rule, unit: int) -> Rule:
        return lambda o, row: o.pick(curve.slopes, o.locate(curve.bounds, x(o, row), unit) + 1)

    def risen(curve: Curve, before: Rule, after: Rule, unit: Rule) -> Rule:
        return lambda o, row: o.rise(curve, before(o, row), after(o, row), o.max(unit(o, row), 1))

    modes = st.sampled_from(tuple(MODES))
    return st.one_of(
        st.builds(_infix, st.sampled_from("+-*"), rules, rules),
        st.builds(_compared, st.sampled_from(("<", "<=", ">", ">=", "==", "&", "|")), rules, rules),
        st.builds(word, st.sampled_from(("min", "max")), rules, rules),
        st.builds(word, st.just("pos"), rules),
        st.builds(muldiv, rules, rules, st.sampled_from((1, 2, 3, 100, 10**6, 10**9 + 7, 10**20)), modes),
        st.builds(divided, rules, rules, rules, modes),
        st.builds(picked, curves(), rules, st.sampled_from((1, 100, 10**9))),
        st.builds(risen, curves(), rules, rules, rules),
    )


rules: st.SearchStrategy[Rule] = st.recursive(leaves, _extended, max_leaves=6)


@given(rules, tables())
def test_blocks_follow_integers(rule: Rule, table: tuple[list[int], tuple[list[int], ...], tuple[list[int], ...]]) -> None:
    """An expression of any words is exact in every row, over columns with a value for each row or for each account; nothing wraps or turns into a float."""
    lengths, of_rows, of_accounts = table
    ops, scalar, size = blocks.BlockOps(), ScalarOps(), sum(lengths)
    whose = numpy.repeat(numpy.arange(len(lengths)), lengths)
    ops.segments = lambda over: ops.accounts.segments(over, whose, 0)
    made = rule(ops, (*(ops.block(numpy.array(column)) for column in of_rows), *(ops.block(numpy.array(column), "year") for column in of_accounts)))
    rows = zip(*of_rows, *([column[account] for account in whose] for column in of_accounts), strict=True)
    values = [int(value) for value in ops.column(made, size).tolist()]
    assert values == [int(rule(scalar, row)) for row in rows]
    if isinstance(made, blocks.Block):
        assert made.lo <= min(values) <= max(values) <= made.hi
