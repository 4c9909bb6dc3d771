"""Sales of earlier runs in a table: they are not computed again, and returns take back what they were paid."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from salesrules.bands import Marginal, RateBand
from salesrules.commission import Component, Plan, Rate, RateEntry, Returns, Sale, Tiers, calculate
from salesrules.errors import FactError
from salesrules.money import Money

frames: Any = pytest.importorskip("salesrules.frames", reason="tables need narwhals and NumPy")
pl: Any = pytest.importorskip("polars", reason="these tables are polars frames")

TIERS = Marginal(bands=(RateBand(start=Fraction(0), rate=Fraction("0.03")), RateBand(start=Fraction(1000), rate=Fraction("0.05"))))
BASE = Component(id="base", measure="sales", steps=(Tiers(table=TIERS, over="year"),))
EXTRA = Component(id="extra", measure="sales", steps=(Rate(entries=(RateEntry(rate=Fraction("0.007")),)),))


def plan(*components: Component, rate: Any = "original") -> Plan:
    """A plan of these components."""
    return Plan(id="p", currency="CNY", effective_from=date(2026, 1, 1), returns=Returns(rate=rate), components=components or (BASE,))


def table(*rows: tuple[str, int, int, str]) -> Any:
    """Sales of li in March and April: id, day of the year's third month on, minor units, the sale returned."""
    told = [{"id": name, "date": date(2026, 3 + day // 100, day % 100), "person": "li", "amount": amount, "returns": back} for name, day, amount, back in rows]
    return pl.DataFrame(told, schema={"id": pl.String, "date": pl.Date, "person": pl.String, "amount": pl.Int64, "returns": pl.String})


MARCH = table(("S1", 2, 80_000, ""), ("S2", 9, 70_033, ""), ("R0", 20, -10_000, "S2"))
APRIL = table(("R1", 103, -20_000, "S2"), ("S3", 104, 50_000, ""), ("R2", 105, -40_033, "S2"), ("R3", 106, -10_001, "S3"))


def sales(rows: Any) -> list[Sale]:
    """The same as values."""
    return [Sale(**{**row, "amount": Money.from_minor(row["amount"], "CNY")}) for row in rows.to_dicts()]


@pytest.mark.parametrize("rate", ["original", "recompute"])
@pytest.mark.parametrize("components", [(BASE,), (BASE, EXTRA)])
def test_the_next_month_takes_back_what_the_last_one_paid(components: tuple[Component, ...], rate: Any) -> None:
    """A month with the sales of the month before gives what the history of a calculation gives, for one component and for several."""
    rules = plan(*components, rate=rate)
    ids = [component.id for component in components]
    outputs = {"pay": "pay", **{f"pay.{name}": f"paid_{name}" for name in ids}}
    first = frames.apply(rules, MARCH, outputs=outputs)
    earlier = first.lines.drop("pay")
    both = pl.concat([earlier, APRIL], how="diagonal")
    columns = {f"paid.{name}": f"paid_{name}" for name in ids}
    second = frames.apply(rules, both, columns=columns, opening=first.state, outputs=("pay", "by_rule", "credited", "period"))
    march = calculate(rules, sales(MARCH), on=date(2026, 3, 31))
    april = calculate(rules, sales(APRIL), on=date(2026, 4, 30), opening=march.state, history=march.lines)
    due: dict[str, int] = {}
    for line in (*march.lines, *april.lines):
        due[line.sale.id] = due.get(line.sale.id, 0) + line.pay.minor
    assert dict(zip(second.lines["id"], second.lines["pay"], strict=True)) == due
    assert second.lines["period"].to_list() == ["2026-03"] * 3 + ["2026-04"] * 4
    assert second.lines["credited"].to_list()[:3] == MARCH["amount"].to_list()
    assert second.state.totals == april.state.totals
    assert second.totals["period"].to_list() == ["2026-04"]
    assert second.check()
    assert second.explain("R1").pay.minor == next(line.pay.minor for line in april.lines if line.sale.id == "R1")


def test_one_component_needs_no_name() -> None:
    """Where a plan has one component, `paid` is what it paid."""
    first = frames.apply(plan(), MARCH)
    both = pl.concat([first.lines.rename({"pay": "earlier"}), APRIL], how="diagonal")
    done = frames.apply(plan(), both, columns={"paid": "earlier"}, opening=first.state)
    assert done.lines["pay"].to_list()[:3] == first.lines["pay"].to_list()
    assert done.lines["pay"].to_list()[3] == -886  # S2 was paid 31.02; 300 of 700.33 of that are 13.29, less the 4.43 that R0 took


@pytest.mark.parametrize("columns", [{"paid": "id"}, {"paid.other": "amount"}])
def test_the_component_must_be_told(columns: dict[str, str]) -> None:
    """Of several components one must be named, and one that there is."""
    with pytest.raises(FactError) as caught:
        frames.apply(plan(BASE, EXTRA), MARCH, columns=columns)
    assert caught.value.code == "frames.component"


def test_a_table_that_stays_where_it_is() -> None:
    """Rows of earlier runs are given back as they are by a query too."""
    done = frames.apply(plan(), MARCH.lazy(), columns={"paid": "amount"})
    assert done.lines.sort("id").collect()["pay"].to_list() == MARCH.sort("id")["amount"].to_list()
    assert len(done.totals.collect()) == 0


def test_periods_may_not_go_backwards() -> None:
    """An order of the user's own may mix the days of a period, but may not bring a person back to one that he has left."""
    rows = table(("S1", 2, 80_000, ""), ("S2", 9, 70_033, ""), ("S3", 104, 50_000, "")).with_columns(place=pl.Series([2, 1, 3]))
    assert frames.apply(plan(), rows, order="place").lines["pay"].to_list() == [3401, 2101, 2500]
    with pytest.raises(FactError) as caught:
        frames.apply(plan(), rows.with_columns(place=pl.Series([3, 1, 2])), order="place")
    assert caught.value.code == "frames.period_backwards"
    assert caught.value.params == {"person": "li", "period": "2026-03"}


def test_periods_are_followed_from_block_to_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where blocks are small, what one has reached is known to the next."""
    monkeypatch.setattr("salesrules.frames.blockwise._BLOCK", 1)
    rows = table(("S1", 2, 80_000, ""), ("S2", 9, 70_033, ""), ("S3", 104, 50_000, "")).with_columns(place=pl.Series([2, 1, 3]))
    assert frames.apply(plan(), rows, order="place").lines["pay"].to_list() == [3401, 2101, 2500]


@pytest.mark.parametrize("block", [1, 1000])
def test_a_table_may_be_settled_as_a_whole(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Rows of earlier runs alone are given back as they are, and count for nothing."""
    monkeypatch.setattr("salesrules.frames.blockwise._BLOCK", block)
    rows = MARCH.with_columns(paid=pl.Series([1, 2, 3])).filter(pl.col("returns") == "")
    done = frames.apply(plan(), rows, columns={"paid": "paid"}, outputs=("pay", "pay.base"))
    assert done.lines["pay"].to_list() == done.lines["pay.base"].to_list() == [1, 2]
    assert len(done.totals) == 0
