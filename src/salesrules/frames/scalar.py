"""The same rows, one at a time: rows become the facts of `salesrules.commission` and go through the scalar engine, with their working."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import narwhals

from ..commission import FxRate, Line, Plan, Roster, Sale, State
from ..commission.engine import Engine
from ..commission.lines import line_of
from ..errors import FactError
from ..money import Money, ratio
from ..scope import DIMENSIONS
from .door import days, money
from .days import day_of
from .job import Job

__all__ = ["recomputed", "sales_of"]

_AMOUNTS = ("amount", "cost", "list_amount")


def sales_of(job: Job, frame: Any) -> list[Sale]:
    """The rows of an eager frame as sales."""
    columns, plan = job.columns, job.versions[-1]

    def texts(field: str) -> list[str]:
        values = frame[columns[field]].to_list() if columns.has(field) else [""] * len(frame)
        return ["" if value is None else str(value) for value in values]

    told: dict[str, list[Any]] = {name: texts(name) for name in ("id", "person", "currency", "returns", *DIMENSIONS)}
    when = [day_of(number) for number in days(frame[columns["date"]], columns["date"])]
    minor = {name: money(frame[columns[name]], columns[name], plan.money.digits).tolist() for name in _AMOUNTS if columns.has(name)}
    counts = {name: frame[columns[name]].to_list() for name in ("units", "instalment", "new_customer") if columns.has(name)}
    made = []
    for row in range(len(frame)):
        code = told["currency"][row] or plan.currency
        amounts = {name: Money.from_minor(values[row], code) for name, values in minor.items()}
        rest = {name: values[row] for name, values in counts.items()}
        names = {name: told[name][row] for name in ("person", "returns", *DIMENSIONS)}
        made.append(Sale(id=told["id"][row] or f"row {row}", date=when[row], **amounts, **rest, **names))
    return made


def recomputed(job: Job, frame: Any, sales: Iterable[Sale], answers: Any, opening: State | None, *, trace: bool) -> list[list[Line]]:
    """The lines of each row, in posting order, by the scalar engine."""
    engine = Engine(
        job.plans,
        books=answers,
        roster=Roster(),
        rates=_rates(job, frame),
        totals=opening.running() if opening is not None else {},
        history=(),
        trace=trace,
    )
    known: dict[str, Sale] = {}
    lines: list[list[Line]] = []
    for sale in sales:
        made = len(engine.raws)
        if sale.returns:
            engine.take_back(sale, known[sale.returns])
        else:
            known[sale.id] = sale
            engine.post(sale, sale, None)
        lines.append([line_of(raw) for raw in engine.raws[made:]])
    return lines


def _rates(job: Job, frame: Any) -> tuple[FxRate, ...]:
    """The exchange rates that stand in the rows."""
    columns, target = job.columns, job.versions[-1].currency
    if not columns.has("rate"):
        return job.rates
    when = (day_of(number) for number in days(frame[columns["date"]], columns["date"]))
    told = zip(frame[columns["currency"]].to_list(), when, frame[columns["rate"]].to_list(), strict=True)
    found = {(code, day): FxRate(base=code, quote=target, date=day, rate=ratio(str(rate))) for code, day, rate in told if code not in {None, "", target}}
    return tuple(found.values())
