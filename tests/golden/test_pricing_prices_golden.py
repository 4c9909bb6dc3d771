"""The published examples of prices in `pricing/*.toml`: a price book as a document, questions put to it, and what must come out.

How a case is written. A case has an ``id``, a ``source``, a ``note`` where something must be known (above all where the source is wrong),
and one of

============== ===========================================================================================================================
``book``       a price book; ``id`` and ``currency`` (EUR, or the ``currency`` of the case) are put before it. ``probes`` ask it: ``ask`` are
               the fields of `Asked`, with product P, quantity 1, 15 January 2026 and the book's currency where nothing else is said.
               Expected are ``list``, ``regular`` and ``price`` of a unit, ``total`` and ``discount`` of the quantity, ``shown`` (a
               discount, never below 0), ``net`` (printed, without tax), or the code with which it is ``refused``. A case that says
               ``refused`` has a book that is refused itself
``taxed``      amounts taken apart, some with another amount taken ``off``
``compared``   a price and a floor, each on its basis: whether it ``holds``, or how it is refused when the bases are not brought together
``prior``      a price history and the lowest price before the one in force ``on`` a day
``margins``    the margin of a price over a cost; undefined where no ``rate`` is given
``signals``    prices so far above cost, and the signal of each
============== ===========================================================================================================================

The variants are ours: edges, and the other reading where sources disagree. What a variant gives replaces what the case says.
"""

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from salesrules.document import dumps, loads
from salesrules.errors import SalesRulesError
from salesrules.money import HALF_UP, Exact, Money, rate, ratio
from salesrules.pricing.prices.asked import Asked, PriceFound
from salesrules.pricing.prices.book import PriceBook
from salesrules.pricing.prices.margins import Margin, Markup, margin_of
from salesrules.pricing.prices.prior import PricePoint, prior_price
from salesrules.pricing.prices.tax import Tax, apart, rebased, same_basis
from salesrules.trace import replay

TOPICS = ("pricelist", "quantity-break", "currency", "tax", "effective-date", "margin")
PUBLISHED = 41
"""How many published examples these topics have, with two of the floors, those left out included."""

FILES = {topic: tomllib.loads((Path(__file__).parent / "pricing" / f"{topic}.toml").read_text("utf-8")) for topic in TOPICS}


def _cases() -> list[Any]:
    cases = []
    for file in FILES.values():
        for case in file["case"]:
            whole = {key: value for key, value in case.items() if key != "variants"}
            cases.append(pytest.param(whole, id=case["id"]))
            cases += [pytest.param(whole | variant, id=f"{case['id']} {variant['name']}") for variant in case.get("variants", ())]
    return cases


def _book(case: dict[str, Any]) -> PriceBook:
    currency = case.get("currency", "EUR")
    book: PriceBook = loads(f'schema = "salesrules/1"\nid = "published"\ncurrency = "{currency}"\n{case["book"]}', PriceBook)
    return book


def _asked(given: dict[str, Any], currency: str) -> Asked:
    fields: dict[str, Any] = {"product": "P", "date": date(2026, 1, 15), "currency": currency} | given
    fields |= {name: Exact(fields[name], currency) for name in ("cost", "amount") if name in fields}
    if "tax" in fields:
        fields["tax"] = Tax(**fields["tax"])
    return Asked(**fields)


EXPECTED: dict[str, Callable[[PriceFound], Exact | Money]] = {
    "list": lambda found: found.list,
    "regular": lambda found: found.regular,
    "price": lambda found: found.price,
    "total": lambda found: found.price * found.asked.quantity,
    "discount": lambda found: (found.list - found.price) * found.asked.quantity,
    "shown": lambda found: max(found.list - found.price, found.list * 0),
    "net": lambda found: rebased(found.price, found.asked.tax, Tax(basis="net")).round(HALF_UP),
}


def probes(case: dict[str, Any]) -> None:
    """Each question has its answer, with a working that leads to it."""
    book = _book(case)
    assert loads(dumps(book), PriceBook) == book
    for probe in case["probes"]:
        asked = _asked(probe["ask"], book.currency)
        expected = {name: told for name, told in probe.items() if name != "ask"}
        assert expected
        if "refused" in expected:
            with pytest.raises(SalesRulesError) as caught:
                book.find(asked)
            assert caught.value.code == expected["refused"], probe
            continue
        found = book.find(asked)
        assert replay(found.working) == found.price
        for name, told in expected.items():
            assert EXPECTED[name](found) == Exact(told, asked.currency), (probe, EXPECTED[name](found))


