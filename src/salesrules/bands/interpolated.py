"""A table of points with straight lines between them.

>>> half_way = Interpolated(points=(Point(at=0, value=0), Point(at=1, value=3)), below="clamp", above="clamp")
>>> half_way.at(Fraction(1, 2)), half_way.at(2)
(Fraction(3, 2), Fraction(3, 1))
"""

from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar, Literal

import attrs

from .._exact import as_ratio
from .._fields import about, field
from ..errors import FactError, PolicyError
from ..ops import Ops
from .curve import SCALAR, Bounds, Curve, ratios, scalar

__all__ = ["Interpolated", "Point"]

_BELOW, _ABOVE = ("clamp", "extend", "zero", "refuse"), ("clamp", "extend", "refuse")


@attrs.frozen(kw_only=True)
class Point:
    """A point of an interpolated table: at ``at`` it is worth ``value``."""

    at: Fraction = attrs.field(metadata=about("where"), converter=as_ratio)
    value: Fraction = attrs.field(metadata=about("worth there"), converter=as_ratio)


@attrs.frozen(kw_only=True)
class Interpolated:
    """A straight line between points (payout curve).

    What lies outside the points is declared: ``clamp`` (the end value holds), ``extend`` (the end segment goes on), ``zero`` (below only:
    nothing under the first point) or ``refuse``.

    Checked with: the payout curve of the EcSell Institute, 75% -> 50, 100% -> 100, 150% -> 300 percent of target.

    >>> points = tuple(Point(at=Fraction(a), value=Fraction(v)) for a, v in (("0.75", "0.5"), (1, 1), ("1.5", 3)))
    >>> curve = Interpolated(points=points, below="zero", above="extend")
    >>> [str(curve.at(Fraction(x))) for x in ("0.7", "0.75", "1.25", "1.5", "1.6")]
    ['0', '1/2', '2', '3', '17/5']
    """

    kind: ClassVar[str] = "interpolated"
    progressive: ClassVar[bool] = True
    points: tuple[Point, ...] = field(doc="points in ascending order")
    below: Literal["clamp", "extend", "zero", "refuse"] = field(doc="what holds below the first point")
    above: Literal["clamp", "extend", "refuse"] = field(doc="what holds above the last point")

    def __attrs_post_init__(self) -> None:
        if len(self.points) < 2:
            raise PolicyError("bands.points", "an interpolated table needs at least two points", path="points")
        for name, end, known in (("below", self.below, _BELOW), ("above", self.above, _ABOVE)):
            if end not in known:
                raise PolicyError("bands.ends", "{name} is {end!r}; say one of {known}", path=name, name=name, end=end, known=", ".join(known))
        _ = self.curve

    @cached_property
    def curve(self) -> Curve:
        """The table as a cumulative function."""
        bounds = Bounds.of([point.at for point in self.points], "[)", "points[{}].at")
        segments = []
        for one, two in pairwise(self.points):
            slope = (two.value - one.value) / (two.at - one.at)
            segments.append((one.value - one.at * slope, slope))
        zero = Fraction(0)
        low = {"extend": segments[0], "clamp": (self.points[0].value, zero)}.get(self.below, (zero, zero))
        high = {"extend": segments[-1]}.get(self.above, (self.points[-1].value, zero))
        return Curve.of(bounds, [low, *segments, high])

    def covers(self, o: Ops, x: Any, unit: Any) -> Any:
        """Whether ``x / unit`` lies where the table answers; False only beyond an end that says ``refuse``."""
        inside: Any = True
        first, last = self.points[0].at, self.points[-1].at
        if self.below == "refuse":
            inside = x * first.denominator >= unit * first.numerator
        if self.above == "refuse":
            inside = inside & (x * last.denominator <= unit * last.numerator)
        return inside

    def at(self, x: Any, unit: Any = 1) -> Fraction:
        """What ``x / unit`` is worth, in the measure of ``x``.

        Raises:
            FactError: ``bands.outside`` beyond an end that says ``refuse``.
        """
        x, unit = ratios(x, unit)
        if not self.covers(SCALAR, x, unit):
            raise FactError(
                "bands.outside",
                "{x} lies outside {first} to {last}; extend the table or say what holds there",
                x=str(x / unit),
                first=str(self.points[0].at),
                last=str(self.points[-1].at),
            )
        return scalar(self.curve, x, unit)
