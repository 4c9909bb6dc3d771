"""The steps of a component: what each pays, by hand, and which orders are refused."""

from fractions import Fraction
from typing import Any

import pytest

from salesrules.bands import Lookup, ValueBand
from salesrules.commission import (
    Bonus,
    Cap,
    Component,
    Credit,
    Factor,
    FactorStep,
    Floor,
    Gate,
    Guarantee,
    Hurdle,
    Incentive,
    Plan,
    Pool,
    Quota,
    Rate,
    RateEntry,
    Run,
    Sale,
    Stage,
    Target,
    Tiers,
    calculate,
)
from salesrules.commission.steps.flow import Ask
from salesrules.errors import FactError, SalesRulesError
from salesrules.money import Money, Rounding
from salesrules.scope import Scope
from salesrules.trace import replay
from tests.commission_plans import CALENDAR, cny, component, curve, day, flat, kicker, marginal, month, overage, pays, plan, sale, whole

JANUARY = (Quota(person="chen", period=month(1), amount=cny(1000)),)
TARGET = (Incentive(person="chen", period=month(1), amount=cny(500)),)


def paid(
    steps: tuple[Any, ...],
    *amounts: str | int,
    rules: dict[str, Any] | None = None,
    measure: str = "sales",
    quotas: Any = JANUARY,
    facts: dict[str, Any] | None = None,
    **options: Any,
) -> list[str]:
    """What sales of January pay by the steps; the working of each is replayed, and a run without trace gives the same."""
    sales = [sale(f"S{number}", day(1, 5 + number), amount, **options) for number, amount in enumerate(amounts)]
    whole_plan = plan(component(*steps, measure=measure), **(rules or {}))
    given: dict[str, Any] = {"quotas": quotas, "incentives": TARGET} | (facts or {})
    run = calculate(whole_plan, sales, on=day(1, 31), **given)
    for line in run.lines:
        assert replay(line.working) == line.pay
    assert pays(calculate(whole_plan, sales, on=day(1, 31), trace=False, **given)) == pays(run)
    return [str(pay) for pay in pays(run)]


def test_marginal_tiers_cut_a_sale() -> None:
    """The sale that crosses 1000 pays 400 at 10% and 200 at 20%; over the sale alone each starts from 0."""
    table = marginal((0, "10%"), (1000, "20%"))
    assert paid((Tiers(table=table, over="period"),), 600, 600) == ["60.00", "80.00"]
    assert paid((Tiers(table=table, over="sale"),), 600, 1200) == ["60.00", "140.00"]


def test_whole_tiers_reach_back() -> None:
    """On reaching 1000 all 1200 pay 20%: the second sale brings 240 - 60. At exactly 1000 the edge rule decides."""
    assert paid((Tiers(table=whole((0, "10%"), (1000, "20%")), over="period"),), 600, 600) == ["60.00", "180.00"]
    assert paid((Tiers(table=whole((0, "10%"), (1000, "20%")), over="period"),), 1000) == ["200.00"]
    assert paid((Tiers(table=whole((0, "10%"), (1000, "20%"), edges="(]"), over="period"),), 1000) == ["100.00"]


def test_overage_and_curve() -> None:
    """Above quota everything over it pays the factor reached; on a curve attainment is worth what the straight line says."""
    steps = (Tiers(table=overage((0, 1), (1, "1.5"), (2, 2), above=1, what="factor"), over="period", on="attainment"), flat())
    # 1000 at 1; then 2500 in all: 1000 + 1500 x 2 = 4000
    assert paid(steps, 1000, 1500) == ["100.00", "300.00"]
    line = curve(("0.5", 0), (1, 1), ("1.5", 3))
    assert paid((Tiers(table=line, over="period", on="attainment"), flat()), 750, 250, 600) == ["50.00", "50.00", "240.00"]
    with pytest.raises(FactError, match=r"commission\.outside_table"):
        paid((Tiers(table=curve((0, 0), (1, 1), above="refuse"), over="period", on="attainment"),), 1001)


