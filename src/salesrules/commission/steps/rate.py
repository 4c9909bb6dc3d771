"""The rate of a sale: by product, category, customer, grade, channel, region, and by the discount given or the margin made.

The most specific entry wins (`salesrules.scope`). An entry pays a ``rate`` of the measure, a ``factor`` of it, an ``amount`` per unit, a
``fixed`` amount per sale, or looks its rate up by the discount given, the margin rate, or the instalment of a contract that the sale is.

    >>> from datetime import date
    >>> from salesrules.commission import Component, Plan, Returns, Sale, calculate
    >>> from salesrules.money import Money
    >>> rate = Rate(entries=(RateEntry(rate="3%"), RateEntry(scope=Scope(category=("pump",)), rate="5%")))
    >>> plan = Plan(id="p", currency="USD", effective_from=date(2026, 1, 1), returns=Returns(rate="original"),
    ...             components=(Component(id="c", measure="sales", steps=(rate,)),))
    >>> sales = [Sale(id=f"S-{name}", date=date(2026, 1, 9), amount=Money(1000, "USD"), person="li", category=name) for name in ("pump", "valve")]
    >>> [str(line.pay) for line in calculate(plan, sales, on=date(2026, 1, 31)).lines]
    ['50.00 USD', '30.00 USD']

References: the lines of Tryton's commission plans, and the criteria by product and category of OCA's commission modules.
Checked with: ``tryton-category-002``, ``oca-product-002``, ``metasfresh-margin-001``, ``kleegr-residual-002`` in `tests/golden/commission/*.toml`.
"""

from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, ClassVar, Literal

import attrs

from ..._exact import maybe_rate, maybe_ratio
from ..._fields import about, field, listing, word
from ...bands import Lookup
from ...errors import FactError, PolicyError
from ...money import Exact, Money, format_ratio
from ...ops import Ops
from ...scope import Entry, Ranked, Scope
from ...trace import Source, Step
from .flow import Case, Flow, Line
from .measures import DEAL, ratio_of

__all__ = ["Rate", "RateEntry"]


@attrs.frozen(kw_only=True)
class RateEntry:
    """What sales in a scope are paid: exactly one of rate, factor, amount, fixed, table."""

    scope: Scope = field(doc="the sales it covers; everything where left out", default=Scope())
    rate: Fraction | None = attrs.field(metadata=about("share of the measure, such as 3%", rate=True), default=None, converter=maybe_rate)
    factor: Fraction | None = attrs.field(metadata=about("multiplier of the measure, such as 1.5"), default=None, converter=maybe_ratio)
    amount: Fraction | None = attrs.field(metadata=about("money per unit, in major units"), default=None, converter=maybe_ratio)
    fixed: Fraction | None = attrs.field(metadata=about("money per sale whatever its size, in major units"), default=None, converter=maybe_ratio)
    table: Lookup | None = field(doc="rate by the discount given, the margin rate or the instalment", default=None)
    by: Literal["", "discount", "margin_rate", "instalment"] = word(doc="what the table is looked up by", default="")
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        given = [name for name in ("rate", "factor", "amount", "fixed", "table") if getattr(self, name) is not None]
        if len(given) != 1:
            raise PolicyError(
                "commission.rate_entry", "an entry gives {given}; give exactly one of rate, factor, amount, fixed, table", given=", ".join(given) or "nothing"
            )
        if (self.table is None) != (self.by == ""):
            raise PolicyError("commission.rate_by", "table and by belong together; say by = 'discount', 'margin_rate' or 'instalment'", path="by")
        for index, band in enumerate(self.table.bands if self.table is not None else ()):
            if abs(band.value) > 1:
                raise PolicyError(
                    "commission.rate_table",
                    "{value} in a table of rates would be {meant}; write a share such as 3%",
                    path=f"table.bands[{index}].value",
                    value=str(band.value),
                    meant=format_ratio(band.value),
                )

    @property
    def value(self) -> Fraction:
        """The rate, factor or amount per unit; 0 for a fixed amount or a table."""
        return next((value for value in (self.rate, self.factor, self.amount) if value is not None), Fraction(0))


