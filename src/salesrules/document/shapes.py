"""What an annotation means in a document: the one place that reading, writing and the JSON Schema take it from."""

import datetime as dt
import json
import re
import reprlib
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Any, ClassVar, Literal, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from ..errors import PolicyError
from ..money import Currency, Exact, Money, currency, format_ratio, rate, ratio
from ..money.numbers import shortest_text

__all__ = [
    "Choice",
    "Fixed",
    "Listing",
    "Member",
    "OneOf",
    "Rate",
    "Record",
    "Scalar",
    "Shape",
    "alternative",
    "check",
    "class_of",
    "document_key",
    "in_bounds",
    "refusal",
    "shape",
    "shown",
    "step",
]

Rate = NewType("Rate", Fraction)
"""What `Fraction` stands for in a field that declares ``rate=True``."""

_LARGEST = 1000  # digits; as in money, so that what is read here can be reckoned with there
_LONGEST = 300  # characters of a rate or an amount: enough to write out any number that fits the bits
_MOST_BITS = 200
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONEY = re.compile(r"(\S+) +(\S+)")
_RATIO_TEXT = r"^\s*([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\s*[%‰％]?|[+-]?\d+/0*[1-9]\d*)\s*$"
_AMOUNT_TEXT = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?"
_AMOUNT = re.compile(_AMOUNT_TEXT, re.ASCII)
_EXACT_TEXT = rf"({_AMOUNT_TEXT}|[+-]?\d+/0*[1-9]\d*)"
_CODE_TEXT = r"[A-Z0-9]+"


@attrs.frozen
class Scalar:
    """A value written in one piece, with what reads it, what writes it, and its JSON Schema."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    schema: dict[str, Any]


@attrs.frozen
class Choice:
    """One of the values listed."""

    values: tuple[Any, ...]


@attrs.frozen
class Listing:
    """Any number of the same."""

    item: Any


@attrs.frozen
class Fixed:
    """A list of so many items, each with its own meaning."""

    items: tuple[Any, ...]


@attrs.frozen
class Member:
    """A field: attribute, key in documents, annotation, description, and what holds where it is not written."""

    name: str
    key: str
    hint: Any
    doc: str
    default: Any

    def is_default(self, value: Any) -> bool:
        """Whether ``value`` need not be written."""
        if isinstance(self.default, attrs.Factory):  # type: ignore[arg-type]
            return not self.default.takes_self and bool(self.default.factory() == value)
        return self.default is not attrs.NOTHING and bool(self.default == value)


@attrs.frozen
class Record:
    """A table with these keys; with a ``kind`` where the class has one."""

    hint: Any
    kind: str | None
    members: tuple[Member, ...]

    @property
    def cls(self) -> Any:
        """The class, without the types it was given in brackets."""
        return class_of(self.hint)


@attrs.frozen
class OneOf:
    """Nothing, a value that is not a table, or one of some tables told apart by their ``kind``."""

    optional: bool
    value: Any
    records: tuple[Any, ...]


Shape = Scalar | Choice | Listing | Fixed | Record | OneOf


def class_of(hint: Any) -> Any:
    """The class of an annotation, without the types in brackets."""
    return get_origin(hint) or hint


def shown(value: Any) -> str:
    """A value as an error message shows it, never long."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return str(value) if isinstance(value, Decimal | dt.date | dt.time) else _SHORT.repr(value)


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 60


def step(key: Any) -> str:
    """A key as a step of a path: bare where it can be, quoted else, never long."""
    key = key if isinstance(key, str) else str(key)
    key = key if len(key) <= 60 else f"{key[:57]}..."
    return key if _BARE.fullmatch(key) else json.dumps(key)


def in_bounds(number: int | Decimal) -> bool:
    """Whether a number is of a size that a policy can mean."""
    if isinstance(number, int):
        return number.bit_length() < 3 * _LARGEST
    return abs(number.adjusted()) < _LARGEST and len(number.as_tuple().digits) <= _LARGEST


def refusal(value: Any, expected: str) -> PolicyError:
    """What is said of a value that is not of the shape expected here."""
    return PolicyError("document.type", "expected {expected}, not {value}", expected=expected, value=shown(value))


