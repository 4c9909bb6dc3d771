"""From what is booked to what is paid: pooled, guaranteed, drawn, carried forward, for each person and settlement period.

Team pools are divided first. What a person earned is then lifted to the guarantee, and after that to the draw or, above it, lowered by what pays
the debt back. A sum below zero is deducted or carried forward, as the plan says.
"""

from bisect import bisect_right
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs

from ..allocation import split_units
from ..errors import FactError
from ..money import Money
from ..periods import Period, proration
from ..trace import Step
from .booking import adjustments_of, entitled, entries_of, open_periods
from .draws import Balance, Drawn
from .lines import Line
from .plan import Plan
from .statement import Adjustment, Entry, Statement

if TYPE_CHECKING:
    from .run import Run

__all__ = ["settle_all"]

_STEPS = {"earned": "commission.settle.earned", "held": "commission.settle.held", "released": "commission.settle.released"}


@attrs.define
class _Ledger:
    """What belongs to one period, by person."""

    lines: dict[str, list[Line]] = attrs.Factory(dict)
    entries: dict[str, list[Entry]] = attrs.Factory(dict)
    adjustments: dict[str, list[Adjustment]] = attrs.Factory(dict)


def settle_all(run: "Run") -> tuple[Statement, ...]:
    """The statements of a run: for every settlement period from the first open one to that of the run's day.

    Raises:
        FactError: ``commission.open_period`` where the run goes on in the middle of a period without the lines that the period has already;
            ``commission.empty_pool`` where a pool has nobody to be divided among.
    """
    periods = open_periods(run)
    _check_lines(run, periods[0].start)
    ledgers = _ledgers(run, periods)
    balances = dict(run.opening.balances)
    span = Period(periods[0].start, periods[-1].end)
    people = {*balances, *(stay.person for stay in entitled(run) if stay.during(span) is not None)}
    people = people.union(*(part for ledger in ledgers for part in (ledger.lines, ledger.entries, ledger.adjustments)))
    statements = []
    for period, ledger in zip(periods, ledgers, strict=True):
        plan = run.plans.on(min(period.last, run.on))
        pooled = _pools(run, plan, period, ledger)
        for person in sorted({*people, *pooled}):
            if person.startswith("team:"):
                continue
            statement = _settle(run, plan, person, period, ledger, pooled.get(person, 0), balances.get(person, Balance()))
            balances[person] = statement.closing
            if not statement.is_empty:
                statements.append(statement)
    return tuple(statements)


def _check_lines(run: "Run", first: date) -> None:
    """A period cannot be settled from a part of its lines."""
    opening = run.opening
    here = sum(first <= line.sale.date <= opening.through for line in run.history) if opening.through else 0
    if run.settled is None and opening.open_lines > here:
        raise FactError(
            "commission.open_period",
            "the state ends on {through}, in the middle of a period with {lines} lines; pass them as history, or settle at the end of a period",
            path="opening",
            through=opening.through,
            lines=opening.open_lines,
        )


def _ledgers(run: "Run", periods: list[Period]) -> list[_Ledger]:
    """Lines by the day of the sale, entries by the day on which they are booked, corrections in the first open period."""
    ledgers, starts = [_Ledger() for _ in periods], [period.start for period in periods]

    def ledger(day: date) -> _Ledger:
        return ledgers[bisect_right(starts, day) - 1]

    adjustments = adjustments_of(run, starts[0])
    for adjustment in adjustments:
        ledger(adjustment.date).adjustments.setdefault(adjustment.person, []).append(adjustment)
    for entry in entries_of(run, starts[0], adjustments):
        ledger(entry.date).entries.setdefault(entry.person, []).append(entry)
    for line in (*run.history, *run.lines):
        if line.sale.date >= starts[0]:
            ledger(line.sale.date).lines.setdefault(line.person, []).append(line)
    return ledgers


def _pools(run: "Run", plan: Plan, period: Period, ledger: _Ledger) -> dict[str, int]:
    """What each person gets of the team pools of a period."""
    shares: dict[str, int] = {}
    pool = plan.pool
    for account, entries in sorted(ledger.entries.items()):
        earned = sum(entry.pay.minor for entry in entries)
        if pool is None or not account.startswith("team:") or not earned:
            continue
        sold = _credited(ledger.lines.get(account, []))
        weights: dict[str, int] = {}
        for stay in run.roster.team(account.removeprefix("team:"), period):
            if stay.is_in(pool.roles):
                days = there.days if (there := stay.during(period)) is not None else 0
                weight = {"equal": 1, "days": days + weights.get(stay.person, 0), "sales": max(sold.get(stay.person, 0), 0)}
                weights[stay.person] = weight[pool.by]
        if not any(weights.values()):
            raise FactError(
                "commission.empty_pool",
                "the pool of {team} in {period} has {amount} to divide and nobody to divide it among; check the roster",
                team=account.removeprefix("team:"),
                period=str(period),
                amount=str(Money.from_minor(earned, plan.money)),
            )
        for person, share in split_units(earned, weights).items():
            shares[person] = shares.get(person, 0) + share
    return shares


