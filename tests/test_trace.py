"""The working: a tree that can be walked, searched, and computed again."""

import datetime
import operator
import pickle
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest

from salesrules.errors import FactError
from salesrules.money import HALF_EVEN, HALF_UP, Exact, Money, Rounding
from salesrules.trace import FORMULAS, Source, Step, replay

NAMES = {"Step": Step, "Source": Source, "Money": Money, "Exact": Exact, "Fraction": Fraction, "Rounding": Rounding, "Decimal": Decimal, "datetime": datetime}


def money(amount: str) -> Money:
    """An amount of money."""
    return Money(amount, "CNY")


def exact(amount: str) -> Exact:
    """An unrounded amount of money."""
    return Exact(Fraction(amount), "CNY")


def step(formula: str, value: Any, *values: Any, **params: Any) -> Step:
    """A step made from leaves with these values."""
    return Step("demo.step", value, formula=formula, params=tuple(params.items()), children=tuple(Step("demo.leaf", given) for given in values))


REPLAYED = {
    "given": step("given", money("3.00")),
    "given with children": step("given", "A", 1, 2),
    "same": step("same", 5, 1, 5),
    "sum": step("sum", 6, 1, 2, 3),
    "sum of money": step("sum", money("3.00"), money("1.00"), money("2.00")),
    "sum of money and exact": step("sum", exact("1.005"), money("1.00"), exact("0.005")),
    "sum of nothing": step("sum", money("0.00")),
    "sum of no number": step("sum", 0),
    "difference": step("difference", -4, 1, 2, 3),
    "difference of money": step("difference", money("-1.00"), money("1.00"), money("2.00")),
    "product": step("product", exact("3.6015"), money("120.05"), Fraction(3, 100)),
    "product of one": step("product", money("1.00"), money("1.00")),
    "product with a factor of one": step("product", exact("1"), money("1.00"), Fraction(1)),
    "product recorded as money": step("product", money("2.00"), money("4.00"), Fraction(1, 2)),
    "ratio": step("ratio", Fraction(1, 3), 1, 3),
    "ratio of fractions": step("ratio", Fraction(2), Fraction(1, 3), Fraction(1, 6)),
    "rounded": step("rounded", money("0.13"), exact("0.125"), rounding=HALF_UP),
    "rounded to even": step("rounded", money("0.12"), exact("0.125"), rounding=HALF_EVEN),
    "rounded money": step("rounded", money("10"), money("9.60"), rounding=Rounding("half_up", step="1")),
    "least": step("least", money("1.00"), money("2.00"), money("1.00")),
    "greatest": step("greatest", 3, 1, 3, 2),
}


@pytest.mark.parametrize("case", REPLAYED)
def test_replay(case: str) -> None:
    """Each formula gives the recorded value again; and as a leaf's parent it hands it on."""
    made = REPLAYED[case]
    assert replay(made) == made.value
    assert replay(Step("demo.outer", made.value, formula="same", children=(made,))) == made.value


def test_every_formula_is_replayed() -> None:
    """The cases above leave none out."""
    assert {made.formula for made in REPLAYED.values()} == set(FORMULAS)


WRONG = {
    "same": step("same", 4, 1, 5),
    "sum": step("sum", 7, 1, 2, 3),
    "sum of nothing": step("sum", 7),
    "difference": step("difference", 4, 1, 2, 3),
    "product": step("product", money("3.60"), money("120.05"), Fraction(3, 100)),
    "product in another currency": step("product", Exact(Fraction(2), "EUR"), money("4.00"), Fraction(1, 2)),
    "ratio": step("ratio", Fraction("0.3333"), 1, 3),
    "rounded": step("rounded", money("0.12"), exact("0.125"), rounding=HALF_UP),
    "least": step("least", 2, 1, 2),
    "greatest": step("greatest", 1, 1, 2),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_forged_value_is_found(case: str) -> None:
    """A value that does not follow from its children is named with what follows, however deep it lies."""
    for made in (WRONG[case], Step("demo.outer", 0, formula="same", children=(WRONG[case], Step("demo.leaf", 0)))):
        with pytest.raises(FactError) as caught:
            replay(made)
        assert (caught.value.code, caught.value.path) == ("trace.mismatch", "demo.step")
        assert caught.value.params["recorded"] == WRONG[case].value


def test_a_forged_leaf_is_found_above() -> None:
    """A leaf cannot be checked itself, but what was made from it no longer follows."""
    sound = REPLAYED["sum"]
    forged = attrs.evolve(sound, children=(attrs.evolve(sound.children[0], value=2), *sound.children[1:]))
    with pytest.raises(FactError, match=r"^demo.step: 6 was recorded where 7 follows from the working \[trace.mismatch\]$"):
        replay(forged)


@pytest.mark.parametrize("formula", ["", "Sum", "eval", "sum "])
def test_unknown_formulas_are_refused(formula: str) -> None:
    """A step cannot name a formula that nobody can replay."""
    with pytest.raises(FactError) as caught:
        Step("demo.step", 1, formula=formula)
    assert caught.value.code == "trace.formula"
    assert caught.value.params["known"] == "given, same, sum, difference, product, ratio, rounded, least, greatest"


TREE = Step(
    "demo.pay",
    money("3.60"),
    formula="rounded",
    params=(("rounding", HALF_UP), ("on", date(2026, 3, 2)), ("note", None)),
    source=Source(document="Plan 2026", clause="3.2", version="2026-01-01"),
    children=(
        Step(
            "demo.product",
            exact("3.6015"),
            formula="product",
            children=(Step("demo.leaf", money("120.05")), Step("demo.rate", Fraction(3, 100)), Step("demo.leaf", 1)),
        ),
    ),
)


def test_walk_and_find() -> None:
    """Parents come before children, children in order; a code is found wherever it stands, the root included."""
    assert [found.code for found in TREE.walk()] == ["demo.pay", "demo.product", "demo.leaf", "demo.rate", "demo.leaf"]
    assert [found.value for found in TREE.find("demo.leaf")] == [money("120.05"), 1]
    assert TREE.find("demo.pay") == (TREE,)
    assert TREE.find("demo") == ()


def test_params_by_name() -> None:
    """A parameter is read by its name, one that is None too; a name that is not there is a KeyError."""
    assert (TREE["rounding"], TREE["on"], TREE["note"]) == (HALF_UP, date(2026, 3, 2), None)
    with pytest.raises(KeyError, match="nothing"):
        operator.getitem(TREE, "nothing")


def test_steps_are_values() -> None:
    """A working is frozen, hashes, pickles, and its repr pastes back."""
    twin = pickle.loads(pickle.dumps(TREE))
    assert twin == TREE == eval(repr(TREE), dict(NAMES))  # noqa: S307 - the repr is to be pasted
    assert hash(twin) == hash(TREE)
    assert replay(twin) == money("3.60")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        TREE.value = money("4.00")  # type: ignore[misc]


def test_a_source_may_say_little() -> None:
    """Document, clause and version are each optional; two equal sources are one."""
    assert Source() == Source(document="", clause="", version="")
    assert repr(Source(clause="3.2")) == "Source(document='', clause='3.2', version='')"
    assert len({Source(clause="3.2"), Source(clause="3.2")}) == 1
