"""Converters of fields: an exact fraction from whatever writes one exactly; a `Fraction` stays what it is.

>>> as_rate("7.25%"), as_ratio("1.5"), maybe_rate(None)
(Fraction(29, 400), Fraction(3, 2), None)
"""

from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from .money import rate, ratio

__all__ = ["Exactly", "as_rate", "as_ratio", "maybe_rate", "maybe_ratio"]

Exactly: TypeAlias = str | int | Decimal | Fraction
"""What writes a number exactly."""


def as_rate(value: Exactly) -> Fraction:
    """A share: a bare number beyond 1 is refused (`salesrules.money.rate`)."""
    return value if isinstance(value, Fraction) else rate(value)


def as_ratio(value: Exactly) -> Fraction:
    """A number of any size (`salesrules.money.ratio`)."""
    return value if isinstance(value, Fraction) else ratio(value)


def maybe_rate(value: Exactly | None) -> Fraction | None:
    """A share, where one is given."""
    return None if value is None else as_rate(value)


def maybe_ratio(value: Exactly | None) -> Fraction | None:
    """A number of any size, where one is given."""
    return None if value is None else as_ratio(value)
