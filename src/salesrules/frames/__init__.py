"""The verbs over columns: the same rules, applied to whole tables in the library that the user already has.

`apply` adds what each row pays, and gives totals and a state to go on from; `statements` goes the whole way to the statements of each person;
`compare` holds two plans against each other. `validate` checks a price policy against quotes, and `replay` a change of it against past orders.

=============== ======================================================================================================
the way in      `apply`, `job` (plan and columns), `columns`, `door` (arrays or a refusal), `codes`, `days`, `currencies`
blocks          `blocks` (the words), `rows`, `accounts`, `blockwise` (the pass), `posting`, `returns`, `splits`, `prepared`, `tally`, `eager`
expressions     `expressions` (the words), `survey`, `lookups`, `lazy_returns`, `lazy_splits`, `lazily` (the pass)
both            `spans` (bounds), `states`
quotes          `quotes`: price decisions over a table of quote lines, and a change of policy replayed
the way out     `applied` (with `scalar`, one row at a time), `summed`, `stated`, `compared`, `streamed`, `files`
=============== ======================================================================================================
"""

from .applied import Applied, Check, Difference
from .apply import OUTPUTS, apply
from .compared import Cause, Changed, Compared, compare
from .quotes.replay import Move, Replayed, replay
from .quotes.validate import Counted, QuoteCheck, QuoteDifference, Validated, validate
from .stated import Stated, statements
from .streamed import Streamed

__all__ = [
    "OUTPUTS",
    "Applied",
    "Cause",
    "Changed",
    "Check",
    "Compared",
    "Counted",
    "Difference",
    "Move",
    "QuoteCheck",
    "QuoteDifference",
    "Replayed",
    "Stated",
    "Streamed",
    "Validated",
    "apply",
    "compare",
    "replay",
    "statements",
    "validate",
]
