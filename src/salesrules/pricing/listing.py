"""The prices of one unit that a line starts from: the list price in force, the price that the book gives, and what is asked.

The list price is that of the price book; only a policy without a book takes it from the line. So a discount is always measured from the
price in force, however the line is typed: a replaced list price hides nothing, and is reported.
"""

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from ..errors import FactError
from ..money import Currency, Exact
from .facts import Quote, QuoteLine
from .prices.asked import Asked, PriceFound
from .prices.tax import Tax, between
from .refusals import mixed_currency

if TYPE_CHECKING:
    from .policy import PricePolicy

__all__ = ["Amount", "Listed", "listed", "plain"]

Amount = int | Fraction
"""Minor units."""


class Listed(NamedTuple):
    """Prices of one unit, in minor units of the policy's currency and on its tax basis; `None` where there is none.

    ``basis`` is what an amount of the line is multiplied by to stand on the policy's tax basis, ``taxed`` what its cost is; ``found`` is what the
    price book says.
    """

    list: Amount
    price: Amount
    asked: Amount
    cost: Amount | None
    last_price: Amount
    contract_price: Amount
    guidance: Amount
    by: str
    units: Amount
    replaced: Amount | None
    basis: Amount
    taxed: Amount
    found: PriceFound | None


def plain(number: Amount) -> Amount:
    """An integer where it is one: integers are reckoned with many times faster."""
    return number.numerator if number.denominator == 1 else number


def _minor(price: Exact, currency: Currency, path: str, name: str) -> Amount:
    """A price in minor units."""
    if price.currency is not currency and price.currency != currency:
        raise mixed_currency(price, currency, f"{path}.{name}")
    minor = price.minor
    return minor.numerator if minor.denominator == 1 else minor


def listed(policy: "PricePolicy", quote: Quote, line: QuoteLine, day: date) -> Listed:
    """What a line starts from.

    Raises:
        FactError: ``pricing.no_price`` without a list price; ``pricing.tax_basis`` where the line says whether tax is in its prices and the
            policy does not, or the other way round; ``pricing.mixed_currency``; as `PriceBook.find`.
    """
    money, path = policy.money, f"line {line.id}"
    if policy.prices is None and line.list_price is None:
        raise FactError("pricing.no_price", "there is no list price for {product!r}; add it to the price book, or state it", path=path, product=line.product)
    stated = 0 if line.list_price is None else _minor(line.list_price, money, path, "list_price")
    asked = 0 if line.price is None else _minor(line.price, money, path, "price")
    last_price = 0 if line.last_price is None else _minor(line.last_price, money, path, "last_price")
    contract_price = 0 if line.contract_price is None else _minor(line.contract_price, money, path, "contract_price")
    cost = None if line.cost is None else _minor(line.cost, money, path, "cost")
    basis, share, taxed = _basis(policy, line, path)
    if basis is not None:
        stated, asked, last_price, contract_price = (plain(amount * share) for amount in (stated, asked, last_price, contract_price))
        cost = None if cost is None else plain(cost * taxed)
    if policy.prices is None:
        return Listed(stated, stated, stated if line.price is None else asked, cost, last_price, contract_price, 0, "", 1, None, share, taxed, None)
    try:
        found = policy.prices.find(_question(policy, quote, line, day, basis))
    except FactError as error:
        raise error.at(path) from None
    base, price = plain(found.list.minor), plain(found.price.minor)
    return Listed(
        base,
        price,
        price if line.price is None else asked,
        cost,
        last_price,
        contract_price,
        0 if found.floor is None else plain(found.floor.minor),
        found.entry.id,
        plain(policy.prices.measures.based(line.unit, line.product)[1]) if line.unit else 1,
        stated if line.list_price is not None and stated != base else None,
        share,
        taxed,
        found,
    )


def _basis(policy: "PricePolicy", line: QuoteLine, path: str) -> tuple[Tax | None, Amount, Amount]:
    """The basis on which a line is judged, what its prices are multiplied by for it, and what its cost is, which has no tax in it."""
    if policy.tax is None and line.tax is None:
        return None, 1, 1
    if policy.tax is None or line.tax is None:
        template = "one price says whether tax is in it and the other does not; state the tax of both"
        raise FactError("pricing.tax_basis", template, path=f"{path}.tax")
    if line.tax.rate is None and policy.tax == "gross":
        raise FactError("pricing.tax_unrated", "the rate of the tax is not stated; give it", path=f"{path}.tax.rate")
    basis = Tax(basis=policy.tax, rate=line.tax.rate)
    return basis, plain(between(line.tax, basis, "net")), plain(between(Tax(basis="net"), basis, "net"))


def _question(policy: "PricePolicy", quote: Quote, line: QuoteLine, day: date, basis: Tax | None) -> Asked:
    return Asked(
        product=line.product,
        variant=line.variant,
        category=line.category,
        customer=quote.customer,
        customer_grade=quote.customer_grade,
        channel=quote.channel,
        region=quote.region,
        quantity=line.quantity,
        unit=line.unit,
        date=day,
        currency=policy.currency,
        tax=basis,
        cost=line.cost,
    )
