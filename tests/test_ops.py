"""The words in which rules are written, spoken for one record at a time."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import pytest

from salesrules.bands import Bounds, EdgeRule
from salesrules.errors import FactError, PolicyError
from salesrules.money import MODES, Mode
from salesrules.ops import Ops, ScalarOps, TracingOps


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


CARRIERS: dict[str, Callable[[], ScalarOps]] = {"scalar": ScalarOps, "tracing": TracingOps}


@pytest.fixture(params=CARRIERS)
def ops(request: pytest.FixtureRequest) -> ScalarOps:
    """Each carrier of one record at a time."""
    return CARRIERS[request.param]()


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


@pytest.mark.parametrize("carrier", CARRIERS)
def test_totals_go_on_from_where_they_were(carrier: str) -> None:
    """What was accumulated can be handed to the next carrier, which keeps it up to date in place."""
    make: Any = {"scalar": ScalarOps, "tracing": TracingOps}[carrier]
    state = {"a": {("chen", 2026): 40}}
    assert make(state).accumulate("a", 2, Row(), "year") == 42
    assert make(state).accumulate("b", 2, Row(), "year") == 2
    assert state == {"a": {("chen", 2026): 42}, "b": {("chen", 2026): 2}}


@pytest.mark.parametrize(("fields", "key"), [((), ()), (("person",), ("chen",)), (("person", "region"), ("chen", "north"))], ids=["none", "one", "two"])
def test_a_book_is_asked_once(ops: ScalarOps, fields: tuple[str, ...], key: tuple[str, ...]) -> None:
    """A book sees the values of its fields as a tuple, and each of them once, even when the answer is None."""
    for answer in ((1, 2), 0, None):
        book = Asked({key: answer}, *fields)
        assert [ops.find("rate", book, Row()) for _ in range(3)] == [answer] * 3
        assert book.calls == [key]


def test_each_name_has_its_book(ops: ScalarOps) -> None:
    """Two steps may ask different books about one record."""
    assert [ops.find(name, Asked({("chen",): answer}, "person"), Row()) for name, answer in (("rate", 3), ("quota", 100))] == [3, 100]


def test_another_book_under_the_same_name_is_asked_again(ops: ScalarOps) -> None:
    """The next version of a plan keeps the names of its steps; its rates are not those of the version before."""
    old, new = Asked({("chen",): 3}, "person"), Asked({("north",): 5}, "region")
    assert [ops.find("rate", book, Row()) for book in (old, new, new, old)] == [3, 5, 5, 3]
    assert new.calls == [("north",)]


def test_an_error_of_a_book_comes_through(ops: ScalarOps) -> None:
    """A book that has no answer raises each time it is asked."""
    book = Asked({}, "person")
    for _ in range(2):
        with pytest.raises(KeyError):
            ops.find("rate", book, Row())
    assert len(book.calls) == 2


def test_let_names_a_value() -> None:
    """Naming a value changes nothing; only the tracing carrier notes it, in order, with what it came from."""
    plain, tracing = ScalarOps(), TracingOps()
    assert [carrier.let("pay", 12, 400, 3) for carrier in (plain, tracing)] == [12, 12]
    tracing.let("cap", 10)
    assert tracing.notes == [("pay", 12, 400, 3), ("cap", 10)]
    assert not hasattr(plain, "notes")


def test_carriers_speak_the_protocol(ops: ScalarOps) -> None:
    """A carrier fits the protocol, and says every word of it."""
    spoken: Ops = ops
    words = {name for name in vars(Ops) if not name.startswith("_")}
    assert words == {"where", "min", "max", "pos", "find", "pick", "locate", "muldiv", "accumulate", "gather", "let", "require"}
    assert all(callable(getattr(spoken, word)) for word in words)
