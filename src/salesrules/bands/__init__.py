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

from .curve import Bounds, Curve, EdgeRule
from .interpolated import Interpolated, Point
from .lookup import Lookup, ValueBand
from .rates import Marginal, Overage, Piece, RateBand, Whole
from .step import AmountBand, Step

__all__ = [
    "AmountBand",
    "Bounds",
    "Curve",
    "EdgeRule",
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

Table = Marginal | Whole | Overage | Interpolated
"""The tables that turn a measure into a weighted measure."""
