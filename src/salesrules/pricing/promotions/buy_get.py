"""Buy so many, get so many cheaper or for nothing: 买二送一, 第二件半价, buy 10 get 1.

The units that are got either lie in the basket already (`reward` ``in_basket``: three in the basket, two are paid) or are added to it
(``added``: three are paid, a fourth is free). A unit serves once: it is bought for the offer or got from it, never both.

    >>> from salesrules.money import Exact
    >>> from salesrules.pricing.promotions.basket import Basket, BasketLine
    >>> from salesrules.pricing.promotions.shelf import Shelf
    >>> case = Case(shelf=Shelf.of(Basket(currency="EUR", lines=(BasketLine(id="1", quantity=7, list_price=Exact("10", "EUR")),))), once=True)
    >>> terms = {"buy_quantity": 2, "get_quantity": 1, "repeat": "every", "together": True, "picking": "cheapest", "qualifiers": "used"}
    >>> [str(Exact.from_minor(pick.off, "EUR")) for pick in BuyGet(reward="in_basket", **terms).award(case).picks if pick.off]
    ['20 EUR']
    >>> [units.quantity for units in BuyGet(reward="added", **terms).award(case).free]
    [Fraction(3, 1)]

Checked with: pricing-164, -165, -166, -179, -192, -197 and -198 in ``tests/golden/pricing/promotions.toml``.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import floor
from typing import ClassVar, Literal

import attrs

from ..._exact import as_rate, as_ratio, maybe_ratio
from ..._fields import about, field, word
from ...errors import PolicyError
from ...money import Money
from ...scope import Scope
from ...text import label
from .award import Award, Case, FreeUnits, Picking
from .price_off import check_rate
from .sets import Part, choose, count
from .shelf import Pick

__all__ = ["BuyGet"]

_OPPOSITE: dict[Picking, Picking] = {"cheapest": "dearest", "dearest": "cheapest"}


@attrs.frozen(kw_only=True)
class BuyGet:
    """Units that become cheaper, or come for nothing, because others are bought.

    Args:
        buy: the articles that are bought.
        buy_quantity: how many must be bought for one set.
        get: the articles that are got; those of ``buy`` where left out.
        get_quantity: how many are got with one set.
        off: the share that comes off what is got; all of it where left out.
        reward: the units got lie in the basket already, or are added to it.
        repeat: one set, or as many as there are.
        together: whether the units of all lines count together, or each line for itself.
        picking: which units are got: the cheapest of those that fit or the dearest; what is bought is taken from the other end.
        qualifiers: whether the units bought are ``used`` up by the offer, or stay ``open`` to later ones. The units got are used up
            either way. Nothing is used up under a promotion whose units are shared.
        incomplete: whether a last set whose units got are not all there is ``refused`` or ``given`` with those that are.
        most_units: the most units got in one order.

    Raises:
        PolicyError: ``pricing.promotion_set`` for a quantity that is not above 0; ``pricing.promotion_added`` where other articles, or a
            share of the price, are to be added (a gift does that); ``pricing.promotion_apart`` where lines count each for itself and
            other articles are got; ``pricing.promotion_rate``.
    """

    kind: ClassVar[str] = "buy_get"
    buy: Scope = field(doc="articles that are bought", default=Scope())
    buy_quantity: Fraction = attrs.field(metadata=about("units bought for one set"), converter=as_ratio)
    get: Scope | None = field(doc="articles that are got; those bought where left out", default=None)
    get_quantity: Fraction = attrs.field(metadata=about("units got with one set"), converter=as_ratio)
    off: Fraction = attrs.field(metadata=about("share that comes off what is got", rate=True), default=Fraction(1), converter=as_rate)
    reward: Literal["in_basket", "added"] = word(doc="whether the units got lie in the basket or are added to it")
    repeat: Literal["once", "every"] = word(doc="one set, or as many as there are")
    together: bool = field(doc="whether the units of all lines count together")
    picking: Picking = word(doc="which units are got")
    qualifiers: Literal["used", "open"] = word(doc="whether the units bought are used up")
    incomplete: Literal["refused", "given"] = word(doc="what becomes of a last set that is not complete", default="refused")
    most_units: Fraction | None = attrs.field(metadata=about("most units got in one order"), default=None, converter=maybe_ratio)

    def __attrs_post_init__(self) -> None:
        for name in ("buy_quantity", "get_quantity", "most_units"):
            quantity = getattr(self, name)
            if quantity is not None and quantity <= 0:
                raise PolicyError("pricing.promotion_set", "{name} is {quantity}; give a number above 0", path=name, name=name, quantity=str(quantity))
        check_rate(self.off)
        if self.reward == "added" and (self.get is not None or self.off != 1):
            raise PolicyError("pricing.promotion_added", "what is added is the same article, for nothing; write a gift for another one", path="reward")
        if not self.together and self.get is not None:
            raise PolicyError("pricing.promotion_apart", "lines that count each for itself cannot give another article; write together = true", path="together")

    def amounts(self) -> Sequence[Money]:
        """No amounts of money."""
        return ()

    @property
    def full_at(self) -> Fraction | None:
        """The units in the basket, those got included, at which the most units are got; `None` where there is no such limit.

        >>> BuyGet(buy_quantity=5, get_quantity=2, most_units=4, reward="in_basket", repeat="every", together=True, picking="cheapest",
        ...        qualifiers="used").full_at
        Fraction(14, 1)
        """
        return None if self.most_units is None else (self.buy_quantity + self.get_quantity) * self.most_units / self.get_quantity

    def award(self, case: Case) -> Award:
        """The units that are got."""
        give = self._added if self.reward == "added" else self._in_basket
        picks: list[Pick] = []
        free: list[FreeUnits] = []
        left = self.most_units
        for buy, get in self._groups(case):
            more_picks, more_free, got = give(case, buy, get, left)
            picks += more_picks
            free += more_free
            left = None if left is None else left - got
        if not picks and not free:
            return Award(unmet=label("pricing.promotion.dropped.set", buy=self.buy_quantity, get=self.get_quantity))
        return Award(picks=tuple(picks), free=tuple(free))

    def _groups(self, case: Case) -> Iterator[tuple[frozenset[int], frozenset[int]]]:
        buy = case.within(self.buy)
        get = buy if self.get is None else case.within(self.get)
        if self.together:
            yield buy, get
            return
        for name in sorted({case.shelf.lots[index].line.id for index in buy}):
            mine = frozenset(index for index in buy if case.shelf.lots[index].line.id == name)
            yield mine, mine

    def _times(self, times: int, left: Fraction | None) -> int:
        """How many sets are given, whole ones under the limit."""
        allowed = times if left is None else min(times, floor(left / self.get_quantity))
        return min(allowed, 1) if self.repeat == "once" else allowed

    def _added(self, case: Case, buy: frozenset[int], get: frozenset[int], left: Fraction | None) -> tuple[list[Pick], list[FreeUnits], Fraction]:
        units = case.units(buy)
        times = self._times(floor(sum(units.values(), Fraction(0)) / self.buy_quantity), left)
        if not times:
            return [], [], Fraction(0)
        (bought,) = choose([(buy, times * self.buy_quantity)], units, [case.ordered(buy, _OPPOSITE[self.picking])])
        line = case.shelf.lots[case.ordered(buy, self.picking)[0]].line
        got = times * self.get_quantity
        free = FreeUnits(line=line.id, quantity=got, worth=line.list_price * got, cost=None if line.cost is None else line.cost * got)
        used = case.once and self.qualifiers == "used"
        return [Pick(lot=index, quantity=quantity, used=used) for index, quantity in bought.items()], [free], got

    def _in_basket(self, case: Case, buy: frozenset[int], get: frozenset[int], left: Fraction | None) -> tuple[list[Pick], list[FreeUnits], Fraction]:
        units = case.units(buy | get)
        times = self._times(count([(buy, self.buy_quantity), (get, self.get_quantity)], units), left)
        more = self._more(units, buy, get, times, left)
        wanted, got = (times + (more > 0)) * self.buy_quantity, times * self.get_quantity + more
        if not got:
            return [], [], Fraction(0)
        parts: list[Part] = [(buy, wanted), (get, got)]
        bought, gained = choose(parts, units, [case.ordered(buy, _OPPOSITE[self.picking]), case.ordered(get, self.picking)])
        picks = [Pick(lot=index, quantity=quantity, used=case.once and self.qualifiers == "used") for index, quantity in bought.items()]
        for index, quantity in gained.items():
            picks.append(Pick(lot=index, quantity=quantity, off=case.shelf.lots[index].now * quantity * self.off, used=case.once))
        return picks, [], got

    def _more(self, units: dict[int, Fraction], buy: frozenset[int], get: frozenset[int], times: int, left: Fraction | None) -> Fraction:
        """Units got with a set that is not complete: whole ones, fewer than a set gives."""
        if self.incomplete == "refused" or (times and self.repeat == "once"):
            return Fraction(0)

        def there(lots: frozenset[int]) -> Fraction:
            return sum((units[index] for index in lots), Fraction(0))

        bought, got = (times + 1) * self.buy_quantity, times * self.get_quantity
        if there(buy) < bought:
            return Fraction(0)
        room = [there(get) - got, there(buy | get) - bought - got, self.get_quantity] + ([] if left is None else [left - got])
        return Fraction(max(floor(min(room)), 0))
