"""Money, exact amounts between two moneys, and the rounding that leads back.

The rule in words: an amount that is paid or printed is a whole number of the currency's minor units (`Money`). What lies between two
such amounts, say 7.25% of an invoice, is an exact fraction (`Exact`), and nothing is rounded until somebody says how: `Rounding` is a
value that the policy states, and `Exact.round` is the only way back. No result depends on the decimal context of the host, because
only integers and fractions are computed with.

    >>> price = Money("1234.50", "CNY")
    >>> commission = price * rate("7.25%")
    >>> commission
    Exact('71601/800', 'CNY')
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

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational
from typing import Any, Literal, Protocol, Self, TypeAlias, overload

import attrs

from .errors import FactError, PolicyError

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

Number: TypeAlias = int | Decimal | Fraction
"""The exact numbers: what an amount may be multiplied and divided by."""

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_CODE = re.compile(r"[A-Z][A-Z0-9]{0,15}", re.ASCII)
_FRACTION = re.compile(r"([+-]?\d+)/(\d+)", re.ASCII)
_LONGEST = 1000
"""Longer texts and larger exponents are refused: a hostile document must not make us write out a billion zeros."""


def _number(value: object) -> Number | None:
    """The exact number that ``value`` is, or None: floats, booleans, infinities and the floats of array libraries are not exact numbers."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Fraction):
        return value
    if isinstance(value, Decimal):
        return value if value.is_finite() and abs(value.adjusted()) < _LONGEST else None
    if isinstance(value, Integral):
        return int(value)
    return Fraction(int(value.numerator), int(value.denominator)) if isinstance(value, Rational) else None


def _decimal_text(text: str) -> Fraction | None:
    return Fraction(text) if len(text) < _LONGEST and _DECIMAL.fullmatch(text) else None


def _fraction_text(text: str) -> Fraction | None:
    match = _FRACTION.fullmatch(text) if len(text) < _LONGEST else None
    return Fraction(int(match[1]), int(match[2])) if match and int(match[2]) else None


def _amount(value: object) -> Number:
    number = _decimal_text(value) if isinstance(value, str) else _number(value)
    if number is not None:
        return number
    raise _not_exact(value)


def _not_exact(value: object) -> FactError:
    if isinstance(value, str):
        return FactError("money.number", "{value!r} is not a plain number; write it like '1234.50', with a point and no separators", value=value)
    if isinstance(value, Decimal):
        return FactError("money.finite", "{value!r} is not a finite amount of ordinary size", value=value)
    template = "{value!r} is a {kind}, not exact; pass str or Decimal as in Money('12.30', 'CNY'), or minor units as in Money.from_minor(1230, 'CNY')"
    return FactError("money.float", template, value=value, kind=type(value).__name__)


def _factor(value: object) -> Fraction:
    number = _number(value)
    if number is None:
        template = "{value!r} ({kind}) is not an exact number; multiply or divide by int, Decimal or Fraction, e.g. money * rate('7.25%')"
        raise FactError("money.factor", template, value=value, kind=type(value).__name__)
    return Fraction(number)


ISO_4217_PUBLISHED = "2026-01-01"
"""The day of the list that `ISO_4217` was made from."""

ISO_4217: dict[str, int] = {
    code: digits
    for digits, codes in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK"
        " DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL"
        " MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG"
        " SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for code in codes.split()
}
"""Code to number of decimals, for every code that has any."""

_WITHOUT_MINOR_UNIT = frozenset({"XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"})

_MEANT = {"RMB": "CNY", "CNH": "CNY", "NTD": "TWD", "HRK": "EUR", "BGN": "EUR", "ANG": "XCG", "ZWL": "ZWG", "SLL": "SLE", "VEF": "VES"}
"""Names in use and codes withdrawn, to the code that is meant today."""


