"""The terms of the benchmark's plan as plain numbers: the hand-written variants read them here, `plan` makes our plan of them.

The job: the rate of the category, times year-to-date tiers that cut a sale at their bounds, plus an accelerator above quota; half of it
where the margin is too low; rounded half-up per line; and a cap on the running pay of the month, one and a half times the person's
monthly target incentive. Credit notes have negative amounts and walk the tiers down.

Bounds, quotas and caps grow with the sales of a person, so that at every size as many people cross them.
"""

from itertools import pairwise
from typing import Any

import attrs

__all__ = ["ACCELERATOR", "CATEGORIES", "DEN", "GATE", "GATE_DEN", "MULTIPLES", "PERIODS", "RATES_PPM", "SALE_CAP", "SALE_DEN", "Size"]

CATEGORIES, PERIODS = 20, 12
RATES_PPM = tuple(10_000 + 2_625 * category for category in range(CATEGORIES))
"""The rate of each category in millionths: 1.0000% to 5.9875%."""
MULTIPLES = (100, 110, 125, 150, 175)
"""What each band pays, in percent of the category's rate."""
ACCELERATOR = 20
"""Percent of the category's rate that all sales above the quota pay on top."""
GATE, GATE_DEN = 1, 10
"""A margin below 10% of the amount halves the pay."""
DEN = 100 * 1_000_000 * 2
"""Percent times millionths times the halves of the gate: the pay of a line is a whole number of these."""
SALE_CAP, SALE_DEN = 2_500, 1_000_000 * 2
"""The most that a sale pays in the stateless job, in cents, and the denominator of that job."""

_STARTS = (0, 10_000_000, 20_000_000, 40_000_000, 70_000_000)
_LINES_EACH = 2_000
"""The lines per person for which the bounds were chosen."""


@attrs.frozen(kw_only=True)
class Size:
    """How many lines of how many people; people are numbered from 1.

    Args:
        rows: lines.
        people: people.
        flat: whether one cap holds for everybody; otherwise the cap follows the person's target incentive.
    """

    rows: int
    people: int
    flat: bool = False

    def cents(self, amount: Any) -> Any:
        """An amount, or an array of amounts, grown with the lines per person."""
        return amount * self.rows // (self.people * _LINES_EACH)

    @property
    def starts(self) -> tuple[int, ...]:
        """Where the bands start, in cents of the year to date."""
        return tuple(int(self.cents(start)) for start in _STARTS)

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        """Each bound above 0 with the percent points that are paid on top from there."""
        return tuple(zip(self.starts[1:], (after - before for before, after in pairwise(MULTIPLES)), strict=True))

    @property
    def everybody(self) -> range:
        """The numbers of all people."""
        return range(1, self.people + 1)

    def quota(self, person: Any) -> Any:
        """The quota of the year, in cents; of one person or an array of them, as everything below."""
        return self.cents(45_000_000 + person * 7_919 % 20_000 * 1_000)

    def incentive(self, person: Any) -> Any:
        """The target incentive of a month, in cents; even, so that one and a half times it is whole."""
        return self.cents(40_000 + person * 104_729 % 50_000) * 2

    def cap(self, person: Any) -> Any:
        """The most that a month pays, in cents."""
        return self.incentive(person - person + 1 if self.flat else person) // 2 * 3