def test_accelerator_on_top() -> None:
    """An accelerator adds half of what lies above quota to the bare measure: 1500 pays 10% of 1500 + 250."""
    steps = (
        Tiers(table=marginal((0, 1), what="factor"), over="period"),
        Tiers(table=marginal((0, 0), (1, "0.5"), what="factor"), over="period", on="attainment", add=True),
        flat(),
    )
    assert paid(steps, 1500) == ["175.00"]


def test_tiers_moved_by_another_measure() -> None:
    """Units decide the rate of all the sales: at 10 units 300 pay 20%, so the second sale brings 60 - 10."""
    step = Tiers(table=whole((0, "10%"), (10, "20%")), over="period", by="units")
    assert paid((step,), 100, 200, units=5) == ["10.00", "50.00"]


def test_tiers_over_different_rates() -> None:
    """Whole-amount factors weigh what each sale made at its own rate: 10% of 600 and 20% of 600, times 1.5 from 1000 on."""
    scoped = Rate(entries=(RateEntry(rate="10%"), RateEntry(rate="20%", scope=Scope(category=("pump",)))))
    rules = plan(component(scoped, Tiers(table=whole((0, 1), (1000, "1.5"), what="factor"), over="period")))
    run = calculate(rules, [sale("S", day(1, 5), 600), sale("T", day(1, 6), 600, category="pump")], on=day(1, 31))
    assert pays(run) == ["60.00", "210.00"]
    assert all(replay(line.working) == line.pay for line in run.lines)


def test_whole_tiers_after_a_gate() -> None:
    """Tiers that reach back weigh what the gate left: of 600 at a loss half, of 600 more all, at 1.5 from 1000 on; sale by sale each for itself."""
    gate = Gate(on="units", at_least=1, otherwise="50%", counts=True)
    cases: tuple[tuple[Any, list[str]], ...] = (("period", ["30.00", "105.00"]), ("sale", ["30.00", "60.00"]))
    for over, expected in cases:
        rules = plan(component(gate, Tiers(table=whole((0, 1), (1000, "1.5"), what="factor"), over=over), flat()))
        run = calculate(rules, [sale("S", day(1, 5), 600), sale("T", day(1, 6), 600, units=1)], on=day(1, 31))
        assert pays(run) == expected
        assert all(replay(line.working) == line.pay for line in run.lines)


@pytest.mark.parametrize(("outcome", "expected"), [("nothing", ["0.00", "0.00"]), ("target", ["90.00", "180.00"])])
def test_whole_tiers_without_a_quota(outcome: Any, expected: list[str]) -> None:
    """Tiers that reach back over sales paid at 10% and 20% pay a quota of 0 as declared: nothing, or all at the 1.5 of 100%."""
    scoped = Rate(entries=(RateEntry(rate="10%"), RateEntry(rate="20%", scope=Scope(category=("pump",)))))
    tiers = Tiers(table=whole((0, 1), (1, "1.5"), what="factor"), over="period", on="attainment", no_quota=outcome)
    run = calculate(
        plan(component(scoped, tiers, FactorStep(value=1))),
        [sale("S", day(1, 5), 600), sale("T", day(1, 6), 600, category="pump")],
        on=day(1, 31),
        quotas=(Quota(person="chen", period=month(1), amount=cny(0)),),
    )
    assert pays(run) == expected


def test_hurdle() -> None:
    """Below 80% of quota nothing; on reaching it everything from the first unit; a return below takes it all back."""
    steps = (flat(), Hurdle(on="attainment", at_least="80%", over="period"))
    assert paid(steps, 700, 100, 50) == ["0.00", "80.00", "5.00"]
    assert paid((flat(), Hurdle(on="amount", at_least=800, over="period")), 700, 100, -50) == ["0.00", "80.00", "-80.00"]


