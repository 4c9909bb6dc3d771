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
from operator import attrgetter, itemgetter
from typing import Any

import attrs

from ..errors import FactError
from ..money import Money, divide
from ..ops import ScalarOps, TracingOps
from ..periods import Period
from ..scope import Scope
from ..timeline import Timeline
from .books import FactBooks
from .component import Component
from .conversion import Converter
from .crediting import Amounts, Origin, origins
from .facts import Event, Factor, FxRate, Incentive, Quota, Receipt, Sale
from .plan import Plan
from .roster import Roster
from .run import Line, Raw, Run, State
from .steps.flow import Case
from .steps.measures import DEAL

__all__ = ["calculate"]


class Row:
    """The operands of one credited line, read by the steps; one object is used for all lines in turn."""

    __slots__ = ("accounts", "amount", "commission", "deals", "intervals", "list_of", "margin_of", "new_customers", "person", "remainder", "sale", "sign", "units")

    sale: Sale
    person: str
    amount: int
    margin_of: int | None
    list_of: int | None
    units: int
    deals: int
    new_customers: int
    sign: int
    commission: int
    remainder: int
    intervals: dict[str, Period]
    accounts: dict[str, tuple[str, ...]]

    def account(self, over: str) -> tuple[str, ...]:
        return self.accounts[over]

    @property
    def margin(self) -> int:
        if self.margin_of is None:
            raise FactError("sale.no_cost", "has no cost, which the margin needs; a missing cost is never taken for 0", path=f"sale {self.sale.id}")
        return self.amount - self.margin_of

    @property
    def list_amount(self) -> int:
        if self.list_of is None:
            raise FactError("sale.no_list_amount", "has no list_amount, which the discount is measured from", path=f"sale {self.sale.id}")
        return self.list_of

    customer = property(attrgetter("sale.customer"))
    product = property(attrgetter("sale.product"))
    category = property(attrgetter("sale.category"))
    customer_grade = property(attrgetter("sale.customer_grade"))
    channel = property(attrgetter("sale.channel"))
    region = property(attrgetter("sale.region"))
    period = property(lambda self: self.intervals["period"])
    quarter = property(lambda self: self.intervals["quarter"])
    half_year = property(lambda self: self.intervals["half_year"])
    year = property(lambda self: self.intervals["year"])
    plan = property(lambda self: self.intervals["plan"])


@attrs.frozen
class _ScopeBook:
    """1 for the sales a component pays, 0 for the others."""

    scope: Scope

    @property
    def fields(self) -> tuple[str, ...]:
        return self.scope.dimensions

    def find(self, key: tuple[str, ...]) -> int:
        return int(self.scope.covers(dict(zip(self.fields, key, strict=True))))


@attrs.frozen
class Part:
    """A component made ready: the names of its steps and its case."""

    component: Component
    names: tuple[str, ...]
    case: Case
    scope: _ScopeBook | None


class Program:
    """A plan made ready for a calculation."""

    def __init__(self, plan: Plan, books: FactBooks, rates: tuple[FxRate, ...]) -> None:
        self.plan = plan
        self.converter = Converter(plan.conversion, plan.money, rates)
        self.house = frozenset(plan.house)
        counts = (("units", 10**plan.unit_digits), ("deals", DEAL), ("new_customers", DEAL))
        self.parts = tuple(_part(component, plan, books, counts) for component in plan.components)
        self.sales = {kind: tuple(part for part in self.parts if part.component.credit == kind and part.component.measure != "cash") for kind in ("direct", "overlay", "rollup", "team")}
        self.cash = {kind: tuple(part for part in self.parts if part.component.credit == kind and part.component.measure == "cash") for kind in ("direct", "overlay", "rollup", "team")}

    def intervals(self, day: date) -> dict[str, Period]:
        """The settlement period, quarter, half-year and year that hold a day, and the time the plan is in force."""
        calendar, plan = self.plan.calendar, self.plan
        found = {unit: calendar.containing(day, unit) for unit in ("quarter", "half_year", "year")}
        found["period"] = calendar.containing(day, plan.settle)
        found["plan"] = Period(plan.effective_from, plan.effective_until or date.max)
        return found


