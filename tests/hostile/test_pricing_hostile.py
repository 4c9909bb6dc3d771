"""Hostile quotes, policies and hosts: a clear error with its place, or the right answer; never a traceback from inside, never a wrong number."""

import contextlib
import decimal
import json
import os
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesrules.errors import FactError, Faults, SalesRulesError
from salesrules.money import Exact, Money
from salesrules.policy import dumps, loads
from salesrules.pricing import Actor, Audience, Decision, Discount, Level, PricePolicy, Quote, QuoteLine, decide, further_discount, lowest_price, one_more_free
from salesrules.pricing.prices.book import PriceBook
from salesrules.pricing.prices.entry import PriceEntry
from salesrules.scope import Scope
from salesrules.text import error_message
from salesrules.trace import replay
from tests.pricing_cases import DAY, LEVELS, MEETING, REP, discounts, fixed, line, margin, of_list, policy, quote

SOURCE = Path(__file__).parents[2] / "src"
FINANCE = Audience(id="finance", sees=("limits", "floors", "costs", "pocket"))
RULES = policy(
    floors=(margin("20%", "management"), of_list("90%", "head", at="pocket"), fixed("1")),
    limits=(discounts("5%", "15%", "30%", "50%"), discounts("5%", "15%", "30%", "50%", id="order", per="order")),
    prices=PriceBook(id="list", currency="CNY", entries=(PriceEntry(id="all", price=100, floor=70),)),
    audiences=(Audience(id="rep"), FINANCE),
)
DOCUMENT = dumps(RULES)


def _decided(*lines: QuoteLine, rules: PricePolicy | None = None, **terms: Any) -> Decision:
    return decide(rules or policy(), quote(*lines, **terms), actor=REP)


BAD: list[tuple[str, str, Callable[[], Any]]] = [
    ("pricing.quantity", "line 1.quantity", lambda: line(quantity="0")),
    ("pricing.price", "line 1.price", lambda: line("-0.01")),
    ("pricing.price", "line 1.cost", lambda: line(cost="-1")),
    ("pricing.price", "line 1.last_price", lambda: line(last_price="-1")),
    ("pricing.free", "line 1.free", lambda: line(free="-1")),
    ("pricing.duplicate_line", "lines", lambda: quote(line(), line())),
    ("pricing.no_lines", "lines", lambda: Quote(id="Q", date=DAY, lines=())),
    ("pricing.share", "rebate", lambda: quote(rebate="-20%")),
    ("pricing.share", "rebate", lambda: quote(rebate="101%")),
    ("pricing.share", "payment_discount", lambda: quote(payment_discount="-1%")),
    ("pricing.price", "freight", lambda: quote(freight=Money(-1, "CNY"))),
    ("pricing.discount_rate", "discount a", lambda: Discount(id="a", rate="100.01%")),
    ("pricing.discount_terms", "discount a", lambda: Discount(id="a")),
    ("pricing.mixed_currency", "line 1.list_price", lambda: _decided(QuoteLine(id="1", quantity=1, list_price=Money(1, "USD")))),
    ("pricing.mixed_currency", "line 2.price", lambda: _decided(line(), attrs.evolve(line(id="2"), price=Money(1, "USD")))),
    ("pricing.mixed_currency", "line 1.cost", lambda: _decided(attrs.evolve(line(), cost=Money(1, "USD")))),
    ("pricing.mixed_currency", "freight", lambda: _decided(line(), freight=Money(1, "USD"))),
    ("pricing.duplicate_discount", "line 1.discounts[1]", lambda: _decided(line(discounts=(Discount(id="a", rate="1%"),) * 2))),
    ("pricing.no_cost", "line 1.cost", lambda: _decided(line(discounts=(Discount(id="a", rate="1%"),)), rules=policy(floors=(margin("1%"),)))),
    ("pricing.unknown_line", "line", lambda: lowest_price(policy(), quote(), "2", actor=REP)),
    ("approvals.unknown_level", "level", lambda: decide(policy(), quote(), actor=Actor(person="li", level=""))),
    ("pricing.free", "line 1.free", lambda: one_more_free(policy(), quote(), "1", actor=REP, units=-1)),
]


