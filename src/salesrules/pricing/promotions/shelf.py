"""The units of a basket while promotions are applied to them, each at the price it has come down to and used up or not.

Units of one line that have fared alike lie together in a lot; an offer that takes some of them splits it, so that a discount on two of
three units is never mixed up with one on the line. Lots lie in the order of the lines' ids: how a host sorts its lines changes nothing.

    >>> from salesrules.pricing.promotions.basket import BasketLine
    >>> line = BasketLine(id="1", quantity=3, list_price=Exact("50", "CNY"))
    >>> shelf = Shelf.of(Basket(currency="CNY", lines=(line,))).after((Pick(lot=0, quantity=Fraction(2), off=Fraction(3000)),))
    >>> [(lot.quantity, lot.now) for lot in shelf.lots], shelf.total
    ([(Fraction(2, 1), Fraction(3500, 1)), (Fraction(1, 1), Fraction(5000, 1))], Exact('120', 'CNY'))
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import cached_property

import attrs

from ...errors import FactError
from ...money import Exact
from .basket import Basis, Basket, BasketLine

__all__ = ["Lot", "Pick", "Shelf"]


@attrs.frozen(kw_only=True)
class Lot:
    """Units of one line that have fared alike.

    Args:
        line: the line.
        quantity: how many.
        now: what one unit has come down to, in minor units.
        taken: whether an offer has used them up.
    """

    line: BasketLine
    quantity: Fraction
    now: Fraction
    taken: bool = False


@attrs.frozen(kw_only=True)
class Pick:
    """Units that an offer takes.

    Args:
        lot: which lot.
        quantity: how many of it.
        off: what they become cheaper by all together, in minor units.
        used: whether they are used up by it.
    """

    lot: int
    quantity: Fraction
    off: Fraction = Fraction(0)
    used: bool = False


@attrs.frozen(kw_only=True)
class Shelf:
    """All units of a basket."""

    basket: Basket
    lots: tuple[Lot, ...]

    @classmethod
    def of(cls, basket: Basket) -> "Shelf":
        """The units before any promotion."""
        lines = sorted(basket.lines, key=lambda line: line.id)
        return cls(basket=basket, lots=tuple(Lot(line=line, quantity=line.quantity, now=line.unit_price.minor) for line in lines))

    @cached_property
    def worth(self) -> dict[str, Fraction]:
        """What the units of each line come to now, in minor units."""
        made: dict[str, Fraction] = {}
        for lot in self.lots:
            made[lot.line.id] = made.get(lot.line.id, Fraction(0)) + lot.quantity * lot.now
        return made

    @cached_property
    def total(self) -> Exact:
        """What all units come to now."""
        return Exact.from_minor(sum((lot.quantity * lot.now for lot in self.lots), Fraction(0)), self.basket.money)

    def after(self, picks: Iterable[Pick]) -> "Shelf":
        """The units once an offer has taken its own."""
        by_lot: dict[int, list[Pick]] = {}
        for pick in picks:
            by_lot.setdefault(pick.lot, []).append(pick)
        lots: list[Lot] = []
        for index, lot in enumerate(self.lots):
            picked = by_lot.get(index, [])
            for pick in picked:
                now = max(lot.now - pick.off / pick.quantity, Fraction(0))
                lots.append(attrs.evolve(lot, quantity=pick.quantity, now=now, taken=lot.taken or pick.used))
            rest = lot.quantity - sum(pick.quantity for pick in picked)
            if rest:
                lots.append(attrs.evolve(lot, quantity=rest))
        return attrs.evolve(self, lots=tuple(lots))

    def stated(self, line: BasketLine, minor: Fraction, basis: Basis) -> Fraction:
        """An amount of a line, given on the basis of the basket, with tax or without it.

        Raises:
            FactError: ``pricing.promotion_tax`` where the line does not say its tax.
        """
        if basis == self.basket.basis:
            return minor
        if line.tax_rate is None:
            template = "the promotion counts {wanted} amounts and the basket has {given} ones; give the line its tax_rate"
            raise FactError("pricing.promotion_tax", template, path=f"line {line.id}.tax_rate", wanted=basis, given=self.basket.basis)
        return minor * (1 + line.tax_rate) if basis == "gross" else minor / (1 + line.tax_rate)
