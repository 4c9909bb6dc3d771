"""Plain data to values, by cattrs; and its groups of exceptions to a flat list of faults, each with its path."""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import Faults, PolicyError, SalesRulesError
from .parsing import MOST_FAULTS
from .shapes import Choice, Fixed, Listing, OneOf, Record, Scalar, Shape, check, class_of, document_key, refusal, shape, shown, step

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["SCHEMA", "structured"]

SCHEMA = "salesrules/1"
"""The version of the document format; apart from that of the package."""

_ABSENT = object()


def structured(plain: dict[str, Any], hint: Any) -> Any:
    """The value that a parsed document describes.

    Raises:
        Faults: every fault of the document, up to the first thousand.
        TypeError: ``hint`` is nothing that a document can describe.
    """
    check(hint)
    rest = dict(plain)
    version = rest.pop("schema", _ABSENT)
    if version not in (SCHEMA, _ABSENT):
        template = "this release reads {known!r}, not {value}; migrate the document"
        raise Faults([PolicyError("document.schema", template, path="schema", known=SCHEMA, value=shown(version))])
    faults: list[SalesRulesError] = []
    if version is _ABSENT:
        faults.append(PolicyError("document.schema", "add schema = {known!r} at the top", path="schema", known=SCHEMA))
    if other := _other(rest, hint):
        raise Faults([*faults, other])
    value: Any = None
    try:
        value = _converter().structure(rest, hint)
    except Exception as error:  # noqa: BLE001  whatever a constructor raises is a fault of the document
        faults += islice(_flat(error), MOST_FAULTS)
    if faults:
        raise Faults(faults)
    return value


def _other(table: dict[str, Any], hint: Any) -> PolicyError | None:
    """What is said of a document that is another one than is wanted, in place of a fault for each of its keys."""
    form = shape(hint)
    records: Any = [form] if isinstance(form, Record) else [shape(record) for record in form.records] if isinstance(form, OneOf) else []
    members = [member for record in records for member in record.members]
    kinds = tuple(record.kind for record in records if record.kind is not None)
    strange = [step(key) for key in table if key not in {"kind", *(member.key for member in members)}]
    if kinds and strange and "kind" not in table:
        template = "add a kind: {known}; but {strange} are no keys of such a document: is this the right file?"
        return PolicyError("document.kind", template, path="kind", known=_listed(kinds), strange=", ".join(strange[:5]))
    if members and not kinds and "kind" in table and "kind" not in {member.key for member in members}:
        template = "this is a document of kind {other}, and one with {keys} and without a kind is wanted: is this the right file?"
        keys = ", ".join(member.key for member in members if member.default is attrs.NOTHING)
        return PolicyError("document.kind", template, path="kind", other=shown(table["kind"]), keys=keys)
    return None


@cache  # two threads may build it twice at the start; either one serves
def _converter() -> "Converter":
    from cattrs import Converter  # tens of milliseconds that a host which builds its policies in Python never pays

    converter = Converter(detailed_validation=True, forbid_extra_keys=True)
    converter.register_structure_hook_factory(lambda hint: True, lambda hint: _HOOKS[type(shape(hint))](shape(hint), hint, converter))
    for plainest in (str, int, bool):  # cattrs prefers its own hooks for these, which convert: 3 to "3", "3" to 3
        converter.register_structure_hook(plainest, _scalar(shape(plainest), plainest, converter))
    return converter


_Hook = Callable[[Any, Any], Any]


def _scalar(form: Any, hint: Any, converter: "Converter") -> _Hook:
    return lambda value, _: form.read(value)


def _choice(form: Choice, hint: Any, converter: "Converter") -> _Hook:
    def choose(value: Any, _: Any) -> Any:
        for known in form.values:
            if type(known) is type(value) and known == value:
                return known
        raise refusal(value, f"one of {_listed(form.values)}")

    return choose


def _listing(form: Listing | Fixed, hint: Any, converter: "Converter") -> _Hook:
    length = len(form.items) if isinstance(form, Fixed) else None
    expected = "a list" if length is None else f"a list of {length}"

    def collect(value: Any, _: Any) -> Any:
        if not isinstance(value, list) or length not in (None, len(value)):
            raise refusal(value, expected)
        return inner(value, hint)

    inner: _Hook = converter.gen_structure_hetero_tuple(hint) if length is not None else converter._structure_tuple
    return collect


