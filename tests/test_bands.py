"""Bands and the six tables on them: what cannot be written down, and values worked out by hand."""

import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from salesrules.bands import AmountBand, Bounds, Curve, EdgeRule, Interpolated, Lookup, Marginal, Overage, Piece, Point, RateBand, Step, Table, ValueBand, Whole
from salesrules.bands.rates import _Rates
from salesrules.errors import FactError, PolicyError, SalesRulesError
from salesrules.ops import ScalarOps

F = Fraction
OPS = ScalarOps()
HUGE = 10**60


def rates(*pairs: tuple[Any, Any]) -> tuple[RateBand, ...]:
    """Bands from pairs of lower bound and multiplier."""
    return tuple(RateBand(start=F(start), factor=F(factor)) for start, factor in pairs)


def values(*pairs: tuple[Any, Any]) -> tuple[ValueBand, ...]:
    """Bands from pairs of lower bound and value."""
    return tuple(ValueBand(start=F(start), value=F(value)) for start, value in pairs)


def amounts(*pairs: tuple[Any, Any]) -> tuple[AmountBand, ...]:
    """Bands from pairs of lower bound and amount."""
    return tuple(AmountBand(start=F(start), amount=F(amount)) for start, amount in pairs)


def points(*pairs: tuple[Any, Any]) -> tuple[Point, ...]:
    """Points from pairs of place and value."""
    return tuple(Point(at=F(at), value=F(value)) for at, value in pairs)


def curve_of(*pairs: tuple[Any, Any]) -> Interpolated:
    """A payout curve with clamped ends."""
    return Interpolated(points=points(*pairs), below="clamp", above="clamp")


def refusal(make: Callable[[], object]) -> tuple[str, str]:
    """Code and path of the error that ``make`` raises."""
    with pytest.raises(SalesRulesError) as caught:
        make()
    return caught.value.code, caught.value.path


BUILDERS: dict[str, tuple[Callable[..., object], Callable[..., Any]]] = {
    "marginal": (Marginal, rates),
    "whole": (Whole, rates),
    "step": (Step, amounts),
    "lookup": (Lookup, values),
    "overage": (lambda bands, **rest: Overage(bands=bands, above=bands[0].start if bands else F(0), **rest), rates),
}
TIERS = Marginal(bands=rates((0, "0.03"), (500, "0.05"), (1000, "0.08")))


@pytest.mark.parametrize("kind", BUILDERS)
@pytest.mark.parametrize(
    ("starts", "code", "path"),
    [
        ((), "bands.empty", "bands"),
        ((0, 0), "bands.order", "bands[1].from"),
        ((0, 10, 5), "bands.order", "bands[2].from"),
        ((0, 10, 10, 20), "bands.order", "bands[2].from"),
        ((F(1, 3), F(2, 6)), "bands.order", "bands[1].from"),
        ((0, -1), "bands.order", "bands[1].from"),
    ],
)
def test_bands_out_of_order_are_refused(kind: str, starts: tuple[Any, ...], code: str, path: str) -> None:
    """No table can be built from no band, from equal bounds or from falling ones; the fault names the band."""
    make, made_of = BUILDERS[kind]
    assert refusal(lambda: make(bands=made_of(*((start, 1) for start in starts)))) == (code, path)


@pytest.mark.parametrize("kind", BUILDERS)
@pytest.mark.parametrize("edges", ["[]", "()", "", "[ )", "lower", None])
def test_unknown_edge_rules_are_refused(kind: str, edges: object) -> None:
    """Only the two half-open rules exist, so an edge never belongs to two bands or to none."""
    make, made_of = BUILDERS[kind]
    assert refusal(lambda: make(bands=made_of((0, 1)), edges=edges)) == ("bands.edges", "edges")


@pytest.mark.parametrize("start", [0.5, float("nan"), Decimal("Infinity"), "ten", None, True])
def test_bounds_are_exact_numbers(start: Any) -> None:
    """A bound that is no exact number is refused where it is given."""
    assert refusal(lambda: ValueBand(start=start, value=F(1)))[0] == "rate.number"


