"""A client that keeps a few connections busy for a while and writes down what every answer said."""

import asyncio
import json
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import attrs

__all__ = ["Load", "Reply", "run"]


@attrs.frozen
class Reply:
    """One answer: which request it is to, when it was sent, how long it took, and what it said."""

    request: int
    connection: int
    sent: float
    seconds: float
    status: int
    content: bytes

    @property
    def told(self) -> dict[str, Any]:
        """What it said."""
        told: dict[str, Any] = json.loads(self.content)
        return told


@attrs.frozen
class Load:
    """All answers of a run."""

    seconds: float
    replies: tuple[Reply, ...]

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return len(self.replies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many percent of the requests were answered."""
        times = sorted(reply.seconds for reply in self.replies)
        return 1000 * times[min(len(times) - 1, len(times) * percent // 100)]


def run(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Load:
    """Send these requests in turn, on so many connections, for so many seconds."""
    return asyncio.run(_run(port, requests, connections, seconds))


async def _run(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    start = perf_counter()
    told = await asyncio.gather(*(_keep_asking(port, requests, number, start + seconds) for number in range(connections)))
    return Load(perf_counter() - start, tuple(reply for replies in told for reply in replies))


async def _keep_asking(port: int, requests: Sequence[bytes], connection: int, until: float) -> list[Reply]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    replies: list[Reply] = []
    while (sent := perf_counter()) < until:
        number = (connection + len(replies)) % len(requests)
        writer.write(requests[number])
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        content = await reader.readexactly(length)
        replies.append(Reply(number, connection, sent, perf_counter() - sent, int(head.split(b" ", 2)[1]), content))
    writer.close()
    await writer.wait_closed()
    return replies
