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


class FactBooks:
    """All quotas, incentives and factors of one calculation, which answer what the steps `Ask`."""

    def __init__(self, currency: Currency, quotas: Iterable[Quota] = (), incentives: Iterable[Incentive] = (), factors: Iterable[Factor] = ()) -> None:
        self._currency = currency
        self._quotas, self._incentives, self._factors = tuple(quotas), tuple(incentives), tuple(factors)
        self._goals: dict[Ask, dict[Period, dict[str, int]]] = {}
        self._sums: dict[tuple[Ask, Period], dict[str, int | Period]] = {}
        self._coefficients: dict[Ask, dict[tuple[str, Period], tuple[int, int]]] = {}

    def answer(self, ask: Ask, person: str, interval: Period) -> int | tuple[int, int]:
        """What the facts say of a person over an interval: minor units or counts; for a factor a numerator and a denominator.

        Raises:
            FactError: ``quota.missing``, ``quota.straddles``, ``quota.counted``, ``quota.currency``, ``quota.precision``, ``factor.missing``.
        """
        return self._factor(ask, person, interval) if ask.what == "factor" else self._goal(self.goals(ask, interval), ask, person, interval)

    def answers(self, ask: Ask, people: Iterable[str], interval: Period) -> list[tuple[int, ...]]:
        """What the facts say of several people, as `answer` says it of each; always as tuples."""
        if ask.what == "factor":
            return [self._factor(ask, person, interval) for person in people]
        goals = self.goals(ask, interval)
        return [(goal if type(goal := goals.get(person)) is int else self._goal(goals, ask, person, interval),) for person in people]

    def goals(self, ask: Ask, interval: Period) -> dict[str, int | Period]:
        """The goal of everybody who has one over an interval; in its place a period that lies only partly in it."""
        found = self._sums.get((ask, interval))
        if found is None:
            found = self._sums[ask, interval] = {}
            for period, goals in self._gathered(ask).items():
                if interval.covers(period):
                    for person, goal in goals.items():
                        before = found.get(person, 0)
                        found[person] = before + goal if isinstance(before, int) else before
                elif interval.overlap(period) is not None:
                    found.update(dict.fromkeys(goals, period))
        return found

    def _goal(self, goals: dict[str, int | Period], ask: Ask, person: str, interval: Period) -> int:
        goal = goals.get(person)
        if isinstance(goal, Period):
            raise FactError(
                "quota.straddles",
                "the {what} for {period} lies only partly in {interval}; spread it over the parts of the calendar first",
                path=f"{ask.what} {person}",
                what=ask.what,
                period=str(goal),
                interval=str(interval),
            )
        if goal is None:
            raise FactError(
                "quota.missing",
                "no {what} for {person} in {interval}; pass one (0 is a quota too)",
                path=f"{ask.what} {person}",
                what=ask.what,
                person=person,
                interval=str(interval),
            )
        return goal

    def _gathered(self, ask: Ask) -> dict[Period, dict[str, int]]:
        """The goals of each period, as counts; several of one person and period add up."""
        if ask not in self._goals:
            goals = self._goals[ask] = {}
            facts = [quota for quota in self._quotas if quota.name == ask.name] if ask.what == "quota" else self._incentives
            met: dict[int, dict[str, int]] = {}  # the same period object often stands in many facts: it is hashed once
            for fact in facts:
                people = met.get(id(fact.period))
                if people is None:
                    people = met[id(fact.period)] = goals.setdefault(fact.period, {})
                people[fact.person] = people.get(fact.person, 0) + self._count(fact, ask)
        return self._goals[ask]

    def _count(self, fact: Quota | Incentive, ask: Ask) -> int:
        amount = fact.amount
        if isinstance(amount, Money):
            if ask.counted:
                raise FactError(
                    "quota.counted", "is {amount}, where the plan counts; give the quota as a number", path=f"{ask.what} {fact.person}", amount=str(amount)
                )
            if amount.currency is not self._currency and amount.currency != self._currency:
                raise FactError(
                    "quota.currency",
                    "is in {given}, the plan pays {plan}; give it in the plan's currency",
                    path=f"{ask.what} {fact.person}",
                    given=amount.currency.code,
                    plan=self._currency.code,
                )
            return amount.minor
        count = amount * ask.unit
        if count.denominator != 1:
            raise FactError(
                "quota.precision", "{amount} has more decimals than the plan counts; raise unit_digits", path=f"{ask.what} {fact.person}", amount=str(amount)
            )
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
