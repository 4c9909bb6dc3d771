"""Sales-management rules as values: exact, explained, embeddable.

A policy is a value. A verb applies it to facts. The result carries its working. Everything below is loaded when it is first used:

    >>> import salesrules
    >>> salesrules.Money("12.30", "CNY")
    Money('12.30', 'CNY')
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import commission
    from .errors import FactError, Faults, NotInForce, PolicyError, SalesRulesError
    from .money import Currency, Exact, Money, Rounding, rate, ratio
    from .periods import Period
    from .trace import Source, Step

    __version__: str

__all__ = [
    "Currency",
    "Exact",
    "FactError",
    "Faults",
    "Money",
    "NotInForce",
    "Period",
    "PolicyError",
    "Rounding",
    "SalesRulesError",
    "Source",
    "Step",
    "commission",
    "rate",
    "ratio",
]

_HOMES = {
    "Currency": "money",
    "Exact": "money",
    "FactError": "errors",
    "Faults": "errors",
    "Money": "money",
    "NotInForce": "errors",
    "Period": "periods",
    "PolicyError": "errors",
    "Rounding": "money",
    "SalesRulesError": "errors",
    "Source": "trace",
    "Step": "trace",
    "commission": "commission",
    "rate": "money",
    "ratio": "money",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version(__name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES[name]}")
    return globals().setdefault(name, home if name == _HOMES[name] else getattr(home, name))


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
