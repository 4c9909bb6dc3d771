"""Discounts that meet on one price and on an order: each rule, each limit, each reason, each refusal."""

import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import attrs
import pytest

from salesrules.document import dumps, loads
from salesrules.errors import SalesRulesError
from salesrules.money import Exact, Money, Rounding
from salesrules.pricing.discounts.choosing import MOST_SETS
from salesrules.pricing.discounts.discount import Discount, share_off
from salesrules.pricing.discounts.orders import OrderStacked, StackLine, stack_order
from salesrules.pricing.discounts.spreading import Spreading
from salesrules.pricing.discounts.stacked import CUT, DROPPED
from salesrules.pricing.discounts.stacking import Stacking, stack
from salesrules.text import LOCALES, format_value, working_text
from salesrules.trace import replay

HUNDRED = Money(100, "CNY")
EACH = Stacking(mode="cascading", order="given")
DOCUMENT = Rounding(per="document")
MOVE = Spreading(by="amount", remainder="largest_remainder", pushed_back="move")


def _cny(value: str) -> Exact:
    return Exact(value, "CNY")


def _off(id: str, terms: str, **more: Any) -> Discount:
    """A discount of a share or an amount."""
    return Discount(id=id, rate=terms, **more) if terms.endswith("%") else Discount(id=id, amount=_cny(terms), **more)


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("pricing.discount_id", lambda: _off(" ", "10%")),
    ("pricing.discount_id", lambda: _off(7, "10%")),  # type: ignore[arg-type]
    ("pricing.discount_terms", lambda: Discount(id="d")),
    ("pricing.discount_terms", lambda: Discount(id="d", rate="10%", price=_cny("9"))),
    ("pricing.discount_terms", lambda: Discount(id="d", amount=_cny("1"), price=_cny("9"))),
    ("pricing.discount_rate", lambda: _off("d", "100.01%")),
    ("pricing.discount_word", lambda: _off("d", "10%", per="dozen")),
    ("pricing.discount_word", lambda: _off("d", "10%", of="cost")),
    ("pricing.discount_amount", lambda: Discount(id="d", amount="10")),
    ("pricing.discount_amount", lambda: _off("d", "10%", most=_cny("10"))),
    ("pricing.discount_below", lambda: Discount(id="d", price=_cny("-1"))),
    ("pricing.discount_below", lambda: _off("d", "10%", most=Money(-1, "CNY"))),
    ("pricing.discount_currency", lambda: _off("d", "10", most=Money(1, "USD"))),
    ("rate.percent", lambda: Discount(id="d", rate="20")),
    ("rate.zhe", lambda: Discount.zhe("10折", id="d")),
    ("pricing.stacking_word", lambda: attrs.evolve(EACH, mode="chain")),  # type: ignore[arg-type]
    ("pricing.stacking_cap", lambda: attrs.evolve(EACH, cap="-1%")),
    ("pricing.stacking_below", lambda: attrs.evolve(EACH, least=Money(-1, "CNY"))),
    ("pricing.stacking_below", lambda: attrs.evolve(EACH, cap_amount=Money(-1, "CNY"))),
    ("pricing.quantity", lambda: stack(HUNDRED, (), EACH, quantity=0)),
    ("pricing.price", lambda: stack(-HUNDRED, (), EACH)),
    ("pricing.price", lambda: stack(HUNDRED, (), EACH, list_price=-HUNDRED)),
    ("pricing.price_type", lambda: stack("100", (), EACH)),  # type: ignore[arg-type]
    ("pricing.duplicate_discount", lambda: stack(HUNDRED, (_off("d", "10%"), _off("d", "10%")), EACH)),
    ("pricing.disagree", lambda: stack(HUNDRED, (Discount(id="d", rate="5%", amount=_cny("20")),), EACH)),
    ("pricing.combinations", lambda: stack(HUNDRED, [_off(f"d{n}", "1%") for n in range(13)], attrs.evolve(EACH, choose="best_combination"))),
    ("money.mixed", lambda: stack(HUNDRED, (Discount(id="d", amount=Money(1, "USD")),), EACH)),
    ("money.mixed", lambda: stack(HUNDRED, (), EACH, list_price=Money(100, "USD"))),
    ("money.mixed", lambda: stack(HUNDRED, (), EACH, least=Money(1, "USD"))),
    ("rounding.step", lambda: stack(HUNDRED, (_off("d", "10%"),), attrs.evolve(EACH, rounding=Rounding(step="0.001")))),
    ("pricing.no_lines", lambda: stack_order((), (), items=EACH, order=EACH, spreading=MOVE)),
    ("pricing.duplicate_line", lambda: _order(_line("a", "1"), _line("a", "2"))),
    ("pricing.mixed_signs", lambda: _order(_line("a", "1"), _line("b", "2", quantity=-1))),
    ("pricing.quantity", lambda: _order(_line("a", "1", quantity=0))),
]


