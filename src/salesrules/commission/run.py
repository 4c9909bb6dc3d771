"""What a calculation gives: every line with its pay and its working, the statements, and the state to go on from."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from ..errors import FactError
from ..money import Money
from ..ops import Total
from ..periods import Period
from ..timeline import Timeline
from ..trace import Source, Step
from .crediting import operands
from .draws import Balance
from .facts import Event, Receipt, Sale
from .roster import Roster
from .steps.measures import MEASURES

if TYPE_CHECKING:
    from .plan import Plan
    from .statement import Statement

__all__ = ["Account", "Booked", "Line", "Raw", "Run", "State"]

Account = tuple[str, str, str, str]
"""What a line is about, whatever it pays: sale, receipt, person, component."""

Booked = tuple[Account, int, int, int]
"""What was earned, held back (negative) and released of an account."""

Raw = tuple[Any, ...]
"""A line as the engine leaves it: operands, person, kind, level, share, component made ready, pay by the rules, pay booked, notes,
original, receipt, seller. Turned into a `Line` when it is read."""


@attrs.frozen(kw_only=True)
class Line:
    """What one component pays one person for one sale, return or receipt.

    Args:
        sale: the sale.
        person: who is paid.
        component: the id of the component.
        kind: ``split``, ``overlay``, ``rollup``, ``team``, or ``commission`` where the pay was divided and not the sale.
        level: levels above the seller; 0 for direct credit.
        share: the share of the credit.
        measure: what the component counted: money, or a number.
        pay: what is booked.
        by_rule: what the rules make of the line now; differs from ``pay`` for a return at the original rate.
        receipt: the payment that the line is for, where cash is the measure.
        returns: the sale that the line takes back.
        seller: the person whose credit the line follows; another than ``person`` for overrides and team pools.
    """

    sale: Sale
    person: str
    component: str
    title: str
    kind: str
    level: int
    share: Fraction
    measure: Money | Fraction
    pay: Money
    by_rule: Money
    receipt: str = ""
    returns: str = ""
    seller: str = ""
    source: Source | None = None
    raw: Raw = attrs.field(repr=False, eq=False, default=())

    @property
    def key(self) -> Account:
        """What the line is about, whatever it pays: sale, receipt, person, component."""
        return self.sale.id, self.receipt, self.person, self.component

    @property
    def measure_count(self) -> int:
        """The amount credited in minor units: what a return is compared with."""
        return operands(self.raw[0]).amount

    @property
    def has_working(self) -> bool:
        """Whether the run kept the working; lines that were stored and read back have none."""
        return bool(self.raw) and self.raw[8] is not None

    @property
    def working(self) -> Step:
        """The working of the pay, from the amount credited to the rounding.

        Raises:
            FactError: ``commission.no_trace`` where the run was made with ``trace=False``.
        """
        if not self.has_working:
            raise FactError("commission.no_trace", "the run kept no working; calculate with trace=True", path=f"sale {self.sale.id}")
        kept, _, _, _, _, part, pay, _, notes, original, _, _ = self.raw
        measured = self._measured(part, operands(kept))
        told = part.component.explain(measured, part.traced.notes(notes), part.names, part.case)
        # Tiers speak of running totals alone: what was credited is then told before them.
        whole = (told,) if measured in told.walk() else (measured, told)
        if self.pay == self.by_rule:
            return Step("commission.line", self.pay, formula="same", params=self._params(), source=self.source, children=whole)
        code = "commission.line.returned" if original is not None else "commission.line.divided"
        figures = (Step("commission.line.by_rule", part.case.money(pay), formula="same", children=whole), Step(code, self.pay, params=self._returned(original)))
        return Step("commission.line", self.pay, formula="same", params=self._params(), source=self.source, children=figures)

    def _params(self) -> tuple[tuple[str, Any], ...]:
        return (("sale", self.sale.id), ("date", self.sale.date), ("person", self.person), ("component", self.title))

    def _returned(self, original: Sale | None) -> tuple[tuple[str, Any], ...]:
        return (("original", original.id), ("sold", original.date), ("share", self.share)) if original is not None else (("original", ""), ("sold", self.sale.date), ("share", self.share))

    def _measured(self, part: Any, x: Any) -> Step:
        case, measure = part.case, part.component.measure
        params = (("amount", self.sale.amount), ("share", self.share), ("kind", self.kind), ("level", self.level or None))
        if measure == "commission":
            return Step("commission.measure.commission", case.money(x.commission), params=params)
        if measure == "remainder":
            return Step("commission.measure.remainder", case.money(x.remainder), params=params)
        converted = () if x.conversion is None else (x.conversion,)
        return Step("commission.measure", self.measure, params=(*params, ("measure", measure)), children=converted)


def _line(raw: Raw) -> Line:
    kept, person, kind, level, share, part, pay, booked, _, original, receipt, seller = raw
    component, case = part.component, part.case
    x = operands(kept, case.unit_of("units"))
    return Line(
        sale=x.sale,
        person=person,
        component=component.id,
        title=component.title or component.id,
        kind=kind,
        level=level,
        share=share,
        measure=case.counted(getattr(x, MEASURES[component.measure])),
        pay=case.money(booked),
        by_rule=case.money(pay),
        receipt=receipt.id if receipt is not None else "",
        returns=original.id if original is not None else "",
        seller=seller,
        source=component.source,
        raw=raw,
    )


@attrs.frozen(kw_only=True)
class State:
    """What must be known to go on after a settled day without rereading: running totals, and balances.

    Balances and bookings are those at the end of the last settlement period that is complete: who goes on in the middle of a period
    settles the whole of it once more, and passes its lines as ``history``.

    Args:
        through: the last day that was computed.
        totals: running totals of tiers, caps and the like, up to that day.
        balances: what each person owes or is owed.
        booked: what was earned, held back and released of the sales that are earned in stages, held back or came late.
        open_lines: how many lines the unfinished settlement period has.

    It is a small value of plain data: `to_data` gives what any JSON encoder takes, `from_data` reads it back.
    """

    through: date | None = None
    totals: tuple[tuple[str, tuple[str, ...], Total], ...] = ()
    balances: tuple[tuple[str, Balance], ...] = ()
    booked: tuple[Booked, ...] = ()
    open_lines: int = 0

    def running(self) -> dict[str, dict[tuple[str, ...], Total]]:
        """The running totals, as the carriers keep them."""
        totals: dict[str, dict[tuple[str, ...], Total]] = {}
        for name, account, value in self.totals:
            totals.setdefault(name, {})[account] = value
        return totals

    def balance(self, person: str) -> Balance:
        """The balance of a person."""
        return dict(self.balances).get(person, Balance())

    def to_data(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "through": self.through.isoformat() if self.through else None,
            "totals": [[name, list(account), value if isinstance(value, int) else str(value)] for name, account, value in self.totals],
            "balances": [[person, balance.draw, balance.carried] for person, balance in self.balances],
            "booked": [[list(account), earned, held, released] for account, earned, held, released in self.booked],
            "open_lines": self.open_lines,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "State":
        """Read back what `to_data` wrote."""
        return cls(
            through=date.fromisoformat(data["through"]) if data["through"] else None,
            totals=tuple((name, tuple(account), value if isinstance(value, int) else Fraction(value)) for name, account, value in data["totals"]),
            balances=tuple((person, Balance(draw=draw, carried=carried)) for person, draw, carried in data["balances"]),
            booked=tuple(((sale, receipt, person, component), *rest) for (sale, receipt, person, component), *rest in data["booked"]),
            open_lines=data["open_lines"],
        )


@attrs.frozen(kw_only=True)
class Run:
    """A calculation done: `lines`, `statements`, `state`.

    The lines come in posting order: by date, then by sale. Statements are made when they are first asked for.
    """

    plans: "Timeline[Plan]" = attrs.field(repr=False)
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
    def plan(self) -> "Plan":
        """The version of the plan in force on the day of the run."""
        return self.plans.on(self.on)

    @cached_property
    def period(self) -> Period:
        """The last settlement period."""
        return self.plan.calendar.containing(self.on, self.plan.settle)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every line."""
        return tuple(_line(raw) for raw in self.raws)

    @cached_property
    def paid(self) -> dict[str, tuple[Receipt, ...]]:
        """The payments for each sale."""
        return _grouped(self.receipts)

    @cached_property
    def happened(self) -> dict[str, tuple[Event, ...]]:
        """What happened to each sale."""
        return _grouped(self.events)

    @cached_property
    def statements(self) -> tuple["Statement", ...]:
        """The statements of all people for all settlement periods, by period, then by person."""
        from .settlement import settle_all

        return settle_all(self)

    def statement(self, person: str, period: Period | None = None) -> "Statement":
        """The statement of a person for a settlement period; the last one where none is named.

        Raises:
            FactError: ``commission.no_statement`` where nothing was settled for the person in that period.
        """
        wanted = period or self.period
        for statement in self.statements:
            if statement.person == person and statement.period == wanted:
                return statement
        known = ", ".join(sorted({statement.person for statement in self.statements if statement.period == wanted}))
        raise FactError("commission.no_statement", "nothing was settled for {person} in {period}; there are statements for {known}", person=person, period=str(wanted), known=known or "nobody")

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
        balances = dict(self.opening.balances)
        balances.update({statement.person: statement.closing for statement in self.statements if statement.period.last <= self.on})
        return tuple((person, balance) for person, balance in sorted(balances.items()) if balance != Balance())

    def _booked(self, period: Period) -> tuple[Booked, ...]:
        """What was booked when the last complete period ended."""
        from .settlement import booked_before

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