@pytest.mark.parametrize(("outcome", "expected"), [("nothing", "0.00"), ("target", "150.00")])
@pytest.mark.parametrize("goal", [0, -5])
def test_no_quota(outcome: Any, expected: str, goal: int) -> None:
    """With a quota of zero or below nothing is attained, or the sale is paid as if at 100%, as the plan declares."""
    steps = (Tiers(table=marginal((0, 1), (1, "1.5"), what="factor"), over="period", on="attainment", no_quota=outcome), flat())
    assert paid(steps, 1000, quotas=(Quota(person="chen", period=month(1), amount=cny(goal)),)) == [expected]


def test_no_quota_refused() -> None:
    """Without a declared outcome a quota of zero or below is refused; other steps pay nothing for it."""
    zero = (Quota(person="chen", period=month(1), amount=cny(0)),)
    with pytest.raises(FactError, match=r"commission\.zero_quota"):
        paid((Tiers(table=marginal((0, 1), what="factor"), over="period", on="attainment"),), 1000, quotas=zero)
    assert paid((flat(), Hurdle(on="attainment", at_least="80%", over="period")), 1000, quotas=zero) == ["0.00"]
    assert paid((flat(), Bonus(table=kicker((1, 50)), over="period", on="attainment")), 1000, quotas=zero) == ["100.00"]
    assert paid((Target(over="period"),), 1000, quotas=zero) == ["0.00"]


def test_target() -> None:
    """Exactly the quota pays exactly the target incentive, however odd the ratio; a component may carry a part of it."""
    odd = (Quota(person="chen", period=month(1), amount=cny("999.99")),)
    assert paid((Target(over="period"),), "999.99", quotas=odd) == ["500.00"]
    assert paid((Target(over="period", share="40%"),), 500) == ["100.00"]
    assert paid((Target(over="period", amount=cny(300)),), 500) == ["150.00"]
    units = (Quota(person="chen", period=month(1), amount=10),)
    assert paid((Target(over="period"),), 0, measure="units", units=3, quotas=units) == ["150.00"]


def test_quotas_of_parts_make_the_whole() -> None:
    """Monthly quotas make up the quarter's; one that sticks out of the interval is refused; of another name it does not count."""
    months = tuple(Quota(person="chen", period=month(number), amount=cny(100)) for number in (1, 2, 3, 4))
    steps = (flat(), Hurdle(on="attainment", at_least=1, over="quarter"))
    assert paid(steps, 299, 1, quotas=months) == ["0.00", "30.00"]
    year = Quota(person="chen", period=CALENDAR.year(2026), amount=cny(100))
    for quotas, code in (
        ((year,), "quota.straddles"),
        ((), "quota.missing"),
        ((Quota(person="chen", period=month(1), amount=cny(1), name="units"),), "quota.missing"),
    ):
        with pytest.raises(FactError) as caught:
            paid(steps, 299, quotas=quotas)
        assert caught.value.code == code
    with pytest.raises(FactError, match=r"quota\.currency"):
        paid(steps, 299, quotas=(Quota(person="chen", period=month(1), amount=Money(1, "USD")),))
    with pytest.raises(FactError, match=r"quota\.currency"):
        paid((Target(over="period"),), 1, facts={"incentives": (Incentive(person="chen", period=month(1), amount=Money(1, "USD")),)})
    with pytest.raises(FactError, match=r"quota\.counted"):
        paid(steps, 0, measure="units", units=1, quotas=JANUARY)
    with pytest.raises(FactError, match=r"quota\.precision"):
        paid(steps, 0, measure="units", units=1, quotas=(Quota(person="chen", period=month(1), amount="1.5"),))
    with pytest.raises(FactError, match=r"quota\.missing"):
        paid((Target(over="period"),), 1, facts={"incentives": ()})


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        (Gate(on="amount", at_least=600, counts=True), ["0.00", "100.00"]),
        (Gate(on="amount", at_least=600, otherwise="50%", counts=True), ["25.00", "100.00"]),
        (Gate(on="amount", at_most=600, counts=True), ["50.00", "0.00"]),
        (Gate(on="margin_rate", at_least="25%", at_most="30%", counts=False), ["0.00", "100.00"]),
        (Gate(on="discount", at_most="10%", counts=False), ["0.00", "100.00"]),
        (Gate(on="units", at_least=1, counts=True), ["0.00", "0.00"]),
        (Gate(on="units", at_least=1, counts=True, scope=Scope(category=("pump",))), ["50.00", "100.00"]),
        (Gate(on="factor", factor="kpi", at_least="80%", counts=True), ["0.00", "0.00"]),
    ],
)
def test_gates(gate: Gate, expected: list[str]) -> None:
    """Sales of 500 and 1000 at a cost of 750 and a list price of 1100, under a condition on size, margin, discount, units or a factor."""
    sales = [sale("S", day(1, 5), 500, cost=cny(750), list_amount=cny(1100)), sale("T", day(1, 6), 1000, cost=cny(750), list_amount=cny(1100))]
    run = calculate(plan(component(gate, flat())), sales, on=day(1, 31), factors=[Factor(name="kpi", person="chen", period=month(1), value="79.99%")])
    assert pays(run) == expected
    assert all(replay(line.working) == line.pay for line in run.lines)


