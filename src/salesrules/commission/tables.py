"""Facts from CSV files: a column for each field of the fact, named like the field; every fault of a file is reported at once.

What a spreadsheet or an export gives is taken as it is written, and nothing is guessed: ``1,234.50`` and ``¥12`` are refused and not repaired,
because the next file means something else by them. A cell that is empty holds the default of its field, a blank line nothing at all.

    >>> from salesrules.commission.facts import Sale
    >>> lines = ["id,date,amount,credits", "S1,2026-03-02,1200.50,chen:60%;li:40%", "S2,2026-03-05,-80,chen:100%"]
    >>> [(sale.id, str(sale.amount), sale.credits[0].person) for sale in read_facts(lines, Sale, currency="CNY")]
    [('S1', '1200.50 CNY', 'chen'), ('S2', '-80.00 CNY', 'chen')]
    >>> read_facts(["id,date,amount,person", 'S1,2026/3/2,"1,200.50",chen'], Sale, currency="CNY", name="sales.csv")
    Traceback (most recent call last):
        ...
    salesrules.errors.FactFaults: 2 faults:
      sales.csv:2.date: '2026/3/2' is no date; write 2026-03-02 [table.date]
      sales.csv:2.amount: '1,200.50' is no plain number; write 1200.50 [table.number] [document.faults]

How a cell is written:

=================== =====================================================================================================================
text                as it is, without the blanks around it
a day               ``2026-03-31``
money               ``1234.50`` or ``-1234.50``; its currency stands in the column ``currency``, or is passed along
a rate, a share     ``7.25%``, ``0.0725``, ``1/3``; a bare number beyond 1 is refused
a number            ``12``, ``1.5``, ``150%``
yes or no           ``true`` ``false``, ``1`` ``0``, ``yes`` ``no``, ``是`` ``否``
a period            ``2026-03``, ``2026-Q1``, ``2026-H1``, ``2026``, ``2026-01-01..2026-12-31`` (both days included), in the calendar of the plan
credits             ``chen:60%;li:40%``, extra credit as ``wang:100%:overlay``
the goal of a quota money, or a number where the column ``currency`` says ``units``
=================== =====================================================================================================================

References: RFC 4180 (the format of CSV files); the first line names the columns.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import attrs

from ..errors import FactError, FactFaults, SalesRulesError
from ..money import currency as currency_of
from ..periods import Calendar, CivilCalendar
from .cells import OF_MONEY, Cell, Unit, bounded, cell_reader, goal
from .facts import Event, Factor, FxRate, Incentive, Quota, Receipt, Sale
from .roster import Member, Roster

__all__ = ["FILES", "read_all", "read_facts"]

T = TypeVar("T")

FILES: dict[str, tuple[str, type[Any]]] = {
    "sales.csv": ("sales", Sale),
    "receipts.csv": ("receipts", Receipt),
    "events.csv": ("events", Event),
    "roster.csv": ("roster", Member),
    "quotas.csv": ("quotas", Quota),
    "incentives.csv": ("incentives", Incentive),
    "factors.csv": ("factors", Factor),
    "fx.csv": ("rates", FxRate),
}
"""The files of a folder of facts: the argument of `salesrules.commission.calculate` that each fills, and what its lines are."""

_LISTED = 100
_UNITS = "units"


class _Reading:
    """A table being read: its columns, and what is wrong with it so far."""

    def __init__(self, name: str, cls: type[Any], calendar: Calendar, unit: Unit) -> None:
        fields = attrs.fields(cls)
        self.name, self.cls, self.unit = name, cls, unit
        self.cells = {field.name: cell_reader(field, calendar) for field in fields}
        self.required = [field.name for field in fields if field.default is attrs.NOTHING]
        self.columns = [*self.cells]
        if OF_MONEY & {*self.cells.values()}:
            self.columns.append("currency")
            self.required += ["currency"] if unit is None else []
        self.faults: list[SalesRulesError] = []
        self.unlisted = 0

    def fault(self, error: SalesRulesError, line: int, column: str = "") -> None:
        """Note what is wrong, and where."""
        if len(self.faults) == _LISTED:
            self.unlisted += 1
            return
        error.path = f"{self.name}:{line}.{column}" if column else f"{self.name}:{line}"
        self.faults.append(error)

    def check(self) -> None:
        """Raise what was found."""
        if self.unlisted:
            self.faults.append(FactError("table.more", "and {count} more faults; correct these first", path=self.name, count=self.unlisted))
        if self.faults:
            raise FactFaults(self.faults)

    def header(self, names: list[str], line: int) -> None:
        """Check the line that names the columns."""
        for index, name in enumerate(names):
            if not name:
                self.fault(FactError("table.unnamed", "column {number} has no name; name it, or delete it", number=index + 1), line)
            elif name in names[:index]:
                self.fault(FactError("table.duplicate_column", "there are two columns {name}; delete one", name=_short(name)), line, _short(name))
            elif name not in self.columns:
                self.fault(_unknown(name, self.columns), line, _short(name))
        for name in self.required:
            if name not in names:
                self.fault(_missing_column(name), line, name)
        self.check()

    def fact(self, given: dict[str, str], line: int) -> Any:
        """The fact of a line, or None where the line is wrong."""
        before = len(self.faults) + self.unlisted
        for name in self.required:
            if not given[name]:
                self.fault(FactError("table.missing", "{name} is empty; fill it in", name=name), line, name)
        values = {}
        for name, read, unit in self._readers(given, line):
            try:
                values[name] = read(bounded(given[name]), unit)
            except SalesRulesError as error:
                self.fault(error, line, name)
        if len(self.faults) + self.unlisted == before:
            try:
                return self.cls(**values)
            except SalesRulesError as error:
                self.fault(error, line)
        return None

    def _readers(self, given: dict[str, str], line: int) -> Iterator[tuple[str, Cell, Unit]]:
        """The columns that hold something on a line; those of money only where it is known of which currency."""
        unit, known = self.unit, True
        if said := given.get("currency", "") if "currency" not in self.cells else "":
            try:
                unit = None if said == _UNITS and goal in self.cells.values() else currency_of(bounded(said))
            except SalesRulesError as error:
                self.fault(error, line, "currency")
                known = False
        elif unit is None:
            known = False
        for name, read in self.cells.items():
            if given.get(name) and (known or read not in OF_MONEY):
                yield name, read, unit


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:60]}…"


def _missing_column(name: str) -> FactError:
    if name == "currency":
        return FactError("table.no_currency", "no column says the currency of the amounts; add a column currency, or pass the currency along")
    return FactError("table.missing_column", "the column {name} is missing; add it", name=name)


def _unknown(name: str, known: list[str]) -> FactError:
    near = get_close_matches(name.casefold(), known, n=1) if len(name) <= 60 else []
    if near:
        return FactError("table.unknown_column", "there is no column {name}; did you mean {near}?", name=name, near=near[0])
    return FactError("table.unknown_column", "there is no column {name}; the columns are {known}", name=_short(name), known=", ".join(known))


def _lines(given: str | PathLike[str] | Iterable[str], encoding: str) -> Iterator[str]:
    """The lines of a file, or the lines given, without the byte order mark."""
    lines: Iterable[str] = given if not isinstance(given, str | PathLike) else io.StringIO(_decoded(Path(given).read_bytes(), encoding), newline="")
    for number, line in enumerate(lines):
        yield line if number else line.removeprefix("\ufeff")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        template = "not written in {encoding}; save the file as UTF-8, or say in which encoding it is, such as gb18030"
        raise FactError("table.encoding", template, path=f"{line}", encoding=encoding) from None
    except (LookupError, ValueError):
        raise FactError("table.codec", "there is no encoding {encoding!r}; say utf-8 or gb18030", encoding=encoding) from None


def _rows(lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold anything, each with the number of the line in the file on which it begins."""
    reader, line = csv.reader(lines, strict=True), 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        template = "cannot be read from here on: {reason}; a cell with quotes stands in quotes, and the quotes in it are doubled"
        raise FactError("table.syntax", template, path=f"{line}", reason=str(error)) from None


