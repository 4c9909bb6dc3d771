"""What a component may be paid on, and the two ratios of a sale that rules ask for.

A ratio is two integers that are never divided. A return has negative amounts and the same ratio as the sale it takes back: both
integers are turned positive by the sign of the line.
"""

from typing import Any, Literal

from ...ops import Ops
from .flow import Line

__all__ = ["DEAL", "MEASURES", "MONEY_MEASURES", "Measure", "Ratio", "measure_of", "ratio_of"]

Measure = Literal["sales", "list_sales", "units", "margin", "cash", "deals", "new_customers", "commission", "remainder"]
Ratio = Literal["discount", "margin_rate", "instalment"]

MEASURES: dict[str, str] = {
    "sales": "amount",
    "list_sales": "list_amount",
    "cash": "amount",
    "margin": "margin",
    "units": "units",
    "deals": "deals",
    "new_customers": "new_customers",
    "commission": "commission",
    "remainder": "remainder",
}
"""The operand that each measure reads. ``list_sales`` are sales at list price, ``commission`` is what the level below was paid on the sale,
``remainder`` what all levels below left of it; of cash, each receipt is a line of its own."""

MONEY_MEASURES = frozenset({"sales", "list_sales", "cash", "margin", "commission", "remainder"})
"""The measures that are money; the others are counted."""


DEAL = 1_000_000
"""How many counts make one deal or one new customer, so that a split credit can take a part of it."""


def measure_of(x: Line, name: str) -> Any:
    """The operand of a measure."""
    return getattr(x, MEASURES[name])


def ratio_of(o: Ops, x: Line, name: str) -> tuple[Any, Any]:
    """The numerator and the positive denominator of a ratio; a sale of nothing counts as one unit."""
    if name == "instalment":
        return x.instalment, 1
    told, whole = (x.margin, x.amount) if name == "margin_rate" else (x.list_amount - x.amount, x.list_amount)
    return told * x.sign, o.max(whole * x.sign, 1)
