"""Facts about people, as the steps ask for them: quotas and target incentives by interval, factors by settlement period.

The quota of an interval is the sum of the person's quotas that lie inside it, so monthly quotas make up the year's; one that sticks out of
the interval is refused, because it could only be guessed how much of it belongs there.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import lcm

import attrs

from ..errors import FactError
from ..money import Money
from ..periods import Period
from .facts import Factor, Incentive, Quota
from .steps.flow import Case

__all__ = ["FactBooks"]


@attrs.frozen
class _Goals:
    """Goals of people by interval, in counts of a measure or minor units."""

    what: str
    fields: tuple[str, ...]
    goals: dict[str, list[tuple[Period, int]]]

    def find(self, key: tuple[str, Period]) -> int:
        person, interval = key
        total, found = 0, False
        for period, goal in self.goals.get(person, ()):
            if interval.covers(period):
                total, found = total + goal, True
            elif interval.overlap(period) is not None:
                raise FactError(
                    "quota.straddles",
                    "the {what} for {period} lies only partly in {interval}; spread it over the parts of the calendar first",
                    path=f"{self.what} {person}",
                    what=self.what,
                    period=str(period),
                    interval=str(interval),
                )
        if not found:
            raise FactError("quota.missing", "no {what} for {person} in {interval}; pass one (0 is a quota too)", path=f"{self.what} {person}", what=self.what, person=person, interval=str(interval))
        return total


@attrs.frozen
class _Factors:
    """Factors of one name by person and settlement period."""

    name: str
    den: int
    values: dict[tuple[str, Period], int]
    fields: tuple[str, ...] = ("person", "period")

    def find(self, key: tuple[str, Period]) -> tuple[int, int]:
        if key not in self.values:
            person, period = key
            raise FactError("factor.missing", "no factor {name!r} for {person} in {period}; pass one", path=f"factor {self.name}", name=self.name, person=person, period=str(period))
        return self.values[key], self.den


class FactBooks:
    """All quotas, incentives and factors of one calculation."""

    def __init__(self, quotas: Iterable[Quota] = (), incentives: Iterable[Incentive] = (), factors: Iterable[Factor] = ()) -> None:
        self._quotas, self._incentives, self._factors = tuple(quotas), tuple(incentives), tuple(factors)
        self._made: dict[tuple[str, ...], _Goals | _Factors] = {}

    def quota(self, name: str, over: str, case: Case) -> _Goals:
        """Quotas of that name over that interval, in counts of the measure."""
        key = ("quota", name, over, case.measure)
        if key not in self._made:
            goals: dict[str, list[tuple[Period, int]]] = {}
            for quota in self._quotas:
                if quota.name == name:
                    goals.setdefault(quota.person, []).append((quota.period, _count(quota, case)))
            self._made[key] = _Goals("quota", ("person", over), goals)
        return self._made[key]  # type: ignore[return-value]

    def incentive(self, over: str, case: Case) -> _Goals:
        """Target incentives over that interval, in minor units."""
        key = ("incentive", over)
        if key not in self._made:
            goals: dict[str, list[tuple[Period, int]]] = {}
            for incentive in self._incentives:
                if incentive.amount.currency != case.currency:
                    raise FactError("quota.currency", "is in {given}, the plan pays {plan}; give it in the plan's currency", path=f"incentive {incentive.person}", given=incentive.amount.currency.code, plan=case.currency.code)
                goals.setdefault(incentive.person, []).append((incentive.period, incentive.amount.minor))
            self._made[key] = _Goals("incentive", ("person", over), goals)
        return self._made[key]  # type: ignore[return-value]

    def factor(self, name: str) -> _Factors:
        """Factors of that name, over one denominator."""
        key = ("factor", name)
        if key not in self._made:
            named = [factor for factor in self._factors if factor.name == name]
            den = lcm(*(factor.value.denominator for factor in named)) if named else 1
            self._made[key] = _Factors(name, den, {(factor.person, factor.period): int(factor.value * den) for factor in named})
        return self._made[key]  # type: ignore[return-value]


def _count(quota: Quota, case: Case) -> int:
    if isinstance(quota.amount, Money):
        if quota.amount.currency != case.currency:
            raise FactError("quota.currency", "is in {given}, the plan pays {plan}; give it in the plan's currency", path=f"quota {quota.person}", given=quota.amount.currency.code, plan=case.currency.code)
        return quota.amount.minor
    count = Fraction(quota.amount) * case.unit
    if count.denominator != 1:
        raise FactError("quota.precision", "the quota {amount} has more decimals than the plan counts; raise unit_digits", path=f"quota {quota.person}", amount=str(quota.amount))
    return int(count)
