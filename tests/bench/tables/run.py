"""The table benchmark: one plan, one set of sales, every kind of table, by hand and by this library.

Run ``python tests/bench/tables/run.py --help``; the default run takes about a quarter of an hour.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[3])  # The modules beside this one are a package; their folder is no place to import from.
    from tests.bench.tables.bench import main

    sys.exit(main())
