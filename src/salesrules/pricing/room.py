"""The questions the other way round: how low may I go, what would one more free unit cost, what price makes this margin?

Every answer is found by asking `decide` itself, so it can never say anything else: the lowest price is allowed, and one step below it is
not. That a lower price never needs a lower level is a law of the policy (`tests/laws/test_pricing_laws.py`), which is why halving finds it.

>>> from datetime import date
>>> from salesrules.money import Money
>>> from salesrules.pricing import Actor, Level, Limit, MarginFloor, PricePolicy, Quote, QuoteLine, Row
>>> policy = PricePolicy(id="prices", currency="CNY", effective_from=date(2026, 1, 1), own_range="granted", combine="all",
...     levels=(Level(id="rep"), Level(id="manager")), floors=(MarginFloor(id="margin", at="net", per="line", below="nobody", margin="25%"),),
...     limits=(Limit(id="discounts", measure="discount", at="net", per="line", rows=(Row(level="rep", limit="5%"), Row(level="manager"))),))
>>> line = QuoteLine(id="1", product="P-100", quantity=10, list_price=Money(100, "CNY"), price=Money(98, "CNY"), cost=Money(60, "CNY"))
>>> quote, li = Quote(id="Q-1", date=date(2026, 3, 2), lines=(line,)), Actor(person="li", level="rep")
>>> str(lowest_price(policy, quote, "1", actor=li)), str(lowest_price(policy, quote, "1", actor=Actor(person="wu", level="manager")))
('95.00 CNY', '80.00 CNY')
>>> str(further_discount(policy, quote, "1", actor=li))
'30.00 CNY'
>>> str(price_for_margin(policy, quote, "1", "40%", at="net"))
'100.00 CNY'
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, get_args

import attrs

from .._exact import Exactly, as_rate, as_ratio
from .._fields import check_word
from ..errors import FactError
from ..money import Exact, Money
from ..timeline import Timeline
from .days import price_day
from .decide import decide, judge, rules_for
from .decision import Decision
from .discounts.discount import share_off
from .facts import Actor, Quote, QuoteLine
from .listing import Amount
from .measures import Stage
from .policy import PricePolicy
from .priced import Asking, priced
from .promotions import Campaign, Usage
from .refusals import no_cost

__all__ = ["FreeUnit", "further_discount", "lowest_price", "one_more_free", "price_for_margin"]

Rules = PricePolicy | Timeline[PricePolicy]


def _line(quote: Quote, name: str) -> QuoteLine:
    for line in quote.lines:
        if line.id == name:
            return line
    known = ", ".join(line.id for line in quote.lines)
    raise FactError("pricing.unknown_line", "the quote has no line {name!r}; its lines are {known}", path="line", name=name, known=known)


def _with(quote: Quote, name: str, **changes: Any) -> Quote:
    """The quote with another line of the name."""
    lines = tuple(attrs.evolve(line, **changes) if line.id == name else line for line in quote.lines)
    return attrs.evolve(quote, lines=lines)


def _least(most: int, holds: Callable[[int], bool]) -> int | None:
    """The smallest count from 0 to ``most`` that holds, where every larger one does too."""
    if not holds(most):
        return None
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _steps(rules: PricePolicy, quote: Quote, line: QuoteLine) -> tuple[int, Callable[[int], Money]]:
    """How many steps of the price there are up to the list price, and the price at each."""
    money, step, whole = rules.money, rules.rounding.step, 10**rules.money.digits
    size = 1 if step is None else Fraction(step * whole).numerator
    asked = _with(quote, line.id, price=Money.from_minor(whole, money))
    told = priced(rules, asked, price_day(rules, quote)).prices[quote.lines.index(line)]
    listed = Fraction(told.list) * whole / told.asked  # in the unit and on the tax basis of the line
    return -(-listed.numerator // (listed.denominator * size)), lambda count: Money.from_minor(count * size, money)


def lowest_price(policy: Rules, quote: Quote, line: str, *, actor: Actor, campaigns: Iterable[Campaign] = (), usage: Usage | None = None) -> Money | None:
    """The lowest price of one unit that the person may ask of a line as it stands; ``None`` where not even the list price is his to grant.

    Args:
        policy: the price policy, or its versions.
        quote: the quote; its other lines stay as they are.
        line: the line.
        actor: who asks, at which level: at another level it says what that level could approve.
        campaigns: promotions that run, as for `decide`.
        usage: what has been used up of them.

    What a lower price does elsewhere is counted too: where freight, a bundle or a promotion makes a lower price need a lower level, the answer
    is allowed, but a still lower one may be as well.

    Raises:
        FactError: as `decide`; ``pricing.unknown_line``.
    """
    running = tuple(campaigns)
    most, price = _steps(rules_for(policy, quote), quote, _line(quote, line))
    count = _least(most, lambda count: decide(policy, _with(quote, line, price=price(count)), actor=actor, campaigns=running, usage=usage).verdict == "allowed")
    return None if count is None else price(count)


def further_discount(policy: Rules, quote: Quote, line: str, *, actor: Actor, campaigns: Iterable[Campaign] = (), usage: Usage | None = None) -> Money | None:
    """The most that may still be taken off a line as a whole; ``None`` where it goes too far already.

    Args:
        policy: the price policy, or its versions.
        quote: the quote.
        line: the line.
        actor: who asks, and at which level.
        campaigns: promotions that run, as for `decide`.
        usage: what has been used up of them.

    Raises:
        FactError: as `decide`; ``pricing.unknown_line``.
    """
    asked, rules = _line(quote, line), rules_for(policy, quote)
    day, asking = price_day(rules, quote), Asking(campaigns=tuple(campaigns), usage=usage)
    whole = next(one.invoice for one in priced(rules, quote, day, asking).lines if one.line is asked) // 1

    def allowed(kept: int) -> bool:
        further = attrs.evolve(asking, further=((line, whole - kept),))
        return judge(rules, quote, actor, priced(rules, quote, day, further)).verdict == "allowed"

    kept = _least(whole, allowed)
    return None if kept is None else Money.from_minor(whole - kept, rules.money)


def price_for_margin(policy: Rules, quote: Quote, line: str, margin: Exactly, *, at: Stage) -> Money | None:
    """The lowest price of one unit that leaves a margin on a line; ``None`` where not even twice the list price does.

    Args:
        policy: the price policy, or its versions.
        quote: the quote; its other lines stay as they are.
        line: the line.
        margin: share of the price above the cost, such as ``"30%"``.
        at: which price counts.

    Raises:
        PolicyError: ``field.word`` for another price.
        FactError: as `decide`; ``pricing.unknown_line``; ``pricing.no_cost``.
    """
    check_word(at, get_args(Stage), "at")
    wanted, asked, rules = as_rate(margin), _line(quote, line), rules_for(policy, quote)
    if asked.cost is None:
        raise no_cost("margin", f"line {line}.cost")
    most, price = _steps(rules, quote, asked)
    day = price_day(rules, quote)

    def enough(count: int) -> bool:
        one = next(one for one in priced(rules, _with(quote, line, price=price(count)), day).lines if one.line is not None and one.line.id == line)
        worth: Amount = getattr(one, at)
        return worth - (one.cost or 0) >= worth * wanted

    count = _least(most * 2, enough)
    return None if count is None else price(count)


@attrs.frozen(kw_only=True)
class FreeUnit:
    """What one more free unit means: the decision that it would lead to, what it costs, and how much deeper the discount gets."""

    decision: Decision
    cost: Exact | None
    list_value: Exact
    discount_before: Fraction
    discount_after: Fraction


def one_more_free(policy: Rules, quote: Quote, line: str, *, actor: Actor, units: Exactly = 1) -> FreeUnit:
    """What becomes of a line when one more unit of the same article is given away.

    Raises:
        FactError: as `decide`; ``pricing.unknown_line``.
    """
    asked = _line(quote, line)
    before = decide(policy, quote, actor=actor)
    after = decide(policy, _with(quote, line, free=(asked.free or 0) + as_ratio(units)), actor=actor)
    falls = before.of(line).waterfall, after.of(line).waterfall
    costs = [] if asked.cost is None else [fall.at("pocket") - fall.at("margin") for fall in falls]
    depths = [share_off(fall.at("list"), fall.at("net")) for fall in falls]
    return FreeUnit(
        decision=after,
        cost=None if asked.cost is None else costs[1] - costs[0],
        list_value=falls[1].at("list") - falls[0].at("list"),
        discount_before=depths[0],
        discount_after=depths[1],
    )
