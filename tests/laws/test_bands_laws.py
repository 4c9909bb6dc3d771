"""Laws of the tables on bands, and the tables worked out again by plain fractions."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesrules.bands import AmountBand, EdgeRule, Interpolated, Lookup, Marginal, Overage, Point, RateBand, Step, ValueBand, Whole
from salesrules.errors import PolicyError
from salesrules.ops import ScalarOps

F = Fraction
SCALAR = ScalarOps()
numbers = st.one_of(st.integers(-50, 50).map(F), st.fractions(-1000, 1000, max_denominator=60), st.integers(-(10**25), 10**25).map(F))
positives = st.one_of(st.just(F(1)), st.fractions(F(1, 100), 10**6, max_denominator=100), st.integers(1, 10**25).map(F))
payments = st.fractions(0, 3, max_denominator=40)
edge_rules: st.SearchStrategy[EdgeRule] = st.sampled_from(("[)", "(]"))


@st.composite
def rising(draw: st.DrawFn, *, first: st.SearchStrategy[Fraction] = numbers) -> tuple[Fraction, ...]:
    """Lower bounds that strictly rise from ``first``."""
    steps = draw(st.lists(st.one_of(st.just(F(1)), st.fractions(F(1, 60), 500, max_denominator=60)), max_size=5))
    return tuple(accumulate(steps, initial=draw(first)))


@st.composite
def rate_bands(draw: st.DrawFn, first: st.SearchStrategy[Fraction] = numbers, rate: st.SearchStrategy[Fraction] = numbers) -> tuple[RateBand, ...]:
    """Bands with any rates."""
    return tuple(RateBand(start=start, factor=draw(rate)) for start in draw(rising(first=first)))


@st.composite
def places(draw: st.DrawFn, bounds: Sequence[Fraction]) -> Fraction:
    """A number anywhere, at a bound, or a hair beside one."""
    bound = draw(st.sampled_from(list(bounds)))
    return draw(st.one_of(numbers, st.just(bound), st.sampled_from([bound - F(1, 10**9), bound + F(1, 10**9)])))


ZERO = st.just(F(0))
from_zero = rate_bands(first=ZERO, rate=payments)


def naive_band(bounds: Sequence[Fraction], edges: str, x: Fraction) -> int:
    """The band of x by comparing fractions one by one."""
    return sum(bound <= x if edges == "[)" else bound < x for bound in bounds) - 1


def starts(bands: Sequence[Any]) -> list[Fraction]:
    """The lower bounds of bands."""
    return [band.start for band in bands]


def naive_marginal(bands: Sequence[RateBand], x: Fraction) -> Fraction:
    """Slice by slice from the first bound; below a first bound of 0 or less the first rate goes on."""
    if x < bands[0].start:
        return (x - bands[0].start) * bands[0].value if bands[0].start <= 0 else F(0)
    uppers = [*starts(bands)[1:], x]
    return sum((max(F(0), min(x, upper) - band.start) * band.value for band, upper in zip(bands, uppers, strict=True)), F(0))


def naive_whole(bands: Sequence[RateBand], edges: str, x: Fraction) -> Fraction:
    """All of x at the rate of its band."""
    band = naive_band(starts(bands), edges, x)
    if band < 0:
        return x * bands[0].value if bands[0].start <= 0 else F(0)
    return x * bands[band].value


def naive_overage(bands: Sequence[RateBand], edges: str, above: Fraction, x: Fraction) -> Fraction:
    """Marginal up to the point, and what lies above it at the rate of the band of x."""
    if x <= above:
        return naive_marginal(bands, x)
    return naive_marginal(bands, above) + (x - above) * bands[naive_band(starts(bands), edges, x)].value


def naive_interpolated(table: Interpolated, x: Fraction) -> Fraction:
    """The straight line through the two points next to x."""
    points = table.points
    one, two = next(((a, b) for a, b in pairwise(points) if x < b.at), (points[-2], points[-1]))
    if x < points[0].at and table.below != "extend":
        return points[0].value if table.below == "clamp" else F(0)
    if x > points[-1].at and table.above != "extend":
        return points[-1].value
    return one.value + (two.value - one.value) * (x - one.at) / (two.at - one.at)


def naive_step(table: Step, x: Fraction) -> Fraction:
    """The amount of the band, or step after step through all bands below."""
    band = naive_band(starts(table.bands), table.edges, x)
    if band < 0:
        return F(0)
    if table.every is None:
        return table.bands[band].amount
    ends = [*starts(table.bands)[1 : band + 1], x]
    return sum((below.amount * ((end - below.start) // table.every) for below, end in zip(table.bands[: band + 1], ends, strict=True)), F(0))


@given(st.data(), rate_bands(), edge_rules, positives)
def test_rates_by_plain_fractions(data: st.DataObject, bands: tuple[RateBand, ...], edges: EdgeRule, unit: Fraction) -> None:
    """The integers of a curve give what plain fractions give, for every table of rates, at and beside the bounds, over any unit."""
    x = data.draw(places(starts(bands)))
    above = data.draw(st.sampled_from(bands)).start
    assert Marginal(bands=bands, edges=edges).at(x * unit, unit) == unit * naive_marginal(bands, x)
    assert Whole(bands=bands, edges=edges).at(x * unit, unit) == unit * naive_whole(bands, edges, x)
    assert Overage(bands=bands, edges=edges, above=above).at(x * unit, unit) == unit * naive_overage(bands, edges, above, x)


@st.composite
def curves(draw: st.DrawFn) -> Interpolated:
    """Interpolated tables with every pair of ends that answers."""
    points = tuple(Point(at=at, value=draw(numbers)) for at in draw(rising().filter(lambda bounds: len(bounds) > 1)))
    return Interpolated(points=points, below=draw(st.sampled_from(["clamp", "extend", "zero"])), above=draw(st.sampled_from(["clamp", "extend"])))


@given(st.data(), curves(), positives)
def test_interpolated_by_plain_fractions(data: st.DataObject, table: Interpolated, unit: Fraction) -> None:
    """The curve passes through its points and is the straight line between them; its ends do as they say."""
    x = data.draw(places([point.at for point in table.points]))
    assert table.at(x * unit, unit) == unit * naive_interpolated(table, x)
    assert [table.at(point.at * unit, unit) for point in table.points] == [unit * point.value for point in table.points]


@given(st.data(), rising(), edge_rules, st.one_of(st.none(), st.fractions(F(1, 30), 100, max_denominator=30)), positives)
def test_step_by_plain_fractions(data: st.DataObject, bounds: tuple[Fraction, ...], edges: EdgeRule, every: Fraction | None, unit: Fraction) -> None:
    """Steps counted one band after the other agree with the table."""
    table = Step(bands=tuple(AmountBand(start=start, amount=data.draw(numbers)) for start in bounds), edges=edges, every=every)
    x = data.draw(places(bounds))
    assert table.at(x * unit, unit) == naive_step(table, x)


@given(st.data(), rising(), edge_rules, positives)
def test_lookup_by_plain_fractions(data: st.DataObject, bounds: tuple[Fraction, ...], edges: EdgeRule, unit: Fraction) -> None:
    """Each number has the value of exactly the band that holds it; below the first the column word takes the first."""
    table = Lookup(bands=tuple(ValueBand(start=start, value=data.draw(numbers)) for start in bounds), edges=edges)
    x = data.draw(places(bounds))
    band = naive_band(bounds, edges, x)
    scale = (x * unit).denominator * unit.denominator
    assert F(table.total(SCALAR, int(x * unit * scale), int(unit * scale)), table.den) == table.bands[max(band, 0)].value
    if band >= 0:
        assert table.index(x * unit, unit) == band
        assert table.at(x * unit, unit) == table.bands[band].value


@given(st.data(), rate_bands(), positives)
def test_pieces_sum_to_the_difference(data: st.DataObject, bands: tuple[RateBand, ...], unit: Fraction) -> None:
    """Pieces sum to the difference of the totals, lie within their bounds, join without a gap, and have one sign; back is the mirror."""
    table = Marginal(bands=bands)
    before, after = (data.draw(places(starts(bands))) * unit for _ in "ab")
    pieces = table.pieces(before, after, unit)
    assert sum((piece.value for piece in pieces), F(0)) == table.at(after, unit) - table.at(before, unit)
    assert all(piece.value == piece.amount * piece.rate and (piece.amount > 0) == (after > before) for piece in pieces)
    assert [(piece.lower, -piece.value) for piece in reversed(table.pieces(after, before, unit))] == [(piece.lower, piece.value) for piece in pieces]
    covered = sum((abs(piece.amount) for piece in pieces), F(0))
    low = min(before, after) if bands[0].start <= 0 else max(min(before, after), bands[0].start * unit)
    assert covered == max(F(0), max(before, after) - low)


@given(rate_bands(), st.lists(numbers, max_size=8), st.randoms(use_true_random=False))
def test_any_cutting_pays_the_same(bands: tuple[RateBand, ...], sales: list[Fraction], random: Random) -> None:
    """Whatever order sales come in and however each is cut, their differences sum to the same total, for every table."""
    cut = [part for sale in sales for part in (sale / 3, sale - sale / 3)]
    random.shuffle(cut)
    for table in (Marginal(bands=bands), Whole(bands=bands), Overage(bands=bands, above=bands[-1].start)):
        totals = [[table.at(x) for x in accumulate(batch, initial=F(0))] for batch in (sales, cut)]
        paid = [sum((after - before for before, after in pairwise(batch)), F(0)) for batch in totals]
        assert paid[0] == paid[1] == table.at(sum(sales, F(0))) - table.at(0)


@given(rate_bands(), edge_rules)
def test_marginal_is_continuous(bands: tuple[RateBand, ...], edges: EdgeRule) -> None:
    """At a bound the line from below and the line from above meet, so the edge rule moves no money."""
    curve = Marginal(bands=bands, edges=edges).curve
    for bound, below, above in zip(starts(bands), range(len(bands)), range(1, len(bands) + 1), strict=True):
        ends = [curve.intercepts[line] + curve.slopes[line] * bound for line in (below, above)]
        assert ends[0] == ends[1]


@given(st.data(), rate_bands(rate=payments))
def test_more_never_pays_less_by_slices(data: st.DataObject, bands: tuple[RateBand, ...]) -> None:
    """With rates of 0 or more, marginal pay never falls as x rises."""
    low, high = sorted(data.draw(places(starts(bands))) for _ in "ab")
    assert Marginal(bands=bands).at(low) <= Marginal(bands=bands).at(high)


@given(st.data(), from_zero, edge_rules)
def test_whole_pays_at_least_marginal_where_rates_rise(data: st.DataObject, bands: tuple[RateBand, ...], edges: EdgeRule) -> None:
    """With rising rates, reaching back pays at least as much as slicing, and the overage rule lies between them."""
    steeper = tuple(RateBand(start=band.start, factor=rate) for band, rate in zip(bands, accumulate(band.value for band in bands), strict=True))
    x = abs(data.draw(places(starts(bands))))
    between = Overage(bands=steeper, edges=edges, above=data.draw(st.sampled_from(steeper)).start)
    assert Marginal(bands=steeper, edges=edges).at(x) <= between.at(x) <= Whole(bands=steeper, edges=edges).at(x)


@given(from_zero, positives)
def test_a_net_return_undoes_a_sale(bands: tuple[RateBand, ...], x: Fraction) -> None:
    """Below 0 a table that starts at 0 is the line of its first band, so a return alone is the mirror of a sale in that band."""
    for table in (Marginal(bands=bands), Whole(bands=bands), Overage(bands=bands, above=bands[-1].start)):
        assert table.at(-x) == -x * bands[0].value
        assert table.at(0) == 0


@given(st.data(), rising(), edge_rules, st.one_of(st.none(), st.fractions(F(1, 30), 100, max_denominator=30)))
def test_steps_never_go_down(data: st.DataObject, bounds: tuple[Fraction, ...], edges: EdgeRule, every: Fraction | None) -> None:
    """With amounts that rise from 0 or more, reaching more never earns less."""
    worth = accumulate(data.draw(payments) for _ in bounds)
    table = Step(bands=tuple(AmountBand(start=start, amount=amount) for start, amount in zip(bounds, worth, strict=True)), edges=edges, every=every)
    low, high = sorted(data.draw(places(bounds)) for _ in "ab")
    assert table.at(low) <= table.at(high)


@given(rate_bands(), numbers, positives, st.integers(1, 10**12))
def test_scale_does_not_matter(bands: tuple[RateBand, ...], x: Fraction, unit: Fraction, scale: int) -> None:
    """Counting x and unit in a smaller coin multiplies the worth by as much, and moves nobody to another band."""
    for table in (Marginal(bands=bands), Whole(bands=bands), Overage(bands=bands, above=bands[0].start)):
        assert table.at(x * scale, unit * scale) == table.at(x, unit) * scale


@given(st.lists(numbers, max_size=6))
def test_only_rising_bounds_make_a_table(bounds: list[Fraction]) -> None:
    """A table exists exactly where every bound is above the one before."""
    bands = tuple(ValueBand(start=start, value=F(0)) for start in bounds)
    if bounds and all(lower < upper for lower, upper in pairwise(bounds)):
        assert Lookup(bands=bands).bounds.den > 0
    else:
        with pytest.raises(PolicyError) as caught:
            Lookup(bands=bands)
        assert caught.value.code == ("bands.order" if bounds else "bands.empty")
