"""JSON Schema (draft 2020-12) of the documents that describe a class, in their JSON form: money, rates and dates as text."""

import inspect
import json
import re
from typing import Any

import attrs

from .reading import SCHEMA
from .shapes import Choice, Fixed, Listing, Member, OneOf, Record, Scalar, check, shape
from .writing import plain

__all__ = ["described"]


def described(hint: Any) -> dict[str, Any]:
    """The schema of a whole document: that of the class, with the version of the format."""
    check(hint)
    form, definitions = shape(hint), _Definitions()
    records = [form] if isinstance(form, Record) else [shape(record) for record in form.records] if isinstance(form, OneOf) else []
    tables = [definitions.table(record, versioned=True) for record in records if isinstance(record, Record)]
    if not tables:
        raise TypeError(f"{hint!r} is no table, and a document is one: pass an attrs class or a union of such classes")
    body = tables[0] if len(tables) == 1 else {"oneOf": tables}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body, "$defs": dict(sorted(definitions.tables.items()))}


@attrs.define
class _Definitions:
    """The tables met so far, each described once, so that classes may contain themselves."""

    names: dict[Any, str] = attrs.field(factory=dict)
    tables: dict[str, dict[str, Any]] = attrs.field(factory=dict)

    def of(self, hint: Any) -> dict[str, Any]:
        """The schema of an annotation."""
        match shape(hint):
            case Scalar(schema=schema):
                return dict(schema)
            case Choice(values=values):
                return {"enum": list(values)}
            case Listing(item=item):
                return {"type": "array", "items": self.of(item)}
            case Fixed(items=items):
                return {"type": "array", "prefixItems": [self.of(item) for item in items], "minItems": len(items), "maxItems": len(items)}
            case OneOf(optional=optional, value=value, records=records):
                held = () if value is None else (value,)
                choices = [*([{"type": "null"}] if optional else []), *map(self.of, (*held, *records))]
                return choices[0] if len(choices) == 1 else {"oneOf": choices}
            case record:
                return {"$ref": f"#/$defs/{self._name(record)}"}

    def _name(self, record: Record) -> str:
        if record.hint not in self.names:
            stem = re.sub(r"\W+", ".", re.sub(r"[\w.]+\.(\w)", r"\1", str(record.hint).removeprefix("<class '"))).strip(".")
            name, count = stem, 1
            while name in self.tables:
                count += 1
                name = f"{stem}.{count}"
            self.names[record.hint] = name
            self.tables[name] = {}  # the name is taken before the members are described: they may refer to it
            self.tables[name] = self.table(record)
        return self.names[record.hint]

    def table(self, record: Record, *, versioned: bool = False) -> dict[str, Any]:
        """The schema of a class."""
        first = {"schema": {"const": SCHEMA, "description": "the version of the document format"}} if versioned else {}
        kind = {} if record.kind is None else {"kind": {"const": record.kind}}
        required = [*first, *kind, *(member.key for member in record.members if member.default is attrs.NOTHING)]
        summary = inspect.cleandoc(record.cls.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        return {
            "type": "object",
            **({"description": summary} if summary else {}),
            "properties": first | kind | {member.key: self._member(member) for member in record.members},
            "required": required,
            "additionalProperties": False,
        }

    def _member(self, member: Member) -> dict[str, Any]:
        described = self.of(member.hint) | ({"description": member.doc} if member.doc else {})
        if member.default is attrs.NOTHING or isinstance(member.default, attrs.Factory):  # type: ignore[arg-type]
            return described
        return described | {"default": json.loads(json.dumps(plain(member.default, member.hint), default=str))}
