"""Facts, rosters, quotas, rates of exchange and the stages of earning by themselves."""

from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest

from salesrules.commission import (
    Conversion,
    Credit,
    Event,
    Factor,
    FxRate,
    Holdback,
    Incentive,
    Member,
    PlanRate,
    Quota,
    Receipt,
    Roster,
    Sale,
    Stage,
    prorate,
    ramp,
    spread,
)
from salesrules.commission.conversion import Converter
from salesrules.commission.earning import History, earn
from salesrules.errors import FactError, PolicyError, SalesRulesError
from salesrules.money import Money, currency
from tests.commission_plans import CALENDAR, cny, day, month, roster

YEAR = CALENDAR.year(2026)
NOON = datetime(2026, 1, 5, 12)  # noqa: DTZ001 - naive is what is tested


def _sale(**options: Any) -> Sale:
    given: dict[str, Any] = {"id": "S", "date": day(1, 5), "amount": cny(1), "person": "chen"}
    return Sale(**(given | options))


REFUSED: list[tuple[str, str, Any]] = [
    ("fact.name", "sale", lambda: _sale(id=" ")),
    ("fact.date", "sale S", lambda: _sale(date=NOON)),
    ("fact.date", "sale S", lambda: _sale(date="2026-01-05")),
    ("fact.money", "sale S", lambda: _sale(amount=12.5)),
    ("fact.money", "sale S", lambda: _sale(cost=12.5)),
    ("sale.currency", "sale S", lambda: _sale(cost=Money(1, "USD"))),
    ("sale.uncredited", "sale S", lambda: _sale(person="")),
    ("sale.split", "sale S", lambda: _sale(person="", credits=(Credit("a", "60%"), Credit("b", "39.99%")))),
    ("sale.person_and_credits", "sale S", lambda: _sale(credits=(Credit("a"),))),
    ("sale.credited_twice", "sale S", lambda: _sale(person="", credits=(Credit("a", "60%"), Credit("a", "40%")))),
    ("sale.return_sign", "sale S", lambda: _sale(returns="T")),
    ("rate.number", "", lambda: _sale(units=1.5)),
    ("fact.name", "credit", lambda: Credit("")),
    ("credit.kind", "credit a", lambda: Credit("a", "100%", "shadow")),  # type: ignore[arg-type]
    ("credit.share", "credit a", lambda: Credit("a", "0%")),
    ("rate.number", "", lambda: Credit("a", 0.5)),  # type: ignore[arg-type]
    ("fact.name", "receipt", lambda: Receipt(id="", sale="S", date=day(1, 5), amount=cny(1))),
    ("fact.date", "receipt P", lambda: Receipt(id="P", sale="S", date=NOON, amount=cny(1))),
    ("fact.money", "receipt P", lambda: Receipt(id="P", sale="S", date=day(1, 5), amount=1.5)),  # type: ignore[arg-type]
    ("fact.name", "event", lambda: Event(sale="S", kind="", date=day(1, 5))),
    ("fact.date", "event shipment of S", lambda: Event(sale="S", kind="shipment", date=NOON)),
    ("event.share", "event shipment of S", lambda: Event(sale="S", kind="shipment", date=day(1, 5), share="0%")),
    ("fact.period", "quota chen", lambda: Quota(person="chen", period=day(1, 5), amount=cny(1))),  # type: ignore[arg-type]
    ("rate.number", "", lambda: Quota(person="chen", period=YEAR, amount=1.5)),
    ("fact.period", "incentive chen", lambda: Incentive(person="chen", period="2026", amount=cny(1))),  # type: ignore[arg-type]
    ("fact.money", "incentive chen", lambda: Incentive(person="chen", period=YEAR, amount=1.5)),  # type: ignore[arg-type]
    ("fact.period", "factor kpi of chen", lambda: Factor(name="kpi", person="chen", period="2026", value=1)),  # type: ignore[arg-type]
    ("fx.rate", "rate USD/CNY", lambda: FxRate(base="USD", quote="CNY", date=day(1, 5), rate=0)),
    ("fact.date", "rate USD/CNY", lambda: FxRate(base="USD", quote="CNY", date=NOON, rate=7)),
    ("roster.reversed", "member chen", lambda: Member(person="chen", start=day(2, 1), end=day(2, 1))),
    ("fact.date", "member chen", lambda: Member(person="chen", start=NOON)),
    ("fact.date", "member chen", lambda: Member(person="chen", start=day(1, 1), end=NOON)),
    ("roster.overlap", "member chen", lambda: Roster((Member(person="chen", start=day(1, 1), end=day(2, 2)), Member(person="chen", start=day(2, 1))))),
    ("roster.overlap", "member chen", lambda: Roster((Member(person="chen", start=day(1, 1)), Member(person="chen", start=day(2, 1))))),
    ("commission.stage", "on", lambda: Stage(on="", share="100%")),
    ("commission.stage_months", "months", lambda: Stage(on="monthly", share="100%")),
    ("commission.stage_months", "months", lambda: Stage(on="order", share="100%", months=2)),
    ("commission.stage_share", "share", lambda: Stage(on="order", share="0%")),
    ("commission.holdback_share", "share", lambda: Holdback(share="0%", release="1 month")),
    ("commission.plan_rate", "rate", lambda: PlanRate(base="USD", rate=-1)),
    ("commission.plan_rates", "rates", lambda: Conversion(at="plan")),
    ("commission.plan_rates", "rates", lambda: Conversion(at="event", rates=(PlanRate(base="USD", rate=1),))),
    ("quota.weights", "quota chen", lambda: spread(Quota(person="chen", period=YEAR, amount=cny(1)), CALENDAR, "quarter", (1, 2))),
    ("quota.ramp", "shares", lambda: ramp((), (-1,))),
]


