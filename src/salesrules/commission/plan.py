"""The plan: what is paid, to whom, when, and what becomes of returns. A frozen value that is read from a document.

>>> from datetime import date
>>> from salesrules.commission.steps import Rate, RateEntry
>>> plan = Plan(id="simple", currency="CNY", effective_from=date(2026, 1, 1),
...             components=(Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)),),
...             returns=Returns(rate="original"))
>>> plan.in_force.on(date(2026, 5, 1)).id
'simple'
"""

from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, Literal

import attrs

from .._fields import field, listing, word
from ..errors import PolicyError, SalesRulesError
from ..money import HALF_UP, Currency, Money, Rounding, currency
from ..periods import CivilCalendar, RetailCalendar
from ..timeline import Entry, Timeline
from ..trace import Source
from .component import Component
from .conversion import Conversion
from .draws import Draw, Guarantee
from .earning import Holdback, Stage
from .program import Part, parts_of
from .returns import Returns
from .steps import FactorStep, Gate, StepRule

__all__ = ["Plan", "Pool"]


@attrs.frozen(kw_only=True)
class Pool:
    """How what a ``team`` component earned is divided among the members of the team at the end of a settlement period.

    Args:
        by: ``equal`` shares, the ``days`` each was in the team, or the ``sales`` each was credited with.
        roles: the roles that take part; all where none is named.
    """

    by: Literal["equal", "days", "sales"] = word(doc="what the shares follow")
    roles: tuple[str, ...] = listing(doc="roles that take part; none named: all", default=())


def _by_person(step: StepRule) -> bool:
    """Whether a step reads a factor of the person who is paid."""
    return bool((isinstance(step, FactorStep) and step.name) or (isinstance(step, Gate) and step.factor))


