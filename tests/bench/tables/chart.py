"""The medians of the commission job as a drawing: a dot for each variant on a logarithmic axis; readable on light and dark pages."""

from html import escape
from math import ceil, floor, log10
from typing import Any

from .report import of_job
from .results import Measured

__all__ = ["chart"]

_ROW, _LEFT, _RIGHT, _TOP, _WIDTH = 24, 250, 70, 84, 760
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.quiet { fill: #57606a; font-size: 12px }
.grid { stroke: #d0d7de } .stem { stroke-opacity: 0.5 }
.bound { fill: #6e7781; stroke: #6e7781 } .sample { fill: #8250df; stroke: #8250df }
.hand { fill: #0969da; stroke: #0969da } .ours { fill: #bc4c00; stroke: #bc4c00 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .quiet { fill: #9198a1 } .grid { stroke: #3d444d }
  .bound { fill: #9198a1; stroke: #9198a1 } .sample { fill: #ab7df8; stroke: #ab7df8 }
  .hand { fill: #58a6ff; stroke: #58a6ff } .ours { fill: #f0883e; stroke: #f0883e }
}"""
_LEGEND = {"bound": "reading and writing alone", "sample": "one line at a time", "hand": "written by hand", "ours": "salesrules"}


def _label(one: Measured) -> str:
    return one.variant.label if one.variant.kind in {"bound", "sample"} else f"{'salesrules' if one.variant.kind == 'ours' else 'by hand'}: {one.variant.label}"


def _seconds(value: float) -> str:
    return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"


def chart(results: dict[str, Any]) -> str:
    """An SVG picture, fastest first."""
    measured = sorted(of_job(results, "commission"), key=lambda one: one.seconds)
    low = floor(log10(min((one.seconds for one in measured), default=1)))
    high = max(ceil(log10(max((one.seconds for one in measured), default=1))), low + 1)
    bottom = _TOP + _ROW * len(measured)

    def across(seconds: float) -> float:
        return _LEFT + (log10(seconds) - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    title = f"Commission on {results['rows']:,} lines: seconds, each step of the grid is ten times more"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 30}" role="img" aria-label="{escape(title)}">',
        f"<style>{_STYLE}</style>",
        f'<text x="8" y="24" font-weight="600">{escape(title)}</text>',
    ]
    at = 8
    for kind, meaning in _LEGEND.items():
        if kind not in {one.variant.kind for one in measured}:
            continue
        parts.append(f'<circle class="{kind}" cx="{at + 6}" cy="46" r="5"/><text class="quiet" x="{at + 16}" y="50">{meaning}</text>')
        at += 34 + 7 * len(meaning)
    for power in range(low, high + 1):
        x = across(10.0**power)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{_TOP - 12}" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(f'<text class="quiet" x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{10.0**power:g} s</text>')
    for number, one in enumerate(measured):
        x, y, kind = across(one.seconds), _TOP + _ROW * number + 4, one.variant.kind
        parts.append(f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(_label(one))}</text>')
        parts.append(f'<line class="{kind} stem" x1="{_LEFT}" y1="{y}" x2="{x:.1f}" y2="{y}"/><circle class="{kind}" cx="{x:.1f}" cy="{y}" r="5"/>')
        parts.append(f'<text class="quiet" x="{x + 10:.1f}" y="{y + 4}">{_seconds(one.seconds)}</text>')
    return "\n".join((*parts, "</svg>", ""))