@pytest.mark.parametrize(("code", "path", "make"), REFUSED, ids=[f"{code} {place}" for place, (code, _, _) in enumerate(REFUSED)])
def test_refused(code: str, path: str, make: Any) -> None:
    """A fact that cannot be right is refused when it is made, with its code, the place, and what to do."""
    with pytest.raises(SalesRulesError) as caught:
        make()
    assert (caught.value.code, caught.value.path) == (code, path)
    assert caught.value.message


def test_the_hierarchy() -> None:
    """The line of managers is read upwards; a cycle, a manager who manages himself, and one without a post are refused."""
    team = roster("ann dora", "dora eve", "eve", "loop pool", "pool loop", "self self", "lost ghost")
    assert [boss.person for boss in team.above("ann", day(5, 1))] == ["dora", "eve"]
    assert team.above("nobody", day(5, 1)) == ()
    for person, code in (("loop", "roster.cycle"), ("self", "roster.cycle"), ("lost", "roster.unknown")):
        with pytest.raises(FactError) as caught:
            team.above(person, day(5, 1))
        assert caught.value.code == code
    with pytest.raises(FactError) as caught:
        roster("x a", "a b", "b a").above("x", day(5, 1))
    assert caught.value.code == "roster.cycle"


def test_posts_and_names() -> None:
    """A transfer is a second stay; the latest name is shown, or the key where none was given."""
    team = Roster(
        (
            Member(person="ann", team="n", start=day(3, 1), name="Ann B."),
            Member(person="ann", team="s", start=day(1, 1), end=day(2, 1), name="Ann A."),
            Member(person="bob", team="n", start=day(1, 1)),
        )
    )
    assert [post.team if (post := team.on("ann", when)) else None for when in (day(1, 5), day(2, 5), day(3, 5))] == ["s", None, "n"]
    assert (team.name("ann"), team.name("bob"), team.name("cai")) == ("Ann B.", "bob", "cai")
    assert [member.person for member in team.team("n", month(2))] == ["bob"]


def test_spreading_quotas() -> None:
    """A quota of 100 over three months of a quarter is 33.34, 33.33 and 33.33; numbers are divided exactly, weights or none."""
    quarter = CALENDAR.parse("2026-Q1")
    assert [str(part.amount) for part in spread(Quota(person="chen", period=quarter, amount=cny(100)), CALENDAR, "month")] == [
        "33.34 CNY",
        "33.33 CNY",
        "33.33 CNY",
    ]
    assert [part.amount for part in spread(Quota(person="chen", period=quarter, amount=10), CALENDAR, "month", (1, 2, 2))] == [2, 4, 4]


def test_ramps() -> None:
    """Half in the first month, three quarters in the second, then all of it, whatever the order in which the quotas come."""
    quotas = [Quota(person="chen", period=month(number), amount=cny(100)) for number in (3, 1, 2)]
    assert [str(part.amount) for part in ramp(quotas, ("50%", "75%"))] == ["50.00 CNY", "75.00 CNY", "100.00 CNY"]
    assert ramp([Quota(person="chen", period=month(1), amount=3)], ("50%",))[0].amount == Fraction(3, 2)


