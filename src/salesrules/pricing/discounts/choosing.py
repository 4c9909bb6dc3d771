"""Which discounts meet: the sets that a policy allows, and why a discount is in none that counts.

Surcharges and discounts declared ``last`` are in every set: nobody chooses them away. Of the others an exclusive one stands alone, one
that is not combinable stands alone where that gives more, and of those in a lane one counts.

    >>> from salesrules.pricing.discounts.algebra import Stacking
    >>> offers = (Discount(id="a", rate="20%"), Discount(id="b", rate="30%"), Discount(id="c", rate="40%", combinable=False))
    >>> [[one.id for group in groups for one in group] for groups in candidates(offers, Stacking(mode="cascading", order="given"))]
    [['a', 'b'], ['c']]

Limitations: the best combination is found by trying all, at most `MOST_SETS`; past that the question is refused.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod

from ...errors import FactError
from .algebra import Stacking
from .discount import Discount
from .stacked import Dropped
from .taking import Groups, Run

__all__ = ["MOST_SETS", "candidates", "left_out"]

MOST_SETS = 4096
"""How many combinations are tried at most: 12 discounts without lanes."""

_ORDERS: Mapping[str, Callable[[Discount], int]] = {
    "given": lambda discount: 0,
    "priority": lambda discount: -discount.priority,
    "rates_first": lambda discount: discount.rate is None or discount.amount is not None,
    "amounts_first": lambda discount: discount.rate is not None and discount.amount is None,
}


def _in_order(discounts: Iterable[Discount], stacking: Stacking) -> list[Discount]:
    key = _ORDERS[stacking.order]
    return sorted(discounts, key=lambda discount: (discount.last, key(discount)))


def _always(discount: Discount) -> bool:
    return discount.last or discount.is_surcharge


def _grouped(discounts: Sequence[Discount]) -> Groups:
    """One group per lane, where its first discount stands; a discount without a lane is its own group."""
    lanes: dict[str | int, list[Discount]] = {}
    for place, discount in enumerate(discounts):
        lanes.setdefault(place if _always(discount) else discount.lane or place, []).append(discount)
    return tuple(map(tuple, lanes.values()))


def _exclusive_sets(exclusive: list[Discount], others: Callable[[], list[list[Discount]]], stacking: Stacking) -> list[list[Discount]]:
    if stacking.exclusives == "priority":
        return [[max(exclusive, key=lambda discount: discount.priority)]]
    alone = [[discount] for discount in exclusive]
    return alone if stacking.exclusives == "best" else [*alone, *others()]


def _combinations(discounts: list[Discount]) -> list[list[Discount]]:
    """Every combination with at most one discount per lane, smaller ones first."""
    groups = _grouped(discounts)
    count = prod(len(group) + 1 for group in groups)
    if count > MOST_SETS:
        template = "{given} discounts combine in {count} ways, of which at most {most} are tried; put some into lanes, or choose = 'all' or 'best'"
        raise FactError("pricing.combinations", template, path="discounts", given=len(discounts), count=count, most=MOST_SETS)
    picked = ([one for one in choice if one is not None] for choice in product(*((None, *group) for group in groups)))
    return sorted(picked, key=len)


def _sets(discounts: list[Discount], stacking: Stacking) -> list[list[Discount]]:
    alone = [[discount] for discount in discounts if not discount.combinable]
    together = [discount for discount in discounts if discount.combinable]
    if stacking.choose == "best":
        return [[discount] for discount in discounts] or [[]]
    return [*(_combinations(together) if stacking.choose == "best_combination" else [together] if together or not alone else []), *alone]


def candidates(discounts: Sequence[Discount], stacking: Stacking) -> Iterator[Groups]:
    """The sets of discounts that a policy allows, each in the order in which they are taken.

    Raises:
        FactError: ``pricing.combinations`` where there are more than `MOST_SETS`.
    """
    free = [discount for discount in discounts if not _always(discount)]
    exclusive = [discount for discount in free if discount.exclusive]
    others = [discount for discount in free if not discount.exclusive]
    sets = _exclusive_sets(exclusive, lambda: _sets(others, stacking), stacking) if exclusive else _sets(others, stacking)
    for chosen in sets:
        names = {discount.id for discount in chosen}
        yield _grouped([discount for discount in _in_order(discounts, stacking) if _always(discount) or discount.id in names])


def left_out(discounts: Sequence[Discount], groups: Groups, run: Run) -> tuple[Dropped, ...]:
    """Every discount that was not taken, with the reason, in the order given."""
    passed = {one.discount.id: one for one in run.passed}
    chosen = [discount for group in groups for discount in group]
    taken = tuple(discount for discount in run.turns if not _always(discount))
    for discount in discounts:
        if discount not in chosen:
            passed[discount.id] = _beaten(discount, taken)
    return tuple(passed[discount.id] for discount in discounts if discount.id in passed)


def _beaten(discount: Discount, taken: tuple[Discount, ...]) -> Dropped:
    by = tuple(one.id for one in taken)
    if any(one.exclusive for one in taken):
        return Dropped(discount=discount, reason="exclusive", by=by)
    if not (discount.combinable and all(one.combinable for one in taken)):
        return Dropped(discount=discount, reason="not_combinable", by=by)
    return Dropped(discount=discount, reason="better", by=by)
