"""What a decision tells whom: nothing of costs, floors, rebates and limits to whom the policy does not open them."""

import json
import re
from typing import Any

import attrs
import pytest

from salesrules.approvals import Approval, Signature
from salesrules.errors import FactError
from salesrules.money import Exact, Money
from salesrules.pricing import Audience, Decision, Discount, GuidanceFloor, LastPriceFloor, Limit, PricePolicy, decide
from salesrules.pricing.prices.book import PriceBook
from salesrules.pricing.prices.entry import PriceEntry
from tests.pricing_cases import DAY, LEVELS, MANAGER, REP, discounts, fixed, line, margin, of_list, policy, quote, rows

AUDIENCES = (
    Audience(id="rep"),
    Audience(id="lead", sees=("limits",)),
    Audience(id="pricing", sees=("limits", "floors")),
    Audience(id="costing", sees=("costs", "pocket")),
    Audience(id="finance", sees=("limits", "floors", "costs", "pocket")),
)
NAMES = tuple(audience.id for audience in AUDIENCES)
LOCALES = ("en", "zh_CN", "zh_TW")
LAST = LastPriceFloor(id="last", at="net", per="line", below="head", share="97%")
RULES = policy(
    audiences=AUDIENCES,
    floors=(
        margin("23%", "management"),
        of_list("91%", "head"),
        fixed("83.33", "warning"),
        LAST,
    ),
    limits=(discounts("5%", "15%", "30%", "50%"), Limit(id="profit", measure="margin", at="pocket", per="line", rows=rows("41%", "37%", "29%", "1%"))),
)
SECRET = ("6137", "61.37", "613.7", "79.70", "797.0", "83.33", "833.3", "91", "97", "778.1", "77.81", "771.", "772.", "158.", "41%", "37%", "29%", "23%")
"""What would tell the cost of 61.37, the floors made of it and of others, what is left after the rebate, and the limits of the margin."""


def _asked(cost: str = "61.37", last: str = "77.81", **terms: Any) -> Any:
    given: dict[str, Any] = {"rebate": "3%", "freight": Money("4.91", "CNY")} | terms
    return quote(line("80", quantity="10", cost=cost, last_price=last), **given)


def _decision(rules: PricePolicy = RULES, **terms: Any) -> Decision:
    return decide(rules, _asked(**terms), actor=REP)


def _everything(decision: Decision, audience: str) -> list[str]:
    """All that an audience can get to read."""
    texts = [decision.to_text(locale, audience) for locale in LOCALES] + [str(decision.to_html(locale, audience)) for locale in LOCALES]
    return [*(re.sub(r"(?s)<style>.*?</style>", "", text) for text in texts), json.dumps(decision.to_data(audience), ensure_ascii=False)]


def test_a_representative_reads_no_secret() -> None:
    """No figure of cost, floor, rebate or limit stands in what a representative reads, in any language or form; finance reads them all."""
    decision = _decision()
    for text in _everything(decision, "rep"):
        assert not [figure for figure in SECRET if figure in text.replace(",", "")]
    assert all("613.7" in text or "6137/10" in text for text in _everything(decision, "finance"))


@pytest.mark.parametrize("audience", ["rep", "lead"])
def test_what_is_not_open_leaves_no_mark(audience: str) -> None:
    """Another cost, another last price and other floors, of which nobody else is asked, change not one letter of what is told."""
    floors = tuple(attrs.evolve(LAST, share="96%") if floor is LAST else floor for floor in RULES.floors)
    told = _everything(_decision(), audience)
    assert _everything(_decision(cost="61.01", last="79.12"), audience) == told
    assert _everything(_decision(attrs.evolve(RULES, floors=floors)), audience) == told


