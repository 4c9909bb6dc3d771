"""Facts and plans that cannot be used: each gives an error with a code, a path and what to do, and nothing is computed in part."""

import contextlib
from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from typing import Any

import pytest

from salesrules.commission import Credit, Event, Receipt, Sale, State, Tiers, calculate
from salesrules.errors import FactError, Faults, NotInForce, PolicyError, SalesRulesError
from salesrules.money import Money
from salesrules.periods import Period
from salesrules.policy import dumps, loads
from salesrules.timeline import Entry, Timeline
from tests.commission_plans import cny, component, day, flat, marginal, plan, roster, sale

GOOD = sale("S", day(1, 5), 1000)
BACK = sale("R", day(1, 9), -100, returns="S")
TEAM = """
[[components]]
id = "t"
measure = "sales"
credit = "team"
steps = [ { kind = "rate", entries = [ { rate = "1%" } ] } ]
[pool]
by = "equal"
"""
DOCUMENT = dumps(plan(component(Tiers(table=marginal((0, "10%"), (1000, "20%")), over="year"))))


def _run(*sales: Sale, rules: Any = None, **facts: Any) -> Callable[[], Any]:
    return lambda: calculate(rules or plan(), sales, on=day(1, 31), **facts)


def _usd(**options: Any) -> Sale:
    given: dict[str, Any] = {"id": "U", "date": day(1, 5), "amount": Money(1, "USD"), "person": "chen"}
    return Sale(**(given | options))


def _paid(**options: Any) -> Receipt:
    given: dict[str, Any] = {"id": "P", "sale": "S", "date": day(1, 9), "amount": cny(10)}
    return Receipt(**(given | options))


FIRST = calculate(plan(), [GOOD], on=day(1, 10))
BAD: list[tuple[str, str, Callable[[], Any]]] = [
    ("commission.given", "plan", lambda: calculate("north.toml", [GOOD], on=day(1, 31))),  # type: ignore[arg-type]
    ("commission.given", "sales", lambda: calculate(plan(), GOOD, on=day(1, 31))),  # type: ignore[arg-type]
    ("commission.given", "roster", _run(GOOD, roster=[])),
    ("commission.given", "opening", _run(GOOD, opening={})),
    ("fact.sale", "sales", lambda: calculate(plan(), [{"id": "S"}], on=day(1, 31))),  # type: ignore[list-item]
    ("fact.credit", "sale S", lambda: Sale(id="S", date=day(1, 5), amount=cny(1), credits=(("chen", "100%"),))),
    *(("state.data", "state", lambda data=data: State.from_data(data)) for data in (None, "x", {}, FIRST.state.to_data() | {"totals": [["a", [], "1/0"]]})),
    ("sale.duplicate", "sale S", _run(GOOD, GOOD)),
    ("sale.in_history", "sale S", _run(GOOD, history=FIRST.lines)),
    ("sale.unknown_original", "sale R", _run(BACK)),
    ("sale.returned_before_sold", "sale R", _run(GOOD, sale("R", day(1, 4), -1, returns="S"))),
    ("sale.returned_too_much", "sale R", _run(GOOD, sale("R", day(1, 9), "-1000.01", returns="S"))),
    ("sale.returned_too_much", "sale R2", _run(GOOD, BACK, sale("R2", day(1, 10), "-900.01", returns="S"))),
    ("sale.returned_too_much", "sale R", _run(sale("S", day(1, 5), -5), sale("R", day(1, 9), -5, returns="S"))),
    ("sale.return_of_return", "sale Q", _run(GOOD, BACK, sale("Q", day(1, 10), -1, returns="R"))),
    ("sale.return_currency", "sale U", _run(GOOD, Sale(id="U", date=day(1, 9), amount=Money(-1, "USD"), returns="S"))),
    ("fx.refused", "sale U", _run(_usd())),
    ("receipt.duplicate", "receipt P", _run(GOOD, receipts=[_paid(), _paid()])),
    ("receipt.unknown_sale", "receipt P", _run(GOOD, receipts=[_paid(sale="X")])),
    ("receipt.currency", "receipt P", _run(GOOD, receipts=[_paid(amount=Money(1, "USD"))])),
    ("receipt.nothing_owed", "receipt P", _run(sale("S", day(1, 5), 0), receipts=[_paid()])),
    ("event.unknown_sale", "event shipment", _run(GOOD, events=[Event(sale="X", kind="shipment", date=day(1, 9))])),
    ("roster.cycle", "member a", _run(sale("S", day(1, 5), 1, "a"), rules=plan(component(), component(id="o", credit="rollup")), roster=roster("a b", "b a"))),
    ("roster.unknown", "member a", _run(sale("S", day(1, 5), 1, "a"), rules=plan(component(), component(id="o", credit="rollup")), roster=roster("a b"))),
    (
        "roster.no_team",
        "sale S",
        _run(
            GOOD,
            rules=loads(DOCUMENT + TEAM),
        ),
    ),
    ("money.code", "", lambda: Money(1, "XX")),
    ("period.reversed", "", lambda: Period(day(2, 1), day(1, 1))),
]


