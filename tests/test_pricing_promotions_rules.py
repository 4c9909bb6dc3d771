"""Promotions: wrong rules and wrong facts are refused, with a code and a path; the life of a campaign; contests and draws."""

from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest

from salesrules.document import loads
from salesrules.errors import FactError, Faults, PolicyError, SalesRulesError
from salesrules.money import Exact, Money
from salesrules.pricing.promotions import (
    Act,
    Audience,
    Basket,
    BasketLine,
    Budget,
    Bundle,
    BuyGet,
    Campaign,
    Contest,
    Coupon,
    Draw,
    Giving,
    Level,
    Mandate,
    Meter,
    Part,
    Places,
    PriceOff,
    Prize,
    Promotion,
    Reach,
    Result,
    Row,
    Spend,
    Tier,
    Usage,
    Use,
    amend,
    approve,
    close,
    cost_of_draw,
    cost_of_prizes,
    exposure_of,
    fingerprint,
    most_of_contest,
    promote,
    propose,
    rank,
    reject,
    resume,
    start,
    suspend,
)
from salesrules.scope import Scope
from salesrules.text import LOCALES, error_message, working_text
from salesrules.trace import replay
from tests.pricing_promotions import DAY, MANDATE, TENTH, approved, basket, line, promotion

CNY = {amount: Money(amount, "CNY") for amount in (-1, 0, 1, 5, 10, 100, 1000)}
USD = Money(1, "USD")
SPENT = Meter(on="spend", tested="original", basis="net")
UNITS = Meter(on="units")
SET: dict[str, Any] = {
    "buy_quantity": 2,
    "get_quantity": 1,
    "reward": "in_basket",
    "repeat": "every",
    "together": True,
    "picking": "cheapest",
    "qualifiers": "used",
}
BUNDLE: dict[str, Any] = {"parts": (Part(quantity=2),), "rate": "10%", "repeat": "every", "picking": "dearest"}
PHONE = Prize(name="phone", cost=CNY[1000], odds="1%")
TICKET = Prize(name="phone", cost=CNY[1000], count=2)

CONTEST = Contest(prizes=(Places(prize=CNY[1000]), Places(prize=CNY[100]), Places(prize=CNY[5], places=2)), best="highest", ties="shared")


def numbered(*cases: tuple[str, Any]) -> list[Any]:
    """The cases, each with an id of its own."""
    return [pytest.param(*case, id=f"{case[0]} {place}") for place, case in enumerate(cases, start=1)]


def refusal(build: Any) -> SalesRulesError:
    """The error that building a value raises."""
    with pytest.raises(SalesRulesError) as caught:
        build()
    return caught.value


