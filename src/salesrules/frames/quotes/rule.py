"""The rules of a price policy for the lines of quotes, made ready for columns.

What several limits or floors say of the same figure is looked up by the scopes that tell them apart, and compared once; so a policy with
limits for a hundred categories costs a column no more than one with a single limit. Which rules were broken is asked of
`salesrules.pricing.program.Program` itself.

The rank is that of the level needed: -1 where nothing is asked, the number of levels where nobody may grant it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from math import lcm
from typing import Any, ClassVar, cast

import attrs

from ...ops import Book, Ops
from ...pricing import PricePolicy
from ...pricing.decision import Decision
from ...pricing.facts import Actor
from ...pricing.limits import Limit
from ...pricing.measures import MEASURES, Measure
from ...pricing.program import Program
from ...pricing.refusals import no_limit
from ...scope import DIMENSIONS, Ranked, Scope

__all__ = ["QuoteRule"]

_FINITE, _ALWAYS, _NEVER = range(3)
_Step = tuple[int, int]
"""Whether a level is always passed, never, or beyond a numerator."""


@attrs.frozen(eq=False)
class _Row:
    """Some integers that differ from rule to rule: those that do not are plain, the others are looked up."""

    columns: tuple[tuple[int, ...], ...]

    @cached_property
    def varying(self) -> tuple[tuple[int, ...], ...]:
        """The columns to look up."""
        return tuple(dict.fromkeys(column for column in self.columns if len(set(column)) > 1))

    def operands(self, told: tuple[Any, ...]) -> tuple[Any, ...]:
        """An operand for each column."""
        return tuple(told[self.varying.index(column)] if column in self.varying else column[0] for column in self.columns)

    def of(self, rule: int) -> tuple[int, ...]:
        """What is looked up for a rule; something, so that it is known which records have a rule at all."""
        return tuple(column[rule] for column in self.varying) or (0,)


class _Looked(ABC):
    """A book with the answers of one of several rules."""

    def __init__(self, fields: tuple[str, ...], row: _Row) -> None:
        self.fields, self.row = fields, row
        self.width = max(len(row.varying), 1)

    def told(self, o: Ops, name: str, x: Any) -> tuple[Any, ...]:
        """The operands for a record."""
        if not self.fields:
            return self.row.operands(self.row.of(0))
        found = o.find(name, self, x)
        return self.row.operands(found if self.width > 1 else (found,))

    def find(self, key: tuple[str, ...]) -> Any:
        """The answers for these values."""
        answers = self.row.of(self.chosen(dict(zip(self.fields, key, strict=True))))
        return answers if self.width > 1 else answers[0]

    @abstractmethod
    def chosen(self, values: Mapping[str, str]) -> int:
        """The rule that answers."""


class _Limits(_Looked):
    """All limits by one measure at one stage."""

    def __init__(self, policy: PricePolicy, kind: tuple[str, str, str, str], ranked: Ranked[int]) -> None:
        measure, self.stage, _, self.of = kind
        self.measured: Measure = MEASURES[measure]
        self.name, self._ranked = measure, ranked
        limits = [policy.limits[entry.value] for entry in ranked.entries]
        self.den = lcm(*(row.limit.denominator for limit in limits for row in limit.rows if row.limit is not None))
        levels = range(len(policy.levels))
        vectors: dict[tuple[_Step, ...], int] = {}
        for level in levels:
            vector = tuple(self._step(policy, limit, level) for limit in limits)
            vectors[vector] = vectors.get(vector, 0) + 1
        self.base = sum(weight for vector, weight in vectors.items() if {state for state, _ in vector} == {_ALWAYS})
        self.steps = [(vector, weight) for vector, weight in vectors.items() if {state for state, _ in vector} not in ({_ALWAYS}, {_NEVER})]
        exclusive = tuple(int(limit.edge == "exclusive") for limit in limits)
        columns = [tuple(cell[part] for cell in vector) for vector, _ in self.steps for part in (0, 1)]
        super().__init__(ranked.dimensions, _Row((exclusive, *columns)))

    def _step(self, policy: PricePolicy, limit: Limit, level: int) -> _Step:
        """What must be passed for more than a level."""
        reached = [row for row in limit.rows if policy.ladder.ranks[row.level] <= level]
        if not reached:
            return _ALWAYS, 0
        furthest = reached[-1].limit
        return (_NEVER, 0) if furthest is None else (_FINITE, int(furthest * self.den))

    def chosen(self, values: Mapping[str, str]) -> int:
        """The most specific limit."""
        entry = self._ranked.best(values)
        if entry is not None:
            return self._ranked.entries.index(entry)
        raise no_limit(self.name, values)

    def rank(self, o: Ops, x: Any) -> Any:
        """The rank of the level that a record needs: past the highest level that it is beyond; who is beyond a level is beyond those below it."""
        exclusive, *told = self.told(o, self.name, x)
        value, unit = self.measured.ratio(o, x, getattr(x, self.of), getattr(x, self.stage))
        more = self.measured.worse == "more"
        # Between integers, "at least" is "more than one less".
        scaled = value * self.den + exclusive if more else value * self.den - exclusive
        rank: Any = self.base
        reached = self.base
        for (vector, weight), state, num in zip(self.steps, told[::2], told[1::2], strict=True):
            beyond = scaled > unit * num if more else scaled < unit * num
            if any(kind != _FINITE for kind, _ in vector):
                beyond = (beyond & (state == _FINITE)) | (state == _ALWAYS)
            reached += weight
            rank = o.where(beyond, reached, rank)
        return rank


class _Floors(_Looked):
    """The floors at one stage that are shares of one amount and ask for one level: the one with the largest share decides, however floors combine."""

    def __init__(self, policy: PricePolicy, at: tuple[int, ...], den: int) -> None:
        self._policy, self._at = policy, at
        floors = [policy.floors[place] for place in at]
        self.base, self.stage, self.rank = floors[0].base, floors[0].at, policy.rank_below(floors[0])
        fields = _spoken([floor.scope for floor in floors]) if self._ranked is None else self._ranked.dimensions
        shares = [max(int(floor.factor * den), 0) for floor in floors]
        super().__init__(fields, _Row((tuple([*shares, 0] if fields else [max(shares)]),)))

    @cached_property
    def _ranked(self) -> Ranked[int] | None:
        return next((ranked for kind, ranked in self._policy.ranked_floors if kind == (self.stage, "line")), None)

    def chosen(self, values: Mapping[str, str]) -> int:
        """The floor that binds; past the last where none does."""
        if self._ranked is not None:
            entry = self._ranked.best(values)
            return self._at.index(entry.value) if entry is not None and entry.value in self._at else len(self._at)
        covering = [at for at, place in enumerate(self._at) if self._policy.floors[place].scope.covers(values)]
        return max(covering, key=lambda at: self._policy.floors[self._at[at]].factor, default=len(self._at))

    def amount(self, o: Ops, x: Any) -> Any:
        """What they demand of a record, times the denominator."""
        (share,) = self.told(o, self.base, x)
        return getattr(x, self.base) * share


def _spoken(scopes: list[Scope]) -> tuple[str, ...]:
    """The dimensions on which any of some scopes speaks."""
    return tuple(name for name in DIMENSIONS if any(name in scope.dimensions for scope in scopes))


class _NeedsCost:
    """A book that says 1 for the lines that a rule covers which needs their cost."""

    width: ClassVar[int] = 1

    def __init__(self, program: Program) -> None:
        self._program = program
        self._scopes = [floor.scope for _, floor in program.floors if floor.base == "cost"]
        if any("cost" in limit.measured.reads for _, limit in program.limits):  # of limits by one measure, one counts for every line
            self._scopes.append(Scope())
        self.fields = () if Scope() in self._scopes else _spoken(self._scopes)

    def find(self, key: tuple[str, ...]) -> int:
        """Whether the cost is needed."""
        values = dict(zip(self.fields, key, strict=True))
        return int(any(scope.covers(values) for scope in self._scopes))


class QuoteRule:
    """What a price policy asks of each line.

    Args:
        policy: the rules.
    """

    def __init__(self, policy: PricePolicy) -> None:
        self.policy, self.levels = policy, len(policy.levels)
        self.program = policy.of_lines
        floors = [(place, floor) for place, floor in self.program.floors]
        self.den = lcm(*(floor.factor.denominator for _, floor in floors))
        self.limits = [_Limits(policy, kind, ranked) for kind, ranked in policy.ranked_limits if kind[2] == "line"]
        groups: dict[tuple[Any, ...], list[int]] = {}
        for place, floor in floors:
            groups.setdefault((floor.base, floor.at, floor.below), []).append(place)
        self.floors = [_Floors(policy, tuple(places), self.den) for places in groups.values()]

    @cached_property
    def reads(self) -> frozenset[str]:
        """What it needs to know of a line."""
        return frozenset(self.program.plain.reads) - {"one", "book"} | {"list", "net"}

    @cached_property
    def by_money(self) -> bool:
        """Whether amounts of money decide, and not only what amounts are to each other: then the quantity counts.

        So it does where a limit may tell apart what nothing costs: a markup of more than 100%, a margin or a discount of -100%.
        """
        far = any(row.limit is not None and not -1 < row.limit <= 1 for _, limit in self.program.limits if limit.measured.is_rate for row in limit.rows)
        return far or "one" in self.program.plain.reads

    @cached_property
    def needs_cost(self) -> Book:
        """The book that says which lines must tell their cost."""
        return _NeedsCost(self.program)

    def asked(self, o: Ops, x: Any, rank: Any, asker: Any) -> Any:
        """The rank of the level needed by one who asks at a level: nobody grants his own concession where the policy says so."""
        if self.policy.own_range == "granted":
            return rank
        above = o.where(asker < self.levels - 1, asker + 1, -1)
        return o.max(rank, o.where(x.invoice < x.list, above, -1))

    def rank(self, o: Ops, x: Any, amounts: list[Any]) -> Any:
        """The rank of the level that a record needs; `amounts` are those of its floors."""
        needed: Any = -1
        for limits in self.limits:
            needed = o.max(needed, limits.rank(o, x))
        for floors, amount in sorted(zip(self.floors, amounts, strict=True), key=lambda one: one[0].rank):
            breached = getattr(x, floors.stage) * self.den < amount
            if floors.rank == self.levels:
                needed = o.where(breached, floors.rank, needed)
            elif floors.rank >= 0:
                needed = o.max(needed, o.where(breached, floors.rank, -1))
        return needed

    def amounts(self, o: Ops, x: Any) -> list[Any]:
        """What each group of floors demands, times `den`."""
        return [floors.amount(o, x) for floors in self.floors]

    def highest(self, o: Ops, amounts: list[Any]) -> Any:
        """The highest floor of a record, times `den`; 0 where none binds."""
        found: Any = 0
        for amount in amounts:
            found = o.max(found, amount)
        return found

    def broken(self, notes: Mapping[str, tuple[Any, ...]], rank: Any) -> dict[str, Any]:
        """Which rules stand against a record, of one who may go as far as a rank; ``notes`` are those of the program."""
        told: dict[str, Any] = {}
        for _, floor in self.program.floors:
            needed = self.policy.rank_below(floor)
            told[floor.id] = notes[floor.id][1] & ((rank < needed) | (needed < 0))
        return told | {limit.id: rank < notes[limit.id][0] for _, limit in self.program.limits}

    def named(self, field: str) -> tuple[str, ...]:
        """The names that its rules mention of a dimension, or its levels."""
        if field == "level":
            return tuple(self.policy.ladder.ranks)
        scopes = [rule.scope for rule in (*self.policy.floors, *self.policy.limits)]
        return tuple(dict.fromkeys(name for scope in scopes for name in getattr(scope, field)))

    @cached_property
    def answers(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """For each level that asks, the verdict and the level needed by rank, from -1 on."""
        told = []
        for level in self.policy.levels:
            actor, nothing = Actor(person="", level=level.id), cast("Any", None)
            decisions = [Decision(self.policy, nothing, actor, nothing, (), rank) for rank in range(-1, self.levels + 1)]
            told.append(tuple((str(decision.verdict), decision.level) for decision in decisions))
        return tuple(told)
