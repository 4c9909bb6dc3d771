"""A stretch of numbers with each end said to belong to it or not: a spend, a quantity, a unit price.

>>> Reach(at_least="3", at_most="7").holds(Fraction(7)), Reach(above="5").holds(Fraction(5))
(True, False)
"""

from fractions import Fraction

import attrs

from ..._exact import maybe_ratio
from ..._fields import about
from ...errors import PolicyError

__all__ = ["Reach"]


@attrs.frozen(kw_only=True)
class Reach:
    """From one number to another; an end that is left out is open.

    Args:
        at_least: the smallest number that belongs to it; or ``above``, the largest that does not yet.
        at_most: the largest number that belongs to it; or ``below``, the smallest that does no longer.

    Raises:
        PolicyError: ``pricing.promotion_reach`` for a stretch without an end, with two at one side, or with nothing in it.
    """

    at_least: Fraction | None = attrs.field(metadata=about("smallest number that belongs to it"), default=None, converter=maybe_ratio)
    above: Fraction | None = attrs.field(metadata=about("largest number that does not belong to it yet"), default=None, converter=maybe_ratio)
    at_most: Fraction | None = attrs.field(metadata=about("largest number that belongs to it"), default=None, converter=maybe_ratio)
    below: Fraction | None = attrs.field(metadata=about("smallest number that belongs to it no longer"), default=None, converter=maybe_ratio)

    def __attrs_post_init__(self) -> None:
        lower = [bound for bound in (self.at_least, self.above) if bound is not None]
        upper = [bound for bound in (self.at_most, self.below) if bound is not None]
        closed = self.above is None and self.below is None
        if len(lower) > 1 or len(upper) > 1 or not (lower or upper) or (lower and upper and not (lower < upper or (closed and lower == upper))):
            template = "nothing, or more than one thing, is meant; give at_least or above, at_most or below, the lower end first"
            raise PolicyError("pricing.promotion_reach", template)

    def holds(self, value: Fraction) -> bool:
        """Whether a number belongs to it."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        signs = ((">=", self.at_least), (">", self.above), ("<=", self.at_most), ("<", self.below))
        return ", ".join(f"{sign} {bound}" for sign, bound in signs if bound is not None)
