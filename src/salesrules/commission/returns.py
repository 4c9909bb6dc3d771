"""Returns and cancellations: what is taken back, at which rate, and for how long.

A return names the sale it takes back. Under ``rate = "original"`` it takes back the share returned of exactly what that sale was paid,
with the plan version, split, hierarchy and tier of that day; under ``"recompute"`` it walks the tiers down from where they stand now.
The statement shows both figures, whichever is booked. Several returns of one sale divide the running total, so that together they take
back exactly what was paid and not a cent more.

    >>> Returns(rate="original").taken_back(paid=1000, returned_before=0, returned=1, of=3)
    -333
    >>> Returns(rate="original").taken_back(paid=1000, returned_before=1, returned=2, of=3)
    -667
"""

from datetime import date
from fractions import Fraction
from typing import Literal

import attrs

from .._fields import field
from ..errors import PolicyError
from ..money import divide
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
    """

    rate: Literal["original", "recompute"] = field(doc="at which rate pay is taken back")
    window: str = field(doc="how long after the sale pay can be taken back, such as 180 days", default="")
    mode: Literal["proportional", "full", "declining"] = field(doc="how much is taken back", default="proportional")
    months: int = field(doc="months over which a sale is earned, with mode = declining", default=0)

    def __attrs_post_init__(self) -> None:
        if (self.mode == "declining") != (self.months > 0):
            raise PolicyError("commission.declining", "mode = 'declining' and a number of months belong together", path="months")
        if self.rate == "recompute" and self.mode != "proportional":
            raise PolicyError("commission.recompute_mode", "rate = 'recompute' walks the tiers with the amount returned; mode {mode!r} needs rate = 'original'", path="mode", mode=self.mode)
        if self.window:
            delay(self.window)

    def within(self, sold: date, returned: date, calendar: Calendar) -> bool:
        """Whether a return on that day still takes pay back."""
        return not self.window or returned <= delay(self.window).on(sold, calendar)

    def unearned(self, sold: date, returned: date) -> Fraction:
        """The share of the pay that the time since the sale has not yet earned; 1 unless ``declining``."""
        if self.mode != "declining":
            return Fraction(1)
        return Fraction(max(self.months - completed_months(sold, returned), 0), self.months)

    def taken_back(self, *, paid: int, returned_before: int, returned: int, of: int, unearned: Fraction = Fraction(1)) -> int:
        """What a return takes back of ``paid``, negative: the running total to date less what earlier returns took.

        Args:
            paid: what the sale was paid, in minor units.
            returned_before: how much of it was returned earlier.
            returned: how much is returned now.
            of: how much was sold.
            unearned: the share of the pay still open to be taken back.
        """
        if self.mode == "full":
            return 0 if returned_before else -paid
        after = divide(paid * (returned_before + returned), of, "half_up") if of else paid
        before = divide(paid * returned_before, of, "half_up") if of else 0
        return -divide((after - before) * unearned.numerator, unearned.denominator, "half_up")


