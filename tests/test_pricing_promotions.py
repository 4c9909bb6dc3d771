"""Promotions: what applies and what does not, and why; budgets, caps, coupons, and how discounts are handed on."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from salesrules.document import dumps, loads
from salesrules.errors import FactError
from salesrules.money import Exact, Money
from salesrules.pricing.discounts.discount import Discount
from salesrules.pricing.discounts.stacking import Stacking, stack
from salesrules.pricing.promotions import (
    Audience,
    Basket,
    BasketLine,
    Budget,
    Bundle,
    BuyGet,
    Coupon,
    Draw,
    Giving,
    Meter,
    Part,
    PriceOff,
    Prize,
    Promoted,
    Promotion,
    Spend,
    Threshold,
    Tier,
    Usage,
    Use,
    promote,
    propose,
)
from salesrules.pricing.promotions.reach import Reach
from salesrules.scope import Scope
from salesrules.text import LOCALES, format_value, working_text
from salesrules.trace import Source, replay
from tests.pricing_promotions import DAY, TENTH, approved, basket, line, promotion, running

CODE = "pricing.promotion.dropped."
FREE: dict[str, Any] = {"buy_quantity": 2, "get_quantity": 1, "repeat": "every", "together": True, "picking": "cheapest", "qualifiers": "used"}
SPENT = Meter(on="spend", tested="original", basis="net")


def cny(amount: str) -> Money:
    """An amount in yuan."""
    return Money(amount, "CNY")


def run(*campaigns: Any, of: Basket | None = None, **options: Any) -> Promoted:
    """The promotions on a basket in March."""
    return promote(campaigns, of or basket(), on=options.pop("on", DAY), **options)


def why(promoted: Promoted, name: str = "p") -> str:
    """Why a promotion gave nothing."""
    return promoted.reason(name).code.removeprefix(CODE)


@pytest.mark.parametrize(
    ("terms", "customer", "reason"),
    [
        ({"audience": Audience(customers="new")}, {"new_customer": False}, "existing"),
        ({"audience": Audience(customers="existing")}, {"new_customer": True}, "new"),
        ({"audience": Audience(scope=Scope(region=("north",)))}, {"region": "south"}, "scope"),
        ({"audience": Audience(groups=("members",))}, {"groups": ("staff",)}, "group"),
        ({"audience": Audience(not_groups=("staff",))}, {"groups": ("staff",)}, "group"),
        ({"currency": "USD", "offers": (PriceOff(amount=Money(1, "USD"), per="order"),)}, {}, "currency"),
        ({"coupon": Coupon(codes=("A",), per_order=1)}, {"coupons": ("B",)}, "coupon"),
        ({"opens": "decision"}, {}, "not_started"),
    ],
)
def test_not_for_this_basket(terms: dict[str, Any], customer: dict[str, Any], reason: str) -> None:
    """A promotion that is not for a customer, or not running, gives nothing and says why."""
    promoted = run(running(**terms), of=basket(**customer))
    assert why(promoted) == reason
    assert promoted.total == cny("100")
    assert promoted.usage == Usage()


def test_for_this_customer() -> None:
    """Whoever fits every part of the audience gets the promotion."""
    audience = Audience(customers="new", scope=Scope(region=("north",)), groups=("members", "staff"), not_groups=("no-campaigns",))
    assert run(running(audience=audience), of=basket(new_customer=True, region="north", groups=("staff",))).total == cny("90")


@pytest.mark.parametrize(("day", "reason"), [(date(2026, 2, 28), "early"), (date(2026, 4, 1), "over"), (date(2025, 11, 30), "unknown")])
def test_outside_its_dates(day: date, reason: str) -> None:
    """Dates are half-open: on the first day a promotion applies, on the last one named no longer."""
    assert why(run(running(), on=day)) == reason
    assert run(running(), on=date(2026, 3, 1)).applied
    assert run(running(), on=date(2026, 3, 31)).applied


def test_not_approved() -> None:
    """What is only proposed gives nothing."""
    assert why(run(propose(promotion(), by="chen", on=date(2026, 1, 1)))) == "proposed"


def test_unknown_whether_new() -> None:
    """A promotion for new customers cannot be judged where nobody says who is new."""
    with pytest.raises(FactError, match="promotion_new"):
        run(running(audience=Audience(customers="new")))


def test_twice() -> None:
    """Two promotions of one id are refused."""
    with pytest.raises(FactError, match="promotion_twice"):
        run(running(), running())


def test_uses() -> None:
    """A promotion is used as often as it may be: in all, by one customer, with one coupon."""
    use = Use(promotion="p", customer="C1", code="A", charged=cny("10"))
    usage = Usage((use,))
    assert why(run(running(most_uses=1), usage=usage)) == "uses"
    assert run(running(most_uses=2), usage=usage).usage.times("p") == 2
    each = running(most_per_customer=1)
    assert why(run(each, of=basket(customer="C1"), usage=usage)) == "per_customer"
    assert run(each, of=basket(customer="C2"), usage=usage).usage.times("p", customer="C2") == 1
    with pytest.raises(FactError, match="promotion_customer"):
        run(each)
    coupon = running(coupon=Coupon(codes=("A", "B"), uses=1, per_order=1))
    assert why(run(coupon, of=basket(coupons=("A",)), usage=usage)) == "code_used"
    assert run(coupon, of=basket(coupons=("B",)), usage=usage).applied[0].code == "B"


def test_one_code_an_order() -> None:
    """No more codes of a promotion count in one order than it allows."""
    coupons = basket(coupons=("B", "A"))
    assert run(running(coupon=Coupon(codes=("A", "B"), per_order=1)), of=coupons).total == cny("90")
    assert run(running(coupon=Coupon(codes=("A", "B"), per_order=2)), of=coupons).total == cny("81")


@pytest.mark.parametrize(("short", "saved"), [("refused", "0"), ("cut", "4")])
def test_budget_runs_short(short: Any, saved: str) -> None:
    """Where the rest of the budget does not cover a discount it is refused, or cut to the rest."""
    budget = Budget(amount=cny("100"), charged="cost", short=short)
    promoted = run(running(budget=budget), usage=Usage((Use(promotion="p", charged=cny("96")),)))
    assert promoted.saved == cny(saved)
    assert promoted.usage.charged("p", "CNY") == cny("96") + cny(saved)
    if promoted.applied:
        assert promoted.of_line("1") == (Discount(id="p", amount=cny("4"), per="line", reason="promotion"),)
    else:
        assert why(promoted) == "budget_short"


def test_budget_used_up() -> None:
    """A promotion whose budget is gone gives nothing more."""
    spent = Usage((Use(promotion="p", charged=cny("100")),))
    assert why(run(running(budget=Budget(amount=cny("100"), charged="cost", short="cut")), usage=spent)) == "budget"


def test_budget_of_gifts() -> None:
    """A budget is charged with the cost or the list value of gifts; what does not fit is not given."""
    gift = Giving(product="hose", quantity=1, list_value=cny("15"), cost=cny("6"))
    for charged, amount in (("cost", "6"), ("worth", "15")):
        terms: dict[str, Any] = {"charged": charged, "short": "cut"}
        assert run(running(gift, budget=Budget(amount=cny(amount), **terms))).usage.charged("p", "CNY") == cny(amount)
        assert why(run(running(gift, budget=Budget(amount=cny("5.99"), **terms)))) == "budget_short"
        refused: dict[str, Any] = terms | {"short": "refused"}
        assert why(run(running(gift, budget=Budget(amount=cny("5.99"), **refused)))) == "budget_short"
    both = run(running(TENTH, gift, budget=Budget(amount=cny("12"), charged="cost", short="cut")))
    assert (both.saved, both.gifts, both.cost) == (cny("10"), (), cny("10"))


def test_cost_of_free_units() -> None:
    """Free units cost what the line says; without a cost nobody knows, and a budget by cost cannot be charged."""
    free = BuyGet(reward="added", **FREE)
    told, untold = basket(line(quantity=4, cost=cny("60"))), basket(line(quantity=4))
    assert run(running(free), of=told).cost == cny("120")
    assert run(running(free), of=untold).cost is None
    assert run(running(free), of=untold).usage.charged("p", "CNY") == cny("200")
    budget = Budget(amount=cny("500"), charged="cost", short="cut")
    assert run(running(free, budget=budget), of=told).usage.charged("p", "CNY") == cny("120")
    with pytest.raises(FactError, match="promotion_cost"):
        run(running(free, budget=budget), of=untold)
    assert run(running(free, budget=Budget(amount=cny("500"), charged="worth", short="cut")), of=untold).worth == cny("200")


def test_exclusive() -> None:
    """By priority an exclusive promotion goes alone, even where the others give more; by worth only where they give less."""
    half = running(PriceOff(rate="50%", of="running", per="line"), id="half")
    alone = running(PriceOff(rate="30%", of="running", per="line"), id="alone", exclusive=True)
    tenth = running(id="tenth", priority=1)
    assert [one.promotion for one in run(half, alone, tenth).applied] == ["alone"]
    assert {why(run(half, alone, tenth), name) for name in ("half", "tenth")} == {"exclusive"}
    best = run(half, alone, tenth, choice="best")
    assert [one.promotion for one in best.applied] == ["tenth", "half"]
    assert why(best, "alone") == "exclusive"
    assert [one.promotion for one in run(alone, tenth, choice="best").applied] == ["alone"]


def test_exclusive_without_effect() -> None:
    """An exclusive promotion that gives nothing does not stand in the way of others."""
    nothing = running(PriceOff(rate="30%", of="running", per="line", scope=Scope(product=("other",))), id="alone", exclusive=True)
    promoted = run(nothing, running())
    assert [one.promotion for one in promoted.applied] == ["p"]
    assert why(promoted, "alone") == "exclusive"


def test_best_is_bounded() -> None:
    """Too many promotions to try in every order are refused, never tried in part."""
    with pytest.raises(FactError, match="promotion_best"):
        run(*(running(id=str(place)) for place in range(7)), choice="best")


def test_nothing_to_promote() -> None:
    """Without promotions the basket costs what it cost."""
    promoted = run()
    assert promoted.total == cny("100")
    assert promoted.worth == promoted.cost == cny("0")
    assert not promoted.applied
    assert replay(promoted.step) == cny("0")
    with pytest.raises(FactError, match="promotion_given"):
        promoted.reason("p")


def test_only_what_was_kept() -> None:
    """What stacking leaves out counts as not used."""
    promoted = run(running(), running(PriceOff(amount=cny("20"), per="line"), id="coupon"))
    kept = promoted.only({"p"})
    assert [one.promotion for one in kept.applied] == ["p"]
    assert why(kept, "coupon") == "stacked"
    assert promoted.total == cny("72")
    assert kept.total == cny("92")
    assert kept.usage == Usage((Use(promotion="p", charged=cny("8")),))
    assert replay(kept.step) == kept.worth


def test_discounts_as_stated() -> None:
    """A share or a price stays what it is on a whole line; a part of a line, or a capped discount, becomes money off."""
    lines = basket(line("1", quantity=4), line("2", "50"))
    source = Source(document="Plan", clause="3")
    told: dict[str, Any] = {"lane": "season", "priority": 3, "last": True, "combinable": False, "not_on_discounted": True, "source": source}
    share = run(running(PriceOff(rate="10%", of="list", per="line", scope=Scope()), **told), of=lines)
    assert share.of_line("2") == (Discount(id="p", rate="10%", of="list", per="line", reason="promotion", **told),)
    price = run(running(PriceOff(price=cny("80"), per="unit")), of=lines)
    assert price.of_line("1") == (Discount(id="p", price=cny("80"), per="unit", reason="promotion"),)
    assert price.of_line("2") == ()
    part = run(running(PriceOff(rate="10%", of="list", per="unit", most_units=1, picking="dearest")), of=lines)
    assert [given.amount for given in part.of_line("1")] == [cny("10")]
    whole = run(running(PriceOff(rate="10%", of="list", per="order")), of=lines)
    assert whole.of_order == (Discount(id="p", rate="10%", of="list", per="order", reason="promotion"),)
    assert whole.of_line("1") == ()
    money = run(running(PriceOff(amount=cny("30"), per="order")), of=lines)
    assert [given.amount for given in money.of_order] == [cny("30")]
    capped = run(running(PriceOff(rate="10%", of="list", per="order", most=cny("9"), most_basis="net")), of=lines)
    assert [given.amount for given in capped.of_order] == [cny("9")]
    some = run(running(PriceOff(amount=cny("30"), per="order", scope=Scope(product=("A",)))), of=basket(line("1", product="A"), line("2", product="B")))
    assert not some.of_order
    assert [given.amount for given in some.of_line("1")] == [cny("30")]


def test_ids_of_discounts() -> None:
    """Each offer and each coupon has its own id, so that stacking can tell them apart."""
    campaign = running(TENTH, PriceOff(amount=cny("1"), per="line"), coupon=Coupon(codes=("A",), per_order=1))
    promoted = run(campaign, of=basket(coupons=("A",)))
    assert [(given.id, given.reason) for given in promoted.of_line("1")] == [("p:A.1", "coupon"), ("p:A.2", "coupon")]
    assert promoted.usage.times("p", code="A") == 1


def test_stacking_gives_the_same() -> None:
    """Discounts handed to a stacking that lets each say what it is a share of come to what was reckoned here."""
    promoted = run(running(id="a"), running(PriceOff(amount=cny("7"), per="line"), id="b"), running(PriceOff(rate="5%", of="list", per="line"), id="c"))
    assert stack(cny("100"), promoted.of_line("1"), Stacking(mode="declared", order="given")).net == promoted.total


def test_not_on_discounted() -> None:
    """A promotion for undiscounted units leaves alone what is below its list price."""
    sale = running(PriceOff(rate="20%", of="list", per="line", scope=Scope(product=("A",))), id="first", priority=1)
    rest = running(PriceOff(rate="10%", of="list", per="line"), id="second", not_on_discounted=True)
    agreed = BasketLine(id="1", quantity=2, list_price=cny("100"), price=cny("99"))
    assert why(run(rest, of=basket(agreed)), "second") == "nothing"
    promoted = run(sale, rest, of=basket(line("1", product="A"), line("2")))
    assert [one.saved for one in promoted.applied] == [cny("20"), cny("10")]
    assert promoted.of_line("1")[0].id == "first"


def test_threshold_per_full_amount() -> None:
    """For every full hundred ten comes off, up to a cap; below the first hundred nothing does."""
    offer = Spend(meter=SPENT, repeat="every", tiers=(Tier(at_least=100, amount=cny("10")),), most=cny("25"))
    assert [run(running(offer), of=basket(line("1", price))).saved for price in ("99.99", "100", "299.99", "950")] == [
        cny("0"),
        cny("10"),
        cny("20"),
        cny("25"),
    ]
    assert why(run(running(offer), of=basket(line("1", "99.99")))) == "point"


def test_threshold_of_list_price() -> None:
    """A tier's share may be one of the list price, and never takes more than is left."""
    first = running(PriceOff(rate="90%", of="list", per="line"), id="a", priority=1)
    second = running(Spend(meter=SPENT, repeat="once", of="list", tiers=(Tier(at_least=1, rate="50%"),)), id="b")
    assert run(first, second).total == cny("0")


