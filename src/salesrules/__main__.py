"""``python -m salesrules`` is the command `salesrules`; see `salesrules.cli`."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
