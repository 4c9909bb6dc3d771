"""Promotions and the price book in decisions: what they give is conceded like anything else, and counts in every floor and limit."""

from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest

from salesrules.errors import FactError
from salesrules.money import Exact, Money
from salesrules.pricing import Actor, Discount, FixedFloor, GuidanceFloor, Level, Limit, PricePolicy, QuoteLine, decide
from salesrules.pricing.prices.book import PriceBook
from salesrules.pricing.prices.entry import PriceEntry
from salesrules.pricing.prices.exchange import Exchange, ExchangeRate
from salesrules.pricing.prices.tax import Tax
from salesrules.pricing.prices.units import Unit
from salesrules.pricing.promotions import Budget, BuyGet, Coupon, Giving, PriceOff, Usage, Use, close, propose
from salesrules.scope import Scope
from salesrules.trace import replay
from tests.pricing_cases import REP, discounts, fixed, line, margin, of_list, policy, quote, rows
from tests.pricing_promotions import approved, promotion, running

DAY = date(2026, 3, 2)
ONE_FREE = BuyGet(buy_quantity=10, get_quantity=1, reward="added", repeat="every", together=False, picking="cheapest", qualifiers="open")
GIFT = Giving(product="cup", quantity=2, list_value=Money(50, "CNY"), cost=Money(20, "CNY"))


def _decided(*campaigns: Any, rules: PricePolicy | None = None, usage: Usage | None = None, **terms: Any) -> Any:
    asked = terms.pop("lines", (line(quantity="10", cost="60"),))
    return decide(rules or policy(), quote(*asked, **terms), actor=REP, campaigns=campaigns, usage=usage)


def test_discounts_of_a_promotion_count() -> None:
    """A tenth off by a promotion is a tenth off, whoever gave it; the step carries its name."""
    decision = _decided(running())
    assert decision.waterfall.at("invoice") == Exact("900", "CNY")
    assert [(step.id, step.amount) for step in decision.waterfall.steps if step.kind == "on_invoice"] == [("p", Exact("-100", "CNY"))]
    assert (decision.level, replay(decision.working)) == ("manager", "needs_approval")


def test_discounts_of_promotions_meet_those_of_the_quote() -> None:
    """What a promotion takes off and what the seller takes off meet as the policy says, for the line and for the order."""
    own = (line(quantity="10", cost="60", discounts=(Discount(id="manual", rate="10%"),)),)
    assert _decided(running(), lines=own).waterfall.at("invoice") == Exact("810", "CNY")
    whole = running(PriceOff(rate="10%", of="running", per="order"))
    assert _decided(whole, lines=own, discounts=(Discount(id="more", amount=Exact("10", "CNY"), per="order"),)).waterfall.at("invoice") == Exact("801", "CNY")


