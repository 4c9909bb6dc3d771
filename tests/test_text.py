"""Messages, values and sheets as people read them, and as machines store them."""

import decimal
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesrules.errors import FactError, Faults, NotInForce, PolicyError
from salesrules.money import HALF_UP, Currency, Exact, Money, Rounding
from salesrules.periods import Period
from salesrules.scope import Scope
from salesrules.text import (
    LOCALES,
    Column,
    Field,
    Html,
    Label,
    Sheet,
    Subtotal,
    Table,
    catalog,
    display_width,
    error_message,
    format_value,
    label,
    message,
    render_html,
    render_json,
    render_text,
    step_from_data,
    step_to_data,
    value_from_data,
    value_to_data,
    working_html,
    working_text,
)
from salesrules.trace import Source, Step

HOSTILE = "<script>alert('x')</script> & \"Co\""
HALF = Fraction(1, 2)
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
CLAUSE = Source(document="Plan", clause="4.2", version="2026-1")


@pytest.mark.parametrize(
    ("money", "en", "zh_cn", "zh_tw"),
    [
        (Money("12345", "CNY"), "CN¥12,345.00", "¥12,345.00", "CN¥12,345.00"),
        (Money("-12.30", "CNY"), "-CN¥12.30", "-¥12.30", "-CN¥12.30"),
        (Money("12345", "TWD"), "NT$12,345.00", "NT$12,345.00", "$12,345.00"),
        (Money("12345", "JPY"), "¥12,345", "JP¥12,345", "¥12,345"),
        (Money("1.234", "KWD"), "KWD\N{NO-BREAK SPACE}1.234", "KWD\N{NO-BREAK SPACE}1.234", "KWD\N{NO-BREAK SPACE}1.234"),
        (Money("0", "USD"), "$0.00", "US$0.00", "US$0.00"),
        (Money("250", Currency("POINTS", 0)), "POINTS\N{NO-BREAK SPACE}250", "POINTS\N{NO-BREAK SPACE}250", "POINTS\N{NO-BREAK SPACE}250"),
    ],
)
def test_money(money: Money, en: str, zh_cn: str, zh_tw: str) -> None:
    """Money shows every decimal of its ISO currency, and a currency is never mistaken for the reader's own."""
    assert tuple(format_value(money, locale) for locale in LOCALES) == (en, zh_cn, zh_tw)


