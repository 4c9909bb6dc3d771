"""From lines to what is paid: earned in stages, held back and released, pooled, guaranteed, drawn, carried forward.

Nothing that was settled is edited. What comes late, or comes out differently once corrected data are in, is booked in the period in which
it became known, as the difference to what was settled, sale by sale.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from ..allocation import split_units
from ..errors import FactError
from ..money import Money
from ..periods import Period, proration
from ..trace import Step
from .draws import Balance, Drawn
from .earning import Earned, History, earn
from .plan import Plan
from .run import Line, by_key
from .statement import Adjustment, Entry, Statement

if TYPE_CHECKING:
    from .run import Run

__all__ = ["settle_all"]


@attrs.define
class _Account:
    """What one line's sale, person and component have come to: pays with their days, and the lines behind them."""

    person: str
    lines: list[Line] = attrs.Factory(list)
    pays: list[tuple[date, int]] = attrs.Factory(list)
    owed: list[tuple[date, int]] = attrs.Factory(list)


def settle_all(run: "Run") -> tuple[Statement, ...]:
    """The statements of a run: for every settlement period from the first open one to that of the run's day."""
    opened = run.opening.through
    periods = _periods(run)
    first = periods[0].start
    entries, adjustments = _entries(run, first, opened)
    people = sorted({entry.person for entry in entries} | {adjustment.person for adjustment in adjustments} | _entitled(run, periods))
    balances = dict(run.opening.balances)
    statements = []
    for period in periods:
        mine = {person: [entry for entry in entries if entry.person == person and entry.date in period] for person in people}
        pooled = _pools(run, period, mine)
        for person in people:
            if person.startswith("team:"):
                continue
            late = [adjustment for adjustment in adjustments if adjustment.person == person and adjustment.date in period]
            statement = _settle(run, person, period, mine[person], late, pooled.get(person, 0), balances.get(person, Balance()))
            balances[person] = statement.closing
            if not statement.is_empty:
                statements.append(statement)
    return tuple(statements)


def _periods(run: "Run") -> list[Period]:
    """The open settlement periods, up to that of the run's day."""
    plan = run.plan
    last = run.period
    if run.settled is not None:
        return [last]
    days = [raw[0].date for raw in run.raws]
    start = run.opening.through or min([*days, run.on])
    if run.opening.through is not None:
        start = plan.calendar.containing(start, plan.settle).end if start == plan.calendar.containing(start, plan.settle).last else start
    found = [plan.calendar.containing(min(start, run.on), plan.settle)]
    while found[-1].start < last.start:
        found.append(plan.calendar.containing(found[-1].end, plan.settle))
    return found


def _accounts(run: "Run") -> dict[tuple[str, str, str, str], _Account]:
    """Lines gathered by what they are about; a return is gathered with the sale that it takes back."""
    accounts: dict[tuple[str, str, str, str], _Account] = {}
    for line in (*run.history, *run.lines):
        key = (line.returns or line.sale.id, line.receipt, line.person, line.component)
        account = accounts.setdefault(key, _Account(line.person))
        account.lines.append(line)
        account.pays.append((line.sale.date, line.pay.minor))
        account.owed.append((line.sale.date, (line.sale.receivable or line.sale.amount).minor))
    return accounts


def _entries(run: "Run", first: date, opened: date | None) -> tuple[list[Entry], list[Adjustment]]:
    """What became earned, was held back, or was released, each with its day; and the differences to what was settled."""
    plan, entries = run.plan, []
    receipts: dict[str, list[tuple[date, int]]] = {}
    for receipt in run.receipts:
        receipts.setdefault(receipt.sale, []).append((receipt.date, receipt.amount.minor))
    events: dict[str, list[tuple[date, str, Any]]] = {}
    for event in run.events:
        events.setdefault(event.sale, []).append((event.date, event.kind, event.share))
    fresh = {line.key for line in run.lines}
    adjustments = _adjustments(run, first) if run.settled is not None else []
    corrected: dict[tuple[str, str, str, str], list[tuple[date, int]]] = {}
    for adjustment in adjustments:
        corrected.setdefault(adjustment.account, []).append((adjustment.date, adjustment.difference.minor))
    for key, account in _accounts(run).items():
        pays = _as_settled(account, run.settled, first, corrected.pop(key, [])) if run.settled is not None else account.pays
        line = account.lines[0]
        history = History(sold=line.sale.date, owed=tuple(account.owed), receipts=tuple(receipts.get(key[0], ())), events=tuple(events.get(key[0], ())))
        is_new = any(member.key in fresh for member in account.lines)
        for part in earn(tuple(pays), plan.earning, history, plan.calendar, run.on):
            entries += _held(run, account, part, first, opened, is_new=is_new)
    for key, pays in corrected.items():
        entries += [Entry(person=key[2], date=day, kind="earned", on="correction", sale=key[0], component=key[3], pay=plan_money(plan, pay), lines=()) for day, pay in pays]
    return entries, adjustments


