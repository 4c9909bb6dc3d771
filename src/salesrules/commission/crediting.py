"""Crediting: which people a sale is credited to, and with what amounts.

Three different things are kept apart. A *split* divides the sale: the shares add up to 1, and the amounts are divided by largest remainder
among the people, so that nothing is lost. An *overlay* (shadow) credit counts the sale a second time for somebody else. A *rollup*
credits the managers above each seller, as the hierarchy stood on the day of the sale; a return follows the hierarchy of the sale it
takes back.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs

from ..allocation import split_units
from ..errors import FactError
from ..money import Money, divide
from ..trace import Step
from .conversion import Converter
from .facts import Sale
from .steps.measures import DEAL

__all__ = ["WHOLE", "Credited", "Origin", "Shared", "credited", "operands", "origins", "returned"]

Origin = tuple[str, str, Fraction, "Credited"]
"""A direct credit of a sale: the person, the kind, the share, and the operands."""

WHOLE = Fraction(1)


class Credited:
    """The operands of a credited sale, read by the rules: a sale in the plan's currency, credited as a whole.

    Amounts are minor units, units are counted in the plan's precision. What the sale does not tell is refused when it is asked for.
    """

    __slots__ = ("amount", "commission", "remainder", "sale", "scale", "sign")

    sale: Sale
    amount: int
    sign: int
    scale: int
    commission: int
    remainder: int

    def __init__(self, sale: Sale, amount: int, scale: int) -> None:
        self.sale, self.amount, self.scale = sale, amount, scale
        self.sign = -1 if amount < 0 or sale.returns else 1

    def again(self) -> "Credited":
        """The same operands, for the credit of somebody else."""
        return Credited(self.sale, self.amount, self.scale)

    @property
    def cost(self) -> int | None:
        return None if self.sale.cost is None else self.sale.cost.minor

    @property
    def listed(self) -> int | None:
        return None if self.sale.list_amount is None else self.sale.list_amount.minor

    @property
    def margin(self) -> int:
        cost = self.cost
        if cost is None:
            raise FactError("sale.no_cost", "has no cost, which the margin needs; a missing cost is never taken for 0", path=f"sale {self.sale.id}")
        return self.amount - cost

    @property
    def list_amount(self) -> int:
        listed = self.listed
        if listed is None:
            raise FactError("sale.no_list_amount", "has no list_amount, which the discount is measured from", path=f"sale {self.sale.id}")
        return listed

    @property
    def units(self) -> int:
        units = self.sale.units * self.scale
        if units.denominator != 1:
            raise FactError(
                "sale.units",
                "{units} units have more decimals than the plan counts; raise unit_digits",
                path=f"sale {self.sale.id}",
                units=str(self.sale.units),
            )
        return int(units)

    @property
    def instalment(self) -> int:
        number = self.sale.instalment
        if number < 1 or number.denominator != 1:
            raise FactError(
                "sale.no_instalment",
                "does not say which instalment it is ({number}), which decides its rate; count from 1",
                path=f"sale {self.sale.id}",
                number=str(number),
            )
        return int(number)

    @property
    def conversion(self) -> Step | None:
        """How the amount of the sale was converted; ``None`` where it is in the plan's currency."""
        return None

    @property
    def deals(self) -> int:
        return self.sign * DEAL

    @property
    def new_customers(self) -> int:
        return self.sign * DEAL if self.sale.new_customer else 0


class Shared(Credited):
    """The operands of a part of a sale, or of a sale that was converted."""

    __slots__ = ("_conversion", "_cost", "_deals", "_listed", "_new_customers", "_units")

    _cost: int | None
    _listed: int | None
    _units: int
    _deals: int
    _new_customers: int

    def __init__(self, sale: Sale, amount: int, scale: int, quantities: tuple[int | None, int | None, int, int, int], conversion: Step | None) -> None:
        super().__init__(sale, amount, scale)
        self._conversion = conversion
        self._cost, self._listed, self._units, self._deals, self._new_customers = quantities

    @property
    def conversion(self) -> Step | None:
        return self._conversion

    @property
    def quantities(self) -> tuple[int | None, int | None, int, int, int]:
        """Cost, list amount, units, deals, new customers."""
        return self._cost, self._listed, self._units, self._deals, self._new_customers

    def again(self) -> Credited:
        return Shared(self.sale, self.amount, self.scale, self.quantities, self.conversion)

    @property
    def cost(self) -> int | None:
        return self._cost

    @property
    def listed(self) -> int | None:
        return self._listed

    @property
    def units(self) -> int:
        return self._units

    @property
    def deals(self) -> int:
        return self._deals

    @property
    def new_customers(self) -> int:
        return self._new_customers


def credited(sale: Sale, converter: Converter, scale: int) -> Credited:
    """The operands of a sale in the plan's currency.

    Args:
        sale: the sale.
        converter: brings its amounts into the plan's currency.
        scale: how many counts of the plan make one unit.
    """
    amount = sale.amount
    if amount.currency is converter.target or amount.currency == converter.target:
        return Credited(sale, amount.minor, scale)

    def minor(money: Money | None) -> int | None:
        return None if money is None else converter.convert(money, sale.date).amount.minor

    converted = converter.convert(amount, sale.date)
    whole = Credited(sale, converted.amount.minor, scale)
    return Shared(sale, whole.amount, scale, (minor(sale.cost), minor(sale.list_amount), whole.units, whole.deals, whole.new_customers), converted.step)


