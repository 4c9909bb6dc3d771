"""The price policy: what an article costs, what nobody may go below, and who may concede how much.

>>> from datetime import date
>>> from salesrules.pricing.floors import MarginFloor
>>> policy = PricePolicy(id="prices", currency="CNY", effective_from=date(2026, 1, 1), own_range="granted", combine="all",
...     levels=(Level(id="rep"), Level(id="manager")),
...     floors=(MarginFloor(id="margin", at="net", per="line", below="nobody", margin="10%"),),
...     limits=(Limit(id="discounts", measure="discount", at="net", per="line", rows=(Row(level="rep", limit="5%"), Row(level="manager", limit="15%"))),))
>>> policy.ladder.rank("manager")
1
"""

from datetime import date
from functools import cached_property
from typing import ClassVar, Literal

import attrs

from .._fields import field, listing, word
from ..approvals.ladder import Ladder, Level
from ..errors import FactError, PolicyError, SalesRulesError
from ..money import HALF_UP, Currency, Rounding, currency
from ..scope import PRECEDENCE, Entry, Ranked
from ..timeline import Entry as Dated
from ..timeline import Timeline
from ..trace import Source
from .discounts.algebra import Stacking
from .discounts.spreading import Spreading
from .floors import Floor
from .limits import Limit, Row
from .prices.book import PriceBook
from .program import UNKNOWN_AT_0, Program
from .redaction import Audience

__all__ = ["Level", "Limit", "Meeting", "PricePolicy", "Row"]

_OF_ORDERS = frozenset({"customer", "customer_grade", "channel", "region"})
"""What a scope may speak on where the order as a whole is judged."""


@attrs.frozen(kw_only=True)
class Meeting:
    """How the discounts of a quote meet.

    Args:
        lines: those of a line.
        order: those of the order, which come after.
        spreading: how these are spread over the lines; floors that nobody may go below push back.
    """

    lines: Stacking = field(doc="how the discounts of a line meet")
    order: Stacking = field(doc="how the discounts of the order meet")
    spreading: Spreading = field(doc="how these are spread over the lines")


