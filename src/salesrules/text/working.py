"""The working of a result, as an outline people can follow and as data that can be stored beside it.

Each line says what was done, with which figures, what came out and which clause says so; the lines below it are what it was made from.
A code may have further messages, ``step.<code>|<any>``: the one that shows the most of the step's parameters is taken.

    >>> from fractions import Fraction
    >>> from salesrules.money import HALF_UP, Money
    >>> from salesrules.trace import Source, Step
    >>> price, rate = Step("acme.price", Money("1234.50", "CNY")), Step("acme.rate", Fraction("0.0725"))
    >>> product = Step("acme.product", price.value * rate.value, formula="product", children=(price, rate))
    >>> pay = Step("acme.pay", product.value.round(HALF_UP), formula="rounded", params=(("rounding", HALF_UP),), children=(product,),
    ...     source=Source(document="Plan 2026", clause="4.2"))
    >>> print(working_text(pay, "en"))
    acme.pay (rounding=half up, to the minor unit, per line) = CN¥89.50   [Plan 2026 §4.2]
      acme.product = CN¥1,234.50 × 7.25% = CN¥89.50125
        acme.price = CN¥1,234.50
        acme.rate = 7.25%
    >>> step_from_data(step_to_data(pay)) == pay
    True
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from html import escape
from string import Formatter
from typing import Any

import attrs

from ..errors import FactError, SalesRulesError
from ..money import ISO_4217, Currency, Exact, Money, Rounding
from ..periods import Period
from ..scope import Scope
from ..trace import Source, Step
from .catalog import Label, telling, template
from .formats import format_value, one_line
from .markup import Html

__all__ = ["step_from_data", "step_to_data", "value_from_data", "value_to_data", "working_html", "working_text"]

# -------------------------------------------------------------------------------------------------------------------- for the reader

_SIGNS = {"sum": " + ", "difference": " \N{MINUS SIGN} ", "product": " × ", "ratio": " ÷ "}
_KEEPING = {"same", "sum", "difference", "product", "least", "greatest"}
_MOST_TERMS = 4
_NOTHING = (None, "")


def working_text(step: Step, locale: str) -> str:
    """The working as an indented outline, a step a line.

    Args:
        step: the root of the working.
        locale: one of `LOCALES`.

    Raises:
        FactError: ``text.locale`` for a locale without a catalog.
    """
    return "\n".join(_outline(step, locale, 0))


def _outline(step: Step, locale: str, depth: int) -> Iterator[str]:
    said, figures, cited = _line(step, locale)
    equation = f"{said} = {figures}" if figures else said
    yield "  " * depth + one_line(f"{equation}   [{cited}]" if cited else equation)
    for child in step.children:
        yield from _outline(child, locale, depth + 1)


def working_html(step: Step, locale: str, *, unfold: bool = False) -> Html:
    """The working as nested lists that fold, without scripts.

    Args:
        step: the root of the working.
        locale: one of `LOCALES`.
        unfold: whether all of it is open at once, as paper needs it; otherwise the first level is.

    Raises:
        FactError: ``text.locale`` for a locale without a catalog.
    """
    return Html(f'<ul class="working">{_item(step, locale, opened=True, unfold=unfold)}</ul>')


def _item(step: Step, locale: str, *, opened: bool, unfold: bool) -> str:
    said, figures, cited = map(escape, _line(step, locale))
    line = said + (f' = <span class="value">{figures}</span>' if figures else "") + (f" <cite>{cited}</cite>" if cited else "")
    if not step.children:
        return f"<li>{line}</li>"
    below = "".join(_item(child, locale, opened=unfold, unfold=unfold) for child in step.children)
    return f"<li><details{' open' * opened}><summary>{line}</summary><ul>{below}</ul></details></li>"


def _line(step: Step, locale: str) -> tuple[str, str, str]:
    """What was done, the figures, the clause; no figures where the message holds the value itself."""
    params = (*step.params, ("value", step.value))
    key = _key(step, locale)
    said = format_value(Label(step.code, step.params) if key is None else Label(key, params), locale)
    terms = [_figure(child, locale) for child in step.children]
    sign = _SIGNS.get(step.formula)
    # A sum that takes something off reads as a difference.
    sum_of = [sign.join(terms).replace(" + -", _SIGNS["difference"])] if sign and 2 <= len(terms) <= _MOST_TERMS else []
    shown = [] if step.value in _NOTHING or _said(step, locale) is not None else [*sum_of, _figure(step, locale)]
    return said, " = ".join(shown), format_value(step.source, locale) if step.source else ""


def _key(step: Step, locale: str) -> str | None:
    """The message of a step, by what is known: a parameter or a value that is empty is not."""
    code = f"step.{step.code}"
    known = {name for name, value in (*step.params, ("value", step.value)) if value not in _NOTHING}
    return telling(code, locale, known) or (code if template(code, locale) else None)


def _said(step: Step, locale: str) -> str | None:
    """The form in which the step's message shows its value, or None where it does not."""
    fields = Formatter().parse(template(_key(step, locale) or "", locale) or "")
    return next((spec or "" for _, name, spec, _ in fields if name == "value"), None)


def _form(step: Step, locale: str) -> str:
    """The form of a step's value: as its message says, or a number where it was computed from numbers."""
    said = _said(step, locale)
    if said is None and step.formula in _KEEPING:
        return "number" if any(_form(child, locale) == "number" for child in step.children) else ""
    return said or ""


def _figure(step: Step, locale: str) -> str:
    return format_value(step.value, locale, _form(step, locale))


