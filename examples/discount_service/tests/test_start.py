"""Starting: without a good key and good rules the service does not, and says why."""

import re
import subprocess
from pathlib import Path

import pytest
from discount_service import token
from discount_service.__main__ import main
from discount_service.policies import Edition
from discount_service.settings import EXAMPLE, Settings
from discount_service.tokens import Caller, read
from serving import KEY, start

from salesrules import policy
from salesrules.pricing import PricePolicy

BAD_KEYS = {
    "missing": ({}, "SALESRULES_TOKEN_KEY is not set"),
    "empty": ({"SALESRULES_TOKEN_KEY": ""}, "is not set"),
    "short": ({"SALESRULES_TOKEN_KEY": "secret"}, "has 6 bytes"),
}


@pytest.mark.parametrize("name", BAD_KEYS)
@pytest.mark.parametrize("module", ["discount_service", "discount_service.token"])
def test_no_start_without_a_key(name: str, module: str) -> None:
    """Without a key, or with one that can be guessed, nothing starts; the message says how to make one, and never shows the key."""
    environ, said = BAD_KEYS[name]
    arguments = ["--person", "li", "--level", "rep", "--audience", "rep"] if module.endswith("token") else ["--port", "0"]
    with start(["-m", module, *arguments], environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tried:
        out, err = tried.communicate(timeout=60)
    assert tried.returncode == 2
    assert not out
    assert said in err.decode()
    assert "secrets.token_urlsafe" in err.decode()
    assert "Traceback" not in err.decode()
    assert "'secret'" not in err.decode()


def test_no_start_with_wrong_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Rules that are wrong are told with every fault and its place."""
    wrong = tmp_path / "policy.toml"
    wrong.write_text((EXAMPLE / "policy.toml").read_text(encoding="utf-8").replace('"12%"', '"4%"').replace('"nobody"', '"somebody"'), encoding="utf-8")
    monkeypatch.setenv("SALESRULES_TOKEN_KEY", KEY)
    monkeypatch.setenv("SALESRULES_POLICY", str(wrong))
    assert main([]) == 2
    assert "limits[0].rows[1].limit" in capsys.readouterr().err
    monkeypatch.setenv("SALESRULES_POLICY", str(tmp_path / "none.toml"))
    assert main([]) == 2
    assert "none.toml" in capsys.readouterr().err


def test_the_default_rules() -> None:
    """The policy that comes with the service is read without a fault, and what is written of it is read back as the same."""
    rules = policy.load(EXAMPLE / "policy.toml", PricePolicy)
    assert policy.loads(policy.dumps(rules), PricePolicy) == rules
    assert rules.prices is not None
    known = Edition.read(EXAMPLE / "policy.toml", EXAMPLE / "articles.toml").articles
    assert {entry.scope.product[0] for entry in rules.prices.entries} == set(known)


def test_the_key_is_not_shown() -> None:
    """Settings that are printed or logged do not tell the key."""
    assert KEY not in repr(Settings.of({"SALESRULES_TOKEN_KEY": KEY}))


def test_a_token_from_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints a token that the service takes."""
    monkeypatch.setenv("SALESRULES_TOKEN_KEY", KEY)
    assert token.main(["--person", "李", "--level", "rep", "--audience", "rep"]) == 0
    assert read(capsys.readouterr().out.strip(), KEY) == Caller(person="李", level="rep", audience="rep")


def test_links_for_a_demonstration(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`make service` prints a link for each audience, whose token is good for it."""
    served = []
    monkeypatch.setenv("SALESRULES_TOKEN_KEY", KEY)
    monkeypatch.setattr("uvicorn.run", lambda *arguments, **options: served.append((arguments, options)))
    assert main(["--links", "--port", "8123"]) == 0
    links = re.findall(r"^(\w+) \((\w+)\): http://127\.0\.0\.1:8123/#token=(\S+)$", capsys.readouterr().out, re.MULTILINE)
    assert [(audience, level) for audience, level, _ in links] == [("rep", "rep"), ("manager", "manager"), ("finance", "management")]
    assert all(read(sent, KEY).audience == audience for audience, _, sent in links)
    assert served[0][1]["port"] == 8123
