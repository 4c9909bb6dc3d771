"""What rarely happens over columns: orders that go back, totals that the plan keeps no more, words that are used out of place."""

from datetime import date, timedelta
from typing import Any

import pytest

from salesrules.commission import Cap, Rate, RateEntry, Returns, Tiers
from salesrules.errors import SalesRulesError
from tests.backends import BACKENDS, backends, collected
from tests.commission_plans import cny, component, flat, marginal, plan

numpy: Any = pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
narwhals: Any = pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")
BlockOps: Any = pytest.importorskip("salesrules.frames.blocks").BlockOps
ExprOps: Any = pytest.importorskip("salesrules.frames.expressions").ExprOps
polars: Any = pytest.importorskip("polars")
pandas: Any = pytest.importorskip("pandas")

RECOMPUTE = Returns(rate="recompute")
FREE = plan(component(flat("3%")), returns=RECOMPUTE)
TIERED = plan(component(Tiers(table=marginal((0, "3%"), (10, "5%")), over="year")), returns=RECOMPUTE)
DAY = date(2026, 1, 5)
TABLE: dict[str, list[Any]] = {
    "id": ["S1", "S2", "S3", "S4"],
    "date": [DAY, DAY, DAY + timedelta(days=40), DAY + timedelta(days=41)],
    "person": ["chen", "li", "chen", "li"],
    "amount": [700, 1_100, 900, -300],
}


def refused(run: Any) -> SalesRulesError:
    """The error with which something is refused."""
    with pytest.raises(SalesRulesError) as caught:
        run()
    return caught.value


@pytest.mark.parametrize("backend", backends("polars-lazy", "duckdb"))
def test_an_order_that_goes_back(backend: str) -> None:
    """An order by ids that do not rise with the days is refused where the rows cannot be looked through, and taken where they rise."""
    back = BACKENDS[backend](TABLE | {"id": ["S4", "S3", "S2", "S1"]})
    error = refused(lambda: frames.apply(TIERED, back, order="id"))
    assert (error.code, error.params) == ("frames.backwards", {"column": "id", "date": "date"})
    assert collected(frames.apply(TIERED, BACKENDS[backend](TABLE), order="id").lines, by="id")["pay"] == [21, 35, 39, -11]
    twice = BACKENDS[backend](TABLE | {"number": [1, 2, 1, 2]})
    assert collected(frames.apply(TIERED, twice, order=("date", "number")).lines, by="id")["pay"] == [21, 35, 39, -11]


@pytest.mark.parametrize("backend", backends("pandas", "polars-lazy"))
def test_totals_that_are_kept_no_more(backend: str) -> None:
    """What the plan no longer adds up, and whoever has no row, stays in the state as it was."""
    capped = plan(component(flat("3%"), Cap(over="year", amount=cny("50.00"))), returns=RECOMPUTE)
    first = frames.apply(capped, BACKENDS[backend](TABLE)).state
    rows = {name: values[2:3] for name, values in TABLE.items()} | {"id": ["S9"], "date": [date(2026, 6, 1)]}
    assert frames.apply(FREE, BACKENDS[backend](rows), opening=first).state.totals == first.totals
    later = frames.apply(capped, BACKENDS[backend](rows), opening=first).state
    assert {account: value for _, account, value in later.totals if account[0] == "li"} == {
        account: value for _, account, value in first.totals if account[0] == "li"
    }


@pytest.mark.parametrize("backend", backends("pandas", "polars", "polars-lazy"))
def test_components_that_pay_too_much_together(backend: str) -> None:
    """Each may fit 64 bits where their sum does not."""
    full = Rate(entries=(RateEntry(rate="100%"),))
    rules = plan(component(full), component(full, id="more"), returns=RECOMPUTE)
    error = refused(lambda: frames.apply(rules, BACKENDS[backend](TABLE | {"amount": [2**62, 1, 1, 1]})))
    assert error.code in {"frames.pay_bound", "frames.too_large"}


