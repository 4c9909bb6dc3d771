"""Money, exact amounts, roundings and rates: the edges and the refusals."""

import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from salesrules.errors import FactError, PolicyError, SalesRulesError
from salesrules.money import HALF_EVEN, HALF_UP, ISO_4217, Currency, Exact, Money, Rounding, currency, divide, format_ratio, rate, ratio, zhe

CNY = currency("CNY")


class Float32:
    """Stands for the float of an array library, which is no subclass of float."""

    def __float__(self) -> float:
        """Be convertible, as those are."""
        return 12.5


class Int64(int):
    """Stands for a whole number of another library."""


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("money.float", lambda: Money(12.3, "CNY")),  # type: ignore[arg-type]
    ("money.float", lambda: Money(Float32(), "CNY")),  # type: ignore[arg-type]
    ("money.float", lambda: Money(True, "CNY")),
    ("money.float", lambda: Money(None, "CNY")),  # type: ignore[arg-type]
    ("money.float", lambda: Exact(0.1, "CNY")),  # type: ignore[arg-type]
    ("money.number", lambda: Money("1,234.50", "CNY")),
    ("money.number", lambda: Money("", "CNY")),
    ("money.number", lambda: Money("NaN", "CNY")),
    ("money.number", lambda: Money("１２", "CNY")),
    ("money.number", lambda: Money("1/2", "CNY")),
    ("money.number", lambda: Money("1e9999", "CNY")),
    ("money.number", lambda: Money("1" * 5000, "CNY")),
    ("money.number", lambda: Exact("1/0", "CNY")),
    ("money.number", lambda: Exact("1/" + "3" * 5000, "CNY")),
    ("money.finite", lambda: Money(Decimal("NaN"), "CNY")),
    ("money.finite", lambda: Money(Decimal("-Infinity"), "CNY")),
    ("money.finite", lambda: Money(Decimal("1E+999999"), "CNY")),
    ("money.precision", lambda: Money("12.345", "CNY")),
    ("money.precision", lambda: Money("0.5", "JPY")),
    ("money.precision", lambda: Money(Fraction(1, 3), "CNY")),
    ("money.minor", lambda: Money.from_minor(12.0, "CNY")),  # type: ignore[arg-type]
    ("money.minor", lambda: Money.from_minor(True, "CNY")),
    ("money.minor", lambda: Money.from_minor("12", "CNY")),  # type: ignore[arg-type]
    ("money.factor", lambda: Money("1", "CNY") * 0.07),  # type: ignore[operator]
    ("money.factor", lambda: Money("1", "CNY") * "7%"),  # type: ignore[operator]
    ("money.factor", lambda: Money("1", "CNY") * Money("1", "CNY")),  # type: ignore[operator]
    ("money.factor", lambda: Exact("1", "CNY") / 0.5),  # type: ignore[operator]
    ("money.factor", lambda: Exact.from_minor(0.5, "CNY")),  # type: ignore[arg-type]
    ("money.zero", lambda: Money("1", "CNY") / 0),
    ("money.zero", lambda: Money("1", "CNY") / Money("0", "CNY")),
    ("money.mixed", lambda: Money("1", "CNY") + Money("1", "USD")),
    ("money.mixed", lambda: Money("1", "CNY") - Exact("1", "USD")),
    ("money.mixed", lambda: Money("1", "CNY") < Money("1", "USD")),
    ("money.mixed", lambda: Money("1", "CNY") / Money("1", "USD")),
    ("money.mixed", lambda: Money("1", "CNY") > 0),  # type: ignore[operator]
    ("money.mixed", lambda: sum([Money("1", "CNY")])),
    ("money.mixed", lambda: 1 - Exact("1", "CNY")),
    ("money.mixed", lambda: Money.total([Money("1", "CNY"), Money("1", "USD")], "CNY")),
    ("money.object", lambda: Money.of(12)),  # type: ignore[arg-type]
    ("money.currency", lambda: currency("XAU")),
    ("money.currency", lambda: currency("cny")),
    ("money.currency", lambda: currency("")),
    ("money.currency", lambda: currency(156)),  # type: ignore[arg-type]
    ("money.currency", lambda: Currency("cny", 2)),
    ("money.currency", lambda: Currency("CNY", 19)),
    ("money.currency", lambda: Currency("CNY", True)),
    ("money.currency", lambda: Money("1", "ZWL")),
    ("rounding.mode", lambda: Rounding("nearest")),  # type: ignore[arg-type]
    ("rounding.step", lambda: Rounding(step="0")),
    ("rounding.step", lambda: Rounding(step="-0.05")),
    ("rounding.step", lambda: Rounding(step="5%")),
    ("rounding.step", lambda: Rounding(step=0.05)),
    ("rounding.step", lambda: Rounding(step="0.001").apply(Fraction(1), CNY)),
    ("rounding.per", lambda: Rounding(per="page")),  # type: ignore[arg-type]
    ("rounding.divisor", lambda: divide(1, 0)),
    ("rate.percent", lambda: rate("7")),
    ("rate.percent", lambda: rate(Decimal(-7))),
    ("rate.percent", lambda: rate(Fraction(3, 2))),
    ("rate.number", lambda: rate(0.07)),  # type: ignore[arg-type]
    ("rate.number", lambda: rate("seven")),
    ("rate.number", lambda: rate("%")),
    ("rate.number", lambda: rate("")),
    ("rate.number", lambda: ratio(True)),
    ("rate.number", lambda: ratio(Decimal("Infinity"))),
    ("rate.zhe", lambda: zhe("8")),
    ("rate.zhe", lambda: zhe("10折")),
    ("rate.zhe", lambda: zhe("0.0折")),
    ("rate.zhe", lambda: zhe("十折")),
    ("rate.zhe", lambda: zhe(8)),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("code", "make"), REFUSED, ids=[f"{code} {place}" for place, (code, _) in enumerate(REFUSED)])
