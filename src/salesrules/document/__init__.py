"""Policies as documents: TOML to write, JSON to exchange, one attrs class to describe both.

The class and its annotations are all there is to say; nothing is registered. Unknown keys are refused, the classes of a union are told
apart by ``kind``, numbers never pass through a binary float, and every fault of a document is reported at once with its path. There
are no formulas in strings and nothing is evaluated. A field that holds its default is not written.

    >>> import attrs
    >>> from fractions import Fraction
    >>> from salesrules._fields import field
    >>> @attrs.frozen(kw_only=True)
    ... class Band:
    ...     '''A slice of revenue and what it pays.'''
    ...     start: int = field(doc="the band starts here", key="from")
    ...     rate: Fraction = field(doc="the share paid", rate=True)
    >>> @attrs.frozen(kw_only=True)
    ... class Plan:
    ...     bands: tuple[Band, ...]
    >>> text = '''
    ... schema = "salesrules/1"
    ... bands = [
    ...   { from = 0, rate = "3%" },
    ...   { from = 500, rate = "7.25%" },
    ... ]
    ... '''
    >>> plan = loads(text, Plan)
    >>> plan.bands[1]
    Band(start=500, rate=Fraction(29, 400))
    >>> print(dumps(plan), end="")
    schema = "salesrules/1"
    bands = [
      { from = 0, rate = "3%" },
      { from = 500, rate = "7.25%" },
    ]
    >>> loads(text.replace("from = 500", "form = 500").replace('"3%"', "3"), Plan)
    Traceback (most recent call last):
        ...
    salesrules.errors.Faults: 3 faults:
      bands[0].rate: 3 as a rate would be 300%; write '3%' or '0.03', or '300%' if that is meant [rate.percent]
      bands[1].from: from is missing; add it [document.missing]
      bands[1].form: unknown key; did you mean from? [document.unknown_key] [document.faults]

How an annotation is written:

================================ ==============================================================================
``str`` ``int`` ``bool``         as they are; never converted into each other
``Decimal``                      a number, or text in JSON
``Fraction``                     ``"1/3"``, ``"150%"``, ``1.5``; with ``rate=True`` a bare number beyond 1 is refused
``date``                         a TOML date, or text ``"2026-01-31"``
`Money` `Currency`               ``"12.30 CNY"`` or ``{ amount = "12.30", currency = "CNY" }``; ``"CNY"``
`Exact`                          as `Money`, with any decimals or as a fraction: ``"12.3456 CNY"``, ``"100/3 CNY"``
``Literal[...]``                 one of its values
``tuple[X, ...]``                a list; ``tuple[X, Y]`` a list of two
``X | None``                     left out, or ``null`` in JSON
an attrs class                   a table; with a ``kind`` where the class has ``kind: ClassVar[str]``
a union of such classes          a table, told apart by ``kind``; one alternative may be something else than a table
================================ ==============================================================================
"""

from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from ..errors import Faults, PolicyError
from .describing import described
from .parsing import FORMATS, LIMIT, parse
from .reading import SCHEMA, structured
from .shapes import check
from .writing import WRITERS, plain

__all__ = ["FORMATS", "LIMIT", "SCHEMA", "dumps", "load", "loads", "schema"]

T = TypeVar("T")


def loads(text: str | bytes, cls: type[T], *, format: str = "toml", limit: int = LIMIT) -> T:
    """The value that a document describes.

    Args:
        text: the document; bytes are read as UTF-8, with or without a byte order mark.
        cls: an attrs class, or a union of attrs classes with a ``kind``.
        format: a key of `FORMATS`: ``toml`` or ``json``.
        limit: the longest document read, in characters or bytes.

    Raises:
        Faults: every fault at once. Codes ``document.format``, ``.too_large``, ``.encoding``, ``.syntax``, ``.too_deep``,
            ``.duplicate_key``, ``.float``, ``.number``, ``.schema``, ``.unknown_key``, ``.missing``, ``.type``, ``.amount``, ``.kind``, ``.value``,
            and whatever the constructors of the values raise.
        TypeError: ``cls`` holds an annotation that no document can express; a mistake in the class.
    """
    described_class: Any = structured(parse(text, format=format, limit=limit), cls)
    return described_class  # type: ignore[no-any-return]


def load(path: str | PathLike[str], cls: type[T], *, limit: int = LIMIT) -> T:
    """The value that a file describes, its format told by the suffix: ``.toml`` or ``.json``.

    Raises:
        Faults: as `loads`.
        OSError: the file cannot be opened.
    """
    path = Path(path)
    with path.open("rb") as file:
        text = file.read(limit + 1)  # one more than allowed is enough to know that it is too large
    return loads(text, cls, format=path.suffix.removeprefix(".").lower(), limit=limit)


def dumps(value: Any, *, format: str = "toml") -> str:
    """The document that describes a value; `loads` gives the same value back. Fields that hold their default are left out.

    Args:
        value: an instance of an attrs class.
        format: ``toml`` or ``json``.

    Raises:
        Faults: ``document.format``; ``document.null`` for a None that TOML cannot express; ``document.number``.
        TypeError: the class holds an annotation that no document can express.
    """
    cls: Any = type(value)
    check(cls)
    if format not in WRITERS:
        raise Faults([PolicyError("document.format", "unknown format {format!r}; use one of {known}", format=format, known=", ".join(WRITERS))])
    try:
        return WRITERS[format]({"schema": SCHEMA} | plain(value, cls))
    except PolicyError as error:
        raise Faults([error]) from None


def schema(cls: Any) -> dict[str, Any]:
    """JSON Schema (2020-12) of the documents of a class, in their JSON form.

        >>> import attrs
        >>> @attrs.frozen(kw_only=True)
        ... class Target:
        ...     '''A target.'''
        ...     units: int
        >>> schema(Target)["properties"]["units"]
        {'type': 'integer'}

    Raises:
        TypeError: the class holds an annotation that no document can express.
    """
    return described(cls)