@pytest.mark.parametrize(
    ("code", "build"),
    numbered(
        ("promotion_reach", Reach),
        ("promotion_reach", lambda: Reach(at_least=1, above=1)),
        ("promotion_reach", lambda: Reach(at_most=1, below=1)),
        ("promotion_reach", lambda: Reach(at_least=2, at_most=1)),
        ("promotion_reach", lambda: Reach(above=1, at_most=1)),
        ("promotion_meter", lambda: Meter(on="spend")),
        ("promotion_meter", lambda: Meter(on="spend", tested="original")),
        ("promotion_meter", lambda: Meter(on="units", tested="original", basis="net")),
        ("promotion_meter", lambda: Meter(on="units", basis="net")),
        ("promotion_terms", lambda: PriceOff(per="line")),
        ("promotion_terms", lambda: PriceOff(rate="1%", of="list", amount=CNY[1], per="line")),
        ("promotion_rate", lambda: PriceOff(rate="101%", of="list", per="line")),
        ("promotion_rate", lambda: PriceOff(rate=0, of="list", per="line")),
        ("promotion_of", lambda: PriceOff(rate="1%", per="line")),
        ("promotion_of", lambda: PriceOff(amount=CNY[1], of="list", per="line")),
        ("promotion_price_per", lambda: PriceOff(price=CNY[1], per="line")),
        ("promotion_most", lambda: PriceOff(amount=CNY[1], per="line", most=CNY[1])),
        ("promotion_picking", lambda: PriceOff(amount=CNY[1], per="line", most_units=1)),
        ("promotion_picking", lambda: PriceOff(amount=CNY[1], per="line", most_units=0, picking="cheapest")),
        ("promotion_tier", lambda: Tier(at_least=1)),
        ("promotion_tier", lambda: Tier(at_least=1, rate="1%", amount=CNY[1])),
        ("promotion_point", lambda: Tier(at_least=-1, rate="1%")),
        ("promotion_tiers", lambda: Spend(meter=SPENT, repeat="once", tiers=())),
        ("promotion_tiers", lambda: Spend(meter=SPENT, repeat="once", tiers=(Tier(at_least=2, rate="1%"), Tier(at_least=1, rate="2%")))),
        ("promotion_every", lambda: Spend(meter=SPENT, repeat="every", tiers=(Tier(at_least=1, rate="1%"),))),
        ("promotion_every", lambda: Spend(meter=SPENT, repeat="every", tiers=(Tier(at_least=0, amount=CNY[1]),))),
        ("promotion_set", lambda: BuyGet(**SET | {"buy_quantity": 0})),
        ("promotion_set", lambda: BuyGet(**SET, most_units=0)),
        ("promotion_rate", lambda: BuyGet(**SET, off="120%")),
        ("promotion_added", lambda: BuyGet(**SET | {"reward": "added"}, off="50%")),
        ("promotion_added", lambda: BuyGet(**SET | {"reward": "added"}, get=Scope(product=("A",)))),
        ("promotion_apart", lambda: BuyGet(**SET | {"together": False}, get=Scope(product=("A",)))),
        ("promotion_set", lambda: Part(quantity=0)),
        ("promotion_bundle", lambda: Bundle(**BUNDLE, price=CNY[1])),
        ("promotion_parts", lambda: Bundle(**BUNDLE | {"parts": ()})),
        ("promotion_parts", lambda: Bundle(**BUNDLE | {"parts": (Part(quantity=1),) * 9})),
        ("promotion_set", lambda: Bundle(**BUNDLE, most_sets=0)),
        ("promotion_set", lambda: Giving(product="A", quantity=0, list_value=CNY[1], cost=CNY[1])),
        ("promotion_gift", lambda: Giving(product="A", quantity=1, list_value=CNY[-1], cost=CNY[1])),
        ("promotion_gift", lambda: Giving(product="A", quantity=1, list_value=CNY[1], cost=CNY[1], every=1)),
        ("promotion_audience", lambda: Audience(scope=Scope(product=("A",)))),
        ("promotion_budget", lambda: Budget(amount=CNY[0], charged="cost", short="cut")),
        ("promotion_coupon", lambda: Coupon(codes=(), per_order=1)),
        ("promotion_coupon", lambda: Coupon(codes=("A", "A"), per_order=1)),
        ("promotion_coupon", lambda: Coupon(codes=("A",), per_order=0)),
        ("promotion_coupon", lambda: Coupon(codes=("A",), uses=0, per_order=1)),
        ("promotion_no_offers", lambda: attrs.evolve(promotion(), offers=())),
        ("promotion_dates", lambda: promotion(until=date(2026, 3, 1))),
        ("promotion_currency_code", lambda: promotion(currency="YUAN")),
        ("promotion_mixed", lambda: promotion(PriceOff(amount=USD, per="line"))),
        ("promotion_mixed", lambda: promotion(Bundle(**BUNDLE | {"rate": None}, each=USD))),
        ("promotion_mixed", lambda: promotion(budget=Budget(amount=USD, charged="cost", short="cut"))),
        ("promotion_mixed", lambda: promotion(Contest(prizes=(Places(prize=USD),), best="highest", ties="shared"))),
        ("promotion_uses", lambda: promotion(most_uses=0)),
        ("draw_prize", lambda: Prize(name="a", cost=CNY[-1], odds="1%")),
        ("draw_prize", lambda: Prize(name="a", cost=CNY[1], odds=0)),
        ("draw_prize", lambda: Prize(name="a", cost=CNY[1], count=0)),
        ("draw_no_prizes", lambda: Draw(prizes=())),
        ("draw_duplicate", lambda: Draw(prizes=(PHONE, PHONE))),
        ("draw_chances", lambda: Draw(prizes=(TICKET,))),
        ("draw_chances", lambda: Draw(prizes=(PHONE,), tickets=9)),
        ("draw_chances", lambda: Draw(prizes=(Prize(name="a", cost=CNY[1]),), tickets=9)),
        ("draw_odds", lambda: Draw(prizes=(PHONE, Prize(name="a", cost=CNY[1], odds="100%")))),
        ("draw_tickets", lambda: Draw(prizes=(TICKET,), tickets=1)),
        ("draw_entries", lambda: Draw(prizes=(PHONE,), every=1)),
        ("draw_entries", lambda: Draw(prizes=(PHONE,), most=0)),
        ("draw_mixed", lambda: Draw(prizes=(PHONE, Prize(name="a", cost=USD, odds="1%")))),
        ("draw_most_prize", lambda: Draw(prizes=(PHONE,), most_prize=CNY[100])),
        ("contest_places", lambda: Places(prize=CNY[1], places=0)),
        ("contest_places", lambda: Places(prize=CNY[-1])),
        ("contest_prizes", lambda: Contest(prizes=(), best="highest", ties="shared")),
        ("contest_prizes", lambda: Contest(prizes=(Places(prize=CNY[1]), Places(prize=CNY[5])), best="highest", ties="shared")),
    ),
)
def test_wrong_rules(code: str, build: Any) -> None:
    """A promotion that cannot be meant is refused when it is built, in every language."""
    error = refusal(build)
    assert isinstance(error, PolicyError)
    assert error.code == f"pricing.{code}"
    assert all(error_message(error, locale) for locale in LOCALES)


