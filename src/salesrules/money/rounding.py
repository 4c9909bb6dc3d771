"""The rounding modes, each an integer division: a table that every rounding of the library goes through.

>>> {mode: divide(-5, 2, mode) for mode in MODES}
{'half_up': -3, 'half_even': -2, 'half_down': -2, 'up': -3, 'down': -2, 'ceiling': -2, 'floor': -3}
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

from ..errors import FactError

__all__ = ["MODES", "Mode", "divide"]

Mode: TypeAlias = Literal["half_up", "half_even", "half_down", "up", "down", "ceiling", "floor"]


def _floor(num: int, den: int) -> int:
    return num // den


def _ceiling(num: int, den: int) -> int:
    return -(-num // den)


def _mirrored(of_positive: Callable[[int, int], int]) -> Callable[[int, int], int]:
    def both_signs(num: int, den: int) -> int:
        return of_positive(num, den) if num >= 0 else -of_positive(-num, den)

    return both_signs


def _half_even(num: int, den: int) -> int:
    quotient, rest = divmod(2 * num + den, 2 * den)
    return quotient - 1 if rest == 0 and quotient % 2 else quotient


MODES: dict[Mode, Callable[[int, int], int]] = {
    "half_up": _mirrored(lambda num, den: (2 * num + den) // (2 * den)),
    "half_even": _half_even,
    "half_down": _mirrored(lambda num, den: -((den - 2 * num) // (2 * den))),
    "up": _mirrored(_ceiling),
    "down": _mirrored(_floor),
    "ceiling": _ceiling,
    "floor": _floor,
}
"""Mode to the integer division that rounds so; the divisor is positive. "Up" and "down" mean away from zero and towards it."""


def divide(num: int, den: int, mode: Mode = "half_up") -> int:
    """``num / den`` to the nearest integer that the mode allows; exact for integers of any size.

        >>> divide(5, 2), divide(-5, 2), divide(5, 2, "half_even"), divide(-5, 2, "ceiling")
        (3, -3, 2, -2)

    Args:
        num: the dividend.
        den: the divisor, positive.
        mode: a key of `MODES`.

    Raises:
        FactError: ``rounding.divisor`` if ``den`` is not positive.
    """
    if den <= 0:
        raise FactError("rounding.divisor", "the divisor must be positive, not {den}", den=den)
    return MODES[mode](num, den)
