"""Statements from totals: the verb that goes on where columns computed the lines.

Ten million lines need no object each to be settled: their totals by person, settlement period and component are pooled, guaranteed, drawn and
carried forward by the same rules as the lines of a run.

>>> from salesrules.commission import Component, Rate, RateEntry, Returns
>>> from salesrules.money import Money
>>> plan = Plan(id="drawn", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="original"), negative="carry",
...             components=(Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)),))
>>> january, february = (plan.calendar.parse(name) for name in ("2026-01", "2026-02"))
>>> totals = [Total(person="chen", period=january, component="base", lines=3, credited=Money("-1000", "CNY"), pay=Money("-30", "CNY")),
...           Total(person="chen", period=february, component="base", lines=210, credited=Money("5000", "CNY"), pay=Money("150", "CNY"))]
>>> settled = settle(plan, totals, on=date(2026, 2, 28))
>>> [(str(statement.period), str(statement.payable)) for statement in settled.statements]
[('2026-01', '0.00 CNY'), ('2026-02', '120.00 CNY')]

References: the settlement of `calculate`: draws and guarantees as in Oracle's and Siebel's incentive compensation guides.
Checked with: every published example of `tests/golden/commission/*.toml` that has no stages, settled once more from the totals of its lines.
Limitations: what needs the history of each sale is refused: stages, holdback, and pools divided by sales.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import cached_property

import attrs

from ..errors import FactError
from ..periods import Period
from ..timeline import Timeline
from .ledger import Ledger, Page, entitled, open_periods
from .plan import Plan
from .roster import Roster
from .settlement import balances_after, statements_of
from .state import State
from .statement import Entry, Statement, statement_of
from .totals import Total

__all__ = ["Settled", "settle"]


@attrs.frozen(kw_only=True)
class Settled:
    """Totals settled: `statements`, and the `state` to go on from."""

    ledger: Ledger = attrs.field(repr=False, eq=False)
    statements: tuple[Statement, ...]
    running: State | None = attrs.field(repr=False, default=None)

    def statement(self, person: str, period: Period | str = "") -> Statement:
        """The statement of a person for a settlement period, given as it is or by its name (``2026-03``); the last one where none is named.

        Raises:
            FactError: ``commission.no_statement`` where nothing was settled for the person in that period.
        """
        calendar = self.ledger.plans.on(self.ledger.on).calendar
        wanted = calendar.parse(period) if isinstance(period, str) and period else period or self.ledger.pages[-1].period
        return statement_of(self.statements, person, wanted)

    @cached_property
    def state(self) -> State:
        """What to go on from, in scalars or in columns: the running totals of the calculation, and the balances after it was settled.

        Raises:
            FactError: ``commission.no_running`` where `settle` was not told the state of the calculation.
        """
        if self.running is None:
            template = "totals do not tell how far tiers and caps have run; pass running = the state of the calculation that made them"
            raise FactError("commission.no_running", template, path="running")
        ledger, page = self.ledger, self.ledger.pages[-1]
        there = sum(total.lines for totals in page.totals.values() for total in totals if total.period == page.period)
        return State(
            through=ledger.on,
            totals=self.running.totals,
            balances=balances_after(ledger.opening, self.statements, ledger.on),
            booked=ledger.opening.booked,
            open_lines=0 if ledger.on == page.period.last else there,
        )


def settle(
    plan: Plan | Timeline[Plan],
    totals: Iterable[Total],
    *,
    on: date,
    roster: Roster | None = None,
    opening: State | None = None,
    history: Iterable[Total] = (),
    running: State | None = None,
) -> Settled:
    """Make the statements of totals, by the rules by which the lines of a run are settled.

    Args:
        plan: the plan, or its versions as a timeline; each settlement period is settled under the version in force at its end.
        totals: what was calculated since the opening; a total of a period that was settled before is booked as late.
        on: the last day whose sales are in the totals; its settlement period is the last one with statements.
        roster: who draws, is guaranteed a pay, or shares a team pool.
        opening: the state of an earlier settlement, to go on without its totals.
        history: totals of earlier calculations in a settlement period that was not complete.
        running: the state of the calculation that made the totals: its running totals go into `Settled.state`.

    Returns:
        The statements, and the state to go on from.

    Raises:
        FactError: ``commission.totals_stages``, ``commission.totals_pool`` where the plan needs the history of each sale; ``total.duplicate``,
            ``total.component``, ``total.currency``, ``total.calendar``, ``total.after``, ``total.settled`` for totals that do not fit;
            ``commission.open_period`` where totals of an unfinished period are left out; ``commission.empty_pool``.
        NotInForce: for a total before the first version of the plan.
    """
    plans = plan.in_force if isinstance(plan, Plan) else plan
    roster, opening = roster or Roster(), opening or State()
    given, earlier = _unique(totals), _unique(history)
    _check_plans(plans, on)
    _check_running(running, on)
    _check_totals(plans, on, (*given, *earlier))
    days = (*(total.period.start for total in given), *(max(stay.start, plans.entries[0].start) for stay in entitled(plans, roster)))
    periods = open_periods(plans, on, opening, days)
    ledger = Ledger(plans=plans, on=on, roster=roster, opening=opening, pages=tuple(Page(period) for period in periods))
    for total in earlier:
        if total.period.start < periods[0].start:
            raise FactError(
                "total.settled",
                "lies in {period}, which was settled; as history pass what the unfinished period has, and what came late among the totals",
                path=f"total {total.person}",
                period=str(total.period),
            )
    ledger.check_open(sum(total.lines for total in earlier))
    for total in (*earlier, *given):
        page = ledger.page(total.period.start)
        page.totals[total.person].append(total)
        if total.pay.minor:
            page.entries[total.person].append(_entry(total, page, on))
    return Settled(ledger=ledger, statements=statements_of(ledger), running=running)


def _entry(total: Total, page: Page, on: date) -> Entry:
    """What a total books: on the last day of its period that is settled, or on the first open day where it comes late."""
    late = total.period.start < page.period.start
    return Entry(
        person=total.person,
        date=page.period.start if late else min(page.period.last, on),
        kind="earned",
        on="late" if late else "total",
        sale="",
        component=total.component,
        pay=total.pay,
        lines=(),
    )


def _unique(totals: Iterable[Total]) -> tuple[Total, ...]:
    given = tuple(totals)
    for stranger in (one for one in given if not isinstance(one, Total)):
        raise FactError("fact.total", "{value!r} is no total; pass Total(person=..., period=..., ...)", path="totals", value=stranger)
    counted = Counter((total.person, total.period, total.component) for total in given)
    for (person, period, component), count in counted.items():
        if count > 1:
            raise FactError(
                "total.duplicate",
                "there are {count} totals of component {component} in {period}; add them up, or drop what was passed twice",
                path=f"total {person}",
                count=count,
                component=component,
                period=str(period),
            )
    return given


def _check_plans(plans: Timeline[Plan], on: date) -> None:
    """Refuse what only the history of each sale can tell."""
    for plan in (entry.value for entry in plans.entries if entry.start <= on):
        for part, rule in (("earning", plan.earning), ("holdback", plan.holdback)):
            if rule:
                template = "totals cannot tell when each sale is earned or released, as {part} of the plan {plan} asks; use calculate"
                raise FactError("commission.totals_stages", template, path=part, part=part, plan=plan.id)
        if plan.pool is not None and plan.pool.by == "sales" and any(component.credit == "team" for component in plan.components):
            template = "totals cannot tell what each seller of a team was credited with; use calculate, or divide the pool by days or equal"
            raise FactError("commission.totals_pool", template, path="pool.by")


def _check_running(running: State | None, on: date) -> None:
    if running is not None and running.through is not None and running.through > on:
        raise FactError(
            "commission.totals_after",
            "the calculation went on to {through}, the settlement ends on {on}; settle on the last day calculated, or later",
            path="on",
            through=running.through,
            on=on,
        )


def _check_totals(plans: Timeline[Plan], on: date, totals: Iterable[Total]) -> None:
    """Refuse totals that do not belong to this plan and these settlement periods."""
    plan, known = plans.on(on), sorted({component.id for entry in plans.entries for component in entry.value.components})
    last = plan.calendar.containing(on, plan.settle)
    checked: set[Period] = set()
    for total in totals:
        path = f"total {total.person}"
        if total.component not in known:
            raise FactError(
                "total.component", "the plan has no component {component}; it has {known}", path=path, component=total.component, known=", ".join(known)
            )
        if not total.credited.currency == total.pay.currency == plan.money:
            template = "credited is in {credited}, pay in {pay}; the plan pays in {plan}"
            currencies = {"credited": total.credited.currency.code, "pay": total.pay.currency.code, "plan": plan.money.code}
            raise FactError("total.currency", template, path=path, **currencies)
        if total.period in checked:
            continue
        checked.add(total.period)
        if total.period.start > last.start:
            template = "lies in {period}, after {on}; settle on a later day, or leave it out"
            raise FactError("total.after", template, path=path, period=str(total.period), on=on)
        proper = plan.calendar.containing(total.period.start, plan.settle)
        if proper != total.period:
            template = "is of {period}, which is no settlement period of the plan; the {settle} there is {proper}"
            raise FactError("total.calendar", template, path=path, period=str(total.period), settle=plan.settle, proper=str(proper))
        plans.on(min(total.period.last, on))
