"""A prize draw: what it costs in expectation and at most, exactly, before it is approved; and what the prizes drawn came to.

Prizes are drawn in one of two ways. With ``odds`` every entry wins by itself (instant win), a prize at most as often as there are of it.
With ``tickets`` there is a fixed number of tickets, each prize lies on some of them, and every entry takes one away.

    >>> wheel = Draw(prizes=(Prize(name="phone", cost=Money(3000, "CNY"), odds="1/1000", count=2), Prize(name="mug", cost=Money(12, "CNY"), odds="5%")))
    >>> cost_of_draw(wheel, 1).expected, cost_of_draw(wheel, 1000).most
    (Exact('3.6', 'CNY'), Money('17976.00', 'CNY'))
    >>> urn = Draw(tickets=500, prizes=(Prize(name="phone", cost=Money(3000, "CNY"), count=1), Prize(name="mug", cost=Money(12, "CNY"), count=50)))
    >>> cost_of_draw(urn, 100).expected, cost_of_draw(urn, 100).most
    (Exact('720', 'CNY'), Money('3600.00', 'CNY'))

References:
    The number of prizes won with odds is binomial; of a prize in short supply the expectation is that of the smaller of the two,
    ``count - sum of (count - j) P(X = j) for j below count``. Tickets drawn without putting back are hypergeometric.
    China's rules on sales with prizes cap the highest prize: state it with ``most_prize``.

Checked with: enumeration of every outcome, in ``tests/laws/test_pricing_promotions_laws.py``.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import attrs

from ..._exact import maybe_rate, maybe_ratio
from ..._fields import about, field
from ...errors import FactError, PolicyError
from ...money import Exact, Money, format_ratio
from ...text import label
from ...trace import Step
from .award import Award, Case
from .giving import times_of
from .meter import Meter

__all__ = ["Draw", "DrawCost", "Prize", "cost_of_draw", "cost_of_prizes"]

_MOST_BITS = 400_000
"""The numbers of an expectation with short supply grow with each entry; larger ones would take minutes."""


@attrs.frozen(kw_only=True)
class Prize:
    """A prize of a draw.

    Args:
        cost: what one costs the company.
        odds: the chance of one entry to win it, where entries win by themselves.
        count: how many there are; with odds, any number where left out.
    """

    name: str = field(doc="what it is called")
    cost: Money = field(doc="what one costs the company")
    odds: Fraction | None = attrs.field(metadata=about("chance of one entry", rate=True), default=None, converter=maybe_rate)
    count: int | None = field(doc="how many there are", default=None)

    def __attrs_post_init__(self) -> None:
        if self.cost.minor < 0 or (self.count is not None and self.count < 1) or (self.odds is not None and self.odds <= 0):
            raise PolicyError("pricing.draw_prize", "{name} needs a cost of 0 or more, odds above 0, and a count of 1 or more", path="prizes", name=self.name)


@attrs.frozen(kw_only=True)
class Draw:
    """A prize draw.

    Args:
        prizes: what can be won.
        tickets: how many tickets there are in all, where every entry takes one away.
        meter: what is counted, where entries come with so many; one entry an order where left out.
        every: how much of it brings one entry.
        most: the most entries in one order.
        most_prize: the highest cost that one prize may have, where a law or the policy caps it.

    Raises:
        PolicyError: ``pricing.draw_no_prizes``; ``pricing.draw_duplicate``; ``pricing.draw_chances`` where prizes have neither odds nor a
            number of tickets, or both; ``pricing.draw_odds`` where odds add up to more than 1; ``pricing.draw_tickets`` where there are
            more prizes than tickets; ``pricing.draw_most_prize``; ``pricing.draw_entries``; ``pricing.draw_mixed``.
    """

    kind: ClassVar[str] = "draw"
    prizes: tuple[Prize, ...] = field(doc="what can be won")
    tickets: int | None = field(doc="tickets in all, where every entry takes one away", default=None)
    meter: Meter | None = field(doc="what is counted", default=None)
    every: Fraction | None = attrs.field(metadata=about("how much of it brings one entry"), default=None, converter=maybe_ratio)
    most: int | None = field(doc="most entries in one order", default=None)
    most_prize: Money | None = field(doc="highest cost that one prize may have", default=None)

    def __attrs_post_init__(self) -> None:
        if not self.prizes:
            raise PolicyError("pricing.draw_no_prizes", "nothing can be won; add a prize", path="prizes")
        if len(self.named) < len(self.prizes):
            raise PolicyError("pricing.draw_duplicate", "two prizes have one name; rename one", path="prizes")
        for index, prize in enumerate(self.prizes):
            if (prize.odds is None) == (self.tickets is None) or (self.tickets is not None and prize.count is None):
                template = "give every prize odds and the draw no tickets, or the draw tickets and every prize a count and no odds"
                raise PolicyError("pricing.draw_chances", template, path=f"prizes[{index}]")
        chances = sum((prize.odds for prize in self.prizes if prize.odds is not None), Fraction(0))
        if chances > 1:
            raise PolicyError("pricing.draw_odds", "the odds add up to {total}; give at most 100%", path="prizes", total=format_ratio(chances))
        winners = sum(prize.count or 0 for prize in self.prizes)
        if self.tickets is not None and winners > self.tickets:
            template = "{winners} prizes lie on {tickets} tickets; print more tickets or drop prizes"
            raise PolicyError("pricing.draw_tickets", template, path="tickets", winners=winners, tickets=self.tickets)
        if (self.meter is None) != (self.every is None) or any(value is not None and value <= 0 for value in (self.every, self.most)):
            raise PolicyError(
                "pricing.draw_entries", "what is counted (meter) comes with how much of it brings an entry (every); numbers are above 0", path="every"
            )
        self._check_amounts()

    def _check_amounts(self) -> None:
        if len({amount.currency for amount in self.amounts()}) > 1:
            raise PolicyError("pricing.draw_mixed", "amounts are in two currencies; give all of them in one", path="prizes")
        for index, prize in enumerate(self.prizes):
            if self.most_prize is not None and prize.cost > self.most_prize:
                template = "{prize} costs {cost}, more than the {most} allowed for one prize"
                raise PolicyError(
                    "pricing.draw_most_prize", template, path=f"prizes[{index}].cost", prize=prize.name, cost=str(prize.cost), most=str(self.most_prize)
                )

    @cached_property
    def named(self) -> dict[str, Prize]:
        """The prizes by name."""
        return {prize.name: prize for prize in self.prizes}

    def amounts(self) -> Sequence[Money]:
        """The amounts of money."""
        return [prize.cost for prize in self.prizes] + ([] if self.most_prize is None else [self.most_prize])

    def award(self, case: Case) -> Award:
        """The entries that a basket brings."""
        if self.meter is None or self.every is None:
            return Award(entries=1)
        entries, count = times_of(case, self.meter, self.every, self.most)
        if entries:
            return Award(entries=entries)
        needed = self.meter.shown(self.every, case)
        return Award(unmet=label("pricing.promotion.dropped.point", count=self.meter.shown(count, case), needed=needed))


@attrs.frozen(kw_only=True)
class DrawCost:
    """What a number of entries costs: in expectation, exactly, and at most."""

    entries: int
    expected: Exact
    most: Money
    step: Step


def cost_of_draw(draw: Draw, entries: int) -> DrawCost:
    """What a draw costs before it is held.

    Args:
        draw: the draw.
        entries: how many entries there will be.

    Raises:
        FactError: ``pricing.draw_number`` for a number of entries that is not whole, below 0, or above that of the tickets;
            ``pricing.draw_size`` where an exact expectation would need numbers too large.
    """
    _check_entries(draw, entries)
    steps = []
    for prize in draw.prizes:
        won = _expected(draw, prize, entries)
        children = (Step("pricing.draw.cost", prize.cost), Step("pricing.draw.won", won))
        params = (("prize", prize.name), ("odds", prize.odds), ("count", prize.count))
        steps.append(Step("pricing.draw.prize", prize.cost * won, formula="product", params=params, children=children))
    currency = draw.prizes[0].cost.currency
    expected = Exact.from_minor(sum((step.value.minor for step in steps), Fraction(0)), currency)
    step = Step("pricing.draw.expected", expected, formula="sum", params=(("entries", entries),), children=tuple(steps))
    left, most = entries, 0
    for prize in sorted(draw.prizes, key=lambda prize: -prize.cost.minor):
        won_at_most = left if prize.count is None else min(left, prize.count)
        most, left = most + won_at_most * prize.cost.minor, left - won_at_most
    return DrawCost(entries=entries, expected=expected, most=Money.from_minor(most, currency), step=step)


def _check_entries(draw: Draw, entries: int) -> None:
    if type(entries) is not int or entries < 0 or (draw.tickets is not None and entries > draw.tickets):
        template = "{entries!r} entries are not possible; give a whole number from 0 up, and no more than there are tickets"
        raise FactError("pricing.draw_number", template, path="entries", entries=entries)


def _expected(draw: Draw, prize: Prize, entries: int) -> Fraction:
    """How many of a prize are won in expectation."""
    if draw.tickets is not None:
        return Fraction(entries * (prize.count or 0), draw.tickets)
    odds = prize.odds or Fraction(0)
    if prize.count is None or entries <= prize.count:
        return entries * odds
    win, whole = odds.numerator, odds.denominator
    if entries * whole.bit_length() > _MOST_BITS:
        template = "the exact expectation for {entries} entries needs numbers too large; leave out the count of {prize}, which gives an upper bound"
        raise FactError("pricing.draw_size", template, path="entries", entries=entries, prize=prize.name)
    if win == whole:
        return Fraction(prize.count)
    lose, missing = whole - win, 0
    ways = lose**entries  # of the whole**entries ways, those in which j entries win
    for won in range(prize.count):
        missing += (prize.count - won) * ways
        ways = ways * (entries - won) * win // ((won + 1) * lose)
    return prize.count - Fraction(missing, whole**entries)


def cost_of_prizes(draw: Draw, won: Mapping[str, int], entries: int) -> Money:
    """What the prizes really drawn cost.

        >>> urn = Draw(tickets=500, prizes=(Prize(name="phone", cost=Money(3000, "CNY"), count=1), Prize(name="mug", cost=Money(12, "CNY"), count=50)))
        >>> cost_of_prizes(urn, {"mug": 9}, entries=100)
        Money('108.00', 'CNY')

    Args:
        draw: the draw.
        won: prize to how often it was won.
        entries: how many entries there were.

    Raises:
        FactError: ``pricing.draw_unknown`` for a prize that the draw does not have; ``pricing.draw_won`` where more was won than there
            is, or than there were entries; ``pricing.draw_number``.
    """
    _check_entries(draw, entries)
    for name, number in won.items():
        prize = draw.named.get(name)
        if prize is None:
            raise FactError("pricing.draw_unknown", "the draw has no {prize!r}; its prizes are {known}", path="won", prize=name, known=", ".join(draw.named))
        if number < 0 or (prize.count is not None and number > prize.count):
            raise FactError("pricing.draw_won", "{prize} was won {number} times, which cannot be; correct the count", path="won", prize=name, number=number)
    if sum(won.values()) > entries:
        template = "{number} prizes were won with {entries} entries, which cannot be; correct the count"
        raise FactError("pricing.draw_won", template, path="won", number=sum(won.values()), entries=entries)
    minor = sum(draw.named[name].cost.minor * number for name, number in won.items())
    return Money.from_minor(minor, draw.prizes[0].cost.currency)