def plan_money(plan: Plan, minor: int) -> Money:
    """An amount of the plan's currency."""
    return Money.from_minor(minor, plan.money)


def _held(run: "Run", account: _Account, part: Earned, first: date, opened: date | None, *, is_new: bool) -> list[Entry]:
    """An earned part, what of it is kept back, and its release; what fell due in a closed period is booked in the first open one."""
    plan, line = run.plan, account.lines[0]

    def entry(kind: str, day: date, pay: int) -> list[Entry]:
        if day > run.on or not pay:
            return []
        if day < first:
            if run.settled is not None or not is_new or opened is None:
                return []
            return [Entry(person=account.person, date=first, kind=kind, on="late", sale=line.sale.id, component=line.component, pay=plan_money(plan, pay), lines=tuple(account.lines))]
        return [Entry(person=account.person, date=day, kind=kind, on=part.on, sale=line.sale.id, component=line.component, pay=plan_money(plan, pay), lines=tuple(account.lines))]

    made = entry("earned", part.date, part.pay)
    if plan.holdback is not None:
        kept = plan.holdback.held(part.pay)
        made += entry("held", part.date, -kept)
        made += entry("released", plan.holdback.released_on(part.date, plan.calendar), kept)
    return made


def _as_settled(account: _Account, settled: tuple[Line, ...], first: date, corrected: list[tuple[date, int]]) -> list[tuple[date, int]]:
    """The pays as they were settled before this period, followed by the corrections and by what is new."""
    before = {line.key: line for line in settled}
    pays = [(line.sale.date, before[line.key].pay.minor) for line in account.lines if line.key in before and line.sale.date < first]
    pays += [(line.sale.date, line.pay.minor) for line in account.lines if line.sale.date >= first]
    return sorted([*pays, *corrected])


def _adjustments(run: "Run", first: date) -> list[Adjustment]:
    """Recomputed to date less what was settled, for every line of an earlier period that came out differently."""
    was, now = by_key(line for line in run.settled or () if line.sale.date < first), by_key(line for line in run.lines if line.sale.date < first)
    found = []
    for key in sorted(was.keys() | now.keys()):
        old, new = was.get(key), now.get(key)
        zero = plan_money(run.plan, 0)
        paid, due = old.pay if old else zero, new.pay if new else zero
        if paid != due:
            line = new or old
            assert line is not None  # noqa: S101 - one of the two has the key
            reason = "late" if old is None else "withdrawn" if new is None else "corrected" if old.sale != new.sale else "moved"
            account = (line.returns or line.sale.id, line.receipt, line.person, line.component)
            found.append(Adjustment(person=line.person, date=first, sale=line.sale, component=line.component, title=line.title, paid=paid, due=due, reason=reason, account=account))
    return found


def _pools(run: "Run", period: Period, mine: dict[str, list[Entry]]) -> dict[str, int]:
    """What each person gets of the team pools of a period."""
    shares: dict[str, int] = {}
    pool = run.plan.pool
    for account, entries in mine.items():
        earned = sum(entry.pay.minor for entry in entries)
        if pool is None or not account.startswith("team:") or not earned:
            continue
        stays = [stay for stay in run.roster.team(account.removeprefix("team:"), period) if not pool.roles or stay.role in pool.roles]
        weights: dict[str, int] = {}
        for stay in stays:
            there = period.overlap(Period(stay.start, stay.end or period.end))
            days = there.days if there is not None else 0
            sold = sum(line.measure_count for line in run.lines if line.person == stay.person and line.kind == "split" and line.sale.date in period)
            weights[stay.person] = weights.get(stay.person, 0) + {"equal": int(stay.person not in weights), "days": days, "sales": max(sold, 0)}[pool.by]
        if not any(weights.values()):
            raise FactError("commission.empty_pool", "the pool of {team} in {period} has {amount} to divide and nobody to divide it among; check the roster", team=account.removeprefix("team:"), period=str(period), amount=str(plan_money(run.plan, earned)))
        for person, share in split_units(earned, weights).items():
            shares[person] = shares.get(person, 0) + share
    return shares


