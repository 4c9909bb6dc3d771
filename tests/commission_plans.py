"""Short ways of writing plans and facts, for the tests of the commission domain."""

from datetime import date
from typing import Any

from salesrules.bands import AmountBand, Interpolated, Marginal, Overage, Point, RateBand, Step, Whole
from salesrules.commission import Component, Member, Plan, Rate, RateEntry, Returns, Roster, Run, Sale
from salesrules.money import Money
from salesrules.periods import CivilCalendar, Period

CALENDAR = CivilCalendar()
START = date(2026, 1, 1)


def cny(amount: str | int) -> Money:
    """An amount in CNY."""
    return Money(amount, "CNY")


def day(month: int, number: int, year: int = 2026) -> date:
    """A day of 2026."""
    return date(year, month, number)


def month(number: int) -> Period:
    """A month of 2026."""
    return CALENDAR.parse(f"2026-{number:02}")


def flat(rate: str = "10%") -> Rate:
    """A rate for everything."""
    return Rate(entries=(RateEntry(rate=rate),))


def component(*steps: Any, id: str = "base", measure: Any = "sales", **options: Any) -> Component:
    """A component; 10% of the measure where no step is given."""
    return Component(id=id, measure=measure, steps=steps or (flat(),), **options)


def plan(*components: Component, **options: Any) -> Plan:
    """A plan in CNY from 2026 on; 10% of the sales where no component is given. Returns go at the original rate."""
    given: dict[str, Any] = {"id": "test", "currency": "CNY", "effective_from": START, "returns": Returns(rate="original")}
    return Plan(components=components or (component(),), **(given | options))


def sale(id: str, when: date, amount: str | int, person: str = "chen", **options: Any) -> Sale:
    """A sale of chen's, unless it is somebody else's, credits are given, or it is a return."""
    whose: dict[str, Any] = {} if "credits" in options or "returns" in options else {"person": person}
    return Sale(id=id, date=when, amount=cny(amount), **whose, **options)


def roster(*posts: str, start: date = START, **options: Any) -> Roster:
    """Posts written ``person manager team role``; - for none."""
    members = []
    for post in posts:
        person, manager, team, role = (["" if word == "-" else word for word in post.split()] + ["", "", ""])[:4]
        members.append(Member(person=person, manager=manager, team=team, role=role, start=start, **options))
    return Roster(tuple(members))


def bands(*pairs: tuple[Any, Any], what: str = "rate") -> tuple[RateBand, ...]:
    """Bands from pairs of lower bound and rate (or factor, or amount)."""
    return tuple(RateBand(start=start, **{what: value}) for start, value in pairs)


def marginal(*pairs: tuple[Any, Any], what: str = "rate", **options: Any) -> Marginal:
    """A marginal table."""
    return Marginal(bands=bands(*pairs, what=what), **options)


def whole(*pairs: tuple[Any, Any], what: str = "rate", **options: Any) -> Whole:
    """A whole-amount table."""
    return Whole(bands=bands(*pairs, what=what), **options)


def overage(*pairs: tuple[Any, Any], above: Any, what: str = "rate") -> Overage:
    """An overage table."""
    return Overage(bands=bands(*pairs, what=what), above=above)


def curve(*pairs: tuple[Any, Any], below: Any = "zero", above: Any = "extend") -> Interpolated:
    """An interpolated table."""
    return Interpolated(points=tuple(Point(at=at, value=value) for at, value in pairs), below=below, above=above)


def kicker(*pairs: tuple[Any, Any], **options: Any) -> Step:
    """Fixed amounts."""
    return Step(bands=tuple(AmountBand(start=start, amount=amount) for start, amount in pairs), **options)


def pays(run: Run, *parts: str) -> list[Any]:
    """The pays of a run as text, after the named parts of each line."""
    return [(*(getattr(line, part) for part in parts), str(line.pay.amount)) if parts else str(line.pay.amount) for line in run.lines]
