"""Who works for whom, and when: the hierarchy as it stood on the day of a sale.

>>> from datetime import date
>>> roster = Roster((Member(person="chen", role="rep", manager="wang", team="north", start=date(2026, 1, 1)),
...                  Member(person="wang", role="manager", team="north", start=date(2026, 1, 1))))
>>> [member.person for member in roster.above("chen", date(2026, 5, 1))]
['wang']
"""

from datetime import date
from functools import cached_property
from itertools import pairwise

import attrs

from ..errors import FactError
from ..periods import Period
from .facts import check_day

__all__ = ["Member", "Roster"]


@attrs.frozen(kw_only=True)
class Member:
    """One stay of a person in a post: half-open from ``start`` to ``end``. A transfer is a second entry."""

    person: str
    role: str = ""
    manager: str = ""
    team: str = ""
    start: date
    end: date | None = None
    name: str = ""

    def __attrs_post_init__(self) -> None:
        for day in (self.start, self.end or self.start):
            check_day(day, f"member {self.person}")
        if self.end is not None and self.end <= self.start:
            raise FactError("roster.reversed", "ends on {end}, not after its start {start}", path=f"member {self.person}", start=self.start, end=self.end)

    def covers(self, day: date) -> bool:
        """Whether the person is in this post on that day."""
        return self.start <= day and (self.end is None or day < self.end)

    def during(self, period: Period) -> Period | None:
        """The part of a period in which the person is in this post, or ``None``."""
        return period.overlap(Period(self.start, self.end or date.max))

    def is_in(self, roles: tuple[str, ...]) -> bool:
        """Whether this is a post of one of these roles; where none is named, every post is."""
        return not roles or self.role in roles


@attrs.frozen
class Roster:
    """All stays of all people.

    Raises:
        FactError: ``roster.overlap`` where one person is in two posts on one day.
    """

    members: tuple[Member, ...] = ()

    def __attrs_post_init__(self) -> None:
        for person, stays in self._stays.items():
            for one, two in pairwise(stays):
                if one.end is None or two.start < one.end:
                    raise FactError(
                        "roster.overlap", "is in two posts on {day}; end the first entry before the second starts", path=f"member {person}", day=two.start
                    )

    @cached_property
    def _stays(self) -> dict[str, list[Member]]:
        stays: dict[str, list[Member]] = {}
        for member in sorted(self.members, key=lambda member: member.start):
            stays.setdefault(member.person, []).append(member)
        return stays

    def on(self, person: str, day: date) -> Member | None:
        """The post of a person on a day, or ``None``."""
        return next((stay for stay in self._stays.get(person, ()) if stay.covers(day)), None)

    def stays(self, person: str) -> tuple[Member, ...]:
        """All stays of a person, in order."""
        return tuple(self._stays.get(person, ()))

    def name(self, person: str) -> str:
        """The display name of a person, or the key itself."""
        return next((stay.name for stay in reversed(self._stays.get(person, [])) if stay.name), person)

    def above(self, person: str, day: date) -> tuple[Member, ...]:
        """The managers above a person on that day, nearest first.

        Raises:
            FactError: ``roster.cycle`` where somebody turns out to manage himself; ``roster.unknown`` where a manager has no entry.
        """
        chain: list[Member] = []
        post = self.on(person, day)
        while post is not None and post.manager:
            boss = self.on(post.manager, day)
            if boss is None:
                raise FactError(
                    "roster.unknown",
                    "reports to {manager}, who has no post on {day}; add an entry",
                    path=f"member {post.person}",
                    manager=post.manager,
                    day=day,
                )
            if boss.person == person or boss in chain:
                raise FactError(
                    "roster.cycle", "the line of managers above comes back to {person} on {day}", path=f"member {person}", person=boss.person, day=day
                )
            chain.append(boss)
            post = boss
        return tuple(chain)

    def team(self, team: str, period: Period) -> tuple[Member, ...]:
        """The stays in a team that touch a period."""
        return tuple(member for member in self.members if member.team == team and member.during(period) is not None)
