"""What promotions have used up so far: a value that the host stores, hands in and gets back.

>>> spring = Use(promotion="spring", customer="C1", code="SAVE", times=1, charged=Money("30.00", "CNY"))
>>> usage = Usage().plus((spring, spring))
>>> usage.times("spring"), usage.times("spring", customer="C2"), usage.charged("spring", "CNY"), len(usage.uses)
(2, 0, Money('60.00', 'CNY'), 1)
>>> usage.minus((spring, spring)) == Usage()
True
"""

from collections.abc import Iterable
from typing import Any

import attrs

from ..._fields import field
from ...errors import FactError
from ...money import Money

__all__ = ["Usage", "Use"]


@attrs.frozen(kw_only=True)
class Use:
    """That a promotion was used.

    Args:
        promotion: the id of the promotion.
        customer: by whom; empty where nobody is named.
        code: with which coupon; empty without one.
        times: how often.
        charged: what its budget was charged with; without a budget what it cost, or what it was worth where the cost is not known.
    """

    promotion: str = field(doc="id of the promotion")
    customer: str = field(doc="by whom", default="")
    code: str = field(doc="with which coupon", default="")
    times: int = field(doc="how often", default=1)
    charged: Money = field(doc="what its budget was charged with")


def _merged(uses: Iterable[Use]) -> tuple[Use, ...]:
    """One row for each promotion, customer and coupon, in their order."""
    rows: dict[tuple[str, ...], Use] = {}
    for use in uses:
        key = (use.promotion, use.customer, use.code, use.charged.currency.code)
        so_far = rows.get(key)
        rows[key] = use if so_far is None else attrs.evolve(use, times=so_far.times + use.times, charged=so_far.charged + use.charged)
    for use in rows.values():
        if use.times < 0 or use.charged.minor < 0:
            template = "{promotion} would have been used less than never; take back only what was used"
            raise FactError("pricing.promotion_usage", template, path="usage", promotion=use.promotion)
    return tuple(rows[key] for key in sorted(rows) if rows[key].times or rows[key].charged.minor)


def _rows(given: Any) -> Any:
    return _merged(given)


@attrs.frozen
class Usage:
    """Uses so far, summed by promotion, customer and coupon.

    Args:
        uses: in any order and any number of rows.

    Raises:
        FactError: ``pricing.promotion_usage`` where more is taken back than was used.
    """

    uses: tuple[Use, ...] = attrs.field(default=(), converter=_rows)

    def plus(self, uses: Iterable[Use]) -> "Usage":
        """With these uses added."""
        return Usage((*self.uses, *uses))

    def minus(self, uses: Iterable[Use]) -> "Usage":
        """With these uses taken back, as where an order is cancelled."""
        return self.plus(attrs.evolve(use, times=-use.times, charged=-use.charged) for use in uses)

    def times(self, promotion: str, *, customer: str | None = None, code: str | None = None) -> int:
        """How often a promotion was used; by one customer, or with one coupon, where that is asked."""
        return sum(
            use.times
            for use in self.uses
            if use.promotion == promotion and (customer is None or use.customer == customer) and (code is None or use.code == code)
        )

    def charged(self, promotion: str, currency: str) -> Money:
        """What the budget of a promotion has been charged with in a currency."""
        return Money.total((use.charged for use in self.uses if use.promotion == promotion and use.charged.currency.code == currency), currency)
