"""The verbs over columns: the same rules, applied to whole tables in the library that the user already has.

`apply` adds what each row pays, and gives totals and a state to go on from; `statements` goes the whole way to the statements of each person;
`compare` holds two plans against each other.

=============== ======================================================================================================
the way in      `apply`, `job` (plan and columns), `columns`, `door` (arrays or a refusal), `codes`, `days`, `currencies`
blocks          `blocks` (the words), `rows`, `accounts`, `blockwise` (the pass), `posting`, `returns`, `splits`, `prepared`, `tally`, `eager`
expressions     `expressions` (the words), `survey`, `lookups`, `lazily` (the pass)
both            `spans` (bounds), `states`
the way out     `applied` (with `scalar`, one row at a time), `stated`, `compared`, `streamed`, `files`
=============== ======================================================================================================
"""

from .applied import Applied, Check, Difference
from .apply import OUTPUTS, apply
from .compared import Cause, Changed, Compared, compare
from .stated import Stated, statements
from .streamed import Streamed

__all__ = ["OUTPUTS", "Applied", "Cause", "Changed", "Check", "Compared", "Difference", "Stated", "Streamed", "apply", "compare", "statements"]
