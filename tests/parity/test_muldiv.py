"""``a * num / den`` rounded once, on every carrier, where it is hardest: ties, remainders around the half, and numbers near the end of 64 bits."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import ceil, floor
from random import Random
from typing import Any

import attrs
import pytest

from salesrules.errors import FactError
from salesrules.money import MODES, Mode
from salesrules.ops import ScalarOps
from tests.backends import BACKENDS, backends, collected

narwhals: Any = pytest.importorskip("narwhals", reason="expressions are those of narwhals")
numpy: Any = pytest.importorskip("numpy", reason="blocks are made of NumPy arrays")
BlockOps: Any = pytest.importorskip("salesrules.frames.blocks").BlockOps
ExprOps: Any = pytest.importorskip("salesrules.frames.expressions").ExprOps

DOUBLES = {"ibis", "pyspark"}
"""The libraries whose division of integers goes through a double."""

CASES = 60_000
DENS = (1, 2, 3, 7, 100, 997, 10_000, 999_983, 10**6, 2 * 10**6 + 1, 10**8, 10**9 + 7)
MOST = 2**63 - 1


@attrs.frozen
class Group:
    """Cases with one divisor, whose amounts and rates stay below bounds so that every result fits 64 bits."""

    den: int
    amount: int
    num: int


GROUPS = tuple(
    group
    for den in DENS
    for group in (
        Group(den, 9 * 10**15, min(10**9, 1_000 * den)),
        Group(den, 9 * 10**15, min(10**9, 10 * den)),
        Group(den, min(9 * 10**15, 9 * 10**9 * den), 10**9),
        Group(den, 10**9, 10**6),
    )
)
"""Large amounts, large rates, and products that fit 64 bits before they are divided."""


def _pair(random: Random, group: Group) -> tuple[int, int]:
    """An amount and a rate: as they come, near a tie, on a tie, or as large as can be."""
    den, kind = group.den, random.random()
    num = int(group.num ** random.random())
    amount = int(group.amount ** random.random())
    if kind < 0.3:
        # q * den + r with r around the half, and a num that keeps it there
        amount = amount // den * den + random.choice((den // 2, den // 2 - 1, den // 2 + 1, (den + 1) // 2, 0, den - 1, 1))
        num = random.choice((1, 3, 5 * den + 1, den, den + 1, den - 1 or 1, num // den * den + 1, num))
    elif kind < 0.5 and den % 2 == 0:
        # amount * num = k * den + den / 2 exactly
        num = random.choice((den // 2, den // 2 * random.randrange(1, 1000, 2)))
        amount |= 1
    elif kind < 0.6:
        amount, num = group.amount - random.randrange(3), random.choice((group.num, group.num - 1, 1, 500_000, den, den + 1))
    elif kind < 0.65:
        amount, num = random.choice(((0, num), (amount, 0), (1, 1), (den, num)))
    return amount * random.choice((1, -1)), num * random.choice((1, 1, 1, -1))


@cache
def _cases(group: Group) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Amounts and rates within the bounds of a group."""
    random = Random(repr(group))  # noqa: S311 - a seed makes a failure repeatable
    found: list[tuple[int, int]] = []
    while len(found) < -(-CASES // len(GROUPS)):
        amount, num = _pair(random, group)
        if abs(amount) <= group.amount and abs(num) <= group.num:
            found.append((amount, num))
    return tuple(amount for amount, _ in found), tuple(num for _, num in found)


def _rounded(value: Fraction, mode: Mode) -> int:
    """A fraction as the words say it, independent of how the package divides."""
    if mode in {"ceiling", "floor"}:
        return ceil(value) if mode == "ceiling" else floor(value)
    if mode == "half_even":
        return round(value)
    size, sign = abs(value), -1 if value < 0 else 1
    half = Fraction(1, 2)
    return sign * {"up": lambda: ceil(size), "down": lambda: floor(size), "half_up": lambda: floor(size + half), "half_down": lambda: ceil(size - half)}[mode]()


@cache
def _expected(group: Group, mode: Mode) -> tuple[int, ...]:
    return tuple(_rounded(Fraction(amount * num, group.den), mode) for amount, num in zip(*_cases(group), strict=True))


def _wrong(made: Sequence[int], group: Group, mode: Mode) -> list[tuple[int, int, int, int, int]]:
    """Amount, rate, divisor, result and what it should be, where they differ."""
    amounts, nums = _cases(group)
    told = zip(amounts, nums, made, _expected(group, mode), strict=True)
    return [(amount, num, group.den, int(got), want) for amount, num, got, want in told if got != want]


def test_the_cases_are_hard() -> None:
    """There are 60,000, thousands of them exact ties, and the largest results are near the end of 64 bits."""
    told = [(amount * num, group.den) for group in GROUPS for amount, num in zip(*_cases(group), strict=True)]
    assert len(told) >= CASES
    assert sum(2 * abs(product) % (2 * den) == den for product, den in told) > 3_000
    assert 9 * 10**18 <= max(abs(product) // den for product, den in told) <= MOST
    assert sum(abs(product) > MOST for product, _ in told) > 6_000


@pytest.mark.parametrize("mode", MODES)
def test_one_at_a_time(mode: Mode) -> None:
    """`ScalarOps` makes what a fraction makes."""
    ops = ScalarOps()
    for group in GROUPS:
        assert not _wrong([ops.muldiv(amount, num, group.den, mode) for amount, num in zip(*_cases(group), strict=True)], group, mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [7, CASES], ids=["small blocks", "one block"])
def test_in_blocks(mode: Mode, size: int) -> None:
    """`BlockOps` makes what a fraction makes, in blocks whose bounds say much and in blocks whose bounds say little."""
    ops = BlockOps()
    for group in GROUPS:
        amounts, nums = (numpy.array(column) for column in _cases(group))
        made: list[int] = []
        for start in range(0, len(amounts), size):
            part = slice(start, start + size)
            block = ops.muldiv(ops.block(amounts[part]), ops.block(nums[part]), group.den, mode)
            made += ops.column(block, len(amounts[part])).tolist()
        assert not _wrong(made, group, mode)


@pytest.mark.parametrize("mode", MODES)
def test_of_accounts(mode: Mode) -> None:
    """What has one value for each account, as a target incentive has, is rounded as what has one for each row."""
    ops = BlockOps()
    for group in GROUPS:
        amounts, nums = (numpy.array(column) for column in _cases(group))
        whose = numpy.repeat(numpy.arange(len(amounts)), 2)
        ops.segments = lambda over, whose=whose: ops.accounts.segments(over, whose, 0)
        made = ops.column(ops.muldiv(ops.block(amounts, "year"), ops.block(nums, "year"), group.den, mode), len(whose)).tolist()
        assert made[::2] == made[1::2]
        assert not _wrong(made[::2], group, mode)


@pytest.mark.parametrize("mode", MODES)
def test_divisors_in_blocks(mode: Mode) -> None:
    """The divisor may be a column too, as where a quota divides."""
    ops = BlockOps()
    rows = [(a, n, group.den, want) for group in GROUPS for a, n, want in zip(*_cases(group), _expected(group, mode), strict=True)]
    Random(1).shuffle(rows)  # noqa: S311 - a seed makes a failure repeatable
    for start in range(0, len(rows), 1_000):
        amounts, nums, dens, expected = zip(*rows[start : start + 1_000], strict=True)
        made = ops.muldiv(*(ops.block(numpy.array(column)) for column in (amounts, nums, dens)), mode)
        assert ops.column(made, len(amounts)).tolist() == list(expected)


@pytest.mark.parametrize("mode", MODES)
def test_one_rate_for_a_block(mode: Mode) -> None:
    """Rate and divisor may be plain integers: the usual case of a rate that the plan fixes."""
    ops = BlockOps()
    for group in GROUPS:
        amounts = numpy.array(_cases(group)[0])
        for num in (1, 3, 42_625, 10**9, -7):
            made = ops.column(ops.muldiv(ops.block(amounts), num, group.den, mode), len(amounts)).tolist()
            assert made == [MODES[mode](int(amount) * num, group.den) for amount in amounts]


SLOW = {"duckdb", "ibis", "pyspark"}
"""A query of so many columns takes them seconds to plan; their arithmetic differs from that of the others in the division alone."""

TRIED: list[Any] = [
    pytest.param(*backend.values, mode, id=f"{backend.id}, {mode}", marks=[*backend.marks, *([] if usual or backend.id not in SLOW else [pytest.mark.fuzz])])
    for backend in backends()
    for mode in MODES
    for usual in (mode in {"half_up", "half_even"},)
]


@pytest.mark.parametrize(("backend", "mode"), TRIED)
def test_in_expressions(backend: str, mode: Mode) -> None:
    """`ExprOps` makes what a fraction makes in every library, those that divide integers as doubles among them."""
    parts = 16 if backend == "pyspark" else 4
    for first in range(parts):
        _in_expressions(backend, mode, GROUPS[first::parts])


def _past(group: Group, backend: str, mode: Mode) -> bool:
    """Whether a quotient lies so near the end of 64 bits that a library which divides as a double has no room to correct it."""
    product = group.amount * group.num
    direct = product if product <= MOST else 0
    halved = product // group.den if mode == "half_even" else 0
    return backend in DOUBLES and group.den > 1 and max(direct, halved) > 2**62


def _in_expressions(backend: str, mode: Mode, groups: Sequence[Group]) -> None:
    columns = {f"{name}{at}": values for at, group in enumerate(groups) for name, values in zip(("a", "n"), _cases(group), strict=True)}
    size = len(columns["a0"])
    frame = narwhals.from_native(BACKENDS[backend]({"key": range(size), **columns}))
    ops = ExprOps(frame, rows=size, doubles=backend in DOUBLES, order=("key",))
    col, made = narwhals.col, dict[str, Group]()
    for at, group in enumerate(groups):
        amount, num = ops.cell(col(f"a{at}"), -group.amount, group.amount), ops.cell(col(f"n{at}"), -group.num, group.num)
        if _past(group, backend, mode):
            with pytest.raises(FactError) as caught:
                ops.muldiv(amount, num, group.den, mode)
            assert caught.value.code == "frames.too_large"
            continue
        result = ops.muldiv(amount, num, group.den, mode)
        ops.frame = ops.frame.with_columns(result.expr.alias(f"r{at}"))
        made[f"r{at}"] = group
    told = collected(ops.frame.select("key", *made).to_native(), by="key")
    for name, group in made.items():
        assert not _wrong(told[name], group, mode)
