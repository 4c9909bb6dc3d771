"""The cookbook of price policies: each is read without a fault, can be written and read again, and decides a quote as its comment says."""

from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from salesrules import policy
from salesrules.approvals import Holder, Procedure, Signatories, record, request, state_on
from salesrules.money import Money
from salesrules.pricing import Actor, Decision, Discount, PricePolicy, Quote, QuoteLine, decide
from salesrules.pricing.prices.tax import Tax

POLICIES = Path(__file__).parents[1] / "examples" / "policies"
FILES = sorted((POLICIES / "pricing").glob("*.toml"))
VAT = Tax(basis="gross", rate="20%")

Facts = dict[str, Any]


def _asked(name: str, lines: list[Facts], **facts: Any) -> Decision:
    """What a policy of the cookbook says of a quote; prices are amounts of its currency."""
    rules = policy.load(POLICIES / "pricing" / f"{name}.toml", PricePolicy)
    made = tuple(_line(rules.currency, {"id": str(at), "quantity": 1} | line) for at, line in enumerate(lines, 1))
    plain: Facts = {"id": "Q-1", "date": date(2026, 3, 2)}
    return decide(rules, Quote(**plain | facts, lines=made), actor=Actor(person="li", level=rules.levels[0].id))


def _line(currency: str, told: Facts) -> QuoteLine:
    amounts = {"price", "list_price", "cost", "contract_price", "last_price"}
    made: Facts = {key: Money(value, currency) if key in amounts else value for key, value in told.items()}
    return QuoteLine(**made)


