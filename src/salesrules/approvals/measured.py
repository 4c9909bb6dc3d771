"""What is conceded, measured: a name, an exact value, which way it grows worse, on which line or on the whole order.

Two measurements of one thing are compared exactly. Equal is never worse. What cannot be told, such as the margin rate of a price of 0, is
worse than anything that can.

    >>> asked = Measured(measure="discount", value="20%", worse="more", line="1")
    >>> worsening(asked.value, Fraction(1, 5), "more"), worsening(asked.value, Fraction(1, 4), "more")
    (None, Worsened(code='approvals.worse.by', by=Fraction(1, 20)))
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeAlias

import attrs

from .._exact import as_ratio
from ..errors import FactError, SalesRulesError
from ..money import Exact, Money
from .authority import Worse
from .stored import Stored

__all__ = ["Ceiling", "Measured", "Value", "Worsened", "checked_name", "exact_value", "ordered", "worsening"]

Value: TypeAlias = Fraction | Money | Exact
"""A share or a number, or an amount."""


def exact_value(value: Any) -> Any:
    """An amount as it is, anything else as an exact number (`salesrules.money.ratio`), nothing as nothing.

    Raises:
        FactError: ``approvals.value`` for a float, or for what is no number.
    """
    if value is None or isinstance(value, Money | Exact):
        return value
    try:
        return as_ratio(value)
    except SalesRulesError:
        template = "{value!r} is no exact value; pass a share or number such as '20%', or an amount such as Money('12.30', 'CNY')"
        raise FactError("approvals.value", template, value=value) from None


def checked_name(value: Any, path: str, name: str) -> None:
    """Refuse what is no text, or an empty one.

    Raises:
        FactError: ``fact.name``.
    """
    if not isinstance(value, str) or not value.strip():
        raise FactError("fact.name", "{name} is {value!r}; give it a text that is not empty", path=path, name=name, value=value)


@attrs.frozen(kw_only=True)
class Measured(Stored):
    """One measure of a concession.

    Args:
        measure: what is measured, such as ``discount``, ``margin_rate``, ``net``.
        value: a share or number (``"20%"``, a `Fraction`), `Money` or `Exact`; None where it cannot be told, such as the margin rate of a
            price of 0.
        worse: whether it grows worse with ``more`` or with ``less``.
        line: the line of the order, named so that another product is another line; empty for the order as a whole.
        title: what people call the measure, such as the title of the rule that takes it.

    Raises:
        FactError: ``fact.name``, ``approvals.value`` for a float, ``approvals.worse`` for a way that is neither.
    """

    measure: str
    value: Fraction | Money | Exact | None = attrs.field(converter=exact_value)
    worse: Worse
    line: str = ""
    title: str = ""

    def __attrs_post_init__(self) -> None:
        checked_name(self.measure, "measured", "measure")
        if self.worse not in {"more", "less"}:
            raise FactError(
                "approvals.worse", "{worse!r} is no way to grow worse; say more or less", path=f"{self.line} {self.measure}".strip(), worse=self.worse
            )

    @property
    def key(self) -> tuple[str, str]:
        """What is measured, whatever the value: line and measure."""
        return self.line, self.measure


@attrs.frozen(kw_only=True)
class Ceiling(Stored):
    """How far a measure may go, on every line and on the order: in a delegation.

    Args:
        measure: the measure.
        limit: the worst value still within the ceiling.
    """

    measure: str
    limit: Fraction | Money | Exact = attrs.field(converter=exact_value)

    def __attrs_post_init__(self) -> None:
        checked_name(self.measure, "ceiling", "measure")
        if self.limit is None:
            raise FactError("approvals.ceiling", "the ceiling on {measure} has no limit; give it one, or drop the ceiling", measure=self.measure)


@attrs.frozen
class Worsened:
    """How a value is worse than another: the code says how, ``by`` how much where that can be told."""

    code: str
    by: Value | None = None


def _comparable(left: Value, right: Value) -> bool:
    if isinstance(left, Fraction) or isinstance(right, Fraction):
        return isinstance(left, Fraction) and isinstance(right, Fraction)
    return left.currency == right.currency


def worsening(limit: Value | None, actual: Value | None, worse: Worse) -> Worsened | None:
    """How a value is worse than the limit, or None where it is not.

    Args:
        limit: the value approved; None is worse than any other.
        actual: the value now.
        worse: which way it grows worse.
    """
    if limit is None:
        return None
    if actual is None:
        return Worsened("approvals.worse.undefined")
    if not _comparable(limit, actual):
        return Worsened("approvals.worse.incomparable")
    near, far = (limit, actual) if worse == "more" else (actual, limit)
    by: Any = far - near  # type: ignore[operator]  # both are shares, or amounts of one currency
    return Worsened("approvals.worse.by", by) if far > near else None  # type: ignore[operator]


def ordered(measures: Iterable[Measured]) -> tuple[Measured, ...]:
    """Measures by line and name, so that their order says nothing.

    Raises:
        FactError: ``approvals.measured`` for what is no measure; ``approvals.measured_twice``.
    """
    given = tuple(measures)
    for measured in given:
        if not isinstance(measured, Measured):
            raise FactError("approvals.measured", "{value!r} is no measure; pass Measured(measure='discount', value='20%', worse='more')", value=measured)
    by_key = {measured.key: measured for measured in given}
    for measured in given:
        if by_key[measured.key] is not measured:
            template = "{measure} is measured twice; give it once for each line, and once for the order"
            raise FactError("approvals.measured_twice", template, path=measured.line, measure=measured.measure)
    return tuple(by_key[key] for key in sorted(by_key))
