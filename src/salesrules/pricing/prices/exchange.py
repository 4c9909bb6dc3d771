"""Prices in another currency: at a fixed rate, or at the rate in force on the day; with the rate, its day and who published it.

A rate is in force from its day until the next. One without a day is fixed and stands before all others. Nothing is inverted or crossed
unless the policy says so: banks buy and sell at two rates. A buffer is put on top of every converted price.

    >>> from datetime import date
    >>> market = ExchangeRate(base="EUR", quote="USD", rate="1.5", start=date(2026, 1, 1), published_by="central bank")
    >>> Exchange(rates=(market,)).find("EUR", "USD", date(2026, 3, 1)).rate
    Fraction(3, 2)
    >>> Exchange(rates=(market, ExchangeRate(base="EUR", quote="USD", rate=2))).find("EUR", "USD", date(2026, 3, 1)).rate
    Fraction(2, 1)

Checked with: ``pricing-061`` and ``pricing-073`` in `tests/golden/pricing/currency.toml`.
"""

from bisect import bisect_right
from datetime import date
from fractions import Fraction
from functools import cached_property

import attrs

from ..._exact import as_rate, as_ratio
from ..._fields import about, field
from ...errors import FactError, PolicyError
from ...money import format_ratio
from ...trace import Source

__all__ = ["Exchange", "ExchangeRate"]


@attrs.frozen(kw_only=True)
class ExchangeRate:
    """One unit of ``base`` is worth ``rate`` of ``quote``.

    Args:
        base: the currency converted from.
        quote: the currency converted to.
        rate: above 0.
        start: the first day in force; none: fixed, on every day.
        published_by: who says so.

    Raises:
        PolicyError: ``pricing.rate_zero``, ``pricing.rate_same``.
    """

    base: str = field(doc="currency converted from")
    quote: str = field(doc="currency converted to")
    rate: Fraction = attrs.field(metadata=about("worth of one unit"), converter=as_ratio)
    start: date | None = field(doc="first day in force; none: fixed", key="from", default=None)
    published_by: str = field(doc="who publishes it", default="")
    source: Source | None = field(doc="the clause", default=None)

    def __attrs_post_init__(self) -> None:
        if self.rate <= 0:
            raise PolicyError("pricing.rate_zero", "the exchange rate is {rate}; give one above 0", path="rate", rate=str(self.rate))
        if self.base == self.quote:
            raise PolicyError("pricing.rate_same", "{base} is converted into itself; name two currencies", path="quote", base=self.base)

    def inverted(self) -> "ExchangeRate":
        """The same rate the other way round."""
        return attrs.evolve(self, base=self.quote, quote=self.base, rate=1 / self.rate)


@attrs.frozen(kw_only=True)
class Exchange:
    """The rates a price book uses.

    Args:
        rates: fixed and dated rates.
        buffer: share put on top of a converted price.
        days: the most days a dated rate may be old; none: until the next.
        inverse: whether a rate may be used the other way round.

    Raises:
        PolicyError: ``pricing.rate_twice`` for two rates of one pair and day; ``pricing.rate_buffer``, ``pricing.rate_days``.
    """

    rates: tuple[ExchangeRate, ...] = field(doc="fixed and dated rates", default=())
    buffer: Fraction = attrs.field(metadata=about("share put on top of a converted price", rate=True), default=Fraction(0), converter=as_rate)
    days: int | None = field(doc="most days a dated rate may be old", default=None)
    inverse: bool = field(doc="whether a rate may be used the other way round", default=False)

    def __attrs_post_init__(self) -> None:
        if self.buffer <= -1:
            raise PolicyError("pricing.rate_buffer", "a buffer of {buffer} leaves nothing of the price", path="buffer", buffer=format_ratio(self.buffer))
        if self.days is not None and self.days < 0:
            raise PolicyError("pricing.rate_days", "a rate may be {days} days old; give 0 or more", path="days", days=self.days)
        met = set()
        for index, rate in enumerate(self.rates):
            if (rate.base, rate.quote, rate.start) in met:
                template = "there are two rates for {base}/{quote} of the same day; remove one"
                raise PolicyError("pricing.rate_twice", template, path=f"rates[{index}]", base=rate.base, quote=rate.quote)
            met.add((rate.base, rate.quote, rate.start))

    @cached_property
    def _by_pair(self) -> dict[tuple[str, str], tuple[ExchangeRate | None, tuple[date, ...], tuple[ExchangeRate, ...]]]:
        """For every pair the fixed rate, and the dated ones with their days in order."""
        pairs: dict[tuple[str, str], list[ExchangeRate]] = {}
        for rate in self.rates:
            pairs.setdefault((rate.base, rate.quote), []).append(rate)
        found = {}
        for pair, rates in pairs.items():
            dated = sorted(((rate.start, rate) for rate in rates if rate.start is not None), key=lambda entry: entry[0])
            fixed = next((rate for rate in rates if rate.start is None), None)
            found[pair] = (fixed, tuple(day for day, _ in dated), tuple(rate for _, rate in dated))
        return found

    def _known(self, base: str, quote: str, day: date) -> ExchangeRate | None:
        fixed, days, rates = self._by_pair.get((base, quote), (None, (), ()))
        place = bisect_right(days, day)
        if fixed is not None or not place:
            return fixed
        if self.days is not None and (day - days[place - 1]).days > self.days:
            template = "the last rate for {base}/{quote} is of {last}, more than {days} days before {day}; give a later one"
            raise FactError("pricing.rate_old", template, path="rates", base=base, quote=quote, last=days[place - 1], days=self.days, day=day)
        return rates[place - 1]

    def find(self, base: str, quote: str, day: date) -> ExchangeRate:
        """The rate from one currency to another on a day.

        Raises:
            FactError: ``pricing.rate_missing``; ``pricing.rate_old``.
        """
        found = self._known(base, quote, day)
        if found is None and self.inverse:
            other = self._known(quote, base, day)
            found = None if other is None else other.inverted()
        if found is None:
            template = "there is no rate from {base} to {quote} on {day}; give one with its source"
            raise FactError("pricing.rate_missing", template, path="rates", base=base, quote=quote, day=day)
        return found
