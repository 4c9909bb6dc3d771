"""The same rows, one at a time: rows become the facts of `salesrules.commission` and go through the scalar engine, with their working."""

from collections.abc import Container, Iterable, Mapping
from functools import partial
from math import isnan
from typing import Any

from ..commission import Credit, FxRate, Line, Member, Roster, Sale, State
from ..commission.engine import Engine
from ..commission.lines import line_of
from ..money import Money, ratio
from ..scope import DIMENSIONS
from .days import day_of
from .door import days, money
from .job import Job
from .returns import key_of

__all__ = ["recomputed", "sales_of"]

_AMOUNTS = ("amount", "cost", "list_amount")


def sales_of(job: Job, frame: Any, credits: Mapping[str, tuple[Credit, ...]] | None = None) -> list[Sale]:
    """The rows of an eager frame as sales; ``credits`` says who is credited with those of several people."""
    columns, plan = job.columns, job.versions[-1]

    def texts(field: str) -> list[str]:
        values = frame[columns[field]].to_list() if columns.has(field) else [""] * len(frame)
        return ["" if value is None or (isinstance(value, float) and isnan(value)) else key_of(value, integer=False) for value in values]

    told: dict[str, list[Any]] = {name: texts(name) for name in ("id", "person", "currency", "returns", *DIMENSIONS)}
    when = [day_of(number) for number in days(frame[columns["date"]], columns["date"])]
    minor = {name: money(frame[columns[name]], columns[name], partial(job.digits, frame)).tolist() for name in _AMOUNTS if columns.has(name)}
    counts = {name: frame[columns[name]].to_list() for name in ("units", "instalment", "new_customer") if columns.has(name)}
    made = []
    for row in range(len(frame)):
        code = told["currency"][row] or plan.currency
        amounts: dict[str, Any] = {name: Money.from_minor(values[row], code) for name, values in minor.items()}
        rest = {name: values[row] for name, values in counts.items()}
        name, shared = told["id"][row] or f"row {row}", (credits or {}).get(told["id"][row])
        whose: dict[str, Any] = {"credits": shared} if shared else {"person": told["person"][row]}
        names = {name: told[name][row] for name in ("returns", *DIMENSIONS)}
        made.append(Sale(id=name, date=when[row], **amounts, **rest, **names, **whose))
    return made


class _Chosen(Engine):
    """The engine for some people, all of whose sales are there; those who share sales with them are left out."""

    def __init__(self, people: Container[str], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._chosen = people

    def _pay(self, desks: Any, x: Any, person: str, *rest: Any) -> int:
        return super()._pay(desks, x, person, *rest) if person in self._chosen else 0


def recomputed(job: Job, frame: Any, sales: Iterable[Sale], answers: Any, opening: State | None, *, trace: bool, people: Container[str]) -> list[list[Line]]:
    """The lines that each row makes for some people, in posting order, by the scalar engine."""
    engine = _Chosen(
        people,
        job.plans,
        books=answers,
        roster=_roster(job, frame),
        rates=_rates(job, frame),
        totals=opening.running() if opening is not None else {},
        history=(),
        trace=trace,
    )
    known: dict[str, Sale] = {}
    lines: list[list[Line]] = []
    for sale, paid in zip(sales, _paid(job, frame), strict=True):
        made = len(engine.raws)
        if paid is not None:
            _settled(engine, sale, paid)
            known[sale.id] = sale
        elif sale.returns:
            engine.take_back(sale, known[sale.returns])
        else:
            known[sale.id] = sale
            engine.post(sale, sale, None)
        lines.append([line_of(raw) for raw in engine.raws[made:]])
    return lines


def _paid(job: Job, frame: Any) -> list[dict[str, int] | None]:
    """What each row was paid in earlier runs, by component; nothing where it is to be computed."""
    columns = {name: frame[column].to_list() for name, column in job.columns.paid.items()}
    rows: list[dict[str, int] | None] = [None] * len(frame)
    for name, values in columns.items():
        for row, value in enumerate(values):
            if value is not None and value == value:  # noqa: PLR0124 - an empty cell of some libraries is not equal to itself
                rows[row] = {**(rows[row] or {}), name: int(value)}
    return rows


def _settled(engine: Engine, sale: Sale, paid: dict[str, int]) -> None:
    """Let the engine know of a row of an earlier run, as it knows of lines that are its history."""
    if sale.returns:
        engine.returned_earlier(sale)
        return
    for component, pay in paid.items():
        engine.paid_earlier(sale, component, pay)


def _roster(job: Job, frame: Any) -> Roster:
    """The posts that stand in the rows: each holds until a row of the person tells another."""
    columns = job.columns
    if not columns.has("role"):
        return Roster()
    when = days(frame[columns["date"]], columns["date"]).tolist()
    told = sorted(set(zip(map(str, frame[columns["person"]].to_list()), when, map(str, frame[columns["role"]].to_list()), strict=True)))
    stays: dict[str, list[tuple[int, str]]] = {}
    for person, day, role in told:
        known = stays.setdefault(person, [])
        if not known or known[-1][1] != role:
            known.append((day, role))
    members = []
    for person, posts in stays.items():
        for (start, role), end in zip(posts, [*(day for day, _ in posts[1:]), None], strict=True):
            members.append(Member(person=person, role=role, start=day_of(start), end=None if end is None else day_of(end)))
    return Roster(tuple(members))


def _rates(job: Job, frame: Any) -> tuple[FxRate, ...]:
    """The exchange rates that stand in the rows."""
    columns, target = job.columns, job.versions[-1].currency
    if not columns.has("rate"):
        return job.rates
    when = (day_of(number) for number in days(frame[columns["date"]], columns["date"]))
    told = zip(frame[columns["currency"]].to_list(), when, frame[columns["rate"]].to_list(), strict=True)
    # A return is converted at the rate of its sale, and so need not tell one.
    found = {
        (code, day): FxRate(base=code, quote=target, date=day, rate=ratio(str(rate)))
        for code, day, rate in told
        if code not in {None, "", target} and rate is not None
    }
    return tuple(found.values())
