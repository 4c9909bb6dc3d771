"""Cells of a table: what a spreadsheet or an export writes, read as it is written or refused with what to write instead.

How each kind of value is written is listed in `salesrules.commission.tables`.

    >>> import attrs
    >>> from salesrules.commission.facts import Receipt
    >>> from salesrules.periods import CivilCalendar
    >>> cell_reader(attrs.fields(Receipt).date, CivilCalendar())("2026-03-31", None)
    datetime.date(2026, 3, 31)
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

from ..errors import FactError
from ..money import Currency, Money, rate
from ..periods import Calendar, Period
from .facts import Credit

__all__ = ["OF_MONEY", "Cell", "Unit", "bounded", "cell_reader", "goal"]

_LONGEST, _LONGEST_NUMBER = 1000, 100

Unit = Currency | None
"""The currency of the amounts on a line; ``None`` where they are counts."""

Cell = Callable[[str, Unit], Any]
"""What reads the cells of a column."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_RATIO = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)[%‰]?|[+-]?\d+/\d+", re.ASCII)
_EXPONENT = re.compile(r"[+-]?[\d.]+[eE][+-]?\d+", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?%?", re.ASCII)
_NEAR_DAY = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})(\D.*)?", re.ASCII)
_FLAGS = {"true": True, "1": True, "yes": True, "是": True, "false": False, "0": False, "no": False, "否": False}


def bounded(text: str, most: int = _LONGEST) -> str:
    """The text, unless it is longer than any cell has to be."""
    if len(text) > most:
        raise FactError("table.long", "the cell holds {size} characters; give at most {limit}", size=len(text), limit=most)
    return text


def _text(text: str, _unit: Unit) -> str:
    return text


def _plain(text: str, form: re.Pattern[str]) -> str:
    """The text, if it is a number written plainly."""
    bounded(text, _LONGEST_NUMBER)
    if form.fullmatch(text):
        return text
    if _EXPONENT.fullmatch(text):
        template = "{value!r} is in scientific notation, which drops digits; format the column as a number and export it again"
        raise FactError("table.exponent", template, value=text)
    guess = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) not in {"Sc", "Zs"})
    guess = guess.replace(",", "") if _GROUPED.fullmatch(guess) else guess
    if form.fullmatch(guess):
        raise FactError("table.number", "{value!r} is no plain number; write {near}", value=text, near=guess)
    raise FactError("table.number", "{value!r} is no plain number; write it like 1234.50, with a point, without separators and signs of currency", value=text)


def _ratio(read: Callable[[str], Fraction]) -> Cell:
    return lambda text, _unit: read(_plain(text, _RATIO))


def _money(text: str, unit: Any) -> Money:
    return Money(_plain(text, _NUMBER), unit)


def goal(text: str, unit: Unit) -> Money | Fraction:
    """An amount, or a count where the line has no currency."""
    return Fraction(_plain(text, _NUMBER)) if unit is None else _money(text, unit)


def _day(text: str, _unit: Unit) -> date:
    parts = _NEAR_DAY.fullmatch(text)
    try:
        near = date(int(parts[1]), int(parts[2]), int(parts[3])) if parts else None
    except ValueError:
        raise FactError("table.date", "{value!r} is no day of the calendar; correct it", value=text) from None
    if near is None:
        raise FactError("table.date", "{value!r} is no date; write it like 2026-03-31", value=text)
    if text != near.isoformat():
        raise FactError("table.date", "{value!r} is no date; write {near}", value=text, near=near.isoformat())
    return near


def _flag(text: str, _unit: Unit) -> bool:
    known = _FLAGS.get(text.casefold())
    if known is None:
        raise FactError("table.flag", "{value!r} is neither yes nor no; write one of {known}", value=text, known=", ".join(_FLAGS))
    return known


def _credits(text: str, _unit: Unit) -> tuple[Credit, ...]:
    return tuple(_credit(part.strip()) for part in text.split(";") if part.strip())


def _credit(text: str) -> Credit:
    person, *said = (part.strip() for part in text.split(":"))
    if not said or len(said) > 2 or said[1:] not in ([], ["overlay"], ["split"]):
        raise FactError("table.credits", "{value!r} is no credit; write chen:60%;li:40%, and an extra credit as wang:100%:overlay", value=text)
    return Credit(person, rate(_plain(said[0], _RATIO)), "overlay" if said[1:] == ["overlay"] else "split")


def cell_reader(field: Any, calendar: Calendar) -> Cell:
    """How the cells of a column are read, by what the field holds.

    Raises:
        TypeError: no cell can express what the field holds.
    """
    kinds: dict[Any, Cell] = {
        str: _text,
        bool: _flag,
        date: _day,
        date | None: _day,
        Money: _money,
        Money | None: _money,
        Money | Fraction: goal,
        Fraction: _ratio(field.converter),
        Period: lambda text, _unit: calendar.parse(text),
        tuple[Credit, ...]: _credits,
    }
    if field.type not in kinds:
        raise TypeError(f"a table cannot hold the field {field.name} of type {field.type}")
    return kinds[field.type]


OF_MONEY = {_money, goal}
"""The readers that ask for a currency."""
