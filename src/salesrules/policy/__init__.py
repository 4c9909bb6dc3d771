"""A company's policies as documents: load, dump, schema.

What a document holds is told by its ``kind``: ``commission`` is a `salesrules.commission.Plan`, ``pricing`` a
`salesrules.pricing.PricePolicy`, ``promotion`` a `salesrules.pricing.promotions.Promotion`, ``approval`` a `salesrules.approvals.Procedure`.

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
from typing import Any, TypeVar, overload

from .. import document
from ..approvals.procedure import Procedure
from ..commission.plan import Plan
from ..pricing.policy import PricePolicy
from ..pricing.promotions.promotion import Promotion

__all__ = ["Policy", "dumps", "load", "loads", "schema"]

Policy = Plan | PricePolicy | Promotion | Procedure
"""Every kind of policy document."""

P = TypeVar("P", Plan, PricePolicy, Promotion, Procedure)


@overload
def loads(text: str | bytes, *, format: str = "toml") -> Any: ...


@overload
def loads(text: str | bytes, kind: type[P], *, format: str = "toml") -> P: ...


def loads(text: str | bytes, kind: Any = Policy, *, format: str = "toml") -> Any:
    """Read a policy from text.

    Args:
        text: the document.
        kind: the class expected, such as `Plan`; any where left out.
        format: ``toml`` or ``json``.

    Raises:
        Faults: every fault at once, each with its path.
    """
    return document.loads(text, kind, format=format)


@overload
def load(path: str | Path) -> Any: ...


@overload
def load(path: str | Path, kind: type[P]) -> P: ...


def load(path: str | Path, kind: Any = Policy) -> Any:
    """Read a policy from a ``.toml`` or ``.json`` file.

    Args:
        path: the file.
        kind: the class expected, such as `Plan`; any where left out.

    Raises:
        Faults: every fault at once, each with its path.
        OSError: where the file cannot be read.
    """
    return document.load(path, kind)


def dumps(policy: Policy, *, format: str = "toml") -> str:
    """Write a policy; `loads` reads back an equal one."""
    return document.dumps(policy, format=format)


def schema() -> dict[str, Any]:
    """The JSON Schema of policy documents."""
    return document.schema(Policy)