def test_bounds_touch() -> None:
    """For each edge rule, every number lies in exactly one band: the bound and both neighbours are told apart."""
    near = F(1, 10**30)
    rules: tuple[tuple[EdgeRule, int], ...] = (("[)", 1), ("(]", 0))
    for edges, at_bound in rules:
        table = Lookup(bands=values((0, 10), (100, 20)), edges=edges)
        assert [table.index(x) for x in (100 - near, F(100), 100 + near)] == [0, at_bound, 1]


@pytest.mark.parametrize("given", [{}, {"rate": "3%", "factor": 2}, {"rate": "3%", "amount": 2}, {"rate": "1%", "factor": 1, "amount": 1}])
def test_a_band_pays_one_way(given: dict[str, Any]) -> None:
    """A band of rates has exactly one of rate, factor and amount."""
    assert refusal(lambda: RateBand(start=F(0), **given)) == ("bands.rate", "")


def test_a_band_knows_its_value() -> None:
    """Rate, factor and amount are the same number to a table; 0 counts as given."""
    ways: tuple[dict[str, Any], ...] = ({"rate": "3%"}, {"factor": "1.5"}, {"amount": 7}, {"rate": 0})
    assert [RateBand(start=F(0), **way).value for way in ways] == [F(3, 100), F(3, 2), 7, 0]


