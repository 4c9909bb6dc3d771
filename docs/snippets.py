"""A pytest plugin that runs the Python fences of README and docs as one story per page: `python -m pytest -p docs.snippets README.md docs`."""

from pathlib import Path

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

pytest_collect_file = Sybil(path=str(Path(__file__).parents[1]), parsers=[PythonCodeBlockParser(), SkipParser()], patterns=["*.md"]).pytest()
