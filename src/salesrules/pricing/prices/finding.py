"""One question put to a price book: the entries that cover it, the price each makes, and the one that holds."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs

from ...errors import FactError
from ...money import Exact
from ...scope import DIMENSIONS
from ...trace import Step
from ..refusals import no_cost
from .asked import Asked, PriceFound
from .breaks import Reach, Volume
from .entry import Gives, PriceEntry
from .formulas import Formula
from .shelf import Placed
from .tax import Tax
from .terms import Market, Terms
from .units import nearest

if TYPE_CHECKING:
    from .book import PriceBook

__all__ = ["Finding"]

_NET = Tax(basis="net")


@attrs.frozen
class Made:
    """An entry and the price it makes: in its own terms, and in those of the question."""

    entry: PriceEntry
    own: Step
    told: Step


class Finding:
    """What is worked out for one question, each thing once.

    Args:
        book: the price book.
        asked: the question.
    """

    def __init__(self, book: "PriceBook", asked: Asked) -> None:
        self.book, self.asked = book, asked
        self.terms = Terms(unit=asked.unit, currency=asked.money, tax=asked.tax)
        told = asked.told if asked.rates else None
        self.market = Market(units=book.measures, exchange=book.exchange, told=told, keep=book.keep, day=asked.date)
        self.values = {name: getattr(asked, name) for name in DIMENSIONS}
        self._made: dict[str, Made] = {}
        self._chosen: dict[Gives, Made | None] = {}
        self.market.units.based(asked.unit, asked.product)

    def found(self) -> PriceFound:
        """The answer."""
        base = self._base()
        regular = self._standing("regular")
        promotional = self._of("promotional") if self.asked.campaigns else None
        holds, loses = regular, promotional
        if promotional is not None and (self.book.promotional == "always" or promotional.told.value < regular.told.value):
            holds, loses = promotional, regular
        target, floor = (self._guidance(base.entry, name) for name in ("target", "floor"))
        steps = [
            *([_named(base)] if base is not holds else []),
            *(
                Step(code, step.value, formula="same", children=(step,))
                for code, step in (("pricing.found.target", target), ("pricing.found.floor", floor))
                if step
            ),
            *([_named(loses)] if loses is not None and loses is not base else []),
            _named(holds),
        ]
        asked = self.asked
        params = (("product", asked.product), ("quantity", asked.quantity), ("unit", asked.unit), ("date", asked.date))
        return PriceFound(
            asked=asked,
            list=base.told.value,
            target=None if target is None else target.value,
            floor=None if floor is None else floor.value,
            regular=regular.told.value,
            promotional=None if promotional is None else promotional.told.value,
            price=holds.told.value,
            base=base.entry,
            entry=holds.entry,
            working=Step("pricing.found", holds.told.value, formula="same", params=params, source=self.book.source, children=tuple(steps)),
        )

    # Which entry

    def _of(self, gives: Gives) -> Made | None:
        """The price of a kind, where an entry gives one."""
        if gives not in self._chosen:
            self._chosen[gives] = self._choose(gives)
        return self._chosen[gives]

    def _base(self) -> Made:
        found = self._of("base")
        if found is None:
            template = "no entry gives {product!r} a list price on {date} for {quantity}; add one, or did you mean {near}?"
            asked, known = self.asked, self.book.shelves["base"].products
            quantity, near = f"{asked.quantity} {asked.unit}".strip(), nearest(asked.product, known)
            raise FactError("pricing.no_price", template, path="product", product=asked.product, date=asked.date, quantity=quantity, near=near)
        return found

    def _choose(self, gives: Gives) -> Made | None:
        groups = self.book.shelves[gives].covering(self.values)
        if self.book.choose == "most_specific":
            for group in groups:
                fitting = self._fitting(group)
                if fitting:
                    return self._make((fitting[0] if len(fitting) == 1 else self._nearest(fitting)).entry)
            return None
        fitting = sorted(self._fitting([each for group in groups for each in group]), key=lambda each: each.index)
        if not fitting or self.book.choose == "first":
            return self._make(fitting[0].entry) if fitting else None
        return min((self._make(each.entry) for each in fitting), key=lambda made: made.told.value.minor)

    def _fitting(self, group: Sequence[Placed]) -> list[Placed]:
        """Those in force for this day, unit and quantity."""
        asked = self.asked
        in_force = [each for each in group if each.entry.in_force(asked.date)]
        units = self.market.units
        counted = [each for each in in_force if each.entry.unit == asked.unit or units.convertible(asked.unit, each.entry.unit, asked.product)]
        if in_force and not counted:
            units.factor(asked.unit, in_force[0].entry.unit, asked.product)
        return [each for each in counted if _for_any(each.entry) or each.entry.reached(self._reach(each.entry).after)]

    def _nearest(self, fitting: list[Placed]) -> Placed:
        """Of entries in other currencies or units: that of the question, else that of the book, or the unit others are counted in."""
        asked, units = self.asked, self.market.units
        ranked: dict[tuple[int, int], list[Placed]] = {}
        for each in fitting:
            money = 0 if each.currency == asked.currency else 1 if each.currency == self.book.currency else 2
            unit = 0 if each.entry.unit == asked.unit else 1 if units.is_base(each.entry.unit) else 2
            ranked.setdefault((money, unit), []).append(each)
        best = ranked[min(ranked)]
        if len(best) > 1:
            template = "entries {first!r} and {second!r} both give the price, in other units or currencies; ask in those of one of them"
            raise FactError("pricing.entry_ambiguous", template, path="unit", first=best[0].entry.id, second=best[1].entry.id)
        return best[0]

    # What it makes

    def _make(self, entry: PriceEntry) -> Made:
        if entry.id not in self._made:
            own = self.book.written.get(entry.id) or self._own(entry)
            told = self.market.brought(own, self.book.terms[entry.id], self.terms, self.asked.product)
            if not self.book.allows(told.value.minor):
                template = "entry {entry!r} makes the price {price}; the book takes no such price"
                raise FactError("pricing.not_positive", template, path="product", entry=entry.id, price=str(told.value))
            self._made[entry.id] = Made(entry, own, told)
        return self._made[entry.id]

    def _own(self, entry: PriceEntry) -> Step:
        """The price of one unit in the entry's terms."""
        money = self.book.terms[entry.id].currency
        made: list[Step] = []
        if entry.price is not None:
            made.append(Step("pricing.entry.price", Exact(entry.price, money)))
        if entry.formula is not None:
            made.append(entry.formula.price(self._formula_base(entry, entry.formula), self._cost(entry) if entry.formula.needs_cost else None))
        listed = made[-1] if made else None
        if isinstance(entry.breaks, Volume) and entry.breaks.by == "amount":
            made.append(entry.breaks.reached(self._amount(entry), listed, money))
        elif entry.breaks is not None:
            made.append(entry.breaks.unit_price(self._reach(entry), listed, money))
        price = made[-1]
        params = (("entry", entry.id), ("scope", entry.scope), ("unit", entry.unit))
        own = Step("pricing.entry", price.value, formula="same", params=params, source=entry.source, children=(price,))
        if entry.formula is None and entry.breaks is None:
            self.book.written[entry.id] = own
        return own

    def _formula_base(self, entry: PriceEntry, formula: Formula) -> Step:
        if formula.base == "cost":
            return self._cost(entry)
        made = self._named(formula.entry, entry) if formula.base == "entry" else self._standing(formula.base)
        return self.market.brought(made.own, self.book.terms[made.entry.id], self.book.terms[entry.id], self.asked.product)

    def _standing(self, base: str) -> Made:
        """The list price, or the regular price, which is the list price where nothing is made of it."""
        return (self._of("regular") if base == "regular" else None) or self._base()

    def _named(self, name: str, by: PriceEntry) -> Made:
        """The price of an entry that a formula names."""
        entry = self.book.by_id[name]
        if not (entry.in_force(self.asked.date) and entry.scope.covers(self.values)):
            template = "entry {entry!r} is made from {base!r}, which does not hold for this sale on {date}; extend it"
            raise FactError("pricing.formula_absent", template, path="product", entry=by.id, base=name, date=self.asked.date)
        return self._make(entry)

    def _cost(self, entry: PriceEntry) -> Step:
        """The cost of one unit of the entry, on its tax basis."""
        cost, own = self.asked.cost, self.book.terms[entry.id]
        if cost is None:
            raise no_cost(entry.id)
        of = Terms(unit=self.asked.unit, currency=cost.currency, tax=None if own.tax is None else _NET)
        market = attrs.evolve(self.market, keep="net")
        return market.brought(Step("pricing.entry.cost", cost), of, own, self.asked.product)

    def _guidance(self, entry: PriceEntry, name: str) -> Step | None:
        amount = getattr(entry, name)
        if amount is None:
            return None
        own = self.book.terms[entry.id]
        code = "pricing.entry.target" if name == "target" else "pricing.entry.floor"
        return self.market.brought(
            Step(code, Exact(amount, own.currency), params=(("entry", entry.id),), source=entry.source), own, self.terms, self.asked.product
        )

    # How much is bought

    def _reach(self, entry: PriceEntry) -> Reach:
        """The stretch of the quantity that counts, in the entry's unit; a return is like the sale."""
        asked = self.asked
        factor = self.market.units.factor(asked.unit, entry.unit, asked.product) if asked.unit != entry.unit else Fraction(1)
        if entry.counts == "pool":
            if asked.pool is None:
                template = "entry {entry!r} counts all pooled lines; say what they come to"
                raise FactError("pricing.no_pool", template, path="pool", entry=entry.id)
            return Reach.of(asked.pool * factor)
        before = asked.before if entry.counts == "cumulative" else Fraction(0)
        return Reach.of(abs(asked.quantity) * factor, before * factor)

    def _amount(self, entry: PriceEntry) -> Fraction:
        """What the order comes to, in major units of the entry's currency."""
        amount, own = self.asked.amount, self.book.terms[entry.id]
        if amount is None:
            template = "entry {entry!r} goes by the amount of the order; state it"
            raise FactError("pricing.no_amount", template, path="amount", entry=entry.id)
        of = Terms(unit=own.unit, currency=amount.currency, tax=own.tax)
        value: Exact = self.market.brought(Step("pricing.entry.amount", amount), of, own, self.asked.product).value
        return abs(value.value)


_CODES: dict[Gives, str] = {"base": "pricing.found.list", "regular": "pricing.found.regular", "promotional": "pricing.found.promotional"}


def _named(made: Made) -> Step:
    return Step(_CODES[made.entry.gives], made.told.value, formula="same", children=(made.told,))


def _for_any(entry: PriceEntry) -> bool:
    """Whether it is for any quantity."""
    return not entry.at_least and entry.below is None
