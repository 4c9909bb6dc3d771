"""How a value is written for a reader of a locale.

Money always shows every decimal of its ISO 4217 currency, grouped, with the sign in front; the decimals of the locale database are not
used, because they describe price tags and not accounts. An unrounded amount that does not end is cut off with an ellipsis and followed by
the exact fraction, so that nothing on paper pretends to be exact that is not.

A fraction from -2 to 2 is written as a percentage, a larger one as a plain number: rates, ratios and shares are small, scores and counts
are not. Where that guess is wrong the message says so: ``{score:number}``, ``{rate:percent}``, ``{year:plain}``. A text that stands for one
of a fixed list, such as ``half_year``, is written in the reader's language by ``{over:word}``, and one that is a fixed English phrase by
``{reason:phrase}``; any other text stays as it is.

    >>> from fractions import Fraction
    >>> from salesrules.money import Exact, Money
    >>> format_value(Money("-12345", "CNY"), "zh_CN"), format_value(Money("-12345", "CNY"), "en"), format_value(Money("12345", "JPY"), "zh_CN")
    ('-¥12,345.00', '-CN¥12,345.00', 'JP¥12,345')
    >>> format_value(Fraction("0.0725"), "en"), format_value(Fraction(1, 3), "en"), format_value(Fraction(977, 1200), "en")
    ('7.25%', '1/3', '81.4166…% (977/1200)')
    >>> format_value(Exact("10/3", "CNY"), "zh_CN"), format_value(Fraction(175, 2), "en"), format_value(Fraction(3, 2), "en", "number")
    ('¥3.333333… (10/3)', '87.5', '1.5')

References: CLDR as shipped with Babel, for symbols, separators and dates; ISO 4217 for the decimals of money.
"""

from collections.abc import Callable
from datetime import date
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from fractions import Fraction
from functools import cache, singledispatch
from string import Formatter
from typing import Any
from unicodedata import category

from ..money import Currency, Exact, Money, Rounding, divide
from ..periods import Period
from ..scope import Scope
from ..trace import Source
from .catalog import Label, template
from .phrases import phrase

__all__ = ["FORMS", "format_value", "one_line"]

FORMS = ("", "percent", "number", "plain", "word", "phrase")
"""What may stand after the colon of a placeholder: nothing (the rule above), a percentage, a plain number, one without separators, a word, a phrase."""

_MOST_PLACES = 12
_CUT_PLACES = 4
_SHORT = 100


def format_value(value: Any, locale: str, form: str = "") -> str:
    """A value as the reader writes it.

    Args:
        value: `Money`, `Exact`, `Fraction`, `int`, `Decimal`, `date`, `Period`, `Rounding`, `Scope`, `Source`, `bool`, `None`, `str`, a `Label`, or a tuple
            of them; anything else is shown by `str`.
        locale: one of `LOCALES`.
        form: one of `FORMS`; ``word`` and ``phrase`` matter to texts, the others to numbers.

    Raises:
        FactError: ``text.locale`` for a locale without a catalog.

    >>> from datetime import date
    >>> format_value("half_year", "zh_CN", "word"), format_value("pump", "zh_CN", "word")
    ('半年', 'pump')
    >>> format_value(date(2026, 11, 2), "zh_TW"), format_value(True, "zh_CN"), format_value(1234567, "en"), format_value(2026, "en", "plain")
    ('2026年11月2日', '是', '1,234,567', '2026')
    """
    return _shown(value, locale, form)


def one_line(text: str) -> str:
    """The text without line breaks and control characters: a name must not move the cursor of whoever reads it.

    >>> one_line(f"Li{chr(27)}[2J Lei")
    'Li [2J Lei'
    """
    return "".join(" " if category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)


@singledispatch
def _shown(value: Any, _locale: str, _form: str) -> str:
    return str(value)


@_shown.register
def _(value: Label, locale: str, _form: str) -> str:
    text = template(value.code, locale)
    params = dict(value.params)
    if text is None:
        told = ", ".join(f"{name}={format_value(param, locale)}" for name, param in params.items())
        return f"{value.code} ({told})" if told else value.code
    return "".join(
        before + ("" if name is None else format_value(params[name], locale, spec or "") if name in params else f"{{{name}}}")
        for before, name, spec, _ in Formatter().parse(text)
    )


@_shown.register
def _(value: str, locale: str, form: str) -> str:
    if form == "phrase":
        return format_value(phrase(value, locale), locale)
    return (template(f"word.{value}", locale) if form == "word" else None) or value


@_shown.register
def _(value: Scope, locale: str, _form: str) -> str:
    if not value.dimensions:
        return format_value(Label("value.everything"), locale)
    named = (Label("value.scope", (("dimension", name), ("values", getattr(value, name)))) for name in value.dimensions)
    return format_value(Label("value.scope_joint"), locale).join(format_value(part, locale) for part in named)


@_shown.register(bool)
def _(value: Any, locale: str, _form: str) -> str:
    return format_value(Label("value.yes" if value else "value.no"), locale)


@_shown.register
def _(_value: None, locale: str, _form: str) -> str:
    return format_value(Label("value.none"), locale)


