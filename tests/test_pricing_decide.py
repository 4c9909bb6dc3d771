"""Decisions: verdict, level, violations, prices on their way, and what cannot be asked."""

from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest

from salesrules.errors import FactError, NotInForce, PolicyError, SalesRulesError
from salesrules.money import Exact, Money
from salesrules.pricing import (
    Audience,
    BookPriceFloor,
    ContractPriceFloor,
    Discount,
    LastPriceFloor,
    Limit,
    MarkupFloor,
    PriceBook,
    PriceEntry,
    QuoteLine,
    decide,
)
from salesrules.pricing.prices.tax import Tax
from salesrules.scope import Scope
from salesrules.timeline import Entry, Timeline
from salesrules.trace import replay
from tests.pricing_cases import DAY, HEAD, MANAGEMENT, MANAGER, REP, discounts, fixed, line, margin, of_list, policy, quote, rows


@pytest.mark.parametrize(
    ("price", "verdict", "level"),
    [
        ("100", "allowed", ""),
        ("95", "allowed", ""),
        ("94.99", "needs_approval", "manager"),
        ("85", "needs_approval", "manager"),
        ("84.99", "needs_approval", "head"),
        ("50", "needs_approval", "management"),
        ("49.99", "refused", ""),
        ("110", "allowed", ""),
    ],
)
def test_levels(price: str, verdict: str, level: str) -> None:
    """Each price needs the level whose limit it still keeps; a limit itself may be granted; past all limits it is refused."""
    decision = decide(policy(), quote(line(price)), actor=REP)
    assert (decision.verdict, decision.level) == (verdict, level)


def test_exclusive_edge() -> None:
    """With an exclusive edge the limit itself is the next level's."""
    rules = policy(limits=(discounts("5%", "15%", "30%", "50%", edge="exclusive"),))
    assert decide(rules, quote(line("95")), actor=REP).level == "manager"
    assert decide(rules, quote(line("95.01")), actor=REP).verdict == "allowed"


def test_violation_tells_everything() -> None:
    """A violation tells the limit of the person who asks, what was found, the money and the points that are missing, and the level."""
    (found,) = decide(policy(), quote(line("80", quantity="10")), actor=MANAGER).violations
    assert (found.code, found.rule, found.measure, found.line, found.level) == ("pricing.reason.beyond_limit", "discounts", "discount", "1", "head")
    assert (found.limit, found.actual, found.points) == (Fraction(15, 100), Fraction(20, 100), Fraction(5, 100))
    assert found.shortfall == Exact("50", "CNY")
    assert not found.refused
    assert found.to_data()["shortfall"] == {"amount": "50", "currency": "CNY"}


def test_every_violation() -> None:
    """All rules that are broken are told, not only the first, each with what it asks; the verdict is the worst of them."""
    rules = policy(floors=(margin("40%"), of_list("90%", "head"), fixed("85", "warning")))
    decision = decide(rules, quote(line("80", cost="60")), actor=REP)
    assert decision.verdict == "refused"
    told = {violation.rule: (violation.level, violation.warning, violation.refused) for violation in decision.violations}
    assert told == {"margin": ("", False, True), "of_list": ("head", False, False), "fixed": ("", True, False), "discounts": ("head", False, False)}
    assert {violation.rule: str(violation.shortfall) for violation in decision.violations if violation.rule != "discounts"} == {
        "margin": "20 CNY",
        "of_list": "10 CNY",
        "fixed": "5 CNY",
    }


def test_floor_level() -> None:
    """Below a floor that a level may undercut the level is needed; at that level nothing stands against it."""
    rules = policy(limits=(), floors=(of_list("90%", "head"), fixed("1", "rep", id="a"), fixed("1", "manager", id="b"), fixed("1", "management", id="c")))
    assert decide(rules, quote(line("89")), actor=REP).level == "head"
    assert decide(rules, quote(line("89")), actor=HEAD).violations == ()
    assert decide(rules, quote(line("89")), actor=MANAGEMENT).verdict == "allowed"
    assert decide(rules, quote(line("90")), actor=REP).verdict == "allowed"


def test_warning_only() -> None:
    """A floor that only warns is reported and allows."""
    rules = policy(limits=(discounts(None),), levels=policy().levels[:1], floors=(margin("50%", "warning"),))
    decision = decide(rules, quote(line("80", cost="60")), actor=REP)
    assert decision.verdict == "allowed"
    assert [violation.warning for violation in decision.violations] == [True]


