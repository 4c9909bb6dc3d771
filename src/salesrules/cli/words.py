"""The words on the command line, each with its help in the language of the reader."""

import sys
from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from datetime import date
from typing import Any, NoReturn

from ..text import LOCALES, format_value, message
from . import commission, policies, quotes

__all__ = ["EXAMPLES", "parser"]

_Adding = Callable[..., Action]

EXAMPLES = {
    "": (
        "salesrules check plan.toml",
        "salesrules commission plan.toml facts --on 2026-03-31",
        "salesrules explain plan.toml facts --on 2026-03-31 --sale S17",
        "salesrules decide prices.toml quote.toml --level rep --audience rep",
    ),
    "check": ("salesrules check plan.toml", "salesrules check policies --locale zh_CN"),
    "schema": ("salesrules schema --output salesrules.schema.json", "salesrules schema --of quote"),
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
    "decide": (
        "salesrules decide prices.toml quote.toml --level rep --audience rep",
        "salesrules decide prices.toml quotes --level manager --audience finance --locale zh_CN --format html --output forms/",
        "salesrules decide versions quote.json --person chen --level rep --audience rep --format json",
    ),
}
"""What help shows of each command."""


class _Parser(ArgumentParser):
    """A parser that complains in the language of the reader; argparse itself would ask gettext, which the whole process shares."""

    def __init__(self, *, locale: str, **rest: Any) -> None:
        super().__init__(allow_abbrev=False, add_help=False, formatter_class=_help(locale), **rest)
        self.locale = locale

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, format_value(f"{self.prog}: error: {message}", self.locale, "phrase") + "\n")


def _help(locale: str) -> type[RawDescriptionHelpFormatter]:
    class Help(RawDescriptionHelpFormatter):
        def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
            super().add_usage(usage, actions, groups, format_value("usage: ", locale, "phrase") if prefix is None else prefix)

    return Help


def parser(locale: str) -> ArgumentParser:
    """All commands with their arguments and options."""

    def say(code: str) -> str:
        return message(code, locale)

    def ending(command: str) -> str:
        examples = "\n".join(f"  {example}" for example in EXAMPLES[command])
        return f"{say('cli.examples')}\n{examples}\n\n{say('cli.exits')}"

    def options(parser: ArgumentParser, default: str) -> _Adding:
        group = parser.add_argument_group(say("cli.options"))
        group.add_argument("-h", "--help", action="help", help=say("cli.help"))
        group.add_argument("--locale", choices=LOCALES, default=default, help=say("cli.locale"))
        return group.add_argument

    parser = _Parser(prog="salesrules", description=say("cli.about"), epilog=ending(""), locale=locale)
    options(parser, "en")
    commands = parser.add_subparsers(title=say("cli.commands"), required=True, metavar="COMMAND")

    def command(name: str, about: str, run: Callable[[Namespace], int]) -> tuple[_Adding, _Adding]:
        made = commands.add_parser(name, help=about, description=about, epilog=ending(name), locale=locale)
        made.set_defaults(run=run)
        return made.add_argument_group(say("cli.arguments")).add_argument, options(made, locale)

    def with_facts(name: str, about: str, run: Callable[[Namespace], int]) -> _Adding:
        argument, option = command(name, about, run)
        argument("policy", metavar="POLICY", help=say("cli.policy"))
        argument("facts", metavar="FACTS", help=say("cli.facts"))
        option("--on", type=_day(locale), required=True, metavar="DAY", help=say("cli.on"))
        option("--encoding", default="utf-8", help=say("cli.encoding"))
        option("--column", type=_named(locale), action="append", default=[], metavar="FIELD=COLUMN", help=say("cli.column"))
        option("--engine", choices=commission.ENGINES, default="auto", help=say("cli.engine"))
        return option

    argument, _ = command("check", say("cli.check"), policies.check)
    argument("policies", nargs="+", metavar="POLICY", help=say("cli.policies"))
    _, option = command("schema", say("cli.schema"), policies.schema)
    option("--of", choices=policies.SCHEMAS, default="policy", help=say("cli.schema_of"))
    option("--output", metavar="FILE", help=say("cli.output_file"))
    option = with_facts("commission", say("cli.commission"), commission.statements)
    option("--person", nargs="+", action="extend", default=[], metavar="PERSON", help=say("cli.person"))
    option("--period", help=say("cli.period"))
    option("--format", choices=commission.FORMATS, default="text", help=say("cli.format"))
    option("--output", metavar="OUTPUT", help=say("cli.output"))
    option("--no-trace", action="store_true", help=say("cli.no_trace"))
    option = with_facts("explain", say("cli.explain"), commission.explain)
    option("--sale", required=True, help=say("cli.sale"))
    option("--person", help=say("cli.person_one"))
    option("--component", help=say("cli.component"))
    argument, option = command("decide", say("cli.decide"), quotes.decisions)
    argument("policy", metavar="POLICY", help=say("cli.prices"))
    argument("quotes", nargs="+", metavar="QUOTE", help=say("cli.quotes"))
    option("--level", required=True, help=say("cli.level"))
    option("--audience", required=True, help=say("cli.audience"))
    option("--person", help=say("cli.asking"))
    option("--format", choices=quotes.FORMATS, default="text", help=say("cli.format_of_forms"))
    option("--output", metavar="OUTPUT", help=say("cli.output_of_forms"))
    return parser


def _day(locale: str) -> Callable[[str], date]:
    def day(text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise ArgumentTypeError(message("cli.day", locale, text=text)) from None

    return day


def _named(locale: str) -> Callable[[str], tuple[str, str]]:
    def named(text: str) -> tuple[str, str]:
        field, sign, column = text.partition("=")
        if not (field and sign and column):
            raise ArgumentTypeError(message("cli.named_column", locale, text=text))
        return field, column

    return named
