"""The message catalogs: flat TOML files per locale and part, a dotted code to a message with ``{placeholders}``.

A `Label` names a message and its parameters, and holds no prose: a result made on a server in one country is read in another. The locale is
always an argument; nothing here asks the machine which language it speaks.

    >>> template("value.yes", "zh_CN")
    '是'
    >>> label("value.open_period", start="2026-01-01")
    Label('value.open_period', (('start', '2026-01-01'),))

References: the locale names are those of Unicode CLDR, as Babel writes them.
"""

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from types import MappingProxyType
from typing import Any

import attrs

from ..errors import FactError

__all__ = ["LOCALES", "Label", "catalog", "label", "placeholders", "telling", "template"]

LOCALES = ("en", "zh_CN", "zh_TW")
"""English, Chinese as written on the mainland, Chinese as written in Taiwan."""


@attrs.frozen(repr=False)
class Label:
    """Something to be said in the reader's language.

    Args:
        code: a key of the catalogs.
        params: the values the message shows, as pairs; a value may itself be a `Label`.
    """

    code: str
    params: tuple[tuple[str, Any], ...] = ()

    def __repr__(self) -> str:
        return f"Label({self.code!r}, {self.params!r})" if self.params else f"Label({self.code!r})"


def label(code: str, /, **params: Any) -> Label:
    """The `Label` with these parameters.

    >>> label("sheet.page")
    Label('sheet.page')
    """
    return Label(code, tuple(params.items()))


@cache
def catalog(locale: str) -> Mapping[str, str]:
    """Every message of a locale, by code; read from the package once.

    Raises:
        FactError: ``text.locale`` for a locale without a catalog.
    """
    if locale not in LOCALES:
        raise FactError("text.locale", "no messages for locale {locale!r}; use one of {known}", locale=locale, known=", ".join(LOCALES))
    parts = (file for file in files(__package__).joinpath("catalogs").iterdir() if file.name.startswith(f"{locale}."))
    return MappingProxyType({code: text for file in parts for code, text in tomllib.loads(file.read_text(encoding="utf-8")).items()})


def template(code: str, locale: str) -> str | None:
    """The message of a code with its placeholders still in it, or `None`.

    Raises:
        FactError: ``text.locale`` for a locale without a catalog.
    """
    return catalog(locale).get(code)


def telling(code: str, locale: str, known: Collection[str]) -> str | None:
    """The key of the message that shows the most of what is known and needs nothing else, or `None`.

    A code may have several messages, ``code`` and ``code|any``, that differ in the parameters they show.

    Args:
        code: the code.
        locale: one of `LOCALES`.
        known: the names of the parameters at hand.

    Raises:
        FactError: ``text.locale`` for a locale without a catalog.

    >>> telling("value.period", "en", {"first", "last", "label"})
    'value.period'
    """
    shown = dict(_variants(locale).get(code, ()))
    return max((key for key, names in shown.items() if all(name in known for name in names)), key=lambda key: len(shown[key]), default=None)


@cache
def _variants(locale: str) -> Mapping[str, tuple[tuple[str, frozenset[str]], ...]]:
    found: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {}
    for key, text in catalog(locale).items():
        code = key.split("|")[0]
        found[code] = (*found.get(code, ()), (key, placeholders(text)))
    return found


def placeholders(text: str) -> frozenset[str]:
    """The names of the placeholders of a message.

    >>> sorted(placeholders("{last} of {first:number}"))
    ['first', 'last']
    """
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)
