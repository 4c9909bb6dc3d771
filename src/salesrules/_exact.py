"""Converters of fields: an exact fraction from whatever writes one exactly; a `Fraction` stays what it is."""

from fractions import Fraction
from typing import Any

import attrs

from .money import rate, ratio

__all__ = ["as_rate", "as_ratio", "maybe_rate", "maybe_ratio"]


def as_rate(value: Any) -> Fraction:
    """A share: a bare number beyond 1 is refused (`salesrules.money.rate`)."""
    return value if isinstance(value, Fraction) else rate(value)


def as_ratio(value: Any) -> Fraction:
    """A number of any size (`salesrules.money.ratio`)."""
    return value if isinstance(value, Fraction) else ratio(value)


maybe_rate = attrs.converters.optional(as_rate)
maybe_ratio = attrs.converters.optional(as_ratio)
