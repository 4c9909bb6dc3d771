"""Crediting: which people a sale is credited to, and with what amounts.

Three different things are kept apart. A *split* divides the sale: the shares add up to 1, and the amounts are divided by largest remainder
among the people, so that nothing is lost. An *overlay* (shadow) credit counts the sale a second time for somebody else. A *rollup*
credits the managers above each seller, as the hierarchy stood on the day of the sale; a return follows the hierarchy of the sale it
takes back.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import attrs

from ..allocation import split_units
from ..errors import FactError
from ..money import Money, divide
from .conversion import Converter
from .facts import Sale
from .steps.measures import DEAL

__all__ = ["Amounts", "Origin", "origins"]


@attrs.frozen
class Amounts:
    """The quantities of a credited sale, as integers. ``cost`` and ``list_amount`` are ``None`` where the sale does not tell them."""

    amount: int
    cost: int | None
    list_amount: int | None
    units: int
    deals: int
    new_customers: int

    @classmethod
    def of(cls, sale: Sale, converter: Converter, unit_digits: int) -> "Amounts":
        """The whole sale in the plan's currency."""

        def minor(money: Money | None) -> int | None:
            return None if money is None else converter.convert(money, sale.date).amount.minor

        amount = converter.convert(sale.amount, sale.date).amount.minor
        sign = -1 if sale.returns or amount < 0 else 1
        units = sale.units * 10**unit_digits
        if units.denominator != 1:
            raise FactError("sale.units", "{units} units have more than {digits} decimals; raise unit_digits in the plan", path=f"sale {sale.id}", units=str(sale.units), digits=unit_digits)
        return cls(amount, minor(sale.cost), minor(sale.list_amount), int(units), sign * DEAL, sign * DEAL if sale.new_customer else 0)

    def split(self, shares: Mapping[str, Fraction]) -> dict[str, "Amounts"]:
        """Divided among people; each quantity adds up to what it was."""
        parts: dict[str, dict[str, Any]] = {name: {} for name in shares}
        for field in attrs.fields(type(self)):
            whole = getattr(self, field.name)
            divided = dict.fromkeys(shares) if whole is None else split_units(whole, shares)
            for name, part in divided.items():
                parts[name][field.name] = part
        return {name: Amounts(**part) for name, part in parts.items()}

    def scaled(self, share: Fraction) -> "Amounts":
        """A share of each quantity, on top of what others are credited with."""

        def part(whole: int | None) -> int | None:
            return None if whole is None else divide(whole * share.numerator, share.denominator, "half_up")

        return Amounts(*(part(getattr(self, field.name)) for field in attrs.fields(type(self))))  # type: ignore[arg-type]


@attrs.frozen
class Origin:
    """One direct credit of a sale: the person, how, with which share and amounts."""

    person: str
    kind: str
    share: Fraction
    amounts: Amounts


def origins(sale: Sale, amounts: Amounts, credited: Sale) -> tuple[Origin, ...]:
    """The direct credits of a sale.

    Args:
        sale: the sale or return.
        amounts: its quantities in the plan's currency.
        credited: the sale whose credits hold: the one taken back, for a return.
    """
    if len(credited.credits) == 1:
        return (Origin(credited.credits[0].person, "split", Fraction(1), amounts),)
    shares = {credit.person: credit.share for credit in credited.credits if credit.kind == "split"}
    parts = amounts.split(shares) if len(shares) > 1 else dict.fromkeys(shares, amounts)
    return tuple(
        Origin(credit.person, credit.kind, credit.share, parts[credit.person] if credit.kind == "split" else amounts.scaled(credit.share)) for credit in credited.credits
    )


