"""The working of a result: a frozen tree of steps that anybody can recompute by hand.

A `Step` holds no prose and no timers. It names what was done (`code`, the key of a message in the catalogs of `salesrules.text`),
how (`formula`, one of the few arithmetic forms below), with what (`params` and `children`), what came out (`value`) and which clause
says so (`source`). Text is made at the edge, in the reader's language.

    >>> from fractions import Fraction
    >>> price, rate = Step("demo.price", 1000), Step("demo.rate", Fraction(3, 100))
    >>> step = Step("demo.pay", Fraction(30), formula="product", children=(price, rate))
    >>> replay(step)
    Fraction(30, 1)
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import reduce
from operator import mul, sub
from typing import Any

import attrs

from .errors import FactError
from .money import Exact, Money

__all__ = ["FORMULAS", "Source", "Step", "replay"]


@attrs.frozen(kw_only=True)
class Source:
    """Where a rule is written: document, clause, and the day the clause took effect, as the policy cites them."""

    document: str = ""
    clause: str = ""
    version: str = ""


@attrs.frozen
class Step:
    """One step of the working.

    Args:
        code: the message code, e.g. ``commission.tiers``; the catalogs hold its text.
        value: what came out: `Money`, `Exact`, `Fraction`, `int`, `date`, `str`, `bool` or `None`.
        formula: how the value follows from the children; a key of `FORMULAS`.
        params: named values the message shows besides the value, as pairs.
        source: the clause of the policy.
        children: the steps this one was made from.
    """

    code: str
    value: Any
    formula: str = attrs.field(default="given", kw_only=True)
    params: tuple[tuple[str, Any], ...] = attrs.field(default=(), kw_only=True)
    source: Source | None = attrs.field(default=None, kw_only=True)
    children: tuple["Step", ...] = attrs.field(default=(), kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.formula not in FORMULAS:
            raise FactError("trace.formula", "unknown formula {formula!r}; use one of {known}", formula=self.formula, known=", ".join(FORMULAS))

    def __getitem__(self, name: str) -> Any:
        """The parameter called ``name``."""
        return dict(self.params)[name]

    def walk(self) -> Iterator["Step"]:
        """This step and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, code: str) -> tuple["Step", ...]:
        """All steps with this code, in order."""
        return tuple(step for step in self.walk() if step.code == code)


def _rounded(values: list[Any], step: Step) -> Any:
    (value,) = values
    exact = value if isinstance(value, Exact) else Exact(value.amount, value.currency)
    return exact.round(step["rounding"])


FORMULAS: dict[str, Callable[[list[Any], Step], Any]] = {
    "given": lambda values, step: step.value,
    "same": lambda values, step: values[-1],
    "sum": lambda values, step: reduce(lambda a, b: a + b, values) if values else step.value * 0,
    "difference": lambda values, step: reduce(sub, values),
    "product": lambda values, step: reduce(mul, values),
    "ratio": lambda values, step: values[0] / values[1] if isinstance(values[0], Exact | Money) else Fraction(values[0]) / Fraction(values[1]),
    "rounded": _rounded,
    "least": lambda values, step: min(values),
    "greatest": lambda values, step: max(values),
}
"""How a step's value follows from the values of its children."""


def replay(step: Step) -> Any:
    """Recompute a step from its leaves, and return the value.

    Raises:
        FactError: ``trace.mismatch`` where a recorded value does not follow from its children.
    """
    value = FORMULAS[step.formula]([replay(child) for child in step.children], step)
    if value != step.value and not _same_amount(value, step.value):
        raise FactError(
            "trace.mismatch", "{recorded!r} was recorded where {replayed!r} follows from the working", path=step.code, recorded=step.value, replayed=value
        )
    return step.value


def _same_amount(left: Any, right: Any) -> bool:
    amounts = [Exact(value.amount, value.currency) if isinstance(value, Money) else value for value in (left, right)]
    return bool(amounts[0] == amounts[1])