@attrs.frozen
class Currency:
    """A currency: its code and the number of decimals of its minor unit.

    `currency` looks up those of ISO 4217. Build your own for anything else that is counted and never rounded by itself:

        >>> Money(250, Currency("POINTS", 0))
        Money('250', Currency('POINTS', 0))

    Args:
        code: capitals, e.g. ``CNY``.
        digits: decimals of the minor unit, 0 to 18.

    Raises:
        FactError: ``money.currency`` for a code not in capitals or digits out of range.
    """

    code: str
    digits: int

    def __attrs_post_init__(self) -> None:
        if not _CODE.fullmatch(str(self.code)):
            raise FactError("money.currency", "{code!r} is no currency code; write capitals and digits such as 'CNY'", code=self.code)
        if type(self.digits) is not int or not 0 <= self.digits <= 18:
            raise FactError("money.currency", "{code}: a currency has 0 to 18 decimals, not {digits!r}", code=self.code, digits=self.digits)

    def __hash__(self) -> int:
        return hash(self.code)

    def __repr__(self) -> str:
        return f"Currency({self.code!r}, {self.digits})"

    def __str__(self) -> str:
        return self.code


_SCALE: tuple[int, ...] = tuple(10**digits for digits in range(19))
_KNOWN = {code: Currency(code, digits) for code, digits in ISO_4217.items()}


def currency(code: str | Currency) -> Currency:
    """The ISO 4217 currency with this code; a `Currency` is handed back as it is.

        >>> currency("CNY"), currency("JPY"), currency("KWD")
        (Currency('CNY', 2), Currency('JPY', 0), Currency('KWD', 3))

    Args:
        code: three capitals.

    Raises:
        FactError: ``money.currency``: unknown (the nearest code is suggested), not in capitals, or without a minor unit, as gold is.
    """
    if isinstance(code, Currency):
        return code
    if not isinstance(code, str):
        raise FactError("money.currency", "{code!r} is no currency; pass a code such as 'CNY' or a Currency", code=code)
    if code in _KNOWN:
        return _KNOWN[code]
    if code in _WITHOUT_MINOR_UNIT:
        raise FactError("money.currency", "{code} has no minor unit in ISO 4217; state one with Currency({code!r}, digits)", code=code)
    if code.upper() in _KNOWN:
        raise FactError("money.currency", "currency codes are written in capitals: {nearest!r}, not {code!r}", code=code, nearest=code.upper())
    nearest = _MEANT.get(code) or min(_KNOWN, key=lambda known: sum(left != right for left, right in zip(known, code[:3].ljust(3), strict=True)))
    template = "unknown currency {code!r}; did you mean {nearest!r}? Others are made with Currency(code, digits)"
    raise FactError("money.currency", template, code=code, nearest=nearest)


Mode: TypeAlias = Literal["half_up", "half_even", "half_down", "up", "down", "ceiling", "floor"]


def _floor(num: int, den: int) -> int:
    return num // den


