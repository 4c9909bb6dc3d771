"""The commands `check` and `schema`, and reading what stands in files."""

import json
from argparse import Namespace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import Faults, PolicyError
from ..text import label, message
from ..text.formats import one_line
from .writing import placed, told, write

if TYPE_CHECKING:
    from ..commission import Plan
    from ..pricing import PricePolicy
    from ..timeline import Timeline

__all__ = ["SCHEMAS", "check", "files_of", "read", "schema", "versions"]

SCHEMAS = ("policy", "quote")
"""What there is a schema of."""

_DATED = (("version",), ("effective_from", "start"), ("effective_until", "until"))
"""What a policy of any kind calls its version, its first day, and the first day no longer in force."""

P = TypeVar("P", "Plan", "PricePolicy")


def files_of(given: str, within: str = "**/*") -> list[Path]:
    """A document, or the documents of a folder: in the order of their paths, those of the folders in it among them.

    Args:
        given: the file or the folder.
        within: which paths of a folder are looked at.
    """
    path = Path(given)
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.glob(within) if file.suffix in {".toml", ".json"} and not file.is_dir())
    if not files:
        raise PolicyError("cli.no_document", "there is no document in this folder; put .toml or .json files into it", path=given)
    return files


def read(file: Path, kind: Any = None) -> Any:
    """The value that a document describes; any policy where no class is named."""
    from .. import document
    from ..policy import Policy

    wanted: Any = Policy if kind is None else kind
    try:
        return document.load(file, wanted)
    except Faults as error:
        for fault in error.faults:
            placed(fault, file)
        raise


def versions(given: str, kind: type[P]) -> "Timeline[P]":
    """The policy of a file, or of a folder that holds its versions, each in force until the next one starts."""
    from ..timeline import Entry, Timeline

    policies: list[P] = sorted((read(file, kind) for file in files_of(given, "*")), key=lambda policy: policy.effective_from)
    for earlier, later in pairwise(policies):
        if (earlier.id, earlier.currency) != (later.id, later.currency):
            template = "holds {one} in {one_currency} and {two} in {two_currency}; the versions of a policy keep its id and its currency"
            params = {"one": earlier.id, "one_currency": earlier.currency, "two": later.id, "two_currency": later.currency}
            raise PolicyError("cli.other_policy", template, path=given, **params)
        if earlier.effective_until not in {None, later.effective_from}:
            template = "the version from {start} is in force until {until}, and the next one starts on {next}; end it on that day, or leave its end out"
            raise PolicyError("cli.versions", template, path=given, start=earlier.effective_from, until=earlier.effective_until, next=later.effective_from)
    return Timeline(tuple(Entry(policy.effective_from, policy, source=policy.source) for policy in policies), ends=policies[-1].effective_until)


def check(arguments: Namespace) -> int:
    """Load policies and tell what is wrong with them; 1 where anything is."""
    status = 0
    for file in (file for given in arguments.policies for file in files_of(given)):
        try:
            policy = read(file)
        except Faults as error:
            print(*told(error, arguments.locale), sep="\n")
            status = 1
        else:
            print(one_line(message("cli.ok", arguments.locale, file=str(file), policy=_named(policy))))
    return status


def _named(policy: Any) -> tuple[Any, ...]:
    """A policy with its version and when it is in force, as far as its kind has them."""
    version, start, until = (next((getattr(policy, name) for name in names if hasattr(policy, name)), None) for names in _DATED)
    return (
        policy.id,
        *([label("value.version", version=version)] if version else []),
        *([label("cli.since", start=start)] if start else []),
        *([label("cli.until", until=until)] if until else []),
    )


def schema(arguments: Namespace) -> int:
    """Print the JSON Schema of policies or quotes."""
    from .. import document
    from ..policy import Policy
    from ..pricing import Quote

    of: Any = {"policy": Policy, "quote": Quote}[arguments.of]
    write(json.dumps(document.schema(of), indent=2, ensure_ascii=False), arguments.output)
    return 0
