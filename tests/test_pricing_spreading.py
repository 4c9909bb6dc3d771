"""Amounts of an order over its lines and units: the refusals, the report, the surcharge, the remainder rules."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from salesrules.errors import SalesRulesError
from salesrules.money import Exact, Money
from salesrules.pricing.discounts.spreading import LineAmount, Spreading, into_units, spread
from salesrules.text import working_text
from salesrules.trace import replay

MOVE = Spreading(by="amount", remainder="largest_remainder", pushed_back="move")


def _line(id: str, amount: str, least: str | None = None, quantity: int = 1) -> LineAmount:
    return LineAmount(id=id, amount=Exact(amount, "CNY"), least=None if least is None else Exact(least, "CNY"), quantity=quantity)


def _cny(amount: str) -> Money:
    return Money(amount, "CNY")


def _amounts(total: str, *lines: LineAmount, rule: Spreading = MOVE) -> list[str]:
    return [str(share.amount.amount) for share in spread(_cny(total), lines, rule).shares]


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("pricing.spreading_word", lambda: attrs.evolve(MOVE, by="weight")),  # type: ignore[arg-type]
    ("pricing.spreading_word", lambda: attrs.evolve(MOVE, remainder="separate")),  # type: ignore[arg-type]
    ("pricing.spreading_word", lambda: attrs.evolve(MOVE, pushed_back="ignore")),  # type: ignore[arg-type]
    ("pricing.line_amount", lambda: LineAmount(id="a", amount="10")),
    ("pricing.line_amount", lambda: LineAmount(id="a", amount=_cny("10"), least=3)),
    ("pricing.mixed_signs", lambda: _amounts("1", _line("a", "10"), _line("b", "-10"))),
    ("pricing.unit_count", lambda: into_units(_cny("1"), 0, remainder="first")),
    ("pricing.unit_count", lambda: into_units(_cny("1"), "2", remainder="first")),  # type: ignore[arg-type]
    ("allocation.empty", lambda: _amounts("1")),
    ("allocation.duplicate", lambda: _amounts("1", _line("a", "1"), _line("a", "1"))),
    ("money.mixed", lambda: spread(Money("1", "USD"), [_line("a", "1")], MOVE)),
    ("money.mixed", lambda: _amounts("1", LineAmount(id="a", amount=_cny("2"), least=Money("1", "USD")))),
]


@pytest.mark.parametrize(("code", "make"), REFUSED, ids=[f"{code} {place}" for place, (code, _) in enumerate(REFUSED)])
def test_refused(code: str, make: Callable[[], Any]) -> None:
    """Wrong rules, lines and counts are refused with a stable code and a message that can be printed."""
    with pytest.raises(SalesRulesError) as caught:
        make()
    assert caught.value.code == code
    assert caught.value.message


@pytest.mark.parametrize(("by", "parts"), [("amount", ["3.00", "1.00"]), ("equally", ["2.00", "2.00"]), ("quantity", ["0.80", "3.20"])])
def test_what_the_shares_follow(by: Any, parts: list[str]) -> None:
    """Shares follow the amounts, nothing, or the quantities."""
    assert _amounts("4", _line("a", "30"), _line("b", "10", quantity=4), rule=attrs.evolve(MOVE, by=by)) == parts


@pytest.mark.parametrize(
    ("remainder", "parts"),
    [
        ("largest_remainder", ["0.34", "0.33", "0.33"]),
        ("first", ["0.34", "0.33", "0.33"]),
        ("last", ["0.33", "0.33", "0.34"]),
        ("last_absorbs", ["0.33", "0.33", "0.34"]),
        ("sequential", ["0.34", "0.33", "0.33"]),
    ],
)
def test_who_gets_the_remainder(remainder: Any, parts: list[str]) -> None:
    """The minor unit left over goes where the policy says."""
    assert _amounts("1", _line("a", "5"), _line("b", "5"), _line("c", "5"), rule=attrs.evolve(MOVE, remainder=remainder)) == parts


def test_a_remainder_rule_may_not_break_a_floor() -> None:
    """Where the last line absorbs the differences, its floor sends them on."""
    rule = attrs.evolve(MOVE, remainder="last_absorbs")
    lines = [_line(name, "1.00", "0.92") for name in "abcdef"] + [_line("z", "1.00", "0.99")]
    made = spread(_cny("0.37"), lines, rule)
    assert made["z"] == _cny("0.01")
    assert made.forfeited.is_zero


def test_the_report() -> None:
    """What was pushed back and what was moved is told line by line, and adds up."""
    made = spread(_cny("20"), [_line("shirt", "50", "45"), _line("mug", "20"), _line("cup", "0")], MOVE)
    assert [(str(share.pushed_back), str(share.moved)) for share in made.shares] == [
        ("9.29 CNY", "0.00 CNY"),
        ("0.00 CNY", "9.29 CNY"),
        ("0.00 CNY", "0.00 CNY"),
    ]
    assert (made.moved, made.given, made.forfeited) == (_cny("9.29"), _cny("20"), _cny("0"))


def test_nothing_to_take_from() -> None:
    """Lines that come to nothing bear nothing; the amount is forfeited, or refused."""
    made = spread(_cny("3"), [_line("a", "0"), _line("b", "0")], MOVE)
    assert ([str(share.amount) for share in made.shares], made.forfeited, made.refused) == (["0.00 CNY", "0.00 CNY"], _cny("3"), False)
    assert spread(_cny("3"), [_line("a", "0")], attrs.evolve(MOVE, pushed_back="refuse")).refused
    assert _amounts("0", _line("a", "5")) == ["0.00"]


def test_gifts_bear_nothing_though_shares_are_equal() -> None:
    """A line of 0 has no room: what it would bear in equal parts is moved."""
    assert _amounts("3", _line("a", "10"), _line("gift", "0"), _line("b", "10"), rule=attrs.evolve(MOVE, by="equally")) == ["1.50", "0.00", "1.50"]


def test_a_line_below_its_floor_bears_nothing() -> None:
    """A line that is already below its least is not lowered and not raised."""
    assert _amounts("3", _line("a", "10", "12"), _line("b", "10")) == ["0.00", "3.00"]


def test_surcharges_have_no_floor() -> None:
    """An amount of the other sign raises the lines, floors or not."""
    assert _amounts("-3", _line("a", "10", "10"), _line("b", "20", "20")) == ["-1.00", "-2.00"]


def test_floors_with_more_decimals() -> None:
    """A floor between two minor units holds: the line stays above it."""
    assert _amounts("5", _line("a", "10", "8.995")) == ["1.00"]


def test_units() -> None:
    """Units differ by at most one minor unit; the larger come first or last; returns mirror."""
    assert [(str(one.amount), one.count) for one in into_units(_cny("-10"), 3, remainder="last")] == [("-3.33 CNY", 2), ("-3.34 CNY", 1)]
    assert [(str(one.amount), one.count) for one in into_units(_cny("9"), 3, remainder="first")] == [("3.00 CNY", 3)]


def test_the_working() -> None:
    """The working adds up and tells each line's share, what was moved, and what was forfeited."""
    made = spread(_cny("20"), [_line("a", "10", "9"), _line("b", "10", "5")], MOVE)
    assert replay(made.step()) == _cny("20")
    text = working_text(made.step(), "zh_CN")
    assert "因限价退回" in text
    assert "作废" in text
