"""The statement of one person for one period: every figure traceable to the sale and the clause it comes from."""

from datetime import date
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

import attrs

from ..money import Money
from ..periods import Period
from ..text import Column, Field, Label, Sheet, Subtotal, Table, label, render_html, render_json, render_text
from ..text.working import step_to_data
from ..trace import Step
from .draws import Balance, Drawn
from .facts import Sale
from .plan import Plan
from .run import Line

__all__ = ["Adjustment", "Entry", "Statement"]


@attrs.frozen(kw_only=True)
class Entry:
    """Something booked on a day: ``earned``, ``held`` back (negative) or ``released``."""

    person: str
    date: date
    kind: str
    on: str
    sale: str
    component: str
    pay: Money
    lines: tuple[Line, ...] = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Adjustment:
    """The difference between what was settled for a line of an earlier period and what it comes to now.

    ``reason`` is ``late`` (the sale was not known), ``corrected`` (it was changed), ``withdrawn`` (it is gone), or ``moved`` (the sale is the
    same, but others before it changed what it pays).
    """

    person: str
    date: date
    sale: Sale
    component: str
    title: str
    paid: Money
    due: Money
    reason: str
    account: tuple[str, str, str, str] = attrs.field(repr=False)

    @property
    def difference(self) -> Money:
        """What is booked now."""
        return self.due - self.paid


_KINDS = {"earned": "commission.kind.earned", "held": "commission.kind.held", "released": "commission.kind.released"}
_REASONS = {"late": "commission.reason.late", "corrected": "commission.reason.corrected", "withdrawn": "commission.reason.withdrawn", "moved": "commission.reason.moved"}


