"""What is measured of a line or of a whole order, each as a ratio of two amounts that is never rounded.

======== ===== ============================================================================================
discount more  given up, as a share of the list value (or of what the price book gives)
amount   more  given up of that, in money
margin   less  what is left above the cost, as a share of the price (毛利率); a price of 0 has the worst
markup   less  what is left above the cost, as a share of the cost (加成率)
price    less  the price of one unit
size     more  the list value: never the conceded net, which would reward a discount with less control
======== ===== ============================================================================================

All are ratios of operands of one record: ``one`` is the amount of one major unit of money, ``quantity`` that of one major unit for each
unit sold.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

import attrs

from ..approvals.authority import Worse
from ..ops import Ops

__all__ = ["MEASURES", "Base", "Measure", "MeasureName", "Stage"]

Stage = Literal["invoice", "net", "pocket"]
"""Where on the way from list price to margin a price is taken: after the discounts on the invoice; after rebates and payment terms too;
after freight and other costs to serve too."""

Base = Literal["list", "book"]
"""What a concession is measured from: the list price in force, or the price that the price book gives, its own discounts and promotions
included."""

MeasureName = Literal["discount", "amount", "margin", "markup", "price", "size"]


@attrs.frozen
class Measure:
    """A ratio of two amounts.

    Args:
        worse: which way it grows worse.
        ratio: the two amounts, of a record, the value that a concession is measured from, and the price that counts.
        missing: what a price lacks until the ratio is what a limit says.
        is_rate: whether it is a share, not money.
        reads: the facts that it needs.
    """

    worse: Worse
    ratio: Callable[[Ops, Any, Any, Any], tuple[Any, Any]]
    missing: Callable[[Any, Any, Fraction, Fraction], Fraction | None]
    is_rate: bool
    reads: tuple[str, ...] = ()


_UNDEFINED = -2
"""The margin of a price of 0 is worse than any that a limit can name."""

_BOUNDLESS = 10**6
"""The markup on a cost of 0 is better than any that a limit can name."""

MEASURES: dict[str, Measure] = {
    "discount": Measure(
        "more",
        lambda o, x, base, price: (o.where(base > 0, base - price, 0), o.max(base, 1)),
        lambda x, base, price, limit: base * (1 - limit) - price,
        is_rate=True,
    ),
    "amount": Measure("more", lambda o, x, base, price: (base - price, x.one), lambda x, base, price, limit: base - limit * x.one - price, is_rate=False),
    "margin": Measure(
        "less",
        lambda o, x, base, price: (o.where(price > 0, price - x.cost, _UNDEFINED), o.max(price, 1)),
        lambda x, base, price, limit: x.cost / (1 - limit) - price if limit < 1 else None,
        is_rate=True,
        reads=("cost",),
    ),
    "markup": Measure(
        "less",
        lambda o, x, base, price: (o.where(x.cost > 0, price - x.cost, _BOUNDLESS), o.max(x.cost, 1)),
        lambda x, base, price, limit: x.cost * (1 + limit) - price,
        is_rate=True,
        reads=("cost",),
    ),
    "price": Measure("less", lambda o, x, base, price: (price, x.quantity), lambda x, base, price, limit: x.quantity * limit - price, is_rate=False),
    "size": Measure("more", lambda o, x, base, price: (x.list, x.one), lambda x, base, price, limit: None, is_rate=False),
}
"""Every measure by its name."""