def test_a_gate_and_the_tiers() -> None:
    """A sale that fails its gate moves the tiers only where the gate says that it counts."""
    tiers = Tiers(table=marginal((0, "10%"), (1000, "20%")), over="period")
    for counts, expected in ((True, ["0.00", "200.00"]), (False, ["0.00", "100.00"])):
        run = calculate(
            plan(component(Gate(on="units", at_least=1, counts=counts), tiers)),
            [sale("S", day(1, 5), 1000), sale("T", day(1, 6), 1000, units=1)],
            on=day(1, 31),
        )
        assert pays(run) == expected


def test_rates_by_scope() -> None:
    """The most specific entry wins; what no entry covers is refused, or declared to be paid nothing."""
    entries = (RateEntry(rate="10%", scope=Scope(category=("pump",))), RateEntry(rate="20%", scope=Scope(category=("pump",), region=("north",))))
    assert paid((Rate(entries=entries),), 100, category="pump", region="north") == ["20.00"]
    assert paid((Rate(entries=entries, precedence=("region",)),), 100, category="pump") == ["10.00"]
    assert paid((Rate(entries=entries, otherwise="nothing"),), 100) == ["0.00"]
    with pytest.raises(FactError, match=r"commission\.no_rate"):
        paid((Rate(entries=entries),), 100)


def test_kinds_of_rate() -> None:
    """A factor, an amount per unit, a fixed sum per deal and its share, and a rate by discount or margin."""
    assert paid((Rate(entries=(RateEntry(factor="1.5"),)), flat()), 100) == ["15.00"]
    assert paid((Rate(entries=(RateEntry(amount="2.5"),)),), 0, measure="units", units=3) == ["7.50"]
    assert paid((Rate(entries=(RateEntry(fixed=9),)),), 100, credits=(Credit("chen", "1/3"), Credit("li", "2/3"))) == ["3.00", "6.00"]
    by = Lookup(bands=(ValueBand(start=0, value="0.05"), ValueBand(start="0.1", value="0.03")))
    assert paid((Rate(entries=(RateEntry(table=by, by="discount"),)),), 90, 91, list_amount=cny(100)) == ["2.70", "4.55"]
    assert paid((Rate(entries=(RateEntry(table=by, by="margin_rate"),)),), 100, cost=cny(95)) == ["5.00"]
    assert paid((Rate(entries=(RateEntry(table=by, by="discount"),)),), 0, list_amount=cny(0)) == ["0.00"]


def test_bonus_cap_floor() -> None:
    """Points reached bring their amount once; a running cap gives way again; a floor lifts what pays something."""
    assert paid((flat(), Bonus(table=kicker((500, 50), (1000, 120)), over="period")), 499, 1, 700) == ["49.90", "50.10", "140.00"]
    assert paid((flat(), Cap(over="period", amount=cny(100))), 700, 700, -500) == ["70.00", "30.00", "-10.00"]
    assert paid((flat(), Cap(over="sale", of_sale="8%")), 100, -100) == ["8.00", "-8.00"]
    assert paid((flat(), Cap(over="period", of_target="10%")), 700) == ["50.00"]
    assert paid((flat(), Floor(amount=cny(5))), 10, 100, 0, -10) == ["5.00", "10.00", "0.00", "-5.00"]


