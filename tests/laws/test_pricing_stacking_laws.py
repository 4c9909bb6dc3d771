"""Laws of stacking and spreading: what must hold for any discounts, any lines and any floors."""

from fractions import Fraction
from itertools import permutations
from random import Random
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from salesrules.money import Exact, Money, Rounding
from salesrules.pricing.discounts.discount import Discount
from salesrules.pricing.discounts.orders import StackLine, stack_order
from salesrules.pricing.discounts.spreading import LineAmount, Spreading, into_units, spread
from salesrules.pricing.discounts.stacked import Stacked
from salesrules.pricing.discounts.stacking import Stacking, stack
from salesrules.trace import replay

KEYED = ("largest_remainder", "quota", "largest_weight")
METHODS = (*KEYED, "largest_remainder_first", "first", "last", "sequential", "last_absorbs", "last_absorbs_half_even")


def _cny(minor: int | Fraction) -> Exact:
    return Exact.from_minor(minor, "CNY")


shares = st.integers(0, 20).map(lambda count: Fraction(count, 20))
surcharges = st.integers(-5, -1).map(lambda count: Fraction(count, 20))
rates = st.fixed_dictionaries({"rate": shares | surcharges, "of": st.sampled_from(["running", "list"])})
amounts = st.fixed_dictionaries({"amount": st.integers(-500, 6000).map(_cny), "per": st.sampled_from(["unit", "line"])})
prices = st.fixed_dictionaries({"price": st.integers(0, 9000).map(_cny)})
flags = st.fixed_dictionaries(
    {},
    optional={
        "lane": st.sampled_from(["x", "y"]),
        "exclusive": st.booleans(),
        "combinable": st.booleans(),
        "priority": st.integers(0, 3),
        "last": st.booleans(),
        "most": st.integers(0, 2000).map(lambda minor: Money.from_minor(minor, "CNY")),
        "not_on_discounted": st.booleans(),
    },
)


def _named(fields: list[dict[str, Any]]) -> tuple[Discount, ...]:
    return tuple(Discount(id=f"d{place}", **given) for place, given in enumerate(fields))


discounts = st.lists(st.tuples(rates | amounts | prices, flags).map(lambda two: two[0] | two[1]), max_size=4).map(_named)
plain_rates = st.lists(st.fixed_dictionaries({"rate": shares}), min_size=2, max_size=4).map(_named)
roundings = st.builds(
    Rounding,
    st.sampled_from(["half_up", "half_even", "down", "up", "floor", "ceiling"]),
    step=st.sampled_from([None, "0.05", "1"]),
    per=st.sampled_from(["line", "document"]),
)
stackings = st.builds(
    Stacking,
    mode=st.sampled_from(["additive", "cascading", "declared"]),
    order=st.sampled_from(["given", "priority", "rates_first", "amounts_first"]),
    choose=st.sampled_from(["all", "best", "best_combination"]),
    exclusives=st.sampled_from(["priority", "best", "best_of_all"]),
    surcharges=st.sampled_from(["honour", "ignore"]),
    idle=st.sampled_from(["drop", "keep"]),
    cap=st.none() | shares,
    cap_amount=st.none() | st.integers(0, 20000).map(lambda minor: Money.from_minor(minor, "CNY")),
    least=st.none() | st.integers(0, 9000).map(lambda minor: Money.from_minor(minor, "CNY")),
    rounding=roundings,
    rounds=st.sampled_from(["discount", "price"]),
    rounds_on=st.sampled_from(["unit", "line"]),
    rounds_when=st.sampled_from(["step", "end"]),
)
counts = st.sampled_from([Fraction(1), Fraction(3), Fraction(5, 2), Fraction(1, 3)])


def _negated(stacked: Stacked) -> list[Exact]:
    return [-stacked.gross, -stacked.net, -stacked.rounded, *(-step.amount for step in stacked.steps), *(-one.other_net for one in stacked.warnings)]


def _figures(stacked: Stacked) -> list[Exact]:
    return [stacked.gross, stacked.net, stacked.rounded, *(step.amount for step in stacked.steps), *(one.other_net for one in stacked.warnings)]


@given(st.integers(0, 20000), discounts, stackings, counts, st.none() | st.integers(0, 20000))
def test_steps_lead_to_the_net(price: int, given: tuple[Discount, ...], rule: Stacking, count: Fraction, least: int | None) -> None:
    """The steps lead from gross to net without a gap, the working replays, and every discount is either a step or left out with a reason."""
    made = stack(_cny(price), given, rule, quantity=count, least=None if least is None else _cny(least))
    running = made.gross
    for step in made.steps:
        assert step.before == running
        assert step.cut == step.rounded - step.amount
        assert bool(step.why) == (not step.cut.is_zero)
        running = step.after
        assert step.before - step.amount == running
    assert running - made.rounded == made.net
    assert replay(made.step()) == made.net
    assert sorted([step.discount.id for step in made.steps] + [one.discount.id for one in made.dropped]) == [one.id for one in given]


