"""Ways around a price policy that were once open: each stays closed."""

from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest

from salesrules.approvals import Approval, Signature
from salesrules.errors import NotInForce, SalesRulesError
from salesrules.money import Exact, Money
from salesrules.pricing import (
    Actor,
    Audience,
    Decision,
    Discount,
    LastPriceFloor,
    Level,
    Limit,
    ListFloor,
    Meeting,
    PricePolicy,
    Quote,
    QuoteLine,
    Row,
    decide,
    one_more_free,
)
from salesrules.pricing.discounts.algebra import Stacking
from salesrules.pricing.discounts.spreading import Spreading
from salesrules.pricing.prices.tax import Tax
from salesrules.pricing.promotions import Giving
from salesrules.scope import Scope
from salesrules.timeline import Entry, Timeline
from tests.pricing_promotions import running

DAY = date(2026, 3, 2)
REP = Actor(person="li", level="rep")
ONE_BY_ONE = Stacking(mode="cascading", order="given")
MOVE = Meeting(lines=ONE_BY_ONE, order=ONE_BY_ONE, spreading=Spreading(by="amount", remainder="largest_remainder", pushed_back="move"))
DISCOUNT = Limit(
    id="discount",
    measure="discount",
    at="invoice",
    per="line",
    rows=(Row(level="rep", limit="5%"), Row(level="manager", limit="15%"), Row(level="head", limit="30%")),
)
LEVELS = (Level(id="rep"), Level(id="manager"), Level(id="head"))
OF_LIST = ListFloor(id="list", share="90%", at="net", per="line", below="head")


def cny(amount: str | int) -> Money:
    """An amount in CNY."""
    return Money(amount, "CNY")


def policy(**terms: Any) -> PricePolicy:
    """Rep, manager and head with 5, 15 and 30% unless other limits are given."""
    given: dict[str, Any] = {"own_range": "granted", "combine": "all", "levels": LEVELS, "limits": (DISCOUNT,), "discounts": MOVE}
    return PricePolicy(id="p", currency="CNY", **({"effective_from": date(2026, 1, 1)} | given | terms))


def line(id: str = "1", **terms: Any) -> QuoteLine:
    """Ten units at a list price of 100."""
    given: dict[str, Any] = {"product": f"P-{id}", "quantity": 10, "list_price": cny(100)}
    return QuoteLine(id=id, **(given | terms))


def quote(*lines: QuoteLine, **terms: Any) -> Quote:
    """A quote of li's."""
    given: dict[str, Any] = {"date": DAY}
    return Quote(id="Q", person="li", lines=lines, **(given | terms))


def signed(decision: Decision) -> Approval:
    """The approval of exactly what a decision holds, by the head."""
    signature = Signature(level="head", held="head", person="zhao", on=DAY)
    return Approval(request="R", measures=decision.measures, start=DAY, last_day=None, signatures=(signature,))


def verdicts(rules: PricePolicy, approved: Quote, *asked: Quote) -> list[str]:
    """What is decided of quotes in the light of an approval of the first."""
    approval = signed(decide(rules, approved, actor=REP))
    return [decide(rules, one, actor=REP, approvals=[approval]).verdict for one in (approved, *asked)]


def test_a_gift_levels_no_discounts() -> None:
    """A pen for nothing costs every line the same small share, and no line takes over what another concedes."""
    pen = running(Giving(product="pen", quantity=1, list_value=cny("1.00"), cost=cny("0.50")))
    asked = quote(line(price=cny(60)), line("2", quantity=90), date=date(2026, 3, 8))
    bare, given = (decide(policy(), asked, actor=REP, campaigns=campaigns) for campaigns in ((), (pen,)))
    assert (bare.verdict, given.verdict) == ("refused", "refused")
    assert given.prices.lines[0].invoice == Fraction(60_000 * 960_000, 960_100)
    invoiced = [one.invoice for one in (*given.prices.lines, *given.prices.gifts)]
    assert sum(invoiced) == 960_000
    assert given.waterfall.at("invoice").minor == 960_000


def test_gifts_with_lines_that_bring_in_nothing() -> None:
    """Where nothing is invoiced, a gift brings in nothing either."""
    pen = running(Giving(product="pen", quantity=1, list_value=cny("1.00"), cost=cny("0.50")))
    free = decide(policy(), quote(line(price=cny(0)), date=date(2026, 3, 8)), actor=REP, campaigns=(pen,))
    assert [one.invoice for one in (*free.prices.lines, *free.prices.gifts)] == [0, 0]


def test_an_approval_of_a_floor_is_by_share() -> None:
    """Fewer units at a lower price undercut a floor further, and more units at the price approved do not."""
    rules = policy(limits=(), levels=LEVELS[::2], floors=(OF_LIST,))
    asked = [quote(line(price=cny(price), quantity=units)) for units, price in ((10, "79.99"), (5, "70"), (1, "0"), (20, "80"), (10, "85"))]
    assert verdicts(rules, quote(line(price=cny(80))), *asked) == ["allowed", "needs_approval", "needs_approval", "needs_approval", "allowed", "allowed"]