@pytest.mark.parametrize(
    "step",
    [
        Gate(on="amount", at_least=100, counts=True),
        Rate(entries=(RateEntry(factor=1, scope=Scope(category=("pump",))),), otherwise="nothing"),
        Hurdle(on="amount", at_least=100, over="period"),
        Cap(over="sale", amount=cny(0)),
    ],
)
def test_a_floor_needs_something_to_lift(step: Any) -> None:
    """A sale that a gate, a rate, a hurdle or a cap left without commission is not lifted; one whose commission is below a fen is."""
    steps = (flat(), step) if isinstance(step, Cap) else (step, flat())
    assert paid((*steps, Floor(amount=cny(5))), 10) == ["0.00"]
    assert paid((flat(), Floor(amount=cny(5))), "0.01") == ["5.00"]


def test_factors() -> None:
    """A factor of the plan or of the person multiplies exactly; one that is missing is refused."""
    assert paid((flat(), FactorStep(value="1/3")), 100) == ["3.33"]
    assert paid((flat(), FactorStep(name="kpi")), 100, facts={"factors": [Factor(name="kpi", person="chen", period=month(1), value="1.1")]}) == ["11.00"]
    reached = (flat(), FactorStep(name="kpi"), Tiers(table=whole((0, 1), (1000, 2), what="factor"), over="period"))
    assert paid(reached, 600, 600, facts={"factors": [Factor(name="kpi", person="chen", period=month(1), value="1.1")]}) == ["66.00", "198.00"]
    with pytest.raises(FactError, match=r"factor\.missing"):
        paid((flat(), FactorStep(name="kpi")), 100)


def test_rounding_on_the_document() -> None:
    """Rounded on the month, three lines of 0.333 make 1.00; line by line they make 0.99."""
    assert paid((flat("33.3%"),), 1, 1, 1) == ["0.33", "0.33", "0.33"]
    assert paid((flat("33.3%"),), 1, 1, 1, rules={"rounding": Rounding("half_up", per="document")}) == ["0.33", "0.34", "0.33"]
    assert paid((flat("33.3%"),), 1, 1, rules={"rounding": Rounding("half_up", step="0.05")}) == ["0.35", "0.35"]


def test_missing_facts_of_a_sale() -> None:
    """A missing cost, list price or instalment is never taken for 0, and neither are more decimals than the plan counts."""
    for steps, measure, code in (
        ((flat(),), "margin", "sale.no_cost"),
        ((Gate(on="discount", at_most="1%", counts=True), flat()), "sales", "sale.no_list_amount"),
    ):
        with pytest.raises(FactError) as caught:
            paid(steps, 100, measure=measure)
        assert (caught.value.code, caught.value.path) == (code, "sale S0")
    with pytest.raises(FactError, match=r"sale\.units"):
        paid((Rate(entries=(RateEntry(amount=1),)),), 100, measure="units", units="1.5")
    assert paid((Rate(entries=(RateEntry(amount=1),)),), 100, measure="units", units="1.5", rules={"unit_digits": 1}) == ["1.50"]


def test_instalments() -> None:
    """The instalment of a contract decides its rate: 5% of the first, 3% from the second on."""
    by = Lookup(bands=(ValueBand(start=1, value="0.05"), ValueBand(start=2, value="0.03")))
    step = Rate(entries=(RateEntry(table=by, by="instalment"),))
    assert paid((step,), 100, instalment=1) == ["5.00"]
    assert paid((step,), 100, instalment=2, credits=(Credit("chen", "50%"), Credit("li", "50%"))) == ["1.50", "1.50"]
    with pytest.raises(FactError, match=r"sale\.no_instalment"):
        paid((step,), 100)


