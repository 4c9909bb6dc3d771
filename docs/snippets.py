"""A pytest plugin that runs the fences of README and docs as one story per page: `python -m pytest -p docs.snippets README.md docs`.

Python fences run one after the other in one namespace per page. A TOML fence is a document and must load; the fences after it find it as
``plan``, as ``rules`` where it is a price policy, or as ``quote``. A page may show a part of a plan: the keys at the top that it leaves out are those of
`WHOLE`. A text fence that follows a Python fence which sets ``shown`` must be that text.

A page that needs what not every machine has says so in a comment: ``<!--- skip: start if(missing("pyspark", "java"), reason=...) -->``.
"""

import shutil
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

from salesrules import document
from salesrules.policy import loads
from salesrules.pricing import Quote

WHOLE = {
    "schema": 'schema = "salesrules/1"',
    "kind": 'kind = "commission"',
    "id": 'id = "example"',
    "currency": 'currency = "CNY"',
    "effective_from": "effective_from = 2026-01-01",
    "returns": 'returns = { rate = "original" }',
    "components": 'components = [{ id = "base", measure = "sales", steps = [{ kind = "rate", entries = [{ rate = "3%" }] }] }]',
}


def load_policy(example: Example) -> None:
    """Load the plan, price policy or quote that a TOML fence shows, and leave it in the namespace of the page."""
    shown = tomllib.loads(example.parsed)
    if shown.get("kind") == "pricing":
        example.namespace["rules"] = loads(example.parsed)
        return
    if "lines" in shown:
        example.namespace["quote"] = document.loads(example.parsed, Quote)
        return
    head = "\n".join(line for key, line in WHOLE.items() if key not in shown)
    example.namespace["plan"] = loads(f"{head}\n{example.parsed}")


def compare_text(example: Example) -> None:
    """Compare a text fence with what the page says it shows."""
    shown = example.namespace.pop("shown", None)
    if shown is not None and shown.strip() != example.parsed.strip():
        raise AssertionError(f"{shown.strip()}\n--- is shown as ---\n{example.parsed.strip()}")


def missing(*names: str) -> str:
    """Which of these modules and programs are not there; empty where all are."""
    absent = [name for name in names if find_spec(name) is None and shutil.which(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """PySpark warns of a pandas newer than it knows; no frame of pandas goes through it on these pages."""
    for item in items:
        if item.path.name == "pyspark.md":
            item.add_marker(pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"))


pytest_collect_file = Sybil(
    path=str(Path(__file__).parents[1]),
    parsers=[PythonCodeBlockParser(), CodeBlockParser("toml", load_policy), CodeBlockParser("text", compare_text), SkipParser()],
    patterns=["*.md"],
    setup=lambda namespace: namespace.update(missing=missing),
).pytest()
