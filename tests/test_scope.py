"""What a scope covers, and which of several rules is the most specific."""

import pickle
from typing import Any

import pytest

from salesrules.errors import PolicyError
from salesrules.scope import DIMENSIONS, PRECEDENCE, Entry, Ranked, Scope
from salesrules.trace import Source


def entry(value: str, **scope: tuple[str, ...]) -> Entry[str]:
    """A rule with a scope."""
    return Entry(scope=Scope(**scope), value=value)


RULES = (
    entry("all"),
    entry("north", region=("north", "east")),
    entry("pumps", category=("pump",)),
    entry("pumps north", category=("pump",), region=("north",)),
    entry("P9", product=("P9",)),
    entry("C7", customer=("C7",)),
)


@pytest.mark.parametrize(
    ("sale", "value"),
    [
        ({}, "all"),
        ({"region": "west"}, "all"),
        ({"region": "east"}, "north"),
        ({"region": "north", "category": "valve"}, "north"),
        ({"region": "west", "category": "pump"}, "pumps"),
        ({"region": "north", "category": "pump"}, "pumps north"),
        ({"region": "north", "category": "pump", "product": "P9"}, "P9"),
        ({"region": "north", "category": "pump", "product": "P9", "customer": "C7"}, "C7"),
        ({"customer": ""}, "all"),
    ],
)
def test_the_most_specific_wins(sale: dict[str, str], value: str) -> None:
    """Customer before product before category before region; more dimensions before fewer; and the order of the rules does not matter."""
    for rules in (RULES, RULES[::-1]):
        best = Ranked(rules).best(sale)
        assert best is not None
        assert best.value == value


def test_a_declared_precedence_decides() -> None:
    """With the region first the region wins; dimensions left out follow in the usual order."""
    sale = {"region": "north", "product": "P9", "customer": "C7"}
    best = [Ranked(RULES, precedence).best(sale) for precedence in (("region",), ("product",), ("product", "region"), PRECEDENCE)]
    assert [found and found.value for found in best] == ["north", "P9", "P9", "C7"]


def test_nothing_covers() -> None:
    """Where no rule covers a sale there is no answer, and a rule about customers covers no sale without one."""
    assert Ranked((entry("C7", customer=("C7",)),)).best({"customer": "C8"}) is None
    assert Ranked((entry("C7", customer=("C7",)),)).best({}) is None
    assert Ranked[str](()).best({}) is None


def test_two_rules_for_everything_tie() -> None:
    """Two rules without a scope cannot both be the rule."""
    with pytest.raises(PolicyError) as caught:
        Ranked((entry("a"), entry("b", region=("north",)), entry("c")))
    assert (caught.value.code, caught.value.path) == ("scope.tie", "[2]")
    assert caught.value.params == {"first": 0, "second": 2, "scope": "everything"}


def test_a_shared_value_ties() -> None:
    """Rules that speak on the same dimensions tie as soon as one sale could fall under both."""
    with pytest.raises(PolicyError, match=r"^\[1\]: entries 0 and 1 both cover pump, north and are equally specific"):
        Ranked((entry("a", category=("pump", "valve"), region=("north",)), entry("b", category=("pump",), region=("south", "north"))))
    assert Ranked((entry("a", category=("pump",), region=("north",)), entry("b", category=("pump",), region=("south",)))).dimensions == ("category", "region")


def test_unknown_dimensions_are_refused() -> None:
    """A precedence names dimensions that exist."""
    with pytest.raises(PolicyError) as caught:
        Ranked(RULES, ("colour",))
    assert (caught.value.code, caught.value.path) == ("scope.dimension", "precedence")


@pytest.mark.parametrize("name", DIMENSIONS)
@pytest.mark.parametrize(("given", "code"), [("north", "scope.text"), (("a", "b", "a"), "scope.duplicate")])
def test_scopes_that_mislead_are_refused(name: str, given: Any, code: str) -> None:
    """A text is no list of its letters, and a value named twice is a slip; the fault names the dimension."""
    with pytest.raises(PolicyError) as caught:
        Scope(**{name: given})
    assert (caught.value.code, caught.value.path) == (code, name)


def test_covers() -> None:
    """Any of the values on each of the dimensions; silence covers everything."""
    scope = Scope(category=("pump", "valve"), region=("north",))
    sales: tuple[dict[str, str], ...] = (
        {"category": "valve", "region": "north", "product": "P1"},
        {"category": "valve", "region": "south"},
        {"region": "north"},
        {},
    )
    assert [scope.covers(sale) for sale in sales] == [True, False, False, False]
    assert all(Scope().covers(sale) for sale in sales)


def test_scopes_read_well() -> None:
    """A scope says what it covers."""
    assert str(Scope(region=("north", "east"), category=("pump",))) == "category pump, region north / east"
    assert str(Scope()) == "everything"


def test_dimensions_spoken_on() -> None:
    """What a sale must tell, in the order of the dimensions."""
    assert Ranked(RULES).dimensions == ("customer", "product", "category", "region")
    assert Ranked[str](()).dimensions == ()


def test_scopes_are_values() -> None:
    """Scopes, entries and rankings pickle, hash, and their repr pastes back, before and after they were asked."""
    ranked = Ranked((Entry(scope=Scope(region=("north",)), value="a", source=Source(document="Plan", clause="2")), *RULES[2:]))
    for _ in range(2):
        assert pickle.loads(pickle.dumps(ranked)) == ranked == eval(repr(ranked))  # noqa: S307 - the repr is to be pasted
        assert len({ranked, pickle.loads(pickle.dumps(ranked))}) == 1
        found = pickle.loads(pickle.dumps(ranked)).best({"region": "north"})
        assert found == ranked.entries[0]
