"""Ordered bands of the number line, and the tables that say how a band pays.

One idea serves commission tiers, scores, grade cut-offs, approval levels, price breaks and interest steps. A band is written by its
lower bound alone, so a gap or an overlap cannot be written down; what a table leaves to say is which band owns an edge (``edges``,
``"[)"`` or ``"(]"``) and how it pays:

============== ============================================================ ==================
`Lookup`       the value of the band that holds x
`Marginal`     each slice of x at the rate of its own band                   超额累进
`Whole`        all of x at the rate of the band it reaches                   全额累进
`Overage`      the part above a point at the rate of the band reached
`Interpolated` a straight line between points, the ends declared
`Step`         a fixed amount per band, or one for every full step
============== ============================================================ ==================

Every table is a cumulative function: it says what ``x`` in all is worth. What one sale is worth is the difference between the total
after and before it; so a sale that crosses a bound is cut there, and any batching of the same sales gives the same total.

    >>> from fractions import Fraction
    >>> tiers = Marginal(bands=(RateBand(start=0, rate=Fraction(3, 100)), RateBand(start=500, rate=Fraction(5, 100))))
    >>> tiers.at(600)                                       # 500 x 3% + 100 x 5%
    Fraction(20, 1)
    >>> tiers.at(600) - tiers.at(450)                       # a sale of 150 that crosses 500
    Fraction(13, 2)

A ratio is placed without ever being rounded: ``x`` and ``unit`` go in as two integers, and bounds are compared by cross-multiplying.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import lcm
from typing import Any, ClassVar, Literal

import attrs

from ._exact import as_ratio, maybe_rate, maybe_ratio
from ._fields import field
from .errors import FactError, PolicyError
from .ops import Ops, ScalarOps

__all__ = [
    "AmountBand",
    "Bounds",
    "Curve",
    "Interpolated",
    "Lookup",
    "Marginal",
    "Overage",
    "Piece",
    "Point",
    "RateBand",
    "Step",
    "Table",
    "ValueBand",
    "Whole",
]

EdgeRule = Literal["[)", "(]"]
_SCALAR = ScalarOps()


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


@attrs.frozen
class Piece:
    """The part of x that one band pays: ``amount`` at ``rate`` makes ``value``. ``upper`` is ``None`` where the band has no end."""

    lower: Fraction
    upper: Fraction | None
    amount: Fraction
    rate: Fraction
    value: Fraction


def _ratios(x: Any, unit: Any) -> tuple[Fraction, Fraction]:
    x, unit = as_ratio(x), as_ratio(unit)
    if unit <= 0:
        raise FactError("bands.unit", "the unit is {unit}; a ratio has a place in a table only where its unit is above 0", path="unit", unit=str(unit))
    return x, unit


def _integers(x: Any, unit: Any) -> tuple[int, int, int]:
    """The same ratio of two integers, and the scale by which both were multiplied."""
    x, unit = _ratios(x, unit)
    scale = lcm(x.denominator, unit.denominator)
    return int(x * scale), int(unit * scale), scale


def _scalar(curve: Curve, x: Any, unit: Any) -> Fraction:
    x, unit, scale = _integers(x, unit)
    return Fraction(curve.total(_SCALAR, x, unit), curve.den * scale)


@attrs.frozen(kw_only=True)
class RateBand:
    """A band that pays a rate: ``rate`` for a percentage, ``factor`` for a multiplier, ``amount`` for money per unit; one of them."""

    start: Fraction = field(doc="lower bound of the band", key="from", converter=as_ratio)
    rate: Fraction | None = field(doc="rate paid in the band, such as 3%", rate=True, default=None, converter=maybe_rate)
    factor: Fraction | None = field(doc="multiplier in the band, such as 1.5", default=None, converter=maybe_ratio)
    amount: Fraction | None = field(doc="money per unit in the band, in major units", default=None, converter=maybe_ratio)

    def __attrs_post_init__(self) -> None:
        if sum(value is not None for value in (self.rate, self.factor, self.amount)) != 1:
            raise PolicyError("bands.rate", "give the band exactly one of rate, factor, amount")

    @property
    def value(self) -> Fraction:
        """Whichever of the three was given."""
        return next(value for value in (self.rate, self.factor, self.amount) if value is not None)


@attrs.frozen(kw_only=True)
class ValueBand:
    """A band that stands for a value."""

    start: Fraction = field(doc="lower bound of the band", key="from", converter=as_ratio)
    value: Fraction = field(doc="value of the band", converter=as_ratio)


@attrs.frozen(kw_only=True)
class AmountBand:
    """A band that pays a fixed amount, in major units of money."""

    start: Fraction = field(doc="lower bound of the band", key="from", converter=as_ratio)
    amount: Fraction = field(doc="amount paid on reaching the band, in major units", converter=as_ratio)


@attrs.frozen(kw_only=True)
class Point:
    """A point of an interpolated table: at ``at`` it is worth ``value``."""

    at: Fraction = field(doc="where", converter=as_ratio)
    value: Fraction = field(doc="worth there", converter=as_ratio)


@attrs.frozen(kw_only=True)
class _Rates:
    """What the three tables of rates share."""

    bands: tuple[RateBand, ...] = field(doc="bands in ascending order")
    edges: EdgeRule = field(doc="'[)': a bound belongs to the band above it; '(]': to the one below", default="[)")

    def __attrs_post_init__(self) -> None:
        _ = self.bounds, self.curve

    @property
    def curve(self) -> Curve:
        """The table as a cumulative function."""
        raise NotImplementedError

    @cached_property
    def bounds(self) -> Bounds:
        """The lower bounds."""
        return Bounds.of([band.start for band in self.bands], self.edges)

    def _below(self) -> tuple[Fraction, Fraction]:
        """A first band from 0 reaches below 0, so that a net return undoes what the sale did; a first band above 0 leaves nothing below."""
        first = self.bands[0]
        return (-first.start * first.value, first.value) if first.start <= 0 else (Fraction(0), Fraction(0))

    def at(self, x: Any, unit: Any = 1) -> Fraction:
        """What ``x`` in all is worth; with ``unit``, what the ratio ``x / unit`` is worth, in the measure of ``x``."""
        return _scalar(self.curve, x, unit)


@attrs.frozen(kw_only=True)
class Marginal(_Rates):
    """Each slice of x at the rate of its own band (超额累进).

    References: the payout rule of graduated income tax, called step rates by Oracle and marginal tiers by Spiff.
    Checked with: the ``tiered-marginal`` cases of `tests/golden/commission/*.toml`.

    >>> Marginal(bands=(RateBand(start=0, rate=Fraction(1, 100)), RateBand(start=1000, rate=Fraction(2, 100)))).at(2500)
    Fraction(40, 1)
    """

    kind: ClassVar[str] = "marginal"
    progressive: ClassVar[bool] = True

    @cached_property
    def curve(self) -> Curve:
        lines, worth, previous = [self._below()], Fraction(0), Fraction(0)
        start = self.bands[0].start
        for band in self.bands:
            worth += (band.start - start) * previous
            start, previous = band.start, band.value
            lines.append((worth - start * previous, previous))
        return Curve.of(self.bounds, lines)

    def pieces(self, before: Any, after: Any, unit: Any = 1) -> tuple[Piece, ...]:
        """How the part of x from ``before`` to ``after`` is cut at the bounds; the values sum to ``at(after) - at(before)``.

        A return comes out as negative pieces, from the highest band down.
        """
        (before, unit), after = _ratios(before, unit), as_ratio(after)
        low, high, sign = (before, after, 1) if before <= after else (after, before, -1)
        starts: list[Fraction | None] = [None if band.start <= 0 and index == 0 else band.start * unit for index, band in enumerate(self.bands)]
        pieces = []
        for band, lower, upper in zip(self.bands, starts, [*starts[1:], None], strict=True):
            amount = (high if upper is None else min(high, upper)) - (low if lower is None else max(low, lower))
            if amount > 0:
                pieces.append(Piece(band.start * unit, upper, sign * amount, band.value, sign * amount * band.value))
        return tuple(pieces if sign > 0 else reversed(pieces))


@attrs.frozen(kw_only=True)
class Whole(_Rates):
    """All of x at the rate of the band it reaches (全额累进, retroactive).

    At a bound the pay jumps, so the edge rule decides real money: a published plan paid both 48,000 and 60,000 for exactly 120%.

    >>> Whole(bands=(RateBand(start=0, rate=Fraction(2, 100)), RateBand(start=100, rate=Fraction(5, 100)))).at(100)
    Fraction(5, 1)
    >>> Whole(bands=(RateBand(start=0, rate=Fraction(2, 100)), RateBand(start=100, rate=Fraction(5, 100))), edges="(]").at(100)
    Fraction(2, 1)
    """

    kind: ClassVar[str] = "whole"
    progressive: ClassVar[bool] = False

    @cached_property
    def curve(self) -> Curve:
        first = self.bands[0]
        below = first.value if first.start <= 0 else Fraction(0)
        return Curve.of(self.bounds, [(Fraction(0), rate) for rate in (below, *(band.value for band in self.bands))])


@attrs.frozen(kw_only=True)
class Overage(_Rates):
    """Up to a point each slice at its own rate; all above the point at the rate of the band reached.

    The usual hybrid accelerator: base rate to quota, and the whole overage at the multiplier attained. It jumps at each bound above
    the point and is often mistaken for `Marginal`.

    >>> bands = tuple(RateBand(start=Fraction(s), factor=Fraction(f)) for s, f in ((0, "0.6"), (100, "0.9"), (125, "1.2"), (150, "1.5")))
    >>> Overage(bands=bands, above=100).at(175)             # 100 x 0.6 + 75 x 1.5
    Fraction(345, 2)
    """

    kind: ClassVar[str] = "overage"
    progressive: ClassVar[bool] = False
    above: Fraction = field(doc="the point above which the rate reached pays the whole overage; must be a bound of the table", converter=as_ratio)

    @cached_property
    def below_point(self) -> Marginal:
        """The table that pays up to the point."""
        kept = tuple(band for band in self.bands if band.start < self.above)
        return Marginal(bands=(*kept, RateBand(start=self.above, rate=Fraction(0))), edges=self.edges)

    @cached_property
    def curve(self) -> Curve:
        if self.above not in [band.start for band in self.bands]:
            raise PolicyError("bands.above", "above is {above}, where no band starts; add a band from there", path="above", above=str(self.above))
        if self.above == self.bands[0].start:
            return Curve.of(self.bounds, [self._below(), *((-self.above * band.value, band.value) for band in self.bands)])
        worth = self.below_point.at(self.above)
        kept = self.below_point.curve
        lines = [(Fraction(a, kept.den), Fraction(b, kept.den)) for a, b in zip(kept.intercepts, kept.slopes, strict=True)][:-1]
        return Curve.of(self.bounds, [*lines, *((worth - self.above * band.value, band.value) for band in self.bands if band.start >= self.above)])


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
        x, unit = _ratios(x, unit)
        if not self.covers(_SCALAR, x, unit):
            raise FactError(
                "bands.outside",
                "{x} lies outside {first} to {last}; extend the table or say what holds there",
                x=str(x / unit),
                first=str(self.points[0].at),
                last=str(self.points[-1].at),
            )
        return _scalar(self.curve, x, unit)


@attrs.frozen(kw_only=True)
class Step:
    """A fixed amount: one per band reached, or (with ``every``) one for every full step above the first bound.

    >>> kicker = Step(bands=(AmountBand(start=1, amount=5000), AmountBand(start=Fraction(6, 5), amount=12000)))
    >>> [str(kicker.at(Fraction(x))) for x in ("0.99", "1", "1.3")]
    ['0', '5000', '12000']
    >>> per_point = Step(bands=(AmountBand(start=1, amount=420),), every=Fraction(1, 100))
    >>> per_point.at(Fraction("1.057"))                     # five full points over quota
    Fraction(2100, 1)
    """

    kind: ClassVar[str] = "step"
    bands: tuple[AmountBand, ...] = field(doc="bands in ascending order; below the first nothing is paid")
    edges: EdgeRule = field(doc="'[)': a bound belongs to the band above it; '(]': to the one below", default="[)")
    every: Fraction | None = field(doc="pay the amount once for every full step of this width", default=None, converter=maybe_ratio)

    def __attrs_post_init__(self) -> None:
        if self.every is not None and self.every <= 0:
            raise PolicyError("bands.every", "every is {every}; a step must be wider than 0", path="every", every=str(self.every))
        _ = self.bounds

    @cached_property
    def bounds(self) -> Bounds:
        """The lower bounds."""
        return Bounds.of([band.start for band in self.bands], self.edges)

    @cached_property
    def den(self) -> int:
        """The denominator of `total`."""
        return lcm(*(band.amount.denominator for band in self.bands))

    @cached_property
    def amounts(self) -> tuple[int, ...]:
        """The amounts times `den`, after a zero for what lies below the first bound."""
        return (0, *(int(band.amount * self.den) for band in self.bands))

    @cached_property
    def widths(self) -> tuple[tuple[int, int], ...]:
        """For each band what the full steps of the bands below it made, and where it starts; only with ``every``."""
        made, widths = 0, [(0, 0)]
        for index, band in enumerate(self.bands):
            if index:
                below = self.bands[index - 1]
                made += int((band.start - below.start) // self._every) * int(below.amount * self.den)
            widths.append((made, int(band.start * self._scale)))
        return tuple(widths)

    @property
    def _every(self) -> Fraction:
        return Fraction(1) if self.every is None else self.every

    @cached_property
    def _scale(self) -> int:
        return lcm(self._every.denominator, *(band.start.denominator for band in self.bands))

    def total(self, o: Ops, x: Any, unit: Any) -> Any:
        """What reaching ``x / unit`` has earned in all, in major units times `den`."""
        band = o.locate(self.bounds, x, unit) + 1
        amount = o.pick(self.amounts, band)
        if self.every is None:
            return amount
        beyond = o.pos(x * self._scale - o.pick(tuple(start for _, start in self.widths), band) * unit)
        full = o.muldiv(beyond, 1, int(self.every * self._scale) * unit, "down")
        return o.pick(tuple(made for made, _ in self.widths), band) + full * amount

    def at(self, x: Any, unit: Any = 1) -> Fraction:
        """What reaching ``x / unit`` has earned in all."""
        x, unit, _ = _integers(x, unit)
        return Fraction(self.total(_SCALAR, x, unit), self.den)


@attrs.frozen(kw_only=True)
class Lookup:
    """The value of the band that holds x. Below the first bound there is no value.

    >>> rates = Lookup(bands=(ValueBand(start=0, value="0.05"), ValueBand(start="0.1", value="0.03")))
    >>> rates.at("0.1"), rates.at(Fraction(15, 100))
    (Fraction(3, 100), Fraction(3, 100))
    """

    kind: ClassVar[str] = "lookup"
    bands: tuple[ValueBand, ...] = field(doc="bands in ascending order")
    edges: EdgeRule = field(doc="'[)': a bound belongs to the band above it; '(]': to the one below", default="[)")

    def __attrs_post_init__(self) -> None:
        _ = self.bounds

    @cached_property
    def bounds(self) -> Bounds:
        """The lower bounds."""
        return Bounds.of([band.start for band in self.bands], self.edges)

    @cached_property
    def den(self) -> int:
        """The denominator of `total`."""
        return lcm(*(band.value.denominator for band in self.bands))

    @cached_property
    def values(self) -> tuple[int, ...]:
        """The values times `den`."""
        return tuple(int(band.value * self.den) for band in self.bands)

    def index(self, x: Any, unit: Any = 1) -> int:
        """The band that holds ``x / unit``, from 0.

        Raises:
            FactError: ``bands.below`` under the first bound.
        """
        x, unit, _ = _integers(x, unit)
        band: int = _SCALAR.locate(self.bounds, x, unit)
        if band < 0:
            template = "{x} lies below the first band, which starts at {first}; add a band for it"
            raise FactError("bands.below", template, x=str(Fraction(x, unit)), first=str(self.bands[0].start))
        return band

    def total(self, o: Ops, x: Any, unit: Any) -> Any:
        """The value times `den`; what lies below the first bound takes the first value."""
        return o.pick(self.values, o.max(o.locate(self.bounds, x, unit), 0))

    def at(self, x: Any, unit: Any = 1) -> Fraction:
        """The value of the band that holds ``x / unit``."""
        return self.bands[self.index(x, unit)].value


_BELOW, _ABOVE = ("clamp", "extend", "zero", "refuse"), ("clamp", "extend", "refuse")
Table = Marginal | Whole | Overage | Interpolated
"""The tables that turn a measure into a weighted measure."""
