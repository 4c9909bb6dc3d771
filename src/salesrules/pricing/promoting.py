"""Promotions on a quote: the quote as a basket, and what they add to it."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from ..money import Exact
from .facts import Quote
from .listing import Listed
from .promotions import Basket, BasketLine, Campaign, Promoted, Usage, promote

if TYPE_CHECKING:
    from .policy import PricePolicy

__all__ = ["promoted"]


def promoted(policy: "PricePolicy", quote: Quote, prices: Iterable[Listed], campaigns: Iterable[Campaign], usage: Usage | None, day: date) -> Promoted:
    """What promotions give to a quote, at the prices that it starts from."""

    def price(minor: int | object) -> Exact:
        return Exact.from_minor(minor, policy.money)  # type: ignore[arg-type]

    lines = tuple(
        BasketLine(
            id=line.id,
            product=line.product,
            variant=line.variant,
            category=line.category,
            quantity=abs(line.quantity),
            list_price=price(told.list),
            price=price(told.asked),
            cost=None if told.cost is None else price(told.cost),
            tax_rate=None if line.tax is None else line.tax.rate,
        )
        for line, told in zip(quote.lines, prices, strict=True)
    )
    basket = Basket(
        currency=policy.currency,
        lines=lines,
        basis=policy.tax or "net",
        customer=quote.customer,
        customer_grade=quote.customer_grade,
        channel=quote.channel,
        region=quote.region,
        groups=quote.groups,
        new_customer=quote.new_customer,
        coupons=quote.coupons,
    )
    return promote(campaigns, basket, on=day, usage=usage, choice=policy.promotions)