def _line(id: str, price: str, **more: Any) -> StackLine:
    return StackLine(id=id, price=_cny(price), **more)


def _order(*lines: StackLine, discounts: tuple[Discount, ...] = (), items: Stacking = EACH, order: Stacking = EACH, rule: Spreading = MOVE) -> OrderStacked:
    return stack_order(lines, discounts, items=items, order=order, spreading=rule)


@pytest.mark.parametrize(("code", "make"), REFUSED, ids=[f"{code} {place}" for place, (code, _) in enumerate(REFUSED)])
def test_refused(code: str, make: Callable[[], Any]) -> None:
    """Wrong discounts, wrong rules and wrong prices are refused with a stable code, a path, and a message that can be printed."""
    with pytest.raises(SalesRulesError) as caught:
        make()
    assert caught.value.code == code
    assert caught.value.message
    assert caught.value.path or not code.startswith("pricing.") or code == "pricing.mixed_signs"


def test_a_wrong_line_is_named() -> None:
    """What is wrong with a line of an order is told with the line in the path."""
    with pytest.raises(SalesRulesError) as caught:
        _order(_line("a", "10", discounts=(_off("x", "1%"), _off("x", "2%"))))
    assert caught.value.path == "line a.discounts[1]"


def test_zhe_is_the_share_paid() -> None:
    """八五折 takes 15% off, and other fields are passed along."""
    discount = Discount.zhe("八五折", id="会员", lane="member")
    assert (discount.rate, discount.lane) == (Fraction(3, 20), "member")


def test_share_off() -> None:
    """The share of nothing is 0, and a surcharge is a share below 0."""
    assert share_off(_cny("0"), _cny("0")) == 0
    assert share_off(_cny("100"), _cny("110")) == Fraction(-1, 10)


def test_the_price_to_pay() -> None:
    """A price to be paid is taken where it is lower, per unit or for the line, and never raises what is due."""
    assert stack(HUNDRED, (Discount(id="d", price=_cny("88")),), EACH, quantity=3).net == _cny("264")
    assert stack(HUNDRED, (Discount(id="d", price=_cny("250"), per="line"),), EACH, quantity=3).net == _cny("250")
    made = stack(HUNDRED, (Discount(id="d", price=_cny("120")),), EACH)
    assert (made.net, made.dropped[0].reason) == (_cny("100"), "nothing")


def test_seventy_or_seventy_two() -> None:
    """10 and 20% off 100 give 70 or 72, and each warns of the other."""
    made = stack(HUNDRED, (_off("ten", "10"), _off("rate", "20%")), EACH)
    assert (made.net, made.orders) == (_cny("72"), "all")
    assert (made.warnings[0].order, made.warnings[0].other, made.warnings[0].other_net) == (("ten", "rate"), ("rate", "ten"), _cny("70"))
    assert not stack(HUNDRED, (_off("ten", "10"), _off("rate", "20%")), EACH, warn=False).warnings


@pytest.mark.parametrize(
    ("discounts", "rules", "orders"),
    [
        (("20%",), {}, "proved"),
        (("20%", "10%"), {}, "all"),
        (("20%", "10%"), {"rounds_when": "end"}, "proved"),
        (("20%", "10%"), {"mode": "additive"}, "proved"),
        (("20%", "10%"), {"mode": "additive", "rounds": "price"}, "all"),
        (("5", "10"), {}, "proved"),
        (("5", "-10"), {}, "all"),
    ],
)
def test_how_the_order_was_looked_into(discounts: tuple[str, ...], rules: dict[str, Any], orders: str) -> None:
    """Where no order can matter that is proved; otherwise all orders of a few discounts are tried."""
    made = stack(HUNDRED, [_off(f"d{place}", terms) for place, terms in enumerate(discounts)], attrs.evolve(EACH, **rules))
    assert (made.orders, made.warnings) == (orders, ())


