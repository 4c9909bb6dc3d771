"""The ledger of a settlement: a page for each open settlement period, with what is booked in it, sale by sale or added up.

`salesrules.commission.booking` writes it from the lines of a run, `salesrules.commission.settle` from totals; statements are made from it
alike.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property

import attrs

from ..errors import FactError
from ..periods import Period
from ..timeline import Timeline
from .lines import Line
from .plan import Plan
from .roster import Member, Roster
from .state import State
from .statement import Adjustment, Entry
from .totals import Total

__all__ = ["Ledger", "Page", "entitled", "open_periods"]


@attrs.frozen(eq=False)
class Page:
    """What belongs to one settlement period, by person; what a team is credited with is under its account."""

    period: Period
    lines: defaultdict[str, list[Line]] = attrs.Factory(lambda: defaultdict(list))
    totals: defaultdict[str, list[Total]] = attrs.Factory(lambda: defaultdict(list))
    entries: defaultdict[str, list[Entry]] = attrs.Factory(lambda: defaultdict(list))
    adjustments: defaultdict[str, list[Adjustment]] = attrs.Factory(lambda: defaultdict(list))

    @property
    def people(self) -> set[str]:
        """Everybody for whom anything is booked."""
        return {*self.lines, *self.totals, *self.entries, *self.adjustments}


@attrs.frozen(kw_only=True, eq=False)
class Ledger:
    """What is to be settled.

    Args:
        plans: the versions of the plan.
        on: the day as of which is settled.
        roster: who works for whom.
        opening: what was settled before.
        pages: the open settlement periods, one after another.
    """

    plans: Timeline[Plan]
    on: date
    roster: Roster
    opening: State
    pages: tuple[Page, ...]

    @cached_property
    def _starts(self) -> list[date]:
        return [page.period.start for page in self.pages]

    def page(self, day: date) -> Page:
        """The page of a day; what is older than the first page is booked on the first."""
        return self.pages[max(bisect_right(self._starts, day) - 1, 0)]

    @cached_property
    def _places(self) -> dict[date, int]:
        return {}

    def number(self, start: date, page: Page) -> int:
        """The number of a page's period, counted from the period that holds ``start`` as 1."""
        if start not in self._places:
            plan, first = self.plans.on(self.on), self._starts[0]
            earlier = len(plan.calendar.periods(Period(start, first), plan.settle)) if start < first else 0
            self._places[start] = bisect_right(self._starts, start) - 1 if not earlier else -earlier
        return max(bisect_right(self._starts, page.period.start) - self._places[start], 1)

    def check_open(self, lines: int) -> None:
        """A period cannot be settled from a part of its lines.

        Raises:
            FactError: ``commission.open_period`` where fewer lines were passed than the unfinished period had when it was left.
        """
        if self.opening.open_lines > lines:
            raise FactError(
                "commission.open_period",
                "the state ends on {through}, in the middle of a period with {lines} lines; pass them as history, or settle at the end of a period",
                path="opening",
                through=self.opening.through,
                lines=self.opening.open_lines,
            )


def entitled(plans: Timeline[Plan], roster: Roster) -> Iterator[Member]:
    """The stays of people who may be paid without having sold anything: in a post that draws or is guaranteed a pay."""
    rules = [rule for entry in plans.entries for rule in (entry.value.draw, entry.value.guarantee) if rule is not None]
    return (stay for stay in roster.members if any(stay.is_in(rule.roles) for rule in rules))


def open_periods(plans: Timeline[Plan], on: date, opening: State, days: Iterable[date]) -> tuple[Period, ...]:
    """The open settlement periods, up to that of ``on``: those after what was settled or, where nothing was, from the first of the days."""
    plan, through = plans.on(on), opening.through
    start = min([on, *days])
    if through is not None:
        settled = plan.calendar.containing(through, plan.settle)
        start = min(max(settled.end if through == settled.last else settled.start, plans.entries[0].start), on)
    return plan.calendar.periods(Period.between(start, on), plan.settle)
