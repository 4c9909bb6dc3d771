"""The published examples of `pricing/stacking.toml` and `pricing/spreading.toml`: discounts that meet, and discounts spread over lines.

How a case is written. ``price`` (with ``quantity``) is one price, ``lines`` an order; both take the fields of `stack` and `StackLine`. A
discount is a share (``"20%"``), an amount (``"10"``) or a table with the fields of `Discount`; they are called d1, d2, ... ``rules`` are the
fields of `Stacking` that differ from cascading, in the order given. In `spreading.toml` a line is its name, amount and least amount, and
``units`` are the pieces of each line. ``variants`` are ours: the other reading of a source, or the same with other facts.

``expect`` says what must come out, one key per question of `QUESTIONS`, or ``error``.
"""

import tomllib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pytest

from salesrules.errors import SalesRulesError
from salesrules.money import Exact, Money, Rounding, ratio
from salesrules.pricing.discounts.discount import Discount
from salesrules.pricing.discounts.orders import OrderStacked, StackLine, stack_order
from salesrules.pricing.discounts.spreading import LineAmount, Spread, Spreading, into_units, spread
from salesrules.pricing.discounts.stacked import Stacked
from salesrules.pricing.discounts.stacking import Stacking, stack
from salesrules.trace import replay

FOLDER = Path(__file__).parent / "pricing"


def _cases(name: str) -> list[Any]:
    cases = []
    for case in tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))["case"]:
        whole = {key: value for key, value in case.items() if key != "variants"}
        cases.append(pytest.param(whole, id=case["id"]))
        cases += [pytest.param(whole | variant, id=f"{case['id']} {variant['name']}") for variant in case.get("variants", ())]
    return cases


def _exact(value: str) -> Exact:
    return Exact(value, "USD")


def _amounts(values: list[str]) -> list[Exact]:
    return [_exact(value) for value in values]


def _discounts(given: list[Any]) -> Iterator[Discount]:
    for place, one in enumerate(given, start=1):
        fields: dict[str, Any] = one if isinstance(one, dict) else {"rate" if one.endswith("%") else "amount": one}
        told: dict[str, Any] = {key: _exact(value) if key in {"amount", "price"} else value for key, value in fields.items()}
        yield Discount(id=f"d{place}", **told)


def _stacking(rules: dict[str, Any]) -> Stacking:
    rounding = Rounding(**rules.get("rounding", {}))
    fields: dict[str, Any] = {"mode": "cascading", "order": "given"} | rules | {"rounding": rounding}
    return Stacking(**fields)


def _line(place: int, row: dict[str, Any]) -> StackLine:
    return StackLine(id=str(place), price=_exact(row["price"]), quantity=ratio(row.get("quantity", "1")), discounts=tuple(_discounts(row.get("discounts", []))))


def _spreading(case: dict[str, Any]) -> Spreading:
    return Spreading(by="amount", remainder=case.get("remainder", "largest_remainder"), pushed_back=case.get("pushed_back", "move"))


def _taken(stacked: Stacked) -> list[Exact]:
    return [step.amount for step in stacked.steps]


def _line_off(made: OrderStacked) -> list[Exact]:
    return [line.stacked.gross - line.net for line in made.lines]


def _off(made: OrderStacked) -> Exact:
    """What the order came to less than its lines before all discounts."""
    gross = sum((line.stacked.gross for line in made.lines), start=_exact("0"))
    return gross - made.total