def test_an_approval_of_an_amount_is_by_share_too() -> None:
    """The same money off fewer units is more of the price."""
    amount = attrs.evolve(DISCOUNT, id="amount", measure="amount", rows=(Row(level="rep", limit=10), Row(level="head", limit=1_000)))
    rules = policy(limits=(amount,), levels=LEVELS[::2])
    asked = quote(line(price=cny(80))), quote(line(price=cny(0), quantity=2)), quote(line(price=cny(85)))
    assert verdicts(rules, *asked) == ["allowed", "needs_approval", "allowed"]


def test_an_approval_of_what_one_may_not_concede_alone() -> None:
    """Where a level may not use its own range, the concession is what is approved, and a larger one needs asking again."""
    rules = policy(own_range="asks_above")
    asked = [quote(line(), rebate=rebate) for rebate in ("1%", "90%", "0.5%", None)]
    assert [decide(rules, one, actor=REP).verdict for one in asked] == ["needs_approval", "needs_approval", "needs_approval", "allowed"]
    assert verdicts(rules, *asked[:3]) == ["allowed", "needs_approval", "allowed"]
    (told,) = decide(rules, asked[0], actor=REP).violations
    assert (told.rule, str(told.actual), str(told.shortfall), told.level) == ("own_range", "10 CNY", "10 CNY", "manager")


def test_an_undercut_counts_though_a_higher_floor_rules() -> None:
    """Where only the highest floor rules, an approval holds what the others are undercut by as well, so that a better price does not end it."""
    cost = ListFloor(id="deeper", share="98%", at="net", per="line", below="head")
    rules = policy(limits=(), levels=LEVELS[::2], combine="highest", floors=(OF_LIST, cost))
    decision = decide(rules, quote(line(price=cny(81))), actor=REP)
    assert {one.measure: one.value for one in decision.measures} == {"list": Fraction(1, 10), "deeper": Fraction(17, 98)}
    assert verdicts(rules, quote(line(price=cny(81))), quote(line(price=cny(82)))) == ["allowed", "allowed"]


@pytest.mark.parametrize("basis", ["net", "gross"])
def test_amounts_of_a_line_stand_on_its_tax_basis(basis: Any) -> None:
    """A rate, an amount and a price that say the same are the same discount, whatever the basis of line and policy."""
    rules, tax = policy(tax="gross" if basis == "net" else "net"), Tax(basis=basis, rate="13%")
    rate = Discount(id="d", rate=Fraction(55, 1000))
    amount, price = Discount(id="d", amount=Exact("5.50", "CNY")), Discount(id="d", price=Exact("94.50", "CNY"))
    asked = [quote(line(tax=tax, discounts=(one,))) for one in (rate, amount, price)] + [quote(line(tax=tax, price=cny("94.50")))]
    told = [decide(rules, one, actor=REP) for one in asked]
    exact = 94_500 * (Fraction(113, 100) if basis == "net" else Fraction(100, 113))
    assert all(abs(decision.waterfall.at("invoice").minor - exact) < 1 for decision in told)  # what discounts take off is rounded to the cent
    assert {decision.level for decision in told} == {"manager"}
    free = one_more_free(policy(tax="gross"), quote(line(tax=Tax(basis="net", rate="13%"), cost=cny(80))), "1", actor=REP)
    assert (str(free.cost), str(free.list_value)) == ("90.4 CNY", "113 CNY")


@pytest.mark.parametrize(
    ("terms", "more", "least"),
    [
        ({"quantity": 5}, {}, "80"),
        ({"free": 1}, {}, "88"),
        ({}, {"rebate": "5%"}, "1600/19"),
        ({}, {"rebate": "5%", "payment_discount": "2%"}, "80000/931"),
    ],
)
def test_an_order_discount_stops_at_a_hard_floor(terms: dict[str, Any], more: dict[str, Any], least: str) -> None:
    """Whatever units come with a line and whatever comes off after the invoice, no order discount is spread through a floor that nobody may go below."""
    floor = ListFloor(id="bottom", share="80%", at="net", per="line", below="nobody", scope=Scope(product=("P-1",)))
    asked = quote(line(**terms), line("2", quantity=40), discounts=(Discount(id="all", amount=cny(1_500), per="order"),), **more)
    decision = decide(policy(limits=(), levels=LEVELS[:1], floors=(floor,)), asked, actor=REP)
    sold = terms.get("quantity", 10)
    assert decision.verdict == "allowed"
    assert 0 <= decision.prices.lines[0].invoice - 100 * sold * Fraction(least) < 1
    assert sum(one.invoice for one in decision.prices.lines) == 100 * (100 * sold + 4_000) - 150_000


