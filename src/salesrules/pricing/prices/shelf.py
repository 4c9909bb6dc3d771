"""Which entries of a price book cover a sale, the most specific first; two that could both cover one equally are refused when it is built.

>>> from salesrules.scope import Scope
>>> rows = (PriceEntry(id="all", price=100), PriceEntry(id="pumps", price=90, scope=Scope(category=("pump",))))
>>> shelf = Shelf(tuple(Placed(index=index, entry=entry, currency="CNY") for index, entry in enumerate(rows)))
>>> [[placed.entry.id for placed in group] for group in shelf.covering({"category": "pump"})]
[['pumps'], ['all']]
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import combinations, product
from typing import TypeAlias

import attrs

from ...errors import PolicyError
from ...scope import PRECEDENCE, Ranked
from .entry import PriceEntry

__all__ = ["Placed", "Shelf"]

_Cells: TypeAlias = dict[tuple[str, ...], dict[tuple[str, ...], tuple["Placed", ...]]]


@attrs.frozen(kw_only=True)
class Placed:
    """An entry, its place in the book, and the currency it stands in."""

    index: int
    entry: PriceEntry
    currency: str


@attrs.frozen
class Shelf:
    """Entries that give the same kind of price.

    Args:
        placed: the entries.
        precedence: dimensions from the one that decides first; those left out follow in the order of `salesrules.scope.PRECEDENCE`.
        ties: whether two that are equally specific are let in, because something else decides.

    Raises:
        PolicyError: ``pricing.entry_tie`` where two speak on the same dimensions, share a value on each, and are for the same unit, currency,
            days and quantities; ``scope.dimension``.
    """

    placed: tuple[Placed, ...]
    precedence: tuple[str, ...] = PRECEDENCE
    ties: bool = False

    def __attrs_post_init__(self) -> None:
        if not self.ties:
            for cells in self._cells.values():
                for values, group in cells.items():
                    _refuse_ties(group, values)

    @cached_property
    def _cells(self) -> _Cells:
        """For every set of dimensions spoken on, the most specific first, the entries by the values they name."""
        order = (*Ranked((), self.precedence).precedence, *(name for name in PRECEDENCE if name not in self.precedence))
        spoken = sorted({each.entry.scope.dimensions for each in self.placed}, key=lambda kind: tuple(name not in kind for name in order))
        found: dict[tuple[str, ...], dict[tuple[str, ...], list[Placed]]] = {kind: {} for kind in spoken}
        for each in self.placed:
            scope = each.entry.scope
            for values in product(*(getattr(scope, name) for name in scope.dimensions)):
                found[scope.dimensions].setdefault(values, []).append(each)
        return {kind: {values: tuple(group) for values, group in cells.items()} for kind, cells in found.items()}

    def covering(self, told: Mapping[str, str]) -> Iterator[tuple[Placed, ...]]:
        """The entries that cover a sale, in groups that are equally specific, the most specific first."""
        for spoken, cells in self._cells.items():
            group = cells.get(tuple([told[name] for name in spoken]))
            if group is not None:
                yield group

    @cached_property
    def products(self) -> tuple[str, ...]:
        """Every product that is named."""
        return tuple(dict.fromkeys(name for each in self.placed for name in each.entry.scope.product))


def _refuse_ties(group: tuple[Placed, ...], values: tuple[str, ...]) -> None:
    for one, other in combinations(group, 2):
        if one.currency == other.currency and one.entry.unit == other.entry.unit and one.entry.overlaps(other.entry):
            template = "entries {first!r} and {second!r} both cover {scope} on the same days and for the same quantity; make one of them narrower"
            raise PolicyError(
                "pricing.entry_tie",
                template,
                path=f"entries[{other.index}]",
                first=one.entry.id,
                second=other.entry.id,
                scope=", ".join(values) or "everything",
            )
