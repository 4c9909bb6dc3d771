"""Refusals that several parts of pricing share: one text for each, wherever it is met."""

from collections.abc import Mapping

from ..errors import FactError
from ..money import Currency, Exact, Money

__all__ = ["mixed_currency", "no_cost", "no_limit"]


def no_cost(rule: str, path: str = "cost") -> FactError:
    """A rule needs a cost that is not stated."""
    return FactError("pricing.no_cost", "{rule} needs the cost of one unit; state it (a cost of 0 is a cost, an unknown one is not)", path=path, rule=rule)


def no_limit(names: str, values: Mapping[str, str]) -> FactError:
    """No limit of a measure is for these values of its scopes."""
    told = ", ".join(f"{name} {value!r}" for name, value in values.items())
    return FactError("pricing.no_limit", "no limit of {names} covers {told}; add a limit for everything else", path="limits", names=names, told=told)


def mixed_currency(price: Exact | Money, currency: Currency, path: str) -> FactError:
    """A price is in another currency than the policy."""
    template = "{price} is not in the policy's currency {currency}; convert it at a dated rate first"
    return FactError("pricing.mixed_currency", template, path=path, price=str(price), currency=currency.code)
