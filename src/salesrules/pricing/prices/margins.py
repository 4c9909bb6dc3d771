"""Margin and markup: the same profit as a share of the price or of the cost, and therefore two types.

A margin of 20% is a markup of 25%. What one price list calls a margin is a markup in the next, so neither is ever a bare percentage here.
A price of 0 has no margin: the answer is ``None``, never a large number that would pass a test.

    >>> Markup("25%").as_margin(), Margin("20%").as_markup()
    (Margin(rate=Fraction(1, 5)), Markup(rate=Fraction(1, 4)))
    >>> Margin("20%").price(Money(80, "CNY")), Markup("20%").price(Money(80, "CNY"))
    (Exact('100', 'CNY'), Exact('96', 'CNY'))
    >>> margin_of(Money(0, "CNY"), Money(50, "CNY")) is None
    True

References: gross margin (毛利率) and markup (加成率) as accounting texts define them.
Checked with: ``pricing-215``, ``pricing-218``, ``pricing-219`` and ``pricing-220`` in `tests/golden/pricing/margin.toml`.
"""

from fractions import Fraction
from typing import ClassVar

import attrs

from ..._exact import as_rate
from ..._fields import about
from ...errors import FactError, PolicyError
from ...money import Exact, Money, format_ratio

__all__ = ["Margin", "Markup", "margin_of", "markup_of"]


@attrs.frozen
class Markup:
    """A share of the cost put on top of it (加成率).

    Raises:
        PolicyError: ``pricing.markup_rate`` where all of the cost, or more, would be taken off.
    """

    kind: ClassVar[str] = "markup"
    rate: Fraction = attrs.field(metadata=about("share of the cost put on top", rate=True), converter=as_rate)

    def __attrs_post_init__(self) -> None:
        if self.rate <= -1:
            template = "a markup of {rate} leaves nothing of the cost; give a share above -100%"
            raise PolicyError("pricing.markup_rate", template, path="rate", rate=format_ratio(self.rate))

    @property
    def factor(self) -> Fraction:
        """What the cost is multiplied by."""
        return 1 + self.rate

    def price(self, cost: Exact | Money) -> Exact:
        """The price of something that cost so much."""
        return cost * self.factor

    def as_margin(self) -> "Margin":
        """The same profit as a share of the price."""
        return Margin(self.rate / (1 + self.rate))


@attrs.frozen
class Margin:
    """A share of the price that is not cost (毛利率).

    Raises:
        PolicyError: ``pricing.margin_rate`` for 100% or more, which no price reaches.
    """

    kind: ClassVar[str] = "margin"
    rate: Fraction = attrs.field(metadata=about("share of the price that is not cost", rate=True), converter=as_rate)

    def __attrs_post_init__(self) -> None:
        if self.rate >= 1:
            template = "no price has a margin of {rate}; give a share below 100%, or a markup if a share of the cost is meant"
            raise PolicyError("pricing.margin_rate", template, path="rate", rate=format_ratio(self.rate))

    @property
    def factor(self) -> Fraction:
        """What the cost is multiplied by."""
        return 1 / (1 - self.rate)

    def price(self, cost: Exact | Money) -> Exact:
        """The price of something that cost so much."""
        return cost * self.factor

    def as_markup(self) -> Markup:
        """The same profit as a share of the cost."""
        return Markup(self.rate / (1 - self.rate))


def _profit(price: Exact | Money, cost: Exact | Money) -> Exact:
    if cost.minor < 0:
        raise FactError("pricing.cost_negative", "the cost is {cost}; a cost is 0 or more", path="cost", cost=str(cost))
    return price * 1 - cost


def margin_of(price: Exact | Money, cost: Exact | Money) -> Fraction | None:
    """The share of the price that is not cost; ``None`` for a price of 0 or less, which has no margin.

    Raises:
        FactError: ``pricing.cost_negative``; ``money.mixed`` for two currencies.

    >>> margin_of(Money(35, "EUR"), Money(20, "EUR"))
    Fraction(3, 7)
    """
    profit = _profit(price, cost)
    return profit / price if price.minor > 0 else None


def markup_of(price: Exact | Money, cost: Exact | Money) -> Fraction | None:
    """What the price is above the cost, as a share of the cost; ``None`` for a cost of 0, which has no markup.

    Raises:
        FactError: ``pricing.cost_negative``; ``money.mixed`` for two currencies.

    >>> markup_of(Money(35, "EUR"), Money(20, "EUR"))
    Fraction(3, 4)
    """
    profit = _profit(price, cost)
    return profit / cost if cost.minor else None
