"""Sales in other currencies, in columns: at the plan's rates, at the rates of the days, or at the rate that stands in the row.

Each distinct pair of currency and day (or rate) is asked once of the scalar rule; the amounts are then converted exactly.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy

from ..commission import FxRate, Plan
from ..commission.conversion import Converter
from ..errors import FactError
from ..money import currency, ratio
from .blocks import BlockOps
from .codes import Codes
from .days import day_of

__all__ = ["Currencies"]


class Currencies:
    """What one minor unit of each currency is worth in minor units of the plan's.

    Args:
        plans: the versions of the plan.
        rates: exchange rates of the days.
        codes: the currencies met.
        quoted: the rates met, where the table has a column of them.
    """

    def __init__(self, plans: list[Plan], rates: Iterable[FxRate], codes: Codes, quoted: Codes | None) -> None:
        self._plans, self.codes, self.quoted = plans, codes, quoted
        self._converters = [Converter(plan.conversion, plan.money, tuple(rates)) for plan in plans]
        self._known: dict[tuple[int, int, int], tuple[int, int]] = {}
        self._ops = BlockOps()

    def convert(self, told: Mapping[str, Any], amounts: Iterable[str]) -> dict[str, Any]:
        """The amounts in the plan's currency. ``told`` has currency, version and either the rate quoted or the day whose rate holds."""
        made = {name: told[name] for name in amounts}
        versions = numpy.unique(told["version"]).tolist()
        when = told["rate"] if self.quoted is not None else told["dated"]
        keys = numpy.stack(numpy.broadcast_arrays(told["currency"], told["version"], when, told["amount"])[:3])
        for version in versions:
            foreign = numpy.flatnonzero((keys[1] == version) & ~numpy.isin(keys[0], self._own(version)))
            if len(foreign):
                made = self._converted(made, version, foreign, keys[:, foreign])
        return made

    def _own(self, version: int) -> list[int]:
        """The numbers by which the plan's own currency goes; an empty cell is the plan's currency too."""
        return [number for number, text in enumerate(self.codes.texts) if text in {"", self._plans[version].money.code}]

    def _converted(self, amounts: Mapping[str, Any], version: int, foreign: Any, keys: Any) -> dict[str, Any]:
        distinct, places = numpy.unique(keys, axis=1, return_inverse=True)
        ratios = numpy.array([self._ratio(*key) for key in distinct.T.tolist()], dtype=object)[places.ravel()]
        num, den = (self._ops.block(ratios[:, side].astype(numpy.int64)) for side in (0, 1))
        rounding, step = self._plans[version].conversion.rounding, self.step(version)
        made = {}
        for name, values in amounts.items():
            made[name] = values.copy()
            converted = self._ops.muldiv(self._ops.block(values[foreign]), num, den * step, rounding.mode) * step
            made[name][foreign] = self._ops.column(converted, len(foreign))
        return made

    def _ratio(self, code: int, version: int, when: int) -> tuple[int, int]:
        if (code, version, when) not in self._known:
            self._known[code, version, when] = self._asked(self.codes.texts[code], version, when)
        return self._known[code, version, when]

    def _asked(self, code: str, version: int, when: int) -> tuple[int, int]:
        return self.worth(code, version, day_of(when) if self.quoted is None else self.quoted.texts[when])

    def worth(self, code: str, version: int, when: Any) -> tuple[int, int]:
        """What a minor unit of a currency is worth in the plan's, as a ratio; ``when`` is the day, or the rate where the table tells it."""
        converter, target = self._converters[version], self._plans[version].money
        if code in {"", target.code}:
            return 1, 1
        rate = converter.rate(code, when) if self.quoted is None else self._quoted(converter, code, str(when))
        worth = rate * 10**target.digits / 10 ** currency(code).digits
        return worth.numerator, worth.denominator

    def step(self, version: int) -> int:
        """To how many minor units converted amounts are rounded."""
        plan = self._plans[version]
        return 1 if plan.conversion.rounding.step is None else int(plan.conversion.rounding.step * 10**plan.money.digits)

    @staticmethod
    def _quoted(converter: Converter, code: str, told: str) -> Fraction:
        converter.takes(code)
        value = ratio(told)
        if value <= 0:
            raise FactError("fx.rate", "the rate is {rate}; an exchange rate is above 0", path=f"rate of {code}", rate=str(value))
        return value
