"""What promotions are applied to: lines with their prices, and the customer who buys.

>>> basket = Basket(currency="CNY", lines=(BasketLine(id="1", product="P-100", quantity=3, list_price=Exact("20", "CNY")),))
>>> basket.lines[0].worth, basket.total
(Exact('60', 'CNY'), Exact('60', 'CNY'))
"""

from fractions import Fraction
from functools import cached_property
from typing import Literal

import attrs

from ..._exact import as_ratio, maybe_rate
from ..._fields import about, field, listing, word
from ...errors import FactError
from ...money import Currency, Exact, Money, currency

__all__ = ["Basis", "Basket", "BasketLine"]

Basis = Literal["net", "gross"]
"""Whether an amount is without tax or with it."""


def _price(value: object) -> Exact | None:
    if isinstance(value, Money):
        return Exact.from_minor(value.minor, value.currency)
    if value is None or isinstance(value, Exact):
        return value
    raise FactError(
        "pricing.promotion_amount", "{value!r} is no price; pass Money('12.30', 'CNY'), or Exact('12.3456', 'CNY') where it has more decimals", value=value
    )


@attrs.frozen(kw_only=True)
class BasketLine:
    """One article in a basket.

    Args:
        quantity: units that are paid for, above 0; units that are free already stay out of it.
        list_price: of one unit.
        price: of one unit before any promotion; the list price where left out.
        cost: of one unit; needed where a budget is charged with what free units cost.
        tax_rate: needed where prices are compared with tax and stated without it, or the other way round.

    Raises:
        FactError: ``pricing.promotion_amount``, ``pricing.promotion_quantity``, ``pricing.promotion_price``.
    """

    id: str = field(doc="what the host calls the line")
    product: str = field(doc="the article", default="")
    variant: str = field(doc="its variant", default="")
    category: str = field(doc="its category", default="")
    quantity: Fraction = attrs.field(metadata=about("units paid for"), converter=as_ratio)
    list_price: Exact = attrs.field(metadata=about("list price of one unit"), converter=_price)
    price: Exact | None = attrs.field(metadata=about("price of one unit before promotions"), default=None, converter=_price)
    cost: Exact | None = attrs.field(metadata=about("cost of one unit"), default=None, converter=_price)
    tax_rate: Fraction | None = attrs.field(metadata=about("tax on the line", rate=True), default=None, converter=maybe_rate)

    def __attrs_post_init__(self) -> None:
        path = f"line {self.id}"
        if self.quantity <= 0:
            template = "the quantity is {quantity}; promotions apply to units that are sold, so leave out returns and empty lines"
            raise FactError("pricing.promotion_quantity", template, path=path, quantity=str(self.quantity))
        if self.list_price is None:
            raise FactError("pricing.promotion_price", "{name} is missing; give the price of one unit", path=path, name="list_price")
        for name, amount in (("list_price", self.list_price), ("price", self.price), ("cost", self.cost)):
            if amount is not None and amount.minor < 0:
                raise FactError("pricing.promotion_price", "{name} is {amount}; give 0 or more", path=path, name=name, amount=str(amount))

    @property
    def unit_price(self) -> Exact:
        """The price of one unit before any promotion."""
        return self.list_price if self.price is None else self.price

    @property
    def worth(self) -> Exact:
        """The line before any promotion."""
        return self.unit_price * self.quantity


@attrs.frozen(kw_only=True)
class Basket:
    """What a customer buys at once.

    Args:
        lines: the articles; their order does not matter.
        basis: whether the prices are ``net`` of tax or ``gross``.
        groups: customer groups that the host knows, such as ``members`` or ``no-campaigns``.
        new_customer: whether it is the customer's first order; `None` where the host cannot say.
        coupons: the codes that the customer shows.

    Raises:
        FactError: ``pricing.promotion_empty``, ``pricing.promotion_line``, ``pricing.promotion_currency``.
    """

    currency: str = field(doc="ISO 4217 code of every amount")
    lines: tuple[BasketLine, ...] = listing(doc="the articles", error=FactError)
    basis: Basis = word(doc="whether prices are net of tax or gross", default="net", error=FactError)
    customer: str = field(doc="the customer", default="")
    customer_grade: str = field(doc="the customer's grade", default="")
    channel: str = field(doc="the channel", default="")
    region: str = field(doc="the region", default="")
    groups: tuple[str, ...] = listing(doc="customer groups", default=(), error=FactError)
    new_customer: bool | None = field(doc="whether it is the customer's first order", default=None)
    coupons: tuple[str, ...] = listing(doc="codes that the customer shows", default=(), error=FactError)

    def __attrs_post_init__(self) -> None:
        if not self.lines:
            raise FactError("pricing.promotion_empty", "the basket has no lines; nothing can be promoted", path="lines")
        seen: set[str] = set()
        for line in self.lines:
            if line.id in seen:
                raise FactError("pricing.promotion_line", "two lines are called {name!r}; rename one", path="lines", name=line.id)
            seen.add(line.id)
            for amount in (line.list_price, line.price, line.cost):
                if amount is not None and amount.currency != self.money:
                    template = "{amount} is not in the currency of the basket, {currency}; convert it at a stated rate first"
                    raise FactError("pricing.promotion_currency", template, path=f"line {line.id}", amount=str(amount), currency=self.money.code)

    @cached_property
    def money(self) -> Currency:
        """The currency."""
        return currency(self.currency)

    @cached_property
    def total(self) -> Exact:
        """The basket before any promotion."""
        return Exact.from_minor(sum((line.worth.minor for line in self.lines), Fraction(0)), self.money)

    def dimensions(self, line: BasketLine) -> dict[str, str]:
        """What a scope may ask of a line."""
        return {"product": line.product, "variant": line.variant, "category": line.category} | self.customer_dimensions

    @cached_property
    def customer_dimensions(self) -> dict[str, str]:
        """What a scope may ask of the customer."""
        return {"customer": self.customer, "customer_grade": self.customer_grade, "channel": self.channel, "region": self.region}
