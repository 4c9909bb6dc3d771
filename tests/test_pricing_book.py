"""The price book: which entry holds, what it makes, in which terms; and everything that is refused."""

import pickle
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest

from salesrules.bands import AmountBand
from salesrules.errors import FactError, PolicyError, SalesRulesError
from salesrules.money import Exact, Money
from salesrules.pricing.prices.asked import Asked, PriceFound
from salesrules.pricing.prices.book import PriceBook
from salesrules.pricing.prices.breaks import Block, Break, Graduated, Volume
from salesrules.pricing.prices.entry import PriceEntry
from salesrules.pricing.prices.exchange import Exchange, ExchangeRate
from salesrules.pricing.prices.formulas import Change, Formula
from salesrules.pricing.prices.margins import Markup
from salesrules.pricing.prices.tax import Tax
from salesrules.pricing.prices.units import Unit
from salesrules.scope import Scope
from salesrules.text import LOCALES, working_text
from salesrules.trace import Source, replay

DAY = date(2026, 3, 2)
PIECE, BOX = Unit(id="piece"), Unit(id="box", of="piece", factor=5)
LIST = PriceEntry(id="list", price=100)


def book(*entries: PriceEntry, **fields: Any) -> PriceBook:
    """A book in yuan."""
    return PriceBook(**{"id": "book", "currency": "CNY", "entries": entries} | fields)


def ask(prices: PriceBook, **fields: Any) -> PriceFound:
    """What is found; the working must lead to it and can be told in every language."""
    defaults: dict[str, Any] = {"product": "P", "date": DAY, "currency": "CNY"}
    found = prices.find(Asked(**defaults | fields))
    assert replay(found.working) == found.price
    for locale in LOCALES:
        told = working_text(found.working, locale)
        assert "pricing." not in told, told
    return found


def price(prices: PriceBook, **fields: Any) -> Fraction:
    """The price of a unit, in major units."""
    return ask(prices, **fields).price.value


def refused(prices: PriceBook, **fields: Any) -> str:
    """The code with which a question is refused."""
    with pytest.raises(FactError) as caught:
        ask(prices, **fields)
    return caught.value.code


def regular(id: str, **fields: Any) -> PriceEntry:
    """An entry of the discount policy."""
    return PriceEntry(id=id, gives="regular", **fields)


def test_guidance_comes_with_the_list_price() -> None:
    """Target and floor stand in the terms of the question, as the list price does; absent ones stay absent."""
    prices = book(PriceEntry(id="list", unit="piece", price=100, target=90, floor=80), units=(PIECE, BOX))
    found = ask(prices, unit="box")
    assert (found.list, found.target, found.floor) == (Exact(500, "CNY"), Exact(450, "CNY"), Exact(400, "CNY"))
    assert ask(book(LIST)).floor is None
    assert ask(book(LIST)).target is None


def test_the_price_that_holds_is_told_last() -> None:
    """The working names list, target, floor, the price that loses and the one that holds, with their entries and clauses."""
    clause = Source(document="Prices", clause="3.1")
    prices = book(
        PriceEntry(id="list", price=100, target=90, floor=70, source=clause), regular("r", price=90), PriceEntry(id="p", gives="promotional", price=95)
    )
    found = ask(prices)
    codes = [step.code.rpartition(".")[2] for step in found.working.children]
    assert codes == ["list", "target", "floor", "promotional", "regular"]
    assert [step["entry"] for step in found.working.find("pricing.entry")] == ["list", "p", "r"]
    assert found.working.find("pricing.entry")[0].source == clause
    assert (found.promotional, found.base.id, found.entry.id) == (Exact(95, "CNY"), "list", "r")


def test_a_promotion_above_list() -> None:
    """Without a regular price a promotion is weighed against the list price."""
    prices = book(LIST, PriceEntry(id="p", gives="promotional", price=101))
    assert price(prices) == 100
    assert [step.code for step in ask(prices).working.children] == ["pricing.found.promotional", "pricing.found.list"]


