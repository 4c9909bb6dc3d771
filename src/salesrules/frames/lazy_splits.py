"""Joint sales in a query: the credits of a second table are joined to their sales, and each quantity is divided in the row of the credit.

The division is that of `salesrules.allocation.split_units`, as in `splits`. With ``W`` the common denominator of the shares, ``w`` a share in such
parts and ``x = q * W + r``, a share of ``x`` is ``q * w + r * w // W``, and what is left over goes, a unit each, to the largest remainders. Every row
knows the shares of all credits of its sale, by weight and then by person, and so says for itself whether its own remainder is among the largest:
no row looks at another, and nothing depends on the order in which an engine keeps them.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import lcm
from typing import Any

import attrs
import narwhals

from ..commission import Credit
from ..errors import FactError, SalesRulesError
from ..money import format_ratio
from .columns import no_column
from .expressions import Cell, ExprOps
from .job import Job
from .lazy_returns import TAKEN_BACK, WHOSE
from .lookups import beside, distinct, looked_up
from .returns import RETURNED, key_of, names_a_sale
from .spans import fits
from .splits import NEEDED, Splits, refuse_told
from .survey import PREFIX, Survey, refuse_empty

__all__ = ["Joint"]

_INTEGER = narwhals.Int64()
_TEXT = narwhals.String()
_EXACT_DOUBLE, _EXACT_CORRECTED = 2**53, 2**62
_SALE, _OF, _OTHER, _ROW, _ONE = (f"{PREFIX}joint_{name}" for name in ("sale", "of", "other", "row", "one"))
_NAME, _SHARE, _KIND, _UNNAMED = (f"{PREFIX}joint_{name}" for name in ("name", "share", "kind", "unnamed"))
_CREDITED, _OVERLAY, _WEIGHT, _TURN = (f"{PREFIX}joint_{name}" for name in ("person", "overlay", "weight", "turn"))


class Joint:
    """Who is credited with the sales of a table that stays where it is.

    Args:
        job: the calculation.
        frame: the table.
        splits: the second table: ``id``, ``person``, ``share`` and, where some credits are overlays, ``kind``.
        order: the columns that order the rows.

    Attributes:
        source: the table as it is to be surveyed: every row names somebody.
        sales: the table as it was surveyed, with a row for each sale.
        keys: the columns that tell apart the credits of a sale.

    Raises:
        FactError: as `salesrules.frames.splits.Splits` raises it; ``frames.too_large`` where 64 bits do not carry the common denominator of the shares.
    """

    def __init__(self, job: Job, frame: Any, splits: Any, order: tuple[str, ...]) -> None:
        if not job.columns.has("id"):
            template = "the table tells no id, so no row can be named; name the column, as in columns={{'id': ...}}"
            raise FactError("frames.no_id", template, path="columns.splits")
        self._job, self._order, self._person = job, order, job.columns["person"]
        self._numbered = isinstance(frame, narwhals.DataFrame)
        self._frame = frame.with_row_index(_ROW).lazy() if self._numbered else frame
        dtype = self._frame.collect_schema()[self._person]
        self._dtype = dtype if dtype.is_integer() else _TEXT
        self.keys = (self._person, _OVERLAY)
        self._told = _Told(job, self._frame, splits)
        self._shares = self._told.shares(self._dtype)
        key, person = narwhals.col(job.columns["id"]).cast(self._told.key), narwhals.col(self._person).cast(self._dtype)
        empty = person.is_null() if dtype.is_integer() else person.is_null() | (person == "")
        filled = narwhals.when(empty).then(narwhals.lit(0 if dtype.is_integer() else "?", self._dtype)).otherwise(person)
        self.source = self._frame.with_columns(key.alias(_SALE), _number(empty).alias(_UNNAMED), filled.alias(self._person))

    def spread(self, survey: Survey, *, stateful: bool, returned: bool) -> Survey:
        """The survey of the table with a row for each credit; a return has the credits of its sale, whatever is said of it.

        Args:
            survey: the survey of the table.
            stateful: whether the rules keep running totals.
            returned: whether some rows are returns.

        Raises:
            FactError: ``sale.duplicate``, ``frames.null``.
        """
        told, person, self.sales = self._told, narwhals.col(self._person), survey.frame
        back = narwhals.col(RETURNED) == 1 if returned else narwhals.lit(value=False)
        sold = survey.frame
        if returned:
            sold = sold.with_columns(narwhals.when(back).then(narwhals.col(TAKEN_BACK).cast(told.key)).otherwise(narwhals.col(_SALE)).alias(_SALE))
        alone, first = narwhals.col(_WEIGHT).is_null(), narwhals.col(_TURN).fill_null(0) == 1
        fills = {_WEIGHT: told.whole, _OVERLAY: 0, _TURN: 0, **{_part(at): 0 if at else told.whole for at in range(told.width)}}
        rows = sold.join(self._shares, left_on=[_SALE], right_on=[_OF], how="left").with_columns(
            narwhals.when(alone).then(person).otherwise(narwhals.col(_CREDITED)).alias(self._person),
            _number(alone & ~back & (narwhals.col(_UNNAMED) == 1)).alias(_UNNAMED),
            _number(first & ~back).alias(_ONE),
            narwhals.when(first & ~back).then(narwhals.col(_SALE)).alias(_OTHER),
            *(narwhals.col(name).fill_null(value) for name, value in fills.items()),
        )
        size, spans = self._checked(rows)
        frame = rows.drop(_UNNAMED, _ONE, _OTHER, _CREDITED)
        frame = frame.with_columns(person.alias(WHOSE)) if returned else frame
        people, most = survey.people, size
        if stateful:
            counted = frame.group_by(self._person).agg(narwhals.len().alias(_ONE)).collect()
            people, most = counted[self._person].to_list(), max(map(int, counted[_ONE].to_list()), default=0)
        return attrs.evolve(survey, frame=frame, order=(*survey.order, _OVERLAY), people=people, most=most, spans=survey.spans | spans)

    def _checked(self, rows: Any) -> tuple[int, dict[str, tuple[int, int]]]:
        """How many rows there are, and between which numbers those of the people lie; sales that nobody made, or that are there twice, are refused."""
        person = narwhals.col(self._person)
        ends = (person.min().alias("low"), person.max().alias("high")) if self._dtype.is_integer() else ()
        sums = (narwhals.col(_UNNAMED).sum().alias("unnamed"), narwhals.col(_ONE).sum().alias("sales"), narwhals.col(_OTHER).n_unique().alias("ids"))
        told = rows.select(narwhals.len().alias("rows"), *sums, *ends).collect()
        size, unnamed, sales, ids = (int(told[name][0] or 0) for name in ("rows", "unnamed", "sales", "ids"))
        if unnamed:
            refuse_empty(rows.filter(narwhals.col(_UNNAMED) == 1).with_columns(_nothing(self._person, self._dtype)), self._person, self._order)
        if sales and sales != ids - (sales < size):  # to be none of the sales counts as a value
            again = rows.filter(narwhals.col(_ONE) == 1).group_by(_SALE).agg(narwhals.len().alias(_ONE)).filter(narwhals.col(_ONE) > 1)
            twice = again.sort(_SALE).head(1).collect()[_SALE][0]
            raise FactError("sale.duplicate", "there are two sales with this id; ids must be unique", path=f"sale {twice}")
        return size, {"person": (int(told["low"][0] or 0), int(told["high"][0] or 0))} if ends else {}

    # What the rules read

    def credited(self, ops: ExprOps, kind: str) -> Any:
        """Which rows are credits of a kind, ``direct`` or ``overlay``."""
        if not self._told.overlays:
            return kind == "direct"
        return Cell(ops, narwhals.col(_OVERLAY) == int(kind == "overlay"), 0, 1, ops.rows)

    def divide(self, ops: ExprOps, quantities: Mapping[str, Any]) -> dict[str, Any]:
        """What of quantities of the sale is credited to the person of each row; all at once, for each step is one more query within another."""
        told, whole = self._told, self._told.whole
        made, shared = dict(quantities), [name for name, quantity in quantities.items() if isinstance(quantity, Cell) or quantity]
        amounts = {name: ops.expr(quantities[name]) for name in shared}
        size, quotient, rest, more, own = ({name: f"{PREFIX}joint_{step}_{name}" for name in shared} for step in ("size", "quotient", "rest", "more", "own"))
        col, weight = narwhals.col, narwhals.col(_WEIGHT)

        def left(name: str, at: int) -> str:
            return f"{PREFIX}joint_left{at}_{name}"

        spans = {name: _span(quantities[name]) for name in shared}
        wide = {name: max(abs(lo), abs(hi)) for name, (lo, hi) in spans.items()}
        for most in wide.values():
            ops.fit((-2 * most * told.most // whole - 2, 2 * most * told.most // whole + 2))
        kept = [name for name in ops.frame.collect_schema().names() if name not in {_SALE, _WEIGHT, _TURN, *map(_part, range(told.width))}]
        layers = (
            {size[name]: narwhals.when(amount < 0).then(_lit(0) - amount).otherwise(amount) for name, amount in amounts.items()},
            {quotient[name]: self._floor(col(size[name]), most) for name, most in wide.items()},
            {rest[name]: col(size[name]) - col(quotient[name]) * whole for name in shared},
            {more[name]: self._floor(col(rest[name]) * weight) for name in shared}
            | {left(name, at): self._left(col(rest[name]) * col(_part(at))) for name in shared for at in range(told.width)},
            {own[name]: col(rest[name]) * weight - col(more[name]) * whole for name in shared},
        )
        for layer in layers:
            ops.frame = ops.frame.with_columns(*(expr.alias(name) for name, expr in layer.items()))
        finals = []
        for name, amount in amounts.items():
            part = col(quotient[name]) * weight + col(more[name]) + self._extra(col(own[name]), [col(left(name, at)) for at in range(told.width)])
            finals.append(narwhals.when(amount < 0).then(_lit(0) - part).otherwise(part).alias(f"{PREFIX}joint_{name}"))
            lo, hi = (-(-abs(end) * told.most // whole) for end in (min(spans[name][0], 0), max(spans[name][1], 0)))
            made[name] = ops.cell(col(f"{PREFIX}joint_{name}"), -lo, hi)
        ops.frame = ops.frame.select(*kept, *finals)
        return made

    def _left(self, top: Any) -> Any:
        """What is left of a number of parts beside the whole units in it."""
        return top - self._floor(top) * self._told.whole

    def _extra(self, own: Any, left: list[Any]) -> Any:
        """Whether a credit is given one of the units that are left over: an overlay is rounded, others have them by largest remainder."""
        whole = self._told.whole
        before = [(one > own) | ((one == own) & (narwhals.col(_TURN) > turn)) for turn, one in enumerate(left, start=1)]
        extra = _number(_sum(map(_number, before)) * whole < _sum(left))
        if not self._told.overlays:
            return extra
        return narwhals.when(narwhals.col(_OVERLAY) == 1).then(_number(own * 2 >= whole)).otherwise(extra)

    def _floor(self, top: Any, most: int = 0) -> Any:
        """The whole units in a number of parts; corrected where there are more than a double holds, which some engines divide by."""
        whole = _lit(self._told.whole)
        near = top // whole
        exact = max(most, self._told.whole * self._told.most) <= _EXACT_DOUBLE
        return near if exact else near + (top - near * whole) // whole

    def in_order(self, frame: Any) -> Any:
        """The rows of a table in memory in the order of the table, the credits of a sale one after the other: split before overlay, then by person."""
        if not self._numbered:
            return frame
        return frame.with_columns(narwhals.col(self._person).cast(_TEXT).alias(_NAME)).sort(_ROW, _OVERLAY, _NAME)

    # One record at a time

    def people_of(self, row: Any) -> list[Any]:
        """Who is credited with a row, by the id in it: for a return, with the sale that it takes back."""
        columns, key = self._job.columns, self._job.columns["id"]
        found = self._frame.filter(narwhals.col(key) == row).collect()
        if len(found) and columns.has("returns") and names_a_sale(found[columns["returns"]])[0]:
            name = key_of(found[columns["returns"]][0], integer=found[key].dtype.is_integer())
            found = self._frame.filter(narwhals.col(key) == name).collect()
        shared = self._told.of([key_of(name, integer=False) for name in found[key].to_list()[:1]])["person"].to_list()
        return list(dict.fromkeys(shared)) or found[self._person].to_list()[:1]

    def near(self, people: Iterable[str]) -> tuple[Any, Splits]:
        """All that concerns some people, in memory: the sales that they may be credited with, and the credits of those.

        Returns:
            The rows of the table, and their credits.
        """
        names, who = self._told.sales_of(people), narwhals.col(self._person).cast(_TEXT)
        keyed = self._frame.with_columns(narwhals.col(self._job.columns["id"]).cast(_TEXT).alias(_SALE))
        mine = narwhals.col(_SALE).is_in(names) | who.is_in(list(people))
        rows = keyed.filter(mine).collect()
        if self._job.columns.has("returns"):
            back = narwhals.col(self._job.columns["returns"]).cast(_TEXT).is_in(rows[_SALE].to_list())
            rows = keyed.filter(mine | back).collect()
        return rows.select(*self._job.available), Splits(self._job, self._told.of(rows[_SALE].to_list()))


class _Told:
    """What a second table tells of the credits.

    Attributes:
        key: as what sales are named.
        whole: the common denominator of the shares.
        most: the largest share, in such parts.
        width: how many people share a sale at most, overlays apart; 1 where there are no credits.
        overlays: whether there are any.
    """

    def __init__(self, job: Job, frame: Any, splits: Any) -> None:
        names = splits.collect_schema().names()
        for name in NEEDED:
            if name not in names:
                raise no_column("splits", name, names)
        self._table, self._raw = frame, _beside(frame, splits)
        self._numbered, schema = _ROW in self._raw.collect_schema().names(), self._raw.collect_schema()
        size = self._refuse_empty()
        refuse_told(job.columns)
        if size and schema["share"].is_float():
            Credit("?", self._raw.select("share").head(1).collect()["share"][0])  # refuses it, and says how to write it
        both = schema["id"].is_integer() and frame.collect_schema()[job.columns["id"]].is_integer()
        self.key, col = _INTEGER if both else _TEXT, narwhals.col
        kind = col("kind").cast(_TEXT).fill_null("") if "kind" in names else narwhals.lit("")
        told = (col("id").cast(self.key).alias(_OF), col("person").cast(_TEXT).alias(_NAME), col("share").cast(_TEXT).alias(_SHARE), kind.alias(_KIND))
        self._rows = self._raw.with_columns(*told)
        self._weigh(size)
        self._check()

    def _refuse_empty(self) -> int:
        """How many credits there are; one with an empty cell is refused."""
        empty = self._raw.with_columns(*(_number(narwhals.col(name).is_null()).alias(f"{PREFIX}joint_no_{name}") for name in NEEDED))
        told = empty.select(narwhals.len().alias("rows"), *(narwhals.col(f"{PREFIX}joint_no_{name}").sum() for name in NEEDED)).collect()
        for name in NEEDED:
            if told[f"{PREFIX}joint_no_{name}"][0]:
                row = self._row(self._raw.filter(narwhals.col(name).is_null()), name)
                raise FactError("frames.null", "row {row} is empty; fill it in, or leave the row out", path=f"splits, column {name}", row=row)
        return int(told["rows"][0])

    def _row(self, wrong: Any, column: str) -> Any:
        """The first of some rows: its number where the table is in memory, or else what it tells."""
        keys = [_ROW] if self._numbered else [name for name in ("id", "person") if name != column]
        found = wrong.select(*keys).sort(*keys).head(1).collect()
        return int(found[_ROW][0]) if self._numbered else ", ".join(f"{name} {found[name][0]}" for name in keys)

    def _sale(self, wrong: Any) -> str:
        """The sale of the first of some credits."""
        by = _ROW if self._numbered else _OF
        return str(wrong.select(*dict.fromkeys((by, _OF))).sort(by).head(1).collect()[_OF][0])

    def _weigh(self, size: int) -> None:
        """The shares in parts of one denominator."""
        pairs, shares = distinct(self._rows, [_SHARE, _KIND]), dict[str, Fraction]()
        for column, texts in ((_SHARE, [share for share, _ in pairs]), (_KIND, [kind for _, kind in pairs])):
            for text in sorted(set(texts)):
                try:
                    credit = Credit("?", text if column == _SHARE else "1", (text or "split") if column == _KIND else "split")
                except SalesRulesError as error:
                    error.path = ""
                    raise error.at(f"sale {self._sale(self._rows.filter(narwhals.col(column) == text))}") from None
                if column == _SHARE:
                    shares[text] = credit.share
        self.overlays = any(kind == "overlay" for _, kind in pairs)
        self.whole = lcm(*(share.denominator for share in shares.values()))
        parts = {(text,): (int(share * self.whole),) for text, share in shares.items()}
        self.most = max([self.whole, *(weight for (weight,) in parts.values())])
        reach = self.most * max(2 * self.whole, size)
        if not fits(0, 2 * reach) or reach > _EXACT_CORRECTED:
            raise FactError(
                "frames.too_large",
                "a value may reach {most}, past the 64 bits that this engine computes with; use engine='blocks', which carries integers of any size",
                path="splits, column share",
                most=2 * reach,
            )
        overlay = narwhals.col(_KIND) == "overlay"
        weighed = looked_up(self._rows, [_SHARE], parts, [_WEIGHT]).with_columns(_number(overlay).alias(_OVERLAY), _number(~overlay).alias(_ONE))
        given = narwhals.when(narwhals.col(_OVERLAY) == 0).then(narwhals.col(_WEIGHT)).otherwise(_lit(0))
        self._weighed = weighed.with_columns(given.alias(_SHARE), (_lit(0) - narwhals.col(_WEIGHT)).alias(_OTHER))

    def _check(self) -> None:
        """Nobody is credited twice, and the shares of a sale add up."""
        credited = self._weighed.group_by(_OF, _NAME, _OVERLAY).agg(narwhals.len().alias(_ONE))
        again = credited.filter(narwhals.col(_ONE) > 1).sort(_OF).head(1).collect()
        if len(again):
            raise FactError("sale.credited_twice", "credits one person twice; add the shares up", path=f"sale {again[_OF][0]}")
        sums = self._weighed.group_by(_OF).agg(narwhals.col(_SHARE).sum(), narwhals.col(_ONE).sum())
        wrong = sums.filter(narwhals.col(_SHARE) != self.whole).sort(_OF).head(1).collect()
        if len(wrong):
            raise FactError(
                "sale.split",
                "the split shares add up to {total}, not 100%; correct them, or mark extra credit as overlay",
                path=f"sale {wrong[_OF][0]}",
                total=format_ratio(Fraction(int(wrong[_SHARE][0]), self.whole)),
            )
        self.width = int(sums.select(narwhals.col(_ONE).max()).collect()[_ONE][0] or 1)

    def shares(self, dtype: Any) -> Any:
        """A row for each credit: who is credited, the weight, and the weights of all splits of the sale, the heaviest first.

        Args:
            dtype: what the table names people as.
        """
        col, split = narwhals.col, narwhals.col(_OVERLAY) == 0
        place = col(_ONE).cum_sum().over(_OF, _OVERLAY, order_by=[_OTHER, _NAME]).cast(_INTEGER)
        rows = self._named(self._weighed, dtype).with_columns(place.alias(_TURN))
        rows = rows.with_columns(narwhals.when(split).then(col(_TURN)).otherwise(_lit(0)).alias(_TURN))
        names = [_part(at) for at in range(self.width)]
        parts = (narwhals.when(col(_TURN) == turn).then(col(_WEIGHT)).otherwise(_lit(0)).alias(name) for turn, name in enumerate(names, start=1))
        wide = rows.with_columns(*parts).group_by(_OF).agg(*(col(name).sum() for name in names))
        wide = wide.select(col(_OF).alias(_OTHER), *(col(name).cast(_INTEGER) for name in names))
        told = rows.select(_OF, _CREDITED, _OVERLAY, _WEIGHT, _TURN)
        return told.join(wide, left_on=[_OF], right_on=[_OTHER], how="left")

    def _named(self, rows: Any, dtype: Any) -> Any:
        """The credits, with the people as the table names them."""
        if not dtype.is_integer() or self._raw.collect_schema()["person"].is_integer():
            return rows.with_columns(narwhals.col("person").cast(dtype).alias(_CREDITED))
        numbers = {text: key_of(text, integer=True) for (text,) in distinct(rows, [_NAME])}
        for text in sorted(numbers):
            if numbers[text] is None:
                template = "the table numbers people, the splits name {person!r}; name people in both alike"
                raise FactError("frames.split_person", template, path="splits, column person", person=text)
        found = looked_up(rows, [_NAME], {(text,): (number,) for text, number in numbers.items()}, [_CREDITED])
        return found.with_columns(narwhals.col(_CREDITED).cast(dtype))

    def of(self, names: Iterable[str]) -> Any:
        """The credits of some sales, in memory."""
        return self._raw.filter(narwhals.col("id").cast(_TEXT).is_in(list(names))).collect()

    def sales_of(self, people: Iterable[str]) -> list[str]:
        """The sales that some people are credited with."""
        found = self._raw.filter(narwhals.col("person").cast(_TEXT).is_in(list(people))).select(narwhals.col("id").cast(_TEXT)).collect()
        return list(dict.fromkeys(found["id"].to_list()))


def _beside(frame: Any, splits: Any) -> Any:
    """The second table, in the engine of the first; rows that come from memory are numbered."""
    if isinstance(splits, narwhals.LazyFrame):
        if splits.implementation == frame.implementation:
            return splits
        splits = splits.collect()
    numbered = splits.with_row_index(_ROW)
    backend: Any = "polars" if frame.implementation.is_polars() else "pyarrow"
    return beside(frame, narwhals.from_arrow(numbered, backend=backend))


def _span(operand: Any) -> tuple[int, int]:
    return (operand.lo, operand.hi) if isinstance(operand, Cell) else (operand, operand)


def _part(at: int) -> str:
    """The column of the weight of one of the splits of a sale."""
    return f"{PREFIX}joint_part{at}"


def _lit(value: int) -> Any:
    return narwhals.lit(value, _INTEGER)


def _number(condition: Any) -> Any:
    """1 where a condition holds, 0 elsewhere."""
    return narwhals.when(condition).then(_lit(1)).otherwise(_lit(0))


def _nothing(name: str, dtype: Any) -> Any:
    """A column of empty cells."""
    return narwhals.lit(None, dtype).alias(name)


def _sum(terms: Iterable[Any]) -> Any:
    """The sum of expressions, added in pairs, so that no engine meets them one within the other."""
    found = list(terms)
    while len(found) > 1:
        found = [sum(found[at + 1 : at + 2], found[at]) for at in range(0, len(found), 2)]
    return found[0]