@attrs.frozen(kw_only=True)
class Plan:
    """A commission plan as it stands from one day to another.

    Args:
        id: the name of the plan in every trace.
        currency: ISO 4217 code in which everything is paid.
        effective_from: first day in force; asking before it raises `NotInForce`.
        effective_until: first day no longer in force.
        calendar: what a month, quarter and year are.
        settle: the settlement period: ``month``, ``quarter``, ``half_year`` or ``year``.
        rounding: mode, step, and whether each line or each period is rounded.
        unit_digits: decimals of quantities; a quantity with more is refused.
        components: what is paid.
        split: ``credit`` divides a sale among those credited before anything is computed; ``commission`` computes the sale as a whole and
            divides what it pays.
        house: accounts that are credited but paid nothing.
        returns: the clawback clause.
        earning: the stages in which commission is earned; all at the sale where none is given.
        conversion: how sales in other currencies are counted.
        negative: what becomes of a period whose earnings are below zero: ``deduct`` it from the pay, or ``carry`` it forward.
    """

    kind: ClassVar[str] = "commission"

    id: str = field(doc="name of the plan")
    title: str = field(doc="what the statement calls it", default="")
    version: str = field(doc="version of the document", default="")
    source: Source | None = field(doc="the policy it comes from", default=None)
    currency: str = field(doc="ISO 4217 code in which everything is paid")
    effective_from: date = field(doc="first day in force")
    effective_until: date | None = field(doc="first day no longer in force", default=None)
    calendar: CivilCalendar | RetailCalendar = field(doc="what a month, quarter and year are", default=CivilCalendar())
    settle: Literal["week", "month", "quarter", "half_year", "year"] = word(doc="settlement period", default="month")
    rounding: Rounding = field(doc="how pay is rounded", default=HALF_UP)
    unit_digits: int = field(doc="decimals of quantities", default=0)
    components: tuple[Component, ...] = field(doc="what is paid")
    split: Literal["credit", "commission"] = word(doc="what is divided among those credited with a sale", default="credit")
    house: tuple[str, ...] = listing(doc="accounts that are credited but paid nothing", default=())
    returns: Returns = field(doc="what is taken back for returns")
    earning: tuple[Stage, ...] = field(doc="stages in which commission is earned; all at the sale where none is given", default=())
    holdback: Holdback | None = field(doc="what is kept back", default=None)
    pool: Pool | None = field(doc="how team pools are divided", default=None)
    guarantee: Guarantee | None = field(doc="least pay of new people", default=None)
    draw: Draw | None = field(doc="advance on commission", default=None)
    negative: Literal["deduct", "carry"] = word(doc="what becomes of earnings below zero", default="deduct")
    conversion: Conversion = field(doc="how other currencies are counted", default=Conversion(at="refuse"))

    def __attrs_post_init__(self) -> None:
        try:
            _ = self.money
        except SalesRulesError as error:
            raise PolicyError(
                "commission.currency", "{currency!r} is no ISO 4217 currency: {reason}", path="currency", currency=self.currency, reason=error.message
            ) from None
        if not self.components:
            raise PolicyError("commission.no_components", "a plan needs at least one component", path="components")
        if self.effective_until is not None and self.effective_until <= self.effective_from:
            raise PolicyError(
                "commission.dates", "ends on {until}, not after {start}", path="effective_until", until=self.effective_until, start=self.effective_from
            )
        ids = [component.id for component in self.components]
        for index, name in enumerate(ids):
            if name in ids[:index]:
                raise PolicyError("commission.duplicate_component", "two components are called {name!r}; rename one", path=f"components[{index}].id", name=name)
        if not 0 <= self.unit_digits <= 9:
            raise PolicyError("commission.unit_digits", "unit_digits is {digits}; give 0 to 9", path="unit_digits", digits=self.unit_digits)
        if self.settle not in self.calendar.units:
            raise PolicyError(
                "commission.settle",
                "the calendar has no {settle}; settle by one of {known}",
                path="settle",
                settle=self.settle,
                known=", ".join(self.calendar.units),
            )
        for name, rounding in (("rounding", self.rounding), ("conversion.rounding", self.conversion.rounding)):
            try:
                rounding.apply(Fraction(0), self.money)
            except PolicyError as error:
                raise error.at(name) from None
        self._check_currency()
        self._check_shares()

    def _check_currency(self) -> None:
        amounts = [
            (f"components[{index}].steps[{at}].amount", getattr(step, "amount", None))
            for index, component in enumerate(self.components)
            for at, step in enumerate(component.steps)
        ]
        amounts += [("draw.amount", self.draw.amount)] if self.draw is not None else []
        amounts += [(f"guarantee.amounts[{index}]", amount) for index, amount in enumerate(self.guarantee.amounts)] if self.guarantee is not None else []
        for path, amount in amounts:
            if isinstance(amount, Money) and amount.currency != self.money:
                raise PolicyError(
                    "commission.mixed_currency",
                    "{amount} is not in the plan's currency {currency}; give it in that",
                    path=path,
                    amount=str(amount),
                    currency=self.money.code,
                )

    def _check_shares(self) -> None:
        if self.earning and sum((stage.share for stage in self.earning), Fraction(0)) != 1:
            raise PolicyError(
                "commission.stages",
                "the stages add up to {total} of the commission, not 1; correct the shares",
                path="earning",
                total=str(sum((stage.share for stage in self.earning), Fraction(0))),
            )
        if self.pool is None and any(component.credit == "team" for component in self.components):
            raise PolicyError("commission.pool", "a component credits the team, but no pool says how it is divided; add one", path="pool")
        if self.split == "commission":
            for index, component in enumerate(self.components):
                remembers = [step for step in component.steps if getattr(step, "over", "sale") != "sale" or step.kind == "target" or _by_person(step)]
                if remembers:
                    raise PolicyError(
                        "commission.split_tiers",
                        "the commission of a sale can only be divided where each sale stands alone; {kind} depends on the person or runs over a period",
                        path=f"components[{index}]",
                        kind=remembers[0].kind,
                    )

    @cached_property
    def money(self) -> Currency:
        """The currency."""
        return currency(self.currency)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The components made ready to run."""
        return parts_of(self.components, self.money, self.rounding, self.unit_digits)

    @cached_property
    def in_force(self) -> "Timeline[Plan]":
        """This plan alone, as a timeline."""
        return Timeline((Entry(self.effective_from, self, source=self.source),), ends=self.effective_until)
