"""Hostile documents: whatever is thrown at the reader, a clear error comes out, and soon."""

import json
from datetime import date
from decimal import Context, Decimal, FloatOperation, Inexact, InvalidOperation, localcontext
from fractions import Fraction
from time import perf_counter
from typing import Any, ClassVar, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesrules.document import dumps, loads, schema
from salesrules.errors import Faults
from salesrules.money import Money


@attrs.frozen(kw_only=True)
class Leaf:
    """A value of each kind."""

    kind: ClassVar[str] = "leaf"
    rate: Fraction = attrs.field(metadata={"rate": True})
    when: date | None = None
    price: Money | None = None


@attrs.frozen(kw_only=True)
class Branch:
    """Leaves and branches."""

    kind: ClassVar[str] = "branch"
    name: str = ""
    side: Literal["left", "right"] = "left"
    count: int = 0
    factor: Decimal = Decimal(0)
    nodes: "tuple[Leaf | Branch, ...]" = ()


TREE = Branch(
    name='a "quoted"\nname, 年\x7f',
    side="right",
    count=3,
    factor=Decimal("-1.50"),
    nodes=(Leaf(rate=Fraction(29, 400), when=date(2026, 1, 31), price=Money("12.30", "CNY")), Branch(nodes=(Leaf(rate=Fraction(1, 3)),))),
)
TEXTS = {format_: dumps(TREE, format=format_) for format_ in ("toml", "json")}


def codes(text: str | bytes, **options: Any) -> list[str]:
    """The codes of the faults, each fault rendered and short."""
    with pytest.raises(Faults) as caught:
        loads(text, Branch, **options)
    assert all(len(str(fault)) < 1000 for fault in caught.value.faults)
    assert caught.value.__cause__ is None
    return sorted({fault.code for fault in caught.value.faults})


def survives(text: str | bytes, format_: str) -> None:
    """Either the document is read or its faults are told; what is read can be written and read again."""
    try:
        value = loads(text, Branch, format=format_)
    except Faults as error:
        str(error)
        return
    assert loads(dumps(value, format=format_), Branch, format=format_) == value


@pytest.mark.parametrize("format_", ["toml", "json"])
def test_every_truncation_is_survived(format_: str) -> None:
    """A document cut anywhere is refused or, where the cut does no harm, read."""
    for end in range(len(TEXTS[format_])):
        survives(TEXTS[format_][:end], format_)


PIECES = ["{", "[", "]", '"', "=", ":", ".", ",", "null", "nan", "1e999", "-0", "\x00", "\r", "'''", "#", "2026-02-30", "true", "\ud800", "99" * 40]


@given(st.sampled_from(["toml", "json"]), st.data())
def test_mutations_are_survived(format_: str, data: st.DataObject) -> None:
    """Pieces cut out, doubled, moved and replaced."""
    text = TEXTS[format_]
    places = st.integers(0, len(text))
    for _ in range(data.draw(st.integers(1, 4))):
        start, end = sorted((data.draw(places), data.draw(places)))
        middle = data.draw(st.sampled_from(["", text[start:end] * 2, *PIECES]))
        text = text[:start] + middle + text[end if end - start < 20 else start + 1 :]
    survives(text, format_)


@given(st.sampled_from(["toml", "json"]), st.text() | st.binary())
def test_noise_is_survived(format_: str, noise: str | bytes) -> None:
    """Text and bytes that were never a document."""
    survives(noise, format_)


KEYS = ["kind", "name", "side", "count", "factor", "nodes", "rate", "when", "price", "amount", "currency", "code", "digits", "x"]
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["leaf", "branch", "7%", "12.30 CNY", "2026-01-31", "1/0", "left"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=20,
)


@given(PLAIN)
def test_well_formed_nonsense_is_survived(plain: Any) -> None:
    """JSON of any shape, under the keys that the classes know."""
    survives(json.dumps(plain), "json")
    survives(json.dumps({"schema": "salesrules/1", "kind": "branch", "nodes": plain}), "json")


