"""How often a set of units can be put together, when a unit may serve only once and may fit more than one part of the set.

By Hall's theorem a set fits ``n`` times if and only if, for every choice of parts, ``n`` times what they ask for is no more than the
units that fit any of them. That decides how often, and also how many units of a lot a part may take without starving the others.

    >>> shirts, caps = frozenset({0, 1}), frozenset({1})                # lot 1 fits both parts
    >>> units = {0: Fraction(3), 1: Fraction(5)}
    >>> count([(shirts, Fraction(2)), (caps, Fraction(1))], units)
    2
    >>> choose([(shirts, Fraction(4)), (caps, Fraction(2))], units, [[1, 0], [1]])
    [{1: Fraction(3, 1), 0: Fraction(1, 1)}, {1: Fraction(2, 1)}]

References: P. Hall, On Representatives of Subsets (1935).
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import floor
from typing import TypeAlias

__all__ = ["Part", "choose", "count"]

Part: TypeAlias = tuple[frozenset[int], Fraction]
"""The lots that fit a part of the set, and how many units it asks for."""


def _choices(parts: Sequence[Part]) -> Iterator[tuple[tuple[int, ...], frozenset[int]]]:
    """Every choice of parts, with the lots that fit any of them."""
    for size in range(1, len(parts) + 1):
        for some in combinations(range(len(parts)), size):
            yield some, frozenset[int]().union(*(parts[index][0] for index in some))


def count(parts: Sequence[Part], units: Mapping[int, Fraction]) -> int:
    """How many whole sets can be put together.

    Args:
        parts: what one set is made of.
        units: lot to units at hand.
    """
    return min(floor(sum((units[lot] for lot in fit), Fraction(0)) / sum((parts[index][1] for index in some), Fraction(0))) for some, fit in _choices(parts))


def choose(parts: Sequence[Part], units: Mapping[int, Fraction], orders: Sequence[Sequence[int]]) -> list[dict[int, Fraction]]:
    """Units for every part, taken part by part in an order of preference, so that the parts still to come are never left short.

    Args:
        parts: what is wanted in all, which must fit.
        units: lot to units at hand.
        orders: for each part its lots, the preferred first.

    Returns:
        For each part: lot to units.
    """
    left, wanted = dict(units), [quantity for _, quantity in parts]
    taken: list[dict[int, Fraction]] = []
    for part, order in enumerate(orders):
        mine: dict[int, Fraction] = {}
        for lot in order:
            spare = [
                sum((left[fitting] for fitting in fit), Fraction(0)) - sum((wanted[index] for index in some), Fraction(0))
                for some, fit in _choices(parts)
                if part not in some and lot in fit
            ]
            take = min(left[lot], wanted[part], *spare)
            if take > 0:
                mine[lot] = take
                left[lot] -= take
                wanted[part] -= take
        taken.append(mine)
    return taken
