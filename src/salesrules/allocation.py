"""Dividing money, pieces and days among parties, so that nothing is lost and every unit can be explained.

The rule in words: everybody gets the whole units of the exact share; the units that flooring left over go, one each, to the largest
remainders; among equal remainders the larger weight comes first, then the smaller party key. So the parts add up to the total, nobody
is a whole unit off, a weight of nothing gets nothing, the order in which the parties are written never matters, and dividing a return
of -x gives minus what dividing x gave.

    >>> from salesrules.money import Money
    >>> split = allocate(Money("100.00", "CNY"), {"north": "1/3", "south": "1/3", "west": "1/3"})
    >>> [(share.key, str(share.amount)) for share in split.shares]
    [('north', '33.34 CNY'), ('south', '33.33 CNY'), ('west', '33.33 CNY')]
    >>> allocate(Money("-100.00", "CNY"), {"west": 1, "south": 1, "north": 1})["north"]
    Money('-33.34', 'CNY')

Nobody can have everything (Balinski and Young): under largest remainders one party may get a unit less when the total grows by one. A
series of amounts (monthly settlements, partial returns) is therefore never divided piece by piece: `running` divides the total to date
and books the difference, and the method ``quota`` guarantees that nobody's share to date falls while the total rises.

References:
    M. L. Balinski and H. P. Young, "The Quota Method of Apportionment", American Mathematical Monthly 82 (1975), 701-730.
    A. Hamilton's method of largest remainders (1792), as in the same paper.

Checked with: the published examples in ``tests/golden/allocation.toml``; the laws in ``tests/laws/test_allocation_laws.py``.

Limitations: ``quota`` can move a unit the wrong way when the weights change; and its time grows with the sum of the reduced weights.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from math import gcd, lcm
from typing import TypeAlias

import attrs

from .errors import FactError, SalesRulesError
from .money import Exact, Mode, Money, Number, Rounding, divide, ratio
from .trace import Step

__all__ = ["BY_POSITION", "METHODS", "Allocation", "Share", "Weights", "allocate", "allocate_capped", "running", "split_units"]

Weights: TypeAlias = Mapping[str, Number | str] | Iterable[tuple[str, Number | str]]
"""Party to weight: int, Decimal, Fraction, or a str such as ``"1/3"`` or ``"33.3%"``. Only their proportions matter."""


def _floors(units: int, weights: Sequence[int]) -> list[int]:
    whole = sum(weights)
    return [units * weight // whole for weight in weights]


def _topped_up(units: int, parts: list[int], order: Iterable[int]) -> list[int]:
    for index, _ in zip(order, range(units - sum(parts)), strict=False):
        parts[index] += 1
    return parts


def _first(units: int, weights: Sequence[int]) -> list[int]:
    return _topped_up(units, _floors(units, weights), range(len(weights)))


def _last(units: int, weights: Sequence[int]) -> list[int]:
    return _topped_up(units, _floors(units, weights), reversed(range(len(weights))))


def _largest_weight(units: int, weights: Sequence[int]) -> list[int]:
    return _topped_up(units, _floors(units, weights), sorted(range(len(weights)), key=lambda index: -weights[index]))


def _largest_remainder(units: int, weights: Sequence[int]) -> list[int]:
    whole = sum(weights)
    return _topped_up(units, _floors(units, weights), sorted(range(len(weights)), key=lambda index: -(units * weights[index] % whole)))


def _block_separate(units: int, weights: Sequence[int]) -> list[int]:
    blocks = units // sum(weights)
    return [blocks * weight for weight in weights]


def _sequential(units: int, weights: Sequence[int]) -> list[int]:
    left, whole, parts = units, sum(weights), [0] * len(weights)
    for index in reversed(range(len(weights))):
        parts[index] = left * weights[index] // whole if whole else 0
        left, whole = left - parts[index], whole - weights[index]
    return parts


def _last_absorbs(units: int, weights: Sequence[int], mode: Mode) -> list[int]:
    whole = sum(weights)
    parts = [divide(units * weight, whole, mode) for weight in weights[:-1]]
    return [*parts, units - sum(parts)]


_MOST_QUOTA_STEPS = 2_000_000


def _quota(units: int, weights: Sequence[int]) -> list[int]:
    whole = sum(weights)
    parts = _block_separate(units, weights)
    rest, extra = units % whole, [0] * len(weights)
    if rest * len(weights) > _MOST_QUOTA_STEPS:
        template = "the quota method needs {steps} steps for weights that reduce to a sum of {whole}; round the weights or use 'largest_remainder'"
        raise FactError("allocation.quota", template, steps=rest * len(weights), whole=whole)
    for size in range(1, rest + 1):
        below_upper_quota = [index for index, weight in enumerate(weights) if extra[index] * whole < size * weight]
        winner = below_upper_quota[0]
        for index in below_upper_quota[1:]:
            if weights[index] * (extra[winner] + 1) > weights[winner] * (extra[index] + 1):
                winner = index
        extra[winner] += 1
    return [part + more for part, more in zip(parts, extra, strict=True)]


METHODS: dict[str, Callable[[int, Sequence[int]], list[int]]] = {
    "largest_remainder": _largest_remainder,
    "quota": _quota,
    "largest_remainder_first": _largest_remainder,
    "first": _first,
    "last": _last,
    "largest_weight": _largest_weight,
    "separate": _floors,
    "block_separate": _block_separate,
    "sequential": _sequential,
    "last_absorbs": partial(_last_absorbs, mode="half_up"),
    "last_absorbs_half_even": partial(_last_absorbs, mode="half_even"),
}
"""How the units are divided: name to a function of the number of units and the reduced integer weights.