@pytest.mark.parametrize("locale", LOCALES)
@given(minor=st.integers(-(10**60), 10**60), code=st.sampled_from(["CNY", "TWD", "JPY", "KWD", "ISK", "CLF"]))
def test_money_exact_anywhere(locale: str, minor: int, code: str) -> None:
    """The figures on paper are the amount, to the last digit, whatever decimal context the host runs."""
    money = Money.from_minor(minor, code)
    with decimal.localcontext(decimal.Context(prec=2, rounding=decimal.ROUND_UP, Emax=3, Emin=-3, traps=[decimal.Inexact])):
        shown = format_value(money, locale)
    figures = "".join(sign for sign in shown if sign.isdigit() or sign in "-.")
    assert Money(figures, code) == money
    assert figures.partition(".")[2] == "" if money.currency.digits == 0 else len(figures.partition(".")[2]) == money.currency.digits


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (Fraction("0.0725"), "", "7.25%"),
        (Fraction(0), "", "0%"),
        (Fraction(2), "", "200%"),
        (Fraction("-0.5"), "", "-50%"),
        (Fraction(1, 3), "", "1/3"),
        (Fraction(-1, 3), "percent", "-33.3333…% (-1/3)"),
        (Fraction(977, 1200), "", "81.4166…% (977/1200)"),
        (Fraction(-1, 3000001), "", "-0.0000…% (-1/3000001)"),
        (Fraction(1, 2**20), "number", "0.0000… (1/1048576)"),
        (Fraction(10000, 3), "", "3,333.3333… (10000/3)"),
        (Fraction(175, 2), "", "87.5"),
        (Fraction(3, 2), "number", "1.5"),
        (Fraction(7, 2), "percent", "350%"),
        (Decimal("1.50"), "", "1.5"),
        (Decimal("NaN"), "", "NaN"),
        (1234567, "", "1,234,567"),
        (-1234, "", "-1,234"),
        (2026, "plain", "2026"),
        (Exact("12.3", "CNY"), "", "CN¥12.30"),
        (Exact("89.50125", "CNY"), "", "CN¥89.50125"),
        (Exact("10/3", "CNY"), "", "CN¥3.333333… (10/3)"),
        (Exact("-1/3", "JPY"), "", "-¥0.3333… (-1/3)"),
        (True, "", "yes"),
        (False, "", "no"),
        (None, "", "–"),
        ("Li & Co", "", "Li & Co"),
        (("a", 1000), "", "a, 1,000"),
        (date(2026, 11, 2), "", "Nov 2, 2026"),
        (MARCH, "", "Mar 1, 2026 – Mar 31, 2026"),
        (Period(date(2026, 3, 1), date(2026, 4, 1), label="2026-03"), "", "2026-03 (Mar 1, 2026 – Mar 31, 2026)"),
        (CLAUSE, "", "Plan §4.2 version 2026-1"),
        (Source(document="Plan"), "", "Plan"),
        (Source(document="Plan", clause="terms 4"), "", "Plan terms 4"),
        (HALF_UP, "", "half up, to the minor unit, per line"),
        (Rounding("down", step="0.05", per="document"), "", "towards zero, to 0.05, on the total"),
        (0.5, "", "0.5"),
        ("half_year", "word", "half-year"),
        ("half_year", "", "half_year"),
        ("pump", "word", "pump"),
        (("product", "pump"), "word", "product, pump"),
        (Scope(), "", "all sales"),
        (Scope(category=("pump", "valve"), region=("east",)), "", "category pump, valve; region east"),
    ],
)
def test_values(value: Any, form: str, shown: str) -> None:
    """Every kind of value has one way to be written, and nothing that is cut off looks exact."""
    assert format_value(value, "en", form) == shown


def test_values_in_chinese() -> None:
    """Dates, periods, truths and rounding are written as each side of the strait writes them."""
    values = (date(2026, 3, 1), MARCH, True, HALF_UP, Source(document="办法", clause="3"))
    shown = ["2026年3月1日", "2026年3月1日至2026年3月31日", "是", "四舍五入，精确到货币最小单位，逐行舍入", "办法 第3条"]
    assert [format_value(value, "zh_CN") for value in values] == shown
    assert format_value(HALF_UP, "zh_TW") == "四捨五入，計算至貨幣最小單位，逐筆計算"


def test_message() -> None:
    """Placeholders are filled in the reader's language, also where a parameter is itself to be translated."""
    assert message("sheet.number", "zh_CN", number=Label("value.yes")) == "编号 是"
    assert format_value(label("value.version", version=2), "en") == "version 2"


def test_message_never_fails() -> None:
    """An unknown code and a missing or surplus parameter still give a readable line."""
    assert message("acme.unknown", "en") == "acme.unknown"
    assert message("acme.unknown", "zh_CN", pay=Money("1", "CNY")) == "acme.unknown (pay=¥1.00)"
    assert message("sheet.number", "en", other=1) == "No. {number}"


def test_unknown_locale() -> None:
    """A locale without a catalog is refused with the ones there are."""
    with pytest.raises(FactError, match="use one of en, zh_CN, zh_TW") as caught:
        message("sheet.date", "fr")
    assert caught.value.code == "text.locale"


def test_catalog_cannot_be_changed() -> None:
    """A host that gets hold of a catalog cannot change what others read."""
    with pytest.raises(TypeError):
        catalog("en")["value.yes"] = "no"  # type: ignore[index]


