"""Sales in other currencies: at the rate the plan fixes, or at the rate of the day of the sale; with the rate, its day and its source.

>>> from datetime import date
>>> from salesrules.money import currency
>>> fixed = Conversion(at="plan", rates=(PlanRate(base="USD", rate="83"),))
>>> Converter(fixed, currency("INR"), ()).convert(Money("10000", "USD"), date(2026, 3, 1)).amount
Money('830000.00', 'INR')

Checked with: ``gtm-currency-001``, ``oca-currency-001`` in `tests/golden/commission/*.toml`.
"""

from datetime import date
from fractions import Fraction
from typing import Literal

import attrs

from .._exact import as_ratio
from .._fields import about, field, word
from ..errors import FactError, PolicyError
from ..money import HALF_UP, Currency, Money, Rounding
from ..trace import Source, Step
from .facts import FxRate

__all__ = ["Conversion", "Converted", "Converter", "PlanRate"]


@attrs.frozen(kw_only=True)
class PlanRate:
    """One unit of ``base`` is worth ``rate`` of the plan's currency for as long as the plan is in force."""

    base: str = field(doc="currency of the sale")
    rate: Fraction = attrs.field(metadata=about("worth of one unit in the plan's currency"), converter=as_ratio)
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        if self.rate <= 0:
            raise PolicyError("commission.plan_rate", "the rate is {rate}; an exchange rate is above 0", path="rate", rate=str(self.rate))


@attrs.frozen(kw_only=True)
class Conversion:
    """How sales in other currencies are counted: ``refuse`` them, at the ``plan``'s rates, or at the rate of the ``event``'s day."""

    at: Literal["refuse", "plan", "event"] = word(doc="which rate is used")
    rates: tuple[PlanRate, ...] = field(doc="the plan's rates, with at = plan", default=())
    rounding: Rounding = field(doc="how a converted amount is rounded", default=HALF_UP)

    def __attrs_post_init__(self) -> None:
        if (self.at == "plan") != bool(self.rates):
            raise PolicyError("commission.plan_rates", "at = 'plan' and a list of rates belong together", path="rates")


@attrs.frozen
class Converted:
    """An amount in the plan's currency, and the working where it was converted."""

    amount: Money
    step: Step | None


class Converter:
    """Brings amounts into one currency.

    Args:
        conversion: the rule.
        target: the plan's currency.
        rates: the rates of the days, for ``at = "event"``.
    """

    def __init__(self, conversion: Conversion, target: Currency, rates: tuple[FxRate, ...]) -> None:
        self._rule, self.target = conversion, target
        self._fixed = {rate.base: rate for rate in conversion.rates}
        self._daily = {(rate.base, rate.date): rate for rate in rates if rate.quote == target.code}

    def convert(self, amount: Money, day: date) -> Converted:
        """The amount in the plan's currency.

        Raises:
            FactError: ``fx.refused`` where the plan takes one currency only, ``fx.missing`` where there is no rate for the day. A missing
                day is not filled in from another: pass the rate that applies, with its source.
        """
        if amount.currency == self.target:
            return Converted(amount, None)
        base = amount.currency.code
        rate, params, source = self._known(base, day)
        return self._at(amount, rate, (("pair", f"{base}/{self.target.code}"), *params), source)

    def rate(self, base: str, day: date) -> Fraction:
        """What one unit of a currency is worth on a day; refused like `convert`."""
        return self._known(base, day)[0]

    def takes(self, base: str) -> None:
        """Refuse a foreign currency where the plan takes one currency only."""
        if self._rule.at == "refuse":
            raise FactError("fx.refused", "{base} is not the plan's currency {target}; declare a conversion in the plan", base=base, target=self.target.code)

    def _known(self, base: str, day: date) -> tuple[Fraction, tuple[tuple[str, object], ...], Source | None]:
        """The rate, what the working says of it, and its clause."""
        self.takes(base)
        if self._rule.at == "plan":
            fixed = self._fixed.get(base)
            if fixed is None:
                raise FactError("fx.missing", "the plan has no rate for {base}; add one to its conversion", base=base, day=day)
            return fixed.rate, (("fixed", True),), fixed.source
        daily = self._daily.get((base, day))
        if daily is None:
            raise FactError("fx.missing", "no rate for {base} on {day}; pass one with its source", base=base, day=day)
        return daily.rate, (("date", daily.date), ("published_by", daily.source)), None

    def _at(self, amount: Money, rate: Fraction, params: tuple[tuple[str, object], ...], source: Source | None) -> Converted:
        exact = Fraction(amount.minor, 10**amount.currency.digits) * rate
        converted = self._rule.rounding.apply(exact, self.target)
        step = Step("commission.converted", converted, params=(*params, ("original", amount), ("rate", rate), ("rounding", self._rule.rounding)), source=source)
        return Converted(converted, step)
