"""From lines to what is paid: earned in stages, held back and released, pooled, guaranteed, drawn, carried forward.

Nothing that was settled is edited. What comes late, or comes out differently once corrected data are in, is booked in the period in which
it became known, as the difference to what was settled, sale by sale.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs

from ..allocation import split_units
from ..errors import FactError
from ..money import Money
from ..periods import Period, proration
from ..trace import Step
from .draws import Balance, Drawn
from .earning import History, earn
from .lines import Account, Line
from .plan import Plan
from .roster import Member
from .state import Booked
from .statement import Adjustment, Entry, Statement

if TYPE_CHECKING:
    from .run import Run

__all__ = ["booked_before", "plan_money", "settle_all"]

_KINDS = {"earned": "commission.settle.earned", "held": "commission.settle.held", "released": "commission.settle.released"}


@attrs.frozen
class _Booking:
    """An amount earned, held back or released on a day."""

    kind: str
    date: date
    on: str
    pay: int


@attrs.define
class _Account:
    """What a person has to do with a sale by one component: returns and corrections are gathered with the sale.

    Args:
        old: lines of earlier runs, as they were settled.
        new: lines of this run that are not settled yet.
        told: lines that say what is owed for the sale as it is known now.
        corrected: differences to what was settled, with the day on which they are booked.
        before: what was booked before the first open period.
        booked: what is booked from then on.
    """

    old: list[Line] = attrs.Factory(list)
    new: list[Line] = attrs.Factory(list)
    told: list[Line] = attrs.Factory(list)
    corrected: list[tuple[date, int]] = attrs.Factory(list)
    before: tuple[int, int, int] = (0, 0, 0)
    booked: list[_Booking] = attrs.Factory(list)

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines behind the account, the sale itself first."""
        return tuple(self.old + self.new or self.told)

    @property
    def sold(self) -> date:
        """The day of the sale."""
        return (self.told or self.old)[0].sale.date


@attrs.define
class _Desk:
    """What lies on the table for one period, by person."""

    lines: dict[str, list[Line]] = attrs.Factory(dict)
    entries: dict[str, list[Entry]] = attrs.Factory(dict)
    adjustments: dict[str, list[Adjustment]] = attrs.Factory(dict)
    pooled: dict[str, int] = attrs.Factory(dict)


def settle_all(run: "Run") -> tuple[Statement, ...]:
    """The statements of a run: for every settlement period from the first open one to that of the run's day.

    Raises:
        FactError: ``commission.open_period`` where the run goes on in the middle of a period without the lines that the period has already.
    """
    periods = open_periods(run)
    first = periods[0].start
    _check_open(run, first)
    adjustments = _adjustments(run, first)
    entries = [entry for key, account in _accounts(run, first, adjustments).items() for entry in _entries(run.plan, key, account)]
    people = (
        {entry.person for entry in entries}
        | {adjustment.person for adjustment in adjustments}
        | _entitled(run, periods)
        | {person for person, _ in run.opening.balances}
    )
    balances = dict(run.opening.balances)
    desks = [_Desk() for _ in periods]
    starts = [period.start for period in periods]
    for entry in entries:
        desks[bisect_right(starts, entry.date) - 1].entries.setdefault(entry.person, []).append(entry)
    for adjustment in adjustments:
        desks[0].adjustments.setdefault(adjustment.person, []).append(adjustment)
    for line in (*run.history, *run.lines):
        if line.sale.date >= first:
            people.add(line.person)
            desks[bisect_right(starts, line.sale.date) - 1].lines.setdefault(line.person, []).append(line)
    statements = []
    for period, desk in zip(periods, desks, strict=True):
        plan = run.plans.on(min(period.last, run.on))
        desk.pooled = _pools(run, plan, period, desk)
        for person in sorted({*people, *desk.pooled}):
            if person.startswith("team:"):
                continue
            statement = _settle(run, plan, person, period, desk, balances.get(person, Balance()))
            balances[person] = statement.closing
            if not statement.is_empty:
                statements.append(statement)
    return tuple(statements)


