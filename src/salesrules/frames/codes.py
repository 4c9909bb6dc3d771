"""Numbers for the values of a column: dense, from 0, in the order in which the values are met.

>>> names = Codes()
>>> names.of(narwhals.new_series("person", ["li", "chen", "li"], backend="polars"))
array([0, 1, 0])
>>> names.texts
['li', 'chen']
"""

from typing import Any

import narwhals
import numpy

__all__ = ["Codes", "indices"]

_WIDE = 1 << 22


def indices(series: Any) -> Any:
    """Some small number for each value of a text column, the same for the same value; what the libraries keep for a category."""
    native = series.cast(narwhals.Categorical()).to_native()
    if series.implementation.is_polars():
        return native.to_physical().to_numpy().astype(numpy.intp)
    if series.implementation.is_pyarrow():
        return numpy.concatenate([chunk.indices.to_numpy() for chunk in native.unify_dictionaries().chunks] or [_NONE]).astype(numpy.intp)
    return native.cat.codes.to_numpy().astype(numpy.intp)


class Codes:
    """The values met so far, each with its number. Values are known to the rules by their text."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.values: list[Any] = []
        self.texts: list[str] = []
        self._known: dict[str, int] = {}
        self._table, self._least = _NONE, 0

    def __len__(self) -> int:
        return len(self.values)

    def of(self, series: Any) -> Any:
        """The numbers of a column of texts or integers."""
        if not len(series):
            return _NONE
        if series.dtype.is_decimal() or series.dtype == narwhals.Object:
            return numpy.array([self.number(value) for value in series.to_list()], numpy.intp)
        if not series.dtype.is_integer():
            return self._of_places(indices(series), series)
        values = series.to_numpy()
        if values.dtype != numpy.uint64:
            values = values.astype(numpy.int64, copy=False)  # a narrow type might not hold the way from the least value
        if not self._widened(int(values.min()), int(values.max())):
            return self._of_places(numpy.unique(values, return_inverse=True)[1], series)
        codes = self._table[values - self._least] if self._least else self._table[values]
        if codes.min() < 0:
            met = numpy.zeros(len(self._table), bool)
            met[values - self._least] = True
            for place in numpy.flatnonzero(met & (self._table < 0)).tolist():
                self._table[place] = self.number(place + self._least)
            codes = self._table[values - self._least]
        return codes

    def number(self, value: Any) -> int:
        """The number of one value."""
        text = "" if value is None else str(value)
        if text not in self._known:
            self._known[text] = len(self.values)
            self.values.append(value)
            self.texts.append(text)
        elif isinstance(self.values[self._known[text]], str):
            self.values[self._known[text]] = value
        return self._known[text]

    def has(self, text: str) -> bool:
        """Whether a value was met."""
        return text in self._known

    def _of_places(self, places: Any, series: Any) -> Any:
        first = numpy.full(int(places.max()) + 1, -1, numpy.intp)
        first[places[::-1]] = numpy.arange(len(places) - 1, -1, -1)
        used = numpy.flatnonzero(first >= 0)
        first[used] = [self.number(value) for value in series[first[used].tolist()].to_list()]
        return first[places]

    def _widened(self, least: int, most: int) -> bool:
        """Let the table reach from the least value to the most, unless they lie too far apart."""
        low, high = (0 if least >= 0 and most < _WIDE else least), most
        if len(self._table):
            low, high = min(least, self._least), max(most, self._least + len(self._table) - 1)
        if high - low >= _WIDE:
            return False
        if high - low >= len(self._table):
            table = numpy.full(high - low + 1, -1, numpy.intp)
            table[self._least - low : self._least - low + len(self._table)] = self._table
            self._table, self._least = table, low
        return True


_NONE = numpy.empty(0, numpy.intp)
