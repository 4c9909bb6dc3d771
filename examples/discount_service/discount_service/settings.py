"""What the environment says: the key that tokens are signed with, and the files that hold the rules.

>>> Settings.of({"SALESRULES_TOKEN_KEY": "k" * 32}).policy.name
'policy.toml'
>>> Settings.of({"SALESRULES_TOKEN_KEY": "short"})
Traceback (most recent call last):
    ...
discount_service.settings.Misconfigured: SALESRULES_TOKEN_KEY has 5 bytes; a key that cannot be guessed has 32 or more. ...
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import attrs

__all__ = ["LEAST_KEY", "Misconfigured", "Settings"]

EXAMPLE = Path(__file__).parents[1]
LEAST_KEY = 32
"""Bytes of a key for HMAC with SHA-256: a shorter one is weaker than the signature (RFC 7518, section 3.2)."""
MAKE_ONE = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"


class Misconfigured(Exception):
    """The service cannot start as it is set up; the message says what to do."""


@attrs.frozen(kw_only=True)
class Settings:
    """How a service is set up.

    Args:
        key: signs and checks tokens.
        policy: the price policy.
        articles: what the service itself knows of each article.
        look_every: seconds between two looks at these files.

    Raises:
        Misconfigured: without a key, or with one that is too short.
    """

    key: str = attrs.field(repr=False)
    policy: Path
    articles: Path
    look_every: float = 1.0

    def __attrs_post_init__(self) -> None:
        length = len(self.key.encode())
        if not length:
            raise Misconfigured(f"SALESRULES_TOKEN_KEY is not set, so no token could be checked. {MAKE_ONE}")
        if length < LEAST_KEY:
            raise Misconfigured(f"SALESRULES_TOKEN_KEY has {length} bytes; a key that cannot be guessed has {LEAST_KEY} or more. {MAKE_ONE}")

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """The settings that an environment holds: ``SALESRULES_TOKEN_KEY``, ``SALESRULES_POLICY``, ``SALESRULES_ARTICLES``."""
        policy, articles = environ.get("SALESRULES_POLICY"), environ.get("SALESRULES_ARTICLES")
        return cls(
            key=environ.get("SALESRULES_TOKEN_KEY", ""),
            policy=Path(policy) if policy else EXAMPLE / "policy.toml",
            articles=Path(articles) if articles else EXAMPLE / "articles.toml",
        )