def _part(component: Component, plan: Plan, books: FactBooks, counts: tuple[tuple[str, int], ...]) -> Part:
    seen: Counter[str] = Counter()
    names = []
    for step in component.steps:
        seen[step.kind] += 1
        names.append(f"{component.id}.{step.kind}{seen[step.kind]}")
    case = Case(
        currency=plan.money,
        rounding=plan.rounding,
        measure=component.measure,
        units=counts,
        retroactive=frozenset(names[at] for at in component.retroactive_positions),
        books=books,
    )
    return Part(component, tuple(names), case, _ScopeBook(component.scope) if component.scope.dimensions else None)


class Engine:
    """One calculation under way: running totals, what each sale was paid so far, the lines made."""

    def __init__(self, plans: Timeline[Plan], books: FactBooks, roster: Roster, rates: tuple[FxRate, ...], totals: dict[str, dict[Any, int]], history: Iterable[Line], *, trace: bool) -> None:
        self._plans, self._books, self._roster, self._rates = plans, books, roster, rates
        self.ops: ScalarOps = TracingOps(totals) if trace else ScalarOps(totals)
        self._trace = trace
        self._programs: dict[str, Program] = {}
        self._days: dict[date, tuple[Program, dict[str, Period]]] = {}
        self._accounts: dict[tuple[str, date], dict[str, tuple[str, ...]]] = {}
        self._row = Row()
        self.raws: list[Raw] = []
        self._booked: dict[tuple[str, str, str], tuple[int, int]] = {(line.sale.id, line.person, line.component): (line.pay.minor, line.measure_count) for line in history}
        self._returned: Counter[tuple[str, str, str]] = Counter()

    def day(self, day: date) -> tuple[Program, dict[str, Period]]:
        """The program in force on a day, and the intervals that hold it."""
        known = self._days.get(day)
        if known is None:
            plan = self._plans.on(day)
            key = f"{plan.effective_from}"
            program = self._programs.get(key)
            if program is None:
                program = self._programs[key] = Program(plan, self._books, self._rates)
            known = self._days[day] = (program, program.intervals(day))
        return known

    def _enter(self, person: str, sale: Sale, amounts: Amounts, intervals: dict[str, Period]) -> Row:
        key = (person, sale.date)
        accounts = self._accounts.get(key)
        if accounts is None:
            accounts = self._accounts[key] = {over: (person, interval.start.isoformat()) for over, interval in intervals.items()}
        row = self._row
        row.sale, row.person, row.accounts, row.intervals = sale, person, accounts, intervals
        row.amount, row.margin_of, row.list_of, row.units = amounts.amount, amounts.cost, amounts.list_amount, amounts.units
        row.deals, row.new_customers = amounts.deals, amounts.new_customers
        row.sign = -1 if amounts.deals < 0 else 1
        row.commission = row.remainder = 0
        return row

    def sale(self, sale: Sale, original: Sale | None, receipt: Receipt | None = None) -> None:
        """Credit a sale, a return or a receipt, and pay everybody concerned."""
        program, intervals = self.day(sale.date)
        parts = program.cash if receipt is not None else program.sales
        amounts = Amounts.of(sale, program.converter, program.plan.unit_digits)
        if program.plan.split == "commission" and len(sale.credits) > 1:
            self._divide(sale, amounts, original, program, intervals)
            return
        for origin in origins(sale, amounts, original or sale):
            if origin.person in program.house:
                continue
            below = total_below = self._credit(parts["overlay" if origin.kind == "overlay" else "direct"], origin, origin.person, 0, sale, original, receipt, intervals, 0, 0)
            if origin.kind == "overlay":
                continue
            if parts["team"]:
                self._team(parts["team"], origin, sale, original, receipt, intervals)
            if parts["rollup"]:
                for level, boss in enumerate(self._roster.above(origin.person, (original or sale).date), start=1):
                    here = tuple(part for part in parts["rollup"] if level in part.component.levels)
                    below = self._credit(here, origin, boss.person, level, sale, original, receipt, intervals, below, total_below)
                    total_below += below

    def _team(self, parts: tuple[Part, ...], origin: Origin, sale: Sale, original: Sale | None, receipt: Receipt | None, intervals: dict[str, Period]) -> None:
        post = self._roster.on(origin.person, (original or sale).date)
        if post is None or not post.team:
            raise FactError("roster.no_team", "{person} belongs to no team on {day}, but the plan credits the team; add an entry", path=f"sale {sale.id}", person=origin.person, day=sale.date)
        self._credit(parts, origin, f"team:{post.team}", 0, sale, original, receipt, intervals, 0, 0)

    def _credit(
        self,
        parts: tuple[Part, ...],
        origin: Origin,
        person: str,
        level: int,
        sale: Sale,
        original: Sale | None,
        receipt: Receipt | None,
        intervals: dict[str, Period],
        below: int,
        total_below: int,
    ) -> int:
        """Pay one person for one credit, by each component that applies; returns the sum."""
        if not parts:
            return 0
        row = self._enter(person, sale, origin.amounts, intervals)
        row.commission, row.remainder = below, origin.amounts.amount - total_below
        total, ops = 0, self.ops
        for part in parts:
            component = part.component
            if part.scope is not None and not ops.find(component.id, part.scope, row):
                continue
            if component.roles and not self._has_role(person, (original or sale).date, component.roles):
                continue
            pay = component.pay(ops, row, part.names, part.case)
            notes: list[tuple[Any, ...]] | None = None
            if self._trace:
                notes, ops.notes = ops.notes, []  # type: ignore[attr-defined]
            booked = pay if original is None else self._book_return(sale, original, person, component, pay, row)
            total += booked
            if original is None:
                key = (receipt.id if receipt is not None else sale.id, person, component.id)
                paid, moved = self._booked.get(key, (0, 0))
                self._booked[key] = (paid + booked, moved + row.amount)
            self.raws.append((sale, person, origin, level, part, pay, booked, notes, original, receipt, row.commission, row.remainder))
        return total

    def _has_role(self, person: str, day: date, roles: tuple[str, ...]) -> bool:
        post = self._roster.on(person, day)
        return post is not None and post.role in roles

    def _book_return(self, sale: Sale, original: Sale, person: str, component: Component, recomputed: int, row: Row) -> int:
        """What a return is booked at: recomputed, or the part of what the sale was paid."""
        program, _ = self.day(original.date)
        rule = program.plan.returns
        if not rule.within(original.date, sale.date, program.plan.calendar):
            return 0
        if rule.rate == "recompute":
            return recomputed
        key = (original.id, person, component.id)
        paid, of = self._booked.get(key, (0, 0))
        before = self._returned[key]
        self._returned[key] += -row.amount
        if before - row.amount > of:
            raise FactError("sale.returned_too_much", "returns more than was sold in {original}", path=f"sale {sale.id}", original=original.id)
        return rule.taken_back(paid=paid, returned_before=before, returned=-row.amount, of=of, unearned=rule.unearned(original.date, sale.date))

    def _divide(self, sale: Sale, amounts: Amounts, original: Sale | None, program: Program, intervals: dict[str, Period]) -> None:
        """Compute the sale as a whole, and divide what it pays among those credited."""
        from ..allocation import split_units

        credits = [credit for credit in (original or sale).credits if credit.kind == "split"]
        first = Origin(credits[0].person, "split", credits[0].share, amounts)
        row = self._enter(first.person, sale, amounts, intervals)
        for part in program.sales["direct"]:
            if part.scope is not None and not self.ops.find(part.component.id, part.scope, row):
                continue
            pay = part.component.pay(self.ops, row, part.names, part.case)
            notes: list[tuple[Any, ...]] | None = None
            if self._trace:
                notes, self.ops.notes = self.ops.notes, []  # type: ignore[attr-defined]
            shares = split_units(pay, {credit.person: credit.share for credit in credits})
            for credit in credits:
                origin = Origin(credit.person, "commission", credit.share, amounts)
                self.raws.append((sale, credit.person, origin, 0, part, pay, shares[credit.person], notes, original, None, 0, 0))


