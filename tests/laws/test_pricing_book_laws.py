"""Laws of prices: breaks that fall, units and tax there and back, entries in any order, totals that never fall."""

from datetime import date
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from salesrules.money import Exact
from salesrules.pricing.prices.asked import Asked
from salesrules.pricing.prices.book import PriceBook
from salesrules.pricing.prices.breaks import Break, Graduated, Reach, Volume
from salesrules.pricing.prices.entry import PriceEntry
from salesrules.pricing.prices.margins import Margin, Markup, margin_of, markup_of
from salesrules.pricing.prices.tax import Tax, add, apart, rebased, strip
from salesrules.pricing.prices.units import Unit, Units
from salesrules.scope import DIMENSIONS, Scope
from salesrules.trace import replay

EURO = Exact(1, "EUR").currency
amounts = st.fractions(Fraction(1, 100), 10_000, max_denominator=100)
quantities = st.fractions(Fraction(1, 10), 500, max_denominator=20)
rates = st.fractions(0, 1, max_denominator=100)
edges = st.sampled_from(("[)", "(]"))


@st.composite
def scales(draw: st.DrawFn, *, falling: bool) -> tuple[Break, ...]:
    """Breaks from 0 on; ``falling`` ones never get dearer."""
    starts = tuple(accumulate(draw(st.lists(st.fractions(Fraction(1, 4), 50, max_denominator=4), max_size=4)), initial=Fraction(0)))
    prices = draw(st.lists(amounts, min_size=len(starts), max_size=len(starts)))
    ordered = sorted(prices, reverse=True) if falling else prices
    return tuple(Break(start=start, price=price) for start, price in zip(starts, ordered, strict=True))


@given(scales(falling=True), edges, quantities, quantities)
def test_larger_is_never_dearer(breaks: tuple[Break, ...], edge: Any, one: Fraction, other: Fraction) -> None:
    """Where breaks fall, a unit of a larger quantity never costs more, by volume and graduated."""
    less, more = sorted((one, other))
    for kind in (Volume, Graduated):
        table = kind(breaks=breaks, edges=edge)
        assert table.unit_price(Reach.of(more), None, EURO).value <= table.unit_price(Reach.of(less), None, EURO).value


@given(scales(falling=False), edges, quantities, quantities)
def test_graduated_total_never_falls(breaks: tuple[Break, ...], edge: Any, one: Fraction, other: Fraction) -> None:
    """More units never cost less in all when each slice has its own price, however prices rise and fall."""
    less, more = sorted((one, other))
    table = Graduated(breaks=breaks, edges=edge)
    totals = [table.unit_price(Reach.of(quantity), None, EURO).value * quantity for quantity in (less, more)]
    assert totals[0] <= totals[1]


@given(scales(falling=False), edges, st.lists(quantities, min_size=1, max_size=4), st.sampled_from((Graduated, Volume)))
def test_orders_that_count_together(breaks: tuple[Break, ...], edge: Any, orders: list[Fraction], kind: Any) -> None:
    """However a quantity is cut into orders, they cost as much in all as one order, graduated or repriced."""
    table = Graduated(breaks=breaks, edges=edge) if kind is Graduated else Volume(breaks=breaks, edges=edge, earlier="repriced")
    stops = list(accumulate(orders, initial=Fraction(0)))
    parts = [table.unit_price(Reach(before, after), None, EURO) for before, after in pairwise(stops)]
    whole = table.unit_price(Reach.of(stops[-1]), None, EURO).value * stops[-1]
    assert sum((part.value * bought for part, bought in zip(parts, orders, strict=True)), Exact(0, "EUR") * 1) == whole
    assert all(replay(part) == part.value for part in parts)


@given(st.lists(st.fractions(Fraction(1, 1000), 1000, max_denominator=1000), min_size=1, max_size=5), st.data())
def test_units_there_and_back(factors: list[Fraction], data: st.DataObject) -> None:
    """Converting to any unit and back changes nothing, and a detour by a third unit is the direct way."""
    chain = [Unit(id="0"), *(Unit(id=str(index + 1), of=str(index), factor=factor) for index, factor in enumerate(factors))]
    units = Units(tuple(data.draw(st.permutations(chain))))
    one, two, three = (data.draw(st.sampled_from([unit.id for unit in chain])) for _ in range(3))
    assert units.factor(one, two) * units.factor(two, one) == 1
    assert units.factor(one, two) * units.factor(two, three) == units.factor(one, three)


@st.composite
def entries(draw: st.DrawFn) -> list[PriceEntry]:
    """Entries of distinct scopes, one of them for everything."""
    names = draw(st.lists(st.sets(st.sampled_from(DIMENSIONS), min_size=1), max_size=8, unique_by=frozenset))
    scopes = [Scope(), *(Scope(**dict.fromkeys(sorted(named), ("x",))) for named in names)]
    return [PriceEntry(id=str(index), price=index + 1, scope=scope) for index, scope in enumerate(scopes)]


@given(entries(), st.data())
def test_order_of_entries_is_nothing(rows: list[PriceEntry], data: st.DataObject) -> None:
    """The most specific entry is the same in whatever order the entries are written, and covers the sale."""
    told: dict[str, Any] = {name: data.draw(st.sampled_from(("x", "y"))) for name in DIMENSIONS}
    other = data.draw(st.permutations(rows))
    asked = Asked(**told, date=date(2026, 1, 1), currency="EUR")
    found = [PriceBook(id="b", currency="EUR", entries=tuple(each)).find(asked) for each in (rows, other)]
    assert found[0] == found[1]
    assert found[0].entry.scope.covers(told)


@given(amounts, rates, rates)
def test_tax_there_and_back(amount: Fraction, rate: Fraction, other: Fraction) -> None:
    """Stripping and adding undo each other exactly, and any basis is reached from any other and left again."""
    price = Exact(amount, "EUR")
    assert add(strip(price, rate), rate) == price == strip(add(price, rate), rate)
    bases = (Tax(basis="net"), Tax(basis="gross", rate=rate), Tax(basis="gross", rate=other))
    assert all(rebased(rebased(price, of, to), to, of) == price for of in bases for to in bases)
    made = apart(price, bases[1])
    assert made.net + made.tax == made.gross == price


@given(amounts, st.fractions(Fraction(-9, 10), 5, max_denominator=100))
def test_margin_and_markup_agree(cost: Fraction, rate: Fraction) -> None:
    """A markup and the margin it turns into make the same price, whose rates are theirs."""
    markup, paid = Markup(rate), Exact(cost, "EUR")
    margin = markup.as_margin()
    price = markup.price(paid)
    assert margin.price(paid) == price
    assert (markup_of(price, paid), margin_of(price, paid)) == (rate, margin.rate)
    assert Margin(margin.rate).as_markup() == markup
