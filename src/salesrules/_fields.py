"""How a field of a value says what it is called, what it means in a document, and which words it takes.

`salesrules.document` works from the attrs class alone; what the annotation cannot say stands in the field's metadata. Documents refuse
a wrong word when they are read; `word` and `listing` refuse it where rules and facts are made in Python.

    >>> import attrs
    >>> @attrs.frozen(kw_only=True)
    ... class Band:
    ...     lower: int = field(doc="the band starts here", key="from")
    ...     name: str = field(doc="what the band is called", default="")
    ...     over: Literal["month", "year"] = word(doc="what it counts", default="month")
    ...     roles: tuple[str, ...] = listing(doc="who is paid", default=())
    >>> attrs.fields(Band).lower.metadata["key"]
    'from'
    >>> Band(lower=3, roles=["rep"])
    Band(lower=3, name='', over='month', roles=('rep',))
    >>> Band(lower=3, over="yaer")
    Traceback (most recent call last):
        ...
    salesrules.errors.PolicyError: over: over is 'yaer'; use one of 'month', 'year' [field.word]
    >>> Band(lower=3, roles="rep")
    Traceback (most recent call last):
        ...
    salesrules.errors.PolicyError: roles: roles is 'rep'; write a list of str [field.list]
"""

import reprlib
from collections.abc import Callable, Iterable
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import attrs

from .errors import PolicyError, SalesRulesError

__all__ = ["about", "check_word", "field", "listing", "word", "words_of"]

_Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def about(doc: str, *, key: str | None = None, rate: bool = False) -> dict[str, Any]:
    """The metadata of a field, for ``attrs.field(metadata=about(...))``: type checkers then see which arguments are required.

    Args:
        doc: what the field means; the description in the JSON Schema.
        key: the name in documents where it differs from the attribute (``from``, ``class``).
        rate: read fractions with `salesrules.money.rate`, which refuses a bare ``7``, instead of `salesrules.money.ratio`.
    """
    return {"doc": doc, "rate": rate} | ({} if key is None else {"key": key})


def field(*, doc: str, key: str | None = None, rate: bool = False, default: Any = attrs.NOTHING, factory: Any = None, **options: Any) -> Any:
    """``attrs.field`` with the metadata of `about`; other options go to ``attrs.field`` as they are.

    A type checker takes such a field for optional. Where that matters, write ``attrs.field(metadata=about(...))``.
    """
    return attrs.field(metadata=about(doc, key=key, rate=rate), default=default, factory=factory, **options)


def word(*, doc: str, default: Any = attrs.NOTHING, error: type[SalesRulesError] = PolicyError) -> Any:
    """A `field` annotated with ``Literal[...]``, or with one or ``None``, that refuses any other word.

    Args:
        doc: what the field means.
        default: what holds where it is left out.
        error: what is raised: `PolicyError` for rules, `salesrules.errors.FactError` for facts. Its code is ``field.word``.
    """
    return field(doc=doc, default=default, validator=_one_of(error))


def listing(*, doc: str, default: Any = attrs.NOTHING, error: type[SalesRulesError] = PolicyError) -> Any:
    """A `field` annotated with ``tuple[X, ...]`` that refuses what is no ``X``, and one text where several belong. A list is made a tuple.

    Args:
        doc: what the field means.
        default: what holds where it is left out.
        error: as for `word`. The codes are ``field.list``, ``field.item``, and ``field.word`` where X is a ``Literal``.
    """
    return field(doc=doc, default=default, converter=_as_tuple, validator=_many(error))


def words_of(hint: Any) -> tuple[Any, ...]:
    """The words that an annotation allows.

    >>> words_of(Literal["net", "gross"] | None), words_of(tuple[Literal["all"], ...]), words_of(str)
    (('net', 'gross', None), ('all',), ())
    """
    if hint is NoneType:
        return (None,)
    return get_args(hint) if get_origin(hint) is Literal else tuple(known for part in get_args(hint) for known in words_of(part))


def check_word(given: Any, known: tuple[Any, ...], name: str, *, path: str = "", error: type[SalesRulesError] = PolicyError) -> None:
    """Refuse a word that is not known.

    Args:
        given: the word.
        known: the words that are, as `words_of` or `typing.get_args` tells them.
        name: what the argument is called.
        path: where it stands, if that is not its name.
        error: as for `word`.

    Raises:
        PolicyError: ``field.word``; or the ``error`` that is given.

    >>> check_word("gros", ("net", "gross"), "basis")
    Traceback (most recent call last):
        ...
    salesrules.errors.PolicyError: basis: basis is 'gros'; use one of 'net', 'gross' [field.word]
    """
    if given not in known:
        template = "{name} is {given}; use one of {known}"
        told = SalesRulesError("field.word", template, path=path or name, name=name, given=reprlib.repr(given), known=", ".join(map(repr, known)))
        raise _as(error, told)


def _as(kind: type[SalesRulesError], error: SalesRulesError) -> SalesRulesError:
    """The same error of the kind that the declaration names."""
    return kind(error.code, error.template, path=error.path, **error.params)


def _as_tuple(given: Any) -> Any:
    if isinstance(given, tuple):
        return given
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else given


def _one_of(error: type[SalesRulesError]) -> _Validator:
    """Refuses what the annotation does not list."""
    known: tuple[Any, ...] = ()

    def check(_: Any, attribute: "attrs.Attribute[Any]", given: Any) -> None:
        nonlocal known
        if given not in known:
            known = words_of(attribute.type)
            check_word(given, known, attribute.name, error=error)

    return check


def _many(error: type[SalesRulesError]) -> _Validator:
    """Refuses what is no tuple of what the annotation says."""
    kind: Any = None
    known: tuple[Any, ...] = ()

    def check(_: Any, attribute: "attrs.Attribute[Any]", given: Any) -> None:
        nonlocal kind, known
        if given == ():
            return
        if kind is None:
            known = words_of(attribute.type)
            kind = str if known else get_args(attribute.type)[0]
        if not isinstance(given, tuple):
            template = "{name} is {given}; write a list of {kind}"
            raise _as(error, SalesRulesError("field.list", template, path=attribute.name, name=attribute.name, given=reprlib.repr(given), kind=kind.__name__))
        for one in given:
            if not isinstance(one, kind):
                template = "{name} holds {given}; each of them is a {kind}"
                path = f"{attribute.name}[{given.index(one)}]"
                raise _as(error, SalesRulesError("field.item", template, path=path, name=attribute.name, given=reprlib.repr(one), kind=kind.__name__))
            if known:
                check_word(one, known, attribute.name, path=f"{attribute.name}[{given.index(one)}]", error=error)

    return check