@given(st.integers(0, 20000), discounts, stackings, counts, st.integers(0, 20000))
def test_never_below_the_least(price: int, given: tuple[Discount, ...], rule: Stacking, count: Fraction, least: int) -> None:
    """The net is a whole amount unless the document rounds, never below 0, and not below the least price or the cap if the price was not."""
    made = stack(_cny(price), given, rule, quantity=count, least=_cny(least))
    floor = max(_cny(least), rule.least or _cny(0)) * count
    capped = max(made.gross * (1 - (1 if rule.cap is None else rule.cap)), made.gross - (rule.cap_amount or made.gross))
    assert made.net.minor >= 0
    assert made.net >= min(floor, made.gross)
    assert made.net >= min(capped, made.gross)
    assert rule.rounding.per == "document" or made.net.minor.denominator == 1


@given(st.integers(0, 20000), discounts, stackings, counts)
def test_a_return_mirrors_the_sale(price: int, given: tuple[Discount, ...], rule: Stacking, count: Fraction) -> None:
    """A quantity below 0 gives minus what the same quantity above 0 gives, figure by figure."""
    sale, back = (stack(_cny(price), given, rule, quantity=sign * count) for sign in (1, -1))
    assert _figures(back) == _negated(sale)
    assert back.dropped == sale.dropped


@given(st.integers(0, 20000), plain_rates, st.sampled_from(["rates_first", "given"]))
def test_additive_rates_are_summed(price: int, given: tuple[Discount, ...], order: Any) -> None:
    """In additive mode the rates add up, never beyond the price, in any order and without a warning."""
    rule = Stacking(mode="additive", order=order, rounding=Rounding(per="document"))
    made = stack(_cny(price), given, rule)
    assert made.amount == _cny(price) * min(Fraction(1), sum((one.rate or Fraction(0) for one in given), Fraction(0)))
    assert (made.orders, made.warnings) == ("proved", ())


@given(st.integers(0, 20000), discounts, stackings)
def test_the_best_is_the_best(price: int, given: tuple[Discount, ...], rule: Stacking) -> None:
    """No discount alone, and not all that may meet, give a lower price than the best combination; the best is no worse than any one."""
    optional = tuple(one for one in given if not (one.exclusive or one.last or one.is_surcharge or one.lane))
    best = stack(_cny(price), optional, attrs.evolve(rule, choose="best_combination")).net
    whole = stack(_cny(price), optional, attrs.evolve(rule, choose="all")).net
    single = stack(_cny(price), optional, attrs.evolve(rule, choose="best")).net
    assert best <= whole
    assert best <= single
    assert all(single <= stack(_cny(price), (one,), rule).net for one in optional)


@given(st.integers(0, 20000), discounts, stackings)
def test_warnings_tell_the_truth(price: int, given: tuple[Discount, ...], rule: Stacking) -> None:
    """A warning names an order that really gives the other price; without one no order gives another."""
    rule = attrs.evolve(rule, order="given", choose="all")
    free = tuple(attrs.evolve(one, lane="", exclusive=False, combinable=True, last=False) for one in given)
    made = stack(_cny(price), free, rule)
    by_name = {one.id: one for one in free}
    for warning in made.warnings:
        again = stack(_cny(price), tuple(by_name[name] for name in warning.other), rule)
        assert (again.net, made.net) == (warning.other_net, warning.net)
        assert again.net != made.net
    if not made.warnings:
        assert {stack(_cny(price), order, rule, warn=False).net for order in permutations(free)} == {made.net}


lines = st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000), st.integers(1, 9)), min_size=1, max_size=5)
spreadings = st.builds(
    Spreading,
    by=st.sampled_from(["amount", "equally", "quantity"]),
    remainder=st.sampled_from(METHODS),
    pushed_back=st.sampled_from(["move", "forfeit", "refuse"]),
)


def _lines(rows: list[tuple[int, int, int]], sign: int = 1) -> list[LineAmount]:
    return [
        LineAmount(id=f"l{place}", amount=_cny(sign * amount), least=_cny(sign * min(least, amount)), quantity=count)
        for place, (amount, least, count) in enumerate(rows)
    ]