def _credited(lines: list[Line]) -> dict[str, int]:
    """What each seller of a team was credited with, in minor units; each sale once, however many components pay it."""
    sold = {(line.sale.id, line.receipt, line.seller): line.measure_count for line in lines}
    credited: dict[str, int] = {}
    for (_, _, seller), amount in sold.items():
        credited[seller] = credited.get(seller, 0) + amount
    return credited


def _settle(run: "Run", plan: Plan, person: str, period: Period, ledger: _Ledger, pooled: int, opening: Balance) -> Statement:
    """One person, one period."""
    entries = tuple(ledger.entries.get(person, ()))
    booked = {code: sum(entry.pay.minor for entry in entries if entry.kind == kind) for kind, code in _STEPS.items()}
    earnings = sum(booked.values()) + pooled + opening.carried
    top_up = _top_up(run, plan, person, period, earnings)
    carried = min(earnings, 0) if plan.negative == "carry" else 0
    drawn = _draw(run, plan, person, period, earnings + top_up - carried, opening)
    parts = {
        **booked,
        "commission.settle.pool": pooled,
        "commission.settle.carried_in": opening.carried,
        "commission.settle.guarantee": top_up,
        "commission.settle.advanced": drawn.advanced,
        "commission.settle.recovered": -drawn.recovered,
        "commission.settle.carried_out": -carried,
    }
    working = Step(
        "commission.settle.payable",
        Money.from_minor(sum(parts.values()), plan.money),
        formula="sum",
        params=(("person", person), ("period", period)),
        source=plan.source,
        children=tuple(Step(code, Money.from_minor(part, plan.money)) for code, part in parts.items() if part or code == _STEPS["earned"]),
    )
    return Statement(
        plan=plan,
        person=person,
        name=run.roster.name(person),
        period=period,
        lines=tuple(ledger.lines.get(person, ())),
        entries=entries,
        adjustments=tuple(ledger.adjustments.get(person, ())),
        drawn=drawn,
        opening=opening,
        closing=Balance(draw=drawn.balance, carried=carried),
        working=working,
        on=run.on,
    )


def _top_up(run: "Run", plan: Plan, person: str, period: Period, earned: int) -> int:
    """What the guarantee adds, prorated to the part of the period the person was there."""
    guarantee = plan.guarantee
    if guarantee is None or not (served := _served(run, person, period, guarantee.roles)):
        return 0
    share = sum((proration(part, period, guarantee.day_count) for part in served), Fraction(0))
    joined = min(stay.start for stay in run.roster.stays(person) if stay.is_in(guarantee.roles))
    return guarantee.top_up(earned, _number(run, joined, period), share)


def _draw(run: "Run", plan: Plan, person: str, period: Period, earned: int, opening: Balance) -> Drawn:
    """What the draw does; of those who are gone, or in another role, it only takes back what they owe."""
    draw = plan.draw
    served = draw is not None and bool(_served(run, person, period, draw.roles))
    if draw is None or not (served or opening.draw):
        return Drawn(balance=opening.draw)
    stays = run.roster.stays(person)
    leaves = bool(stays) and stays[-1].end is not None and period.start < stays[-1].end <= period.end
    began = max([run.plans.entries[0].start, *(stay.start for stay in stays[:1])])
    return draw.apply(earned, opening, _number(run, began, period), serves=served, leaves=leaves)


def _served(run: "Run", person: str, period: Period, roles: tuple[str, ...]) -> list[Period]:
    """The parts of a period in which the person is in one of the roles."""
    parts = (stay.during(period) for stay in run.roster.stays(person) if stay.is_in(roles))
    return [part for part in parts if part is not None]


def _number(run: "Run", start: date, period: Period) -> int:
    """The number of a settlement period, counted from the one that holds ``start`` as 1."""
    plan = run.plan
    current, number = plan.calendar.containing(start, plan.settle), 1
    while current.end <= period.start:
        current, number = plan.calendar.containing(current.end, plan.settle), number + 1
    return number
