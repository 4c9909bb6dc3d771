"""The price approval form, as text and as HTML, in three languages."""

import re
from datetime import date
from fractions import Fraction
from html import unescape
from typing import Any

import attrs
import pytest

from salesrules.approvals import Approval, Measured, Signature
from salesrules.money import Exact, Money
from salesrules.pricing import Audience, Decision, Discount, Level, Limit, MarkupFloor, decide
from salesrules.pricing.prices.book import PriceBook
from salesrules.pricing.prices.entry import PriceEntry
from salesrules.text import Table, label, message, working_text
from salesrules.trace import replay
from tests.pricing_cases import DAY, REP, discounts, fixed, line, margin, of_list, policy, quote, rows

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


BOSS = Signature(level="manager", held="head", person="wang", on=DAY)
TILL = date(2026, 3, 31)


def _approved(price: str = "90", *signed: Signature, **terms: Any) -> Approval:
    """The approval of the line at a price."""
    return Approval(request="R-31", measures=_decision(price, **terms).measures, start=DAY, last_day=TILL, signatures=signed or (BOSS,))


def _with(approval: Approval, price: str = "90", on: date = DAY, **terms: Any) -> Decision:
    return decide(RULES, quote(line(price, quantity="3", cost="50"), **terms), actor=REP, approvals=(approval,), on=on)


def _approvals(decision: Decision, audience: str = "finance") -> list[tuple[Any, ...]]:
    """The rows of the table of approvals."""
    return _rows(next(table for table in decision.sheet(audience).tables if getattr(table.title, "code", "") == "pricing.sheet.approvals"))


def _said(decision: Decision, locale: str = "en", audience: str = "finance") -> list[str]:
    """What stands in the last column of the table of approvals."""
    return [message(row[3].code, locale, **dict(row[3].params)) for row in _approvals(decision, audience)]


@pytest.mark.parametrize("locale", LOCALES)
def test_an_approved_order_names_the_approval(locale: str) -> None:
    """Top, lines and violations agree that the order may go, each by the request that was approved; nobody is asked any more."""
    sheet = _with(_approved()).sheet("finance")
    assert sheet.fields[0].value.code == "pricing.sheet.allowed"
    assert "pricing.sheet.level" not in [getattr(field.label, "code", "") for field in sheet.fields]
    assert _rows(sheet.tables[0])[0][-1].code == "pricing.sheet.approved"
    assert sheet.tables[1].title == label("pricing.sheet.covered", request="R-31")
    text = _with(_approved()).to_text(locale, "rep").split(message("pricing.sheet.waterfall", locale))[0]
    assert text.count("R-31") == 2
    assert all(word in text for word in ("wang", "销售经理", "31", message("pricing.sheet.holds", locale)))
    assert message("pricing.sheet.needs", locale, level="销售经理") not in text


def test_who_signed_for_whom() -> None:
    """Everybody who signed is named with his level, and whom he stood in for; where nobody signed there is a dash, as for an approval without an end."""
    stood_in = attrs.evolve(BOSS, person="zhao", on_behalf_of="qian")
    (row,) = _approvals(_with(_approved("90", BOSS, stood_in)))
    assert [message(cell.code, "en", **dict(cell.params)) for cell in row[1]] == ["wang (销售经理)", "zhao (销售经理) on behalf of qian"]
    assert row[2] == TILL
    (bare,) = _approvals(_with(attrs.evolve(_approved(), signatures=(), last_day=None)))
    assert bare[1:3] == (None, None)


def test_an_approval_that_is_not_enough() -> None:
    """Where whoever signed may not grant what is asked, the approval holds and the line still needs the higher level."""
    decision = _with(_approved("80"), "80")
    assert _said(decision) == ["holds, but whoever signed may not grant this much"]
    assert _rows(decision.sheet("finance").tables[0])[0][-1].code == "pricing.sheet.needs"
    assert decision.sheet("finance").tables[1].title.code == "pricing.sheet.violations"  # type: ignore[union-attr]


