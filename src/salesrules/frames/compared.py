"""What if: two plans on one table, and what the difference comes to for each person, with where it comes from.

>>> import polars
>>> from datetime import date
>>> from salesrules.commission import Component, Rate, RateEntry, Returns
>>> def paying(rate):
...     steps = (Rate(entries=(RateEntry(rate=rate),)),)
...     return Plan(id="simple", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="recompute"),
...                 components=(Component(id="base", measure="sales", steps=steps),))
>>> sales = polars.DataFrame({"id": ["S1", "S2"], "date": [date(2026, 3, 2), date(2026, 3, 9)], "person": ["chen", "li"], "amount": [120050, 80000]})
>>> done = compare(paying("3%"), paying("4%"), sales)
>>> [(one.person, str(one.difference)) for one in done.people]
[('chen', '12.00 CNY'), ('li', '8.00 CNY')]
>>> done.lines["pay_difference"].to_list()
[1200, 800]
"""

from functools import cached_property
from typing import Any

import attrs
import narwhals

from ..commission import Plan, Total
from ..money import Money
from ..periods import Period
from ..timeline import Timeline
from .apply import apply, frame_of
from .lookups import beside

__all__ = ["Cause", "Changed", "Compared", "compare"]


@attrs.frozen(kw_only=True)
class Cause:
    """What a component pays a person for a settlement period, under either plan."""

    person: str
    period: Period
    component: str
    before: Money
    after: Money

    @property
    def difference(self) -> Money:
        """What the second plan pays more."""
        return self.after - self.before


@attrs.frozen(kw_only=True)
class Changed:
    """What a person is paid under either plan, and where the difference comes from: components and periods, the largest difference first."""

    person: str
    before: Money
    after: Money
    causes: tuple[Cause, ...]

    @property
    def difference(self) -> Money:
        """What the second plan pays more."""
        return self.after - self.before


@attrs.frozen(kw_only=True, eq=False)
class Compared:
    """Two plans on one table.

    Args:
        lines: the user's own table with ``pay_before``, ``pay_after`` and ``pay_difference``, in minor units.
        totals: for each plan, its totals by person, settlement period and component.
    """

    lines: Any
    totals: tuple[tuple[Total, ...], tuple[Total, ...]] = attrs.field(repr=False)
    _zero: Money = attrs.field(repr=False, alias="zero")
    _person: str = attrs.field(repr=False, alias="person")

    @cached_property
    def people(self) -> tuple[Changed, ...]:
        """Everybody who is paid under either plan, the largest difference first."""
        sides = [{(total.person, total.period, total.component): total.pay for total in totals} for totals in self.totals]
        found: dict[str, list[Cause]] = {}
        for key in dict.fromkeys((*sides[0], *sides[1])):
            person, period, component = key
            before, after = (side.get(key, self._zero) for side in sides)
            found.setdefault(person, []).append(Cause(person=person, period=period, component=component, before=before, after=after))
        return tuple(sorted((self._changed(person, causes) for person, causes in found.items()), key=_largest))

    def _changed(self, person: str, causes: list[Cause]) -> Changed:
        before, after = (Money.total((getattr(cause, side) for cause in causes), self._zero.currency) for side in ("before", "after"))
        moved = sorted((cause for cause in causes if cause.difference.minor), key=lambda cause: (-abs(cause.difference.minor), cause.period, cause.component))
        return Changed(person=person, before=before, after=after, causes=tuple(moved))

    def rows(self, person: Any, most: int = 5) -> Any:
        """The rows of a person that differ most, as a table like the user's."""
        frame = narwhals.from_native(self.lines)
        size = narwhals.col("pay_difference").abs()
        mine = frame.filter((narwhals.col(self._person) == person) & (size > 0)).with_columns(size.alias("salesrules_size"))
        return mine.sort("salesrules_size", descending=True).head(most).drop("salesrules_size").to_native()


def _largest(one: Changed) -> tuple[int, str]:
    return -abs(one.difference.minor), one.person


def compare(plan: Plan | Timeline[Plan], other: Plan | Timeline[Plan], table: Any, **given: Any) -> Compared:
    """Apply two plans to one table.

    Args:
        plan: the plan as it stands.
        other: the plan as it might be.
        table: the sales, as `apply` takes them.
        given: what `apply` takes besides: columns, order, facts, opening, engine.
    """
    frame = frame_of(table)
    before = apply(plan, table, outputs={"pay": "pay_before"}, **given)
    joint = given.get("splits") is not None
    after = apply(other, table if joint else before.lines, outputs={"pay": "pay_after"}, **given)
    lines = _beside_each_other(frame, before.lines, after.lines) if joint else narwhals.from_native(after.lines)
    difference = (narwhals.col("pay_after") - narwhals.col("pay_before")).alias("pay_difference")
    money = after.job.versions[-1].money
    return Compared(
        lines=lines.with_columns(difference).to_native(),
        totals=(tuple(before.by_component()), tuple(after.by_component())),
        zero=Money.from_minor(0, money),
        person=after.job.columns["person"],
    )


def _beside_each_other(frame: Any, before: Any, after: Any) -> Any:
    """The lines under both plans, where joint sales gave both tables the same new rows."""
    one, other = (narwhals.from_native(lines) for lines in (before, after))
    if not isinstance(frame, narwhals.LazyFrame):
        return one.with_columns(other["pay_after"])
    return beside(frame, one.collect().with_columns(other.collect()["pay_after"]))
