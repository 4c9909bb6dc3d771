"""Tokens: what is not signed by this company for this service opens nothing; what is, opens what the policy says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from discount_service.tokens import FOR, Caller, issue
from serving import CALLERS, KEY, Served, headers, quote

NOW = datetime.now(UTC)
CLAIMS: dict[str, Any] = {"sub": "li", "level": "rep", "audience": "rep", "aud": FOR, "exp": NOW + timedelta(hours=1)}


def signed(key: str = KEY, algorithm: str = "HS256", **changes: Any) -> str:
    """A token with other claims; one that is `None` is left out."""
    return jwt.encode({name: value for name, value in (CLAIMS | changes).items() if value is not None}, key, algorithm=algorithm)


GOOD = signed()
BAD = {
    "tampered": GOOD[:-8] + ("A" if GOOD[-8] != "A" else "B") + GOOD[-7:],
    "other payload": ".".join((GOOD.split(".")[0], signed(level="management").split(".")[1], GOOD.split(".")[2])),
    "another key": signed("another key that is long enough to sign"),
    "unsigned": jwt.encode(CLAIMS, "", algorithm="none"),
    "another algorithm": signed(KEY * 2, "HS512"),
    "for another service": signed(aud="payroll"),
    "for nobody": signed(aud=None),
    "never expires": signed(exp=None),
    "not yet": signed(nbf=NOW + timedelta(hours=1)),
    "no person": signed(sub=None),
    "empty person": signed(sub=""),
    "no level": signed(level=None),
    "level is no text": signed(level=7),
    "no audience": signed(audience=None),
    "endless person": signed(sub="x" * 201),
    "garbage": "garbage",
}


def test_good_token(service: Served) -> None:
    """The token that all the bad ones differ from is good."""
    response = service.client.post("/decisions", json=quote({}), headers={"Authorization": f"Bearer {GOOD}"})
    assert response.status_code == 200


@pytest.mark.parametrize("name", BAD)
def test_bad_tokens(service: Served, name: str) -> None:
    """Every other one is refused, and the answer does not say which check it failed."""
    for method, url in (("POST", "/decisions"), ("POST", "/room"), ("GET", "/policy")):
        body = {"json": quote({}) if url == "/decisions" else {"quote": quote({}), "line": "1"}} if method == "POST" else {}
        told = service.refuse(401, method=method, url=url, headers={"Authorization": f"Bearer {BAD[name]}"}, **body)
        assert told["code"] == "service.token_invalid"


@pytest.mark.parametrize("sent", [{}, {"Authorization": ""}, {"Authorization": "Basic bGk6bGk="}, {"Authorization": "Bearer"}])
def test_missing_token(service: Served, sent: dict[str, str]) -> None:
    """Without a token the answer says how to send one."""
    response = service.client.post("/decisions", json=quote({}), headers=sent)
    assert response.status_code == 401
    assert response.json()["code"] in {"service.token_missing", "service.token_invalid"}
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_expired_token(service: Served) -> None:
    """A token that has expired is refused as such, in the reader's language."""
    expired = issue(CALLERS["rep"], KEY, seconds=-1)
    told = service.refuse(401, json=quote({}), headers={"Authorization": f"Bearer {expired}", "Accept-Language": "zh-CN"})
    assert (told["code"], told["detail"]) == ("service.token_expired", "令牌已过期；请重新登录")


@pytest.mark.parametrize(("change", "code"), [({"level": "emperor"}, "service.level"), ({"audience": "press"}, "service.audience")])
def test_levels_and_audiences_that_the_policy_does_not_know(service: Served, change: dict[str, str], code: str) -> None:
    """A good token with a level or an audience that the policy in force does not know opens nothing."""
    token = issue(Caller(**({"person": "li", "level": "rep", "audience": "rep"} | change)), KEY, seconds=60)
    told = service.refuse(403, json=quote({}), headers={"Authorization": f"Bearer {token}"})
    assert told["code"] == code
    assert told["params"]["known"]


def test_the_token_says_who_asks(service: Served) -> None:
    """Person, level and audience come from the token alone; a body that says them is refused."""
    for claim in ("person", "level", "audience", "actor"):
        assert service.refuse(422, json=quote({}, **{claim: "management"}))["code"] == "service.unknown"
    assert service.decide(quote({"price": "160"}), "finance")["decision"]["verdict"] == "allowed"
    assert service.client.get("/policy", headers=headers("manager")).json()["document"] is None
