"""The currencies of ISO 4217 and the number of decimals of each, and others that the caller makes.

    >>> currency("CNY"), currency("JPY"), ISO_4217["KWD"]
    (Currency('CNY', 2), Currency('JPY', 0), 3)

References:
    ISO 4217:2015, list one (current currencies and funds), as published by its maintenance agency on `ISO_4217_PUBLISHED`.
"""

import re

import attrs

from ..errors import FactError

__all__ = ["ISO_4217", "ISO_4217_PUBLISHED", "KNOWN", "SCALE", "Currency", "currency", "pasted"]

_CODE = re.compile(r"[A-Z][A-Z0-9]{0,15}", re.ASCII)

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

        >>> from salesrules.money import Money
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


SCALE: tuple[int, ...] = tuple(10**digits for digits in range(19))
KNOWN = {code: Currency(code, digits) for code, digits in ISO_4217.items()}


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
    if code in KNOWN:
        return KNOWN[code]
    if code in _WITHOUT_MINOR_UNIT:
        raise FactError("money.currency", "{code} has no minor unit in ISO 4217; state one with Currency({code!r}, digits)", code=code)
    if code.upper() in KNOWN:
        raise FactError("money.currency", "currency codes are written in capitals: {nearest!r}, not {code!r}", code=code, nearest=code.upper())
    nearest = _MEANT.get(code) or min(KNOWN, key=lambda known: sum(left != right for left, right in zip(known, code[:3].ljust(3), strict=True)))
    template = "unknown currency {code!r}; did you mean {nearest!r}? Others are made with Currency(code, digits)"
    raise FactError("money.currency", template, code=code, nearest=nearest)


def pasted(unit: Currency) -> str:
    """How a `repr` writes the currency so that it can be pasted back: the code alone where `currency` finds it."""
    return repr(unit.code if KNOWN.get(unit.code) == unit else unit)
