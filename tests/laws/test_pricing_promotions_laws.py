"""Laws of promotions: units serve once, budgets hold, what is not approved changes nothing, and the order of lines does not matter."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from salesrules.money import Exact, Money
from salesrules.pricing.promotions import (
    Basket,
    BasketLine,
    Budget,
    Bundle,
    BuyGet,
    Contest,
    Draw,
    Giving,
    Meter,
    Part,
    Places,
    PriceOff,
    Prize,
    Result,
    Spend,
    Tier,
    Usage,
    cost_of_draw,
    cost_of_prizes,
    promote,
    propose,
    rank,
)
from salesrules.pricing.promotions.sets import choose, count
from salesrules.scope import Scope
from salesrules.trace import replay
from tests.pricing_promotions import DAY, approved, promotion

PRODUCTS = ("A", "B", "C")
quantities = st.integers(1, 6)
rates = st.integers(1, 100).map(lambda percent: Fraction(percent, 100))
amounts = st.integers(1, 20000).map(lambda minor: Money.from_minor(minor, "CNY"))
scopes = st.sets(st.sampled_from(PRODUCTS), max_size=3).map(lambda products: Scope(product=tuple(sorted(products))))
pickings = st.sampled_from(("cheapest", "dearest"))
repeats = st.sampled_from(("once", "every"))
spent = st.builds(Meter, on=st.just("spend"), scope=scopes, tested=st.sampled_from(("original", "running")), basis=st.sampled_from(("net", "gross")))
buy_gets = st.builds(
    BuyGet,
    buy=scopes,
    buy_quantity=quantities,
    get=scopes,
    get_quantity=quantities,
    off=rates,
    reward=st.just("in_basket"),
    repeat=repeats,
    together=st.just(True),
    picking=pickings,
    qualifiers=st.sampled_from(("used", "open")),
    incomplete=st.sampled_from(("refused", "given")),
    most_units=st.none() | quantities,
)
added = st.builds(
    BuyGet,
    buy=scopes,
    buy_quantity=quantities,
    get_quantity=quantities,
    reward=st.just("added"),
    repeat=repeats,
    together=st.booleans(),
    picking=pickings,
    qualifiers=st.sampled_from(("used", "open")),
    most_units=st.none() | quantities,
)
offers = st.one_of(
    st.builds(PriceOff, scope=scopes, rate=rates, of=st.sampled_from(("running", "list")), per=st.sampled_from(("unit", "line", "order"))),
    st.builds(
        PriceOff, scope=scopes, amount=amounts, per=st.sampled_from(("unit", "line", "order")), most=amounts, most_basis=st.sampled_from(("net", "gross"))
    ),
    st.builds(PriceOff, scope=scopes, price=amounts, per=st.just("unit"), most_units=quantities, picking=pickings),
    st.builds(
        Bundle,
        parts=st.lists(st.builds(Part, scope=scopes, quantity=quantities), min_size=1, max_size=3).map(tuple),
        price=amounts,
        repeat=repeats,
        picking=pickings,
    ),
    st.builds(Spend, meter=spent, scope=scopes, repeat=repeats, tiers=st.builds(Tier, at_least=st.integers(1, 200), amount=amounts).map(lambda tier: (tier,))),
    st.builds(
        Giving,
        product=st.just("hose"),
        quantity=quantities,
        list_value=amounts,
        cost=amounts,
        meter=spent,
        every=st.integers(1, 99),
        most=st.none() | quantities,
    ),
    buy_gets,
    added,
)


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    """Up to four lines of three products."""
    lines = [
        BasketLine(
            id=str(place),
            product=draw(st.sampled_from(PRODUCTS)),
            quantity=draw(st.integers(1, 9)),
            list_price=draw(amounts),
            cost=Money(1, "CNY"),
            tax_rate=draw(st.sampled_from(("0%", "13%"))),
        )
        for place in range(draw(st.integers(1, 4)))
    ]
    return Basket(currency="CNY", lines=tuple(lines))


@st.composite
def promotions(draw: st.DrawFn) -> list[Any]:
    """Up to three promotions, each of one or two offers."""
    return [
        promotion(
            *draw(st.lists(offers, min_size=1, max_size=2)),
            id=f"P{place}",
            units=draw(st.sampled_from(("once", "shared"))),
            priority=draw(st.integers(0, 2)),
            exclusive=draw(st.booleans()),
            not_on_discounted=draw(st.booleans()),
            budget=draw(st.none() | st.builds(Budget, amount=amounts, charged=st.sampled_from(("cost", "worth")), short=st.sampled_from(("refused", "cut")))),
        )
        for place in range(draw(st.integers(1, 3)))
    ]


@given(promotions(), baskets(), st.sampled_from(("priority", "best")))
def test_result_is_sound(given_: list[Any], basket: Basket, choice: Any) -> None:
    """The working replays, budgets hold, nothing costs less than nothing, every promotion is applied or dropped once."""
    promoted = promote([approved(one) for one in given_], basket, on=DAY, choice=choice)
    assert replay(promoted.step) == promoted.worth
    assert promoted.total == basket.total - promoted.saved
    assert promoted.total >= Money(0, "CNY")
    assert promoted.worth >= promoted.saved
    assert sorted([one.promotion for one in promoted.applied] + [one.promotion for one in promoted.dropped]) == sorted(one.id for one in given_)
    for one in given_:
        if one.budget is not None:
            assert promoted.usage.charged(one.id, "CNY") <= one.budget.amount
    assert promoted.usage.minus([one.use for one in promoted.applied]) == Usage()


@given(promotions(), baskets(), st.randoms(use_true_random=False))
def test_order_of_lines_and_promotions(given_: list[Any], basket: Basket, random: Any) -> None:
    """However lines and promotions are sorted, the result is the same."""
    lines, campaigns = list(basket.lines), [approved(one) for one in given_]
    before = promote(campaigns, basket, on=DAY)
    random.shuffle(lines)
    random.shuffle(campaigns)
    after = promote(campaigns, Basket(currency="CNY", lines=tuple(lines)), on=DAY)
    assert (after.applied, after.dropped, after.total) == (before.applied, before.dropped, before.total)


@given(promotions(), baskets())
def test_unapproved_changes_nothing(given_: list[Any], basket: Basket) -> None:
    """Beside promotions that run, one that is only proposed changes nothing but its own reason."""
    running, waiting = [approved(one) for one in given_], propose(promotion(id="waiting", priority=9), by="chen", on=date(2026, 1, 1))
    without, beside = promote(running, basket, on=DAY), promote([*running, waiting], basket, on=DAY)
    assert (beside.applied, beside.total, beside.usage) == (without.applied, without.total, without.usage)
    assert not promote([waiting], basket, on=DAY).applied


@given(promotions(), baskets(), st.lists(quantities, max_size=5))
def test_budget_over_many_orders(given_: list[Any], basket: Basket, orders: Sequence[int]) -> None:
    """However many orders follow one another, no budget is exceeded."""
    campaigns, usage = [approved(one) for one in given_], Usage()
    for _ in orders:
        usage = promote(campaigns, basket, on=DAY, usage=usage).usage
    assert all(usage.charged(one.id, "CNY") <= one.budget.amount for one in given_ if one.budget is not None)


@given(added, baskets())
def test_free_units_keep_the_rule(offer: BuyGet, basket: Basket) -> None:
    """Units given are never more than those that were bought for them allow, nor than the limit."""
    promoted = promote([approved(promotion(offer, units="once"))], basket, on=DAY)
    given_ = sum((promoted.free_of(line.id) for line in basket.lines), Fraction(0))
    bought = sum((line.quantity for line in basket.lines if offer.buy.covers({"product": line.product})), Fraction(0))
    assert given_ * offer.buy_quantity <= bought * offer.get_quantity
    assert given_ <= (offer.most_units or given_)
    assert given_ <= offer.get_quantity or offer.repeat == "every" or not offer.together


@given(st.lists(buy_gets, min_size=1, max_size=3), baskets())
def test_units_are_got_once(some: list[BuyGet], basket: Basket) -> None:
    """All units got are different ones, so that together they never exceed the units there are, whatever the offers."""
    free = [approved(promotion(BuyGet(**_of(offer) | {"off": 1, "qualifiers": "used"}), id=str(place), units="once")) for place, offer in enumerate(some)]
    promoted = promote(free, basket, on=DAY)
    dearest = max(line.list_price.minor for line in basket.lines)
    units = sum((line.quantity for line in basket.lines), Fraction(0))
    least = min(offer.buy_quantity for offer in some)
    assert promoted.saved.minor <= dearest * (units - (least if promoted.applied else 0))


def _of(offer: BuyGet) -> dict[str, Any]:
    return {
        name: getattr(offer, name)
        for name in ("buy", "buy_quantity", "get", "get_quantity", "reward", "repeat", "together", "picking", "incomplete", "most_units")
    }


parts_of = st.lists(st.tuples(st.frozensets(st.integers(0, 3), min_size=1), st.integers(1, 4).map(Fraction)), min_size=1, max_size=3)


@given(parts_of, st.lists(st.integers(0, 12).map(Fraction), min_size=4, max_size=4), pickings)
def test_sets_can_be_put_together(parts: list[tuple[frozenset[int], Fraction]], stock: list[Fraction], picking: str) -> None:
    """As many sets as are counted can be taken, each unit once; of one more set some part falls short."""
    units, orders = dict(enumerate(stock)), [sorted(fit, reverse=picking == "dearest") for fit, _ in parts]
    times = count(parts, units)
    chosen = choose([(fit, quantity * times) for fit, quantity in parts], units, orders)
    assert [sum(mine.values(), Fraction(0)) for mine in chosen] == [quantity * times for _, quantity in parts]
    assert all(mine.keys() <= fit for mine, (fit, _) in zip(chosen, parts, strict=True))
    assert all(sum((mine.get(lot, Fraction(0)) for mine in chosen), Fraction(0)) <= units[lot] for lot in units)
    more = choose([(fit, quantity * (times + 1)) for fit, quantity in parts], units, orders)
    assert any(sum(mine.values(), Fraction(0)) < quantity * (times + 1) for mine, (_, quantity) in zip(more, parts, strict=True))


@st.composite
def draws(draw: st.DrawFn) -> Draw:
    """Two prizes by odds, each in some or any number."""
    first, second = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    counts = [draw(st.none() | st.integers(1, 3)) for _ in range(2)]
    return Draw(
        prizes=(
            Prize(name="a", cost=draw(amounts), odds=Fraction(first, 10), count=counts[0]),
            Prize(name="b", cost=draw(amounts), odds=Fraction(second, 10), count=counts[1]),
        )
    )


@given(draws(), st.integers(0, 5))
def test_expected_cost_is_exact(draw: Draw, entries: int) -> None:
    """The expectation is the sum over all outcomes, and neither it nor any outcome is more than the most."""
    cost = cost_of_draw(draw, entries)
    chances = [*((prize.name, prize.odds or Fraction(0)) for prize in draw.prizes)]
    chances.append(("", 1 - sum((odds for _, odds in chances), Fraction(0))))
    expected = Exact(0, "CNY")
    for outcome in product(chances, repeat=entries):
        won = {prize.name: min([name for name, _ in outcome].count(prize.name), entries if prize.count is None else prize.count) for prize in draw.prizes}
        chance = Fraction(1)
        for _, odds in outcome:
            chance *= odds
        paid = cost_of_prizes(draw, won, entries)
        assert paid <= cost.most
        expected += paid * chance
    assert expected == cost.expected
    assert cost.expected <= cost.most


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.integers(1, 4), st.sampled_from(("shared", "tiebreak")), st.randoms(use_true_random=False))
def test_contest_pays_its_prizes(scores: list[int], places: int, ties: Any, random: Any) -> None:
    """All prizes of the places held are paid, no more and no less, and a better score never gets less; the order of results does not matter."""
    contest = Contest(prizes=(Places(prize=Money(100, "CNY")), Places(prize=Money(10, "CNY"), places=places)), best="highest", ties=ties)
    results = [Result(key=str(place), score=score, tiebreak=place) for place, score in enumerate(scores)]
    ranking = rank(contest, results)
    assert ranking.cost == Money(100 + 10 * min(places, len(scores) - 1), "CNY")
    for better in results:
        assert all(ranking[better.key] >= ranking[worse.key] for worse in results if better.score > worse.score)
    random.shuffle(results)
    assert rank(contest, results) == ranking


def test_a_rounded_share_never_takes_more_than_a_unit_is_worth() -> None:
    """Of two units one is left at 0.01; one percent of the list price of both rounds up to 0.03, of which that unit bears its 0.01 and no more."""
    deep = PriceOff(price=Money("0.01", "CNY"), per="unit", most_units=1, picking="cheapest")
    offer = promotion(deep, PriceOff(rate="1%", of="list", per="line"), id="P0", units="shared")
    basket = Basket(currency="CNY", lines=(BasketLine(id="0", product="A", quantity=2, list_price=Money("1.50", "CNY"), cost=Money(1, "CNY")),))
    promoted = promote([approved(offer)], basket, on=DAY)
    assert promoted.saved == Money("1.52", "CNY")
    assert promoted.total == Money("1.48", "CNY")
