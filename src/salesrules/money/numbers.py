"""The exact numbers: which values and texts are taken for one, and how one is written back.

Floats are not among them, nor booleans, infinities or the floats of array libraries: nobody can say what 0.1 was meant to be.

    >>> exact_number(Decimal("0.10")), exact_number(0.1), read_decimal("1234.50"), read_decimal("1,234.50")
    (Decimal('0.10'), None, Fraction(2469, 2), None)
    >>> shortest_text(Fraction(29, 400)), shortest_text(Fraction(1, 3))
    ('0.0725', '1/3')
"""

import re
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational
from typing import TypeAlias

from ..errors import FactError

__all__ = ["Number", "as_amount", "as_count", "as_factor", "exact_number", "major_text", "read_decimal", "read_fraction", "shortest_text"]

Number: TypeAlias = int | Decimal | Fraction
"""The exact numbers: what an amount may be multiplied and divided by."""

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_FRACTION = re.compile(r"([+-]?\d+)/(\d+)", re.ASCII)
_LONGEST = 1000
"""Longer texts and larger exponents are refused: a hostile document must not make us write out a billion zeros."""


def exact_number(value: object) -> Number | None:
    """The exact number that ``value`` is, or None: floats, booleans, infinities and the floats of array libraries are not exact numbers."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Fraction):
        return value
    if isinstance(value, Decimal):
        return value if value.is_finite() and abs(value.adjusted()) < _LONGEST else None
    if isinstance(value, Integral):
        return int(value)
    return Fraction(int(value.numerator), int(value.denominator)) if isinstance(value, Rational) else None


def read_decimal(text: str) -> Fraction | None:
    """The number that a text such as ``1234.50`` writes, or None."""
    return Fraction(text) if len(text) < _LONGEST and _DECIMAL.fullmatch(text) else None


def read_fraction(text: str) -> Fraction | None:
    """The number that a text such as ``1/3`` writes, or None."""
    match = _FRACTION.fullmatch(text) if len(text) < _LONGEST else None
    return Fraction(int(match[1]), int(match[2])) if match and int(match[2]) else None


def as_amount(value: object) -> Number:
    """The amount in major units; refused with ``money.number``, ``money.finite`` or ``money.float`` if it is no exact number."""
    number = read_decimal(value) if isinstance(value, str) else exact_number(value)
    if number is not None:
        return number
    raise _not_exact(value)


def _not_exact(value: object) -> FactError:
    if isinstance(value, str):
        return FactError("money.number", "{value!r} is not a plain number; write it like '1234.50', with a point and no separators", value=value)
    if isinstance(value, Decimal):
        return FactError("money.finite", "{value!r} is not a finite amount of ordinary size", value=value)
    if value is None:
        return FactError("money.float", "there is no amount (None); pass str or Decimal as in Money('12.30', 'CNY')")
    template = "{value!r} is a {kind}, not exact; pass str or Decimal as in Money('12.30', 'CNY'), or minor units as in Money.from_minor(1230, 'CNY')"
    return FactError("money.float", template, value=value, kind=type(value).__name__)


def as_factor(value: object) -> Fraction:
    """What an amount is multiplied or divided by; refused with ``money.factor`` if it is no exact number."""
    number = exact_number(value)
    if number is None:
        template = "{value!r} ({kind}) is not an exact number; multiply or divide by int, Decimal or Fraction, e.g. money * rate('7.25%')"
        raise FactError("money.factor", template, value=value, kind=type(value).__name__)
    return Fraction(number)


def as_count(minor: object) -> int:
    """The count of minor units; refused with ``money.minor`` if it is not whole."""
    number = exact_number(minor)
    if not isinstance(number, int):
        raise FactError("money.minor", "{minor!r} is not a whole number of minor units; pass an int such as 1230 for 12.30", minor=minor)
    return int(number)


def major_text(minor: int, digits: int) -> str:
    """The count of minor units as decimal text in major units."""
    whole, part = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{part:0{digits}d}" if digits else f"{sign}{whole}"


def shortest_text(value: Fraction) -> str:
    """Decimal text if it ends, else a fraction."""
    rest, digits = value.denominator, 0
    while rest % 10 == 0:
        rest, digits = rest // 10, digits + 1
    for prime in (2, 5):
        while rest % prime == 0:
            rest, digits = rest // prime, digits + 1
    return str(value) if rest > 1 else major_text(value.numerator * 10**digits // value.denominator, digits)
