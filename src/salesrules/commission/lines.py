"""A line of commission: what one component pays one person for one sale, with its working."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import attrs

from ..errors import FactError
from ..money import Money
from ..text import value_from_data, value_to_data
from ..trace import Source, Step
from .crediting import operands
from .facts import Credit, Sale
from .steps.measures import MEASURES

__all__ = ["Account", "Line", "Raw", "line_of"]

Account = tuple[str, str, str, str]
"""What a line is about, whatever it pays: sale, receipt, person, component."""

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
        credited: the amount of the sale that the credit is worth, in the plan's currency; the sale's amount where left out.
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
    credited: Money | None = None
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
        return (self.credited or self.sale.amount).minor

    def to_data(self) -> dict[str, Any]:
        """Plain data that any JSON encoder takes, the sale included; the working is stored apart, by `salesrules.text.step_to_data`."""
        told = {field.name: getattr(self, field.name) for field in attrs.fields(Line) if field.name not in {"sale", "source", "raw"}}
        sale = {field.name: getattr(self.sale, field.name) for field in attrs.fields(Sale) if field.name not in {"credits", "person"}}
        shares = [[credit.person, str(credit.share), credit.kind] for credit in self.sale.credits]
        return {**_written(told), "sale": {**_written(sale), "credits": shares}}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Line":
        """Read back what `to_data` wrote, to be passed as history or as settled. It has no working."""
        sale = {name: value_from_data(value) for name, value in data["sale"].items() if name != "credits"}
        shares = tuple(Credit(person, Fraction(share), kind) for person, share, kind in data["sale"]["credits"])
        told = {name: value_from_data(value) for name, value in data.items() if name != "sale"}
        return cls(sale=Sale(**sale, credits=shares), **told)

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
        return (
            (("original", original.id), ("sold", original.date), ("share", self.share))
            if original is not None
            else (("original", ""), ("sold", self.sale.date), ("share", self.share))
        )

    def _measured(self, part: Any, x: Any) -> Step:
        case, measure = part.case, part.component.measure
        params = (("amount", self.sale.amount), ("share", self.share), ("kind", self.kind), ("level", self.level or None))
        if measure == "commission":
            return Step("commission.measure.commission", case.money(x.commission), params=params)
        if measure == "remainder":
            return Step("commission.measure.remainder", case.money(x.remainder), params=params)
        converted = () if x.conversion is None else (x.conversion,)
        return Step("commission.measure", self.measure, params=(*params, ("measure", measure)), children=converted)


def line_of(raw: Raw) -> Line:
    """The line that a raw one stands for."""
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
        credited=case.money(x.amount),
        receipt=receipt.id if receipt is not None else "",
        returns=original.id if original is not None else "",
        seller=seller,
        source=component.source,
        raw=raw,
    )


def _written(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value_to_data(value) for name, value in values.items()}
