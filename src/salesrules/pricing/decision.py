"""A decision: allowed, needs this level, or refused; with everything that stands against it, and how it was found."""

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import Any

import attrs

from ..approvals.authority import Worse
from ..approvals.envelope import Holding
from ..approvals.measured import Measured
from ..approvals.verdict import Verdict, Violation
from ..errors import FactError
from ..money import Exact, Money
from ..text import Html, Label, Sheet, label, render_html, render_text
from ..trace import Step
from .discounts.discount import share_off
from .discounts.stacked import Dropped, OrderMatters
from .facts import Actor, Quote
from .floors import Floor
from .limits import Limit
from .policy import PricePolicy
from .priced import Priced, PricedQuote
from .program import Program
from .redaction import told
from .sheet import sheet_of
from .waterfall import Waterfall
from .working import floor_step, limit_step, waterfall_step

__all__ = ["Decision", "Judged"]


@attrs.frozen(eq=False, slots=False)
class Judged:
    """A line, or the order as a whole, as the rules left it."""

    program: Program
    priced: Priced
    record: Priced
    rank: int
    noted: tuple[Any, ...]

    @property
    def line(self) -> str:
        """The line; empty for the order."""
        return "" if self.priced.line is None else self.priced.line.id

    @cached_property
    def notes(self) -> dict[str, tuple[Any, ...]]:
        """What each rule found."""
        return self.program.traced.notes(self.noted)

    @cached_property
    def waterfall(self) -> Waterfall:
        """The way of the line from list price to margin."""
        return Waterfall.of(self.priced.waterfall(self.program.policy.money))

    def stage(self, at: str) -> str:
        """The stage of a price; that of the invoice where nothing came off since."""
        return at if getattr(self.record, at) != self.record.invoice else "invoice"

    def money(self, amount: int | Fraction) -> Exact:
        """An amount of the record."""
        return Exact.from_minor(amount if self.record is self.priced else Fraction(amount * self.priced.one, self.record.one), self.program.policy.money)

    def floors(self) -> Iterator[tuple[Floor, Exact, Exact, bool]]:
        """Each floor that binds: what it demands, the price that counts, and whether that is below it."""
        for _, floor in self.program.floors:
            amount, breached = self.notes[floor.id]
            if amount or breached:
                yield floor, self.money(Fraction(amount, self.program.dens[floor.at])), self.money(getattr(self.record, floor.at)), bool(breached)

    def limits(self) -> Iterator[tuple[Limit, int, Exact, Exact]]:
        """Each limit that counts: the rank it needs, and the two amounts whose ratio is measured."""
        for _, limit in self.program.limits:
            rank, value, unit = self.notes[limit.id]
            if rank >= 0:
                yield limit, rank, self.money(value), self.money(unit)


