"""The results as a Markdown page."""

from collections.abc import Iterable
from typing import Any

from .results import Measured

__all__ = ["best_hand", "of_job", "report"]

_KINDS = {"bound": "bound", "sample": "sample, scaled", "hand": "by hand", "ours": "salesrules"}
_JOBS = {
    "commission": "Commission: running totals",
    "stateless": "Commission: each sale by itself",
}


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    names = list(head)
    align = ["---" if number < 2 else "---:" for number in range(len(names))]
    return [f"| {' | '.join(row)} |" for row in (names, align, *rows)]


def of_job(results: dict[str, Any], job: str) -> list[Measured]:
    """What was measured of a job at the full size."""
    measured = [Measured(**one) for one in results["measured"]]
    return [one for one in measured if one.variant.job == job and not one.flat]


def best_hand(measured: Iterable[Measured], start: str = "polars") -> Measured | None:
    """The fastest variant that was written by hand for an engine."""
    peers = [one for one in measured if one.variant.kind == "hand" and one.variant.label.startswith(start)]
    return min(peers, key=lambda one: one.seconds, default=None)


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _ratio(value: float, other: Measured | None) -> str:
    if other is None:
        return ""
    ratio = value / other.seconds
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def _job(results: dict[str, Any], job: str) -> list[str]:
    measured = of_job(results, job)
    if not measured:
        return []
    bound = next((one for one in of_job(results, "commission") if one.variant.kind == "bound"), None)
    polars = best_hand(measured)
    rows = []
    for one in measured:
        seconds = one.seconds
        memory = "" if one.extra_mb is None or one.variant.kind == "sample" else f"{one.extra_mb:,.0f}"
        speed = f"{one.rows / seconds / 1e6:.2f}"
        rows.append((_KINDS[one.variant.kind], one.variant.label, _seconds(seconds), speed, _ratio(seconds, bound), _ratio(seconds, polars), memory))
    head = ("", "variant", "seconds", "M lines/s", "x bound", "x best polars by hand", "extra MB")
    return [f"## {_JOBS[job]}", "", *_table(head, rows), ""]


def _growth(results: dict[str, Any]) -> list[str]:
    measured = [one for one in (Measured(**one) for one in results["measured"]) if one.flat]
    names = list(dict.fromkeys(one.name for one in measured))
    cost = {(one.rows, one.people, one.name): one.seconds / one.rows * 1e9 for one in measured}
    labels = {one.name: f"{_KINDS[one.variant.kind]}: {one.variant.label}" if one.variant.kind != "bound" else "bound" for one in measured}
    sizes = list(dict.fromkeys((one.rows, one.people) for one in measured))
    rows = [
        (f"{lines:,}", f"{people:,}", *(f"{cost[lines, people, name]:.0f}" if (lines, people, name) in cost else "" for name in names))
        for lines, people in sizes
    ]
    return ["## Growth: nanoseconds per line", "", *_table(("lines", "people", *(labels[name] for name in names)), rows), ""] if rows else []


def report(results: dict[str, Any]) -> str:
    """The page: what was measured, where, and how it compares."""
    machine, versions = results["machine"], results["versions"]
    where = f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}"
    with_what = ", ".join(f"{name} {number}" for name, number in versions.items())
    lines = [
        "# Commission on tables",
        "",
        f"{results['date']}. {results['rows']:,} lines of {results['people']:,} people, 12 months, 20 categories, 3% credit notes.",
        f"{where}. {with_what}.",
        "",
        f"Medians of {results['rounds']} rounds after one that is not counted, each variant in a process of its own. All variants of a job pay the same",
        "cents on every line and in every total, and the same as one line at a time. Every variant gives the pay of each line and, for each",
        "person and month, lines, sales and pay. Extra memory is the most that the process held over what the loaded input takes, results included;",
        "for Spark it is that of the Java process. Spark reads and writes Parquet files, all others hold their input in memory.",
        "",
    ]
    for job in _JOBS:
        lines += _job(results, job)
    lines += _growth(results)
    if results["missing"]:
        lines += ["Not measured: " + ", ".join(f"{name} for want of {what}" for name, what in results["missing"].items()) + ".", ""]
    return "\n".join(lines)