ONE = (flat(),)
TIERS = Tiers(table=marginal((0, "1%")), over="year")
REFUSED: list[tuple[str, Any]] = [
    ("commission.component_id", lambda: component(id="")),
    ("commission.no_steps", lambda: Component(id="x", measure="sales", steps=())),
    ("commission.override_measure", lambda: component(measure="commission")),
    ("commission.order", lambda: component(flat(), Floor(amount=cny(1)), flat())),
    ("commission.slices_last", lambda: component(flat(), Hurdle(on="attainment", at_least=1, over="year"), TIERS)),
    ("commission.second_tiers", lambda: component(TIERS, TIERS)),
    ("commission.add_whole", lambda: component(TIERS, Tiers(table=whole((0, 1), what="factor"), over="year", add=True))),
    (
        "commission.retroactive_rate",
        lambda: component(Hurdle(on="attainment", at_least=1, over="year"), Rate(entries=(RateEntry(rate="1%"),), otherwise="nothing")),
    ),
    (
        "commission.overage_rate",
        lambda: component(Rate(entries=(RateEntry(rate="1%"),), otherwise="nothing"), Tiers(table=overage((0, 1), above=0, what="factor"), over="year")),
    ),
    ("commission.quota_of_sale", lambda: component(Target(over="sale"))),
    ("commission.quota_of_sale", lambda: component(flat(), Cap(over="sale", of_target=1))),
    ("commission.quota_of_sale", lambda: component(flat(), Hurdle(on="attainment", over="sale", at_least=1))),
    ("commission.curve_origin", lambda: Tiers(table=curve((0, 1), (1, 2)), over="year")),
    ("commission.tiers_by", lambda: Tiers(table=marginal((0, "1%")), over="year", by="units")),
    ("commission.cap", lambda: Cap(over="year")),
    ("commission.cap_sale", lambda: Cap(over="year", of_sale="1%")),
    ("commission.cap_negative", lambda: Cap(over="year", amount=cny(-1))),
    ("commission.factor", FactorStep),
    ("commission.factor", lambda: FactorStep(name="kpi", value=1)),
    ("commission.gate", lambda: Gate(on="amount", counts=True)),
    ("commission.gate_factor", lambda: Gate(on="factor", at_least=1, counts=True)),
    ("commission.gate_share", lambda: Gate(on="margin_rate", at_least=12, counts=True)),
    ("commission.gate_share", lambda: Gate(on="discount", at_most="1.01", counts=True)),
    ("commission.tiers_earlier", lambda: Tiers(table=marginal((0, "3%")), over="year", earlier="kept")),
    ("commission.gate_late", lambda: component(TIERS, Gate(on="amount", at_least=1, counts=False))),
    ("commission.gate_uncounted", lambda: component(Gate(on="amount", at_least=1, otherwise="50%", counts=False), TIERS)),
    ("commission.attainment_percent", lambda: component(Hurdle(on="attainment", at_least=80, over="year"))),
    ("commission.attainment_percent", lambda: component(Tiers(table=marginal((0, "1%"), (100, "2%")), on="attainment", over="year"))),
    ("commission.attainment_percent", lambda: component(Tiers(table=curve((0, 0), (100, 1)), on="attainment", over="year"))),
    ("commission.rate_entry", RateEntry),
    ("commission.rate_entry", lambda: RateEntry(rate="1%", fixed=1)),
    ("commission.rate_by", lambda: RateEntry(rate="1%", by="discount")),
    ("commission.rate_table", lambda: RateEntry(table=Lookup(bands=(ValueBand(start=0, value=3),)), by="discount")),
    ("commission.no_entries", lambda: Rate(entries=())),
    ("scope.tie", lambda: Rate(entries=(RateEntry(rate="1%"), RateEntry(rate="2%")))),
    ("commission.currency", lambda: plan(currency="XYZ")),
    ("commission.no_components", lambda: Plan(id="x", currency="CNY", effective_from=day(1, 1), returns=plan().returns, components=())),
    ("commission.dates", lambda: plan(effective_until=day(1, 1))),
    ("commission.duplicate_component", lambda: plan(component(), component())),
    ("commission.unit_digits", lambda: plan(unit_digits=10)),
    ("commission.settle", lambda: plan(settle="week")),
    ("commission.mixed_currency", lambda: plan(component(flat(), Floor(amount=Money(1, "USD"))))),
    ("commission.stages", lambda: plan(earning=(Stage(on="order", share="99.99%"),))),
    ("commission.pool", lambda: plan(component(credit="team"))),
    ("commission.split_tiers", lambda: plan(component(TIERS), split="commission")),
    ("commission.split_tiers", lambda: plan(component(flat(), FactorStep(name="kpi")), split="commission")),
    ("commission.split_tiers", lambda: plan(component(Gate(on="factor", factor="kpi", at_least=1, counts=True), flat()), split="commission")),
    ("commission.guarantee", lambda: plan(guarantee=Guarantee(amounts=()))),
]