@pytest.mark.parametrize(("combine", "told"), [("all", ["of_list", "fixed"]), ("highest", ["of_list"]), ("most_specific", ["fixed"])])
def test_combinations(combine: Any, told: list[str]) -> None:
    """All floors hold, or the highest alone is told, or only the most specific one binds."""
    floors = (of_list("95%"), fixed("92", scope=Scope(product=("P-100",))))
    decision = decide(policy(combine=combine, floors=floors, limits=()), quote(line("90")), actor=REP)
    assert [violation.rule for violation in decision.violations] == told
    other = decide(policy(combine=combine, floors=floors, limits=()), quote(line("90", product="P-7")), actor=REP)
    assert [violation.rule for violation in other.violations] == ["of_list"]


def test_equal_floors_are_told_once() -> None:
    """Of two floors of the same height the first is told where the highest alone counts."""
    floors = (of_list("95%"), fixed("95"))
    decision = decide(policy(combine="highest", floors=floors, limits=()), quote(line("90")), actor=REP)
    assert [violation.rule for violation in decision.violations] == ["of_list"]


def test_facts_that_bind() -> None:
    """Last price and contract price bind a line that has them, and no other; a markup is a share of the cost."""
    floors = (
        LastPriceFloor(id="last", at="net", per="line", below="nobody", share="100%"),
        ContractPriceFloor(id="contract", at="net", per="line", below="nobody", share="90%"),
        MarkupFloor(id="markup", at="net", per="line", below="nobody", markup="25%"),
    )
    rules = policy(floors=floors, limits=())
    bound = decide(rules, quote(line("80", cost="70", last_price="85", contract_price="90")), actor=REP)
    assert {violation.rule: violation.limit for violation in bound.violations} == {
        "last": Exact("85", "CNY"),
        "contract": Exact("81", "CNY"),
        "markup": Exact("87.5", "CNY"),
    }
    assert decide(rules, quote(line("80", cost="64")), actor=REP).verdict == "allowed"


@pytest.mark.parametrize(
    ("measure", "limits", "price", "level", "shortfall"),
    [
        ("amount", ("50", "200", None), "90", "manager", "50"),
        ("margin", ("30%", "20%", None), "80", "manager", "57.14"),
        ("markup", ("50%", "30%", None), "80", "manager", "100"),
        ("price", ("95", "85", None), "90", "manager", "50"),
        ("size", ("500", "1000", None), "90", "manager", None),
    ],
)
def test_measures(measure: Any, limits: tuple[str, ...], price: str, level: str, shortfall: str | None) -> None:
    """Every measure finds its level, and the money that is missing until the limit of the person who asks is kept."""
    rules = policy(levels=policy().levels[:3], limits=(Limit(id="m", measure=measure, at="net", per="line", rows=rows(*limits)),))
    decision = decide(rules, quote(line(price, quantity="10", cost="60")), actor=REP)
    assert decision.level == level
    (found,) = decision.violations
    if shortfall is None:
        assert found.shortfall is None
    else:
        assert found.shortfall is not None
        assert abs(found.shortfall - Exact(shortfall, "CNY")) < Exact("0.01", "CNY")
    assert replay(decision.working) == "needs_approval"


def test_undefined_margin() -> None:
    """A price of 0 has no margin rate: it needs the highest level, never a better one than a price above 0."""
    rules = policy(limits=(Limit(id="m", measure="margin", at="net", per="line", rows=rows("30%", "20%", "10%", "0%")),))
    assert decide(rules, quote(line("0", cost="50")), actor=REP).verdict == "refused"
    assert decide(rules, quote(line("0.01", cost="0")), actor=REP).verdict == "allowed"


def test_most_specific_limit() -> None:
    """Of several limits by one measure the most specific one counts."""
    wide = discounts("50%", "60%", "70%", "80%", id="wide", scope=Scope(category=("clearance",)))
    rules = policy(limits=(discounts("5%", "15%", "30%", "50%"), wide))
    assert decide(rules, quote(line("55", category="clearance")), actor=REP).verdict == "allowed"
    assert decide(rules, quote(line("55")), actor=REP).level == "management"


def test_order_as_a_whole() -> None:
    """A limit of orders adds the lines up: a good line makes up for a bad one, and its size counts at list prices."""
    order = discounts("10%", "20%", None, id="order", per="order")
    size = Limit(id="size", measure="size", at="net", per="order", rows=(*rows("500", "5000"), rows(None, None, None, None)[3]))
    rules = policy(limits=(order, size), floors=(margin("20%", per="order"),))
    lines = (line("70", id="a", cost="50"), line("100", id="b", cost="50"), line("99", id="c", cost="50"))
    decision = decide(rules, quote(*lines), actor=REP)
    assert (decision.verdict, decision.level, [violation.line for violation in decision.violations]) == ("needs_approval", "manager", [""])
    assert decide(rules, quote(line("100", quantity="6", cost="1")), actor=REP).level == "manager"
    assert decision.waterfall.at("net") == Exact("269", "CNY")
    assert decision.of("").priced.list == 30000


