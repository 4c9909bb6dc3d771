"""Returns in tables that stay where they are: each is joined to the sale that it takes back.

Running sums over the returns of a sale tell what the earlier ones took. Rows of earlier runs stand there with what they were paid.
A return runs through the rules like any other row: what they make of it counts for running totals, whatever is booked. So one pass forward is exact:
the rules first, for all rows; then what each sale was paid is joined to its returns, and the share taken back is booked instead.
"""

from collections.abc import Iterable, Mapping
from math import lcm
from typing import Any

import narwhals

from ..commission import Plan, Returns
from ..commission.steps.measures import DEAL
from ..errors import FactError
from ..scope import DIMENSIONS
from .columns import MONEY
from .expressions import Cell, ExprOps
from .job import Job
from .lookups import distinct
from .returns import RETURNED
from .survey import PREFIX, check_places, check_types, refuse_empty, refuse_type

__all__ = ["DATED", "OPEN", "TAKEN_BACK", "WHOSE", "LazyReturned", "LazySettled", "Ruled"]

WHOSE = f"{PREFIX}whose"
"""The column of the person credited: that of the sale, for a return."""

DATED = f"{PREFIX}dated"
"""The column of the day whose version of the plan holds: that of the sale, for a return."""

OPEN = f"{PREFIX}open"
"""The column that says whether a row is to be computed."""

TAKEN_BACK = f"{PREFIX}sale_of"
"""The column of the id of the sale that a return takes back."""

_KEY, _OF, _SOLD, _BACK = f"{PREFIX}sale", TAKEN_BACK, f"{PREFIX}sale_sold", f"{PREFIX}sale_back"
_WAS, _NOW, _UPTO, _WHOLE = (f"{PREFIX}{name}" for name in ("was", "now", "upto", "whole"))
_OF_THE_SALE = ("person", "instalment", "new_customer", "role", "currency", "rate", *DIMENSIONS)
_INTEGER = narwhals.Int64()
_ROOMY = 2**62  # past it some libraries, which divide as doubles, cannot be corrected

Ruled = tuple[str, int, Any]
"""A component, a version of the plan, and which rows it pays under it."""


class LazySettled:
    """Rows that were settled in earlier runs, and what they were paid.

    Attributes:
        frame: the table, with a column that says which rows are still to be computed.
    """

    def __init__(self, job: Job, frame: Any) -> None:
        self._columns = job.columns.paid
        schema = frame.collect_schema()
        for column in self._columns.values():
            refuse_type(schema[column], column)
        known: Any = narwhals.lit(value=False)
        for column in self._columns.values():
            known = known | ~narwhals.col(column).is_null()
        self.frame = frame.with_columns((~known).alias(OPEN))
        ends = [getattr(narwhals.col(column), end)().alias(f"{PREFIX}{end}_{at}") for at, column in enumerate(self._columns.values()) for end in ("min", "max")]
        told = frame.select(*ends).collect()
        self._spans = {name: tuple(int(told[f"{PREFIX}{end}_{at}"][0] or 0) for end in ("min", "max")) for at, name in enumerate(self._columns)}

    def open(self, ops: ExprOps) -> Any:
        """Which rows are to be computed."""
        return ops.cell(narwhals.col(OPEN), 0, 1)

    def pay(self, ops: ExprOps, component: str, ruled: Any) -> Any:
        """What a component pays each row: what it was paid earlier, or else what the rules make of it."""
        if component not in self._columns:
            return ruled  # nothing, for a row of an earlier run
        least, most = self._spans[component]
        earlier = ops.cell(narwhals.col(self._columns[component]).fill_null(0).cast(_INTEGER), min(least, 0), max(most, 0))
        return ops.where(self.open(ops), ruled, earlier)