@pytest.mark.parametrize(
    ("code", "build"),
    numbered(
        ("promotion_amount", lambda: BasketLine(id="1", quantity=1, list_price="12")),
        ("promotion_price", lambda: BasketLine(id="1", quantity=1, list_price=None)),
        ("promotion_price", lambda: line(price="-1")),
        ("promotion_quantity", lambda: line(quantity=0)),
        ("promotion_quantity", lambda: line(quantity=-1)),
        ("promotion_empty", lambda: Basket(currency="CNY", lines=())),
        ("promotion_line", lambda: basket(line("1"), line("1"))),
        ("promotion_currency", lambda: Basket(currency="USD", lines=(line(),))),
        ("promotion_usage", lambda: Usage().minus((Use(promotion="p", charged=CNY[1]),))),
        ("draw_number", lambda: cost_of_draw(Draw(prizes=(PHONE,)), -1)),
        ("draw_number", lambda: cost_of_draw(Draw(prizes=(TICKET,), tickets=9), 10)),
        ("draw_size", lambda: cost_of_draw(Draw(prizes=(attrs.evolve(PHONE, count=3),)), 10**6)),
        ("draw_unknown", lambda: cost_of_prizes(Draw(prizes=(PHONE,)), {"mug": 1}, 9)),
        ("draw_won", lambda: cost_of_prizes(Draw(prizes=(TICKET,), tickets=9), {"phone": 3}, 9)),
        ("draw_won", lambda: cost_of_prizes(Draw(prizes=(PHONE,)), {"phone": -1}, 9)),
        ("draw_won", lambda: cost_of_prizes(Draw(prizes=(PHONE,)), {"phone": 10}, 9)),
        ("contest_twice", lambda: rank(CONTEST, [Result(key="a", score=1), Result(key="a", score=2)])),
        ("contest_unknown", lambda: rank(CONTEST, [Result(key="a", score=1)])["b"]),
    ),
)
def test_wrong_facts(code: str, build: Any) -> None:
    """Facts that cannot be are refused, in every language."""
    error = refusal(build)
    assert isinstance(error, FactError)
    assert error.code == f"pricing.{code}"
    assert all(error_message(error, locale) for locale in LOCALES)


RESULTS = (
    Result(key="a", score=9, tiebreak=1),
    Result(key="b", score=9, tiebreak=2),
    Result(key="c", score=7),
    Result(key="d", score=3),
    Result(key="e", score=1),
)


