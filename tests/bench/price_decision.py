"""How fast one price decision is, with all that stands against it, beside three rule engines on the same rule.

The rule: a floor of 25% margin, below which management must approve; the most that a role may give by itself; and the level that grants a
discount, of five. Each engine is used as its documentation shows, with every number of the rule in its rules; discount and margin are reckoned
in the way that is quickest for it. All must name the same levels for every quote. Rounds are interleaved, and every single decision is timed.
Run with ``make bench``; quote p50, p99 and the ratios.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from salesrules.money import Exact, Money
from salesrules.pricing import Actor, Decision, Level, Limit, MarginFloor, PricePolicy, Quote, QuoteLine, Row, decide

ROUNDS, DAY = 250, date(2026, 3, 2)
MATRIX = {"rep": Decimal("0.05"), "manager": Decimal("0.15"), "head": Decimal("0.20"), "director": Decimal("0.30"), "management": Decimal("0.50")}
MARGIN = Decimal("0.25")
LOWEST = "rep"

Facts = dict[str, Any]
QUOTES: list[Facts] = [{"list": Decimal(100), "price": Decimal(4999 + 173 * place) / 100, "cost": Decimal(60), "role": "rep"} for place in range(30)]
"""What a host knows of a quote: plain values."""


def bands() -> list[tuple[Decimal, Decimal, str]]:
    """The matrix as engines want it: above, up to, level."""
    limits = [Decimal(-1), *MATRIX.values()]
    return [(low, high, level) for low, high, level in zip(limits, MATRIX.values(), MATRIX, strict=False)]


def policy() -> PricePolicy:
    """The rule as a price policy."""
    rows = tuple(Row(level=level, limit=limit) for level, limit in MATRIX.items())
    return PricePolicy(
        id="bench",
        currency="CNY",
        effective_from=date(2026, 1, 1),
        own_range="granted",
        combine="all",
        levels=tuple(Level(id=level) for level in MATRIX),
        floors=(MarginFloor(id="floor", at="net", per="line", below="management", margin=MARGIN),),
        limits=(Limit(id="matrix", measure="discount", at="net", per="line", rows=rows),),
    )


def quote_of(facts: Facts) -> Quote:
    """A quote as a host builds it from plain values."""
    money: dict[str, Any] = {name: Exact(facts[name], "CNY") for name in ("price", "cost")}
    line = QuoteLine(id="1", product="P-100", quantity=1, list_price=Money(facts["list"], "CNY"), **money)
    return Quote(id="Q-1", person="li", date=DAY, lines=(line,))


def _condition(name: str, operator: str, value: Decimal) -> dict[str, Any]:
    return {"name": name, "operator": operator, "value": float(value)}


def _rule(level: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"conditions": {"all": list(conditions)}, "actions": [{"name": "need", "params": {"level": level}}]}


def business_rules() -> Callable[[Facts], list[str]]:
    """business-rules: variables, actions, and a list of conditions."""
    from business_rules import run_all
    from business_rules.actions import BaseActions, rule_action
    from business_rules.fields import FIELD_TEXT
    from business_rules.variables import BaseVariables, numeric_rule_variable, string_rule_variable

    class Variables(BaseVariables):
        """What the rules of business-rules speak of."""

        def __init__(self, facts: Facts) -> None:
            self.facts = facts

        @numeric_rule_variable
        def discount(self) -> Decimal:
            """The share off."""
            share: Decimal = (self.facts["list"] - self.facts["price"]) / self.facts["list"]
            return share

        @numeric_rule_variable
        def margin(self) -> Decimal:
            """The share above the cost."""
            share: Decimal = (self.facts["price"] - self.facts["cost"]) / self.facts["price"]
            return share

        @string_rule_variable
        def role(self) -> str:
            """Who asks."""
            return str(self.facts["role"])

    class Actions(BaseActions):
        """What the rules of business-rules do: they note the level that is needed."""

        def __init__(self, needed: list[str]) -> None:
            self.needed = needed

        @rule_action(params={"level": FIELD_TEXT})
        def need(self, level: str) -> None:
            """Note a level."""
            self.needed.append(level)

    rules = [_rule(level, _condition("discount", "greater_than", low), _condition("discount", "less_than_or_equal_to", high)) for low, high, level in bands()]
    rules.append(_rule("management", _condition("margin", "less_than", MARGIN)))
    for role, most in MATRIX.items():
        rules.append(_rule("above", {"name": "role", "operator": "equal_to", "value": role}, _condition("discount", "greater_than", most)))

    def asked(facts: Facts) -> list[str]:
        needed: list[str] = []
        run_all(rule_list=rules, defined_variables=Variables(facts), defined_actions=Actions(needed), stop_on_first_trigger=False)
        return needed

    return asked


def rule_engine_rules() -> Callable[[Facts], list[str]]:
    """rule-engine: expressions, compiled once."""
    from rule_engine import Rule

    texts = {f"discount > {low} and discount <= {high}": level for low, high, level in bands()}
    texts |= {f"margin < {MARGIN}": "management"} | {f'role == "{role}" and discount > {most}': "above" for role, most in MATRIX.items()}
    rules = [(Rule(text), level) for text, level in texts.items()]

    def asked(facts: Facts) -> list[str]:
        known = {
            "discount": (facts["list"] - facts["price"]) / facts["list"],
            "margin": (facts["price"] - facts["cost"]) / facts["price"],
            "role": facts["role"],
        }
        return [level for rule, level in rules if rule.matches(known)]

    return asked


def _node(name: str, kind: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}} | ({} if content is None else {"content": content})


def zen_decision() -> Any:
    """zen-engine: an expression node and a decision table that collects."""
    from zen import ZenEngine

    expressions = {"discount": "(list - price) / list", "margin": "(price - cost) / price", "role": "role"}
    rows = [{"discount": f"({low}..{high}]", "level": f'"{level}"'} for low, high, level in bands()]
    rows += [{"margin": f"< {MARGIN}", "level": '"management"'}]
    rows += [{"role": f'"{role}"', "discount": f"> {most}", "level": '"above"'} for role, most in MATRIX.items()]
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": name, "name": name, "field": name} for name in expressions],
        "outputs": [{"id": "level", "name": "level", "field": "level"}],
        "rules": [{"_id": str(place)} | dict.fromkeys(expressions, "") | row for place, row in enumerate(rows)],
    }
    content = {"expressions": [{"id": name, "key": name, "value": text} for name, text in expressions.items()]}
    nodes = [_node("in", "inputNode"), _node("made", "expressionNode", content), _node("table", "decisionTableNode", table), _node("out", "outputNode")]
    names = [node["id"] for node in nodes]
    edges = [{"id": near, "type": "edge", "sourceId": near, "targetId": far} for near, far in pairwise(names)]
    return ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))


def zen_rules(*, trace: bool) -> Callable[[Facts], list[str]]:
    """zen-engine, with its trace or without."""
    decision = zen_decision()
    options = {"trace": trace}

    def asked(facts: Facts) -> list[str]:
        known = {name: float(facts[name]) for name in ("list", "price", "cost")} | {"role": facts["role"]}
        return [row["level"] for row in decision.evaluate(known, options)["result"]]

    return asked


def told(decision: Decision) -> list[str]:
    """Our answer in the words of the engines: the level of the matrix, management for the floor, and whether the role may."""
    by_matrix = [decision.policy.levels[rank].id for judged in decision.judged for _, rank, _, _ in judged.limits() if rank < len(MATRIX)]
    below = ["management" for judged in decision.judged for *_, breached in judged.floors() if breached]
    above = ["above" for violation in decision.violations if violation.rule == "matrix"]
    return by_matrix + below + above


def main() -> None:
    """Measure in turns, compare the results, print p50, p99 and ratios."""
    rules, rep = policy(), Actor(person="li", level=LOWEST)
    ready = {id(facts): quote_of(facts) for facts in QUOTES}
    ours = "salesrules, decide"
    variants: dict[str, Callable[[Facts], Any]] = {
        "business-rules": business_rules(),
        "rule-engine": rule_engine_rules(),
        "zen-engine, with trace": zen_rules(trace=True),
        "zen-engine, without trace": zen_rules(trace=False),
        ours: lambda facts: decide(rules, ready[id(facts)], actor=rep),
        "salesrules, from plain values, with violations": lambda facts: decide(rules, quote_of(facts), actor=rep).violations,
        "salesrules, decide and working": lambda facts: decide(rules, ready[id(facts)], actor=rep).working,
    }
    wrong = sum(sorted(work(facts)) != sorted(told(decide(rules, quote_of(facts), actor=rep))) for work in list(variants.values())[:4] for facts in QUOTES)
    taken: dict[str, list[int]] = {name: [] for name in variants}
    clock = time.perf_counter_ns
    for _ in range(ROUNDS):
        for name, work in variants.items():
            times = taken[name]
            for facts in QUOTES:
                start = clock()
                work(facts)
                times.append(clock() - start)
    print(f"{len(QUOTES)} quotes, {ROUNDS} rounds in turn, {wrong} answers differ")
    base = statistics.median(taken[ours])
    for name, times in taken.items():
        times.sort()
        p50, p99 = statistics.median(times), times[len(times) * 99 // 100]
        print(f"  {name:47} p50 {p50 / 1000:8.1f} us   p99 {p99 / 1000:8.1f} us   {p50 / base:6.2f}x {ours}")


if __name__ == "__main__":
    main()
