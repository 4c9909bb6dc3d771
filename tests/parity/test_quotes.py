"""A price policy over columns and one line at a time: every verdict, level, floor and broken rule is the same, on every library and engine.

The quotes of the scalar side are made here, from the plain rows, and not by the columns themselves.
"""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesrules.errors import SalesRulesError
from salesrules.money import Exact
from salesrules.pricing import (
    Actor,
    ContractPriceFloor,
    Decision,
    FixedFloor,
    LastPriceFloor,
    Level,
    Limit,
    ListFloor,
    MarginFloor,
    MarkupFloor,
    PricePolicy,
    Quote,
    QuoteLine,
    Row,
    decide,
)
from salesrules.scope import Scope
from salesrules.timeline import Entry, Timeline
from tests.backends import BACKENDS, EAGER, LAZY, backends, collected

pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")

START = date(2026, 1, 1)
SECOND = date(2026, 7, 1)
CATEGORIES, REGIONS = ("pump", "valve", "seal"), ("north", "south")
NAMES = ("rep", "manager", "head", "management")
RATES = ("discount", "margin", "markup")
Data = dict[str, list[Any]]


# Policies


def shares(draw: Any, count: int, *, rising: bool) -> list[str]:
    """Limits that go further with each level."""
    told = sorted(draw(st.lists(st.integers(-5, 95), min_size=count, max_size=count, unique=True)), reverse=not rising)
    return [f"{value}%" for value in told]


@st.composite
def scopes(draw: Any) -> Scope:
    """Some categories, a region, both or everything."""
    category = draw(st.sampled_from(((), ("pump",), ("valve",), ("pump", "valve"))))
    return Scope(category=category, region=draw(st.sampled_from(((), (), ("north",)))))


@st.composite
def limits(draw: Any, name: str, measure: Any, stage: Any, scope: Scope, levels: tuple[str, ...]) -> Limit:
    """The limits of some levels by one measure."""
    chosen = tuple(level for level in levels if draw(st.booleans())) or levels[:1]
    rising = measure in {"discount", "amount", "size"}
    if measure in RATES:
        told = shares(draw, len(chosen), rising=rising)
    else:
        told = [
            str(value) for value in sorted(draw(st.lists(st.integers(1, 400), min_size=len(chosen), max_size=len(chosen), unique=True)), reverse=not rising)
        ]
    last = None if draw(st.booleans()) else told[-1]
    rows = tuple(Row(level=level, limit=limit) for level, limit in zip(chosen, [*told[:-1], last], strict=True))
    edge = draw(st.sampled_from(("inclusive", "exclusive")))
    return Limit(id=name, measure=measure, at=stage, per="line", scope=scope, rows=rows, edge=edge)


FLOORS: dict[str, tuple[Any, str]] = {
    "fixed": (FixedFloor, "price"),
    "of_list": (ListFloor, "share"),
    "markup": (MarkupFloor, "markup"),
    "margin": (MarginFloor, "margin"),
    "last": (LastPriceFloor, "share"),
    "contract": (ContractPriceFloor, "share"),
}


@st.composite
def floors(draw: Any, name: str, levels: tuple[str, ...]) -> Any:
    """One floor of any kind."""
    kind, key = FLOORS[draw(st.sampled_from(sorted(FLOORS)))]
    value = draw(st.sampled_from(("3", "7.5", "12"))) if key == "price" else draw(st.sampled_from(("10%", "1/3", "80%", "25%")))
    below = draw(st.sampled_from(("nobody", "warning", *levels)))
    return kind(id=name, at=draw(st.sampled_from(("net", "invoice"))), per="line", below=below, scope=draw(scopes()), **{key: value})


@st.composite
def policies(draw: Any, since: date = START) -> PricePolicy:
    """Any policy whose rules are for lines."""
    levels = NAMES[: draw(st.integers(1, 4))]
    made = []
    for measure in draw(st.lists(st.sampled_from(("discount", "amount", "margin", "markup", "price", "size")), max_size=2, unique=True)):
        stage = draw(st.sampled_from(("invoice", "net", "pocket")))
        made.append(draw(limits(f"{measure} all", measure, stage, Scope(), levels)))
        for number, scope in enumerate(draw(st.lists(scopes(), max_size=3))):
            made.append(draw(limits(f"{measure} {number}", measure, stage, scope, levels)))
    told = tuple(draw(floors(f"floor {number}", levels)) for number in range(draw(st.integers(0, 4))))
    used = {row.level for limit in made for row in limit.rows} | {floor.below for floor in told}
    kept = tuple(level for level in levels if level in used or level == levels[0])
    try:
        return PricePolicy(
            id="prices",
            currency="CNY",
            effective_from=since,
            own_range=draw(st.sampled_from(("granted", "asks_above"))),
            combine=draw(st.sampled_from(("all", "highest", "most_specific"))),
            levels=tuple(Level(id=name) for name in kept),
            limits=tuple(made),
            floors=told,
        )
    except SalesRulesError:
        again: PricePolicy = draw(policies(since))  # two rules tie, or a limit of two goes no further than the one below
        return again


