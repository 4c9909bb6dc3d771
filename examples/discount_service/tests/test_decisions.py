"""Decisions over a real socket: what the library says, in the reader's language, for the audience of the token."""

from datetime import date
from typing import Any

import pytest
from discount_service import facts
from discount_service.models import QuoteBody
from serving import CALLERS, Served, headers, quote

from salesrules.pricing import decide


@pytest.mark.parametrize(
    ("price", "verdict", "level"),
    [("188.00", "allowed", ""), ("178.60", "allowed", ""), ("178.59", "needs_approval", "manager"), ("160", "needs_approval", "head"), ("140", "refused", "")],
)
def test_verdicts(service: Served, price: str, verdict: str, level: str) -> None:
    """A price is allowed, needs a level, or is refused, by the limits and floors of the policy."""
    decision = service.decide(quote({"price": price}))["decision"]
    assert (decision["verdict"], decision["level"], decision["person"], decision["actor_level"]) == (verdict, level, "li", "rep")


@pytest.mark.parametrize("who", CALLERS)
def test_the_library_decides(service: Served, who: str) -> None:
    """The service answers to the letter what the library says of the same quote for the same audience."""
    told = service.decide(quote(), who)
    edition, caller = service.shelf.current, CALLERS[who]
    decision = decide(edition.policy, facts.quote_of(QuoteBody(**quote()), caller, edition), actor=facts.actor_of(caller, edition))
    assert told["decision"] == decision.to_data(caller.audience)
    assert told["policy"] == {"id": "fire-equipment-prices", "version": "2026.1", "hash": edition.hash}


def test_units_and_costs(service: Served) -> None:
    """A box is priced and costed as the pieces in it are."""
    pieces, boxes = ({"price": "90", "quantity": "40"}, {"price": "360", "quantity": "10", "unit": "box"})
    one, other = (service.decide(quote({"product": "MFZ-ABC4"} | line), "finance")["decision"]["lines"][0] for line in (pieces, boxes))
    assert one["margin"] == other["margin"] == {"amount": "1145.2", "currency": "CNY"}  # 40 x (90 - 61.37)


def test_a_shown_list_price_does_not_rule(service: Served) -> None:
    """A discount is measured from the price book whatever list price the caller's screen showed, and the difference is reported."""
    decision = service.decide(quote({"price": "150", "list_price": "150"}))["decision"]
    assert decision["lines"][0]["list"] == {"amount": "752", "currency": "CNY"}
    assert decision["level"] == "management"
    assert any("list_replaced" in violation["code"] for violation in decision["violations"])


@pytest.mark.parametrize(
    "discount", [{"rate": "15%"}, {"zhe": "八五折"}, {"rate": "3/20"}, {"amount": "28.20"}, {"price": "159.80"}, {"amount": "112.80", "per": "line"}]
)
def test_one_discount_in_many_words(service: Served, discount: dict[str, Any]) -> None:
    """A discount is the same however it is written; 八五折 takes 15% off."""
    decision = service.decide(quote({"discounts": [{"id": "manual"} | discount]}))["decision"]
    assert decision["lines"][0]["invoice"] == {"amount": "639.2", "currency": "CNY"}
    assert decision["level"] == "head"


def test_terms_of_the_order(service: Served) -> None:
    """Order discounts, rebates, payment terms, freight and free units count."""
    terms = {"discounts": [{"id": "coupon", "amount": "20.00", "per": "order"}], "rebate": "2%", "payment_discount": "1%", "freight": "12.50"}
    line = service.decide(quote({"price": "180", "quantity": "10", "free": "1", "bundle": "a"}, **terms), "finance")["decision"]["lines"][0]
    assert {step["kind"] for step in line["waterfall"]} == {"list", "on_invoice", "off_invoice", "cost_to_serve", "cost"}
    assert line["invoice"] == {"amount": "1780", "currency": "CNY"}


def test_returns_keep_their_day(service: Served) -> None:
    """A return is judged by the prices of the original day: the promotion of November does not count in March."""
    sold = {"product": "JTY-GD", "price": "55.10"}
    now, then = (service.decide(quote(sold, date="2026-11-20", **original))["decision"]["verdict"] for original in ({}, {"original": "2026-03-02"}))
    assert (now, then) == ("allowed", "allowed")
    steps = [step["id"] for step in service.decide(quote(sold, date="2026-11-20", original="2026-03-02"))["decision"]["lines"][0]["waterfall"]]
    assert "JTY-GD-11" not in steps


FORMS = [("zh-CN", "价格审批表", "计算过程"), ("zh-TW", "價格簽核表", "計算過程"), ("en", "Price approval form", "Working")]


