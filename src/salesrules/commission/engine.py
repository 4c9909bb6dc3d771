"""The engine: credits each sale, runs the components, books returns, and leaves a raw line for each.

It is the hot path of the domain. Everything that is the same for a day, or for a person in a settlement period, is looked up once; a
line then costs one call of the component's written-out rule.
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from ..allocation import split_units
from ..errors import FactError
from ..ops import Total
from ..periods import Period
from ..scope import DIMENSIONS
from ..timeline import Timeline
from .books import FactBooks
from .conversion import Converter
from .crediting import WHOLE, Credited, Origin, credited, operands, origins, returned
from .facts import FxRate, Receipt, Sale
from .lines import Line, Raw
from .plan import Plan
from .program import Part
from .roster import Roster

__all__ = ["Cell", "Engine", "intervals_of"]

Cell = list[Total]
"""A running total: a list of one number."""

Key = tuple[str, str, str, str]
"""A sale, the seller credited with it, the person paid for it, and the component."""

_Arguments = tuple[tuple[Cell, ...], tuple[Any, ...], tuple[dict[Any, Any], ...]]
"""What a written-out rule takes besides the record: running totals, facts about the person, and answers of books."""


class _Desks:
    """The components that pay sales, or that pay cash, by whose credit they pay."""

    __slots__ = ("any", "direct", "overlay", "rollup", "team")

    def __init__(self, desks: "tuple[_Desk, ...]") -> None:
        self.any = bool(desks)
        self.direct = tuple(desk for desk in desks if desk.part.component.credit == "direct")
        self.overlay = tuple(desk for desk in desks if desk.part.component.credit == "overlay")
        self.rollup = tuple(desk for desk in desks if desk.part.component.credit == "rollup")
        self.team = tuple(desk for desk in desks if desk.part.component.credit == "team")


class _Desk:
    """A component on a settlement period: it opens an account for each person and runs the rule on it."""

    __slots__ = ("accounts", "component", "engine", "guarded", "intervals", "known", "part", "rule", "run")

    def __init__(self, engine: "Engine", part: Part, intervals: dict[str, Period]) -> None:
        self.engine, self.part, self.intervals = engine, part, intervals
        self.component = part.component.id
        self.guarded = part.scope_key is not None or bool(part.component.roles)
        self.rule = part.traced if engine.trace else part.plain
        self.run = self.rule.run
        self.known = engine.known.setdefault(id(part), (self.rule.answers(), {}))
        self.accounts: dict[str, _Arguments] = {}

    def open(self, person: str) -> _Arguments:
        """The running totals of a person, what the facts say of him, and the answers of books known so far."""
        cells = tuple(self.engine.cell(f"{name}.{over}", person, self.intervals[over]) for name, over in self.rule.totals)
        facts = tuple(self.engine.books.answer(ask, person, self.intervals[ask.fields[1]]) for ask in self.rule.asks)  # type: ignore[arg-type]
        account = self.accounts[person] = (cells, facts, self.known[0])
        return account

    def admits(self, sale: Sale, person: str, credited_sale: Sale) -> bool:
        """Whether the component pays this sale, and this person on the day of the sale."""
        roles, covered = self.part.component.roles, self.known[1]
        if roles and not self.engine.has_role(person, credited_sale.date, roles):
            return False
        if self.part.scope_key is None:
            return True
        key = self.part.scope_key(sale)
        if key not in covered:
            covered[key] = self.part.covers(sale)
        return bool(covered[key])


class _Day:
    """What is the same from one day to another: the version of the plan, and the intervals that hold those days."""

    __slots__ = ("alone", "cash", "converter", "currency", "end", "house", "plain", "plan", "sales", "scale", "start")

    def __init__(self, engine: "Engine", plan: Plan, intervals: dict[str, Period], version: date, next_version: date) -> None:
        self.start = max(version, *(interval.start for interval in intervals.values()))
        self.end = min(next_version, *(interval.end for interval in intervals.values()))
        self.plan, self.house, self.scale, self.currency = plan, frozenset(plan.house), int(10**plan.unit_digits), plan.money
        self.converter = Converter(plan.conversion, plan.money, engine.rates)
        desks = [_Desk(engine, part, intervals) for part in plan.parts]
        self.sales = _Desks(tuple(desk for desk in desks if desk.part.component.measure != "cash"))
        self.cash = _Desks(tuple(desk for desk in desks if desk.part.component.measure == "cash"))
        self.plain = Credited.__new__(Credited)
        self.plain.scale = self.scale
        self.alone = not (self.house or any(desk.part.component.credit in {"rollup", "team"} for desk in desks))


def intervals_of(plan: Plan, when: date) -> dict[str, Period]:
    """The intervals that hold a day, by what running totals call them."""
    units = (("period", plan.settle), ("quarter", "quarter"), ("half_year", "half_year"), ("year", "year"))
    return {over: plan.calendar.containing(when, unit) for over, unit in units} | {"plan": Period(plan.effective_from, plan.effective_until or date.max)}


class Engine:
    """One calculation under way.

    Args:
        plans: the versions of the plan.
        books: facts about people.
        roster: who works for whom.
        rates: exchange rates of the days.
        totals: running totals to go on from.
        history: lines of earlier runs, which returns may take back.
        trace: whether lines keep their notes.
    """

    def __init__(
        self,
        plans: Timeline[Plan],
        *,
        books: FactBooks,
        roster: Roster,
        rates: tuple[FxRate, ...],
        totals: dict[str, dict[tuple[str, ...], Total]],
        history: Iterable[Line],
        trace: bool,
    ) -> None:
        self.books, self.rates, self.trace = books, rates, trace
        self.raws: list[Raw] = []
        self._plans, self._roster = plans, roster
        self._cells: dict[tuple[str, str, str], Cell] = {
            (name, person, start): [value] for name, book in totals.items() for (person, start), value in book.items()
        }
        self._days: list[_Day] = []
        self._latest: _Day | None = None
        self._frozen: dict[tuple[date, date], _Day] = {}
        self.known: dict[int, Any] = {}
        self._paid: dict[Key, int] = {}
        self._scanned = 0
        self._returns: dict[str, dict[str, Sale]] = {}
        self._returned = (0, 0, 0)
        for line in history:
            if line.returns:
                self.returned_earlier(line.sale)
            else:
                self._book((line.sale.id, line.seller or line.person, line.person, line.component), line.pay.minor)

    def returned_earlier(self, sale: Sale) -> None:
        """A return of an earlier run."""
        self._returns.setdefault(sale.returns, {})[sale.id] = sale

    def paid_earlier(self, sale: Sale, component: str, pay: int) -> None:
        """What an earlier run paid the seller of a sale, in minor units."""
        self._book((sale.id, sale.person, sale.person, component), pay)

    @property
    def totals(self) -> dict[str, dict[tuple[str, ...], Total]]:
        """The running totals as they stand."""
        totals: dict[str, dict[tuple[str, ...], Total]] = {}
        for (name, person, start), cell in self._cells.items():
            totals.setdefault(name, {})[person, start] = cell[0]
        return totals

    def cell(self, name: str, person: str, interval: Period) -> Cell:
        """The running total of a person over an interval."""
        return self._cells.setdefault((name, person, interval.start.isoformat()), [0])

    def day(self, when: date) -> _Day:
        """What holds on a day."""
        known = next((day for day in self._days if day.start <= when < day.end), None)
        if known is None:
            plan = self._plans.on(when)
            intervals = intervals_of(plan, when)
            versions = [entry.start for entry in self._plans.entries if entry.start > when]
            known = _Day(self, plan, intervals, self._plans.entry_on(when).start, min([date.max, *versions]))
            self._days.append(known)
        self._latest = known
        return known

    def _day_of_return(self, when: date, sold: date) -> _Day:
        """What holds for a return: the version of the plan under which the sale was made, on the day of the return."""
        version = self._plans.entry_on(sold)
        ended = self._plans.ends is not None and when >= self._plans.ends
        if not ended and self._plans.entry_on(when) is version:
            return self.day(when)
        if (when, version.start) not in self._frozen:
            self._frozen[when, version.start] = _Day(self, version.value, intervals_of(version.value, when), version.start, date.max)
        return self._frozen[when, version.start]

    def post(self, sale: Sale, paid: Sale, receipt: Receipt | None) -> None:
        """Credit a sale or a receipt, and pay everybody concerned.

        Args:
            sale: the sale, or what a receipt stands for.
            paid: the sale itself, whose credits and whose day's posts hold.
            receipt: the receipt.
        """
        self._stood = paid
        day = self._latest
        if day is None or not day.start <= sale.date < day.end:
            day = self.day(sale.date)
        desks = day.sales if receipt is None else day.cash
        if not desks.any:
            return
        if day.alone and len(sale.credits) == 1 and sale.amount.currency is day.currency:
            x = day.plain
            x.sale, x.amount = sale, sale.amount.minor
            x.sign = -1 if x.amount < 0 else 1
            person = sale.credits[0].person
            # Nearly every sale comes this way: what `_pay` also looks after is left out, because a call for each line is felt.
            for desk in desks.direct:
                if desk.guarded and not desk.admits(sale, person, paid):
                    continue
                cells, facts, answers = desk.accounts.get(person) or desk.open(person)
                pay, notes = desk.run(x, cells, facts, answers)
                self.raws.append((sale, person, "split", 0, WHOLE, desk.part, pay, pay, notes, None, receipt, person))
            return
        whole = credited(sale, day.converter, day.scale)
        self._credit(day, desks, whole, origins(whole, sale), None, receipt)

    def take_back(self, sale: Sale, original: Sale) -> None:
        """Take a sale back, or a part of it, as it stood on its day: under that version of the plan, with its credits and that hierarchy.

        Raises:
            FactError: ``sale.returned_too_much``; ``sale.return_currency``.
        """
        self._stood = original
        day = self._day_of_return(sale.date, original.date)
        earlier = self._returns.setdefault(original.id, {})
        sale = attrs.evolve(sale, **{name: getattr(original, name) for name in (*DIMENSIONS, "instalment")})
        self._returned, whole, shares = returned(sale, original, tuple(earlier.values()), day.converter, day.scale)
        earlier[sale.id] = sale
        self._credit(day, day.sales, whole, shares, original, None)

    def _credit(self, day: _Day, desks: _Desks, whole: Credited, shares: tuple[Origin, ...], original: Sale | None, receipt: Receipt | None) -> None:
        divided = self._divide(day, desks.direct, whole, shares, original, receipt) if day.plan.split == "commission" and len(shares) > 1 else None
        for person, kind, share, x in shares:
            if person in day.house:
                continue
            if kind == "overlay":
                self._pay(desks.overlay, x, person, person, kind, 0, share, original, receipt)
                continue
            below = self._pay(desks.direct, x, person, person, kind, 0, share, original, receipt) if divided is None else divided[person]
            if desks.team:
                self._pay(desks.team, x, self._team(person), person, "team", 0, share, original, receipt)
            if desks.rollup:
                self._roll_up(desks.rollup, x, person, share, original, receipt, below)

    def _roll_up(self, desks: tuple[_Desk, ...], x: Credited, person: str, share: Fraction, original: Sale | None, receipt: Receipt | None, below: int) -> None:
        """Credit the managers above a seller, nearest first; each knows what the level below was paid and what all levels left."""
        if self._roster.on(person, self._stood.date) is None:
            raise FactError(
                "roster.no_post",
                "{person} has no post on {day}, so nobody above can be credited; add an entry",
                path=f"sale {x.sale.id}",
                person=person,
                day=self._stood.date,
            )
        left = x.amount - below
        for level, boss in enumerate(self._roster.above(person, self._stood.date), start=1):
            mine = x.again()
            mine.commission, mine.remainder = below, left
            below = self._pay(
                tuple(desk for desk in desks if level in desk.part.component.levels), mine, boss.person, person, "rollup", level, share, original, receipt
            )
            left -= below

    def _team(self, person: str) -> str:
        sale = self._stood
        post = self._roster.on(person, sale.date)
        if post is None or not post.team:
            raise FactError(
                "roster.no_team",
                "{person} belongs to no team on {day}, but the plan credits the team; add an entry",
                path=f"sale {sale.id}",
                person=person,
                day=sale.date,
            )
        return f"team:{post.team}"

    def _pay(
        self,
        desks: tuple[_Desk, ...],
        x: Credited,
        person: str,
        seller: str,
        kind: str,
        level: int,
        share: Fraction,
        original: Sale | None,
        receipt: Receipt | None,
    ) -> int:
        """Pay one person for one credit by each component that applies; ``seller`` is whose credit is followed. The sum is given back."""
        total = 0
        for desk in desks:
            if desk.guarded and not desk.admits(x.sale, person, self._stood):
                continue
            cells, facts, answers = desk.accounts.get(person) or desk.open(person)
            pay, notes = desk.run(x, cells, facts, answers)
            booked = pay if original is None else self._take_back(x, original, (original.id, seller, person, desk.component), pay)
            self.raws.append((x, person, kind, level, share, desk.part, pay, booked, notes, original, receipt, seller))
            total += booked
        return total

    def has_role(self, person: str, day: date, roles: tuple[str, ...]) -> bool:
        """Whether a person holds one of these posts on a day."""
        post = self._roster.on(person, day)
        return post is not None and post.role in roles

    def _take_back(self, x: Credited, original: Sale, key: Key, recomputed: int) -> int:
        """What a return is booked at: recomputed, or the part of what the sale was paid."""
        plan = self._plans.on(original.date)
        rule = plan.returns
        if not rule.within(original.date, x.sale.date, plan.calendar):
            return 0
        if rule.rate == "recompute":
            return recomputed
        self._catch_up()
        before, now, sold = self._returned
        return rule.taken_back(paid=self._paid.get(key, 0), returned_before=before, returned=now, of=sold, unearned=rule.unearned(original.date, x.sale.date))

    def _catch_up(self) -> None:
        """Note what the lines made since the last return were paid."""
        for kept, person, _, _, _, part, _, booked, _, original, _, seller in self.raws[self._scanned :]:
            if original is None:
                self._book((operands(kept).sale.id, seller, person, part.component.id), booked)
        self._scanned = len(self.raws)

    def _book(self, key: Key, pay: int) -> None:
        self._paid[key] = self._paid.get(key, 0) + pay

    def _divide(
        self, day: _Day, desks: tuple[_Desk, ...], whole: Credited, shares: tuple[Origin, ...], original: Sale | None, receipt: Receipt | None
    ) -> dict[str, int]:
        """Compute the sale as a whole, and divide what it pays among those credited; what each is paid is given back."""
        parties = {person: share for person, kind, share, _ in shares if kind == "split"}
        paid = dict.fromkeys(parties, 0)
        for desk in desks:
            entitled = [person for person in parties if not desk.guarded or desk.admits(whole.sale, person, self._stood)]
            if not entitled:
                continue
            cells, facts, answers = desk.accounts.get(entitled[0]) or desk.open(entitled[0])
            pay, notes = desk.run(whole, cells, facts, answers)
            divided = split_units(pay, parties)
            for person in entitled:
                if person not in day.house:
                    booked = (
                        divided[person]
                        if original is None
                        else self._take_back(whole, original, (original.id, person, person, desk.component), divided[person])
                    )
                    self.raws.append((whole, person, "commission", 0, parties[person], desk.part, pay, booked, notes, original, receipt, person))
                    paid[person] += booked
        return paid
