"""The commands `commission` and `explain`: what sales in files pay."""

import csv
import io
import json
from argparse import Namespace
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FactError
from ..text import Column, Sheet, Table, label, message, render_text, working_text
from .policies import versions
from .writing import is_folder, named, page, write

if TYPE_CHECKING:
    from ..commission import Line, Plan, Run, Statement
    from ..periods import Period
    from ..timeline import Timeline
    from .tables import TableRun

__all__ = ["ENGINES", "FORMATS", "explain", "statements"]

ENGINES = ("auto", "blocks", "expressions")
"""What may compute sales in one file."""


def _run(plans: "Timeline[Plan]", arguments: Namespace, *, trace: bool = True) -> "Run":
    from ..commission import calculate
    from ..commission.tables import read_all

    plan = plans.on(arguments.on)
    facts = read_all(arguments.facts, currency=plan.currency, calendar=plan.calendar, encoding=arguments.encoding)
    return calculate(plans, on=arguments.on, trace=trace, **facts)


def statements(arguments: Namespace) -> int:
    """Write the statements of a period, or its lines."""
    from ..commission import Plan, Run
    from .tables import file_of, table_run

    file, plans = file_of(arguments), versions(arguments.policy, Plan)
    run = _run(plans, arguments, trace=not arguments.no_trace) if file is None else table_run(plans, file, arguments)
    period = run.plan.calendar.parse(arguments.period) if arguments.period else run.period
    settled = [statement for statement in run.statements if period.covers(statement.period)]
    known = sorted({statement.person for statement in settled})
    for person in arguments.person:
        if person not in known:
            template = "nothing was settled for {person} in {period}; there are statements for {known}"
            raise FactError("cli.no_statement", template, person=person, period=str(period), known=", ".join(known) or "–")
    wanted, output = set(arguments.person), arguments.output
    chosen = [statement for statement in settled if not wanted or statement.person in wanted]
    (form, suffix), locale = FORMATS[arguments.format], arguments.locale
    if is_folder(output):
        for name, statement in zip(named(f"{statement.person}-{statement.period}" for statement in chosen), chosen, strict=True):
            rows = _rows(run, statement.period, {statement.person})
            write(form([statement], rows, statement.period, locale), Path(output) / f"{name}.{suffix}")
    elif not isinstance(run, Run) and run.is_written_to(output):
        run.write(output, period, wanted)
    else:
        write(form(chosen, _rows(run, period, wanted), period, locale), output)
    return 0


def _rows(run: "Run | TableRun", period: "Period", people: Collection[str]) -> Iterator[tuple[Any, ...]]:
    """The lines of a period, under the names of their columns; of everybody where no people are named."""
    from ..commission import Run

    if not isinstance(run, Run):
        yield from run.rows(period, people)
        return
    yield ("sale", "date", "person", "component", "measure", "pay", "currency")
    for line in run.lines:
        if line.sale.date in period and (not people or line.person in people):
            yield line.sale.id, line.sale.date, line.person, line.component, _figure(line.measure), line.pay.amount, line.pay.currency


def _as_text(statements: Sequence["Statement"], _rows: Iterable[tuple[Any, ...]], period: "Period", locale: str) -> str:
    if not statements:
        return message("cli.nothing", locale, period=period)
    told = [statement.to_text(locale) for statement in statements]
    return "\n\n\n".join([*told, _summary(statements, period, locale)] if len(told) > 1 else told)


def _summary(statements: Sequence["Statement"], period: "Period", locale: str) -> str:
    from ..money import Money

    columns = (Column(label("sheet.salesperson")), Column(label("sheet.period")), Column(label("cli.made"), "right"), Column(label("cli.payable"), "right"))
    rows = tuple((_person(statement), str(statement.period), statement.commission, statement.payable) for statement in statements)
    unit = statements[0].plan.money
    made, payable = Money.total((one.commission for one in statements), unit), Money.total((one.payable for one in statements), unit)
    table = Table(columns=columns, rows=rows, total=(label("sheet.total"), "", made, payable))
    return render_text(Sheet(title=label("cli.summary", period=period), tables=(table,)), locale)


def _person(statement: "Statement") -> Any:
    return statement.person if statement.name == statement.person else label("cli.named", name=statement.name, person=statement.person)


def _as_html(statements: Sequence["Statement"], _rows: Iterable[tuple[Any, ...]], period: "Period", locale: str) -> str:
    if len(statements) == 1:
        return statements[0].to_html(locale)
    parts = [statement.to_html(locale, page=False) for statement in statements] or [f"<p>{message('cli.nothing', locale, period=period)}</p>"]
    return page(message("cli.summary", locale, period=period), parts, locale)


def _as_json(statements: Sequence["Statement"], _rows: Iterable[tuple[Any, ...]], _period: "Period", _locale: str) -> str:
    return json.dumps([statement.to_data() for statement in statements], indent=2, ensure_ascii=False)


def _as_csv(_statements: Sequence["Statement"], rows: Iterable[tuple[Any, ...]], _period: "Period", _locale: str) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().removesuffix("\n")


def _figure(measure: Any) -> Any:
    """A measure as a figure that any program reads: an amount, or a number with its decimals; quantities have at most nine."""
    if not isinstance(measure, Fraction):
        return measure.amount
    whole, part = divmod(abs(measure.numerator) * 10**9 // measure.denominator, 10**9)
    return f"{'-' * (measure < 0)}{whole}.{part:09}".rstrip("0").rstrip(".")


_Form = Callable[[Sequence["Statement"], Iterable[tuple[Any, ...]], "Period", str], str]
FORMATS: dict[str, tuple[_Form, str]] = {"text": (_as_text, "txt"), "html": (_as_html, "html"), "json": (_as_json, "json"), "csv": (_as_csv, "csv")}
"""How statements are written, each with the suffix of its files."""


def explain(arguments: Namespace) -> int:
    """Print the working of what a sale pays."""
    from ..commission import Plan
    from .tables import explained, file_of

    file, plans = file_of(arguments), versions(arguments.policy, Plan)
    lines = _lines_of(_run(plans, arguments), arguments) if file is None else explained(plans, file, arguments)
    chosen = [line for line in lines if arguments.person in {None, line.person} and arguments.component in {None, line.component}]
    if not chosen:
        known = ", ".join(f"{line.person} ({line.component})" for line in lines)
        raise FactError("cli.no_line", "sale {sale} has no such line; it pays {known}", sale=arguments.sale, known=known)
    print("\n\n".join(working_text(line.working, arguments.locale) for line in chosen))
    return 0


def _lines_of(run: "Run", arguments: Namespace) -> list["Line"]:
    """The lines of the sale that is asked for."""
    lines = [line for line in run.lines if line.sale.id == arguments.sale]
    if not lines:
        near = get_close_matches(arguments.sale, {line.sale.id for line in run.lines}, n=3, cutoff=0)
        template = "sale {sale} has no line up to {on}; the nearest that have are {near}"
        raise FactError("cli.no_sale", template, sale=arguments.sale, on=arguments.on, near=", ".join(near) or "–")
    return lines
