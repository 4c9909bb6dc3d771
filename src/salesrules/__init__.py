"""Sales-management rules as values: exact, explained, embeddable.

A policy is a value. A verb applies it to facts. The result carries its working. Everything below is loaded when it is first used:

    >>> import salesrules
    >>> salesrules.Money("12.30", "CNY")
    Money('12.30', 'CNY')
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import approvals, commission, policy, pricing
    from .allocation import allocate
    from .errors import FactError, FactFaults, Faults, NotInForce, PolicyError, SalesRulesError
    from .money import Currency, Exact, Money, Rounding, rate, ratio, zhe
    from .periods import CivilCalendar, Period, RetailCalendar
    from .text import render_html, render_text, working_html, working_text
    from .timeline import Timeline
    from .trace import Source, Step, replay

    __version__: str

__all__ = [
    "CivilCalendar",
    "Currency",
    "Exact",
    "FactError",
    "FactFaults",
    "Faults",
    "Money",
    "NotInForce",
    "Period",
    "PolicyError",
    "RetailCalendar",
    "Rounding",
    "SalesRulesError",
    "Source",
    "Step",
    "Timeline",
    "allocate",
    "approvals",
    "commission",
    "policy",
    "pricing",
    "rate",
    "ratio",
    "render_html",
    "render_text",
    "replay",
    "working_html",
    "working_text",
    "zhe",
]

_HOMES = {
    "CivilCalendar": "periods",
    "Currency": "money",
    "Exact": "money",
    "FactError": "errors",
    "FactFaults": "errors",
    "Faults": "errors",
    "Money": "money",
    "NotInForce": "errors",
    "Period": "periods",
    "PolicyError": "errors",
    "RetailCalendar": "periods",
    "Rounding": "money",
    "SalesRulesError": "errors",
    "Source": "trace",
    "Step": "trace",
    "Timeline": "timeline",
    "allocate": "allocation",
    "approvals": "approvals",
    "commission": "commission",
    "policy": "policy",
    "pricing": "pricing",
    "rate": "money",
    "ratio": "money",
    "render_html": "text",
    "render_text": "text",
    "replay": "trace",
    "working_html": "text",
    "working_text": "text",
    "zhe": "money",
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
