"""Who is asked, and which procedures are refused."""

from datetime import date
from typing import Any

import pytest

from salesrules.approvals.measured import Measured
from salesrules.approvals.procedure import Deadline, Procedure, Stage, When
from salesrules.approvals.signatories import Delegation, Holder, Signatories
from salesrules.document import dumps, loads, schema
from salesrules.errors import FactError, PolicyError, SalesRulesError
from salesrules.money import Exact, Money
from tests.approvals_people import LADDER, OFFICES, day, discount, margin, procedure, team

FINANCE = Stage(levels=("finance",), needs="all", when=(When(measure="discount", above="30%"),))


def route(rules: Procedure, needs: str, *own: str, measures: tuple[Measured, ...] = (discount("20%"),)) -> list[tuple[str, ...]]:
    """The levels asked, stage by stage."""
    return [stage.levels for stage in rules.route(needs, own=own, measures=measures)]


@pytest.mark.parametrize(
    ("path", "needs", "own", "asked"),
    [
        ("in_turn", "head", ("rep",), [("manager",), ("head",)]),
        ("together", "head", ("rep",), [("manager", "head")]),
        ("needed", "head", ("rep",), [("head",)]),
        ("in_turn", "head", (), [("rep",), ("manager",), ("head",)]),
        ("in_turn", "head", ("rep", "manager", "finance"), [("head",)]),
        ("in_turn", "rep", ("rep",), []),
        ("together", "rep", ("rep",), []),
        ("needed", "rep", ("manager",), []),
        ("in_turn", "head", ("finance",), [("rep",), ("manager",), ("head",)]),
    ],
)
def test_the_ladder_is_climbed(path: str, needs: str, own: tuple[str, ...], asked: list[tuple[str, ...]]) -> None:
    """From above the requester to the level needed: in turn, together, or the level needed alone; an office is no step of the ladder."""
    assert route(procedure(path=path), needs, *own) == asked


@pytest.mark.parametrize(("needs", "asked"), [("rep", [("rep",)]), ("manager", [("manager",)]), ("head", [("head",)])])
def test_nobody_concedes_alone(needs: str, asked: list[tuple[str, ...]]) -> None:
    """Where nobody may concede alone, another holder of the level needed signs also for what the requester might grant himself."""
    for path in ("in_turn", "together", "needed"):
        assert route(procedure(path=path, alone="refused"), needs, "manager") == asked


def test_stages_follow_the_ladder() -> None:
    """Conditional stages come last; without a path they say everything."""
    beyond = (discount("30.01%"),)
    assert route(procedure(stages=(FINANCE,)), "manager", "rep") == [("manager",)]
    assert route(procedure(stages=(FINANCE,)), "manager", "rep", measures=beyond) == [("manager",), ("finance",)]
    assert route(procedure(path="none", stages=(FINANCE,)), "", "rep", measures=beyond) == [("finance",)]


@pytest.mark.parametrize(
    ("limits", "met"),
    [
        ({"at_least": 10}, (False, True, True, True, True)),
        ({"above": 10}, (False, False, True, True, True)),
        ({"at_most": 20}, (True, True, True, True, False)),
        ({"below": 20}, (True, True, True, False, False)),
        ({"at_least": 10, "below": 20}, (False, True, True, False, False)),
        ({"at_least": 10, "at_most": 10}, (False, True, False, False, False)),
    ],
)
def test_conditions(limits: dict[str, Any], met: tuple[bool, ...]) -> None:
    """Each limit includes or excludes its own value, for numbers and for amounts."""
    numbers = ("9.99", "10", "15", "20", "20.01")
    plain = When(measure="m", **limits)
    amounts = When(measure="m", currency="CNY", **limits)
    assert tuple(plain.met_by((Measured(measure="m", value=number, worse="more"),)) for number in numbers) == met
    for kind in (Money, Exact):
        assert tuple(amounts.met_by((Measured(measure="m", value=kind(number, "CNY"), worse="more"),)) for number in numbers) == met


def test_a_condition_looks_at_every_line() -> None:
    """One line in the range is enough, and what cannot be told meets every condition."""
    low = When(measure="margin_rate", below="20%")
    assert not low.met_by((margin("25%"), margin("20%", "1")))
    assert low.met_by((margin("25%"), margin("19%", "1")))
    assert low.met_by((margin("25%"), margin(None, "1")))


@pytest.mark.parametrize(
    ("measures", "code"),
    [
        ((), "approvals.untold"),
        ((margin("20%"),), "approvals.untold"),
        ((Measured(measure="discount", value=Money("5", "CNY"), worse="more"),), "approvals.unit"),
        ((discount("1%"), Measured(measure="discount", value=Money("5", "CNY"), worse="more", line="1")), "approvals.unit"),
    ],
    ids=["nothing told", "another told", "in money", "one line in money"],
)
def test_conditions_must_be_told(measures: tuple[Measured, ...], code: str) -> None:
    """A measure on which it depends who signs cannot be left out, nor told in another unit."""
    with pytest.raises(FactError) as caught:
        route(procedure(stages=(FINANCE,)), "manager", measures=measures)
    assert caught.value.code == code


def test_amounts_of_another_currency_are_refused() -> None:
    """A limit in yuan says nothing about dollars."""
    with pytest.raises(FactError, match="USD"):
        When(measure="m", above=5, currency="CNY").met_by((Measured(measure="m", value=Money("6", "USD"), worse="more"),))