def _receipt_sale(receipt: Receipt, sale: Sale, received_before: int) -> Sale:
    """The sale seen through one payment: its net amount by the share of the receivable that was paid."""
    owed = sale.receivable or sale.amount
    if receipt.amount.currency != owed.currency:
        raise FactError("receipt.currency", "is in {given}, the sale in {owed}; convert it first", path=f"receipt {receipt.id}", given=receipt.amount.currency.code, owed=owed.currency.code)
    if not owed.minor:
        raise FactError("receipt.nothing_owed", "pays sale {sale}, for which nothing is owed", path=f"receipt {receipt.id}", sale=sale.id)
    after = divide(sale.amount.minor * (received_before + receipt.amount.minor), owed.minor, "half_up")
    before = divide(sale.amount.minor * received_before, owed.minor, "half_up")
    return attrs.evolve(sale, date=receipt.date, amount=Money.from_minor(after - before, sale.amount.currency), cost=None, list_amount=None, receivable=None, units=0)


def _unique(sales: Iterable[Sale]) -> dict[str, Sale]:
    known: dict[str, Sale] = {}
    for sale in sales:
        if sale.id in known:
            raise FactError("sale.duplicate", "there are two sales with this id; ids must be unique", path=f"sale {sale.id}")
        known[sale.id] = sale
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
    trace: bool = True,
) -> Run:
    """Apply a plan to everything known up to a day.

    Args:
        plan: the plan, or its versions as a timeline; each sale is paid under the version in force on its date.
        sales: sales and returns, in any order: they are posted by date, then by id. Those after ``on`` are left out.
        on: the day as of which is computed; its settlement period is the last one with statements.
        roster: who works for whom; needed for roles, overrides, teams.
        receipts: payments by customers, where cash is a measure or a stage.
        events: shipments, invoices, milestones, where a stage waits for them.
        quotas: goals by person and period.
        incentives: target incentives by person and period.
        factors: coefficients from elsewhere, by person and settlement period.
        rates: exchange rates of the days.
        opening: the state of an earlier run, to go on without rereading its sales.
        history: lines of earlier runs, which returns may take back.
        trace: whether every line keeps its working; the figures are the same without.

    Returns:
        The run: lines, statements, and the state to go on from.

    Raises:
        FactError: for inputs that cannot be used; nothing is computed in part.
        NotInForce: for a sale before the first or after the last version of the plan.

    References: the rules of commission plans as published by Oracle, Siebel, Xactly, Spiff, metasfresh and others.
    Checked with: `tests/golden/commission.toml`.
    """
    plans = plan.in_force if isinstance(plan, Plan) else plan
    known = _unique(sales)
    history = tuple(history)
    past = {line.sale.id: line.sale for line in history}
    paid_by = tuple(receipts)
    roster = Roster() if roster is None else roster
    engine = Engine(plans, FactBooks(quotas, incentives, factors), roster, tuple(rates), opening.running() if opening else {}, history, trace=trace)
    plans.on(on)
    for when, _, sale, original, receipt in _posted(known, past, paid_by, on):
        try:
            engine.sale(sale, original, receipt)
        except FactError as error:
            raise error if error.path else error.at(f"sale {sale.id}") from None
        del when
    return Run(
        plans=plans,
        on=on,
        raws=tuple(engine.raws),
        roster=roster,
        receipts=paid_by,
        events=tuple(events),
        opening=opening or State(),
        totals=engine.ops.totals,
        trace=trace,
    )