def operands(kept: Credited | Sale, scale: int = 1) -> Credited:
    """The operands of a line: kept as they are, or made again from a sale that was credited as a whole in the plan's currency."""
    return kept if isinstance(kept, Credited) else Credited(kept, kept.amount.minor, scale)


def origins(whole: Credited, credited_sale: Sale) -> tuple[Origin, ...]:
    """The direct credits of a sale.

    Args:
        whole: the operands of the whole sale or return.
        credited_sale: the sale whose credits hold: the one taken back, for a return.
    """
    named = credited_sale.credits
    if len(named) == 1:
        return ((named[0].person, "split", WHOLE, whole),)
    shares = {credit.person: credit.share for credit in named if credit.kind == "split"}
    parts = _divided(whole, shares) if len(shares) > 1 else dict.fromkeys(shares, whole)
    return tuple(
        (credit.person, credit.kind, credit.share, parts[credit.person] if credit.kind == "split" else _scaled(whole, credit.share)) for credit in named
    )


def _quantities(whole: Credited) -> tuple[int | None, ...]:
    return whole.amount, whole.cost, whole.listed, whole.units, whole.deals, whole.new_customers


def _shared(whole: Credited, quantities: list[Any]) -> Credited:
    amount, *rest = quantities
    return Shared(whole.sale, amount, whole.scale, tuple(rest), whole.conversion)


def _divided(whole: Credited, shares: Mapping[str, Fraction]) -> dict[str, Credited]:
    """Divided among people; each quantity adds up to what it was."""
    divided = [dict.fromkeys(shares) if quantity is None else split_units(quantity, shares) for quantity in _quantities(whole)]
    return {person: _shared(whole, [parts[person] for parts in divided]) for person in shares}


def _scaled(whole: Credited, share: Fraction) -> Credited:
    """A share of each quantity, on top of what others are credited with."""
    return _shared(whole, [None if quantity is None else divide(quantity * share.numerator, share.denominator, "half_up") for quantity in _quantities(whole)])


def returned(
    sale: Sale, original: Sale, earlier: Sequence[Sale], converter: Converter, scale: int
) -> tuple[tuple[int, int, int], Credited, tuple[Origin, ...]]:
    """What a return takes off a sale: how much was returned before, is returned now, and was sold; the operands; and the direct credits.

    Everything is what all returns to date take off, less what the earlier ones did, at the rates of exchange of the sale: so any partial
    returns together undo the sale exactly, for everybody.

    Args:
        sale: the return.
        original: the sale, whose credits hold.
        earlier: its earlier returns.
        converter: brings amounts into the plan's currency.
        scale: how many counts of the plan make one unit.

    Raises:
        FactError: ``sale.return_currency``; ``sale.returned_too_much``.
    """
    if sale.amount.currency != original.amount.currency:
        raise FactError(
            "sale.return_currency",
            "is in {given}, the sale it returns in {sold}; give it in that",
            path=f"sale {sale.id}",
            given=sale.amount.currency.code,
            sold=original.amount.currency.code,
        )
    sold = _size(original, original, scale)
    was, now = (-sum(_size(part, original, scale) for part in some) for some in (earlier, (sale,)))
    if was + now > sold:
        raise FactError("sale.returned_too_much", "returns more than was sold in {original}", path=f"sale {sale.id}", original=original.id)
    before, after = (_together(sale, original, some, converter, scale) for some in (earlier, (*earlier, sale)))
    pairs = zip(origins(after, original), origins(before, original), strict=True)
    return (was, now, sold), _less(after, before), tuple((person, kind, share, _less(x, y)) for (person, kind, share, x), (_, _, _, y) in pairs)


def _size(sale: Sale, original: Sale, scale: int) -> int:
    """How large a sale or return is: in money, in units where the sale has no value, and all of it where it has neither."""
    if original.amount.minor:
        return sale.amount.minor
    return Credited(sale, 0, scale).units if original.units else (1 if sale is original else -1)


def _together(sale: Sale, original: Sale, returns: Sequence[Sale], converter: Converter, scale: int) -> Shared:
    """What several returns take off a sale together. What the return at hand does not tell is not told."""

    def total(name: str) -> Money | None:
        told = [getattr(part, name) for part in returns if getattr(part, name) is not None]
        return None if getattr(sale, name) is None else Money.total(told, sale.amount.currency)

    amount = Money.total((part.amount for part in returns), sale.amount.currency)
    units = sum((part.units for part in returns), Fraction(0))
    taken = attrs.evolve(original, amount=amount, cost=total("cost"), list_amount=total("list_amount"), receivable=None, units=units, returns=original.id)
    whole = credited(taken, converter, scale)
    deals = divide(DEAL * sum(_size(part, original, scale) for part in returns), _size(original, original, scale), "half_up")
    return Shared(sale, whole.amount, scale, (whole.cost, whole.listed, whole.units, deals, deals if original.new_customer else 0), whole.conversion)


def _less(after: Credited, before: Credited) -> Credited:
    return _shared(after, [None if now is None or then is None else now - then for now, then in zip(_quantities(after), _quantities(before), strict=True)])
