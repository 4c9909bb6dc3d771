"""Between which integers the outcome of an operation lies: what keeps every carrier of 64 bits from overflowing unseen.

>>> reach("*", (-3, 5), (10, 20)), fits(0, 2**63), decided("<", (0, 4), (5, 9))
((-60, 100), False, True)
"""

from typing import Any

__all__ = ["Span", "bounds", "decided", "fits", "reach"]

Span = tuple[int, int]
"""The least and the greatest value there may be."""

_LEAST, _MOST = -(2**63), 2**63 - 1


def fits(lo: int, hi: int) -> bool:
    """Whether 64 bits hold all integers between two."""
    return lo >= _LEAST and hi <= _MOST


def reach(sign: str, a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """Between which integers the outcome of an operation lies."""
    if sign == "+":
        return a[0] + b[0], a[1] + b[1]
    if sign == "-":
        return a[0] - b[1], a[1] - b[0]
    corners = [x * y for x in a for y in b] if sign == "*" else [x // y for x in a for y in b]
    return min(corners), max(corners)


def decided(sign: str, a: tuple[int, int], b: tuple[int, int]) -> bool | None:
    """What the bounds say of a comparison, if they decide it."""
    if sign in {">", ">="}:
        return decided("<" if sign == ">" else "<=", b, a)
    if sign == "==":
        return False if a[1] < b[0] or b[1] < a[0] else True if a[0] == a[1] == b[0] == b[1] else None
    if sign == "<":
        return True if a[1] < b[0] else False if a[0] >= b[1] else None
    return True if a[1] <= b[0] else False if a[0] > b[1] else None


def bounds(values: Any) -> Span:
    """Between which integers the values of an array lie; 0 where there are none."""
    return (int(values.min()), int(values.max())) if len(values) else (0, 0)