def test_many_discounts() -> None:
    """Past the bound some orders are tried, those that differ most among them; where all commute nothing needs to be tried."""
    many = [_off("ten", "10"), *(_off(f"d{place}", "10%") for place in range(6))]
    made = stack(HUNDRED, many, attrs.evolve(EACH, rounding=DOCUMENT))
    assert made.orders == "some"
    assert made.warnings[0].other_net == HUNDRED * Fraction(9, 10) ** 6 - Money(10, "CNY")
    assert stack(HUNDRED, many[1:], attrs.evolve(EACH, rounding=DOCUMENT)).orders == "proved"


def test_declared_of_list() -> None:
    """Each discount says what it is a share of: the list price, or the price so far."""
    rule = attrs.evolve(EACH, mode="declared")
    of_list = _off("b", "10%", of="list")
    assert stack(Money(80, "CNY"), (_off("a", "10%"), of_list), rule, list_price=HUNDRED).net == _cny("62")
    assert stack(HUNDRED, (_off("a", "10%", of="list"), of_list), rule).orders == "proved"
    assert stack(Money(80, "CNY"), (Discount(id="d", rate="10%", amount=_cny("10"), of="list"),), rule, list_price=HUNDRED).net == _cny("70")


def test_rate_and_amount_agree_when_rounded() -> None:
    """An amount that is the rate of the price, rounded, agrees with it; on a price of 0 any rate does."""
    both = Discount(id="d", rate="1/3", amount=_cny("33.33"))
    assert stack(HUNDRED, (both,), EACH).net == _cny("66.67")
    assert stack(HUNDRED, (attrs.evolve(both, amount=_cny("100/3")),), attrs.evolve(EACH, rounding=DOCUMENT)).net == _cny("200/3")
    assert stack(Money(0, "CNY"), (both,), EACH).net == _cny("0")


def test_lanes() -> None:
    """In a lane the best counts, on the price so far; the lanes follow one another."""
    offers = (_off("member", "10%", lane="who"), _off("spring", "20%", lane="when"), _off("student", "15", lane="who"), _off("voucher", "5"))
    made = stack(HUNDRED, offers, EACH)
    assert [step.discount.id for step in made.steps] == ["student", "spring", "voucher"]
    assert made.net == _cny("63")
    assert [(one.discount.id, one.reason, one.by) for one in made.dropped] == [("member", "lane", ("student",))]


def test_best_of() -> None:
    """The best alone counts; the first of equals; the rest are told what beat them."""
    made = stack(HUNDRED, (_off("a", "10%"), _off("b", "20%"), _off("c", "20")), attrs.evolve(EACH, choose="best"))
    assert [step.discount.id for step in made.steps] == ["b"]
    assert {one.reason for one in made.dropped} == {"better"}
    assert stack(HUNDRED, (), attrs.evolve(EACH, choose="best")).net == _cny("100")


def test_best_combination_respects_lanes() -> None:
    """The best combination takes at most one discount of a lane, and leaves out what brings nothing."""
    offers = (_off("a", "10%", lane="x"), _off("b", "15%", lane="x"), _off("c", "5"), _off("d", "0%"))
    made = stack(HUNDRED, offers, attrs.evolve(EACH, choose="best_combination"))
    assert [step.discount.id for step in made.steps] == ["b", "c"]
    assert [one.discount.id for one in made.dropped] == ["a", "d"]


def test_best_combination_may_leave_out_what_closes_another() -> None:
    """A small discount that would make a large one impossible is left out."""
    offers = (_off("small", "1%"), _off("large", "30%", not_on_discounted=True))
    made = stack(HUNDRED, offers, attrs.evolve(EACH, choose="best_combination"))
    assert [step.discount.id for step in made.steps] == ["large"]


