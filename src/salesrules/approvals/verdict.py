"""The business answer: allowed, needs a level, or refused, with everything that stands against it.

>>> from salesrules.money import Exact
>>> one = Violation(code="pricing.limit", rule="discounts", measure="discount", line="1", limit=Fraction(1, 10), actual=Fraction(12, 100),
...                 shortfall=Exact("2", "CNY"), points=Fraction(2, 100), level="manager")
>>> one.refused, one.points
(False, Fraction(1, 50))
"""

from fractions import Fraction
from typing import Any, Literal

import attrs

from ..money import Exact
from ..money.numbers import shortest_text
from ..trace import Source

__all__ = ["Verdict", "Violation"]

Verdict = Literal["allowed", "needs_approval", "refused"]


@attrs.frozen(kw_only=True)
class Violation:
    """A rule that a request does not keep.

    Args:
        code: the reason code: which message tells it.
        rule: the id of the rule.
        measure: what is measured.
        line: the line; empty for the request as a whole.
        limit: what the rule allows the person who asks; `None` where it allows him nothing.
        actual: what was found, in the measure's own unit as the limit is; `None` where it cannot be told, such as the margin of a price of 0.
        shortfall: the money that is missing on the whole line or order until the limit is kept.
        points: the distance from the limit, where both are shares; of a price floor, as a share of the list value.
        level: the level that may grant it; empty where nobody may.
        at: the price that was measured, where it is another than the invoiced one.
        warning: whether it is only reported.
        source: the clause.
    """

    code: str
    rule: str
    title: str = ""
    measure: str
    line: str = ""
    limit: Fraction | Exact | None
    actual: Fraction | Exact | None
    shortfall: Exact | None = None
    points: Fraction | None = None
    level: str = ""
    at: str = ""
    warning: bool = False
    source: Source | None = None

    @property
    def refused(self) -> bool:
        """Whether nobody may grant it."""
        return not self.level and not self.warning

    def to_data(self) -> dict[str, Any]:
        """Plain data that any JSON encoder takes: shares as texts, amounts as text and currency."""
        told = {name: getattr(self, name) for name in ("code", "rule", "title", "measure", "line", "level", "warning")}
        told |= {name: _written(getattr(self, name)) for name in ("limit", "actual", "shortfall", "points")}
        clause = None if self.source is None else {"document": self.source.document, "clause": self.source.clause, "version": self.source.version}
        return {**told, "source": clause}


def _written(value: Fraction | Exact | None) -> Any:
    if isinstance(value, Exact):
        return {"amount": shortest_text(value.value), "currency": value.currency.code}
    return None if value is None else str(value)
