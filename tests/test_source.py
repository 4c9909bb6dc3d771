"""A rule written out runs like the rule carried by plain integers."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesrules.bands import Bounds
from salesrules.errors import FactError
from salesrules.money import MODES, Mode
from salesrules.ops import ScalarOps
from salesrules.source import SourceOps, compiled

INTEGERS = st.integers(-(10**12), 10**12)
POSITIVE = st.integers(1, 10**6)
UPPER, LOWER = Bounds((0, 5, 12), 2, lower_inclusive=True), Bounds((0, 5, 12), 2, lower_inclusive=False)


class Book:
    """A book that answers with two integers."""

    width = 2

    def __init__(self, *fields: str) -> None:
        self.fields = fields

    def find(self, key: tuple[Any, ...]) -> tuple[int, int]:
        """The length of the key, and 7."""
        return len(key), 7


def everything(o: Any, x: Any, mode: Mode) -> Any:
    """A rule that uses every word."""
    total = o.accumulate("total", x.a, x, "year")
    total = total + o.accumulate("total", 1, x, "year")
    was, now, den = o.gather("worth", x.a, x.b, x, "year")
    low, high = o.locate(UPPER, x.a, 3), o.locate(LOWER, x.a, x.b)
    one, seven = o.find("book", ONE, x)
    none, _ = o.find("none", NONE, x)
    person, _ = o.find("person", PERSON, x)
    value = o.where(x.a > 0, x.a * 2, -x.a) + o.min(x.a, x.b) - o.max(x.a, 5) + o.pos(x.a - 3)
    value = value + o.pick((1, 2, 3, 4), low + 1) * 10 + o.pick((5, 6, 7, 8), high + 1) + o.pick((9, 9), 1) + o.pick((3, 4), 1)
    o.require(x.b > 0, lambda: FactError("commission.no_quota", "never"))
    o.require(True, lambda: FactError("commission.no_quota", "never"))
    rounded = o.muldiv(value * 1 + 0, 7, x.b, mode) + o.muldiv(value, 3, 4, mode) + o.muldiv(3, 1, 2, mode) + o.muldiv(value, 1, 1, mode)
    passed = ((x.a >= 3) & (x.b < 7)) | (x.a == x.b)
    return o.let("all", rounded + o.where(passed, 1, 0) + o.where(True, one, 0) + seven + none + person, total, was, now, den)


ONE, NONE, PERSON = Book("category"), Book(), Book("person")


def record(a: int, b: int) -> SimpleNamespace:
    """A record with two operands."""
    return SimpleNamespace(a=a, b=b, category="pump", person="chen", account=lambda over: ("chen", over))


@given(st.lists(st.tuples(INTEGERS, POSITIVE), min_size=1, max_size=5), st.sampled_from(sorted(MODES)), st.booleans())
def test_written_out_is_the_rule(rows: list[tuple[int, int]], mode: Mode, trace: bool) -> None:
    """Every word gives the same number written out as carried by integers, with its running totals."""

    def rule(o: Any, x: Any) -> Any:
        return everything(o, x, mode)

    made = compiled(rule, trace=trace, steady=frozenset({"person"}))
    cells, answers, facts = tuple([0] for _ in made.totals), made.answers(), tuple(book.find(("chen",)) for book in made.asks)
    plain = ScalarOps()
    for a, b in rows:
        value, notes = made.run(record(a, b), cells, facts, answers)
        assert value == rule(plain, record(a, b))
        assert (notes is not None) == trace
        if trace:
            assert made.notes(notes)["all"][0] == value
    assert {name: cell[0] for (name, _), cell in zip(made.totals, cells, strict=True)} == {name: book["chen", "year"] for name, book in plain.totals.items()}


def test_a_rule_may_not_branch_on_an_operand() -> None:
    """A rule that asks whether an operand holds could not be carried by columns, so it is refused."""
    with pytest.raises(FactError) as caught:
        compiled(lambda o, x: 1 if x.a > 0 else 2, trace=False)
    assert caught.value.code == "source.branch"


def test_what_is_known_beforehand_is_not_written() -> None:
    """Conditions and products of constants are settled while the rule is written; a refusal that is certain is raised at once."""
    o = SourceOps(trace=False)
    x = o.name("x.a")
    assert (o.where(False, 1, 2), x * 0, (x > 1) & False, (x > 1) | True, o.muldiv(7, 1, 2, "half_up")) == (2, 0, False, True, 4)
    assert o.muldiv(x, 1, 1, "half_even") is x
    with pytest.raises(FactError):
        o.require(False, lambda: FactError("commission.zero_quota", "no"))


def test_nothing_of_a_policy_becomes_source() -> None:
    """Names, even hostile ones, are bound as constants; the text holds generated names and integers only."""
    made = compiled(lambda o, x: o.let("'); import os #", x.a), trace=True)
    assert "import" not in made.text
    assert made.run(SimpleNamespace(a=3), (), (), ()) == (3, (3,))
