"""The verb: promotions applied to a basket, on a day, with what has been used up before.

    >>> from datetime import date
    >>> from salesrules.money import Money
    >>> from salesrules.pricing.promotions import BasketLine, BuyGet, Level, Mandate, PriceOff, Promotion, Row, approve, propose
    >>> mandate = Mandate(levels=(Level(id="management"),), currency="CNY", rows=(Row(level="management"),))
    >>> def running(**terms):
    ...     promotion = Promotion(currency="CNY", start=date(2026, 3, 1), until=date(2026, 4, 1), **terms)
    ...     return approve(propose(promotion, by="chen", on=date(2026, 2, 1)), by="wang", level="management", on=date(2026, 2, 2), mandate=mandate)
    >>> gift = BuyGet(buy_quantity=10, get_quantity=1, reward="added", repeat="every", together=False, picking="cheapest", qualifiers="open")
    >>> spring = running(id="spring", units="shared", offers=(PriceOff(rate="10%", per="line", of="list"),))
    >>> tenth = running(id="tenth", units="once", offers=(gift,))
    >>> basket = Basket(currency="CNY", lines=(BasketLine(id="1", product="pump", quantity=20, list_price=Money(100, "CNY"), cost=Money(60, "CNY")),))
    >>> march = promote([spring, tenth], basket, on=date(2026, 3, 9))
    >>> [(applied.promotion, str(applied.saved), str(applied.worth), str(applied.cost)) for applied in march.applied]
    [('spring', '200.00 CNY', '200.00 CNY', '200.00 CNY'), ('tenth', '0.00 CNY', '200.00 CNY', '120.00 CNY')]
    >>> march.free_of("1"), march.of_line("1")[0].rate, march.usage.times("tenth")
    (Fraction(2, 1), Fraction(1, 10), 1)
    >>> [dropped.reason.code for dropped in promote([spring], basket, on=date(2026, 4, 1)).dropped]
    ['pricing.promotion.dropped.over']

References: units that serve once, as in django-oscar and Medusa; conditions on the original or the running total, as Vendure and Sylius differ.
Checked with: ``tests/golden/pricing/promotions.toml``.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import permutations
from typing import Literal, get_args

import attrs

from ..._fields import check_word
from ...errors import FactError
from ...money import Money
from ...text import Label, label
from ...trace import Step
from .award import Case, FreeUnits, Gift
from .basket import Basket
from .campaign import Campaign
from .discounting import discounts_of
from .promoted import Applied, Dropped, LineDiscount, Promoted, working
from .promotion import Promotion
from .settle import Settled, settle
from .shelf import Shelf
from .usage import Usage, Use

__all__ = ["promote"]

Choice = Literal["priority", "best"]

_MOST_TRIED = 6
"""How many promotions are tried in every order where the best order is asked for."""


def promote(campaigns: Iterable[Campaign], basket: Basket, *, on: date, usage: Usage | None = None, choice: Choice = "priority") -> Promoted:
    """What promotions give to a basket.

    Args:
        campaigns: the promotions with what was done about them; in any order.
        basket: what is bought.
        on: the day.
        usage: what has been used up before; nothing where left out.
        choice: promotions are applied by ``priority``, or in the order that is worth most to the customer (``best``). An exclusive one
            goes alone: with ``priority`` whatever the others would give, with ``best`` only where alone it is worth more.

    Raises:
        FactError: ``pricing.promotion_best`` where more than six promotions would have to be tried in every order;
            ``pricing.promotion_twice`` for two promotions of one id; ``pricing.promotion_tax``, ``pricing.promotion_new``,
            ``pricing.promotion_cost``, ``pricing.promotion_customer`` where the basket does not say what a promotion asks for.
        PolicyError: ``field.word`` for another choice.
    """
    check_word(choice, get_args(Choice), "choice")
    before = Usage() if usage is None else usage
    ranked = sorted(campaigns, key=lambda campaign: (-campaign.promotion.priority, campaign.promotion.id))
    ids = [campaign.promotion.id for campaign in ranked]
    for name in ids:
        if ids.count(name) > 1:
            raise FactError("pricing.promotion_twice", "{name!r} comes twice; give each promotion once", path="campaigns", name=name)
    barred = {campaign.promotion.id: reason for campaign in ranked if (reason := _barred(campaign, basket, on, before)) is not None}
    open_ = [campaign.promotion for campaign in ranked if campaign.promotion.id not in barred]
    outcomes = [_run(order, basket, before) for order in _orders(open_, choice)]
    chosen = outcomes[0]
    for outcome in outcomes:
        if choice == "best" and outcome.worth > chosen.worth:
            chosen = outcome
        elif choice == "priority" and outcome.applied:
            chosen = outcome
            break
    known = {*barred, *(dropped.promotion for dropped in chosen.dropped), *(applied.promotion for applied in chosen.applied)}
    others = [Dropped(promotion=name, reason=label("pricing.promotion.dropped.exclusive")) for name in ids if name not in known]
    dropped = [*(Dropped(promotion=name, reason=reason) for name, reason in barred.items()), *chosen.dropped, *others]
    return attrs.evolve(chosen, dropped=tuple(sorted(dropped, key=lambda one: (one.promotion, one.code))))


def _orders(promotions: Sequence[Promotion], choice: str) -> list[tuple[Promotion, ...]]:
    """What is tried: each exclusive promotion alone, then the others together."""
    alone = [(promotion,) for promotion in promotions if promotion.exclusive]
    others = tuple(promotion for promotion in promotions if not promotion.exclusive)
    if choice == "priority":
        return [*alone, others]
    if len(others) > _MOST_TRIED:
        template = "{count} promotions can be put into too many orders to try; let the priority decide, or offer at most {most} at once"
        raise FactError("pricing.promotion_best", template, path="campaigns", count=len(others), most=_MOST_TRIED)
    return [*permutations(others), *alone]


_STATES = {
    "unknown": label("pricing.promotion.dropped.unknown"),
    "proposed": label("pricing.promotion.dropped.proposed"),
    "rejected": label("pricing.promotion.dropped.rejected"),
    "approved": label("pricing.promotion.dropped.not_started"),
    "suspended": label("pricing.promotion.dropped.suspended"),
    "closed": label("pricing.promotion.dropped.closed"),
}
"""Why a promotion that does not run does not apply."""


def _barred(campaign: Campaign, basket: Basket, on: date, usage: Usage) -> Label | None:
    """Why a promotion does not apply, whatever the others do."""
    promotion, state = campaign.promotion, campaign.state(on)
    if on >= promotion.until and state == "closed":
        return label("pricing.promotion.dropped.over", until=promotion.until)
    if on < promotion.start and state == "approved":
        return label("pricing.promotion.dropped.early", start=promotion.start)
    if state != "running":
        return _STATES[state]
    if promotion.money != basket.money:
        return label("pricing.promotion.dropped.currency", currency=promotion.currency)
    if campaign.is_used_up(usage):
        return label("pricing.promotion.dropped.budget")
    return promotion.audience.unmet(basket)


def _run(promotions: Sequence[Promotion], basket: Basket, before: Usage) -> Promoted:
    """The promotions one after the other."""
    shelf, usage = Shelf.of(basket), before
    applied: list[Applied] = []
    dropped: list[Dropped] = []
    for promotion in promotions:
        codes = _codes(promotion, basket)
        for code in codes:
            reason = _exhausted(promotion, basket, usage, code)
            outcome = reason if reason is not None else _apply(promotion, shelf, usage, code)
            if isinstance(outcome, Label):
                dropped.append(Dropped(promotion=promotion.id, code=code, reason=outcome))
                continue
            one, shelf = outcome
            applied.append(one)
            usage = usage.plus((one.use,))
        if not codes:
            dropped.append(Dropped(promotion=promotion.id, reason=label("pricing.promotion.dropped.coupon")))
    given = tuple(applied)
    return Promoted(basket=basket, applied=given, dropped=tuple(dropped), before=before, total=shelf.total, step=working(basket, given))


def _codes(promotion: Promotion, basket: Basket) -> list[str]:
    """The coupons that a promotion is applied with; one empty code where it needs none."""
    if promotion.coupon is None:
        return [""]
    shown = set(basket.coupons)
    return [code for code in promotion.coupon.codes if code in shown][: promotion.coupon.per_order]


def _exhausted(promotion: Promotion, basket: Basket, usage: Usage, code: str) -> Label | None:
    """Why a promotion has been used often enough."""
    if promotion.coupon is not None and promotion.coupon.uses is not None and usage.times(promotion.id, code=code) >= promotion.coupon.uses:
        return label("pricing.promotion.dropped.code_used", most=promotion.coupon.uses)
    if promotion.most_uses is not None and usage.times(promotion.id) >= promotion.most_uses:
        return label("pricing.promotion.dropped.uses", most=promotion.most_uses)
    if promotion.most_per_customer is None:
        return None
    if not basket.customer:
        template = "{promotion} may be used so often by one customer; say which customer buys"
        raise FactError("pricing.promotion_customer", template, path="customer", promotion=promotion.id)
    if usage.times(promotion.id, customer=basket.customer) >= promotion.most_per_customer:
        return label("pricing.promotion.dropped.per_customer", most=promotion.most_per_customer)
    return None


def _apply(promotion: Promotion, shelf: Shelf, usage: Usage, code: str) -> tuple[Applied, Shelf] | Label:
    """One promotion applied to the units as they are, or why it gives nothing."""
    for threshold in promotion.when:
        unmet = threshold.unmet(_case(promotion, shelf))
        if unmet is not None:
            return unmet
    left = None if promotion.budget is None else promotion.budget.amount - usage.charged(promotion.id, promotion.currency)
    given: list[tuple[Settled, Case]] = []
    unmet, short = label("pricing.promotion.dropped.nothing"), False
    for offer in promotion.offers:
        case = _case(promotion, shelf)
        award = offer.award(case)
        if award.is_nothing:
            unmet = award.unmet or unmet
            continue
        room = left if promotion.budget is not None and promotion.budget.short == "cut" else None
        settled = settle(award, case, promotion, None if room is None else room.minor)
        if left is not None:
            settled, left, ran_out = _charged(promotion, settled, left)
            short = short or ran_out
        if settled.saved or settled.free or settled.award.entries:
            given.append((settled, case))
            shelf = shelf.after(settled.award.picks)
    if short and (not given or (left is not None and left.minor < 0)):
        return label("pricing.promotion.dropped.budget_short")
    if not given:
        return unmet
    return _applied(promotion, given, code), shelf


def _case(promotion: Promotion, shelf: Shelf) -> Case:
    return Case(shelf=shelf, once=promotion.units == "once", undiscounted=promotion.not_on_discounted)


def _charged(promotion: Promotion, settled: Settled, left: Money) -> tuple[Settled, Money, bool]:
    """What an offer gives within the rest of the budget, what is left of that, and whether it ran out.

    Where the promotion is cut to the budget, free units and gifts are given in full or not at all; where it is refused, the rest falls
    below nothing.
    """
    left -= Money.from_minor(settled.off, promotion.money)
    kept, ran_out = [], settled.cut or left.minor < 0
    for given, worth, cost in settled.free:
        charge = cost if promotion.budget is not None and promotion.budget.charged == "cost" else worth
        if charge is None:
            template = "the budget of {promotion} is charged with what free units cost; give the line its cost"
            raise FactError("pricing.promotion_cost", template, path=f"line {given.name}.cost", promotion=promotion.id)
        ran_out = ran_out or charge > left
        if charge > left and promotion.budget is not None and promotion.budget.short == "cut":
            continue
        left -= charge
        kept.append((given, worth, cost))
    return attrs.evolve(settled, free=tuple(kept)), left, ran_out


def _applied(promotion: Promotion, given: Sequence[tuple[Settled, Case]], code: str) -> Applied:
    """The record of a promotion that gave something."""
    name = f"{promotion.id}:{code}" if code else promotion.id
    discounts: list[LineDiscount] = []
    for place, (settled, case) in enumerate(given, start=1):
        discounts += discounts_of(promotion, settled, case, name if len(promotion.offers) == 1 else f"{name}.{place}")
    free = [row for settled, _ in given for row in settled.free]
    saved = Money.from_minor(sum(settled.off for settled, _ in given), promotion.money)
    worth = saved + Money.total((value for _, value, _ in free), promotion.money)
    costs = [cost for _, _, cost in free if cost is not None]
    cost = saved + Money.total(costs, promotion.money) if len(costs) == len(free) else None
    by_worth = promotion.budget is not None and promotion.budget.charged == "worth"
    charged = worth if by_worth or cost is None else cost
    return Applied(
        promotion=promotion.id,
        title=promotion.title,
        code=code,
        discounts=tuple(discounts),
        free=tuple(row for row, _, _ in free if isinstance(row, FreeUnits)),
        gifts=tuple(row for row, _, _ in free if isinstance(row, Gift)),
        entries=sum(settled.award.entries for settled, _ in given),
        saved=saved,
        worth=worth,
        cost=cost,
        use=Use(promotion=promotion.id, customer=given[0][1].shelf.basket.customer, code=code, charged=charged),
        step=Step("pricing.promotion", worth, formula="sum", params=_told(promotion, code), source=promotion.source, children=_steps(given)),
    )


def _told(promotion: Promotion, code: str) -> tuple[tuple[str, str], ...]:
    return (("promotion", promotion.title or promotion.id), ("code", code))


def _steps(given: Sequence[tuple[Settled, Case]]) -> tuple[Step, ...]:
    return tuple(step for settled, _ in given for step in settled.steps)