@attrs.frozen(eq=False, slots=False)
class Decision:
    """What a price policy says of a quote.

    Args:
        policy: the rules that were asked: those of the day that the quote's price date names.
        quote: what was judged.
        actor: who asked, and at which level.
        prices: the lines with their prices, and how the discounts met.
        judged: each line, and the order as a whole.
        rank: the place on the ladder of the level that is needed; -1 where none is.
        approvals: what was approved before, and whether it still holds.
    """

    policy: PricePolicy
    quote: Quote
    actor: Actor
    prices: PricedQuote
    judged: tuple[Judged, ...]
    rank: int
    approvals: tuple[Holding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """``allowed``, ``needs_approval`` or ``refused``."""
        verdict = self._verdict(self.rank)
        return "allowed" if verdict == "needs_approval" and self.approval is not None else verdict

    @property
    def approval(self) -> Holding | None:
        """The approval that covers the quote: it still holds, and a level that is high enough signed it."""
        for held in self.approvals:
            ranks = [self.policy.ladder.ranks.get(signature.level, -1) for signature in held.approval.signatures]
            if held.holds and max(ranks, default=-1) >= self.rank:
                return held
        return None

    @property
    def level(self) -> str:
        """The level that must approve; empty where nobody need or nobody may."""
        return "" if self.approval is not None else self._level(self.rank)

    @cached_property
    def measures(self) -> tuple[Measured, ...]:
        """Everything that is conceded, as an approval holds it.

        By each limit what was measured, and for an amount of money its share too; by each floor the share by which it is undercut; and, where
        a level may not use its own range, the share taken off the price that the book gives. So fewer units at a worse price are worse.
        """
        told = []
        for judged in self.judged:
            line = f"{judged.line} {judged.priced.line.product}".strip() if judged.priced.line else ""
            told += [Measured(measure=name, title=title, value=value, worse=worse, line=line) for name, title, value, worse in self._measured(judged)]
        return tuple(told)

    def _measured(self, judged: Judged) -> Iterator[tuple[str, str, Fraction | Exact | None, Worse]]:
        for limit, _, value, unit in judged.limits():
            actual: Fraction | Exact | None = value / unit if limit.measured.is_rate else Exact.from_minor(value.minor / unit.value, self.policy.money)
            if limit.measure == "margin" and getattr(judged.record, limit.at) <= 0:
                actual = None
            yield limit.id, limit.title, actual, limit.measured.worse
            if limit.measure == "amount":
                share = share_off(judged.money(getattr(judged.record, limit.of)), judged.money(getattr(judged.record, limit.at)))
                yield f"{limit.id}.share", limit.title, share, "more"
        for floor, demanded, price, _ in judged.floors():
            yield floor.id, floor.title, max(share_off(demanded, price), Fraction(0)), "more"
        if self.policy.own_range == "asks_above":
            yield "own_range", "", max(share_off(judged.money(judged.record.book), judged.money(judged.record.net)), Fraction(0)), "more"

    def verdict_of(self, judged: Judged) -> Verdict:
        """The verdict on one line, or on the order as a whole, by itself."""
        return self._verdict(judged.rank)

    def level_of(self, judged: Judged) -> str:
        """The level that one line, or the order as a whole, needs by itself."""
        return self._level(judged.rank)

    def _verdict(self, rank: int) -> Verdict:
        if rank >= len(self.policy.levels):
            return "refused"
        return "allowed" if rank <= self.policy.ladder.ranks[self.actor.level] else "needs_approval"

    def _level(self, rank: int) -> str:
        return self.policy.levels[rank].id if self._verdict(rank) == "needs_approval" else ""

    @cached_property
    def violations(self) -> tuple[Violation, ...]:
        """Everything that goes beyond what the person who asks may grant, lines first, and every floor that is only reported."""
        found = list(self._replaced())
        found += [violation for judged in self.judged for violation in (*self._below_floors(judged), *self._beyond_limits(judged))]
        if self.rank > max(judged.rank for judged in self.judged):
            given = Exact.from_minor(sum(max(one.book - one.net, 0) for one in self.prices.lines), self.policy.money)
            found.append(
                Violation(
                    code="pricing.reason.own_range",
                    rule="own_range",
                    measure="amount",
                    limit=None,
                    actual=given,
                    shortfall=given,
                    level=self.policy.levels[self.rank].id,
                    at="" if all(one.net == one.invoice for one in self.prices.lines) else "net",
                )
            )
        return tuple(found)

    def of(self, line: str) -> Judged:
        """What was found of one line; of the order as a whole where ``line`` is empty.

        Raises:
            FactError: ``pricing.unknown_line``.
        """
        for judged in self.judged:
            if judged.line == line:
                return judged
        raise FactError("pricing.unknown_line", "the quote has no line {name!r}; its lines are {known}", path="line", name=line, known=", ".join(self.lines))

    def to_data(self, audience: str) -> dict[str, Any]:
        """Plain data that any JSON encoder takes, with no more in it than the policy opens to an audience.

        Raises:
            FactError: ``pricing.unknown_audience``.
        """
        return told(self, self.policy.audience(audience))

    def sheet(self, audience: str) -> Sheet:
        """The price approval form (价格审批表), with no more on it than the policy opens to an audience.

        Raises:
            FactError: ``pricing.unknown_audience``.
        """
        return sheet_of(self, self.policy.audience(audience))

    def to_text(self, locale: str, audience: str) -> str:
        """The form as plain text."""
        return render_text(self.sheet(audience), locale)

    def to_html(self, locale: str, audience: str, *, page: bool = True) -> Html:
        """The form as a page to print, or as a fragment."""
        return render_html(self.sheet(audience), locale, page=page)

    def title(self, level: str) -> str:
        """What people call a level."""
        return next((known.title or known.id for known in self.policy.levels if known.id == level), level)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the quote."""
        return tuple(line.id for line in self.quote.lines)

    @cached_property
    def waterfall(self) -> Waterfall:
        """The way of the whole order from list price to margin."""
        return Waterfall.of([step for one in (*self.prices.lines, *self.prices.gifts) for step in one.waterfall(self.policy.money)])

    @property
    def warnings(self) -> tuple[OrderMatters, ...]:
        """Where another order of the same discounts gives another price."""
        stacked = self.prices.stacked
        return () if stacked is None else tuple(warning for part in (*(line.stacked for line in stacked.lines), stacked.order) for warning in part.warnings)

    @property
    def dropped(self) -> tuple[Dropped, ...]:
        """The discounts that did not count, each with the reason."""
        stacked = self.prices.stacked
        return () if stacked is None else tuple(dropped for part in (*(line.stacked for line in stacked.lines), stacked.order) for dropped in part.dropped)

    @property
    def total(self) -> Priced:
        """The whole order: all lines, and the gifts that come with them."""
        return self.prices.total

    @property
    def forfeited(self) -> Money:
        """What floors kept the lines from bearing of the discounts of the order."""
        return Money.from_minor(0, self.policy.money) if self.prices.stacked is None else self.prices.stacked.forfeited

    @cached_property
    def working(self) -> Step:
        """How it was found: every price on its way, every floor and every limit, with its clause."""
        told = []
        for judged in self.judged:
            steps = [*self._started(judged.line), waterfall_step(judged.waterfall)] if judged.line else []
            steps += [floor_step(floor, demanded, price, breached=breached) for floor, demanded, price, breached in judged.floors()]
            steps += [
                limit_step(limit, value, unit, judged.money(getattr(judged.record, limit.at)), self._named(rank))
                for limit, rank, value, unit in judged.limits()
            ]
            needed = self._named(judged.rank)
            code = "pricing.line" if judged.line else "pricing.order"
            told.append(Step(code, needed, params=(("line", judged.line), ("needed", needed)), children=tuple(steps)))
        params = (("verdict", self.verdict), ("needed", self._named(self.rank)), ("person", self.actor.person), ("level", self.title(self.actor.level)))
        return Step("pricing.decision", self.verdict, params=params, source=self.policy.source, children=(*told, *(held.working for held in self.approvals)))

    def _started(self, line: str) -> Iterator[Step]:
        """How the prices of a line came about: what the price book says of one unit, and what tax makes of the line's own amounts."""
        prices = self.prices.prices[self.lines.index(line)]
        if prices.found is not None:
            yield prices.found.working
        for code, factor in (("pricing.basis.prices", prices.basis), ("pricing.basis.cost", prices.taxed)):
            if factor != 1:
                yield Step(code, Fraction(factor))

    def _named(self, rank: int) -> Label | str:
        """The title of a level; nothing where nobody is needed, and that nobody may grant it where that is so."""
        if rank >= len(self.policy.levels):
            return label("pricing.nobody")
        return "" if rank < 0 else self.title(self.policy.levels[rank].id)

    def _replaced(self) -> Iterator[Violation]:
        """List prices that a line states and the book does not."""
        for line, prices in zip(self.quote.lines, self.prices.prices, strict=True):
            if prices.replaced is not None:
                stated, ruling = (Exact.from_minor(price, self.policy.money) for price in (prices.replaced, prices.list))
                yield Violation(code="pricing.reason.list_replaced", rule="list", measure="price", line=line.id, limit=ruling, actual=stated, warning=True)

    def _below_floors(self, judged: Judged) -> Iterator[Violation]:
        own = self.policy.ladder.ranks[self.actor.level]
        for _, floor in judged.program.floors:
            amount, breached = judged.notes[floor.id]
            if not breached or self.policy.ladder.ranks.get(floor.below, own + 1) <= own:
                continue
            demanded, price, listed = Fraction(amount, judged.program.dens[floor.at]), getattr(judged.record, floor.at), judged.record.list
            yield Violation(
                code="pricing.reason.below_floor",
                rule=floor.id,
                title=floor.title,
                measure=floor.kind,
                line=judged.line,
                limit=judged.money(demanded),
                actual=judged.money(price),
                shortfall=judged.money(demanded - price),
                points=(demanded - price) / listed if listed else None,
                level=floor.below if floor.below in self.policy.ladder.ranks else "",
                at=judged.stage(floor.at),
                warning=floor.below == "warning",
                source=floor.source,
            )

    def _beyond_limits(self, judged: Judged) -> Iterator[Violation]:
        own = self.policy.ladder.ranks[self.actor.level]
        for _, limit in judged.program.limits:
            rank, value, unit = judged.notes[limit.id]
            if rank <= own:
                continue
            measure, furthest, price = limit.measured, limit.furthest(self.policy.ladder.ranks, own), getattr(judged.record, limit.at)
            actual = None if limit.measure == "margin" and price <= 0 else Fraction(value, unit)
            missing = None if furthest is None else measure.missing(judged.record, getattr(judged.record, limit.of), price, furthest)
            yield Violation(
                code="pricing.reason.beyond_limit",
                rule=limit.id,
                title=limit.title,
                measure=limit.measure,
                line=judged.line,
                limit=furthest if measure.is_rate or furthest is None else Exact(furthest, self.policy.money),
                actual=actual if measure.is_rate or actual is None else Exact(actual, self.policy.money),
                shortfall=None if missing is None else judged.money(missing),
                points=abs(actual - furthest) if measure.is_rate and furthest is not None and actual is not None else None,
                level=self.policy.levels[rank].id if rank < len(self.policy.levels) else "",
                at=judged.stage(limit.at),
                source=limit.source,
            )
