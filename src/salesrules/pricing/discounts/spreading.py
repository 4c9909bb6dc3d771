"""An amount of the whole order spread over its lines, in whole minor units, and never through the floor of a line.

The rule in words: every line gets its share in proportion to its amount (or evenly, or by quantity). What would push a line below its
least amount is pushed back, and the policy says what becomes of that: it is *moved* to the lines that still have room, in the same
proportions, and only what no line can take is forfeited; it is *forfeited*; or the whole amount is *refused*. The result says line by
line what was moved and what was given up.

    >>> lines = [LineAmount(id="shirt", amount=Money(50, "CNY"), least=Money(45, "CNY")), LineAmount(id="mug", amount=Money(20, "CNY"))]
    >>> rule = Spreading(by="amount", remainder="largest_remainder", pushed_back="move")
    >>> [(share.id, str(share.entitled), str(share.amount)) for share in spread(Money(20, "CNY"), lines, rule).shares]
    [('shirt', '14.29 CNY', '5.00 CNY'), ('mug', '5.71 CNY', '15.00 CNY')]
    >>> spread(Money(20, "CNY"), lines, attrs.evolve(rule, pushed_back="forfeit")).forfeited
    Money('9.29', 'CNY')
    >>> spread(Money(20, "CNY"), lines, attrs.evolve(rule, pushed_back="refuse")).refused
    True

Moving protects the lines that have a floor at the cost of those that have none: a line without one can end at 0. Give it one.

References:
    Sylius, distribution of order discounts under minimum prices; the moved part is shared as in progressive filling ("water filling").
    `salesrules.allocation` for the remainder rules.

Checked with: ``tests/golden/pricing/spreading.toml``; the laws in ``tests/laws/test_pricing_stacking_laws.py``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, get_args

import attrs

from ..._exact import as_ratio
from ..._fields import about, check_word, field
from ...allocation import split_units
from ...errors import FactError, PolicyError
from ...money import Exact, Money
from ...text import label
from ...trace import Step

__all__ = ["LineAmount", "LineShare", "Spread", "Spreading", "UnitShare", "into_units", "spread"]

By = Literal["amount", "equally", "quantity"]
Remainder = Literal[
    "largest_remainder",
    "quota",
    "largest_remainder_first",
    "first",
    "last",
    "largest_weight",
    "sequential",
    "last_absorbs",
    "last_absorbs_half_even",
]
PushedBack = Literal["move", "forfeit", "refuse"]


@attrs.frozen(kw_only=True)
class Spreading:
    """How an amount of the order is spread over its lines.

    Args:
        by: what the shares follow: the ``amount`` of each line, its ``quantity``, or ``equally``.
        remainder: who gets the minor units that rounding leaves over, as in `salesrules.allocation.METHODS`.
        pushed_back: what becomes of what a floor pushes back: ``move`` it to lines with room, ``forfeit`` it, or ``refuse`` the whole.

    Raises:
        PolicyError: ``pricing.spreading_word``.
    """

    by: By = field(doc="what the shares follow")
    remainder: Remainder = field(doc="who gets the minor units that rounding leaves over")
    pushed_back: PushedBack = field(doc="what becomes of what a floor pushes back")

    def __attrs_post_init__(self) -> None:
        for name, known in (("by", By), ("remainder", Remainder), ("pushed_back", PushedBack)):
            word = getattr(self, name)
            if word not in get_args(known):
                template = "{name} is {word!r}; use one of {known}"
                raise PolicyError("pricing.spreading_word", template, path=name, name=name, word=word, known=", ".join(get_args(known)))


def _amount(value: Any) -> Any:
    return Exact.from_minor(value.minor, value.currency) if isinstance(value, Money) else value


@attrs.frozen(kw_only=True)
class LineAmount:
    """A line that bears a part of an amount of the order.

    Args:
        amount: what the line comes to now; below 0 for a return.
        least: what it may not fall below (for a return: what is paid back at least); 0 where left out.
        quantity: units, where the shares follow the quantity.

    Raises:
        FactError: ``pricing.line_amount`` for something else than money.
    """

    id: str = field(doc="the line")
    amount: Exact = attrs.field(metadata=about("what the line comes to now"), converter=_amount)
    least: Exact | None = attrs.field(metadata=about("what it may not fall below"), default=None, converter=_amount)
    quantity: Fraction = attrs.field(metadata=about("units"), default=Fraction(1), converter=as_ratio)

    def __attrs_post_init__(self) -> None:
        for name in ("amount", "least"):
            value = getattr(self, name)
            if not isinstance(value, Exact) and not (name == "least" and value is None):
                template = "{name} is {value!r}; pass Money('12.30', 'CNY')"
                raise FactError("pricing.line_amount", template, path=f"line {self.id}", name=name, value=value)

    @property
    def room(self) -> int:
        """The whole minor units that may be taken off, whatever the sign of the line."""
        room = abs(self.amount) if self.least is None else abs(self.amount) - abs(self.least)
        return max(0, int(room.minor))


_WEIGHTS: Mapping[str, Callable[[LineAmount], Fraction]] = {
    "amount": lambda line: abs(line.amount.minor),
    "equally": lambda line: Fraction(1),
    "quantity": lambda line: abs(line.quantity),
}


@attrs.frozen(kw_only=True)
class LineShare:
    """What one line bears.

    Args:
        id: the line.
        entitled: its share by the rule, floors left out of account.
        amount: what it really bears.
    """

    id: str
    entitled: Money
    amount: Money

    @property
    def pushed_back(self) -> Money:
        """What the floor of the line did not let through."""
        return self.entitled - self.amount if abs(self.amount) < abs(self.entitled) else self.amount - self.amount

    @property
    def moved(self) -> Money:
        """What was moved here from other lines."""
        return self.amount - self.entitled if abs(self.amount) > abs(self.entitled) else self.amount - self.amount


@attrs.frozen(kw_only=True)
class Spread:
    """An amount spread over lines: the shares and ``forfeited`` add up to ``total``.

    Args:
        total: what was to be spread.
        shares: one per line, in the order of the lines.
        forfeited: what no line bears.
        refused: whether floors made the policy refuse the whole amount.
    """

    total: Money
    shares: tuple[LineShare, ...]
    forfeited: Money
    refused: bool = False

    def __getitem__(self, id: str) -> Money:
        """What a line bears."""
        return next(share.amount for share in self.shares if share.id == id)

    @property
    def given(self) -> Money:
        """What the lines bear together."""
        return self.total - self.forfeited

    @property
    def moved(self) -> Money:
        """What was moved from lines without room to others."""
        return Money.total((share.moved for share in self.shares), self.total.currency)

    def step(self) -> Step:
        """The working: the total as the sum of what each line bears, and of what was forfeited."""
        parts = [Step("pricing.spread.line", one.amount, params=(("line", one.id), ("entitled", one.entitled), ("note", _note(one)))) for one in self.shares]
        if not self.forfeited.is_zero:
            parts.append(Step("pricing.spread.refused" if self.refused else "pricing.spread.forfeited", self.forfeited))
        return Step("pricing.spread", self.total, formula="sum", children=tuple(parts))


def _note(share: LineShare) -> Any:
    if share.amount == share.entitled:
        return None
    less = abs(share.amount) < abs(share.entitled)
    return label("pricing.spread.pushed_back", amount=share.pushed_back) if less else label("pricing.spread.moved", amount=share.moved)


@attrs.frozen(kw_only=True)
class UnitShare:
    """What each of ``count`` units of a line bears."""

    amount: Money
    count: int


def into_units(amount: Money, count: int, *, remainder: Literal["first", "last"]) -> tuple[UnitShare, ...]:
    """What a line bears, spread over its units: at most two different amounts, however many units there are.

        >>> [(str(share.amount), share.count) for share in into_units(Money("10.00", "CNY"), 3, remainder="first")]
        [('3.34 CNY', 1), ('3.33 CNY', 2)]

    Args:
        amount: what the line bears; a negative amount mirrors a positive one.
        count: whole units, 1 or more.
        remainder: whether the ``first`` or the ``last`` units bear a minor unit more.

    Raises:
        PolicyError: ``field.word`` for another remainder.
        FactError: ``pricing.unit_count`` for something else than a positive whole number of units.

    References: the unit discounts of Sylius (first units), the line discounts of django-oscar (last).

    Checked with: ``pricing-011`` in ``tests/golden/pricing/spreading.toml``.
    """
    check_word(remainder, ("first", "last"), "remainder")
    if not isinstance(count, int) or count < 1:
        raise FactError("pricing.unit_count", "{count!r} units; an amount is spread over a positive whole number of units", count=count)
    sign = -1 if amount.minor < 0 else 1
    each, more = divmod(abs(amount.minor), count)
    parts = [(each + 1, more), (each, count - more)]
    ordered = parts if remainder == "first" else parts[::-1]
    return tuple(UnitShare(amount=Money.from_minor(sign * part, amount.currency), count=units) for part, units in ordered if units)


def _moved(left: int, held: Mapping[str, int], rooms: Mapping[str, int], weights: Mapping[str, Fraction], method: str) -> dict[str, int]:
    """What was pushed back on top of what is held: lines that would pass their room are filled first, and the others share the rest."""
    given = dict(held)
    room = {name: most - held[name] for name, most in rooms.items() if most > held[name] and weights[name]}
    while left and room:
        whole = sum(weights[name] for name in room)
        full = [name for name in room if left * weights[name] >= room[name] * whole]
        parts = {name: room[name] for name in full} or split_units(left, {name: weights[name] for name in room}, method=method)
        for name, part in parts.items():
            taken = min(part, room[name])
            given[name], room[name], left = given[name] + taken, room[name] - taken, left - taken
        room = {name: most for name, most in room.items() if most}
    return given


def _signs(lines: Sequence[LineAmount]) -> set[bool]:
    return {line.amount.minor < 0 for line in lines if not line.amount.is_zero}


def spread(total: Money, lines: Iterable[LineAmount], spreading: Spreading) -> Spread:
    """Spread an amount of the order over its lines.

    Args:
        total: what is taken off the order; on an order of returns it is below 0, as the lines are, and mirrors the sale. An amount of the
            other sign than the lines is a surcharge: it raises the lines, so that no floor stands in its way.
        lines: the lines that bear it, one or more.
        spreading: the rule.

    Raises:
        FactError: ``pricing.mixed_signs`` for sales and returns in one order, ``money.mixed`` for two currencies, and ``allocation.empty``
            (no lines), ``allocation.duplicate`` (two lines of one name), ``allocation.negative``, as `salesrules.allocation.split_units`
            raises them.

    References: see the module.

    Checked with: ``pricing-005`` to ``pricing-016`` and others in ``tests/golden/pricing/spreading.toml``.
    """
    bearers = list(lines)
    signs = _signs(bearers)
    if len(signs) > 1:
        raise FactError("pricing.mixed_signs", "the order holds sales and returns; spread an amount over the ones or the others")
    for line in bearers:
        _ = total + line.amount
    weights = [(line.id, _WEIGHTS[spreading.by](line)) for line in bearers]
    # Nobody can have a share of nothing; the names are checked all the same.
    idle = not any(weight for _, weight in weights)
    parts = split_units(total.minor, [(name, weight + idle) for name, weight in weights], method=spreading.remainder)
    entitled = dict.fromkeys(parts, 0) if idle else parts
    lowers = (total.minor < 0) in signs or not signs
    sign = -1 if total.minor < 0 else 1
    rooms = {line.id: line.room for line in bearers} if lowers else {name: abs(part) for name, part in entitled.items()}
    given = _given(abs(total.minor), {name: abs(part) for name, part in entitled.items()}, rooms, dict(weights), spreading)
    refused = given is None
    told = dict.fromkeys(entitled, 0) if given is None else given
    unit = total.currency
    shares = tuple(
        LineShare(id=name, entitled=Money.from_minor(part, unit), amount=Money.from_minor(sign * told[name], unit)) for name, part in entitled.items()
    )
    return Spread(total=total, shares=shares, forfeited=total - Money.total((share.amount for share in shares), unit), refused=refused)


def _given(units: int, entitled: Mapping[str, int], rooms: Mapping[str, int], weights: Mapping[str, Fraction], rule: Spreading) -> dict[str, int] | None:
    """What each line bears, or None where the whole is refused."""
    held = {name: min(part, rooms[name]) for name, part in entitled.items()}
    left = units - sum(held.values())
    if left and rule.pushed_back == "refuse":
        return None
    return _moved(left, held, rooms, weights, rule.remainder) if rule.pushed_back == "move" else held
