"""Tables of rates: each slice at its own rate, all at the rate reached, or the part above a point at the rate reached.

>>> bands = tuple(RateBand(start=start, rate=rate) for start, rate in ((0, "2%"), (100, "5%"), (150, "8%")))
>>> Marginal(bands=bands).at(200), Whole(bands=bands).at(200), Overage(bands=bands, above=100).at(200)
(Fraction(17, 2), Fraction(16, 1), Fraction(10, 1))
"""

from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import attrs

from .._exact import as_ratio, maybe_rate, maybe_ratio
from .._fields import about, field
from ..errors import PolicyError
from .curve import Bounds, Curve, EdgeRule, ratios, scalar

__all__ = ["Marginal", "Overage", "Piece", "RateBand", "Whole"]


@attrs.frozen
class Piece:
    """The part of x that one band pays: ``amount`` at ``rate`` makes ``value``. ``upper`` is ``None`` where the band has no end."""

    lower: Fraction
    upper: Fraction | None
    amount: Fraction
    rate: Fraction
    value: Fraction


@attrs.frozen(kw_only=True)
class RateBand:
    """A band that pays a rate: ``rate`` for a percentage, ``factor`` for a multiplier, ``amount`` for money per unit; one of them."""

    start: Fraction = attrs.field(metadata=about("lower bound of the band", key="from"), converter=as_ratio)
    rate: Fraction | None = attrs.field(metadata=about("rate paid in the band, such as 3%", rate=True), default=None, converter=maybe_rate)
    factor: Fraction | None = attrs.field(metadata=about("multiplier in the band, such as 1.5"), default=None, converter=maybe_ratio)
    amount: Fraction | None = attrs.field(metadata=about("money per unit in the band, in major units"), default=None, converter=maybe_ratio)

    def __attrs_post_init__(self) -> None:
        if sum(value is not None for value in (self.rate, self.factor, self.amount)) != 1:
            raise PolicyError("bands.rate", "give the band exactly one of rate, factor, amount")

    @property
    def value(self) -> Fraction:
        """Whichever of the three was given."""
        return next(value for value in (self.rate, self.factor, self.amount) if value is not None)


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
        return scalar(self.curve, x, unit)


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
        (before, unit), after = ratios(before, unit), as_ratio(after)
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
    above: Fraction = attrs.field(
        metadata=about("the point above which the rate reached pays the whole overage; must be a bound of the table"), converter=as_ratio
    )

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