@pytest.mark.parametrize(("code", "path", "make"), BAD, ids=[f"{code} {place}" for place, (code, _, _) in enumerate(BAD)])
def test_refused(code: str, path: str, make: Callable[[], Any]) -> None:
    """Nothing is computed from facts that contradict each other; the error names the one to look at."""
    with pytest.raises(SalesRulesError) as caught:
        make()
    if code not in {"money.code", "period.reversed"}:
        assert (caught.value.code, caught.value.path) == (code, path)
    assert isinstance(caught.value, FactError | PolicyError)
    assert caught.value.message


@pytest.mark.parametrize(
    "make",
    [
        _run(sale("S", day(12, 31, 2025), 1)),
        _run(GOOD, rules=plan(effective_from=day(1, 6))),
        _run(GOOD, rules=Timeline((Entry(day(1, 1), plan()),), ends=day(1, 31))),
        _run(GOOD, rules=plan(effective_until=day(1, 20))),
    ],
    ids=["sale before", "plan from tomorrow", "after the end", "ended before the run"],
)
def test_not_in_force(make: Callable[[], Any]) -> None:
    """A sale, or the day of the run itself, outside the time in which a version is in force is no sale at 0."""
    with pytest.raises(NotInForce):
        make()


def test_the_sale_that_is_not_in_force_is_named() -> None:
    """The error about a sale before the plan names the sale."""
    with pytest.raises(NotInForce) as caught:
        _run(GOOD, sale("OLD", day(12, 31, 2025), 1))()
    assert caught.value.path == "sale OLD"


def test_a_moment_is_no_day() -> None:
    """The day of the run is a plain date."""
    with pytest.raises(FactError):
        calculate(plan(), [GOOD], on=datetime(2026, 1, 31, 12))  # noqa: DTZ001 - naive is what is tested


MISTAKES: list[tuple[str, str, str]] = [
    ("from = 1000", "from = 0", "bands.order"),
    ('"20%"', "7", "rate.bare"),
    ('"20%"', "0.2e400000", ""),
    ('"20%"', '"1/0"', ""),
    ('"20%"', '"' + "9" * 5000 + '"', ""),
    ('"CNY"', '"ABC"', "commission.currency"),
    ('"CNY"', "12", ""),
    ('"year"', '"decade"', ""),
    ('"original"', '"later"', ""),
    ("2026-01-01", "2026-01-01T10:00:00", ""),
    ('"sales"', '"profit"', ""),
]


@pytest.mark.parametrize(("old", "new", "code"), MISTAKES, ids=range(len(MISTAKES)))
def test_mistakes_in_documents(old: str, new: str, code: str) -> None:
    """A slip in a document is a fault with its path; 7 is never taken for 7%."""
    assert old in DOCUMENT
    with pytest.raises(Faults) as caught:
        loads(DOCUMENT.replace(old, new, 1))
    assert all(fault.message for fault in caught.value.faults)
    assert not code or code in str(caught.value) or caught.value.faults
    assert any(fault.path for fault in caught.value.faults)


def test_truncated_documents() -> None:
    """Cut anywhere, a document is refused with a clear error, or is still a whole plan."""
    for end in range(0, len(DOCUMENT), 7):
        with contextlib.suppress(SalesRulesError):
            assert loads(DOCUMENT[:end]).components


def test_a_million_bands() -> None:
    """A document of enormous size, depth or numbers ends quickly, one way or the other."""
    start = perf_counter()
    for text in (
        DOCUMENT.replace('"20%"', "[" * 50_000),
        DOCUMENT.replace('"20%"', "9" * 100_000),
        DOCUMENT + "[[components]]\n" * 20_000,
        DOCUMENT + "x." * 20_000 + "y = 1\n",
    ):
        with pytest.raises(SalesRulesError):
            loads(text)
    with pytest.raises(PolicyError):
        marginal(*((number, "1%") for number in [*range(100_000), 5]))
    assert perf_counter() - start < 30


def test_very_large_amounts() -> None:
    """Amounts of any size are exact: 10% of a googol of cents and one is rounded once."""
    run = calculate(plan(), [sale("S", day(1, 5), 10**100), sale("T", day(1, 6), "0.05")], on=day(1, 31))
    assert run.pay("chen").minor == 10**101 + 1


def test_an_error_leaves_nothing_behind() -> None:
    """A run that failed has changed nothing: the same plan and history give the same figures as before."""
    rules = plan(component(Tiers(table=marginal((0, "10%"), (1000, "20%")), over="year")))
    first = calculate(rules, [GOOD], on=day(1, 10))
    later = [sale("T", day(1, 20), 100), sale("U", day(1, 21), 100, credits=(Credit("chen", "50%"), Credit("li", "50%")))]
    expected = [line.pay for line in calculate(rules, later, on=day(1, 31), opening=first.state).lines]
    with pytest.raises(FactError):
        calculate(rules, [*later, _usd(date=day(1, 25))], on=day(1, 31), opening=first.state)
    assert [line.pay for line in calculate(rules, later, on=day(1, 31), opening=first.state).lines] == expected
    assert flat("7%").entries[0].rate is not None
