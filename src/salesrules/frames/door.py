"""The door: columns of an eager frame become arrays of integers, or are refused with the column and the first row that is wrong.

>>> table = narwhals.from_dict({"amount": [1200, None]}, backend="polars")
>>> integers(table["amount"], "amount")
Traceback (most recent call last):
...
salesrules.errors.FactError: column amount: row 1 is empty; fill it in, or leave the row out [frames.null]
>>> integers(narwhals.from_dict({"amount": [12.5]}, backend="polars")["amount"], "amount")
Traceback (most recent call last):
...
salesrules.errors.FactError: column amount: holds floats (Float64), which are not exact; give whole minor units, or decimals [frames.float]
"""

from collections.abc import Callable, Sequence
from typing import Any

import narwhals
import numpy

from ..errors import FactError
from .spans import fits

__all__ = ["conditions", "days", "full", "integers", "money"]


def full(series: Any, name: str, start: int = 0) -> Any:
    """The column, refused where a row is empty. ``start`` is the number of its first row."""
    empty = int(series.null_count())
    if not empty and series.dtype.is_float():
        empty = int(series.is_nan().sum())
    if empty:
        missing = series.is_null() if series.null_count() else series.is_nan()
        row = start + int(missing.to_numpy().argmax())
        raise FactError("frames.null", "row {row} is empty; fill it in, or leave the row out", path=f"column {name}", row=row)
    return series


def integers(series: Any, name: str, start: int = 0) -> Any:
    """A column of integers as an array."""
    _no_floats(series.dtype, name)
    if not series.dtype.is_integer():
        raise FactError("frames.integers", "holds {dtype}, where integers are needed; convert it first", path=f"column {name}", dtype=str(series.dtype))
    return _int64(full(series, name, start), name, start)


def _no_floats(dtype: Any, name: str) -> None:
    if dtype.is_float():
        raise FactError(
            "frames.float", "holds floats ({dtype}), which are not exact; give whole minor units, or decimals", path=f"column {name}", dtype=str(dtype)
        )


def _int64(series: Any, name: str, start: int) -> Any:
    values = series.to_numpy()
    if values.dtype == numpy.uint64 and len(values) and values.max() > numpy.iinfo(numpy.int64).max:
        row = start + int(values.argmax())
        raise FactError("frames.bound", "row {row} holds {value}, past 64 bits", path=f"column {name}", row=row, value=int(values.max()))
    return values.astype(numpy.int64, copy=False)


def money(series: Any, name: str, digits: Callable[[], Sequence[int]], start: int = 0) -> Any:
    """A column of money as an array of minor units: integers are minor units, decimals are major ones.

    Args:
        series: the column.
        name: what it is called.
        digits: says how many decimals the currency of each row has; asked only for decimals.
        start: the number of the first row.

    Raises:
        FactError: ``frames.float``, ``frames.null``, ``frames.bound``, ``frames.digits`` where a decimal has more digits than the currency.
    """
    if series.dtype.is_integer() or series.dtype.is_float():
        return integers(series, name, start)
    full(series, name, start)
    exact = [_minor(value, name, places, start + row) for row, (value, places) in enumerate(zip(series.to_list(), digits(), strict=True))]
    for row, value in enumerate(exact):
        if not fits(value, value):
            raise FactError("frames.bound", "row {row} holds {value}, past 64 bits", path=f"column {name}", row=start + row, value=value)
    return numpy.array(exact, numpy.int64)


def _minor(value: Any, name: str, digits: int, row: int) -> int:
    """Minor units of a decimal."""
    from decimal import Decimal

    if not isinstance(value, Decimal) or not value.is_finite():
        raise FactError("frames.money", "row {row} holds {value!r}; give whole minor units, or decimals", path=f"column {name}", row=row, value=value)
    sign, told, exponent = value.as_tuple()
    number = int("".join(map(str, told)) or "0")
    shift = digits + int(exponent)
    whole, rest = (number * 10**shift, 0) if shift >= 0 else divmod(number, 10**-shift)
    if rest:
        raise FactError(
            "frames.digits", "row {row} holds {value}, which has more than {digits} decimals", path=f"column {name}", row=row, value=value, digits=digits
        )
    return int(-whole if sign else whole)


def days(series: Any, name: str, start: int = 0) -> Any:
    """A column of dates as an array of days since 1970-01-01.

    Raises:
        FactError: ``frames.dates``, ``frames.null``, ``frames.time`` where a date has a time of the day.
    """
    if series.dtype == narwhals.Date:
        values = full(series, name, start)
        if series.implementation.is_pandas_like():
            return values.to_arrow().to_numpy(zero_copy_only=False).astype("datetime64[D]", copy=False).view(numpy.int64)
        return numpy.asarray(values.to_numpy()).astype("datetime64[D]", copy=False).view(numpy.int64)
    if series.dtype == narwhals.Object and series.len() and type(series[0]).__name__ == "date":
        return numpy.array(full(series, name, start).to_list(), dtype="datetime64[D]").view(numpy.int64)
    if not isinstance(series.dtype, narwhals.Datetime) or series.dtype.time_zone is not None:
        raise FactError("frames.dates", "holds {dtype}, where plain dates are needed; convert it first", path=f"column {name}", dtype=str(series.dtype))
    values = full(series, name, start).to_numpy()
    whole = values.astype("datetime64[D]")
    if (whole != values).any():
        row = start + int((whole != values).argmax())
        raise FactError(
            "frames.time",
            "row {row} holds {value}, which has a time of the day; give the date alone",
            path=f"column {name}",
            row=row,
            value=str(values[row - start]),
        )
    return whole.view(numpy.int64)


def conditions(series: Any, name: str, start: int = 0) -> Any:
    """A column of yes and no as an array.

    Raises:
        FactError: ``frames.condition``, ``frames.null``.
    """
    if series.dtype != narwhals.Boolean:
        raise FactError("frames.condition", "holds {dtype}, where true or false is needed; convert it first", path=f"column {name}", dtype=str(series.dtype))
    return full(series, name, start).to_numpy().astype(bool, copy=False)
