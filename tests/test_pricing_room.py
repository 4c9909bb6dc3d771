"""The questions the other way round: lowest price, further discount, price for a margin, one more free unit."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest

from salesrules.errors import FactError, NotInForce, SalesRulesError
from salesrules.money import Exact, Money, Rounding
from salesrules.pricing import Actor, Discount, Limit, QuoteLine, decide, further_discount, lowest_price, one_more_free, price_for_margin
from salesrules.pricing.prices.book import PriceBook
from salesrules.pricing.prices.entry import PriceEntry
from salesrules.pricing.prices.tax import Tax
from salesrules.pricing.prices.units import Unit
from salesrules.timeline import Entry, Timeline
from tests.pricing_cases import HEAD, LEVELS, MANAGEMENT, MANAGER, REP, discounts, fixed, line, margin, policy, quote, rows

BOX = PriceBook(
    id="list",
    currency="CNY",
    units=(Unit(id="piece"), Unit(id="box", of="piece", factor=12)),
    entries=(PriceEntry(id="all", price=10, unit="piece"),),
)


@pytest.mark.parametrize(("actor", "price"), [(REP, "95"), (MANAGER, "85"), (HEAD, "70"), (MANAGEMENT, "50")])
def test_lowest_price_of_each_level(actor: Actor, price: str) -> None:
    """At each level the lowest price is where its limit lies: what level N could approve."""
    assert lowest_price(policy(), quote(line("99", quantity="3")), "1", actor=actor) == Money(price, "CNY")


def test_lowest_price_counts_everything() -> None:
    """Discounts of the line, rebates and free units take from the price that may be asked."""
    rules = policy(limits=(), floors=(fixed("80"),))
    assert lowest_price(rules, quote(line()), "1", actor=REP) == Money(80, "CNY")
    assert lowest_price(rules, quote(line(), rebate="20%"), "1", actor=REP) == Money(100, "CNY")
    assert lowest_price(rules, quote(line(quantity="4", free="1")), "1", actor=REP) == Money(100, "CNY")
    assert lowest_price(policy(), quote(line(discounts=(Discount(id="a", rate="4%"),))), "1", actor=REP) == Money("98.96", "CNY")


def test_no_price_is_low_enough() -> None:
    """Where not even the list price is allowed there is no answer."""
    size = Limit(id="size", measure="size", at="net", per="line", rows=(*rows("50", "5000"), rows(None, None, None)[2]))
    rules = policy(levels=LEVELS[:3], limits=(size,))
    assert lowest_price(rules, quote(line()), "1", actor=REP) is None
    assert lowest_price(rules, quote(line()), "1", actor=MANAGER) == Money(0, "CNY")
    assert further_discount(rules, quote(line()), "1", actor=REP) is None


def test_lowest_price_leaves_other_lines() -> None:
    """The other lines stay; a limit of the order as a whole is shared with them."""
    rules = policy(limits=(discounts("5%", "15%", "30%", "50%", per="order"),))
    asked = quote(line(id="a"), line("95", id="b"))
    assert lowest_price(rules, asked, "a", actor=REP) == Money(95, "CNY")
    assert lowest_price(rules, quote(line(id="a"), line("90", id="b")), "a", actor=REP) == Money(100, "CNY")


@pytest.mark.parametrize(("unit", "price"), [("piece", "9.50"), ("box", "114.00")])
def test_lowest_price_is_of_the_unit_of_the_line(unit: str, price: str) -> None:
    """A line in boxes is answered in boxes, however the price book counts."""
    asked = quote(QuoteLine(id="1", product="P", quantity=2, unit=unit))
    found = lowest_price(policy(prices=BOX), asked, "1", actor=REP)
    assert found == Money(price, "CNY")
    assert decide(policy(prices=BOX), quote(attrs.evolve(asked.lines[0], price=found)), actor=REP).verdict == "allowed"


def test_lowest_price_is_on_the_tax_basis_of_the_line() -> None:
    """A line whose prices hold tax is answered with tax, where the policy judges without it."""
    asked = quote(line("117", listed="117", cost="80", tax=Tax(basis="gross", rate="17%")))
    found = lowest_price(policy(tax="net"), asked, "1", actor=REP)
    assert found == Money("111.15", "CNY")
    assert price_for_margin(policy(tax="net"), asked, "1", "20%", at="net") == Money(117, "CNY")
    with_tax = quote(line("100", tax=Tax(basis="net", rate="17%")))
    assert lowest_price(policy(tax="gross"), with_tax, "1", actor=REP) == Money(95, "CNY")


@pytest.mark.parametrize(("step", "price"), [(None, "66.67"), ("0.05", "66.70"), ("1", "67.00"), ("10", "70.00"), ("0.001", "66.67"), ("0.015", "66.69")])
def test_prices_of_the_step_of_the_policy(step: str | None, price: str) -> None:
    """The answer is a price that can be asked: a multiple of the policy's step, in whole minor units."""
    rules = policy(limits=(discounts("1/3", "1/2"),), levels=LEVELS[:2], rounding=Rounding() if step is None else Rounding(step=step))
    assert lowest_price(rules, quote(line()), "1", actor=REP) == Money(price, "CNY")


@pytest.mark.parametrize(("currency", "listed", "price"), [("JPY", "1001", "951"), ("KWD", "1.001", "0.951")])
def test_other_currencies(currency: str, listed: str, price: str) -> None:
    """A currency without minor units, and one with three decimals, are answered in their own."""
    asked = quote(QuoteLine(id="1", quantity=3, list_price=Money(listed, currency)))
    rules = policy(currency=currency)
    assert lowest_price(rules, asked, "1", actor=REP) == Money(price, currency)
    assert further_discount(rules, asked, "1", actor=REP) == Money({"JPY": "150", "KWD": "0.150"}[currency], currency)


