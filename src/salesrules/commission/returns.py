"""Returns and cancellations: what is taken back, at which rate, and for how long.

A return names the sale it takes back. Under ``rate = "original"`` it takes back the share returned of exactly what that sale was paid,
with the plan version, split, hierarchy and tier of that day; under ``"recompute"`` it walks the tiers down from where they stand now.
The statement shows both figures, whichever is booked. Several returns of one sale divide the running total, so that together they take
back exactly what was paid and not a cent more.

    >>> Returns(rate="original").taken_back(paid=1000, returned_before=0, returned=1, of=3)
    -333
    >>> Returns(rate="original").taken_back(paid=1000, returned_before=1, returned=2, of=3)
    -667

References: credit notes as in Tryton's commission, and the clawback clauses of published plans.
Checked with: ``tryton-clawback-001``, ``tezgah-clawback-001``, ``cflow-001``, ``adempiere-creditnote-001`` in `tests/golden/commission/*.toml`.
"""

from datetime import date
from fractions import Fraction
from typing import Literal

import attrs

from .._exact import as_rate
from .._fields import about, field, word
from ..errors import PolicyError
from ..money import divide, format_ratio
from ..periods import Calendar, completed_months, delay

__all__ = ["Returns"]


@attrs.frozen(kw_only=True)
class Returns:
    """The clawback clause.

    Args:
        rate: ``original`` takes back at what the sale was paid, ``recompute`` at what the tiers now make of it.
        window: how long after the sale pay can be taken back, such as ``180 days``; without end where left out. It is measured from
            the date of the sale, and the last day still counts.
        mode: ``proportional`` takes back the share returned, ``full`` everything on the first return, ``declining`` the share returned
            of what the sale has not yet earned of its ``months``.
        months: over how many months a sale is earned, with ``declining``.
        share: the part of what is to be taken back that is; the rest stays with the person.
    """

    rate: Literal["original", "recompute"] = word(doc="at which rate pay is taken back")
    window: str = field(doc="how long after the sale pay can be taken back, such as 180 days", default="")
    mode: Literal["proportional", "full", "declining"] = word(doc="how much is taken back", default="proportional")
    months: int = field(doc="months over which a sale is earned, with mode = declining", default=0)
    share: Fraction = attrs.field(metadata=about("part of what is to be taken back that is", rate=True), default=Fraction(1), converter=as_rate)

    def __attrs_post_init__(self) -> None:
        if (self.mode == "declining") != (self.months > 0):
            raise PolicyError("commission.declining", "mode = 'declining' and a number of months belong together", path="months")
        if self.rate == "recompute" and self.mode != "proportional":
            raise PolicyError(
                "commission.recompute_mode",
                "rate = 'recompute' walks the tiers with the amount returned; mode {mode!r} needs rate = 'original'",
                path="mode",
                mode=self.mode,
            )
        if self.rate == "recompute" and self.share != 1:
            raise PolicyError(
                "commission.recompute_share", "rate = 'recompute' takes back what the tiers make of it; a share of that needs rate = 'original'", path="share"
            )
        if not 0 <= self.share <= 1:
            raise PolicyError(
                "commission.returns_share", "the share is {share}; take back from nothing up to 100%", path="share", share=format_ratio(self.share)
            )
        if self.window:
            delay(self.window)

    def within(self, sold: date, returned: date, calendar: Calendar) -> bool:
        """Whether a return on that day still takes pay back."""
        return not self.window or returned <= delay(self.window).on(sold, calendar)

    def unearned(self, sold: date, returned: date) -> Fraction:
        """The share of the pay that can still be taken back: the plan's, and with ``declining`` what time has not yet earned of it."""
        if self.mode != "declining":
            return self.share
        return self.share * Fraction(max(self.months - completed_months(sold, returned), 0), self.months)

    def taken_back(self, *, paid: int, returned_before: int, returned: int, of: int, unearned: Fraction = Fraction(1)) -> int:
        """What a return takes back of ``paid``, negative: the running total to date less what earlier returns took.

        Args:
            paid: what the sale was paid, in minor units.
            returned_before: how much of it was returned earlier.
            returned: how much is returned now.
            of: how much was sold, above 0.
            unearned: the share of the pay still open to be taken back.
        """
        if self.mode == "full":
            returned_before, returned = (of if returned_before else 0), (of if returned and not returned_before else 0)
        after = divide(paid * (returned_before + returned) * unearned.numerator, of * unearned.denominator, "half_up")
        before = divide(paid * returned_before * unearned.numerator, of * unearned.denominator, "half_up")
        return before - after
