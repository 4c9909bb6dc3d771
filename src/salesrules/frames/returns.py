"""Returns in columns: the sale that a row takes back, what all returns of a sale to date take off it, and what is taken back of its pay.

Only the returns and the sales that they name are looked at; everything else of the table is left alone. A row is a return where its column
``returns`` names a sale. It then has the person, the dimensions, the version of the plan and the rate of exchange of that sale, whatever stands
in its own cells.
"""

from typing import Any

import narwhals
import numpy

from ..commission.steps.measures import DEAL
from ..errors import FactError
from ..scope import DIMENSIONS
from .blocks import BlockOps
from .columns import MONEY
from .days import day_of
from .door import integers
from .spans import fits

__all__ = ["RETURNED", "Returned", "key_of", "names_a_sale", "returned_last"]

RETURNED = "salesrules_returned"
_OF_THE_SALE = ("person", "instalment", "new_customer", "role", *DIMENSIONS)


def names_a_sale(series: Any) -> Any:
    """Which rows of the column ``returns`` name a sale."""
    told = ~series.is_null().to_numpy().astype(bool)
    if not told.any() or series.dtype.is_numeric():
        return told
    return (series.cast(narwhals.String()).fill_null("") != "").to_numpy().astype(bool)


def key_of(value: Any, *, integer: bool) -> Any:
    """The id that a cell means, as the column of ids has it; a column of integers with gaps comes as floats in some libraries."""
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if not integer:
        return str(whole)
    try:
        return int(whole)
    except ValueError:
        return None