def book(case: dict[str, Any]) -> None:
    """A price book, asked or refused."""
    if "refused" not in case:
        probes(case)
        return
    with pytest.raises(SalesRulesError) as caught:
        _book(case)
    assert case["refused"] in {error.code for error in (caught.value, *getattr(caught.value, "faults", ()))}


def taxed(case: dict[str, Any]) -> None:
    """Amounts taken apart into net, tax and gross."""
    for row in case["taxed"]:
        made = apart(Exact(row["amount"], "EUR"), Tax(basis=row["basis"], rate=row["rate"]))
        if "off" in row:
            made -= apart(Exact(row["off"], "EUR"), Tax(basis=row["off_basis"], rate=row["rate"]))
        assert (made.net, made.tax, made.gross) == tuple(Exact(row[name], "EUR") for name in ("net", "tax", "gross"))


def compared(case: dict[str, Any]) -> None:
    """A price and a floor are compared on one basis, and refused on two."""
    for row in case["compared"]:
        price, floor = Exact(row["price"], "EUR"), Exact(row["with"], "EUR")
        own, other = Tax(basis=row["basis"], rate=row.get("rate")), Tax(basis=row["with_basis"])
        if "unbrought" in row:
            with pytest.raises(SalesRulesError) as caught:
                same_basis(own, other)
            assert caught.value.code == row["unbrought"]
        else:
            assert (rebased(price, own, other) >= floor) is row["holds"], row


def prior(case: dict[str, Any]) -> None:
    """The lowest price before a reduction, and the reduction announced."""
    row = case["prior"]
    history = tuple(PricePoint(day, Exact(price, "EUR")) for day, price in row["history"])
    found = prior_price(history, on=row["on"], days=row["days"], progressive=row.get("progressive", False))
    assert found.price == Exact(row["price"], "EUR") == replay(found.working)
    if "announced" in row:
        assert found.announced(HALF_UP) == ratio(row["announced"])


def margins(case: dict[str, Any]) -> None:
    """Margins as amounts and as shares of the price."""
    for row in case["margins"]:
        price, cost = Exact(row["price"], "EUR"), Exact(row["cost"], "EUR")
        assert price - cost == Exact(row["amount"], "EUR")
        assert margin_of(price, cost) == (ratio(row["rate"]) if "rate" in row else None)


def signals(case: dict[str, Any]) -> None:
    """What a price so far above cost signals."""
    row, cost = case["signals"], Exact(100, "EUR")
    kinds: dict[str, type[Markup | Margin]] = {"markup": Markup, "margin": Margin}
    kind = kinds[row["as"]]
    acceptable, questionable = (kind(rate(row[name])).price(cost) for name in ("acceptable", "questionable"))
    prices = [Markup(above).price(cost) for above in row["above_cost"]]
    told = ["ok" if price >= acceptable else "warning" if price >= questionable else "error" for price in prices]
    assert told == row["expect"]


QUESTIONS: dict[str, Callable[[dict[str, Any]], None]] = {
    "book": book,
    "taxed": taxed,
    "compared": compared,
    "prior": prior,
    "margins": margins,
    "signals": signals,
}


@pytest.mark.parametrize("case", _cases())
def test_published(case: dict[str, Any]) -> None:
    """The library gives what was published or, where the case says that the source is wrong, the right answer."""
    (word,) = QUESTIONS.keys() & case.keys()
    QUESTIONS[word](case)


def test_none_is_lost() -> None:
    """Every published example either runs or is left out with a reason, and none is listed twice."""
    run = [case["id"] for file in FILES.values() for case in file["case"]]
    left_out = [entry["id"] for file in FILES.values() for entry in file.get("left_out", ()) if entry["reason"]]
    assert len({*run, *left_out}) == len(run) + len(left_out) == PUBLISHED
    assert all(case["source"] for file in FILES.values() for case in file["case"])