@pytest.mark.parametrize(("code", "make"), REFUSED, ids=[f"{code} {place}" for place, (code, _) in enumerate(REFUSED)])
def test_refused(code: str, make: Any) -> None:
    """A rule that cannot be meant is refused when it is made, and says what to do."""
    with pytest.raises(SalesRulesError) as caught:
        make()
    assert caught.value.code == code
    assert caught.value.message


def test_facts_are_given_by_the_carrier() -> None:
    """A question about a person that no carrier has answered is an error, never a 0."""
    with pytest.raises(FactError, match=r"commission\.no_facts"):
        Ask(what="quota", name="sales", over="year", unit=100).find(("chen", CALENDAR.year(2026)))


def test_what_is_allowed() -> None:
    """A pool beside a team component, a factor of the plan in a divided sale, and stages that make the whole are fine."""
    rules = plan(component(credit="team"), pool=Pool(by="days"), earning=(Stage(on="order", share="1/3"), Stage(on="receipt", share="2/3")))
    assert rules.in_force.on(day(5, 1)) is rules
    assert plan(component(flat(), FactorStep(value="0.5")), split="commission").money.code == "CNY"


def test_types_of_a_run() -> None:
    """A run knows its plan and its last period; measures are shown as money or numbers."""
    run: Run = calculate(plan(component(Rate(entries=(RateEntry(amount=1),)), measure="deals")), [sale("S", day(1, 5), 100)], on=day(1, 20))
    assert (run.plan.id, run.period) == ("test", month(1))
    assert run.lines[0].measure == Fraction(1)
    assert isinstance(run.lines[0].sale, Sale)


def test_the_rate_reached_may_pay_this_sale_alone() -> None:
    """Earlier sales kept: the sale that reaches a band is paid at its rate as a whole, those before it as they were, also after rates that differ."""
    rates = Rate(entries=(RateEntry(rate="1%"), RateEntry(scope=Scope(category=("pump",)), rate="2%")))
    sales = [sale("A", day(1, 5), 600), sale("B", day(1, 6), 600, category="pump"), sale("C", day(1, 7), -100)]
    kept = Tiers(table=whole((0, 1), (1000, 2), what="factor"), over="year", earlier="kept")
    for steps in ((rates, kept), (kept, rates)):
        run = calculate(plan(component(*steps)), sales, on=day(1, 31))
        assert pays(run) == ["6.00", "24.00", "-2.00"]
        assert all(replay(line.working) == line.pay for line in run.lines)
    outcomes: tuple[tuple[Any, str], ...] = (("nothing", "0.00"), ("target", "18.00"))
    for no_quota, expected in outcomes:
        tiers = Tiers(table=whole((0, "1%"), (1, "3%")), over="year", on="attainment", earlier="kept", no_quota=no_quota)
        run = calculate(plan(component(tiers)), sales[:1], on=day(1, 31), quotas=[Quota(person="chen", period=CALENDAR.year(2026), amount=cny(0))])
        assert pays(run) == [expected]
