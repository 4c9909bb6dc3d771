"""The command line: check policies, compute commission from CSV and Parquet files, explain what a sale pays.

    >>> main(["check", "no such file.toml"])            # says on stderr: no such file.toml: cannot be read or written
    3

Everything it says is said in the language of ``--locale``. It reads no clock: the day as of which is computed is always given. What it can do
is described by ``salesrules --help`` and, for each command, by ``salesrules commission --help``.

==== ===================================================================
exit meaning
==== ===================================================================
0    done
1    the policy or the facts are wrong: a line for each fault, on stderr
2    the command line is wrong
3    a file cannot be read or written
==== ===================================================================
"""

import csv
import io
import json
import os
import re
import sys
from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import FactError, Faults, PolicyError, SalesRulesError
from .text import LOCALES, Column, Sheet, Table, error_message, label, message, render_text, working_text
from .text.formats import one_line

if TYPE_CHECKING:
    from ._cli_tables import TableRun
    from .commission import Line, Plan, Run, Statement
    from .periods import Period
    from .timeline import Timeline

__all__ = ["main"]

_DONE, _WRONG, _UNREADABLE = 0, 1, 3
_ENGINES = ("auto", "blocks", "expressions")

_EXAMPLES = {
    "": (
        "salesrules check plan.toml",
        "salesrules commission plan.toml facts --on 2026-03-31",
        "salesrules explain plan.toml facts --on 2026-03-31 --sale S17",
    ),
    "check": ("salesrules check plan.toml", "salesrules check policies --locale zh_CN"),
    "schema": ("salesrules schema --output salesrules.schema.json",),
    "commission": (
        "salesrules commission plan.toml facts --on 2026-03-31",
        "salesrules commission plan.toml facts --on 2026-03-31 --person chen li --period 2026-02",
        "salesrules commission versions facts --on 2026-12-31 --period 2026 --format csv --output lines.csv",
        "salesrules commission plan.toml facts --on 2026-03-31 --locale zh_CN --format html --output statements/",
        "salesrules commission plan.toml sales.parquet --on 2026-03-31 --column person=rep --column amount=cents --output paid.parquet",
    ),
    "explain": (
        "salesrules explain plan.toml facts --on 2026-03-31 --sale S17",
        "salesrules explain plan.toml facts --on 2026-03-31 --sale S17 --person chen --locale zh_TW",
        "salesrules explain plan.toml sales.parquet --on 2026-03-31 --sale S17",
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: the words after the name of the program; those of the process where none are given.

    Returns:
        The exit code: see the table above.
    """
    given = sys.argv[1:] if argv is None else argv
    locale = _locale(given)
    for stream in (sys.stdout, sys.stderr):
        _make_printable(stream)
    try:
        try:
            arguments = _parser(locale).parse_args(given)
        except SystemExit as told:  # after --help and for a wrong command line
            status = int(told.code or _DONE)
        else:
            status = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output had enough of it: what is left goes nowhere, and Python says nothing at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _DONE
    except SalesRulesError as error:
        print(*_told(error, locale), sep="\n", file=sys.stderr)
        return _WRONG
    except OSError as error:
        print(message("cli.unreadable", locale, file=error.filename or "", reason=error.strerror or str(error)), file=sys.stderr)
        return _UNREADABLE
    return status


def _locale(given: Sequence[str]) -> str:
    """The language asked for, before anything is known about the rest: help and complaints are written in it."""
    early = ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--locale", nargs="?")
    locale = early.parse_known_args(given)[0].locale
    return locale if locale in LOCALES else "en"


def _make_printable(stream: Any) -> None:
    """Let a stream write Chinese: in its own encoding where that can, otherwise in UTF-8; a sign it lacks becomes a question mark."""
    if isinstance(stream, io.TextIOWrapper):
        try:
            "提成".encode(stream.encoding)
            stream.reconfigure(errors="replace")
        except UnicodeEncodeError:
            stream.reconfigure(encoding="utf-8", errors="replace")


def _told(error: SalesRulesError, locale: str) -> list[str]:
    """A line for each fault: where, what to do, and its code."""
    faults: Iterable[SalesRulesError] = getattr(error, "faults", (error,))
    return [one_line(f"{fault.path}: " * bool(fault.path) + f"{error_message(fault, locale)} [{fault.code}]") for fault in faults]


# The words on the command line


def _parser(locale: str) -> ArgumentParser:
    def say(code: str) -> str:
        return message(code, locale)

    def day(text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ArgumentTypeError(message("cli.day", locale, text=text)) from None

    def named(text: str) -> tuple[str, str]:
        field, sign, column = text.partition("=")
        if not (field and sign and column):
            raise ArgumentTypeError(message("cli.named_column", locale, text=text))
        return field, column

    def ending(command: str) -> str:
        examples = "\n".join(f"  {example}" for example in _EXAMPLES[command])
        return f"{say('cli.examples')}\n{examples}\n\n{say('cli.exits')}"

    def options(parser: ArgumentParser, default: str) -> Callable[..., Action]:
        group = parser.add_argument_group(say("cli.options"))
        group.add_argument("-h", "--help", action="help", help=say("cli.help"))
        group.add_argument("--locale", choices=LOCALES, default=default, help=say("cli.locale"))
        return group.add_argument

    common: dict[str, Any] = {"add_help": False, "allow_abbrev": False, "formatter_class": RawDescriptionHelpFormatter}
    parser = ArgumentParser("salesrules", description=say("cli.about"), epilog=ending(""), **common)
    options(parser, "en")
    commands = parser.add_subparsers(title=say("cli.commands"), required=True, metavar="COMMAND")

    def command(name: str, about: str, run: Callable[[Namespace], int]) -> tuple[Callable[..., Action], Callable[..., Action]]:
        made = commands.add_parser(name, help=about, description=about, epilog=ending(name), **common)
        made.set_defaults(run=run)
        return made.add_argument_group(say("cli.arguments")).add_argument, options(made, locale)

    def with_facts(name: str, about: str, run: Callable[[Namespace], int]) -> Callable[..., Action]:
        argument, option = command(name, about, run)
        argument("policy", metavar="POLICY", help=say("cli.policy"))
        argument("facts", metavar="FACTS", help=say("cli.facts"))
        option("--on", type=day, required=True, metavar="DAY", help=say("cli.on"))
        option("--encoding", default="utf-8", help=say("cli.encoding"))
        option("--column", type=named, action="append", default=[], metavar="FIELD=COLUMN", help=say("cli.column"))
        option("--engine", choices=_ENGINES, default="auto", help=say("cli.engine"))
        return option

    argument, _ = command("check", say("cli.check"), _check)
    argument("policies", nargs="+", metavar="POLICY", help=say("cli.policies"))
    _, option = command("schema", say("cli.schema"), _schema)
    option("--output", metavar="FILE", help=say("cli.output_file"))
    option = with_facts("commission", say("cli.commission"), _commission)
    option("--person", nargs="+", action="extend", default=[], metavar="PERSON", help=say("cli.person"))
    option("--period", help=say("cli.period"))
    option("--format", choices=_FORMATS, default="text", help=say("cli.format"))
    option("--output", metavar="OUTPUT", help=say("cli.output"))
    option("--no-trace", action="store_true", help=say("cli.no_trace"))
    option = with_facts("explain", say("cli.explain"), _explain)
    option("--sale", required=True, help=say("cli.sale"))
    option("--person", help=say("cli.person_one"))
    option("--component", help=say("cli.component"))
    return parser


# Policies


def _files(given: str) -> list[Path]:
    """A policy, or every policy of a folder."""
    path = Path(given)
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix in {".toml", ".json"})
    if not files:
        raise PolicyError("cli.no_policy", "there is no policy in this folder; put .toml or .json files into it", path=given)
    return files


def _policy(file: Path, kind: Any = None) -> Any:
    from .policy import load

    try:
        return load(file) if kind is None else load(file, kind)
    except Faults as error:
        for fault in error.faults:
            fault.path = f"{file}: {fault.path}" if fault.path else f"{file}"
        raise


def _versions(given: str) -> "Timeline[Plan]":
    """The policy of a file, or of a folder that holds its versions, each in force until the next one starts."""
    from .commission import Plan
    from .timeline import Entry, Timeline

    plans = sorted((_policy(file, Plan) for file in _files(given)), key=lambda plan: plan.effective_from)
    for earlier, later in pairwise(plans):
        if (earlier.id, earlier.currency) != (later.id, later.currency):
            template = "holds {one} in {one_currency} and {two} in {two_currency}; the versions of a plan keep its id and its currency"
            params = {"one": earlier.id, "one_currency": earlier.currency, "two": later.id, "two_currency": later.currency}
            raise PolicyError("cli.other_plan", template, path=given, **params)
        if earlier.effective_until not in {None, later.effective_from}:
            template = "the version from {start} is in force until {until}, and the next one starts on {next}; end it on that day, or leave its end out"
            raise PolicyError("cli.versions", template, path=given, start=earlier.effective_from, until=earlier.effective_until, next=later.effective_from)
    return Timeline(tuple(Entry(plan.effective_from, plan, source=plan.source) for plan in plans), ends=plans[-1].effective_until)


def _check(arguments: Namespace) -> int:
    status = _DONE
    for file in (file for given in arguments.policies for file in _files(given)):
        try:
            plan = _policy(file)
        except Faults as error:
            print(*_told(error, arguments.locale), sep="\n")
            status = _WRONG
        else:
            version = (label("value.version", version=plan.version),) if plan.version else ()
            until = (label("cli.until", until=plan.effective_until),) if plan.effective_until else ()
            said = (plan.id, *version, label("cli.since", start=plan.effective_from), *until)
            print(one_line(message("cli.ok", arguments.locale, file=str(file), policy=said)))
    return status


def _schema(arguments: Namespace) -> int:
    from .policy import schema

    _write(json.dumps(schema(), indent=2, ensure_ascii=False), arguments.output)
    return _DONE


def _write(text: str, output: str | Path | None) -> None:
    if output is None:
        print(text)
    else:
        Path(output).write_text(f"{text}\n", encoding="utf-8", newline="\n")


# Commission


def _run(plans: "Timeline[Plan]", arguments: Namespace, *, trace: bool = True) -> "Run":
    from .commission import calculate
    from .commission.tables import read_all

    plan = plans.on(arguments.on)
    facts = read_all(arguments.facts, currency=plan.currency, calendar=plan.calendar, encoding=arguments.encoding)
    return calculate(plans, on=arguments.on, trace=trace, **facts)


def _commission(arguments: Namespace) -> int:
    from ._cli_tables import file_of, table_run
    from .commission import Run

    file, plans = file_of(arguments), _versions(arguments.policy)
    run = _run(plans, arguments, trace=not arguments.no_trace) if file is None else table_run(plans, file, arguments)
    period = run.plan.calendar.parse(arguments.period) if arguments.period else run.period
    statements = [statement for statement in run.statements if period.covers(statement.period)]
    known = sorted({statement.person for statement in statements})
    for person in arguments.person:
        if person not in known:
            template = "nothing was settled for {person} in {period}; there are statements for {known}"
            raise FactError("cli.no_statement", template, person=person, period=str(period), known=", ".join(known) or "–")
    wanted, output = set(arguments.person), arguments.output
    chosen = [statement for statement in statements if not wanted or statement.person in wanted]
    form, locale = _FORMATS[arguments.format], arguments.locale
    if output is not None and (output.endswith(("/", os.sep)) or Path(output).is_dir()):
        folder = Path(output)
        folder.mkdir(parents=True, exist_ok=True)
        for name, statement in _named(chosen):
            rows = _rows(run, statement.period, {statement.person})
            _write(form([statement], rows, statement.period, locale), folder / f"{name}.{_SUFFIXES[arguments.format]}")
    elif not isinstance(run, Run) and run.is_written_to(output):
        run.write(output, period, wanted)
    else:
        _write(form(chosen, _rows(run, period, wanted), period, locale), output)
    return _DONE


def _rows(run: "Run | TableRun", period: "Period", people: Collection[str]) -> Iterator[tuple[Any, ...]]:
    """The lines of a period, under the names of their columns; of everybody where no people are named."""
    from .commission import Run

    if not isinstance(run, Run):
        yield from run.rows(period, people)
        return
    yield ("sale", "date", "person", "component", "measure", "pay", "currency")
    for line in run.lines:
        if line.sale.date in period and (not people or line.person in people):
            yield line.sale.id, line.sale.date, line.person, line.component, _figure(line.measure), line.pay.amount, line.pay.currency


def _named(statements: Iterable["Statement"]) -> Iterable[tuple[str, "Statement"]]:
    """A name for the file of each statement: of letters, digits and hyphens, no two the same even where case does not count."""
    taken: set[str] = set()
    for statement in statements:
        stem = name = re.sub(r"[^\w-]+", "_", f"{statement.person}-{statement.period}")
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        yield name, statement


def _as_text(statements: Sequence["Statement"], _rows: Iterable[tuple[Any, ...]], period: "Period", locale: str) -> str:
    if not statements:
        return message("cli.nothing", locale, period=period)
    told = [statement.to_text(locale) for statement in statements]
    return "\n\n\n".join([*told, _summary(statements, period, locale)] if len(told) > 1 else told)


def _summary(statements: Sequence["Statement"], period: "Period", locale: str) -> str:
    from .money import Money

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
    title = message("cli.summary", locale, period=period)
    body = "\n".join(statement.to_html(locale, page=False) for statement in statements) or f"<p>{message('cli.nothing', locale, period=period)}</p>"
    style = ".salesrules + .salesrules { margin-top: 4em; break-before: page; }"
    head = f'<meta charset="utf-8">\n<title>{title}</title>\n<style>{style}</style>'
    return f'<!DOCTYPE html>\n<html lang="{locale.replace("_", "-")}">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>'


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
_FORMATS: dict[str, _Form] = {"text": _as_text, "html": _as_html, "json": _as_json, "csv": _as_csv}
_SUFFIXES = {"text": "txt", "html": "html", "json": "json", "csv": "csv"}


def _explain(arguments: Namespace) -> int:
    from ._cli_tables import explained, file_of

    file, plans = file_of(arguments), _versions(arguments.policy)
    lines = _lines_of(_run(plans, arguments), arguments) if file is None else explained(plans, file, arguments)
    chosen = [line for line in lines if arguments.person in {None, line.person} and arguments.component in {None, line.component}]
    if not chosen:
        known = ", ".join(f"{line.person} ({line.component})" for line in lines)
        raise FactError("cli.no_line", "sale {sale} has no such line; it pays {known}", sale=arguments.sale, known=known)
    print("\n\n".join(working_text(line.working, arguments.locale) for line in chosen))
    return _DONE


def _lines_of(run: "Run", arguments: Namespace) -> list["Line"]:
    """The lines of the sale that is asked for."""
    lines = [line for line in run.lines if line.sale.id == arguments.sale]
    if not lines:
        near = get_close_matches(arguments.sale, {line.sale.id for line in run.lines}, n=3, cutoff=0)
        template = "sale {sale} has no line up to {on}; the nearest that have are {near}"
        raise FactError("cli.no_sale", template, sale=arguments.sale, on=arguments.on, near=", ".join(near) or "–")
    return lines
