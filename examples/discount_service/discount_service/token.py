"""Issue a token: ``python -m discount_service.token --person li --level rep --audience rep``.

For a demonstration and for tests: in a company the tokens come from where people sign in, which then shares the key with this service.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from .settings import Misconfigured, Settings
from .tokens import Caller, issue

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a token."""
    parser = argparse.ArgumentParser(prog="python -m discount_service.token", description="Issue a token for the discount service.")
    parser.add_argument("--person", required=True, help="who asks")
    parser.add_argument("--level", required=True, help="the level of authority at which he acts, such as rep")
    parser.add_argument("--audience", required=True, help="whose eyes the answers are for, such as rep")
    parser.add_argument("--seconds", type=int, default=3600, help="how long it is good (default: an hour)")
    told = parser.parse_args(arguments)
    try:
        settings = Settings.of(os.environ)
    except Misconfigured as error:
        print(error, file=sys.stderr)
        return 2
    print(issue(Caller(person=told.person, level=told.level, audience=told.audience), settings.key, seconds=told.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
