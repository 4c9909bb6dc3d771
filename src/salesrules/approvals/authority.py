"""Who may concede how much, by one measure: rows from the lowest level up, each with the limit that it may still grant.

A measure grows worse upwards (a discount, an amount given up) or downwards (a margin, a price); the rows follow it. What lies beyond
the last limit nobody may grant; a last row without a limit may grant anything.

    >>> ladder = Ladder(levels=(Level(id="rep"), Level(id="manager"), Level(id="management")))
    >>> discount = Authority(rows=(Row(level="rep", limit="5%"), Row(level="manager", limit="15%"), Row(level="management")))
    >>> [discount.level(ladder, share, worse="more") for share in ("5%", "5.01%", "15%", "60%")]
    ['rep', 'manager', 'manager', 'management']
    >>> margin = Authority(rows=(Row(level="rep", limit="30%"), Row(level="manager", limit="20%")))
    >>> [margin.level(ladder, share, worse="less") for share in ("30%", "29%", "20%", "19%")]
    ['rep', 'manager', 'manager', None]

Rows may say where they begin (``from``), as printed matrices do; a hole or an overlap between two rows is then refused.

    >>> Authority(rows=(Row(level="rep", limit="10%"), Row(level="manager", start="11%", limit="20%")))
    Traceback (most recent call last):
    salesrules.errors.PolicyError: rows[1].from: ends at 10% and the next begins at 11%; what lies between belongs nowhere: begin at 10% [approvals.hole]

References: approval matrices and delegations of authority as in the published examples of `tests/golden/pricing/authority.toml`.
"""

from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

import attrs

from .._exact import Exactly, as_ratio, maybe_ratio
from .._fields import about, field, word
from ..bands.curve import SCALAR, Bounds, integers
from ..errors import PolicyError
from ..money import format_ratio
from ..ops import Ops
from .ladder import Ladder, Level

__all__ = ["Authority", "Ladder", "Level", "Row", "Worse"]

Worse = Literal["more", "less"]
"""Which way a measure grows worse."""

_PAIR = 2


@attrs.frozen(kw_only=True)
class Row:
    """How far one level may go."""

    level: str = field(doc="the level")
    start: Fraction | None = attrs.field(metadata=about("where the row begins: the limit of the row before", key="from"), default=None, converter=maybe_ratio)
    limit: Fraction | None = attrs.field(metadata=about("how far the level may go; no limit where left out"), default=None, converter=maybe_ratio)


@attrs.frozen(kw_only=True)
class Authority:
    """The limits of each level by one measure.

    Args:
        rows: from the lowest level up.
        edge: whether a level may grant its limit itself (``inclusive``) or only what stays within it (``exclusive``).

    Raises:
        PolicyError: ``approvals.no_rows``; ``approvals.unlimited`` for a row without a limit before the last one; ``approvals.hole`` and
            ``approvals.overlap`` where a row does not begin where the one before ends.
    """

    rows: tuple[Row, ...] = field(doc="from the lowest level up")
    edge: Literal["inclusive", "exclusive"] = word(doc="whether a limit itself may still be granted", default="inclusive")

    def __attrs_post_init__(self) -> None:
        if not self.rows:
            raise PolicyError("approvals.no_rows", "nobody is given any authority; add a row for a level", path="rows")
        for index, (lower, upper) in enumerate(pairwise(self.rows), start=1):
            if lower.limit is None:
                template = "{level} has no limit, so the rows after it are never reached; give it a limit or drop them"
                raise PolicyError("approvals.unlimited", template, path=f"rows[{index - 1}].limit", level=lower.level)
            if upper.start is not None and upper.start != lower.limit:
                self._refuse(index, lower.limit, upper.start)

    def _refuse(self, index: int, end: Fraction, start: Fraction) -> None:
        """Refuse a row that does not begin where the one before ends."""
        rising = len(self.limits) < _PAIR or self.limits[0] < self.limits[1]
        told = {"end": format_ratio(end), "start": format_ratio(start)}
        if (start > end) == rising:
            template = "ends at {end} and the next begins at {start}; what lies between belongs nowhere: begin at {end}"
            raise PolicyError("approvals.hole", template, path=f"rows[{index}].from", **told)
        template = "ends at {end} and the next begins at {start}, so both claim what lies between: begin at {end}"
        raise PolicyError("approvals.overlap", template, path=f"rows[{index}].from", **told)

    @property
    def limits(self) -> tuple[Fraction, ...]:
        """The limits, from the lowest level up."""
        return tuple(row.limit for row in self.rows if row.limit is not None)

    def check(self, ladder: Ladder, worse: Worse) -> None:
        """Refuse rows that do not climb the ladder, or limits that do not go further with each row.

        Raises:
            PolicyError: ``approvals.unknown_level``, ``approvals.first_row``, ``approvals.row_order``, ``approvals.unreachable``.
        """
        for index, row in enumerate(self.rows):
            if row.level not in ladder.ranks:
                template = "there is no level {name!r}; the levels are {known}"
                raise PolicyError("approvals.unknown_level", template, path=f"rows[{index}].level", name=row.level, known=", ".join(ladder.ranks))
        first = self.rows[0].start
        if first is not None and (first > 0 if worse == "more" else first != 1):
            template = "the first row begins at {start}, so what lies before belongs nowhere; leave from out, or begin at {whole}"
            raise PolicyError("approvals.first_row", template, path="rows[0].from", start=format_ratio(first), whole="0" if worse == "more" else "100%")
        ranks = [ladder.ranks[row.level] for row in self.rows]
        for index, (lower, upper) in enumerate(pairwise(ranks), start=1):
            if not lower < upper:
                template = "{level} does not stand above {below}; write the rows from the lowest level up"
                raise PolicyError("approvals.row_order", template, path=f"rows[{index}].level", level=self.rows[index].level, below=self.rows[index - 1].level)
        for index, (near, far) in enumerate(pairwise(self.limits), start=1):
            if not (near < far if worse == "more" else near > far):
                template = "{level} may go no further than {below}, so it is never reached; give it a wider limit than {limit} or drop it"
                raise PolicyError(
                    "approvals.unreachable",
                    template,
                    path=f"rows[{index}].limit",
                    level=self.rows[index].level,
                    below=self.rows[index - 1].level,
                    limit=format_ratio(near),
                )

    def bounds(self, worse: Worse) -> Bounds | None:
        """The limits as the edges of bands; ``None`` where there is no limit at all."""
        if not self.limits:
            return None
        ascending = sorted(self.limits)
        return Bounds.of(ascending, "(]" if (worse == "more") == (self.edge == "inclusive") else "[)")

    def rank(self, o: Ops, ladder: Ladder, x: Any, unit: Any, worse: Worse) -> Any:
        """The place on the ladder of the level that ``x / unit`` needs; past all limits it is the number of levels: nobody's."""
        needed = [ladder.rank(row.level) for row in self.rows] + ([len(ladder.levels)] if self.rows[-1].limit is not None else [])
        bounds = self.bounds(worse)
        if bounds is None:
            return needed[0]
        return o.pick(needed if worse == "more" else needed[::-1], o.locate(bounds, x, unit) + 1)

    def level(self, ladder: Ladder, value: Exactly, *, worse: Worse) -> str | None:
        """The level that a value needs; ``None`` where nobody may grant it."""
        x, unit, _ = integers(as_ratio(value), 1)
        rank: int = self.rank(SCALAR, ladder, x, unit, worse)
        return ladder.levels[rank].id if rank < len(ladder.levels) else None
