"""The command `decide`: what a price policy says of quotes that are written as documents."""

import json
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import FactFaults, SalesRulesError
from ..text import message
from .policies import files_of, read, versions
from .writing import is_folder, named, page, placed, write

if TYPE_CHECKING:
    from ..pricing import Decision

__all__ = ["FORMATS", "decisions"]


def decisions(arguments: Namespace) -> int:
    """Judge each quote, and write the price approval forms; none where any quote is wrong.

    Raises:
        FactFaults: every fault of every quote.
    """
    from ..pricing import PricePolicy, Quote

    rules = versions(arguments.policy, PricePolicy)
    files = [file for given in arguments.quotes for file in files_of(given)]
    made: list[Decision] = []
    faults: list[SalesRulesError] = []
    for file in files:
        try:
            made.append(_decided(rules, read(file, Quote), file, arguments))
        except SalesRulesError as error:
            faults += getattr(error, "faults", (error,))
    if faults:
        raise FactFaults(faults)
    form, suffix = FORMATS[arguments.format]
    if is_folder(arguments.output):
        for name, decision in zip(named(decision.quote.id for decision in made), made, strict=True):
            write(form([decision], arguments.audience, arguments.locale), Path(arguments.output) / f"{name}.{suffix}")
    else:
        write(form(made, arguments.audience, arguments.locale), arguments.output)
    return 0


def _decided(rules: Any, quote: Any, file: Path, arguments: Namespace) -> "Decision":
    from ..pricing import Actor, decide

    try:
        return decide(rules, quote, actor=Actor(person=arguments.person or quote.person, level=arguments.level))
    except SalesRulesError as error:
        raise placed(error, file) from None


def _as_text(made: Sequence["Decision"], audience: str, locale: str) -> str:
    return "\n\n\n".join(decision.to_text(locale, audience) for decision in made)


def _as_html(made: Sequence["Decision"], audience: str, locale: str) -> str:
    if len(made) == 1:
        return made[0].to_html(locale, audience)
    return page(message("cli.forms", locale), [decision.to_html(locale, audience, page=False) for decision in made], locale)


def _as_json(made: Sequence["Decision"], audience: str, _locale: str) -> str:
    return json.dumps([decision.to_data(audience) for decision in made], indent=2, ensure_ascii=False)


_Form = Callable[[Sequence["Decision"], str, str], str]
FORMATS: dict[str, tuple[_Form, str]] = {"text": (_as_text, "txt"), "html": (_as_html, "html"), "json": (_as_json, "json")}
"""How forms are written, each with the suffix of its files."""