Refused = tuple[Callable[[], object], str, str]
REFUSED: dict[str, Refused] = {
    "no point": (curve_of, "bands.points", "points"),
    "one point": (lambda: curve_of((0, 1)), "bands.points", "points"),
    "two values at a point": (lambda: curve_of((0, 0), (0, 1)), "bands.order", "points[1].at"),
    "points out of order": (lambda: curve_of((0, 0), (2, 1), (1, 1)), "bands.order", "points[2].at"),
    "unknown end below": (lambda: Interpolated(points=points((0, 0), (1, 1)), below="stop", above="clamp"), "bands.ends", "below"),  # type: ignore[arg-type]
    "zero above": (lambda: Interpolated(points=points((0, 0), (1, 1)), below="clamp", above="zero"), "bands.ends", "above"),  # type: ignore[arg-type]
    "steps of no width": (lambda: Step(bands=amounts((0, 1)), every=F(0)), "bands.every", "every"),
    "steps back": (lambda: Step(bands=amounts((0, 1)), every=F(-1, 2)), "bands.every", "every"),
    "no band at the point": (lambda: Overage(bands=rates((0, 1), (100, 2)), above=F(50)), "bands.above", "above"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_else_cannot_be_written_down(case: str) -> None:
    """Points out of order, unknown ends, steps of no width and an overage point where no band starts."""
    make, code, path = REFUSED[case]
    assert refusal(make) == (code, path)


def test_the_shared_base_is_no_table() -> None:
    """What the tables of rates share does not say how they pay."""
    with pytest.raises(NotImplementedError):
        _Rates(bands=rates((0, 1)))


@pytest.mark.parametrize(
    ("x", "worth"),
    [(0, 0), (1, "0.03"), (499, "14.97"), (500, 15), (501, "15.05"), (1000, 40), (1250, 60), (-200, -6), ("0.01", "0.0003"), (HUGE, F(2 * HUGE, 25) - 40)],
)
@pytest.mark.parametrize("edges", ["[)", "(]"])
def test_marginal(edges: EdgeRule, x: Any, worth: Any) -> None:
    """Slices of 500 at 3%, of 500 at 5%, the rest at 8%; at a bound both edge rules pay the same; below 0 the first rate goes on."""
    assert Marginal(bands=TIERS.bands, edges=edges).at(F(x)) == F(worth)


def test_marginal_that_starts_late() -> None:
    """What lies below a first bound above 0 is worth nothing, below 0 too."""
    table = Marginal(bands=rates((100, "0.1"), (200, "0.2")))
    assert [table.at(x) for x in (-50, 0, 99, 100, 150, 200, 300)] == [0, 0, 0, 0, 5, 10, 30]


def test_marginal_that_falls() -> None:
    """Decelerating rates: 10% to 100, 5% to 200, nothing above."""
    table = Marginal(bands=rates((0, "0.1"), (100, "0.05"), (200, 0)))
    assert [table.at(x) for x in (-10, 50, 100, 150, 200, 10**9)] == [-1, 5, 10, F(25, 2), 15, 15]


def test_marginal_over_a_quota() -> None:
    """Bounds are shares of the unit: 1 to quota, 1.5 above it, in the measure of x; thirds stay exact."""
    table = Marginal(bands=rates((0, 1), (1, "1.5")))
    assert [table.at(x, 300) for x in (150, 300, 400)] == [150, 300, 450]
    assert table.at(F(1, 3), F(1, 6)) == F(1, 6) + F(1, 6) * F(3, 2)


def test_pieces_of_a_sale_that_crosses_two_bounds() -> None:
    """From 450 to 1,100: 50 at 3%, 500 at 5%, 100 at 8%."""
    assert TIERS.pieces(450, 1100) == (
        Piece(F(0), F(500), F(50), F(3, 100), F(3, 2)),
        Piece(F(500), F(1000), F(500), F(5, 100), F(25)),
        Piece(F(1000), None, F(100), F(8, 100), F(8)),
    )


def test_pieces_of_a_return_come_from_the_top() -> None:
    """The way back is the way there, reversed and negative."""
    back = tuple(Piece(piece.lower, piece.upper, -piece.amount, piece.rate, -piece.value) for piece in reversed(TIERS.pieces(450, 1100)))
    assert TIERS.pieces(1100, 450) == back


def test_pieces_at_the_ends() -> None:
    """Nothing moved makes no piece; what a late first bound leaves out makes none; the first band from 0 reaches below 0."""
    late = Marginal(bands=rates((100, "0.1")))
    assert TIERS.pieces(500, 500) == ()
    assert late.pieces(0, 100) == ()
    assert late.pieces(-50, 130) == (Piece(F(100), None, F(30), F(1, 10), F(3)),)
    assert TIERS.pieces(-100, 50) == (Piece(F(0), F(500), F(150), F(3, 100), F(9, 2)),)


def test_pieces_over_a_quota() -> None:
    """The bounds of the pieces are shown in the measure of x."""
    table = Marginal(bands=rates((0, 1), (1, 2)))
    assert [(piece.lower, piece.upper, piece.amount) for piece in table.pieces(200, 400, 300)] == [(F(0), F(300), F(100)), (F(300), None, F(100))]


@pytest.mark.parametrize(
    ("edges", "x", "worth"),
    [
        ("[)", 99, "1.98"),
        ("[)", 100, 5),
        ("[)", 101, "5.05"),
        ("(]", 99, "1.98"),
        ("(]", 100, 2),
        ("(]", 101, "5.05"),
        ("[)", 0, 0),
        ("(]", 0, 0),
        ("[)", -50, -1),
        ("(]", -50, -1),
        ("[)", HUGE, HUGE // 20),
    ],
)
def test_whole(edges: EdgeRule, x: Any, worth: Any) -> None:
    """All of x at 2% below 100 and 5% above; at 100 the edge rule decides."""
    assert Whole(bands=rates((0, "0.02"), (100, "0.05")), edges=edges).at(x) == F(worth)


def test_whole_that_starts_off_zero() -> None:
    """Nothing is worth anything below a first bound above 0; a first bound below 0 reaches down without a jump."""
    late = Whole(bands=rates((100, "0.1")))
    early = Whole(bands=rates((-100, "0.02"), (0, "0.05")))
    assert [late.at(x) for x in (-1, 99, 100)] == [0, 0, 10]
    assert [early.at(x) for x in (-200, -100, -50, 100)] == [-4, -2, -1, 5]


def test_whole_that_falls() -> None:
    """A lower rate for all of x can pay less for more; the table says what it says."""
    table = Whole(bands=rates((0, "0.1"), (100, "0.05")))
    assert [table.at(x) for x in (99, 100)] == [F(99, 10), 5]


@pytest.mark.parametrize(
    ("x", "worth"),
    [(0, 0), (50, 30), (100, 60), (110, "69"), (124, "81.6"), (125, 90), (149, "118.8"), (150, 135), (175, "172.5"), (-10, -6)],
)
def test_overage(x: Any, worth: Any) -> None:
    """To quota 0.6 each; all above quota at 0.9, from 125 at 1.2, from 150 at 1.5."""
    assert Overage(bands=rates((0, "0.6"), (100, "0.9"), (125, "1.2"), (150, "1.5")), above=F(100)).at(x) == F(worth)


def test_overage_at_the_bounds() -> None:
    """With the other edge rule, exactly 125 still has the rate of the band below; the point itself is no jump."""
    table = Overage(bands=rates((0, "0.6"), (100, "0.9"), (125, "1.2")), above=F(100), edges="(]")
    assert [table.at(x) for x in (100, 125, 126)] == [60, F("82.5"), F("91.2")]


def test_overage_above_the_first_bound() -> None:
    """Where the point is the first bound, all above it is paid at the rate reached, and below it as the first band says."""
    late = Overage(bands=rates((100, 1), (200, 2)), above=F(100))
    from_zero = Overage(bands=rates((0, 1), (200, 2)), above=F(0))
    assert [late.at(x) for x in (50, 100, 150, 200)] == [0, 0, 50, 200]
    assert [from_zero.at(x) for x in (-50, 0, 150, 200)] == [-50, 0, 150, 400]


def test_overage_with_two_bands_below_the_point() -> None:
    """Up to the point the bands are marginal: 100 x 1 + 100 x 2, then 3 for what lies above."""
    table = Overage(bands=rates((0, 1), (100, 2), (200, 3)), above=F(200))
    assert [table.at(x) for x in (100, 150, 200, 250)] == [100, 200, 300, 450]


@pytest.mark.parametrize(("below", "worth"), [("clamp", "0.5"), ("extend", "-0.5"), ("zero", 0)])
def test_interpolated_below(below: Any, worth: Any) -> None:
    """Below the first point its value holds, its segment goes on, or there is nothing."""
    assert Interpolated(points=points(("0.75", "0.5"), (1, 1)), below=below, above="clamp").at("0.25") == F(worth)


@pytest.mark.parametrize(("above", "worth"), [("clamp", 3), ("extend", 5)])
def test_interpolated_above(above: Any, worth: Any) -> None:
    """Above the last point its value holds, or its segment goes on."""
    assert Interpolated(points=points((1, 1), ("1.5", 3)), below="clamp", above=above).at(2) == worth


def test_interpolated_between() -> None:
    """The EcSell curve at its points and halfway; over a quota of 200 in the measure of x."""
    table = curve_of(("0.75", "0.5"), (1, 1), ("1.5", 3))
    assert [table.at(F(x)) for x in ("0.75", "0.875", "1", "1.25", "1.5")] == [F(1, 2), F(3, 4), 1, 2, 3]
    assert table.at(250, 200) == 400
    assert table.at(F(5, 6)) == F(2, 3)


def test_interpolated_may_fall() -> None:
    """A curve may go down, such as a discount scale."""
    assert curve_of((0, 10), (10, 0)).at("2.5") == F(15, 2)


@pytest.mark.parametrize(
    ("below", "above", "refused"),
    [("refuse", "clamp", ["0.74"]), ("clamp", "refuse", ["1.51"]), ("refuse", "refuse", ["0.74", "1.51"]), ("zero", "extend", [])],
)
def test_refused_ends(below: Any, above: Any, refused: list[str]) -> None:
    """An end that says refuse is refused just beyond the point, and nowhere else."""
    table = Interpolated(points=points(("0.75", "0.5"), ("1.5", 3)), below=below, above=above)
    for x in ("0.74", "0.75", "1", "1.5", "1.51"):
        assert bool(table.covers(OPS, F(x), 1)) is (x not in refused)
        if x in refused:
            assert refusal(lambda x=x: table.at(x)) == ("bands.outside", "")  # type: ignore[misc]
        else:
            table.at(x)


def test_nothing_is_worth_nothing_before_a_refused_start() -> None:
    """Before the first line nothing was paid, so a line that lands inside the curve takes its whole value."""
    table = Interpolated(points=points(("0.75", "0.5"), (1, 1)), below="refuse", above="clamp")
    assert table.curve.total(OPS, 80, 100) - table.curve.total(OPS, 0, 100) == 60 * table.curve.den


def test_step() -> None:
    """5,000 from quota, 12,000 from 120%: one amount for the band reached, nothing below the first, negative x included."""
    table = Step(bands=amounts((1, 5000), ("1.2", 12000)))
    assert [table.at(F(x)) for x in (-3, 0, "0.99", 1, "1.19", "1.2", HUGE)] == [0, 0, 0, 5000, 5000, 12000, 12000]
    other = Step(bands=table.bands, edges="(]")
    assert [other.at(F(x)) for x in (1, "1.01", "1.2", "1.21")] == [0, 5000, 5000, 12000]
    assert [table.at(x, 300) for x in (299, 300, 360)] == [0, 5000, 12000]


def test_step_that_falls_below_zero() -> None:
    """A first bound below 0 is reached by less than nothing, and amounts may fall and be negative."""
    table = Step(bands=amounts((-10, "0.5"), (0, -2)))
    assert [table.at(x) for x in (-11, -10, -1, 0)] == [0, F(1, 2), F(1, 2), -2]


@pytest.mark.parametrize(
    ("x", "worth"),
    [("0.99", 0), (1, 0), ("1.009", 0), ("1.01", 420), ("1.0199", 420), ("1.057", 2100), ("1.10", 4200), ("1.11", 5200), ("1.115", 5200), ("1.12", 6200)],
)
def test_step_every(x: Any, worth: Any) -> None:
    """420 for every full point above quota, 1,000 for every full point above 110%."""
    table = Step(bands=amounts((1, 420), ("1.1", 1000)), every=F("0.01"))
    assert table.at(F(x)) == worth
    assert table.at(F(x) * 777, 777) == worth


def test_step_every_with_a_broken_last_step() -> None:
    """Only full steps count: what a band cuts off at its end is lost, and the next band counts from its own bound."""
    table = Step(bands=amounts((0, 1), (25, 10)), every=F(10))
    assert [table.at(x) for x in (9, 10, 20, 24, 25, 34, 35, -10)] == [0, 1, 2, 2, 2, 2, 12, 0]


def test_step_every_at_the_other_edge() -> None:
    """A full step is full at its end whatever the edge rule; only the band that begins changes."""
    table = Step(bands=amounts((0, 1), (20, 10)), every=F(10), edges="(]")
    assert [table.at(x) for x in (0, 10, 20, 29, 30)] == [0, 1, 2, 2, 12]


@pytest.mark.parametrize(("x", "value"), [(0, 5), ("0.0999", 5), ("0.1", 3), ("0.15", 3), ("0.2", 1), (HUGE, 1)])
def test_lookup(x: Any, value: Any) -> None:
    """The value of the band, from its bound on."""
    assert Lookup(bands=values((0, 5), ("0.1", 3), ("0.2", 1))).at(F(x)) == value


def test_lookup_at_the_other_edge() -> None:
    """With the bound in the band below, exactly 0 has no band at all."""
    table = Lookup(bands=values((0, 5), ("0.1", 3)), edges="(]")
    assert [table.at(F(x)) for x in ("0.0001", "0.1", "0.1001")] == [5, 5, 3]
    assert refusal(lambda: table.at(0)) == ("bands.below", "")


def test_lookup_below_the_first_band() -> None:
    """One sale is refused below the first band; a column takes the first value, as a rate by a discount of less than nothing does."""
    table = Lookup(bands=values((0, 5), ("0.1", "0.5")))
    with pytest.raises(FactError, match=r"-1/2 lies below the first band, which starts at 0"):
        table.at(-1, 2)
    assert [F(table.total(OPS, x, 20), table.den) for x in (-1, 0, 2)] == [5, 5, F(1, 2)]


@pytest.mark.parametrize(("edges", "band"), [("[)", 1), ("(]", 0)])
def test_a_ratio_is_never_rounded(edges: EdgeRule, band: int) -> None:
    """One third is exactly at the bound 1/3, and a hair beside it is beside it, however large the numbers."""
    table = Lookup(bands=values((0, 0), (F(1, 3), 1)), edges=edges)
    assert table.index(1, 3) == table.index(HUGE, 3 * HUGE) == table.index(F(1, 7), F(3, 7)) == band
    assert table.index(HUGE - 1, 3 * HUGE) == 0
    assert table.index(HUGE + 1, 3 * HUGE) == 1
    assert table.index("0.33333333333333333333333333333333") == 0


ASKED: dict[str, Callable[[Any], object]] = {
    "marginal": lambda unit: TIERS.at(1, unit),
    "pieces": lambda unit: TIERS.pieces(0, 1, unit),
    "whole": lambda unit: Whole(bands=TIERS.bands).at(1, unit),
    "overage": lambda unit: Overage(bands=TIERS.bands, above=F(500)).at(1, unit),
    "interpolated": lambda unit: curve_of((0, 0), (1, 1)).at(1, unit),
    "step": lambda unit: Step(bands=amounts((0, 1))).at(1, unit),
    "lookup": lambda unit: Lookup(bands=values((0, 1))).at(1, unit),
}


@pytest.mark.parametrize("kind", ASKED)
@pytest.mark.parametrize("unit", [0, -1, "-1/3"])
def test_a_unit_is_above_zero(kind: str, unit: Any) -> None:
    """A ratio over nothing, or over less, has no place in a table."""
    assert refusal(lambda: ASKED[kind](unit)) == ("bands.unit", "unit")


def test_floats_are_refused() -> None:
    """No table is asked about a float."""
    assert refusal(lambda: TIERS.at(0.5))[0] == "rate.number"


TABLES: tuple[Table | Step | Lookup, ...] = (
    TIERS,
    Whole(bands=TIERS.bands, edges="(]"),
    Overage(bands=TIERS.bands, above=F(500)),
    curve_of((0, 0), (1, 1)),
    Step(bands=amounts((0, 1), (10, 3)), every=F(5)),
    Lookup(bands=values((0, 1), (10, 3))),
)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.kind)
def test_tables_are_values(table: Table | Step | Lookup) -> None:
    """A table pickles and its repr pastes back, before and after it was asked; equal tables hash alike."""
    for _ in range(2):
        twin = pickle.loads(pickle.dumps(table))
        assert twin == table == eval(repr(table))  # noqa: S307 - the repr is to be pasted
        assert hash(twin) == hash(table)
        assert twin.at(7) == table.at(7)


def test_curves_and_bounds_are_integers() -> None:
    """Bounds of halves and thirds stand over 6; a line is a fixed part and a slope over one denominator."""
    bounds = Bounds.of([F(1, 2), F(2, 3)], "[)")
    curve = Curve.of(bounds, [(F(0), F(0)), (F(1, 4), F(1, 3)), (F(0), F(1))])
    assert bounds == Bounds((3, 4), 6, lower_inclusive=True)
    assert (curve.intercepts, curve.slopes, curve.den) == ((0, 3, 0), (0, 4, 12), 12)
    assert [curve.slope(OPS, x, 60) for x in (29, 30, 39, 40)] == [0, 4, 4, 12]


def test_errors_read_well() -> None:
    """A table out of order says which band, and what to do."""
    with pytest.raises(PolicyError) as caught:
        Marginal(bands=rates((0, 1), (F(1, 2), 2), (F(1, 2), 3)))
    assert str(caught.value) == "bands[2].from: band 2 starts at 1/2, not above 1/2; write the bands in ascending order [bands.order]"