def test_bound_of_combinations() -> None:
    """Twelve discounts without lanes are still searched; the error past that tells the bound."""
    rule = attrs.evolve(EACH, choose="best_combination", rounding=DOCUMENT)
    assert len(stack(HUNDRED, [_off(f"d{n}", "1%") for n in range(12)], rule, warn=False).steps) == 12
    with pytest.raises(SalesRulesError, match=str(MOST_SETS)):
        stack(HUNDRED, [_off(f"d{n}", "1%") for n in range(13)], rule)


def test_not_combinable() -> None:
    """What is not combinable stands alone where that gives more, and is told so where it does not."""
    alone = _off("alone", "25%", combinable=False)
    assert stack(HUNDRED, (alone,), EACH).net == _cny("75")
    taken = stack(HUNDRED, (_off("a", "10%"), alone), EACH)
    assert [(one.discount.id, one.reason, one.by) for one in taken.dropped] == [("a", "not_combinable", ("alone",))]
    left = stack(HUNDRED, (_off("a", "30%"), alone), EACH)
    assert [(one.discount.id, one.reason, one.by) for one in left.dropped] == [("alone", "not_combinable", ("a",))]


def test_always_last() -> None:
    """What is declared last comes last, beside an exclusive one too, and no other order is held against it."""
    made = stack(HUNDRED, (_off("cash", "10%", last=True), _off("ten", "10"), _off("only", "20", exclusive=True)), EACH)
    assert [step.discount.id for step in made.steps] == ["only", "cash"]
    assert (made.net, made.warnings) == (_cny("72"), ())
    two = stack(HUNDRED, (_off("cash", "10%", last=True), _off("wire", "5", last=True)), EACH)
    assert two.warnings[0].other == ("wire", "cash")


def test_not_on_discounted() -> None:
    """It is taken only off a price that stands at list."""
    sale = _off("sale", "10%", not_on_discounted=True)
    assert stack(HUNDRED, (sale,), EACH).net == _cny("90")
    assert stack(HUNDRED, (sale,), EACH, list_price=Money(120, "CNY")).dropped[0].reason == "not_on_discounted"
    made = stack(HUNDRED, (_off("a", "10%"), sale), EACH)
    assert (made.net, made.dropped[0].reason) == (_cny("90"), "not_on_discounted")
    assert made.warnings[0].other_net == _cny("81")
    lane = stack(HUNDRED, (_off("a", "10%"), attrs.evolve(sale, rate=Fraction(1, 2), lane="x"), _off("b", "5%", lane="x")), EACH)
    assert [step.discount.id for step in lane.steps] == ["a", "b"]


def test_limits_of_one_and_of_all() -> None:
    """A discount stops at its own cap, all stop at the cap on the list price or the amount, and at the least price; each cut has its reason."""
    made = stack(HUNDRED, (_off("a", "40%", most=Money(30, "CNY")), _off("b", "30", per="line")), attrs.evolve(EACH, cap="50%"))
    assert [(str(step.amount), str(step.cut), step.why) for step in made.steps] == [("30 CNY", "10 CNY", ("most",)), ("20 CNY", "10 CNY", ("cap",))]
    amount = stack(HUNDRED, (_off("a", "40%"),), attrs.evolve(EACH, cap_amount=Money(15, "CNY")))
    assert (amount.net, amount.steps[0].why) == (_cny("85"), ("cap",))
    least = stack(HUNDRED, (_off("a", "40%"),), attrs.evolve(EACH, least=Money(70, "CNY")), least=Money(75, "CNY"), quantity=2)
    assert (least.net, least.steps[0].why, least["a"]) == (_cny("150"), ("least",), _cny("50"))
    per_unit = stack(HUNDRED, (_off("a", "40%", most=Money(5, "CNY")),), EACH, quantity=3)
    assert per_unit.net == _cny("285")


def test_the_cap_counts_what_was_conceded_before() -> None:
    """A price below list has used up a part of the cap; a price already past it takes no discount and is not raised."""
    rule = attrs.evolve(EACH, cap="30%")
    assert stack(Money(80, "CNY"), (_off("a", "20%"),), rule, list_price=HUNDRED).net == _cny("70")
    made = stack(Money(60, "CNY"), (_off("a", "20%"),), rule, list_price=HUNDRED)
    assert (made.net, made.dropped[0].reason, made["a"]) == (_cny("60"), "nothing", _cny("0"))


