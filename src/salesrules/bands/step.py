"""A table of fixed amounts: one per band reached, or one for every full step.

>>> Step(bands=(AmountBand(start=100, amount=50),), every=10).at(125)
Fraction(100, 1)
"""

from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise
from math import lcm
from typing import Any, ClassVar

import attrs

from .._exact import as_ratio, maybe_ratio
from .._fields import about, field
from ..errors import PolicyError
from ..ops import Ops
from .curve import SCALAR, Bounds, EdgeRule, integers

__all__ = ["AmountBand", "Step"]


@attrs.frozen(kw_only=True)
class AmountBand:
    """A band that pays a fixed amount, in major units of money."""

    start: Fraction = attrs.field(metadata=about("lower bound of the band", key="from"), converter=as_ratio)
    amount: Fraction = attrs.field(metadata=about("amount paid on reaching the band, in major units"), converter=as_ratio)


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
    every: Fraction | None = attrs.field(metadata=about("pay the amount once for every full step of this width"), default=None, converter=maybe_ratio)

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
    def _scale(self) -> int:
        """Makes integers of the bounds and of the width of a step."""
        every = () if self.every is None else (self.every,)
        return lcm(*(number.denominator for number in (*every, *(band.start for band in self.bands))))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        """Where each band starts, after a zero for what lies below the first bound."""
        return (0, *(int(band.start * self._scale) for band in self.bands))

    def _made(self, every: Fraction) -> tuple[int, ...]:
        """What the full steps of the bands below each band made, times `den`."""
        steps = [int((above.start - band.start) // every) for band, above in pairwise(self.bands)]
        return (0, *accumulate((count * amount for count, amount in zip(steps, self.amounts[1:], strict=False)), initial=0))

    def total(self, o: Ops, x: Any, unit: Any) -> Any:
        """What reaching ``x / unit`` has earned in all, in major units times `den`."""
        band = o.locate(self.bounds, x, unit) + 1
        amount = o.pick(self.amounts, band)
        if self.every is None:
            return amount
        beyond = o.pos(x * self._scale - o.pick(self._starts, band) * unit)
        full = o.muldiv(beyond, 1, int(self.every * self._scale) * unit, "down")
        return o.pick(self._made(self.every), band) + full * amount

    def at(self, x: Any, unit: Any = 1) -> Fraction:
        """What reaching ``x / unit`` has earned in all."""
        x, unit, _ = integers(x, unit)
        return Fraction(self.total(SCALAR, x, unit), self.den)
