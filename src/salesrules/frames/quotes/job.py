"""One check of a table of quotes: the policy with its versions, which column is what, and how a line becomes operands of the rules."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

import attrs

from ...errors import FactError
from ...pricing import PricePolicy
from ...timeline import Timeline
from .columns import AMOUNTS, COUNTS, DAYS, PRICES, named_columns, needed_fields
from .rule import QuoteRule

__all__ = ["OUTPUTS", "QuoteJob"]

OUTPUTS = ("verdict", "level", "rank", "floor", "shortfall", "list_value")
"""What may be asked for: the verdict, the level needed and its place on the ladder (-1 where none is, the number of levels where nobody may); the
highest floor of the whole line in minor units, rounded up, and what the price lacks of it; the line at list prices, rounded half-up.
``rule.ID`` says whether one rule stands against the line."""
RULE_OF = "rule."
_MONEY = ("floor", "shortfall", "list_value")
_BASIS_POINTS, _DECIMALS = 4, 6


@attrs.frozen(kw_only=True, eq=False)
class QuoteJob:
    """What is checked, and from which columns.

    Args:
        policies: the versions of the policy.
        columns: the columns by field.
        needed: the fields that the rules read.
        asks: whether it counts who asks.
        level: the level at which all lines are asked; empty where a column tells it.
        on: the day whose rules hold for all lines; ``None`` where a column tells it.
        names: what the columns asked for are called, by output.
        quantity_digits: how many decimals of a quantity an integer of its column counts.
        price_digits: how many decimals more than the currency an integer of a column of unit prices counts.
        discount_digits: how many decimals of a share an integer of the column of discounts counts.
        available: the columns of the table.
    """

    policies: Timeline[PricePolicy]
    columns: dict[str, str]
    needed: frozenset[str]
    asks: bool
    level: str
    on: date | None
    names: dict[str, str]
    quantity_digits: int
    price_digits: int
    discount_digits: int
    available: tuple[str, ...]

    @classmethod
    def of(
        cls,
        policy: PricePolicy | Timeline[PricePolicy],
        schema: Mapping[str, Any],
        given: Mapping[str, str | None],
        *,
        level: str | None,
        on: date | None,
        names: Mapping[str, str],
        quantity_digits: int,
        price_digits: int,
    ) -> "QuoteJob":
        """A check whose columns are found, and whose rules have a meaning in columns."""
        available = tuple(schema)
        policies = policy.in_force if isinstance(policy, PricePolicy) else policy
        versions = [entry.value for entry in policies.entries]
        _check_parts(versions)
        _check_names(versions, names, available)
        rules = [QuoteRule(version) for version in versions]
        by_money = any(rule.by_money for rule in rules) or any(name in _MONEY for name in names)
        reads = frozenset[str]().union(*(rule.reads for rule in rules))
        needed = needed_fields(reads, given, available, by_money=by_money)
        asks = any(name in {"verdict", "level"} or name.startswith(RULE_OF) for name in names)
        asks = asks or any(version.own_range == "asks_above" for version in versions)
        asked = ("level",) if asks and level is None else ()
        dated = (_day(versions),) if on is None else ()
        implied = ("id", "quantity", "free", *(("original",) if on is None else ()))
        columns = named_columns(given, available=available, needed=(*dated, *needed, *asked), implied=implied)
        if level is not None:
            columns.pop("level", None)
            for version in versions:
                version.ladder.rank(level)
        return cls(
            policies=policies,
            columns=columns,
            needed=frozenset(needed),
            asks=asks,
            level=level or "",
            on=on,
            names=dict(names),
            quantity_digits=quantity_digits,
            price_digits=price_digits,
            discount_digits=_BASIS_POINTS if "discount" not in columns or schema[columns["discount"]].is_integer() else _DECIMALS,
            available=available,
        )

    @cached_property
    def versions(self) -> list[PricePolicy]:
        """The versions of the policy."""
        return [entry.value for entry in self.policies.entries]

    def version(self, day: date) -> int:
        """The version in force on a day, by number.

        Raises:
            NotInForce: ``timeline.before``, ``timeline.after``.
        """
        entry = self.policies.entry_on(day)
        entry.value.in_force.on(day)
        return self.policies.entries.index(entry)

    @cached_property
    def gaps(self) -> list[tuple[date, date]]:
        """The days of versions that are not in force themselves: the first of each run, and the day after its last."""
        entries = self.policies.entries
        ends = [*(entry.start for entry in entries[1:]), self.policies.ends or date.max]
        runs = [
            run
            for entry, end in zip(entries, ends, strict=True)
            for run in ((entry.start, entry.value.effective_from), (entry.value.effective_until or end, end))
        ]
        return [(start, end) for start, end in runs if start < end]

    @cached_property
    def rules(self) -> list[QuoteRule]:
        """What each version asks of a line."""
        return [QuoteRule(version) for version in self.versions]

    @cached_property
    def day(self) -> str:
        """The field of the day whose rules hold."""
        return DAYS[self.versions[0].price_date]

    @cached_property
    def broken(self) -> tuple[str, ...]:
        """The rules that are told apart."""
        return tuple(name.removeprefix(RULE_OF) for name in self.names if name.startswith(RULE_OF))

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The fields of numbers that are read."""
        return tuple(name for name in (*COUNTS, *PRICES, *AMOUNTS, "discount") if name in self.columns and (name in self.needed or name in COUNTS))

    @cached_property
    def cancels(self) -> bool:
        """Whether the quantity multiplies every amount and nothing asks for money, so that the rules need not multiply by it."""
        counted = any(name in AMOUNTS or name == "free" for name in self.numbers)
        return not counted and not any(rule.by_money for rule in self.rules)

    @cached_property
    def units(self) -> int:
        """What the quantity of one unit is."""
        return int(10**self.quantity_digits)

    @cached_property
    def shares(self) -> int:
        """What the whole price is, where a discount is told."""
        return int(10**self.discount_digits) if "discount" in self.needed else 1

    @cached_property
    def scale(self) -> int:
        """What a minor unit is in the operands of the rules."""
        return int(10**self.price_digits) * self.shares * (1 if self.cancels else self.units)

    @cached_property
    def texts(self) -> list[str]:
        """Every level of every version, the lowest first."""
        return list(dict.fromkeys(level.id for version in self.versions for level in version.levels))


