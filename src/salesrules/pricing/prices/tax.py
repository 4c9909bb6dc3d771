"""Tax in prices: a price is net of tax or gross, and says so; what is compared or subtracted must stand on the same basis.

Stripping and adding are exact; only `apart` rounds, where it is told how, and then net and tax still add up to gross. Where the tax of the
customer differs from that of the price list, either the net price stays or the figure does: a parameter, because systems differ.

    >>> from salesrules.money import HALF_UP
    >>> gross = Tax(basis="gross", rate="15%")
    >>> rebased(Exact("115", "EUR"), gross, Tax(basis="net"))
    Exact('100', 'EUR')
    >>> apart(Exact("750", "EUR"), gross, HALF_UP)
    Taxed(net=Exact('652.17', 'EUR'), tax=Exact('97.83', 'EUR'), gross=Exact('750', 'EUR'))
    >>> rebased(Exact("115", "EUR"), gross, None)
    Traceback (most recent call last):
        ...
    salesrules.errors.FactError: tax: one price says whether tax is in it and the other does not; state the tax of both [pricing.tax_basis]

Checked with: the ``tax`` cases and ``pricing-025`` in `tests/golden/pricing/tax.toml`.
"""

from fractions import Fraction
from typing import Literal, get_args

import attrs

from ..._exact import maybe_rate
from ..._fields import about, check_word, word
from ...errors import FactError, PolicyError
from ...money import Exact, Money, Rounding, format_ratio

__all__ = ["Keep", "Tax", "Taxed", "add", "apart", "between", "rebased", "same_basis", "strip"]

Keep = Literal["net", "price"]
"""What stays where the tax differs: the ``net`` price, so that the seller keeps as much, or the ``price`` as it is written."""


@attrs.frozen(kw_only=True)
class Tax:
    """How a price is stated: ``net`` of tax, or ``gross`` with tax of this rate in it.

    Raises:
        PolicyError: ``pricing.tax_rate`` for a gross price without a rate, or a rate below 0.
    """

    basis: Literal["net", "gross"] = word(doc="whether tax is in the price")
    rate: Fraction | None = attrs.field(metadata=about("rate of the tax", rate=True), default=None, converter=maybe_rate)

    def __attrs_post_init__(self) -> None:
        if self.rate is None and self.basis == "gross":
            raise PolicyError("pricing.tax_rate", "a gross price needs the rate of the tax that is in it; state it", path="rate")
        if self.rate is not None and self.rate < 0:
            raise PolicyError("pricing.tax_rate", "the tax rate is {rate}; give 0 or more", path="rate", rate=format_ratio(self.rate))


@attrs.frozen(kw_only=True)
class Taxed:
    """An amount without tax, its tax, and both together; what is taken off another must bear tax in the same way.

    >>> goods, discount = (apart(Exact(amount, "EUR"), Tax(basis="net", rate="10%")) for amount in ("100", "10"))
    >>> (goods - discount).gross
    Exact('99', 'EUR')
    """

    net: Exact
    tax: Exact
    gross: Exact

    def __add__(self, other: "Taxed") -> "Taxed":
        return Taxed(net=self.net + other.net, tax=self.tax + other.tax, gross=self.gross + other.gross)

    def __sub__(self, other: "Taxed") -> "Taxed":
        return Taxed(net=self.net - other.net, tax=self.tax - other.tax, gross=self.gross - other.gross)


def strip(amount: Exact | Money, rate: Fraction) -> Exact:
    """A gross amount without the tax in it."""
    return amount * (1 / (1 + rate))


def add(amount: Exact | Money, rate: Fraction) -> Exact:
    """A net amount with tax."""
    return amount * (1 + rate)


def apart(amount: Exact | Money, tax: Tax, rounding: Rounding | None = None) -> Taxed:
    """An amount taken apart into net, tax and gross.

    Args:
        amount: stated as ``tax`` says.
        tax: the basis and the rate.
        rounding: how each is rounded; the amount that was stated and the other of net and gross are, and the tax is what lies between.

    Raises:
        FactError: ``pricing.tax_unrated`` where no rate is stated.
    """
    if tax.rate is None:
        raise FactError("pricing.tax_unrated", "the rate of the tax is not stated; give it", path="tax.rate")
    net, gross = (amount * 1, add(amount, tax.rate)) if tax.basis == "net" else (strip(amount, tax.rate), amount * 1)
    if rounding is not None:
        net, gross = net.round(rounding) * 1, gross.round(rounding) * 1
    return Taxed(net=net, tax=gross - net, gross=gross)


def same_basis(one: Tax | None, other: Tax | None) -> None:
    """Refuse to compare two prices, such as a price and its floor, where tax is in one and not in the other, or in both at two rates.

    Raises:
        FactError: ``pricing.tax_basis``, ``pricing.tax_rates``.
    """
    if one is not None and other is not None and one.basis != other.basis:
        raise FactError(
            "pricing.tax_basis", "{one} and {other} prices do not compare; bring both to one basis first", path="tax", one=one.basis, other=other.basis
        )
    if between(one, other, "net") != 1:
        raise FactError("pricing.tax_rates", "the two prices have tax of two rates in them; bring both to one basis first", path="tax")


def between(of: Tax | None, to: Tax | None, keep: Keep) -> Fraction:
    """What a price stated as ``of`` is multiplied by to state it as ``to``.

    Raises:
        FactError: ``pricing.tax_basis`` where only one of them states its tax; ``pricing.tax_unrated``.
    """
    if of is None and to is None:
        return Fraction(1)
    if of is None or to is None:
        raise FactError("pricing.tax_basis", "one price says whether tax is in it and the other does not; state the tax of both", path="tax")
    if keep == "price":
        return Fraction(1)
    return _inside(to) / _inside(of)


def _inside(tax: Tax) -> Fraction:
    """What a price on this basis is of the net price."""
    return 1 + tax.rate if tax.basis == "gross" and tax.rate is not None else Fraction(1)


def rebased(price: Exact | Money, of: Tax | None, to: Tax | None, keep: Keep = "net") -> Exact:
    """A price stated as ``of``, restated as ``to``.

    Args:
        price: the price.
        of: how it is stated.
        to: how it is wanted.
        keep: what stays.

    Raises:
        PolicyError: ``field.word`` where something else is to stay.
        FactError: ``pricing.tax_basis`` where only one of them states its tax.

    >>> rebased(Exact("100", "EUR"), Tax(basis="net"), Tax(basis="gross", rate="6%"))
    Exact('106', 'EUR')
    >>> rebased(Exact("100", "EUR"), Tax(basis="net"), Tax(basis="gross", rate="6%"), keep="price")
    Exact('100', 'EUR')
    """
    check_word(keep, get_args(Keep), "keep")
    return price * between(of, to, keep)