def test_outputs_of_no_component() -> None:
    """The pay of a component can be asked for; of one that the plan does not have it cannot."""
    done = frames.apply(TIERED, polars.DataFrame(TABLE), outputs=("pay", "pay.base"))
    assert done.lines["pay.base"].to_list() == done.lines["pay"].to_list()
    error = refused(lambda: frames.apply(TIERED, polars.DataFrame(TABLE), outputs=("pay.other",)))
    assert (error.code, error.params["name"]) == ("frames.output", "pay.other")


def test_decimals_past_64_bits() -> None:
    """A decimal may be larger than 64 bits hold."""
    from decimal import Decimal

    table = pandas.DataFrame(TABLE | {"amount": [Decimal(1), Decimal(10) ** 20, Decimal(1), Decimal(1)]})
    error = refused(lambda: frames.apply(TIERED, table))
    assert (error.code, error.params["row"]) == ("frames.bound", 1)


@pytest.mark.parametrize("people", [[2**63, 2**63 + 5, 2**63, 2**63 + 5], [7, 2**64 - 1, 7, 2**64 - 1]], ids=["close", "apart"])
def test_people_by_unsigned_numbers(people: list[int]) -> None:
    """Numbers of 64 bits without a sign name people too."""
    table = polars.DataFrame(TABLE).with_columns(person=polars.Series(people, dtype=polars.UInt64))
    done = frames.apply(TIERED, table)
    assert done.lines["pay"].to_list() == [21, 35, 39, -11]
    assert sorted(done.totals["person"].unique().to_list()) == sorted(set(people))


def test_numbers_met_before() -> None:
    """People who all came before are known again, chunk by chunk."""
    pieces = [
        polars.DataFrame(TABLE | {"id": [f"{part}{name}" for name in TABLE["id"]], "date": [DAY + timedelta(days=part)] * 4, "person": [1, 2, 1, 2]})
        for part in (1, 2)
    ]
    done = frames.apply(TIERED, iter(pieces))
    assert [pay for lines in done.lines for pay in lines["pay"]] == frames.apply(TIERED, polars.concat(pieces)).lines["pay"].to_list()


def test_factors_that_are_no_numbers() -> None:
    """A factor that is missing is refused, also where a library writes it as no number."""
    from salesrules.commission import FactorStep

    rules = plan(component(flat("3%"), FactorStep(name="kpi")), returns=RECOMPUTE)
    for kpi in ([1.0, float("nan"), 1.0, 1.0], ["1", None, "1", "1"]):
        error = refused(lambda kpi=kpi: frames.apply(rules, pandas.DataFrame(TABLE | {"kpi": kpi}), columns={"factor.kpi": "kpi"}))
        assert (error.code, error.path, error.params["row"]) == ("frames.null", "column kpi", 1)
    error = refused(lambda: frames.apply(rules, polars.DataFrame(TABLE | {"kpi": [float("nan")] * 4}), columns={"factor.kpi": "kpi"}))
    assert (error.code, error.path) == ("frames.null", "column kpi")


def test_words_out_of_place() -> None:
    """Running totals need rows, and entries are picked by a band that was located."""
    ops = BlockOps()
    assert ops.block(numpy.empty(0, numpy.int64)) == 0
    assert refused(lambda: ops.accumulate("name", 1, None, "year")).code == "frames.no_rows"
    wide = ops.where(ops.block(numpy.array([True, False])), ops.block(numpy.array([2**62, 1])), ops.block(numpy.array([-(2**62) - 9, 5])))
    assert ops.column(wide, 2).tolist() == [2**62, 5]
    frame = narwhals.from_native(polars.LazyFrame({"key": [1, 2], "x": [3, 4]}))
    asked = ExprOps(frame, rows=2, doubles=False, order=("key",))
    cell = asked.cell(narwhals.col("x"), 3, 4)
    assert refused(lambda: asked.pick((1, 2, 3, 4, 5), cell)).code == "frames.pick"
    assert refused(lambda: asked.gather("name", 1, cell, None, "year")).code == "frames.denominators"
    assert refused(lambda: asked.require(False, lambda: SalesRulesError("some.code", "no"))).code == "some.code"
    asked.require(True, lambda: SalesRulesError("some.code", "no"))