@pytest.mark.parametrize(("code", "path", "build"), BAD, ids=[f"{code} {place}" for place, (code, _, _) in enumerate(BAD)])
def test_facts_that_cannot_be_used(code: str, path: str, build: Callable[[], Any]) -> None:
    """What cannot be meant is refused with its code, its place and what to do, in every language."""
    with pytest.raises(FactError) as caught:
        build()
    assert (caught.value.code, caught.value.path) == (code, path)
    assert all(error_message(caught.value, locale) for locale in ("en", "zh_CN", "zh_TW"))


@pytest.mark.parametrize("value", [1.5, float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity"), "12,5", "", None, [], b"1", object()])
def test_numbers_that_are_none(value: Any) -> None:
    """No float, no text that is no number and no infinity gets into a quote."""
    with pytest.raises((SalesRulesError, TypeError)) as caught:
        QuoteLine(id="1", quantity=value, list_price=Money(1, "CNY"))
    assert isinstance(caught.value, SalesRulesError)
    if value is not None:
        with pytest.raises(SalesRulesError):
            line(**{"price": value} if not isinstance(value, str) else {"cost": value})
        with pytest.raises(SalesRulesError):
            quote(rebate=value)


def test_a_moment_is_no_day() -> None:
    """The day of a quote is a plain date."""
    with pytest.raises(SalesRulesError):
        quote(date=datetime(2026, 3, 2, 12))  # noqa: DTZ001 - naive is what is tested


def test_truncated_documents() -> None:
    """Cut anywhere, a policy is refused with a clear error, or is still a whole policy that decides."""
    whole = 0
    for end in range(0, len(DOCUMENT), 5):
        with contextlib.suppress(SalesRulesError):
            rules = loads(DOCUMENT[:end], PricePolicy)
            assert decide(rules, quote(line(cost="1", discounts=())), actor=Actor(person="li", level=rules.levels[0].id)).verdict
            whole += 1
    assert whole < 20


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, value in inner for place in _places(value, (*path, key)))]


PLAIN = json.loads(dumps(RULES, format="json"))
PLACES = [place for place in _places(PLAIN) if place]
WORDS = ("", "1/0", "nobody", "-5%", "1e999999", "5", "CNY", "net")
JUNK = st.one_of(st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.text(max_size=9), st.sampled_from(WORDS), st.just([]), st.just({}))


def _read(text: str) -> PricePolicy | None:
    """A policy, or nothing where it is refused with a message for each fault."""
    caught: Faults | None = None
    try:
        return loads(text, PricePolicy, format="json")
    except Faults as error:
        caught = error
    assert caught.faults
    assert all(fault.message for fault in caught.faults)
    return None


@given(st.sampled_from(PLACES), JUNK, st.booleans())
def test_junk_in_documents(place: tuple[Any, ...], junk: Any, drop: bool) -> None:
    """Whatever stands where something else belongs, the policy is refused with places, or is a policy that decides as it says."""
    plain = json.loads(json.dumps(PLAIN))
    node = plain
    for key in place[:-1]:
        node = node[key]
    if drop:
        del node[place[-1]]
    else:
        node[place[-1]] = junk
    rules = _read(json.dumps(plain))
    if rules is None:
        return
    assert loads(dumps(rules), PricePolicy) == rules
    with contextlib.suppress(SalesRulesError):
        decision = decide(rules, quote(line("80", cost="61"), freight=Money(300, rules.currency)), actor=Actor(person="li", level=rules.levels[0].id))
        assert replay(decision.working) == decision.verdict


def test_documents_of_enormous_size() -> None:
    """A document of enormous size, depth or numbers ends quickly, one way or the other."""
    start = perf_counter()
    for text in (
        f"{DOCUMENT}\nx = {'[' * 50_000}",
        DOCUMENT.replace("0.05", "9" * 100_000, 1),
        DOCUMENT + "\n[[floors]]\n" * 5_000,
    ):
        with pytest.raises(SalesRulesError):
            loads(text, PricePolicy)
    assert perf_counter() - start < 30


HUGE = 10**40


