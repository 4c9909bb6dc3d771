"""Which column is what: the fields of a sale that a plan needs, and the columns of the user's table.

>>> columns = Columns.of({"person": "rep"}, available=("id", "date", "rep", "amount"), needed=("date", "person", "amount"))
>>> columns["person"], columns.has("category")
('rep', False)
>>> Columns.of({"person": "repp"}, available=("id", "date", "rep", "amount"), needed=("date", "person", "amount"))
Traceback (most recent call last):
...
salesrules.errors.FactError: columns.person: the table has no column 'repp'; did you mean 'rep'? [frames.no_column]
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import attrs

from ..commission.program import Part
from ..errors import FactError
from ..scope import DIMENSIONS

__all__ = ["COUNTS", "FIELDS", "MONEY", "Columns", "fields_of", "no_column"]

MONEY = ("amount", "cost", "list_amount")
COUNTS = ("units", "instalment", "quota", "incentive")
FIELDS = ("id", "date", "person", *MONEY, *COUNTS, "new_customer", *DIMENSIONS, "returns", "currency", "rate", "role")
"""What a column may be: the fields of a sale, and facts about the person that stand in the row."""

_READ_FROM = {"margin": "cost", "new_customers": "new_customer", "sign": "amount", "deals": "amount"}
_IMPLIED = ("id", "returns", "currency", "rate")


def fields_of(parts: Iterable[Part]) -> tuple[str, ...]:
    """The fields of a sale that the components of a plan read, besides day, person and amount."""
    found: set[str] = set()
    for part in parts:
        found.update(_READ_FROM.get(name, name) for name in part.plain.reads)
        found.update(name for book in part.plain.books for name in book.fields)
        found.update(part.component.scope.dimensions)
        found.update(("role",) if part.component.roles else ())
    return tuple(name for name in FIELDS if name in found)


def no_column(path: str, column: str, available: Iterable[str]) -> FactError:
    """What is raised where a table lacks a column that is named: it tells the nearest name, or all of them."""
    near, known = _suggested(column, available)
    if near:
        return FactError("frames.no_column", "the table has no column {column!r}; did you mean {near!r}?", path=path, column=column, near=near)
    return FactError("frames.no_column", "the table has no column {column!r}; there are {known}", path=path, column=column, known=known)


def _no_field(field: str) -> FactError:
    near, known = _suggested(field, FIELDS)
    if near:
        return FactError("frames.field", "a sale has no field {field!r}; did you mean {near!r}?", path="columns", field=field, near=near)
    return FactError("frames.field", "a sale has no field {field!r}; there are {known}", path="columns", field=field, known=known)


def _component(name: str, components: tuple[str, ...]) -> str:
    """The component that paid a column."""
    if not name and len(components) == 1:
        return components[0]
    if name not in components:
        raise FactError(
            "frames.component",
            "the plan has no component {name!r}; say columns={{'paid.COMPONENT': ...}} with one of {known}",
            path="columns.paid",
            name=name,
            known=", ".join(components),
        )
    return name


def _parts(name: str) -> tuple[str, str]:
    """A field, or a kind of column with what it is of: ``factor.NAME``, ``paid.COMPONENT``."""
    head, _, rest = name.partition(".")
    if name not in FIELDS and not (rest and head == "factor") and head != "paid":
        raise _no_field(name)
    return head, rest


def _needed(field: str, available: Iterable[str]) -> FactError:
    return FactError(
        "frames.needed",
        "the plan needs {field}, and the table has no column of that name; say which it is, as in columns={{{field!r}: ...}}; there are {known}",
        path=f"columns.{field}",
        field=field,
        known=", ".join(map(str, available)),
    )


def _suggested(name: str, known: Iterable[str]) -> tuple[str, str]:
    """The name nearest to another, and all names."""
    known = [str(one) for one in known]
    return next(iter(get_close_matches(name, known, 1, 0.5)), ""), ", ".join(known)


@attrs.frozen
class Columns:
    """The column of each field; factors by their name, and pay of earlier runs by the component that paid it.

    Args:
        named: the columns by field.
        factors: the columns by factor.
        paid: the columns by component.
    """

    named: dict[str, str]
    factors: dict[str, str]
    paid: dict[str, str]

    @classmethod
    def of(cls, given: Mapping[str, str | None], *, available: Iterable[str], needed: Iterable[str], components: Iterable[str] = ()) -> "Columns":
        """The columns a plan needs.

        Args:
            given: columns by field, ``factor.NAME`` or ``paid.COMPONENT``, as the user named them; ``None`` says that there is no such column.
            available: the columns of the table.
            needed: the fields that the plan reads. One that is not named is the column of the same name.
            components: the components of the plan; ``paid`` alone is the pay of the only one.

        Raises:
            FactError: ``frames.field``, ``frames.no_column``, ``frames.needed``, ``frames.component``.
        """
        available, components = tuple(available), tuple(components)
        named, factors, paid = dict[str, str](), dict[str, str](), dict[str, str]()
        for name, column in given.items():
            head, rest = _parts(name)
            if column is None:
                continue
            if column not in available:
                raise no_column(f"columns.{name}", column, available)
            if head == "paid":
                paid[_component(rest, components)] = column
            elif rest:
                factors[rest] = column
            else:
                named[name] = column
        for name in dict.fromkeys((*needed, *_IMPLIED)):
            if name in given:
                continue
            if name in available:
                named[name] = name
            elif name in needed:
                raise _needed(name, available)
        return cls(named, factors, paid)

    def __getitem__(self, field: str) -> str:
        return self.named[field]

    def has(self, field: str) -> bool:
        """Whether the table tells this."""
        return field in self.named
