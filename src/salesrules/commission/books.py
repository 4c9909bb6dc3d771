"""Facts about people, as the steps ask for them: quotas and target incentives by interval, factors by settlement period.

The quota of an interval is the sum of the person's quotas that lie inside it, so monthly quotas make up the year's; one that sticks out of
the interval is refused, because it could only be guessed how much of it belongs there.
"""

from collections.abc import Iterable

from ..errors import FactError
from ..money import Currency, Money
from ..periods import Period
from .facts import Factor, Incentive, Quota
from .steps.flow import Ask

__all__ = ["FactBooks"]

Goals = dict[str, list[tuple[Period, int]]]


class FactBooks:
    """All quotas, incentives and factors of one calculation, which answer what the steps `Ask`."""

    def __init__(self, currency: Currency, quotas: Iterable[Quota] = (), incentives: Iterable[Incentive] = (), factors: Iterable[Factor] = ()) -> None:
        self._currency = currency
        self._quotas, self._incentives, self._factors = tuple(quotas), tuple(incentives), tuple(factors)
        self._goals: dict[Ask, Goals] = {}
        self._coefficients: dict[Ask, dict[tuple[str, Period], tuple[int, int]]] = {}

    def answer(self, ask: Ask, person: str, interval: Period) -> int | tuple[int, int]:
        """What the facts say of a person over an interval: minor units or counts; for a factor a numerator and a denominator.

        Raises:
            FactError: ``quota.missing``, ``quota.straddles``, ``quota.counted``, ``quota.currency``, ``quota.precision``, ``factor.missing``.
        """
        return self._factor(ask, person, interval) if ask.what == "factor" else self._goal(ask, person, interval)

    def _goal(self, ask: Ask, person: str, interval: Period) -> int:
        if ask not in self._goals:
            self._goals[ask] = self._gather(ask)
        total, found = 0, False
        for period, goal in self._goals[ask].get(person, ()):
            if interval.covers(period):
                total, found = total + goal, True
            elif interval.overlap(period) is not None:
                raise FactError(
                    "quota.straddles",
                    "the {what} for {period} lies only partly in {interval}; spread it over the parts of the calendar first",
                    path=f"{ask.what} {person}",
                    what=ask.what,
                    period=str(period),
                    interval=str(interval),
                )
        if not found:
            raise FactError(
                "quota.missing",
                "no {what} for {person} in {interval}; pass one (0 is a quota too)",
                path=f"{ask.what} {person}",
                what=ask.what,
                person=person,
                interval=str(interval),
            )
        return total

    def _gather(self, ask: Ask) -> Goals:
        goals: Goals = {}
        facts = [quota for quota in self._quotas if quota.name == ask.name] if ask.what == "quota" else self._incentives
        for fact in facts:
            goals.setdefault(fact.person, []).append((fact.period, self._count(fact, ask)))
        return goals

    def _count(self, fact: Quota | Incentive, ask: Ask) -> int:
        path = f"{ask.what} {fact.person}"
        if isinstance(fact.amount, Money):
            if ask.counted:
                raise FactError("quota.counted", "is {amount}, where the plan counts; give the quota as a number", path=path, amount=str(fact.amount))
            if fact.amount.currency != self._currency:
                raise FactError(
                    "quota.currency",
                    "is in {given}, the plan pays {plan}; give it in the plan's currency",
                    path=path,
                    given=fact.amount.currency.code,
                    plan=self._currency.code,
                )
            return fact.amount.minor
        count = fact.amount * ask.unit
        if count.denominator != 1:
            raise FactError("quota.precision", "{amount} has more decimals than the plan counts; raise unit_digits", path=path, amount=str(fact.amount))
        return int(count)

    def _factor(self, ask: Ask, person: str, interval: Period) -> tuple[int, int]:
        if ask not in self._coefficients:
            self._coefficients[ask] = {(factor.person, factor.period): factor.value.as_integer_ratio() for factor in self._factors if factor.name == ask.name}
        answer = self._coefficients[ask].get((person, interval))
        if answer is None:
            raise FactError(
                "factor.missing",
                "no factor {name!r} for {person} in {period}; pass one",
                path=f"factor {ask.name}",
                name=ask.name,
                person=person,
                period=str(interval),
            )
        return answer
