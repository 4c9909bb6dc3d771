"""Sales in several currencies, in columns."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from salesrules.commission import Component, Conversion, Plan, PlanRate, Rate, RateEntry, Returns

frames: Any = pytest.importorskip("salesrules.frames", reason="tables need narwhals and NumPy")
pl: Any = pytest.importorskip("polars", reason="these tables are polars frames")

TENTH = Component(id="c", measure="sales", steps=(Rate(entries=(RateEntry(rate="10%"),)),))


def test_decimals_are_major_units_of_the_currency_of_their_row() -> None:
    """1,000 yen are 1,000 minor units, 10.50 yuan are 1,050."""
    plan = Plan(
        id="p",
        currency="CNY",
        effective_from=date(2026, 1, 1),
        returns=Returns(rate="recompute"),
        conversion=Conversion(at="plan", rates=(PlanRate(base="JPY", rate="1/20"),)),
        components=(TENTH,),
    )
    table = pl.DataFrame(
        {
            "id": ["a", "b", "c"],
            "date": [date(2026, 1, 2)] * 3,
            "person": ["li"] * 3,
            "amount": [Decimal("1000.00"), Decimal("10.50"), Decimal("20.00")],
            "currency": ["JPY", "CNY", None],
        }
    )
    done = frames.apply(plan, table, outputs=("pay", "credited"))
    assert done.lines["credited"].to_list() == [5000, 1050, 2000]
    assert done.lines["pay"].to_list() == [500, 105, 200]
    assert done.check()
