"""Posting order: the order of the rows decides what a running total is, so it must be declared, and no two rows may share a place in it.

>>> import narwhals
>>> table = narwhals.from_dict({"id": ["S2", "S1"], "date": [2, 1]}, backend="polars")
>>> rows, places = posted(table, ("date", "id"))
>>> rows["id"].to_list(), places.tolist()
(['S1', 'S2'], [1, 0])
"""

from typing import Any

import numpy

from ..errors import FactError

__all__ = ["posted"]

_PLACE = "salesrules_place"
_CHUNK = 1 << 19


def posted(frame: Any, order: tuple[str, ...]) -> tuple[Any, Any]:
    """The rows in posting order, and the place each had in the table; ``None`` where they stood in order already.

    Raises:
        FactError: ``frames.duplicate`` where two rows have the same place in the order; ``frames.null`` for a row without one.
    """
    for name in order:
        if frame[name].null_count():
            row = int(frame[name].is_null().to_numpy().argmax())
            raise FactError("frames.null", "row {row} is empty; fill it in, or leave the row out", path=f"column {name}", row=row)
    if _unordered(frame, order) is None:
        return frame, None
    sorted_ = frame.with_row_index(_PLACE).sort(*order)
    places = sorted_[_PLACE].to_numpy().astype(numpy.intp)
    again = _unordered(sorted_, order)
    if again is not None:
        raise FactError(
            "frames.duplicate",
            "rows {first} and {second} both have {key}; name columns that order all rows",
            path=f"order {', '.join(order)}",
            first=int(min(places[again - 1 : again + 1])),
            second=int(max(places[again - 1 : again + 1])),
            key=", ".join(str(sorted_[name][again]) for name in order),
        )
    return sorted_.drop(_PLACE), places


def _unordered(frame: Any, order: tuple[str, ...]) -> int | None:
    """The first row that does not come after the one before it."""
    for start in range(1, len(frame), _CHUNK):
        end = min(start + _CHUNK, len(frame))
        pairs = [(frame[name][start - 1 : end - 1], frame[name][start:end]) for name in order]
        if (pairs[-1][1] > pairs[-1][0]).all() and all((two >= one).all() for one, two in pairs[:-1]):
            continue
        later: Any = numpy.zeros(end - start, bool)
        for one, two in reversed(pairs):
            later = (two > one).to_numpy() | ((two == one).to_numpy() & later)
        wrong = numpy.flatnonzero(~later.astype(bool))
        if len(wrong):
            return start + int(wrong[0])
    return None
