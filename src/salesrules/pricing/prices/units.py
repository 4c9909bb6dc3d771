"""Units of measure, and how many of one are in another, per product where packings differ.

A unit is so many of another: a dozen is 12 pieces, a gram 1/1000 of a kilogram. A packing may hold for one product only: a box of X is
5 pieces, a box of Y 12. Everything is an exact fraction, so converting there and back changes nothing.

    >>> units = Units((Unit(id="piece"), Unit(id="dozen", of="piece", factor=12), Unit(id="box", of="piece", factor=5, product="X")))
    >>> units.factor("dozen", "piece"), units.factor("piece", "box", "X")
    (Fraction(12, 1), Fraction(1, 5))
    >>> units.factor("dozzen", "piece")
    Traceback (most recent call last):
        ...
    salesrules.errors.FactError: unit: there is no unit 'dozzen'; did you mean 'dozen'? [pricing.unit_unknown]

Checked with: ``pricing-046``, ``pricing-059``, ``pricing-068`` and ``pricing-075`` in `tests/golden/pricing/*.toml`.
"""

from difflib import get_close_matches
from fractions import Fraction
from functools import cached_property

import attrs

from ..._exact import as_ratio
from ..._fields import about, field
from ...errors import FactError, PolicyError, SalesRulesError

__all__ = ["Unit", "Units", "nearest"]


def nearest(name: str, known: tuple[str, ...]) -> str:
    """The known name that is most like a wrong one; all of them, or the first few, where none is."""
    found = get_close_matches(name, known, n=1, cutoff=0.5)
    return repr(found[0]) if found else ", ".join(map(repr, known[:5])) or "-"


@attrs.frozen(kw_only=True)
class Unit:
    """A unit of measure: ``factor`` of the unit it is counted in.

    Args:
        id: its name.
        of: the unit that it is counted in; none for a unit that others are counted in.
        factor: how many of those it is, above 0.
        product: the only product it holds for; for this product it stands before a general unit of the same name.

    Raises:
        PolicyError: ``pricing.unit_name``, ``pricing.unit_factor``, ``pricing.unit_base``.
    """

    id: str = field(doc="name of the unit")
    of: str = field(doc="the unit that it is counted in; none: others are counted in it", default="")
    factor: Fraction = attrs.field(metadata=about("how many of those it is"), default=Fraction(1), converter=as_ratio)
    product: str = field(doc="the only product it holds for; none: all", default="")

    def __attrs_post_init__(self) -> None:
        if not self.id.strip():
            raise PolicyError("pricing.unit_name", "a unit has no name; give it one, such as 'box'", path="id")
        if self.factor <= 0:
            raise PolicyError(
                "pricing.unit_factor", "one {id} is {factor} {of}; give a factor above 0", path="factor", id=self.id, factor=self.factor, of=self.of
            )
        if not self.of and self.factor != 1:
            raise PolicyError("pricing.unit_base", "one {id} is {factor} of what? Say it in 'of'", path="of", id=self.id, factor=self.factor)


@attrs.frozen
class Units:
    """The units that are known, checked as a whole.

    Raises:
        PolicyError: ``pricing.unit_duplicate``; ``pricing.unit_of`` where one is counted in a unit that is not there;
            ``pricing.unit_cycle`` where one is counted in itself, if by a detour.
    """

    units: tuple[Unit, ...] = ()

    def __attrs_post_init__(self) -> None:
        met = set()
        for index, unit in enumerate(self.units):
            if (unit.product, unit.id) in met:
                raise PolicyError("pricing.unit_duplicate", "the unit {id!r} is there twice; remove one", path=f"[{index}].id", id=unit.id)
            met.add((unit.product, unit.id))
        for index, unit in enumerate(self.units):
            try:
                self._walked(unit.id, unit.product)
            except PolicyError as error:
                raise error.at(f"[{index}]") from None

    @cached_property
    def _known(self) -> dict[tuple[str, str], Unit]:
        return {(unit.product, unit.id): unit for unit in self.units}

    @cached_property
    def _packed(self) -> frozenset[str]:
        """The products with units of their own."""
        return frozenset(unit.product for unit in self.units)

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(unit.id for unit in self.units)

    @cached_property
    def _general(self) -> dict[str, tuple[str, Fraction]]:
        return {unit.id: self._walked(unit.id, "") for unit in self.units if not unit.product}

    def _of(self, id: str, product: str) -> Unit | None:
        return self._known.get((product, id)) or self._known.get(("", id))

    def _walked(self, id: str, product: str) -> tuple[str, Fraction]:
        """The unit at the end of the chain, and how many of it there are."""
        unit, factor, met = self._known.get((product, id)) or self._known[("", id)], Fraction(1), [id]
        while unit.of:
            factor *= unit.factor
            below = self._of(unit.of, product)
            if below is None:
                template = "{id!r} is counted in {of!r}, which is no unit; did you mean {near}?"
                raise PolicyError("pricing.unit_of", template, path="of", id=unit.id, of=unit.of, near=nearest(unit.of, self.names(product)))
            if below.id in met:
                raise PolicyError("pricing.unit_cycle", "{chain}: a unit is counted in itself; break the circle", path="of", chain=" > ".join([*met, below.id]))
            met.append(below.id)
            unit = below
        return unit.id, factor

    def names(self, product: str = "") -> tuple[str, ...]:
        """The units that a product may be counted in."""
        return tuple(dict.fromkeys(unit.id for unit in self.units if unit.product in ("", product)))

    def is_base(self, id: str) -> bool:
        """Whether others are counted in this unit and it in none."""
        unit = self._known.get(("", id))
        return unit is None or not unit.of

    def based(self, id: str, product: str = "") -> tuple[str, Fraction]:
        """The unit that this one is counted in at the end, and how many of it there are.

        Raises:
            FactError: ``pricing.unit_unknown``.
        """
        general = self._general.get(id) if product not in self._packed else None
        if general is not None:
            return general
        if self._of(id, product) is None:
            if not self.units and not id:
                return "", Fraction(1)
            template = "there is no unit {unit!r}; did you mean {near}?"
            raise FactError("pricing.unit_unknown", template, path="unit", unit=id, near=nearest(id, self.names(product)))
        return self._walked(id, product)

    def knows(self, id: str) -> bool:
        """Whether the unit is there, for all products or for some; without any units there is only the one without a name."""
        return id in self._ids or (not self.units and not id)

    @cached_property
    def _factors(self) -> dict[tuple[str, str, str], Fraction]:
        """Every answer given so far; there are no more than units have been declared."""
        return {}

    def factor(self, unit: str, to: str, product: str = "") -> Fraction:
        """How many ``to`` one ``unit`` of a product is.

        Raises:
            FactError: ``pricing.unit_unknown``; ``pricing.unit_apart`` for units that have nothing in common, as pieces and kilograms.
        """
        key = (unit, to, product if product in self._packed else "")
        found = self._factors.get(key)
        if found is None:
            (base, size), (other, step) = self.based(unit, product), self.based(to, product)
            if base != other:
                template = "{unit!r} and {to!r} measure different things; say how many {other} one {base} of {product!r} is"
                raise FactError("pricing.unit_apart", template, path="unit", unit=unit, to=to, base=base, other=other, product=product)
            found = self._factors[key] = size / step
        return found

    def convertible(self, unit: str, to: str, product: str = "") -> bool:
        """Whether `factor` has an answer."""
        try:
            return bool(self.factor(unit, to, product))
        except SalesRulesError:
            return False
