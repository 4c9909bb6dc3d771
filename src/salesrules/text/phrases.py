"""The fixed English phrases within errors: what a document was expected to hold, the reasons of Python's own parsers, the words of argparse.

The catalogs hold them under ``phrase.<the English phrase>``. What differs from case to case is a placeholder, in the phrase as in its
translation; a phrase that no catalog knows stays English.

    >>> from salesrules.text.formats import format_value
    >>> format_value(phrase("one of 'sales', 'units'", "zh_CN"), "zh_CN"), format_value(phrase("one of 'sales', 'units'", "en"), "en")
    (" 'sales', 'units' 之一", "one of 'sales', 'units'")
"""

import re
from functools import cache
from string import Formatter

from .catalog import Label, catalog, placeholders

__all__ = ["phrase"]

_FAMILY = "phrase."


def phrase(text: str, locale: str) -> Label | str:
    """The `Label` of a phrase with what stands in its places; the text itself where the catalog does not have it.

    >>> phrase("a list of 2", "zh_TW"), phrase("a list of 2", "en")
    (Label('phrase.a list of {count}', (('count', '2'),)), 'a list of 2')

    Raises:
        FactError: ``text.locale`` for a locale without a catalog.
    """
    for code, wording in _wordings(locale):
        if found := wording.fullmatch(text):
            return Label(code, tuple(found.groupdict().items()))
    return text


@cache
def _wordings(locale: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each phrase and how it is recognized: those with fewer places first, because they say more."""
    codes = sorted((code for code in catalog(locale) if code.startswith(_FAMILY)), key=lambda code: (len(placeholders(code)), -len(code)))
    return tuple((code, re.compile(_pattern(code.removeprefix(_FAMILY)), re.DOTALL)) for code in codes)


def _pattern(english: str) -> str:
    return "".join(re.escape(before) + (f"(?P<{name}>.+?)" if name else "") for before, name, _, _ in Formatter().parse(english))
