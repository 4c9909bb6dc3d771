"""What to go on from: the running totals and balances after a settled day, as a small value of plain data.

>>> opening = State.from_data({"through": "2026-01-31", "totals": [], "balances": [["li", 50000, 0]], "booked": [], "open_lines": 0})
>>> opening.balance("li").draw                              # what li owes, in minor units
50000
>>> State.from_data(opening.to_data()) == opening
True
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from ..errors import FactError
from ..ops import Total
from .draws import Balance
from .lines import Account

__all__ = ["Booked", "State"]

Booked = tuple[Account, int, int, int]
"""What was earned, held back (negative) and released of an account."""


@attrs.frozen(kw_only=True)
class State:
    """What must be known to go on after a settled day without rereading: running totals, and balances.

    Balances and bookings are those at the end of the last settlement period that is complete: who goes on in the middle of a period
    settles the whole of it once more, and passes its lines as ``history``.

    Args:
        through: the last day that was computed.
        totals: running totals of tiers, caps and the like, up to that day.
        balances: what each person owes or is owed.
        booked: what was earned, held back and released of the sales that are earned in stages, held back or came late.
        open_lines: how many lines the unfinished settlement period has.

    It is a small value of plain data: `to_data` gives what any JSON encoder takes, `from_data` reads it back.
    """

    through: date | None = None
    totals: tuple[tuple[str, tuple[str, ...], Total], ...] = ()
    balances: tuple[tuple[str, Balance], ...] = ()
    booked: tuple[Booked, ...] = ()
    open_lines: int = 0

    def running(self) -> dict[str, dict[tuple[str, ...], Total]]:
        """The running totals, as the carriers keep them."""
        totals: dict[str, dict[tuple[str, ...], Total]] = {}
        for name, account, value in self.totals:
            totals.setdefault(name, {})[account] = value
        return totals

    def balance(self, person: str) -> Balance:
        """The balance of a person."""
        return dict(self.balances).get(person, Balance())

    def to_data(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "through": self.through.isoformat() if self.through else None,
            "totals": [[name, list(account), value if isinstance(value, int) else str(value)] for name, account, value in self.totals],
            "balances": [[person, balance.draw, balance.carried] for person, balance in self.balances],
            "booked": [[list(account), earned, held, released] for account, earned, held, released in self.booked],
            "open_lines": self.open_lines,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "State":
        """Read back what `to_data` wrote.

        Raises:
            FactError: ``state.data`` for anything else.
        """
        try:
            return cls(
                through=date.fromisoformat(data["through"]) if data["through"] else None,
                totals=tuple((name, tuple(account), value if isinstance(value, int) else Fraction(value)) for name, account, value in data["totals"]),
                balances=tuple((person, Balance(draw=draw, carried=carried)) for person, draw, carried in data["balances"]),
                booked=tuple(((sale, receipt, person, component), *rest) for (sale, receipt, person, component), *rest in data["booked"]),
                open_lines=data["open_lines"],
            )
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise FactError("state.data", "this is no state ({reason}); pass what State.to_data gave, unchanged", path="state", reason=repr(error)) from None
