"""Articles that are cheaper together: a set at a set price, mix and match, so much off each unit of a group (套餐、任选 N 件).

    >>> from salesrules.money import Exact
    >>> from salesrules.pricing.promotions.basket import Basket, BasketLine
    >>> from salesrules.pricing.promotions.shelf import Shelf
    >>> lines = (BasketLine(id="1", product="A", quantity=1, list_price=Exact("40", "USD")),
    ...          BasketLine(id="2", product="B", quantity=1, list_price=Exact("60", "USD")))
    >>> both = (Part(quantity=1, scope=Scope(product=("A",))), Part(quantity=1, scope=Scope(product=("B",))))
    >>> shelf = Shelf.of(Basket(currency="USD", lines=lines))
    >>> shelf.after(Bundle(parts=both, rate="30%", repeat="every", picking="dearest").award(Case(shelf=shelf, once=True)).picks).total
    Exact('70', 'USD')

Checked with: pricing-157 and -214 in ``tests/golden/pricing/promotions.toml``.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar, Literal

import attrs

from ..._exact import as_ratio, maybe_rate
from ..._fields import about, field, word
from ...errors import PolicyError
from ...money import Money
from ...scope import Scope
from ...text import label
from .award import Award, Case, Picking, spread
from .price_off import check_rate
from .sets import choose, count
from .shelf import Pick

__all__ = ["Bundle", "Part"]

_MOST_PARTS = 8
"""The fit of a set is tried for every choice of its parts, which doubles with each part."""


@attrs.frozen(kw_only=True)
class Part:
    """So many units of the articles in a scope."""

    scope: Scope = field(doc="the articles", default=Scope())
    quantity: Fraction = attrs.field(metadata=about("units in one set"), converter=as_ratio)

    def __attrs_post_init__(self) -> None:
        if self.quantity <= 0:
            raise PolicyError(
                "pricing.promotion_set", "{name} is {quantity}; give a number above 0", path="quantity", name="quantity", quantity=str(self.quantity)
            )


@attrs.frozen(kw_only=True)
class Bundle:
    """Sets of articles that are cheaper together; units that make up no whole set keep their price.

    Args:
        parts: what one set is made of.
        rate: the share that comes off a set; or
        price: what one set costs instead, where that is less; or
        amount: what comes off one set; or
        each: what comes off every unit of a set, never more than it costs.
        repeat: one set, or as many as there are.
        picking: which units are taken first, where several fit.
        most_sets: the most sets in one order.

    Raises:
        PolicyError: ``pricing.promotion_bundle`` unless exactly one of the four is given; ``pricing.promotion_parts`` for no part or more
            than eight; ``pricing.promotion_rate``, ``pricing.promotion_set``.
    """

    kind: ClassVar[str] = "bundle"
    parts: tuple[Part, ...] = field(doc="what one set is made of")
    rate: Fraction | None = attrs.field(metadata=about("share that comes off a set", rate=True), default=None, converter=maybe_rate)
    price: Money | None = field(doc="what one set costs instead", default=None)
    amount: Money | None = field(doc="what comes off one set", default=None)
    each: Money | None = field(doc="what comes off every unit of a set", default=None)
    repeat: Literal["once", "every"] = word(doc="one set, or as many as there are")
    picking: Picking = word(doc="which units are taken first")
    most_sets: int | None = field(doc="most sets in one order", default=None)

    def __attrs_post_init__(self) -> None:
        if sum(value is not None for value in (self.rate, self.price, self.amount, self.each)) != 1:
            raise PolicyError("pricing.promotion_bundle", "give exactly one of rate, price, amount and each")
        check_rate(self.rate)
        if not 1 <= len(self.parts) <= _MOST_PARTS:
            raise PolicyError("pricing.promotion_parts", "a set has {count} parts; give 1 to {most}", path="parts", count=len(self.parts), most=_MOST_PARTS)
        if self.most_sets is not None and self.most_sets < 1:
            template = "{name} is {quantity}; give a number above 0"
            raise PolicyError("pricing.promotion_set", template, path="most_sets", name="most_sets", quantity=str(self.most_sets))

    def amounts(self) -> Sequence[Money]:
        """The amounts of money."""
        return [amount for amount in (self.price, self.amount, self.each) if amount is not None]

    def award(self, case: Case) -> Award:
        """What comes off the sets that can be put together."""
        fits = [case.within(part.scope) for part in self.parts]
        units = case.units(frozenset[int]().union(*fits))
        times = count([(fit, part.quantity) for fit, part in zip(fits, self.parts, strict=True)], units)
        times = min(times, 1) if self.repeat == "once" else times
        times = times if self.most_sets is None else min(times, self.most_sets)
        if not times:
            return Award(unmet=label("pricing.promotion.dropped.bundle"))
        wanted = [(fit, part.quantity * times) for fit, part in zip(fits, self.parts, strict=True)]
        chosen = choose(wanted, units, [case.ordered(fit, self.picking) for fit in fits])
        return Award(picks=self._picks(case, [(index, quantity) for part in chosen for index, quantity in part.items()], times))

    def _picks(self, case: Case, taken: list[tuple[int, Fraction]], times: int) -> tuple[Pick, ...]:
        if self.each is not None:
            most = self.each.minor
            return tuple(Pick(lot=index, quantity=units, off=min(case.shelf.lots[index].now, Fraction(most)) * units, used=case.once) for index, units in taken)
        worth = sum((case.shelf.lots[index].now * quantity for index, quantity in taken), Fraction(0))
        if self.rate is not None:
            off = worth * self.rate
        elif self.price is not None:
            off = max(worth - self.price.minor * times, Fraction(0))
        else:
            off = Fraction(sum(amount.minor for amount in self.amounts()) * times)
        return spread(case, taken, off, used=case.once)