@given(st.integers(0, 30000), lines, spreadings)
def test_spreading_conserves_and_respects_floors(total: int, rows: list[tuple[int, int, int]], rule: Spreading) -> None:
    """Shares and what is forfeited make up the total, no line falls below its least, and the report adds up; its working replays."""
    given, amount = _lines(rows), Money.from_minor(total, "CNY")
    made = spread(amount, given, rule)
    assert Money.total((share.amount for share in made.shares), "CNY") + made.forfeited == amount
    assert made.given == amount - made.forfeited
    for line, share in zip(given, made.shares, strict=True):
        assert share.amount.minor >= 0
        assert line.least is not None
        assert line.amount - share.amount >= line.least
    pushed = Money.total((share.pushed_back for share in made.shares), "CNY")
    idle = amount - Money.total((share.entitled for share in made.shares), "CNY")
    assert pushed + idle == made.moved + made.forfeited
    assert made.forfeited.minor >= 0
    assert replay(made.step()) == amount


@given(st.integers(0, 30000), lines, spreadings)
def test_moving_forfeits_only_what_nobody_can_bear(total: int, rows: list[tuple[int, int, int]], rule: Spreading) -> None:
    """When what is pushed back is moved, only what exceeds the room of all lines is forfeited; refusing gives all or nothing."""
    given = _lines(rows)
    room = sum(line.room for line in given)
    made = spread(Money.from_minor(total, "CNY"), given, attrs.evolve(rule, pushed_back="move"))
    assert made.forfeited.minor == max(0, total - room)
    refused = spread(Money.from_minor(total, "CNY"), given, attrs.evolve(rule, pushed_back="refuse"))
    assert refused.forfeited.minor in {0, total}
    assert refused.refused == (not refused.forfeited.is_zero)


@given(st.integers(0, 30000), lines, spreadings)
def test_spreading_mirrors(total: int, rows: list[tuple[int, int, int]], rule: Spreading) -> None:
    """On an order of returns everything has the other sign."""
    sale = spread(Money.from_minor(total, "CNY"), _lines(rows), rule)
    back = spread(Money.from_minor(-total, "CNY"), _lines(rows, -1), rule)
    if total:
        assert [share.amount for share in back.shares] == [-share.amount for share in sale.shares]
        assert back.forfeited == -sale.forfeited


@given(st.integers(-30000, 30000), lines, st.sampled_from(KEYED), spreadings, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(total: int, rows: list[tuple[int, int, int]], method: Any, rule: Spreading, random: Random) -> None:
    """With the keyed methods each line bears the same wherever it is written."""
    rule, given = attrs.evolve(rule, remainder=method), _lines(rows)
    shuffled = list(given)
    random.shuffle(shuffled)
    one, two = (spread(Money.from_minor(total, "CNY"), some, rule) for some in (given, shuffled))
    assert {share.id: share for share in one.shares} == {share.id: share for share in two.shares}


@given(st.integers(-10000, 10000), st.integers(1, 1000), st.sampled_from(["first", "last"]))
def test_units_add_up(amount: int, count: int, remainder: Any) -> None:
    """The units of a line bear what the line bears, none a minor unit more than another."""
    made = into_units(Money.from_minor(amount, "CNY"), count, remainder=remainder)
    assert sum(one.amount.minor * one.count for one in made) == amount
    assert sum(one.count for one in made) == count
    assert max(one.amount.minor for one in made) - min(one.amount.minor for one in made) <= 1


order_rows = st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000), counts, discounts), min_size=1, max_size=3)


@given(order_rows, discounts, stackings, stackings, spreadings, st.sampled_from([1, -1]))
def test_an_order_adds_up(rows: list[Any], given: tuple[Discount, ...], items: Stacking, order: Stacking, rule: Spreading, sign: int) -> None:
    """The lines add up to the total, what they bear is what was taken off the order, the working replays, and a return mirrors the sale."""

    def made(sign: int) -> Any:
        some = [
            StackLine(id=f"l{place}", price=_cny(price), least=_cny(min(least, price)), quantity=sign * count, discounts=own[:2])
            for place, (price, least, count, own) in enumerate(rows)
        ]
        return stack_order(some, given[:3], items=items, order=order, spreading=rule)

    one = made(sign)
    assert Money.total((line.net for line in one.lines), "CNY") == one.total == one.order.net
    assert Money.total((line.borne for line in one.lines), "CNY") == one.order.amount
    assert replay(one.step()) == one.total
    assert made(-sign).total == -one.total
    if items.rounding.per == "line" and sign > 0:
        for line, (price, least, count, _) in zip(one.lines, rows, strict=True):
            floor = max(_cny(min(least, price)), items.least or _cny(0)) * count
            assert line.net >= min(floor, line.stacked.net)
