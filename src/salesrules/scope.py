"""Which sales a rule covers, and which of several rules is the most specific.

A scope names values on some dimensions and is silent on the others; silence covers everything. Of all rules that cover a sale the
most specific wins: the one that speaks on the dimension standing first in the declared precedence, then on the second, and so on. Two
rules that speak on the same dimensions and share a value on each would tie, so they are refused when the rules are built, not when
somebody is paid wrongly.

    >>> book = Ranked((Entry(scope=Scope(), value="company 1%"), Entry(scope=Scope(category=("pump",)), value="pumps 3%"),
    ...                Entry(scope=Scope(customer=("C7",)), value="C7 2%")))
    >>> book.best({"category": "pump", "customer": "C1"}).value
    'pumps 3%'
    >>> book.best({"category": "pump", "customer": "C7"}).value
    'C7 2%'
"""

from collections.abc import Mapping
from functools import cached_property
from itertools import product
from typing import ClassVar, Generic, TypeVar

import attrs

from ._fields import field
from .errors import PolicyError
from .trace import Source

__all__ = ["DIMENSIONS", "PRECEDENCE", "Covered", "Entry", "Ranked", "Scope"]

T = TypeVar("T")

DIMENSIONS = ("customer", "variant", "product", "category", "customer_grade", "channel", "region")
"""What a scope may speak on."""

PRECEDENCE = DIMENSIONS
"""The precedence used where a policy declares none: customer before variant before product before category before grade before
channel before region."""


@attrs.frozen(kw_only=True)
class Scope:
    """The sales a rule covers: any of the values named, on every dimension named.

    >>> Scope(category=("pump", "valve"), region=("north",)).covers({"category": "pump", "region": "north"})
    True
    """

    customer: tuple[str, ...] = field(doc="customers covered; none named: all", default=())
    variant: tuple[str, ...] = field(doc="variants of products covered; none named: all", default=())
    product: tuple[str, ...] = field(doc="products covered; none named: all", default=())
    category: tuple[str, ...] = field(doc="product categories covered; none named: all", default=())
    customer_grade: tuple[str, ...] = field(doc="customer grades covered; none named: all", default=())
    channel: tuple[str, ...] = field(doc="channels covered; none named: all", default=())
    region: tuple[str, ...] = field(doc="regions covered; none named: all", default=())

    def __attrs_post_init__(self) -> None:
        for name in DIMENSIONS:
            values = getattr(self, name)
            if isinstance(values, str):
                raise PolicyError("scope.text", "{name} is the text {values!r}; write a list, such as [{values!r}]", path=name, name=name, values=values)
            if len(set(values)) != len(values):
                raise PolicyError("scope.duplicate", "{name} names a value twice; remove one", path=name, name=name)

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions this scope speaks on."""
        return tuple(name for name in DIMENSIONS if getattr(self, name))

    def covers(self, values: Mapping[str, str]) -> bool:
        """Whether a sale with these values is covered."""
        return all(values.get(name, "") in getattr(self, name) for name in self.dimensions)

    def __str__(self) -> str:
        return ", ".join(f"{name} {' / '.join(getattr(self, name))}" for name in self.dimensions) or "everything"


@attrs.frozen
class Covered:
    """A book (`salesrules.ops.Book`) that says 1 for the sales in a scope and 0 for the others.

    >>> book = Covered(Scope(category=("pump",)))
    >>> book.fields, book.find(("pump",)), book.find(("valve",))
    (('category',), 1, 0)
    """

    scope: Scope
    width: ClassVar[int] = 1

    @property
    def fields(self) -> tuple[str, ...]:
        """The dimensions that decide."""
        return self.scope.dimensions

    def find(self, key: tuple[str, ...]) -> int:
        """Whether a sale with these values is covered."""
        return int(self.scope.covers(dict(zip(self.fields, key, strict=True))))


@attrs.frozen(kw_only=True)
class Entry(Generic[T]):
    """A rule with the scope it covers and the clause it stands in."""

    scope: Scope
    value: T
    source: Source | None = None


@attrs.frozen
class Ranked(Generic[T]):
    """Rules from the most specific to the least.

    Args:
        entries: the rules, in any order: the result does not depend on it.
        precedence: dimensions from the one that decides first; those left out follow in the order of `PRECEDENCE`.

    Raises:
        PolicyError: ``scope.tie`` where two rules speak on the same dimensions and could cover the same sale;
            ``scope.dimension`` for a dimension that does not exist.
    """

    entries: tuple[Entry[T], ...]
    precedence: tuple[str, ...] = PRECEDENCE

    def __attrs_post_init__(self) -> None:
        for name in self.precedence:
            if name not in DIMENSIONS:
                raise PolicyError(
                    "scope.dimension", "{name!r} is no dimension; the dimensions are {known}", path="precedence", name=name, known=", ".join(DIMENSIONS)
                )
        _ = self._cells

    @cached_property
    def _cells(self) -> dict[tuple[str, ...], dict[tuple[str, ...], int]]:
        """For every set of dimensions spoken on, most specific first: which entry owns each combination of values."""
        order = (*self.precedence, *(name for name in PRECEDENCE if name not in self.precedence))
        kinds = sorted({entry.scope.dimensions for entry in self.entries}, key=lambda spoken: tuple(name not in spoken for name in order))
        cells: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {spoken: {} for spoken in kinds}
        for index, entry in enumerate(self.entries):
            owners = cells[entry.scope.dimensions]
            for values in product(*(getattr(entry.scope, name) for name in entry.scope.dimensions)):
                other = owners.setdefault(values, index)
                if other != index:
                    raise PolicyError(
                        "scope.tie",
                        "entries {first} and {second} both cover {scope} and are equally specific; make one of them narrower",
                        path=f"[{index}]",
                        first=other,
                        second=index,
                        scope=", ".join(values) or "everything",
                    )
        return cells

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions on which any entry speaks: all a sale must tell."""
        spoken = {name for entry in self.entries for name in entry.scope.dimensions}
        return tuple(name for name in DIMENSIONS if name in spoken)

    def best(self, values: Mapping[str, str]) -> Entry[T] | None:
        """The most specific entry that covers these values, or ``None``."""
        for spoken, owners in self._cells.items():
            index = owners.get(tuple(values.get(name, "") for name in spoken))
            if index is not None:
                return self.entries[index]
        return None