def test_the_narrower_scope_wins_by_precedence() -> None:
    """Customer stands before product, and product before grade, unless the book declares otherwise."""
    rows = (
        LIST,
        regular("grade", price=90, scope=Scope(customer_grade=("A",))),
        regular("product", price=91, scope=Scope(product=("P",))),
        regular("customer", price=92, scope=Scope(customer=("C",))),
    )
    whole = {"customer": "C", "customer_grade": "A"}
    assert [ask(book(*rows), **fields).entry.id for fields in (whole, {"customer_grade": "A"}, {"product": "Q", "customer_grade": "A"})] == [
        "customer",
        "product",
        "grade",
    ]
    assert ask(book(*rows, precedence=("customer_grade",)), **whole).entry.id == "grade"


def test_less_specific_where_the_narrower_is_not_in_force() -> None:
    """An entry outside its days, or for other quantities, leaves the sale to the next one."""
    rows = (
        LIST,
        regular("narrow", price=90, scope=Scope(product=("P",)), until=DAY, below=10),
        regular("wide", price=95),
        regular("many", price=80, at_least=10, scope=Scope(product=("P",))),
    )
    prices = book(*rows)
    assert [price(prices), price(prices, quantity=-10), price(prices, date=date(2026, 3, 1))] == [95, 80, 90]


def test_lowest_of_what_covers() -> None:
    """Where the lowest wins it is compared in the terms of the question; of two that are equal the first holds."""
    rates = Exchange(rates=(ExchangeRate(base="USD", quote="CNY", rate=7),))
    rows = (LIST, regular("usd", price=12, currency="USD", scope=Scope(product=("P",))), regular("cny", price=83), regular("same", price=83))
    assert ask(book(*rows, choose="lowest", exchange=rates)).entry.id == "cny"
    assert ask(book(*rows[:3], regular("less", price="11.8", currency="USD"), choose="lowest", exchange=rates)).entry.id == "less"
    assert ask(book(*rows, choose="first", exchange=rates)).entry.id == "usd"
    assert ask(book(LIST, choose="first")).entry.id == ask(book(LIST, choose="lowest")).entry.id == "list"


def test_no_tie_where_something_tells_them_apart() -> None:
    """Entries of one scope may differ in days, quantities, currency or unit."""
    euro = Exchange(rates=(ExchangeRate(base="EUR", quote="USD", rate=1),))
    rows = (
        PriceEntry(id="old", unit="piece", price=100, until=DAY),
        PriceEntry(id="new", unit="piece", price=101, start=DAY, below=10),
        PriceEntry(id="many", unit="piece", price=99, start=DAY, at_least=10),
        PriceEntry(id="euro", unit="piece", price=13, start=DAY, below=10, currency="EUR"),
        PriceEntry(id="box", unit="box", price=490, start=DAY, below=2),
    )
    prices = book(*rows, units=(PIECE, BOX, Unit(id="case", of="piece", factor=2)), exchange=euro)
    found = [
        ask(prices, unit="piece", date=date(2026, 3, 1)),
        ask(prices, unit="piece"),
        ask(prices, unit="piece", quantity=10),
        ask(prices, unit="piece", currency="EUR"),
        ask(prices, unit="box"),
        ask(prices, unit="case"),
    ]
    assert [each.base.id for each in found] == ["old", "new", "many", "euro", "box", "new"]


def test_two_that_could_both_be_meant() -> None:
    """Asked in a unit and a currency of neither, two equally specific entries are refused."""
    boxes = (PriceEntry(id="five", unit="box", price=490), PriceEntry(id="six", unit="six", price=580))
    prices = book(*boxes, units=(PIECE, BOX, Unit(id="six", of="piece", factor=6)))
    assert refused(prices, unit="piece") == "pricing.entry_ambiguous"
    money = book(PriceEntry(id="usd", price=1, currency="USD"), PriceEntry(id="eur", price=1, currency="EUR"))
    assert refused(money) == "pricing.entry_ambiguous"