def test_why_an_approval_no_longer_holds() -> None:
    """Below an approval that was exceeded stands each thing that got worse, by the title of its rule, and whether it is the date."""
    assert _said(_with(_approved(), "89")) == [
        "no longer holds",
        "折扣授权 (1 P-100) is 11% instead of 10%",
        "指导价 (1 P-100) is 3.2609% instead of 2.1739%",
    ]
    assert _said(_with(_approved(), on=date(2026, 4, 1)), "zh_CN") == ["不再有效", "已于 2026年3月31日 到期"]
    assert _said(_with(_approved(), on=date(2026, 3, 1))) == ["no longer holds", "approved only on Mar 2, 2026"]


def test_measures_that_cannot_be_compared() -> None:
    """A measure that is new, gone, undefined or in another unit is told as such; one that no rule takes any more by its own name."""
    own = Measured(measure="own_range", value="5%", worse="more", line="1 P-100")
    gone = attrs.evolve(own, measure="old rule")
    price = {"discounts": Exact("9", "CNY"), "margin": None}
    changed = [attrs.evolve(one, value=price.get(one.measure, one.value)) for one in _approved().measures if one.measure != "of_list"]
    approval = attrs.evolve(_approved(), measures=(*changed, own, gone))
    assert _said(_with(approval)) == [
        "no longer holds",
        "折扣授权 (1 P-100) cannot be compared: 10% against CN¥9.00",
        "指导价 (1 P-100) was not approved",
        "old rule (1 P-100) is not told any more",
        "discount on own deals (1 P-100) is not told any more",
    ]
    rules = policy(limits=(Limit(id="profit", measure="margin", at="invoice", per="order", rows=rows("40%", "30%", "20%", None)),), audiences=RULES.audiences)
    before = decide(rules, quote(line("80", cost="50")), actor=REP)
    paid = Approval(request="R-32", measures=before.measures, start=DAY, last_day=None, signatures=(BOSS,))
    assert _said(decide(rules, quote(line("0", cost="50")), actor=REP, approvals=(paid,)))[1:] == ["profit (Whole order) can no longer be told"]


@pytest.mark.parametrize("name", ["cash", "sale", "team", "amount", "net", "free", "price", "rounding"])
@pytest.mark.parametrize("locale", LOCALES)
def test_names_stay_as_typed(name: str, locale: str) -> None:
    """A discount and an entry of the price book keep the names somebody gave them, also where a name is a word of the library."""
    entries = (PriceEntry(id="base", price=100), PriceEntry(id=name, gives="regular", price=98))
    rules = policy(prices=PriceBook(id="list", currency="CNY", entries=entries), audiences=RULES.audiences)
    deal = quote(line("97", None, quantity="3", discounts=(Discount(id=name, rate="1%"),)), rebate="1%")
    decision = decide(rules, deal, actor=REP)
    named = [step.title for step in decision.waterfall.steps if not step.own]
    assert named == [name, name]
    for text in (decision.to_text(locale, "finance").split(message("sheet.working", locale))[0], working_text(decision.working, locale)):
        assert sum(told.strip().startswith((name, f"1     {name} ")) for told in text.splitlines()) >= 2
        assert message("pricing.sheet.taken", locale, name="price") in text
        assert message("pricing.sheet.taken", locale, name="rebate") in text


