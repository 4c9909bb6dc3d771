"""How fast ten million quotes are checked: by this library and by hand in polars, eager and lazy, in turns in one process.

The policy: nobody goes below a margin of 20%; five levels by discount, with limits of their own for each of twenty categories. By hand that is
written as one who knows polars would write it: categories as an enumeration, limits gathered by its numbers, conditions chained, no check of the
input. Ours refuses what is empty, negative or a quantity of 0 first. Every variant must give the same answers, and the scalar verb on a sample.
Run with ``make bench``; quote medians and ratios.
"""

import argparse
import ctypes
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]

from salesrules import frames
from salesrules.pricing import Level, Limit, MarginFloor, PricePolicy, Row
from salesrules.scope import Scope

LEVELS = ("rep", "lead", "manager", "head", "management")
CATEGORIES = tuple(f"C{number:02}" for number in range(20))
DAY = date(2026, 3, 2)
OTHERS = (500, 1000, 1500, 2000, 2500)
LIMITS = {category: tuple(limit + 10 * number for limit in OTHERS) for number, category in enumerate(CATEGORIES)}
"""The limits of each category in basis points."""
VERDICTS, NEEDED = pl.Enum(["allowed", "needs_approval", "refused"]), pl.Enum(["", *LEVELS])
ANSWERS, AMOUNTS = ("verdict", "level"), ("verdict", "level", "floor", "shortfall")


def limit(name: str, points: tuple[int, ...], scope: Scope) -> Limit:
    """The limits of the levels, in basis points."""
    rows = tuple(Row(level=level, limit=f"{point / 100}%") for level, point in zip(LEVELS, points, strict=True))
    return Limit(id=name, measure="discount", at="net", per="line", scope=scope, rows=rows)


POLICY = PricePolicy(
    id="bench",
    currency="CNY",
    effective_from=date(2026, 1, 1),
    own_range="granted",
    combine="all",
    levels=tuple(Level(id=name) for name in LEVELS),
    floors=(MarginFloor(id="margin", at="net", per="line", below="nobody", margin="20%"),),
    limits=(limit("others", OTHERS, Scope()), *(limit(name, points, Scope(category=(name,))) for name, points in LIMITS.items())),
)


def quotes(rows: int) -> pl.DataFrame:
    """Made-up quotes, with a fixed seed."""
    chance = np.random.default_rng(7)
    listed = chance.integers(1_000, 500_000, rows)
    return pl.DataFrame(
        {
            "quantity": chance.integers(1, 200, rows),
            "list_price": listed,
            "price": listed * (10_000 - chance.integers(0, 3_500, rows)) // 10_000,
            "cost": listed * chance.integers(40, 75, rows) // 100,
            "category": pl.Series(np.array(CATEGORIES)[chance.integers(0, len(CATEGORIES), rows)]),
        }
    )


def chained(pairs: list[tuple[Any, Any]], otherwise: Any) -> Any:
    """The first of some values whose condition holds."""
    made = pl.when(pairs[0][0]).then(pairs[0][1])
    for condition, value in pairs[1:]:
        made = made.when(condition).then(value)  # type: ignore[assignment]
    return made.otherwise(otherwise)


def by_hand(table: pl.LazyFrame, outputs: tuple[str, ...]) -> pl.LazyFrame:
    """The query by hand."""
    col, own = pl.col, table.collect_schema().names()
    table = table.with_columns(code=col("category").cast(pl.Enum(CATEGORIES)).to_physical())
    given, limits = (col("list_price") - col("price")) * 10_000, [pl.Series([LIMITS[name][at] for name in CATEGORIES]) for at in range(len(LEVELS))]
    past = [given > col("list_price") * pl.lit(points).gather(col("code")) for points in limits]
    below = col("price") * 4 < col("cost") * 5
    ranks = [(condition, pl.lit(rank, pl.Int8)) for rank, condition in reversed(list(enumerate(past, start=1)))]
    table = table.with_columns(rank=chained([(below, pl.lit(len(LEVELS), pl.Int8)), *ranks], pl.lit(0, pl.Int8)))
    rank = col("rank")
    figures = {
        "verdict": chained([(rank == len(LEVELS), pl.lit("refused", VERDICTS)), (rank > 0, pl.lit("needs_approval", VERDICTS))], pl.lit("allowed", VERDICTS)),
        "level": chained([(rank == at, pl.lit(name, NEEDED)) for at, name in enumerate(LEVELS) if at], pl.lit("", NEEDED)),
        "floor": (col("cost") * 5 * col("quantity") + 3) // 4,
        "shortfall": (pl.max_horizontal(col("cost") * 5 - col("price") * 4, 0) * col("quantity") + 3) // 4,
    }
    return table.select(*own, *(figures[name].alias(name) for name in outputs))


def ours(table: Any, outputs: tuple[str, ...]) -> Any:
    """The query by this library."""
    return frames.validate(POLICY, table, level="rep", on=DAY, outputs=outputs).lines


