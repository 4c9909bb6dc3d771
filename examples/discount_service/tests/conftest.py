"""A service for all tests, and one for each test that changes its rules."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Served, serving


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service whose rules stay as they are."""
    with serving(tmp_path_factory.mktemp("rules")) as served:
        yield served


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A service whose rules a test may change."""
    with serving(tmp_path) as served:
        yield served
