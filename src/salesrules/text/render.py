"""A `Sheet` as text for a terminal, as HTML for a notebook or for paper, and as data.

The three renderings show the same values in the same order. Text columns are measured as terminals draw them, where a Chinese character is
two cells wide. HTML carries its own style, no scripts and nothing from outside, and everything in it is escaped. Data holds codes and exact
values instead of words, so that it is the same in every locale and stays the same from release to release.

    >>> from salesrules.money import Money
    >>> from salesrules.text import Column, Sheet, Table, label
    >>> columns = (Column(label("sheet.customer")), Column(label("sheet.amount"), "right"))
    >>> sheet = Sheet(title="对账单", tables=(Table(columns=columns, rows=(("宏达贸易", Money("1200", "CNY")), ("Acme", Money("-35.5", "CNY")))),))
    >>> print(render_text(sheet, "zh_CN"))
    对账单
    ======
    <BLANKLINE>
    客户           金额
    --------  ---------
    宏达贸易  ¥1,200.00
    Acme        -¥35.50
    >>> render_json(sheet)["tables"][0]["rows"][1]["cells"]
    ['Acme', {'amount': '-35.50', 'currency': 'CNY'}]
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from html import escape
from itertools import pairwise
from typing import Any

from ..money import Exact, Money
from .catalog import Label
from .formats import format_value, one_line
from .markup import FRAGMENT_STYLE, PAGE_STYLE, Html
from .sheet import Align, Cell, Sheet, Subtotal, Table
from .working import step_to_data, value_to_data, working_html, working_text

__all__ = ["display_width", "render_html", "render_json", "render_text"]

# -------------------------------------------------------------------------------------------------------------------------------- text


def display_width(text: str) -> int:
    """How many cells of a terminal a text fills: wide characters two, combining and invisible ones none.

    >>> display_width("金额 A"), display_width("e\N{COMBINING ACUTE ACCENT}")
    (6, 1)
    """
    return sum(0 if unicodedata.category(sign) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _left(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))


def _right(text: str, width: int) -> str:
    return " " * (width - display_width(text)) + text


def _center(text: str, width: int) -> str:
    return _left(" " * ((width - display_width(text)) // 2) + text, width)


_PAD: dict[Align, Callable[[str, int], str]] = {"left": _left, "center": _center, "right": _right}


def render_text(sheet: Sheet, locale: str) -> str:
    """A sheet as text in a monospaced font, East Asian characters two cells wide.

    Args:
        sheet: the document.
        locale: one of `LOCALES`.

    Raises:
        FactError: ``text.locale`` for a locale without a catalog.
    """

    def say(value: Cell, form: str = "") -> str:
        return one_line(format_value(value, locale, form))

    title = say(sheet.title)
    number = [say(Label("sheet.number", (("number", sheet.number),)))] if sheet.number else []
    blocks = [
        [say(sheet.issuer)] * bool(sheet.issuer) + number,
        [title, "=" * display_width(title)],
        _ruled([[(say(field.label), "left"), (say(field.value), "left")] for field in sheet.fields]),
        *(_table_text(table, say) for table in sheet.tables),
        [say(Label("sheet.notes"))] * bool(sheet.notes) + [f"{place}. {say(note)}" for place, note in enumerate(sheet.notes, 1)],
        # People sign what stands above their name; the working is an annex.
        [f"{_left(say(line), 24)} {'_' * 24}  {say(Label('sheet.date'))} {'_' * 12}" for line in sheet.signatures],
        [say(Label("sheet.working")), working_text(sheet.trace, locale)] if sheet.trace else [],
        [say(line) for line in sheet.footer],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _ruled(rows: Sequence[Sequence[tuple[str, Align]] | None]) -> list[str]:
    """Rows padded to the widest cell of each column; `None` is a rule."""
    widths = [max(map(display_width, column)) for column in zip(*([text for text, _ in row] for row in rows if row is not None), strict=True)]
    rule: list[tuple[str, Align]] = [("-" * width, "left") for width in widths]
    return ["  ".join(_PAD[align](text, width) for (text, align), width in zip(row or rule, widths, strict=True)).rstrip() for row in rows]


def _table_text(table: Table, say: Callable[..., str]) -> list[str]:
    def line(cells: Iterable[Cell]) -> list[tuple[str, Align]]:
        return [(say(cell, column.form), column.align) for cell, column in zip(cells, table.columns, strict=True)]

    rows: list[list[tuple[str, Align]] | None] = [line(column.label for column in table.columns), None]
    for row in table.rows:
        rows += [None, line(row.cells), None] if isinstance(row, Subtotal) else [line(row)]
    rows += [None, line(table.total)] if table.total else []
    # Where two rules meet, as between the last subtotal and the total, one is enough.
    kept = [row for before, row in pairwise([None, *rows]) if row is not None or before is not None]
    return [say(table.title)] * bool(table.title) + _ruled(kept)


# -------------------------------------------------------------------------------------------------------------------------------- HTML

_LANGUAGES = {"en": "en", "zh_CN": "zh-CN", "zh_TW": "zh-TW"}


def render_html(sheet: Sheet, locale: str, *, page: bool = False) -> Html:
    """A sheet as HTML: a fragment for a notebook or a template, or a whole A4 page to print and sign.

    Args:
        sheet: the document.
        locale: one of `LOCALES`.
        page: whether to write a whole document with a head; the working is then open, because paper cannot be unfolded.

    Returns:
        A string that notebooks show as HTML and template engines do not escape again.

    Raises:
        FactError: ``text.locale`` for a locale without a catalog.
    """

    def say(value: Cell, form: str = "") -> str:
        return escape(format_value(value, locale, form))

    body = "\n".join(_parts(sheet, locale, say, page=page))
    language = _LANGUAGES[locale]
    if not page:
        return Html(f'<div class="salesrules" lang="{language}">\n<style>{FRAGMENT_STYLE}</style>\n{body}\n</div>')
    running = " · ".join(format_value(part, locale) for part in (sheet.title, sheet.number) if part)
    style = f"{FRAGMENT_STYLE}{PAGE_STYLE}@page {{ @bottom-left {{ content: {_css_text(running)}; }} }}"
    head = f'<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n<title>{say(sheet.title)}</title>\n<style>{style}</style>'
    return Html(f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n{head}\n</head>\n<body>\n<main class="salesrules">\n{body}\n</main>\n</body>\n</html>\n')


def _css_text(text: str) -> str:
    """A CSS string that cannot end early: every sign but letters and digits of ASCII by its number."""
    return '"' + "".join(sign if sign.isascii() and sign.isalnum() else f"\\{ord(sign):06x}" for sign in text) + '"'


def _parts(sheet: Sheet, locale: str, say: Callable[..., str], *, page: bool) -> Iterator[str]:
    issuer = f'<p class="issuer">{say(sheet.issuer)}</p>' if sheet.issuer else ""
    number = f'<p class="number">{say(Label("sheet.number", (("number", sheet.number),)))}</p>' if sheet.number else ""
    letterhead = f'<div class="letterhead">{issuer}{number}</div>\n' if issuer or number else ""
    yield f"<header>{letterhead}<h1>{say(sheet.title)}</h1></header>"
    if sheet.fields:
        fields = "".join(f"<div><dt>{say(field.label)}</dt><dd>{say(field.value)}</dd></div>" for field in sheet.fields)
        yield f'<dl class="fields">{fields}</dl>'
    for table in sheet.tables:
        yield _table_html(table, say)
    if sheet.notes:
        notes = "".join(f"<li>{say(note)}</li>" for note in sheet.notes)
        yield f'<section class="notes"><h2>{say(Label("sheet.notes"))}</h2><ol>{notes}</ol></section>'
    if sheet.signatures:
        lines = "".join(
            f'<div><span class="line"></span><span class="who">{say(line)}</span><span class="when">{say(Label("sheet.date"))}</span></div>'
            for line in sheet.signatures
        )
        yield f'<div class="signatures">{lines}</div>'
    if sheet.trace:
        yield f'<section class="annex"><h2>{say(Label("sheet.working"))}</h2>{working_html(sheet.trace, locale, unfold=page)}</section>'
    if sheet.footer:
        yield f"<footer>{''.join(f'<p>{say(line)}</p>' for line in sheet.footer)}</footer>"


def _table_html(table: Table, say: Callable[..., str]) -> str:
    def line(cells: Iterable[Cell], kind: str = "") -> str:
        placed = list(zip(cells, table.columns, strict=True))
        written = "".join(f'<td class="{column.align}{" negative" * _is_negative(cell)}">{say(cell, column.form)}</td>' for cell, column in placed)
        return f"<tr{kind}>{written}</tr>"

    caption = f"<caption>{say(table.title)}</caption>" if table.title else ""
    heads = "".join(f'<th scope="col" class="{column.align}">{say(column.label)}</th>' for column in table.columns)
    rows = "\n".join(line(row.cells, ' class="subtotal"') if isinstance(row, Subtotal) else line(row) for row in table.rows)
    total = f"<tfoot>{line(table.total)}</tfoot>" if table.total else ""
    return f"<table>{caption}<thead><tr>{heads}</tr></thead>\n<tbody>{rows}</tbody>{total}</table>"


def _is_negative(cell: Cell) -> bool:
    return bool(cell.minor < 0 if isinstance(cell, Money | Exact) else isinstance(cell, int | Fraction | Decimal) and cell < 0)


# -------------------------------------------------------------------------------------------------------------------------------- data


def render_json(sheet: Sheet) -> dict[str, Any]:
    """A sheet as data for JSON, the same in every locale.

    Money is ``{"amount": "12.30", "currency": "CNY"}``, an unrounded amount ``{"exact": "10/3", "currency": "CNY"}``, a fraction a string such as
    ``"29/400"``, a date ISO 8601, a period ``{"start", "end", "unit", "label"}`` with the end not included, a `Label` ``{"code", "params"}``; the
    working is as `step_to_data` writes it.

    Raises:
        FactError: ``text.value`` for a cell that is none of these.
    """
    return {
        "title": _data(sheet.title),
        "issuer": _data(sheet.issuer),
        "number": sheet.number,
        "fields": [{"label": _data(field.label), "value": _data(field.value)} for field in sheet.fields],
        "tables": [_table_data(table) for table in sheet.tables],
        "notes": _data(sheet.notes),
        "trace": step_to_data(sheet.trace) if sheet.trace else None,
        "signatures": _data(sheet.signatures),
        "footer": _data(sheet.footer),
    }


def _table_data(table: Table) -> dict[str, Any]:
    rows = [(row.cells, "subtotal") if isinstance(row, Subtotal) else (row, "row") for row in table.rows]
    return {
        "title": _data(table.title),
        "columns": [{"label": _data(column.label), "align": column.align} for column in table.columns],
        "rows": [{"kind": kind, "cells": _data(cells)} for cells, kind in rows],
        "total": _data(table.total),
    }


def _data(value: Cell) -> Any:
    if isinstance(value, Label):
        return {"code": value.code, "params": {name: _data(param) for name, param in value.params}}
    if isinstance(value, tuple):
        return [_data(item) for item in value]
    data = value_to_data(value)
    # The working must be read back and keeps the tag; here the place says what a bare ratio or date is.
    return next(iter(data.values())) if isinstance(data, dict) and len(data) == 1 else data
