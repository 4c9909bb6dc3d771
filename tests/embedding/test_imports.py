"""Importing salesrules costs a host next to nothing: everything is loaded when it is first used."""

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import salesrules

HEAVY = {"babel", "cattrs", "narwhals", "numpy", "pendulum"}


def modules_after(statement: str) -> set[str]:
    """The names in ``sys.modules`` of a fresh interpreter once it has run ``statement``."""
    program = f"{statement}; import sys; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split())


def test_import_loads_no_heavy_library() -> None:
    """A bare import brings in none of the libraries behind money, periods, documents, text or frames."""
    assert HEAVY.isdisjoint(modules_after("import salesrules"))


def test_import_loads_no_module_of_ours() -> None:
    """A bare import brings in the front door and nothing behind it."""
    assert {name for name in modules_after("import salesrules") if name.startswith("salesrules")} == {"salesrules"}


def test_money_loads_no_heavy_library() -> None:
    """Money alone needs neither calendars, nor documents, nor text."""
    assert HEAVY.isdisjoint(modules_after("import salesrules; salesrules.Money"))


@pytest.mark.parametrize("name", salesrules.__all__)
def test_front_door_leads_home(name: str) -> None:
    """Each public name is the very object that its home module holds."""
    home = import_module(f"salesrules.{salesrules._HOMES[name]}")
    assert getattr(salesrules, name) is (home if name == salesrules._HOMES[name] else getattr(home, name))


def test_front_door_lists_its_names() -> None:
    """The list of names, the table of homes and ``dir`` agree."""
    assert salesrules.__all__ == sorted(salesrules._HOMES)
    assert {*salesrules.__all__, "__version__"} == set(dir(salesrules))


def test_unknown_name_is_an_attribute_error() -> None:
    """A name that is not there fails as in any module."""
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        salesrules.__getattr__("Nonsense")


def test_version_is_the_version_of_the_distribution() -> None:
    """``__version__`` is read from the installed metadata, which come from pyproject.toml."""
    pyproject = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text(encoding="utf-8"))
    assert salesrules.__version__ == pyproject["project"]["version"]