def test_quantities_that_count_together() -> None:
    """A break is reached by the line, by all pooled lines, or by all orders so far, as the entry says."""
    scale = Volume(breaks=(Break(start=0, price=10), Break(start=10, price=8)))
    prices = {counts: book(PriceEntry(id="list", breaks=scale, counts=counts)) for counts in ("line", "pool", "cumulative")}
    fields: dict[str, Any] = {"quantity": 4, "pool": 10, "before": 6}
    assert [price(prices[counts], **fields) for counts in prices] == [10, 8, 8]
    assert price(prices["pool"], quantity=4, pool="9.99") == 10
    assert refused(prices["pool"], quantity=4) == "pricing.no_pool"
    assert price(book(PriceEntry(id="list", price=10), regular("pool", price=8, at_least=10, counts="pool")), **fields) == 8


def test_units_bought_before() -> None:
    """Units bought before keep their price, or are repriced by this purchase; a fee is taken once for each break."""
    breaks = (Break(start=0, price=10, flat=5), Break(start=10, price=8, flat=7))
    kept, repriced = (book(PriceEntry(id="list", counts="cumulative", breaks=Volume(breaks=breaks, earlier=earlier))) for earlier in ("keep", "repriced"))
    totals = [[price(prices, quantity=5, before=before) * 5 for before in (0, 1, 6, 10)] for prices in (kept, repriced)]
    assert totals == [[55, 50, 42, 40], [55, 50, 88 + 7 - 65, 40]]
    graduated = book(PriceEntry(id="list", counts="cumulative", breaks=Graduated(breaks=breaks)))
    assert [price(graduated, quantity=5, before=before) * 5 for before in (0, 6, 10)] == [55, 4 * 10 + 8 + 7, 40]


def test_graduated_above_a_list_price() -> None:
    """Below the first break each unit costs the list price, and a share off is off that."""
    prices = book(PriceEntry(id="list", price=10, breaks=Graduated(breaks=(Break(start=10, off="20%"),))))
    assert [price(prices, quantity=quantity) * quantity for quantity in (10, 15)] == [100, 140]


def test_blocks() -> None:
    """A band has one amount; below the first the list price stands, and orders that count together pay the difference."""
    bands = (AmountBand(start=10, amount=90), AmountBand(start=20, amount=150))
    prices = book(PriceEntry(id="list", price=10, counts="cumulative", breaks=Block(bands=bands)))
    assert [price(prices, quantity=quantity) * quantity for quantity in (5, 10, 25)] == [50, 90, 150]
    assert [price(prices, quantity=10, before=before) * 10 for before in (5, 12)] == [90, 60]
    assert refused(book(PriceEntry(id="list", breaks=Block(bands=bands)))) == "pricing.break_below"


def test_a_break_in_another_unit() -> None:
    """The quantity is brought to the unit of the entry before it is placed."""
    prices = book(PriceEntry(id="list", unit="piece", price=100, breaks=Volume(breaks=(Break(start=10, off="10%"),))), units=(PIECE, BOX))
    assert [price(prices, unit="box", quantity=quantity) for quantity in ("1.9", 2, -2)] == [500, 450, 450]


def test_amount_reaches_a_break_in_its_currency() -> None:
    """The amount of the order is converted before it is placed."""
    scale = Volume(by="amount", breaks=(Break(start=100, off="10%"),))
    rates = Exchange(rates=(ExchangeRate(base="USD", quote="CNY", rate=7),), inverse=True)
    prices = book(PriceEntry(id="list", price=10, breaks=scale), exchange=rates)
    assert [price(prices, amount=Money(amount, "USD")) for amount in ("14.28", "14.29")] == [10, 9]


