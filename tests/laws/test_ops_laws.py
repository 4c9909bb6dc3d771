"""Laws of the two exact words, `muldiv` and `locate`, against plain fractions; and of the carriers against each other."""

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesrules.bands import Bounds, EdgeRule
from salesrules.money import MODES, Mode
from salesrules.ops import ScalarOps

SCALAR = ScalarOps()
SEED = 20260202
EDGES = (
    0,
    1,
    2,
    3,
    5,
    7,
    10,
    99,
    100,
    10**4,
    10**9 + 7,
    2**31 - 1,
    2**31,
    2**32 + 1,
    2**53 - 1,
    2**53 + 1,
    2**62,
    2**63 - 1,
    2**63,
    2**64 + 1,
    10**18,
    10**30 + 1,
)
BOUNDS: tuple[EdgeRule, EdgeRule] = ("[)", "(]")
whole = st.one_of(st.integers(-100, 100), st.integers(-(10**30), 10**30))


def by_the_book(exact: Fraction, mode: str) -> int:
    """The integer a clerk would write down."""
    below = exact.numerator // exact.denominator
    if exact == below:
        return below
    inward, outward = (below, below + 1) if exact > 0 else (below + 1, below)
    rest = abs(exact - inward)
    nearest = inward if rest < Fraction(1, 2) else outward
    tied = {"half_up": outward, "half_down": inward, "half_even": below + below % 2}
    return {"up": outward, "down": inward, "ceiling": below + 1, "floor": below}.get(mode, tied.get(mode, nearest) if rest == Fraction(1, 2) else nearest)


def products(random: Random, number: int) -> Iterator[tuple[int, int, int, Mode]]:
    """Factors and divisors at the edges of machine words, and products a hair beside a half or a whole."""
    modes: list[Mode] = sorted(MODES)
    for _ in range(number):
        num = random.choice([*EDGES, random.randrange(1, 10**6)]) * random.choice((-1, 1))
        den = random.choice([*EDGES[1:], random.randrange(1, 10**6)])
        a = random.choice([*EDGES, random.randrange(10**12)])
        if num and random.random() < 0.6:
            # Solve for an `a` that brings the product next to a whole or a half of `den`.
            a = (random.choice(EDGES) * den + random.choice((0, den // 2, den - 1))) // abs(num) + random.choice((-1, 0, 1))
        yield a * random.choice((-1, 1)), num, den, random.choice(modes)


def ties(random: Random, number: int) -> Iterator[tuple[int, int, int, Mode]]:
    """Products that are exactly a half, a whole, or one part of the divisor beside it."""
    modes: list[Mode] = sorted(MODES)
    for _ in range(number):
        half, num = random.choice(EDGES[1:]), random.choice(EDGES[1:]) * random.choice((-1, 1))
        a = random.choice((-1, 1)) * ((2 * random.choice(EDGES) + 1) * half + random.choice((-1, 0, 1)))
        yield a, num, 2 * half * abs(num), random.choice(modes)


def check_muldiv(number: int) -> None:
    """Compare ``number`` cases with fractions."""
    random = Random(SEED)  # noqa: S311 - a seed makes a failure repeatable
    for cases in (products(random, number // 2), ties(random, number - number // 2)):
        for a, num, den, mode in cases:
            assert SCALAR.muldiv(a, num, den, mode) == by_the_book(Fraction(a * num, den), mode), (a, num, den, mode)


def check_locate(number: int) -> None:
    """Compare ``number`` placements with the comparison of fractions."""
    random = Random(SEED)  # noqa: S311 - a seed makes a failure repeatable
    for _ in range(number):
        den = random.choice(EDGES[1:])
        starts = sorted({Fraction(random.choice((-1, 1)) * random.choice(EDGES), random.choice((1, den))) for _ in range(random.randrange(1, 6))})
        unit = random.choice(EDGES[1:])
        near = random.choice(starts) * unit
        x = near.numerator // near.denominator + random.choice((-1, 0, 0, 1))
        for edges in BOUNDS:
            expected = sum(start <= Fraction(x, unit) if edges == "[)" else start < Fraction(x, unit) for start in starts) - 1
            assert SCALAR.locate(Bounds.of(starts, edges), x, unit) == expected, (starts, edges, x, unit)


def test_muldiv_by_the_book() -> None:
    """5,000 adversarial products agree with fractions in every mode."""
    check_muldiv(5_000)


def test_locate_by_the_book() -> None:
    """2,000 adversarial ratios at and beside a bound are placed as fractions are, by both edge rules."""
    check_locate(2_000)


@pytest.mark.fuzz
def test_muldiv_by_the_book_at_length() -> None:
    """The same over 80,000 products."""
    check_muldiv(80_000)


@pytest.mark.fuzz
def test_locate_by_the_book_at_length() -> None:
    """The same over 60,000 ratios."""
    check_locate(60_000)


@given(whole, whole, st.integers(1, 10**30), st.sampled_from(sorted(MODES)))
def test_muldiv_is_exact(a: int, num: int, den: int, mode: Mode) -> None:
    """No product is too large; what divides evenly comes back whole."""
    assert SCALAR.muldiv(a, num, den, mode) == by_the_book(Fraction(a * num, den), mode)
    assert SCALAR.muldiv(a, den, den, mode) == a


@given(st.lists(st.fractions(max_denominator=50), min_size=1, max_size=6, unique=True), whole, st.integers(1, 10**20), st.sampled_from(BOUNDS))
def test_locate_is_exact(starts: list[Fraction], x: int, unit: int, edges: EdgeRule) -> None:
    """A ratio lies in the band whose bounds enclose it, negative ratios included."""
    starts.sort()
    band = SCALAR.locate(Bounds.of(starts, edges), x, unit)
    ratio = Fraction(x, unit)
    below = [start <= ratio if edges == "[)" else start < ratio for start in starts]
    assert below == [index <= band for index in range(len(starts))]


class Row(NamedTuple):
    """A record of a person."""

    person: str

    def account(self, over: str) -> tuple[str, str]:
        """The person and the interval."""
        return self.person, over


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-(10**9), 10**9)), max_size=12), st.integers(0, 12))
def test_totals_are_sums_and_may_be_cut_anywhere(lines: list[tuple[str, int]], cut: int) -> None:
    """A running total is the sum so far, and a second carrier that is handed the totals goes on as one carrier would."""
    one, first = ScalarOps(), ScalarOps()
    whole_run = [one.accumulate("t", value, Row(person), "year") for person, value in lines]
    parts = [first.accumulate("t", value, Row(person), "year") for person, value in lines[:cut]]
    second = ScalarOps(first.totals)
    parts += [second.accumulate("t", value, Row(person), "year") for person, value in lines[cut:]]
    expected = [sum(value for other, value in lines[: index + 1] if other == person) for index, (person, _) in enumerate(lines)]
    assert whole_run == parts == expected
