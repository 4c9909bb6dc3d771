"""The levels of authority of a company, from the lowest to the highest.

>>> ladder = Ladder(levels=(Level(id="rep"), Level(id="manager"), Level(id="management")))
>>> ladder.rank("manager"), ladder.above("manager")
(1, ('management',))
"""

from functools import cached_property

import attrs

from .._fields import field
from ..errors import FactError, PolicyError

__all__ = ["Ladder", "Level"]


@attrs.frozen(kw_only=True)
class Level:
    """A level of authority."""

    id: str = field(doc="name of the level")
    title: str = field(doc="what people call it", default="")


@attrs.frozen(kw_only=True)
class Ladder:
    """Levels from the lowest to the highest; a higher one may grant whatever a lower one may.

    Raises:
        PolicyError: ``approvals.no_levels``, ``approvals.duplicate_level``.
    """

    levels: tuple[Level, ...] = field(doc="levels, lowest first")

    def __attrs_post_init__(self) -> None:
        if not self.levels:
            raise PolicyError("approvals.no_levels", "a ladder needs at least one level; name the levels, lowest first", path="levels")
        for index, level in enumerate(self.levels):
            if level.id in {other.id for other in self.levels[:index]}:
                raise PolicyError("approvals.duplicate_level", "two levels are called {name!r}; rename one", path=f"levels[{index}].id", name=level.id)

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Each level's place, from 0 for the lowest."""
        return {level.id: rank for rank, level in enumerate(self.levels)}

    def rank(self, name: str) -> int:
        """The place of a level, from 0 for the lowest.

        Raises:
            FactError: ``approvals.unknown_level``.
        """
        if name not in self.ranks:
            raise FactError(
                "approvals.unknown_level", "there is no level {name!r}; the levels are {known}", path="level", name=name, known=", ".join(self.ranks)
            )
        return self.ranks[name]

    def above(self, name: str) -> tuple[str, ...]:
        """The levels above one, nearest first."""
        return tuple(level.id for level in self.levels[self.rank(name) + 1 :])
