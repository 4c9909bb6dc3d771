"""The benchmark's plans as values, and the facts that go with them."""

from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from salesrules.bands import Marginal, RateBand
from salesrules.commission import Cap, Component, Gate, Incentive, Plan, Quota, Rate, RateEntry, Returns, Tiers
from salesrules.money import Money
from salesrules.periods import CivilCalendar
from salesrules.scope import Scope

from .terms import ACCELERATOR, GATE, GATE_DEN, MULTIPLES, RATES_PPM, SALE_CAP, Size

__all__ = ["CURRENCY", "END", "Job", "job", "stateless"]

CURRENCY = "CNY"
END = date(2025, 12, 31)
_CALENDAR = CivilCalendar()


@attrs.frozen(kw_only=True)
class Job:
    """A plan with the facts about people that it asks for."""

    plan: Plan
    quotas: tuple[Quota, ...] = ()
    incentives: tuple[Incentive, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """The facts as the verbs take them."""
        return {"quotas": self.quotas, "incentives": self.incentives}


def _cny(cents: int) -> Money:
    return Money.from_minor(cents, CURRENCY)


def _steps() -> tuple[Gate, Rate]:
    gate = Gate(on="margin_rate", at_least=Fraction(GATE, GATE_DEN), otherwise=Fraction(1, 2), counts=True)
    entries = tuple(RateEntry(scope=Scope(category=(str(code),)), rate=Fraction(ppm, 1_000_000)) for code, ppm in enumerate(RATES_PPM))
    return gate, Rate(entries=entries)


def _plan(*steps: Any) -> Plan:
    component = Component(id="sales", measure="sales", steps=steps)
    return Plan(id="bench", currency=CURRENCY, effective_from=date(2025, 1, 1), returns=Returns(rate="recompute"), components=(component,))


def job(size: Size) -> Job:
    """The commission job.

    A flat cap is for large numbers of people: a million of them with twelve incentives each are more facts than lines.
    """
    gate, rate = _steps()
    bands = tuple(RateBand(start=Fraction(start, 100), factor=Fraction(percent, 100)) for start, percent in zip(size.starts, MULTIPLES, strict=True))
    above = (RateBand(start=Fraction(0), factor=Fraction(0)), RateBand(start=Fraction(1), factor=Fraction(ACCELERATOR, 100)))
    accelerator = Tiers(table=Marginal(bands=above), over="year", on="attainment", add=True)
    cap = Cap(amount=_cny(size.cap(1)), over="period") if size.flat else Cap(of_target=Fraction(3, 2), over="period")
    year = _CALENDAR.year(2025)
    months = () if size.flat else _CALENDAR.periods(year, "month")
    return Job(
        plan=_plan(gate, Tiers(table=Marginal(bands=bands), over="year"), accelerator, rate, cap),
        quotas=tuple(Quota(person=str(person), period=year, amount=_cny(size.quota(person))) for person in size.everybody),
        incentives=tuple(Incentive(person=str(person), period=month, amount=_cny(size.incentive(person))) for person in size.everybody for month in months),
    )


def stateless() -> Job:
    """The job without memory: the rate of the category, the margin gate, one rounding, a cap per sale."""
    return Job(plan=_plan(*_steps(), Cap(amount=_cny(SALE_CAP), over="sale")))
