"""Whether the order of the discounts changes the result: 20% and 10 off 100 come to 70 one way and to 72 the other.

Where the order cannot matter this is proved without trying; up to `MOST_PERMUTED` discounts every order is tried; past that those that
differ most for unrounded discounts (rates first, amounts first), the reverse, and each exchange of two neighbours. A warning is never
wrong: it holds both results. Past the bound a difference of mere roundings may go without one, and `Stacked.orders` says ``some``.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, permutations
from typing import Literal

from .algebra import Stacking
from .discount import Discount
from .taking import Groups

__all__ = ["MOST_PERMUTED", "another_order"]

MOST_PERMUTED = 5
"""Up to so many discounts every order is tried."""

Word = Literal["proved", "all", "some"]


def _commute(discounts: Sequence[Discount], stacking: Stacking, *, each: bool) -> bool:
    """Whether it is certain that every order gives the same."""
    if any(one.price is not None or one.not_on_discounted or one.is_surcharge or one.most is not None for one in discounts):
        return False
    fixed = [one.amount is not None or stacking.mode == "additive" or (stacking.mode == "declared" and one.of == "list") for one in discounts]
    if all(fixed):
        return not each or stacking.rounds == "discount"
    return not each and not any(fixed)


def _some(order: tuple[Discount, ...]) -> Iterator[tuple[Discount, ...]]:
    yield order[::-1]
    yield tuple(sorted(order, key=lambda one: one.amount is not None))
    yield tuple(sorted(order, key=lambda one: one.amount is None))
    for place in range(1, len(order)):
        yield (*order[: place - 1], order[place], order[place - 1], *order[place + 1 :])


def another_order(
    turns: Sequence[Discount], stacking: Stacking, net: Fraction, net_of: Callable[[Groups], Fraction], *, each: bool, single: bool
) -> tuple[tuple[Discount, ...] | None, Fraction, Word]:
    """The order whose result differs most, what it gives, and how it was looked for; None where no order gives another result.

    Args:
        turns: the discounts in the order in which they had their turn.
        stacking: the policy.
        net: what that order gives.
        net_of: what another order gives.
        each: whether each step is rounded.
        single: whether they are taken off one price; where they are spread over lines, floors may make the order matter.
    """
    free, last = tuple(one for one in turns if not one.last), tuple(one for one in turns if one.last)
    parts = [part for part in (free, last) if len(part) > 1]
    if not parts or (single and all(_commute(part, stacking, each=each) for part in parts)):
        return None, net, "proved"
    every = len(free) <= MOST_PERMUTED and len(last) <= MOST_PERMUTED
    orders = permutations if every else _some
    others = chain(((*order, *last) for order in orders(free)), ((*free, *order) for order in orders(last)))
    results = [(order, net_of(tuple((one,) for one in order))) for order in others if order != (*free, *last)]
    order, other = max(results, key=lambda result: abs(result[1] - net))
    return (order if other != net else None), other, "all" if every else "some"
