"""What the steps of a component hand on from one to the next, and what they need to be explained.

A line flows through the steps as four operands::

    value = weight * factor / (scale * den)

``counted`` is the measure that moves the tiers; ``weight / scale`` starts as the measure and is what tiers cut and weigh; ``factor /
den`` gathers rates and coefficients. Nothing is rounded until a step needs money (a cap, a floor, a bonus) or the line is done;
``settled`` says that the value is such money already, which nothing rounds again.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Protocol

import attrs

from ...errors import FactError
from ...money import Currency, Exact, Money, Rounding
from ...ops import Ops, Record
from ...trace import Step

__all__ = ["Ask", "Case", "Flow", "Line", "Rule", "amount", "product", "settle", "unrounded"]


class Flow(NamedTuple):
    """A line on its way through the steps."""

    counted: Any
    weight: Any
    scale: int
    factor: Any
    den: Any
    settled: bool = False


class Line(Record, Protocol):
    """The operands of one credited line. Amounts are minor units of the plan's currency, units are counted in the plan's precision."""

    measure: Any
    amount: Any
    margin: Any
    list_amount: Any
    instalment: Any
    units: Any
    sign: Any
    commission: Any
    remainder: Any
    new_customers: Any
    deals: Any


class Rule(Protocol):
    """What every step is."""

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: "Case") -> Flow:
        """Change the line."""

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: "Case") -> list[Step]:
        """The factors of the product after this step, from those before it and from what `apply` noted."""


@attrs.frozen(kw_only=True)
class Ask:
    """What a step asks of the facts about a person: a book whose answers come with the calculation.

    Args:
        what: ``quota``, ``incentive`` or ``factor``.
        name: which quota or factor.
        over: the interval.
        unit: how many counts make one of what the answer is measured in.
        counted: whether the answer is a number, and no money.
    """

    what: Literal["quota", "incentive", "factor"]
    name: str
    over: str
    unit: int
    counted: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The person and the interval."""
        return ("person", self.over)

    @property
    def width(self) -> int:
        """A factor is a numerator and a denominator."""
        return 2 if self.what == "factor" else 1

    def find(self, key: tuple[Any, ...]) -> Any:
        """Never known here: a carrier must be given the facts."""
        raise FactError("commission.no_facts", "the {what} of {person} was asked for without facts", what=self.what, person=key[0])


@attrs.frozen(kw_only=True)
class Case:
    """The setting of a component: its currency, rounding and measure.

    Args:
        unit: how many counts of the measure make one: 100 for money of two decimals.
        units: the same for every counted measure, by name.
        retroactive: the steps that must weigh what earlier steps made of each sale, not the bare measure.
    """

    currency: Currency
    rounding: Rounding
    measure: str
    units: tuple[tuple[str, int], ...]
    retroactive: frozenset[str]
    unit: int = attrs.field(init=False)
    money_unit: int = attrs.field(init=False)
    step: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        set_once = object.__setattr__
        set_once(self, "money_unit", 10**self.currency.digits)
        set_once(self, "unit", self.unit_of(self.measure))
        set_once(self, "step", 1 if self.rounding.step is None else int(self.rounding.step * self.money_unit))

    def unit_of(self, measure: str) -> int:
        """How many counts of a measure make one."""
        return dict(self.units).get(measure, self.money_unit)

    def money(self, minor: int) -> Money:
        """An amount of the plan's currency."""
        return Money.from_minor(minor, self.currency)

    def exact(self, minor: Fraction | int) -> Exact:
        """An unrounded amount of the plan's currency."""
        return Exact.from_minor(minor, self.currency)

    def quota(self, name: str, over: str, measure: str = "") -> Ask:
        """The quota of a person over an interval, in counts of a measure; of this component's where none is named."""
        told = measure or self.measure
        return Ask(what="quota", name=name, over=over, unit=self.unit_of(told), counted=told in dict(self.units))

    def incentive(self, over: str) -> Ask:
        """The target incentive of a person over an interval, in minor units."""
        return Ask(what="incentive", name="", over=over, unit=self.money_unit)

    def factor(self, name: str) -> Ask:
        """The factor of a person in a settlement period."""
        return Ask(what="factor", name=name, over="period", unit=1)

    def counter(self, measure: str) -> Callable[[Fraction | int], Money | Exact | Fraction]:
        """How a count of a measure is shown to a reader: as money, or as a number."""
        counts = dict(self.units)
        if measure in counts:
            return lambda count: Fraction(count) / counts[measure]
        return lambda count: self.money(int(count)) if count == int(count) else self.exact(count)

    def counted(self, count: Fraction | int) -> Money | Exact | Fraction:
        """A count of this component's measure as a reader knows it."""
        return self.counter(self.measure)(count)


def settle(o: Ops, flow: Flow, case: Case) -> Any:
    """The flow in whole minor units, rounded as the plan says; a step that made money, such as a cap, has the last word."""
    if flow.settled:
        return flow.weight
    step = case.step
    units = o.muldiv(flow.weight, flow.factor, flow.scale * flow.den * step, case.rounding.mode)
    return units * step


def amount(value: Any, counted: Any) -> Flow:
    """A flow that carries money already rounded."""
    return Flow(counted, value, 1, 1, 1, settled=True)


def product(so_far: list[Step], case: Case) -> Step:
    """The rounded product of the factors: the money a step or the line ends with."""
    if len(so_far) == 1 and isinstance(so_far[0].value, Money):
        return so_far[0]
    whole = unrounded(so_far, case)
    return Step(
        "commission.rounded", case.rounding.apply(whole.value.value, case.currency), formula="rounded", params=(("rounding", case.rounding),), children=(whole,)
    )


def unrounded(so_far: list[Step], case: Case) -> Step:
    """The product of the factors, as money and exact."""
    factors = sorted(so_far, key=lambda step: not isinstance(step.value, Money | Exact))
    if not isinstance(factors[0].value, Money | Exact):
        factors = [Step("commission.one", Exact(1, case.currency)), *factors]
    value = factors[0].value
    for factor in factors[1:]:
        value = value * factor.value
    return Step("commission.product", value, formula="product", children=tuple(factors)) if len(factors) > 1 else factors[0]