def test_refused(code: str, make: Callable[[], Any]) -> None:
    """What is not exact or not meant is refused, with a stable code and a message that can be printed."""
    with pytest.raises(SalesRulesError) as caught:
        make()
    assert caught.value.code == code
    assert caught.value.message


def test_refusals_say_what_to_do() -> None:
    """The message names the safe ways, the nearest currency, or the percentage that was meant."""
    refusals: list[tuple[Callable[[], Any], str]] = [
        (lambda: Money(0.1, "CNY"), "Money.from_minor"),  # type: ignore[arg-type]
        (lambda: Money("12.345", "CNY"), "Exact('12.345', 'CNY').round(HALF_UP)"),
        (lambda: currency("CNZ"), "did you mean 'CNY'"),
        (lambda: currency("RMB"), "did you mean 'CNY'"),
        (lambda: currency("usd"), "'USD', not 'usd'"),
        (lambda: rate("7"), "'7%' or '0.07'"),
    ]
    for make, hint in refusals:
        with pytest.raises(SalesRulesError) as caught:
            make()
        assert hint in caught.value.message


@pytest.mark.parametrize(
    ("amount", "code", "minor"),
    [
        ("12.30", "CNY", 1230),
        ("-0.01", "CNY", -1),
        ("+.5", "CNY", 50),
        ("12.", "CNY", 1200),
        ("1.2E+3", "JPY", 1200),
        (12, "CNY", 1200),
        (Int64(13), "CNY", 1300),
        (Decimal("12.300"), "CNY", 1230),
        (Fraction(1, 4), "CNY", 25),
        ("1.2345", "CLF", 12345),
        ("1.234", "KWD", 1234),
    ],
)
def test_construction(amount: str | int | Decimal | Fraction, code: str, minor: int) -> None:
    """Exact numbers in major units become the count of minor units, and come back as the same Decimal."""
    money = Money(amount, code)
    assert money.minor == minor
    assert type(money.minor) is int
    assert Money(money.amount, code) == money
    assert money.amount.as_tuple().exponent == -ISO_4217[code]


def test_numbers_of_other_libraries() -> None:
    """Whole numbers and fractions registered with the numeric tower are taken, whatever their class."""

    class Registered:
        def __init__(self, value: int) -> None:
            self.numerator, self.denominator = value, 4

        def __int__(self) -> int:
            return self.numerator

    whole: Any = type("Whole", (Registered,), {})
    Integral.register(whole)
    part: Any = type("Part", (Registered,), {})
    Rational.register(part)
    assert Money(whole(12), "CNY") == Money.from_minor(whole(1200), "CNY") == Money("12", "CNY")
    assert type(Money.from_minor(whole(1200), "CNY").minor) is int
    assert Money(part(5), "CNY") == Money("1.25", "CNY")


def test_numbers_of_numpy() -> None:
    """Whole numbers of numpy are taken, its floats and booleans are refused like Python's."""
    numpy: Any = pytest.importorskip("numpy")
    assert Money(numpy.int64(12), "CNY") == Money.from_minor(numpy.int32(1200), "CNY") == Money("12", "CNY")
    for value in (numpy.float64(1.5), numpy.float32(1.5), numpy.bool_(1)):
        with pytest.raises(FactError) as caught:
            Money(value, "CNY")
        assert caught.value.code == "money.float"


def test_money_of_other_libraries() -> None:
    """Anything with an amount and a currency is taken; the currency may be a code, carry one, or print as one."""

    class Printed:
        def __str__(self) -> str:
            return "CNY"

    for unit in ("CNY", CNY, SimpleNamespace(code="CNY"), SimpleNamespace(currency_code="CNY"), Printed()):
        assert Money.of(SimpleNamespace(amount=Decimal("12.30"), currency=unit)) == Money("12.30", "CNY")
    price = Money("12.30", "CNY")
    assert Money.of(price) is price