================================ =========================================================================================================
``largest_remainder``            the rule above, the default
``quota``                        whole blocks of the weights, then Balinski and Young's quota method: more money is never less for anybody
``largest_remainder_first``      equal remainders go to the party written first
``first``, ``last``              what flooring left over goes to the first (last) parties written, even to a weight of nothing
``largest_weight``               what flooring left over goes to the largest weights
``separate``                     what flooring left over stays undistributed
``block_separate``               only whole blocks of the weights are given, the rest stays undistributed
``sequential``                   from the last party on, each gets the floor of its part of what is left
``last_absorbs``                 each is rounded half up and the last takes the difference, however large
``last_absorbs_half_even``       the same, rounded half to even
================================ =========================================================================================================

Only the first two keep all the promises made above; the others reproduce what other systems do.
"""

BY_POSITION = frozenset({"largest_remainder_first", "first", "last", "sequential", "last_absorbs", "last_absorbs_half_even"})
"""The methods whose result depends on the order in which the parties are written."""


@attrs.frozen(kw_only=True)
class Share:
    """What one party gets.

    Args:
        key: the party.
        amount: the part, a whole number of steps.
        exact: the part before rounding.
        weight: its weight as declared.
        extra: whether it got more than the whole steps of ``exact``.
    """

    key: str
    amount: Money
    exact: Exact
    weight: Fraction
    extra: bool = False


@attrs.frozen(kw_only=True)
class Allocation:
    """An amount divided: the shares in the order of the parties as declared, and what could not be given to anybody.

    Args:
        total: what was divided; always the sum of the shares and of ``undistributed``.
        shares: one per party.
        undistributed: nothing, unless the method or the caps leave something over.
        method: a key of `METHODS`.
    """

    total: Money
    shares: tuple[Share, ...]
    undistributed: Money
    method: str = "largest_remainder"

    def __getitem__(self, key: str) -> Money:
        for share in self.shares:
            if share.key == key:
                return share.amount
        raise FactError("allocation.key", "{key!r} has no share; the parties are {known}", key=key, known=", ".join(share.key for share in self.shares))

    @property
    def amounts(self) -> dict[str, Money]:
        """Party to amount, as a new dict."""
        return {share.key: share.amount for share in self.shares}

    def step(self) -> Step:
        """The working: the total as the sum of its parts, each with its exact entitlement and whether it got an extra unit."""
        parts = [
            Step(
                "allocation.share",
                share.amount,
                params=(("key", share.key), ("weight", share.weight), ("exact", share.exact), ("extra", share.extra)),
            )
            for share in self.shares
        ]
        if not self.undistributed.is_zero:
            parts.append(Step("allocation.undistributed", self.undistributed))
        return Step("allocation", self.total, formula="sum", params=(("method", self.method),), children=tuple(parts))


def _entries(weights: Weights) -> dict[str, Fraction]:
    entries: dict[str, Fraction] = {}
    for key, weight in weights.items() if isinstance(weights, Mapping) else weights:
        if not isinstance(key, str):
            raise FactError("allocation.key", "{key!r} is no party key; name parties by str", key=key)
        if key in entries:
            raise FactError("allocation.duplicate", "{key!r} is named twice; add its weights up first", path=key, key=key)
        try:
            entries[key] = ratio(weight)
        except SalesRulesError as error:
            raise error.at(key) from None
        if entries[key] < 0:
            raise FactError("allocation.negative", "the weight of {key!r} is negative: {weight}", path=key, key=key, weight=str(weight))
    if not entries:
        raise FactError("allocation.empty", "there is nobody to divide among; name at least one party with its weight")
    return entries


def _reduced(entries: Mapping[str, Fraction]) -> dict[str, int]:
    scale = lcm(*(weight.denominator for weight in entries.values()))
    counts = {key: weight.numerator * (scale // weight.denominator) for key, weight in entries.items()}
    common = gcd(*counts.values()) or 1
    return {key: count // common for key, count in counts.items()}


def _parts(units: int, counts: Mapping[str, int], method: str) -> dict[str, int]:
    if method not in METHODS:
        raise FactError("allocation.method", "unknown method {method!r}; use one of {known}", method=method, known=", ".join(METHODS))
    if not any(counts.values()):
        raise FactError("allocation.zero", "all weights are zero, so nobody has a share; give {keys} their proportions", keys=", ".join(counts))
    keys = list(counts) if method in BY_POSITION else sorted(counts, key=lambda key: (-counts[key], key))
    given = dict(zip(keys, METHODS[method](abs(units), [counts[key] for key in keys]), strict=True))
    return {key: -given[key] if units < 0 else given[key] for key in counts}


def split_units(units: int, weights: Weights, *, method: str = "largest_remainder") -> dict[str, int]:
    """Divide a whole number of anything: cents, pieces, days.

        >>> split_units(7, {"b": 1, "a": 1, "c": 2})
        {'b': 2, 'a': 2, 'c': 3}
        >>> split_units(49, {"a": 3, "b": 7, "c": 90}), split_units(51, {"a": 3, "b": 7, "c": 90})
        ({'a': 2, 'b': 3, 'c': 44}, {'a': 1, 'b': 4, 'c': 46})

    Args:
        units: how many; negative ones mirror positive ones.
        weights: party to weight; only the proportions matter.
        method: a key of `METHODS`.

    Returns:
        Party to units, in the order of the parties; they add up to ``units`` unless the method leaves a rest.

    Raises:
        FactError: ``allocation.empty``, ``allocation.zero`` (all weights), ``allocation.negative``, ``allocation.duplicate``,
            ``allocation.key``, ``allocation.method``, ``allocation.quota`` (too many steps).
        PolicyError: ``rate.number`` for a weight that is not an exact number, with the party as its path.
    """
    return _parts(units, _reduced(_entries(weights)), method)


def _unit(total: Money, step: Number | str | None) -> int:
    if step is None:
        return 1
    one = Rounding(step=step).apply(Fraction(ratio(step)), total.currency).minor
    if total.minor % one:
        template = "{total} is no multiple of the step {step}; round it first, or divide without a step"
        raise FactError("allocation.step", template, total=str(total), step=str(step))
    return one


def allocate(total: Money, weights: Weights, *, step: Number | str | None = None, method: str = "largest_remainder") -> Allocation:
    """Divide an amount among parties in proportion to their weights.

        >>> from salesrules.money import Money
        >>> allocate(Money("99.99", "EUR"), {"author": "75%", "publisher": "25%"}).amounts
        {'author': Money('74.99', 'EUR'), 'publisher': Money('25.00', 'EUR')}
        >>> allocate(Money("100.00", "CHF"), {"a": 1, "b": 2, "c": 3, "d": 7}, step="0.05").amounts["d"]
        Money('53.85', 'CHF')

    Args:
        total: the amount; a negative one gives the mirror of the positive one.
        weights: party to weight; only the proportions matter.
        step: parts are multiples of this many major units; None means the minor unit.
        method: a key of `METHODS`.

    Raises:
        FactError: ``allocation.step`` if the total is no multiple of the step; otherwise as `split_units` raises.
        PolicyError: ``rounding.step`` for a step that the currency cannot express.

    References:
        Hamilton's largest remainders; see the module.

    Checked with: published cases of brick/money, Shopify/money, moneyphp, dinero, RubyMoney and others in ``tests/golden/allocation.toml``.
    """
    entries = _entries(weights)
    unit = _unit(total, step)
    counts = _reduced(entries)
    parts = {key: part * unit for key, part in _parts(total.minor // unit, counts, method).items()}
    return _allocation(total, entries, counts, parts, method, shared=total.minor)


def _allocation(total: Money, entries: Mapping[str, Fraction], counts: Mapping[str, int], parts: Mapping[str, int], method: str, *, shared: int) -> Allocation:
    whole = sum(counts.values()) or 1
    shares = tuple(
        Share(
            key=key,
            amount=Money.from_minor(parts[key], total.currency),
            exact=Exact.from_minor(Fraction(shared * counts[key], whole), total.currency),
            weight=weight,
            extra=abs(parts[key]) * whole > abs(shared) * counts[key],
        )
        for key, weight in entries.items()
    )
    rest = Money.from_minor(total.minor - sum(parts.values()), total.currency)
    return Allocation(total=total, shares=shares, undistributed=rest, method=method)


def allocate_capped(total: Money, caps: Mapping[str, Money] | Iterable[tuple[str, Money]], *, method: str = "largest_remainder") -> Allocation:
    """Divide an amount in proportion to what each party may get at most; what exceeds all the caps comes back as ``undistributed``.

        >>> from salesrules.money import Money
        >>> refund = allocate_capped(Money("100.00", "USD"), {"line 1": Money("5.00", "USD"), "line 2": Money("2.00", "USD")})
        >>> refund.amounts, refund.undistributed
        ({'line 1': Money('5.00', 'USD'), 'line 2': Money('2.00', 'USD')}, Money('93.00', 'USD'))

    Args:
        total: the amount; for a negative one the caps bound how far below zero a part goes.
        caps: party to its cap, zero or more, in the currency of the total.
        method: a key of `METHODS`.

    Raises:
        FactError: ``money.mixed`` if a cap is in another currency; ``allocation.caps`` for a method that may exceed a cap; as `split_units`.

    Checked with: Shopify/money's capped cases in ``tests/golden/allocation.toml``.
    """
    if method.startswith("last_absorbs"):
        raise FactError("allocation.caps", "{method!r} may give the last party more than its cap; use another method", method=method)
    pairs = list(caps.items() if isinstance(caps, Mapping) else caps)
    room = Money.total((cap for _, cap in pairs), total.currency)
    limits = _entries((key, cap.minor) for key, cap in pairs)
    shared = min(abs(total.minor), room.minor) * (-1 if total.minor < 0 else 1)
    counts = _reduced(limits)
    capped = {key: count for key, count in counts.items() if count}
    parts = dict.fromkeys(counts, 0) | (_parts(shared, capped, method) if capped else {})
    return _allocation(total, limits, counts, parts, method, shared=shared)


def running(
    total_to_date: Money,
    previous_to_date: Mapping[str, Money],
    weights: Weights,
    *,
    step: Number | str | None = None,
    method: str = "largest_remainder",
) -> Allocation:
    """Divide what a series of amounts has come to, and book the difference to what was booked before.

    However the series was cut into months, returns or part deliveries, the bookings add up to one division of the final total; and when
    everything has been returned, every party stands at exactly nothing.

        >>> from salesrules.money import Money
        >>> terms = {"north": 1, "south": 1}
        >>> january = running(Money("0.01", "CNY"), {}, terms)
        >>> february = running(Money("0.02", "CNY"), january.amounts, terms)
        >>> february.amounts
        {'north': Money('0.00', 'CNY'), 'south': Money('0.01', 'CNY')}

    Args:
        total_to_date: all amounts of the series so far, this one included.
        previous_to_date: party to all that was booked for it before.
        weights: party to weight, the same each time.
        step: as for `allocate`.
        method: as for `allocate`; with ``quota`` no booking goes against the direction of the amount.

    Raises:
        FactError: ``allocation.party`` if somebody was booked before who has no weight now; as `allocate` raises.
    """
    to_date = allocate(total_to_date, weights, step=step, method=method)
    gone = sorted(set(previous_to_date) - set(to_date.amounts))
    if gone:
        template = "{gone} had bookings before and no weight now; name them with weight 0 to take those back"
        raise FactError("allocation.party", template, gone=", ".join(gone))
    nothing = Money.from_minor(0, total_to_date.currency)
    before = {share.key: previous_to_date.get(share.key, nothing) for share in to_date.shares}
    shares = tuple(attrs.evolve(share, amount=share.amount - before[share.key], exact=share.exact - before[share.key]) for share in to_date.shares)
    return attrs.evolve(to_date, total=total_to_date - Money.total(before.values(), total_to_date.currency), shares=shares)
