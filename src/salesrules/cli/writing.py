"""What the command line says, and the files that it writes."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..errors import SalesRulesError
from ..text import error_message
from ..text.formats import one_line

__all__ = ["is_folder", "named", "page", "placed", "told", "write"]


def placed(error: SalesRulesError, file: Path) -> SalesRulesError:
    """An error with its file before its path."""
    error.path = f"{file}: {error.path}" if error.path else f"{file}"
    return error


def told(error: SalesRulesError, locale: str) -> list[str]:
    """A line for each fault: where, what to do, and its code."""
    faults: Iterable[SalesRulesError] = getattr(error, "faults", (error,))
    return [one_line(f"{fault.path}: " * bool(fault.path) + f"{error_message(fault, locale)} [{fault.code}]") for fault in faults]


def write(text: str, output: str | Path | None) -> None:
    """Print a text, or write it to a file."""
    if output is None:
        print(text)
    else:
        Path(output).write_text(f"{text}\n", encoding="utf-8", newline="\n")


def is_folder(output: str | None) -> bool:
    """Whether what is written goes to a folder, a file for each document; the folder is made where there is none yet."""
    if output is None or not (output.endswith(("/", os.sep)) or Path(output).is_dir()):
        return False
    Path(output).mkdir(parents=True, exist_ok=True)
    return True


def named(titles: Iterable[str]) -> Iterator[str]:
    """A file name for each title: of letters, digits and hyphens, no two the same even where case does not count."""
    taken: set[str] = set()
    for title in titles:
        stem = name = re.sub(r"[^\w-]+", "_", title)
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        yield name


def page(title: str, parts: Sequence[str], locale: str) -> str:
    """Several documents as one page of HTML; each starts a new sheet of paper, which cannot be unfolded: the working is open."""
    style = ".salesrules + .salesrules { margin-top: 4em; break-before: page; }"
    head = f'<meta charset="utf-8">\n<title>{title}</title>\n<style>{style}</style>'
    body = "\n".join(parts).replace("<details>", "<details open>")
    return f'<!DOCTYPE html>\n<html lang="{locale.replace("_", "-")}">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>'
