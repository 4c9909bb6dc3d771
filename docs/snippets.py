"""A pytest plugin that runs the fences of README and docs as one story per page: `python -m pytest -p docs.snippets README.md docs`.

Python fences run one after the other in one namespace per page. A TOML fence is a policy and must load; the fences after it find it as
``plan``. A page may show a part of a policy: the keys at the top that it leaves out are those of `WHOLE`.
"""

import tomllib
from pathlib import Path

from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

from salesrules.policy import loads

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
    """Load what a TOML fence shows, and leave it in the namespace of the page."""
    shown = tomllib.loads(example.parsed)
    head = "\n".join(line for key, line in WHOLE.items() if key not in shown)
    example.namespace["plan"] = loads(f"{head}\n{example.parsed}")


pytest_collect_file = Sybil(
    path=str(Path(__file__).parents[1]),
    parsers=[PythonCodeBlockParser(), CodeBlockParser("toml", load_policy), SkipParser()],
    patterns=["*.md"],
).pytest()