def booked_before(run: "Run", day: date) -> tuple[Booked, ...]:
    """What was earned, held back and released before a day, where the lines alone do not tell it.

    That is so for sales that are earned in stages or partly held back, and for those that came late into a period which is still open.
    """
    first = open_periods(run)[0].start
    known = {account: (earned, held, released) for account, earned, held, released in run.opening.booked}
    for key, account in _accounts(run, first, _adjustments(run, first)).items():
        booked = _summed(account.before, account.booked, day)
        plan = run.plans.on(account.sold)
        lines = [*account.old, *account.new]
        if plan.earning or plan.holdback or booked != _summed((0, 0, 0), _bookings(run, key, lines, lines, []), day):
            known[key] = booked
        else:
            known.pop(key, None)
    return tuple((account, *known[account]) for account in sorted(known))


def open_periods(run: "Run") -> list[Period]:
    """The open settlement periods, up to that of the run's day.

    Where nothing was settled before, they begin with the first sale, or with the first person who draws or is guaranteed a pay.
    """
    plan, through = run.plan, run.opening.through
    last = run.period
    if through is not None:
        settled = plan.calendar.containing(through, plan.settle)
        start = max(settled.end if through == settled.last else settled.start, run.plans.entries[0].start)
    elif run.settled is not None:
        start = last.start
    else:
        start = min([run.on, *(line.sale.date for line in run.lines), *_beginnings(run)])
    found = [plan.calendar.containing(min(start, run.on), plan.settle)]
    while found[-1].start < last.start:
        found.append(plan.calendar.containing(found[-1].end, plan.settle))
    return found


def _beginnings(run: "Run") -> Iterable[date]:
    """The days on which people came who are paid without having sold anything."""
    rules = [rule for entry in run.plans.entries for rule in (entry.value.draw, entry.value.guarantee) if rule is not None]
    in_force = run.plans.entries[0].start
    return (max(member.start, in_force) for member in run.roster.members if any(not rule.roles or member.role in rule.roles for rule in rules))


def _check_open(run: "Run", first: date) -> None:
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


def account_of(line: Line) -> Account:
    """The account of a line: that of the sale, for a return."""
    return line.returns or line.sale.id, line.receipt, line.person, line.component


def _accounts(run: "Run", first: date, adjustments: list[Adjustment]) -> dict[Account, _Account]:
    """Every account, with what was booked on it and what is booked now.

    What became due in a closed period, and was not booked there because nobody knew, is booked on the first open day.
    """
    accounts: dict[Account, _Account] = {}
    for line in run.history:
        account = accounts.setdefault(account_of(line), _Account())
        account.old.append(line)
        account.told.append(line)
    for line in run.settled or ():
        if line.sale.date < first:
            accounts.setdefault(account_of(line), _Account()).old.append(line)
    for line in run.lines:
        account = accounts.setdefault(account_of(line), _Account())
        account.told.append(line)
        if run.settled is None or line.sale.date >= first:
            account.new.append(line)
    for adjustment in adjustments:
        accounts[adjustment.account].corrected.append((adjustment.date, adjustment.difference.minor))
    known = {account: (earned, held, released) for account, earned, held, released in run.opening.booked}
    for key, account in accounts.items():
        made = _bookings(run, key, account.old + account.new, account.told or account.old, account.corrected)
        account.before = known[key] if key in known else _summed((0, 0, 0), _bookings(run, key, account.old, account.old, []), first)
        due = _summed((0, 0, 0), made, first)
        account.booked = [_Booking(kind, first, "late", now - then) for kind, now, then in zip(_KINDS, due, account.before, strict=True) if now != then]
        account.booked += [booking for booking in made if booking.date >= first]
    return accounts


def _summed(before: tuple[int, int, int], bookings: Iterable[_Booking], day: date) -> tuple[int, int, int]:
    """What was earned, held back and released before a day."""
    made = dict(zip(_KINDS, before, strict=True))
    for booking in bookings:
        if booking.date < day:
            made[booking.kind] += booking.pay
    return made["earned"], made["held"], made["released"]