def test_unit_prices_with_more_decimals() -> None:
    """A list price of four decimals does not stop the search at a whole minor unit below it."""
    asked = quote(line(listed="0.0123", quantity="10000"))
    rules = policy(limits=(discounts("50%", "60%", "70%", "80%"),))
    assert lowest_price(rules, asked, "1", actor=REP) == Money("0.01", "CNY")
    assert further_discount(rules, asked, "1", actor=REP) == Money("61.50", "CNY")


def test_further_discount_goes_on_from_what_is_given() -> None:
    """What is left of the room, after what was given already."""
    assert further_discount(policy(), quote(line("98", quantity="10")), "1", actor=REP) == Money(30, "CNY")
    assert further_discount(policy(), quote(line("95", quantity="10")), "1", actor=REP) == Money(0, "CNY")
    assert further_discount(policy(), quote(line("90", quantity="10")), "1", actor=REP) is None
    given = quote(line(id="a"), line(id="b"), discounts=(Discount(id="c", amount=Exact("4", "CNY"), per="order"),))
    assert further_discount(policy(), given, "a", actor=REP) == Money(3, "CNY")


def test_price_for_a_margin() -> None:
    """The lowest price with the margin, after what is taken off later; none where no price up to twice the list price has it."""
    asked = quote(line(cost="60"))
    assert price_for_margin(policy(), asked, "1", "40%", at="net") == Money(100, "CNY")
    assert price_for_margin(policy(), asked, "1", "0%", at="net") == Money(60, "CNY")
    assert price_for_margin(policy(), asked, "1", "1/3", at="net") == Money(90, "CNY")
    assert price_for_margin(policy(), asked, "1", "-20%", at="net") == Money(50, "CNY")
    assert price_for_margin(policy(), attrs.evolve(asked, rebate="10%"), "1", "40%", at="net") == Money("111.12", "CNY")
    assert price_for_margin(policy(), attrs.evolve(asked, freight=Money(6, "CNY")), "1", "40%", at="pocket") == Money(106, "CNY")
    assert price_for_margin(policy(), asked, "1", "99%", at="net") is None
    assert price_for_margin(policy(), asked, "1", "100%", at="net") is None


def test_one_more_free_unit() -> None:
    """A free unit costs what it costs, brings its list value, and deepens the discount; the decision is that of the quote with it."""
    told = one_more_free(policy(), quote(line(quantity="10", cost="60")), "1", actor=REP)
    assert (told.cost, told.list_value) == (Exact("60", "CNY"), Exact("100", "CNY"))
    assert (told.discount_before, told.discount_after) == (Fraction(0), Fraction(1, 11))
    assert told.decision.level == "manager"
    more = one_more_free(policy(), quote(line(quantity="10", free="1")), "1", actor=REP, units="0.5")
    assert (more.cost, more.list_value, more.discount_before) == (None, Exact("50", "CNY"), Fraction(1, 11))


def test_one_more_of_what_has_no_list_price() -> None:
    """What is worth nothing on the list is not discounted by giving one more of it."""
    told = one_more_free(policy(), quote(line(listed="0", cost="60")), "1", actor=REP)
    assert told.discount_before == told.discount_after == 0
    assert told.decision.verdict == "allowed"


def test_versions() -> None:
    """Every question is answered by the version that holds on the price date."""
    wide = policy(limits=(discounts("20%", "30%", "40%", "50%"),), effective_from=date(2026, 3, 1))
    versions = Timeline((Entry(date(2026, 1, 1), policy()), Entry(date(2026, 3, 1), wide)))
    asked = quote(line(cost="60"))
    assert lowest_price(versions, asked, "1", actor=REP) == Money(80, "CNY")
    assert lowest_price(versions, attrs.evolve(asked, original=date(2026, 2, 1)), "1", actor=REP) == Money(95, "CNY")
    assert further_discount(versions, asked, "1", actor=REP) == Money(20, "CNY")
    assert price_for_margin(versions, asked, "1", "25%", at="net") == Money(80, "CNY")
    assert one_more_free(versions, attrs.evolve(asked, original=date(2026, 2, 1)), "1", actor=REP).decision.level == "management"
    with pytest.raises(NotInForce):
        lowest_price(versions, attrs.evolve(asked, date=date(2025, 1, 1)), "1", actor=REP)


QUESTIONS: list[Callable[..., Any]] = [
    lambda rules, asked, name: lowest_price(rules, asked, name, actor=REP),
    lambda rules, asked, name: further_discount(rules, asked, name, actor=REP),
    lambda rules, asked, name: price_for_margin(rules, asked, name, "10%", at="net"),
    lambda rules, asked, name: one_more_free(rules, asked, name, actor=REP),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=["lowest", "further", "margin", "free"])
def test_unknown_lines(question: Callable[..., Any]) -> None:
    """A line that the quote does not have is refused, with those that it has."""
    with pytest.raises(FactError, match="'7'") as caught:
        question(policy(), quote(line(cost="1")), "7")
    assert caught.value.code == "pricing.unknown_line"


def test_unknown_costs() -> None:
    """Without a cost there is no price for a margin, and none of a policy that asks for one."""
    for build in (
        lambda: price_for_margin(policy(), quote(), "1", "10%", at="net"),
        lambda: lowest_price(policy(floors=(margin("10%"),)), quote(), "1", actor=REP),
        lambda: one_more_free(policy(floors=(margin("10%"),)), quote(), "1", actor=REP),
    ):
        with pytest.raises(SalesRulesError) as caught:
            build()
        assert (caught.value.code, caught.value.path) == ("pricing.no_cost", "line 1.cost")
