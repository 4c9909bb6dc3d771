"""What a price is asked for: a quote with its lines, each amount in the field's own words.

>>> from salesrules.money import Money
>>> line = QuoteLine(id="1", product="P-100", quantity=10, list_price=Money(100, "CNY"), price=Money(88, "CNY"), cost=Money(60, "CNY"))
>>> line.quantity, line.price
(Fraction(10, 1), Exact('88', 'CNY'))
"""

import datetime as dt
from fractions import Fraction
from typing import Any

import attrs

from .._exact import as_ratio, maybe_rate, maybe_ratio
from .._fields import about, field, listing
from ..errors import FactError
from ..money import Exact, Money, format_ratio
from ..periods import plain_date
from .discounts.discount import Discount
from .prices.tax import Tax

__all__ = ["Actor", "Quote", "QuoteLine"]


def _price(value: Money | Exact | None) -> Exact | None:
    """A unit price: it may have more decimals than its currency."""
    if value is None or isinstance(value, Exact):
        return value
    if isinstance(value, Money):
        return Exact.from_minor(value.minor, value.currency)
    template = "{value!r} is no price; pass Money('12.30', 'CNY'), or Exact('12.3456', 'CNY') where a unit price has more decimals"
    raise FactError("pricing.price_type", template, value=value)


def _money(value: Any) -> Any:
    if value is None or isinstance(value, Money):
        return value
    raise FactError("pricing.price_type", "{name} is {value!r}; pass Money('12.30', 'CNY')", path="freight", name="freight", value=value)


def _maybe_day(day: dt.date | None) -> dt.date | None:
    return None if day is None else plain_date(day)


@attrs.frozen(kw_only=True)
class QuoteLine:
    """One article of a quote.

    Args:
        quantity: units sold, in ``unit``; below 0 for a return; 0 is refused.
        unit: the unit of measure that quantity and prices are in; the article's own where left out.
        price: what the customer is asked for one unit before the discounts of the line; the price in force where left out.
        list_price: the list price of one unit where the host keeps the prices; the policy's price book says it otherwise.
        cost: of one unit.
        last_price: what this customer paid for one unit last time.
        contract_price: what a contract with this customer says for one unit.
        discounts: what is conceded on this line.
        free: further units of the same article for nothing.
        bundle: lines with the same name are sold together: what they bring in all is spread over them by their list values, so that
            a gift at a price of 0 takes from the lines that it comes with.
        tax: whether tax is in the prices of the line, and its rate; the cost is always without tax.

    Raises:
        FactError: ``pricing.line_id``, ``pricing.quantity``, ``pricing.price``, ``pricing.free``, ``pricing.price_type``.
    """

    id: str = field(doc="what the host calls the line")
    product: str = field(doc="the article", default="")
    variant: str = field(doc="its variant", default="")
    category: str = field(doc="its category", default="")
    quantity: Fraction = attrs.field(metadata=about("units sold; below 0 for a return"), converter=as_ratio)
    unit: str = field(doc="unit of measure of quantity and prices", default="")
    price: Exact | None = attrs.field(metadata=about("asked price of one unit"), default=None, converter=_price)
    list_price: Exact | None = attrs.field(metadata=about("list price of one unit"), default=None, converter=_price)
    cost: Exact | None = attrs.field(metadata=about("cost of one unit"), default=None, converter=_price)
    last_price: Exact | None = attrs.field(metadata=about("last price of one unit"), default=None, converter=_price)
    contract_price: Exact | None = attrs.field(metadata=about("contract price of one unit"), default=None, converter=_price)
    discounts: tuple[Discount, ...] = listing(doc="what is conceded on the line", default=(), error=FactError)
    free: Fraction | None = attrs.field(metadata=about("further units for nothing"), default=None, converter=maybe_ratio)
    bundle: str = field(doc="lines of one name are sold together", default="")
    tax: Tax | None = field(doc="whether tax is in the prices, and its rate", default=None)

    def __attrs_post_init__(self) -> None:
        if not self.id:
            raise FactError("pricing.line_id", "a line of the quote has no id; give every line its own", path="id")
        if not self.quantity:
            raise FactError("pricing.quantity", "a quantity of 0 has no price; drop the line or state how many", path=f"line {self.id}.quantity")
        if self.free is not None and self.free < 0:
            raise FactError("pricing.free", "{free} free units; give 0 or more", path=f"line {self.id}.free", free=str(self.free))
        for name in ("price", "list_price", "cost", "last_price", "contract_price"):
            price = getattr(self, name)
            if price is not None and price.minor < 0:
                raise FactError("pricing.price", "{name} is {price}; a price is 0 or more", path=f"line {self.id}.{name}", name=name, price=str(price))


