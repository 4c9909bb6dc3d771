"""Measures one variant in this process, and prints one line of JSON: ``python -m tests.bench.tables.measure NAME ROWS PEOPLE FLAT ROUNDS``."""

import ctypes
import gc
import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import pyarrow  # type: ignore[import-untyped]

from salesrules.errors import SalesRulesError

from . import data
from .answer import Checks, Prepared, checked, sample_people
from .catalogue import VARIANTS
from .terms import Size

__all__ = ["main", "measured"]

_PROCESSES = Path("/proc")


def _megabytes(process: int | str, what: str) -> float | None:
    """``VmRSS`` (now) or ``VmHWM`` (most) of a process; nothing where the system does not tell."""
    try:
        lines = (_PROCESSES / str(process) / "status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(what)), None)


def _give_back() -> None:
    """Give freed memory back to the system: memory that loading left behind would hide what the work takes."""
    gc.collect()
    pyarrow.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class _Memory:
    """The most memory that a process holds from now on, over what it holds now."""

    def __init__(self, process: int | str) -> None:
        self._process = process
        with suppress(OSError):  # Where it is not allowed, the mark stays where loading left it, and the extra memory reads too high.
            (_PROCESSES / str(process) / "clear_refs").write_text("5")
        self._base = _megabytes(process, "VmRSS")

    @property
    def extra(self) -> float | None:
        most = _megabytes(self._process, "VmHWM")
        return None if most is None or self._base is None else most - self._base


def _checks(prepared: Prepared, result: Any, size: Size) -> Checks | None:
    if prepared.read is None:
        return None
    people = data.arrays(data.arrow(size).select(["person"]))["person"]
    return checked(prepared.read(result), people, sample_people(size.rows, size.people))


def measured(name: str, size: Size, rounds: int) -> dict[str, Any]:
    """Times, memory and checksums of a variant.

    Args:
        name: the variant.
        size: lines and people.
        rounds: how often it is measured, after one round that is not.
    """
    data.made(size)
    prepared = VARIANTS[name].prepare(size)
    _give_back()
    gc.freeze()
    memory = _Memory("self" if prepared.process is None else prepared.process())
    times, result = [], None
    for _ in range(rounds + 1):
        result = None
        gc.collect()
        start = time.perf_counter()
        result = prepared.work()
        times.append(time.perf_counter() - start)
    extra = memory.extra
    checks = _checks(prepared, result, size)
    return {
        "name": name,
        **attrs.asdict(size),
        "first": times[0],
        "times": times[1:],
        "extra_mb": extra,
        "checks": None if checks is None else attrs.asdict(checks),
    }


def main() -> None:
    """Measure what the command line names."""
    name, rows, people, flat, rounds = sys.argv[1:]
    try:
        told = measured(name, Size(rows=int(rows), people=int(people), flat=flat == "flat"), int(rounds))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("salesrules"):
            raise
        told = {"name": name, "missing": error.name}
    except SalesRulesError as error:
        if error.code != "frames.engine":
            raise
        told = {"name": name, "missing": "an engine of that name"}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
