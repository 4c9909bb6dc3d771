"""The fixed English phrases within errors are said in the reader's language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import salesrules
from salesrules.cli import _REASONS
from salesrules.document import loads
from salesrules.document.shapes import shown
from salesrules.errors import FactError, Faults, PolicyError
from salesrules.money import Money
from salesrules.text import catalog, error_message, format_value
from salesrules.text.catalog import Label, placeholders
from salesrules.text.phrases import phrase

SOURCE = Path(salesrules.__file__).parent
CHINESE = ("zh_CN", "zh_TW")
TAKERS = {"refusal", "_exactly", "_fraction"}
"""The functions that are told in English what a document was expected to hold."""


def _trees(part: str) -> Iterator[ast.AST]:
    for path in sorted((SOURCE / part).rglob("*.py")):
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def _texts(node: ast.expr) -> Iterator[str]:
    """The texts an expression may become; what is filled in later is written as a number."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "3" for part in node.values)
    elif isinstance(node, ast.Constant):
        yield str(node.value)


def _expected() -> Iterator[str]:
    for node in _trees("document"):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TAKERS:
            yield from _texts(node.args[1])
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "expected":
            yield from _texts(node.value)


def _defaults() -> Iterator[str]:
    """What is said where a list of what is known is empty: ``", ".join(...) or "none"``."""
    for node in _trees(""):
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and "join(" in ast.unparse(node.values[0]):
            yield from (text for text in _texts(node.values[-1]) if text.isalpha())


EXPECTED, DEFAULTS = set(_expected()), set(_defaults())
REASONS = {*_REASONS.values()}


def test_the_phrases_are_found() -> None:
    """The scan of the source finds phrases of every kind."""
    assert {"text in quotes", "a list", "a list of 3", "one of 3", "a table at the top", "a date such as 2026-01-31"} <= EXPECTED
    assert {"nothing", "none"} <= DEFAULTS


@pytest.mark.parametrize("locale", CHINESE)
def test_every_phrase_of_the_source_is_told(locale: str) -> None:
    """Whatever a message of the source holds in fixed English words has its translation."""
    values = {shown({}), shown([]), shown(None), shown(True), shown(False)}
    assert not [text for text in EXPECTED | DEFAULTS | REASONS | values if isinstance(phrase(text, locale), str)]


@pytest.mark.parametrize("locale", CHINESE)
def test_translations_show_what_the_phrase_holds(locale: str) -> None:
    """A translation has no place that the phrase does not fill."""
    assert not [key for key, text in catalog(locale).items() if key.startswith("phrase.") and placeholders(text) - placeholders(key)]


BROKEN = {
    "json": (
        *(
            "[1",
            '{"a":1',
            "{a:1}",
            '{"a" 1}',
            '{"a":}',
            '{"a":1 "b":2}',
            '{"a":1}x',
            '{"a":"\\q"}',
            '{"a":"\\uZZ"}',
            '{"a":"\n"}',
            '{"a":"x',
            '{"a":1,}',
            "[1,]",
        ),
        *('{"a":' + "1" * 5000 + "}", "\ufeff\ufeff{}", ""),
    ),
    "toml": (
        *(
            "a=[1",
            "a",
            "a=",
            "=1",
            'a="x',
            'a="\\q"',
            "a='x",
            "a='''x",
            'a="\\u12"',
            'a="\\uD800"',
            "a=1\na=2",
            "[a]\n[a]",
            "a={b=1",
            "a={b=1,b=2}",
            "[a",
            "[[a]",
        ),
        *("a={b={}}\na.c=1", "a=1 b=2", "a=1979-02-30", 'a="\x01"', "# \x01", "[[a.b]]\n[a]\nb.c=1", "a.=1"),
    ),
}


@attrs.frozen
class Titled:
    """A document."""

    title: str


@pytest.mark.parametrize("locale", CHINESE)
@pytest.mark.parametrize(("form", "text"), [(form, text) for form, texts in BROKEN.items() for text in texts])
def test_the_reasons_of_the_parsers_are_told(form: str, text: str, locale: str) -> None:
    """Why a document cannot be read is said in the reader's language, whatever the parser of Python calls it."""
    with pytest.raises(Faults) as caught:
        loads(text, Titled, format=form)
    (fault,) = caught.value.faults
    assert fault.code == "document.syntax"
    assert isinstance(phrase(fault.params["reason"], locale), Label)


def test_an_unknown_reason_stays_english() -> None:
    """A parser of another release may have new words: they follow a lead in the reader's language."""
    error = PolicyError("document.syntax", "cannot be read: {reason}", reason="Quite a new reason")
    assert error_message(error, "zh_TW") == "無法讀取：Quite a new reason"


@pytest.mark.parametrize(
    ("text", "locale", "told"),
    [
        ('schema = "salesrules/1"\ntitle = 3', "zh_CN", "应为带引号的文本，而不是 3"),
        ('schema = "salesrules/1"\ntitle = []', "zh_TW", "應為帶引號的文字，而不是 清單"),
        ("title = ", "zh_CN", "第 1 行第 9 列：此处的值写法不对；文本须加引号"),
        ("title = ", "en", "line 1, column 9: Invalid value"),
    ],
)
def test_errors_are_told(text: str, locale: str, told: str) -> None:
    """A message is in one language from end to end; in English it is what it was."""
    with pytest.raises(Faults) as caught:
        loads(text, Titled)
    assert error_message(caught.value.faults[0], locale) == told


def test_a_phrase_within_a_phrase() -> None:
    """What stands in a place of a phrase may be one itself."""
    told = "salesrules: error: argument --format: invalid choice: 'pdf' (choose from 'text', 'html')"
    assert format_value(told, "zh_CN", "phrase") == "salesrules：错误：--format：不能写 'pdf'；可用的有：'text', 'html'"
    assert format_value(told, "en", "phrase") == told


def test_only_where_the_message_asks_for_it() -> None:
    """A name that reads like a phrase is a name."""
    assert format_value("none", "zh_CN") == "none"


def test_no_amount_at_all() -> None:
    """None where money is wanted is told as what it is, with nothing of Python's types."""
    with pytest.raises(FactError, match=r"there is no amount \(None\); pass str or Decimal") as caught:
        Money(None, "CNY")  # type: ignore[arg-type]
    assert error_message(caught.value, "zh_CN") == "没有金额（None）；请传入字符串或 Decimal，例如 Money('12.30', 'CNY')"
