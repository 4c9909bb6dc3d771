"""What the parity tests stand on: a table goes into every dataframe library and comes back as it was."""

from datetime import date
from typing import Any

import pytest

from tests.backends import BACKENDS, backends, collected, missing

TABLE: dict[str, list[Any]] = {
    "id": [3, 1, 2],
    "name": ["chén", "", "li"],
    "day": [date(2025, 12, 31), date(2026, 1, 1), date(2024, 2, 29)],
    "new": [True, False, True],
    "amount": [-(10**12), 0, 9_007_199_254_740_993],
}


@pytest.mark.parametrize("backend", backends())
def test_a_table_comes_back(backend: str) -> None:
    """Whole numbers beyond 2**53, texts, days and booleans come back as plain Python values, sorted as asked."""
    told = collected(BACKENDS[backend](TABLE), by="id")
    assert told == {name: [values[1], values[2], values[0]] for name, values in TABLE.items()}
    assert [type(values[0]) for values in told.values()] == [int, str, date, bool, int]


@pytest.mark.parametrize("backend", backends())
def test_a_table_without_rows_comes_back(backend: str) -> None:
    """Where there is no row, the columns are there all the same."""
    kinds = {"id": int, "name": str, "day": date, "new": bool, "amount": int}
    empty: dict[str, list[Any]] = {name: [] for name in TABLE}
    assert collected(BACKENDS[backend](empty, kinds), by=("id", "day")) == empty


@pytest.mark.parametrize("backend", backends())
def test_nothing_known_comes_back(backend: str) -> None:
    """A text that is missing comes back as None."""
    assert collected(BACKENDS[backend]({"id": [1, 2], "name": ["a", None]}), by="id")["name"] == ["a", None]


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that cannot be used says what it wants: the library, or Java for Spark."""
    monkeypatch.setattr("tests.backends.find_spec", lambda name: None if name == "pyspark" else object())
    assert missing("pyspark") == "pyspark not installed"
    assert missing("pandas") == ""
    monkeypatch.setattr("tests.backends.find_spec", lambda name: object())
    monkeypatch.setattr("tests.backends.shutil.which", lambda name: None)
    assert missing("pyspark") == "no Java to run Spark"