def _ceiling(num: int, den: int) -> int:
    return -(-num // den)


def _mirrored(of_positive: Callable[[int, int], int]) -> Callable[[int, int], int]:
    def both_signs(num: int, den: int) -> int:
        return of_positive(num, den) if num >= 0 else -of_positive(-num, den)

    return both_signs


def _half_even(num: int, den: int) -> int:
    quotient, rest = divmod(2 * num + den, 2 * den)
    return quotient - 1 if rest == 0 and quotient % 2 else quotient


MODES: dict[Mode, Callable[[int, int], int]] = {
    "half_up": _mirrored(lambda num, den: (2 * num + den) // (2 * den)),
    "half_even": _half_even,
    "half_down": _mirrored(lambda num, den: -((den - 2 * num) // (2 * den))),
    "up": _mirrored(_ceiling),
    "down": _mirrored(_floor),
    "ceiling": _ceiling,
    "floor": _floor,
}
"""Mode to the integer division that rounds so; the divisor is positive. "Up" and "down" mean away from zero and towards it."""


def divide(num: int, den: int, mode: Mode = "half_up") -> int:
    """``num / den`` to the nearest integer that the mode allows; exact for integers of any size.

        >>> divide(5, 2), divide(-5, 2), divide(5, 2, "half_even"), divide(-5, 2, "ceiling")
        (3, -3, 2, -2)

    Args:
        num: the dividend.
        den: the divisor, positive.
        mode: a key of `MODES`.

    Raises:
        FactError: ``rounding.divisor`` if ``den`` is not positive.
    """
    if den <= 0:
        raise FactError("rounding.divisor", "the divisor must be positive, not {den}", den=den)
    return MODES[mode](num, den)


def _step(value: object) -> Fraction | None:
    number = _decimal_text(value) if isinstance(value, str) else _number(value)
    if value is None or (number is not None and number > 0):
        return None if number is None else Fraction(number)
    raise PolicyError("rounding.step", "a rounding step is a positive exact number such as '0.05', not {step!r}", step=value)


@attrs.frozen
class Rounding:
    """How amounts are rounded: a value, stated by the policy and never ambient.

        >>> cash = Rounding("half_up", step="0.05")
        >>> cash
        Rounding(mode='half_up', step='0.05', per='line')
        >>> cash.apply(Fraction("12.325"), currency("CHF"))
        Money('12.35', 'CHF')

    Args:
        mode: ``half_up`` (the half away from zero: 四舍五入), ``half_even`` (四舍六入五成双), ``half_down``, ``up`` (away from zero), ``down``
            (towards zero), ``ceiling`` or ``floor``.
        step: the unit in major units, e.g. ``"0.05"`` for cash in Switzerland or ``"1"`` for whole yuan; None means the currency's minor unit.
        per: whether a ``line`` is rounded, or only the ``document``'s total.

    Raises:
        PolicyError: ``rounding.mode``, ``rounding.step``, ``rounding.per``.

    References:
        Regulation (EC) No 1103/97 art. 5 (half up); A New Tax System (Goods and Services Tax) Act 1999 (Australia) s 9-90 (half a cent up);
        Goods and Services Tax Act 1985 (New Zealand) s 19O (half a cent down); GB/T 8170-2008 (half to even, for measured values).

    Checked with: 69 published roundings in ``tests/golden/money.toml``.
    """

    mode: Mode = "half_up"
    step: Fraction | None = attrs.field(default=None, converter=_step, repr=lambda step: repr(None if step is None else _plain(step)))
    per: Literal["line", "document"] = "line"

    def __attrs_post_init__(self) -> None:
        if self.mode not in MODES:
            raise PolicyError("rounding.mode", "unknown rounding mode {mode!r}; use one of {known}", mode=self.mode, known=", ".join(MODES))
        if self.per not in ("line", "document"):
            raise PolicyError("rounding.per", "amounts are rounded per 'line' or per 'document', not per {per!r}", per=self.per)

    def apply(self, value: Fraction, currency: Currency) -> "Money":
        """Round an amount in major units.

        Args:
            value: the exact amount, in major units.
            currency: its currency.

        Raises:
            PolicyError: ``rounding.step`` if the step is no whole number of the currency's minor units.
        """
        return self.round_minor(value * _SCALE[currency.digits], currency)

    def round_number(self, value: Number | str, digits: int = 0) -> Fraction:
        """Round a plain number to the step, or without one to ``digits`` decimals (negative: tens, hundreds).

            >>> Rounding("half_even").round_number("1268", digits=-2)
            Fraction(1300, 1)

        Raises:
            FactError: ``money.float``, ``money.number`` or ``money.finite`` if ``value`` is not an exact number.
        """
        step = Fraction(10) ** -digits if self.step is None else self.step
        count = Fraction(_amount(value)) / step
        return step * divide(count.numerator, count.denominator, self.mode)

    def round_minor(self, minor: Fraction, currency: Currency) -> "Money":
        """Round an amount in minor units, as `apply` does.

        Args:
            minor: the exact amount, in minor units.
            currency: its currency.

        Raises:
            PolicyError: ``rounding.step`` if the step is no whole number of the currency's minor units.
        """
        if self.step is None:
            return Money.from_minor(divide(minor.numerator, minor.denominator, self.mode), currency)
        unit, part = divmod(self.step.numerator * _SCALE[currency.digits], self.step.denominator)
        if part:
            template = "a step of {step} cannot be paid in {currency}, whose smallest amount has {digits} decimals"
            raise PolicyError("rounding.step", template, step=_plain(self.step), currency=currency.code, digits=currency.digits)
        return Money.from_minor(divide(minor.numerator, minor.denominator * unit, self.mode) * unit, currency)


_new = object.__new__
_set = object.__setattr__


class MoneyLike(Protocol):
    """Anything with an amount in major units and a currency: the money objects of other libraries, without importing them."""

    @property
    def amount(self) -> Any:
        """The amount in major units."""

    @property
    def currency(self) -> Any:
        """The currency: a code, or an object with ``code`` or ``currency_code``, or one whose text is the code."""


class _Amount:
    """What `Money` and `Exact` share: both count minor units of a currency, one of them whole."""

    __slots__ = ()

    minor: int | Fraction
    currency: Currency

    @property
    def is_zero(self) -> bool:
        """Whether it is nothing; amounts have no truth value of their own."""
        return self.minor == 0

    def __radd__(self, other: object) -> Self:
        raise _no_amount(other, self.currency)

    __rsub__ = __radd__

    def __eq__(self, other: object) -> bool:
        return self.minor == other.minor and self.currency == other.currency if isinstance(other, _Amount) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.minor, self.currency))

    def __lt__(self, other: "_Amount") -> bool:
        return bool(self.minor < _count(other, self.currency))

    def __le__(self, other: "_Amount") -> bool:
        return bool(self.minor <= _count(other, self.currency))

    def __gt__(self, other: "_Amount") -> bool:
        return bool(self.minor > _count(other, self.currency))

    def __ge__(self, other: "_Amount") -> bool:
        return bool(self.minor >= _count(other, self.currency))

    def __mul__(self, factor: Number) -> "Exact":
        return Exact.from_minor(self.minor * _factor(factor), self.currency)

    __rmul__ = __mul__

    @overload
    def __truediv__(self, other: "_Amount") -> Fraction: ...

    @overload
    def __truediv__(self, other: Number) -> "Exact": ...

    def __truediv__(self, other: "_Amount | Number") -> "Fraction | Exact":
        divisor = Fraction(_count(other, self.currency)) if isinstance(other, _Amount) else _factor(other)
        if not divisor:
            raise FactError("money.zero", "{amount} cannot be divided by zero", amount=str(self))
        return self.minor / divisor if isinstance(other, _Amount) else Exact.from_minor(self.minor / divisor, self.currency)


def _count(amount: object, currency: Currency) -> Any:
    if not isinstance(amount, _Amount):
        raise _no_amount(amount, currency)
    if amount.currency is not currency and amount.currency != currency:
        template = "{left} and {right} do not mix; convert one of them at a stated rate first"
        raise FactError("money.mixed", template, left=currency.code, right=amount.currency.code)
    return amount.minor


def _no_amount(other: object, currency: Currency) -> FactError:
    template = "{other!r} has no currency; {currency} amounts meet only amounts (sum with Money.total, test with is_zero)"
    return FactError("money.mixed", template, other=other, currency=currency.code)


@attrs.frozen(init=False, eq=False, repr=False)
class Money(_Amount):
    """A whole number of minor units of a currency.

        >>> price = Money("12.30", "CNY")
        >>> price.amount, price.minor, price.currency
        (Decimal('12.30'), 1230, Currency('CNY', 2))
        >>> price + Money(1, "CNY"), -price, price * 3, price / 4, price / Money("24.60", "CNY")
        (Money('13.30', 'CNY'), Money('-12.30', 'CNY'), Exact('369/10', 'CNY'), Exact('123/40', 'CNY'), Fraction(1, 2))

    Multiplying and dividing by a number always give an `Exact`; dividing by an amount gives their ratio. Adding and comparing need
    the same currency. Equal amounts are equal and hash alike, whether they are `Money` or `Exact`; an amount never equals a number.

    Args:
        amount: in major units: a str such as ``"12.30"``, a Decimal, a Fraction or an int.
        currency: a `Currency`, or an ISO 4217 code.

    Raises:
        FactError: ``money.float`` for floats (also those of array libraries) and booleans, ``money.number`` for other text,
            ``money.finite`` for NaN and infinities, ``money.precision`` for more decimals than the currency has, ``money.currency``.
    """

    minor: int
    currency: Currency

    def __init__(self, amount: str | Number, currency: Currency | str) -> None:
        unit = currency if type(currency) is Currency else _currency(currency)
        numerator, denominator = _amount(amount).as_integer_ratio()
        minor, part = divmod(numerator * _SCALE[unit.digits], denominator)
        if part:
            template = "{amount} {currency} has more decimals than the currency ({digits}); say how to round: Exact({text!r}, {currency!r}).round(HALF_UP)"
            raise FactError("money.precision", template, amount=amount, text=str(amount), currency=unit.code, digits=unit.digits)
        _set(self, "minor", minor)
        _set(self, "currency", unit)

    @classmethod
    def from_minor(cls, minor: int, currency: Currency | str) -> Self:
        """From a count of minor units, e.g. cents.

            >>> Money.from_minor(1230, "CNY"), Money.from_minor(1230, "JPY")
            (Money('12.30', 'CNY'), Money('1230', 'JPY'))

        Raises:
            FactError: ``money.minor`` if ``minor`` is not a whole number, ``money.currency``.
        """
        money = _new(cls)
        _set(money, "minor", minor if type(minor) is int else _whole(minor))
        _set(money, "currency", currency if type(currency) is Currency else _currency(currency))
        return money

    @classmethod
    def of(cls, other: MoneyLike) -> Self:
        """From the money object of another library, or anything else with an amount in major units and a currency.

            >>> from types import SimpleNamespace
            >>> Money.of(SimpleNamespace(amount=Decimal("12.30"), currency="CNY"))
            Money('12.30', 'CNY')

        Raises:
            FactError: ``money.object`` if it lacks one of the two; otherwise as `Money` raises.
        """
        if type(other) is cls:
            return other
        try:
            amount, unit = other.amount, other.currency
        except AttributeError as error:
            raise FactError("money.object", "{other!r} has no amount and currency; pass Money('12.30', 'CNY')", other=other) from error
        codes = (unit if isinstance(unit, str | Currency) else None, getattr(unit, "code", None), getattr(unit, "currency_code", None))
        return cls(amount, next((code for code in codes if isinstance(code, str | Currency)), str(unit)))

    @classmethod
    def total(cls, items: Iterable["Money"], currency: Currency | str) -> Self:
        """The sum of amounts of one currency, also of none at all.

            >>> Money.total([Money("0.10", "CNY")] * 3, "CNY"), Money.total([], "JPY")
            (Money('0.30', 'CNY'), Money('0', 'JPY'))

        Raises:
            FactError: ``money.mixed`` if one is of another currency.
        """
        zero = cls.from_minor(0, currency)
        return cls.from_minor(sum(_count(item, zero.currency) for item in items), zero.currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with the currency's decimals; made without any decimal context."""
        return Decimal(f"{self.minor}E-{self.currency.digits}")

    @overload
    def __add__(self, other: "Money") -> "Money": ...

    @overload
    def __add__(self, other: "Exact") -> "Exact": ...

    def __add__(self, other: "Money | Exact") -> "Money | Exact":
        count = self.minor + _count(other, self.currency)
        return Money.from_minor(count, self.currency) if isinstance(other, Money) else Exact.from_minor(count, self.currency)

    @overload
    def __sub__(self, other: "Money") -> "Money": ...

    @overload
    def __sub__(self, other: "Exact") -> "Exact": ...

    def __sub__(self, other: "Money | Exact") -> "Money | Exact":
        count = self.minor - _count(other, self.currency)
        return Money.from_minor(count, self.currency) if isinstance(other, Money) else Exact.from_minor(count, self.currency)

    def __neg__(self) -> "Money":
        return Money.from_minor(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money.from_minor(abs(self.minor), self.currency)

    def __repr__(self) -> str:
        return f"Money({_major(self.minor, self.currency.digits)!r}, {_pasted(self.currency)})"

    def __str__(self) -> str:
        return f"{_major(self.minor, self.currency.digits)} {self.currency.code}"


@attrs.frozen(init=False, eq=False, repr=False)
class Exact(_Amount):
    """An unrounded amount: what a rate times a price is before somebody says how to round it.

        >>> third = Money("100.00", "CNY") / 3
        >>> third, third.value, third.minor
        (Exact('100/3', 'CNY'), Fraction(100, 3), Fraction(10000, 3))
        >>> third * 3 == Money("100.00", "CNY"), third < Money("33.34", "CNY"), third.round(HALF_UP)
        (True, True, Money('33.33', 'CNY'))

    Args:
        value: in major units: an int, Fraction, Decimal, or a str such as ``"12.345"`` or ``"1/3"``.
        currency: a `Currency`, or an ISO 4217 code.

    Raises:
        FactError: as `Money` does, but never ``money.precision``.
    """

    minor: Fraction
    currency: Currency

    def __init__(self, value: str | Number, currency: Currency | str) -> None:
        unit = currency if type(currency) is Currency else _currency(currency)
        number = _fraction_text(value) if isinstance(value, str) else None
        _set(self, "minor", Fraction(_amount(value) if number is None else number) * _SCALE[unit.digits])
        _set(self, "currency", unit)

    @classmethod
    def from_minor(cls, minor: int | Fraction, currency: Currency | str) -> Self:
        """From an exact number of minor units.

            >>> Exact.from_minor(Fraction(10000, 3), "CNY")
            Exact('100/3', 'CNY')

        Raises:
            FactError: ``money.factor`` if ``minor`` is not an exact number, ``money.currency``.
        """
        exact = _new(cls)
        _set(exact, "minor", minor if type(minor) is Fraction else _factor(minor))
        _set(exact, "currency", currency if type(currency) is Currency else _currency(currency))
        return exact

    @property
    def value(self) -> Fraction:
        """The amount in major units."""
        return self.minor / _SCALE[self.currency.digits]

    def round(self, rounding: Rounding) -> Money:
        """The money that the rounding makes of it: the only way back.

        Raises:
            PolicyError: ``rounding.step`` if the step is no whole number of the currency's minor units.
        """
        return rounding.round_minor(self.minor, self.currency)

    def __add__(self, other: "Money | Exact") -> "Exact":
        return Exact.from_minor(self.minor + _count(other, self.currency), self.currency)

    def __sub__(self, other: "Money | Exact") -> "Exact":
        return Exact.from_minor(self.minor - _count(other, self.currency), self.currency)

    def __neg__(self) -> "Exact":
        return Exact.from_minor(-self.minor, self.currency)

    def __abs__(self) -> "Exact":
        return Exact.from_minor(abs(self.minor), self.currency)

    def __repr__(self) -> str:
        return f"Exact({str(self.value)!r}, {_pasted(self.currency)})"

    def __str__(self) -> str:
        return f"{self.value} {self.currency.code}"


_currency = currency  # the parameters called ``currency`` hide the function


def _whole(minor: object) -> int:
    number = _number(minor)
    if not isinstance(number, int):
        raise FactError("money.minor", "{minor!r} is not a whole number of minor units; pass an int such as 1230 for 12.30", minor=minor)
    return int(number)


def _major(minor: int, digits: int) -> str:
    whole, part = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{part:0{digits}d}" if digits else f"{sign}{whole}"


def _pasted(unit: Currency) -> str:
    return repr(unit.code if _KNOWN.get(unit.code) == unit else unit)


_SIGNS = {"%": 100, "％": 100, "‰": 1000}


def ratio(value: str | Number) -> Fraction:
    """A multiplier or weight as an exact number: ``"1.5"``, ``"150%"`` and ``"3/2"`` are the same.

        >>> ratio("150%") == ratio("3/2") == ratio("1.5") == ratio(Decimal("1.5"))
        True

    Raises:
        PolicyError: ``rate.number`` if it is not an exact number; floats are not.
    """
    number: Number | None
    if isinstance(value, str):
        text = value.strip()
        per = _SIGNS.get(text[-1:], 1)
        number = _decimal_text(text[:-1].rstrip() if per > 1 else text)
        number = _fraction_text(text) if number is None else number / per
    else:
        number = _number(value)
    if number is None:
        template = "{value!r} is not an exact ratio; write a str such as '7.25%', '0.0725' or '1/3', or pass a Decimal or Fraction (never a float)"
        raise PolicyError("rate.number", template, value=value)
    return Fraction(number)


def rate(value: str | Number) -> Fraction:
    """A rate as an exact number: ``"7.25%"``, ``"7.25‰"``, ``"1/3"``, ``"0.0725"``, a Decimal or a Fraction.

    Nothing is guessed from the size of a number: 7 is 700%, which nobody means, so a bare number beyond -1 to 1 is refused.

        >>> rate("7.25%"), rate("0.0725"), rate("150%"), rate("1/3")
        (Fraction(29, 400), Fraction(29, 400), Fraction(3, 2), Fraction(1, 3))
        >>> rate("7")
        Traceback (most recent call last):
            ...
        salesrules.errors.PolicyError: '7' as a rate would be 700%; write '7%' or '0.07', or '700%' if that is meant [rate.percent]

    Raises:
        PolicyError: ``rate.percent`` for a bare number beyond -1 to 1, ``rate.number`` if it is not an exact number.
    """
    number = ratio(value)
    says_so = isinstance(value, str) and (value.rstrip()[-1] in _SIGNS or "/" in value)
    if abs(number) > 1 and not says_so:
        template = "{value!r} as a rate would be {meant}; write {percent!r} or {decimal!r}, or {meant!r} if that is meant"
        small = number / 100
        raise PolicyError("rate.percent", template, value=value, meant=format_ratio(number), percent=format_ratio(small), decimal=_plain(small))
    return number


def format_ratio(value: Fraction) -> str:
    """The shortest exact text that `ratio` and `rate` read back: a percentage where it ends, else a fraction.

    >>> format_ratio(Fraction(29, 400)), format_ratio(Fraction(1, 3)), format_ratio(Fraction(3, 2))
    ('7.25%', '1/3', '150%')
    """
    text = _plain(value * 100)
    return str(value) if "/" in text else f"{text}%"


def _plain(value: Fraction) -> str:
    """Decimal text if it ends, else a fraction."""
    rest, digits = value.denominator, 0
    while rest % 10 == 0:
        rest, digits = rest // 10, digits + 1
    for prime in (2, 5):
        while rest % prime == 0:
            rest, digits = rest // prime, digits + 1
    return str(value) if rest > 1 else _major(value.numerator * 10**digits // value.denominator, digits)


_ZHE = re.compile(r"(?:([1-9])([1-9])?|(\d\.\d{1,4}))折", re.ASCII)
_HANZI = str.maketrans("一二三四五六七八九", "123456789")


def zhe(text: str) -> Fraction:
    """The share of the price that is paid under a Chinese discount such as ``八折``, which takes 20% off.

        >>> zhe("八折"), zhe("八五折"), zhe("9.5折"), zhe("95折"), zhe("对折")
        (Fraction(4, 5), Fraction(17, 20), Fraction(19, 20), Fraction(19, 20), Fraction(1, 2))

    Args:
        text: one or two digits (Chinese or Arabic) or a number below ten with decimals, then ``折``; or ``对折``, ``對折``, ``半折``.

    Raises:
        PolicyError: ``rate.zhe`` for anything else; ``10折`` too, which some read as the full price and some as a tenth.
    """
    if text in ("对折", "對折", "半折"):
        return Fraction(1, 2)
    match = _ZHE.fullmatch(str(text).translate(_HANZI))
    share = Fraction(f"{match[1]}.{match[2] or 0}" if match[1] else match[3]) / 10 if match else 0
    if not share:
        raise PolicyError("rate.zhe", "{text!r} is not a discount such as '八折', '八五折', '9.5折', '95折' or '对折'", text=text)
    return Fraction(share)


HALF_UP = Rounding("half_up")
"""Half away from zero to the minor unit, per line: the default of this library."""

HALF_EVEN = Rounding("half_even")
"""Half to the even neighbour, to the minor unit, per line."""