@given(PLAIN)
def test_what_is_read_satisfies_the_schema(plain: Any) -> None:
    """The schema refuses nothing that the reader takes."""
    jsonschema = pytest.importorskip("jsonschema")
    document = {"schema": "salesrules/1", "kind": "branch", "nodes": [plain], "factor": plain, "name": "n"}
    try:
        loads(json.dumps(document), Branch, format="json")
    except Faults:
        return
    jsonschema.validate(document, schema(Branch))


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ("a = " + "[" * 100_000, "toml"),
        ("a = " + "[" * 70 + "]" * 70, "toml"),
        ("a = " + "{a=" * 100_000, "toml"),
        ("a" + ".a" * 1_000_000 + " = 1", "toml"),
        ("[" + "a . " * 100_000 + "a]", "toml"),
        ('"a".' * 100_000 + "a = 1", "toml"),
        ("'a'." * 100_000 + "a = 1", "toml"),
        ("[" * 100_000, "json"),
        ('{"a":' * 100_000, "json"),
        ('{"a":' * 100 + "1" + "}" * 100, "json"),
    ],
)
def test_endless_nesting_is_refused(text: str, format_: str) -> None:
    """Deep documents exhaust neither the stack nor the patience."""
    begun = perf_counter()
    assert codes(text, format=format_) == ["document.too_deep"]
    assert perf_counter() - begun < 5


def test_a_depth_that_is_allowed_is_read() -> None:
    """What the limit lets through does not exhaust the stack."""
    tree = Branch()
    for _ in range(30):
        tree = Branch(nodes=(tree,))
    for format_ in ("toml", "json"):
        assert loads(dumps(tree, format=format_), Branch, format=format_) == tree


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("#" * 4_000_001, {}, "document.too_large"),
        ("# 10 long", {"limit": 8}, "document.too_large"),
        (b"name = '\xff'", {}, "document.encoding"),
        ('{"name": "\\ud800"}', {"format": "json"}, "document.encoding"),
        ('{"\\ud800": 1, "schema": "salesrules/1"}', {"format": "json"}, "document.encoding"),
        ("a = 1\na = 2", {}, "document.syntax"),
        ("a = 1979-13-01", {}, "document.syntax"),
        ("a = 1\n[a.b]", {}, "document.syntax"),
        ("\x00", {}, "document.syntax"),
        ('{"a": NaN}', {"format": "json"}, "document.float"),
        ('{"a": -Infinity}', {"format": "json"}, "document.float"),
        (f"count = 0x{'f' * 100_000}", {}, "document.number"),
        ('{"a": 1e400000000000000000000}', {"format": "json"}, "document.float"),
    ],
)
def test_each_attack_has_its_code(text: str | bytes, options: dict[str, Any], expected: str) -> None:
    """The fault is named, not only refused."""
    assert codes(text, **options) == [expected]


def test_a_million_faults_are_told_soon_and_not_at_length() -> None:
    """The first thousand are listed."""
    keys = "\n".join(f"nam{number} = 1" for number in range(100_000))
    keys = f'kind = "branch"\n{keys}'
    items = f'schema = "salesrules/1"\nkind = "branch"\nnodes = [{"{}," * 100_000}]'
    for text in (keys, items, "nodes = [" + "nan," * 100_000 + "]"):
        begun = perf_counter()
        with pytest.raises(Faults) as caught:
            loads(text, Branch)
        assert 1000 <= len(caught.value.faults) <= 1001
        assert len(str(caught.value)) < 300_000
        assert perf_counter() - begun < 20


def test_a_foreign_decimal_context_changes_nothing() -> None:
    """Neither two digits of precision nor traps for everything."""
    for precision, traps in ((2, [FloatOperation]), (1, [InvalidOperation, Inexact])):
        with localcontext(Context(prec=precision, traps=traps)):
            for format_, text in TEXTS.items():
                assert loads(text, Branch, format=format_) == TREE
                assert dumps(TREE, format=format_) == text
            assert codes("factor = 1e99999999999999999999") == ["document.float"]
