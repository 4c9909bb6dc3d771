"""When commission is earned: in stages, as events happen to the sale; and what of it is held back for a while.

Stages are data: so much at the order, so much at each shipment or invoice, so much as the customer pays, at a milestone, month by month,
or at year end. What is earned to date is rounded and the difference booked, so the parts of a sale add up to its commission exactly.

    >>> from datetime import date
    >>> from salesrules.periods import CivilCalendar
    >>> stages = (Stage(on="order", share="60%"), Stage(on="receipt", share="40%"))
    >>> sold = date(2026, 1, 10)
    >>> history = History(sold=sold, owed=((sold, 3000),), receipts=((date(2026, 2, 1), 1000), (date(2026, 3, 1), 2000)))
    >>> [(part.date.isoformat(), part.on, part.pay) for part in earn(((sold, 1001),), stages, history, CivilCalendar(), date(2026, 12, 31))]
    [('2026-01-10', 'order', 601), ('2026-02-01', 'receipt', 133), ('2026-03-01', 'receipt', 267)]

References: commission that waits for the payment as in Tryton's commission_waiting, for the delivery as in ADempiere.
Checked with: ``tryton-accrual-001``, ``adempiere-delivered-001``, ``nneessen-months-001``, ``kleegr-hold-002`` in `tests/golden/commission/*.toml`.
"""

from datetime import date
from fractions import Fraction

import attrs

from .._exact import as_rate
from .._fields import about, field
from ..errors import PolicyError
from ..money import divide, format_ratio
from ..periods import Calendar, add_months, delay

__all__ = ["Earned", "History", "Holdback", "Stage", "earn"]


@attrs.frozen(kw_only=True)
class Stage:
    """A share of each commission that is earned when something happens.

    Args:
        on: ``order`` (the date of the sale), ``receipt`` (each payment, by the share of the receivable paid), ``monthly`` (in equal parts
            at each monthly anniversary), ``year_end`` (the last day of the plan's year), or the kind of an `Event`: ``shipment``,
            ``invoice``, or any milestone.
        share: the part of the commission.
        months: how many months, with ``monthly``.
    """

    on: str = field(doc="order, receipt, monthly, year_end, or the kind of an event")
    share: Fraction = attrs.field(metadata=about("part of the commission", rate=True), converter=as_rate)
    months: int = field(doc="number of equal monthly parts, with on = monthly", default=0)

    def __attrs_post_init__(self) -> None:
        if not self.on:
            raise PolicyError(
                "commission.stage", "a stage needs the event it waits for; say order, receipt, monthly, year_end or the kind of an event", path="on"
            )
        if (self.on == "monthly") != (self.months > 0):
            raise PolicyError("commission.stage_months", "on = 'monthly' and a number of months belong together", path="months")
        if self.share <= 0:
            raise PolicyError("commission.stage_share", "the share is {share}; a stage needs a share above 0", path="share", share=format_ratio(self.share))


@attrs.frozen(kw_only=True)
class Holdback:
    """The share of what is earned that is kept back, and when it is released, counted from the day it was earned.

    >>> from salesrules.periods import CivilCalendar
    >>> kept = Holdback(share="20%", release="2 months")
    >>> kept.held(1001), str(kept.released_on(date(2026, 1, 31), CivilCalendar()))
    (200, '2026-03-31')
    """

    share: Fraction = attrs.field(metadata=about("share kept back", rate=True), converter=as_rate)
    release: str = field(doc="when it is released, such as 2 months, 14 days or year end")

    def __attrs_post_init__(self) -> None:
        delay(self.release)
        if not 0 < self.share <= 1:
            raise PolicyError(
                "commission.holdback_share", "the share is {share}; hold back more than 0 and up to 100%", path="share", share=format_ratio(self.share)
            )

    def held(self, pay: int) -> int:
        """What is kept back of an amount, in minor units."""
        return divide(pay * self.share.numerator, self.share.denominator, "half_up")

    def released_on(self, earned: date, calendar: Calendar) -> date:
        """The day on which it becomes payable."""
        return delay(self.release).on(earned, calendar)


@attrs.frozen(kw_only=True)
class History:
    """What has happened to a sale, returns included: what was owed, paid, shipped, and when. Amounts in minor units.

    Args:
        sold: the day of the sale.
        owed: the receivable and, negative, what returns took off it, each with its day.
        receipts: payments.
        events: shipments, invoices, milestones, each with the share of the sale it covers.
    """

    sold: date
    owed: tuple[tuple[date, int], ...]
    receipts: tuple[tuple[date, int], ...] = ()
    events: tuple[tuple[date, str, Fraction], ...] = ()


@attrs.frozen
class Earned:
    """A part of a commission that became earned on a day."""

    date: date
    on: str
    pay: int


def earn(pays: tuple[tuple[date, int], ...], stages: tuple[Stage, ...], history: History, calendar: Calendar, until: date) -> tuple[Earned, ...]:
    """The parts of a commission earned up to a day, in order.

    At every moment what is earned to date is the commission to date (returns and corrections taken off) times the share of the stages
    reached; once everything has happened the parts add up to it exactly.

    Args:
        pays: the commission of a sale and, as they came, what was taken back or corrected, in minor units with their days.
        stages: the shares and what each waits for; everything is earned at once where there are none.
        history: what happened to the sale.
        calendar: whose year end counts.
        until: the last day that counts.
    """
    if not stages:
        return tuple(Earned(day, "order" if day == history.sold else "correction", pay) for day, pay in pays if day <= until and pay)
    moments: dict[date, str] = {day: "correction" for day, _ in pays if day != history.sold}
    for stage in stages:
        for day in _days(stage, history, calendar):
            moments.setdefault(day, stage.on)
    moments.setdefault(history.sold, "correction")
    parts, booked = [], 0
    for day in sorted(moment for moment in moments if moment <= until):
        pay = sum(amount for when, amount in pays if when <= day)
        reached = sum((stage.share * _reached(stage, history, calendar, day) for stage in stages), Fraction(0))
        to_date = divide(pay * reached.numerator, reached.denominator, "half_up")
        if to_date != booked:
            parts.append(Earned(day, moments[day], to_date - booked))
            booked = to_date
    return tuple(parts)


def _days(stage: Stage, history: History, calendar: Calendar) -> list[date]:
    """The days on which a stage may make progress."""
    if stage.on == "order":
        return [history.sold]
    if stage.on == "year_end":
        return [calendar.containing(history.sold, "year").last]
    if stage.on == "monthly":
        return [add_months(history.sold, month) for month in range(1, stage.months + 1)]
    if stage.on == "receipt":
        return [day for day, _ in (*history.receipts, *history.owed)]
    return [day for day, kind, _ in history.events if kind == stage.on]


def _reached(stage: Stage, history: History, calendar: Calendar, day: date) -> Fraction:
    """The share of a stage reached by the end of a day; from 0 to 1."""
    if stage.on == "receipt":
        paid = sum(amount for when, amount in history.receipts if when <= day)
        owed = sum(amount for when, amount in history.owed if when <= day)
        return min(max(Fraction(paid, owed), Fraction(0)), Fraction(1)) if owed > 0 else Fraction(1)
    if stage.on in {"order", "year_end"}:
        return Fraction(int(_days(stage, history, calendar)[0] <= day))
    if stage.on == "monthly":
        return Fraction(sum(due <= day for due in _days(stage, history, calendar)), stage.months)
    return min(sum((share for when, kind, share in history.events if kind == stage.on and when <= day), Fraction(0)), Fraction(1))