def checksum(table: pl.DataFrame) -> int:
    """A number that changes with any cell that was added."""
    weights = (np.arange(1, len(table) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) | np.uint64(1)
    columns = [table[name].to_physical() if table[name].dtype == pl.Enum else table[name] for name in table.columns if name in AMOUNTS]
    return sum(int((column.to_numpy().astype(np.uint64) * weights).sum(dtype=np.uint64)) * (at + 1) for at, column in enumerate(columns)) % 2**64


def megabytes(what: str) -> float:
    """``VmRSS`` (now) or ``VmHWM`` (most) of this process; 0 where the system does not tell."""
    with suppress(OSError):
        return next(int(line.split()[1]) / 1024 for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what))
    return 0.0


def work_of(name: str, table: pl.DataFrame) -> Callable[[], Any]:
    """The work of a variant: who, how, and what is asked for."""
    who, how, what = name.split(", ")
    outputs = AMOUNTS if what == "amounts" else ANSWERS
    if how == "eager":
        return lambda: by_hand(table.lazy(), outputs).collect() if who == "hand" else ours(table, outputs)
    query: Callable[[Any, tuple[str, ...]], Any] = by_hand if who == "hand" else ours
    engine = "streaming" if how == "streaming" else "auto"
    return lambda: query(table.lazy(), outputs).collect(engine=engine)


def extra_memory(name: str, rows: int) -> float:
    """The most memory that a variant takes in a process of its own, over what its table takes; its result is among it."""
    told = subprocess.run([sys.executable, __file__, "--rows", str(rows), "--memory", name], capture_output=True, text=True, check=True)
    return float(told.stdout)


def remember(name: str, rows: int) -> None:
    """Run a variant once, and tell what memory it took."""
    table = quotes(rows)
    work = work_of(name, table)
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    before = megabytes("VmRSS")
    kept = work()
    print(megabytes("VmHWM") - before if len(kept) else 0)


def compared(table: pl.DataFrame, rounds: int) -> bool:
    """Measure by hand and ours in turns, and tell; whether all agree."""
    fine = True
    print(f"{'polars':24}{'by hand':>10}{'ours':>10}{'ratio':>8}{'of CPU':>8}{'MB by hand':>12}{'MB ours':>10}")
    for what in ("answers", "amounts"):
        for how in ("eager", "lazy", "streaming"):
            names = [f"{who}, {how}, {what}" for who in ("hand", "ours")]
            both = [work_of(name, table) for name in names]
            same = len({checksum(work()) for work in both}) == 1
            times: tuple[list[float], list[float]] = ([], [])
            busy: tuple[list[float], list[float]] = ([], [])
            for _ in range(rounds):
                for work, told, used in zip(both, times, busy, strict=True):
                    start, before = time.perf_counter(), time.process_time()
                    result = work()
                    told.append(time.perf_counter() - start)
                    used.append(time.process_time() - before)
                    del result
            hand, own = (statistics.median(told) for told in times)
            cpu = statistics.median(busy[1]) / statistics.median(busy[0])
            memory = [extra_memory(name, len(table)) for name in names]
            print(
                f"{f'{how}, {what}':24}{hand:9.3f}s{own:9.3f}s{own / hand:8.2f}{cpu:8.2f}{memory[0]:12.0f}{memory[1]:10.0f}{'' if same else '  DIFFERS'}",
                flush=True,
            )
            fine = fine and same
    return fine


def measured(rows: int, rounds: int) -> bool:
    """The whole benchmark."""
    table = quotes(rows)
    fine = compared(table, rounds)
    arrow = pa.table({name: table[name].to_arrow().cast(pa.string()) if name == "category" else table[name].to_numpy() for name in table.columns})
    start = time.perf_counter()
    told = ours(arrow, AMOUNTS)
    print(f"pyarrow, amounts: {time.perf_counter() - start:.3f}s")
    fine = fine and checksum(pl.DataFrame(told).cast({"verdict": VERDICTS, "level": NEEDED})) == checksum(ours(table, AMOUNTS))
    sample = table.gather_every(max(1, rows // 5_000))
    done = frames.validate(POLICY, sample, level="rep", on=DAY, outputs=AMOUNTS)
    start = time.perf_counter()
    check = done.check(len(sample))
    each = (time.perf_counter() - start) / len(sample)
    print(f"one at a time, with its working: {each * 1e6:.0f} us each; {check.rows} compared, {len(check.differences)} differ")
    return fine and bool(check)


def main() -> int:
    """Run the benchmark; 1 where a variant gives other answers than the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="quotes; 10,000,000 where left out")
    parser.add_argument("--rounds", type=int, default=5, help="how often each variant is measured")
    parser.add_argument("--memory", help="run one variant once, and tell what memory it took")
    given = parser.parse_args()
    if given.memory:
        remember(given.memory, given.rows)
        return 0
    return 0 if measured(given.rows, given.rounds) else 1


if __name__ == "__main__":
    raise SystemExit(main())