def test_error_message() -> None:
    """An error is translated by its code; English, and any error without a translation, keeps its own text."""
    error = NotInForce("timeline.before", "nothing on {day} before {start}", day=date(2026, 1, 1), start=date(2026, 2, 1))
    assert error_message(error, "en") == error.message
    assert error_message(error, "zh_TW").startswith("2026年1月1日 沒有生效的版本；第一個版本自 2026年2月1日 起生效")
    assert error_message(PolicyError("acme.own", "ours: {what}", what="x"), "zh_CN") == "ours: x"


def test_error_message_variants() -> None:
    """Where a code is raised with different parameters, the translation that shows the most of them is taken."""
    template = "{text}"
    assert "\N{LEFT DOUBLE QUOTATION MARK}RMB\N{RIGHT DOUBLE QUOTATION MARK}" in error_message(FactError("money.currency", template, code="RMB"), "zh_CN")
    assert "是否想写" in error_message(FactError("money.currency", template, code="RMB", nearest="CNY"), "zh_CN")


def test_faults_message() -> None:
    """The faults of a document are translated one by one, each with its path and code."""
    fault = PolicyError("bands.points", "an interpolated table needs at least two points", path="table")
    assert error_message(Faults([fault]), "zh_TW") == "共有 1 處錯誤：\n  table: 內插表至少要有兩個點 [bands.points]"


def _sheet(**changes: Any) -> Sheet:
    columns = (Column(label("sheet.customer")), Column(label("sheet.date"), "center"), Column(label("sheet.amount"), "right"))
    rows: tuple[Any, ...] = (
        ("宏达贸易", date(2026, 3, 1), Money("1200", "CNY")),
        (HOSTILE, None, Money("-35.50", "CNY")),
        Subtotal((label("sheet.subtotal"), "", Exact("1164.50", "CNY"))),
    )
    given: dict[str, Any] = {
        "title": "Statement",
        "issuer": HOSTILE,
        "number": "</style><script>1</script>",
        "fields": (Field(label("sheet.period"), MARCH), Field("Rate", Fraction(29, 400))),
        "tables": (Table(title=HOSTILE, columns=columns, rows=rows, total=(label("sheet.total"), "", Money("1164.50", "CNY"))),),
        "notes": (HOSTILE,),
        "trace": Step("acme.pay", Money("1", "CNY"), params=(("to", HOSTILE),), source=CLAUSE, children=(Step("acme.part", None),)),
        "signatures": (label("sheet.approved"),),
        "footer": (label("sheet.policy", id=HOSTILE, version="1", on=date(2026, 3, 31)),),
    }
    return Sheet(**(given | changes))


def test_text_lines_up() -> None:
    """Columns line up in a terminal, where a Chinese character is two cells wide, and negative figures keep their sign."""
    lines = render_text(_sheet(), "zh_CN").splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("客户"))
    table = lines[first : first + 8]
    assert table[-1].startswith("合计")
    assert len({display_width(line) for line in table}) == 1
    assert any(line.endswith("-¥35.50") for line in table)
    assert sum(line.startswith("----") for line in table) == 3


def test_text_order() -> None:
    """Everything of a sheet is in its text once: head, fields, tables, notes, signatures, working, footer."""
    text = render_text(_sheet(issuer="ACME", number="7"), "en")
    places = [text.index(part) for part in ("ACME", "No. 7", "Statement", "Period", "Customer", "Notes", "1. ", "Approved by", "Working", "acme.pay", "Policy")]
    assert places == sorted(places)


def test_text_of_nothing() -> None:
    """A sheet with only a title is only a title; a table without rows is its head."""
    assert render_text(Sheet(title="A"), "en") == "A\n="
    assert render_text(Sheet(title="A", tables=(Table(columns=(Column("B"),)),)), "en") == "A\n=\n\nB\n-"