@attrs.frozen(kw_only=True)
class Quote:
    """An offer, an order or an amendment that is to be judged.

    Args:
        person: who asks; never the one who approves.
        date: the day of the order or offer; ``shipped`` and ``invoiced`` where the policy takes prices of those days.
        original: the day of the original order, for a return or an amendment: it is judged by the rules of that day.
        reason: why a concession is asked for; it stands on the form that is sent for approval.
        discounts: what is conceded on the order as a whole.
        coupons: the codes that the customer shows.
        rebate: share of the net amount that is paid back later, such as an annual bonus.
        payment_discount: share that may be kept back for paying early.
        freight: what the seller bears for the whole order.

    Raises:
        FactError: ``pricing.original_day``, ``pricing.discount_per`` for money off the order that is stated per unit or line,
            ``pricing.no_lines``, ``pricing.both_signs``, ``pricing.duplicate_line``, ``pricing.share``, ``pricing.price``,
            ``pricing.price_type`` for freight that is no money, ``field.list`` and ``field.item`` for lines or discounts that are none.
    """

    id: str = field(doc="what the host calls the quote")
    person: str = field(doc="who asks", default="")
    date: dt.date = attrs.field(metadata=about("day of the order"), converter=plain_date)
    shipped: dt.date | None = attrs.field(metadata=about("day of the shipment"), default=None, converter=_maybe_day)
    invoiced: dt.date | None = attrs.field(metadata=about("day of the invoice"), default=None, converter=_maybe_day)
    original: dt.date | None = attrs.field(metadata=about("day of the original order of a return or an amendment"), default=None, converter=_maybe_day)
    customer: str = field(doc="the customer", default="")
    customer_grade: str = field(doc="the customer's grade", default="")
    channel: str = field(doc="the channel", default="")
    region: str = field(doc="the region", default="")
    groups: tuple[str, ...] = listing(doc="customer groups that promotions ask for", default=(), error=FactError)
    new_customer: bool | None = field(doc="whether it is the customer's first order; unknown where left out", default=None)
    lines: tuple[QuoteLine, ...] = listing(doc="the articles", error=FactError)
    reason: str = field(doc="why a concession is asked for", default="")
    discounts: tuple[Discount, ...] = listing(doc="what is conceded on the order as a whole", default=(), error=FactError)
    coupons: tuple[str, ...] = listing(doc="codes that the customer shows", default=(), error=FactError)
    rebate: Fraction | None = attrs.field(metadata=about("share paid back later", rate=True), default=None, converter=maybe_rate)
    payment_discount: Fraction | None = attrs.field(metadata=about("share kept back for paying early", rate=True), default=None, converter=maybe_rate)
    freight: Money | None = attrs.field(metadata=about("freight that the seller bears"), default=None, converter=_money)

    def __attrs_post_init__(self) -> None:
        if self.original is not None and self.original > self.date:
            template = "the original order is of {original}, after this one of {day}; give the day of the order that it takes back or amends"
            raise FactError("pricing.original_day", template, path="original", original=self.original, day=self.date)
        if not self.lines:
            raise FactError("pricing.no_lines", "the quote has no lines; nothing can be judged", path="lines")
        if len({line.quantity < 0 for line in self.lines}) > 1:
            raise FactError(
                "pricing.both_signs", "the quote holds sales and returns, which do not make up for each other; judge the returns apart", path="lines"
            )
        ids = [line.id for line in self.lines]
        if len(set(ids)) != len(ids):
            twice = next(name for name in ids if ids.count(name) > 1)
            raise FactError("pricing.duplicate_line", "two lines are called {name!r}; rename one", path="lines", name=twice)
        for one in self.discounts:
            if one.rate is None and one.per != "order":
                template = "{name} takes money off the order, and is stated per {per}; say per = 'order', or give it to the lines"
                raise FactError("pricing.discount_per", template, path=f"discount {one.id}", name=one.id, per=one.per)
        for name in ("rebate", "payment_discount"):
            share = getattr(self, name)
            if share is not None and not 0 <= share <= 1:
                raise FactError("pricing.share", "{name} is {share}; give a share from 0 to 100%", path=name, name=name, share=format_ratio(share))
        if self.freight is not None and self.freight.minor < 0:
            raise FactError("pricing.price", "{name} is {price}; a price is 0 or more", path="freight", name="freight", price=str(self.freight))


@attrs.frozen(kw_only=True)
class Actor:
    """Who asks for a decision, and the level at which he acts."""

    person: str = field(doc="who")
    level: str = field(doc="his level on the ladder")
