"""Discounts taken one after another off something that knows what it comes to: one price, or the lines of an order.

Amounts are exact fractions of minor units; the price that is reckoned with is never below 0, a return is mirrored outside.

    >>> from salesrules.pricing.discounts.algebra import Stacking
    >>> terms = Terms(stacking=Stacking(mode="cascading", order="given"), currency=Currency("CNY", 2), count=Fraction(1), gross=Fraction(10000),
    ...               listed=Fraction(10000), low=Fraction(0), low_why="least", each=True)
    >>> taken = take_all(((Discount(id="a", rate="20%"),), (Discount(id="b", rate="10%"),)), terms, OnePrice(terms))
    >>> [int(step.amount) for step in taken.steps], int(taken.net)
    ([2000, 800], 7200)
"""

from fractions import Fraction
from typing import Protocol, TypeAlias

import attrs

from ...money import Currency, Exact, Rounding
from .algebra import Stacking
from .discount import Discount
from .spreading import Spread
from .stacked import Dropped, Reduction, Why

__all__ = ["Groups", "OnePrice", "Run", "Taken", "Terms", "Tower", "take_all"]

Groups: TypeAlias = tuple[tuple[Discount, ...], ...]
"""Discounts in the order in which they are taken; of those in one group only the best is."""


@attrs.frozen(kw_only=True)
class Terms:
    """What stays the same while discounts are taken.

    Args:
        count: units, above 0.
        gross: the amount that comes in.
        listed: the same at list price.
        low: what the discounts may not go below.
        low_why: what sets that.
        each: whether each step is rounded.
        whole: whether each step must be a whole amount, whatever comes in: it is spread over lines.
    """

    stacking: Stacking
    currency: Currency
    count: Fraction
    gross: Fraction
    listed: Fraction
    low: Fraction
    low_why: Why
    each: bool
    whole: bool = False

    def _round(self, minor: Fraction) -> Fraction:
        rounding = self.stacking.rounding
        if self.stacking.rounds_on == "line":
            return Fraction(rounding.round_minor(minor, self.currency).minor)
        scale = Fraction(10**self.currency.digits)
        return rounding.round_number(minor / self.count / scale, self.currency.digits) * scale * self.count

    def rounded(self, asked: Fraction, before: Fraction) -> Fraction:
        """What a step takes off, rounded as the policy says."""
        if not (asked and self.each):
            return asked
        if self.stacking.rounds == "discount":
            return self._round(asked)
        return (self._round(before) if self.whole else before) - self._round(before - asked)

    def settled(self, net: Fraction) -> Fraction:
        """The amount at the end: whole, unless the document rounds its total, or whole steps were taken off lines."""
        if self.whole or self.stacking.rounding.per == "document":
            return net
        by_discount = self.stacking.rounds == "discount" and not self.each
        net = self.gross - self._round(self.gross - net) if by_discount else net
        whole = Rounding(self.stacking.rounding.mode).round_minor(self._round(net), self.currency)
        return Fraction(max(whole, Rounding("ceiling").round_minor(min(self.low, net), self.currency)).minor)


class Tower(Protocol):
    """What discounts are taken off."""

    @property
    def value(self) -> Fraction:
        """What it comes to now."""

    def bases(self, discount: Discount) -> tuple[Fraction, Fraction, Fraction] | None:
        """What a rate may be a share of: the amount now, as it came in, and at list price; None where the discount may not be taken."""

    def take(self, discount: Discount, amount: Fraction) -> tuple[Fraction, Spread | None]:
        """Take an amount off, and tell what could be taken."""


