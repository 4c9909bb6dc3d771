"""Price policies as documents: what is read, what is written, and every slip that is refused, with its place."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import attrs
import jsonschema
import pytest

from salesrules.commission import Plan
from salesrules.errors import FactError, Faults, PolicyError
from salesrules.policy import dumps, load, loads, schema
from salesrules.pricing import Audience, Discount, FixedFloor, Limit, MarkupFloor, PricePolicy, decide
from salesrules.pricing.policy import Level
from salesrules.scope import Scope
from salesrules.trace import Source
from tests.commission_plans import plan
from tests.pricing_cases import LEVELS, REP, discounts, fixed, line, margin, of_list, policy, quote, rows

DOCUMENT = """
schema = "salesrules/1"
kind = "pricing"
id = "prices"
currency = "CNY"
effective_from = 2026-01-01
effective_until = 2027-01-01
own_range = "granted"
combine = "all"
levels = [{ id = "rep" }, { id = "manager" }, { id = "head" }]
audiences = [{ id = "rep", sees = ["limits"] }]

[[floors]]
kind = "margin"
id = "margin"
at = "net"
per = "line"
below = "nobody"
margin = "10%"
scope = { product = ["P-100"] }

[[limits]]
id = "discounts"
measure = "discount"
at = "net"
per = "line"
rows = [{ level = "rep", limit = "5%" }, { level = "manager", from = "5%", limit = "15%" }, { level = "head" }]
"""
BOOK = """
[prices]
id = "list"
currency = "USD"
entries = [{ id = "all", price = 10 }]
"""
WHOLE = policy(
    title="价格规定",
    version="3",
    source=Source(document="价格管理办法", clause="4.2", version="2026"),
    effective_until=date(2027, 1, 1),
    floors=(
        margin("10%", source=Source(document="d", clause="1")),
        of_list("1/3", "head", scope=Scope(category=("pump",)), per="line"),
        fixed("9.9999", "warning"),
    ),
    limits=(
        discounts("1/3", "40%", "50%", None, edge="exclusive", title="折扣"),
        Limit(id="m", measure="markup", at="pocket", per="order", rows=rows("150%", "20%")),
    ),
    audiences=(Audience(id="rep"), Audience(id="finance", sees=("limits", "floors", "costs", "pocket"))),
)


def test_reads_a_document() -> None:
    """A document becomes a policy that decides."""
    rules = loads(DOCUMENT, PricePolicy)
    assert (rules.levels[2], rules.effective_until, rules.audience("rep").sees) == (Level(id="head"), date(2027, 1, 1), ("limits",))
    assert decide(rules, quote(line("90", cost="50")), actor=REP).level == "manager"


@pytest.mark.parametrize("format", ["toml", "json"])
@pytest.mark.parametrize("rules", [policy(), WHOLE, loads(DOCUMENT, PricePolicy), policy(discounts=None, limits=())], ids=["short", "whole", "read", "empty"])
def test_written_and_read_again(rules: PricePolicy, format: str) -> None:
    """A policy that is written and read again is the same, in both formats, and decides the same."""
    again = loads(dumps(rules, format=format), PricePolicy, format=format)
    assert again == rules
    asked = quote(line("90", cost="50"))
    if rules is not WHOLE:
        assert decide(again, asked, actor=REP).rank == decide(rules, asked, actor=REP).rank


def test_the_kind_tells_what_it_is(tmp_path: Any) -> None:
    """Without a class asked for, the document's ``kind`` says which policy it is; the same from a file."""
    assert loads(DOCUMENT) == loads(DOCUMENT, PricePolicy)
    assert isinstance(loads(dumps(plan())), Plan)
    path = tmp_path / "prices.toml"
    path.write_text(DOCUMENT, "utf-8")
    assert load(path) == load(path, PricePolicy) == loads(DOCUMENT)


@pytest.mark.parametrize("rules", [policy(), WHOLE])
def test_schema_takes_what_is_written(rules: PricePolicy) -> None:
    """The published JSON Schema accepts every policy that is written, and refuses unknown keys and words."""
    check = jsonschema.Draft202012Validator(schema())
    plain = json.loads(dumps(rules, format="json"))
    check.validate(plain)
    for wrong in ({"combine": "lowest"}, {"discont": 1}, {"levels": "rep"}, {"kind": "price"}):
        assert not check.is_valid(plain | wrong)


def test_another_kind_of_document() -> None:
    """A commission plan given where a price policy is asked for is refused, and so is the reverse, and a kind that does not exist."""
    for text, kind in ((dumps(plan()), PricePolicy), (DOCUMENT, Plan), (DOCUMENT.replace('"pricing"', '"prices"'), PricePolicy)):
        with pytest.raises(Faults) as caught:
            loads(text, kind)
        assert "kind" in {fault.path for fault in caught.value.faults}
    with pytest.raises(Faults) as caught:
        loads(DOCUMENT.replace('"pricing"', '"prices"'))
    assert "pricing" in str(caught.value)