def test_text_control_characters() -> None:
    """A name cannot move the reader's cursor or break a row in two."""
    text = render_text(Sheet(title="A", fields=(Field("B", "x\x1b[2J\ny"),), trace=Step("acme\ncode", "a\n  b\x1b[2J")), "en")
    assert "B  x [2J y" in text
    assert "acme code = a   b [2J" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("page", [False, True])
def test_html_inert(locale: str, *, page: bool) -> None:
    """Hostile names are shown, never run; there are no scripts and nothing is fetched from outside."""
    html = render_html(_sheet(), locale, page=page)
    assert "<script" not in html.lower()
    assert "&lt;script&gt;" in html
    assert html.count("</style>") == 1
    assert not [outside for outside in ("http:", "https:", "url(", "@import", "src=", "javascript:") if outside in html]


def test_html_page() -> None:
    """A page is a whole A4 document in the reader's language, with its working unfolded; a fragment is neither."""
    page, fragment = render_html(_sheet(), "zh_TW", page=True), render_html(_sheet(), "zh_TW")
    assert page.startswith('<!DOCTYPE html>\n<html lang="zh-TW">')
    assert "size: A4" in page
    assert fragment.startswith('<div class="salesrules" lang="zh-TW">')
    assert "<html" not in fragment


def test_html_figures() -> None:
    """Figures stand to the right, negative ones are marked, totals are apart."""
    html = render_html(_sheet(), "en")
    assert '<td class="right negative">-CN¥35.50</td>' in html
    assert '<tr class="subtotal">' in html
    assert "<tfoot>" in html


@pytest.mark.parametrize("value", [-1, Fraction(-1, 2), Decimal(-1), Exact(-1, "CNY")])
def test_html_negative(value: Any) -> None:
    """Every kind of number is marked when it is negative."""
    assert "negative" in render_html(Sheet(title="", tables=(Table(columns=(Column(""),), rows=((value,),)),)), "en").partition("</style>")[2]


def test_html_of_nothing() -> None:
    """A sheet with only a title has no empty blocks."""
    html = render_html(Sheet(title="A"), "en").partition("</style>")[2]
    assert html == "\n<header><h1>A</h1></header>\n</div>"


def test_html_is_not_escaped_again() -> None:
    """Notebooks and template engines take rendered HTML for what it is; a sheet shows itself in a notebook."""
    html = render_html(_sheet(), "en")
    assert isinstance(html, Html)
    assert html.__html__() == html._repr_html_() == _sheet()._repr_html_()


def test_json() -> None:
    """Data holds codes and exact values, survives JSON, and is the same for every locale."""
    data = render_json(_sheet())
    assert json.loads(json.dumps(data)) == data
    assert data["fields"] == [
        {"label": {"code": "sheet.period", "params": {}}, "value": {"start": "2026-03-01", "end": "2026-04-01", "unit": "", "label": ""}},
        {"label": "Rate", "value": "29/400"},
    ]
    table = data["tables"][0]
    assert table["rows"][0] == {"kind": "row", "cells": ["宏达贸易", "2026-03-01", {"amount": "1200.00", "currency": "CNY"}]}
    assert table["rows"][2] == {"kind": "subtotal", "cells": [{"code": "sheet.subtotal", "params": {}}, "", {"exact": "2329/2", "currency": "CNY"}]}
    assert data["footer"][0]["params"]["on"] == "2026-03-31"
    assert step_from_data(data["trace"]) == _sheet().trace


def test_json_without_working() -> None:
    """A sheet without working says so."""
    assert render_json(Sheet(title="A"))["trace"] is None


def test_row_width() -> None:
    """A row that does not fit its columns is refused, with its place."""
    with pytest.raises(FactError) as caught:
        Table(columns=(Column("a"), Column("b")), rows=((1, 2),), total=(1,))
    assert (caught.value.code, caught.value.path) == ("text.row", "rows[1]")


