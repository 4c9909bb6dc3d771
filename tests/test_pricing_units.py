"""Units of measure: packings per product, chains, and everything that is refused."""

from fractions import Fraction
from typing import Any

import pytest

from salesrules.errors import FactError, PolicyError
from salesrules.pricing.prices.units import Unit, Units, nearest

PIECE, DOZEN = Unit(id="piece"), Unit(id="dozen", of="piece", factor=12)
GROSS = Unit(id="gross", of="dozen", factor=12)


def test_chain_is_multiplied() -> None:
    """A gross of dozens is 144 pieces, whatever the order of the declarations."""
    assert Units((GROSS, DOZEN, PIECE)).factor("gross", "piece") == 144


def test_between_two_packings() -> None:
    """Two units that meet in a third are converted through it."""
    units = Units((PIECE, DOZEN, Unit(id="box", of="piece", factor=5)))
    assert units.factor("dozen", "box") == Fraction(12, 5)


def test_packing_of_a_product() -> None:
    """A packing of a product holds for it alone, and stands before a general one of that name, also inside a chain."""
    units = Units((PIECE, Unit(id="box", of="piece", factor=10), Unit(id="pallet", of="box", factor=40), Unit(id="box", of="piece", factor=5, product="X")))
    assert [units.factor("pallet", "piece", product) for product in ("X", "Y")] == [200, 400]


def test_bridge_for_a_product() -> None:
    """A product may say how many pieces a kilogram of it is; others stay apart."""
    units = Units((PIECE, Unit(id="kg"), Unit(id="g", of="kg", factor=Fraction(1, 1000)), Unit(id="kg", of="piece", factor=50, product="screw")))
    assert units.factor("g", "piece", "screw") == Fraction(1, 20)
    assert units.convertible("g", "piece", "screw")
    assert not units.convertible("g", "piece", "nail")


def test_base_units() -> None:
    """A unit without another one is a base; a name that is not there is taken for one only where no general unit bears it."""
    units = Units((PIECE, DOZEN))
    assert [units.is_base(name) for name in ("piece", "dozen", "box")] == [True, False, True]


def test_without_units() -> None:
    """A book without units knows the unit without a name, and no other."""
    assert Units().factor("", "") == 1
    assert [Units().knows(name) for name in ("", "box")] == [True, False]
    with pytest.raises(FactError) as caught:
        Units().factor("box", "")
    assert caught.value.code == "pricing.unit_unknown"


def test_nearest_name() -> None:
    """A wrong name is answered with the one most like it, or with those there are."""
    assert [nearest("bocks", ("box", "dozen")), nearest("qq", ("box", "dozen")), nearest("qq", ())] == ["'box'", "'box', 'dozen'", "-"]


_QUESTIONS = [("doz", "piece", "", "pricing.unit_unknown"), ("piece", "kg", "", "pricing.unit_apart"), ("box", "piece", "Y", "pricing.unit_unknown")]


@pytest.mark.parametrize(("unit", "to", "product", "code"), _QUESTIONS, ids=range(len(_QUESTIONS)))
def test_refused_questions(unit: str, to: str, product: str, code: str) -> None:
    """A unit that is not there, one of another product, and units that measure different things are refused, never guessed."""
    units = Units((PIECE, DOZEN, Unit(id="kg"), Unit(id="box", of="piece", factor=5, product="X")))
    with pytest.raises(FactError) as caught:
        units.factor(unit, to, product)
    assert caught.value.code == code


_UNITS = [
    ({"id": " "}, "pricing.unit_name"),
    ({"id": "box", "of": "piece", "factor": 0}, "pricing.unit_factor"),
    ({"id": "box", "of": "piece", "factor": -5}, "pricing.unit_factor"),
    ({"id": "box", "factor": 5}, "pricing.unit_base"),
]


@pytest.mark.parametrize(("fields", "code"), _UNITS, ids=range(len(_UNITS)))
def test_refused_unit(fields: dict[str, Any], code: str) -> None:
    """A unit needs a name, a factor above 0, and a unit that it is a factor of."""
    with pytest.raises(PolicyError) as caught:
        Unit(**fields)
    assert caught.value.code == code


_TOGETHER = [
    ((PIECE, PIECE), "pricing.unit_duplicate", "[1].id"),
    ((Unit(id="box", of="peace", factor=5), PIECE), "pricing.unit_of", "[0].of"),
    ((Unit(id="a", of="b", factor=2), Unit(id="b", of="a", factor=2)), "pricing.unit_cycle", "[0].of"),
    ((PIECE, Unit(id="box", of="pack", factor=2), Unit(id="pack", of="piece"), Unit(id="pack", of="box", product="X")), "pricing.unit_cycle", "[3].of"),
]


@pytest.mark.parametrize(("units", "code", "path"), _TOGETHER, ids=range(len(_TOGETHER)))
def test_refused_together(units: tuple[Unit, ...], code: str, path: str) -> None:
    """Two of one name, one counted in nothing known, and circles are refused, also such as only one product has."""
    with pytest.raises(PolicyError) as caught:
        Units(units)
    assert (caught.value.code, caught.value.path) == (code, path)
