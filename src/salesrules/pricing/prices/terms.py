"""What a price is stated in: unit of measure, currency and tax basis; and a price brought from some terms to others, with its working.

>>> from datetime import date
>>> from salesrules.money import currency
>>> from .units import Unit
>>> per_ton, per_kilo = (Terms(unit=unit, currency=currency("EUR")) for unit in ("t", "kg"))
>>> market = Market(units=Units((Unit(id="kg"), Unit(id="t", of="kg", factor=1000))), exchange=None, told=None, keep="net", day=date(2026, 3, 1))
>>> market.brought(Step("demo.price", Exact(90, "EUR")), per_ton, per_kilo, "P-100").value
Exact('0.09', 'EUR')
"""

from datetime import date
from fractions import Fraction

import attrs

from ...errors import FactError
from ...money import Currency, Exact
from ...trace import Step
from .exchange import Exchange, ExchangeRate
from .tax import Keep, Tax, between
from .units import Units

__all__ = ["Market", "Terms"]


@attrs.frozen(kw_only=True)
class Terms:
    """What a price is stated in."""

    unit: str
    currency: Currency
    tax: Tax | None = None


@attrs.frozen(kw_only=True)
class Market:
    """What it takes to bring a price from some terms to others on a day.

    Args:
        units: the units of measure.
        exchange: the rates of the book and how they are used; none: one currency.
        told: rates that came with the question; they stand before those of the book.
        keep: what stays where the tax differs.
        day: the day of the rates.
    """

    units: Units
    exchange: Exchange | None
    told: Exchange | None
    keep: Keep
    day: date

    def brought(self, price: Step, of: Terms, to: Terms, product: str) -> Step:
        """A price of one unit, brought to other terms.

        Raises:
            FactError: ``pricing.unit_unknown``, ``pricing.unit_apart``, ``pricing.one_currency``, ``pricing.rate_missing``,
                ``pricing.rate_old``, ``pricing.tax_basis``.
        """
        if of.unit != to.unit:
            factor = self.units.factor(to.unit, of.unit, product)
            price = _times("pricing.price.per_unit", price, Step("pricing.price.unit_factor", factor, params=(("unit", to.unit), ("of", of.unit))))
        if of.currency is not to.currency and of.currency != to.currency:
            price = self._converted(price, of.currency, to.currency)
        if of.tax is not to.tax and of.tax != to.tax:
            price = self._taxed(price, of.tax, to.tax)
        return price

    def _converted(self, price: Step, of: Currency, to: Currency) -> Step:
        if self.exchange is None:
            template = "the price is in {own} and asked for in {other}; declare an exchange in the price book, or ask in {own}"
            raise FactError("pricing.one_currency", template, path="currency", own=of.code, other=to.code)
        rate = self._rate(self.exchange, of.code, to.code)
        # An amount is of one currency, so that its number is what the rate, an amount of the other, is multiplied by.
        number = Step("pricing.price.number", price.value.value, params=(("currency", of.code),), children=(price,))
        params = (("base", of.code), ("date", rate.start), ("published_by", rate.published_by))
        worth = Step("pricing.price.rate", Exact(rate.rate, to), params=params, source=rate.source)
        children: tuple[Step, ...] = (number, worth)
        value = worth.value * number.value
        if self.exchange.buffer:
            buffer = Step("pricing.price.buffer", 1 + self.exchange.buffer, params=(("rate", self.exchange.buffer),))
            children, value = (*children, buffer), value * buffer.value
        return Step("pricing.price.converted", value, formula="product", children=children)

    def _rate(self, exchange: Exchange, base: str, quote: str) -> ExchangeRate:
        if self.told is not None and self.told.rates:
            told = attrs.evolve(exchange, rates=self.told.rates)
            try:
                return told.find(base, quote, self.day)
            except FactError as error:
                if error.code != "pricing.rate_missing":
                    raise
        return exchange.find(base, quote, self.day)

    def _taxed(self, price: Step, of: Tax | None, to: Tax | None) -> Step:
        factor = between(of, to, self.keep)
        if factor == 1:
            return price
        params = tuple((name, tax.rate) for name, tax in (("stripped", of), ("added", to)) if tax is not None and tax.basis == "gross")
        return _times("pricing.price.rebased", price, Step("pricing.price.tax_factor", factor, params=params))


def _times(code: str, price: Step, factor: Step) -> Step:
    value: Fraction | Exact = price.value * factor.value
    return Step(code, value, formula="product", children=(price, factor))