def test_sheet_is_a_value() -> None:
    """Sheets are equal by content, and travel by pickle."""
    assert pickle.loads(pickle.dumps(_sheet())) == _sheet()
    assert _sheet() != _sheet(title="other")


def test_label_repr() -> None:
    """The repr of a label pastes back."""
    assert repr(Label("a.b")) == "Label('a.b')"
    assert repr(label("a.b", x=1)) == "Label('a.b', (('x', 1),))"


def _working() -> Step:
    parts = tuple(Step("acme.part", Money(str(amount), "CNY"), source=Source(document="Plan")) for amount in (1, 2))
    total = Step("acme.sum", Money("3", "CNY"), formula="sum", children=parts)
    many = Step("acme.many", 5, formula="sum", children=tuple(Step("acme.one", 1) for _ in range(5)))
    return Step("acme.root", None, children=(total, many), source=CLAUSE)


def test_working_text() -> None:
    """The outline shows how few figures make one, names the clause, and leaves long sums to the lines below."""
    assert working_text(_working(), "en").splitlines()[:5] == [
        "acme.root   [Plan §4.2 version 2026-1]",
        "  acme.sum = CN¥1.00 + CN¥2.00 = CN¥3.00",
        "    acme.part = CN¥1.00   [Plan]",
        "    acme.part = CN¥2.00   [Plan]",
        "  acme.many = 5",
    ]


