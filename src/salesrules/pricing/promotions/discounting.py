"""The discounts that an award becomes, so that stacking can decide how they meet others.

A share or a price stays what it is where it holds for all units of a line and nothing was cut from it; anything else is money off.
"""

from fractions import Fraction
from typing import Any

from ...money import Exact, Money
from ..discounts.discount import Discount
from .award import Case, Terms
from .promoted import LineDiscount
from .promotion import Promotion
from .settle import Settled

__all__ = ["discounts_of"]


def discounts_of(promotion: Promotion, settled: Settled, case: Case, name: str) -> tuple[LineDiscount, ...]:
    """The discounts of one offer.

    Args:
        promotion: for how its discounts meet others.
        settled: what the offer gives.
        case: the basket as the offer found it.
        name: the id of the discounts.
    """
    terms = settled.award.terms
    told: dict[str, Any] = {
        "id": name,
        "lane": promotion.lane,
        "combinable": promotion.combinable,
        "priority": promotion.priority,
        "last": promotion.last,
        "not_on_discounted": promotion.not_on_discounted,
        "reason": "promotion" if promotion.coupon is None else "coupon",
        "source": promotion.source,
    }
    picked: dict[str, Fraction] = {}
    for pick in settled.award.picks:
        line = case.shelf.lots[pick.lot].line.id
        picked[line] = picked.get(line, Fraction(0)) + pick.quantity
    whole = {line.id for line in case.shelf.basket.lines if picked.get(line.id) == line.quantity}
    if settled.award.per == "order" and len(whole) == len(case.shelf.basket.lines) and settled.saved:
        if terms.rate is not None and not settled.cut:
            return (LineDiscount(line="", discount=Discount(rate=terms.rate, of=terms.of, per="order", **told)),)
        return (LineDiscount(line="", discount=Discount(amount=Exact.from_minor(settled.off, promotion.money), per="order", **told)),)
    return tuple(
        LineDiscount(line=line, discount=Discount(**_stated(terms, amount, whole=line in whole and not settled.cut), **told))
        for line, amount in settled.saved.items()
    )


def _stated(terms: Terms, amount: Money, *, whole: bool) -> dict[str, Any]:
    if whole and terms.rate is not None:
        return {"rate": terms.rate, "of": terms.of, "per": "line"}
    if whole and terms.price is not None:
        return {"price": terms.price, "per": "unit"}
    return {"amount": Exact.from_minor(amount.minor, amount.currency), "per": "line"}