def test_bundle_prices() -> None:
    """A set has a price, so much off, or so much off each unit; a set price above the price of its articles gives nothing."""
    parts = (Part(quantity=2),)
    three = basket(line(quantity=5))

    def total(**terms: Any) -> Exact:
        return run(running(Bundle(parts=parts, picking="dearest", **terms), units="once"), of=three).total

    assert total(price=cny("150"), repeat="every") == cny("400")
    assert total(price=cny("150"), repeat="once") == cny("450")
    assert total(amount=cny("30"), repeat="every") == cny("440")
    assert total(amount=cny("30"), repeat="every", most_sets=1) == cny("470")
    assert total(each=cny("120"), repeat="every") == cny("100")
    assert total(price=cny("250"), repeat="every") == cny("500")


def test_units_serve_once() -> None:
    """Units that one offer used up are out of reach of the next, unless units are shared."""
    sale = running(TENTH, id="a", units="once", priority=1)
    free = BuyGet(reward="in_basket", **FREE)
    assert why(run(sale, running(free, units="once"), of=basket(line(quantity=3)))) == "set"
    assert run(sale, running(free), of=basket(line(quantity=3))).saved == cny("120")


def test_lines_apart() -> None:
    """Units count together or each line for itself, and the free units of one order are limited either way."""
    lines = basket(line("1", "30", 2), line("2", "40", 2))
    terms = FREE | {"reward": "in_basket", "buy_quantity": 1}
    assert run(running(BuyGet(**terms), units="once"), of=lines).saved == cny("60")
    assert run(running(BuyGet(**terms | {"together": False}), units="once"), of=lines).saved == cny("70")
    assert run(running(BuyGet(**terms | {"together": False, "most_units": 1}), units="once"), of=lines).saved == cny("30")
    assert run(running(BuyGet(**terms | {"picking": "dearest"}), units="once"), of=lines).saved == cny("80")
    assert run(running(BuyGet(**terms | {"repeat": "once"}), units="once"), of=lines).saved == cny("30")


