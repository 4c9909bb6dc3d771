"""A table of values, one for each band.

>>> Lookup(bands=(ValueBand(start=0, value=1), ValueBand(start=100, value=2))).at(100)
Fraction(2, 1)
"""

from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, ClassVar

import attrs

from .._exact import as_ratio
from .._fields import about, field
from ..errors import FactError
from ..ops import Ops
from .curve import SCALAR, Bounds, EdgeRule, integers

__all__ = ["Lookup", "ValueBand"]


@attrs.frozen(kw_only=True)
class ValueBand:
    """A band that stands for a value."""

    start: Fraction = attrs.field(metadata=about("lower bound of the band", key="from"), converter=as_ratio)
    value: Fraction = attrs.field(metadata=about("value of the band"), converter=as_ratio)


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
        x, unit, _ = integers(x, unit)
        band: int = SCALAR.locate(self.bounds, x, unit)
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
