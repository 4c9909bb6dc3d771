"""Another article for nothing: 赠品, once an order or for every so many units or so much money.

>>> from salesrules.money import Exact
>>> from salesrules.pricing.promotions.basket import Basket, BasketLine
>>> from salesrules.pricing.promotions.shelf import Shelf
>>> case = Case(shelf=Shelf.of(Basket(currency="CNY", lines=(BasketLine(id="1", quantity=25, list_price=Exact("20", "CNY")),))), once=False)
>>> offer = Giving(product="hose", quantity=1, list_value=Money("15.00", "CNY"), cost=Money("6.00", "CNY"), meter=Meter(on="units"), every=10)
>>> [(gift.product, gift.quantity, str(gift.cost)) for gift in offer.award(case).gifts]
[('hose', Fraction(2, 1), '12 CNY')]
"""

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import ClassVar

import attrs

from ..._exact import as_ratio, maybe_ratio
from ..._fields import about, field
from ...errors import PolicyError
from ...money import Money
from ...text import label
from .award import Award, Case, Gift
from .meter import Meter

__all__ = ["Giving", "times_of"]


def times_of(case: Case, meter: Meter, every: Fraction, most: int | None) -> tuple[int, Fraction]:
    """How many full multiples a basket reaches, at most so many; and the count."""
    count = meter.read(case)
    times = floor(count / every)
    return (times if most is None else min(times, most)), count


@attrs.frozen(kw_only=True)
class Giving:
    """A gift.

    Args:
        product: the article given.
        quantity: how many at a time.
        list_value: what one costs at the list price, on the tax basis of the basket: what the concession is worth.
        cost: what one costs the company, on the same basis, so that the two can be compared.
        meter: what is counted, where the gift comes with every so many; once an order where left out.
        every: how much of it brings one gift.
        most: the most times in one order.

    Raises:
        PolicyError: ``pricing.promotion_set``, ``pricing.promotion_gift`` where meter and every do not come together, or an amount is below 0.
    """

    kind: ClassVar[str] = "gift"
    product: str = field(doc="the article given")
    quantity: Fraction = attrs.field(metadata=about("how many at a time"), converter=as_ratio)
    list_value: Money = field(doc="what one costs at the list price")
    cost: Money = field(doc="what one costs the company")
    meter: Meter | None = field(doc="what is counted", default=None)
    every: Fraction | None = attrs.field(metadata=about("how much of it brings one gift"), default=None, converter=maybe_ratio)
    most: int | None = field(doc="most times in one order", default=None)

    def __attrs_post_init__(self) -> None:
        for name in ("quantity", "every", "most"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise PolicyError("pricing.promotion_set", "{name} is {quantity}; give a number above 0", path=name, name=name, quantity=str(value))
        if (self.meter is None) != (self.every is None) or min(self.list_value.minor, self.cost.minor) < 0:
            raise PolicyError("pricing.promotion_gift", "a gift has amounts of 0 or more, and what is counted (meter) comes with how much of it (every)")

    def amounts(self) -> Sequence[Money]:
        """The amounts of money."""
        return (self.list_value, self.cost)

    def award(self, case: Case) -> Award:
        """The gifts."""
        times = 1
        if self.meter is not None and self.every is not None:
            times, count = times_of(case, self.meter, self.every, self.most)
            if not times:
                needed = self.meter.shown(self.every, case)
                return Award(unmet=label("pricing.promotion.dropped.point", count=self.meter.shown(count, case), needed=needed))
        units = self.quantity * times
        return Award(gifts=(Gift(product=self.product, quantity=units, worth=self.list_value * units, cost=self.cost * units),))
