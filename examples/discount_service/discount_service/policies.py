"""The rules in force: read when the service starts, and again when their files change.

A request takes the `Edition` that is in force when it begins and keeps it to its end. A file that is wrong is refused: the edition
before it goes on answering, and `Shelf.refused` tells so. A file is taken when two looks in a row saw the same, so one that is still
being written is left alone; replace it by renaming a finished one all the same.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs

from salesrules import document, policy
from salesrules.errors import Faults, PolicyError, SalesRulesError
from salesrules.money import Money
from salesrules.pricing import PricePolicy

__all__ = ["Article", "Edition", "FileRefused", "Shelf"]

LOG = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class Article:
    """What the service knows of an article.

    Args:
        cost: of one ``unit``; without it a policy with a floor by margin cannot judge the article.
    """

    id: str
    title: str = ""
    title_en: str = ""
    category: str
    unit: str
    cost: Money | None = None


@attrs.frozen(kw_only=True)
class Articles:
    """The document that lists them."""

    articles: tuple[Article, ...]

    def __attrs_post_init__(self) -> None:
        if len(self.by_id) < len(self.articles):
            raise PolicyError("service.articles", "an article stands in the list twice; keep one", path="articles")

    @cached_property
    def by_id(self) -> Mapping[str, Article]:
        """The articles by their names."""
        return {article.id: article for article in self.articles}


@attrs.frozen(kw_only=True, eq=False)
class Edition:
    """The rules as one reading of their files found them."""

    policy: PricePolicy
    articles: Mapping[str, Article]
    hash: str
    loaded_at: datetime

    @classmethod
    def read(cls, rules: Path, articles: Path) -> "Edition":
        """Read both files.

        Raises:
            Faults: what is wrong with them, all at once.
            OSError: where one cannot be read.
        """
        texts = [path.read_bytes() for path in (rules, articles)]
        found: PricePolicy = policy.loads(texts[0], PricePolicy, format=rules.suffix.removeprefix("."))
        known = document.loads(texts[1], Articles, format=articles.suffix.removeprefix("."))
        _ = found.of_lines, found.of_orders  # written out now, so that no request waits for it
        digest = hashlib.sha256(b"\0".join(hashlib.sha256(text).digest() for text in texts)).hexdigest()
        return cls(policy=found, articles=known.by_id, hash=digest, loaded_at=datetime.now(UTC))

    @cached_property
    def document(self) -> dict[str, Any]:
        """The whole policy as plain data."""
        told: dict[str, Any] = json.loads(policy.dumps(self.policy, format="json"))
        return told

    def in_force(self, day: date) -> bool:
        """Whether the policy is in force on a day."""
        return self.policy.effective_from <= day and (self.policy.effective_until is None or day < self.policy.effective_until)


@attrs.frozen(kw_only=True)
class FileRefused:
    """A reading that was refused."""

    at: datetime
    codes: tuple[str, ...]
    paths: tuple[str, ...]

    @classmethod
    def of(cls, error: SalesRulesError | OSError) -> "FileRefused":
        """What is told of an error without a word of the rules themselves."""
        faults = error.faults if isinstance(error, Faults) else (error,)
        told = [(fault.code, fault.path) if isinstance(fault, SalesRulesError) else ("service.unreadable", "") for fault in faults]
        return cls(at=datetime.now(UTC), codes=tuple(code for code, _ in told), paths=tuple(path for _, path in told))


class Shelf:
    """Where the rules in force are taken from.

    Raises:
        Faults: where the files are wrong at the start.
        OSError: where one cannot be read at the start.
    """

    def __init__(self, rules: Path, articles: Path) -> None:
        self.files = (rules, articles)
        self.refused: FileRefused | None = None
        self._taken = self._seen = self._looks()
        self.current = Edition.read(*self.files)

    def look(self) -> None:
        """Look at the files once, and take what has changed and come to rest."""
        looks = self._looks()
        before, self._seen = self._seen, looks
        if looks in (self._taken, None) or looks != before:
            return
        try:
            edition = Edition.read(*self.files)
        except (SalesRulesError, OSError) as error:
            LOG.error("the rules are refused, the edition %s goes on: %s", self.current.hash[:12], error)  # noqa: TRY400 - the fault is in a file
            self.refused = FileRefused.of(error)
        else:
            LOG.info("the rules are now %s %s (%s)", edition.policy.id, edition.policy.version, edition.hash[:12])
            self.current, self.refused = edition, None
        self._taken = looks

    async def watch(self, every: float) -> None:
        """Look again and again."""
        while True:
            await asyncio.sleep(every)
            await asyncio.to_thread(self.look)

    def _looks(self) -> tuple[tuple[int, int, int], ...] | None:
        """What the files look like from the outside; `None` while one is missing, as it is between two renamings."""
        try:
            found = [path.stat() for path in self.files]
        except OSError:
            return None
        return tuple((one.st_mtime_ns, one.st_size, one.st_ino) for one in found)
