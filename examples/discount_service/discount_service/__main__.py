"""Start the service: ``python -m discount_service``."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

import uvicorn

from salesrules.errors import SalesRulesError

from .policies import Shelf
from .settings import Misconfigured, Settings
from .tokens import Caller, issue

__all__ = ["main"]

DAY = 24 * 60 * 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Start, or say why not."""
    parser = argparse.ArgumentParser(prog="python -m discount_service", description="Serve decisions on discounts.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--access-log", action="store_true", help="log each request; a proxy in front usually does")
    parser.add_argument("--links", action="store_true", help="print a link to the page for each audience, with a token for a day: for a demonstration only")
    told = parser.parse_args(arguments)
    try:
        settings = Settings.of(os.environ)
        shelf = Shelf(settings.policy, settings.articles)
    except (Misconfigured, SalesRulesError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if told.links:
        print("\n".join(_links(shelf, settings, f"http://{told.host}:{told.port}/")), flush=True)
    serving: dict[str, Any] = {name: getattr(told, name) for name in ("host", "port", "access_log")}
    uvicorn.run("discount_service.app:create", factory=True, server_header=False, **serving)
    return 0


def _links(shelf: Shelf, settings: Settings, address: str) -> list[str]:
    """A link for each audience, at the level of its name or else the highest."""
    rules = shelf.current.policy
    links = []
    for audience in rules.audiences:
        level = audience.id if audience.id in rules.ladder.ranks else rules.levels[-1].id
        token = issue(Caller(person=audience.id, level=level, audience=audience.id), settings.key, seconds=DAY)
        links.append(f"{audience.id} ({level}): {address}#token={token}")
    return links


if __name__ == "__main__":
    sys.exit(main())
