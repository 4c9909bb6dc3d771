"""Spend or buy so much and get money or a share off: 满 300 减 30, 满 500 减 60, 每满 100 减 10.

The highest tier that is reached counts, once; or a single tier counts for every full multiple.

    >>> from salesrules.money import Exact
    >>> from salesrules.pricing.promotions.basket import Basket, BasketLine
    >>> from salesrules.pricing.promotions.shelf import Shelf
    >>> case = Case(shelf=Shelf.of(Basket(currency="CNY", lines=(BasketLine(id="1", quantity=1, list_price=Exact("820", "CNY")),))), once=False)
    >>> spent = Meter(on="spend", tested="original", basis="net")
    >>> once = Spend(meter=spent, repeat="once", tiers=(Tier(at_least=300, amount=Money(30, "CNY")), Tier(at_least=500, amount=Money(60, "CNY"))))
    >>> every = Spend(meter=spent, repeat="every", tiers=(Tier(at_least=100, amount=Money(10, "CNY")),))
    >>> [pick.off for offer in (once, every) for pick in offer.award(case).picks]
    [Fraction(6000, 1), Fraction(8000, 1)]

Checked with: pricing-145, -152 and -189 in ``tests/golden/pricing/promotions.toml``.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import ClassVar, Literal

import attrs

from ..._exact import as_ratio, maybe_rate
from ..._fields import about, field, word
from ...errors import PolicyError
from ...money import Money
from ...scope import Scope
from ...text import label
from .award import Award, Case, Terms, spread
from .meter import Meter
from .price_off import check_rate
from .shelf import Pick

__all__ = ["Spend", "Tier"]


@attrs.frozen(kw_only=True)
class Tier:
    """What is given from a point on."""

    at_least: Fraction = attrs.field(metadata=about("the point: money in major units, or units"), converter=as_ratio)
    rate: Fraction | None = attrs.field(metadata=about("share that comes off", rate=True), default=None, converter=maybe_rate)
    amount: Money | None = field(doc="money that comes off", default=None)

    def __attrs_post_init__(self) -> None:
        if (self.rate is None) == (self.amount is None):
            raise PolicyError("pricing.promotion_tier", "give a rate or an amount, and not both")
        check_rate(self.rate)
        if self.at_least < 0:
            raise PolicyError("pricing.promotion_point", "the point is {point}; give 0 or more", path="at_least", point=str(self.at_least))


@attrs.frozen(kw_only=True)
class Spend:
    """Money or a share off the articles in a scope, once enough has been spent or bought.

    Args:
        meter: what must reach the point.
        tiers: from the lowest point up.
        repeat: the tier reached counts ``once``, or the only tier counts for ``every`` full multiple of its point.
        scope: the articles that become cheaper.
        of: what a rate is a share of; the price so far where it is left out.
        most: the most that comes off in all, on the basis of the basket.

    Raises:
        PolicyError: ``pricing.promotion_tiers`` for no tiers, or tiers out of order; ``pricing.promotion_every``.
    """

    kind: ClassVar[str] = "threshold"
    meter: Meter = field(doc="what must reach the point")
    tiers: tuple[Tier, ...] = field(doc="from the lowest point up")
    repeat: Literal["once", "every"] = word(doc="whether a tier counts once or for every full multiple")
    scope: Scope = field(doc="the articles that become cheaper", default=Scope())
    of: Literal["running", "list"] = word(doc="what a rate is a share of", default="running")
    most: Money | None = field(doc="most that comes off in all", default=None)

    def __attrs_post_init__(self) -> None:
        if not self.tiers or any(lower.at_least >= upper.at_least for lower, upper in pairwise(self.tiers)):
            raise PolicyError("pricing.promotion_tiers", "give at least one tier, and the tiers from the lowest point up", path="tiers")
        if self.repeat == "every" and (len(self.tiers) > 1 or self.tiers[0].amount is None or not self.tiers[0].at_least):
            template = "what is given for every full multiple is one tier with a point above 0 and an amount; write repeat = 'once' otherwise"
            raise PolicyError("pricing.promotion_every", template, path="repeat")

    def amounts(self) -> Sequence[Money]:
        """The amounts of money."""
        return [amount for amount in (*(tier.amount for tier in self.tiers), self.most) if amount is not None]

    def award(self, case: Case) -> Award:
        """What comes off."""
        count = self.meter.read(case)
        reached = [tier for tier in self.tiers if tier.at_least <= count]
        if not reached:
            needed = self.meter.shown(self.tiers[0].at_least, case)
            return Award(unmet=label("pricing.promotion.dropped.point", count=self.meter.shown(count, case), needed=needed))
        tier, limit = reached[-1], None if self.most is None else Fraction(self.most.minor)
        lots = [(index, case.shelf.lots[index].quantity) for index in sorted(case.within(self.scope))]
        if tier.amount is not None:
            times = floor(count / tier.at_least) if self.repeat == "every" else 1
            return Award(picks=spread(case, lots, Fraction(tier.amount.minor * times), used=case.once), per="order", limit=limit)
        rate = tier.rate or Fraction(0)
        picks = []
        for index, quantity in lots:
            lot = case.shelf.lots[index]
            base = lot.now if self.of == "running" else lot.line.list_price.minor
            picks.append(Pick(lot=index, quantity=quantity, off=min(rate * base, lot.now) * quantity, used=case.once))
        return Award(picks=tuple(picks), per="order", terms=Terms(rate=rate, of=self.of), limit=limit)
