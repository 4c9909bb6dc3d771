"""Hostile tables: whatever a file holds, facts or clear faults come out, and soon."""

from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesrules.commission.tables import FILES, read_facts
from salesrules.errors import FactFaults, SalesRulesError
from salesrules.text import LOCALES, error_message

HEADS = {cls: list(cls.__annotations__) for _, cls in FILES.values()}
ODD = ["1", "-1.5", "7%", "2026-03-02", "2026-Q1", "chen:100%", "units", "CNY", "是", "1e999", "9" * 900, "\x00", "\u2028", '"', "%s{x}"]
CELLS = st.text(max_size=12) | st.sampled_from(ODD)


def faults(lines: Any, cls: type[Any]) -> int:
    """How many faults there are, each short and tellable in every language."""
    found: tuple[SalesRulesError, ...] = ()
    try:
        read_facts(lines, cls, currency="CNY")
    except FactFaults as error:
        found = error.faults
    assert len(found) <= 101
    for fault in found:
        assert fault.path
        assert len(str(fault)) < 3000
        assert all(error_message(fault, locale) for locale in LOCALES)
    return len(found)


@pytest.mark.parametrize("cls", HEADS)
@given(data=st.data())
def test_any_cells(cls: type[Any], data: st.DataObject) -> None:
    """Any text in any cell gives facts or faults."""
    head = HEADS[cls]
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(head), max_size=len(head)), max_size=3))
    faults([",".join(head), *(",".join(row) for row in rows)], cls)


@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_lines(lines: list[str]) -> None:
    """Any lines give facts or faults."""
    faults(lines, FILES["sales.csv"][1])


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "gb18030", "utf-16", "ascii", "rot13", "idna", "punycode", "no such", "a\x00b"]))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, encoding: str) -> None:
    """Any bytes in any encoding give faults: none of them has the columns."""
    path: Path = tmp_path_factory.getbasetemp() / "sales.csv"
    path.write_bytes(data)
    with pytest.raises(FactFaults):
        read_facts(path, FILES["sales.csv"][1], currency="CNY", encoding=encoding)


def test_a_truncated_file_never_loses_a_cell() -> None:
    """A file cut off anywhere in its last line is refused, or lacks digits or letters of its last cell only."""
    head, line = "id,date,amount,customer,person", "S1,2026-03-02,1200.00,Li & Co,chen"
    for cut in range(1, line.rindex(",") + 1):
        assert faults([head, line[:cut]], FILES["sales.csv"][1])


def test_long_and_many() -> None:
    """A huge cell, a huge line and many wrong lines are told about soon, and briefly."""
    start = perf_counter()
    head = "id,date,amount,person"
    assert faults([head, f"S1,2026-03-02,{'9' * 100_000},chen"], FILES["sales.csv"][1]) == 1
    assert faults([head, f"S1,2026-03-02,1,{'x' * 1_000_000}"], FILES["sales.csv"][1]) == 1
    assert faults([head, "," * 1_000_000 + "x"], FILES["sales.csv"][1]) == 1
    assert faults(["x," * 50_000 + "x"], FILES["sales.csv"][1]) == 101
    assert faults([head, *["x,x,x,x"] * 20_000], FILES["sales.csv"][1]) == 101
    assert perf_counter() - start < 20