def returned_last(frame: Any, column: str, order: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """The table with a column that puts the returns of a day behind its sales, and the order with that column in it."""
    mark = numpy.asarray(names_a_sale(frame[column]), numpy.int8)
    series = narwhals.new_series(RETURNED, mark, narwhals.Int8, backend=frame.implementation)
    return frame.with_columns(series), (order[0], RETURNED, *order[1:])


class Returned:
    """The returns of a table, in posting order.

    Args:
        job: the calculation.
        rows: the table, in posting order.
        places: where each row stood before; ``None`` where it stood in order.
        back: which rows are returns.

    Attributes:
        at: the rows that are returns.
        of: the row that each takes back.
        originals: the rows that are taken back.
        before: what the earlier returns of the sale took off it together, by quantity, in the plan's currency.
        after: the same with this one.
        size: how many pays must be remembered.
    """

    def __init__(self, job: Any, rows: Any, places: Any, back: Any) -> None:
        self._job, self._places, self._ops = job, places, BlockOps()
        self.at = numpy.flatnonzero(back)
        self.of = self._found(rows, back)
        self._sold, self._took = self._facts(rows, self.of), self._facts(rows, self.at)
        self._check(rows, back)
        self.originals, self._slot = numpy.unique(self.of, return_inverse=True)
        self._turns = _Turns(self.of)
        self.version = job.days.version(self._sold["date"])
        was, now, sold = self._sizes(rows)
        self.before, self.after = self._quantities(was, now, sold)
        self._open, self._upto, self._earlier, self._whole = self._terms(was, now, sold)
        self.spread(numpy.ones(len(self.originals), numpy.intp))

    def spread(self, credits_of: Any) -> None:
        """Make room for the pay of every credit of the originals; ``credits_of`` says how many each has."""
        ends = numpy.cumsum(credits_of)
        self._first, self.size = ends - credits_of, int(ends[-1])

    # What a return takes back

    def _found(self, rows: Any, back: Any) -> Any:
        """The row that each return takes back."""
        ids = rows[self._job.columns["id"]]
        integer = ids.dtype.is_integer()
        if not integer and ids.dtype != narwhals.String:
            ids = ids.cast(narwhals.String())
        wanted = [key_of(value, integer=integer) for value in rows[self._job.columns["returns"]].filter(back.tolist()).to_list()]
        known = numpy.flatnonzero(ids.is_in([name for name in dict.fromkeys(wanted) if name is not None]).to_numpy())
        where: dict[Any, int] = {}
        for name, row in zip(ids[known].to_list(), known.tolist(), strict=True):
            if name in where:
                raise FactError("sale.duplicate", "there are two sales with this id; ids must be unique", path=f"sale {name}")
            where[name] = row
        self._names = wanted
        of = numpy.array([where.get(name, -1) for name in wanted], numpy.intp)
        if (of < 0).any():
            first = int((of < 0).argmax())
            template = "returns sale {original}, which is not among the sales; pass it, or its lines as history"
            raise FactError("sale.unknown_original", template, path=self._path(first), original=wanted[first])
        return of

    def _facts(self, rows: Any, at: Any) -> dict[str, Any]:
        """The columns of some rows."""
        try:
            told: dict[str, Any] = self._job.raw(rows[at], 0, unnamed=True)
        except FactError:
            told = self._job.raw(rows, 0, unnamed=True)  # refuses the same cell, and names its row
        return told

    def _path(self, which: int) -> str:
        """Names a return, by its row in the user's table."""
        row = int(self.at[which])
        return f"row {row if self._places is None else int(self._places[row])}"

    def _check(self, rows: Any, back: Any) -> None:
        sold, took = self._sold, self._took
        if (first := _first(took["amount"] > 0)) is not None:
            template = "a return of {original} has the positive amount {amount}; give it negative"
            raise FactError("sale.return_sign", template, **self._named(first), amount=int(took["amount"][first]))
        if (first := _first(back[self.of])) is not None:
            template = "returns {original}, which is a return itself; name the sale, or book a new one"
            raise FactError("sale.return_of_return", template, **self._named(first))
        if (first := _first(sold["date"] > took["date"])) is not None:
            template = "is dated {returned}, before the sale {original} of {sold} that it takes back"
            when = day_of(sold["date"][first])
            raise FactError("sale.returned_before_sold", template, **self._named(first), returned=day_of(took["date"][first]), sold=when)
        if (first := _first(self.of > self.at)) is not None:
            template = "takes back sale {original}, which the order of the rows puts behind it; name columns that put sales before their returns"
            raise FactError("frames.returned_first", template, **self._named(first))
        if "currency" in sold:
            given, own = (numpy.array(self._currency(told["currency"])) for told in (took, sold))
            if (first := _first(given != own)) is not None:
                template = "is in {given}, the sale it returns in {sold}; give it in that"
                raise FactError("sale.return_currency", template, **self._named(first), given=str(given[first]), sold=str(own[first]))

    def _named(self, which: int) -> dict[str, str]:
        """The place of a return, and the sale that it takes back, for an error."""
        return {"path": self._path(which), "original": self._names[which]}

    def _currency(self, codes: Any) -> list[str]:
        texts = [text or self._job.versions[-1].currency for text in self._job.currencies.codes.texts]
        return [texts[code] for code in codes.tolist()]

    def _sizes(self, rows: Any) -> tuple[Any, Any, Any]:
        """How much of each sale was returned before, is returned now, and was sold: in money, in units where it has no value, or all of it."""
        sold, took = self._sold["amount"], self._took["amount"]
        if not sold.all():
            units, off = (self._units(rows, at, told) for at, told in ((self.of, self._sold), (self.at, self._took)))
            took = numpy.where(sold != 0, took, numpy.where(units != 0, off, -1))
            sold = numpy.where(sold != 0, sold, numpy.where(units != 0, units, 1))
        now = -_roomy(took)
        was = self._turns.before(now)
        wrong = _roomy(was) + now > sold
        if wrong.any():
            first = int(wrong.argmax())
            raise FactError("sale.returned_too_much", "returns more than was sold in {original}", path=self._path(first), original=self._names[first])
        return was, _small(now), sold

    def _units(self, rows: Any, at: Any, told: dict[str, Any]) -> Any:
        """How many units some rows are; the table may tell them although the plan counts none."""
        if "units" in told:
            return told["units"]
        return integers(rows["units"][at], "units") if "units" in rows.columns else numpy.zeros(len(at), numpy.int64)

    def _quantities(self, was: Any, now: Any, sold: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the returns of a sale take off it: before each, and with it."""
        before, after = {}, {}
        for name in (*MONEY, "units"):
            if name in self._took:
                before[name] = self._turns.before(self._took[name])
                after[name] = _sum(before[name], self._took[name])
        if self._job.currencies is not None:
            keys = {**self._sold, "version": self.version, "dated": self._sold["date"]}
            for told in (before, after):
                told.update(self._job.currencies.convert(keys | told, [name for name in MONEY if name in told]))
        if self._job.counted:
            for told, taken in ((before, was), (after, _sum(was, now))):
                deals = self._ops.muldiv(self._ops.block(-_roomy(taken)), DEAL, self._ops.block(sold), "half_up")
                told["deals"] = self._ops.column(deals, len(sold))
                told["new_customers"] = numpy.where(self._sold.get("new_customer", False), told["deals"], 0)
        return before, after

    def _terms(self, was: Any, now: Any, sold: Any) -> tuple[Any, Any, Any, Any]:
        """Whether pay can still be taken back; and the parts of the sale to date, with this return and before it, and the whole that they are of."""
        days, back = self._sold["date"], self._took["date"]
        least, width = int(days.min()), int(back.max()) - int(days.min()) + 1
        pairs, places = numpy.unique((days - least) * width + (back - least), return_inverse=True)
        told = numpy.array([self._asked(least + pair // width, least + pair % width) for pair in pairs.tolist()], dtype=object)[places]
        full = numpy.array([plan.returns.mode == "full" for plan in self._job.versions])[self.version]
        earlier = numpy.where(full, numpy.where(was != 0, sold, 0), was)
        upto = numpy.where(full, numpy.where((now != 0) | (was != 0), sold, 0), _sum(was, now))
        opened, num, den = (told[:, column] for column in range(3))
        return opened.astype(bool), _times(upto, num), _times(earlier, num), _times(sold, den)

    def _asked(self, sold: int, back: int) -> tuple[bool, int, int]:
        plan = self._job.days.timeline.on(day_of(sold))
        rule, days = plan.returns, (day_of(sold), day_of(back))
        unearned = rule.unearned(*days)
        return rule.within(*days, plan.calendar), unearned.numerator, unearned.denominator

    # Chunks

    def some(self, start: int, size: int) -> tuple[slice, Any]:
        """The returns in a chunk, and their rows in it."""
        low, high = numpy.searchsorted(self.at, (start, start + size)).tolist()
        return slice(low, high), self.at[low:high] - start

    def correct(self, told: dict[str, Any], start: int) -> None:
        """Let the returns of a chunk be what the sales are that they take back."""
        size = len(told["date"])
        which, at = self.some(start, size)
        low, high = numpy.searchsorted(self.originals, (start, start + size)).tolist()
        told["slot"] = slot = numpy.full(size, -1, numpy.intp)
        slot[self.originals[low:high] - start] = self._first[low:high]
        if not len(at):
            return
        slot[at] = self._first[self._slot[which]]
        told["back"] = _put(numpy.zeros(size, numpy.intp), at, numpy.arange(which.start, which.stop))
        told["returned"] = _put(numpy.zeros(size, bool), at, numpy.ones(len(at), bool))
        told["dated"] = _put(told["dated"], at, self._sold["date"][which])
        for name in _OF_THE_SALE:
            if isinstance(told.get(name), numpy.ndarray):
                told[name] = _put(told[name], at, self._sold[name][which])
        if "currency" in told:
            told["currency"] = _put(told["currency"], at, self._job.currencies.codes.number(""))

    def restate(self, told: dict[str, Any], start: int) -> None:
        """Put what the returns of a chunk take off their sales, in the plan's currency."""
        which, at = self.some(start, len(told["date"]))
        if len(at):
            for name in self.after:
                told[name] = _put(told[name], at, self.now(name, which))

    def now(self, name: str, which: Any) -> Any:
        """What some returns take off a quantity."""
        return _sum(self.after[name][which], -_roomy(self.before[name][which]))

    # Pay

    def window(self, which: Any) -> Any:
        """Whether pay can still be taken back for some returns."""
        return self._open[which]

    def taken_back(self, paid: Any, which: Any) -> Any:
        """What some returns take back of what their sales were paid, as `Returns.taken_back` has it."""
        ops = self._ops
        pay, whole = ops.block(paid), ops.block(_small(self._whole[which]))
        after, before = (ops.muldiv(pay, ops.block(_small(part[which])), whole, "half_up") for part in (self._upto, self._earlier))
        return ops.column(before - after, len(paid))


class _Turns:
    """The returns of each sale one after the other."""

    def __init__(self, of: Any) -> None:
        self._order = numpy.argsort(of, kind="stable")
        turned = of[self._order]
        self._first = numpy.flatnonzero(numpy.concatenate(([True], turned[1:] != turned[:-1])))
        self._lengths = numpy.diff(self._first, append=len(of))

    def before(self, values: Any) -> Any:
        """For each return, the sum over the earlier returns of its sale."""
        turned = values[self._order]
        most = max(abs(int(turned.min())), abs(int(turned.max()))) * len(turned)
        sums = numpy.cumsum(turned if fits(-most, most) else turned.astype(object))
        earlier = sums - turned
        made = numpy.empty_like(earlier)
        made[self._order] = earlier - numpy.repeat(earlier[self._first], self._lengths)
        return _small(made)


def _first(wrong: Any) -> int | None:
    """The first return of which something is wrong."""
    return int(wrong.argmax()) if wrong.any() else None


def _roomy(values: Any) -> Any:
    """Values that can be negated and added to others of their size; Python's own integers where 64 bits might not do."""
    return values if values.dtype == object or fits(4 * int(values.min()), 4 * int(values.max())) else values.astype(object)


def _small(values: Any) -> Any:
    """64 bits, where they do."""
    if values.dtype != object:
        return values
    if len(values) and fits(int(min(values)), int(max(values))):
        return values.astype(numpy.int64)
    return values


def _sum(one: Any, other: Any) -> Any:
    return _small(_roomy(one) + _roomy(other))


def _times(values: Any, by: Any) -> Any:
    """Values times Python's own integers."""
    if (by == 1).all():
        return values
    return _small(values.astype(object) * by)


def _put(values: Any, at: Any, some: Any) -> Any:
    """A copy with other values in some rows."""
    made = numpy.array(values, object if isinstance(some, numpy.ndarray) and some.dtype == object else None)
    made[at] = some
    return made