def test_prorated_quotas() -> None:
    """From the 15th on 17 of 31 days; two posts without a gap make the whole; who was never there has no quota."""
    posts = Roster(
        (
            Member(person="new", start=day(1, 15)),
            Member(person="two", start=day(1, 1), end=day(1, 10)),
            Member(person="two", start=day(1, 10)),
            Member(person="gone", start=day(1, 1, 2025), end=day(1, 1)),
        )
    )
    quotas = [Quota(person=person, period=month(1), amount=cny(310)) for person in ("new", "two", "gone", "nobody")]
    assert [(quota.person, str(quota.amount)) for quota in prorate(quotas, posts, day_count="actual")] == [("new", "170.00 CNY"), ("two", "310.00 CNY")]


def test_conversion() -> None:
    """The plan's own currency stays; others are refused, or taken at the plan's rate or at that of the day, each with its working."""
    target = currency("CNY")
    rates = (FxRate(base="USD", quote="CNY", date=day(1, 5), rate="7.1", source="PBoC"), FxRate(base="USD", quote="EUR", date=day(1, 5), rate="0.9"))
    fixed = Converter(Conversion(at="plan", rates=(PlanRate(base="USD", rate="7.255"),)), target, ())
    daily = Converter(Conversion(at="event"), target, rates)
    assert fixed.convert(cny(3), day(1, 5)).step is None
    done = fixed.convert(Money("0.10", "USD"), day(1, 5))
    assert (done.amount, done.step["fixed"] if done.step else None) == (cny("0.73"), True)
    done = daily.convert(Money("100", "USD"), day(1, 5))
    assert (done.amount, done.step["published_by"] if done.step else None) == (cny(710), "PBoC")
    for converter, money, code in (
        (Converter(Conversion(at="refuse"), target, rates), Money(1, "USD"), "fx.refused"),
        (fixed, Money(1, "EUR"), "fx.missing"),
        (daily, Money(1, "EUR"), "fx.missing"),
    ):
        with pytest.raises(FactError) as caught:
            converter.convert(money, day(1, 5))
        assert caught.value.code == code
    with pytest.raises(FactError, match=r"fx\.missing"):
        daily.convert(Money(1, "USD"), day(1, 6))


STAGED = (Stage(on="receipt", share="50%"), Stage(on="shipment", share="30%"), Stage(on="year_end", share="20%"))


def _earned(pays: tuple[tuple[date, int], ...], history: History, until: date = date(2026, 12, 31)) -> list[tuple[str, str, int]]:
    return [(part.date.isoformat()[5:], part.on, part.pay) for part in earn(pays, STAGED, history, CALENDAR, until)]


def test_stages_as_things_happen() -> None:
    """50% with the cash, 30% with the shipments (no more than all of it), 20% at the end of the year; never more than the whole."""
    sold = day(1, 5)
    history = History(
        sold=sold,
        owed=((sold, 1000),),
        receipts=((day(1, 2), 100), (day(2, 1), 400), (day(3, 1), 900), (day(3, 9), -400)),
        events=((day(2, 1), "shipment", Fraction(2, 3)), (day(2, 9), "shipment", Fraction(2, 3)), (day(2, 9), "party", Fraction(1))),
    )
    # an advance of 100 counts on the day of the sale; 2/3 of 30% of 101 and half of it paid: 45.45; 1400 paid of 1000 is all
    assert _earned(((sold, 101),), history) == [
        ("01-05", "receipt", 5),
        ("02-01", "receipt", 40),
        ("02-09", "shipment", 11),
        ("03-01", "receipt", 25),
        ("12-31", "year_end", 20),
    ]
    assert _earned(((sold, 101),), history, day(2, 28))[-1] == ("02-09", "shipment", 11)


def test_stages_of_what_came_back() -> None:
    """A return takes off what was earned of it, and lowers what is owed; when everything is back nothing stays earned."""
    sold, back = day(1, 5), day(3, 5)
    history = History(sold=sold, owed=((sold, 1000), (back, -1000)), receipts=((day(2, 1), 500),))
    assert [pay for _, _, pay in _earned(((sold, 100), (back, -100)), history)] == [25, -25]


def test_no_stages() -> None:
    """Without stages everything is earned on its day; nothing makes no part."""
    history = History(sold=day(1, 5), owed=())
    parts = earn(((day(1, 5), 10), (day(1, 6), 0), (day(2, 5), -4), (day(3, 5), 7)), (), history, CALENDAR, day(2, 28))
    assert [(part.date, part.pay) for part in parts] == [(day(1, 5), 10), (day(2, 5), -4)]


def test_holdback_alone() -> None:
    """What is kept is rounded like money, mirrored for what is taken back, and released when the delay has passed."""
    rule = Holdback(share="10%", release="2 months")
    assert (rule.held(105), rule.held(-105), rule.released_on(day(1, 31), CALENDAR)) == (11, -11, day(3, 31))
    with pytest.raises(PolicyError):
        Holdback(share="10%", release="some day")
