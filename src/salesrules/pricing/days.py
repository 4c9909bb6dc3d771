"""The day whose prices and rules hold for a quote."""

from datetime import date
from typing import TYPE_CHECKING

from ..errors import FactError
from .facts import Quote

if TYPE_CHECKING:
    from .policy import PricePolicy

__all__ = ["price_day", "told_day"]

_DAYS = {"ordered": "date", "shipped": "shipped", "invoiced": "invoiced"}


def price_day(policy: "PricePolicy", quote: Quote) -> date:
    """The day whose prices and rules hold for a quote: the original one for a return or an amendment, else the policy's price date.

    Raises:
        FactError: ``pricing.price_date`` where the quote does not tell that day.
    """
    day = told_day(policy, quote)
    if day is None:
        raise FactError("pricing.price_date", "prices are those of the day the order is {what}; state it", path=policy.price_date, what=policy.price_date)
    return day


def told_day(policy: "PricePolicy", quote: Quote) -> date | None:
    """That day, or nothing where the quote does not tell it."""
    day: date | None = getattr(quote, _DAYS[policy.price_date]) if quote.original is None else quote.original
    return day
