"""What a promotion counts in a basket: money spent, or units bought.

Free units and gifts count nowhere, so that a gift never unlocks the offer it came from. Whether the money is counted before any
promotion or after those that came before, and with tax or without it, is said every time: the same basket reaches a threshold or not.

    >>> from salesrules.money import Exact
    >>> from salesrules.pricing.promotions.basket import Basket, BasketLine
    >>> from salesrules.pricing.promotions.shelf import Shelf
    >>> lines = (BasketLine(id="1", quantity=2, list_price=Exact("500", "CNY"), tax_rate="13%"),)
    >>> case = Case(shelf=Shelf.of(Basket(currency="CNY", lines=lines)), once=False)
    >>> Meter(on="units").read(case), Meter(on="spend", tested="original", basis="gross").read(case)
    (Fraction(2, 1), Fraction(1130, 1))
"""

from fractions import Fraction
from typing import Literal

import attrs

from ..._fields import field, word
from ...errors import PolicyError
from ...money import Exact
from ...scope import Scope
from ...text import Label, label
from .award import Case
from .basket import Basis, BasketLine
from .reach import Reach

__all__ = ["Meter", "Threshold"]


@attrs.frozen(kw_only=True)
class Meter:
    """A count over the lines that a scope covers.

    Args:
        on: ``spend`` in major units of the currency, ``units`` of all lines together, or ``line_units``, those of the largest line.
        scope: the lines that count.
        tested: money as it was before any promotion (``original``), or as the promotions that came before have left it (``running``).
        basis: money without tax (``net``) or with it (``gross``).

    Raises:
        PolicyError: ``pricing.promotion_meter`` where money is counted and ``tested`` and ``basis`` are not said, or units and they are.
    """

    on: Literal["spend", "units", "line_units"] = word(doc="what is counted")
    scope: Scope = field(doc="the lines that count", default=Scope())
    tested: Literal["original", "running"] | None = word(doc="money before any promotion, or after those that came before", default=None)
    basis: Basis | None = word(doc="money without tax or with it", default=None)

    def __attrs_post_init__(self) -> None:
        said = self.tested is not None and self.basis is not None
        if said != (self.on == "spend") or (self.tested is None) != (self.basis is None):
            raise PolicyError("pricing.promotion_meter", "money is counted with tested and basis both said, units with neither; this counts {on}", on=self.on)

    def read(self, case: Case) -> Fraction:
        """The count: money in major units, or units.

        Raises:
            FactError: ``pricing.promotion_tax`` where a line does not say its tax and it matters.
        """
        if self.basis is not None:
            minor = sum((case.shelf.stated(line, worth, self.basis) for line, worth in self._spent(case)), Fraction(0))
            return Exact.from_minor(minor, case.shelf.basket.money).value
        units = [line.quantity for line in case.shelf.basket.lines if case.covers(self.scope, line)]
        return sum(units, Fraction(0)) if self.on == "units" else max(units, default=Fraction(0))

    def _spent(self, case: Case) -> list[tuple[BasketLine, Fraction]]:
        if self.tested == "original":
            return [(line, line.worth.minor) for line in case.shelf.basket.lines if case.covers(self.scope, line)]
        return [(lot.line, lot.now * lot.quantity) for lot in case.shelf.lots if case.covers(self.scope, lot.line)]

    def shown(self, count: Fraction, case: Case) -> Exact | Fraction:
        """A count as people read it."""
        return Exact(count, case.shelf.basket.money) if self.on == "spend" else count


@attrs.frozen(kw_only=True)
class Threshold:
    """A condition: what is counted must lie in a range.

    >>> Threshold(meter=Meter(on="units"), reach=Reach(at_least="3", at_most="7")).reach.holds(Fraction(10))
    False
    """

    meter: Meter = field(doc="what is counted")
    reach: Reach = field(doc="where it must lie")

    def unmet(self, case: Case) -> Label | None:
        """Why the condition does not hold; `None` where it does."""
        count = self.meter.read(case)
        if self.reach.holds(count):
            return None
        return label("pricing.promotion.dropped.threshold", count=self.meter.shown(count, case), needed=str(self.reach))