def _entitled(run: "Run", periods: list[Period]) -> set[str]:
    """People who may be paid without having sold anything: those with a draw or a guarantee, and pool members."""
    plan = run.plan
    roles = [rule.roles for rule in (plan.draw, plan.guarantee, plan.pool) if rule is not None]
    span = Period(periods[0].start, periods[-1].end)
    return {
        member.person
        for member in run.roster.members
        if member.start < span.end and (member.end is None or member.end > span.start) and any(not named or member.role in named for named in roles)
    }


def _settle(run: "Run", person: str, period: Period, entries: list[Entry], adjustments: list[Adjustment], pooled: int, opening: Balance) -> Statement:
    """One person, one period."""
    plan = run.plan
    parts: dict[str, int] = dict.fromkeys(("earned", "held", "released"), 0)
    for entry in entries:
        parts[entry.kind] += entry.pay.minor
    steps = [Step(f"commission.settle.{name}", plan_money(plan, parts[name])) for name in ("earned", "held", "released") if parts[name] or name == "earned"]
    if pooled:
        steps.append(Step("commission.settle.pool", plan_money(plan, pooled)))
    earnings = sum(parts.values()) + pooled
    if opening.carried:
        steps.append(Step("commission.settle.carried_in", plan_money(plan, opening.carried)))
        earnings += opening.carried
    top_up = _top_up(run, person, period, earnings)
    if top_up:
        steps.append(Step("commission.settle.guarantee", plan_money(plan, top_up)))
    drawn = _draw(run, person, period, earnings + top_up, opening)
    for name, pay in (("advanced", drawn.advanced), ("recovered", -drawn.recovered)):
        if pay:
            steps.append(Step(f"commission.settle.{name}", plan_money(plan, pay)))
    payable = earnings + top_up + drawn.advanced - drawn.recovered
    carried = 0
    if plan.negative == "carry" and earnings < 0:
        carried = earnings
        payable -= earnings
        steps.append(Step("commission.settle.carried_out", plan_money(plan, -earnings)))
    total = Step("commission.settle.payable", plan_money(plan, payable), formula="sum", params=(("person", person), ("period", period)), source=plan.source, children=tuple(steps))
    return Statement(
        plan=plan,
        person=person,
        name=run.roster.name(person),
        period=period,
        lines=tuple(line for line in run.lines if line.person == person and line.sale.date in period),
        entries=tuple(entries),
        adjustments=tuple(adjustments),
        drawn=drawn,
        opening=opening,
        closing=Balance(draw=drawn.balance, carried=carried),
        working=total,
        on=run.on,
    )


def _number(run: "Run", person: str, period: Period) -> int:
    """The number of a settlement period, counted from the person's first under the plan as 1."""
    plan = run.plan
    stays = run.roster.stays(person)
    start = max(stays[0].start, plan.effective_from) if stays else plan.effective_from
    current, number = plan.calendar.containing(start, plan.settle), 1
    while current.end <= period.start:
        current, number = plan.calendar.containing(current.end, plan.settle), number + 1
    return number


def _serves(run: "Run", person: str, period: Period, roles: tuple[str, ...]) -> bool:
    there = [stay for stay in run.roster.stays(person) if stay.start < period.end and (stay.end is None or stay.end > period.start)]
    return any(not roles or stay.role in roles for stay in there)


def _top_up(run: "Run", person: str, period: Period, earned: int) -> int:
    """What the guarantee adds, prorated to the part of the period the person was there."""
    guarantee = run.plan.guarantee
    if guarantee is None or not _serves(run, person, period, guarantee.roles):
        return 0
    number = _number(run, person, period)
    there = [period.overlap(Period(stay.start, stay.end or period.end)) for stay in run.roster.stays(person) if stay.start < period.end and (stay.end is None or stay.end > period.start)]
    share = sum(proration(part, period, guarantee.day_count) for part in there if part is not None)
    return guarantee.top_up(earned, number, share if share else proration(period, period, "actual"))


def _draw(run: "Run", person: str, period: Period, earned: int, opening: Balance) -> Drawn:
    draw = run.plan.draw
    if draw is None or not (_serves(run, person, period, draw.roles) or opening.draw):
        return Drawn(balance=opening.draw)
    last = run.roster.stays(person)[-1:] if run.roster.stays(person) else ()
    leaves = bool(last) and last[0].end is not None and last[0].end in period
    return draw.apply(earned, opening, _number(run, person, period), leaves=leaves)

