"""Published divisions, one test per case of `allocation.toml`."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from salesrules.allocation import allocate, allocate_capped, split_units
from salesrules.money import Money

TABLE = tomllib.loads(Path(__file__).with_name("allocation.toml").read_text("utf-8"))


def _named(values: list[str]) -> dict[str, str]:
    return {f"p{place:02}": value for place, value in enumerate(values, 1)}


def _divided(case: dict[str, Any], method: str) -> tuple[dict[str, Any], Any]:
    if "currency" not in case:
        units = int(case["total"])
        parts = split_units(units, _named(case["weights"]), method=method)
        return dict(parts), units - sum(parts.values())
    total = Money(case["total"], case["currency"])
    if "caps" in case:
        split = allocate_capped(total, {key: Money(cap, case["currency"]) for key, cap in _named(case["caps"]).items()}, method=method)
    else:
        split = allocate(total, _named(case["weights"]), step=case.get("step"), method=method)
    return dict(split.amounts), split.undistributed


def _stated(case: dict[str, Any], values: list[str]) -> dict[str, Any]:
    return {key: Money(value, case["currency"]) if "currency" in case else int(value) for key, value in _named(values).items()}


@pytest.mark.parametrize("case", TABLE["case"], ids=lambda case: str(case["id"]))
def test_published(case: dict[str, Any]) -> None:
    """The declared method gives the published shares, and the stated rest stays undistributed."""
    shares, rest = _divided(case, case["method"])
    assert shares == _stated(case, case["shares"])
    assert rest == _stated(case, [case.get("undistributed", "0")])["p01"]
    assert shares != _stated(case, case.get("published", []))


@pytest.mark.parametrize("case", [case for case in TABLE["case"] if case["method"] == "largest_remainder_first"], ids=lambda case: str(case["id"]))
def test_default_differs_only_where_stated(case: dict[str, Any]) -> None:
    """The default method gives the same, except for ties, where it looks at weight and party and not at the position."""
    shares, _ = _divided(case, "largest_remainder")
    assert shares == _stated(case, case.get("keyed", case["shares"]))


def test_none_is_lost() -> None:
    """Every case of the collection either runs or is left out with a reason."""
    left_out = {entry["id"] for entry in TABLE["left_out"] if entry["reason"]}
    assert len({case["id"] for case in TABLE["case"]} | left_out) == TABLE["source_cases"]