def _bookings(run: "Run", key: Account, lines: list[Line], told: list[Line], corrected: list[tuple[date, int]]) -> list[_Booking]:
    """What is earned of an account, what of it is kept back, and its release, up to the day of the run.

    Args:
        run: the run.
        key: what the account is about.
        lines: the lines that are paid.
        told: the lines that say what is owed.
        corrected: differences, with their days.
    """
    if not told:
        return []
    plan = run.plans.on(told[0].sale.date)
    sale, receipt, *_ = key
    # a payment has been received in full, whatever else is still owed
    owed = {line.sale.id: (line.sale.date, 0 if receipt else (line.sale.receivable or line.sale.amount).minor) for line in told}
    history = History(
        sold=told[0].sale.date,
        owed=tuple(owed.values()),
        receipts=tuple((paid.date, paid.amount.minor) for paid in run.paid.get(sale, ()) if not receipt),
        events=tuple((event.date, event.kind, event.share) for event in run.happened.get(sale, ())),
    )
    pays = (*((line.sale.date, line.pay.minor) for line in lines), *corrected)
    made = []
    for part in earn(pays, plan.earning, history, plan.calendar, run.on):
        made.append(_Booking("earned", part.date, part.on, part.pay))
        if plan.holdback is not None and (kept := plan.holdback.held(part.pay)):
            made.append(_Booking("held", part.date, part.on, -kept))
            released = plan.holdback.released_on(part.date, plan.calendar)
            if released <= run.on:
                made.append(_Booking("released", released, part.on, kept))
    return made


def _entries(plan: Plan, key: Account, account: _Account) -> list[Entry]:
    sale, _, person, component = key
    return [
        Entry(
            person=person,
            date=booking.date,
            kind=booking.kind,
            on=booking.on,
            sale=sale,
            component=component,
            pay=plan_money(plan, booking.pay),
            lines=account.lines,
        )
        for booking in account.booked
    ]


def plan_money(plan: Plan, minor: int) -> Money:
    """An amount of the plan's currency."""
    return Money.from_minor(minor, plan.money)


def _adjustments(run: "Run", first: date) -> list[Adjustment]:
    """Recomputed to date less what was settled, for every line of an earlier period that came out differently."""
    if run.settled is None:
        return []
    was, now = _by_key(run.settled, first), _by_key(run.lines, first)
    found = []
    for key in sorted(was.keys() | now.keys()):
        old, new = was.get(key, []), now.get(key, [])
        paid, due = (Money.total((line.pay for line in lines), run.plan.money) for lines in (old, new))
        if paid != due:
            line = (new or old)[0]
            reason = "late" if not old else "withdrawn" if not new else "corrected" if old[0].sale != new[0].sale else "moved"
            found.append(
                Adjustment(
                    person=line.person,
                    date=first,
                    sale=line.sale,
                    component=line.component,
                    title=line.title,
                    paid=paid,
                    due=due,
                    reason=reason,
                    account=account_of(line),
                )
            )
    return found


def _by_key(lines: Iterable[Line], first: date) -> dict[Account, list[Line]]:
    """The lines of earlier periods by what they are about; somebody above two sellers has two lines for one sale."""
    found: dict[Account, list[Line]] = {}
    for line in lines:
        if line.sale.date < first:
            found.setdefault(line.key, []).append(line)
    return found


def _pools(run: "Run", plan: Plan, period: Period, desk: _Desk) -> dict[str, int]:
    """What each person gets of the team pools of a period."""
    shares: dict[str, int] = {}
    pool = plan.pool
    for account, entries in sorted(desk.entries.items()):
        earned = sum(entry.pay.minor for entry in entries)
        if pool is None or not account.startswith("team:") or not earned:
            continue
        sold = _credited(desk.lines.get(account, []))
        weights: dict[str, int] = {}
        for stay in run.roster.team(account.removeprefix("team:"), period):
            if not pool.roles or stay.role in pool.roles:
                weight = {"equal": 1, "days": _days(stay, period) + weights.get(stay.person, 0), "sales": max(sold.get(stay.person, 0), 0)}
                weights[stay.person] = weight[pool.by]
        if not any(weights.values()):
            raise FactError(
                "commission.empty_pool",
                "the pool of {team} in {period} has {amount} to divide and nobody to divide it among; check the roster",
                team=account.removeprefix("team:"),
                period=str(period),
                amount=str(plan_money(plan, earned)),
            )
        for person, share in split_units(earned, weights).items():
            shares[person] = shares.get(person, 0) + share
    return shares


def _days(stay: Member, period: Period) -> int:
    there = period.overlap(Period(stay.start, stay.end or period.end))
    return there.days if there is not None else 0