def test_other_article_half_price() -> None:
    """What is got may be another article in the basket, at a share of its price; each article counts once."""
    offer = BuyGet(**FREE | {"reward": "in_basket", "buy": Scope(product=("A",)), "get": Scope(product=("B",)), "off": "50%"})
    lines = basket(line("1", product="A", quantity=4), line("2", "60", product="B"))
    promoted = run(running(offer, units="once"), of=lines)
    assert promoted.saved == cny("30")
    assert promoted.of_line("2")[0].amount == cny("30")
    assert why(run(running(offer), of=basket(line("1", product="A", quantity=4)))) == "set"


def test_incomplete_set() -> None:
    """A last set that is not complete is refused, or given with the units there are, within the limit of units."""
    terms = FREE | {"reward": "in_basket", "get_quantity": 3}

    def free(quantity: int, **more: Any) -> Money:
        return run(running(BuyGet(**terms | more), units="once"), of=basket(line(price="10", quantity=quantity))).saved

    assert [free(quantity) for quantity in (4, 5, 9)] == [cny("0"), cny("30"), cny("30")]
    assert [free(quantity, incomplete="given") for quantity in (1, 2, 4, 9)] == [cny("0"), cny("0"), cny("20"), cny("50")]
    assert free(9, incomplete="given", most_units=4) == cny("40")
    assert free(9, incomplete="given", repeat="once") == cny("30")
    assert free(4, incomplete="given", repeat="once") == cny("20")