def _posted(known: dict[str, Sale], past: dict[str, Sale], receipts: tuple[Receipt, ...], on: date) -> list[tuple[date, str, Sale, Sale | None, Receipt | None]]:
    """Sales, returns and receipts up to a day, in posting order."""
    posted: list[tuple[date, str, Sale, Sale | None, Receipt | None]] = []
    for sale in known.values():
        if sale.date <= on:
            original = _original(sale, known, past) if sale.returns else None
            posted.append((sale.date, sale.id, sale, original, None))
    received: Counter[str] = Counter()
    for receipt in sorted(receipts, key=attrgetter("date", "id")):
        paid = known.get(receipt.sale) or past.get(receipt.sale)
        if paid is None:
            raise FactError("receipt.unknown_sale", "pays sale {sale}, which is not among the sales; pass it, or its lines as history", path=f"receipt {receipt.id}", sale=receipt.sale)
        if receipt.date <= on:
            posted.append((receipt.date, receipt.id, _receipt_sale(receipt, paid, received[paid.id]), None, receipt))
            received[paid.id] += receipt.amount.minor
    posted.sort(key=itemgetter(0, 1))
    return posted


def _original(sale: Sale, known: dict[str, Sale], past: dict[str, Sale]) -> Sale:
    original = known.get(sale.returns) or past.get(sale.returns)
    if original is None:
        raise FactError("sale.unknown_original", "returns sale {original}, which is not among the sales; pass it, or its lines as history", path=f"sale {sale.id}", original=sale.returns)
    if original.date > sale.date:
        raise FactError("sale.returned_before_sold", "is dated {returned}, before the sale {original} of {sold} that it takes back", path=f"sale {sale.id}", returned=sale.date, original=original.id, sold=original.date)
    return original