@_shown.register(tuple)
def _(value: tuple[Any, ...], locale: str, form: str) -> str:
    return format_value(Label("value.separator"), locale).join(format_value(item, locale, form) for item in value)


@_shown.register
def _(value: date, locale: str, _form: str) -> str:
    from babel.dates import format_date

    return format_date(value, "medium", locale=_babel(locale))


@_shown.register
def _(value: Period, locale: str, _form: str) -> str:
    code = "value.period_named" if value.label else "value.period"
    return format_value(Label(code, (("label", value.label), ("first", value.start), ("last", value.last))), locale)


@_shown.register
def _(value: Source, locale: str, _form: str) -> str:
    numbered = value.clause[:1].isnumeric()
    clause = format_value(Label("value.clause", (("clause", value.clause),)), locale) if numbered else value.clause
    version = format_value(Label("value.version", (("version", value.version),)), locale) if value.version else ""
    return " ".join(part for part in (value.document, clause, version) if part)


@_shown.register
def _(value: Rounding, locale: str, _form: str) -> str:
    step = Label("rounding.minor_unit") if value.step is None else format_value(value.step, locale, "number")
    params = (("mode", Label(f"rounding.{value.mode}")), ("step", step), ("per", Label(f"rounding.per_{value.per}")))
    return format_value(Label("value.rounding", params), locale)


@_shown.register
def _(value: int, locale: str, form: str) -> str:
    return str(value) if form == "plain" else _number(value, 0, locale)


@_shown.register(Decimal)
@_shown.register(Fraction)
def _(value: Decimal | Fraction, locale: str, form: str) -> str:
    if isinstance(value, Decimal) and not value.is_finite():
        return str(value)
    exact = Fraction(value)
    small = isinstance(value, Fraction) and abs(exact) <= 2
    percent = form == "percent" or (form == "" and small)
    short = form != "percent" and abs(exact.numerator) < _SHORT and exact.denominator < _SHORT
    return _written(exact, exact * 100 if percent else exact, 0, lambda count, places: _number(count, places, locale), "%" if percent else "", short=short)


@_shown.register
def _(value: Money, locale: str, _form: str) -> str:
    return _amount(value.minor, value.currency.digits, value.currency, locale)


@_shown.register
def _(value: Exact, locale: str, _form: str) -> str:
    return _written(value.value, value.value, value.currency.digits, lambda count, places: _amount(count, places, value.currency, locale), "", short=False)


def _written(exact: Fraction, scaled: Fraction, least: int, number: Callable[[int, int], str], sign: str, *, short: bool) -> str:
    """In full if the decimals end soon; otherwise a short fraction where that is wanted, or the decimals cut off and the fraction after them."""
    places = _places(scaled)
    if places is not None:
        places = max(places, least)
        return number(scaled.numerator * 10**places // scaled.denominator, places) + sign
    if short:
        return str(exact)
    places = least + _CUT_PLACES
    cut = divide(scaled.numerator * 10**places, scaled.denominator, "down")
    # A negative amount may be cut to zero and must still show that it is one.
    lead = "-" if exact < 0 and not cut else ""
    return f"{lead}{number(cut, places)}…{sign} ({exact})"


def _places(value: Fraction) -> int | None:
    """How many decimals write the value in full, or None where they do not end within reason."""
    return next((places for places in range(_MOST_PLACES + 1) if 10**places % value.denominator == 0), None)


# ---------------------------------------------------------------------------------------------------------------- the part of Babel


def _number(count: int, places: int, locale: str) -> str:
    """``count`` units of 10 to the minus ``places``, grouped."""
    from babel.numbers import parse_pattern

    return _apply(count, places, parse_pattern(f"#,##0{'.' * bool(places)}{'0' * places}"), locale, None)


def _amount(count: int, places: int, currency: Currency, locale: str) -> str:
    return _apply(count, places, _money_pattern(locale, currency.code, places), locale, currency.code)


@cache
def _money_pattern(locale: str, code: str, places: int) -> Any:
    from babel.numbers import get_currency_symbol, parse_pattern

    standard = _babel(locale).currency_formats["standard"].pattern
    # A code that serves as its own symbol would run into the figures.
    gap = "\N{NO-BREAK SPACE}" if get_currency_symbol(code, locale)[-1].isalpha() else ""
    figures = f"#,##0{'.' * bool(places)}{'0' * places}"
    return parse_pattern(standard.replace("¤", f"¤{gap}").replace("#,##0.00", figures))


def _apply(count: int, places: int, pattern: Any, locale: str, code: str | None) -> str:
    # Babel quantizes in the ambient decimal context; ours holds every digit, whatever the host has set.
    with localcontext(Context(prec=len(str(count)) + places + 10, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])):
        return str(pattern.apply(Decimal(f"{count}E-{places}"), _babel(locale), currency=code, currency_digits=False))


@cache
def _babel(locale: str) -> Any:
    """The locale as Babel knows it; Babel looks a name up anew for every figure."""
    from babel import Locale

    return Locale.parse(locale)