def test_own_range() -> None:
    """Where a level may not use its range for itself, any concession needs the level above; the highest has nobody above."""
    rules = policy(own_range="asks_above")
    assert decide(rules, quote(line("99")), actor=REP).level == "manager"
    assert [violation.code for violation in decide(rules, quote(line("99")), actor=REP).violations] == ["pricing.reason.own_range"]
    assert decide(rules, quote(line("100")), actor=REP).verdict == "allowed"
    assert decide(rules, quote(line("80")), actor=REP).level == "head"
    assert decide(rules, quote(line("99")), actor=MANAGEMENT).verdict == "allowed"


def test_free_units_are_discount() -> None:
    """Buy 10 get 1 is 9.09%, however the price is typed."""
    decision = decide(policy(), quote(line(quantity="10", free="1")), actor=REP)
    assert decision.violations[0].actual == Fraction(1, 11)
    assert decision.level == "manager"


def test_gift_line_takes_from_its_bundle() -> None:
    """A gift at a price of 0 takes from the lines that it is sold with, by list values; without a bundle it stands alone."""
    pump, hose = line(id="pump", quantity="9", bundle="set"), line("0", id="hose", bundle="set", product="hose")
    decision = decide(policy(), quote(pump, hose), actor=REP)
    assert {violation.line: violation.actual for violation in decision.violations} == {"pump": Fraction(1, 10), "hose": Fraction(1, 10)}
    assert decide(policy(), quote(pump, attrs.evolve(hose, bundle="")), actor=REP).verdict == "refused"
    assert decision.waterfall.at("invoice") == Exact("900", "CNY")


def test_rebates_terms_and_freight_count() -> None:
    """Floors hold after rebates, payment terms and freight where they are judged at the pocket price."""
    rules = policy(limits=(), floors=(of_list("90%", at="invoice"), of_list("90%", at="net", id="n"), of_list("90%", at="pocket", id="p")))
    terms: dict[str, Any] = {"rebate": "2%", "payment_discount": "3%", "freight": Money("2.00", "CNY")}
    decision = decide(rules, quote(line("95"), **terms), actor=REP)
    fall = decision.waterfall
    assert [str(fall.at(stage).value) for stage in ("list", "invoice", "net", "pocket")] == ["100", "95", "90307/1000", "88307/1000"]
    assert [violation.rule for violation in decision.violations] == ["p"]


def test_discounts_meet_as_the_policy_says() -> None:
    """Discounts of the line and of the order are stacked, spread, and measured from the list price together with a typed price."""
    off, coupon = Discount(id="spring", rate="10%"), Discount(id="coupon", amount=Exact("10", "CNY"), per="order")
    decision = decide(policy(), quote(line("90", discounts=(off,)), line(id="2"), discounts=(coupon,)), actor=REP)
    assert [(step.id, str(step.amount.value)) for step in decision.of("1").waterfall.steps] == [
        ("list", "100"),
        ("price", "-10"),
        ("spring", "-9"),
        ("coupon", "-112/25"),
    ]
    assert decision.waterfall.at("invoice") == Exact("171", "CNY")
    assert decision.warnings == ()
    assert decision.dropped == ()
    replay(decision.working)


def test_order_discount_stops_at_hard_floors() -> None:
    """A discount of the order is not spread through a floor that nobody may go below; the rest is moved to other lines."""
    coupon = Discount(id="coupon", amount=Exact("20", "CNY"), per="order")
    rules = policy(limits=(), floors=(fixed("95", scope=Scope(product=("shirt",))),))
    decision = decide(rules, quote(line(id="a", product="shirt"), line(id="b", product="mug"), discounts=(coupon,)), actor=REP)
    assert {name: str(decision.of(name).waterfall.at("invoice").value) for name in ("a", "b")} == {"a": "95", "b": "85"}
    assert decision.verdict == "allowed"


def test_order_of_discounts_matters() -> None:
    """Where another order of the same discounts gives another price, the decision warns, and tells what was dropped."""
    own = (Discount(id="a", rate="20%"), Discount(id="b", amount=Exact("10", "CNY")), Discount(id="c", rate="0%"))
    decision = decide(policy(), quote(line(discounts=own)), actor=REP)
    assert {str(warning.net.value) for warning in decision.warnings} == {"70"}
    assert [dropped.discount.id for dropped in decision.dropped] == ["c"]


