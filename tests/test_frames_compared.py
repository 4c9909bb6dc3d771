"""What if: two plans on one table come to what both come to by themselves, and the difference says where it comes from."""

from datetime import date, timedelta
from typing import Any

import pytest

from salesrules.commission import Returns, Tiers
from salesrules.errors import SalesRulesError
from salesrules.money import Money
from tests.backends import BACKENDS, EAGER, backends, collected
from tests.commission_plans import cny, component, flat, marginal, month, plan
from tests.frames_cases import KINDS

pytest.importorskip("numpy", reason="the block carrier is made of NumPy arrays")
pytest.importorskip("narwhals", reason="the columns of other libraries come through narwhals")
frames: Any = pytest.importorskip("salesrules.frames")

RECOMPUTE = Returns(rate="recompute")
NOW = plan(component(flat("3%")), component(flat("1%"), id="gone"), returns=RECOMPUTE)
THEN = plan(component(Tiers(table=marginal((0, "3%"), (2_000, "7%")), over="year")), component(flat("1%"), id="new", measure="margin"), returns=RECOMPUTE)
TABLE: dict[str, list[Any]] = {
    "id": [f"S{number:02}" for number in range(12)],
    "date": [date(2026, 1, 5) + timedelta(days=number * 9) for number in range(12)],
    "person": ["chen", "li", "wang"] * 4,
    "amount": [70_000, 110_000, -3_000, 90_000] * 3,
    "cost": [50_000, 80_000, -2_000, 70_000] * 3,
}
EVERYWHERE = (*EAGER, "polars-lazy", "duckdb")


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_both_and_the_difference(backend: str) -> None:
    """Lines and totals are those of each plan by itself, and the difference is one less the other, in the library of the table."""
    native = BACKENDS[backend](TABLE, KINDS)
    done = frames.compare(NOW, THEN, native)
    lines = collected(done.lines, by="id")
    before, after = (collected(frames.apply(rules, native).lines, by="id")["pay"] for rules in (NOW, THEN))
    assert (lines["pay_before"], lines["pay_after"]) == (before, after)
    assert lines["pay_difference"] == [one - other for one, other in zip(after, before, strict=True)]
    assert {name: lines[name] for name in TABLE} == TABLE
    assert type(done.lines) is type(native)
    for told, rules in zip(done.totals, (NOW, THEN), strict=True):
        assert sorted(told, key=str) == sorted(frames.apply(rules, native).by_component(), key=str)


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_people_and_causes(backend: str) -> None:
    """People come by the size of their difference; its causes are components and periods, which add up to it."""
    done = frames.compare(NOW, THEN, BACKENDS[backend](TABLE, KINDS))
    assert [one.person for one in done.people] == ["chen", "li", "wang"]
    lines = collected(done.lines)
    for one in done.people:
        own = [row for row, person in enumerate(lines["person"]) if person == one.person]
        assert one.before == Money.from_minor(sum(lines["pay_before"][row] for row in own), "CNY")
        assert one.after == Money.from_minor(sum(lines["pay_after"][row] for row in own), "CNY")
        assert Money.total((cause.difference for cause in one.causes), "CNY") == one.difference == one.after - one.before
        sizes = [abs(cause.difference.minor) for cause in one.causes]
        assert sizes == sorted(sizes, reverse=True)
        assert all(sizes)
    assert {cause.component for one in done.people for cause in one.causes} == {"base", "gone", "new"}


def test_a_difference_by_hand() -> None:
    """900 at 3% and at 4% differ by 9.00; who is paid the same comes last, without a cause."""
    table = BACKENDS["polars"]({"id": ["S1", "S2"], "date": [date(2026, 3, 2)] * 2, "person": ["li", "chen"], "amount": [90_000, 0]}, KINDS)
    first, second = frames.compare(plan(component(flat("3%")), returns=RECOMPUTE), plan(component(flat("4%")), returns=RECOMPUTE), table).people
    assert (first.person, first.before, first.after, first.difference) == ("li", cny("27.00"), cny("36.00"), cny("9.00"))
    (cause,) = first.causes
    assert (cause.person, cause.period, cause.component, cause.before, cause.after) == ("li", month(3), "base", cny("27.00"), cny("36.00"))
    assert (second.person, second.causes) == ("chen", ())


@pytest.mark.parametrize("backend", backends(*EVERYWHERE))
def test_the_rows_of_a_person(backend: str) -> None:
    """The rows that differ most come first, as a table with the columns of the lines and no more."""
    done = frames.compare(NOW, THEN, BACKENDS[backend](TABLE, KINDS))
    lines = collected(done.lines)
    own = [abs(size) for person, size in zip(lines["person"], lines["pay_difference"], strict=True) if person == "li" and size]
    rows = collected(done.rows("li", 3))
    assert [abs(size) for size in rows["pay_difference"]] == sorted(own, reverse=True)[:3]
    assert set(rows["person"]) == {"li"}
    assert list(rows) == list(lines)
    assert len(collected(done.rows("li"))["id"]) == min(5, len(own))


@pytest.mark.parametrize("backend", backends(*EAGER, "polars-lazy", "duckdb"))
def test_joint_sales(backend: str) -> None:
    """Where sales are joint, each credit has its row under both plans."""
    splits = {"id": ["S00", "S00", "S03"], "person": ["chen", "zhou", "li"], "share": ["60%", "40%", "100%"]}
    native, shared = BACKENDS[backend](TABLE, KINDS), BACKENDS[backend](splits)
    done = frames.compare(NOW, THEN, native, splits=shared, engine="blocks")
    lines = collected(done.lines, by=("id", "person"))
    for column, rules in (("pay_before", NOW), ("pay_after", THEN)):
        assert lines[column] == collected(frames.apply(rules, native, splits=shared, engine="blocks").lines, by=("id", "person"))["pay"]
    assert lines["pay_difference"] == [after - before for before, after in zip(lines["pay_before"], lines["pay_after"], strict=True)]
    assert type(done.lines) is type(native)
    assert "zhou" in {one.person for one in done.people}


def test_what_apply_takes() -> None:
    """Names of columns and the state to go on from are handed on; a name that is taken and a stream are refused."""
    polars = BACKENDS["polars"]
    own = {{"person": "rep"}.get(name, name): values for name, values in TABLE.items()}
    opening = frames.apply(THEN, polars(TABLE, KINDS)).state
    done = frames.compare(NOW, THEN, polars(own), columns={"person": "rep"}, opening=opening)
    assert done.lines["pay_after"].to_list() == frames.apply(THEN, polars(TABLE, KINDS), opening=opening).lines["pay"].to_list()
    assert done.rows("li")["rep"].to_list() == ["li"] * 4
    for table, code in ((polars({**TABLE, "pay_after": [1] * 12}), "frames.taken"), (iter([polars(TABLE, KINDS)]), "frames.library")):
        with pytest.raises(SalesRulesError) as caught:
            frames.compare(NOW, THEN, table)
        assert caught.value.code == code
