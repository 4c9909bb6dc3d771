"""Amounts of money, whole and unrounded, and the rounding between them.

A `Money` is a whole number of minor units, an `Exact` a fraction of them, and a `Rounding` makes the one of the other. The three know each
other, so they live together.

    >>> third = Money("100.00", "CNY") / 3
    >>> third, third.round(HALF_UP)
    (Exact('100/3', 'CNY'), Money('33.33', 'CNY'))
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, Protocol, Self, overload

import attrs

from ..errors import FactError, PolicyError
from .currencies import SCALE, Currency, pasted
from .currencies import currency as currency_of  # the parameters called ``currency`` would hide it
from .numbers import Number, as_amount, as_count, as_factor, exact_number, major_text, read_decimal, read_fraction, shortest_text
from .rounding import MODES, Mode, divide

__all__ = ["HALF_EVEN", "HALF_UP", "Exact", "Money", "MoneyLike", "Rounding"]


def _step(value: object) -> Fraction | None:
    number = read_decimal(value) if isinstance(value, str) else exact_number(value)
    if value is None or (number is not None and number > 0):
        return None if number is None else Fraction(number)
    raise PolicyError("rounding.step", "a rounding step is a positive exact number such as '0.05', not {step!r}", step=value)


@attrs.frozen
class Rounding:
    """How amounts are rounded: a value, stated by the policy and never ambient.

        >>> cash = Rounding("half_up", step="0.05")
        >>> cash
        Rounding(mode='half_up', step='0.05', per='line')
        >>> from salesrules.money import currency
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
    step: Fraction | None = attrs.field(default=None, converter=_step, repr=lambda step: repr(None if step is None else shortest_text(step)))
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
        return self.round_minor(value * SCALE[currency.digits], currency)

    def round_number(self, value: Number | str, digits: int = 0) -> Fraction:
        """Round a plain number to the step, or without one to ``digits`` decimals (negative: tens, hundreds).

            >>> Rounding("half_even").round_number("1268", digits=-2)
            Fraction(1300, 1)

        Raises:
            FactError: ``money.float``, ``money.number`` or ``money.finite`` if ``value`` is not an exact number.
        """
        step = Fraction(10) ** -digits if self.step is None else self.step
        count = Fraction(as_amount(value)) / step
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
        unit, part = divmod(self.step.numerator * SCALE[currency.digits], self.step.denominator)
        if part:
            template = "a step of {step} cannot be paid in {currency}, whose smallest amount has {digits} decimals"
            raise PolicyError("rounding.step", template, step=shortest_text(self.step), currency=currency.code, digits=currency.digits)
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
        return Exact.from_minor(self.minor * as_factor(factor), self.currency)

    __rmul__ = __mul__

    @overload
    def __truediv__(self, other: "_Amount") -> Fraction: ...

    @overload
    def __truediv__(self, other: Number) -> "Exact": ...

    def __truediv__(self, other: "_Amount | Number") -> "Fraction | Exact":
        divisor = Fraction(_count(other, self.currency)) if isinstance(other, _Amount) else as_factor(other)
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
        (Money('13.30', 'CNY'), Money('-12.30', 'CNY'), Exact('36.9', 'CNY'), Exact('3.075', 'CNY'), Fraction(1, 2))

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
        unit = currency if type(currency) is Currency else currency_of(currency)
        numerator, denominator = as_amount(amount).as_integer_ratio()
        minor, part = divmod(numerator * SCALE[unit.digits], denominator)
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
        _set(money, "minor", minor if type(minor) is int else as_count(minor))
        _set(money, "currency", currency if type(currency) is Currency else currency_of(currency))
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
        return f"Money({major_text(self.minor, self.currency.digits)!r}, {pasted(self.currency)})"

    def __str__(self) -> str:
        return f"{major_text(self.minor, self.currency.digits)} {self.currency.code}"


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
        unit = currency if type(currency) is Currency else currency_of(currency)
        number = read_fraction(value) if isinstance(value, str) else None
        _set(self, "minor", Fraction(as_amount(value) if number is None else number) * SCALE[unit.digits])
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
        _set(exact, "minor", minor if type(minor) is Fraction else as_factor(minor))
        _set(exact, "currency", currency if type(currency) is Currency else currency_of(currency))
        return exact

    @property
    def value(self) -> Fraction:
        """The amount in major units."""
        return self.minor / SCALE[self.currency.digits]

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
        return f"Exact({shortest_text(self.value)!r}, {pasted(self.currency)})"

    def __str__(self) -> str:
        return f"{shortest_text(self.value)} {self.currency.code}"


HALF_UP = Rounding("half_up")
"""Half away from zero to the minor unit, per line: the default of this library."""

HALF_EVEN = Rounding("half_even")
"""Half to the even neighbour, to the minor unit, per line."""