def test_surcharges() -> None:
    """Surcharges are always taken; where they are ignored they do not raise the price above the one that comes in."""
    small, fee = _off("small", "10%"), _off("fee", "-15")
    assert stack(HUNDRED, (small, fee), attrs.evolve(EACH, choose="best")).net == _cny("105")
    ignored = stack(HUNDRED, (small, fee), attrs.evolve(EACH, surcharges="ignore"))
    assert (ignored.net, ignored.steps[1].why) == (_cny("100"), ("surcharge",))
    additive = attrs.evolve(EACH, mode="additive")
    whole = (_off("a", "70%"), _off("b", "50%"), _off("fee", "-20%"))
    assert stack(HUNDRED, whole, additive).net == _cny("0")
    assert stack(HUNDRED, whole, attrs.evolve(additive, surcharges="ignore")).net == _cny("0")


def test_idle_discounts() -> None:
    """A discount that brought nothing is left out and said to have brought nothing, or kept where the policy counts it."""
    two = (_off("a", "100"), _off("b", "100"))
    assert [(one.discount.id, one.reason) for one in stack(HUNDRED, two, EACH).dropped] == [("b", "nothing")]
    kept = stack(HUNDRED, two, attrs.evolve(EACH, idle="keep"))
    assert [str(step.amount) for step in kept.steps] == ["100 CNY", "0 CNY"]


@pytest.mark.parametrize(
    ("rules", "net"),
    [
        ({}, "29.99"),
        ({"rounds": "price"}, "29.99"),
        ({"rounds_on": "unit"}, "30.00"),
        ({"rounds_on": "unit", "rounding": Rounding("down")}, "30.00"),
        ({"rounds_on": "unit", "rounds": "price", "rounding": Rounding("down")}, "29.94"),
        ({"rounds_when": "end"}, "29.98"),
        ({"rounds_when": "end", "rounds": "price", "rounding": Rounding("up")}, "29.99"),
        ({"rounding": Rounding(step="0.05")}, "30.00"),
        ({"rounding": DOCUMENT}, "29.985"),
    ],
)
def test_where_is_rounded(rules: dict[str, Any], net: str) -> None:
    """10% off 3 pieces of 11.11 and 0.004 off each: the unit, the line, each step, the end, or nothing is rounded."""
    discounts = (_off("a", "10%"), _off("b", "0.004"))
    made = stack(_cny("11.11"), discounts, attrs.evolve(EACH, **rules), quantity=3)
    assert made.net == _cny(net)
    assert replay(made.step()) == made.net


def test_a_price_that_is_no_whole_amount() -> None:
    """The line is rounded though nothing was taken off, and the difference is told."""
    made = stack(_cny("0.125"), (), EACH, quantity=3)
    assert (made.net, made.rounded) == (_cny("0.38"), _cny("-0.005"))


def test_an_order_of_returns() -> None:
    """Returns mirror the sale down to what each line bears."""
    terms = (_off("coupon", "20", per="order"), _off("again", "10%"))
    sale = _order(_line("a", "50", least=_cny("45")), _line("b", "20"), discounts=terms)
    back = _order(_line("a", "50", least=_cny("45"), quantity=-1), _line("b", "20", quantity=-1), discounts=terms)
    assert [line.net for line in back.lines] == [-line.net for line in sale.lines]
    assert back.total == -sale.total
    assert replay(back.step()) == back.total
    assert back.order.steps[0].spread is not None
    assert back.order.steps[0].spread["a"] == Money(-5, "CNY")


def test_order_discounts_on_lines_at_list() -> None:
    """A discount of the order that is not for reduced goods is a share of the lines at list price and goes to them alone."""
    lines = (_line("a", "100", discounts=(_off("own", "10%"),)), _line("b", "60"), _line("c", "40", list_price=_cny("50")))
    made = _order(*lines, discounts=(_off("full", "10%", not_on_discounted=True),))
    assert [str(line.borne) for line in made.lines] == ["0.00 CNY", "6.00 CNY", "0.00 CNY"]
    none = _order(lines[0], discounts=(_off("full", "10%", not_on_discounted=True),))
    assert none.order.dropped[0].reason == "not_on_discounted"