def test_gifts_and_entries() -> None:
    """Gifts and entries come once an order, or for every so many, up to a limit; they never count as bought."""
    every = Giving(product="hose", quantity=2, list_value=cny("15"), cost=cny("6"), meter=SPENT, every=100, most=2)
    promoted = run(running(every), of=basket(line(quantity=5)))
    assert [(gift.product, gift.quantity, gift.name) for gift in promoted.gifts] == [("hose", Fraction(4), "hose")]
    assert promoted.worth == cny("60")
    assert promoted.cost == cny("24")
    assert promoted.total == cny("500")
    assert why(run(running(every), of=basket(line(price="99")))) == "point"
    prizes = (Prize(name="phone", cost=cny("3000"), odds="1/1000"),)
    assert run(running(Draw(prizes=prizes))).applied[0].entries == 1
    tickets = Draw(prizes=prizes, meter=SPENT, every=30, most=2)
    assert run(running(tickets)).applied[0].entries == 2
    assert why(run(running(tickets), of=basket(line(price="29.99")))) == "point"


def test_conditions_of_units() -> None:
    """A condition may count the units of all lines, or those of the largest."""
    lines = basket(line("1", quantity=2), line("2", quantity=2))
    four = Reach(at_least=4)
    assert run(running(when=(Threshold(meter=Meter(on="units"), reach=four),)), of=lines).applied
    assert why(run(running(when=(Threshold(meter=Meter(on="line_units"), reach=four),)), of=lines)) == "threshold"