def read_facts(
    path_or_lines: str | PathLike[str] | Iterable[str],
    cls: type[T],
    *,
    currency: str = "",
    calendar: Calendar | None = None,
    encoding: str = "utf-8",
    name: str = "",
) -> tuple[T, ...]:
    """Read the facts of one table, in the order of its lines.

    Args:
        path_or_lines: a CSV file, or its lines: the first names the columns.
        cls: a class of `salesrules.commission.facts`, or `salesrules.commission.Member`.
        currency: of the amounts on lines that name none.
        calendar: what a month, quarter and year are; that of the plan. The civil calendar where none is given.
        encoding: of the file, with or without a byte order mark.
        name: what the faults call the table; the name of the file where none is given.

    Raises:
        FactFaults: everything that is wrong, up to the first hundred, each with its line in the file. Codes ``table.*``, and whatever
            the constructors of the facts raise.
        OSError: the file cannot be read.
        TypeError: ``cls`` has a field that no cell can express.

    >>> read_facts(["person,period,amount,currency", "chen,2026-Q1,400000,CNY", "li,2026-03,120,units"], Quota)[1].amount
    Fraction(120, 1)
    """
    unit = currency_of(currency) if currency else None
    called = name or (Path(path_or_lines).name if isinstance(path_or_lines, str | PathLike) else "lines")
    reading = _Reading(called, cls, calendar or CivilCalendar(), unit)
    facts: list[T] = []
    ids: dict[str, int] = {}
    try:
        rows = _rows(_lines(path_or_lines, encoding))
        line, header = next(rows, (1, []))
        while header and not header[-1]:
            header.pop()
        reading.header(header, line)
        for line, cells in rows:
            fact = _fact(reading, header, cells, line)
            if fact is not None and line == ids.setdefault(getattr(fact, "id", f"{line}"), line):
                facts.append(fact)
            elif fact is not None:
                reading.fault(FactError("table.duplicate_id", "the id is already on line {line}; give each its own", line=ids[fact.id]), line, "id")
    except FactFaults:
        raise
    except FactError as error:
        reading.fault(error, int(error.path or 1))
    reading.check()
    return tuple(facts)


