"""Under load, with the rules swapped in the middle: no error, and every decision is by exactly one version."""

import json
import threading
import time
from pathlib import Path

import load
import pytest
from serving import headers, process, quote

SECONDS = 4.0
CONNECTIONS = 8
DISCOUNTS = ("1%", "4%", "5%", "7%", "13%", "19%")
LEVELS = {
    "2026.1": ["", "", "", "manager", "head", "head"],
    "2026.2": ["", "manager", "manager", "manager", "head", "head"],
}
"""The level that each discount needs, in each version."""


def request(discount: str) -> bytes:
    """A request with three lines at one discount, as it goes over the wire."""
    lines = [{"product": product, "discounts": [{"id": "manual", "rate": discount}]} for product in ("MFZ-ABC4", "SN65", "MFTZ-35")]
    body = json.dumps(quote(*lines)).encode()
    told = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body))} | headers()
    return b"POST /decisions HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in told.items()).encode() + b"\r\n" + body


def test_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Requests a second, p50 and p99 are told; nothing fails, no answer mixes two versions, and once a connection has seen the new one it stays."""
    with process(tmp_path) as (port, settings):
        requests = [request(discount) for discount in DISCOUNTS]
        load.run(port, requests, connections=2, seconds=0.3)
        text = (
            settings.policy.read_text(encoding="utf-8")
            .replace("2026.1", "2026.2")
            .replace('{ level = "rep", limit = "5%" }', '{ level = "rep", limit = "3%" }')
        )

        def swap() -> None:
            time.sleep(SECONDS / 2 - 1)  # two looks come after it
            finished = settings.policy.with_suffix(".new")
            finished.write_text(text, encoding="utf-8")
            finished.replace(settings.policy)

        swapping = threading.Thread(target=swap)
        swapping.start()
        done = load.run(port, requests, connections=CONNECTIONS, seconds=SECONDS)
        swapping.join()
    with capsys.disabled():
        print(
            f"\n{done.per_second:.0f} requests/s, p50 {done.percentile(50):.1f} ms, p99 {done.percentile(99):.1f} ms, {len(done.replies)} requests of 3 lines"
        )
    assert {reply.status for reply in done.replies} == {200}
    hashes: dict[str, set[str]] = {}
    seen: dict[int, list[str]] = {}
    for reply in sorted(done.replies, key=lambda reply: reply.sent):
        decision, policy = reply.told["decision"], reply.told["policy"]
        assert decision["version"] == policy["version"]
        assert {line["level"] for line in decision["lines"]} == {decision["level"]} == {LEVELS[policy["version"]][reply.request]}
        hashes.setdefault(policy["version"], set()).add(policy["hash"])
        seen.setdefault(reply.connection, []).append(policy["version"])
    assert {version: len(found) for version, found in hashes.items()} == {"2026.1": 1, "2026.2": 1}
    assert all(versions == sorted(versions) for versions in seen.values())