@attrs.frozen(kw_only=True)
class Statement:
    """What one person is paid for one settlement period, and why.

    Args:
        lines: the commission lines dated in the period.
        entries: what became earned, held or released in it; sales of earlier periods included.
        adjustments: differences to what was settled earlier.
        drawn: what the draw did.
        opening: balances before.
        closing: balances after.
        working: from the entries to the sum payable.
    """

    plan: Plan = attrs.field(repr=False)
    person: str
    name: str
    period: Period
    lines: tuple[Line, ...] = attrs.field(repr=False)
    entries: tuple[Entry, ...] = attrs.field(repr=False)
    adjustments: tuple[Adjustment, ...] = attrs.field(repr=False)
    drawn: Drawn
    opening: Balance
    closing: Balance
    working: Step = attrs.field(repr=False)
    on: date

    @property
    def payable(self) -> Money:
        """What is paid out."""
        amount: Money = self.working.value
        return amount

    @property
    def commission(self) -> Money:
        """What the lines of the period make, before stages, holdback, guarantee and draw."""
        return Money.total((line.pay for line in self.lines), self.plan.money)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all happened."""
        return not (self.lines or self.entries or self.adjustments or self.payable.minor or self.opening != Balance() or self.closing != Balance())

    def line(self, sale: str, component: str = "") -> Line:
        """The line of a sale, and of a component where the sale has several."""
        for line in self.lines:
            if line.sale.id == sale and component in {"", line.component}:
                return line
        raise KeyError(sale)

    @cached_property
    def sheet(self) -> Sheet:
        """The statement as a document that can be printed in any language."""
        plan = self.plan
        fields = (
            Field(label("sheet.salesperson"), (self.name, f"({self.person})") if self.name != self.person else self.person),
            Field(label("sheet.period"), self.period),
            Field(label("commission.sheet.plan"), plan.title or plan.id),
            Field(label("commission.sheet.settled"), self.on),
        )
        tables = (self._lines_table(), *self._entries_tables(), *self._adjustment_tables(), self._summary_table())
        footer: tuple[Any, ...] = (label("sheet.policy", id=plan.id, version=plan.version or plan.effective_from, on=self.on),)
        if plan.source is not None and plan.source.document:
            footer = (plan.source.document, *footer)
        signatures = (label("sheet.prepared"), label("sheet.checked"), label("sheet.approved"), label("sheet.received_by"))
        return Sheet(title=label("commission.sheet.title"), number=f"{self.person}-{self.period.label or self.period}", fields=fields, tables=tables, notes=self._notes(), signatures=signatures, footer=footer)

    def _lines_table(self) -> Table:
        columns = (
            Column(label("sheet.date")),
            Column(label("commission.sheet.sale")),
            Column(label("sheet.customer")),
            Column(label("commission.sheet.basis"), "right"),
            Column(label("commission.sheet.pay"), "right"),
        )
        rows: list[Any] = []
        for title, lines in groupby(sorted(self.lines, key=attrgetter("component")), key=attrgetter("title")):
            mine = list(lines)
            rows += [(line.sale.date, self._named(line), line.sale.customer, line.measure, line.pay) for line in mine]
            rows.append(Subtotal(("", label("commission.sheet.component_total", title=title), "", _total(mine), Money.total((line.pay for line in mine), self.plan.money))))
        return Table(title=label("commission.sheet.lines"), columns=columns, rows=tuple(rows), total=("", label("sheet.total"), "", "", self.commission))

    @staticmethod
    def _named(line: Line) -> Any:
        if line.returns:
            return (line.sale.id, label("commission.sheet.returns", original=line.returns))
        return (line.sale.id, label("commission.sheet.level", level=line.level)) if line.level else line.sale.id

    def _entries_tables(self) -> tuple[Table, ...]:
        if not self.plan.earning and self.plan.holdback is None:
            return ()
        columns = (Column(label("sheet.date")), Column(label("commission.sheet.sale")), Column(label("commission.sheet.booked")), Column(label("commission.sheet.stage")), Column(label("sheet.amount"), "right"))
        rows = tuple((entry.date, entry.sale, label(_KINDS[entry.kind]), _stage(entry.on), entry.pay) for entry in sorted(self.entries, key=attrgetter("date", "sale", "kind")))
        total = Money.total((entry.pay for entry in self.entries), self.plan.money)
        return (Table(title=label("commission.sheet.entries"), columns=columns, rows=rows, total=("", label("sheet.total"), "", "", total)),)

    def _adjustment_tables(self) -> tuple[Table, ...]:
        if not self.adjustments:
            return ()
        columns = (
            Column(label("commission.sheet.sale")),
            Column(label("commission.sheet.reason")),
            Column(label("commission.sheet.settled_before"), "right"),
            Column(label("commission.sheet.due_now"), "right"),
            Column(label("commission.sheet.difference"), "right"),
        )
        rows = tuple((item.sale.id, label(_REASONS[item.reason]), item.paid, item.due, item.difference) for item in self.adjustments)
        total = Money.total((item.difference for item in self.adjustments), self.plan.money)
        return (Table(title=label("commission.sheet.adjustments"), columns=columns, rows=rows, total=(label("sheet.total"), "", "", "", total)),)

    def _summary_table(self) -> Table:
        rows = tuple((Label(f"commission.sheet.{step.code.rpartition('.')[2]}"), step.value) for step in self.working.children)
        if self.closing.draw:
            rows = (*rows, (label("commission.sheet.draw_balance"), Money.from_minor(self.closing.draw, self.plan.money)))
        return Table(title=label("commission.sheet.summary"), columns=(Column(label("commission.sheet.item")), Column(label("sheet.amount"), "right")), rows=rows, total=(label("commission.sheet.payable"), self.payable))

    def _notes(self) -> tuple[Any, ...]:
        returned = tuple(label("commission.note.return", sale=line.sale.id, original=line.returns, booked=line.pay, by_rule=line.by_rule) for line in self.lines if line.returns)
        return returned

    def to_text(self, locale: str) -> str:
        """The statement as plain text."""
        return render_text(self.sheet, locale)

    def to_html(self, locale: str, *, page: bool = True) -> str:
        """The statement as a page to print, or as a fragment."""
        return render_html(self.sheet, locale, page=page)

    def to_data(self) -> dict[str, Any]:
        """The statement as plain data: figures as strings, the working of each line included."""
        lines = [
            {
                "sale": line.sale.id,
                "date": line.sale.date.isoformat(),
                "component": line.component,
                "kind": line.kind,
                "pay": str(line.pay.amount),
                "by_rule": str(line.by_rule.amount),
                **({"working": step_to_data(line.working)} if line.raw[7] is not None else {}),
            }
            for line in self.lines
        ]
        return {
            "plan": self.plan.id,
            "version": self.plan.version,
            "person": self.person,
            "period": str(self.period),
            "currency": self.plan.money.code,
            "payable": str(self.payable.amount),
            "lines": lines,
            "settlement": step_to_data(self.working),
            "sheet": render_json(self.sheet),
        }

    def _repr_html_(self) -> str:
        return render_html(self.sheet, "en")


def _total(lines: list[Line]) -> Any:
    total = lines[0].measure
    for line in lines[1:]:
        total = total + line.measure  # type: ignore[operator]
    return total


def _stage(on: str) -> Any:
    known = {
        "order": "commission.stage.order",
        "receipt": "commission.stage.receipt",
        "shipment": "commission.stage.shipment",
        "invoice": "commission.stage.invoice",
        "monthly": "commission.stage.monthly",
        "year_end": "commission.stage.year_end",
        "correction": "commission.stage.correction",
        "late": "commission.stage.late",
    }
    return label(known[on]) if on in known else on
