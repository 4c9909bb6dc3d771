"""The command line over tables: sales in one file, Parquet or CSV, computed by column; the other facts in files beside it."""

from argparse import Namespace
from collections.abc import Collection, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import FactError, FactFaults, SalesRulesError

if TYPE_CHECKING:
    from ..commission import Line, Plan, Statement
    from ..frames import Stated
    from ..periods import Period
    from ..timeline import Timeline

__all__ = ["HEAD", "TableRun", "explained", "file_of", "table_run"]

HEAD = ("sale", "date", "person", "pay", "currency")
"""The columns of the lines as CSV: a line is a sale, whatever the components that pay it."""

_BESIDE = ("roster.csv", "quotas.csv", "incentives.csv", "factors.csv", "fx.csv")
_PARQUET = ".parquet"
_KINDS = {_PARQUET, ".csv"}


def file_of(arguments: Namespace) -> Path | None:
    """The file of sales that is to be computed by column; none for a folder with ``sales.csv``, which is read line by line.

    Raises:
        FactError: ``cli.no_table`` for a file of another kind; ``cli.only_tables`` for a table's options beside such a folder.
    """
    path, output = Path(arguments.facts), getattr(arguments, "output", None) or ""
    if path.is_dir():
        file = path / "sales.parquet"
        if file.exists() and not (path / "sales.csv").exists():
            return file
    elif path.suffix.casefold() in _KINDS:
        return path
    elif path.exists():
        raise FactError("cli.no_table", "neither a folder nor a .parquet or .csv file; pass one of these", path=arguments.facts)
    asked = {"--column": arguments.column, "--engine": arguments.engine != "auto", f"--output {output}": output.endswith(_PARQUET)}
    for option in (option for option, given in asked.items() if given):
        template = "{option} is for sales in one file; pass that file instead of the folder, such as {file}"
        raise FactError("cli.only_tables", template, option=option, file=str(path / "sales.csv"))
    return None


@attrs.frozen(kw_only=True)
class TableRun:
    """What a file of sales comes to."""

    plan: "Plan"
    period: "Period"
    stated: "Stated" = attrs.field(repr=False)
    columns: Mapping[str, str] = attrs.field(repr=False)

    @property
    def statements(self) -> tuple["Statement", ...]:
        """The statements of all people for all settlement periods."""
        return self.stated.statements

    def rows(self, period: "Period", people: Collection[str]) -> Iterator[tuple[Any, ...]]:
        """The lines of a period, under the names of their columns; of everybody where no people are named."""
        from ..money import Money

        frame, unit = self._chosen(period, people), self.plan.money
        yield HEAD
        told = (frame[self.columns.get(name, name)].to_list() for name in ("id", "date", "person"))
        for sale, day, person, pay in zip(*told, frame["pay"].to_list(), strict=True):
            yield sale, f"{day:%Y-%m-%d}", person, Money.from_minor(pay, unit).amount, unit.code

    def is_written_to(self, output: str | None) -> bool:
        """Whether the table itself is wanted."""
        return output is not None and output.endswith(_PARQUET)

    def write(self, file: str, period: "Period", people: Collection[str]) -> None:
        """Write the user's own table with what each row pays, as Parquet."""
        Path(file).open("wb").close()
        self._chosen(period, people).write_parquet(file)

    def _chosen(self, period: "Period", people: Collection[str]) -> Any:
        from ..frames.files import within

        return within(self.stated.lines, self.columns, period, people)


def table_run(plans: "Timeline[Plan]", file: Path, arguments: Namespace) -> TableRun:
    """Compute a file of sales, up to the day as of which is computed."""
    table, given = _given(plans, file, arguments)
    from ..frames import statements

    plan, roster = plans.on(arguments.on), given.pop("roster")
    stated = statements(plans, table, on=arguments.on, roster=roster, **given)
    return TableRun(plan=plan, period=plan.calendar.containing(arguments.on, plan.settle), stated=stated, columns=given["columns"])


def explained(plans: "Timeline[Plan]", file: Path, arguments: Namespace) -> list["Line"]:
    """The lines of one sale, of whatever person and component, with their working.

    Raises:
        FactError: ``frames.no_row``, ``frames.no_line``.
    """
    table, given = _given(plans, file, arguments)
    from ..frames import apply
    from ..frames.files import people_of, row_of, until

    del given["roster"]
    done = apply(plans, until(table, arguments.on, given["columns"]), **given)
    row = row_of(table, given["columns"], arguments.sale)
    components = dict.fromkeys(part.id for entry in plans.entries for part in entry.value.components)
    lines, refused = [], None
    for person in people_of(done.lines, given["columns"], row) or [""]:
        for component in components:
            try:
                lines.append(done.explain(row, component=component, person=person))
            except FactError as error:
                if error.code != "frames.no_line":
                    raise
                refused = error
    if refused is not None and not lines:
        raise refused
    return lines


def _given(plans: "Timeline[Plan]", file: Path, arguments: Namespace) -> tuple[Any, dict[str, Any]]:
    """The table of sales, and everything else that is calculated from."""
    for name in ("narwhals", "numpy"):
        if find_spec(name) is None:
            template = "{library} is not installed, and sales in one file need it; install salesrules[frames] and polars or pyarrow"
            raise FactError("cli.no_frames", template, path=str(file), library=name)
    from ..frames.files import read_csv, read_parquet, splits_of

    plan, columns = plans.on(arguments.on), dict(arguments.column)
    faults: list[SalesRulesError] = []
    table, facts = None, _facts_beside(file, plan, arguments.encoding, faults)
    try:
        if file.suffix.casefold() == ".csv":
            table = read_csv(file, columns=columns, currency=plan.currency, calendar=plan.calendar, encoding=arguments.encoding)
        else:
            table = read_parquet(file)
    except FactFaults as error:
        faults[:0] = error.faults
    if faults:
        raise FactFaults(faults)
    table, splits = splits_of(table, columns)
    return table, {**facts, "columns": columns, "splits": splits, "engine": arguments.engine}


def _facts_beside(file: Path, plan: "Plan", encoding: str, faults: list[SalesRulesError]) -> dict[str, Any]:
    """The facts of the files beside the table; what is wrong with them is added to the faults."""
    from ..commission import Roster
    from ..commission.tables import FILES, read_facts

    facts: dict[str, Any] = {}
    for name in _BESIDE:
        argument, cls = FILES[name]
        try:
            facts[argument] = (
                read_facts(file.with_name(name), cls, currency=plan.currency, calendar=plan.calendar, encoding=encoding)
                if file.with_name(name).exists()
                else ()
            )
        except FactFaults as error:
            faults += error.faults
    try:
        facts["roster"] = Roster(facts.get("roster", ()))
    except FactError as error:
        error.path = f"roster.csv: {error.path}"
        faults.append(error)
    return facts
