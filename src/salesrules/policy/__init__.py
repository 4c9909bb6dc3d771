"""A company's policies as documents: load, dump, schema.

What a document holds is told by its ``kind``: ``commission`` is a `salesrules.commission.Plan`.

    >>> text = '''
    ... schema = "salesrules/1"
    ... kind = "commission"
    ... id = "simple"
    ... currency = "CNY"
    ... effective_from = 2026-01-01
    ... returns = { rate = "original" }
    ... [[components]]
    ... id = "base"
    ... measure = "sales"
    ... steps = [ { kind = "rate", entries = [ { rate = "3%" } ] } ]
    ... '''
    >>> loads(text).components[0].id
    'base'
"""

from pathlib import Path
from typing import Any

from .. import document
from ..commission.plan import Plan

__all__ = ["dumps", "load", "loads", "schema"]

Policy = Plan
"""Every kind of policy document."""


def loads(text: str | bytes, *, format: str = "toml") -> Plan:
    """Read a policy from text.

    Raises:
        Faults: every fault at once, each with its path.
    """
    return document.loads(text, Policy, format=format)


def load(path: str | Path) -> Plan:
    """Read a policy from a ``.toml`` or ``.json`` file.

    Raises:
        Faults: every fault at once, each with its path.
        OSError: where the file cannot be read.
    """
    return document.load(path, Policy)


def dumps(policy: Plan, *, format: str = "toml") -> str:
    """Write a policy; `loads` reads back an equal one."""
    return document.dumps(policy, format=format)


def schema() -> dict[str, Any]:
    """The JSON Schema of policy documents."""
    return document.schema(Policy)