class OnePrice:
    """One price, or one amount."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self.value = terms.gross

    def bases(self, discount: Discount) -> tuple[Fraction, Fraction, Fraction] | None:
        if discount.not_on_discounted and self.value < self._terms.listed:
            return None
        return self.value, self._terms.gross, self._terms.listed

    def take(self, discount: Discount, amount: Fraction) -> tuple[Fraction, Spread | None]:
        self.value -= amount
        return amount, None


@attrs.frozen
class Taken:
    """One discount taken, in minor units; `reduction` tells it in money."""

    discount: Discount
    base: Fraction
    asked: Fraction
    rounded: Fraction
    amount: Fraction
    why: tuple[Why, ...]
    before: Fraction = Fraction(0)
    spread: Spread | None = None

    def reduction(self, currency: Currency, sign: int) -> Reduction:
        """The same as amounts of money, mirrored for a return."""

        def exact(minor: Fraction) -> Exact:
            return Exact.from_minor(-minor if sign < 0 else minor, currency)

        return Reduction(
            discount=self.discount,
            base=exact(self.base),
            before=exact(self.before),
            asked=exact(self.asked),
            rounded=exact(self.rounded),
            amount=exact(self.amount),
            after=exact(self.before - self.amount),
            why=self.why,
            spread=self.spread,
        )


@attrs.frozen
class Run:
    """All discounts taken: the steps, what was passed over, what remains, and the order in which the discounts had their turn."""

    steps: tuple[Taken, ...]
    passed: tuple[Dropped, ...]
    net: Fraction
    turns: tuple[Discount, ...]


def _proposed(discount: Discount, bases: tuple[Fraction, Fraction, Fraction], terms: Terms) -> Taken:
    """What a discount would take off before the limits that it shares with others."""
    running, gross, listed = bases
    times = terms.count if discount.per == "unit" else Fraction(1)
    base = running
    if discount.price is not None:
        asked = max(Fraction(0), running - discount.price.minor * times)
    elif discount.amount is not None:
        asked = discount.amount.minor * times
    else:
        base = {"additive": gross, "cascading": running}.get(terms.stacking.mode, listed if discount.of == "list" else running)
        asked = base * (discount.rate or 0)
    rounded = terms.rounded(asked, running)
    most = rounded if discount.most is None else min(rounded, discount.most.minor * times)
    return Taken(discount, base, asked, rounded, most, ("most",) if most < rounded else ())


def _bounded(taken: Taken, before: Fraction, terms: Terms, high: Fraction | None) -> Taken:
    """The same within the limits of all discounts together."""
    if taken.amount > 0:
        after, why = max(before - taken.amount, min(terms.low, before)), terms.low_why
    else:
        after, why = before - taken.amount, "surcharge"
        after = after if high is None else min(after, max(high, before))
    amount = before - after
    return taken if amount == taken.amount else attrs.evolve(taken, amount=amount, why=(*taken.why, why))


def _highest(groups: Groups, terms: Terms) -> Fraction | None:
    """What surcharges may not raise the price above: in additive mode they come first, so the discounts to come make room for them."""
    if terms.stacking.surcharges == "honour":
        return None
    if terms.stacking.mode != "additive":
        return terms.gross
    bases = (terms.gross, terms.gross, terms.listed)
    best = (max(_proposed(one, bases, terms).amount for one in group) for group in groups)
    return terms.gross + sum((amount for amount in best if amount > 0), Fraction(0))


def _surcharges_first(groups: Groups) -> Groups:
    return tuple(sorted(groups, key=lambda group: not group[0].is_surcharge))


def take_all(groups: Groups, terms: Terms, tower: Tower) -> Run:
    """Take the best discount of each group, group by group."""
    groups = _surcharges_first(groups) if terms.stacking.mode == "additive" else groups
    high = _highest(groups, terms)
    steps: list[Taken] = []
    passed: list[Dropped] = []
    turns: list[Discount] = []
    for group in groups:
        before = tower.value
        fit = [(one, bases) for one in group if (bases := tower.bases(one)) is not None]
        passed += [Dropped(discount=one, reason="not_on_discounted") for one in group if one not in [fits for fits, _ in fit]]
        if not fit:
            turns.append(group[0])
            continue
        best = max((_bounded(_proposed(one, bases, terms), before, terms, high) for one, bases in fit), key=lambda taken: taken.amount)
        turns.append(best.discount)
        passed += [Dropped(discount=one, reason="lane", by=(best.discount.id,)) for one, _ in fit if one is not best.discount]
        given, spread = tower.take(best.discount, best.amount)
        why: tuple[Why, ...] = (*best.why, "floor") if given != best.amount else best.why
        if given or terms.stacking.idle == "keep":
            steps.append(attrs.evolve(best, amount=given, why=why, before=before, spread=spread))
        else:
            passed.append(Dropped(discount=best.discount, reason="nothing", why=why, spread=spread))
    return Run(tuple(steps), tuple(passed), tower.value, tuple(turns))
