"""Money, exact amounts between two moneys, and the rounding that leads back.

The rule in words: an amount that is paid or printed is a whole number of the currency's minor units (`Money`). What lies between two
such amounts, say 7.25% of an invoice, is an exact fraction (`Exact`), and nothing is rounded until somebody says how: `Rounding` is a
value that the policy states, and `Exact.round` is the only way back. No result depends on the decimal context of the host, because
only integers and fractions are computed with.

    >>> price = Money("1234.50", "CNY")
    >>> commission = price * rate("7.25%")
    >>> commission
    Exact('89.50125', 'CNY')
    >>> commission.round(HALF_UP), commission.round(Rounding("half_up", step="0.05"))
    (Money('89.50', 'CNY'), Money('89.50', 'CNY'))
    >>> Money("12.345", "CNY")
    Traceback (most recent call last):
        ...
    salesrules.errors.FactError: 12.345 CNY has more decimals than the currency (2); say how to round: Exact('12.345', 'CNY').round(HALF_UP) [money.precision]

The minor units are those of ISO 4217, never those of a locale database: 13 active currencies differ there, because such data describe
how people write prices and not how banks count.

References:
    ISO 4217:2015, list one (current currencies and funds), as published by its maintenance agency on `ISO_4217_PUBLISHED`.
    Council Regulation (EC) No 1103/97, article 5: amounts are rounded to the nearest unit, the exact half up.
    GB/T 8170-2008: measured values are rounded half to even, and once only.

Checked with: the published examples in ``tests/golden/money.toml``.
"""

from .amounts import HALF_EVEN, HALF_UP, Exact, Money, MoneyLike, Rounding
from .currencies import ISO_4217, ISO_4217_PUBLISHED, Currency, currency
from .numbers import Number
from .rates import format_ratio, rate, ratio, zhe
from .rounding import MODES, Mode, divide

__all__ = [
    "HALF_EVEN",
    "HALF_UP",
    "ISO_4217",
    "ISO_4217_PUBLISHED",
    "MODES",
    "Currency",
    "Exact",
    "Mode",
    "Money",
    "MoneyLike",
    "Number",
    "Rounding",
    "currency",
    "divide",
    "format_ratio",
    "rate",
    "ratio",
    "zhe",
]