class LazyReturned:
    """The returns of a table, each beside the sale that it takes back.

    Args:
        job: the calculation.
        frame: the table.
        order: the columns that order its rows.
        joint: whether some sales are credited to several people.

    Attributes:
        any: whether there are any.
        frame: the table, in which returns have the person, the dimensions and the currency of their sales.
        order: the columns that order its rows, returns of a day behind its sales.
        aside: where the cells that the user gave are kept, by column.
    """

    def __init__(self, job: Job, frame: Any, order: tuple[str, ...], *, joint: bool = False) -> None:
        self._job, self.frame, self.order, self.aside, self._joint = job, frame, order, dict[str, str](), joint
        columns = job.columns
        self._given: dict[str, str] = {}
        self.any = columns.has("returns") and self._met(frame)
        if not self.any:
            return
        if order == (columns["date"], columns["id"]):
            self.order = (order[0], RETURNED, *order[1:])
        self._marked = self._mark(frame)
        self._wanted = self._marked.filter(narwhals.col(RETURNED) == 1).select(_OF).unique(subset=[_OF])
        self._found = self._joined()
        self._spans = self._surveyed()
        self.frame = self._corrected()

    # What there is

    def _met(self, frame: Any) -> bool:
        """Whether there are returns; empty cells in them are refused, and sums past 64 bits."""
        columns, schema = self._job.columns, frame.collect_schema()
        check_types(self._job, schema)
        self._given = {name: columns[name] for name in (*MONEY, "units") if columns.has(name)}
        if "units" not in self._given and "units" in self._job.available and schema["units"].is_integer():
            self._given["units"] = "units"
        self._named = ~narwhals.col(columns["returns"]).is_null()
        if not schema[columns["returns"]].is_numeric():
            self._named = self._named & (narwhals.col(columns["returns"]).cast(narwhals.String()) != "")
        back = frame.filter(self._named)
        read = dict.fromkeys([columns["date"], *self._given.values(), *([columns["id"]] if columns.has("id") else [])])
        empty = {name: f"{PREFIX}null_{at}" for at, name in enumerate(read)}
        ends = {name: (f"{PREFIX}min_{name}", f"{PREFIX}max_{name}") for name in self._given}
        told = (
            back.with_columns(*(narwhals.col(name).is_null().cast(_INTEGER).alias(flag) for name, flag in empty.items()))
            .select(
                narwhals.len().alias(f"{PREFIX}rows"),
                *(narwhals.col(flag).sum() for flag in empty.values()),
                *(narwhals.col(self._given[name]).min().alias(least) for name, (least, _) in ends.items()),
                *(narwhals.col(self._given[name]).max().alias(most) for name, (_, most) in ends.items()),
            )
            .collect()
        )
        rows = int(told[f"{PREFIX}rows"][0])
        if not rows:
            return False
        if not columns.has("id"):
            raise FactError(
                "frames.no_id", "the table tells no id, so no row can be named; name the column, as in columns={{'id': ...}}", path="columns.returns"
            )
        for name, flag in empty.items():
            if told[flag][0]:
                refuse_empty(back, name, self.order)
        for pair in ends.values():
            most = max(abs(int(told[end][0])) for end in pair)
            ExprOps.fit((-rows * most, rows * most))
        return True

    def _mark(self, frame: Any) -> Any:
        """The table with the id of each row, the sale that it takes back, and whether it takes one back, in one type."""
        schema, columns = frame.collect_schema(), self._job.columns
        own, of = narwhals.col(columns["id"]), narwhals.col(columns["returns"])
        if not (schema[columns["id"]].is_integer() and schema[columns["returns"]].is_integer()):
            of = of.cast(_INTEGER) if schema[columns["returns"]].is_float() else of
            own, of = own.cast(narwhals.String()), of.cast(narwhals.String())
        return frame.with_columns(
            narwhals.when(self._named).then(narwhals.lit(1, _INTEGER)).otherwise(narwhals.lit(0, _INTEGER)).alias(RETURNED),
            own.alias(_KEY),
            narwhals.when(self._named).then(of).alias(_OF),
        )

    def _joined(self) -> Any:
        """Each return beside its sale: what both are, and what the earlier returns of the sale took off it."""
        columns, col = self._job.columns, narwhals.col
        taken = [columns[name] for name in _OF_THE_SALE if columns.has(name)]
        read = dict.fromkeys([columns["date"], RETURNED, *self._given.values(), *taken, *self.order])
        sold = self._marked.select(col(_KEY).alias(_SOLD), *(col(name).alias(_sold(name)) for name in read))
        sold = sold.join(self._wanted.select(col(_OF).alias(_BACK)), left_on=_SOLD, right_on=_BACK, how="semi")
        back = self._marked.filter(col(RETURNED) == 1).select(_KEY, _OF, *read)
        both = _beside(back, sold.with_columns(col(_SOLD).alias(f"{PREFIX}known")), (_OF,), (_SOLD,))
        amount, one = _sold(columns["amount"]), narwhals.lit(1, _INTEGER)
        now, whole = narwhals.lit(-1, _INTEGER), one
        if "units" in self._given:
            units = self._given["units"]
            now = narwhals.when(col(_sold(units)) != 0).then(col(units).cast(_INTEGER)).otherwise(now)
            whole = narwhals.when(col(_sold(units)) != 0).then(col(_sold(units)).cast(_INTEGER)).otherwise(whole)
        now = narwhals.when(col(amount) != 0).then(col(columns["amount"]).cast(_INTEGER)).otherwise(now)
        whole = narwhals.when(col(amount) != 0).then(col(amount).cast(_INTEGER)).otherwise(whole)
        both = both.with_columns((narwhals.lit(0, _INTEGER) - now).alias(_NOW), whole.alias(_WHOLE))
        restated = self._restated
        sums = {_UPTO: _NOW, **{_before(name): self._given[name] for name in restated}}
        both = both.with_columns(*(col(of).cast(_INTEGER).cum_sum().over(_OF, order_by=self.order).cast(_INTEGER).alias(name) for name, of in sums.items()))
        return both.with_columns(
            (col(_UPTO) - col(_NOW)).alias(_WAS), *((col(_before(name)) - col(self._given[name])).alias(_before(name)) for name in restated)
        )

    # What is refused

    def _wrong(self) -> dict[str, Any]:
        """What may be wrong with a return, in the order in which it is looked for."""
        columns, col = self._job.columns, narwhals.col
        code = columns["currency"] if columns.has("currency") else ""
        return {
            "sale.unknown_original": col(f"{PREFIX}known").is_null(),
            "sale.return_sign": col(columns["amount"]) > 0,
            "sale.return_of_return": col(_sold(RETURNED)) == 1,
            "sale.returned_before_sold": col(_sold(columns["date"])) > col(columns["date"]),
            "frames.returned_first": self._earlier(),
            "sale.return_currency": self._currency(code) != self._currency(_sold(code)) if code else narwhals.lit(value=False),
            "sale.returned_too_much": col(_UPTO) > col(_WHOLE),
        }

    def _currency(self, column: str) -> Any:
        """The currency of a column of codes; an empty cell is the plan's."""
        told = narwhals.col(column).cast(narwhals.String()).fill_null("")
        return narwhals.when(told == "").then(narwhals.lit(self._job.versions[-1].currency)).otherwise(told)

    def _earlier(self) -> Any:
        """Whether the order puts a return before its sale."""
        wrong: Any = narwhals.lit(value=False)
        for name in reversed(self.order):
            mine, sold = narwhals.col(name), narwhals.col(_sold(name))
            wrong = (sold > mine) | ((sold == mine) & wrong)
        return wrong

    def _surveyed(self) -> dict[str, tuple[int, int]]:
        """Between which integers the quantities lie; what is wrong is refused.

        Raises:
            FactError: ``sale.duplicate``, ``sale.unknown_original``, ``sale.return_sign``, ``sale.return_of_return``, ``sale.returned_before_sold``,
                ``frames.returned_first``, ``sale.return_currency``, ``sale.returned_too_much``, ``frames.same_place``.
        """
        col, wrong = narwhals.col, self._wrong()
        restated = [_before(name) for name in self._restated]
        numbers = [_WAS, _NOW, _UPTO, _WHOLE, *restated]
        flags = {code: f"{PREFIX}wrong_{at}" for at, code in enumerate(wrong)}
        last = self.order[-1]
        told = (
            self._found.with_columns(
                *(narwhals.when(wrong[code]).then(narwhals.lit(1, _INTEGER)).otherwise(narwhals.lit(0, _INTEGER)).alias(flag) for code, flag in flags.items())
            )
            .select(
                narwhals.len().alias(f"{PREFIX}rows"),
                col(_KEY).n_unique().alias(f"{PREFIX}sales"),
                col(last).n_unique().alias(f"{PREFIX}places"),
                *(col(flag).sum() for flag in flags.values()),
                *(col(name).min().alias(f"{name}_min") for name in numbers),
                *(col(name).max().alias(f"{name}_max") for name in numbers),
            )
            .collect()
        )
        rows = int(told[f"{PREFIX}rows"][0])
        if rows != int(told[f"{PREFIX}sales"][0]):
            self._refuse_duplicate()
        for code, flag in flags.items():
            if told[flag][0]:
                self._refuse(code, wrong[code])
        if rows != int(told[f"{PREFIX}places"][0]):
            check_places(self._found, self.order)
        return {name: (int(told[f"{name}_min"][0]), int(told[f"{name}_max"][0])) for name in numbers}

    def _refuse_duplicate(self) -> None:
        """Two rows have the id of a return, or of a sale that is taken back."""
        named = (self._found.select(narwhals.col(name).alias(_SOLD)) for name in (_OF, _KEY))
        ids = narwhals.concat(list(named)).unique(subset=[_SOLD])
        rows = self._marked.select(_KEY).join(ids, left_on=_KEY, right_on=_SOLD, how="semi")
        counted = rows.group_by(_KEY).agg(narwhals.len().alias(f"{PREFIX}rows")).filter(narwhals.col(f"{PREFIX}rows") > 1)
        name = counted.sort(_KEY).head(1).collect()[_KEY][0]
        raise FactError("sale.duplicate", "there are two sales with this id; ids must be unique", path=f"sale {name}")

    def _refuse(self, code: str, condition: Any) -> None:
        """Refuse the first return of which something is wrong."""
        columns, own = self._job.columns, self._job.versions[-1].currency
        first = self._found.filter(condition).sort(*self.order).head(1).collect()
        sale: dict[str, Any] = {"path": f"sale {first[_KEY][0]}", "original": str(first[_OF][0])}
        sold = first[_sold(columns["date"])][0]
        given, due = (first[name][0] or own for name in (columns["currency"], _sold(columns["currency"]))) if columns.has("currency") else (own, own)
        errors = (
            FactError("sale.unknown_original", "returns sale {original}, which is not among the sales; pass it, or its lines as history", **sale),
            FactError(
                "sale.return_sign",
                "a return of {original} has the positive amount {amount}; give it negative",
                **sale,
                amount=int(first[columns["amount"]][0]),
            ),
            FactError("sale.return_of_return", "returns {original}, which is a return itself; name the sale, or book a new one", **sale),
            FactError(
                "sale.returned_before_sold",
                "is dated {returned}, before the sale {original} of {sold} that it takes back",
                **sale,
                returned=first[columns["date"]][0],
                sold=sold,
            ),
            FactError(
                "frames.returned_first",
                "takes back sale {original}, which the order of the rows puts behind it; name columns that put sales before their returns",
                **sale,
            ),
            FactError("sale.return_currency", "is in {given}, the sale it returns in {sold}; give it in that", **sale, given=given, sold=due),
            FactError("sale.returned_too_much", "returns more than was sold in {original}", **sale),
        )
        raise next(error for error in errors if error.code == code)

    # The table

    def _corrected(self) -> Any:
        """The table in which returns are what the sales are that they take back."""
        columns, col = self._job.columns, narwhals.col
        taken = list(dict.fromkeys(columns[name] for name in _OF_THE_SALE if columns.has(name)))
        restated = [_before(name) for name in self._restated]
        day = columns["date"]
        told = self._found.select(col(_KEY).alias(_BACK), *(_sold(name) for name in (day, *taken)), _WAS, _NOW, _UPTO, _WHOLE, *restated)
        self.aside = {name: f"{PREFIX}own_{name}" for name in taken}
        back, person = col(RETURNED) == 1, columns["person"]
        frame = _beside(self._marked, told, (_KEY,), (_BACK,)).with_columns(
            *(col(name).alias(aside) for name, aside in self.aside.items()),
            *(narwhals.when(back).then(col(_sold(name))).otherwise(col(name)).alias(name) for name in taken),
            narwhals.when(back).then(col(_sold(day))).otherwise(col(day)).alias(DATED),
            *(narwhals.when(back).then(col(name)).otherwise(narwhals.lit(0, _INTEGER)).alias(name) for name in restated),
        )
        if frame.collect_schema()[person] == narwhals.String:  # somebody must be credited with every row
            frame = frame.with_columns(narwhals.when(col(person) != "").then(col(person)).alias(person))
        return frame.with_columns(col(person).alias(WHOSE)).drop(*(_sold(name) for name in (day, *taken)))

    @property
    def _restated(self) -> list[str]:
        """The quantities of which it matters what the earlier returns took: amounts that are converted, and all that are divided among people."""
        if self._joint:
            return list(self._given)
        return [name for name in MONEY if name in self._given] if self._job.currencies is not None else []

    def own(self, name: str) -> Any:
        """A column as the user gave it."""
        return narwhals.col(self.aside.get(name, name)).alias(name)

    def among(self, ops: ExprOps) -> Any:
        """Which rows are returns."""
        return ops.cell(narwhals.col(RETURNED) == 1, 0, 1)

    def before(self, ops: ExprOps, name: str) -> Any:
        """What the earlier returns of a sale took off a quantity, in its own currency; nothing for other rows."""
        if name not in self._restated:
            return 0
        least, most = self._spans[_before(name)]
        return ops.cell(narwhals.col(_before(name)), min(least, 0), max(most, 0))

    def deals(self, ops: ExprOps, others: Any) -> Any:
        """Counts of a deal, of which returns take back their part."""
        was, upto = (ops.muldiv(self._size(ops, part), DEAL, self._size(ops, _WHOLE), "half_up") for part in (_WAS, _UPTO))
        return ops.where(self.among(ops), was - upto, others)

    def deals_before(self, ops: ExprOps) -> Any:
        """What of a deal the earlier returns took back."""
        return ops.where(self.among(ops), 0 - ops.muldiv(self._size(ops, _WAS), DEAL, self._size(ops, _WHOLE), "half_up"), 0)

    def _size(self, ops: ExprOps, name: str) -> Any:
        """How much of a sale was returned before, is returned with this row, or was sold."""
        return ops.cell(narwhals.col(name), *self._spans[name])

    # Pay

    def booked(self, work: Any, ruled: Mapping[str, Any], paid_by: Iterable[Ruled], settled: LazySettled | None) -> dict[str, Any]:
        """What each component books: of a return what the rules now make of it, or its share of what the sale was paid.

        Args:
            work: the plan on its way over the table.
            ruled: what the rules make of each row, by component.
            paid_by: which rows a component pays, under which version of the plan.
            settled: rows of earlier runs.
        """
        ops, plans, made = work.ops, self._job.versions, dict(ruled)
        paid_by = list(paid_by)
        original = {name for name, version, _ in paid_by if plans[version].returns.rate == "original"}
        paid = self._paid(
            ops,
            () if work.joint is None else work.joint.keys,
            {name: settled.pay(ops, name, ruled[name]) if settled else ruled[name] for name in sorted(original)},
        )
        for name, version, mask in paid_by:
            rule = plans[version].returns
            within, share = self._terms(work, plans[version])
            value = self._taken(ops, paid[name], rule, share) if rule.rate == "original" else ruled[name]
            made[name] = ops.where(self.among(ops) & mask, ops.where(within, value, 0), made[name])
        return made

    @staticmethod
    def _bare(column: str, cell: Any, ops: ExprOps) -> Any:
        """A column joined to the table, with the bounds of the one that it was."""
        return Cell(ops, narwhals.col(column), cell.lo, cell.hi, cell.mass + ops.rows)

    def _paid(self, ops: ExprOps, keys: tuple[str, ...], due: dict[str, Any]) -> dict[str, Any]:
        """What the sales that are taken back were paid, beside their returns; ``keys`` tell apart the credits of a sale."""
        kept = {name: ops.kept(cell) for name, cell in due.items()}
        names = {name: f"{PREFIX}paid_{at}" for at, name in enumerate(kept) if isinstance(kept[name], Cell)}
        if names:
            credit = {name: _sold(name) for name in keys}
            told = (narwhals.col(name).alias(alias) for name, alias in credit.items())
            sold = ops.frame.select(narwhals.col(_KEY).alias(_SOLD), *told, *(kept[name].expr.alias(column) for name, column in names.items()))
            sold = sold.join(self._wanted.select(narwhals.col(_OF).alias(_BACK)), left_on=_SOLD, right_on=_BACK, how="semi")
            ops.frame = _beside(ops.frame, sold, (_OF, *credit), (_SOLD, *credit.values()))
        return {name: self._bare(names[name], cell, ops) if name in names else cell for name, cell in kept.items()}

    def _terms(self, work: Any, plan: Plan) -> tuple[Any, tuple[Any, int]]:
        """Whether pay can still be taken back, and which part of it, as a numerator and a denominator."""
        rule = plan.returns
        if not rule.window and rule.mode != "declining":
            return True, (rule.share.numerator, rule.share.denominator)
        if self._by_day is None:
            self._by_day = self._asked(work)
        within, num, den = self._by_day
        return within, (num, den)

    _by_day: tuple[Any, Any, int] | None = None

    def _asked(self, work: Any) -> tuple[Any, Any, int]:
        """The same by the days of the sale and of its return."""
        day, answers = self._job.columns["date"], {}
        for sold, back in distinct(self._found, [_sold(day), day]):
            plan = self._job.plans.on(sold)
            answers[sold, back] = int(plan.returns.within(sold, back, plan.calendar)), plan.returns.unearned(sold, back)
        den = lcm(*(part.denominator for _, part in answers.values()))
        within, num = work.joined([DATED, day], {days: (inside, int(part * den)) for days, (inside, part) in answers.items()})
        return within == 1, num, den

    def _taken(self, ops: ExprOps, paid: Any, rule: Returns, share: tuple[Any, int]) -> Any:
        """What a return takes back of what its sale was paid, as `Returns.taken_back` has it."""
        num, den = share
        if rule.mode == "full":
            first = ops.cell((narwhals.col(_WAS) == 0) & (narwhals.col(_NOW) != 0), 0, 1)
            return ops.where(first, 0 - ops.muldiv(paid, num, den, "half_up"), 0)
        whole = self._size(ops, _WHOLE) * den
        before, after = (_share(ops, paid, self._size(ops, part) * num, whole) for part in (_WAS, _UPTO))
        taken = before - after
        if not isinstance(taken, Cell) or not isinstance(paid, Cell) or self._spans[_WAS][0] < 0:
            return taken
        most = max(abs(paid.lo), abs(paid.hi))  # together the returns take back no more than was paid
        return ops.kept(ops.cell(taken.expr, -most, most, paid.mass))