def _record(form: Record, hint: Any, converter: "Converter") -> _Hook:
    from cattrs import ClassValidationError
    from cattrs.gen import make_dict_structure_fn, override

    def read(hint: Any, value: Any, _: Any) -> Any:
        return converter.structure(value, hint)

    fields = {member.name: override(rename=member.key, struct_hook=partial(read, member.hint)) for member in form.members}
    build = make_dict_structure_fn(hint, converter, **fields)  # type: ignore[arg-type]

    def table(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise refusal(value, f"a table with {', '.join(member.key for member in form.members) or 'no keys'}")
        if form.kind is None:
            return build(value, hint)
        if "kind" in value:
            _check_kind(value, (form.kind,))
            return build({key: item for key, item in value.items() if key != "kind"}, hint)
        # there is no doubt what is meant: the other faults may be told as well
        absent = _no_kind((form.kind,))
        try:
            build(value, hint)
        except ClassValidationError as error:
            raise error.derive([absent, *error.exceptions]) from None
        raise absent

    return table


def _one_of(form: OneOf, hint: Any, converter: "Converter") -> _Hook:
    kinds: dict[str, Any] = {getattr(class_of(record), "kind", ""): record for record in form.records}

    def alternative(value: Any, _: Any) -> Any:
        if value is None and form.optional:
            return None
        if form.value is not None and not (form.records and isinstance(value, dict)):
            return converter.structure(value, form.value)
        if len(kinds) == 1:
            return converter.structure(value, form.records[0])
        if not isinstance(value, dict):
            raise refusal(value, f"a table with a kind: {_listed(tuple(kinds))}")
        _check_kind(value, tuple(kinds))
        return converter.structure(value, kinds[value["kind"]])

    return alternative


def _check_kind(table: dict[str, Any], allowed: tuple[str, ...]) -> None:
    if "kind" not in table:
        raise _no_kind(allowed)
    kind = table["kind"]
    if not isinstance(kind, str) or kind not in allowed:
        raise PolicyError("document.kind", "unknown kind {kind}; use {known}", path="kind", kind=shown(kind), known=_listed(allowed))


def _no_kind(allowed: tuple[str, ...]) -> PolicyError:
    return PolicyError("document.kind", "add a kind: {known}", path="kind", known=_listed(allowed))


def _listed(values: tuple[Any, ...]) -> str:
    return ", ".join(map(repr, values))


_HOOKS: dict[type[Shape], Callable[[Any, Any, "Converter"], _Hook]] = {
    Scalar: _scalar,
    Choice: _choice,
    Listing: _listing,
    Fixed: _listing,
    Record: _record,
    OneOf: _one_of,
}


def _flat(error: Exception) -> Iterator[SalesRulesError]:
    """The faults in what cattrs raised, paths and all; lazily, because a hostile document may hold millions."""
    from cattrs import BaseValidationError, ForbiddenExtraKeysError

    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            yield from _placed(inner, error.cl)
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [document_key(field) for field in attrs.fields(class_of(error.cl)) if field.init]
        for key in sorted(error.extra_fields):
            yield _unknown(key, known)
    elif isinstance(error, Faults):
        yield from error.faults
    elif isinstance(error, SalesRulesError):
        yield error
    else:
        yield PolicyError("document.value", "{reason}", reason=(str(error) or type(error).__name__)[:200])


def _placed(error: Exception, cls: Any) -> Iterator[SalesRulesError]:
    from cattrs import AttributeValidationNote, IterableValidationNote

    for note in getattr(error, "__notes__", ()):
        if isinstance(note, IterableValidationNote):
            yield from (fault.at(f"[{note.index}]") for fault in _flat(error))
            return
        if isinstance(note, AttributeValidationNote):
            key = document_key(getattr(attrs.fields(class_of(cls)), note.name))
            if isinstance(error, KeyError):
                yield PolicyError("document.missing", "{key} is missing; add it", path=step(key), key=key)
            else:
                yield from (fault.at(step(key)) for fault in _flat(error))
            return
    yield from _flat(error)


def _unknown(key: str, known: list[str]) -> PolicyError:
    near = get_close_matches(key, known, n=1) if len(key) <= 60 else []
    if near:
        return PolicyError("document.unknown_key", "unknown key; did you mean {near}?", path=step(key), key=shown(key), near=near[0])
    return PolicyError("document.unknown_key", "unknown key; the keys here are {known}", path=step(key), key=shown(key), known=", ".join(known))
