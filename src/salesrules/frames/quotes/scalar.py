"""The same lines, one at a time: rows become quotes of `salesrules.pricing` and are decided with all their working."""

from datetime import date
from fractions import Fraction
from typing import Any

from ...money import Exact, divide
from ...pricing import Actor, Decision, PricePolicy, Quote, QuoteLine
from ...pricing.decide import judge
from ...pricing.priced import priced
from ...scope import DIMENSIONS
from ..days import day_of
from .blocks import rows_of
from .job import RULE_OF, QuoteJob

__all__ = ["decisions", "told_by"]


def decisions(job: QuoteJob, frame: Any, start: int = 0) -> list[Decision]:
    """What the scalar verb says of some rows.

    Args:
        job: the check.
        frame: some rows of an eager frame.
        start: the number of the first of them.
    """
    told = rows_of(job, frame, start)
    texts = {field: _texts(frame, job.columns[field]) for field in (*DIMENSIONS, "id", "level") if field in job.columns}
    made = []
    for row in range(len(frame)):
        numbers = {field: int(told[field][row]) for field in job.numbers if f"no {field}" not in told or not told[f"no {field}"][row]}
        names = {field: values[row] for field, values in texts.items()}
        day = job.on if job.on is not None else day_of(told["day"][row])
        made.append(_decided(job, numbers, names, day, start + row))
    return made


def _texts(frame: Any, name: str) -> list[str]:
    return ["" if value is None else str(value) for value in frame[name].to_list()]


def _decided(job: QuoteJob, numbers: dict[str, int], names: dict[str, str], day: date, row: int) -> Decision:
    """One row."""
    rules = job.versions[job.version(day)]
    quote = _quote(job, rules, numbers, names, day, row)
    made = priced(rules, quote, day)
    if "guidance" in numbers:
        one = made.lines[0]
        one.guidance = Fraction(numbers["guidance"], 10**job.price_digits) * one.quantity / one.one
    return judge(rules, quote, Actor(person="", level=job.level or names.get("level", "") or rules.levels[0].id), made)


def _quote(job: QuoteJob, rules: PricePolicy, numbers: dict[str, int], names: dict[str, str], day: date, row: int) -> Quote:
    """A quote of one line."""
    quantity, free = (Fraction(numbers.get(field, default), job.units) for field, default in (("quantity", job.units), ("free", 0)))
    every = abs(quantity) + free

    def price(unit: str, whole: str = "", count: Fraction = every) -> Exact | None:
        if whole in numbers:
            return Exact.from_minor(Fraction(numbers[whole]) / count, rules.money)
        return Exact.from_minor(Fraction(numbers[unit], 10**job.price_digits), rules.money) if unit in numbers else None

    listed, asked = price("list_price", "list"), price("price", "net", abs(quantity))
    if "discount" in numbers and listed is not None:
        asked = listed * (1 - Fraction(numbers["discount"], job.shares))
    amounts: dict[str, Any] = {"cost": price("cost", "line_cost"), "last_price": price("last_price"), "contract_price": price("contract_price")}
    own: dict[str, Any] = {field: names.get(field, "") for field in ("product", "variant", "category")}
    line = QuoteLine(id="1", quantity=quantity, free=free, list_price=listed, price=asked, **amounts, **own)
    known: dict[str, Any] = {field: names.get(field, "") for field in ("customer", "customer_grade", "channel", "region")}
    return Quote(id=names.get("id") or f"row {row}", date=day, shipped=day, invoiced=day, lines=(line,), **known)


def told_by(job: QuoteJob, decision: Decision) -> dict[str, Any]:
    """What the columns asked for must hold for a decision."""
    judged = decision.judged[0]
    needed = [(demanded.minor, price.minor) for _, demanded, price, _ in judged.floors()]
    broken = {violation.rule for violation in decision.violations}
    told = {
        "verdict": decision.verdict,
        "level": decision.level,
        "rank": decision.rank,
        "floor": _up(max((demanded for demanded, _ in needed), default=Fraction(0))),
        "list_value": divide(*judged.money(judged.record.list).minor.as_integer_ratio(), "half_up"),
        "shortfall": _up(max((demanded - price for demanded, price in needed), default=Fraction(0))),
    }
    return {name: name.removeprefix(RULE_OF) in broken if name.startswith(RULE_OF) else told[name] for name in job.names}


def _up(amount: Fraction | int) -> int:
    """Minor units, rounded up; nothing is missing below 0."""
    return max(0, -(-amount.numerator // amount.denominator))
