"""What a price is asked for, and what is found.

>>> from datetime import date
>>> from salesrules.money import Money
>>> asked = Asked(product="P-100", quantity=3, unit="box", date=date(2026, 3, 2), currency="CNY", cost=Money(60, "CNY"))
>>> asked.quantity, asked.cost
(Fraction(3, 1), Exact('60', 'CNY'))
"""

import datetime as dt
from fractions import Fraction
from functools import cached_property

import attrs

from ..._exact import as_ratio, maybe_ratio
from ...errors import FactError
from ...money import Currency, Exact, Money, currency
from ...periods import plain_date
from ...trace import Step
from .entry import PriceEntry
from .exchange import Exchange, ExchangeRate
from .tax import Tax

__all__ = ["Asked", "PriceFound"]


def _exact(value: Money | Exact | None) -> Exact | None:
    return value * 1 if isinstance(value, Money) else value


@attrs.frozen(kw_only=True)
class Asked:
    """A question to a price book.

    Args:
        product: the article; ``variant``, ``category``, ``customer``, ``customer_grade``, ``channel`` and ``region`` as the sale has them.
        quantity: in ``unit``; below 0 for a return, which has the price of the same quantity sold.
        unit: the unit of measure in which prices are wanted.
        date: the day whose prices hold; of a return, that of the original sale.
        currency: ISO 4217 code in which prices are wanted.
        tax: the basis on which prices are wanted; left out where the book does not speak of tax.
        cost: of one unit, without tax; known where a price is made from it.
        before: what was bought before, in ``unit``, where orders count together.
        pool: what all pooled lines come to, this one included, in ``unit``.
        amount: what the order comes to, where the amount reaches a break.
        campaigns: whether the customer takes part in promotional prices.
        rates: exchange rates of the day, before those of the book.

    Raises:
        FactError: ``pricing.quantity`` for 0; ``pricing.asked_before`` below 0; ``pricing.asked_pool`` for a pool smaller than the line;
            ``pricing.cost_negative``; ``money.currency``; ``period.date``.
    """

    product: str
    variant: str = ""
    category: str = ""
    customer: str = ""
    customer_grade: str = ""
    channel: str = ""
    region: str = ""
    quantity: Fraction = attrs.field(default=Fraction(1), converter=as_ratio)
    unit: str = ""
    date: dt.date = attrs.field(converter=plain_date)
    currency: str
    tax: Tax | None = None
    cost: Exact | None = attrs.field(default=None, converter=_exact)
    before: Fraction = attrs.field(default=Fraction(0), converter=as_ratio)
    pool: Fraction | None = attrs.field(default=None, converter=maybe_ratio)
    amount: Exact | None = attrs.field(default=None, converter=_exact)
    campaigns: bool = True
    rates: tuple[ExchangeRate, ...] = attrs.field(default=(), converter=tuple)

    def __attrs_post_init__(self) -> None:
        if not self.quantity:
            raise FactError("pricing.quantity", "a quantity of 0 has no price; drop the line or state how many", path="quantity")
        if self.before < 0:
            raise FactError("pricing.asked_before", "{before} were bought before; give 0 or more", path="before", before=str(self.before))
        if self.pool is not None and self.pool < abs(self.quantity):
            template = "the pool of {pool} is smaller than the line of {quantity}; count the line in"
            raise FactError("pricing.asked_pool", template, path="pool", pool=str(self.pool), quantity=str(self.quantity))
        if self.cost is not None and self.cost.minor < 0:
            raise FactError("pricing.cost_negative", "the cost is {cost}; a cost is 0 or more", path="cost", cost=str(self.cost))
        _ = self.money

    @cached_property
    def money(self) -> Currency:
        """The currency."""
        return currency(self.currency)

    @cached_property
    def told(self) -> Exchange:
        """The rates that came with the question."""
        return Exchange(rates=self.rates)


@attrs.frozen(kw_only=True)
class PriceFound:
    """The prices of one unit, in the unit, the currency and on the tax basis asked for; not rounded.

    Args:
        list: the base price, from which every discount is measured.
        target: the price one should get, where the book gives one.
        floor: the lowest price, where the book gives one.
        regular: what the discount policy makes of the list price, or the list price.
        promotional: the promotional price, where one is in force and the customer takes part.
        price: the one that holds.
        base: the entry of the list price.
        entry: the entry of the price that holds.
        working: each price with its entry, clause, unit factor, exchange rate and tax.
    """

    asked: Asked
    list: Exact
    target: Exact | None
    floor: Exact | None
    regular: Exact
    promotional: Exact | None
    price: Exact
    base: PriceEntry
    entry: PriceEntry
    working: Step