def test_a_rebate_of_everything_leaves_no_floor_to_stop_at() -> None:
    """Where all of the invoice is paid back, no order discount can keep a net price up: the floor is told instead."""
    floor = ListFloor(id="bottom", share="80%", at="net", per="line", below="nobody")
    asked = quote(line(), discounts=(Discount(id="all", amount=cny(100), per="order"),), rebate="100%")
    assert decide(policy(limits=(), levels=LEVELS[:1], floors=(floor,)), asked, actor=REP).verdict == "refused"


@pytest.mark.parametrize(
    ("code", "path", "terms"),
    [
        ("pricing.may_not_bind", "floors[1]", {"combine": "most_specific"}),
        ("pricing.order_floor", "floors[1].per", {"combine": "all", "per": "order"}),
    ],
)
def test_floors_that_may_be_unknown(code: str, path: str, terms: dict[str, Any]) -> None:
    """A floor by a price that not every line has puts no other out of force, and is not added up over an order."""
    per = terms.pop("per", "line")
    last = LastPriceFloor(id="last", share="95%", at="net", per=per, below="head")
    floors = (OF_LIST, attrs.evolve(last, scope=Scope(customer=("C7",))))
    with pytest.raises(SalesRulesError) as caught:
        policy(limits=(), levels=LEVELS[::2], floors=floors, **terms)
    assert (caught.value.code, caught.value.path) == (code, path)
    alone = policy(limits=(), levels=LEVELS[::2], floors=(attrs.evolve(last, per="line"),), combine="most_specific")
    assert decide(alone, quote(line()), actor=REP).verdict == "allowed"


def test_each_version_goes_by_its_own_day() -> None:
    """A version that will go by another day changes nothing of an order today; an order that lies in none is that of its own day."""
    old, new = policy(version="1"), policy(version="2", effective_from=date(2027, 1, 1), price_date="shipped")
    versions = Timeline((Entry(date(2026, 1, 1), old), Entry(date(2027, 1, 1), new)))
    late = {"date": date(2027, 1, 5)}
    asked = [{}, {"shipped": date(2027, 1, 5)}, late | {"shipped": date(2027, 1, 9)}, late | {"original": DAY}]
    assert [decide(versions, quote(line(), **terms), actor=REP).policy.version for terms in asked] == ["1", "1", "2", "1"]
    with pytest.raises(NotInForce):
        decide(versions, quote(line(), **late, shipped=date(2026, 12, 30)), actor=REP)


def test_a_version_that_has_ended() -> None:
    """The days of a policy hold inside a timeline too."""
    versions = Timeline((Entry(date(2026, 1, 1), policy(effective_until=date(2026, 3, 1))),))
    with pytest.raises(NotInForce):
        decide(versions, quote(line()), actor=REP)


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("pricing.line_id", lambda: line("")),
        ("pricing.discount_per", lambda: quote(line(), discounts=(Discount(id="d", amount=cny(60)),))),
        ("pricing.original_day", lambda: quote(line(), original=date(2030, 1, 1))),
    ],
)
def test_facts_that_cannot_be(code: str, make: Any) -> None:
    """A line without an id would be taken for the order, an amount per unit for one of the order, a day in the future for its rules."""
    with pytest.raises(SalesRulesError) as caught:
        make()
    assert caught.value.code == code


def test_what_was_judged_is_told() -> None:
    """The form and the data of a return name the day by whose rules it was judged, and the working the approvals that were looked at."""
    everything = Audience(id="all", sees=("limits", "floors", "costs", "pocket"))
    rules = policy(audiences=(everything,), version="1")
    back = quote(line(price=cny(88), quantity=-10), date=date(2026, 7, 9), original=DAY)
    decision = decide(rules, back, actor=REP)
    assert "Policy p, version 1, as of Mar 2, 2026" in decision.to_text("en", "all")
    assert (decision.to_data("all")["date"], decision.to_data("all")["price_date"]) == ("2026-07-09", "2026-03-02")
    covered = decide(rules, back, actor=REP, approvals=[signed(decision)])
    assert [step.value for step in covered.working.find("approvals.envelope.holds")] == [True]


def test_the_working_says_what_tax_makes_of_a_line() -> None:
    """What the amounts and the cost of a line are multiplied by stands in the working; on the policy's own basis nothing does."""
    taxed = line(tax=Tax(basis="net", rate="13%"), cost=cny(60))
    for basis, factors in (("gross", [Fraction(113, 100)] * 2), ("net", [])):
        working = decide(policy(tax=basis), quote(taxed), actor=REP).working
        assert [step.value for code in ("prices", "cost") for step in working.find(f"pricing.basis.{code}")] == factors