def test_contest_ties() -> None:
    """Those who tie share, get each the better prize, or are told apart by the tiebreak."""

    def prizes(**terms: Any) -> list[tuple[str, int, Money]]:
        return [(placed.key, placed.place, placed.prize) for placed in rank(attrs.evolve(CONTEST, **terms), RESULTS).placed]

    assert prizes()[:3] == [("a", 1, Money(550, "CNY")), ("b", 1, Money(550, "CNY")), ("c", 3, CNY[5])]
    assert prizes(ties="each")[:3] == [("a", 1, CNY[1000]), ("b", 1, CNY[1000]), ("c", 3, CNY[5])]
    assert prizes(ties="tiebreak")[:3] == [("b", 1, CNY[1000]), ("a", 2, CNY[100]), ("c", 3, CNY[5])]
    assert prizes()[4] == ("e", 5, CNY[0])


def test_contest_lowest_and_least() -> None:
    """The lowest score may win, and a score may be needed to be ranked at all."""
    quickest = rank(attrs.evolve(CONTEST, best="lowest", at_least=3), RESULTS)
    assert [(placed.key, placed.place) for placed in quickest.placed] == [("e", 1), ("d", 2), ("a", 0), ("b", 0), ("c", 0)]
    assert rank(attrs.evolve(CONTEST, at_least=9), RESULTS)["c"] == CNY[0]
    assert replay(quickest.step) == quickest.cost == Money(1100, "CNY")
    assert all("step." not in working_text(quickest.step, locale) for locale in LOCALES)


def test_contest_cost() -> None:
    """At most all prizes are paid, or the first one to everybody where each who ties gets it."""
    assert most_of_contest(CONTEST, 10) == Money(1110, "CNY")
    assert most_of_contest(attrs.evolve(CONTEST, ties="each"), 10) == Money(10000, "CNY")


def test_contest_is_no_discount() -> None:
    """A contest gives nothing to a basket."""
    promoted = promote([approved(promotion(CONTEST))], basket(), on=DAY)
    assert promoted.reason("p").code == "pricing.promotion.dropped.contest"


def test_draw_costs() -> None:
    """The expectation is exact, also where a prize runs out, and the most is that of the dearest prizes there are."""
    certain = Draw(prizes=(Prize(name="mug", cost=CNY[10], odds="100%", count=3),))
    assert cost_of_draw(certain, 5).expected == cost_of_draw(certain, 5).most == Money(30, "CNY")
    one = Draw(prizes=(Prize(name="mug", cost=CNY[10], odds="1/2", count=1),))
    assert cost_of_draw(one, 2).expected == Exact("15/2", "CNY")
    assert cost_of_draw(one, 0).expected == CNY[0]
    urn = Draw(prizes=(TICKET, Prize(name="mug", cost=CNY[10], count=3)), tickets=10)
    whole = cost_of_draw(urn, 10)
    assert whole.expected == whole.most == cost_of_prizes(urn, {"phone": 2, "mug": 3}, 10) == Money(2030, "CNY")
    assert replay(whole.step) == whole.expected
    both = cost_of_draw(Draw(prizes=(PHONE, attrs.evolve(TICKET, name="tablet", odds="1%"))), 9)
    assert all("step." not in working_text(step, locale) for step in (whole.step, both.step) for locale in LOCALES)


def test_life_of_a_campaign() -> None:
    """Proposed, rejected, amended, approved, suspended, resumed, closed: each in its turn, and the state of any day is known."""
    campaign = propose(promotion(), by="chen", on=date(2026, 1, 1))
    campaign = reject(campaign, by="wang", on=date(2026, 1, 2), reason="too dear")
    assert campaign.state(date(2026, 1, 2)) == "rejected"
    campaign = amend(campaign, promotion(title="second"), by="chen", on=date(2026, 1, 3))
    campaign = approve(campaign, by="wang", level="management", on=date(2026, 1, 4), mandate=MANDATE)
    campaign = suspend(campaign, by="wang", on=date(2026, 3, 5), reason="stock")
    campaign = resume(campaign, by="wang", on=date(2026, 3, 7))
    campaign = close(campaign, by="wang", on=date(2026, 3, 20), reason="sold out")
    states = [campaign.state(date(2026, *day)) for day in ((1, 1), (1, 2), (1, 3), (1, 4), (3, 1), (3, 5), (3, 7), (3, 20), (5, 1))]
    assert states == ["unknown", "unknown", "proposed", "approved", "running", "suspended", "running", "closed", "closed"]
    assert [campaign.acts[1].reason, campaign.acts[3].level] == ["too dear", "management"]


