"""The price book: list, target and floor prices, the regular prices made of them, and promotions; which of them holds for a sale, and why.

Three kinds of price stand in a book, as price policies have them: the base price (基准价格), what the discount policy makes of it
(折扣政策), and the promotional price (促销价格). For each kind the entry that covers the sale is chosen: the most specific, the lowest, or
the first, as the book declares. The price found is brought to the unit, the currency and the tax basis of the question, exactly.

    >>> from datetime import date
    >>> from salesrules.pricing.prices.breaks import Break, Volume
    >>> from salesrules.pricing.prices.formulas import Change, Formula
    >>> from salesrules.scope import Scope
    >>> pump, grade = Scope(product=("P-100",)), Scope(product=("P-100",), customer_grade=("A",))
    >>> book = PriceBook(id="2026", currency="CNY", units=(Unit(id="piece"), Unit(id="box", of="piece", factor=5, product="P-100")), entries=(
    ...     PriceEntry(id="list", scope=pump, unit="piece", price=100, target=95, floor=80),
    ...     PriceEntry(id="scale", gives="regular", scope=pump, unit="piece", formula=Formula(base="list"),
    ...                breaks=Volume(breaks=(Break(start=10, off="10%"),))),
    ...     PriceEntry(id="A", gives="regular", scope=grade, unit="piece", formula=Formula(base="list", changes=(Change(rate="-15%"),))),
    ... ))
    >>> found = book.find(Asked(product="P-100", quantity=2, unit="box", date=date(2026, 3, 2), currency="CNY"))
    >>> found.list, found.floor, found.price                # for a box of 5; 10 pieces reach the break
    (Exact('500', 'CNY'), Exact('400', 'CNY'), Exact('450', 'CNY'))
    >>> book.find(Asked(product="P-100", customer_grade="A", unit="piece", date=date(2026, 3, 2), currency="CNY")).entry.id
    'A'

References: access sequences and condition records in SAP; best price in Business Central; first matching line in Tryton.
Checked with: the ``pricelist`` cases in `tests/golden/pricing/pricelist.toml`.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Literal

import attrs

from ..._fields import field, listing, word
from ...errors import PolicyError, SalesRulesError
from ...money import Currency, currency
from ...scope import PRECEDENCE
from ...trace import Source, Step
from .asked import Asked, PriceFound
from .entry import Gives, PriceEntry
from .exchange import Exchange
from .finding import Finding
from .shelf import Placed, Shelf
from .tax import Keep, Tax
from .terms import Terms
from .units import Unit, Units, nearest

__all__ = ["PriceBook"]


_ORDER: tuple[Gives, ...] = ("base", "regular", "promotional")
"""Each price may be made from those before it."""


_REMEMBERED = 1024


@attrs.frozen(kw_only=True)
class PriceBook:
    """Prices and how they are made.

    Args:
        id: its name in every working.
        currency: ISO 4217 code of prices that name no other.
        tax: whether tax is in prices that do not say it themselves; none: the book does not speak of tax.
        units: the units of measure; without any, prices and quantities have none.
        entries: the prices.
        precedence: which dimension of a scope decides first.
        choose: which of several entries that cover a sale gives the price: the ``most_specific``, the ``lowest``, or the ``first`` written.
        promotional: whether a promotional price holds ``always``, or only ``if_lower`` than the regular price.
        least: whether a price must be ``above_zero``, may be ``zero``, or ``any``, even below 0.
        keep: what stays where the customer's tax differs from that of the book: the ``net`` price, or the ``price`` as it is written.
        exchange: exchange rates; none: the book knows one currency.

    Raises:
        PolicyError: ``pricing.book_currency``, ``pricing.entry_duplicate``, ``pricing.entry_tie``, ``pricing.entry_unit``,
            ``pricing.entry_least``, ``pricing.formula_unknown``, ``pricing.formula_cycle``, ``pricing.formula_kind``, and those of `Units` and `Exchange`.
    """

    id: str = field(doc="name of the book")
    title: str = field(doc="what people call it", default="")
    source: Source | None = field(doc="the policy it comes from", default=None)
    currency: str = field(doc="ISO 4217 code of prices that name no other")
    tax: Tax | None = field(doc="whether tax is in the prices", default=None)
    units: tuple[Unit, ...] = field(doc="the units of measure", default=())
    entries: tuple[PriceEntry, ...] = field(doc="the prices")
    precedence: tuple[str, ...] = listing(doc="which dimension of a scope decides first", default=PRECEDENCE)
    choose: Literal["most_specific", "lowest", "first"] = word(doc="which of several entries gives the price", default="most_specific")
    promotional: Literal["always", "if_lower"] = word(doc="when a promotional price holds", default="if_lower")
    least: Literal["above_zero", "zero", "any"] = word(doc="what a price may be", default="above_zero")
    keep: Keep = word(doc="what stays where the tax differs", default="net")
    exchange: Exchange | None = field(doc="exchange rates", default=None)

    def __attrs_post_init__(self) -> None:
        try:
            _ = self.measures
        except PolicyError as error:
            raise error.at("units") from None
        met: set[str] = set()
        for index, entry in enumerate(self.entries):
            path = f"entries[{index}]"
            if entry.id in met:
                raise PolicyError("pricing.entry_duplicate", "two entries are called {id!r}; rename one", path=f"{path}.id", id=entry.id)
            met.add(entry.id)
            self._check(entry, path)
        self._check_chains()
        _ = self.shelves, self.terms

    def _check(self, entry: PriceEntry, path: str) -> None:
        if not self.measures.knows(entry.unit):
            template = "the unit {unit!r} is not in the book; did you mean {near}?"
            names = tuple(dict.fromkeys(unit.id for unit in self.units))
            raise PolicyError("pricing.entry_unit", template, path=f"{path}.unit", unit=entry.unit, near=nearest(entry.unit, names))
        for name in ("price", "target", "floor"):
            amount = getattr(entry, name)
            if amount is not None and not self.allows(amount):
                template = "{name} is {amount}; the book takes no such price"
                raise PolicyError("pricing.entry_least", template, path=f"{path}.{name}", name=name, amount=str(amount))

    def _check_chains(self) -> None:
        """Refuse formulas on entries that are not there, and on themselves."""
        known = {entry.id: entry for entry in self.entries}
        for index, entry in enumerate(self.entries):
            path, chain, step = f"entries[{index}].formula.entry", [entry.id], entry
            while step.formula is not None and step.formula.entry:
                below = known.get(step.formula.entry)
                if below is None:
                    near = nearest(step.formula.entry, tuple(known))
                    raise PolicyError(
                        "pricing.formula_unknown", "there is no entry {entry!r}; did you mean {near}?", path=path, entry=step.formula.entry, near=near
                    )
                if below.id in chain:
                    template = "{chain}: a price is made from itself; break the circle"
                    raise PolicyError("pricing.formula_cycle", template, path=path, chain=" > ".join([*chain, below.id]))
                if _ORDER.index(below.gives) > _ORDER.index(step.gives):
                    template = "a {gives} price cannot be made from the {other} price {entry!r}; make it from an earlier one"
                    raise PolicyError("pricing.formula_kind", template, path=path, gives=step.gives, other=below.gives, entry=below.id)
                chain.append(below.id)
                step = below

    @cached_property
    def measures(self) -> Units:
        """The units of measure."""
        return Units(self.units)

    @cached_property
    def by_id(self) -> dict[str, PriceEntry]:
        """The entries by their names."""
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def money(self) -> Currency:
        """The currency."""
        return self._money(self.currency, "currency")

    @staticmethod
    def _money(code: str, path: str) -> Currency:
        try:
            return currency(code)
        except SalesRulesError as error:
            template = "{currency!r} is no ISO 4217 currency: {reason}"
            raise PolicyError("pricing.book_currency", template, path=path, currency=code, reason=error.message) from None

    @cached_property
    def terms(self) -> dict[str, Terms]:
        """What each entry states its prices in."""
        known = {self.currency: self.money}
        for index, entry in enumerate(self.entries):
            if entry.currency and entry.currency not in known:
                known[entry.currency] = self._money(entry.currency, f"entries[{index}].currency")
        return {
            entry.id: Terms(unit=entry.unit, currency=known[entry.currency or self.currency], tax=self.tax if entry.tax is None else entry.tax)
            for entry in self.entries
        }

    @cached_property
    def written(self) -> dict[str, Step]:
        """The prices of entries that do not depend on the question, as they come to be asked for."""
        return {}

    @cached_property
    def answers(self) -> Callable[[Asked], PriceFound]:
        """`find`, with the latest answers remembered: the same question has the same answer."""
        return lru_cache(_REMEMBERED)(lambda asked: Finding(self, asked).found())

    @cached_property
    def shelves(self) -> dict[Gives, Shelf]:
        """The entries by what they give, ready to be looked up."""
        return {gives: Shelf(tuple(self._placed(gives)), self.precedence, self.choose != "most_specific") for gives in _ORDER}

    def _placed(self, gives: Gives) -> Iterator[Placed]:
        for index, entry in enumerate(self.entries):
            if entry.gives == gives:
                yield Placed(index=index, entry=entry, currency=entry.currency or self.currency)

    def allows(self, amount: Fraction) -> bool:
        """Whether the book takes such a price."""
        return self.least == "any" or amount > 0 or (amount == 0 and self.least == "zero")

    def find(self, asked: Asked) -> PriceFound:
        """The prices of one unit.

        Args:
            asked: the sale, and the unit, the currency and the tax basis in which prices are wanted.

        Raises:
            FactError: ``pricing.no_price`` where no entry gives a base price; ``pricing.no_cost`` where a price is made from a cost that is
                not given, which is never taken for 0; ``pricing.not_positive`` for a price that the book does not take;
                ``pricing.entry_ambiguous``, ``pricing.no_pool``, ``pricing.no_amount``, ``pricing.formula_absent``; and those of
                `salesrules.pricing.prices.units.Units`, `salesrules.pricing.prices.exchange.Exchange` and `salesrules.pricing.prices.tax.between`.
        """
        return self.answers(asked)