def _sold(column: str) -> str:
    """What a column of the sale is called, beside its return."""
    return f"{PREFIX}sold_{column}"


def _before(name: str) -> str:
    return f"{PREFIX}before_{name}"


def _beside(frame: Any, other: Any, own: tuple[str, ...], keys: tuple[str, ...]) -> Any:
    """A table with what another says for the values of some columns."""
    return frame.join(other, left_on=list(own), right_on=list(keys), how="left").drop(*keys, strict=False)


def _share(ops: ExprOps, paid: Any, num: Any, den: Any) -> Any:
    """``paid * num / den``, rounded half up, where ``num`` is no more than ``den``: divided in two parts where the product may be too large."""
    (low, high), (least, most), (_, widest) = (_span(operand) for operand in (paid, num, den))
    size = max(abs(low), abs(high))
    if not isinstance(den, Cell) or least < 0 or size * most + 4 * widest < _ROOMY:
        return ops.muldiv(paid, num, den, "half_up")
    paid = ops.kept(paid)
    negative = ops.expr(paid) < 0
    plain = ops.kept(ops.cell(narwhals.when(negative).then(narwhals.lit(0, _INTEGER) - ops.expr(paid)).otherwise(ops.expr(paid)), 0, size))
    whole = ops.kept(ops.muldiv(plain, 1, den, "floor"))
    rest = ops.kept(ops.cell(ops.expr(plain) - ops.expr(whole) * ops.expr(den), 0, widest - 1))
    part = ops.kept(ops.muldiv(rest, num, den, "half_up"))
    told = ops.put(ops.expr(whole) * ops.expr(num) + ops.expr(part))
    return ops.cell(narwhals.when(negative).then(narwhals.lit(0, _INTEGER) - told).otherwise(told), -size, size)


def _span(operand: Any) -> tuple[int, int]:
    return (operand.lo, operand.hi) if isinstance(operand, Cell) else (int(operand), int(operand))
