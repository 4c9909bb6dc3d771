"""How far each level may go by one measure, for the lines or orders of a scope.

>>> limit = Limit(id="discounts", measure="discount", at="net", per="line", rows=(Row(level="rep", limit="5%"), Row(level="manager", limit="15%")))
>>> limit.authority.limits
(Fraction(1, 20), Fraction(3, 20))
"""

from fractions import Fraction
from functools import cached_property
from typing import Literal

import attrs

from .._fields import field, word
from ..approvals.authority import Authority, Row
from ..errors import PolicyError
from ..scope import Scope
from ..trace import Source
from .measures import MEASURES, Base, Measure, MeasureName, Stage

__all__ = ["Limit", "Row"]


@attrs.frozen(kw_only=True)
class Limit:
    """The limits of every level by one measure.

    Args:
        measure: one of `MEASURES`.
        at: which price counts.
        of: what a discount or an amount is measured from: the ``list`` price in force, or the price that the ``book`` gives for the line, its
            own discounts and promotions included, so that a customer's own price is no concession.
        per: whether each line is measured, or the order as a whole.
        scope: what it holds for; of several limits by the same measure the most specific one counts.
        rows: from the lowest level up: the level that must grant what goes as far as its ``limit``.
        edge: whether a level may grant its limit itself.

    Raises:
        PolicyError: as `Authority`; ``pricing.limit_rate`` for a share beyond 100%, which was meant as a percentage.
    """

    id: str = field(doc="name of the limit")
    title: str = field(doc="what people call it", default="")
    measure: MeasureName = word(doc="what is measured")
    at: Stage = word(doc="which price counts")
    of: Base = word(doc="what a concession is measured from: the list price, or the price that the book gives", default="list")
    per: Literal["line", "order"] = word(doc="whether each line is measured, or the order as a whole")
    scope: Scope = field(doc="what it holds for; everything where left out", default=Scope())
    rows: tuple[Row, ...] = field(doc="from the lowest level up")
    edge: Literal["inclusive", "exclusive"] = word(doc="whether a level may grant its limit itself", default="inclusive")
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        for index, limit in enumerate(self.authority.limits):
            if self.measured.is_rate and self.measure != "markup" and abs(limit) > 1:
                template = "{limit} as a share would be {meant}%; write a percentage such as '{limit}%'"
                raise PolicyError("pricing.limit_rate", template, path=f"rows[{index}].limit", limit=str(limit), meant=str(limit * 100))

    @cached_property
    def authority(self) -> Authority:
        """The rows, checked."""
        return Authority(rows=self.rows, edge=self.edge)

    @property
    def measured(self) -> Measure:
        """What is measured."""
        return MEASURES[self.measure]

    def furthest(self, ranks: dict[str, int], rank: int) -> Fraction | None:
        """The widest limit that levels up to a rank have; ``None`` where they have none at all."""
        reached = [row.limit for row in self.rows if ranks[row.level] <= rank and row.limit is not None]
        return reached[-1] if reached else None
