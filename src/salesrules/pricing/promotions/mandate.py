"""Who may approve a promotion: by what it can cost at most.

>>> from datetime import date
>>> from salesrules.pricing.promotions.price_off import PriceOff
>>> from salesrules.pricing.promotions.promotion import Budget
>>> mandate = Mandate(levels=(Level(id="head"), Level(id="management")), currency="CNY", rows=(Row(level="head", limit=10000), Row(level="management")))
>>> terms = {"id": "spring", "currency": "CNY", "start": date(2026, 3, 1), "until": date(2026, 4, 1), "units": "shared"}
>>> offers = (PriceOff(rate="10%", per="line", of="list"),)
>>> small, large = (Budget(amount=Money(amount, "CNY"), charged="cost", short="cut") for amount in (10000, 10001))
>>> [mandate.level(Promotion(**terms, offers=offers, budget=budget)) for budget in (small, large, None)]
['head', 'management', 'management']
"""

from functools import cached_property

import attrs

from ..._fields import field
from ...approvals.authority import Authority, Row
from ...approvals.ladder import Ladder, Level
from ...money import Currency, Exact, Money, currency
from .contest import Contest
from .draw import Draw
from .promotion import Promotion

__all__ = ["Level", "Mandate", "Row", "exposure_of"]


@attrs.frozen(kw_only=True)
class Mandate:
    """Who may approve a promotion, by what it can cost at most.

    Args:
        levels: the ladder of authority, lowest level first.
        currency: ISO 4217 code of the limits.
        rows: the limit of each level in major units, from the lowest level up; a last row without a limit may approve anything. What a
            promotion without a budget can cost has no limit.

    Raises:
        PolicyError: as `salesrules.approvals.authority.Authority` raises.
    """

    levels: tuple[Level, ...] = field(doc="levels of authority, lowest first")
    currency: str = field(doc="ISO 4217 code of the limits")
    rows: tuple[Row, ...] = field(doc="limit of each level in major units")

    def __attrs_post_init__(self) -> None:
        self.authority.check(self.ladder, "more")

    @cached_property
    def ladder(self) -> Ladder:
        """The levels."""
        return Ladder(levels=self.levels)

    @cached_property
    def authority(self) -> Authority:
        """The limits."""
        return Authority(rows=self.rows)

    @cached_property
    def money(self) -> Currency:
        """The currency."""
        return currency(self.currency)

    def level(self, promotion: Promotion) -> str | None:
        """The lowest level that may approve a promotion; `None` where none may.

        Raises:
            FactError: ``money.mixed`` where the limits are in another currency than the promotion.
        """
        exposure = exposure_of(promotion)
        if exposure is None:
            last = self.rows[-1]
            return last.level if last.limit is None else None
        return self.authority.level(self.ladder, (exposure - Money.from_minor(0, self.money)).value, worse="more")


def exposure_of(promotion: Promotion) -> Exact | None:
    """What a promotion can cost at most: its budget, or all the prizes of its contests and of draws that have so many; `None` where nothing limits it."""
    if promotion.budget is not None:
        return Exact.from_minor(promotion.budget.amount.minor, promotion.money)
    minor = 0
    for offer in promotion.offers:
        if isinstance(offer, Contest) and offer.ties != "each":
            minor += sum(prize.minor for prize in offer.by_place)
        elif isinstance(offer, Draw) and all(prize.count is not None for prize in offer.prizes):
            minor += sum(prize.cost.minor * (prize.count or 0) for prize in offer.prizes)
        else:
            return None
    return Exact.from_minor(minor, promotion.money)
