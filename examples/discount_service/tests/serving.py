"""The service on a real socket, with a copy of its rules that a test may change, and what is sent to it."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
import uvicorn
from discount_service.app import create
from discount_service.models import QUOTE
from discount_service.policies import Shelf
from discount_service.settings import EXAMPLE, Settings
from discount_service.tokens import Caller, issue

__all__ = ["CALLERS", "KEY", "LOOK_EVERY", "Served", "headers", "process", "quote", "serving", "settings_in", "start", "wait_for"]

KEY = "a key for tests that is long enough"
LOOK_EVERY = 0.02
PATIENCE = 20
CALLERS = {
    "rep": Caller(person="li", level="rep", audience="rep"),
    "manager": Caller(person="wu", level="manager", audience="manager"),
    "finance": Caller(person="qian", level="management", audience="finance"),
    "rep_open": Caller(person="li", level="rep", audience="finance"),
}


def headers(who: str = "rep", language: str = "en") -> dict[str, str]:
    """The headers of a request."""
    return {"Authorization": f"Bearer {issue(CALLERS[who], KEY, seconds=600)}", "Accept-Language": language}


def quote(*lines: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """A quote with these lines; that of the documentation where none are given."""
    told = [{"id": str(number), "product": "MT-3", "quantity": "4"} | line for number, line in enumerate(lines, start=1)]
    return QUOTE | ({"lines": told, "date": "2026-03-02", "customer_grade": ""} if lines else {}) | terms


def wait_for(happens: Callable[[], bool]) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(LOOK_EVERY)


@attrs.frozen
class Served:
    """A service that runs."""

    port: int
    settings: Settings
    shelf: Shelf
    client: httpx.Client

    def decide(self, body: dict[str, Any], who: str = "rep", language: str = "en", **query: str) -> Any:
        """What it decides."""
        response = self.client.post("/decisions", json=body, headers=headers(who, language), params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def refuse(self, status: int, **request: Any) -> Any:
        """The problem that a request meets."""
        response = self.client.request(**({"method": "POST", "url": "/decisions", "headers": headers()} | request))
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        told = response.json()
        assert told["status"] == status
        assert told["type"] == f"urn:salesrules:problem:{told['code']}"
        return told

    def change(self, name: str, *changes: tuple[str, str]) -> None:
        """Replace a file by one with other text, as one should: by renaming a finished one."""
        path: Path = getattr(self.settings, name)
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        finished = path.with_suffix(".new")
        finished.write_text(text, encoding="utf-8")
        finished.replace(path)


def settings_in(folder: Path) -> Settings:
    """Settings with rules of their own."""
    for name in ("policy.toml", "articles.toml"):
        (folder / name).write_bytes((EXAMPLE / name).read_bytes())
    return Settings(key=KEY, policy=folder / "policy.toml", articles=folder / "articles.toml", look_every=LOOK_EVERY)


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """A service on a port of its own, in a thread."""
    settings = settings_in(folder)
    app = create(settings)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
        yield Served(port, settings, app.state.shelf, client)
    server.should_exit = True
    thread.join()


@contextmanager
def process(folder: Path) -> Iterator[tuple[int, Settings]]:
    """A service as a process of its own, started as people start it."""
    settings = settings_in(folder)
    environ = {"SALESRULES_TOKEN_KEY": KEY, "SALESRULES_POLICY": str(settings.policy), "SALESRULES_ARTICLES": str(settings.articles)}
    log = folder / "log"
    with log.open("wb") as file, start(["-m", "discount_service", "--port", "0"], environ, stderr=file) as running:
        try:
            wait_for(lambda: b"running on" in log.read_bytes())
            found = re.search(rb"http://127\.0\.0\.1:(\d+)", log.read_bytes())
            assert found is not None
            yield int(found[1]), settings
        finally:
            running.terminate()
            running.wait(PATIENCE)


def start(arguments: list[str], environ: dict[str, str], **options: Any) -> subprocess.Popen[bytes]:
    """A fresh interpreter that knows the library and the example."""
    import salesrules

    paths = [str(EXAMPLE), str(Path(salesrules.__file__).parents[1])]
    return subprocess.Popen([sys.executable, *arguments], env={"PYTHONPATH": ":".join(paths)} | environ, **options)
