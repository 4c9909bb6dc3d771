"""What salesrules raises when rules or inputs are wrong.

A business answer ("below the floor", "on hold") is never an exception: it is a value in the result. An exception means that the
question itself could not be asked, and it says what to do about that.

Every error carries a stable ``code`` (dotted, never renamed within a major version), the ``params`` of its message, and the ``path``
of the offending place in the caller's document or facts, so that a host can raise its own translated error:

    >>> from salesrules.errors import FactError
    >>> error = FactError("money.float", "{value!r} is a float; pass a string such as '12.30'", path="sales[3].amount", value=12.3)
    >>> error.code, error.path, error.params["value"]
    ('money.float', 'sales[3].amount', 12.3)
    >>> print(error)
    sales[3].amount: 12.3 is a float; pass a string such as '12.30' [money.float]
"""

from collections.abc import Iterable
from typing import Any, Self

__all__ = ["FactError", "FactFaults", "Faults", "NotInForce", "PolicyError", "SalesRulesError"]


class SalesRulesError(ValueError):
    """The base of all errors raised here: a code, a message template with its parameters, and a path."""

    def __init__(self, code: str, template: str, /, *, path: str = "", **params: Any) -> None:
        super().__init__(code, template)
        self.code = code
        self.template = template
        self.path = path
        self.params = params

    @property
    def message(self) -> str:
        """The English message, without path and code."""
        return self.template.format(**self.params)

    def at(self, prefix: str) -> Self:
        """The same error with ``prefix`` put before its path: called while a document is being unwound."""
        joint = "." if self.path and not self.path.startswith("[") else ""
        self.path = f"{prefix}{joint}{self.path}"
        return self

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        return f"{place}{self.message} [{self.code}]"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.code, self.template, self.path, self.params)


def _rebuild(kind: type[SalesRulesError], code: str, template: str, path: str, params: dict[str, Any]) -> SalesRulesError:
    return kind(code, template, path=path, **params)


class PolicyError(SalesRulesError):
    """The rules are wrong: a document that cannot be read, a table out of order, shares that do not add up."""


class FactError(SalesRulesError, TypeError):
    """The inputs are wrong: float money, mixed currencies, a sale credited to nobody."""


class NotInForce(SalesRulesError, LookupError):
    """Asked about a day before the first version, or after the last."""


class _Several(SalesRulesError):
    """Several errors raised as one."""

    def __init__(self, faults: Iterable[SalesRulesError]) -> None:
        self.faults = tuple(faults)
        super().__init__("document.faults", "{count} faults:\n{listing}", count=len(self.faults), listing="\n".join(f"  {fault}" for fault in self.faults))

    def at(self, prefix: str) -> Self:
        """Prefix the path of every fault."""
        return type(self)(fault.at(prefix) for fault in self.faults)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults,)


class Faults(_Several, PolicyError):
    """Every fault of a document at once, each with its path."""


class FactFaults(_Several, FactError):
    """Every fault of a table of facts at once, each with its file and line."""
