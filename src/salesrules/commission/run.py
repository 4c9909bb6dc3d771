"""What a calculation gives: every line with its pay and its working, the statements, and the state to go on from.

>>> from salesrules.commission import Component, Rate, RateEntry, Returns, Sale, calculate
>>> plan = Plan(id="simple", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate="original"),
...             components=(Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)),))
>>> run = calculate(plan, [Sale(id="S1", date=date(2026, 3, 2), amount=Money("1200", "CNY"), person="chen")], on=date(2026, 3, 31))
>>> run.statement("chen").payable
Money('36.00', 'CNY')
>>> str(run.state.through)                                  # pass the state as opening to the run of April
'2026-03-31'
"""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import attrs

from ..money import Money
from ..ops import Total
from ..periods import Period
from ..timeline import Timeline
from .booking import Bookings, booked_before, gather, ledger_of
from .crediting import operands
from .draws import Balance
from .facts import Event, Receipt
from .lines import Line, Raw, line_of
from .plan import Plan
from .roster import Roster
from .settlement import balances_after, statements_of
from .state import Booked, State
from .statement import Statement, statement_of

__all__ = ["Run"]


@attrs.frozen(kw_only=True)
class Run:
    """A calculation done: `lines`, `statements`, `state`.

    The lines come in posting order: by date, then by sale. Statements are made when they are first asked for.
    """

    plans: Timeline[Plan] = attrs.field(repr=False)
    on: date
    raws: tuple[Raw, ...] = attrs.field(repr=False)
    roster: Roster = attrs.field(repr=False)
    receipts: tuple[Receipt, ...] = attrs.field(repr=False)
    events: tuple[Event, ...] = attrs.field(repr=False)
    opening: State = attrs.field(repr=False)
    history: tuple[Line, ...] = attrs.field(repr=False, default=())
    settled: tuple[Line, ...] | None = attrs.field(repr=False, default=None)
    totals: dict[str, dict[Any, Total]] = attrs.field(repr=False, hash=False)
    trace: bool = True

    @property
    def plan(self) -> Plan:
        """The version of the plan in force on the day of the run."""
        return self.plans.on(self.on)

    @cached_property
    def period(self) -> Period:
        """The last settlement period."""
        return self.plan.calendar.containing(self.on, self.plan.settle)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every line."""
        return tuple(line_of(raw) for raw in self.raws)

    @cached_property
    def paid(self) -> dict[str, tuple[Receipt, ...]]:
        """The payments for each sale."""
        return _grouped(self.receipts)

    @cached_property
    def happened(self) -> dict[str, tuple[Event, ...]]:
        """What happened to each sale."""
        return _grouped(self.events)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statements of all people for all settlement periods, by period, then by person."""
        return statements_of(ledger_of(self))

    @cached_property
    def bookings(self) -> Bookings:
        """What is booked from the first open day on."""
        return gather(self)

    def statement(self, person: str, period: Period | str = "") -> Statement:
        """The statement of a person for a settlement period, given as it is or by its name (``2026-03``); the last one where none is named.

        Raises:
            FactError: ``commission.no_statement`` where nothing was settled for the person in that period.
        """
        wanted = self.plan.calendar.parse(period) if isinstance(period, str) and period else period or self.period
        return statement_of(self.statements, person, wanted)

    def pay(self, person: str) -> Money:
        """What all lines of a person pay together."""
        return Money.total((line.pay for line in self.lines if line.person == person), self.plan.money)

    @cached_property
    def state(self) -> State:
        """What to go on from.

        Raises:
            FactError: ``commission.open_period`` where balances depend on lines that were not passed.
        """
        totals = tuple((name, account, value) for name, book in sorted(self.totals.items()) for account, value in sorted(book.items()) if value)
        period, opening = self.period, self.opening
        complete = self.on == period.last
        here = sum(operands(raw[0]).sale.date in period for raw in self.raws)
        if self.settled is None and opening.through is not None and opening.through in period:
            here += opening.open_lines
        return State(through=self.on, totals=totals, balances=self._balances(period), booked=self._booked(period), open_lines=0 if complete else here)

    def _balances(self, period: Period) -> tuple[tuple[str, Balance], ...]:
        """The balances when the last complete period ended."""
        versions = [entry.value for entry in self.plans.entries]
        if not (self.opening.balances or any(plan.draw or plan.negative == "carry" for plan in versions)):
            return ()
        return balances_after(self.opening, self.statements, self.on)

    def _booked(self, period: Period) -> tuple[Booked, ...]:
        """What was booked when the last complete period ended."""
        through = self.opening.through
        late = through is not None and any(operands(raw[0]).sale.date <= through for raw in self.raws)
        if not (self.opening.booked or late or any(entry.value.earning or entry.value.holdback for entry in self.plans.entries)):
            return ()
        return booked_before(self, period.end if self.on == period.last else period.start)


_Fact = TypeVar("_Fact", Receipt, Event)


def _grouped(facts: Iterable[_Fact]) -> dict[str, tuple[_Fact, ...]]:
    """Facts by the sale that they are about."""
    found: dict[str, list[_Fact]] = {}
    for fact in facts:
        found.setdefault(fact.sale, []).append(fact)
    return {sale: tuple(mine) for sale, mine in found.items()}
