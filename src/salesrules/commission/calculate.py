"""The verb: apply a plan to sales and get every line's pay, its working, and the statements.

>>> from datetime import date
>>> from salesrules.money import Money
>>> from salesrules.commission.steps import Rate, RateEntry
>>> from salesrules.commission import Component, Plan, Returns, Sale
>>> plan = Plan(id="simple", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="original"),
...             components=(Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)),))
>>> sales = [Sale(id="S1", date=date(2026, 3, 2), amount=Money("1200.50", "CNY"), person="chen")]
>>> run = calculate(plan, sales, on=date(2026, 3, 31))
>>> run.lines[0].pay
Money('36.02', 'CNY')
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from operator import attrgetter
from types import NoneType
from typing import Any

import attrs

from ..errors import FactError, SalesRulesError
from ..money import Money, divide
from ..timeline import Timeline
from .books import FactBooks
from .engine import Engine
from .facts import Event, Factor, FxRate, Incentive, Quota, Receipt, Sale
from .lines import Line
from .plan import Plan
from .roster import Roster
from .run import Run
from .state import State

__all__ = ["calculate"]


def _receipt_sale(receipt: Receipt, sale: Sale, received_before: int) -> Sale:
    """The sale seen through one payment: its net amount by the share of the receivable that was paid."""
    owed = sale.receivable or sale.amount
    if receipt.amount.currency != owed.currency:
        raise FactError(
            "receipt.currency",
            "is in {given}, the sale in {owed}; convert it first",
            path=f"receipt {receipt.id}",
            given=receipt.amount.currency.code,
            owed=owed.currency.code,
        )
    if not owed.minor:
        raise FactError("receipt.nothing_owed", "pays sale {sale}, for which nothing is owed", path=f"receipt {receipt.id}", sale=sale.id)

    def part(whole: Money) -> Money:
        """The share of a quantity that this payment is worth: what all payments to date are, less what the earlier ones were."""
        to_date, before = (divide(whole.minor * paid, owed.minor, "half_up") for paid in (received_before + receipt.amount.minor, received_before))
        return Money.from_minor(to_date - before, whole.currency)

    cost, listed = (None if whole is None else part(whole) for whole in (sale.cost, sale.list_amount))
    return attrs.evolve(sale, date=receipt.date, amount=part(sale.amount), cost=cost, list_amount=listed, receivable=None, units=0)


def _check_given(**given: Any) -> None:
    """Refuse what is no plan, state, roster or collection of sales, before it fails somewhere inside."""
    for name, value in given.items():
        kinds, wanted = _WANTED[name]
        if not isinstance(value, kinds) or isinstance(value, Sale):
            raise FactError("commission.given", "{name} is a {kind}; pass {wanted}", path=name, name=name, kind=type(value).__name__, wanted=wanted)


_WANTED: dict[str, tuple[tuple[type, ...], str]] = {
    "plan": ((Plan, Timeline), "a Plan, such as salesrules.policy.load reads, or a Timeline of plans"),
    "sales": ((Iterable,), "a list of Sale"),
    "opening": ((State, NoneType), "a State, such as State.from_data reads back"),
    "roster": ((Roster, NoneType), "a Roster of Member"),
}


def _unique(sales: Iterable[Sale]) -> dict[str, Sale]:
    given = tuple(sales)
    for stranger in (one for one in given if not isinstance(one, Sale)):
        raise FactError("fact.sale", "{value!r} is no sale; pass Sale(id=..., date=..., amount=..., person=...)", path="sales", value=stranger)
    known = {sale.id: sale for sale in given}
    if len(known) != len(given):
        twice = next(name for name, count in Counter(sale.id for sale in given).items() if count > 1)
        raise FactError("sale.duplicate", "there are two sales with this id; ids must be unique", path=f"sale {twice}")
    return known


def calculate(
    plan: Plan | Timeline[Plan],
    sales: Iterable[Sale],
    *,
    on: date,
    roster: Roster | None = None,
    receipts: Iterable[Receipt] = (),
    events: Iterable[Event] = (),
    quotas: Iterable[Quota] = (),
    incentives: Iterable[Incentive] = (),
    factors: Iterable[Factor] = (),
    rates: Iterable[FxRate] = (),
    opening: State | None = None,
    history: Iterable[Line] = (),
    settled: Iterable[Line] | None = None,
    trace: bool = True,
) -> Run:
    """Apply a plan to everything known up to a day.

    Args:
        plan: the plan, or its versions as a timeline; each sale is paid under the version in force on its date.
        sales: sales and returns, in any order: they are posted by date, the returns of a day last, then by id. Those after ``on`` are left out.
        on: the day as of which is computed; its settlement period is the last one with statements.
        roster: who works for whom; needed for roles, overrides, teams.
        receipts: all payments by customers for these sales and those in the history, where cash is a measure or a stage.
        events: shipments, invoices, milestones, where a stage waits for them.
        quotas: goals by person and period.
        incentives: target incentives by person and period.
        factors: coefficients from elsewhere, by person and settlement period.
        rates: exchange rates of the days.
        opening: the state of an earlier run, to go on without rereading its sales.
        history: lines of earlier runs whose sales may be taken back, paid for or earned in further stages, and those of a settlement period
            that is not complete yet. Their sales are not among ``sales``.
        settled: the lines of these sales as they were settled earlier. Everything is then computed anew, without the running totals of
            ``opening``, and what comes out differently in a settled period is booked as the difference in the first open one.
        trace: whether every line keeps its working; the figures are the same without.

    Returns:
        The run: lines, statements, and the state to go on from.

    Raises:
        FactError: for inputs that cannot be used; nothing is computed in part.
        NotInForce: for a sale before the first or after the last version of the plan.

    References: the rules of commission plans as published by Oracle, Siebel, Xactly, Spiff, metasfresh and others.
    Checked with: `tests/golden/commission/*.toml`.
    """
    _check_given(plan=plan, sales=sales, opening=opening, roster=roster)
    plans = plan.in_force if isinstance(plan, Plan) else plan
    current = plans.on(on)
    roster = Roster() if roster is None else roster
    known, earlier, paid_by, happened = _unique(sales), tuple(history), tuple(receipts), tuple(events)
    past = {line.sale.id: line.sale for line in earlier if not line.receipt}
    _check_facts(known, past, paid_by, happened)
    engine = Engine(
        plans,
        books=FactBooks(current.money, quotas, incentives, factors),
        roster=roster,
        rates=tuple(rates),
        totals=opening.running() if opening is not None and settled is None else {},
        history=earlier,
        trace=trace,
    )
    posted = frozenset(line.receipt for line in earlier)
    for sale, paid, receipt in _posted(known, _payments(paid_by, known, past, posted), on):
        try:
            if sale.returns:
                engine.take_back(sale, _original(sale, known, past))
            else:
                engine.post(sale, paid, receipt)
        except SalesRulesError as error:
            raise error if error.path else error.at(f"sale {sale.id}") from None
    return Run(
        plans=plans,
        on=on,
        raws=tuple(engine.raws),
        roster=roster,
        receipts=paid_by,
        events=happened,
        opening=opening or State(),
        history=earlier,
        settled=None if settled is None else tuple(settled),
        totals=engine.totals,
        trace=trace,
    )


def _check_facts(known: dict[str, Sale], past: dict[str, Sale], receipts: tuple[Receipt, ...], events: tuple[Event, ...]) -> None:
    """Refuse what would be paid twice, or silently not at all."""
    for name in known:
        if name in past:
            raise FactError(
                "sale.in_history", "is among the sales and in the history; pass it once, or everything that was settled as settled", path=f"sale {name}"
            )
    for receipt, count in Counter(receipt.id for receipt in receipts).items():
        if count > 1:
            raise FactError("receipt.duplicate", "there are two receipts with this id; ids must be unique", path=f"receipt {receipt}")
    for event in events:
        if _known(event.sale, known, past) is None:
            raise FactError(
                "event.unknown_sale",
                "happened to sale {sale}, which is not among the sales; pass it, or its lines as history",
                path=f"event {event.kind}",
                sale=event.sale,
            )


def _posted(known: dict[str, Sale], payments: Iterable[tuple[Sale, Sale, Receipt]], on: date) -> Iterable[tuple[Sale, Sale, Receipt | None]]:
    """Sales, returns and receipts up to a day in posting order, each with the sale that it is about: by date, then by id.

    A return comes after the sales of its day, whatever its id: nothing is taken back before it was made.
    """
    due = sorted((sale for sale in known.values() if sale.date <= on), key=lambda sale: (sale.date, sale.returns != "", sale.id))
    posted: list[tuple[Sale, Sale, Receipt | None]] = [(sale, sale, None) for sale in due]
    paid = [(sale, original, receipt) for sale, original, receipt in payments if sale.date <= on]
    return sorted([*posted, *paid], key=lambda entry: (entry[0].date, entry[0].returns != "", (entry[2] or entry[0]).id)) if paid else posted


def _payments(receipts: tuple[Receipt, ...], known: dict[str, Sale], past: dict[str, Sale], posted: frozenset[str]) -> Iterable[tuple[Sale, Sale, Receipt]]:
    """What each receipt pays of its sale; those that earlier runs have posted count, but are not posted again."""
    received: Counter[str] = Counter()
    for receipt in sorted(receipts, key=attrgetter("date", "id")):
        paid = _known(receipt.sale, known, past)
        if paid is None:
            raise FactError(
                "receipt.unknown_sale",
                "pays sale {sale}, which is not among the sales; pass it, or its lines as history",
                path=f"receipt {receipt.id}",
                sale=receipt.sale,
            )
        part = _receipt_sale(receipt, paid, received[paid.id])
        received[paid.id] += receipt.amount.minor
        if receipt.id not in posted:
            yield part, paid, receipt


def _known(name: str, known: dict[str, Sale], past: dict[str, Sale]) -> Sale | None:
    return known.get(name) or past.get(name)


def _original(sale: Sale, known: dict[str, Sale], past: dict[str, Sale]) -> Sale:
    original = _known(sale.returns, known, past)
    if original is None:
        raise FactError(
            "sale.unknown_original",
            "returns sale {original}, which is not among the sales; pass it, or its lines as history",
            path=f"sale {sale.id}",
            original=sale.returns,
        )
    if original.returns:
        raise FactError(
            "sale.return_of_return",
            "returns {original}, which is a return itself; name the sale, or book a new one",
            path=f"sale {sale.id}",
            original=original.id,
        )
    if original.date > sale.date:
        raise FactError(
            "sale.returned_before_sold",
            "is dated {returned}, before the sale {original} of {sold} that it takes back",
            path=f"sale {sale.id}",
            returned=sale.date,
            original=original.id,
            sold=original.date,
        )
    return original