def test_what_is_told_to_all() -> None:
    """Verdict, level, and what the customer pays are told to everybody."""
    for audience in NAMES:
        data = _decision().to_data(audience)
        (one,) = data["lines"]
        assert (data["verdict"], data["level"], one["verdict"], one["level"]) == ("needs_approval", "management", "needs_approval", "management")
        assert (one["list"], one["invoice"]) == ({"amount": "1000", "currency": "CNY"}, {"amount": "800", "currency": "CNY"})
        assert all("800.00" in text for text in _everything(_decision(), audience)[:6])


@pytest.mark.parametrize(("audience", "rules"), [("rep", []), ("lead", ["discounts"]), ("pricing", ["of_list", "fixed", "last", "discounts"])])
def test_what_is_measured_after_the_invoice(audience: str, rules: list[str]) -> None:
    """A rule on the net price is told to whom the pocket price is not open only where nothing came off after the invoice: else it tells how much."""
    told = _decision(last="90", rebate=None, freight=None).to_data(audience)["violations"]
    assert [violation["rule"] for violation in told] == rules


@pytest.mark.parametrize(
    ("audience", "rules", "stages"),
    [
        ("rep", [], ["list", "invoice"]),
        ("lead", [], ["list", "invoice"]),
        ("pricing", [], ["list", "invoice"]),
        ("costing", [], ["list", "invoice", "net", "pocket", "margin"]),
        ("finance", ["margin", "of_list", "fixed", "last", "discounts", "profit"], ["list", "invoice", "net", "pocket", "margin"]),
    ],
)
def test_each_audience(audience: str, rules: list[str], stages: list[str]) -> None:
    """Each audience is told the rules and the stages that are open to it; what is measured by the cost needs the cost to be open too."""
    data = _decision(last="90").to_data(audience)
    assert [violation["rule"] for violation in data["violations"]] == rules
    assert [name for name in data["lines"][0] if name in {"list", "invoice", "net", "pocket", "margin"}] == stages
    kinds = {step["kind"] for step in data["lines"][0]["waterfall"]}
    assert ("cost" in kinds, "off_invoice" in kinds) == ("margin" in stages, "net" in stages)


def test_the_working_is_for_those_who_see_all() -> None:
    """The working holds costs and floors, so it is printed only for an audience to whom all is open."""
    assert [_decision().sheet(name).trace is not None for name in NAMES] == [False, False, False, False, True]
    assert [audience.sees_all for audience in AUDIENCES] == [False, False, False, False, True]


def test_the_floor_of_the_price_book_is_no_less_secret() -> None:
    """A guidance price that the book gives is hidden as any floor, and told where floors are open."""
    book = PriceBook(id="list", currency="CNY", entries=(PriceEntry(id="all", price=100, floor="87.65"),))
    guided = GuidanceFloor(id="guide", at="net", per="line", below="management", share="100%")
    decision = decide(policy(prices=book, floors=(guided,), audiences=AUDIENCES), quote(line("80", None)), actor=REP)
    assert decision.level == "management"
    assert not [text for text in _everything(decision, "lead") if "87.65" in text or "1753" in text]
    assert all("87.65" in text or "1753/20" in text for text in _everything(decision, "pricing"))


def test_a_list_price_that_was_replaced_is_no_secret() -> None:
    """That a line states another list price than the book is told to everybody: both are published."""
    book = PriceBook(id="list", currency="CNY", entries=(PriceEntry(id="all", price=100),))
    decision = decide(policy(prices=book, audiences=AUDIENCES), quote(line("99", listed="120")), actor=REP)
    (told,) = decision.to_data("rep")["violations"]
    assert (told["code"], told["warning"], told["actual"]["amount"], told["limit"]["amount"]) == ("pricing.reason.list_replaced", True, "120", "100")
    assert decision.verdict == "allowed"


def test_own_range_is_told_to_all() -> None:
    """That any concession needs the level above is no secret: it tells what was given, and to whom to turn."""
    decision = decide(policy(own_range="asks_above", audiences=AUDIENCES), quote(line("99", id="a"), line("110", id="b")), actor=REP)
    (told,) = decision.to_data("rep")["violations"]
    assert (told["code"], told["level"], told["shortfall"]) == ("pricing.reason.own_range", "manager", {"amount": "1", "currency": "CNY"})