def _fact(reading: _Reading, header: list[str], cells: list[str], line: int) -> Any:
    if len(cells) < len(header) or any(cells[len(header) :]):
        error = FactError("table.cells", "the line has {cells} cells under {columns} columns; give one for each column", cells=len(cells), columns=len(header))
        reading.fault(error, line)
        return None
    return reading.fact(dict(zip(header, cells, strict=False)), line)


def read_all(folder: str | PathLike[str], *, currency: str = "", calendar: Calendar | None = None, encoding: str = "utf-8") -> dict[str, Any]:
    """Read the tables of a folder, as the arguments of `salesrules.commission.calculate`.

    ``sales.csv`` must be there; of the other `FILES` those that are there are read.

    Args:
        folder: where the files are.
        currency: of the amounts on lines that name none.
        calendar: that of the plan.
        encoding: of the files.

    Raises:
        FactFaults: everything that is wrong in any of the files.
        OSError: ``sales.csv`` is missing, or a file cannot be read.
    """
    facts: dict[str, Any] = {}
    faults: list[SalesRulesError] = []
    for name, (argument, cls) in FILES.items():
        path = Path(folder, name)
        if cls is not Sale and not path.exists():
            continue
        try:
            facts[argument] = read_facts(path, cls, currency=currency, calendar=calendar, encoding=encoding)
        except FactFaults as error:
            faults += error.faults
    try:
        facts["roster"] = Roster(facts.get("roster", ()))
    except FactError as error:
        error.path = f"roster.csv: {error.path}"
        faults.append(error)
    if faults:
        raise FactFaults(faults)
    return facts