def test_arithmetic() -> None:
    """Money and money make money; whatever may have to be rounded is an exact amount."""
    price = Money("10.00", "CNY")
    third = price / 3
    assert price + price == Money("20.00", "CNY")
    assert type(price - price) is Money
    assert (price - price).is_zero
    assert type(price + third) is type(third + price) is type(price - third) is type(third - price) is Exact
    assert third + third + third == price
    assert 2 * price == price * 2 == price * Decimal(2) == Exact("20", "CNY")
    assert Decimal(2) * price == Fraction(2) * price
    assert price / third == 3
    assert third / price == Fraction(1, 3)
    assert abs(-price) == price
    assert abs(-third) == third
    assert Money.total([price, price], CNY) == Money("20", "CNY")


def test_comparison() -> None:
    """Order holds between both kinds of amount; equality with a number or another currency is false, not an error."""
    price, more = Money("10.00", "CNY"), Exact("10.001", "CNY")
    assert price < more
    assert more > price
    assert price <= price
    assert more >= more
    assert not price < price
    assert price == Exact("10", "CNY")
    assert hash(price) == hash(Exact("10", "CNY"))
    assert price != Money("10.00", "USD")
    assert price != 10


def test_text() -> None:
    """Both kinds print plainly and their repr pastes back, also in a currency of one's own."""
    points = Currency("POINTS", 0)
    values = [Money("-0.05", "CNY"), Money(7, points), Money("7", "JPY"), Exact("-1/3", "CNY"), Exact("12.345", points), CNY, HALF_UP, Rounding(step="0.05")]
    for value in values:
        assert eval(repr(value), {"Money": Money, "Exact": Exact, "Currency": Currency, "Rounding": Rounding}) == value  # noqa: S307
    assert [str(value) for value in values[:6]] == ["-0.05 CNY", "7 POINTS", "7 JPY", "-1/3 CNY", "12.345 POINTS", "CNY"]
    assert repr(Rounding(step=Fraction(1, 3))) == "Rounding(mode='half_up', step='1/3', per='line')"


def test_values() -> None:
    """Amounts are frozen, hashable and survive pickling."""
    for value in (Money("1.00", "CNY"), Exact("1/3", "CNY"), CNY, Rounding("floor", step="1", per="document")):
        assert pickle.loads(pickle.dumps(value)) == value
        assert len({value, pickle.loads(pickle.dumps(value))}) == 1
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, attrs.fields(type(value))[0].name, value)
    assert currency(CNY) is CNY


def test_rounding_goes_to_the_step_once() -> None:
    """A step is rounded to directly, never by way of the minor unit."""
    assert Exact("1.0249", "CHF").round(Rounding("half_up", step="0.05")) == Money("1.00", "CHF")
    assert Exact("1234.5", "JPY").round(Rounding("half_even", step=10)) == Money("1230", "JPY")
    assert HALF_EVEN.apply(Fraction("0.125"), CNY) == Money("0.12", "CNY")
    assert Rounding("down", step="0.25").round_number(Decimal("1.99")) == Fraction(7, 4)


def test_rates() -> None:
    """A rate says what it is: a percentage by its sign, a fraction by its stroke, else a number of at most one."""
    assert rate("7.25%") == rate("7.25 %") == rate("7.25％") == rate("72.5‰") == rate(Decimal("0.0725")) == rate(" 0.0725 ") == Fraction(29, 400)
    assert rate("-100%") == rate(-1) == rate("-1")
    assert rate("3/2") == rate("150%") == ratio("1.5") == ratio(Fraction(3, 2))
    assert [format_ratio(Fraction(text)) for text in ("0", "1", "-1/8", "2/3", "7", "1/1024")] == ["0%", "100%", "-12.5%", "2/3", "700%", "0.09765625%"]


def test_zhe() -> None:
    """The Chinese discount names the share that is paid, in either script."""
    for text, share in [("八折", "0.8"), ("八五折", "0.85"), ("9.5折", "0.95"), ("95折", "0.95"), ("8折", "0.8"), ("0.5折", "0.05"), ("九九折", "0.99")]:
        assert zhe(text) == Fraction(share)
    assert zhe("对折") == zhe("對折") == zhe("半折") == zhe("五折")


def test_currency_table() -> None:
    """The table has every active code with a minor unit, and the digits of ISO 4217 where locale data differ."""
    assert len(ISO_4217) == 165
    assert {code: ISO_4217[code] for code in ("AFN", "IQD", "IRR", "MMK", "TWD", "HUF", "ISK", "XCG", "ZWG", "UYW")} == {
        "AFN": 2, "IQD": 3, "IRR": 2, "MMK": 2, "TWD": 2, "HUF": 2, "ISK": 0, "XCG": 2, "ZWG": 2, "UYW": 4,
    }  # fmt: skip
    assert not {"HRK", "BGN", "ANG", "ZWL", "XAU"} & set(ISO_4217)


def test_errors_keep_their_kind() -> None:
    """Wrong facts are also type errors, wrong rules are not."""
    with pytest.raises(TypeError):
        Money("1", "CNY") + 1  # type: ignore[operator]
    with pytest.raises(PolicyError):
        rate("7")
