"""The command line: check policies, compute commission from CSV and Parquet files, explain what a sale pays, decide on quotes.

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

import errno
import io
import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from ..errors import SalesRulesError
from ..text import LOCALES, message
from .words import parser
from .writing import told

__all__ = ["main"]

_DONE, _WRONG, _UNREADABLE = 0, 1, 3
_REASONS = {
    errno.ENOENT: "No such file or directory",
    errno.EACCES: "Permission denied",
    errno.EISDIR: "Is a directory",
    errno.ENOTDIR: "Not a directory",
    errno.EEXIST: "File exists",
}
"""The usual reasons in the words that the catalogs translate: an operating system has its own words for them."""


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
            arguments = parser(locale).parse_args(given)
        except SystemExit as left:  # after --help and for a wrong command line
            status = int(left.code or _DONE)
        else:
            status = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output had enough of it: what is left goes nowhere, and Python says nothing at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _DONE
    except SalesRulesError as error:
        print(*told(error, locale), sep="\n", file=sys.stderr)
        return _WRONG
    except OSError as error:
        print(
            message("cli.unreadable", locale, file=error.filename or "", reason=_REASONS.get(error.errno or 0) or error.strerror or str(error)), file=sys.stderr
        )
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
