"""How a field of a value says what it is called and what it means in a document.

`salesrules.document` works from the attrs class alone; what the annotation cannot say stands in the field's metadata. This module
imports attrs and nothing else, so that every layer may use it.

    >>> import attrs
    >>> @attrs.frozen(kw_only=True)
    ... class Band:
    ...     lower: int = field(doc="the band starts here", key="from")
    ...     name: str = field(doc="what the band is called", default="")
    >>> attrs.fields(Band).lower.metadata["key"]
    'from'
    >>> Band(lower=3)
    Band(lower=3, name='')
"""

from typing import Any

import attrs

__all__ = ["about", "field"]


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
