"""Messages, statements and workings in the reader's language: ``en``, ``zh_CN``, ``zh_TW``; as text, HTML and data.

Results hold codes and values. Prose is made here, at the edge, for a locale that the caller names.

    >>> from salesrules.money import Money
    >>> format_value(Money("12345", "CNY"), "zh_CN")
    '¥12,345.00'
"""

from .catalog import LOCALES, Label, catalog, label, template
from .formats import FORMS, format_value
from .markup import Html
from .messages import error_message, message
from .render import display_width, render_html, render_json, render_text
from .sheet import Align, Cell, Column, Field, Sheet, Subtotal, Table, Words
from .working import step_from_data, step_to_data, value_from_data, value_to_data, working_html, working_text

__all__ = [
    "FORMS",
    "LOCALES",
    "Align",
    "Cell",
    "Column",
    "Field",
    "Html",
    "Label",
    "Sheet",
    "Subtotal",
    "Table",
    "Words",
    "catalog",
    "display_width",
    "error_message",
    "format_value",
    "label",
    "message",
    "render_html",
    "render_json",
    "render_text",
    "step_from_data",
    "step_to_data",
    "template",
    "value_from_data",
    "value_to_data",
    "working_html",
    "working_text",
]