def test_huge_numbers() -> None:
    """Amounts of any size are judged to the last unit."""
    at, beyond = (line(str(Fraction(95 * HUGE - over, 100)), listed=str(HUGE), quantity=str(HUGE)) for over in (0, 1))
    assert _decided(at).verdict == "allowed"
    assert _decided(beyond).level == "manager"
    assert _decided(beyond).violations[0].shortfall == Exact(Fraction(HUGE, 100), "CNY")
    assert lowest_price(policy(), quote(at), "1", actor=REP) == Money(HUGE * 95 // 100, "CNY")
    assert further_discount(policy(), quote(at), "1", actor=REP) == Money(0, "CNY")


def test_tiny_numbers() -> None:
    """Unit prices and quantities with very many decimals are judged exactly."""
    tiny = Fraction(1, 10**30)
    assert _decided(line(str(Fraction(95, 100)), listed="1", quantity=str(tiny))).verdict == "allowed"
    assert _decided(line(str(Fraction(95, 100) - tiny), listed="1", quantity=str(tiny))).level == "manager"


def test_ten_thousand_lines() -> None:
    """A quote of ten thousand lines is judged in seconds, line by line and as a whole, with the exact total."""
    rules = policy(
        limits=(discounts("5%", "15%", "30%", "50%"), discounts("6%", "15%", "30%", "50%", id="order", per="order")), floors=(margin("10%", "head"),)
    )
    lines = tuple(line(str(94 + place % 7), quantity="3", id=f"L{place}", cost="60") for place in range(10_000))
    start = perf_counter()
    decision = _decided(*lines, rules=rules)
    assert len(decision.violations) == sum(94 + place % 7 < 95 for place in range(10_000))
    assert decision.waterfall.at("net") == Exact(sum((94 + place % 7) * 3 for place in range(10_000)), "CNY")
    assert decision.level == "manager"
    assert perf_counter() - start < 30


ODD: list[tuple[str, Any, str]] = [
    ("a list price of 0", lambda: line("0", listed="0", cost="0"), "allowed"),
    ("a list price of 0 that is sold for something", lambda: line("5", listed="0"), "allowed"),
    ("everything for nothing", lambda: line("0"), "refused"),
    ("a surcharge", lambda: line("120"), "allowed"),
    ("a surcharge as a discount below 0", lambda: line(discounts=(Discount(id="a", rate="-5%"),)), "allowed"),
    ("a return", lambda: line("80", quantity="-3"), "needs_approval"),
    ("a part of a unit", lambda: line("94.9999", quantity="0.001"), "needs_approval"),
    ("more free than sold", lambda: line(quantity="1", free="9"), "refused"),
]


@pytest.mark.parametrize(("name", "build", "verdict"), ODD, ids=[name for name, _, _ in ODD])
def test_odd_lines(name: str, build: Callable[[], QuoteLine], verdict: str) -> None:
    """What is odd and yet possible is judged, and its working leads to the verdict."""
    decision = _decided(build())
    assert (decision.verdict, replay(decision.working)) == (verdict, verdict), name


def test_a_price_that_is_its_floor() -> None:
    """A price that is just what every floor asks for keeps them all."""
    rules = policy(limits=(), floors=(fixed("80"), of_list("80%"), margin("25%")))
    assert _decided(line("80", cost="60"), rules=rules).violations == ()
    assert len(_decided(line("79.99", cost="60"), rules=rules).violations) == 3


def test_bundles_that_are_worth_nothing() -> None:
    """A bundle whose list values are 0 spreads evenly, and one that brings in nothing is all given away."""
    nothing = [line("0", listed="0", id=name, bundle="set") for name in "ab"]
    assert _decided(*nothing).verdict == "allowed"
    assert _decided(line("10", listed="0", id="a", bundle="set"), nothing[1]).of("b").waterfall.at("invoice") == Exact("5", "CNY")
    assert _decided(line("0", id="a", bundle="set"), line("0", id="b", bundle="set")).verdict == "refused"


def test_freight_beyond_the_price() -> None:
    """What the seller bears may be more than he is paid: floors that bind are broken, those of other articles and of nothing are not."""
    floors = (
        of_list("50%", at="pocket", scope=Scope(product=("P-7",)), id="other"),
        fixed("0", at="pocket", id="nothing"),
        of_list("50%", at="pocket", below="head", id="own"),
    )
    rules = policy(limits=(), floors=floors, levels=(LEVELS[0], LEVELS[2]))
    decision = _decided(line(), rules=rules, freight=Money(250, "CNY"))
    assert [violation.rule for violation in decision.violations] == ["nothing", "own"]
    assert decision.waterfall.at("pocket") == Exact("-150", "CNY")
    assert replay(decision.working) == decision.verdict == "refused"
    assert _decided(line("0"), line("0", id="2"), rules=rules, freight=Money(1, "CNY")).verdict == "refused"


@pytest.mark.parametrize("currency", ["JPY", "KWD", "CLF"])
def test_minor_units(currency: str) -> None:
    """Currencies without minor units, and with three or four decimals, are judged alike."""
    rules = policy(currency=currency, floors=(margin("25%", "head"), fixed("76", "management")))
    decision = decide(
        rules, quote(QuoteLine(id="1", quantity=3, list_price=Money(100, currency), price=Money(75, currency), cost=Money(60, currency))), actor=REP
    )
    assert {violation.rule: violation.shortfall for violation in decision.violations} == {
        "margin": Exact(15, currency),
        "fixed": Exact(3, currency),
        "discounts": Exact(60, currency),
    }


def _told(decision: Decision) -> str:
    return "\n".join((json.dumps(decision.to_data("finance")), decision.to_text("zh_CN", "finance"), repr(decision.violations)))


ASKED = quote(
    line("91.1111", None, quantity="3", id="a", cost=Exact("66.6667", "CNY"), discounts=(Discount(id="x", rate="1/3"),)),
    line(None, None, quantity="7", id="b", cost="50", free="1"),
    rebate="1.5%",
    freight=Money("3.33", "CNY"),
    discounts=(Discount(id="c", amount=Exact("20", "CNY"), per="order"),),
)


@pytest.mark.parametrize("precision", [1, 3, 50])
@pytest.mark.parametrize("rounding", [decimal.ROUND_UP, decimal.ROUND_DOWN])
def test_foreign_decimal_contexts(precision: int, rounding: str) -> None:
    """Whatever context the host has, the decision is the same to the letter."""
    expected = _told(decide(RULES, ASKED, actor=REP))
    with decimal.localcontext(prec=precision, rounding=rounding):
        assert _told(decide(loads(DOCUMENT, PricePolicy), ASKED, actor=REP)) == expected


def test_threads() -> None:
    """One policy serves many threads at once from its first decision on."""
    expected = {price: decide(policy(), quote(line(str(price), cost="60")), actor=REP).rank for price in range(40, 101)}
    rules = policy()

    def ask(seed: int) -> bool:
        prices = random.Random(seed).sample(range(40, 101), 40)  # noqa: S311 - no secret
        return all(decide(rules, quote(line(str(price), cost="60")), actor=REP).rank == expected[price] for price in prices)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(32)))