@pytest.mark.parametrize(("language", "title", "working"), FORMS)
def test_forms_in_three_languages(service: Served, language: str, title: str, working: str) -> None:
    """The approval form and the working are told in the reader's language, as text or HTML, and say who wants what and why."""
    text = service.decide(quote(), "finance", language, show="text")
    assert title in text["form"]
    assert working in text["form"]
    assert "竞争对手报价 340 元/箱" in text["form"]
    assert text["working"].count("\n") > 10
    html = service.decide(quote(), "finance", language, show="html")
    assert title in html["form"]
    assert html["working"].startswith('<ul class="working">')


def test_the_language_of_an_answer_is_named(service: Served) -> None:
    """An answer names its language, and caches keep the languages apart."""
    response = service.client.post("/decisions", json=quote(), headers=headers(language="fr, zh-Hant;q=0.5"))
    assert response.headers["content-language"] == "zh-TW"
    assert "Accept-Language" in response.headers["vary"]
    assert response.headers["cache-control"] == "no-store"


def test_chinese_names_come_back(service: Served) -> None:
    """Chinese names of quotes, lines and discounts are told as they were given."""
    line = {"id": "第一行", "discounts": [{"id": "老客户优惠", "zhe": "九折"}]}
    decision = service.decide(quote(line, id="报价单 2026-001", customer="上海某某消防工程有限公司"))["decision"]
    assert (decision["quote"], decision["lines"][0]["line"]) == ("报价单 2026-001", "第一行")
    assert "老客户优惠" in [step["id"] for step in decision["lines"][0]["waterfall"]]


def test_markup_in_names_is_escaped(service: Served) -> None:
    """What a caller writes never becomes markup of a form or a working."""
    told = service.decide(quote({"discounts": [{"id": "<img src=x onerror=alert(1)>", "rate": "6%"}]}, reason="<script>"), "finance", show="html")
    assert "<img" not in told["form"] + told["working"]
    assert "<script>" not in told["form"]


def test_room(service: Served) -> None:
    """The room is tight: the lowest price is allowed, and one fen less is not."""
    body = quote({}, {"product": "SG24", "quantity": "2"})
    told = service.client.post("/room", json={"quote": body, "line": "1"}, headers=headers("manager")).json()
    lowest = told["lowest_price"]["amount"]
    assert (told["line"], told["level"], told["policy"]["hash"]) == ("1", "manager", service.shelf.current.hash)
    fen = int(lowest.replace(".", ""))
    for price, verdict in ((fen, "allowed"), (fen - 1, "needs_approval")):
        asked = [body["lines"][0] | {"price": f"{price // 100}.{price % 100:02}"}, body["lines"][1]]
        assert service.decide(body | {"lines": asked}, "manager")["decision"]["verdict"] == verdict
    closed = service.refuse(403, url="/room", json={"quote": body, "line": "1"})
    assert (closed["code"], closed["params"]["hidden"]) == ("service.room_closed", "floors, costs")


def test_room_of_a_box(service: Served) -> None:
    """The lowest price is that of the unit that the line is in."""
    box, piece = ({"product": "MFZ-ABC4", "quantity": quantity, "unit": unit} for quantity, unit in (("10", "box"), ("40", "piece")))
    asked = [{"quote": quote(line), "line": "1"} for line in (box, piece)]
    lowest = [service.client.post("/room", json=body, headers=headers("rep_open")).json()["lowest_price"]["amount"] for body in asked]
    assert lowest == ["364.80", "91.20"]


def test_room_of_nothing(service: Served) -> None:
    """Where a line goes too far already, there is nothing left to take off."""
    told = service.client.post("/room", json={"quote": quote({"price": "120"}), "line": "1"}, headers=headers("manager")).json()
    assert told["further_discount"] is None


def test_policy(service: Served) -> None:
    """Everybody learns which policy is in force and what the levels and articles are called; the document only who may see everything."""
    told = service.client.get("/policy", headers=headers()).json()
    assert (told["id"], told["version"], told["document"]) == ("fire-equipment-prices", "2026.1", None)
    assert told["in_force"] is service.shelf.current.in_force(date.today())  # noqa: DTZ011 - the service asks the same clock
    assert "cost" not in told["articles"][0]
    whole = service.client.get("/policy", headers=headers("finance")).json()["document"]
    assert whole["floors"][0]["margin"] == "13.7%"
    assert service.client.get("/policy", headers=headers("manager")).json()["document"] is None


def test_health(service: Served) -> None:
    """Health needs no token and tells the rules in force."""
    told = service.client.get("/health").json()
    assert (told["status"], told["refused"], told["policy"]["hash"]) == ("ok", None, service.shelf.current.hash)