PRICE_QUESTIONS: dict[str, Callable[[Stacked, Any], tuple[Any, Any]]] = {
    "net": lambda made, told: (made.net, _exact(told)),
    "taken": lambda made, told: (_taken(made), _amounts(told)),
    "rate": lambda made, told: (made.rate, ratio(told)),
    "rate_4": lambda made, told: (Rounding().round_number(made.rate, 4), ratio(told)),
    "dropped": lambda made, told: ({one.discount.id: one.reason for one in made.dropped}, told),
    "other": lambda made, told: (made.warnings[0].other_net, _exact(told)),
}
ORDER_QUESTIONS: dict[str, Callable[[OrderStacked, Any], tuple[Any, Any]]] = {
    "total": lambda made, told: (made.total, _exact(told)),
    "net": lambda made, told: ([line.net for line in made.lines], _amounts(told)),
    "own": lambda made, told: ([line.stacked.net for line in made.lines], _amounts(told)),
    "own_taken": lambda made, told: ([_taken(line.stacked) for line in made.lines], [_amounts(row) for row in told]),
    "cut": lambda made, told: ([[step.cut for step in line.stacked.steps] for line in made.lines], [_amounts(row) for row in told]),
    "line_off": lambda made, told: (_line_off(made), _amounts(told)),
    "off": lambda made, told: (_off(made), _exact(told)),
    "order_off": lambda made, told: (made.order.amount, _exact(told)),
    "order_gross": lambda made, told: (made.order.gross, _exact(told)),
    "order_taken": lambda made, told: (_taken(made.order), _amounts(told)),
    "spreads": lambda made, told: (
        [[share.amount for share in step.spread.shares] for step in made.order.steps if step.spread],
        [_amounts(row) for row in told],
    ),
}
"""What a case may ask of a stacked price, and of a stacked order: what came out and what was to come out."""


def _stacked_price(case: dict[str, Any]) -> Stacked:
    return stack(_exact(case["price"]), _discounts(case["discounts"]), _stacking(case.get("rules", {})), quantity=case.get("quantity", 1))


def _stacked_order(case: dict[str, Any]) -> OrderStacked:
    rules = _stacking(case.get("rules", {}))
    lines = [_line(place, row) for place, row in enumerate(case["lines"], start=1)]
    return stack_order(lines, _discounts(case.get("discounts", [])), items=rules, order=rules, spreading=_spreading(case))


@pytest.mark.parametrize("case", _cases("stacking"))
def test_stacking(case: dict[str, Any]) -> None:
    """The declared rule gives the published prices, and the working replays to them."""
    expect = dict(case["expect"])
    if "error" in expect:
        with pytest.raises(SalesRulesError) as caught:
            _stacked_price(case)
        assert caught.value.code == expect["error"]
        return
    if "lines" in case:
        made = _stacked_order(case)
        quantities = [ratio(row.get("quantity", "1")) for row in case["lines"]]
        if "unit" in expect:
            assert [line.net / count for line, count in zip(made.lines, quantities, strict=True)] == _amounts(expect.pop("unit"))
        answers = [ORDER_QUESTIONS[name](made, told) for name, told in expect.items()]
        assert replay(made.step()) == made.total
    else:
        priced = _stacked_price(case)
        if "unit" in expect:
            assert priced.net / Fraction(case.get("quantity", 1)) == _exact(expect.pop("unit"))
        answers = [PRICE_QUESTIONS[name](priced, told) for name, told in expect.items()]
        assert replay(priced.step()) == priced.net
    assert [made for made, _ in answers] == [told for _, told in answers]


SPREAD_QUESTIONS: dict[str, Callable[[Spread, Any], tuple[Any, Any]]] = {
    "shares": lambda made, told: ([share.amount for share in made.shares], _amounts(told)),
    "forfeited": lambda made, told: (made.forfeited, _exact(told)),
}


@pytest.mark.parametrize("case", _cases("spreading"))
def test_spreading(case: dict[str, Any]) -> None:
    """The declared rule gives each line, and each unit of it, the published share."""
    lines = [LineAmount(id=name, amount=_exact(amount), least=_exact(least[0]) if least else None) for name, amount, *least in case["lines"]]
    made = spread(Money(case["total"], "USD"), lines, _spreading(case))
    expect = dict(case["expect"])
    if "units" in expect:
        order: Literal["first", "last"] = "last" if case.get("remainder") == "last" else "first"
        split = [into_units(share.amount, count, remainder=order) for share, count in zip(made.shares, case["units"], strict=True)]
        assert [[one.amount for one in row for _ in range(one.count)] for row in split] == [_amounts(row) for row in expect.pop("units")]
    answers = [SPREAD_QUESTIONS[name](made, told) for name, told in expect.items()]
    assert [got for got, _ in answers] == [told for _, told in answers]
    assert replay(made.step()) == made.total
