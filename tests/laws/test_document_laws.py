"""Laws of documents: what is written reads back, and TOML and JSON say the same."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesrules._fields import field
from salesrules.document import dumps, loads, schema
from salesrules.money import Currency, Money


@attrs.frozen(kw_only=True)
class Point:
    """A point."""

    kind: ClassVar[str] = "point"
    at: Fraction = field(doc="where")
    rate: Fraction = field(doc="worth", rate=True, key="class")


@attrs.frozen(kw_only=True)
class Node:
    """Every kind of field."""

    kind: ClassVar[str] = "node"
    name: str = field(doc="any text", key="any text at all")
    flag: bool = False
    count: int = 0
    number: Decimal = Decimal(0)
    day: date | None = None
    price: Money | None = None
    side: Literal["left", "right"] = "left"
    pairs: tuple[tuple[str, Decimal], ...] = ()
    names: tuple[str, ...] | None = None
    children: "tuple[Node | Point, ...]" = ()
    only: "Node | Point | Decimal | None" = None


INTEGERS = st.integers(-(10**30), 10**30)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FRACTIONS = st.fractions(max_denominator=10**6) | st.builds(Fraction, INTEGERS, st.integers(0, 20).map(lambda digits: 10**digits))
DECIMALS = st.builds(lambda digits, exponent: Decimal(f"{digits}e{exponent}"), INTEGERS, st.integers(-40, 40))
MONEY = st.builds(Money.from_minor, INTEGERS, st.sampled_from(["CNY", "JPY", "KWD", Currency("POINTS", 0), Currency("CNY", 4)]))
POINTS = st.builds(Point, at=FRACTIONS, rate=FRACTIONS)


def _nodes(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Node]:
    return st.builds(
        Node,
        name=TEXT,
        flag=st.booleans(),
        count=INTEGERS,
        number=DECIMALS,
        day=st.none() | st.dates(),
        price=st.none() | MONEY,
        side=st.sampled_from(["left", "right"]),
        pairs=st.lists(st.tuples(TEXT, DECIMALS), max_size=3).map(tuple),
        names=st.none() | st.lists(TEXT, max_size=3).map(tuple),
        children=st.lists(children, max_size=3).map(tuple),
        only=st.none() | DECIMALS | children,
    )


NODES = _nodes(st.recursive(POINTS, lambda inner: _nodes(inner) | POINTS, max_leaves=4))


@given(NODES)
def test_what_is_written_reads_back(node: Node) -> None:
    """``loads(dumps(x)) == x``, in both formats; a second writing gives the same text."""
    for format_ in ("toml", "json"):
        text = dumps(node, format=format_)
        again = loads(text, Node, format=format_)
        assert again == node
        assert dumps(again, format=format_) == text


@given(NODES)
def test_toml_and_json_agree(node: Node) -> None:
    """A document may go from one format to the other and back."""
    through = loads(dumps(loads(dumps(node), Node), format="json"), Node, format="json")
    assert dumps(through) == dumps(node)


@given(NODES)
def test_what_is_written_satisfies_the_schema(node: Node) -> None:
    """The schema describes what `dumps` writes."""
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator(schema(Node)).validate(json.loads(dumps(node, format="json")))