def _credited(lines: list[Line]) -> dict[str, int]:
    """What each seller of a team was credited with, in minor units; each sale once, however many components pay it."""
    sold = {(line.sale.id, line.receipt, line.seller): line.measure_count for line in lines}
    credited: dict[str, int] = {}
    for (_, _, seller), amount in sold.items():
        credited[seller] = credited.get(seller, 0) + amount
    return credited


def _entitled(run: "Run", periods: list[Period]) -> set[str]:
    """People who may be paid without having sold anything: those with a draw or a guarantee."""
    rules = [rule for entry in run.plans.entries for rule in (entry.value.draw, entry.value.guarantee) if rule is not None]
    span = Period(periods[0].start, periods[-1].end)
    return {member.person for member in run.roster.members if _touches(member, span) and any(not rule.roles or member.role in rule.roles for rule in rules)}


def _touches(stay: Member, period: Period) -> bool:
    return stay.start < period.end and (stay.end is None or stay.end > period.start)


def _settle(run: "Run", plan: Plan, person: str, period: Period, desk: _Desk, opening: Balance) -> Statement:
    """One person, one period."""
    parts: dict[str, int] = dict.fromkeys(_KINDS, 0)
    entries, pooled = desk.entries.get(person, []), desk.pooled.get(person, 0)
    for entry in entries:
        parts[entry.kind] += entry.pay.minor
    steps = [Step(code, plan_money(plan, parts[kind])) for kind, code in _KINDS.items() if parts[kind] or kind == "earned"]
    if pooled:
        steps.append(Step("commission.settle.pool", plan_money(plan, pooled)))
    earnings = sum(parts.values()) + pooled
    if opening.carried:
        steps.append(Step("commission.settle.carried_in", plan_money(plan, opening.carried)))
        earnings += opening.carried
    top_up = _top_up(run, plan, person, period, earnings)
    if top_up:
        steps.append(Step("commission.settle.guarantee", plan_money(plan, top_up)))
    drawn = _draw(run, plan, person, period, earnings + top_up, opening)
    steps += [
        Step(code, plan_money(plan, pay))
        for code, pay in (("commission.settle.advanced", drawn.advanced), ("commission.settle.recovered", -drawn.recovered))
        if pay
    ]
    payable = earnings + top_up + drawn.advanced - drawn.recovered
    carried = 0
    if plan.negative == "carry" and earnings < 0:
        carried = earnings
        payable -= earnings
        steps.append(Step("commission.settle.carried_out", plan_money(plan, -earnings)))
    total = Step(
        "commission.settle.payable",
        plan_money(plan, payable),
        formula="sum",
        params=(("person", person), ("period", period)),
        source=plan.source,
        children=tuple(steps),
    )
    return Statement(
        plan=plan,
        person=person,
        name=run.roster.name(person),
        period=period,
        lines=tuple(desk.lines.get(person, ())),
        entries=tuple(entries),
        adjustments=tuple(desk.adjustments.get(person, ())),
        drawn=drawn,
        opening=opening,
        closing=Balance(draw=drawn.balance, carried=carried),
        working=total,
        on=run.on,
    )


def _number(run: "Run", start: date, period: Period) -> int:
    """The number of a settlement period, counted from the one that holds ``start`` as 1."""
    plan = run.plan
    current, number = plan.calendar.containing(start, plan.settle), 1
    while current.end <= period.start:
        current, number = plan.calendar.containing(current.end, plan.settle), number + 1
    return number


def _served(run: "Run", person: str, period: Period, roles: tuple[str, ...]) -> list[Period]:
    """The parts of a period in which the person is in one of the roles."""
    stays = [stay for stay in run.roster.stays(person) if _touches(stay, period) and (not roles or stay.role in roles)]
    return [Period(max(stay.start, period.start), min(stay.end or period.end, period.end)) for stay in stays]


def _top_up(run: "Run", plan: Plan, person: str, period: Period, earned: int) -> int:
    """What the guarantee adds, prorated to the part of the period the person was there."""
    guarantee = plan.guarantee
    if guarantee is None or not (served := _served(run, person, period, guarantee.roles)):
        return 0
    share = sum((proration(part, period, guarantee.day_count) for part in served), Fraction(0))
    joined = min(stay.start for stay in run.roster.stays(person) if not guarantee.roles or stay.role in guarantee.roles)
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