@pytest.mark.parametrize(
    ("made", "code", "path"),
    [
        (lambda: When(measure="m"), "approvals.when", ""),
        (lambda: When(measure="m", at_least=1, above=1), "approvals.when", ""),
        (lambda: When(measure="m", at_most=1, below=1), "approvals.when", ""),
        (lambda: When(measure="m", above=10, at_most=10), "approvals.when", ""),
        (lambda: When(measure="m", at_least=10, below=9), "approvals.when", ""),
        (lambda: Stage(levels=(), needs="all"), "approvals.stage", "levels"),
        (lambda: Stage(levels=("a", "a"), needs="one"), "approvals.stage", "levels"),
        (lambda: Deadline(level="a"), "approvals.deadline", ""),
        (lambda: Deadline(level="a", escalate="2 days"), "approvals.deadline", ""),
        (lambda: Deadline(level="a", remind="2 days", to="b"), "approvals.deadline", ""),
        (lambda: Deadline(level="a", escalate="2 days", to="a"), "approvals.deadline", ""),
        (lambda: Deadline(level="a", remind="soon"), "period.delay", ""),
        (lambda: procedure(offices=(*OFFICES, OFFICES[0])), "approvals.duplicate_level", "offices[2].id"),
        (lambda: procedure(offices=LADDER.levels[:1]), "approvals.duplicate_level", "offices[0].id"),
        (lambda: procedure(stages=(Stage(levels=("finance", "board"), needs="all"),)), "approvals.unknown_level", "stages[0].levels"),
        (lambda: procedure(deadlines=(Deadline(level="board", remind="2 days"),)), "approvals.unknown_level", "deadlines[0].level"),
        (lambda: procedure(deadlines=(Deadline(level="head", escalate="2 days", to="board"),)), "approvals.unknown_level", "deadlines[0].to"),
        (lambda: procedure(deadlines=(Deadline(level="head", remind="1 day"),) * 2), "approvals.deadline_twice", "deadlines[1].level"),
        (lambda: procedure(path="none"), "approvals.nobody", "stages"),
        (lambda: procedure(request_lasts="a while"), "period.delay", ""),
        (lambda: procedure(approval_lasts="a while"), "period.delay", ""),
        (lambda: procedure().route("board", own=(), measures=()), "approvals.unknown_level", "level"),
    ],
    ids=[
        "no limits",
        "two lower",
        "two upper",
        "empty",
        "reversed",
        "nobody in a stage",
        "twice in a stage",
        "no deadline",
        "escalated to nobody",
        "no day to escalate",
        "escalated to itself",
        "no delay",
        "office twice",
        "office and level",
        "unknown in a stage",
        "unknown deadline",
        "unknown escalation",
        "deadline twice",
        "nobody asked",
        "request lasts",
        "approval lasts",
        "unknown need",
    ],
)
def test_wrong_procedures_are_refused(made: Any, code: str, path: str) -> None:
    """A procedure that cannot be meant is refused when it is made, with its place."""
    with pytest.raises(SalesRulesError) as caught:
        made()
    assert (caught.value.code, caught.value.path) == (code, path)


def test_a_procedure_is_a_document() -> None:
    """A procedure is read from TOML and JSON, written back the same, and described by a schema."""
    rules = procedure(
        stages=(FINANCE, Stage(levels=("finance", "legal"), needs="one")),
        deadlines=(Deadline(level="head", remind="2 days", escalate="1 week", to="management"),),
        reasons=("reject", "send_back"),
        request_lasts="14 days",
        approval_lasts="month end",
    )
    assert loads(dumps(rules), Procedure) == rules
    assert loads(dumps(rules, format="json"), Procedure, format="json") == rules
    assert schema(Procedure)["properties"]["path"]["enum"] == ["in_turn", "together", "needed", "none"]
    with pytest.raises(PolicyError, match="path is missing"):
        loads(dumps(rules).replace('path = "in_turn"\n', ""), Procedure)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda: Holder(person="", level="rep", start=day(1)), "fact.name"),
        (lambda: Holder(person="chen", level="rep", start=day(1), end=day(1)), "approvals.reversed"),
        (lambda: Holder(person="chen", level="rep", start="2026-03-01"), "period.date"),  # type: ignore[arg-type]
        (lambda: Delegation(by="wang", to="wang", start=day(1), end=day(2), ceiling=()), "approvals.to_oneself"),
        (lambda: Delegation(by="wang", to="", start=day(1), end=day(2), ceiling=()), "fact.name"),
        (lambda: Delegation(by="", to="wang", start=day(1), end=day(2), ceiling=()), "fact.name"),
        (lambda: Delegation(by="wang", to="wu", start=day(2), end=day(1), ceiling=()), "approvals.reversed"),
        (lambda: team(holders=(Holder(person="chen", level="board", start=day(1)),)).check(procedure()), "approvals.unknown_level"),
        (lambda: team(Delegation(by="wang", to="wu", start=day(1), end=day(2), ceiling=(), levels=("board",))).check(procedure()), "approvals.unknown_level"),
        (lambda: team().check_person("nobody"), "approvals.unknown_person"),
    ],
    ids=[
        "no person",
        "no day held",
        "a text as day",
        "to oneself",
        "to nobody",
        "by nobody",
        "reversed",
        "level unknown",
        "level delegated unknown",
        "person unknown",
    ],
)
def test_wrong_signatories_are_refused(made: Any, code: str) -> None:
    """Names, dates and levels of those who sign are checked."""
    with pytest.raises(FactError) as caught:
        made()
    assert caught.value.code == code


def test_levels_are_held_for_a_time() -> None:
    """A level is held from its first day up to, not including, its end."""
    people = Signatories(holders=(Holder(person="wang", level="manager", start=day(1), end=day(5)), Holder(person="wang", level="head", start=day(5))))
    assert [people.held("wang", on) for on in (date(2026, 2, 28), day(1), day(4), day(5))] == [(), ("manager",), ("manager",), ("head",)]
    assert Signatories.from_data(people.to_data()) == people