SLIPS: list[tuple[str, str, str, str]] = [
    ("pricing.currency", "currency", '"CNY"', '"CNX"'),
    ("pricing.dates", "effective_until", "2027-01-01", "2026-01-01"),
    ("pricing.duplicate_rule", "limits[0].id", '"discounts"', '"margin"'),
    ("pricing.order_scope", "floors[0].scope.product", 'per = "line"\nbelow', 'per = "order"\nbelow'),
    ("pricing.below", "floors[0].below", '"nobody"', '"boss"'),
    ("pricing.margin", "floors[0].margin", '"10%"', '"100%"'),
    (
        "pricing.floor_below",
        "floors[0].markup",
        'kind = "margin"\nid = "margin"\nat = "net"\nper = "line"\nbelow = "nobody"\nmargin = "10%"',
        'kind = "markup"\nid = "margin"\nat = "net"\nper = "line"\nbelow = "nobody"\nmarkup = "-101%"',
    ),
    ("pricing.limit_rate", "limits[0].rows[1].limit", 'limit = "15%"', "limit = 15"),
    ("pricing.book_exchange", "prices.currency", "\n[[floors]]", f"{BOOK}\n[[floors]]"),
    ("approvals.no_levels", "levels", '[{ id = "rep" }, { id = "manager" }, { id = "head" }]', "[]"),
    ("approvals.duplicate_level", "levels[1].id", '{ id = "manager" }, { id = "head" }]\na', '{ id = "rep" }, { id = "head" }]\na'),
    ("approvals.unreachable_level", "levels[2]", '{ id = "head" }]\na', '{ id = "boss" }, { id = "head" }]\na'),
    (
        "approvals.no_rows",
        "limits[0].rows",
        'rows = [{ level = "rep", limit = "5%" }, { level = "manager", from = "5%", limit = "15%" }, { level = "head" }]',
        "rows = []",
    ),
    ("approvals.unlimited", "limits[0].rows[0].limit", '{ level = "rep", limit = "5%" }', '{ level = "rep" }'),
    ("approvals.hole", "limits[0].rows[1].from", 'from = "5%"', 'from = "6%"'),
    ("approvals.overlap", "limits[0].rows[1].from", 'from = "5%"', 'from = "4%"'),
    ("approvals.unknown_level", "limits[0].rows[2].level", '{ level = "head" }', '{ level = "boss" }'),
    ("approvals.row_order", "limits[0].rows[1].level", '{ level = "manager", from', '{ level = "rep", from'),
    ("approvals.unreachable", "limits[0].rows[1].limit", 'from = "5%", limit = "15%"', 'limit = "5%"'),
    ("approvals.unreachable", "limits[0].rows[1].limit", 'measure = "discount"', 'measure = "margin"'),
    ("document.unknown_key", "audience", "audiences =", "audience ="),
    ("document.unknown_key", "floors[0].markup", 'margin = "10%"', 'margin = "10%"\nmarkup = "10%"'),
]


@pytest.mark.parametrize(("code", "path", "old", "new"), SLIPS, ids=[f"{code} {place}" for place, (code, *_) in enumerate(SLIPS)])
def test_slips_in_a_document(code: str, path: str, old: str, new: str) -> None:
    """A slip is refused when the document is read, with its code, the place where it stands, and what to do."""
    assert DOCUMENT.count(old) == 1
    with pytest.raises(Faults) as caught:
        loads(DOCUMENT.replace(old, new), PricePolicy)
    told = {(fault.code, fault.path) for fault in caught.value.faults}
    assert (code, path) in told, told
    assert all(fault.message for fault in caught.value.faults)


def test_several_slips_at_once() -> None:
    """Slips in different tables are told together."""
    text = DOCUMENT.replace('"10%"', '"100%"').replace('limit = "15%"', "limit = 15").replace('sees = ["limits"]', 'sees = ["profits"]')
    with pytest.raises(Faults) as caught:
        loads(text, PricePolicy)
    assert {fault.path for fault in caught.value.faults} >= {"floors[0].margin", "limits[0].rows[1].limit", "audiences[0].sees[0]"}


BUILT: list[tuple[str, str, Callable[[], Any]]] = [
    ("scope.tie", "limits[1]", lambda: policy(limits=(discounts("5%", "15%", "30%", "50%"), discounts("5%", "15%", "30%", "50%", id="other")))),
    ("scope.tie", "floors[1]", lambda: policy(combine="most_specific", floors=(margin("10%"), of_list("10%")))),
    ("scope.dimension", "limits.precedence", lambda: policy(precedence=("country",))),
    ("pricing.limit_rate", "rows[1].limit", lambda: discounts("5%", "150%")),
    ("pricing.limit_rate", "rows[0].limit", lambda: Limit(id="m", measure="margin", at="net", per="line", rows=rows("-300%"))),
    ("pricing.floor_below", "price", lambda: fixed("-0.01")),
    ("pricing.floor_below", "markup", lambda: MarkupFloor(id="m", at="net", per="line", below="nobody", markup="-101%")),
    ("pricing.order_scope", "limits[0].scope.category", lambda: policy(limits=(discounts("5%", "6%", "7%", "8%", per="order", scope=Scope(category=("x",))),))),
]


