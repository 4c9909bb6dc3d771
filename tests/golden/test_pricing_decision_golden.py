"""The published examples of `pricing/{authority,decision,waterfall}.toml`: a policy as a document, quotes, and what must be decided.

How a case is written. ``policy`` is a document behind the ``head`` of the file and `HEAD`; prices are in US dollars. ``quotes`` are rows: the
fields of `Quote`, with ``order_off`` for a discount of the order; ``lines`` are fields of `QuoteLine`, with ``off`` for a discount of the line.
Who asks has the lowest level. What must come out stands in ``expect``, one key per question of `QUESTIONS`. The variants are ours: edges, and
the other reading where sources disagree. What a variant gives replaces what the case says.

``left_out.toml`` lists every published example by its id, and those that no file has, with the reason.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from salesrules.money import Exact, Money, ratio
from salesrules.policy import dumps, loads
from salesrules.pricing import Actor, Decision, Discount, PricePolicy, Quote, QuoteLine, decide, further_discount, lowest_price
from salesrules.pricing.prices.tax import Tax
from salesrules.trace import replay

FOLDER = Path(__file__).parent / "pricing"
FILES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))}
OURS = ("authority", "decision", "waterfall")
HEAD = """
schema = "salesrules/1"
kind = "pricing"
id = "published"
currency = "USD"
effective_from = 2026-01-01
own_range = "granted"
combine = "all"
"""


def _cases() -> Iterator[Any]:
    for topic in OURS:
        for case in FILES[topic]["case"]:
            whole = {"head": FILES[topic].get("head", "")} | {key: value for key, value in case.items() if key != "variants"}
            yield pytest.param(whole, id=case["id"])
            for variant in case.get("variants", ()):
                yield pytest.param(whole | variant, id=f"{case['id']} {variant['name']}")


def _money(text: str) -> Money:
    return Money(*text.split())


def _discount(given: Any, name: str = "off", **terms: Any) -> Discount:
    if isinstance(given, str):
        return Discount(id=name, **({"amount": _money(given)} if " " in given else {"rate": given}), **terms)
    return Discount(**(given | ({"amount": Exact(given["amount"], "USD")} if "amount" in given else {})))


def _line(place: int, row: dict[str, Any]) -> QuoteLine:
    fields: dict[str, Any] = {"id": str(place), "quantity": 1} | row
    given = [fields.pop("off")] if "off" in fields else fields.pop("discounts", [])
    fields |= {name: Exact(fields[name], "USD") for name in ("price", "list_price", "cost") if name in fields}
    fields |= {"tax": Tax(**fields["tax"])} if "tax" in fields else {}
    return QuoteLine(**fields, discounts=tuple(map(_discount, given)))


def _quote(row: dict[str, Any]) -> Quote:
    fields = {key: value for key, value in row.items() if key != "expect"}
    fields["lines"] = tuple(_line(place, line) for place, line in enumerate(fields["lines"], start=1))
    if "order_off" in fields:
        fields["discounts"] = (_discount(fields.pop("order_off"), per="order"),)
    if "freight" in fields:
        fields["freight"] = _money(fields["freight"])
    return Quote(id="Q", date=date(2026, 3, 2), **fields)


def _needs(decision: Decision) -> str:
    levels = decision.policy.levels
    return "" if decision.rank < 0 else levels[decision.rank].id if decision.rank < len(levels) else "beyond"


def _running(decision: Decision) -> list[Exact]:
    steps = [step.amount for step in decision.waterfall.steps if step.kind in {"list", "on_invoice"}]
    return list(accumulate(steps))[1:]


QUESTIONS: dict[str, Callable[[Decision], Any]] = {
    "verdict": lambda decision: decision.verdict,
    "needs": _needs,
    "short": lambda decision: {one.rule: one.shortfall for one in decision.violations},
    "warned": lambda decision: [one.rule for one in decision.violations if one.warning],
    "broken": lambda decision: [one.rule for one in decision.violations if not one.warning],
    "list": lambda decision: decision.waterfall.at("list"),
    "invoice": lambda decision: decision.waterfall.at("invoice"),
    "net": lambda decision: decision.waterfall.at("net"),
    "pocket": lambda decision: decision.waterfall.at("pocket"),
    "margin": lambda decision: decision.waterfall.at("margin"),
    "given_up": lambda decision: decision.waterfall.at("list") - decision.waterfall.at("invoice"),
    "discount": lambda decision: 1 - decision.waterfall.at("invoice") / decision.waterfall.at("list"),
    "unit": lambda decision: decision.waterfall.at("invoice") / decision.quote.lines[0].quantity,
    "steps": lambda decision: [step.amount for step in decision.waterfall.steps if step.kind == "on_invoice"],
    "running": _running,
    "warnings": lambda decision: len(decision.warnings),
    "dropped": lambda decision: [one.discount.id for one in decision.dropped],
    "lowest": lambda decision: lowest_price(decision.policy, decision.quote, "1", actor=decision.actor),
    "further": lambda decision: further_discount(decision.policy, decision.quote, "1", actor=decision.actor),
}
WORDS = {"verdict", "needs", "warned", "broken", "warnings", "dropped"}


def _told(question: str, answer: Any) -> Any:
    """What a case expects, as the value that a decision holds: amounts are dollars, ``discount`` is a share."""
    if question in WORDS:
        return answer
    if question == "discount":
        return ratio(answer)
    if isinstance(answer, dict):
        return {rule: Exact(amount, "USD") for rule, amount in answer.items()}
    if isinstance(answer, list):
        return [Exact(amount, "USD") for amount in answer]
    return Money(answer, "USD") if question in {"lowest", "further"} else Exact(answer, "USD")


@pytest.mark.parametrize("case", tuple(_cases()))
def test_published(case: dict[str, Any]) -> None:
    """The decision is what was published or, where the case says that the source is wrong, the right one; its working leads to it."""
    policy = loads("\n".join((HEAD, case["policy"], case["head"])), PricePolicy)
    assert loads(dumps(policy), PricePolicy) == policy
    for row in case["quotes"]:
        decision = decide(policy, _quote(row), actor=Actor(person="li", level=policy.levels[0].id))
        assert replay(decision.working) == decision.verdict
        assert row["expect"]
        for question, answer in row["expect"].items():
            assert QUESTIONS[question](decision) == _told(question, answer), (row, question)


def _golden() -> dict[str, set[str]]:
    """The ids of the published examples that run, by file."""
    return {name: {case["id"] for case in file["case"]} for name, file in FILES.items() if name != "left_out"}


def test_every_example_is_golden_or_left_out() -> None:
    """All 141 published examples are known by id: each runs in one of the files, or is left out with a reason."""
    every, left_out = FILES["left_out"]["ids"], {entry["id"]: entry["reason"] for entry in FILES["left_out"]["left_out"]}
    golden = set().union(*_golden().values())
    assert len(set(every)) == len(every) == 141
    assert all(re.fullmatch(r"pricing-\d{3}", name) for name in every)
    assert golden | left_out.keys() == set(every)
    assert not golden & left_out.keys()
    assert all(left_out.values())
    assert len(golden) >= 115


def test_every_example_has_its_source() -> None:
    """Every case says where it was published, and expects something that can fail."""
    for name in OURS:
        assert all(case["source"] for case in FILES[name]["case"])
    assert all(row["expect"] for case in _cases() for row in case.values[0]["quotes"])
