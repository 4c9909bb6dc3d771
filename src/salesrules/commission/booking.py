"""What is booked on each sale, and when: earned in stages, held back, released, and corrected once better data are in.

Nothing that was settled is edited. What comes late, or comes out differently once corrected data are in, is booked in the period in which
it became known, as the difference to what was settled, sale by sale.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import attrs

from ..money import Money
from ..periods import Period
from .earning import History, earn
from .ledger import Ledger, Page, entitled, open_periods
from .lines import Account, Line
from .state import Booked
from .statement import Adjustment, Entry

if TYPE_CHECKING:
    from .run import Run

__all__ = ["Bookings", "booked_before", "gather", "ledger_of"]

_KINDS = ("earned", "held", "released")


@attrs.frozen
class _Booking:
    """An amount earned, held back or released on a day."""

    kind: str
    date: date
    on: str
    pay: int


@attrs.define
class _Record:
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


@attrs.frozen(eq=False)
class Bookings:
    """All that a run books from the first open day on.

    Args:
        periods: the open settlement periods.
        adjustments: what came out differently in earlier periods.
        records: every account, with what was booked on it and what is booked now.
    """

    periods: tuple[Period, ...]
    adjustments: tuple[Adjustment, ...]
    records: dict[Account, _Record]


def gather(run: "Run") -> Bookings:
    """What a run books, sale by sale.

    Where nothing was settled before, the open periods begin with the first sale, or with the first person who draws or is guaranteed a pay;
    where everything is computed anew, with that of the run's day.
    """
    began = run.plans.entries[0].start
    days = [run.period.start]
    if run.settled is None:
        days = [*(line.sale.date for line in run.lines), *(max(stay.start, began) for stay in entitled(run.plans, run.roster))]
    periods = open_periods(run.plans, run.on, run.opening, days)
    adjustments = tuple(_adjustments(run, periods[0].start))
    return Bookings(periods, adjustments, _records(run, periods[0].start, adjustments))


def ledger_of(run: "Run") -> Ledger:
    """The ledger of a run: lines by the day of the sale, entries by the day on which they are booked, corrections in the first open period.

    Raises:
        FactError: ``commission.open_period`` where the run goes on in the middle of a period without the lines that the period has already.
    """
    bookings, opening = run.bookings, run.opening
    ledger = Ledger(plans=run.plans, on=run.on, roster=run.roster, opening=opening, pages=tuple(Page(period) for period in bookings.periods))
    first = bookings.periods[0].start
    if run.settled is None and opening.through is not None:
        ledger.check_open(sum(first <= line.sale.date <= opening.through for line in run.history))
    for adjustment in bookings.adjustments:
        ledger.page(adjustment.date).adjustments[adjustment.person].append(adjustment)
    for entry in _entries(run, bookings):
        ledger.page(entry.date).entries[entry.person].append(entry)
    for line in (*run.history, *run.lines):
        if line.sale.date >= first:
            ledger.page(line.sale.date).lines[line.person].append(line)
    return ledger


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
                    account=_account(line),
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


def _entries(run: "Run", bookings: Bookings) -> Iterator[Entry]:
    """What is booked from the first open day on, sale by sale."""
    return (
        Entry(
            person=person,
            date=booking.date,
            kind=booking.kind,
            on=booking.on,
            sale=sale,
            component=component,
            pay=Money.from_minor(booking.pay, run.plan.money),
            lines=record.lines,
        )
        for (sale, _, person, component), record in bookings.records.items()
        for booking in record.booked
    )


def booked_before(run: "Run", day: date) -> tuple[Booked, ...]:
    """What was earned, held back and released before a day, where the lines alone do not tell it.

    That is so for sales that are earned in stages or partly held back, and for those that came late into a period which is still open.
    """
    known = {account: (earned, held, released) for account, earned, held, released in run.opening.booked}
    for key, record in run.bookings.records.items():
        booked = _summed(record.before, record.booked, day)
        plan = run.plans.on(record.sold)
        lines = [*record.old, *record.new]
        if plan.earning or plan.holdback or booked != _summed((0, 0, 0), _bookings(run, key, lines, lines, []), day):
            known[key] = booked
        else:
            known.pop(key, None)
    return tuple((account, *known[account]) for account in sorted(known))


def _account(line: Line) -> Account:
    """The account of a line: that of the sale, for a return."""
    return line.returns or line.sale.id, line.receipt, line.person, line.component


def _records(run: "Run", first: date, adjustments: Iterable[Adjustment]) -> dict[Account, _Record]:
    """Every account, with what was booked on it and what is booked now.

    What became due in a closed period, and was not booked there because nobody knew, is booked on the first open day.
    """
    records: dict[Account, _Record] = {}
    for line in run.history:
        record = records.setdefault(_account(line), _Record())
        record.old.append(line)
        record.told.append(line)
    for line in run.settled or ():
        if line.sale.date < first:
            records.setdefault(_account(line), _Record()).old.append(line)
    for line in run.lines:
        record = records.setdefault(_account(line), _Record())
        record.told.append(line)
        if run.settled is None or line.sale.date >= first:
            record.new.append(line)
    for adjustment in adjustments:
        records[adjustment.account].corrected.append((adjustment.date, adjustment.difference.minor))
    known = {account: (earned, held, released) for account, earned, held, released in run.opening.booked}
    for key, record in records.items():
        made = _bookings(run, key, record.old + record.new, record.told or record.old, record.corrected)
        record.before = known[key] if key in known else _summed((0, 0, 0), _bookings(run, key, record.old, record.old, []), first)
        due = _summed((0, 0, 0), made, first)
        record.booked = [_Booking(kind, first, "late", now - then) for kind, now, then in zip(_KINDS, due, record.before, strict=True) if now != then]
        record.booked += [booking for booking in made if booking.date >= first]
    return records


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
    # A payment has been received in full, whatever else is still owed.
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
