"""Text to plain data: tables, lists, text, integers, exact decimals, dates, and nothing else.

A binary float never comes into being: TOML and JSON numbers with a point are read straight to `Decimal`. What would hurt later is
refused here with its place: repeated keys, NaN, numbers of astronomic size, nesting without end.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from ..errors import Faults, PolicyError
from .shapes import in_bounds, refusal, shown, step

__all__ = ["FORMATS", "LIMIT", "MOST_FAULTS", "parse"]

LIMIT = 4_000_000
"""The longest document read, in characters or bytes, unless the caller allows another length."""

MOST_FAULTS = 1000
"""A hostile document may hold a million faults; nobody reads past the first thousand."""

_DEEPEST = 64
# A dotted key costs tomllib the square of its length, so an endless one has to be found before parsing.
_ENDLESS_KEY = re.compile(r"""(?:(?:(?<![\w-])[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){%d}""" % _DEEPEST)  # noqa: UP031
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class _Repeated(dict[str, Any]):
    """A JSON object that named a key twice."""

    twice: tuple[str, ...] = ()


def parse(text: str | bytes, *, format: str, limit: int = LIMIT) -> dict[str, Any]:
    """The document as plain data.

    Raises:
        Faults: with ``document.format``, ``.too_large``, ``.encoding``, ``.syntax``, ``.too_deep``, ``.duplicate_key``, ``.float``,
            ``.number`` or ``.type``.
    """
    try:
        plain = _parser(format)(_decoded(text, limit))
    except PolicyError as error:
        raise Faults([error]) from None
    except RecursionError:
        raise Faults([_too_deep()]) from None
    except Exception as error:  # noqa: BLE001  a parser that trips over a hostile text has found a syntax error, however it says so
        raise Faults([_syntax(error, str(error), None, None)]) from None
    faults = list(islice(_oddities(plain), MOST_FAULTS))
    if faults:
        raise Faults(faults)
    return plain  # type: ignore[no-any-return]


def _parser(format: str) -> Callable[[str], Any]:
    try:
        return FORMATS[format]
    except KeyError:
        raise PolicyError("document.format", "unknown format {format!r}; use one of {known}", format=format, known=", ".join(FORMATS)) from None


def _decoded(text: str | bytes, limit: int) -> str:
    if len(text) > limit:
        template = "the document is {size} long, past the limit of {limit}; split it or raise the limit"
        raise PolicyError("document.too_large", template, size=len(text), limit=limit)
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PolicyError("document.encoding", "byte {position} is not UTF-8; save the document as UTF-8", position=error.start) from None


def _toml(text: str) -> Any:
    if _ENDLESS_KEY.search(text):
        raise _too_deep()
    try:
        return tomllib.loads(text, parse_float=_number)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        reason = _TOML_PLACE.sub("", str(error))
        if place and place[1]:
            raise _syntax(error, reason, int(place[1]), int(place[2])) from None
        raise _syntax(error, reason, text.count("\n") + 1, len(text) - text.rfind("\n")) from None


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_float=_number, parse_constant=Decimal, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise _syntax(error, error.msg, error.lineno, error.colno) from None


FORMATS: dict[str, Callable[[str], Any]] = {"toml": _toml, "json": _json}
"""What reads each format."""


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent past what Decimal can hold: refused with its place, as NaN is
        return Decimal("NaN")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) == len(pairs):
        return table
    seen: set[str] = set()
    repeated = _Repeated(table)
    repeated.twice = tuple(dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return repeated


def _too_deep() -> PolicyError:
    return PolicyError("document.too_deep", "nested deeper than {deepest} levels; no policy needs that", deepest=_DEEPEST)


def _syntax(error: Exception, reason: str, line: int | None, column: int | None) -> PolicyError:
    reason = reason[:200] or type(error).__name__
    if line is None:
        return PolicyError("document.syntax", "cannot be read: {reason}", reason=reason)
    return PolicyError("document.syntax", "line {line}, column {column}: {reason}", reason=reason, line=line, column=column)


_Place = tuple[Any, str] | None
"""A step of a path, after the place it starts from; made into text only where there is a fault."""


def _at(place: _Place, fault: PolicyError) -> PolicyError:
    while place:
        place, last = place
        fault = fault.at(last)
    return fault


def _oddities(plain: Any) -> Iterator[PolicyError]:
    """What parsed but has no place in a policy. Iterative: the nesting is not yet known to be bounded."""
    if not isinstance(plain, dict):
        yield refusal(plain, "a table at the top")
        return
    pending: list[tuple[_Place, int, Any]] = [(None, 0, plain)]
    while pending:
        place, depth, value = pending.pop()
        fault = _oddity(value, depth)
        if fault:
            yield _at(place, fault)
            continue
        if isinstance(value, dict):
            for key in getattr(value, "twice", ()):
                yield _at((place, step(key)), PolicyError("document.duplicate_key", "the key {key} stands twice in one table; keep one", key=shown(key)))
            pending += [((place, step(key)), depth + 1, item) for key, item in reversed(value.items())]
        elif isinstance(value, list):
            pending += [((place, f"[{index}]"), depth + 1, value[index]) for index in reversed(range(len(value)))]


def _oddity(value: Any, depth: int) -> PolicyError | None:
    match value:
        case dict() | list() if depth >= _DEEPEST:
            return _too_deep()
        case dict() if any(map(_is_halved, value)):
            return PolicyError("document.encoding", "a key holds half a character (a lone surrogate); write the whole character")
        case Decimal() if not value.is_finite():
            return PolicyError("document.float", "this is not a finite number of ordinary size; NaN and infinity cannot be reckoned with")
        case int() | Decimal() if not in_bounds(value):
            return PolicyError("document.number", "this number has too many digits; none in a policy is that large or that fine")
        case str() if _is_halved(value):
            return PolicyError("document.encoding", "half a character (a lone surrogate); write the whole character")
    return None


def _is_halved(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)
