"""Who asks: a person, the level at which he acts, and the audience he belongs to, in a token that this company signed.

>>> key, li = "k" * 32, Caller(person="li", level="rep", audience="rep")
>>> read(issue(li, key, seconds=60), key) == li
True
>>> read(issue(li, "x" * 32, seconds=60), key)
Traceback (most recent call last):
    ...
discount_service.problems.Refusal: 401 service.token_invalid

A token is good for this service only (``aud``), for a time only (``exp``), and signed with HS256 only: whatever algorithm a token names
for itself is not asked.

References: RFC 7519 (JSON Web Token), RFC 6750 (bearer tokens), RFC 8725 (best current practices).
"""

from datetime import UTC, datetime, timedelta

import attrs
import jwt

from .problems import Refusal

__all__ = ["FOR", "Caller", "issue", "read"]

FOR = "discount_service"
"""What the claim ``aud`` must say."""
ALGORITHM = "HS256"
CLAIMS = {"person": "sub", "level": "level", "audience": "audience"}
LONGEST = 200


@attrs.frozen(kw_only=True)
class Caller:
    """Who asks.

    Args:
        person: who.
        level: the level of authority at which he acts.
        audience: whose eyes the answer is for: what is open to him says the policy.
    """

    person: str
    level: str
    audience: str


def issue(caller: Caller, key: str, *, seconds: int) -> str:
    """A token for a person, good for so many seconds."""
    now = datetime.now(UTC)
    told = {claim: getattr(caller, name) for name, claim in CLAIMS.items()}
    return jwt.encode(told | {"aud": FOR, "iat": now, "exp": now + timedelta(seconds=seconds)}, key, algorithm=ALGORITHM)


def read(token: str, key: str) -> Caller:
    """The person that a token names.

    Raises:
        Refusal: 401 ``service.token_expired``, ``service.token_invalid``.
    """
    options: jwt.types.Options = {"require": ["exp", "aud", *CLAIMS.values()]}
    try:
        claims = jwt.decode(token, key, algorithms=[ALGORITHM], audience=FOR, options=options)
    except jwt.ExpiredSignatureError:
        raise refused("service.token_expired") from None
    except jwt.InvalidTokenError:
        raise refused("service.token_invalid") from None
    told = {name: claims[claim] for name, claim in CLAIMS.items()}
    if not all(isinstance(value, str) and 0 < len(value) <= LONGEST for value in told.values()):
        raise refused("service.token_invalid")
    return Caller(**told)


def refused(code: str) -> Refusal:
    """A token that is not taken, or none."""
    error = 'error="invalid_token"' if code != "service.token_missing" else f'realm="{FOR}"'
    return Refusal(401, code, headers={"WWW-Authenticate": f"Bearer {error}"})
