"""Joint sales in columns: a second table says who is credited with which share of a sale; the result has a row for each credit.

The amounts of a sale are divided as `salesrules.allocation.split_units` divides them, for all sales of a chunk at once. With ``W`` the common
denominator of the shares, ``w`` a share in such parts and ``x = q * W + r``, a share of ``x`` is ``q * w + r * w // W``; what is left over goes, a
unit each, to the largest remainders. A credit of the kind ``overlay`` counts its share a second time and takes nothing from the others.
"""

from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

import narwhals
import numpy

from ..commission import Credit
from ..errors import FactError, SalesRulesError
from ..money import format_ratio
from .blocks import BlockOps
from .codes import Codes
from .columns import MONEY, Columns, no_column
from .returns import Returned, key_of
from .spans import fits

__all__ = ["NEEDED", "Splits", "refuse_told"]

NEEDED = ("id", "person", "share")
"""What the second table must tell."""
_OF_A_PERSON = ("quota", "incentive")


class Splits:
    """Who is credited with the sales of a table, where a second table says so.

    Args:
        job: the calculation.
        frame: the second table: ``id``, ``person``, ``share`` and, where some credits are overlays, ``kind``.

    Raises:
        FactError: ``frames.no_column``, ``frames.split_facts``, ``frames.null``; and as `Credit` and `Sale` refuse: ``sale.split``,
            ``sale.credited_twice``, ``credit.kind``, ``credit.share``.
    """

    def __init__(self, job: Any, frame: Any) -> None:
        self._job, self._ops = job, BlockOps()
        self._ids, self._people = Codes("id"), Codes("person")
        self._refuse(frame)
        self._read(frame)
        self._met = numpy.zeros(len(self._ids), numpy.intp)

    def _refuse(self, frame: Any) -> None:
        """Refuse a table that does not tell who is credited, or one beside which the rows speak of other people."""
        for name in NEEDED:
            if name not in frame.columns:
                raise no_column("splits", name, frame.columns)
            if frame[name].null_count():
                row = int(frame[name].is_null().to_numpy().argmax())
                raise FactError("frames.null", "row {row} is empty; fill it in, or leave the row out", path=f"splits, column {name}", row=row)
        refuse_told(self._job.columns)

    def _read(self, frame: Any) -> None:
        """The credits, those of a sale together: split before overlay, then by person."""
        kinds, shares = Codes("kind"), Codes("share")
        kind = kinds.of(frame["kind"].cast(narwhals.String()).fill_null("")) if "kind" in frame.columns else numpy.full(len(frame), kinds.number(""))
        if frame["share"].dtype.is_float() and len(frame):
            Credit("?", frame["share"][0])  # refuses it, and says how to write it
        ids, people, share = self._ids.of(frame["id"]), self._people.of(frame["person"]), shares.of(frame["share"])
        overlay = numpy.array([text == "overlay" for text in kinds.texts], bool)[kind]
        rank = numpy.argsort(numpy.argsort(numpy.array(self._people.texts, object))) if len(frame) else _NONE
        order = numpy.lexsort((rank[people], overlay, ids))
        told, self._person, self._key, self._overlay = ids[order], people[order], rank[people][order], overlay[order]
        for codes, rows in ((shares, share), (kinds, kind)):
            for number, value in enumerate(codes.values):
                try:
                    Credit("?", value if codes is shares else "1", (value or "split") if codes is kinds else "split")
                except SalesRulesError as error:
                    error.path = ""
                    raise error.at(f"sale {self._ids.texts[ids[(rows == number).argmax()]]}") from None
        again = (told[1:] == told[:-1]) & (self._person[1:] == self._person[:-1]) & (self._overlay[1:] == self._overlay[:-1])
        if again.any():
            name = self._ids.texts[told[again.argmax()]]
            raise FactError("sale.credited_twice", "credits one person twice; add the shares up", path=f"sale {name}")
        self._weigh(told, share[order], [Credit("?", value).share for value in shares.values])

    def _weigh(self, told: Any, share: Any, shares: list[Fraction]) -> None:
        """The shares in parts of one denominator, and whether they add up."""
        self._starts = numpy.flatnonzero(told != numpy.concatenate(([-1], told[:-1])))[: len(self._ids)]
        self._lengths = numpy.diff(self._starts, append=len(told))
        self._whole = lcm(*(one.denominator for one in shares))
        parts = [int(one * self._whole) for one in shares]
        small = fits(0, max((*parts, self._whole)) ** 2 * max(1, len(told)))
        self._weights = numpy.array(parts, numpy.int64 if small else object)[share] if len(told) else numpy.zeros(0, numpy.int64)
        self._splits_of = self._lengths
        if len(told):
            self._splits_of = self._lengths - numpy.add.reduceat(self._overlay.astype(numpy.intp), self._starts)
            given = numpy.add.reduceat(numpy.where(self._overlay, 0, self._weights), self._starts)
            if (given != self._whole).any():
                first = int((given != self._whole).argmax())
                raise FactError(
                    "sale.split",
                    "the split shares add up to {total}, not 100%; correct them, or mark extra credit as overlay",
                    path=f"sale {self._ids.texts[first]}",
                    total=format_ratio(Fraction(int(given[first]), self._whole)),
                )

    def _credits(self, sale: int) -> tuple[Credit, ...]:
        rows = range(int(self._starts[sale]), int(self._starts[sale] + self._lengths[sale]))
        shares = (Fraction(int(self._weights[row]), self._whole) for row in rows)
        return tuple(
            Credit(self._people.texts[self._person[row]], share, "overlay" if self._overlay[row] else "split") for row, share in zip(rows, shares, strict=True)
        )

    @cached_property
    def credits(self) -> dict[str, tuple[Credit, ...]]:
        """Who is credited with each sale."""
        return {name: self._credits(sale) for sale, name in enumerate(self._ids.texts)}

    def sales_of(self, people: list[str]) -> set[str]:
        """The sales that some people are credited with."""
        wanted = numpy.array([text in set(people) for text in self._people.texts], bool)
        sales = numpy.repeat(numpy.arange(len(self._starts)), self._lengths)[wanted[self._person]]
        return {self._ids.texts[sale] for sale in numpy.unique(sales).tolist()}

    # The rows of the table

    def place(self, rows: Any, back: Returned | None) -> "Splits":
        """Find the sales in the table, in posting order; a return has the credits of its sale, whatever is said of it."""
        self._numbers = self._numbered(rows[self._job.columns["person"]])[self._person]
        ids = rows[self._job.columns["id"]]
        integer = ids.dtype.is_integer()
        where = {name: sale for sale, name in enumerate(self._ids.texts)}
        wanted = [key for key in (key_of(name, integer=integer) for name in where) if key is not None]
        texts = ids if integer or ids.dtype == narwhals.String else ids.cast(narwhals.String())
        found = numpy.flatnonzero(texts.is_in(wanted).to_numpy())
        of = numpy.array([where[str(name)] for name in texts[found].to_list()], numpy.intp)
        if back is not None:
            own = ~numpy.isin(found, back.at)
            found, of = found[own], of[own]
        self._met += numpy.bincount(of, minlength=len(self._met))
        if (self._met > 1).any():
            twice = self._ids.texts[self._met.argmax()]
            raise FactError("sale.duplicate", "there are two sales with this id; ids must be unique", path=f"sale {twice}")
        self._back, self.at, self._of = back, found, of
        if back is not None:
            places = numpy.searchsorted(found, back.of)
            split = numpy.flatnonzero(numpy.append(found, -1)[places] == back.of)
            both = numpy.concatenate((found, back.at[split]))
            order = both.argsort()
            self.at, self._of = both[order], numpy.concatenate((of, of[places[split]]))[order]
            back.spread(self.counts(len(rows))[back.originals])
        return self

    def _numbered(self, column: Any) -> Any:
        """The people credited, by number, named as the table names people."""
        integer = column.dtype.is_integer()
        known = [key_of(text, integer=integer) for text in self._people.texts]
        if None in known:
            raise FactError(
                "frames.split_person",
                "the table numbers people, the splits name {person!r}; name people in both alike",
                path="splits, column person",
                person=self._people.texts[known.index(None)],
            )
        return numpy.array([self._job.people.number(person) for person in known], numpy.intp)

    def counts(self, size: int) -> Any:
        """How many credits each row has."""
        counts = numpy.ones(size, numpy.intp)
        counts[self.at] = self._lengths[self._of]
        return counts

    def divide(self, told: dict[str, Any], start: int) -> dict[str, Any]:
        """A chunk with a row for each credit."""
        size = len(told["date"])
        low, high = numpy.searchsorted(self.at, (start, start + size)).tolist()
        at, of = self.at[low:high] - start, self._of[low:high]
        counts = numpy.ones(size, numpy.intp)
        counts[at] = lengths = self._lengths[of]
        source = numpy.repeat(numpy.arange(size), counts)
        made = {name: values[source] if isinstance(values, numpy.ndarray) else values for name, values in told.items()}
        made["overlay"] = numpy.zeros(len(source), bool)
        if not len(at):
            return made
        within = numpy.arange(int(lengths.sum())) - numpy.repeat(numpy.cumsum(lengths) - lengths, lengths)
        rows = numpy.repeat((numpy.cumsum(counts) - counts)[at], lengths) + within
        which = numpy.repeat(self._starts[of], lengths) + within
        made["person"][rows] = self._numbers[which]
        made["overlay"][rows] = self._overlay[which]
        if "unnamed" in made:
            made["unnamed"][rows] = False
        if "slot" in made:
            made["slot"][rows] += numpy.where(made["slot"][rows] < 0, 0, within)
        for name in (*MONEY, "units", "deals", "new_customers"):
            if name in told:
                parts = self._divided(told, name, start, at, of)
                if parts.dtype == object:
                    made[name] = made[name].astype(object)
                made[name][rows] = parts
        return made

    def _divided(self, told: dict[str, Any], name: str, start: int, at: Any, of: Any) -> Any:
        """The parts of a quantity, for rows with several credits; a return takes off what all returns to date do, less what the earlier ones did."""
        whole = told[name][at]
        if self._back is None or "returned" not in told:
            return self._parts(whole, of)
        returned = numpy.flatnonzero(told["returned"][at])
        which = told["back"][at[returned]]
        before, after = numpy.zeros(len(at), numpy.int64), whole
        after, before = (_with(values, returned, taken[name][which]) for values, taken in ((after, self._back.after), (before, self._back.before)))
        one, other = self._parts(after, of), self._parts(before, of)
        return one - other if fits(*_reach(one, other)) else one.astype(object) - other

    def _parts(self, whole: Any, of: Any) -> Any:
        """The parts of a quantity of some sales, one for each credit."""
        lengths = self._lengths[of]
        ends = numpy.cumsum(lengths)
        made = numpy.empty(int(ends[-1]), object if object in (whole.dtype, self._weights.dtype) else numpy.int64)
        for count in numpy.unique(self._splits_of[of]).tolist():
            some = numpy.flatnonzero(self._splits_of[of] == count)
            which = self._starts[of[some]][:, None] + numpy.arange(count)
            made[(ends - lengths)[some][:, None] + numpy.arange(count)] = self._shared(whole[some], which)
        self._scale(made, whole, of, lengths)
        return made

    def _shared(self, whole: Any, which: Any) -> Any:
        """The parts of sales that all have the same number of credits, by largest remainder."""
        weights, den = self._weights[which], self._whole
        roomy = whole if whole.min() > -(2**63) and weights.dtype != object else whole.astype(object)
        size = numpy.abs(roomy)[:, None]
        quotient = size // den
        rest = (size - quotient * den) * weights
        more = rest // den
        rest = rest - more * den
        left = rest.sum(axis=1, keepdims=True) // den
        ahead = numpy.zeros(rest.shape, numpy.intp)
        keys = self._key[which]
        for column in range(rest.shape[1]):
            one, heavy, key = rest[:, [column]], weights[:, [column]], keys[:, [column]]
            first = (heavy > weights) | ((heavy == weights) & (key < keys))
            ahead += ((one > rest) | ((one == rest) & first)).astype(bool)
        parts = quotient * weights + more + (ahead < left)
        return numpy.where(whole[:, None] < 0, -parts, parts)

    def _scale(self, made: Any, whole: Any, of: Any, lengths: Any) -> None:
        """Overlay credits are the share of the sale, rounded."""
        which = numpy.repeat(self._starts[of] - (numpy.cumsum(lengths) - lengths), lengths) + numpy.arange(len(made))
        rows = numpy.flatnonzero(self._overlay[which])
        if len(rows):
            ops = self._ops
            scaled = ops.muldiv(ops.block(numpy.repeat(whole, lengths)[rows]), ops.block(self._weights[which[rows]]), self._whole, "half_up")
            made[rows] = ops.column(scaled, len(rows))


def refuse_told(columns: Columns) -> None:
    """Refuse columns that tell of the person of a row, where others may be credited with it."""
    told = [
        *(name for name in ("role", *_OF_A_PERSON) if columns.has(name)),
        *(f"factor.{name}" for name in columns.factors),
        *(f"paid.{name}" for name in columns.paid),
    ]
    if told:
        raise FactError(
            "frames.split_facts",
            "{field} tells of the person of a row, but splits credit others; pass quotas, incentives and factors as facts, and calculate plans with roles",
            path=f"columns.{told[0]}",
            field=told[0],
        )


def _with(values: Any, at: Any, some: Any) -> Any:
    made = values.astype(object) if some.dtype == object else values.copy()
    made[at] = some
    return made


def _reach(one: Any, other: Any) -> tuple[int, int]:
    return int(one.min()) - int(other.max()), int(one.max()) - int(other.min())


_NONE = numpy.empty(0, numpy.intp)
