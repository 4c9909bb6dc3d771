"""Quotas: spread over the parts of a year, ramped for new people, prorated for those who were there for part of the time.

Each function takes a quota and gives quotas, so they are combined as the policy says; amounts are divided exactly, and what is spread
adds up to what there was.

    >>> from salesrules.periods import CivilCalendar
    >>> year = Quota(person="li", period=CivilCalendar().year(2019), amount=Money("100000", "USD"))
    >>> [str(part.amount) for part in spread(year, CivilCalendar(), "quarter", ("20%", "20%", "20%", "40%"))]
    ['20000.00 USD', '20000.00 USD', '20000.00 USD', '40000.00 USD']

Checked with: ``quickbase-proration-001`` in `tests/golden/commission/*.toml`.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import attrs

from ..allocation import allocate
from ..errors import FactError, PolicyError
from ..money import HALF_UP, Money, Rounding, ratio
from ..periods import Calendar, WorkingCalendar, proration
from .facts import Quota
from .roster import Roster

__all__ = ["prorate", "ramp", "spread"]


def spread(quota: Quota, calendar: Calendar, unit: str, weights: Sequence[Any] = ()) -> tuple[Quota, ...]:
    """Divide a quota over the months, quarters or half-years of its period, in equal parts or by weights; the parts add up exactly.

    Args:
        quota: the quota of the whole period.
        calendar: that of the plan.
        unit: what it is divided into, such as ``month``.
        weights: one for each part, of any sum; equal parts where none is given.

    Raises:
        FactError: ``quota.weights`` where there are not as many weights as parts.
    """
    parts = calendar.periods(quota.period, unit)
    shares = [ratio(weight) for weight in weights] or [Fraction(1)] * len(parts)
    if len(shares) != len(parts):
        raise FactError(
            "quota.weights",
            "{given} weights for {parts} parts; give one for each {unit}",
            path=f"quota {quota.person}",
            given=len(shares),
            parts=len(parts),
            unit=unit,
        )
    keys = [f"{number:03}" for number in range(len(parts))]
    weighed = dict(zip(keys, shares, strict=True))
    if isinstance(quota.amount, Money):
        split = allocate(quota.amount, weighed)
        amounts: list[Money | Fraction] = [split[key] for key in keys]
    else:
        total = sum(shares)
        amounts = [quota.amount * share / total for share in shares]
    return tuple(attrs.evolve(quota, period=part, amount=amount) for part, amount in zip(parts, amounts, strict=True))


def _scaled(quota: Quota, share: Fraction, rounding: Rounding) -> Quota:
    amount = (quota.amount * share).round(rounding) if isinstance(quota.amount, Money) else quota.amount * share
    return attrs.evolve(quota, amount=amount)


def ramp(quotas: Iterable[Quota], shares: Sequence[Any], *, rounding: Rounding = HALF_UP) -> tuple[Quota, ...]:
    """Reduce a new person's first quotas: the first to the first share, the second to the second, and so on; later ones stay whole.

    Raises:
        PolicyError: ``quota.ramp`` for a share below 0.

    >>> from salesrules.periods import CivilCalendar
    >>> months = CivilCalendar().periods(CivilCalendar().parse("2026-Q1"), "month")
    >>> quotas = [Quota(person="li", period=month, amount=Money("100", "USD")) for month in months]
    >>> [str(quota.amount) for quota in ramp(quotas, ("50%", "75%"))]
    ['50.00 USD', '75.00 USD', '100.00 USD']
    """
    factors = [ratio(share) for share in shares]
    if any(factor < 0 for factor in factors):
        raise PolicyError("quota.ramp", "a ramp share lies below 0; give shares from 0 up", path="shares")
    ordered = sorted(quotas, key=lambda quota: quota.period.start)
    return tuple(_scaled(quota, factors[index], rounding) if index < len(factors) else quota for index, quota in enumerate(ordered))


def prorate(
    quotas: Iterable[Quota], roster: Roster, *, day_count: str, working: WorkingCalendar | None = None, rounding: Rounding = HALF_UP
) -> tuple[Quota, ...]:
    """Reduce each quota to the part of its period in which the person is in a post; those of people never there are left out.

    Args:
        quotas: whole quotas.
        roster: who was where, and when.
        day_count: the convention, named: see `salesrules.periods.DAY_COUNTS`.
        working: the working calendar, for ``working_days``.
        rounding: of the amount.

    >>> from datetime import date
    >>> from salesrules.commission import Member
    >>> from salesrules.periods import CivilCalendar
    >>> june = Quota(person="li", period=CivilCalendar().parse("2026-06"), amount=Money("300", "USD"))
    >>> [str(quota.amount) for quota in prorate([june], Roster((Member(person="li", start=date(2026, 6, 11)),)), day_count="actual")]
    ['200.00 USD']
    """
    kept = []
    for quota in quotas:
        there = (stay.during(quota.period) for stay in roster.stays(quota.person))
        share = sum((proration(part, quota.period, day_count, working) for part in there if part is not None), Fraction(0))
        if share:
            kept.append(_scaled(quota, min(share, Fraction(1)), rounding))
    return tuple(kept)
