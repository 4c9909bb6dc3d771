"""The check of one line, or of an order as a whole: which level it needs, written once over `salesrules.ops`.

Every amount is a whole number of the same small part of money, so that nothing is rounded: ``one`` is the amount of one major unit,
``quantity`` that for each unit sold, and ``list``, ``invoice``, ``net``, ``pocket``, ``cost``, ``last_price``, ``contract_price`` and
``guidance`` are what the whole line is worth by them. What is not known is 0 and binds nobody; a cost that a rule needs is asked for
before.

The answer is a rank on the ladder: -1 where nothing is asked, the number of levels where nobody may grant it.
"""

from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from ..ops import Ops
from ..scope import DIMENSIONS, Covered, Ranked
from ..source import Compiled, compiled
from .floors import Floor
from .limits import Limit
from .refusals import no_cost, no_limit

if TYPE_CHECKING:
    from .policy import PricePolicy

__all__ = ["UNKNOWN_AT_0", "Program"]

_MOST_REMEMBERED = 4096
UNKNOWN_AT_0 = frozenset({"last_price", "contract_price", "guidance"})
"""What is not known is 0, and binds nobody."""

_PATHS = {name: f"x.dimensions[{place}]" for place, name in enumerate(DIMENSIONS)}


@attrs.frozen(eq=False)
class _Best:
    """A book that says which of several rules is the most specific: its position, or that none covers a record."""

    ranked: Ranked[int]
    names: str
    needed: bool
    width: ClassVar[int] = 1

    @property
    def fields(self) -> tuple[str, ...]:
        """The dimensions that decide."""
        return self.ranked.dimensions

    def find(self, key: tuple[str, ...]) -> int:
        """The position of the rule."""
        values = dict(zip(self.fields, key, strict=True))
        entry = self.ranked.best(values)
        if entry is not None:
            return entry.value
        if not self.needed:
            return -1
        raise no_limit(self.names, values)


class _Remembered(dict[Any, Any]):
    """The latest answers; a service that meets ever new customers does not grow for ever."""

    def __setitem__(self, key: Any, answer: Any) -> None:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        super().__setitem__(key, answer)