def test_floors_of_lines_stop_order_discounts() -> None:
    """What floors forfeit is told, and the next discount is a share of what the customer really pays."""
    lines = (_line("a", "50", least=_cny("45")), _line("b", "50", least=_cny("40")))
    made = _order(*lines, discounts=(_off("x", "30"), _off("y", "10%")))
    assert made.order.steps[0].why == ("floor",)
    assert made.forfeited == Money("23.50", "CNY")
    assert [one.reason for one in made.order.dropped] == ["nothing"]
    lost = _order(*lines, discounts=(_off("x", "12"), _off("y", "10%")), rule=attrs.evolve(MOVE, pushed_back="forfeit"))
    assert [str(step.amount) for step in lost.order.steps] == ["11 CNY", "4 CNY"]
    assert str(lost.order.steps[1].asked) == "8.9 CNY"
    refused = _order(*lines, discounts=(_off("x", "12"),), rule=attrs.evolve(MOVE, pushed_back="refuse"))
    left = refused.order.dropped[0]
    assert (refused.total, left.reason, left.why, refused.forfeited) == (HUNDRED, "nothing", ("floor",), Money(12, "CNY"))
    back = _order(*(attrs.evolve(line, quantity=Fraction(-1)) for line in lines), discounts=(_off("x", "12"),), rule=attrs.evolve(MOVE, pushed_back="refuse"))
    assert back.forfeited == Money(-12, "CNY")


def test_the_document_rounds() -> None:
    """Unrounded lines are summed up, the sum is rounded, and the lines get their parts of it; an order of nothing stays nothing."""
    items = attrs.evolve(EACH, rounding=DOCUMENT)
    made = _order(_line("a", "0.333"), _line("b", "0.333"), _line("c", "0.333"), items=items)
    assert (made.total, [str(line.net) for line in made.lines]) == (Money("1.00", "CNY"), ["0.34 CNY", "0.33 CNY", "0.33 CNY"])
    assert made.lines[0].rounded == _cny("-0.007")
    assert replay(made.step()) == made.total
    assert _order(_line("a", "0"), items=items).total == Money(0, "CNY")


def test_rounded_prices_of_an_order() -> None:
    """Where the price is rounded, a discount of the order is still a whole amount."""
    made = _order(_line("a", "10.50"), discounts=(_off("d", "15%"),), order=attrs.evolve(EACH, rounds="price"))
    assert made.total == Money("8.93", "CNY")


@pytest.mark.parametrize("locale", LOCALES)
def test_working_and_reasons_in_words(locale: str) -> None:
    """The working, the cuts, the reasons and the warning are told in every language, without a bare code."""
    lines = (_line("a", "50.005", least=_cny("45"), discounts=(_off("x", "3%"), _off("y", "5", most=Money(1, "CNY")))), _line("b", "20"))
    made = _order(*lines, discounts=(_off("ten", "30"), _off("rate", "20%")), items=attrs.evolve(EACH, rounding=DOCUMENT))
    refused = _order(
        _line("a", "50", least=_cny("50")), discounts=(_off("x", "1"),), order=attrs.evolve(EACH, idle="keep"), rule=attrs.evolve(MOVE, pushed_back="refuse")
    )
    words = [working_text(made.step(), locale), working_text(refused.step(), locale)]
    words += [format_value(one.label, locale) for one in made.order.warnings]
    words += [format_value(one.label, locale) for one in stack(HUNDRED, (_off("y", "100"), _off("z", "0%"), _off("x", "1")), EACH).dropped]
    assert not any("pricing." in text for text in words), words


def test_tables_of_reasons_are_complete() -> None:
    """Every reason and every cut that can occur has its message."""
    assert set(CUT) == {"most", "cap", "least", "surcharge", "floor"}
    assert set(DROPPED) == {"exclusive", "lane", "better", "not_combinable", "not_on_discounted", "nothing"}


def test_policies_are_documents() -> None:
    """The rules are written to a document and read back equal; values pickle."""
    rule = attrs.evolve(EACH, cap="50%", least=Money("1.00", "CNY"), rounding=Rounding("down", step="0.05"))
    assert loads(dumps(rule), Stacking) == rule
    assert loads(dumps(MOVE), Spreading) == MOVE
    made = _order(_line("a", "10", discounts=(_off("x", "10%"),)), discounts=(_off("y", "1"),))
    assert pickle.loads(pickle.dumps(made)) == made