def test_tax_is_needed() -> None:
    """Money with tax cannot be counted on net prices of a line that does not say its tax."""
    campaign = running(when=(Threshold(meter=Meter(on="spend", tested="running", basis="gross"), reach=Reach(at_least=110)),))
    assert run(campaign, of=basket(line(tax_rate="13%"))).applied
    with pytest.raises(FactError, match="promotion_tax"):
        run(campaign)


def test_cap_without_effect() -> None:
    """A cap on a discount that takes nothing off is no cap at all."""
    offer = PriceOff(price=cny("200"), per="unit", most=cny("1"), most_basis="net")
    assert why(run(running(offer))) == "nothing"


def test_worthless_lines() -> None:
    """Lines at a price of 0 take nothing of an amount, and an amount on nothing else does nothing."""
    off = running(PriceOff(amount=cny("10"), per="order"))
    assert run(off, of=basket(line("1", "0"), line("2", "40"))).of_order[0].amount == cny("10")
    assert why(run(off, of=basket(line("1", "0")))) == "nothing"


def test_rounded_units() -> None:
    """Per unit the discount of a unit is rounded, per line that of the line, per order that of the order."""
    lines = basket(line("1", "1.05", 3), line("2", "1.05", 3))
    totals = [run(running(PriceOff(rate="10%", of="list", per=per)), of=lines).saved for per in ("unit", "line", "order")]
    assert totals == [cny("0.66"), cny("0.64"), cny("0.63")]