@st.composite
def tables(draw: Any, levels: tuple[str, ...]) -> Data:
    """Rows of quotes, with the corners that rules meet: prices of 0, returns, empty cells."""
    size = draw(st.integers(1, 8))

    def column(values: Any) -> list[Any]:
        return draw(st.lists(values, min_size=size, max_size=size))  # type: ignore[no-any-return]

    unit = st.one_of(st.integers(0, 3000), st.sampled_from((0, 1, 1000)))
    listed = column(unit)
    asked = [draw(st.one_of(unit, st.integers(0, max(price, 1)), st.just(price))) for price in listed]
    days = [START + timedelta(days=draw(st.integers(0, 400))) for _ in range(size)]
    return {
        "id": [f"Q{number}" for number in range(size)],
        "date": days,
        "original": [draw(st.none() | st.sampled_from([first for first in (START, SECOND) if first <= day])) for day in days],
        "quantity": column(st.integers(1, 50) | st.integers(-5, -1)),
        "free": column(st.just(0) | st.integers(0, 5)),
        "list_price": listed,
        "price": asked,
        "cost": column(unit),
        "last_price": column(unit),
        "contract_price": column(unit),
        "category": column(st.sampled_from((*CATEGORIES, None))),
        "region": column(st.sampled_from(REGIONS)),
        "asker": column(st.sampled_from(levels)),
    }


KINDS = {"category": str, "region": str, "original": date}


@attrs.frozen
class Case:
    """A policy, its versions where it has several, and a table."""

    policies: Timeline[PricePolicy]
    table: Data
    quantity_digits: int
    price_digits: int

    @property
    def policy(self) -> Any:
        """As it is given to the verbs."""
        return self.policies if len(self.policies.entries) > 1 else self.policies.entries[0].value

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule of every version."""
        return tuple(dict.fromkeys(rule.id for entry in self.policies.entries for rule in (*entry.value.floors, *entry.value.limits)))

    def decided(self, row: int) -> Decision:
        """What the scalar verb says of a row."""
        told = {name: values[row] for name, values in self.table.items()}

        def price(name: str) -> Exact:
            return Exact.from_minor(Fraction(told[name], 10**self.price_digits), "CNY")

        line = QuoteLine(
            id="1",
            quantity=Fraction(told["quantity"], 10**self.quantity_digits),
            free=Fraction(told["free"], 10**self.quantity_digits),
            category=told["category"] or "",
            list_price=price("list_price"),
            price=price("price"),
            cost=price("cost"),
            last_price=price("last_price"),
            contract_price=price("contract_price"),
        )
        quote = Quote(id=told["id"], date=told["date"], original=told["original"], region=told["region"], lines=(line,))
        return decide(self.policy, quote, actor=Actor(person="", level=told["asker"]))

    @property
    def expected(self) -> Data:
        """What every column must hold."""
        made: Data = {}
        for row in range(len(self.table["id"])):
            decision = self.decided(row)
            demanded = [(amount.minor, price.minor) for _, amount, price, _ in decision.judged[0].floors()]
            broken = {violation.rule for violation in decision.violations}
            told: dict[str, Any] = {"verdict": decision.verdict, "level": decision.level, "rank": decision.rank}
            told["floor"] = rounded_up(max((amount for amount, _ in demanded), default=0))
            told["shortfall"] = rounded_up(max((amount - price for amount, price in demanded), default=0))
            for name, value in (told | {f"rule.{rule}": rule in broken for rule in self.rules}).items():
                made.setdefault(name, []).append(value)
        return made


def rounded_up(amount: Fraction | int) -> int:
    """Whole minor units, none below 0."""
    return max(0, -(-amount.numerator // amount.denominator))


@st.composite
def cases(draw: Any) -> Case:
    """A policy of one or two versions, and a table."""
    first = draw(policies())
    entries = [Entry(START, first)]
    if draw(st.booleans()):
        entries.append(Entry(SECOND, draw(policies(SECOND))))
    common = [level.id for level in first.levels if all(level.id in entry.value.ladder.ranks for entry in entries)]
    table = draw(tables(tuple(common)))
    digits = draw(st.sampled_from(((0, 0), (0, 0), (3, 0), (0, 2))))
    if digits != (0, 0):  # what is measured of a price or a cost of 0 depends on how small the parts of money are
        table |= {name: [max(value, 1) for value in table[name]] for name in ("list_price", "price", "cost")}
    return Case(Timeline(tuple(entries)), table, *digits)


def found(case: Case, backend: str, engine: str) -> Data:
    """What the columns say, in the order of the ids."""
    outputs = {name: name.replace(".", " ") for name in case.expected}
    done = frames.validate(
        case.policy,
        BACKENDS[backend](case.table, KINDS),
        columns={"level": "asker"},
        outputs=outputs,
        quantity_digits=case.quantity_digits,
        price_digits=case.price_digits,
        engine=engine,
    )
    told = collected(done.lines, by="id")
    assert {name: told[name] for name in case.table} == case.table
    return {name: told[column] for name, column in outputs.items()}


def agrees(case: Case, backend: str, engine: str = "auto") -> None:
    """The columns say what the scalar verb says."""
    assert found(case, backend, engine) == case.expected


QUICK = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large], deadline=None, max_examples=60)
FEW = settings(QUICK, max_examples=8)


@QUICK
@given(cases())
def test_polars_by_expressions(case: Case) -> None:
    """Polars is asked by expressions of its own."""
    agrees(case, "polars", "expressions")


@QUICK
@given(cases())
def test_blocks(case: Case) -> None:
    """Arrays are computed block by block."""
    agrees(case, "pyarrow", "blocks")


@FEW
@pytest.mark.parametrize("backend", backends(*EAGER, "polars-lazy", "duckdb"))
@given(case=cases())
def test_every_library(backend: str, case: Case) -> None:
    """Whichever library holds the table, every answer is the same."""
    agrees(case, backend)


@settings(QUICK, max_examples=4)
@pytest.mark.parametrize("backend", backends(*(name for name in LAZY if name in {"ibis", "pyspark"})))
@given(case=cases())
def test_engines_that_are_large(backend: str, case: Case) -> None:
    """Ibis and PySpark, which take their time."""
    agrees(case, backend)
