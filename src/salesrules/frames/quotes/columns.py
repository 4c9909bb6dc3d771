"""Which column is what: the fields of a quote line that a policy needs, and the columns of the user's table.

A line tells its amounts for one unit (``list_price``, ``price`` or ``discount``, ``cost``) or as a whole (``list``, ``net``, ``line_cost``).

>>> found = named_columns({"price": "asked"}, available=("asked", "list_price", "cost"), needed=("list_price", "price"))
>>> found
{'list_price': 'list_price', 'price': 'asked'}
>>> named_columns({"price": "askd"}, available=("asked", "list_price"), needed=("price",))
Traceback (most recent call last):
...
salesrules.errors.FactError: columns.price: the table has no column 'askd'; did you mean 'asked'? [frames.no_column]
"""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from ...errors import FactError
from ...scope import DIMENSIONS
from ..columns import no_column

__all__ = ["AMOUNTS", "COSTS", "COUNTS", "DAYS", "FIELDS", "PRICES", "named_columns", "needed_fields"]

COUNTS = ("quantity", "free")
"""Units paid for and units for nothing, which need not be told."""
PRICES = ("list_price", "price", "cost", "last_price", "contract_price", "guidance")
"""Amounts of one unit."""
AMOUNTS = ("list", "net", "line_cost")
"""Amounts of the whole line."""
WAYS = {"list": ("list_price", "list"), "net": ("price", "net", "discount"), "cost": ("cost", "line_cost")}
"""The fields that tell what rules read: a table has one of each."""
COSTS = ("cost", "line_cost")
"""What may be empty in lines that no rule asks for it."""
DAYS = {"ordered": "date", "shipped": "shipped", "invoiced": "invoiced"}
"""The column of the day whose rules hold, by the price date of a policy."""
MUST = ("list_price", "cost", "level", *DAYS.values())
"""What a table cannot be without where the rules ask for it."""
FIELDS = ("id", "date", "shipped", "invoiced", "original", "level", *COUNTS, *PRICES, *AMOUNTS, "discount", *DIMENSIONS)
"""What a column may be."""


def named_columns(given: Mapping[str, str | None], *, available: Iterable[str], needed: Iterable[str], implied: Iterable[str] = ()) -> dict[str, str]:
    """The columns by field.

    Args:
        given: columns by field, as the user named them; ``None`` says that there is no such column.
        available: the columns of the table.
        needed: the fields that must be told. One that is not named is the column of the same name.
        implied: the fields that are read where the table has a column of their name.

    Raises:
        FactError: ``frames.quote_field``, ``frames.no_column``, ``frames.quote_needs``, ``frames.quote_must``.
    """
    available = tuple(available)
    for field, column in given.items():
        if field not in FIELDS:
            raise _no_field(field)
        if column is not None and column not in available:
            raise no_column(f"columns.{field}", column, available)
    named = {field: column for field, column in given.items() if column is not None}
    for field in dict.fromkeys((*needed, *implied)):
        if field in given:
            if given[field] is None and field in needed and field in MUST:
                template = "the rules cannot do without {field}; name its column, as in columns={{{field!r}: ...}}"
                raise FactError("frames.quote_must", template, path=f"columns.{field}", field=field)
        elif field in available:
            named[field] = field
        elif field in needed:
            template = "the rules need {field}, and no column is called so; say columns={{{field!r}: ...}}, or None where there is none; there are {known}"
            raise FactError("frames.quote_needs", template, path=f"columns.{field}", field=field, known=", ".join(map(str, available)))
    return {field: named[field] for field in FIELDS if field in named}


def needed_fields(reads: Collection[str], given: Mapping[str, str | None], available: Collection[str], *, by_money: bool) -> tuple[str, ...]:
    """The fields that must be told where rules read some amounts and dimensions.

    Args:
        reads: what the rules read.
        given: columns by field, as the user named them.
        available: the columns of the table.
        by_money: whether amounts of money decide, or are asked for.

    Raises:
        FactError: ``frames.quote_twice``; ``frames.quote_free`` where free units leave open what is asked for the others.
    """

    def told(field: str) -> bool:
        return given[field] is not None if field in given else field in available

    needed = [name for name in ("last_price", "contract_price", "guidance") if name in reads]
    for ways in (ways for read, ways in WAYS.items() if read in reads):
        found = [field for field in ways if told(field)] or [ways[0]]
        if len(found) > 1:
            template = "{one} and {other} tell the same amount; say which does not count, as in columns={{{other!r}: None}}"
            raise FactError("frames.quote_twice", template, path=f"columns.{found[1]}", one=found[0], other=found[1])
        needed += found
    free = told("free")
    if free and "list" in needed and not told("price") and not told("net"):
        template = "list counts the free units too, so what is asked for the others is open; give list_price in its place, or price or net"
        raise FactError("frames.quote_free", template, path="columns.free")
    units, whole = [name in PRICES for name in needed], [name in AMOUNTS for name in needed]
    counted = "quantity" in reads or (any(units) and (by_money or free or any(whole)))
    return (*needed, *(("quantity",) if counted else ()), *(name for name in DIMENSIONS if name in reads))


def _no_field(field: str) -> FactError:
    near = next(iter(get_close_matches(field, FIELDS, 1, 0.5)), "")
    if near:
        return FactError("frames.quote_field", "a quote line has no field {field!r}; did you mean {near!r}?", path="columns", field=field, near=near)
    return FactError("frames.quote_field", "a quote line has no field {field!r}; there are {known}", path="columns", field=field, known=", ".join(FIELDS))