def _exactly(kind: type, expected: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise refusal(value, expected)
        return value

    return read


def _decimal(value: Any) -> Decimal:
    if type(value) in (int, Decimal) or (isinstance(value, str) and len(value) <= _LARGEST and _DECIMAL.fullmatch(value)):
        return Decimal(value)
    raise refusal(value, 'a number such as 7.25 or "7.25"')


def _fraction(parse: Callable[[Any], Fraction], expected: str) -> Callable[[Any], Fraction]:
    def read(value: Any) -> Fraction:
        if type(value) not in (int, Decimal, str) or not _is_brief(value):
            raise refusal(value, expected)
        try:
            return _moderate(parse(value))
        except PolicyError as error:
            raise (refusal(value, expected) if error.code == "rate.number" else error) from None

    return read


def _is_brief(value: Any) -> bool:
    return not isinstance(value, str) or len(value) <= _LONGEST


def _moderate(value: Fraction) -> Fraction:
    """The fraction, if what is written of it can be read back."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MOST_BITS:
        raise PolicyError("document.number", "this number has too many digits; none in a policy is that large or that fine")
    return value


def _date(value: Any) -> dt.date:
    if type(value) is dt.date:
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise refusal(value, "a date such as 2026-01-31")


def _currency(value: Any) -> Currency:
    if isinstance(value, dict) and value.keys() == {"code", "digits"}:
        return Currency(value["code"], value["digits"])
    if isinstance(value, str) and _is_brief(value):
        return currency(value)
    raise refusal(value, 'a currency such as "CNY", or a table with code and digits')


def _amount(made: type[Money | Exact]) -> Callable[[Any], Any]:
    def read(value: Any) -> Money | Exact:
        if isinstance(value, dict) and value.keys() == {"amount", "currency"} and type(value["amount"]) in (int, Decimal, str) and _is_brief(value["amount"]):
            return _moderate_amount(made(value["amount"], _currency(value["currency"])))
        match = _MONEY.fullmatch(value) if isinstance(value, str) and _is_brief(value) else None
        if not match:
            raise refusal(value, 'an amount such as "12.30 CNY", or a table with amount and currency')
        if _AMOUNT.fullmatch(match[2]) and not _AMOUNT.fullmatch(match[1]):
            raise PolicyError("document.amount", "{text} has the amount last; write {written}", text=shown(value), written=shown(f"{match[2]} {match[1]}"))
        return _moderate_amount(made(match[1], currency(match[2])))

    return read


def _moderate_amount(value: Money | Exact) -> Money | Exact:
    _moderate(Fraction(value.minor))
    return value


def _decimal_written(value: Decimal) -> Decimal:
    if not (value.is_finite() and in_bounds(value)):
        raise PolicyError("document.number", "{value} cannot be read back; write a finite number of ordinary size", value=shown(value))
    return value


def _rate_written(value: Fraction) -> str:
    return format_ratio(_moderate(Fraction(value)))


def _ratio_written(value: Fraction) -> Any:
    value = _moderate(Fraction(value))
    if value.denominator == 1:
        return int(value)
    percent = format_ratio(value / 100)  # its digits are those of the value itself; it ends in % unless the decimals never end
    return Decimal(percent[:-1]) if percent.endswith("%") and len(percent) <= 40 else str(value)


def _is_published(code: Currency) -> bool:
    try:
        return currency(code.code) == code
    except ValueError:
        return False


def _currency_written(value: Currency) -> Any:
    return value.code if _is_published(value) else {"code": value.code, "digits": value.digits}


def _amount_written(value: Money | Exact) -> Any:
    _moderate_amount(value)
    amount = f"{value.amount:f}" if isinstance(value, Money) else shortest_text(value.value)
    return f"{amount} {value.currency.code}" if _is_published(value.currency) else {"amount": amount, "currency": _currency_written(value.currency)}


def _same(value: Any) -> Any:
    return value


_CURRENCY_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": f"^{_CODE_TEXT}$"},
        {
            "type": "object",
            "properties": {"code": {"type": "string", "pattern": f"^{_CODE_TEXT}$"}, "digits": {"type": "integer", "minimum": 0, "maximum": 18}},
            "required": ["code", "digits"],
            "additionalProperties": False,
        },
    ]
}


def _amount_schema(text: str) -> dict[str, Any]:
    return {
        "anyOf": [
            {"type": "string", "pattern": f"^{text} +{_CODE_TEXT}$"},
            {
                "type": "object",
                "properties": {"amount": {"type": ["string", "number"], "pattern": f"^{text}$"}, "currency": _CURRENCY_SCHEMA},
                "required": ["amount", "currency"],
                "additionalProperties": False,
            },
        ]
    }


_SCALARS: dict[Any, Scalar] = {
    str: Scalar(_exactly(str, "text in quotes"), _same, {"type": "string"}),
    int: Scalar(_exactly(int, "a whole number"), _same, {"type": "integer"}),
    bool: Scalar(_exactly(bool, "true or false"), _same, {"type": "boolean"}),
    Decimal: Scalar(_decimal, _decimal_written, {"type": ["string", "number"], "pattern": f"^{_DECIMAL.pattern}$"}),
    Fraction: Scalar(
        _fraction(ratio, 'a number such as 20, 1.5, "1/3" or "150%", without unit or separators'),
        _ratio_written,
        {"type": ["string", "number"], "pattern": _RATIO_TEXT},
    ),
    Rate: Scalar(
        _fraction(rate, 'a rate such as "7.25%", "0.0725" or "1/3"'),
        _rate_written,
        {"type": ["string", "number"], "pattern": _RATIO_TEXT, "minimum": -1, "maximum": 1},
    ),
    dt.date: Scalar(_date, _same, {"type": "string", "format": "date", "pattern": f"^{_DATE.pattern}$"}),
    Currency: Scalar(_currency, _currency_written, _CURRENCY_SCHEMA),
    Money: Scalar(_amount(Money), _amount_written, _amount_schema(_AMOUNT_TEXT)),
    Exact: Scalar(_amount(Exact), _amount_written, _amount_schema(_EXACT_TEXT)),
}
_TABLES = (Currency, Money, Exact)
"""Scalars that may also be written as a table, and so cannot be told from one."""


def document_key(field: "attrs.Attribute[Any]") -> str:
    """What a field is called in documents."""
    return str(field.metadata.get("key") or field.alias)


@cache
def shape(hint: Any) -> Shape:
    """The meaning of an annotation.

    Raises:
        TypeError: the annotation cannot be written in a document; a mistake in the class, not in a document.
    """
    origin, args = get_origin(hint), get_args(hint)
    if hint in _SCALARS:
        return _SCALARS[hint]
    if origin is Literal:
        return Choice(args)
    if origin is tuple:
        return Listing(args[0]) if args[1:] == (Ellipsis,) else Fixed(args)
    if origin in (Union, UnionType):
        return _one_of(hint, args)
    if attrs.has(class_of(hint)):
        return _record(hint, args)
    known = "str, int, bool, Decimal, Fraction, date, Money, Exact, Currency, Literal, tuple, attrs classes and their unions"
    raise TypeError(f"{hint!r} cannot be written in a document: use {known}")


def _one_of(hint: Any, args: tuple[Any, ...]) -> OneOf:
    records = tuple(arg for arg in args if arg not in _SCALARS and attrs.has(class_of(arg)))
    values = [arg for arg in args if arg not in records and arg is not type(None)]
    kinds = [getattr(class_of(record), "kind", None) for record in records]
    if len(values) > 1 or (records and values and values[0] in _TABLES):
        raise TypeError(f"the alternatives of {hint!r} cannot be told apart in a document: allow one that is not a table")
    if len(records) > 1 and (not all(isinstance(kind, str) for kind in kinds) or len(set(kinds)) < len(kinds)):
        raise TypeError(f"the classes of {hint!r} cannot be told apart in a document: give each its own `kind: ClassVar[str]`")
    return OneOf(type(None) in args, values[0] if values else None, records)


def _record(hint: Any, args: tuple[Any, ...]) -> Record:
    cls = class_of(hint)
    hints = {name: annotation for name, annotation in get_type_hints(cls).items() if get_origin(annotation) is not ClassVar}
    bound: dict[Any, Any] = dict(zip(getattr(cls, "__parameters__", ()), args, strict=False))
    members = tuple(
        Member(
            field.name,
            document_key(field),
            _replaced(hints[field.name], bound | ({Fraction: Rate} if field.metadata.get("rate") else {})),
            field.metadata.get("doc", ""),
            _default(field),
        )
        for field in attrs.fields(cls)
        if field.init
    )
    kind = getattr(cls, "kind", None)
    record = Record(hint, kind if isinstance(kind, str) else None, members)
    keys = [member.key for member in members] + ["kind"] * (record.kind is not None)
    if len(set(keys)) < len(keys):
        raise TypeError(f"{hint!r} uses a key twice: {', '.join(keys)}")
    return record


def _default(field: "attrs.Attribute[Any]") -> Any:
    given = field.default is not attrs.NOTHING and not isinstance(field.default, attrs.Factory)  # type: ignore[arg-type]
    return field.converter(field.default) if given and callable(field.converter) else field.default


@cache
def check(hint: Any) -> None:
    """Look through a class and all it contains, so that a mistake in it is not taken for a fault of a document.

    Raises:
        TypeError: as `shape`.
    """
    met, pending = set(), [hint]
    while pending:
        hint = pending.pop()
        if hint in met:
            continue
        met.add(hint)
        match shape(hint):
            case Listing(item=item):
                pending.append(item)
            case Fixed(items=items):
                pending += items
            case Record(members=members):
                pending += [member.hint for member in members]
            case OneOf(value=value, records=records):
                pending += [*records, *([] if value is None else [value])]


def _replaced(hint: Any, bound: dict[Any, Any]) -> Any:
    """The annotation with type variables bound and fractions turned into rates, at any depth."""
    if hint in bound:
        return bound[hint]
    if isinstance(hint, TypeVar):
        raise TypeError(f"{hint!r} is not bound: name the type in brackets")
    args, origin = get_args(hint), get_origin(hint)
    if not args or origin is Literal:
        return hint
    replaced = tuple(_replaced(arg, bound) for arg in args)
    return Union[replaced] if origin in (Union, UnionType) else origin[replaced]  # noqa: UP007  the members are only known when it runs


def alternative(one_of: OneOf, value: Any) -> Any:
    """The hint, among those of a union, of a value that is not None."""
    for record in one_of.records:
        if isinstance(value, class_of(record)):
            return record
    return one_of.value
