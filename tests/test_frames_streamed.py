"""Batches in posting order: each is computed as it comes, and together they are paid what the whole table is paid."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from salesrules.bands import Interpolated, Point
from salesrules.commission import Returns, State, Tiers
from salesrules.errors import SalesRulesError
from tests.backends import BACKENDS, EAGER, backends, collected
from tests.commission_plans import component, flat, marginal, plan
from tests.frames_cases import FEATURES, KINDS, Case, seeded

pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")
arrow: Any = pytest.importorskip("pyarrow")

RECOMPUTE = Returns(rate="recompute")
TIERED = plan(component(Tiers(table=marginal((0, "3%"), (10, "5%")), over="year")), returns=RECOMPUTE)
FREE = plan(component(flat("3%")), returns=RECOMPUTE)
FEATURED = FEATURES - {"returns", "splits"}
TABLE: dict[str, list[Any]] = {
    "id": [f"S{number:02}" for number in range(12)],
    "date": [date(2026, 1, 5) + timedelta(days=number * 9) for number in range(12)],
    "person": ["chen", "li", "wang"] * 4,
    "amount": [700, 1_100, -300, 900] * 3,
}


def cut(table: dict[str, list[Any]], size: int) -> Iterator[dict[str, list[Any]]]:
    """The table in pieces of some rows."""
    rows = len(next(iter(table.values())))
    for start in range(0, rows, size):
        yield {name: values[start : start + size] for name, values in table.items()}


def streamed(pieces: Iterator[dict[str, list[Any]]], backend: str = "polars", rules: Any = TIERED, **options: Any) -> Any:
    """The pieces as batches of a library, and the plan applied to them."""
    return frames.apply(rules, (BACKENDS[backend](piece, KINDS) for piece in pieces), **options)


def refused(run: Any) -> SalesRulesError:
    """The error with which something is refused."""
    with pytest.raises(SalesRulesError) as caught:
        run()
    return caught.value


@pytest.mark.parametrize("backend", backends(*EAGER))
@pytest.mark.parametrize("size", [1, 5, 12])
def test_batches_make_what_the_table_makes(backend: str, size: int) -> None:
    """Lines, totals and state are those of the whole table, in the library of the batches."""
    whole = frames.apply(TIERED, BACKENDS[backend](TABLE, KINDS), outputs=("pay", "credited", "period"))
    done = streamed(cut(TABLE, size), backend, outputs=("pay", "credited", "period"))
    pieces = [collected(lines) for lines in done.lines]
    assert {name: [value for piece in pieces for value in piece[name]] for name in pieces[0]} == collected(whole.lines)
    assert type(done.totals) is type(whole.totals)
    assert collected(done.totals, by=("person", "period")) == collected(whole.totals, by=("person", "period"))
    assert done.state == whole.state
    assert sorted(done.by_component(), key=str) == sorted(whole.by_component(), key=str)


def _in_order(case: Case) -> dict[str, list[Any]]:
    order = sorted(range(len(case.sales)), key=lambda row: (case.sales[row].date, case.sales[row].id))
    return {name: [values[row] for row in order] for name, values in case.table.items()}


def test_batches_of_any_plan() -> None:
    """The same for plans made at random, whatever they remember."""
    equal = 0
    for seed in range(2_000, 2_012):
        case = seeded(seed, 30, FEATURED)
        try:
            whole = frames.apply(case.plans, BACKENDS["polars"](_in_order(case), KINDS), engine="blocks", **case.facts)
        except SalesRulesError:
            continue
        done = streamed(cut(_in_order(case), 7), rules=case.plans, **case.facts)
        pays = [pay for lines in done.lines for pay in lines["pay"].to_list()]
        assert pays == whole.lines["pay"].to_list()
        assert done.state == whole.state
        equal += 1
    assert equal >= 7


@pytest.mark.parametrize("form", ["batches", "reader", "tables"])
def test_batches_of_arrow(form: str) -> None:
    """Whatever exports Arrow is a batch: record batches, what a reader reads, tables; lines come as tables of pyarrow."""
    table = BACKENDS["pyarrow"](TABLE, KINDS)
    batches = {"batches": lambda: iter(table.to_batches(max_chunksize=5)), "reader": table.to_reader, "tables": lambda: iter([table])}[form]()
    done = frames.apply(TIERED, batches)
    lines = arrow.concat_tables(list(done.lines))
    assert lines["pay"].to_pylist() == collected(frames.apply(TIERED, table).lines)["pay"]
    assert isinstance(done.totals, arrow.Table)


def test_one_stream_after_another() -> None:
    """A stream goes on from the state of the one before."""
    first, second = cut(TABLE, 6)
    one = streamed(iter([first]))
    before = [pay for lines in one.lines for pay in lines["pay"]]
    other = streamed(iter([second]), opening=one.state)
    after = [pay for lines in other.lines for pay in lines["pay"]]
    whole = frames.apply(TIERED, BACKENDS["polars"](TABLE, KINDS))
    assert before + after == whole.lines["pay"].to_list()
    assert other.state == whole.state


def test_lines_are_made_as_they_are_taken() -> None:
    """No batch is asked for before its lines are."""
    asked: list[int] = []

    def batches() -> Iterator[Any]:
        for number, piece in enumerate(cut(TABLE, 4)):
            asked.append(number)
            yield BACKENDS["polars"](piece, KINDS)

    done = frames.apply(TIERED, batches())
    assert not asked
    next(done.lines)
    assert asked == [0]


@pytest.mark.parametrize("ask", [lambda done: done.totals, lambda done: done.state, lambda done: done.by_component()], ids=["totals", "state", "components"])
def test_nothing_before_the_end(ask: Any) -> None:
    """Totals and state of some batches are not those of the stream, and are refused."""
    done = streamed(cut(TABLE, 5))
    assert refused(lambda: ask(done)).code == "frames.unfinished"
    next(done.lines)
    assert refused(lambda: ask(done)).code == "frames.unfinished"
    assert len(list(done.lines)) == 2
    assert ask(done) is not None


def test_no_batch() -> None:
    """A stream without a batch has no lines, and leaves the state as it was; no library is there to make a table of totals in."""
    before = streamed(cut(TABLE, 5))
    list(before.lines)
    for opening in (None, before.state):
        done = frames.apply(TIERED, iter([]), opening=opening)
        assert list(done.lines) == []
        assert (done.state, done.by_component()) == (opening or State(), [])
        assert refused(lambda done=done: done.totals).code == "frames.no_batches"


@pytest.mark.parametrize("place", [0, 1, 3])
def test_an_empty_batch(place: int) -> None:
    """A batch may have no rows, wherever it comes."""
    pieces = list(cut(TABLE, 4))
    pieces.insert(place, {name: [] for name in TABLE})
    done = streamed(iter(pieces))
    sizes = [len(lines) for lines in done.lines]
    assert sizes == [0 if number == place else 4 for number in range(4)]
    assert done.state == frames.apply(TIERED, BACKENDS["polars"](TABLE, KINDS)).state


def test_batches_out_of_order() -> None:
    """A batch that goes back, within itself or before the one that came first, is named; so is one that repeats a row."""
    first, second = cut(TABLE, 6)
    backwards = {name: values[::-1] for name, values in second.items()}
    for pieces in ([second, first], [first, backwards], [first, first]):
        error = refused(lambda pieces=pieces: list(streamed(iter(pieces)).lines))
        assert (error.code, error.params["batch"], error.params["order"]) == ("frames.stream_order", 0 if pieces[0] is backwards else 1, "date, id")


def test_returns_are_refused() -> None:
    """A sale that is taken back may be long gone."""
    pieces = list(cut({**TABLE, "returns": [""] * 11 + ["S00"]}, 6))
    done = streamed(iter(pieces))
    next(done.lines)
    error = refused(lambda: next(done.lines))
    assert (error.code, error.params) == ("frames.stream_returns", {"batch": 1})


def test_what_batches_cannot_have() -> None:
    """Expressions are refused, and so is what is no batch."""
    polars = BACKENDS["polars"]
    assert refused(lambda: streamed(cut(TABLE, 5), engine="expressions")).code == "frames.stream_engine"
    assert refused(lambda: streamed(cut(TABLE, 5), engine="fast")).code == "frames.engine"
    assert refused(lambda: list(frames.apply(FREE, iter([TABLE])).lines)).code == "frames.library_batch"
    assert refused(lambda: list(frames.apply(FREE, iter([polars(TABLE).lazy()])).lines)).code == "frames.library_batch"


def test_the_row_is_counted_from_the_first_batch() -> None:
    """A row that is refused is named by its number in the stream."""
    curve = Interpolated(points=(Point(at=0, value=0), Point(at=20, value=2)), below="zero", above="refuse")
    rules = plan(component(Tiers(table=curve, over="sale")), returns=RECOMPUTE)
    done = streamed(cut({**TABLE, "amount": [1_000] * 9 + [3_000] * 3}, 4), rules=rules)
    error = refused(lambda: list(done.lines))
    assert (error.code, error.path) == ("commission.outside_table", "row 9")
