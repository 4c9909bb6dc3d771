"""A discount on the articles in a scope: a share off, an amount off, or a price to be paid instead (折扣、特价).

    >>> from salesrules.money import Exact
    >>> from salesrules.pricing.promotions.basket import Basket, BasketLine
    >>> from salesrules.pricing.promotions.shelf import Shelf
    >>> lines = (BasketLine(id="shirt", quantity=1, list_price=Exact("100", "EUR")), BasketLine(id="sweater", quantity=5, list_price=Exact("150", "EUR")))
    >>> case = Case(shelf=Shelf.of(Basket(currency="EUR", lines=lines)), once=False)
    >>> offer = PriceOff(amount=Money("200", "EUR"), per="unit", most_units=1, picking="cheapest")     # never more than the unit costs
    >>> [str(Exact.from_minor(pick.off, "EUR")) for pick in offer.award(case).picks]
    ['100 EUR', '150 EUR']

Checked with: pricing-150, -158, -180, -184 and -187 in ``tests/golden/pricing/promotions.toml``.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import ClassVar, Literal

import attrs

from ..._exact import maybe_rate, maybe_ratio
from ..._fields import about, field, word
from ...errors import PolicyError
from ...money import Exact, Money, format_ratio
from ...scope import Scope
from .award import Award, Case, Per, Picking, Terms, spread
from .basket import Basis
from .reach import Reach
from .shelf import Pick

__all__ = ["PriceOff", "check_rate"]


def check_rate(rate: Fraction | None) -> None:
    """Refuse a share off that takes nothing, or more than the price.

    Raises:
        PolicyError: ``pricing.promotion_rate``.
    """
    if rate is not None and not 0 < rate <= 1:
        raise PolicyError("pricing.promotion_rate", "{rate} off is not possible; give a share above 0 and up to 100%", path="rate", rate=format_ratio(rate))


@attrs.frozen(kw_only=True)
class PriceOff:
    """A share off, an amount off, or a price instead, on the articles in a scope.

    Args:
        scope: the articles.
        rate: the share that comes off.
        amount: the money that comes off each unit, each line or the order, as ``per`` says; never more than they cost.
        price: the price of one unit instead; where it is no lower nothing happens.
        per: what an amount is for, and what is rounded.
        of: what a rate is a share of: the price so far, or the list price.
        prices: only articles whose list price lies in this range, in major units.
        most: the most that comes off in all.
        most_basis: whether ``most`` is counted ``net`` of tax or ``gross``.
        most_units: the most units of a line that become cheaper.
        picking: which units those are, where some have become cheaper already.

    Raises:
        PolicyError: ``pricing.promotion_terms`` unless exactly one of rate, amount and price is given; ``pricing.promotion_of`` where a rate
            does not say of what; ``pricing.promotion_price_per``; ``pricing.promotion_rate``; ``pricing.promotion_most``;
            ``pricing.promotion_picking``.
    """

    kind: ClassVar[str] = "discount"
    scope: Scope = field(doc="the articles", default=Scope())
    rate: Fraction | None = attrs.field(metadata=about("share that comes off", rate=True), default=None, converter=maybe_rate)
    amount: Money | None = field(doc="money that comes off", default=None)
    price: Money | None = field(doc="price of one unit instead", default=None)
    per: Per = word(doc="what an amount is for, and what is rounded")
    of: Literal["running", "list"] | None = word(doc="what a rate is a share of", default=None)
    prices: Reach | None = field(doc="range of list prices of one unit", default=None)
    most: Money | None = field(doc="most that comes off in all", default=None)
    most_basis: Basis | None = word(doc="whether the most is counted net of tax or gross", default=None)
    most_units: Fraction | None = attrs.field(metadata=about("most units of a line that become cheaper"), default=None, converter=maybe_ratio)
    picking: Picking | None = word(doc="which units of a line become cheaper first", default=None)

    def __attrs_post_init__(self) -> None:
        if sum(value is not None for value in (self.rate, self.amount, self.price)) != 1:
            raise PolicyError("pricing.promotion_terms", "give exactly one of rate, amount and price")
        check_rate(self.rate)
        if (self.rate is None) != (self.of is None):
            raise PolicyError("pricing.promotion_of", "a rate says what it is a share of (of = 'running' or 'list'), and only a rate does", path="of")
        if self.price is not None and self.per != "unit":
            raise PolicyError("pricing.promotion_price_per", "a price is that of one unit; write per = 'unit'", path="per")
        if (self.most is None) != (self.most_basis is None):
            raise PolicyError("pricing.promotion_most", "a cap says whether it is net or gross (most_basis), and only a cap does", path="most_basis")
        if (self.most_units is None) != (self.picking is None) or (self.most_units is not None and self.most_units <= 0):
            raise PolicyError("pricing.promotion_picking", "a limit of units above 0 and the units taken first (picking) belong together", path="most_units")

    def amounts(self) -> Sequence[Money]:
        """The amounts of money."""
        return [amount for amount in (self.amount, self.price, self.most) if amount is not None]

    def award(self, case: Case) -> Award:
        """What comes off."""
        taken = list(self._taken(case))
        picks = tuple(self._picks(case, taken))
        terms = Terms(rate=self.rate, of=self.of or "running", price=None if self.price is None else Exact.from_minor(self.price.minor, self.price.currency))
        return Award(picks=picks, per=self.per, terms=terms, limit=self._limit(case, picks))

    def _taken(self, case: Case) -> Iterator[tuple[int, Fraction]]:
        room: dict[str, Fraction] = {}
        lots = case.within(self.scope, self.prices)
        for index in sorted(lots) if self.picking is None else case.ordered(lots, self.picking):
            lot = case.shelf.lots[index]
            taken = lot.quantity if self.most_units is None else min(lot.quantity, room.setdefault(lot.line.id, self.most_units))
            if taken:
                yield index, taken
            if self.most_units is not None:
                room[lot.line.id] -= taken

    def _picks(self, case: Case, taken: list[tuple[int, Fraction]]) -> Iterator[Pick]:
        if self.amount is not None and self.per != "unit":
            groups = {None if self.per == "order" else case.shelf.lots[index].line.id for index, _ in taken}
            for group in sorted(groups, key=str):
                mine = [(index, quantity) for index, quantity in taken if group is None or case.shelf.lots[index].line.id == group]
                yield from spread(case, mine, Fraction(self.amount.minor), used=case.once)
            return
        for index, quantity in taken:
            yield Pick(lot=index, quantity=quantity, off=self._off(case, index) * quantity, used=case.once)

    def _off(self, case: Case, index: int) -> Fraction:
        """What comes off one unit."""
        lot = case.shelf.lots[index]
        if self.price is not None:
            return max(lot.now - self.price.minor, Fraction(0))
        if self.amount is not None:
            return min(Fraction(self.amount.minor), lot.now)
        return min((self.rate or 0) * (lot.now if self.of == "running" else lot.line.list_price.minor), lot.now)

    def _limit(self, case: Case, picks: tuple[Pick, ...]) -> Fraction | None:
        """The cap on the basis of the basket."""
        if self.most is None or self.most_basis is None:
            return None
        off = sum((pick.off for pick in picks), Fraction(0))
        stated = sum((case.shelf.stated(case.shelf.lots[pick.lot].line, pick.off, self.most_basis) for pick in picks), Fraction(0))
        return self.most.minor * off / stated if stated else None