def test_fractions_stay_exact() -> None:
    """Quantities and unit prices with any decimals are judged exactly: a hair below the limit is beyond it."""
    rules = policy(limits=(discounts("1/3", "40%", None),), levels=policy().levels[:3])
    exactly = line("66.6666", listed="99.9999", quantity="0.333")
    assert decide(rules, quote(exactly), actor=REP).verdict == "allowed"
    assert decide(rules, quote(attrs.evolve(exactly, price=Exact("66.66659", "CNY"))), actor=REP).level == "manager"


def test_returns_are_judged_like_sales() -> None:
    """A return is judged by its amounts without their sign, on the day of the original order."""
    early, late = policy(), policy(effective_from=date(2026, 3, 1), limits=(discounts("50%", "60%", "70%", "80%"),))
    versions = Timeline((Entry(date(2026, 1, 1), early), Entry(date(2026, 3, 1), late)))
    returned = quote(line("80", quantity="-2"), original=date(2026, 2, 1))
    assert decide(versions, returned, actor=REP).level == "head"
    assert decide(versions, attrs.evolve(returned, original=None), actor=REP).verdict == "allowed"


@pytest.mark.parametrize("which", ["shipped", "invoiced"])
def test_price_date(which: Any) -> None:
    """The policy says which day of a quote decides; a quote that does not tell it is refused."""
    rules = policy(price_date=which, effective_from=DAY)
    assert decide(rules, quote(**{which: DAY}), actor=REP).verdict == "allowed"
    with pytest.raises(NotInForce):
        decide(rules, quote(**{which: date(2026, 3, 1)}), actor=REP)
    with pytest.raises(FactError, match=r"pricing\.price_date"):
        decide(rules, quote(), actor=REP)


def test_policy_that_has_ended() -> None:
    """A policy that has ended judges nothing."""
    with pytest.raises(NotInForce):
        decide(policy(effective_until=DAY), quote(), actor=REP)


def test_tax_bases() -> None:
    """Prices with tax are judged without it, or with it, as the policy says; the cost has no tax in it."""
    gross = line("105.30", listed="117", cost="80", tax=Tax(basis="gross", rate="17%"))
    assert decide(policy(tax="net"), quote(gross), actor=REP).of("1").waterfall.at("net") == Exact("90", "CNY")
    judged = decide(policy(tax="gross", floors=(margin("0%"),)), quote(gross), actor=REP)
    assert judged.of("1").waterfall.at("margin") == Exact("11.7", "CNY")
    net = line("90", tax=Tax(basis="net"))
    assert decide(policy(tax="net"), quote(net), actor=REP).level == "manager"


REFUSED: list[tuple[str, Any, Any]] = [
    ("pricing.no_price", {}, quote(line(listed=None))),
    ("pricing.no_cost", {"floors": (margin("10%"),)}, quote(line("90"))),
    ("pricing.no_cost", {"floors": (margin("10%", per="order"),)}, quote(line("90"))),
    ("pricing.mixed_currency", {}, quote(QuoteLine(id="1", quantity=1, list_price=Money(1, "USD")))),
    ("pricing.mixed_currency", {}, quote(freight=Money(1, "USD"))),
    ("pricing.no_stacking", {"discounts": None}, quote(discounts=(Discount(id="a", rate="1%"),))),
    ("pricing.no_limit", {"limits": (discounts("5%", "15%", "30%", "50%", scope=Scope(category=("x",))),)}, quote()),
    ("pricing.tax_basis", {}, quote(line(tax=Tax(basis="net")))),
    ("pricing.tax_basis", {"tax": "net"}, quote()),
    ("pricing.tax_unrated", {"tax": "gross"}, quote(line(tax=Tax(basis="net")))),
]


@pytest.mark.parametrize(("code", "terms", "asked"), REFUSED)
def test_questions_that_cannot_be_asked(code: str, terms: dict[str, Any], asked: Any) -> None:
    """What is missing or does not fit is an error with its code, never taken for 0."""
    with pytest.raises(FactError) as caught:
        decide(policy(**terms), asked, actor=REP)
    assert caught.value.code == code
    assert caught.value.path


