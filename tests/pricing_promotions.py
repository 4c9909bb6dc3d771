"""Approved promotions, for the tests."""

from datetime import date
from typing import Any

from salesrules.money import Money
from salesrules.pricing.promotions import Basket, BasketLine, Campaign, Level, Mandate, PriceOff, Promotion, Row, approve, propose

DAY = date(2026, 3, 8)
MANDATE = Mandate(levels=(Level(id="head"), Level(id="management")), currency="CNY", rows=(Row(level="head", limit=1000), Row(level="management")))
TENTH = PriceOff(rate="10%", of="running", per="line")


def promotion(*offers: Any, **terms: Any) -> Promotion:
    """A promotion of March 2026; a tenth off where no offer is given."""
    given: dict[str, Any] = {
        "id": "p",
        "currency": "CNY",
        "start": date(2026, 3, 1),
        "until": date(2026, 4, 1),
        "units": "shared",
        "offers": offers or (TENTH,),
    }
    return Promotion(**given | {"offers": offers or (TENTH,)} | terms)


def approved(one: Promotion) -> Campaign:
    """The promotion approved, before it starts."""
    mandate = Mandate(levels=(Level(id="management"),), currency=one.currency, rows=(Row(level="management"),))
    return approve(propose(one, by="chen", on=date(2025, 12, 1)), by="wang", level="management", on=date(2025, 12, 2), mandate=mandate)


def running(*offers: Any, **terms: Any) -> Campaign:
    """A promotion of March 2026, approved."""
    return approved(promotion(*offers, **terms))


def line(id: str = "1", price: str = "100", quantity: Any = 1, **terms: Any) -> BasketLine:
    """A line of a basket."""
    return BasketLine(id=id, list_price=Money(price, "CNY"), quantity=quantity, **terms)


def basket(*lines: BasketLine, **terms: Any) -> Basket:
    """A basket; one unit at 100 where no line is given."""
    return Basket(**{"currency": "CNY", "lines": lines or (line(),)} | terms)
