"""A code and its parameters become a sentence in the reader's language.

A code that no catalog knows is shown with its parameters: a statement that lacks a translation is still a statement. English errors carry
their own text; the catalogs translate them under ``error.<code>``. Where a code is raised with different parameters, ``error.<code>|<any>``
are further translations, and the one that shows the most of what is known is taken. A parameter that is a fixed English phrase is translated
where the message says so: ``{reason:phrase}``.

    >>> from salesrules.money import Money
    >>> message("value.version", "zh_TW", version="2026-1")
    '版本 2026-1'
    >>> message("acme.spiff", "en", pay=Money("50", "USD"), to="Li Lei")
    'acme.spiff (pay=$50.00, to=Li Lei)'
    >>> try:
    ...     Money(0.5, "CNY")
    ... except ValueError as error:
    ...     print(error_message(error, "zh_CN"))
    0.5 是 float 类型，不是精确数；请传入字符串或 Decimal，例如 Money('12.30', 'CNY')，或用 Money.from_minor(1230, 'CNY') 按最小单位传入整数
"""

from typing import Any

from ..errors import FactFaults, Faults, SalesRulesError
from .catalog import Label, telling
from .formats import format_value

__all__ = ["error_message", "message"]


def message(code: str, locale: str, /, **params: Any) -> str:
    """The message of a code in a locale.

    Args:
        code: a key of the catalogs; an unknown one is shown as it is, with the parameters.
        locale: one of `LOCALES`.
        params: what the placeholders stand for; missing ones stay as they are, surplus ones are left out.

    Raises:
        FactError: ``text.locale`` for a locale without a catalog.
    """
    return format_value(Label(code, tuple(params.items())), locale)


def error_message(error: SalesRulesError, locale: str) -> str:
    """What an error says, without its path and code; in English where the catalog has no translation.

    Args:
        error: any error of this library; the faults of a `Faults` or `FactFaults` are translated one by one, each with its path and code.
        locale: one of `LOCALES`.

    Raises:
        FactError: ``text.locale`` for a locale without a catalog.
    """
    code = telling(f"error.{error.code}", locale, error.params)
    if code is None:
        return error.message
    if isinstance(error, Faults | FactFaults):
        lines = (f"  {fault.path}: {error_message(fault, locale)} [{fault.code}]" for fault in error.faults)
        return message(code, locale, count=len(error.faults), listing="\n".join(lines))
    return message(code, locale, **error.params)
