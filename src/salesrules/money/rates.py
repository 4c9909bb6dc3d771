"""Rates, multipliers and weights as exact numbers, read from the texts that people write.

>>> rate("7.25%"), ratio("1.5"), zhe("八五折"), format_ratio(Fraction(29, 400))
(Fraction(29, 400), Fraction(3, 2), Fraction(17, 20), '7.25%')
"""

import re
from fractions import Fraction

from ..errors import PolicyError
from .numbers import Number, exact_number, read_decimal, read_fraction, shortest_text

__all__ = ["format_ratio", "rate", "ratio", "zhe"]

_SIGNS = {"%": 100, "％": 100, "‰": 1000}


def ratio(value: str | Number) -> Fraction:
    """A multiplier or weight as an exact number: ``"1.5"``, ``"150%"`` and ``"3/2"`` are the same.

        >>> from decimal import Decimal
        >>> ratio("150%") == ratio("3/2") == ratio("1.5") == ratio(Decimal("1.5"))
        True

    Raises:
        PolicyError: ``rate.number`` if it is not an exact number; floats are not.
    """
    number: Number | None
    if isinstance(value, str):
        text = value.strip()
        per = _SIGNS.get(text[-1:], 1)
        number = read_decimal(text[:-1].rstrip() if per > 1 else text)
        number = read_fraction(text) if number is None else number / per
    else:
        number = exact_number(value)
    if number is None:
        template = "{value!r} is not an exact ratio; write a str such as '7.25%', '0.0725' or '1/3', or pass a Decimal or Fraction (never a float)"
        raise PolicyError("rate.number", template, value=value)
    return Fraction(number)


def rate(value: str | Number) -> Fraction:
    """A rate as an exact number: ``"7.25%"``, ``"7.25‰"``, ``"1/3"``, ``"0.0725"``, a Decimal or a Fraction.

    Nothing is guessed from the size of a number: 7 is 700%, which nobody means, so a bare number beyond -1 to 1 is refused.

        >>> rate("7.25%"), rate("0.0725"), rate("150%"), rate("1/3")
        (Fraction(29, 400), Fraction(29, 400), Fraction(3, 2), Fraction(1, 3))
        >>> rate("7")
        Traceback (most recent call last):
            ...
        salesrules.errors.PolicyError: '7' as a rate would be 700%; write '7%' or '0.07', or '700%' if that is meant [rate.percent]

    Raises:
        PolicyError: ``rate.percent`` for a bare number beyond -1 to 1, ``rate.number`` if it is not an exact number.
    """
    number = ratio(value)
    says_so = isinstance(value, str) and (value.rstrip()[-1] in _SIGNS or "/" in value)
    if abs(number) > 1 and not says_so:
        template = "{value!r} as a rate would be {meant}; write {percent!r} or {decimal!r}, or {meant!r} if that is meant"
        small = number / 100
        raise PolicyError("rate.percent", template, value=value, meant=format_ratio(number), percent=format_ratio(small), decimal=shortest_text(small))
    return number


def format_ratio(value: Fraction) -> str:
    """The shortest exact text that `ratio` and `rate` read back: a percentage where it ends, else a fraction.

    >>> format_ratio(Fraction(29, 400)), format_ratio(Fraction(1, 3)), format_ratio(Fraction(3, 2))
    ('7.25%', '1/3', '150%')
    """
    text = shortest_text(value * 100)
    return str(value) if "/" in text else f"{text}%"


_ZHE = re.compile(r"(?:([1-9])([1-9])?|(\d\.\d{1,4}))折", re.ASCII)
_HANZI = str.maketrans("一二三四五六七八九", "123456789")


def zhe(text: str) -> Fraction:
    """The share of the price that is paid under a Chinese discount such as ``八折``, which takes 20% off.

        >>> zhe("八折"), zhe("八五折"), zhe("9.5折"), zhe("95折"), zhe("对折")
        (Fraction(4, 5), Fraction(17, 20), Fraction(19, 20), Fraction(19, 20), Fraction(1, 2))

    Args:
        text: one or two digits (Chinese or Arabic) or a number below ten with decimals, then ``折``; or ``对折``, ``對折``, ``半折``.

    Raises:
        PolicyError: ``rate.zhe`` for anything else; ``10折`` too, which some read as the full price and some as a tenth.
    """
    if text in ("对折", "對折", "半折"):
        return Fraction(1, 2)
    match = _ZHE.fullmatch(str(text).translate(_HANZI))
    share = Fraction(f"{match[1]}.{match[2] or 0}" if match[1] else match[3]) / 10 if match else 0
    if not share:
        raise PolicyError("rate.zhe", "{text!r} is not a discount such as '八折', '八五折', '9.5折', '95折' or '对折'", text=text)
    return Fraction(share)