def test_opened_by_decision() -> None:
    """A promotion that opens by decision runs when it was started and its first day has come, also after it was suspended."""
    campaign = approved(promotion(opens="decision"))
    assert campaign.state(date(2026, 3, 2)) == "approved"
    begun = start(campaign, by="wang", on=date(2026, 2, 1))
    assert [begun.state(date(2026, 2, 2)), begun.state(date(2026, 3, 1))] == ["approved", "running"]
    paused = suspend(begun, by="wang", on=date(2026, 3, 3), reason="stock")
    assert resume(paused, by="wang", on=date(2026, 3, 4)).state(date(2026, 3, 4)) == "running"
    waiting = resume(suspend(campaign, by="wang", on=date(2026, 2, 1), reason="stock"), by="wang", on=date(2026, 2, 2))
    assert waiting.state(date(2026, 3, 1)) == "approved"


def test_used_up_is_closed() -> None:
    """A campaign whose budget is used up is closed."""
    campaign = approved(promotion(budget=Budget(amount=CNY[100], charged="cost", short="cut")))
    assert campaign.state(DAY, Usage((Use(promotion="p", charged=CNY[100]),))) == "closed"
    assert campaign.state(DAY, Usage((Use(promotion="p", charged=CNY[10]),))) == "running"
    assert approved(promotion()).state(DAY, Usage()) == "running"


@pytest.mark.parametrize("act", ["reject", "suspend", "closed"])
def test_stopped_gives_nothing(act: str) -> None:
    """What was rejected, suspended or closed gives nothing, and says so."""
    campaign = propose(promotion(), by="chen", on=date(2026, 1, 1))
    if act == "reject":
        campaign = reject(campaign, by="wang", on=date(2026, 1, 2), reason="no")
    else:
        campaign = approve(campaign, by="wang", level="management", on=date(2026, 1, 2), mandate=MANDATE)
        campaign = (suspend if act == "suspend" else close)(campaign, by="wang", on=date(2026, 1, 3), reason="no")
    promoted = promote([campaign], basket(), on=DAY)
    assert promoted.reason("p").code.rpartition(".")[2] == {"reject": "rejected", "suspend": "suspended", "closed": "closed"}[act]
    assert not promoted.applied


def test_change_needs_approval() -> None:
    """Whoever changes what was approved must propose it anew; smuggling the change in is refused."""
    campaign = approved(promotion())
    changed = promotion(PriceOff(rate="90%", of="list", per="line"))
    with pytest.raises(FactError, match="campaign_changed"):
        attrs.evolve(campaign, promotion=changed)
    anew = amend(campaign, changed, by="li", on=date(2026, 2, 1))
    assert anew.state(DAY) == "proposed"
    assert not promote([anew], basket(), on=DAY).applied
    with pytest.raises(FactError, match="campaign_own"):
        approve(anew, by="li", level="management", on=date(2026, 2, 2), mandate=MANDATE)
    assert approve(anew, by="chen", level="management", on=date(2026, 2, 2), mandate=MANDATE).state(DAY) == "running"
    with pytest.raises(FactError, match="campaign_id"):
        amend(campaign, promotion(id="other"), by="li", on=date(2026, 2, 1))


def test_forged_acts() -> None:
    """A history that cannot have happened is refused."""
    own = fingerprint(promotion())
    proposed = Act(deed="propose", by="chen", on=date(2026, 1, 2), content=own)
    for code, acts in (
        ("campaign_changed", ()),
        ("campaign_act", (attrs.evolve(proposed, deed="approve"),)),
        ("campaign_order", (proposed, Act(deed="approve", by="wang", on=date(2026, 1, 1), content=own))),
        ("campaign_changed", (proposed, Act(deed="approve", by="wang", on=date(2026, 1, 3), content="other"))),
        ("campaign_act", (proposed, attrs.evolve(proposed, deed="reject"), attrs.evolve(proposed, deed="close"))),
        ("campaign_act", (proposed, attrs.evolve(proposed, deed="close"), attrs.evolve(proposed, deed="amend"))),
    ):
        error = refusal(lambda acts=acts: Campaign(promotion=promotion(), acts=acts))
        assert error.code == f"pricing.{code}"
        assert all(error_message(error, locale) for locale in LOCALES)