def test_orders_are_told_as_lines_are() -> None:
    """The order as a whole is told with the same keys, and hides the same."""
    rules = policy(limits=(discounts("5%", "15%", "30%", "50%", per="order"),), floors=(margin("20%", "head", per="order"),), audiences=AUDIENCES)
    decision = decide(rules, quote(line("70", cost="61.37"), line("95", id="2", cost="50")), actor=MANAGER)
    (order,) = decision.to_data("rep")["order"]
    assert set(order) == {"verdict", "level", "list", "invoice"}
    assert set(decision.to_data("finance")["order"][0]) == {"verdict", "level", "list", "invoice", "net", "pocket", "margin"}
    assert [violation["line"] for violation in decision.to_data("lead")["violations"]] == [""]


def test_without_a_cost_there_is_no_margin_to_tell() -> None:
    """Where no cost is known nothing is said of a margin, even to finance."""
    decision = decide(policy(audiences=AUDIENCES), quote(), actor=REP)
    assert "margin" not in decision.to_data("finance")["lines"][0]


def test_an_audience_that_is_not_named_is_told_nothing() -> None:
    """A name that the policy does not know is refused, in every form."""
    decision = decide(policy(levels=LEVELS), quote(line(discounts=(Discount(id="a", amount=Exact("1", "CNY")),))), actor=REP)
    for tell in (decision.to_data, decision.sheet, lambda name: decision.to_text("en", name), lambda name: decision.to_html("en", name)):
        with pytest.raises(FactError, match="none") as caught:
            tell("rep")
        assert (caught.value.code, caught.value.path) == ("pricing.unknown_audience", "audience")
    with pytest.raises(FactError, match="rep, lead, pricing, costing, finance"):
        _decision().to_data("boss")


def test_warnings_and_dropped_discounts_are_told() -> None:
    """Everybody is told which discounts did not count, and that another order of them gives another price: all of it is on the invoice."""
    own = (Discount(id="a", rate="20%"), Discount(id="b", amount=Exact("10", "CNY")), Discount(id="c", rate="0%"))
    data = decide(policy(audiences=AUDIENCES), quote(line(discounts=own)), actor=REP).to_data("rep")
    assert data["dropped"] == [{"discount": "c", "reason": "nothing"}]
    (warning,) = data["warnings"]
    assert (warning["order"], warning["net"]["amount"], warning["other_net"]["amount"]) == (["a", "b", "c"], "70", "72")
    assert data["forfeited"] == {"amount": "0", "currency": "CNY"}


def _exceeded(audience: str, price: str = "80", **terms: Any) -> tuple[Decision, list[str]]:
    """A deal that is worse than what was approved for it, and the measures by which an audience is told so."""
    rules = attrs.evolve(RULES, limits=(*RULES.limits, discounts("5%", "15%", "30%", None, id="billed", at="invoice")))
    approval = Approval(
        request="R-1",
        measures=decide(rules, _asked(last="1"), actor=REP).measures,
        start=DAY,
        last_day=None,
        signatures=(Signature(level="management", held="management", person="wang", on=DAY),),
    )
    asked = quote(line(price, quantity="10", last_price="1", **{"cost": "61.37"} | terms), rebate="3%", freight=Money("4.91", "CNY"))
    decision = decide(rules, asked, actor=REP, approvals=(approval,))
    (told,) = decision.to_data(audience)["approvals"]
    assert (told["request"], told["until"], told["dated"]) == ("R-1", None, "")
    return decision, [breach["measure"] for breach in told["breaches"]]


