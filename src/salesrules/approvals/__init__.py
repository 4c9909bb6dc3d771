"""Who may concede what, and the approval of what goes further.

A `Ladder` names the levels of authority, an `Authority` says how far each may go by one measure. What goes further is asked for: a
`request` with its reason and its concession goes the way that the `Procedure` prescribes, people `record` what they decide, and `state_on`
says where it stands on a day. What comes out is an `Approval`, an envelope: it `holds` while nothing approved gets worse. Nothing is stored
and no clock is read; whatever may not be done is an answer with its reasons.

    >>> from datetime import date
    >>> procedure = Procedure(ladder=Ladder(levels=(Level(id="rep"), Level(id="manager"))), path="in_turn", alone="allowed", signs="own_level",
    ...                       repeated="each", resubmitted="keep", rejected="final", approval_lasts="30 days")
    >>> team = Signatories(holders=(Holder(person="chen", level="rep", start=date(2026, 1, 1)), Holder(person="wang", level="manager", start=date(2026, 1, 1))))
    >>> discount = Measured(measure="discount", value="20%", worse="more")
    >>> asked = request(procedure, team, id="R1", person="chen", on=date(2026, 3, 2), needs="manager", reason="a competitor's offer", measures=(discount,))
    >>> signed = record(asked, procedure, team, verb="approve", person="wang", on=date(2026, 3, 3))
    >>> approval = state_on(signed.request, procedure, date(2026, 3, 3)).approval
    >>> approval.last_day, holds(approval, (discount,), on=date(2026, 3, 20)).holds
    (datetime.date(2026, 4, 2), True)
"""

from .acting import Recorded, record, request, resubmit
from .authority import Authority, Row
from .desk import Refusal, may_sign
from .envelope import Approval, Breach, Holding, Signature, holds, worse_than
from .history import Act, Request, Submission
from .ladder import Ladder, Level
from .measured import Ceiling, Measured
from .procedure import Deadline, Procedure, Stage, When
from .signatories import Delegation, Holder, Signatories
from .state import State, Waiting, state_on
from .verdict import Verdict, Violation
from .workings import working

__all__ = [
    "Act",
    "Approval",
    "Authority",
    "Breach",
    "Ceiling",
    "Deadline",
    "Delegation",
    "Holder",
    "Holding",
    "Ladder",
    "Level",
    "Measured",
    "Procedure",
    "Recorded",
    "Refusal",
    "Request",
    "Row",
    "Signatories",
    "Signature",
    "Stage",
    "State",
    "Submission",
    "Verdict",
    "Violation",
    "Waiting",
    "When",
    "holds",
    "may_sign",
    "record",
    "request",
    "resubmit",
    "state_on",
    "working",
    "worse_than",
]
