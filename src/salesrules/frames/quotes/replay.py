"""A change of a price policy replayed over past orders: who would now need what.

>>> import polars
>>> from salesrules.pricing import Level, Limit, PricePolicy, Row
>>> def rules(*limits):
...     rows = tuple(Row(level=level, limit=limit) for level, limit in zip(("rep", "manager"), limits))
...     return PricePolicy(id="prices", currency="CNY", effective_from=date(2026, 1, 1), own_range="granted", combine="all",
...         levels=(Level(id="rep"), Level(id="manager")), limits=(Limit(id="discounts", measure="discount", at="net", per="line", rows=rows),))
>>> orders = polars.DataFrame({"quantity": [10, 10, 1], "list_price": [10000] * 3, "price": [9600, 9400, 8800]})
>>> done = replay(rules("10%", "20%"), rules("5%", "10%"), orders, level="rep")
>>> [(move.before, move.after, move.rows, str(move.list_value)) for move in done.moves if move.changed]
[(('allowed', ''), ('needs_approval', 'manager'), 1, '1000.00 CNY'), (('needs_approval', 'manager'), ('refused', ''), 1, '100.00 CNY')]
>>> done.lines["price"].to_list()
[9400, 8800]
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs
import narwhals

from ...errors import FactError
from ...money import Money
from ...pricing import PricePolicy
from ...timeline import Timeline
from ..apply import Engine
from ..spans import fits
from .answers import VERDICTS
from .validate import validate

__all__ = ["Move", "Replayed", "replay"]

_VALUE = "salesrules_list_value"
_ANSWERS = ("verdict", "level")


@attrs.frozen(kw_only=True)
class Move:
    """The rows that had one answer and have another now: verdict, and the level needed.

    Args:
        rows: how many they are.
        list_value: what they are worth at list prices.
    """

    before: tuple[str, str]
    after: tuple[str, str]
    rows: int
    list_value: Money

    @property
    def changed(self) -> bool:
        """Whether the answer is another one."""
        return self.before != self.after


@attrs.frozen(kw_only=True, eq=False)
class Replayed:
    """Two policies held against the same rows.

    Args:
        lines: the rows whose answer changes, with ``before_verdict``, ``before_level``, ``after_verdict`` and ``after_level``.
        moves: every change there is and everything that stays, from what was allowed to what was refused.
    """

    lines: Any
    moves: tuple[Move, ...] = attrs.field(repr=False)

    @property
    def changed(self) -> int:
        """How many rows have another answer."""
        return sum(move.rows for move in self.moves if move.changed)


def replay(
    before: PricePolicy | Timeline[PricePolicy],
    after: PricePolicy | Timeline[PricePolicy],
    table: Any,
    *,
    columns: Mapping[str, str | None] | None = None,
    level: str | None = None,
    quantity_digits: int = 0,
    price_digits: int = 0,
    engine: Engine = "auto",
) -> Replayed:
    """Judge the rows of a table by two policies, and compare.

    Args:
        before: the policy that held: a timeline by the day of each row, one version for all rows whatever their day.
        after: the policy that is thought of, in the same way.
        table: past orders, as `validate` takes them.
        columns: the column of each field that has another name.
        level: the level at which all rows were asked, where no column tells it.
        quantity_digits: as `validate`.
        price_digits: as `validate`.
        engine: as `validate`.

    Raises:
        FactError: ``frames.replay_currency`` for policies in two currencies; ``frames.replay_large`` where list values may not be added up in 64 bits; as
            `validate`.
    """
    currencies = [_last(policy).currency for policy in (before, after)]
    if currencies[0] != currencies[1]:
        template = "one policy is in {one} and the other in {other}; amounts of two currencies cannot be held against each other"
        raise FactError("frames.replay_currency", template, path="after", one=currencies[0], other=currencies[1])
    given: dict[str, Any] = {"columns": columns, "level": level, "quantity_digits": quantity_digits, "price_digits": price_digits, "engine": engine}
    told = [f"{when}_{name}" for when in ("before", "after") for name in _ANSWERS]
    first = validate(before, table, on=_day(before), outputs={name: f"before_{name}" for name in _ANSWERS}, **given)
    outputs = {name: f"after_{name}" for name in _ANSWERS} | {"list_value": _VALUE}
    both = narwhals.from_native(validate(after, first.lines, on=_day(after), outputs=outputs, **given).lines)
    texts = {name: narwhals.col(name).cast(narwhals.String()) for name in told}
    other = (texts["before_verdict"] != texts["after_verdict"]) | (texts["before_level"] != texts["after_level"])
    lines = both.filter(other).drop(_VALUE)
    return Replayed(lines=lines.to_native(), moves=_moves(both, texts, _last(after), _levels(before) | _levels(after)))


def _versions(policy: PricePolicy | Timeline[PricePolicy]) -> list[PricePolicy]:
    return [policy] if isinstance(policy, PricePolicy) else [entry.value for entry in policy.entries]


def _last(policy: PricePolicy | Timeline[PricePolicy]) -> PricePolicy:
    return _versions(policy)[-1]


def _levels(policy: PricePolicy | Timeline[PricePolicy]) -> dict[str, None]:
    """The levels, the lowest first."""
    return dict.fromkeys(("", *(level.id for version in _versions(policy) for level in version.levels)))


def _day(policy: PricePolicy | Timeline[PricePolicy]) -> date | None:
    """A day on which a version alone is in force."""
    return policy.effective_from if isinstance(policy, PricePolicy) else None


def _moves(table: Any, texts: Mapping[str, Any], policy: PricePolicy, levels: Mapping[str, Any]) -> tuple[Move, ...]:
    """How many rows went from each answer to each."""
    ends = _collected(table.select(narwhals.len().alias("rows"), narwhals.col(_VALUE).max()))
    most = int(ends["rows"][0]) * int(ends[_VALUE][0] or 0)
    if not fits(0, most):
        raise FactError("frames.replay_large", "{most} may not be added up in 64 bits; replay fewer rows at a time", most=most)
    sums = (narwhals.len().alias("salesrules_rows"), narwhals.col(_VALUE).sum())
    found = _collected(table.select(*(text.alias(name) for name, text in texts.items()), _VALUE).group_by(*texts).agg(*sums))
    made = []
    for *answers, rows, value in zip(*(found[name].to_list() for name in (*texts, "salesrules_rows", _VALUE)), strict=True):
        worth = Money.from_minor(int(value), policy.money)
        made.append(Move(before=(answers[0], answers[1]), after=(answers[2], answers[3]), rows=int(rows), list_value=worth))
    order = list(levels)

    def place(answer: tuple[str, str]) -> tuple[int, int]:
        return VERDICTS.index(answer[0]), order.index(answer[1])

    return tuple(sorted(made, key=lambda move: (place(move.before), place(move.after))))


def _collected(frame: Any) -> Any:
    """An eager frame."""
    return frame.collect() if isinstance(frame, narwhals.LazyFrame) else frame