def _day(versions: list[PricePolicy]) -> str:
    """The field of the day whose rules hold.

    Raises:
        FactError: ``frames.quote_price_date`` where versions go by different days.
    """
    known = list(dict.fromkeys(version.price_date for version in versions))
    if len(known) > 1:
        template = "the versions go by different price dates ({known}); check the rows of each version with that version alone, or use decide"
        raise FactError("frames.quote_price_date", template, path=versions[0].id, known=", ".join(known))
    return DAYS[known[0]]


def _check_parts(versions: list[PricePolicy]) -> None:
    """Refuse a policy that has a part without a meaning in rows.

    Raises:
        FactError: ``frames.quote_part``.
    """
    for version in versions:
        parts = [rule.id for rule in (*version.floors, *version.limits) if rule.per == "order"]
        parts += [name for name in ("prices", "tax") if getattr(version, name) is not None]
        if parts:
            template = "{part} has no meaning in a table whose rows are lines with prices of their own; use decide for this policy"
            raise FactError("frames.quote_part", template, path=version.id, part=parts[0])


def _check_names(versions: list[PricePolicy], names: Mapping[str, str], available: tuple[str, ...]) -> None:
    known = {f"{RULE_OF}{rule.id}" for version in versions for rule in (*version.floors, *version.limits)}
    for name, column in names.items():
        if name not in OUTPUTS and name not in known:
            there = ", ".join((*OUTPUTS, *sorted(known)))
            raise FactError("frames.output", "there is no output {name!r}; there are {known}", path="outputs", name=name, known=there)
        if column in available:
            raise FactError("frames.taken", "the table already has a column {column!r}; call the output otherwise", path="outputs", column=column)
