"""The statement of one person for one period: every figure traceable to the sale and the clause it comes from.

>>> from salesrules.commission import Component, Rate, RateEntry, Returns, calculate
>>> plan = Plan(id="simple", currency="USD", effective_from=date(2026, 1, 1), returns=Returns(rate="original"),
...             components=(Component(id="base", measure="sales", steps=(Rate(entries=(RateEntry(rate="3%"),)),)),))
>>> run = calculate(plan, [Sale(id="S1", date=date(2026, 3, 2), amount=Money("1200", "USD"), person="li")], on=date(2026, 3, 31))
>>> statement = run.statement("li")
>>> statement.payable, statement.line("S1").working.find("commission.rate")[0].value
(Money('36.00', 'USD'), Fraction(3, 100))
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

import attrs

from ..errors import FactError
from ..money import Money
from ..periods import Period
from ..text import Column, Field, Label, Sheet, Subtotal, Table, label, render_html, render_json, render_text
from ..text.working import step_to_data
from ..trace import Step
from .draws import Balance, Drawn
from .facts import Sale
from .lines import Account, Line
from .plan import Plan
from .totals import Total

__all__ = ["Adjustment", "Entry", "Statement", "statement_of"]


@attrs.frozen(kw_only=True)
class Entry:
    """Something booked on a day: ``earned``, ``held`` back (negative) or ``released``; of a `Total` without naming a sale."""

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
    account: Account = attrs.field(repr=False)

    @property
    def difference(self) -> Money:
        """What is booked now."""
        return self.due - self.paid


_KINDS = {"earned": "commission.kind.earned", "held": "commission.kind.held", "released": "commission.kind.released"}
_ABOUT: tuple[tuple[str, Callable[[Sale], str]], ...] = (
    ("sheet.customer", lambda sale: sale.customer),
    ("sheet.product", lambda sale: sale.product or sale.category),
)
_STAGES = {
    "order": "commission.stage.order",
    "receipt": "commission.stage.receipt",
    "shipment": "commission.stage.shipment",
    "invoice": "commission.stage.invoice",
    "monthly": "commission.stage.monthly",
    "year_end": "commission.stage.year_end",
    "correction": "commission.stage.correction",
    "late": "commission.stage.late",
}
_UNPLANNED = {"late", "correction"}
_REASONS = {
    "late": "commission.reason.late",
    "corrected": "commission.reason.corrected",
    "withdrawn": "commission.reason.withdrawn",
    "moved": "commission.reason.moved",
}


@attrs.frozen(kw_only=True)
class Statement:
    """What one person is paid for one settlement period, and why.

    Args:
        lines: the commission lines dated in the period; none where totals were settled.
        totals: where totals were settled: those of the period, and those of earlier periods that came late.
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
    totals: tuple[Total, ...] = attrs.field(repr=False, default=())
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
        return Money.total([*(line.pay for line in self.lines), *(total.pay for total in self._current)], self.plan.money)

    @property
    def _current(self) -> list[Total]:
        """The totals of the period itself."""
        return [total for total in self.totals if total.period == self.period]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all happened."""
        told = self.lines or self.totals or self.entries or self.adjustments
        return not (told or self.payable.minor or self.opening != Balance() or self.closing != Balance())

    def line(self, sale: str, component: str = "") -> Line:
        """The line of a sale, and of a component where the sale has several.

        Raises:
            FactError: ``commission.no_line`` where the statement has no such line; ``commission.no_lines`` where it was made from totals.
        """
        if self.totals:
            raise FactError(
                "commission.no_lines",
                "the statement of {person} was made from totals and has no lines; look the sale up in the table that was calculated",
                path=f"sale {sale}",
                person=self.person,
            )
        for line in self.lines:
            if line.sale.id == sale and component in {"", line.component}:
                return line
        raise FactError(
            "commission.no_line",
            "the statement of {person} has no such line; it has sales {known}",
            path=f"sale {sale}",
            person=self.person,
            known=", ".join(sorted({line.sale.id for line in self.lines})) or "none",
        )

    @cached_property
    def sheet(self) -> Sheet:
        """The statement as a document that can be printed in any language."""
        plan = self.plan
        fields = (
            Field(label("sheet.salesperson"), label("commission.sheet.named", name=self.name, person=self.person) if self.name != self.person else self.person),
            Field(label("sheet.period"), self.period),
            Field(label("commission.sheet.plan"), plan.title or plan.id),
            Field(label("commission.sheet.settled"), self.on),
        )
        made = self._totals_tables() if self.totals else (*self._lines_tables(), *self._entries_tables())
        tables = (self._summary_table(), *self._draw_tables(), *made, *self._adjustment_tables())
        footer: tuple[Any, ...] = (label("sheet.policy", id=plan.id, version=plan.version or plan.effective_from, on=self.on),)
        if plan.source is not None and plan.source.document:
            footer = (plan.source.document, *footer)
        signatures = (label("sheet.prepared"), label("sheet.checked"), label("sheet.approved"), label("sheet.received_by"))
        return Sheet(
            title=label("commission.sheet.title"),
            number=f"{self.person}-{self.period.label or self.period}",
            fields=fields,
            tables=tables,
            notes=self._notes(),
            signatures=signatures,
            footer=footer,
        )

    def _totals_tables(self) -> tuple[Table, ...]:
        """What each component comes to, in the order of the plan; what came late is a table of its own, with the periods it belongs to."""
        titles = {component.id: component.title or component.id for component in self.plan.components}
        places = {name: place for place, name in enumerate(titles)}
        late = [total for total in self.totals if total.period != self.period]
        tables = []
        for title, totals, dated in ((label("commission.sheet.by_component"), self._current, False), (label("commission.sheet.late"), late, True)):
            columns = (
                Column(label("commission.sheet.component")),
                *((Column(label("sheet.period")),) if dated else ()),
                Column(label("commission.sheet.line_count"), "right"),
                Column(label("commission.sheet.credited"), "right"),
                Column(label("commission.sheet.pay"), "right"),
            )
            told = sorted(totals, key=lambda total: (total.period, places.get(total.component, len(places)), total.component))
            rows = tuple((titles.get(one.component, one.component), *((one.period,) if dated else ()), one.lines, one.credited, one.pay) for one in told)
            pay = Money.total((one.pay for one in told), self.plan.money)
            total = (label("sheet.total"), *(("",) if dated else ()), sum(one.lines for one in told), "", pay)
            tables += [Table(title=title, columns=columns, rows=rows, total=total)] if rows else []
        return tuple(tables)

    def _lines_tables(self) -> tuple[Table, ...]:
        """The lines of each component, in the order of the plan, without those that counted nothing and pay nothing."""
        shown = [line for line in self.lines if _says(line)]
        if not shown:
            return ()
        told = [(label(head), tell) for head, tell in _ABOUT if any(tell(line.sale) for line in shown)]
        columns = (
            Column(label("sheet.date")),
            Column(label("commission.sheet.sale")),
            *(Column(head) for head, _ in told),
            Column(label("commission.sheet.basis"), "right", "number"),
            Column(label("commission.sheet.pay"), "right"),
        )
        blank = ("",) * len(told)
        rows: list[Any] = []
        for component in self.plan.components:
            mine = [line for line in shown if line.component == component.id]
            rows += [(line.sale.date, self._named(line), *(tell(line.sale) for _, tell in told), line.measure, line.pay) for line in mine]
            if mine:
                total = Money.total((line.pay for line in mine), self.plan.money)
                rows.append(Subtotal(("", label("commission.sheet.component_total", title=component.title or component.id), *blank, _total(mine), total)))
        return (Table(title=label("commission.sheet.lines"), columns=columns, rows=tuple(rows), total=("", label("sheet.total"), *blank, "", self.commission)),)

    @staticmethod
    def _named(line: Line) -> Any:
        if line.returns:
            return label("commission.sheet.returns", sale=line.sale.id, original=line.returns)
        return label("commission.sheet.level", sale=line.sale.id, seller=line.seller, level=line.level) if line.level else line.sale.id

    def _entries_tables(self) -> tuple[Table, ...]:
        """What was earned, held back and released: a row for each sale, component and day, stage by stage, releases last."""
        plan = self.plan
        if not plan.earning and plan.holdback is None and not any(entry.on in _UNPLANNED for entry in self.entries):
            return ()
        kinds = _KINDS if plan.holdback is not None else {"earned": "sheet.amount"}
        heads = ("sheet.date", "commission.sheet.sale", "commission.sheet.component", "commission.sheet.stage")
        columns = (*(Column(label(head)) for head in heads), *(Column(label(head), "right") for head in kinds.values()))
        titles = {component.id: component.title or component.id for component in plan.components}
        stages = [stage.on for stage in plan.earning]

        def group(entry: Entry) -> tuple[bool, int, str]:
            released = entry.kind == "released"
            return released, 0 if released else stages.index(entry.on) if entry.on in stages else len(stages), "" if released else entry.on

        def sums(entries: list[Entry]) -> tuple[Any, ...]:
            found = {kind: [entry.pay for entry in entries if entry.kind == kind] for kind in kinds}
            return tuple(Money.total(found[kind], plan.money) if found[kind] else "" for kind in kinds)

        rows: list[Any] = []
        booked = sorted(self.entries, key=lambda entry: (group(entry), entry.date, entry.sale, entry.component))
        for (released, _, on), of_stage in groupby(booked, key=group):
            mine = list(of_stage)
            for (day, sale, component, stage), same in groupby(mine, key=attrgetter("date", "sale", "component", "on")):
                rows.append((day, sale, titles.get(component, component), _stage(stage), *sums(list(same))))
            title = label(_KINDS["released"]) if released else _stage(on)
            rows.append(Subtotal(("", label("commission.sheet.component_total", title=title), "", "", *sums(mine))))
        return (Table(title=label("commission.sheet.entries"), columns=columns, rows=tuple(rows), total=("", label("sheet.total"), "", "", *sums(booked))),)

    def _adjustment_tables(self) -> tuple[Table, ...]:
        if not self.adjustments:
            return ()
        columns = (
            Column(label("commission.sheet.sale")),
            Column(label("commission.sheet.component")),
            Column(label("commission.sheet.reason")),
            Column(label("commission.sheet.settled_before"), "right"),
            Column(label("commission.sheet.due_now"), "right"),
            Column(label("commission.sheet.difference"), "right"),
        )
        rows = tuple((item.sale.id, item.title, label(_REASONS[item.reason]), item.paid, item.due, item.difference) for item in self.adjustments)
        total = Money.total((item.difference for item in self.adjustments), self.plan.money)
        return (Table(title=label("commission.sheet.adjustments"), columns=columns, rows=rows, total=(label("sheet.total"), "", "", "", "", total)),)

    def _summary_table(self) -> Table:
        rows = tuple((Label(f"step.{step.code}"), step.value) for step in self.working.children)
        return Table(
            title=label("commission.sheet.summary"),
            columns=(Column(label("commission.sheet.item")), Column(label("sheet.amount"), "right")),
            rows=rows,
            total=(label("commission.sheet.payable"), self.payable),
        )

    def _draw_tables(self) -> tuple[Table, ...]:
        """What is owed on the draw: never a part of what is paid, and so a table of its own."""
        if not (self.opening.draw or self.closing.draw or self.drawn.recovered):
            return ()
        lent = self.closing.draw + self.drawn.recovered + self.drawn.forgiven - self.opening.draw
        figures = (
            ("commission.sheet.draw_opening", self.opening.draw),
            ("commission.sheet.draw_lent", lent),
            ("commission.sheet.draw_recovered", -self.drawn.recovered),
            ("commission.sheet.draw_forgiven", -self.drawn.forgiven),
        )
        rows = tuple((label(code), Money.from_minor(minor, self.plan.money)) for code, minor in figures if minor)
        total = (label("commission.sheet.draw_closing"), Money.from_minor(self.closing.draw, self.plan.money))
        columns = (Column(label("commission.sheet.item")), Column(label("sheet.amount"), "right"))
        return (Table(title=label("commission.sheet.draw"), columns=columns, rows=rows, total=total),)

    def _notes(self) -> tuple[Any, ...]:
        if self.totals:
            return (label("commission.note.totals", lines=sum(total.lines for total in self.totals), person=self.person),)
        return tuple(
            label("commission.note.return", sale=line.sale.id, original=line.returns, component=line.title, booked=line.pay, by_rule=line.by_rule)
            for line in self.lines
            if line.returns and _says(line)
        )

    def to_text(self, locale: str) -> str:
        """The statement as plain text."""
        return render_text(self.sheet, locale)

    def to_html(self, locale: str, *, page: bool = True) -> str:
        """The statement as a page to print, or as a fragment."""
        return render_html(self.sheet, locale, page=page)

    def to_data(self) -> dict[str, Any]:
        """The statement as plain data: figures as strings, the working of each line included."""
        totals = [
            {
                "component": total.component,
                "period": str(total.period),
                "lines": total.lines,
                "credited": str(total.credited.amount),
                "pay": str(total.pay.amount),
            }
            for total in self.totals
        ]
        lines = [
            {
                "sale": line.sale.id,
                "date": line.sale.date.isoformat(),
                "component": line.component,
                "kind": line.kind,
                "pay": str(line.pay.amount),
                "by_rule": str(line.by_rule.amount),
                **({"working": step_to_data(line.working)} if line.has_working else {}),
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
            "totals": totals,
            "settlement": step_to_data(self.working),
            "sheet": render_json(self.sheet),
        }

    def _repr_html_(self) -> str:
        return render_html(self.sheet, "en")


def statement_of(statements: Iterable[Statement], person: str, period: Period) -> Statement:
    """The statement of a person for a settlement period.

    Raises:
        FactError: ``commission.no_statement`` where there is none.
    """
    there = {statement.person: statement for statement in statements if statement.period == period}
    if person in there:
        return there[person]
    raise FactError(
        "commission.no_statement",
        "nothing was settled for {person} in {period}; there are statements for {known}",
        person=person,
        period=str(period),
        known=", ".join(sorted(there)) or "nobody",
    )


def _says(line: Line) -> bool:
    """Whether a line counted or pays anything; the bonus for new customers, say, meets every sale."""
    counted = line.measure.minor if isinstance(line.measure, Money) else line.measure
    return bool(counted or line.pay.minor or line.by_rule.minor)


def _total(lines: list[Line]) -> Any:
    total = lines[0].measure
    for line in lines[1:]:
        total = total + line.measure  # type: ignore[operator]
    return total


def _stage(on: str) -> Any:
    """What an entry waited for, in the reader's language; a milestone by its own name."""
    return label(_STAGES[on]) if on in _STAGES else on
