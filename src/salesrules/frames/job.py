"""One calculation over a table: the plan with its versions, which column is what, and how a chunk of the table becomes arrays."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs
import numpy

from ..commission import Factor, FxRate, Incentive, Plan, Quota
from ..commission.books import FactBooks
from ..commission.steps.measures import DEAL
from ..errors import FactError
from ..money import currency, ratio
from ..scope import DIMENSIONS
from ..timeline import Timeline
from . import door
from .codes import Codes
from .columns import MONEY, Columns, fields_of, no_column
from .currencies import Currencies
from .days import Days
from .returns import Returned
from .splits import Splits

__all__ = ["Job", "unsupported"]

_CODED = (*DIMENSIONS, "role")
_CREDITS = {"rollup", "team"}


def unsupported(plan: Plan) -> None:
    """Refuse a plan that has a part without a meaning in columns.

    Raises:
        FactError: ``frames.credit``, ``frames.cash``, ``frames.split``: the message names the part; `salesrules.commission.calculate` carries it.
    """
    for index, component in enumerate(plan.components):
        path = f"{plan.id}.components[{index}]"
        if component.credit in _CREDITS:
            raise FactError(
                "frames.credit",
                "{component} has credit = {credit!r}, and no column tells who that is; use calculate for this plan",
                path=path,
                component=component.id,
                credit=component.credit,
            )
        if component.measure == "cash":
            raise FactError(
                "frames.cash", "{component} pays cash, whose receipts are no rows of the table; use calculate for this plan", path=path, component=component.id
            )
    if plan.split == "commission":
        raise FactError("frames.split", "the plan divides commission and not credit; use calculate for this plan", path=f"{plan.id}.split")


@attrs.frozen(eq=False)
class Job:
    """What is computed, and from which columns.

    Args:
        plans: the versions of the plan.
        columns: which column is what.
        books: facts about people that come apart from the table.
        rates: exchange rates of the days.
        days: versions and intervals by day.
        people: the persons met.
        codes: the values met of the fields on which books decide.
        currencies: brings amounts into the plan's currency, where the table tells currencies.
        fields: the fields that the plan reads besides day, person and amount.
        available: the columns of the table.
    """

    plans: Timeline[Plan]
    columns: Columns
    books: FactBooks
    rates: tuple[FxRate, ...]
    days: Days
    people: Codes
    codes: dict[str, Codes]
    currencies: Currencies | None
    fields: tuple[str, ...]
    available: tuple[str, ...]

    @classmethod
    def of(
        cls,
        plan: Plan | Timeline[Plan],
        available: Iterable[str],
        columns: Mapping[str, str | None],
        *,
        quotas: Iterable[Quota],
        incentives: Iterable[Incentive],
        factors: Iterable[Factor],
        rates: Iterable[FxRate],
        order: tuple[str, ...] | None,
    ) -> tuple["Job", tuple[str, ...]]:
        """A calculation whose columns are found, and whose plan has a meaning in columns; and the columns that order the rows."""
        available = tuple(available)
        plans = plan.in_force if isinstance(plan, Plan) else plan
        versions, rates = [entry.value for entry in plans.entries], tuple(rates)
        for version in versions:
            unsupported(version)
        fields = fields_of(part for version in versions for part in version.parts)
        needed = dict.fromkeys((*(("id",) if order is None else ()), "date", "person", "amount", *fields))
        components = dict.fromkeys(component.id for version in versions for component in version.components)
        found = Columns.of(columns, available=available, needed=needed, components=components)
        for name in order or ():
            if name not in available:
                raise no_column("order", name, available)
        codes = {name: Codes(name) for name in _CODED if found.has(name)}
        currencies = None
        if found.has("currency"):
            currencies = Currencies(versions, rates, Codes("currency"), Codes("rate") if found.has("rate") else None)
        books = FactBooks(versions[-1].money, quotas, incentives, factors)
        job = cls(plans, found, books, tuple(rates), Days(plans), Codes("person"), codes, currencies, tuple(fields), available)
        return job, order or (found["date"], found["id"])

    @property
    def versions(self) -> list[Plan]:
        """The versions of the plan."""
        return self.days.plans

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that are read."""
        columns = self.columns
        return tuple(dict.fromkeys((*columns.named.values(), *columns.factors.values(), *columns.paid.values())))

    @property
    def counted(self) -> bool:
        """Whether deals or new customers are counted."""
        return any({"deals", "new_customers"} & set(part.plain.reads) for plan in self.versions for part in plan.parts)

    def told(self, frame: Any, start: int, back: Returned | None = None, credits: Splits | None = None, places: Any = None) -> dict[str, Any]:
        """A chunk of an eager frame as arrays by field.

        Args:
            frame: some rows of the table, in posting order.
            start: the number of the first of them.
            back: the returns of the table.
            credits: who is credited with its sales, where several people are.
            places: where each row stood in the table, if not there.
        """
        try:
            told = self.raw(frame, start, unnamed=back is not None or credits is not None)
        except FactError as error:
            if places is not None and "row" in error.params:
                error.params["row"] = int(places[error.params["row"] - start])
            raise
        if places is not None or credits is not None:
            told["place"] = numpy.arange(start, start + len(told["date"])) if places is None else places
        told["dated"] = told["date"]
        if back is not None:
            back.correct(told, start)
        told["version"] = self.days.version(told["dated"])
        if self.currencies is not None:
            told |= self.currencies.convert(told, [name for name in MONEY if name in told])
        if self.counted and (credits is not None or "returned" in told):
            told["deals"] = numpy.where(told["amount"] < 0, -DEAL, DEAL)
            told["new_customers"] = numpy.where(told.get("new_customer", False), told["deals"], 0)
        if back is not None:
            back.restate(told, start)
        if credits is not None:
            told = credits.divide(told, start)
        self._refuse_unnamed(told, start)
        return told

    def _refuse_unnamed(self, told: dict[str, Any], start: int) -> None:
        """Every row is credited to somebody."""
        unnamed = told.pop("unnamed", None)
        if unnamed is not None:
            unnamed &= ~told.get("returned", numpy.zeros(1, bool))
            if unnamed.any():
                raise FactError(
                    "frames.null",
                    "row {row} is empty; fill it in, or leave the row out",
                    path=f"column {self.columns['person']}",
                    row=int(told["place"][unnamed.argmax()]) if "place" in told else start + int(unnamed.argmax()),
                )

    def raw(self, frame: Any, start: int, *, unnamed: bool = False) -> dict[str, Any]:
        """A chunk as it stands in the table; amounts are in their own currencies.

        Args:
            frame: some rows of the table.
            start: the number of the first of them.
            unnamed: whether a row may name no person.
        """
        columns, digits = self.columns, partial(self.digits, frame)
        told: dict[str, Any] = {"date": door.days(frame[columns["date"]], columns["date"], start)}
        if frame[columns["person"]].dtype.is_float():
            door.integers(frame[columns["person"]], columns["person"], start)
        if unnamed:
            self._people(told, frame[columns["person"]])
        else:
            told["person"] = self.people.of(self._text("person", frame, start))
        for name in MONEY:
            if name == "amount" or (name in self.fields and columns.has(name)):
                told[name] = door.money(frame[columns[name]], columns[name], digits, start)
        for name in DIMENSIONS:
            if name in self.fields:
                told[name] = self.codes[name].of(self._text(name, frame, start)) if columns.has(name) else 0
        self._counts(told, frame, start)
        if self.currencies is not None:
            told["currency"] = self.currencies.codes.of(self._text("currency", frame, start))
            if self.currencies.quoted is not None:
                told["rate"] = self.currencies.quoted.of(self._text("rate", frame, start))
        return told

    def digits(self, frame: Any) -> Sequence[int]:
        """How many decimals the currency of each row has."""
        own = self.versions[-1].currency
        if self.currencies is None:
            return [currency(own).digits] * len(frame)
        told = ["" if value is None else str(value) for value in frame[self.columns["currency"]].to_list()]
        known = {code: currency(code or own).digits for code in dict.fromkeys(told)}
        return [known[code] for code in told]

    def _people(self, told: dict[str, Any], series: Any) -> None:
        """Persons, where some rows name none."""
        empty = series.is_null().to_numpy().astype(bool)
        if empty.all():
            told["person"], told["unnamed"] = numpy.full(len(series), self.people.number("")), empty
            return
        told["person"] = self.people.of(series.fill_null(series.drop_nulls()[0]) if empty.any() else series)
        empty = empty | (told["person"] == self.people.number(""))
        if empty.any():
            told["unnamed"] = empty

    def _text(self, field: str, frame: Any, start: int) -> Any:
        """A column of names; an empty cell is an empty name, except for the person."""
        series = frame[self.columns[field]]
        if field == "person":
            return door.full(series, self.columns[field], start)
        if series.dtype.is_float():
            door.integers(series, self.columns[field], start)
        return series.fill_null("") if series.null_count() else series

    def _counts(self, told: dict[str, Any], frame: Any, start: int) -> None:
        columns = self.columns
        for name in ("units", "instalment", "quota", "incentive"):
            if columns.has(name):
                told[name] = door.integers(frame[columns[name]], columns[name], start)
        if "units" in told:
            told["units"] = told["units"] * 10 ** self.versions[-1].unit_digits
        if columns.has("new_customer"):
            told["new_customer"] = door.conditions(frame[columns["new_customer"]], columns["new_customer"], start)
        if columns.has("role"):
            told["role"] = self.codes["role"].of(self._text("role", frame, start))
        for name, column in columns.paid.items():
            series = frame[column]
            empty = series.is_null().to_numpy().astype(bool)
            told[f"paid {name}"] = door.integers(series.fill_null(0) if empty.any() else series, column, start)
            told["settled"] = ~empty | told.get("settled", False)
        for name, column in columns.factors.items():
            codes = self.codes.setdefault(f"factor {name}", Codes(name))
            places = codes.of(door.full(frame[column], column, start))
            values = [ratio(text) for text in codes.texts]
            told[f"factor {name} num"] = numpy.array([value.numerator for value in values], numpy.int64)[places]
            told[f"factor {name} den"] = numpy.array([value.denominator for value in values], numpy.int64)[places]