def test_rates_that_come_with_the_question() -> None:
    """Rates told with the question stand before those of the book; the policy's buffer is put on either; the rate is in the working."""
    rates = Exchange(rates=(ExchangeRate(base="CNY", quote="USD", rate="0.14"),), buffer="2%")
    told = (ExchangeRate(base="CNY", quote="EUR", rate="0.125", start=DAY, published_by="bank"),)
    prices = book(LIST, exchange=rates)
    assert [price(prices, currency=currency, rates=told) for currency in ("EUR", "USD")] == [Fraction("12.75"), Fraction("14.28")]
    (rate,) = ask(prices, currency="EUR", rates=told).working.find("pricing.price.rate")
    assert (rate.value, rate["published_by"], rate["date"]) == (Exact("0.125", "EUR"), "bank", DAY)


def test_told_rates_that_are_too_old() -> None:
    """The policy's limit on the age of a rate holds for rates told with the question too."""
    told = (ExchangeRate(base="CNY", quote="EUR", rate="0.125", start=date(2026, 1, 1)),)
    assert refused(book(LIST, exchange=Exchange(days=5)), currency="EUR", rates=told) == "pricing.rate_old"


def test_cost_on_the_basis_of_the_entry() -> None:
    """A cost is net and for the unit asked; a price with tax made from it bears the tax."""
    formula = Formula(base="cost", plus=Markup("25%"))
    prices = book(PriceEntry(id="list", unit="piece", formula=formula), units=(PIECE, BOX), tax=Tax(basis="gross", rate="10%"), keep="price")
    assert price(prices, unit="box", cost=Money(80, "CNY"), tax=Tax(basis="gross", rate="10%")) == 110


def test_entry_on_its_own_basis() -> None:
    """An entry may state another tax than the book; the price is brought to the question's, one rate out and the other in."""
    prices = book(PriceEntry(id="list", price=110, tax=Tax(basis="gross", rate="10%")), tax=Tax(basis="net"))
    assert price(prices, tax=Tax(basis="net")) == 100
    assert price(prices, tax=Tax(basis="gross", rate="20%")) == 120
    assert refused(prices) == "pricing.tax_basis"
    assert refused(book(LIST), tax=Tax(basis="net")) == "pricing.tax_basis"


def test_chain_of_entries() -> None:
    """A price may be made from another entry's, whose days and scope must cover the sale."""
    parent = regular("parent", price=90, scope=Scope(customer=("C",)), until=date(2026, 4, 1))
    child = regular("child", formula=Formula(base="entry", entry="parent", changes=(Change(rate="-10%"),)), scope=Scope(product=("P",), channel=("shop",)))
    prices = book(LIST, parent, child, precedence=("channel",))
    assert price(prices, customer="C", channel="shop") == 81
    assert refused(prices, channel="shop") == "pricing.formula_absent"
    assert refused(prices, customer="C", channel="shop", date=date(2026, 4, 1)) == "pricing.formula_absent"


def test_promotion_of_the_regular_price() -> None:
    """A promotion may be made from the regular price, which is the list price where nothing else is made of it."""
    promotion = PriceEntry(id="p", gives="promotional", formula=Formula(base="regular", changes=(Change(rate="-10%"),)))
    assert [price(book(LIST, promotion)), price(book(LIST, regular("r", price=50), promotion))] == [90, 45]
    named = PriceEntry(id="p", gives="promotional", formula=Formula(base="entry", entry="r", surcharge=-1))
    assert price(book(LIST, regular("r", price=50), named)) == 49


@pytest.mark.parametrize(("least", "allowed"), [("above_zero", 1), ("zero", 2), ("any", 3)])
def test_prices_of_nothing(least: str, allowed: int) -> None:
    """A price of 0 or below is refused unless the book takes it."""
    for count, surcharge in enumerate((-99, -100, -101), start=1):
        prices = book(LIST, regular("r", formula=Formula(base="list", surcharge=surcharge)), least=least)
        if count <= allowed:
            assert price(prices) == 100 + surcharge
        else:
            assert refused(prices) == "pricing.not_positive"


