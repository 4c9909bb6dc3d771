"""A document to be printed, signed and filed, before anybody chose its language.

A `Sheet` holds a title, fields, tables, notes, the working and the lines where people sign. Every word in it is a `Label` (translated when
it is rendered) or a plain string (shown as it is: a customer's name); every figure is still the value itself. So one sheet becomes text,
HTML and JSON in any locale, and none of them can disagree.

    >>> from salesrules.text import Column, Field, Sheet, Table, render_text
    >>> table = Table(columns=(Column("Invoice"), Column("Units", "right")), rows=(("A-1", 12), ("A-2", 1300)), total=("Total", 1312))
    >>> print(render_text(Sheet(title="Deliveries", fields=(Field("Customer", "Li & Co"),), tables=(table,)), "en"))
    Deliveries
    ==========
    <BLANKLINE>
    Customer  Li & Co
    <BLANKLINE>
    Invoice  Units
    -------  -----
    A-1         12
    A-2      1,300
    -------  -----
    Total    1,312
"""

from typing import Any, Literal

import attrs

from ..errors import FactError
from ..trace import Step
from .catalog import Label

__all__ = ["Align", "Cell", "Column", "Field", "Sheet", "Subtotal", "Table", "Words"]

Words = Label | str
"""A `Label` to be translated, or a string to be shown as it is."""

Cell = Any
"""What a table cell or a field may hold: `Money`, `Exact`, `Fraction`, `int`, `date`, `Period`, `bool`, `None`, `str`, `Label`, or a tuple of them."""

Align = Literal["left", "center", "right"]


@attrs.frozen
class Field:
    """One line of the block above the tables: who, when, under which plan."""

    label: Words
    value: Cell


@attrs.frozen
class Column:
    """The head of a column, the side its cells keep to (figures go to the right), and the form of its numbers, one of `FORMS`."""

    label: Words
    align: Align = "left"
    form: str = ""


@attrs.frozen
class Subtotal:
    """A row set apart from the rows above, which it adds up."""

    cells: tuple[Cell, ...]


@attrs.frozen(kw_only=True)
class Table:
    """Rows under columns.

    Args:
        title: the caption; empty for none.
        columns: the heads.
        rows: one tuple of cells a row, as wide as the columns, or a `Subtotal` of such a tuple.
        total: the cells of the last row, ruled off; empty for none.

    Raises:
        FactError: ``text.row`` where a row is not as wide as the columns.
    """

    title: Words = ""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...] | Subtotal, ...] = ()
    total: tuple[Cell, ...] = ()

    def __attrs_post_init__(self) -> None:
        lines = [row.cells if isinstance(row, Subtotal) else row for row in self.rows] + ([self.total] if self.total else [])
        for place, cells in enumerate(lines):
            if len(cells) != len(self.columns):
                raise FactError(
                    "text.row",
                    "the row has {cells} cells under {columns} columns; give one cell for each column",
                    path=f"rows[{place}]",
                    cells=len(cells),
                    columns=len(self.columns),
                )


@attrs.frozen(kw_only=True)
class Sheet:
    """A printable document.

    Args:
        title: what it is.
        issuer: whose letterhead it carries.
        number: the document's own number.
        fields: the block above the tables.
        tables: the figures.
        notes: numbered remarks.
        trace: the working, printed after the notes.
        signatures: who signs: one line each.
        footer: what an auditor needs to recompute it, e.g. ``label("sheet.policy", id=..., version=..., on=...)``.
    """

    title: Words
    issuer: Words = ""
    number: str = ""
    fields: tuple[Field, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Words, ...] = ()
    trace: Step | None = None
    signatures: tuple[Words, ...] = ()
    footer: tuple[Words, ...] = ()

    def _repr_html_(self) -> str:
        # A notebook passes no locale: whoever wants another language shows ``render_html(sheet, locale)`` itself.
        from .render import render_html

        return render_html(self, "en")