@pytest.mark.parametrize(("code", "path", "build"), BUILT, ids=[f"{code} {place}" for place, (code, _, _) in enumerate(BUILT)])
def test_slips_in_values(code: str, path: str, build: Callable[[], Any]) -> None:
    """A policy that is built of values is checked as one that is read."""
    with pytest.raises(PolicyError) as caught:
        build()
    assert (caught.value.code, caught.value.path) == (code, path)


def test_what_is_no_slip() -> None:
    """A markup of more than 100%, a floor of nothing, a margin below 0 and a level that a floor alone leads to are rules like others."""
    assert Limit(id="m", measure="markup", at="net", per="line", rows=rows("300%", "150%")).furthest({"rep": 0, "manager": 1}, 1) == 1.5
    assert fixed("0").factor == 0
    assert margin("-10%").factor == attrs.evolve(margin("0%"), margin="-10%").factor < 1
    assert policy(limits=(discounts("5%"),), levels=LEVELS[:2], floors=(of_list("90%", "manager"),)).levels[1].id == "manager"
    assert policy(limits=(), floors=()).levels == LEVELS
    assert policy(limits=(), floors=(of_list("90%", "warning"),)).levels == LEVELS


def test_furthest_limit_of_a_level() -> None:
    """What a level may go as far as is the limit of the last row up to it; without a row it has none, and without a limit no end."""
    limit, ranks = discounts("5%", "15%"), policy().ladder.ranks
    assert [limit.furthest(ranks, rank) for rank in (-1, 0, 1, 3)] == [None, limit.rows[0].limit, limit.rows[1].limit, limit.rows[1].limit]
    assert FixedFloor(id="f", at="net", per="line", below="rep", price="1").below == "rep"


def test_the_most_specific_floor_may_be_none() -> None:
    """Where only the most specific floor binds, a line that none covers is bound by none; each price and each order is told apart."""
    floors = (
        of_list("99%", scope=Scope(product=("P-7",))),
        of_list("90%", id="category", scope=Scope(category=("pump",))),
        of_list("95%", id="pocket", at="pocket", scope=Scope(category=("pump",))),
        of_list("80%", id="order", per="order"),
    )
    rules = policy(combine="most_specific", limits=(), floors=floors)
    for terms, told in (({}, []), ({"category": "pump"}, ["category", "pocket"]), ({"category": "pump", "product": "P-7"}, ["of_list", "pocket"])):
        assert [violation.rule for violation in decide(rules, quote(line("85", **terms)), actor=REP).violations] == told
    assert [violation.rule for violation in decide(rules, quote(line("79")), actor=REP).violations] == ["order"]


def test_a_cost_is_needed_only_where_a_rule_covers() -> None:
    """A line that no rule by cost covers may leave it out; one that it covers may not."""
    rules = policy(floors=(margin("10%", scope=Scope(product=("P-7",))),))
    assert decide(rules, quote(line("96")), actor=REP).verdict == "allowed"
    discounted = line(discounts=(Discount(id="a", rate="4%"),))
    assert decide(rules, quote(discounted), actor=REP).waterfall.at("invoice").value == 96
    with pytest.raises(FactError) as caught:
        decide(rules, quote(line("96"), line("96", id="2", product="P-7")), actor=REP)
    assert (caught.value.code, caught.value.path) == ("pricing.no_cost", "line 2.cost")
    by_margin = Limit(id="m", measure="margin", at="net", per="line", scope=Scope(category=("pump",)), rows=rows("20%", "10%", "5%", "0%"))
    other = Limit(id="o", measure="margin", at="net", per="line", rows=rows("20%", "10%", "5%", "0%"))
    with pytest.raises(FactError) as caught:
        decide(policy(limits=(by_margin, other)), quote(line("96")), actor=REP)
    assert (caught.value.code, caught.value.params["rule"]) == ("pricing.no_cost", "o")


def test_answers_are_forgotten() -> None:
    """A policy that meets ever new customers keeps only so many answers, and stays right."""
    rules = policy(limits=(discounts("5%", "15%", "30%", "50%"), discounts("20%", "30%", "40%", "50%", id="vip", scope=Scope(customer=("vip",)))))
    asked = quote(line("85"))
    levels = {decide(rules, attrs.evolve(asked, customer=f"C{number}"), actor=REP).level for number in range(5_000)}
    assert levels == {"manager"}
    assert decide(rules, attrs.evolve(asked, customer="vip"), actor=REP).verdict == "allowed"
    assert max(map(len, rules.of_lines.answers)) < 5_000


def test_a_floor_is_of_some_kind() -> None:
    """What all floors have in common is no floor by itself."""
    with pytest.raises(NotImplementedError):
        FixedFloor.__mro__[1](id="f", at="net", per="line", below="nobody")
