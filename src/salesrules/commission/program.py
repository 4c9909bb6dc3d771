"""A plan's components made ready to run: their steps named, their rule written out once (`salesrules.source`).

What a component reads of a line are the operands of `Credited`; what it reads about people is asked once for each person and settlement
period, and running totals are kept in one-element lists that all periods of their interval share.
"""

from collections import Counter
from functools import cached_property
from operator import attrgetter
from typing import Any

import attrs

from ..money import Currency, Rounding
from ..scope import DIMENSIONS, Covered
from ..source import Compiled, compiled
from .component import Component
from .steps.flow import Case
from .steps.measures import DEAL

__all__ = ["Part", "parts_of"]

_STEADY = frozenset({"person", "period", "quarter", "half_year", "year", "plan"})
_PATHS = {name: f"x.sale.{name}" for name in DIMENSIONS}


@attrs.frozen(eq=False)
class Part:
    """A component made ready.

    Args:
        component: the rule.
        names: a name for each step: under it running totals and notes are kept, whatever the version of the plan.
        case: currency, rounding and measure.
    """

    component: Component
    names: tuple[str, ...]
    case: Case

    def _rule(self, o: Any, x: Any) -> Any:
        return self.component.pay(o, x, self.names, self.case)

    @cached_property
    def traced(self) -> Compiled:
        """The rule, with notes for the working."""
        return compiled(self._rule, trace=True, steady=_STEADY, paths=_PATHS)

    @cached_property
    def plain(self) -> Compiled:
        """The rule, for the figures alone."""
        return compiled(self._rule, trace=False, steady=_STEADY, paths=_PATHS)

    @cached_property
    def covered(self) -> Covered:
        """Says of each sale whether the component pays it at all."""
        return Covered(self.component.scope)

    @cached_property
    def scope_key(self) -> Any:
        """Reads of a sale what the component's scope depends on; ``None`` where it covers everything."""
        dimensions = self.component.scope.dimensions
        return attrgetter(*dimensions) if dimensions else None

    def covers(self, sale: Any) -> bool:
        """Whether the component pays the sale at all."""
        return self.component.scope.covers({name: getattr(sale, name) for name in self.component.scope.dimensions})


def parts_of(components: tuple[Component, ...], currency: Currency, rounding: Rounding, unit_digits: int) -> tuple[Part, ...]:
    """The components of a plan, made ready."""
    counts = (("units", 10**unit_digits), ("deals", DEAL), ("new_customers", DEAL))
    return tuple(_part(component, currency, rounding, counts) for component in components)


def _part(component: Component, currency: Currency, rounding: Rounding, counts: tuple[tuple[str, int], ...]) -> Part:
    seen: Counter[str] = Counter()
    names = []
    for step in component.steps:
        seen[step.kind] += 1
        names.append(f"{component.id}.{step.kind}{seen[step.kind]}")
    retroactive = frozenset(names[at] for at in component.retroactive_positions)
    return Part(component, tuple(names), Case(currency=currency, rounding=rounding, measure=component.measure, units=counts, retroactive=retroactive))