@attrs.frozen(eq=False)
class Program:
    """The rules of a policy for lines, or for whole orders, made ready."""

    policy: "PricePolicy"
    per: str

    @cached_property
    def floors(self) -> tuple[tuple[int, Floor], ...]:
        """The floors that are checked, with their positions."""
        return tuple((at, floor) for at, floor in enumerate(self.policy.floors) if floor.per == self.per)

    @cached_property
    def limits(self) -> tuple[tuple[int, Limit], ...]:
        """The limits that are checked, with their positions."""
        return tuple((at, limit) for at, limit in enumerate(self.policy.limits) if limit.per == self.per)

    @cached_property
    def rules(self) -> tuple[Floor | Limit, ...]:
        """Everything that is checked."""
        return tuple(rule for _, rule in (*self.floors, *self.limits))

    @cached_property
    def needs_cost(self) -> str:
        """A rule that needs the cost; empty where none does."""
        users = [floor.id for _, floor in self.floors if floor.base == "cost"] + [limit.id for _, limit in self.limits if "cost" in limit.measured.reads]
        return users[0] if users else ""

    def check_cost(self, record: Any) -> None:
        """Refuse a record without a cost that a rule needs.

        Raises:
            FactError: ``pricing.no_cost``.
        """
        if record.cost is None and self.needs_cost:
            values = dict(zip(DIMENSIONS, record.dimensions, strict=True))
            limits = [self.policy.limits[entry.value] for kind, ranked in self.policy.ranked_limits if kind[2] == self.per and (entry := ranked.best(values))]
            floors = [floor for _, floor in self.floors if floor.base == "cost" and floor.scope.covers(values)]
            for rule in (*floors, *(limit for limit in limits if "cost" in limit.measured.reads)):
                raise no_cost(rule.id, "cost" if record.line is None else f"line {record.line.id}.cost")

    def rule(self, o: Ops, x: Any) -> Any:
        """The rank of the level that a record needs."""
        return o.let("needed", o.max(self._by_floors(o, x), self._by_limits(o, x)))

    def _by_limits(self, o: Ops, x: Any) -> Any:
        needed: Any = -1
        for kind, ranked in self.policy.ranked_limits:
            measure, stage, per, base = kind
            if per != self.per:
                continue
            book = _Best(ranked, measure, needed=True)
            index = o.find(measure, book, x) if book.fields else book.find(())
            for at, limit in self.limits:
                if (limit.measure, limit.at, limit.per, limit.of) != kind:
                    continue
                value, unit = limit.measured.ratio(o, x, getattr(x, base), getattr(x, stage))
                rank = limit.authority.rank(o, self.policy.ladder, value, unit, limit.measured.worse)
                needed = o.max(needed, o.let(limit.id, o.where(index == at, rank, -1), value, unit))
        return needed

    def _by_floors(self, o: Ops, x: Any) -> Any:
        needed: Any = -1
        amounts, binding = {}, {}
        for at, floor in self.floors:
            base = getattr(x, floor.base)
            binding[at] = self._binds(o, x, at, floor)
            amounts[at] = o.where(binding[at], base * int(floor.factor * self.dens[floor.at]), 0)
            if floor.base in UNKNOWN_AT_0:
                binding[at] = binding[at] & (base > 0)
        for at, floor in self.floors:
            price = getattr(x, floor.at) * self.dens[floor.at]
            breached = (price < amounts[at]) & binding[at]
            if self.policy.combine == "highest":
                for other, rival in self.floors:
                    if other != at and (rival.at, rival.below) == (floor.at, floor.below):
                        breached = breached & ((amounts[other] < amounts[at]) if other < at else (amounts[other] <= amounts[at]))
            o.let(floor.id, amounts[at], breached)
            needed = o.max(needed, o.where(breached, self.policy.rank_below(floor), -1))
        return needed

    def hard_floors(self, record: Any) -> list[tuple[str, int | Fraction]]:
        """The amounts that nobody may go below, each with its stage, whatever the price: what the list price and the cost make of the floors."""
        hard = [floor for _, floor in self.floors if floor.below == "nobody"]
        if not hard:
            return []
        self.check_cost(record)
        whole = record.whole()
        notes = self.traced.notes(self.traced.run(whole, (), (), self.answers)[1])
        one = Fraction(record.one, whole.one)
        return [(floor.at, notes[floor.id][0] * one / self.dens[floor.at]) for floor in hard if notes[floor.id][0]]

    def _binds(self, o: Ops, x: Any, at: int, floor: Floor) -> Any:
        """Whether a floor is for this record."""
        for kind, ranked in self.policy.ranked_floors:
            if kind == (floor.at, floor.per):
                return o.find(floor.at, _Best(ranked, "floors", needed=False), x) == at
        return o.find(floor.id, Covered(floor.scope), x) == 1 if floor.scope.dimensions else True

    @cached_property
    def dens(self) -> dict[str, int]:
        """What the noted amounts of floors are divided by, by stage."""
        return {floor.at: lcm(*(other.factor.denominator for _, other in self.floors if other.at == floor.at)) for _, floor in self.floors}

    @cached_property
    def traced(self) -> Compiled:
        """The rule, with notes."""
        return compiled(self.rule, trace=True, paths=_PATHS)

    @cached_property
    def plain(self) -> Compiled:
        """The rule, for the rank alone."""
        return compiled(self.rule, trace=False, paths=_PATHS)

    @cached_property
    def answers(self) -> tuple[dict[Any, Any], ...]:
        """What the books have said so far: the policy does not change, so neither do they."""
        return tuple(_Remembered() for _ in self.traced.books)
