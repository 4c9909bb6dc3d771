"""The documentation says the same in both languages, and leaves no module out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
CONFIGS = {"en": "mkdocs.yml", "zh": "mkdocs.zh.yml"}


def pages(language: str) -> set[str]:
    """The pages of one language, relative to its folder."""
    return {page.relative_to(DOCS / language).as_posix() for page in (DOCS / language).rglob("*.md")}


def in_nav(entry: Any) -> Iterator[str]:
    """The pages that a navigation entry names, at any depth."""
    if isinstance(entry, str):
        yield entry
    else:
        for child in entry.values() if isinstance(entry, dict) else entry:
            yield from in_nav(child)


def test_both_languages_have_the_same_pages() -> None:
    """Every English page has its Chinese page, and the reverse."""
    assert pages("en") == pages("zh")


@pytest.mark.parametrize("language", CONFIGS)
def test_navigation_names_every_page(language: str) -> None:
    """Every page is in the navigation of its language exactly once."""
    config = yaml.safe_load((DOCS / CONFIGS[language]).read_text(encoding="utf-8"))
    assert sorted(in_nav(config["nav"])) == sorted(pages(language))


def test_both_navigations_have_the_same_order() -> None:
    """A reader who switches language finds the page at the same place."""
    english, chinese = (yaml.safe_load((DOCS / config).read_text(encoding="utf-8"))["nav"] for config in CONFIGS.values())
    assert list(in_nav(english)) == list(in_nav(chinese))


def test_every_public_module_has_a_reference_page() -> None:
    """The reference has one page for each module or package of the library, and no others."""
    package = ROOT / "src" / "salesrules"
    modules = {path.stem for path in package.glob("[a-z]*.py")} | {path.parent.name for path in package.glob("*/__init__.py")}
    assert {page.stem for page in (DOCS / "en" / "reference").glob("*.md")} - {"index"} == modules
