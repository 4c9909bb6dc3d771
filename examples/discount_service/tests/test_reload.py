"""The rules change under a service that runs: requests keep the rules they began with, and wrong files are refused."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from discount_service import app as addresses
from discount_service.policies import Shelf
from serving import Served, headers, quote, settings_in, wait_for

from salesrules.errors import Faults, PolicyError
from salesrules.pricing import decide

STRICTER = [('version = "2026.1"', 'version = "2026.2"'), ('{ level = "rep", limit = "5%" }', '{ level = "rep", limit = "2%" }')]


def level(served: Served) -> tuple[str, str]:
    """The level that a discount of 4% needs, and the version that says so."""
    told = served.decide(quote({"discounts": [{"id": "manual", "rate": "4%"}]}))
    assert told["policy"]["version"] == told["decision"]["version"]
    return told["decision"]["level"], told["policy"]["version"]


def test_new_rules_are_taken(own: Served) -> None:
    """A new file takes effect without a restart, and its hash tells it apart."""
    before = own.client.get("/health").json()
    assert level(own) == ("", "2026.1")
    own.change("policy", *STRICTER)
    wait_for(lambda: own.client.get("/health").json()["policy"]["version"] == "2026.2")
    assert level(own) == ("manager", "2026.2")
    after = own.client.get("/health").json()
    assert after["policy"]["hash"] != before["policy"]["hash"]
    assert after["loaded_at"] > before["loaded_at"]


def test_requests_in_flight_keep_their_rules(own: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that began before the change is answered by the rules it began with, though it ends after it."""
    began, may_end, told = threading.Event(), threading.Event(), list[Any]()

    def slow(*arguments: Any, **terms: Any) -> Any:
        began.set()
        assert may_end.wait(20)
        return decide(*arguments, **terms)

    monkeypatch.setattr(addresses, "decide", slow)
    asking = threading.Thread(target=lambda: told.append(level(own)))
    asking.start()
    assert began.wait(20)
    own.change("policy", *STRICTER)
    wait_for(lambda: own.shelf.current.policy.version == "2026.2")
    may_end.set()
    asking.join()
    assert told == [("", "2026.1")]
    assert level(own) == ("manager", "2026.2")


BROKEN = {
    "no TOML": ("schema =", "schema"),
    "a level that nothing leads to": ('{ id = "head", title', '{ id = "deputy" }, { id = "head", title'),
    "a hole in the matrix": ('{ level = "manager", limit = "12%" }', '{ level = "manager", from = "6%", limit = "12%" }'),
    "a float for a share": ('margin = "13.7%"', "margin = 13.7"),
    "an unknown key": ('combine = "all"', 'combine = "all"\ncombines = "all"'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_rules_are_refused(own: Served, name: str) -> None:
    """A broken file is refused: the rules before it go on answering, health tells so without a word of the rules, and a good file mends it."""
    ruling = own.shelf.current.hash
    old, new = BROKEN[name]
    own.change("policy", (old, new))
    wait_for(lambda: own.client.get("/health").json()["status"] == "stale")
    health = own.client.get("/health").json()
    assert health["policy"]["hash"] == ruling
    assert health["refused"]["codes"]
    assert "13.7" not in str(health)
    assert level(own) == ("", "2026.1")
    own.change("policy", (new, old))
    wait_for(lambda: own.client.get("/health").json()["status"] == "ok")


def test_articles_change_too(own: Served) -> None:
    """The list of articles is watched like the policy: what costs more is refused sooner."""
    asked = quote({"price": "170"})
    assert own.decide(asked)["decision"]["verdict"] == "needs_approval"
    own.change("articles", ("127.63", "157.63"))
    wait_for(lambda: own.decide(asked)["decision"]["verdict"] == "refused")


def test_doubled_articles_are_refused(own: Served) -> None:
    """An article that stands in the list twice is a fault of the list."""
    own.change("articles", ('id = "SG24"', 'id = "SN65"'))
    wait_for(lambda: own.shelf.refused is not None)
    assert own.shelf.refused is not None
    assert own.shelf.refused.codes == ("service.articles",)


def shelf_in(folder: Path) -> tuple[Shelf, Path]:
    """A shelf that nobody watches."""
    settings = settings_in(folder)
    return Shelf(settings.policy, settings.articles), settings.policy


def test_half_a_file_is_left_alone(tmp_path: Path) -> None:
    """A file that still grows between two looks is not read, though what stands there by then may be a policy by itself."""
    shelf, path = shelf_in(tmp_path)
    whole, before = path.read_text(encoding="utf-8").replace("2026.1", "2026.2"), shelf.current
    for end in (len(whole) // 3, len(whole) // 2, len(whole)):
        path.write_text(whole[:end], encoding="utf-8")
        os.utime(path, ns=(end, end))
        shelf.look()
        assert shelf.current is before
        assert shelf.refused is None
    shelf.look()
    assert shelf.current.policy.version == "2026.2"


def test_a_missing_file_is_left_alone(tmp_path: Path) -> None:
    """While a file is away, as between two renamings, the rules go on; a service does not start without it."""
    shelf, path = shelf_in(tmp_path)
    before = shelf.current
    away = path.rename(path.with_suffix(".away"))
    shelf.look()
    shelf.look()
    assert (shelf.current, shelf.refused) == (before, None)
    with pytest.raises(OSError, match="policy"):
        Shelf(path, path)
    away.write_text("schema = 1", encoding="utf-8")
    with pytest.raises(Faults):
        Shelf(away.rename(path), path)


def test_a_file_that_goes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be read after all is refused like a broken one."""
    shelf, path = shelf_in(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    shelf.look()
    monkeypatch.setattr(Path, "read_bytes", lambda path: (_ for _ in ()).throw(PermissionError(path)))
    shelf.look()
    assert shelf.refused is not None
    assert shelf.refused.codes == ("service.unreadable",)


def test_rules_that_cannot_answer(own: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the rules themselves turn out to be wrong, or the service fails, the answer is a problem that keeps their secrets."""

    def fail(*arguments: Any, **terms: Any) -> Any:
        raise error

    monkeypatch.setattr(addresses, "decide", fail)
    error: Exception = PolicyError("acme.rule", "the floor of 13.7% is wrong", path="floors[0]")
    told = own.refuse(503, json=quote({}), headers=headers(language="zh-CN"))
    assert (told["code"], told["path"], told["params"]) == ("service.rules", "floors[0]", {"reason": "acme.rule"})
    assert "13.7" not in told["detail"]
    error = RuntimeError("13.7%")
    assert own.refuse(500, json=quote({}))["code"] == "service.failed"
