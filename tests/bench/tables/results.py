"""What one run of the benchmark measured, on which machine and with which versions; and whether all variants agree."""

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import attrs

from .catalogue import REFERENCE, VARIANTS, Variant

__all__ = ["LIBRARIES", "Measured", "disagreements", "machine", "versions"]

LIBRARIES = ("salesrules", "numpy", "polars", "pandas", "pyarrow", "duckdb", "ibis-framework", "pyspark", "narwhals", "numba")


@attrs.frozen(kw_only=True)
class Measured:
    """What one variant took at one size."""

    name: str
    rows: int
    people: int
    flat: bool
    first: float
    times: tuple[float, ...] = attrs.field(converter=tuple)
    extra_mb: float | None
    checks: dict[str, int] | None

    @property
    def variant(self) -> Variant:
        """Its entry in the catalogue."""
        return VARIANTS[self.name]

    @property
    def seconds(self) -> float:
        """The median; that of a sample is scaled to all lines."""
        scale = self.rows / self.checks["rows"] if self.checks is not None and self.variant.kind == "sample" else 1
        return statistics.median(self.times) * scale


def disagreements(measured: Iterable[Measured]) -> list[str]:
    """What differs: every variant of a job at a size must pay the same cents as all others, and on the sample as our scalar verb."""
    faults = []
    first: dict[tuple[str, int, int, bool, str], Measured] = {}
    for one in sorted(measured, key=lambda one: one.name not in REFERENCE.values()):
        if one.checks is None:
            continue
        whole = () if one.variant.kind == "sample" else ("rows", "paid", "lines", "totals")
        for what in ("sample", *whole):
            other = first.setdefault((one.variant.job, one.rows, one.people, one.flat, what), one)
            if other.checks is not None and one.checks[what] != other.checks[what]:
                size = f"{one.rows:,} lines of {one.people:,} people"
                faults.append(f"{one.name} differs from {other.name} in {what} at {size}: {one.checks[what]} is not {other.checks[what]}")
    return faults


def machine() -> dict[str, Any]:
    """The size of the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return {"cpus": os.cpu_count(), "cpu": _processor(), "memory_gb": round(memory / 2**30), "system": platform.system(), "python": platform.python_version()}


def _processor() -> str:
    try:
        lines: Sequence[str] = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def versions() -> dict[str, str]:
    """The versions of the libraries that are installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
