"""Facts of an approval as data for JSON, and back: what a host keeps beside its orders.

Text, integers and nothing stand as they are; a date, a number, an amount stand under a key that names them, so that no figure ever passes
through a float. Where a field may hold one of several records, ``kind`` says which.

    >>> from fractions import Fraction
    >>> written(Fraction(1, 3)), written(Money("12.30", "CNY"))
    ({'ratio': '1/3'}, {'amount': '12.30', 'currency': 'CNY'})
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any, Self, get_args, get_type_hints

import attrs

from ..errors import FactError, SalesRulesError
from ..money import ISO_4217, Currency, Exact, Money, ratio

__all__ = ["Stored", "written"]


def _unit(unit: Currency) -> dict[str, Any]:
    return {"currency": unit.code} if ISO_4217.get(unit.code) == unit.digits else {"currency": unit.code, "digits": unit.digits}


def _currency(data: Mapping[str, Any]) -> Currency | str:
    return Currency(data["currency"], data["digits"]) if "digits" in data else data["currency"]


_WRITERS: dict[type, Callable[[Any], Any]] = {
    Money: lambda value: {"amount": f"{value.amount:f}", **_unit(value.currency)},
    Exact: lambda value: {"exact": str(value.value), **_unit(value.currency)},
    Fraction: lambda value: {"ratio": str(value)},
    date: lambda value: {"date": value.isoformat()},
    tuple: lambda value: list(map(written, value)),
}
_READERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "amount": lambda data: Money(data["amount"], _currency(data)),
    "exact": lambda data: Exact(data["exact"], _currency(data)),
    "ratio": lambda data: ratio(data["ratio"]),
    "date": lambda data: date.fromisoformat(data["date"]),
}


def written(value: Any) -> Any:
    """A value as data for JSON."""
    if isinstance(value, Stored):
        return value.to_data()
    return _WRITERS.get(type(value), lambda plain: plain)(value)


def _classes(hint: Any) -> Iterator[type["Stored"]]:
    if isinstance(hint, type) and issubclass(hint, Stored):
        yield hint
    for inner in get_args(hint):
        yield from _classes(inner)


@cache
def _records(cls: type["Stored"]) -> dict[str, dict[str, type["Stored"]]]:
    """For each field that holds records: their classes, by kind."""
    hints = get_type_hints(cls)
    found = {field.name: {getattr(inner, "kind", ""): inner for inner in _classes(hints[field.name])} for field in attrs.fields(cls)}  # type: ignore[arg-type]
    return {name: classes for name, classes in found.items() if classes}


def _read(data: Any, records: Mapping[str, type["Stored"]]) -> Any:
    if isinstance(data, list):
        return tuple(_read(item, records) for item in data)
    if not isinstance(data, dict):
        return data
    if records:
        return records[data.get("kind", "")].from_data(data)
    return next(read for key, read in _READERS.items() if key in data)(data)


class Stored:
    """What can be written as data for JSON and read back equal."""

    __slots__ = ()

    def to_data(self) -> dict[str, Any]:
        """Plain data that any JSON encoder takes."""
        kind = {"kind": self.kind} if hasattr(self, "kind") else {}
        return kind | {field.name: written(getattr(self, field.name)) for field in attrs.fields(type(self))}  # type: ignore[arg-type]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read back what `to_data` wrote.

        Raises:
            FactError: ``approvals.data`` for data of another shape; whatever the values raise that it holds.
        """
        try:
            records = _records(cls)  # type: ignore[arg-type]  # classes are hashable
            return cls(**{name: _read(value, records.get(name, {})) for name, value in data.items() if name != "kind"})
        except SalesRulesError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, StopIteration) as error:
            raise FactError("approvals.data", "this is no {record}; pass what its to_data wrote", path=cls.__name__, record=cls.__name__) from error
