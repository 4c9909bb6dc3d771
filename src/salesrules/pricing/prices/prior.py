"""The prior price that an announced reduction is measured from: the lowest in force in the days before it.

What counts is every price in force on a day of the window, also one that was set before the window began. Where the law lets a series of
growing reductions keep the price before the first of them, the policy says ``progressive``.

    >>> from datetime import date
    >>> from salesrules.money import HALF_UP
    >>> history = tuple(PricePoint(date(2026, month, 1), Exact(price, "EUR")) for month, price in ((1, 100), (5, 70), (6, 50)))
    >>> prior = prior_price(history, on=date(2026, 6, 10), days=30)
    >>> prior.price, prior.reduction, prior.announced(HALF_UP)
    (Exact('70', 'EUR'), Fraction(2, 7), Fraction(29, 1))

References: Directive 98/6/EC article 6a, as inserted by Directive (EU) 2019/2161.
Checked with: ``pricing-119``, ``pricing-120`` and ``pricing-121`` in `tests/golden/pricing/effective-date.toml`.
"""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import attrs

from ...errors import FactError
from ...money import Exact, Rounding
from ...periods import plain_date
from ...trace import Step

__all__ = ["PricePoint", "PriorPrice", "prior_price"]


@attrs.frozen
class PricePoint:
    """A price, and the first day on which it was asked; it stays until the next."""

    start: date = attrs.field(converter=plain_date)
    price: Exact


@attrs.frozen(kw_only=True)
class PriorPrice:
    """The lowest price before a reduction.

    Args:
        price: the prior price.
        reduced: the price of the reduction.
        since: the first day of the reduction.
        working: every price that was in force in the window, and the lowest of them.
    """

    price: Exact
    reduced: Exact
    since: date
    working: Step

    @property
    def reduction(self) -> Fraction:
        """What is taken off the prior price, as a share of it; below 0 where the price is higher than before."""
        return 1 - self.reduced / self.price

    def announced(self, rounding: Rounding, digits: int = 0) -> Fraction:
        """The reduction in percent, as it is printed: 29 for 29%."""
        return rounding.round_number(self.reduction * 100, digits)


def prior_price(history: tuple[PricePoint, ...], *, on: date, days: int, progressive: bool = False) -> PriorPrice:
    """The lowest price in the days before the price that is in force on a day.

    Args:
        history: the prices in order of their days; of several on one day all were in force, and the last is from then on.
        on: a day of the reduction.
        days: how many days before its first day count.
        progressive: whether a run of ever lower prices is one reduction, which began with the first of them.

    Raises:
        FactError: ``pricing.prior_order`` for a history out of order; ``pricing.prior_days``; ``pricing.prior_none`` where no price was in
            force on the day, or none before it.
    """
    if days <= 0:
        raise FactError("pricing.prior_days", "the window is {days} days; give 1 or more", path="days", days=days)
    for index, (earlier, later) in enumerate(pairwise(history), start=1):
        if later.start < earlier.start:
            template = "{later} comes after {earlier}; give the prices in the order of their days"
            raise FactError("pricing.prior_order", template, path=f"history[{index}]", later=later.start, earlier=earlier.start)
    day = plain_date(on)
    now = sum(point.start <= day for point in history) - 1
    first = now
    while progressive and first > 1 and history[first].price < history[first - 1].price < history[first - 2].price:
        first -= 1
    if first < 1:
        raise FactError("pricing.prior_none", "no price is known before the one in force on {day}; give the history", path="history", day=day)
    since = history[first].start
    opens = since - timedelta(days=days)
    inside = [point for point, after in pairwise(history[: first + 1]) if after.start > opens or point.start >= opens]
    steps = tuple(Step("pricing.prior.price", point.price, params=(("start", point.start),)) for point in inside)
    working = Step("pricing.prior", min(point.price for point in inside), formula="least", params=(("opens", opens), ("since", since)), children=steps)
    return PriorPrice(price=working.value, reduced=history[now].price, since=since, working=working)
