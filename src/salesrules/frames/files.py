"""Files of sales as tables: Parquet as it stands, CSV as exact text, in whichever library is installed.

A Parquet file is read by that library, whole numbers as minor units and decimals as major ones, like every table. Of a CSV file each cell is read as
`salesrules.commission.tables` reads it, and refused in the same words, with its line; amounts become minor units of the currency of their line, and no
number passes through a float.

    >>> lines = ["id,date,amount,rep", "S1,2026-03-02,1200.50,chen", "S2,2026-03-05,-80,li"]
    >>> narwhals.from_native(read_csv(lines, columns={"person": "rep"}, currency="CNY")).to_dict(as_series=False)["amount"]
    [120050, -8000]

Limitations: polars or pyarrow reads; pandas and DuckDB would need pyarrow for it.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import cache, partial
from importlib.util import find_spec
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import attrs
import narwhals

from ..commission import Credit, Sale
from ..commission.cells import bounded, cell_reader
from ..commission.tables import _lines, _Reading, _rows
from ..errors import FactError, SalesRulesError
from ..money import Currency
from ..money import currency as currency_of
from ..periods import Calendar, CivilCalendar, Period
from .stated import _upto

__all__ = ["LIBRARIES", "library", "people_of", "read_csv", "read_parquet", "row_of", "splits_of", "until", "within"]

LIBRARIES: tuple[Literal["polars", "pyarrow"], ...] = ("polars", "pyarrow")
"""What reads files, the first one installed."""

_CHUNK = 1 << 16
_MONEY = ("amount", "cost", "list_amount")
_WHOLE = ("units", "instalment")
_BESIDE = ("quota", "incentive")
_PLAIN = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,9}))?", re.ASCII)
_WHOLE_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)


def library() -> Literal["polars", "pyarrow"]:
    """The library that reads.

    Raises:
        FactError: ``frames.no_library``.
    """
    for name in LIBRARIES:
        if find_spec(name) is not None:
            return name
    raise FactError("frames.no_library", "no library is installed that reads tables; install polars or pyarrow")


def read_parquet(path: str | PathLike[str]) -> Any:
    """A Parquet file as a table in memory.

    Raises:
        FactError: ``frames.no_library``, ``frames.parquet``.
        OSError: the file is not there, or may not be read.
    """
    Path(path).open("rb").close()
    backend = library()
    try:
        return narwhals.read_parquet(str(path), backend=backend).to_native()
    except Exception as error:  # each library has errors of its own
        said = str(error).partition("\n")[0]
        raise FactError("frames.parquet", "cannot be read as Parquet: {reason}", path=Path(path).name, reason=said) from error


def read_csv(
    path_or_lines: str | PathLike[str] | Iterable[str],
    *,
    columns: Mapping[str, str] | None = None,
    currency: str,
    calendar: Calendar | None = None,
    encoding: str = "utf-8",
    name: str = "",
) -> Any:
    """A CSV file as a table in memory: days, minor units, whole numbers, yes and no; every other column is text.

    Args:
        path_or_lines: the file, or its lines: the first names the columns.
        columns: the column of each field of a sale that has another name.
        currency: of the amounts on lines that name none.
        calendar: that of the plan.
        encoding: of the file.
        name: what the faults call the file.

    Raises:
        FactFaults: everything that is wrong, up to the first hundred, each with its line.
        FactError: ``frames.no_library``, ``frames.column_kinds``, ``frames.beside``.
        OSError: the file cannot be read.
    """
    called = name or (Path(path_or_lines).name if isinstance(path_or_lines, str | PathLike) else "lines")
    reading = _Reading(called, Sale, calendar or CivilCalendar(), currency_of(currency))
    backend, header, schema = library(), list[str](), dict[str, Any]()
    made: list[Any] = []
    try:
        rows = _rows(_lines(path_or_lines, encoding))
        line, header = next(rows, (1, []))
        while header and not header[-1]:
            header.pop()
        reading.columns, reading.required = [*header], []
        reading.header(header, line)
        cells = _Cells(reading, header, columns or {})
        schema = cells.schema
        while chunk := list(islice(rows, _CHUNK)):
            made.append(narwhals.from_dict(cells.read(chunk), schema, backend=backend))
    except FactError as error:
        if error.code not in {"table.syntax", "table.encoding", "table.codec"}:
            raise
        reading.fault(error, int(error.path or 1))
    reading.check()
    return narwhals.concat(made or [narwhals.from_dict({name: [] for name in header}, schema, backend=backend)]).to_native()


class _Cells:
    """The columns of a CSV file, and how each is read."""

    def __init__(self, reading: _Reading, header: list[str], columns: Mapping[str, str]) -> None:
        self._reading, self._header = reading, header
        self._column = {field.name: field.name for field in attrs.fields(Sale)} | {"currency": "currency"} | dict(columns)
        self._known: dict[str, dict[str, Any]] = {}
        self._kinds = self._kinds_of(columns)
        types = {"date": narwhals.Date, "new_customer": narwhals.Boolean, **dict.fromkeys((*_MONEY, *_WHOLE), narwhals.Int64)}
        self.schema: dict[str, Any] = {name: types.get(self._kinds.get(name, ""), narwhals.String) for name in header}

    def _kinds_of(self, columns: Mapping[str, str]) -> dict[str, str]:
        """The field as which each column is read that is no text."""
        for field in _BESIDE:
            if field in columns:
                template = "a CSV file does not say whether {field} is money or a count; put it into {field}s.csv beside the file"
                raise FactError("frames.beside", template, path=f"columns.{field}", field=field)
        kinds: dict[str, str] = {}
        for field in ("date", *_MONEY, *_WHOLE, "new_customer"):
            column = self._column[field]
            other = kinds.setdefault(column, field)
            if {other, field} - set(_MONEY) and other != field:
                template = "is read as {one} and as {other}, which are written differently; name another column for one of them"
                raise FactError("frames.column_kinds", template, path=f"column {column}", one=other, other=field)
        return kinds

    def read(self, rows: list[tuple[int, list[str]]]) -> dict[str, list[Any]]:
        """Some lines as columns; what is wrong is noted, and leaves a gap."""
        width = len(self._header)
        for line, cells in rows:
            if len(cells) != width and (len(cells) < width or any(cells[width:])):
                template = "the line has {cells} cells under {columns} columns; give one for each column"
                self._reading.fault(FactError("table.cells", template, cells=len(cells), columns=width), line)
        lines = [line for line, _ in rows]
        texts = dict(zip(self._header, zip(*((cells + [""] * width)[:width] if len(cells) != width else cells for _, cells in rows), strict=True), strict=True))
        self._demand(texts, lines)
        said = texts.get(self._column["currency"])
        units = [self._reading.unit] * len(lines) if said is None else [self._unit(code, line) for code, line in zip(said, lines, strict=True)]
        return {
            name: self._money(name, texts[name], units, lines) if self._kinds.get(name) in _MONEY else self._values(name, texts[name], lines)
            for name in self._header
        }

    def _demand(self, texts: Mapping[str, tuple[str, ...]], lines: list[int]) -> None:
        """Refuse lines that leave out what every sale has."""
        for field in ("id", "date", "amount"):
            name = self._column[field]
            for row in _empty(texts.get(name, ())):
                self._reading.fault(FactError("table.missing", "{name} is empty; fill it in", name=name), lines[row], name)
        names = [self._column[field] for field in ("person", "credits", "returns")]
        for row in _empty(texts.get(names[0], ())):
            if not any(texts[name][row] for name in names[1:] if name in texts):
                self._reading.fault(FactError("sale.uncredited", "credited to nobody; name a person, or a house account of the plan"), lines[row], names[0])

    def _values(self, name: str, texts: tuple[str, ...], lines: list[int]) -> list[Any]:
        """Texts, days, whole numbers, yes and no; each value that is written is read once."""
        kind = self._kinds.get(name)
        if kind is None:
            return [text or None for text in texts]
        known = self._known.setdefault(name, {"": {"date": None, "new_customer": False}.get(kind, 0)})
        read: Callable[[str], Any] = _whole if kind in _WHOLE else lambda text: self._reading.cells[kind](bounded(text), None)
        values = []
        for row, text in enumerate(texts):
            value = known[text] if text in known else self._tried(read, text, lines[row], name)
            if value is not None:
                known[text] = value
            values.append(value)
        return values

    def _tried(self, read: Callable[[str], Any], text: str, line: int, name: str) -> Any:
        """The value of a cell, or None where it is wrong."""
        try:
            return read(text)
        except SalesRulesError as error:
            self._reading.fault(error, line, name)
            return None

    def _money(self, name: str, texts: tuple[str, ...], units: list[Currency | None], lines: list[int]) -> list[int | None]:
        """Minor units of the currency of each line; what is written simply needs no decimal."""
        values: list[int | None] = []
        for row, (text, unit) in enumerate(zip(texts, units, strict=True)):
            plain = _PLAIN.fullmatch(text)
            if unit is None or not text:
                values.append(None)
            elif plain is not None and len(part := plain[3] or "") <= unit.digits <= 3:
                count = int(plain[2] + part.ljust(unit.digits, "0"))
                values.append(-count if plain[1] else count)
            else:
                values.append(self._tried(partial(self._minor, unit=unit), text, lines[row], name))
        return values

    def _minor(self, text: str, unit: Currency) -> int:
        count: int = self._reading.cells["amount"](bounded(text), unit).minor
        if not -(2**63) <= count < 2**63:
            raise FactError("frames.wide", "{value} is more than a table holds; write a smaller amount", value=text)
        return count

    def _unit(self, code: str, line: int) -> Currency | None:
        """The currency of a line; none where it is wrong."""
        known = self._known.setdefault("", {"": self._reading.unit})
        unit: Currency | None = known[code] if code in known else self._tried(lambda text: currency_of(bounded(text)), code, line, self._column["currency"])
        if unit is not None:
            known[code] = unit
        return unit


def _empty(texts: tuple[str, ...]) -> list[int]:
    return [row for row, text in enumerate(texts) if not text] if "" in texts else []


def _whole(text: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(text):
        template = "{value!r} is no whole number; a table counts whole units: write it like 12, or compute from a folder with sales.csv"
        raise FactError("frames.whole", template, value=bounded(text))
    return int(text)


def until(table: Any, on: date, columns: Mapping[str, str]) -> Any:
    """The rows of a table up to a day; all of them where it has no days."""
    return _upto(narwhals.from_native(table), columns.get("date", "date"), on).to_native()


def splits_of(table: Any, columns: Mapping[str, str]) -> tuple[Any, Any]:
    """The table, and who is credited with its joint sales: what its column ``credits`` says, as `salesrules.frames.apply` takes it.

    Args:
        table: a table in memory; its column ``credits`` is written as in a CSV file: ``chen:60%;li:40%``.
        columns: the column of each field of a sale that has another name.

    Returns:
        The table, with a column for the person if it had none, and the second table; ``None`` where no sale is joint.

    Raises:
        FactError: ``table.credits``, ``sale.person_and_credits``.
    """
    frame, person, key = narwhals.from_native(table), columns.get("person", "person"), columns.get("id", "id")
    if person not in frame.columns and "person" not in columns:
        frame = frame.with_columns(narwhals.lit(None, narwhals.String()).alias(person))
    if not {"credits", key, person} <= {*frame.columns}:
        return table, None
    told = narwhals.col("credits")
    joint = frame.filter(~told.is_null() & (told.cast(narwhals.String()) != ""))
    back = columns.get("returns", "returns")
    if back in joint.columns:  # a return is credited like its sale, whatever stands in its cells
        joint = joint.filter(narwhals.col(back).is_null() | (narwhals.col(back).cast(narwhals.String()) == ""))
    if not len(joint):
        return frame.to_native(), None
    made: dict[str, list[Any]] = {"id": [], "person": [], "share": [], "kind": []}
    read = cache(_credits)
    for sale, who, text in zip(*(joint[name].to_list() for name in (key, person, "credits")), strict=True):
        try:
            shared = read(str(text))
        except SalesRulesError as error:
            error.path = f"sale {sale}"
            raise
        if who not in {None, ""} and shared != (Credit(str(who)),):
            template = "names {person} and a list of credits; give the one or the other"
            raise FactError("sale.person_and_credits", template, path=f"sale {sale}", person=str(who))
        for credit in shared:
            made["id"].append(sale)
            made["person"].append(credit.person)
            made["share"].append(f"{credit.share.numerator}/{credit.share.denominator}")
            made["kind"].append(credit.kind)
    return frame.to_native(), narwhals.from_dict(made, backend=frame.implementation).to_native()


def _credits(text: str) -> tuple[Credit, ...]:
    shared: tuple[Credit, ...] = cell_reader(attrs.fields(Sale).credits, CivilCalendar())(bounded(text), None)
    return shared


def within(table: Any, columns: Mapping[str, str], period: Period, people: Collection[str]) -> Any:
    """The rows of a period, of some people or of everybody, as an eager frame."""
    day, person = (narwhals.col(columns.get(name, name)) for name in ("date", "person"))
    frame = narwhals.from_native(table).filter((day >= period.start) & (day <= period.last))
    return frame.filter(person.cast(narwhals.String()).is_in(list(people))) if people else frame


def row_of(table: Any, columns: Mapping[str, str], sale: str) -> Any:
    """The id of a sale as it stands in the table: a number where its ids are numbers.

    Raises:
        FactError: ``frames.no_row`` where it cannot be one of them.
    """
    frame, key = narwhals.from_native(table), columns.get("id", "id")
    if not frame[key].dtype.is_integer():
        return sale
    if not _WHOLE_NUMBER.fullmatch(sale):
        raise FactError("frames.no_row", "the table has no row with {key} {row!r}", path=f"column {key}", key=key, row=sale)
    return int(sale)


def people_of(lines: Any, columns: Mapping[str, str], row: Any) -> list[str]:
    """Who is paid for a sale."""
    key, person = (columns.get(name, name) for name in ("id", "person"))
    found = narwhals.from_native(lines).filter(narwhals.col(key) == row)
    return [str(one) for one in dict.fromkeys(found[person].to_list()) if one is not None]