def test_units_that_are_apart() -> None:
    """An entry in force whose unit cannot be converted is refused and not passed over, unless another of its scope can."""
    units = (PIECE, Unit(id="kg"))
    contract = regular("contract", unit="kg", price=3, scope=Scope(customer=("C",)))
    prices = book(PriceEntry(id="list", unit="piece", price=100), contract, units=units)
    assert refused(prices, unit="piece", customer="C") == "pricing.unit_apart"
    assert price(prices, unit="piece") == 100
    both = book(PriceEntry(id="list", unit="piece", price=100), contract, regular("piece", unit="piece", price=2, scope=Scope(customer=("C",))), units=units)
    assert price(both, unit="piece", customer="C") == 2


def test_the_nearest_product_is_named() -> None:
    """An unknown product is refused with the name most like it."""
    with pytest.raises(FactError) as caught:
        ask(book(PriceEntry(id="list", price=1, scope=Scope(product=("pump", "valve")))), product="pumb")
    assert (caught.value.code, caught.value.params["near"]) == ("pricing.no_price", "'pump'")


def test_a_book_is_a_value() -> None:
    """A book that has answered is equal to one that has not, and comes back from a pickle ready to answer."""
    one, other = (book(PriceEntry(id="list", unit="piece", price=100), units=(PIECE, BOX)) for _ in range(2))
    found = ask(one, unit="box")
    assert one == other
    again = pickle.loads(pickle.dumps(one))
    assert ask(again, unit="box") == found
    assert ask(one, unit="box") is found


def test_days_are_plain() -> None:
    """A moment is no day."""
    with pytest.raises(SalesRulesError) as caught:
        PriceEntry(id="list", price=1, start=datetime(2026, 3, 2))  # noqa: DTZ001
    assert caught.value.code == "period.datetime"


_ASKED: list[tuple[dict[str, Any], str]] = [
    ({"quantity": 0}, "pricing.quantity"),
    ({"before": -1}, "pricing.asked_before"),
    ({"quantity": -3, "pool": 2}, "pricing.asked_pool"),
    ({"cost": Money(-1, "CNY")}, "pricing.cost_negative"),
    ({"currency": "XXY"}, "money.currency"),
    ({"unit": "box"}, "pricing.unit_unknown"),
    ({"currency": "USD"}, "pricing.one_currency"),
]


@pytest.mark.parametrize(("fields", "code"), _ASKED, ids=range(len(_ASKED)))
def test_refused_questions(fields: dict[str, Any], code: str) -> None:
    """A question that means nothing is refused."""
    assert refused(book(LIST), **fields) == code


_ENTRIES: list[tuple[dict[str, Any], str]] = [
    ({"price": 1, "formula": Formula(base="cost")}, "pricing.entry_two_prices"),
    ({}, "pricing.entry_price"),
    ({"formula": Formula(base="list")}, "pricing.entry_base"),
    ({"gives": "regular", "formula": Formula(base="regular")}, "pricing.entry_base"),
    ({"gives": "regular", "price": 1, "floor": 1}, "pricing.entry_guidance"),
    ({"gives": "promotional", "price": 1, "target": 1}, "pricing.entry_guidance"),
    ({"breaks": Volume(breaks=(Break(start=0, off="10%"),))}, "pricing.entry_breaks"),
    ({"breaks": Graduated(breaks=(Break(start=1, price=1),))}, "pricing.entry_breaks"),
    ({"price": 1, "until": DAY, "last": DAY}, "pricing.entry_two_ends"),
    ({"price": 1, "start": DAY, "until": DAY}, "pricing.entry_dates"),
    ({"price": 1, "start": DAY, "last": date(2026, 3, 1)}, "pricing.entry_dates"),
    ({"price": 1, "at_least": -1}, "pricing.entry_quantities"),
    ({"price": 1, "at_least": 5, "below": 5}, "pricing.entry_quantities"),
]


@pytest.mark.parametrize(("fields", "code"), _ENTRIES, ids=range(len(_ENTRIES)))
def test_refused_entries(fields: dict[str, Any], code: str) -> None:
    """An entry that no sale could be priced by is refused."""
    with pytest.raises(PolicyError) as caught:
        PriceEntry(id="E", **fields)
    assert caught.value.code == code


