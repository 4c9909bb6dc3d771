"""From ranks to the answers of a decision: verdict and level by the rank needed and the level that asks."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, ClassVar

from ...money import Mode
from ...pricing import PricePolicy
from .job import RULE_OF, QuoteJob
from .operands import QuoteOperands
from .rule import QuoteRule

__all__ = ["VERDICTS", "Asker", "figures", "labels", "outcomes", "runs"]

VERDICTS = ("allowed", "needs_approval", "refused")


class Asker:
    """A book that tells the rank of the level that asks."""

    fields: ClassVar[tuple[str, ...]] = ("level",)
    width: ClassVar[int] = 1

    def __init__(self, policy: PricePolicy) -> None:
        self._policy = policy

    def find(self, key: tuple[str, ...]) -> int:
        """The rank of a level."""
        return self._policy.ladder.rank(key[0])


def figures(job: QuoteJob, rule: QuoteRule, o: Any, x: QuoteOperands) -> dict[str, Any]:
    """The operands of what is asked for; where texts are, ``answer`` is a place among the `outcomes`."""
    amounts = rule.amounts(o, x)
    told: dict[str, Any] = {"rank": rule.rank(o, x, amounts)}
    asker: Any = 0
    if job.asks:
        asker = rule.policy.ladder.rank(job.level) if job.level else o.find("asker", Asker(rule.policy), x)
        told["rank"] = rule.asked(o, x, told["rank"], asker)
        told["answer"] = told["rank"] if job.level else asker * (rule.levels + 2) + told["rank"] + 1
    if "floor" in job.names or "shortfall" in job.names:
        highest = rule.highest(o, amounts)
        told["floor"] = _in_line(o, x, highest, rule.den, "ceiling")
        told["shortfall"] = _in_line(o, x, o.pos(highest - x.net * rule.den), rule.den, "ceiling")
    if "list_value" in job.names:
        told["list_value"] = _in_line(o, x, x.list, 1, "half_up")
    if job.broken:
        o.notes.clear()
        rule.program.rule(o, x)
        broken = rule.broken(o.notes, asker)
        told |= {f"{RULE_OF}{name}": broken.get(name, False) for name in job.broken}
    return told


def _in_line(o: Any, x: QuoteOperands, amount: Any, den: int, mode: Mode) -> Any:
    """An amount of the rules over a denominator as minor units of the line."""
    whole, scale = x.in_line(amount)
    return o.muldiv(whole, 1, scale * den, mode)


def labels(job: QuoteJob, name: str) -> tuple[str, ...]:
    """The texts that a column may hold."""
    return VERDICTS if name == "verdict" else ("", *job.texts)


def outcomes(rule: QuoteRule, name: str, level: str) -> dict[int, str]:
    """The text for each ``answer``: for each rank where all are asked at one level, else for each level that asks and each rank."""
    told = [[each[name == "level"] for each in answers] for answers in rule.answers]
    if level:
        return dict(enumerate(told[rule.policy.ladder.rank(level)], start=-1))
    return dict(enumerate(text for texts in told for text in texts))


def runs(texts: Mapping[int, str], places: range) -> dict[str, list[tuple[int, int]]]:
    """Where each text stands: the first and the last place of every run of it."""
    found: dict[str, list[tuple[int, int]]] = {}
    for text, run in groupby(places, key=lambda place: texts[place]):
        ends = list(run)
        found.setdefault(text, []).append((ends[0], ends[-1]))
    return found