def test_rounding_never_below_zero() -> None:
    """A coarse rounding does not take off more than a line costs."""
    from salesrules.money import Rounding

    campaign = running(PriceOff(rate="100%", of="list", per="line"), rounding=Rounding("half_up", step="1"))
    assert run(campaign, of=basket(line(price="0.80"))).total == cny("0")


@pytest.mark.parametrize("locale", LOCALES)
def test_told(locale: str) -> None:
    """The working and the reasons are told in every language, with the clause."""
    source = Source(document="促销方案", clause="2.1")
    gift = Giving(product="hose", quantity=1, list_value=cny("15"), cost=cny("6"))
    campaign = running(TENTH, gift, BuyGet(reward="added", **FREE), title="春季", source=source, coupon=Coupon(codes=("A",), per_order=1))
    promoted = run(campaign, running(id="late", start=date(2026, 3, 9)), of=basket(line(quantity=3), coupons=("A",)))
    told = working_text(promoted.step, locale)
    assert "春季" in told
    assert "2.1" in told
    assert "step." not in told
    assert CODE not in format_value(promoted.reason("late"), locale)
    assert replay(promoted.step) == promoted.worth == cny("145")


def test_written_and_read_back() -> None:
    """A promotion of every kind is written as a document and read back the same."""
    offers = (
        TENTH,
        PriceOff(price=cny("80"), per="unit", prices=Reach(at_least=1, below=100)),
        BuyGet(reward="in_basket", **FREE),
        Giving(product="hose", quantity=1, list_value=cny("15"), cost=cny("6"), meter=SPENT, every=100),
        Bundle(parts=(Part(quantity=2, scope=Scope(category=("pump",))),), price=cny("150"), repeat="every", picking="dearest"),
        Spend(meter=SPENT, repeat="once", tiers=(Tier(at_least=300, amount=cny("30")),)),
        Draw(prizes=(Prize(name="phone", cost=cny("3000"), odds="1/1000", count=2),), meter=SPENT, every=100),
    )
    one = promotion(
        *offers, audience=Audience(customers="new"), coupon=Coupon(codes=("A",), per_order=1), budget=Budget(amount=cny("9"), charged="cost", short="cut")
    )
    assert loads(dumps(one), Promotion) == one
    assert run(approved(one), of=basket(line(quantity=5), new_customer=True, coupons=("A",))).saved <= cny("9")