@attrs.frozen(kw_only=True)
class PricePolicy:
    """A price policy as it stands from one day to another.

    Args:
        id: the name of the policy in every decision.
        currency: ISO 4217 code of floors and limits.
        effective_from: first day in force; ``effective_until`` the first day no longer in force.
        price_date: which day of a quote decides about prices and rules.
        levels: the ladder of authority, lowest level first.
        own_range: whether a level may use its own range for its own quotes (``granted``), or needs the level above for any concession
            from the price that the book gives (``asks_above``).
        combine: of several floors that cover a line, whether ``all`` must hold, of those that the same level may undercut only the ``highest``, or only the
            ``most_specific`` binds at each stage: several floors for one article, each with its level, need ``all``.
        floors: prices below which approval is needed, or nobody may go.
        limits: how far each level may go.
        prices: the price book, which then rules over list prices that lines state.
        tax: the basis on which prices are judged, and in which floors and limits are stated.
        promotions: which promotions come first.
        discounts: how discounts meet.
        audiences: whom decisions are told, and what is open to each; one that is not named is told nothing.
        rounding: its step is that of prices in answers such as the lowest one; how discounts are rounded is said by ``discounts``.

    Raises:
        PolicyError: ``pricing.currency``, ``pricing.dates``, ``pricing.duplicate_rule``, ``pricing.order_scope``, ``pricing.below``,
            ``pricing.order_floor``, ``pricing.may_not_bind`` for a floor that may be unknown and would put others out of force,
            ``approvals.unreachable_level`` for a level above the lowest that no limit and no floor leads to, and whatever the parts raise.
    """

    kind: ClassVar[str] = "pricing"

    id: str = field(doc="name of the policy")
    title: str = field(doc="what documents call it", default="")
    version: str = field(doc="version of the document", default="")
    source: Source | None = field(doc="the policy it comes from", default=None)
    currency: str = field(doc="ISO 4217 code of floors and limits")
    effective_from: date = field(doc="first day in force")
    effective_until: date | None = field(doc="first day no longer in force", default=None)
    price_date: Literal["ordered", "shipped", "invoiced"] = word(doc="which day of a quote decides", default="ordered")
    levels: tuple[Level, ...] = field(doc="levels of authority, lowest first")
    own_range: Literal["granted", "asks_above"] = word(doc="whether a level may use its own range for its own quotes")
    combine: Literal["all", "highest", "most_specific"] = word(doc="which floors bind where several cover a line")
    floors: tuple[Floor, ...] = field(doc="lowest prices", default=())
    limits: tuple[Limit, ...] = field(doc="how far each level may go", default=())
    prices: PriceBook | None = field(doc="the price book; without it each line states its list price", default=None)
    tax: Literal["net", "gross"] | None = word(doc="whether prices are judged without tax or with it; none: tax is not spoken of", default=None)
    promotions: Literal["priority", "best"] = word(doc="whether promotions are applied by priority, or as is best for the customer", default="priority")
    discounts: Meeting | None = field(doc="how discounts meet; without it a quote may hold none", default=None)
    audiences: tuple[Audience, ...] = field(doc="whom decisions are told, and what is open to each", default=())
    precedence: tuple[str, ...] = listing(doc="dimensions of scopes from the one that decides first", default=PRECEDENCE)
    rounding: Rounding = field(doc="its step is that of prices in answers such as the lowest one", default=HALF_UP)

    def __attrs_post_init__(self) -> None:
        try:
            _ = self.money
        except SalesRulesError as error:
            raise PolicyError(
                "pricing.currency", "{currency!r} is no ISO 4217 currency: {reason}", path="currency", currency=self.currency, reason=error.message
            ) from None
        if self.effective_until is not None and self.effective_until <= self.effective_from:
            raise PolicyError(
                "pricing.dates", "ends on {until}, not after {start}", path="effective_until", until=self.effective_until, start=self.effective_from
            )
        if self.prices is not None and self.prices.currency != self.currency and self.prices.exchange is None:
            template = "the price book is in {other} and the policy in {currency}; give the book exchange rates, or one currency"
            raise PolicyError("pricing.book_exchange", template, path="prices.currency", other=self.prices.currency, currency=self.currency)
        self._check_names()
        self._check_audiences()
        self._check_levels()
        self._check_floors()
        _ = self.ranked_limits, self.ranked_floors

    def _check_names(self) -> None:
        rules = [(f"floors[{at}]", floor) for at, floor in enumerate(self.floors)] + [(f"limits[{at}]", limit) for at, limit in enumerate(self.limits)]
        seen: set[str] = set()
        for path, rule in rules:
            if rule.id in seen:
                raise PolicyError("pricing.duplicate_rule", "two rules are called {name!r}; rename one", path=f"{path}.id", name=rule.id)
            seen.add(rule.id)
            beyond = [name for name in rule.scope.dimensions if name not in _OF_ORDERS]
            if rule.per == "order" and beyond:
                template = "an order as a whole has no {name}; judge each line (per = 'line'), or leave {name} out"
                raise PolicyError("pricing.order_scope", template, path=f"{path}.scope.{beyond[0]}", name=beyond[0])

    def _check_audiences(self) -> None:
        names = [audience.id for audience in self.audiences]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise PolicyError("pricing.duplicate_audience", "two audiences are called {name!r}; rename one", path=f"audiences[{index}].id", name=name)

    def _check_floors(self) -> None:
        for index, floor in enumerate(self.floors):
            if floor.per == "order" and floor.base in UNKNOWN_AT_0:
                template = "not every line of an order has what {name} is a share of; judge each line (per = 'line')"
                raise PolicyError("pricing.order_floor", template, path=f"floors[{index}].per", name=floor.id)
            rivals = [other for other in self.floors if (other.at, other.per) == (floor.at, floor.per) and other.base != floor.base]
            if self.combine == "most_specific" and floor.base in UNKNOWN_AT_0 and rivals:
                template = (
                    "where a line does not tell what {name} is a share of, {name} would put {other} out of force and hold nothing itself; "
                    "combine 'all' or the 'highest' floors"
                )
                raise PolicyError("pricing.may_not_bind", template, path=f"floors[{index}]", name=floor.id, other=rivals[0].id)

    def _check_levels(self) -> None:
        used, _ = set[str](), self.ladder
        for index, limit in enumerate(self.limits):
            try:
                limit.authority.check(self.ladder, limit.measured.worse)
            except PolicyError as error:
                raise error.at(f"limits[{index}]") from None
            used.update(row.level for row in limit.rows)
        for index, floor in enumerate(self.floors):
            if floor.below not in {"nobody", "warning", *self.ladder.ranks}:
                template = "{below!r} is no level; write one of {known}, 'nobody' or 'warning'"
                raise PolicyError("pricing.below", template, path=f"floors[{index}].below", below=floor.below, known=", ".join(self.ladder.ranks))
            used.add(floor.below)
        for index, level in enumerate(self.levels):
            if index and level.id not in used and used - {"nobody", "warning"}:
                template = "no limit and no floor leads to {name}, so nothing is ever asked of this level; give it a row or drop it"
                raise PolicyError("approvals.unreachable_level", template, path=f"levels[{index}]", name=level.id)

    @cached_property
    def money(self) -> Currency:
        """The currency."""
        return currency(self.currency)

    @cached_property
    def ladder(self) -> Ladder:
        """The levels of authority."""
        return Ladder(levels=self.levels)

    @cached_property
    def ranked_limits(self) -> tuple[tuple[tuple[str, str, str, str], Ranked[int]], ...]:
        """The limits by what they measure, where, of what and from what; each value is a limit's position."""
        kinds = dict.fromkeys((limit.measure, limit.at, limit.per, limit.of) for limit in self.limits)
        return tuple((kind, self._ranked("limits", kind, self.limits)) for kind in kinds)

    @cached_property
    def ranked_floors(self) -> tuple[tuple[tuple[str, str], Ranked[int]], ...]:
        """The floors by the price they hold for, where only the most specific one binds; each value is a floor's position."""
        if self.combine != "most_specific":
            return ()
        kinds = dict.fromkeys((floor.at, floor.per) for floor in self.floors)
        return tuple((kind, self._ranked("floors", kind, self.floors)) for kind in kinds)

    def _ranked(self, name: str, kind: tuple[str, ...], rules: tuple[Limit, ...] | tuple[Floor, ...]) -> Ranked[int]:
        entries = [Entry(scope=rule.scope, value=index, source=rule.source) for index, rule in enumerate(rules) if kind in _kinds(rule)]
        try:
            return Ranked(tuple(entries), self.precedence)
        except PolicyError as error:
            raise error.at(name) from None

    def rank_below(self, floor: Floor) -> int:
        """The rank that goes below a floor: -1 where it only warns, the number of levels where nobody may."""
        return {"nobody": len(self.levels), "warning": -1, **self.ladder.ranks}[floor.below]

    def audience(self, name: str) -> Audience:
        """The audience of a name.

        Raises:
            FactError: ``pricing.unknown_audience``.
        """
        for audience in self.audiences:
            if audience.id == name:
                return audience
        known = ", ".join(audience.id for audience in self.audiences) or "none"
        template = "the policy names no audience {name!r}, but {known}; add it with what it may see"
        raise FactError("pricing.unknown_audience", template, path="audience", name=name, known=known)

    @cached_property
    def of_lines(self) -> Program:
        """The rules for each line, made ready."""
        return Program(self, "line")

    @cached_property
    def of_orders(self) -> Program:
        """The rules for the order as a whole, made ready."""
        return Program(self, "order")

    @cached_property
    def in_force(self) -> "Timeline[PricePolicy]":
        """This policy alone, as a timeline."""
        return Timeline((Dated(self.effective_from, self, source=self.source),), ends=self.effective_until)


def _kinds(rule: Limit | Floor) -> set[tuple[str, ...]]:
    """What a rule is ranked among."""
    return {(rule.measure, rule.at, rule.per, rule.of)} if isinstance(rule, Limit) else {(rule.at, rule.per)}
