"""Price policies and quotes that several test modules share."""

from datetime import date
from typing import Any

from salesrules.money import Exact, Money
from salesrules.pricing import Actor, FixedFloor, Level, Limit, ListFloor, MarginFloor, Meeting, PricePolicy, Quote, QuoteLine, Row, Spreading, Stacking

DAY = date(2026, 3, 2)
LEVELS = tuple(Level(id=name) for name in ("rep", "manager", "head", "management"))
REP, MANAGER, HEAD, MANAGEMENT = (Actor(person=name, level=level.id) for name, level in zip(("li", "wu", "zhao", "qian"), LEVELS, strict=True))
MEETING = Meeting(
    lines=Stacking(mode="cascading", order="given"),
    order=Stacking(mode="cascading", order="given"),
    spreading=Spreading(by="amount", remainder="largest_remainder", pushed_back="move"),
)


def rows(*limits: str | None) -> tuple[Row, ...]:
    """A row for each level from the lowest up; `None` is no limit."""
    return tuple(Row(level=level.id, limit=limit) for level, limit in zip(LEVELS, limits, strict=False))


def discounts(*limits: str | None, **terms: Any) -> Limit:
    """A limit of discounts."""
    return Limit(**{"id": "discounts", "measure": "discount", "at": "net", "per": "line", "rows": rows(*limits)} | terms)


def margin(share: str, below: str = "nobody", **terms: Any) -> MarginFloor:
    """A floor by margin."""
    return MarginFloor(**{"id": "margin", "at": "net", "per": "line", "below": below, "margin": share} | terms)


def of_list(share: str, below: str = "nobody", **terms: Any) -> ListFloor:
    """A floor by the list price."""
    return ListFloor(**{"id": "of_list", "at": "net", "per": "line", "below": below, "share": share} | terms)


def fixed(price: str, below: str = "nobody", **terms: Any) -> FixedFloor:
    """A floor of so much for one unit."""
    return FixedFloor(**{"id": "fixed", "at": "net", "per": "line", "below": below, "price": price} | terms)


def policy(**terms: Any) -> PricePolicy:
    """A policy with discounts of 5, 15, 30 and 50%."""
    given: dict[str, Any] = {
        "id": "prices",
        "currency": "CNY",
        "effective_from": date(2026, 1, 1),
        "own_range": "granted",
        "combine": "all",
        "levels": LEVELS,
        "limits": (discounts("5%", "15%", "30%", "50%"),),
        "discounts": MEETING,
    }
    return PricePolicy(**given | terms)


def line(price: str | None = None, listed: str | None = "100", quantity: str = "1", **terms: Any) -> QuoteLine:
    """A line; prices in yuan."""
    told = {name: Exact(amount, "CNY") for name, amount in (("price", price), ("list_price", listed)) if amount is not None}
    priced = {name: Money(amount, "CNY") if isinstance(amount, str) and name.endswith(("cost", "_price")) else amount for name, amount in terms.items()}
    given: dict[str, Any] = {"id": "1", "product": "P-100", "quantity": quantity}
    return QuoteLine(**given | told | priced)


def quote(*lines: QuoteLine, **terms: Any) -> Quote:
    """A quote of the day."""
    given: dict[str, Any] = {"id": "Q-1", "person": "li", "date": DAY, "lines": lines or (line(),)}
    return Quote(**given | terms)
