"""Published roundings and money arithmetic, one test per statement of `money.toml`."""

import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from salesrules.errors import FactError
from salesrules.money import Exact, Money, Rounding, ratio

TABLE = tomllib.loads(Path(__file__).with_name("money.toml").read_text("utf-8"))


def _name(case: dict[str, Any]) -> str:
    return " ".join(filter(None, (case["id"], case.get("part"))))


@pytest.mark.parametrize("case", TABLE["case"], ids=_name)
def test_published(case: dict[str, Any]) -> None:
    """The published figure comes out, exactly."""
    if "refused" in case:
        with pytest.raises(FactError) as caught:
            Money(case["value"], case["currency"])
        assert caught.value.code == case["refused"]
        return
    factor = ratio(case.get("times", "1")) / ratio(case.get("divided", "1"))
    if "exact" in case:
        assert Exact(case["value"], case["currency"]) * factor == Exact(case["exact"], case["currency"])
        return
    rounding = Rounding(case["mode"], step=case.get("step"))
    if "currency" in case:
        assert (Exact(case["value"], case["currency"]) * factor).round(rounding) == Money(case["rounded"], case["currency"])
    else:
        assert rounding.round_number(ratio(case["value"]) * factor, digits=case.get("digits", 0)) == Fraction(case["rounded"])


def test_none_is_lost() -> None:
    """Every case of the collection either runs or is left out with a reason."""
    left_out = {entry["id"] for entry in TABLE["left_out"] if entry["reason"]}
    assert len({case["id"] for case in TABLE["case"]} | left_out) == TABLE["source_cases"]
