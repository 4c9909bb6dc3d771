"""Tables and arguments that cannot be used: each gives an error with a code and the place, and nothing is computed in part."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from salesrules.commission import Plan, Rate, RateEntry, Returns, Tiers
from salesrules.errors import NotInForce, SalesRulesError
from salesrules.scope import Scope
from tests.backends import BACKENDS, EAGER, LAZY, backends, collected, missing
from tests.commission_plans import component, flat, marginal, plan

pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")

DAY = date(2026, 1, 5)
GOOD: dict[str, list[Any]] = {"id": ["S1", "S2", "S3"], "date": [DAY] * 3, "person": ["chen", "li", "chen"], "amount": [1_000, 2_000, 3_000]}
FREE = plan(component(flat("3%")), returns=Returns(rate="recompute"))
MARGIN = plan(component(flat("3%"), measure="margin"), returns=Returns(rate="recompute"))
UNITS = plan(component(flat("3%"), measure="units"), returns=Returns(rate="recompute"))
DOUBLE = plan(component(Rate(entries=(RateEntry(factor=2),))), returns=Returns(rate="recompute"))
TIERS = Tiers(table=marginal((0, "3%"), (10, "5%")), over="year")
TIERED = plan(component(TIERS), returns=Returns(rate="recompute"))


def with_column(name: str, *values: Any) -> dict[str, list[Any]]:
    """The good table with another column, or with one changed."""
    return {**GOOD, name: list(values)}


BAD_CELLS: list[tuple[str, str, Plan, dict[str, list[Any]], dict[str, type]]] = [
    ("frames.float", "column amount", FREE, with_column("amount", 10.0, 20.5, 30.0), {}),
    ("frames.null", "column person", FREE, with_column("person", "chen", None, "li"), {}),
    ("frames.null", "column date", FREE, with_column("date", DAY, None, DAY), {"date": date}),
    ("frames.null", "column id", FREE, with_column("id", "S1", None, "S3"), {}),
    ("frames.digits", "column amount", FREE, with_column("amount", Decimal("1.00"), Decimal("1.005"), Decimal(2)), {}),
    ("frames.float", "column cost", MARGIN, with_column("cost", 1.5, 2.5, 3.5), {}),
    ("frames.needed", "columns.cost", MARGIN, GOOD, {}),
    ("frames.needed", "columns.amount", FREE, {name: values for name, values in GOOD.items() if name != "amount"}, {}),
    ("frames.needed", "columns.id", FREE, {name: values for name, values in GOOD.items() if name != "id"}, {}),
    ("frames.duplicate", "order date, id", TIERED, with_column("id", "S1", "S2", "S1"), {}),
    ("frames.integers", "column units", UNITS, with_column("units", "1", "2", "3"), {}),
]


def refused(run: Callable[[], Any]) -> SalesRulesError:
    """The error with which something is refused."""
    with pytest.raises(SalesRulesError) as caught:
        run()
    return caught.value


@pytest.mark.parametrize("backend", backends(*EAGER))
@pytest.mark.parametrize(("code", "path", "rules", "cells", "kinds"), BAD_CELLS, ids=[f"{code} {path}" for code, path, *_ in BAD_CELLS])
def test_bad_cells(backend: str, code: str, path: str, rules: Plan, cells: dict[str, list[Any]], kinds: dict[str, type]) -> None:
    """A cell or column that cannot be used is named, whatever the library of the table."""
    error = refused(lambda: frames.apply(rules, BACKENDS[backend](cells, kinds)))
    assert (error.code, error.path) == (code, path)
    assert error.message


@pytest.mark.parametrize("backend", backends(*EAGER))
def test_a_missing_amount(backend: str) -> None:
    """An amount that is missing is refused, and is not taken for 0; the row is named where the library still knows it as missing."""
    error = refused(lambda: frames.apply(FREE, BACKENDS[backend](with_column("amount", 1, None, 3))))
    assert error.path == "column amount"
    assert error.code in {"frames.null", "frames.float"}
    if error.code == "frames.null":
        assert error.params["row"] == 1


@pytest.mark.parametrize("backend", backends("polars", "pyarrow"))
def test_the_row_is_named(backend: str) -> None:
    """The row is counted as the user counts it, wherever sorting put it."""
    cells = {**GOOD, "date": [DAY.replace(day=9), DAY, DAY], "person": [None, "li", "chen"]}
    assert refused(lambda: frames.apply(FREE, BACKENDS[backend](cells))).params["row"] == 0


def _polars(cells: dict[str, list[Any]] = GOOD) -> Any:
    return BACKENDS["polars"](cells)


ARGUMENTS: list[tuple[str, str, Callable[[], Any]]] = [
    ("frames.library", "table", lambda: frames.apply(FREE, GOOD)),
    ("frames.library", "table", lambda: frames.apply(FREE, [{"id": "S1"}])),
    ("frames.library", "table", lambda: frames.apply(FREE, None)),
    ("frames.field", "columns", lambda: frames.apply(FREE, _polars(), columns={"persn": "person"})),
    ("frames.no_column", "columns.person", lambda: frames.apply(FREE, _polars(), columns={"person": "persn"})),
    ("frames.no_column", "order", lambda: frames.apply(FREE, _polars(), order=("date", "number"))),
    ("frames.duplicate", "order date", lambda: frames.apply(TIERED, _polars(), order="date")),
    ("frames.output", "outputs", lambda: frames.apply(FREE, _polars(), outputs=("pays",))),
    ("frames.taken", "outputs", lambda: frames.apply(FREE, _polars(), outputs={"pay": "amount"})),
    ("frames.engine", "engine", lambda: frames.apply(FREE, _polars(), engine="fast")),
    ("frames.split", "test.split", lambda: frames.apply(attrs.evolve(FREE, split="commission"), _polars())),
    ("frames.cash", "test.components[0]", lambda: frames.apply(plan(component(flat(), measure="cash")), _polars())),
    ("frames.credit", "test.components[0]", lambda: frames.apply(plan(component(flat(), credit="rollup")), _polars())),
    ("timeline.before", "", lambda: frames.apply(FREE, _polars(with_column("date", DAY, DAY, date(2025, 12, 31))))),
    ("fx.refused", "", lambda: frames.apply(FREE, _polars(with_column("currency", "CNY", "USD", "CNY")))),
    ("frames.no_row", "column id", lambda: frames.apply(FREE, _polars()).explain("S9")),
    ("frames.no_line", "", lambda: frames.apply(FREE, _polars()).explain("S1", component="other")),
    ("commission.given", "plan", lambda: frames.apply("north.toml", _polars())),
    ("commission.given", "opening", lambda: frames.apply(TIERED, _polars(), opening={})),
]


@pytest.mark.skipif(bool(missing("polars")), reason=missing("polars"))
@pytest.mark.parametrize(("code", "path", "run"), ARGUMENTS, ids=[f"{code} {path} {at}" for at, (code, path, _) in enumerate(ARGUMENTS)])
def test_bad_arguments(code: str, path: str, run: Callable[[], Any]) -> None:
    """An argument that cannot be used is named."""
    error = refused(run)
    assert (error.code, error.path) == (code, path)


def test_a_name_that_is_nearly_right() -> None:
    """A misspelt column is met with the nearest one there is."""
    assert "did you mean 'person'?" in refused(lambda: frames.apply(FREE, _polars(), columns={"person": "persn"})).message


def test_a_time_of_the_day() -> None:
    """A date with a time of the day is no date: which day it is would depend on a zone."""
    polars: Any = pytest.importorskip("polars")
    table = _polars().with_columns(polars.Series("date", [datetime(2026, 1, 5, 8, 30)] * 3))  # noqa: DTZ001 - a table without a zone
    error = refused(lambda: frames.apply(FREE, table))
    assert (error.code, error.path) == ("frames.time", "column date")


def test_an_amount_past_64_bits() -> None:
    """An amount that no 64 bits hold is refused; one at their end is computed exactly."""
    polars: Any = pytest.importorskip("polars")
    table = _polars().with_columns(polars.Series("amount", [2**63, 1, 2], dtype=polars.UInt64))
    assert refused(lambda: frames.apply(FREE, table)).code == "frames.bound"
    largest = {**with_column("amount", 2**63 - 1, -(2**63), 1), "person": ["chen", "li", "wang"]}
    assert frames.apply(FREE, _polars(largest)).lines["pay"].to_list() == [276_701_161_105_643_274, -276_701_161_105_643_274, 0]


def test_a_pay_past_64_bits() -> None:
    """A pay that no 64 bits hold is refused, and does not wrap."""
    assert refused(lambda: frames.apply(DOUBLE, _polars(with_column("amount", 2**62, 1, 2)))).code == "frames.pay_bound"
    within = frames.apply(DOUBLE, _polars({**with_column("amount", 2**62 - 1, 1, 2), "person": ["chen", "li", "wang"]}))
    assert within.lines["pay"].to_list() == [2**63 - 2, 2, 4]


def test_totals_past_64_bits() -> None:
    """Totals of a person that no 64 bits hold do not wrap either, whichever engine adds them up."""
    cells = with_column("amount", 2**62, 1, 2**62)
    assert refused(lambda: frames.apply(FREE, _polars(cells))).code == "frames.total_bound"
    assert refused(lambda: frames.apply(FREE, _polars(cells).lazy())).code == "frames.too_large"
    assert refused(lambda: frames.apply(DOUBLE, _polars(with_column("amount", 2**61, 1, 2**61)))).code == "frames.total_bound"


def test_no_rate_names_the_sale() -> None:
    """A row that no entry covers is refused, and named."""
    rules = plan(component(Rate(entries=(RateEntry(scope=Scope(category=("pump",)), rate="3%"),))), returns=Returns(rate="recompute"))
    error = refused(lambda: frames.apply(rules, _polars(with_column("category", "pump", "pump", "valve"))))
    assert error.code == "commission.no_rate"


def test_progress_that_fails() -> None:
    """What the user's own callback raises goes through unchanged."""

    def fail(done: int, rows: int) -> None:
        raise ZeroDivisionError(done, rows)

    with pytest.raises(ZeroDivisionError):
        frames.apply(FREE, _polars(), progress=fail)


