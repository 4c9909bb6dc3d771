"""The command line: measures every variant in a process of its own, compares their checksums, and writes table and chart."""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import attrs

from . import data
from .catalogue import GROWING, VARIANTS
from .chart import chart
from .report import report
from .results import Measured, disagreements, machine, versions
from .terms import Size

__all__ = ["main"]

_ROOT = Path(__file__).parents[3]
_GROWTH_ROUNDS = 3
_FEWEST, _MOST_PEOPLE = 100, 1_000_000


class _Failed(Exception):
    """A variant broke."""


def _run(name: str, size: Size, rounds: int) -> Measured | str:
    """What a variant took; or the library that it lacks."""
    given = (name, str(size.rows), str(size.people), "flat" if size.flat else "by-person", str(rounds))
    paths = (str(_ROOT), str(_ROOT / "src"), os.environ.get("PYTHONPATH", ""))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-m", f"{__package__}.measure", *given]
    done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _Failed(f"{name} failed:\n{done.stderr.partition('nanobind: leaked')[0][-1500:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return str(told["missing"]) if "missing" in told else Measured(**told)


def _sizes(rows: int, people: int) -> list[Size]:
    """Up to the full size in steps of ten, and few, some and very many people."""
    lines = [size for size in (rows // 100, rows // 10, rows) if size >= people]
    crowds = [crowd for crowd in (_FEWEST, 10_000, _MOST_PEOPLE) if crowd <= rows]
    return [Size(rows=count, people=people, flat=True) for count in lines] + [Size(rows=rows, people=crowd, flat=True) for crowd in crowds]


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="lines; 10,000,000 where left out")
    parser.add_argument("--people", type=int, default=5_000, help="people; 5,000 where left out")
    parser.add_argument("--only", default="*", help="names or patterns with a comma between them, of: growth, " + ", ".join(VARIANTS))
    parser.add_argument("--rounds", type=int, default=5, help="how often each variant is measured")
    parser.add_argument("--write", type=Path, help="a folder for table.md, results.json and chart.svg")
    return parser.parse_args(given)


def _told(one: Measured | str) -> str:
    if isinstance(one, str):
        return f"skipped for want of {one}"
    return f"{one.seconds:9.3f} s   {' '.join(f'{seconds:.3f}' for seconds in one.times)}"


def main(given: list[str] | None = None) -> int:
    """Run the benchmark; 1 where a variant breaks or pays other cents than the others."""
    options = _arguments(given)
    patterns = options.only.split(",")

    def wanted(name: str) -> bool:
        return any(fnmatch(name, pattern) for pattern in patterns)

    size = Size(rows=options.rows, people=options.people)
    plan = [(name, size, options.rounds) for name in VARIANTS if wanted(name)]
    if wanted("growth"):
        plan += [(name, other, _GROWTH_ROUNDS) for other in _sizes(size.rows, size.people) for name in GROWING]
    for other in dict.fromkeys(other for _, other, _ in plan):
        data.made(other)
    measured: list[Measured] = []
    missing: dict[str, str] = {}
    faults: list[str] = []
    for name, other, rounds in plan:
        try:
            one = _run(name, other, rounds)
        except _Failed as failed:
            faults.append(str(failed))
            print(f"{name:28} FAILED", file=sys.stderr, flush=True)
            continue
        if isinstance(one, str):
            missing[name] = one
        else:
            measured.append(one)
        print(f"{name:28} {other.rows:>10,} x {other.people:<9,} {_told(one)}", file=sys.stderr, flush=True)
    faults += disagreements(measured)
    if faults:
        print("\n".join(("", "NO TABLE, BECAUSE:", *faults)), file=sys.stderr)
        return 1
    results = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "rows": size.rows,
        "people": size.people,
        "rounds": options.rounds,
        "missing": missing,
        "measured": [attrs.asdict(one) for one in measured],
    }
    text = report(results)
    print(text)
    if options.write is not None:
        options.write.mkdir(parents=True, exist_ok=True)
        (options.write / "table.md").write_text(text)
        (options.write / "results.json").write_text(json.dumps(results, indent=2) + "\n")
        (options.write / "chart.svg").write_text(chart(results))
    return 0