def test_pickles() -> None:
    """Policies and quotes come back from a pickle as they were; a decision comes back saying the same, before and after it was read."""
    for value in (RULES, ASKED, REP, MEETING, FINANCE):
        assert pickle.loads(pickle.dumps(value)) == value
    decision = decide(RULES, ASKED, actor=REP)
    fresh = pickle.loads(pickle.dumps(decision))
    told = _told(decision)
    assert _told(fresh) == _told(pickle.loads(pickle.dumps(decision))) == told


PROGRAM = """
from tests.hostile.test_pricing_hostile import ASKED, RULES, REP, _told, decide
print(_told(decide(RULES, ASKED, actor=REP)))
try:
    decide(RULES, ASKED.__class__(id="Q", date=ASKED.date, lines=()), actor=REP)
except Exception as error:
    print(error.code)
"""


@pytest.mark.parametrize("switches", [["-O"], ["-OO"], ["-X", "utf8", "-W", "error"]])
def test_other_interpreters(switches: list[str]) -> None:
    """Without assertions and docstrings, with another hash seed and warnings as errors, the decision and the errors are the same."""
    root = str(SOURCE.parent)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(SOURCE), root)), "PYTHONHASHSEED": "7", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, *switches, "-c", PROGRAM], capture_output=True, text=True, encoding="utf-8", cwd=root, env=environment, check=True)
    assert done.stdout.rstrip("\n").rpartition("\n")[::2] == (_told(decide(RULES, ASKED, actor=REP)), "pricing.no_lines")


def test_levels_are_not_words() -> None:
    """A level may be called anything that is not another one's name: what it is called decides nothing."""
    names = ("", "refused", "–", "x" * 500)
    matrix = tuple(attrs.evolve(row, level=name) for row, name in zip(policy().limits[0].rows, names, strict=True))
    rules = policy(levels=tuple(Level(id=name) for name in names), limits=(attrs.evolve(policy().limits[0], rows=matrix),))
    decision = decide(rules, quote(line("90")), actor=Actor(person="li", level=""))
    assert (decision.verdict, decision.level) == ("needs_approval", "refused")
