"""The verbs over columns: the same rules, applied to whole tables in the library that the user already has.

`apply` adds what each row pays, and gives totals and a state to go on from; `statements` goes the whole way to the statements of each person;
`compare` holds two plans against each other.
"""

from .applied import Applied, Check, Difference
from .apply import OUTPUTS, apply
from .compared import Cause, Changed, Compared, compare
from .stated import Stated, statements
from .streamed import Streamed

__all__ = ["OUTPUTS", "Applied", "Cause", "Changed", "Check", "Compared", "Difference", "Stated", "Streamed", "apply", "compare", "statements"]
