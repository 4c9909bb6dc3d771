"""Which stretch of a quantity is bought, after what was bought before.

>>> Reach.of(5, before=8).bought
Fraction(5, 1)
"""

from fractions import Fraction

import attrs

__all__ = ["Reach"]


@attrs.frozen
class Reach:
    """Which stretch of the quantity is bought, in the unit of the price: from what was bought before to what will have been."""

    before: Fraction
    after: Fraction

    @classmethod
    def of(cls, quantity: Fraction | int, before: Fraction | int = 0) -> "Reach":
        """A quantity after what was bought before."""
        return cls(Fraction(before), Fraction(before) + quantity)

    @property
    def bought(self) -> Fraction:
        """The length of the stretch."""
        return self.after - self.before
