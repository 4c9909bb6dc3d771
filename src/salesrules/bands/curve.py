"""Bounds on the number line, and a function that is a straight line between them: what every table is made of.

>>> bounds = Bounds.of([Fraction(0), Fraction(500)], "[)")
>>> curve = Curve.of(bounds, [(Fraction(0), Fraction(0)), (Fraction(0), Fraction(3, 100)), (Fraction(-10), Fraction(5, 100))])
>>> scalar(curve, 600, 1)
Fraction(20, 1)
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Any, Literal

import attrs

from .._exact import as_ratio
from ..errors import FactError, PolicyError
from ..ops import Ops, ScalarOps

__all__ = ["SCALAR", "Bounds", "Curve", "EdgeRule", "integers", "ratios", "scalar"]

EdgeRule = Literal["[)", "(]"]
SCALAR = ScalarOps()


@attrs.frozen
class Bounds:
    """Lower bounds in ascending order, and which side owns an edge. Integers over one denominator."""

    nums: tuple[int, ...]
    den: int
    lower_inclusive: bool

    @classmethod
    def of(cls, starts: Sequence[Fraction], edges: EdgeRule, place: str = "bands[{}].from") -> "Bounds":
        """Bounds at ``starts``; refused with ``bands.order`` unless they strictly rise. ``place`` is the path of one of them."""
        if not starts:
            raise PolicyError("bands.empty", "a table needs at least one band; give its lower bound in 'from'", path="bands")
        for index, (lower, upper) in enumerate(pairwise(starts), start=1):
            if not lower < upper:
                template = "band {index} starts at {upper}, not above {lower}; write the bands in ascending order"
                raise PolicyError("bands.order", template, path=place.format(index), index=index, upper=str(upper), lower=str(lower))
        if edges not in {"[)", "(]"}:
            template = "edges is {edges!r}; say '[)' when a bound belongs to the band above it, '(]' when to the one below"
            raise PolicyError("bands.edges", template, path="edges", edges=edges)
        den = lcm(*(start.denominator for start in starts))
        return cls(tuple(int(start * den) for start in starts), den, edges == "[)")


@attrs.frozen
class Curve:
    """A cumulative function that is a straight line in each band: ``(intercept * unit + slope * x) / den``."""

    bounds: Bounds
    intercepts: tuple[int, ...]
    slopes: tuple[int, ...]
    den: int

    @classmethod
    def of(cls, bounds: Bounds, lines: Sequence[tuple[Fraction, Fraction]]) -> "Curve":
        """From ``(intercept, slope)`` pairs: first for what lies below the first bound, then one for each band."""
        den = lcm(*(number.denominator for line in lines for number in line))
        return cls(bounds, tuple(int(a * den) for a, _ in lines), tuple(int(b * den) for _, b in lines), den)

    def total(self, o: Ops, x: Any, unit: Any) -> Any:
        """What ``x`` in all is worth, times `den`."""
        line = o.locate(self.bounds, x, unit) + 1
        return o.pick(self.intercepts, line) * unit + o.pick(self.slopes, line) * x

    def slope(self, o: Ops, x: Any, unit: Any) -> Any:
        """The rate at ``x``, times `den`."""
        return o.pick(self.slopes, o.locate(self.bounds, x, unit) + 1)


def ratios(x: Any, unit: Any) -> tuple[Fraction, Fraction]:
    """The ratio ``x / unit`` as two exact numbers; refused with ``bands.unit`` unless the unit is above 0."""
    x, unit = as_ratio(x), as_ratio(unit)
    if unit <= 0:
        raise FactError("bands.unit", "the unit is {unit}; a ratio has a place in a table only where its unit is above 0", path="unit", unit=str(unit))
    return x, unit


def integers(x: Any, unit: Any) -> tuple[int, int, int]:
    """The same ratio of two integers, and the scale by which both were multiplied."""
    x, unit = ratios(x, unit)
    scale = lcm(x.denominator, unit.denominator)
    return int(x * scale), int(unit * scale), scale


def scalar(curve: Curve, x: Any, unit: Any) -> Fraction:
    """What ``x`` in all is worth on the curve, in the measure of ``x``."""
    x, unit, scale = integers(x, unit)
    return Fraction(curve.total(SCALAR, x, unit), curve.den * scale)