def test_acts_in_words() -> None:
    """What is not possible, in which state, and what is, stand in the words of the reader; where nothing is, the way out does."""
    proposed = propose(promotion(), by="chen", on=date(2026, 1, 2))
    closed = close(proposed, by="chen", on=date(2026, 1, 3), reason="sold out")
    told = [refusal(lambda one=one: start(one, by="chen", on=date(2026, 1, 4))) for one in (proposed, closed)]
    assert [error.message for error in told] == [
        "start is not possible where a promotion is proposed; possible is amend, approve, reject, close",
        "start is not possible where a promotion is closed; propose another promotion",
    ]
    assert [error_message(error, "zh_CN") for error in told] == [
        "“待审批”状态的促销不能启动；可以修改、批准、驳回、关闭",
        "“已关闭”状态的促销不能启动；请另行申报",
    ]
    assert [error_message(error, "zh_TW") for error in told] == [
        "「待簽核」狀態的促銷不能啟動；可以修改、簽核、駁回、結案",
        "「已結案」狀態的促銷不能啟動；請另行提案",
    ]


def test_fingerprint() -> None:
    """The fingerprint changes with any part of the content, and with nothing else."""
    assert fingerprint(promotion()) == fingerprint(promotion())
    assert len({fingerprint(promotion(**terms)) for terms in ({}, {"title": "a"}, {"priority": 1}, {"units": "once"}, {"until": date(2026, 4, 2)})}) == 5


def test_mandate() -> None:
    """The level needed follows from what a promotion can cost; without a limit only who may approve anything will do."""
    budget = Budget(amount=CNY[1000], charged="cost", short="cut")
    assert MANDATE.level(promotion(budget=budget)) == "head"
    assert MANDATE.level(promotion(budget=attrs.evolve(budget, amount=Money("1000.01", "CNY")))) == "management"
    assert MANDATE.level(promotion()) == "management"
    limited = attrs.evolve(MANDATE, rows=(Row(level="head", limit=1000),))
    assert limited.level(promotion()) is None
    campaign = propose(promotion(), by="chen", on=date(2026, 1, 1))
    for code, mandate, level in (("campaign_nobody", limited, "management"), ("campaign_level", MANDATE, "head")):
        error = refusal(lambda mandate=mandate, level=level: approve(campaign, by="wang", level=level, on=date(2026, 1, 2), mandate=mandate))
        assert error.code == f"pricing.{code}"
    with pytest.raises(PolicyError, match="unknown_level"):
        Mandate(levels=(Level(id="head"),), currency="CNY", rows=(Row(level="king"),))


def test_exposure() -> None:
    """Prizes limit what a promotion can cost, as far as there are so many; discounts do not."""
    assert exposure_of(promotion(CONTEST)) == Money(1110, "CNY")
    assert exposure_of(promotion(Draw(prizes=(TICKET,), tickets=9), CONTEST)) == Money(3110, "CNY")
    assert exposure_of(promotion(Draw(prizes=(PHONE,)))) is None
    assert exposure_of(promotion(attrs.evolve(CONTEST, ties="each"))) is None
    assert exposure_of(promotion(TENTH)) is None


def test_all_faults_of_a_document() -> None:
    """A promotion document with several faults tells them all, with their paths."""
    text = """
schema = "salesrules/1"
kind = "promotion"
id = "spring"
currency = "CNY"
from = 2026-03-01
until = 2026-04-01
units = "sometimes"
offers = [{ kind = "discount", rate = "120%", of = "list", per = "line" }, { kind = "lottery" }]
"""
    with pytest.raises(Faults) as caught:
        loads(text, Promotion)
    assert {fault.path for fault in caught.value.faults} == {"units", "offers[0].rate", "offers[1].kind"}


def test_usage_by_currency() -> None:
    """What was charged is summed by currency, never across."""
    usage = Usage((Use(promotion="p", charged=CNY[10]), Use(promotion="p", charged=USD), Use(promotion="p", customer="C", charged=CNY[5])))
    assert (usage.charged("p", "CNY"), usage.charged("p", "USD"), usage.times("p", customer="C")) == (Money(15, "CNY"), USD, 1)


def test_words_of_a_reach() -> None:
    """A range says its ends."""
    assert str(Reach(above=1, at_most="5/2")) == "> 1, <= 5/2"
    assert Reach(below=2).holds(Fraction(1))
