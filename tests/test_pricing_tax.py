"""Tax in prices, exchange rates, margins, formulas and prior prices: each rule by itself."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from salesrules.errors import FactError, PolicyError
from salesrules.money import HALF_UP, Exact, Money, Rounding
from salesrules.pricing.prices.exchange import Exchange, ExchangeRate
from salesrules.pricing.prices.formulas import Change, Formula
from salesrules.pricing.prices.margins import Margin, Markup, margin_of, markup_of
from salesrules.pricing.prices.prior import PricePoint, prior_price
from salesrules.pricing.prices.tax import Tax, apart, rebased, same_basis
from salesrules.trace import Step, replay

NET, GROSS = Tax(basis="net", rate="10%"), Tax(basis="gross", rate="10%")
DAY = date(2026, 3, 1)


def test_rounded_parts_add_up() -> None:
    """Net and tax add up to gross when each is rounded."""
    made = apart(Exact("0.05", "EUR"), Tax(basis="gross", rate="19%"), HALF_UP)
    assert (made.net, made.tax, made.gross) == (Exact("0.04", "EUR"), Exact("0.01", "EUR"), Exact("0.05", "EUR"))
    assert made + made - made == made


def test_one_gross_rate_for_another() -> None:
    """From one rate to another the net price stays, or the figure."""
    higher = Tax(basis="gross", rate="20%")
    assert rebased(Exact(110, "EUR"), GROSS, higher) == Exact(120, "EUR")
    assert rebased(Exact(110, "EUR"), GROSS, higher, keep="price") == Exact(110, "EUR")


def test_prices_without_tax() -> None:
    """Where nobody speaks of tax, a price stays as it is."""
    assert rebased(Exact(110, "EUR"), None, None) == Exact(110, "EUR")
    same_basis(None, None)
    same_basis(NET, Tax(basis="net"))


_UNLIKE = [
    (NET, GROSS, "pricing.tax_basis"),
    (None, NET, "pricing.tax_basis"),
    (GROSS, None, "pricing.tax_basis"),
    (GROSS, Tax(basis="gross", rate="7%"), "pricing.tax_rates"),
]


@pytest.mark.parametrize(("one", "other", "code"), _UNLIKE, ids=range(len(_UNLIKE)))
def test_bases_that_do_not_match(one: Tax | None, other: Tax | None, code: str) -> None:
    """A price does not compare with a floor on another basis, of another rate, or of none."""
    with pytest.raises(FactError) as caught:
        same_basis(one, other)
    assert caught.value.code == code


def test_unknown_rate_is_not_zero() -> None:
    """A net price of which the rate is not known cannot be given with tax."""
    with pytest.raises(FactError) as caught:
        apart(Exact(1, "EUR"), Tax(basis="net"))
    assert caught.value.code == "pricing.tax_unrated"


@pytest.mark.parametrize("fields", [{"basis": "gross"}, {"basis": "net", "rate": "-1%"}])
def test_refused_tax(fields: dict[str, Any]) -> None:
    """A gross price needs its rate, and no rate is below 0."""
    with pytest.raises(PolicyError) as caught:
        Tax(**fields)
    assert caught.value.code == "pricing.tax_rate"


def _rate(rate: str, start: date | None = None, base: str = "EUR", quote: str = "USD") -> ExchangeRate:
    return ExchangeRate(base=base, quote=quote, rate=Fraction(rate), start=start)


def test_the_latest_rate_holds() -> None:
    """A dated rate is in force until the next one, whatever the order in which they are written."""
    exchange = Exchange(rates=(_rate("3", date(2026, 3, 1)), _rate("2", date(2026, 2, 1))))
    assert [exchange.find("EUR", "USD", day).rate for day in (date(2026, 2, 28), DAY, date(2027, 1, 1))] == [2, 3, 3]


def test_old_rates_are_refused() -> None:
    """Where the policy says how old a rate may be, an older one is refused."""
    exchange = Exchange(rates=(_rate("2", date(2026, 2, 27)),), days=2)
    assert exchange.find("EUR", "USD", DAY).rate == 2
    with pytest.raises(FactError) as caught:
        exchange.find("EUR", "USD", date(2026, 3, 2))
    assert caught.value.code == "pricing.rate_old"


def test_inverse_only_where_allowed() -> None:
    """A rate is used the other way round only where the policy says so."""
    rates = (_rate("2"),)
    assert Exchange(rates=rates, inverse=True).find("USD", "EUR", DAY).rate == Fraction(1, 2)
    for exchange in (Exchange(rates=rates), Exchange(rates=(), inverse=True)):
        with pytest.raises(FactError) as caught:
            exchange.find("USD", "EUR", DAY)
        assert caught.value.code == "pricing.rate_missing"


_EXCHANGES = [
    (lambda: _rate("0"), "pricing.rate_zero"),
    (lambda: _rate("2", base="USD"), "pricing.rate_same"),
    (lambda: Exchange(buffer=Fraction(-1)), "pricing.rate_buffer"),
    (lambda: Exchange(days=-1), "pricing.rate_days"),
    (lambda: Exchange(rates=(_rate("2"), _rate("3"))), "pricing.rate_twice"),
]


@pytest.mark.parametrize(("make", "code"), _EXCHANGES, ids=range(len(_EXCHANGES)))
def test_refused_exchange(make: Any, code: str) -> None:
    """Rates of 0, of a currency in itself, two of one day, and limits that mean nothing are refused."""
    with pytest.raises(PolicyError) as caught:
        make()
    assert caught.value.code == code


def test_margin_and_markup_are_two_types() -> None:
    """A margin and a markup of one rate are different rules, and each turns into the other exactly."""
    rules: list[object] = [Margin("20%"), Markup("20%")]
    assert rules[0] != rules[1]
    assert Margin("20%").as_markup().as_margin() == Margin("20%")
    assert margin_of(Money(100, "CNY"), Money(80, "CNY")) == Fraction(1, 5)
    assert markup_of(Money(100, "CNY"), Money(80, "CNY")) == Fraction(1, 4)


def test_undefined_rates() -> None:
    """No price has a margin at 0 or below, and no cost of 0 a markup: the answer is nothing, not a large number."""
    assert [margin_of(Money(price, "CNY"), Money(5, "CNY")) for price in (0, -1)] == [None, None]
    assert markup_of(Money(5, "CNY"), Money(0, "CNY")) is None


_RULES = [
    (lambda: Markup("-100%"), "pricing.markup_rate"),
    (lambda: Margin("100%"), "pricing.margin_rate"),
    (lambda: margin_of(Money(5, "CNY"), Money(-1, "CNY")), "pricing.cost_negative"),
    (lambda: markup_of(Money(5, "CNY"), Money(-1, "CNY")), "pricing.cost_negative"),
    (lambda: Change(rate="-101%"), "pricing.formula_change"),
    (lambda: Formula(base="entry"), "pricing.formula_entry"),
    (lambda: Formula(base="list", entry="A"), "pricing.formula_entry"),
    (lambda: Formula(base="list", factor=0), "pricing.formula_factor"),
    (lambda: Formula(base="list", plus=Markup("10%")), "pricing.formula_plus"),
    (lambda: Formula(base="list", least_margin=1), "pricing.formula_margin"),
    (lambda: Formula(base="list", margin_over="cost"), "pricing.formula_margin"),
    (lambda: Formula(base="list", least_margin=2, most_margin=1, margin_over="cost"), "pricing.formula_margin"),
    (lambda: Formula(base="list", least_margin=1, margin_over="cost").price(Step("demo", Exact(1, "CNY")), None), "pricing.no_cost"),
]


@pytest.mark.parametrize(("make", "code"), _RULES, ids=range(len(_RULES)))
def test_refused_rules(make: Any, code: str) -> None:
    """Rules that no price can keep, and margins over an unknown cost, are refused."""
    with pytest.raises((PolicyError, FactError)) as caught:
        make()
    assert caught.value.code == code


def test_order_of_the_formula() -> None:
    """Rounding comes before the surcharge, and the largest margin after both; the working leads to the price."""
    formula = Formula(
        base="cost", factor=2, plus=Margin("20%"), rounding=Rounding(step="10"), surcharge=Fraction("-0.01"), least_margin=1, most_margin=15, margin_over="base"
    )
    made = formula.price(Step("demo", Exact("14", "EUR")), None)
    assert made.value == Exact("29", "EUR")
    (rounded,) = made.find("pricing.formula.rounded")
    (surcharged,) = made.find("pricing.formula.surcharged")
    assert (rounded.value, surcharged.value) == (Exact(40, "EUR"), Exact("39.99", "EUR"))
    assert replay(made) == made.value


def test_largest_margin_alone() -> None:
    """A largest margin may be given without a smallest."""
    formula = Formula(base="list", most_margin=5, margin_over="cost")
    assert formula.price(Step("demo", Exact(90, "EUR")), Step("demo", Exact(80, "EUR"))).value == Exact(85, "EUR")


def test_rounding_finer_than_the_currency() -> None:
    """A unit price may be rounded to a step that no coin pays."""
    formula = Formula(base="list", rounding=Rounding(step="0.001"))
    assert formula.price(Step("demo", Exact("0.12345", "EUR")), None).value == Exact("0.123", "EUR")


def _history(*prices: tuple[int, int]) -> tuple[PricePoint, ...]:
    return tuple(PricePoint(date(2026, 3, day), Exact(price, "EUR")) for day, price in prices)


def test_progressive_ends_where_the_price_rose() -> None:
    """A growing reduction begins after the last rise; a rise is no reduction at all."""
    history = _history((1, 90), (2, 100), (3, 80), (4, 70))
    assert prior_price(history, on=date(2026, 3, 9), days=1, progressive=True).price == Exact(100, "EUR")
    assert prior_price(history, on=date(2026, 3, 9), days=1).price == Exact(80, "EUR")
    risen = prior_price(_history((1, 90), (2, 80), (3, 100)), on=date(2026, 3, 9), days=1, progressive=True)
    assert (risen.price, risen.reduction) == (Exact(80, "EUR"), Fraction(-1, 4))


_HISTORIES = [
    (_history((1, 90), (2, 80)), 0, "pricing.prior_days"),
    (_history((2, 90), (1, 80)), 30, "pricing.prior_order"),
    (_history((1, 90)), 30, "pricing.prior_none"),
    (_history((20, 90)), 30, "pricing.prior_none"),
]


@pytest.mark.parametrize(("history", "days", "code"), _HISTORIES, ids=range(len(_HISTORIES)))
def test_refused_history(history: tuple[PricePoint, ...], days: int, code: str) -> None:
    """Without a price before the reduction there is nothing to measure it from."""
    with pytest.raises(FactError) as caught:
        prior_price(history, on=date(2026, 3, 9), days=days)
    assert caught.value.code == code
