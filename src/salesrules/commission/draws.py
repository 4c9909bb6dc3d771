"""Draws and guarantees: what a person is paid while commission is still short, and what of it comes back.

A draw lifts the pay of a period to a minimum. A *recoverable* draw is a debt, paid back from what later periods earn above the minimum;
a *non-recoverable* one is kept; a *forgiven* one is a debt that is cancelled after a number of periods. The debt is its own column,
never negative, and never mixed with the earnings of the month.

    >>> draw = Draw(amount=Money("1000", "USD"), kind="recoverable", until=6, recovery_from=4)
    >>> balance, rows = Balance(), []
    >>> for period, earned in enumerate((500, 700, 400), start=1):
    ...     drawn = draw.apply(earned * 100, balance, period)
    ...     rows.append((drawn.advanced // 100, drawn.recovered // 100, drawn.balance // 100))
    ...     balance = Balance(draw=drawn.balance)
    >>> rows
    [(500, 0, 500), (300, 0, 800), (600, 0, 1400)]

References: recoverable, non-recoverable and forgiven draws as in Oracle's and Siebel's incentive compensation guides.
Checked with: ``oracle-draw-001`` and ``spiff-ramp-001`` in `tests/golden/commission/*.toml`.
"""

from fractions import Fraction
from typing import Literal

import attrs

from .._exact import as_rate
from .._fields import about, field, listing, word
from ..errors import PolicyError
from ..money import Money, divide

__all__ = ["Balance", "Draw", "Drawn", "Guarantee"]

_DAY_COUNTS = ("actual", "30/360", "whole_months", "months_touched")
"""Neither those of a year nor those that need a working calendar, which a plan does not hold."""


@attrs.frozen(kw_only=True)
class Balance:
    """What one person owes or is owed from earlier periods, in minor units: the draw, and negative pay carried forward (0 or below)."""

    draw: int = 0
    carried: int = 0


@attrs.frozen(kw_only=True)
class Drawn:
    """What a draw did to one period."""

    advanced: int = 0
    recovered: int = 0
    forgiven: int = 0
    balance: int = 0


@attrs.frozen(kw_only=True)
class Draw:
    """A minimum that is paid in advance of commission.

    Args:
        amount: the minimum of each settlement period.
        kind: ``recoverable``, ``non_recoverable`` or ``forgiven``.
        until: the last period in which it is advanced, counted from the person's first; without end where 0.
        recovery_from: the first period in which debt is paid back.
        recovery_share: the share of the excess over the minimum that goes into paying back.
        forgiven_after: with ``forgiven``, the period at whose end the debt is cancelled.
        on_exit: whether the debt is ``due`` or ``forgiven`` when the person leaves.
    """

    amount: Money = field(doc="minimum of each settlement period")
    kind: Literal["recoverable", "non_recoverable", "forgiven"] = word(doc="whether and how it comes back")
    until: int = field(doc="last period in which it is advanced, counted from the person's first; 0: without end", default=0)
    recovery_from: int = field(doc="first period in which debt is paid back", default=1)
    recovery_share: Fraction = attrs.field(metadata=about("share of the excess that pays back", rate=True), default=Fraction(1), converter=as_rate)
    forgiven_after: int = field(doc="period at whose end the debt is cancelled, with kind = forgiven", default=0)
    on_exit: Literal["due", "forgiven"] = word(doc="what becomes of the debt when the person leaves", default="due")
    roles: tuple[str, ...] = listing(doc="roles that may draw; none named: everybody", default=())

    def __attrs_post_init__(self) -> None:
        if (self.kind == "forgiven") != (self.forgiven_after > 0):
            raise PolicyError("commission.draw_forgiven", "kind = 'forgiven' and forgiven_after belong together", path="forgiven_after")
        if not 0 <= self.recovery_share <= 1:
            raise PolicyError("commission.draw_share", "recovery_share lies outside 0 to 100%", path="recovery_share")
        if self.amount.minor <= 0:
            raise PolicyError("commission.draw_amount", "a draw needs an amount above 0", path="amount")

    def apply(self, earned: int, balance: Balance, period: int, *, serves: bool = True, leaves: bool = False) -> Drawn:
        """What the draw does in a period.

        Args:
            earned: the earnings of the period in minor units, below zero where more was taken back than earned. A draw that is owed
                fills them up all the same, so the minimum is paid; one that is kept fills up from 0, so it forgives nothing taken back.
            balance: what is owed from before.
            period: the number of the period, counted from the person's first as 1.
            serves: whether the person is there, in a post that draws; who is not only pays back.
            leaves: whether the person leaves in this period.
        """
        runs = serves and (not self.until or period <= self.until)
        least = self.amount.minor if runs else 0
        advanced = max(least - (max(earned, 0) if self.kind == "non_recoverable" else earned), 0) if runs else 0
        owed = balance.draw + (advanced if self.kind != "non_recoverable" else 0)
        excess = max(earned - least, 0)
        share = divide(excess * self.recovery_share.numerator, self.recovery_share.denominator, "down")
        recovered = min(owed, share) if period >= self.recovery_from else 0
        owed -= recovered
        cancelled = owed if self._cancels(period, leaves=leaves) else 0
        return Drawn(advanced=advanced, recovered=recovered, forgiven=cancelled, balance=owed - cancelled)

    def _cancels(self, period: int, *, leaves: bool) -> bool:
        return (self.kind == "forgiven" and period >= self.forgiven_after) or (leaves and self.on_exit == "forgiven")


@attrs.frozen(kw_only=True)
class Guarantee:
    """A least pay by period of employment, kept by the person: the first amount in the first period, and so on; then nothing.

    >>> guarantee = Guarantee(amounts=(Money("3000", "USD"), Money("2000", "USD")))
    >>> [guarantee.top_up(1_200_00, period) // 100 for period in (1, 2, 3)]
    [1800, 800, 0]
    """

    amounts: tuple[Money, ...] = field(doc="least pay of the person's first, second, ... settlement period")
    day_count: str = field(doc="how the first and last period are prorated: actual, 30/360, whole_months or months_touched", default="actual")
    roles: tuple[str, ...] = listing(doc="roles that are guaranteed; none named: everybody", default=())

    def __attrs_post_init__(self) -> None:
        if not self.amounts or any(amount.minor < 0 for amount in self.amounts):
            raise PolicyError("commission.guarantee", "a guarantee needs at least one amount, and none below 0", path="amounts")
        if self.day_count not in _DAY_COUNTS:
            raise PolicyError(
                "commission.day_count",
                "{day_count!r} does not prorate a settlement period; use one of {known}",
                path="day_count",
                day_count=self.day_count,
                known=", ".join(_DAY_COUNTS),
            )

    def top_up(self, earned: int, period: int, share: Fraction = Fraction(1)) -> int:
        """What is added to the earnings of a period; ``share`` is the part of the period that the person was there."""
        if period > len(self.amounts):
            return 0
        least = divide(self.amounts[period - 1].minor * share.numerator, share.denominator, "half_up")
        return max(least - max(earned, 0), 0)