@pytest.mark.parametrize(
    ("campaign", "reason"),
    [
        (propose(promotion(), by="chen", on=DAY), "not approved"),
        (approved(promotion(start=date(2026, 4, 1), until=date(2026, 5, 1))), "not yet"),
        (approved(promotion(start=date(2026, 1, 1), until=DAY)), "over"),
        (close(running(), by="wang", on=DAY, reason="sold out"), "closed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_run_gives_nothing(campaign: Any, reason: str) -> None:
    """A promotion that is not approved, not yet open, over or closed gives nothing, and its name is with what was left out."""
    decision = _decided(campaign)
    assert decision.verdict == "allowed", reason
    assert [one.promotion for one in decision.prices.promoted.dropped] == ["p"]


def test_a_return_gets_the_promotion_of_its_day() -> None:
    """What is asked of an earlier day is judged with the promotions of that day."""
    assert _decided(running(), original=date(2026, 2, 1)).waterfall.at("invoice") == Exact("1000", "CNY")
    back = (line(quantity="-10", cost="60"),)
    assert _decided(running(), original=DAY, date=date(2026, 6, 1), lines=back).waterfall.at("invoice") == Exact("900", "CNY")


def test_free_units_cost_and_count() -> None:
    """Ten bought and one given are 9.09% off, and eleven times the cost, in floors and limits."""
    decision = _decided(running(ONE_FREE), rules=policy(floors=(margin("35%", "management"),)))
    (by_margin, by_discount) = decision.violations
    assert by_discount.actual == Fraction(1, 11)
    assert (by_margin.actual, by_margin.level) == (Exact("1000", "CNY"), "management")
    assert decision.waterfall.at("margin") == Exact("340", "CNY")
    own = (line(quantity="10", cost="60", free="2"),)
    assert _decided(running(ONE_FREE), lines=own).waterfall.at("list") == Exact("1300", "CNY")


def test_a_gift_counts_with_cost_and_list_value() -> None:
    """Another article for nothing takes from what is sold by its list value, and its cost from the margin of the order."""
    order = discounts("5%", "15%", "30%", "50%", id="order", per="order")
    decision = _decided(running(GIFT), rules=policy(limits=(discounts("5%", "15%", "30%", "50%"), order)))
    (gift,) = decision.prices.gifts
    assert (gift.line.product, gift.list, gift.cost) == ("cup", 10_000, 4_000)
    assert decision.waterfall.at("list") == Exact("1100", "CNY")
    assert decision.waterfall.at("margin") == Exact("360", "CNY")
    assert {violation.line: violation.actual for violation in decision.violations} == {"1": Fraction(1, 11), "": Fraction(1, 11)}
    assert gift.invoice + decision.prices.lines[0].invoice == 100_000


def test_a_gift_beside_a_line_without_a_cost() -> None:
    """The cost of an order is unknown where that of a line is, whatever the gift costs; no rule that needs it can be asked."""
    bare = (line(quantity="10"),)
    assert _decided(running(GIFT), lines=bare).of("1").priced.cost is None
    with pytest.raises(FactError) as caught:
        _decided(running(GIFT), lines=bare, rules=policy(floors=(margin("10%", per="order"),)))
    assert (caught.value.code, caught.value.path) == ("pricing.no_cost", "cost")


def test_coupons() -> None:
    """A promotion with codes gives what it gives where a code is shown, and nothing where none or a wrong one is."""
    campaign = running(coupon=Coupon(codes=("SPRING",), per_order=1))
    assert _decided(campaign, coupons=("SPRING",)).waterfall.at("invoice") == Exact("900", "CNY")
    for shown in ((), ("AUTUMN",)):
        assert _decided(campaign, coupons=shown).waterfall.at("invoice") == Exact("1000", "CNY")


@pytest.mark.parametrize(("short", "left"), [("refused", "1000"), ("cut", "960")])
def test_budgets(short: Any, left: str) -> None:
    """What is left of a budget is all that a promotion gives, or nothing where it does not cover the whole; what is used is told."""
    campaign = running(budget=Budget(amount=Money(500, "CNY"), charged="worth", short=short))
    used = Usage((Use(promotion="p", customer="C1", charged=Money(460, "CNY")),))
    decision = _decided(campaign, usage=used)
    assert decision.waterfall.at("invoice") == Exact(left, "CNY")
    assert _decided(campaign).prices.promoted.usage.uses[0].charged == Money(100, "CNY")


def test_the_best_for_the_customer() -> None:
    """Where the policy says so, promotions are tried together and the customer gets the better one."""
    small = running(PriceOff(rate="5%", of="running", per="line"), exclusive=True, priority=9)
    large = running(PriceOff(rate="20%", of="running", per="line"), id="q", exclusive=True)
    assert _decided(small, large).waterfall.at("invoice") == Exact("950", "CNY")
    assert _decided(small, large, rules=policy(promotions="best")).waterfall.at("invoice") == Exact("800", "CNY")


def test_promotions_need_a_rule_how_discounts_meet() -> None:
    """A policy that does not say how discounts meet cannot judge a promotion that takes something off; one that gives units it can."""
    with pytest.raises(FactError) as caught:
        _decided(running(), rules=policy(discounts=None))
    assert caught.value.code == "pricing.no_stacking"
    assert _decided(running(GIFT), rules=policy(discounts=None)).level == "manager"


BOOK = PriceBook(
    id="list-2026",
    currency="CNY",
    units=(Unit(id="piece"), Unit(id="box", of="piece", factor=12)),
    entries=(
        PriceEntry(id="all", price=100, floor="80", unit="piece"),
        PriceEntry(id="north", scope=Scope(region=("north",)), price=110, unit="piece"),
        PriceEntry(id="spring", gives="promotional", scope=Scope(product=("P-7",)), price=90, unit="piece"),
        PriceEntry(id="gold", gives="regular", scope=Scope(customer_grade=("gold",)), price=96, unit="piece"),
    ),
)


def _boxed(**terms: Any) -> QuoteLine:
    given: dict[str, Any] = {"id": "1", "product": "P-1", "quantity": 2, "unit": "piece"}
    return QuoteLine(**given | terms)


def test_the_book_rules() -> None:
    """The list price is that of the book, whatever the line says; what the line says besides is reported and hides nothing."""
    decision = decide(policy(prices=BOOK), quote(_boxed(list_price=Money(50, "CNY"), price=Money(50, "CNY"))), actor=REP)
    assert (decision.waterfall.at("list"), decision.level) == (Exact("200", "CNY"), "management")
    assert [(violation.code, violation.actual) for violation in decision.violations if violation.warning] == [
        ("pricing.reason.list_replaced", Exact("50", "CNY"))
    ]
    same = decide(policy(prices=BOOK), quote(_boxed(list_price=Money(100, "CNY"))), actor=REP)
    assert same.violations == ()


@pytest.mark.parametrize(
    ("terms", "asked", "listed", "invoiced"),
    [
        ({}, {}, "200", "200"),
        ({"region": "north"}, {}, "220", "220"),
        ({}, {"product": "P-7"}, "200", "180"),
        ({"customer_grade": "gold"}, {}, "200", "192"),
        ({}, {"unit": "box"}, "2400", "2400"),
        ({}, {"unit": "box", "price": Money(1176, "CNY")}, "2400", "2352"),
    ],
)
def test_prices_of_the_book(terms: dict[str, Any], asked: dict[str, Any], listed: str, invoiced: str) -> None:
    """Region, grade, article and unit choose the price; what is below the list price is a step of the waterfall with the entry's name."""
    decision = decide(policy(prices=BOOK), quote(_boxed(**asked), **terms), actor=REP)
    assert (decision.waterfall.at("list"), decision.waterfall.at("invoice")) == (Exact(listed, "CNY"), Exact(invoiced, "CNY"))
    steps = [step.id for step in decision.waterfall.steps if step.kind == "on_invoice"]
    assert steps == ([] if listed == invoiced else ["price"] if "price" in asked else ["spring"] if "product" in asked else ["gold"])


def test_guidance_and_floors_by_unit() -> None:
    """The floor price of the book binds as guidance, and a floor for one unit is for one of what the book counts in: here a piece."""
    guided = GuidanceFloor(id="guide", at="net", per="line", below="head", share="100%")
    each = FixedFloor(id="each", at="net", per="line", below="nobody", price="75")
    rules = policy(prices=BOOK, limits=(), floors=(guided, each), levels=(Level(id="rep"), Level(id="head")))
    boxes = decide(rules, quote(_boxed(unit="box", price=Money(948, "CNY"))), actor=REP)
    assert [(violation.rule, violation.limit) for violation in boxes.violations] == [("guide", Exact("1920", "CNY"))]
    assert decide(rules, quote(_boxed(unit="box", price=Money(899, "CNY"))), actor=REP).verdict == "refused"
    assert decide(rules, quote(_boxed(price=Money(1, "CNY")), region="north"), actor=REP).violations[0].rule == "each"
    price = Limit(id="price", measure="price", at="net", per="line", rows=rows("95", "1"))
    by_price = policy(prices=BOOK, levels=policy().levels[:2], limits=(price,))
    assert decide(by_price, quote(_boxed(unit="box", price=Money(1128, "CNY"))), actor=REP).violations[0].actual == Exact("94", "CNY")


def test_guidance_that_is_not_there_binds_nobody() -> None:
    """Where the book gives no floor price, guidance asks for nothing, even of a price that freight has eaten up."""
    guided = GuidanceFloor(id="guide", at="pocket", per="line", below="nobody", share="100%")
    rules = policy(prices=BOOK, limits=(), floors=(guided,))
    decision = decide(rules, quote(_boxed(), region="north", freight=Money(500, "CNY")), actor=REP)
    assert decision.waterfall.at("pocket") == Exact("-280", "CNY")
    assert decision.violations == ()


def test_other_currencies_of_the_book() -> None:
    """A book in another currency is asked through its exchange rates, of the price date; a discount is measured from what comes out."""
    rates = Exchange(
        rates=(ExchangeRate(base="USD", quote="CNY", rate="7.2", start=date(2026, 1, 1)), ExchangeRate(base="USD", quote="CNY", rate="7", start=DAY))
    )
    book = PriceBook(id="usd", currency="USD", entries=(PriceEntry(id="all", price=10),), exchange=rates)
    asked = quote(QuoteLine(id="1", product="P", quantity=1, price=Money(63, "CNY")))
    decision = decide(policy(prices=book), asked, actor=REP)
    assert (decision.waterfall.at("list"), decision.violations[0].actual) == (Exact("70", "CNY"), Fraction(1, 10))
    assert decide(policy(prices=book), attrs.evolve(asked, original=date(2026, 3, 1)), actor=REP).waterfall.at("list") == Exact("72", "CNY")
    with pytest.raises(FactError) as caught:
        decide(policy(prices=book), attrs.evolve(asked, lines=(attrs.evolve(asked.lines[0], price=Exact("9", "USD")),)), actor=REP)
    assert (caught.value.code, caught.value.path) == ("pricing.mixed_currency", "line 1.price")


def test_tax_of_the_book() -> None:
    """A book with tax in its prices is judged without it where the policy says so, or with it."""
    book = PriceBook(id="gross", currency="CNY", tax=Tax(basis="gross", rate="13%"), entries=(PriceEntry(id="all", price=113),))
    asked = QuoteLine(id="1", product="P", quantity=1, price=Money("101.70", "CNY"), cost=Money(80, "CNY"), tax=Tax(basis="gross", rate="13%"))
    net = decide(policy(prices=book, tax="net", floors=(margin("12%", "head"),)), quote(asked), actor=REP)
    assert (net.waterfall.at("list"), net.waterfall.at("net"), net.level) == (Exact("100", "CNY"), Exact("90", "CNY"), "head")
    gross = decide(policy(prices=book, tax="gross", floors=(margin("12%", "head"),)), quote(asked), actor=REP)
    assert (gross.waterfall.at("list"), gross.waterfall.at("net"), gross.level) == (Exact("113", "CNY"), Exact("101.70", "CNY"), "head")


@pytest.mark.parametrize(("asked", "code"), [({"product": "P-1", "unit": "crate"}, "pricing.unit_unknown"), ({"product": ""}, "")])
def test_what_the_book_does_not_know(asked: dict[str, Any], code: str) -> None:
    """A unit that the book does not have is refused; an article without an entry of its own has the price of all."""
    rules = policy(prices=BOOK)
    if code:
        with pytest.raises(FactError) as caught:
            decide(rules, quote(_boxed(**asked)), actor=REP)
        assert caught.value.code == code
    else:
        assert decide(rules, quote(_boxed(**asked)), actor=REP).verdict == "allowed"
    bare = attrs.evolve(BOOK, entries=BOOK.entries[2:3])
    with pytest.raises(FactError) as caught:
        decide(policy(prices=bare), quote(_boxed()), actor=REP)
    assert caught.value.code == "pricing.no_price"


def test_floors_hold_against_promotions() -> None:
    """A discount of a promotion on the order is not spread through a hard floor, with or without a cost."""
    whole = running(PriceOff(amount=Money(300, "CNY"), per="order"))
    cup = QuoteLine(id="2", product="cup", quantity=10, list_price=Money(100, "CNY"), cost=Money(1, "CNY"))
    rules = policy(limits=(), floors=(of_list("90%", scope=Scope(product=("P-100",))), fixed("1", id="all")))
    decision = _decided(whole, rules=rules, lines=(line(quantity="10", cost="60"), cup))
    assert {one: decision.of(one).waterfall.at("invoice") for one in ("1", "2")} == {"1": Exact("900", "CNY"), "2": Exact("800", "CNY")}
    assert decision.verdict == "allowed"


def test_hard_floors_by_cost_need_the_cost() -> None:
    """Where discounts must stop at a floor that is made of the cost, an unknown cost is refused by name, never taken for 0."""
    asked = quote(line("90", discounts=(Discount(id="a", rate="1%"),)))
    with pytest.raises(FactError) as caught:
        decide(policy(floors=(margin("10%"),)), asked, actor=Actor(person="li", level="rep"))
    assert (caught.value.code, caught.value.path) == ("pricing.no_cost", "line 1.cost")
