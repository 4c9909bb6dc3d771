"""The price approval form, as text and as HTML, in three languages."""

import re
from fractions import Fraction
from html import unescape
from typing import Any

import pytest

from salesrules.money import Exact, Money
from salesrules.pricing import Audience, Decision, Discount, Level, decide
from salesrules.text import Table, message
from tests.pricing_cases import REP, discounts, line, margin, of_list, policy, quote

LOCALES = ("en", "zh_CN", "zh_TW")
WORDS = {locale: tuple(message(f"pricing.sheet.{name}", locale) for name in ("title", "needs_approval", "allowed", "refused")) for locale in LOCALES}
LEVELS = (Level(id="rep", title="业务员"), Level(id="manager", title="销售经理"), Level(id="head"))
RULES = policy(
    id="prices",
    version="2026.1",
    levels=LEVELS,
    limits=(discounts("5%", "15%", "30%", title="折扣授权"),),
    floors=(of_list("92%", "warning", title="指导价"), margin("10%")),
    audiences=(Audience(id="rep"), Audience(id="finance", sees=("limits", "floors", "costs", "pocket"))),
)


def _decision(price: str = "90", **terms: Any) -> Decision:
    return decide(RULES, quote(line(price, quantity="3", cost="50"), **terms), actor=REP)


def _plain(html: str) -> str:
    """The words of a page."""
    return unescape(re.sub(r"(?s)<style>.*?</style>|<[^>]*>", " ", html))


def _rows(table: Table) -> list[tuple[Any, ...]]:
    """The rows of a table, without subtotals."""
    return [row for row in table.rows if isinstance(row, tuple)]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("audience", ["rep", "finance"])
def test_every_language(locale: str, audience: str) -> None:
    """The form says in the reader's language what was decided, for whom and why; text and HTML say the same; no code is left untranslated."""
    decision = _decision(customer="C7", reason="竞品报价")
    text, page = decision.to_text(locale, audience), _plain(str(decision.to_html(locale, audience)))
    for told in (text, page):
        assert WORDS[locale][0] in told
        assert WORDS[locale][1] in told
        assert "销售经理" in told
        assert all(word in told for word in ("Q-1", "li", "C7", "竞品报价", "P-100", "270.00", "2026.1"))
        assert not re.search(r"pricing\.|sheet\.|step\.|\{\w", told)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("price", "word"), [("90", 1), ("98", 2), ("20", 3)])
def test_verdicts(locale: str, price: str, word: int) -> None:
    """Each verdict has its words."""
    assert WORDS[locale][word] in _decision(price).to_text(locale, "rep")


def test_what_stands_against_it() -> None:
    """Each violation has a row with the rule by its title, what was found, the limit, what is missing, and who must be asked."""
    rows = {str(dict(row[1].params)["rule"]): row for row in _rows(_decision("80").sheet("finance").tables[1])}
    assert set(rows) == {"指导价", "折扣授权"}
    assert (rows["指导价"][2], rows["指导价"][3], rows["指导价"][4]) == (Exact("240", "CNY"), Exact("276", "CNY"), Exact("36", "CNY"))
    assert rows["折扣授权"][5] == "head"
    text = _decision("80").to_text("zh_CN", "finance")
    assert "仅提示" in text
    assert "折扣授权" in text
    assert "不予批准" in _decision("50").to_text("zh_CN", "finance")


def test_allowed_quotes_have_no_table_of_violations() -> None:
    """Where nothing stands against a quote the form has no empty table, and names no level."""
    allowed = _decision("100")
    assert len(allowed.sheet("finance").tables) == 2
    assert "须报批至" not in allowed.to_text("zh_CN", "finance")


def test_the_waterfall_is_shown_stage_by_stage() -> None:
    """Every stage at which something was taken is shown with its steps; lines that are not named by their article are shown as well."""
    terms: dict[str, Any] = {"rebate": "2%", "payment_discount": "1%", "freight": Money(5, "CNY"), "discounts": (Discount(id="spring", rate="1%"),)}
    text = _decision(**terms).to_text("en", "finance")
    for word in ("list price", "invoice price", "net price", "pocket price", "margin", "spring", "rebate", "freight", "cost"):
        assert word in text.lower(), word
    assert "rebate" not in _decision(**terms).to_text("en", "rep").lower()


def test_orders_and_totals() -> None:
    """What stands against the order as a whole is shown as such, and the total sums the lines up."""
    rules = policy(limits=(discounts("5%", "15%", "30%", "50%", per="order"),), audiences=RULES.audiences)
    decision = decide(rules, quote(line("90", listed="0.00"), line("80", id="2", product="")), actor=REP)
    sheet = decision.sheet("finance")
    assert sheet.tables[0].total[3:6] == (Exact("100", "CNY"), Exact("170", "CNY"), Fraction(-7, 10))
    assert _rows(sheet.tables[0])[0][5] == 0
    broken = decide(rules, quote(line("80")), actor=REP).sheet("finance").tables[1]
    assert [row[0].code for row in _rows(broken)] == ["pricing.sheet.order"]


def test_the_words_differ() -> None:
    """Each language has words of its own for the title and each verdict."""
    assert all(len(set(words)) == 4 for words in WORDS.values())
    assert len({words[0] for words in WORDS.values()}) == 3


def test_the_waterfall_as_data() -> None:
    """The steps of a waterfall are plain data, in their order, that sum up to the margin."""
    steps = _decision(rebate="2%").waterfall.to_data()
    assert [(step["id"], step["kind"], step["line"], step["currency"]) for step in steps] == [
        ("list", "list", "1", "CNY"),
        ("price", "on_invoice", "1", "CNY"),
        ("rebate", "off_invoice", "1", "CNY"),
        ("cost", "cost", "1", "CNY"),
    ]
    assert sum(Fraction(step["amount"]) for step in steps) == Fraction("114.6")


def test_warnings_are_notes() -> None:
    """That another order of the discounts would give another price is said on the form."""
    own = (Discount(id="a", rate="20%"), Discount(id="b", amount=Exact("10", "CNY")))
    decision = decide(RULES, quote(line(discounts=own, cost="1")), actor=REP)
    for locale in LOCALES:
        assert "72" in decision.to_text(locale, "rep")
    assert len(decision.sheet("rep").notes) == 1


def test_hostile_words_are_escaped() -> None:
    """What users type comes out as text, not as markup."""
    nasty = "<script>alert(1)</script>&\"'"
    decision = decide(RULES, quote(line("90", cost="1", product=nasty, id=nasty), customer=nasty, reason=nasty, id=nasty), actor=REP)
    page = str(decision.to_html("zh_CN", "finance"))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
