"""From what is booked to what is paid: pooled, guaranteed, drawn, carried forward, for each person and settlement period.

Team pools are divided first. What a person earned is then lifted to the guarantee, and after that to the draw or, above it, lowered by what pays
the debt back. A sum below zero is deducted or carried forward, as the plan says.
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

import attrs

from ..allocation import split_units
from ..errors import FactError
from ..money import Money
from ..periods import Period, proration
from ..trace import Step
from .draws import Balance, Drawn
from .ledger import Ledger, Page, entitled
from .lines import Line
from .plan import Plan
from .roster import Member
from .state import State
from .statement import Statement

__all__ = ["balances_after", "statements_of"]

_TEAM = "team:"
_STEPS = {"earned": "commission.settle.earned", "held": "commission.settle.held", "released": "commission.settle.released"}


def statements_of(ledger: Ledger) -> tuple[Statement, ...]:
    """The statements of a ledger: for every settlement period from the first open one to that of the day as of which is settled.

    Raises:
        FactError: ``commission.empty_pool`` where a pool has nobody to be divided among.
    """
    balances = dict(ledger.opening.balances)
    span = Period(ledger.pages[0].period.start, ledger.pages[-1].period.end)
    people = {*balances, *(stay.person for stay in entitled(ledger.plans, ledger.roster) if stay.during(span) is not None)}
    people = people.union(*(page.people for page in ledger.pages))
    teams: dict[str, list[Member]] = {}
    for stay in ledger.roster.members:
        teams.setdefault(_TEAM + stay.team, []).append(stay)
    statements = []
    for page in ledger.pages:
        settling = _Settling(ledger, page, ledger.plans.on(min(page.period.last, ledger.on)))
        pooled = settling.pools(teams)
        people |= pooled.keys()
        for person in sorted(people):
            if person.startswith(_TEAM):
                continue
            statement = settling.statement(person, pooled.get(person, 0), balances.get(person, Balance()))
            balances[person] = statement.closing
            if not statement.is_empty:
                statements.append(statement)
    return tuple(statements)


def balances_after(opening: State, statements: Iterable[Statement], on: date) -> tuple[tuple[str, Balance], ...]:
    """The balances when the last settlement period that is complete on a day ended."""
    balances = dict(opening.balances)
    balances.update({statement.person: statement.closing for statement in statements if statement.period.last <= on})
    return tuple((person, balance) for person, balance in sorted(balances.items()) if balance != Balance())


@attrs.frozen(eq=False)
class _Settling:
    """One page of the ledger being settled, under the version of the plan in force at its end."""

    ledger: Ledger
    page: Page
    plan: Plan

    def pools(self, teams: dict[str, list[Member]]) -> dict[str, int]:
        """What each person gets of the team pools."""
        shares: dict[str, int] = {}
        pool, period = self.plan.pool, self.page.period
        for account, entries in sorted(self.page.entries.items()):
            earned = sum(entry.pay.minor for entry in entries)
            if pool is None or not account.startswith(_TEAM) or not earned:
                continue
            sold = _credited(self.page.lines.get(account, ()))
            weights: dict[str, int] = {}
            for stay in teams.get(account, ()):
                there = stay.during(period)
                if there is not None and stay.is_in(pool.roles):
                    weight = {"equal": 1, "days": there.days + weights.get(stay.person, 0), "sales": max(sold.get(stay.person, 0), 0)}
                    weights[stay.person] = weight[pool.by]
            if not any(weights.values()):
                raise FactError(
                    "commission.empty_pool",
                    "the pool of {team} in {period} has {amount} to divide and nobody to divide it among; check the roster",
                    team=account.removeprefix(_TEAM),
                    period=str(period),
                    amount=str(Money.from_minor(earned, self.plan.money)),
                )
            for person, share in split_units(earned, weights).items():
                shares[person] = shares.get(person, 0) + share
        return shares

    def statement(self, person: str, pooled: int, opening: Balance) -> Statement:
        """What one person is paid."""
        plan, page = self.plan, self.page
        entries = tuple(page.entries.get(person, ()))
        booked = {code: sum(entry.pay.minor for entry in entries if entry.kind == kind) for kind, code in _STEPS.items()}
        earnings = sum(booked.values()) + pooled + opening.carried
        top_up = self._top_up(person, earnings)
        carried = min(earnings, 0) if plan.negative == "carry" else 0
        drawn = self._draw(person, earnings + top_up - carried, opening)
        parts = {
            **booked,
            "commission.settle.pool": pooled,
            "commission.settle.carried_in": opening.carried,
            "commission.settle.guarantee": top_up,
            "commission.settle.advanced": drawn.advanced,
            "commission.settle.recovered": -drawn.recovered,
            "commission.settle.carried_out": -carried,
        }
        working = Step(
            "commission.settle.payable",
            Money.from_minor(sum(parts.values()), plan.money),
            formula="sum",
            params=(("person", person), ("period", page.period)),
            source=plan.source,
            children=tuple(Step(code, Money.from_minor(part, plan.money)) for code, part in parts.items() if part or code == _STEPS["earned"]),
        )
        return Statement(
            plan=plan,
            person=person,
            name=self.ledger.roster.name(person),
            period=page.period,
            lines=tuple(page.lines.get(person, ())),
            totals=tuple(page.totals.get(person, ())),
            entries=entries,
            adjustments=tuple(page.adjustments.get(person, ())),
            drawn=drawn,
            opening=opening,
            closing=Balance(draw=drawn.balance, carried=carried),
            working=working,
            on=self.ledger.on,
        )

    def _top_up(self, person: str, earned: int) -> int:
        """What the guarantee adds, prorated to the part of the period the person was there."""
        guarantee, period = self.plan.guarantee, self.page.period
        if guarantee is None or not (served := self._served(person, guarantee.roles)):
            return 0
        share = sum((proration(part, period, guarantee.day_count) for part in served), Fraction(0))
        joined = min(stay.start for stay in self.ledger.roster.stays(person) if stay.is_in(guarantee.roles))
        return guarantee.top_up(earned, self.ledger.number(joined, self.page), share)

    def _draw(self, person: str, earned: int, opening: Balance) -> Drawn:
        """What the draw does; of those who are gone, or in another role, it only takes back what they owe."""
        draw, period = self.plan.draw, self.page.period
        served = draw is not None and bool(self._served(person, draw.roles))
        if draw is None or not (served or opening.draw):
            return Drawn(balance=opening.draw)
        stays = self.ledger.roster.stays(person)
        leaves = bool(stays) and stays[-1].end is not None and period.start < stays[-1].end <= period.end
        began = max([self.ledger.plans.entries[0].start, *(stay.start for stay in stays[:1])])
        return draw.apply(earned, opening, self.ledger.number(began, self.page), serves=served, leaves=leaves)

    def _served(self, person: str, roles: tuple[str, ...]) -> list[Period]:
        """The parts of the period in which the person is in one of the roles."""
        parts = (stay.during(self.page.period) for stay in self.ledger.roster.stays(person) if stay.is_in(roles))
        return [part for part in parts if part is not None]


def _credited(lines: Iterable[Line]) -> dict[str, int]:
    """What each seller of a team was credited with, in minor units; each sale once, however many components pay it."""
    sold = {(line.sale.id, line.receipt, line.seller): line.measure_count for line in lines}
    credited: dict[str, int] = {}
    for (_, _, seller), amount in sold.items():
        credited[seller] = credited.get(seller, 0) + amount
    return credited