def test_working_message_with_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that shows the value itself says it once, in its own form, and its parent uses that form."""
    messages = {"step.acme.score": "Score {value:number} of {of}", **catalog("en")}
    for module in ("catalog", "formats", "working"):
        monkeypatch.setattr(f"salesrules.text.{module}.template", lambda code, locale: messages.get(code), raising=False)
    scores = tuple(Step("acme.score", Fraction(3, 2), params=(("of", 5),)) for _ in range(2))
    assert working_text(Step("acme.all", 3, formula="sum", children=scores), "en").splitlines() == [
        "acme.all = 1.5 + 1.5 = 3",
        "  Score 1.5 of 5",
        "  Score 1.5 of 5",
    ]


def test_working_tells_what_is_known() -> None:
    """Of the messages of a step the one is taken that shows the most; what is empty is not told of."""
    above, both = (Step("commission.tiers.piece", HALF, params=(("lower", Fraction(3)), ("upper", upper))) for upper in (None, Fraction(9)))
    assert working_text(above, "en") == "Above 3 = 50%"
    assert working_text(both, "en") == "From 3 to 9 = 50%"
    assert working_text(Step("commission.tiers.piece", HALF, params=(("lower", None), ("upper", None))), "en") == "From – to – = 50%"


def test_working_counts_stay_counts() -> None:
    """What is computed from counts is a count and never a percentage; a sum that takes something off reads as a difference."""
    count, rate = Step("commission.tiers.slice", Fraction(1)), Step("commission.tiers.rate", HALF)
    piece = Step("commission.tiers.piece", HALF, formula="product", params=(("lower", Fraction(0)), ("upper", Fraction(9))), children=(count, rate))
    back = Step("commission.tiers.slice", Fraction(-2))
    both = Step("commission.tiers.sum", Fraction("-1.5"), formula="sum", children=(piece, back))
    assert working_text(piece, "en").splitlines()[0] == "From 0 to 9 = 1 × 50% = 0.5"
    assert working_text(both, "en").splitlines()[0] == "All tiers together = 0.5 \N{MINUS SIGN} 2 = -1.5"
    assert working_text(Step("acme.share", HALF, formula="same", children=(rate,)), "en").splitlines()[0] == "acme.share = 50%"


def test_column_form() -> None:
    """The numbers of a column are written as the column says, in text and in HTML; money is money in any form."""
    table = Table(columns=(Column("Units", "right", "number"), Column("Rate", "right")), rows=((HALF, HALF), (Money("1", "CNY"), 1)))
    sheet = Sheet(title="T", tables=(table,))
    assert [line.split() for line in render_text(sheet, "en").splitlines()[-2:]] == [["0.5", "50%"], ["CN¥1.00", "1"]]
    assert '<td class="right">0.5</td><td class="right">50%</td>' in render_html(sheet, "en")


def test_working_html() -> None:
    """The working folds without scripts: the first level open, all of it for paper, names inert."""
    step = Step(HOSTILE, 1, children=(_working(),))
    folded, unfolded = working_html(step, "en"), working_html(step, "en", unfold=True)
    assert (folded.count("<details open>"), folded.count("<details>")) == (1, 3)
    assert (unfolded.count("<details open>"), unfolded.count("<details>")) == (4, 0)
    assert "<script" not in folded


VALUES = [
    Money("12.30", "CNY"),
    Money("5", Currency("POINTS", 0)),
    Money("5", Currency("CNY", 0)),
    Money("12345678901234567890.123", "KWD"),
    Exact("10/3", "CNY"),
    Exact("1/3", Currency("POINTS", 0)),
    Fraction(29, 400),
    Fraction(3),
    Decimal("1.20"),
    date(2026, 3, 1),
    MARCH,
    HALF_UP,
    Rounding("down", step=Fraction(1, 3), per="document"),
    CLAUSE,
    Scope(),
    Scope(category=("pump", "valve"), region=("east",)),
    label("acme.x", pay=Money("1", "CNY")),
    ("a", (1, Fraction(1, 2))),
    None,
    True,
    7,
    "text",
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("sort_keys", [False, True])
def test_value_round_trip(value: Any, *, sort_keys: bool) -> None:
    """Any value of a working comes back from JSON equal and of the same type, in whatever order a database keeps the keys."""
    back = value_from_data(json.loads(json.dumps(value_to_data(value), sort_keys=sort_keys)))
    assert back == value
    assert type(back) is type(value)


def test_step_round_trip() -> None:
    """A working comes back from JSON equal, with its formulas, parameters, sources and children."""
    step = Step("acme.all", 1, params=tuple((str(place), value) for place, value in enumerate(VALUES)), children=(_working(),), source=CLAUSE)
    assert step_from_data(json.loads(json.dumps(step_to_data(step)))) == step


@pytest.mark.parametrize("value", [0.5, object(), {"a": 1}, [1]])
def test_value_refused(value: Any) -> None:
    """A value that cannot be written exactly is refused, not approximated."""
    with pytest.raises(FactError) as caught:
        value_to_data(value)
    assert caught.value.code == "text.value"


@pytest.mark.parametrize(
    ("read", "data", "code"),
    [
        (step_from_data, {}, "text.data"),
        (step_from_data, [], "text.data"),
        (step_from_data, {"code": "a", "value": 1, "params": [1]}, "text.data"),
        (step_from_data, {"code": "a", "value": 1, "formula": "guess"}, "trace.formula"),
        (value_from_data, {}, "text.data"),
        (value_from_data, {"amount": "1"}, "text.data"),
        (value_from_data, {"date": "yesterday"}, "text.data"),
        (value_from_data, {"ratio": "1/0"}, "text.data"),
        (value_from_data, {"decimal": "x"}, "text.data"),
        (value_from_data, {"amount": "1", "currency": "RMB"}, "money.currency"),
    ],
)
def test_data_refused(read: Callable[[Any], Any], data: Any, code: str) -> None:
    """Data of another shape gives an error of this library."""
    with pytest.raises(FactError) as caught:
        read(data)
    assert caught.value.code == code


def test_babel_is_lazy() -> None:
    """Importing the text layer, translating and storing do not load Babel; formatting a number does."""
    script = (
        "import sys, salesrules.text as t; from salesrules.trace import Step; t.message('sheet.date', 'zh_CN'); t.step_to_data(Step('a', 1));"
        " assert 'babel' not in sys.modules; t.format_value(1, 'en'); assert 'babel' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
