"""The words in which rules are written, spoken for one record at a time."""

from fractions import Fraction
from typing import Any, NamedTuple

import pytest

from salesrules.bands import Bounds, EdgeRule, Marginal, RateBand
from salesrules.errors import FactError, PolicyError
from salesrules.money import MODES, Mode
from salesrules.ops import Ops, ScalarOps, Total


class Row(NamedTuple):
    """A record with two fields that decide and one account for each interval."""

    person: str = "chen"
    region: str = "north"
    year: int = 2026

    def account(self, over: str) -> tuple[str, int]:
        """The person and the year."""
        return self.person, self.year if over == "year" else 0


class Asked:
    """A book that notes what it is asked."""

    width = 1

    def __init__(self, answers: dict[tuple[Any, ...], Any], *fields: str) -> None:
        self.answers, self.fields = answers, fields
        self.calls: list[tuple[Any, ...]] = []

    def find(self, key: tuple[Any, ...]) -> Any:
        """The answer."""
        self.calls.append(key)
        return self.answers[key]


@pytest.fixture
def ops() -> ScalarOps:
    """The carrier of one record at a time."""
    return ScalarOps()


def test_plain_words(ops: ScalarOps) -> None:
    """Choice, the smaller, the larger, the part above zero, the entry at a place: with ties and zero."""
    assert (ops.where(True, 1, 2), ops.where(False, 1, 2), ops.where(0, 1, 2)) == (1, 2, 2)
    assert (ops.min(2, 5), ops.min(5, 2), ops.min(-3, -3)) == (2, 2, -3)
    assert (ops.max(2, 5), ops.max(5, 2), ops.max(-3, -3)) == (5, 5, -3)
    assert (ops.pos(3), ops.pos(0), ops.pos(-3)) == (3, 0, 0)
    assert (ops.pick((7, 8, 9), 0), ops.pick((7, 8, 9), 2)) == (7, 9)


@pytest.mark.parametrize("mode", sorted(MODES))
def test_muldiv_rounds_once(ops: ScalarOps, mode: Mode) -> None:
    """5% of 10.10 is exactly half a cent: the mode decides once, and the mirror image for a return."""
    to_the_left, to_the_right = {
        "half_up": (-51, 51),
        "half_down": (-50, 50),
        "half_even": (-50, 50),
        "up": (-51, 51),
        "down": (-50, 50),
        "floor": (-51, 50),
        "ceiling": (-50, 51),
    }[mode]
    assert (ops.muldiv(-1010, 5, 100, mode), ops.muldiv(1010, 5, 100, mode)) == (to_the_left, to_the_right)


@pytest.mark.parametrize("den", [0, -1])
def test_muldiv_refuses_a_divisor_that_is_not_positive(ops: ScalarOps, den: int) -> None:
    """A rule that divides by nothing is refused, not guessed."""
    with pytest.raises(FactError) as caught:
        ops.muldiv(1, 1, den, "half_up")
    assert caught.value.code == "rounding.divisor"


@pytest.mark.parametrize(("edges", "placed"), [("[)", [-1, 0, 0, 1, 1, 1]), ("(]", [-1, -1, 0, 0, 1, 1])])
def test_locate(ops: ScalarOps, edges: EdgeRule, placed: list[int]) -> None:
    """Against bounds of -1/2 and 1/3, over a unit of 6: below, at, between, at, above, far above."""
    bounds = Bounds.of([Fraction(-1, 2), Fraction(1, 3)], edges)
    assert [ops.locate(bounds, x, 6) for x in (-4, -3, 1, 2, 3, 10**40)] == placed


def test_rise(ops: ScalarOps) -> None:
    """What a curve gains between two totals."""
    curve = Marginal(bands=(RateBand(start=0, rate="10%"), RateBand(start=100, rate="20%"))).curve
    assert Fraction(ops.rise(curve, 50, 150, 1), curve.den) == 15


def test_require(ops: ScalarOps) -> None:
    """The error is made only where the condition does not hold."""
    made: list[int] = []

    def error() -> PolicyError:
        made.append(1)
        return PolicyError("demo.refused", "no")

    ops.require(True, error)
    assert made == []
    with pytest.raises(PolicyError, match="no"):
        ops.require(False, error)


def test_totals_run_by_name_account_and_interval(ops: ScalarOps) -> None:
    """Each name and account has its own total, this record included; another interval is another account."""
    chen, li = Row(), Row("li")
    assert [ops.accumulate("a", value, row, "year") for value, row in ((5, chen), (7, li), (-2, chen), (0, li))] == [5, 7, 3, 7]
    assert ops.accumulate("b", 1, chen, "year") == 1
    assert ops.accumulate("a", 1, chen, "plan") == 1
    assert ops.accumulate("a", 1, Row(year=2027), "year") == 1
    assert ops.totals == {"a": {("chen", 2026): 3, ("li", 2026): 7, ("chen", 0): 1, ("chen", 2027): 1}, "b": {("chen", 2026): 1}}


def test_totals_go_on_from_where_they_were() -> None:
    """What was accumulated can be handed to the next carrier, which keeps it up to date in place."""
    state: dict[str, dict[Any, Total]] = {"a": {("chen", 2026): 40}}
    assert ScalarOps(state).accumulate("a", 2, Row(), "year") == 42
    assert ScalarOps(state).accumulate("b", 2, Row(), "year") == 2
    assert state == {"a": {("chen", 2026): 42}, "b": {("chen", 2026): 2}}


@pytest.mark.parametrize(("fields", "key"), [((), ()), (("person",), ("chen",)), (("person", "region"), ("chen", "north"))], ids=["none", "one", "two"])
def test_a_book_sees_its_fields(ops: ScalarOps, fields: tuple[str, ...], key: tuple[str, ...]) -> None:
    """A book sees the values of its fields as a tuple, even of one or none."""
    book = Asked({key: (1, 2)}, *fields)
    assert ops.find("rate", book, Row()) == (1, 2)
    assert book.calls == [key]


def test_each_name_has_its_book(ops: ScalarOps) -> None:
    """Two steps may ask different books about one record."""
    assert [ops.find(name, Asked({("chen",): answer}, "person"), Row()) for name, answer in (("rate", 3), ("quota", 100))] == [3, 100]


def test_an_error_of_a_book_comes_through(ops: ScalarOps) -> None:
    """A book that has no answer raises."""
    with pytest.raises(KeyError):
        ops.find("rate", Asked({}, "person"), Row())


def test_let_gives_the_value_back(ops: ScalarOps) -> None:
    """Naming a value changes nothing."""
    assert ops.let("pay", 12, 400, 3) == 12


def test_carriers_speak_the_protocol(ops: ScalarOps) -> None:
    """A carrier fits the protocol, and says every word of it."""
    spoken: Ops = ops
    words = {name for name in vars(Ops) if not name.startswith("_")}
    assert words == {"where", "min", "max", "pos", "find", "pick", "locate", "rise", "muldiv", "accumulate", "gather", "let", "require"}
    assert all(callable(getattr(spoken, word)) for word in words)
