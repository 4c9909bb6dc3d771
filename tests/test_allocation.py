"""Dividing among parties: the edges, the refusals and the working."""

import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from salesrules.allocation import METHODS, allocate, allocate_capped, running, split_units
from salesrules.errors import SalesRulesError
from salesrules.money import Exact, Money
from salesrules.trace import replay

YUAN = Money("1.00", "CNY")

REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("allocation.empty", lambda: allocate(YUAN, {})),
    ("allocation.empty", lambda: allocate_capped(YUAN, {})),
    ("allocation.zero", lambda: allocate(YUAN, {"a": "0", "b": "0%"})),
    ("allocation.zero", lambda: split_units(0, {"a": 0})),
    ("allocation.negative", lambda: allocate(YUAN, {"a": 2, "b": -1})),
    ("allocation.negative", lambda: allocate_capped(YUAN, {"a": YUAN, "b": -YUAN})),
    ("allocation.duplicate", lambda: allocate(YUAN, [("a", 1), ("a", 2)])),
    ("allocation.key", lambda: allocate(YUAN, {1: 1})),  # type: ignore[arg-type]
    ("allocation.key", lambda: allocate(YUAN, {"a": 1})["b"]),
    ("allocation.method", lambda: allocate(YUAN, {"a": 1}, method="fair")),
    ("allocation.step", lambda: allocate(Money("1.02", "CHF"), {"a": 1}, step="0.05")),
    ("allocation.quota", lambda: split_units(2 * 10**6 + 1, {"a": 2 * 10**6, "b": 10**6 + 1}, method="quota")),
    ("allocation.caps", lambda: allocate_capped(YUAN, {"a": YUAN}, method="last_absorbs")),
    ("allocation.party", lambda: running(YUAN, {"gone": YUAN}, {"a": 1})),
    ("rounding.step", lambda: allocate(YUAN, {"a": 1}, step="0.001")),
    ("rounding.step", lambda: allocate(YUAN, {"a": 1}, step="0")),
    ("rate.number", lambda: allocate(YUAN, {"a": 0.5})),  # type: ignore[arg-type]
    ("money.mixed", lambda: allocate_capped(YUAN, {"a": Money("1", "USD")})),
]


@pytest.mark.parametrize(("code", "make"), REFUSED, ids=[f"{code} {place}" for place, (code, _) in enumerate(REFUSED)])
def test_refused(code: str, make: Callable[[], Any]) -> None:
    """What cannot be divided fairly is refused, with a stable code and a message that can be printed."""
    with pytest.raises(SalesRulesError) as caught:
        make()
    assert caught.value.code == code
    assert caught.value.message


def test_a_wrong_weight_is_named() -> None:
    """The party whose weight is wrong is the path of the error."""
    with pytest.raises(SalesRulesError) as caught:
        allocate(YUAN, {"a": "1/3", "b": "a third"})
    assert caught.value.path == "b"


def test_the_working_replays() -> None:
    """The shares and the rest add up to the total in the trace, and each share shows its entitlement and its extra unit."""
    split = allocate(YUAN, {"a": 1, "b": 1, "c": 1})
    step = split.step()
    assert replay(step) == YUAN
    assert [(child["key"], child["exact"], child["extra"]) for child in step.children] == [
        ("a", Exact("1/3", "CNY"), True),
        ("b", Exact("1/3", "CNY"), False),
        ("c", Exact("1/3", "CNY"), False),
    ]
    rest = allocate(YUAN, {"a": 1, "b": 1, "c": 1}, method="separate").step()
    assert replay(rest) == YUAN
    assert rest.children[-1].value == Money("0.01", "CNY")


def test_a_result_is_a_value() -> None:
    """An allocation compares, hashes and survives pickling."""
    split = allocate(YUAN, {"a": "1/3", "b": "2/3"})
    assert pickle.loads(pickle.dumps(split)) == split
    assert hash(split) == hash(allocate(YUAN, [("a", Fraction(1, 3)), ("b", Fraction(2, 3))]))


def test_caps() -> None:
    """Nobody gets more than the cap, nothing disappears, and a return mirrors."""
    caps = {"a": Money("26.00", "USD"), "b": Money("4.74", "USD"), "c": Money("0.00", "USD")}
    split = allocate_capped(Money("30.75", "USD"), caps)
    assert split.amounts == caps
    assert split.undistributed == Money("0.01", "USD")
    assert allocate_capped(Money("-30.75", "USD"), caps).amounts == {key: -cap for key, cap in caps.items()}
    assert allocate_capped(Money("5.00", "USD"), {"c": caps["c"]}).undistributed == Money("5.00", "USD")
    assert allocate_capped(Money("0.01", "USD"), {"c": caps["c"], "a": caps["a"]}, method="first")["c"].is_zero


def test_partial_returns_end_at_nothing() -> None:
    """Three partial returns of a sale leave every party at exactly zero, though each alone is not divisible."""
    terms = {"north": 3, "south": 3, "west": 1}
    left, booked = Money("10.00", "CNY"), allocate(Money("10.00", "CNY"), terms).amounts
    for part in ("3.33", "3.33", "3.34"):
        left -= Money(part, "CNY")
        split = running(left, booked, terms)
        assert split.total == -Money(part, "CNY")
        assert replay(split.step()) == split.total
        booked = {key: booked[key] + amount for key, amount in split.amounts.items()}
    assert all(amount.is_zero for amount in booked.values())


def test_the_alabama_paradox_and_its_cure() -> None:
    """Under largest remainders a party can lose a unit when the total grows; under the quota method it cannot."""
    terms = {"a": 3, "b": 7, "c": 90}
    assert (split_units(49, terms)["a"], split_units(51, terms)["a"]) == (2, 1)
    assert split_units(49, terms, method="quota")["a"] <= split_units(51, terms, method="quota")["a"]


def test_every_method_is_described() -> None:
    """A single party gets everything under every method."""
    assert {split_units(7, {"a": 3}, method=method)["a"] for method in set(METHODS) - {"block_separate"}} == {7}
    assert split_units(5, [("a", 0), ("b", 1)], method="sequential") == {"a": 0, "b": 5}