def test_figures_on_the_form_are_read() -> None:
    """Shares are percents of at most 4 decimals, amounts to the cent, what is missing rounded up; limit and actual never look alike."""
    rules = policy(
        levels=LEVELS,
        limits=(
            discounts("1/3", "50%", None, at="invoice"),
            Limit(id="unit", measure="price", at="invoice", per="line", rows=rows("66.666666", "1", None)),
            Limit(id="profit", measure="margin", at="invoice", per="line", rows=rows("1/7", "0%", None)),
        ),
        floors=(margin("8%", "warning", at="invoice"),),
        audiences=RULES.audiences,
    )
    sheet = decide(rules, quote(line("66.666665", quantity="3", cost="64")), actor=REP).sheet("finance")
    shown = {dict(row[1].params)["rule"]: row[2:5] for row in _rows(sheet.tables[1])}
    assert shown["discounts"] == (Fraction("0.333334"), Fraction("0.333333"), Exact("0.01", "CNY"))
    assert shown["unit"] == (Exact("66.6666", "CNY"), Exact("66.6667", "CNY"), Exact("0.01", "CNY"))
    assert shown["profit"] == (Fraction("0.039999"), Fraction("0.142858"), Exact("24.01", "CNY"))
    assert shown["margin"] == (Exact("199.99", "CNY"), Exact("208.70", "CNY"), Exact("8.70", "CNY"))


def test_each_measure_is_told_by_its_own_name() -> None:
    """The working says what was conceded, at which rate and at which price; only a share is divided by an amount, and only a unit price by units."""
    limits = tuple(
        Limit(id=measure, title=measure.upper(), measure=measure, at="invoice", per="line", rows=rows(*steps))  # type: ignore[arg-type]
        for measure, steps in {
            "discount": ("5%", "15%", None),
            "amount": ("5", "15", None),
            "margin": ("40%", "30%", None),
            "markup": ("300%", "30%", None),
            "price": ("95", "85", None),
            "size": ("1", "1000", None),
        }.items()
    )
    decision = decide(policy(levels=LEVELS, limits=limits), quote(line("90", quantity="2", cost="60")), actor=REP)
    told = [part.strip() for part in working_text(decision.working, "zh_CN").splitlines()]
    for text in (
        "授权规定“DISCOUNT”：10%，所需级别：销售经理",
        "授权规定“AMOUNT”：¥20.00，所需级别：head",
        "实际折扣幅度 = ¥20.00 ÷ ¥200.00 = 10%",
        "实际让利金额 = ¥20.00",
        "实际毛利率 = ¥60.00 ÷ ¥180.00 = 1/3",
        "实际加成率 = ¥60.00 ÷ ¥120.00 = 50%",
        "实际单价 = ¥180.00 ÷ 2 = ¥90.00",
        "实际订单规模 = ¥200.00",
    ):
        assert text in told
    assert replay(decision.working) == "needs_approval"


def test_floors_say_by_what_share() -> None:
    """A floor by margin divides the cost by what the margin leaves, one by markup adds to the cost, any other keeps its share."""
    floors = (margin("8%"), MarkupFloor(id="markup", at="invoice", per="line", below="head", markup="150%"), of_list("95%"), fixed("7"))
    decision = decide(policy(floors=floors), quote(line("90", cost="46")), actor=REP)
    told = [part.strip() for part in working_text(decision.working, "en").splitlines()]
    for text in (
        "Lowest price by margin = CN¥46.00 ÷ 92% = CN¥50.00",
        "A margin rate of at least 8% leaves the cost at most 92% of the price",
        "Lowest price by markup = CN¥46.00 × 250% = CN¥115.00",
        "A markup of at least 150% makes at least 250% of the cost",
        "Share that must be kept: 95%",
        "Lowest price by fixed = 1 × CN¥7.00 = CN¥7.00",
    ):
        assert text in told
    assert replay(decision.working) == "refused"
    whole = decide(policy(floors=(margin("8%", per="order"),)), quote(line("90", cost="46")), actor=REP)
    assert "The cost of the order = CN¥46.00" in working_text(whole.working, "en")


@pytest.mark.parametrize("locale", LOCALES)
def test_nobody_may_grant_it(locale: str) -> None:
    """Where no level is high enough, form and working say that nobody may grant it."""
    decision = _decision("50")
    assert decision.to_text(locale, "finance").count(message("pricing.nobody", locale)) >= 4
    assert "–" not in working_text(decision.working, locale)