@pytest.mark.parametrize("backend", backends(*EAGER))
def test_the_table_is_left_alone(backend: str) -> None:
    """The user's own table is not changed, whether the calculation works or not."""
    native = BACKENDS[backend](GOOD)
    frames.apply(FREE, native)
    refused(lambda: frames.apply(MARGIN, native))
    assert collected(native) == GOOD


@pytest.mark.parametrize("backend", backends(*LAZY))
def test_bad_queries(backend: str) -> None:
    """What is wrong in a table that stays where it is is refused before anything is computed."""
    build = BACKENDS[backend]
    assert refused(lambda: frames.apply(FREE, build(with_column("amount", 10.0, 20.5, 30.0)))).code == "frames.float"
    assert refused(lambda: frames.apply(FREE, build(with_column("amount", 1, None, 3)))).code == "frames.null"
    assert refused(lambda: frames.apply(FREE, build(with_column("person", "chen", None, "li")))).code == "frames.null"
    assert refused(lambda: frames.apply(TIERED, build(with_column("id", "S1", "S2", "S1")))).code == "frames.same_place"
    assert refused(lambda: frames.apply(MARGIN, build(GOOD))).code == "frames.needed"
    with pytest.raises(NotInForce):
        frames.apply(FREE, build(with_column("date", DAY, DAY, date(2025, 12, 31))))
