"""How large a request may be: whatever is longer is refused before it is read to its end."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .language import locale_for
from .problems import Refusal, problem

__all__ = ["MOST_BYTES", "MOST_DISCOUNTS", "MOST_IN_ROOM", "MOST_LINES", "Bounded"]

MOST_BYTES = 256 * 1024
"""The longest body."""
MOST_LINES = 500
"""Lines of a quote."""
MOST_IN_ROOM = 50
"""Lines of a quote that is asked for its room: the answer takes a score of decisions."""
MOST_DISCOUNTS = 20
"""Discounts of a line, or of an order."""


class Bounded:
    """An application whose requests have at most so many bytes, however they are sent."""

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        stated = dict(scope["headers"]).get(b"content-length", b"0")
        body = None if int(stated) > self.most else await self._read(receive)
        if body is None:
            language = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
            refusal = Refusal(413, "service.too_large", headers={"Connection": "close"}, most=self.most)
            await problem(refusal, locale_for(language), status=413)(scope, receive, send)
            return
        await self.app(scope, _replayed(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        length, more = 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(parts)
            parts.append(message.get("body", b""))
            length += len(parts[-1])
            more = message.get("more_body", False)
            if length > self.most:
                return None
        return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again
