"""What a calculation gives: every line with its pay and its working, the statements, and the state to go on from."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import FactError
from ..money import Money
from ..periods import Period
from ..timeline import Timeline
from ..trace import Source, Step
from .draws import Balance
from .facts import Event, Receipt, Sale
from .roster import Roster

if TYPE_CHECKING:
    from .plan import Plan
    from .statement import Statement

__all__ = ["Line", "Raw", "Run", "State"]

Raw = tuple[Any, ...]
"""A line as the engine leaves it: sale, person, origin, level, part, pay by the rules, pay booked, notes, original, receipt, commission
of the level below, remainder. Turned into a `Line` when it is read."""


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
    source: Source | None = None
    raw: Raw = attrs.field(repr=False, eq=False)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What the line is about, whatever it pays: sale, receipt, person, component."""
        return self.sale.id, self.receipt, self.person, self.component

    @property
    def measure_count(self) -> int:
        """The amount credited in minor units: what a return is compared with."""
        amount: int = self.raw[2].amounts.amount
        return amount

    @property
    def working(self) -> Step:
        """The working of the pay, from the amount credited to the rounding.

        Raises:
            FactError: ``commission.no_trace`` where the run was made with ``trace=False``.
        """
        _, _, _, _, part, pay, _, notes, original, _, below, left = self.raw
        if notes is None:
            raise FactError("commission.no_trace", "the run kept no working; calculate with trace=True", path=f"sale {self.sale.id}")
        told = part.component.explain(self._measured(part, below, left), {note[0]: note for note in notes}, part.names, part.case)
        if self.pay == self.by_rule:
            return Step("commission.line", self.pay, formula="same", params=self._params(), source=self.source, children=(told,))
        code = "commission.line.returned" if original is not None else "commission.line.divided"
        figures = (Step("commission.line.by_rule", part.case.money(pay), formula="same", children=(told,)), Step(code, self.pay, params=self._returned(original)))
        return Step("commission.line", self.pay, formula="same", params=self._params(), source=self.source, children=figures)

    def _params(self) -> tuple[tuple[str, Any], ...]:
        return (("sale", self.sale.id), ("date", self.sale.date), ("person", self.person), ("component", self.title))

    def _returned(self, original: Sale | None) -> tuple[tuple[str, Any], ...]:
        return (("original", original.id), ("sold", original.date), ("share", self.share)) if original is not None else (("original", ""), ("sold", self.sale.date), ("share", self.share))

    def _measured(self, part: Any, below: int, left: int) -> Step:
        case, measure = part.case, part.component.measure
        params = (("amount", self.sale.amount), ("share", self.share), ("kind", self.kind), ("level", self.level))
        if measure == "commission":
            return Step("commission.measure.commission", case.money(below), params=params)
        if measure == "remainder":
            return Step("commission.measure.remainder", case.money(left), params=params)
        return Step("commission.measure", self.measure, params=(*params, ("measure", measure)))


def _line(raw: Raw) -> Line:
    sale, person, origin, level, part, pay, booked, _, original, receipt, below, left = raw
    component, case = part.component, part.case
    counts = {
        "sales": origin.amounts.amount,
        "cash": origin.amounts.amount,
        "units": origin.amounts.units,
        "deals": origin.amounts.deals,
        "new_customers": origin.amounts.new_customers,
        "margin": origin.amounts.amount - (origin.amounts.cost or 0),
        "commission": below,
        "remainder": left,
    }
    return Line(
        sale=sale,
        person=person,
        component=component.id,
        title=component.title or component.id,
        kind=component.credit if component.credit in {"rollup", "team"} else origin.kind,
        level=level,
        share=origin.share,
        measure=case.counted(counts[component.measure]),
        pay=case.money(booked),
        by_rule=case.money(pay),
        receipt=receipt.id if receipt is not None else "",
        returns=original.id if original is not None else "",
        source=component.source,
        raw=raw,
    )


@attrs.frozen(kw_only=True)
class State:
    """What must be known to go on after a settled day without rereading: running totals, and balances of draws.

    It is a small value of plain data: `to_data` gives what any JSON encoder takes, `from_data` reads it back.
    """

    through: date | None = None
    totals: tuple[tuple[str, tuple[str, ...], int], ...] = ()
    balances: tuple[tuple[str, Balance], ...] = ()

    def running(self) -> dict[str, dict[tuple[str, ...], int]]:
        """The running totals, as the carriers keep them."""
        totals: dict[str, dict[tuple[str, ...], int]] = {}
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
            "totals": [[name, list(account), value] for name, account, value in self.totals],
            "balances": [[person, balance.draw, balance.carried] for person, balance in self.balances],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "State":
        """Read back what `to_data` wrote."""
        return cls(
            through=date.fromisoformat(data["through"]) if data["through"] else None,
            totals=tuple((name, tuple(account), value) for name, account, value in data["totals"]),
            balances=tuple((person, Balance(draw=draw, carried=carried)) for person, draw, carried in data["balances"]),
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
    totals: dict[str, dict[Any, int]] = attrs.field(repr=False, hash=False)
    trace: bool = True

    @property
    def plan(self) -> "Plan":
        """The version of the plan in force on the day of the run."""
        return self.plans.on(self.on)

    @property
    def period(self) -> Period:
        """The last settlement period."""
        return self.plan.calendar.containing(self.on, self.plan.settle)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every line."""
        return tuple(_line(raw) for raw in self.raws)

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
        """What to go on from."""
        totals = tuple((name, account, value) for name, book in sorted(self.totals.items()) for account, value in sorted(book.items()) if value)
        balances = {person: balance for person, balance in self.opening.balances}
        balances.update({statement.person: statement.closing for statement in self.statements})
        kept = tuple((person, balance) for person, balance in sorted(balances.items()) if balance != Balance())
        return State(through=self.on, totals=totals, balances=kept)


def by_key(lines: Iterable[Line]) -> dict[tuple[str, str, str, str], Line]:
    """Lines by what they are about."""
    return {line.key: line for line in lines}