def test_breaks_that_mean_nothing() -> None:
    """A break has a price or a share, not below 0 and not more than all; a table by amount has neither fees nor repricing."""
    made: list[tuple[Any, dict[str, Any], str]] = [
        (Break, {"start": 0}, "pricing.break_price"),
        (Break, {"start": 0, "price": 1, "off": "10%"}, "pricing.break_price"),
        (Break, {"start": 0, "price": -1}, "pricing.break_price"),
        (Break, {"start": 0, "off": "101%"}, "pricing.break_off"),
        (Break, {"start": -1, "price": 1}, "pricing.break_start"),
        (Break, {"start": 0, "price": 1, "flat": -1}, "pricing.break_flat"),
        (Volume, {"breaks": (Break(start=0, price=1, flat=1),), "by": "amount"}, "pricing.break_amount"),
        (Volume, {"breaks": (Break(start=0, price=1),), "by": "amount", "earlier": "repriced"}, "pricing.break_amount"),
        (Volume, {"breaks": (Break(start=1, price=1), Break(start=1, price=2))}, "bands.order"),
        (Block, {"bands": (AmountBand(start=-1, amount=1),)}, "pricing.break_start"),
        (Block, {"bands": (AmountBand(start=0, amount=-1),)}, "pricing.break_price"),
    ]
    for kind, fields, code in made:
        with pytest.raises(PolicyError) as caught:
            kind(**fields)
        assert caught.value.code == code
    with pytest.raises(FactError) as missing:
        Break(start=0, off="10%").unit_price(None, Money(1, "CNY").currency)
    assert missing.value.code == "pricing.break_no_list"


def _named(id: str, **fields: Any) -> PriceEntry:
    return regular(id, formula=Formula(base="entry", **fields))


_BOOKS: list[tuple[tuple[PriceEntry, ...], dict[str, Any], str, str]] = [
    ((LIST,), {"currency": "XXY"}, "pricing.book_currency", "currency"),
    ((PriceEntry(id="E", price=1, currency="XXY"),), {}, "pricing.book_currency", "entries[0].currency"),
    ((LIST, LIST), {}, "pricing.entry_duplicate", "entries[1].id"),
    ((LIST, PriceEntry(id="E", price=1)), {}, "pricing.entry_tie", "entries[1]"),
    ((PriceEntry(id="E", price=1, unit="boks"),), {"units": (PIECE, BOX)}, "pricing.entry_unit", "entries[0].unit"),
    ((LIST,), {"units": (PIECE, PIECE)}, "pricing.unit_duplicate", "units[1].id"),
    ((PriceEntry(id="E", price=0),), {}, "pricing.entry_least", "entries[0].price"),
    ((PriceEntry(id="E", price=1, floor=-1),), {"least": "zero"}, "pricing.entry_least", "entries[0].floor"),
    ((LIST, _named("E", entry="lists")), {}, "pricing.formula_unknown", "entries[1].formula.entry"),
    ((_named("A", entry="B"), _named("B", entry="A")), {"choose": "first"}, "pricing.formula_cycle", "entries[0].formula.entry"),
    ((PriceEntry(id="E", formula=Formula(base="entry", entry="R")), regular("R", price=1)), {}, "pricing.formula_kind", "entries[0].formula.entry"),
    ((LIST,), {"precedence": ("colour",)}, "scope.dimension", "precedence"),
]


@pytest.mark.parametrize(("entries", "fields", "code", "path"), _BOOKS, ids=range(len(_BOOKS)))
def test_refused_books(entries: tuple[PriceEntry, ...], fields: dict[str, Any], code: str, path: str) -> None:
    """A book that could not answer is refused when it is built, with the place of the fault."""
    with pytest.raises(PolicyError) as caught:
        book(*entries, **fields)
    assert (caught.value.code, caught.value.path) == (code, path)