# ---------------------------------------------------------------------------------------------------------------------- for the file


def step_to_data(step: Step) -> dict[str, Any]:
    """A step and all below it as data for JSON; `step_from_data` reads back an equal step.

    Raises:
        FactError: ``text.value`` for a value that the working of this library never holds.
    """
    data: dict[str, Any] = {"code": step.code, "value": value_to_data(step.value)}
    if step.formula != "given":
        data["formula"] = step.formula
    if step.params:
        data["params"] = [[name, value_to_data(value)] for name, value in step.params]
    if step.source:
        data["source"] = {name: text for name, text in attrs.asdict(step.source).items() if text}
    if step.children:
        data["children"] = [step_to_data(child) for child in step.children]
    return data


def step_from_data(data: dict[str, Any]) -> Step:
    """The step that `step_to_data` wrote.

    Raises:
        FactError: ``text.data`` for data of another shape.
    """
    try:
        return Step(
            data["code"],
            value_from_data(data["value"]),
            formula=data.get("formula", "given"),
            params=tuple((name, value_from_data(value)) for name, value in data.get("params", ())),
            source=Source(**data["source"]) if "source" in data else None,
            children=tuple(map(step_from_data, data.get("children", ()))),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(error, data) from error


def _unreadable(error: Exception, data: object) -> Exception:
    if isinstance(error, SalesRulesError):
        return error
    return FactError("text.data", "{data!r} is not a step of a working; pass what step_to_data wrote", data=data)


def _of_currency(unit: Currency) -> dict[str, Any]:
    known = ISO_4217.get(unit.code) == unit.digits
    return {"currency": unit.code} if known else {"currency": unit.code, "digits": unit.digits}


def _currency(data: dict[str, Any]) -> Currency | str:
    return Currency(data["currency"], data["digits"]) if "digits" in data else data["currency"]


def _rounding_data(rounding: Rounding) -> dict[str, Any]:
    step = None if rounding.step is None else str(rounding.step)
    return {"mode": rounding.mode, "step": step, "per": rounding.per}


def _rounding(data: dict[str, Any]) -> Rounding:
    return Rounding(data["mode"], step=None if data["step"] is None else Fraction(data["step"]), per=data["per"])


def _period_data(period: Period) -> dict[str, Any]:
    return {"start": period.start.isoformat(), "end": period.end.isoformat(), "unit": period.unit, "label": period.label}


def _period(data: dict[str, Any]) -> Period:
    return Period(date.fromisoformat(data["start"]), date.fromisoformat(data["end"]), unit=data["unit"], label=data["label"])


_WRITERS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (Money, lambda value: {"amount": f"{value.amount:f}", **_of_currency(value.currency)}),
    (Exact, lambda value: {"exact": str(value.value), **_of_currency(value.currency)}),
    (Fraction, lambda value: {"ratio": str(value)}),
    (Decimal, lambda value: {"decimal": str(value)}),
    (date, lambda value: {"date": value.isoformat()}),
    (Period, lambda value: {"period": _period_data(value)}),
    (Rounding, lambda value: {"rounding": _rounding_data(value)}),
    (Source, lambda value: {"source": attrs.asdict(value)}),
    (Scope, lambda value: {"scope": {name: list(getattr(value, name)) for name in value.dimensions}}),
    (Label, lambda value: {"label": value.code, "params": [[name, value_to_data(param)] for name, param in value.params]}),
    (tuple, lambda value: list(map(value_to_data, value))),
)

_READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "amount": lambda data: Money(data["amount"], _currency(data)),
    "exact": lambda data: Exact(data["exact"], _currency(data)),
    "ratio": lambda data: Fraction(data["ratio"]),
    "decimal": lambda data: Decimal(data["decimal"]),
    "date": lambda data: date.fromisoformat(data["date"]),
    "period": lambda data: _period(data["period"]),
    "rounding": lambda data: _rounding(data["rounding"]),
    "source": lambda data: Source(**data["source"]),
    "scope": lambda data: Scope(**{name: tuple(values) for name, values in data["scope"].items()}),
    "label": lambda data: Label(data["label"], tuple((name, value_from_data(param)) for name, param in data["params"])),
}


def value_to_data(value: Any) -> Any:
    """A value of a step as data for JSON: text, integers, booleans and None as they are, anything else under a key that names its kind.

    >>> from datetime import date
    >>> value_to_data(Money("12.30", "CNY")), value_to_data(Fraction(29, 400)), value_to_data(date(2026, 11, 2))
    ({'amount': '12.30', 'currency': 'CNY'}, {'ratio': '29/400'}, {'date': '2026-11-02'})

    Raises:
        FactError: ``text.value`` for a value that the working of this library never holds, such as a float.
    """
    if value is None or isinstance(value, str | int):
        return value
    writer = next((write for kind, write in _WRITERS if isinstance(value, kind)), None)
    if writer is None:
        told = "{value!r} is a {kind}, which cannot be written exactly; use Fraction, Money or str"
        raise FactError("text.value", told, value=value, kind=type(value).__name__)
    return writer(value)


def value_from_data(data: Any) -> Any:
    """The value that `value_to_data` wrote.

    Raises:
        FactError: ``text.data`` for data of another shape.
    """
    if isinstance(data, list):
        return tuple(map(value_from_data, data))
    if not isinstance(data, dict):
        return data
    try:
        # By its key, wherever a database put it among the others.
        return next(read for key, read in _READERS.items() if key in data)(data)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration, ArithmeticError) as error:
        raise _unreadable(error, data) from error