@attrs.frozen(kw_only=True)
class Rate:
    """Pays the measure at the rate of the most specific entry.

    Raises:
        PolicyError: ``scope.tie`` where two entries are equally specific.
        FactError: ``commission.no_rate`` where no entry covers a sale and ``otherwise`` is ``refuse``. No rule is not the same as a
            rate of 0: to pay nothing, say so with ``otherwise = "nothing"`` or with an entry of 0%.
    """

    kind: ClassVar[str] = "rate"
    width: ClassVar[int] = 3
    entries: tuple[RateEntry, ...] = field(doc="the entries, in any order")
    precedence: tuple[str, ...] = listing(doc="dimensions from the one that decides first", default=())
    otherwise: Literal["refuse", "nothing"] = word(doc="what happens to a sale that no entry covers", default="refuse")

    def __attrs_post_init__(self) -> None:
        if not self.entries:
            raise PolicyError("commission.no_entries", "a rate step needs at least one entry", path="entries")
        try:
            _ = self.ranked
        except PolicyError as error:
            raise error.at("entries") from None

    @cached_property
    def ranked(self) -> Ranked[int]:
        """The entries by scope; the value is the entry's position."""
        entries = tuple(Entry(scope=entry.scope, value=index, source=entry.source) for index, entry in enumerate(self.entries))
        return Ranked(entries, self.precedence) if self.precedence else Ranked(entries)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of a sale that decide."""
        return self.ranked.dimensions

    @cached_property
    def den(self) -> int:
        """The common denominator of all rates."""
        tables = [entry.table.den for entry in self.entries if entry.table is not None]
        return lcm(*(entry.value.denominator for entry in self.entries), *((entry.fixed or Fraction(0)).denominator for entry in self.entries), *tables)

    @property
    def varies(self) -> bool:
        """Whether two sales may be paid different rates."""
        return len(self.entries) > 1 or self.entries[0].table is not None or self.otherwise == "nothing"

    @cached_property
    def _fixed(self) -> bool:
        return any(entry.fixed is not None for entry in self.entries)

    @cached_property
    def _answers(self) -> tuple[tuple[int, int, int], ...]:
        return tuple((index, int(entry.value * self.den), int((entry.fixed or 0) * self.den)) for index, entry in enumerate(self.entries))

    def find(self, key: tuple[str, ...]) -> tuple[int, int, int]:
        """The position, rate and fixed amount (times `den`) for these values of `fields`."""
        entry = self.ranked.best(dict(zip(self.fields, key, strict=True)))
        if entry is not None:
            return self._answers[entry.value]
        if self.otherwise == "nothing":
            return -1, 0, 0
        told = ", ".join(f"{name} {value!r}" for name, value in zip(self.fields, key, strict=True))
        raise FactError("commission.no_rate", "no entry covers a sale with {told}; add an entry, or say otherwise = 'nothing'", told=told)

    def apply(self, o: Ops, x: Line, at: str, flow: Flow, case: Case) -> Flow:
        index, num, fixed = o.find(at, self, x)
        for position, entry in enumerate(self.entries):
            if entry.table is not None:
                told, unit = ratio_of(o, x, entry.by)
                num = o.where(index == position, entry.table.total(o, told, unit) * (self.den // entry.table.den), num)
        o.let(at, num, index, x.deals if self._fixed else DEAL)
        counted, weight, scale, factor, den, _ = flow
        if self._fixed:
            weight = weight * num * DEAL + x.deals * scale * fixed * case.unit
            return Flow(counted, weight, scale, factor, den * self.den * DEAL)
        return Flow(counted, weight, scale, factor * num, den * self.den)

    def explain(self, note: tuple[Any, ...], so_far: list[Step], case: Case) -> list[Step]:
        num, index, deals = note
        if index < 0:
            return [*so_far, Step("commission.rate.none", Fraction(0))]
        entry = self.entries[index]
        params = (("scope", entry.scope),)
        if entry.fixed is not None:
            count = Step("commission.rate.deals", Fraction(deals, DEAL))
            return [Step("commission.rate.fixed", Exact(entry.fixed, case.currency), params=params, source=entry.source), count, *so_far[1:]]
        if entry.by:
            return [*so_far, Step("commission.rate.table", Fraction(num, self.den), params=(*params, ("by", entry.by)), source=entry.source)]
        if entry.rate is not None:
            return [*so_far, Step("commission.rate", entry.rate, params=params, source=entry.source)]
        if entry.amount is None or any(isinstance(step.value, Money | Exact) for step in so_far):
            return [*so_far, Step("commission.rate.factor", entry.value, params=params, source=entry.source)]
        return [*so_far, Step("commission.rate.per_unit", Exact(entry.amount, case.currency), params=params, source=entry.source)]
