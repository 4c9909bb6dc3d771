"""The verb: a quote, a policy, a person and a day become a decision.

>>> from datetime import date
>>> from salesrules.money import Money
>>> from salesrules.pricing import Actor, Level, Limit, MarginFloor, PricePolicy, Quote, QuoteLine, Row
>>> policy = PricePolicy(id="prices", currency="CNY", effective_from=date(2026, 1, 1), own_range="granted", combine="all",
...     levels=(Level(id="rep"), Level(id="manager"), Level(id="management")),
...     floors=(MarginFloor(id="margin", at="net", per="line", below="management", margin="25%"),),
...     limits=(Limit(id="discounts", measure="discount", at="net", per="line", rows=(Row(level="rep", limit="5%"), Row(level="manager", limit="15%"))),))
>>> line = QuoteLine(id="1", product="P-100", quantity=10, list_price=Money(100, "CNY"), price=Money(88, "CNY"), cost=Money(60, "CNY"))
>>> decision = decide(policy, Quote(id="Q-1", date=date(2026, 3, 2), lines=(line,)), actor=Actor(person="li", level="rep"))
>>> decision.verdict, decision.level, [(v.rule, str(v.actual), str(v.limit), str(v.shortfall)) for v in decision.violations]
('needs_approval', 'manager', [('discounts', '3/25', '1/20', '70 CNY')])
"""

from collections.abc import Iterable
from datetime import date

import attrs

from ..approvals.envelope import Approval, holds
from ..timeline import Timeline
from .days import price_day, told_day
from .decision import Decision, Judged
from .facts import Actor, Quote
from .policy import PricePolicy
from .priced import PLAIN, Asking, Priced, PricedQuote, priced
from .program import Program
from .promotions import Campaign, Usage

__all__ = ["decide", "judge", "rules_for"]


def rules_for(policy: PricePolicy | Timeline[PricePolicy], quote: Quote) -> PricePolicy:
    """The version of a policy that holds for a quote: the one that is in force on its own price date.

    Where versions go by different days, a quote may lie in none of them; then the one of the day of the order holds.

    Raises:
        NotInForce: ``timeline.before``, ``timeline.after``.
        FactError: ``pricing.price_date``.
    """
    rules = _version(policy, quote) if isinstance(policy, Timeline) else policy
    day = price_day(rules, quote)
    return rules if rules.effective_from <= day and rules.effective_until is None else rules.in_force.on(day)


def _version(versions: Timeline[PricePolicy], quote: Quote) -> PricePolicy:
    for entry in versions.entries:
        day = told_day(entry.value, quote)
        if day is not None and entry.start <= day and versions.on(day) is entry.value:
            return entry.value
    return versions.on(quote.date if quote.original is None else quote.original)


def decide(
    policy: PricePolicy | Timeline[PricePolicy],
    quote: Quote,
    *,
    actor: Actor,
    campaigns: Iterable[Campaign] = (),
    usage: Usage | None = None,
    approvals: Iterable[Approval] = (),
    on: date | None = None,
) -> Decision:
    """Judge a quote.

    Args:
        policy: the rules, or their versions: those of the quote's price date hold.
        quote: what is asked.
        actor: who asks, and the level at which he acts.
        campaigns: promotions with what was done about them; only those that are approved and run are applied.
        usage: what has been used up of them.
        approvals: what was approved before: one that still holds for all of this quote allows it.
        on: the day of the decision, on which approvals must hold; the day of the quote where left out.

    Raises:
        NotInForce: ``timeline.before``, ``timeline.after`` where no rules hold on the price date.
        FactError: ``pricing.no_price``, ``pricing.no_cost``, ``pricing.no_limit``, ``pricing.mixed_currency``, ``pricing.price_date``,
            ``approvals.unknown_level``.
    """
    rules = rules_for(policy, quote)
    asking = Asking(campaigns=tuple(campaigns), usage=usage) if campaigns else PLAIN
    decision = judge(rules, quote, actor, priced(rules, quote, price_day(rules, quote), asking))
    return covered(decision, approvals, quote.date if on is None else on) if approvals else decision


def judge(rules: PricePolicy, quote: Quote, actor: Actor, made: PricedQuote) -> Decision:
    """Judge a quote whose prices are known."""
    own = rules.ladder.rank(actor.level)
    judged = [_judged(rules.of_lines, line) for line in made.lines]
    if rules.of_orders.rules:
        judged.append(_judged(rules.of_orders, made.total))
    rank = max([one.rank for one in judged])
    if rules.own_range == "asks_above" and quote.person in {"", actor.person} and own + 1 < len(rules.levels):
        rank = max(rank, own + 1) if any(one.net < one.book for one in made.lines) else rank
    return Decision(rules, quote, actor, made, tuple(judged), rank)


def covered(decision: Decision, approvals: Iterable[Approval], on: date) -> Decision:
    """A decision in the light of what was approved before: the approvals, and whether each still holds."""
    held = tuple(holds(approval, decision.measures, on) for approval in approvals)
    return attrs.evolve(decision, approvals=held)


def _judged(rules: Program, one: Priced) -> Judged:
    rules.check_cost(one)
    record = one if one.is_whole and one.cost is not None else one.whole()
    rank, noted = rules.traced.run(record, (), (), rules.answers)
    return Judged(rules, one, record, rank, noted)