@pytest.mark.parametrize(
    ("audience", "measures"),
    [("rep", []), ("lead", ["billed"]), ("pricing", ["billed"]), ("costing", []), ("finance", ["billed", "discounts", "fixed", "margin", "of_list", "profit"])],
)
def test_why_an_approval_no_longer_holds(audience: str, measures: list[str]) -> None:
    """By which measures a deal is worse than approved is told as the rules are; whether the approval holds is told to all."""
    decision, told = _exceeded(audience, "79")
    assert told == measures
    assert not decision.to_data(audience)["approvals"][0]["holds"]
    unseen = {"en": "something got worse that is not shown here", "zh_CN": "有指标变差，此处不予显示", "zh_TW": "有指標變差，此處不予顯示"}
    for locale, words in unseen.items():
        text = decision.to_text(locale, audience)
        assert "R-1" in text
        assert (words in text) == (not measures)


@pytest.mark.parametrize("audience", ["rep", "lead", "pricing"])
def test_what_is_not_open_got_worse(audience: str) -> None:
    """That an approval broke by the margin is told without the margin; another cost then changes not one letter, nor one that breaks it besides."""
    texts = _everything(_exceeded(audience, cost="63.01")[0], audience)
    assert _everything(_exceeded(audience, cost="64.02")[0], audience) == texts
    assert not [text for text in texts if "63.01" in text or "profit" in text]
    worse = _everything(_exceeded("lead", "79")[0], "lead")
    assert _everything(_exceeded("lead", "79", cost="63.01")[0], "lead") == worse


def test_breaches_as_data() -> None:
    """A breach is told as shares in text and amounts with their currency."""
    rules = policy(limits=(Limit(id="given", measure="amount", at="invoice", per="order", rows=rows("1", "5", "50", None)),), audiences=AUDIENCES)
    approval = Approval(request="R-2", measures=decide(rules, quote(line("90")), actor=REP).measures, start=DAY, last_day=DAY)
    (told,) = decide(rules, quote(line("89.50")), actor=REP, approvals=(approval,)).to_data("lead")["approvals"]
    amount = {"code": "approvals.worse.by", "measure": "given", "line": "", "approved": {"amount": "10", "currency": "CNY"}}
    assert told["breaches"][0] == amount | {"actual": {"amount": "10.5", "currency": "CNY"}, "by": {"amount": "0.5", "currency": "CNY"}}
    assert [told["breaches"][1][name] for name in ("measure", "approved", "actual", "by")] == ["given.share", "1/10", "21/200", "1/200"]
    assert told["until"] == "2026-03-02"


def test_a_measure_of_another_version_is_for_those_who_see_all() -> None:
    """What was approved by a rule that this policy does not have says nothing of whom it may be told: only who sees all reads it."""
    rules = policy(limits=(discounts("5%", "15%", "30%", "50%", at="invoice"),), audiences=AUDIENCES)
    measures = decide(rules, quote(line("90")), actor=REP).measures
    approval = Approval(request="R-3", measures=(*measures, attrs.evolve(measures[0], measure="former")), start=DAY, last_day=None)
    decision = decide(rules, quote(line("90")), actor=REP, approvals=(approval,))
    told = {name: [breach["measure"] for breach in decision.to_data(name)["approvals"][0]["breaches"]] for name in NAMES}
    assert told == {"rep": [], "lead": [], "pricing": [], "costing": [], "finance": ["former"]}
    assert [breach["approved"] for breach in decision.to_data("finance")["approvals"][0]["breaches"]] == ["1/10"]
    assert [breach["actual"] for breach in decision.to_data("finance")["approvals"][0]["breaches"]] == [None]


def test_own_range_does_not_tell_what_came_off_later() -> None:
    """Where a rebate came off, what was conceded in all is told only to whom the pocket price is open."""
    rules = policy(own_range="asks_above", audiences=AUDIENCES)
    decision = decide(rules, quote(line("99"), rebate="3%"), actor=REP)
    assert {name: len(decision.to_data(name)["violations"]) for name in NAMES} == {"rep": 0, "lead": 0, "pricing": 0, "costing": 1, "finance": 1}
