"""Values to plain data, and plain data to TOML and JSON that a person likes to read."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from ..errors import PolicyError
from .shapes import Choice, Fixed, Listing, Record, Scalar, alternative, shape

__all__ = ["WRITERS", "plain"]

_WIDTH = 120
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def plain(value: Any, hint: Any) -> Any:
    """The value as tables, lists and scalars. Fields that hold their default are left out."""
    match shape(hint):
        case Scalar(write=write):
            return write(value)
        case Choice():
            return value
        case Listing(item=item):
            return [plain(element, item) for element in value]
        case Fixed(items=items):
            return [plain(element, item) for element, item in zip(value, items, strict=True)]
        case Record(kind=kind, members=members):
            table = {} if kind is None else {"kind": kind}
            values = [(member, getattr(value, member.name)) for member in members]
            return table | {member.key: plain(held, member.hint) for member, held in values if not member.is_default(held)}
        case one_of:
            return None if value is None else plain(value, alternative(one_of, value))


def as_json(table: dict[str, Any]) -> str:
    """JSON with decimals and dates as text."""
    return json.dumps(table, ensure_ascii=False, indent=2, default=str) + "\n"


def as_toml(table: dict[str, Any]) -> str:
    """TOML: small tables on one line, lists of large ones as arrays of tables."""
    return "\n".join(_section(table, ())).lstrip("\n") + "\n"


WRITERS: dict[str, Callable[[dict[str, Any]], str]] = {"toml": as_toml, "json": as_json}
"""What writes each format."""


def _section(table: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    large = {key: value for key, value in table.items() if _is_table(value) or _is_tables(value)}
    for key, value in table.items():
        if key not in large:
            yield f"{_key(key)} = {_value(value, len(key) + 3)}"
    for key, value in large.items():
        name = ".".join(map(_key, (*path, key)))
        for item, header in [(value, f"[{name}]")] if isinstance(value, dict) else [(item, f"[[{name}]]") for item in value]:
            yield f"\n{header}"
            yield from _section(item, (*path, key))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and not _is_small(value)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value) and not all(map(_is_small, value))


def _is_small(table: dict[str, Any]) -> bool:
    return not any(isinstance(value, dict | list) for value in table.values()) and len(_inline(table)) <= _WIDTH - 10


def _value(value: Any, before: int) -> str:
    line = _inline(value)
    if not isinstance(value, list) or (before + len(line) <= _WIDTH and not any(isinstance(item, dict | list) for item in value)):
        return line
    return "\n".join(["[", *(f"  {_inline(item)}," for item in value), "]"])


def _inline(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case int() | Decimal():
            return str(value)
        case dt.date():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(_inline, value))}]"
        case dict():
            return f"{{ {', '.join(f'{_key(key)} = {_inline(item)}' for key, item in value.items())} }}" if value else "{}"
        case _:
            raise PolicyError("document.null", "TOML has no word for nothing; write JSON, or give the field the default None")


def _text(text: str) -> str:
    # JSON escapes what TOML does, but for the one control character that it lets through.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)