@pytest.mark.parametrize(
    ("code", "build"),
    [
        ("pricing.quantity", lambda: line(quantity="0")),
        ("pricing.free", lambda: line(free="-1")),
        ("pricing.price", lambda: line("-1")),
        ("pricing.price_type", lambda: QuoteLine(id="1", quantity=1, price=1.5)),  # type: ignore[arg-type]
        ("pricing.no_lines", lambda: attrs.evolve(quote(), lines=())),
        ("pricing.duplicate_line", lambda: quote(line(), line())),
        ("approvals.unknown_level", lambda: decide(policy(), quote(), actor=attrs.evolve(REP, level="boss"))),
        ("pricing.unknown_line", lambda: decide(policy(), quote(), actor=REP).of("7")),
        ("pricing.stage", lambda: decide(policy(), quote(), actor=REP).waterfall.at("gross")),
        ("pricing.no_cost", lambda: decide(policy(), quote(), actor=REP).waterfall.at("margin")),
    ],
)
def test_bad_facts(code: str, build: Any) -> None:
    """Facts that mean nothing are refused where they are made."""
    with pytest.raises(SalesRulesError) as caught:
        build()
    assert caught.value.code == code


def test_the_highest_floor_of_a_level_does_not_hide_another_levels() -> None:
    """Where only the highest floors count, a higher one that only warns does not open a lower one that nobody may go below."""
    rules = policy(combine="highest", floors=(of_list("95%", "warning"), fixed("80")), limits=())
    decision = decide(rules, quote(line("70")), actor=REP)
    assert decision.verdict == "refused"
    assert [violation.rule for violation in decision.violations] == ["of_list", "fixed"]


def test_discounts_are_not_clamped() -> None:
    """A discount of a line goes as far as it is typed, and is refused like the same price would be."""
    rules = policy(floors=(of_list("60%"),))
    decision = decide(rules, quote(line(discounts=(Discount(id="deep", rate="60%"),))), actor=REP)
    assert decision.verdict == "refused"
    assert decision.waterfall.at("invoice") == Exact("40", "CNY")
    assert decision.forfeited == Money(0, "CNY")


def test_the_price_of_the_book_is_no_concession() -> None:
    """A limit or a floor may start from the price that the book gives, so that a customer's own price needs nobody."""
    entries = (PriceEntry(id="list", price=100), PriceEntry(id="own", gives="regular", scope=Scope(customer=("C7",)), price=80))
    book = PriceBook(id="b", currency="CNY", entries=entries)
    rules = policy(prices=book, limits=(discounts("5%", "15%", "30%", "50%", of="book"),), own_range="asks_above")
    assert decide(rules, quote(line(listed=None), customer="C7"), actor=REP).verdict == "allowed"
    assert decide(rules, quote(line("70", listed=None), customer="C7"), actor=REP).level == "manager"
    floor = BookPriceFloor(id="book", at="net", per="line", below="nobody", share="100%")
    strict = policy(prices=book, limits=(), floors=(floor,))
    assert decide(strict, quote(line(listed=None), customer="C7"), actor=REP).verdict == "allowed"
    assert decide(strict, quote(line("79", listed=None), customer="C7"), actor=REP).verdict == "refused"


def test_own_range_is_for_own_quotes() -> None:
    """Somebody else's quote within one's own range needs nobody above."""
    rules = policy(own_range="asks_above")
    assert decide(rules, quote(line("90"), person="li"), actor=MANAGER).verdict == "allowed"
    assert decide(rules, quote(line("90"), person=MANAGER.person), actor=MANAGER).level == "head"


def test_undefined_margin_is_not_told_as_a_number() -> None:
    """The margin of a price of 0 is left empty, in the violation and in what an approval holds."""
    rules = policy(limits=(Limit(id="m", measure="margin", at="net", per="line", rows=rows("30%", "20%", "10%", None)),))
    decision = decide(rules, quote(line("0", cost="50")), actor=REP)
    assert [(violation.actual, violation.points) for violation in decision.violations] == [(None, None)]
    assert [measured.value for measured in decision.measures] == [None]


def test_both_signs() -> None:
    """Sales and returns in one quote would make up for each other; they are refused."""
    with pytest.raises(FactError, match=r"pricing\.both_signs"):
        quote(line(id="a"), line(id="b", quantity="-1"))


def test_audiences_are_told_apart() -> None:
    """Two audiences of one name are refused."""
    with pytest.raises(PolicyError, match=r"pricing\.duplicate_audience"):
        policy(audiences=(Audience(id="rep"), Audience(id="rep")))


def test_the_working_of_an_undefined_margin() -> None:
    """The working says that the margin of a price of 0 cannot be told, and replays."""
    rules = policy(limits=(Limit(id="m", measure="margin", at="net", per="line", rows=rows("30%", "20%", "10%", None)),))
    decision = decide(rules, quote(line("0", cost="50")), actor=REP)
    assert decision.working.find("pricing.measure.undefined")
    assert replay(decision.working) == "needs_approval"