SAMPLES: list[tuple[str, list[Facts], Facts, str, tuple[str, ...], str]] = [
    (
        "discount_matrix",
        [{"category": "valve", "quantity": 20, "list_price": "380.00", "price": "334.40"}],
        {},
        "manager",
        ("valves",),
        "asks 334.40 for valves listed at 380.00, which is 12% off; his limit is 5%",
    ),
    ("floors_by_role", [{"product": "P-100", "price": "75.00"}], {}, "manager", ("rep",), "asks 75.00 for a P-100"),
    ("cost_plus_distributor", [{"category": "bearing", "cost": "80.00", "price": "90.00"}], {}, "manager", ("usual_markup",), "90.00, a markup of 12.5%"),
    ("margin_by_category", [{"category": "耗材", "list_price": "100", "cost": "80", "price": "91"}], {}, "head", ("order",), "the order makes 12.1%"),
    (
        "pocket_margin",
        [{"quantity": 100, "list_price": "100", "price": "92.00", "cost": "60.00"}],
        {"rebate": "5%", "payment_discount": "2%", "freight": Money("250.00", "USD")},
        "manager",
        ("pocket_margin",),
        "34.8% on the invoice, 27.8% in the",
    ),
    (
        "customer_grades",
        [{"product": "P-100", "price": "80.00", "contract_price": "82.00"}],
        {"customer": "C7", "customer_grade": "A"},
        "head",
        ("contract_price",),
        "asked are 80.00, below the contract",
    ),
    ("quantity_breaks", [{"product": "cable", "unit": "m", "quantity": 150, "price": "3.70"}], {}, "manager", ("discount",), "3.70, which is 5.1% off"),
    (
        "region_channel_lists",
        [{"product": "P-100", "price": "93.00"}],
        {"region": "eu", "channel": "dealer"},
        "regional",
        ("discount",),
        "101.35 USD with the buffer on 2 March; asked are 93.00 USD, 8.2% off",
    ),
    ("bundles_gifts", [{"product": "pump", "quantity": 10, "free": 1, "cost": "60"}], {}, "manager", ("discount",), "ten pumps and one free: 9.09%"),
    (
        "retail_gross",
        [{"product": "kettle", "cost": "36.00", "tax": VAT, "discounts": (Discount(id="sale", rate="20%"), Discount(id="card", rate="5%"))}],
        {},
        "manager",
        ("discount",),
        "only the sale counts, 48.00 are left",
    ),
    (
        "project_sales",
        [{"quantity": 100, "list_price": "12000", "price": "11040", "cost": "8000"}],
        {},
        "director",
        ("size", "discount"),
        "a deal of 1,200,000 at list prices with 8% off",
    ),
    ("price_system", [{"product": "detector", "price": "55.10", "cost": "32"}], {"date": date(2026, 12, 1)}, "manager", ("system",), "on 1 December"),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_policies_round_trip(path: Path) -> None:
    """Every price policy is read without a fault, and what is written of it is read back as the same policy."""
    rules = policy.load(path, PricePolicy)
    for format_ in ("toml", "json"):
        assert policy.loads(policy.dumps(rules, format=format_), PricePolicy, format=format_) == rules


def test_every_policy_has_a_sample() -> None:
    """There are twelve policies, each with a sample."""
    assert len(FILES) == 12
    assert sorted(sample[0] for sample in SAMPLES) == [path.stem for path in FILES]


@pytest.mark.parametrize(("name", "lines", "facts", "level", "rules", "told"), SAMPLES, ids=[sample[0] for sample in SAMPLES])
def test_samples(name: str, lines: list[Facts], facts: Facts, level: str, rules: tuple[str, ...], told: str) -> None:
    """The quote that the comment of a policy describes needs the level that the comment names, because of the rules it tells of."""
    comment = " ".join((POLICIES / "pricing" / f"{name}.toml").read_text(encoding="utf-8").split("Sample:")[1].split("\n\n")[0].replace("\n# ", " ").split())
    assert told in comment
    decision = _asked(name, lines, **facts)
    assert (decision.verdict, decision.level) == ("needs_approval", level)
    assert tuple(violation.rule for violation in decision.violations) == rules


def test_floors_by_role_go_on() -> None:
    """Further down the ladder of prices the next level is needed, and below the bottom price nobody may grant it."""
    assert _asked("floors_by_role", [{"product": "P-100", "price": "65.00"}]).level == "management"
    assert _asked("floors_by_role", [{"product": "P-100", "price": "59.99"}]).verdict == "refused"
    own = _asked("floors_by_role", [{"product": "P-200", "price": "189.99"}])
    assert [violation.rule for violation in own.violations if violation.refused] == ["P-200"]


def test_cost_plus_prices() -> None:
    """List prices are made from the cost: rounded up to ten cents, with a surcharge, or at least so much above it; who sold for more is asked."""
    made = [{"category": category, "cost": "10.01"} for category in ("valve", "bearing", "bulk")]
    assert [str(_asked("cost_plus_distributor", [line]).waterfall.at("list").value) for line in made] == ["68/5", "13013/1000", "1401/100"]
    assert _asked("cost_plus_distributor", [{"category": "valve", "cost": "80", "last_price": "108.00", "price": "100"}]).level == "manager"


def test_margin_most_specific() -> None:
    """The narrowest floor binds a line: 25% for all, 12% for consumables, 8% for those of grade A."""
    good = {"category": "泵", "list_price": "1000", "cost": "100"}
    lowest = {"category": "耗材", "list_price": "100", "cost": "80", "price": "87"}
    assert _asked("margin_by_category", [good, lowest], customer_grade="A").verdict == "allowed"
    assert [violation.rule for violation in _asked("margin_by_category", [good, lowest]).violations] == ["consumables"]
    assert [violation.rule for violation in _asked("margin_by_category", [good, lowest | {"category": "泵"}]).violations] == ["all"]
    assert _asked("margin_by_category", [good, lowest | {"price": "79"}]).verdict == "refused"


@pytest.mark.parametrize(("grade", "paid"), [("A", "88"), ("B", "94"), ("C", "100"), ("", "100")])
def test_grades_pay_their_price(grade: str, paid: str) -> None:
    """Each grade pays its price without anybody's approval; the contract does so for its customer."""
    decision = _asked("customer_grades", [{"product": "P-100"}], customer_grade=grade)
    assert (decision.verdict, str(decision.waterfall.at("invoice").value)) == ("allowed", paid)
    contract = _asked("customer_grades", [{"product": "P-100", "contract_price": "82"}], customer_grade=grade, customer="C7")
    assert (contract.verdict, str(contract.waterfall.at("invoice").value)) == ("allowed", "82")


@pytest.mark.parametrize(
    ("product", "unit", "quantity", "listed", "invoiced"),
    [
        ("cable", "m", 99, "2079/5", "2079/5"),  # 4.20 each
        ("cable", "m", 100, "390", "390"),  # 3.90 each
        ("cable", "drum", 2, "780", "780"),  # 200 m
        ("calibration", "hour", 50, "4280", "4280"),  # 10 x 95 + 30 x 85 + 10 x 78
        ("clamp", "piece", 60, "48", "1164/25"),  # 3% off 0.80
        ("clamp", "piece", 500, "400", "400"),  # no discount from 500 on
    ],
)
def test_breaks(product: str, unit: str, quantity: int, listed: str, invoiced: str) -> None:
    """Volume breaks price all units, graduated ones each slice; a discount for the quantity is measured from the list price."""
    fall = _asked("quantity_breaks", [{"product": product, "unit": unit, "quantity": quantity}]).waterfall
    assert (str(fall.at("list").value), str(fall.at("invoice").value)) == (listed, invoiced)


@pytest.mark.parametrize(
    ("region", "channel", "listed"),
    [("us", "", "110"), ("us", "web", "99"), ("eu", "web", "28917/250"), ("eu", "dealer", "63342/625"), ("cn", "dealer", "134691/1250")],
)
def test_lists(region: str, channel: str, listed: str) -> None:
    """The list of the region stands before that of the channel; other currencies are converted at the rate of the day, with the buffer."""
    decision = _asked("region_channel_lists", [{"product": "P-100"}], region=region, channel=channel)
    assert (str(decision.waterfall.at("list").value), decision.verdict) == (listed, "allowed")


def test_bundle_shares_what_it_brings() -> None:
    """A hose for nothing takes a fifth from the set that it came with, on both lines."""
    lines = [{"product": "pump", "bundle": "set", "cost": "60"}, {"product": "hose", "bundle": "set", "cost": "10", "price": "0"}]
    decision = _asked("bundles_gifts", lines)
    assert decision.level == "head"
    assert [str(violation.actual) for violation in decision.violations] == ["1/5", "1/5"]


def test_retail() -> None:
    """The cost is brought to the basis of the prices; a promotional price holds in its week."""
    kettle = _asked("retail_gross", [{"product": "kettle", "cost": "36.00", "tax": VAT}])
    assert str(kettle.waterfall.at("margin").value) == "84/5"  # 60.00 less 43.20
    week = [_asked("retail_gross", [{"product": "toaster", "cost": "20", "tax": VAT}], date=date(2026, 3, day)) for day in (1, 2, 8, 9)]
    assert [str(decision.waterfall.at("invoice").value) for decision in week] == ["4499/100", "3999/100", "3999/100", "4499/100"]


def test_price_system_needs_nobody() -> None:
    """Who follows the price system needs nobody: base price, discount policy and promotional price, each within its dates."""
    told = {"product": "detector", "cost": "32"}
    asked = [_asked("price_system", [told | {"price": "55.10"}], date=date(2026, 11, day)) for day in (2, 30)]
    assert {decision.verdict for decision in asked} == {"allowed"}
    assert _asked("price_system", [told], date=date(2026, 12, 1)).verdict == "allowed"
    cabinet = {"product": "cabinet", "cost": "220"}
    assert _asked("price_system", [cabinet | {"price": "399"}], customer_grade="A").verdict == "allowed"
    asked = [_asked("price_system", [cabinet | {"price": price}]) for price in ("399", "398.99", "377.99")]
    assert [decision.level for decision in asked] == ["manager", "head", "management"]  # 95% of 420.00 is still the manager's


def test_project_is_signed_together() -> None:
    """All levels up to the director sign at the same time, in any order; finance signs too where the margin is thin."""
    procedure = policy.load(POLICIES / "procedures" / "project_sales.toml", Procedure)
    assert policy.loads(policy.dumps(procedure), Procedure) == procedure
    posts = {"li": "rep", "wu": "manager", "zhao": "director", "fang": "finance"}
    team = Signatories(holders=tuple(Holder(person=person, level=level, start=date(2026, 1, 1)) for person, level in posts.items()))
    decision = _asked("project_sales", [{"quantity": 100, "list_price": "12000", "price": "11040", "cost": "9500"}])
    assert decision.level == "director"
    assert procedure.ladder.levels == decision.policy.levels
    day = decision.quote.date
    asked = request(procedure, team, id="R-1", person="li", on=day, needs=decision.level, reason="tender", measures=decision.measures)
    assert state_on(asked, procedure, day).open == ("manager", "director")
    for person in ("zhao", "wu", "fang"):
        asked = record(asked, procedure, team, verb="approve", person=person, on=day).request
    approval = state_on(asked, procedure, day).approval
    assert approval is not None
    again = decide(decision.policy, attrs.evolve(decision.quote, id="Q-2"), actor=decision.actor, approvals=[approval])
    assert again.verdict == "allowed"
