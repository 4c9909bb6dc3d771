"""The published examples of `pricing/promotions.toml`: promotions, a basket, and what must come out.

How a case is written: ``promotions`` are documents opened by the ``head`` of the file, called P1, P2, ... and, where they name no priority,
applied in that order; ``lines`` are rows of a basket called 1, 2, ...; further keys are those of `Basket`; ``expect`` holds one key per
question of `QUESTIONS`. ``variants`` are ours: edges, and the other reading where sources disagree.
"""

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from salesrules.document import loads
from salesrules.money import HALF_UP, Exact, Money
from salesrules.pricing.promotions import Basket, BasketLine, BuyGet, Promoted, Promotion, promote
from salesrules.trace import replay
from tests.pricing_promotions import approved

FILE = tomllib.loads((Path(__file__).parent / "pricing" / "promotions.toml").read_text("utf-8"))


def _cases() -> list[Any]:
    cases = []
    for case in FILE["case"]:
        whole = {key: value for key, value in case.items() if key != "variants"}
        cases.append(pytest.param(whole, id=case["id"]))
        cases += [pytest.param(whole | variant, id=f"{case['id']} {variant['name']}") for variant in case.get("variants", ())]
    return cases


def _promotions(case: dict[str, Any]) -> list[Promotion]:
    heads = (f'{FILE["head"]}id = "P{place}"\ncurrency = "{case["currency"]}"\n' for place in range(1, len(case["promotions"]) + 1))
    return [loads(head + text, Promotion) for head, text in zip(heads, case["promotions"], strict=True)]


def _basket(case: dict[str, Any]) -> Basket:
    lines = []
    for place, row in enumerate(case["lines"], start=1):
        fields = {"quantity": 1} | row
        lines.append(BasketLine(id=str(place), list_price=Exact(fields.pop("price"), case["currency"]), **fields))
    return Basket(currency=case["currency"], lines=tuple(lines), **{key: case[key] for key in ("basis", "customer") if key in case}, **_lists(case))


def _lists(case: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(case[key]) for key in ("groups", "coupons") if key in case}


def _amount(promoted: Promoted, amount: Exact) -> str:
    return str(amount.round(HALF_UP).amount)


def _saved(promoted: Promoted) -> dict[str, dict[str, Money]]:
    """Promotion to line to money off, as the working says."""
    return {one.promotion: {step["line"]: step.value for step in one.step.find("pricing.promotion.line")} for one in promoted.applied}


def _gross(promoted: Promoted) -> str:
    gross = Exact(0, promoted.basket.money)
    for line in promoted.basket.lines:
        off = Money.total((lines[line.id] for lines in _saved(promoted).values() if line.id in lines), promoted.basket.money)
        gross += (line.worth - off) * (1 + (line.tax_rate or 0))
    return _amount(promoted, gross)


def _dropped(promoted: Promoted) -> dict[str, str]:
    return {dropped.promotion: dropped.reason.code.rpartition(".")[2] for dropped in promoted.dropped}


def _by_text(promoted: Promoted) -> dict[str, dict[str, str]]:
    summed: dict[str, dict[str, str]] = {}
    for one in promoted.applied:
        by_line: dict[str, Money] = {}
        for step in one.step.find("pricing.promotion.line"):
            by_line[step["line"]] = by_line.get(step["line"], Money(0, promoted.basket.money)) + step.value
        summed[one.promotion] = {line: str(amount.amount) for line, amount in by_line.items()}
    return summed


QUESTIONS: dict[str, Callable[[Promoted, Any], Any]] = {
    "total": lambda promoted, _: _amount(promoted, promoted.total),
    "before": lambda promoted, _: _amount(promoted, promoted.basket.total),
    "gross": lambda promoted, _: _gross(promoted),
    "saved": lambda promoted, _: _by_text(promoted),
    "applied": lambda promoted, _: [one.promotion for one in promoted.applied],
    "dropped": lambda promoted, _: _dropped(promoted),
    "free": lambda promoted, asked: {line: promoted.free_of(line) for line in asked},
}


@pytest.mark.parametrize("case", _cases())
def test_published(case: dict[str, Any]) -> None:
    """What the source publishes comes out, and the working replays to it."""
    promotions = _promotions(case)
    promoted = promote([approved(one) for one in promotions], _basket(case), on=date(2026, 6, 1), choice=case.get("choice", "priority"))
    expected = dict(case["expect"])
    if "full_at" in expected:
        (offer,) = promotions[0].offers
        assert isinstance(offer, BuyGet)
        assert offer.full_at == expected.pop("full_at")
    told = {question: QUESTIONS[question](promoted, asked) for question, asked in expected.items()}
    assert told == expected
    assert replay(promoted.step) == promoted.worth
