"""Draws what a run measured, as SVG that stands inside the report."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from alerts.judge import Judgement

INK, DIM, GROUND = "#e9e6ff", "#8c86b8", "#15122b"
CYAN, MAGENTA, GOLD, GREEN = "#3ce0f0", "#ff4fb4", "#ffc857", "#59e39b"
SERIES = (CYAN, MAGENTA, GOLD, GREEN, "#a78bfa", "#ff8a5c")

mpl.rcParams.update(
    {
        "figure.facecolor": GROUND,
        "axes.facecolor": GROUND,
        "axes.edgecolor": "#39345f",
        "axes.labelcolor": DIM,
        "axes.grid": True,
        "grid.color": "#2a2650",
        "xtick.color": DIM,
        "ytick.color": DIM,
        "text.color": INK,
        "font.size": 9,
        "svg.fonttype": "none",
        "svg.hashsalt": "casino-club",
    }
)


def latencies(found: Sequence[dict[str, Any]]) -> str:
    """Each surface's latency by percentile, corrected for coordinated omission (full) and as seen (dotted)."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.add_subplot()
    for index, cell in enumerate(found):
        colour = SERIES[index % len(SERIES)]
        for name, style in (("corrected", "-"), ("uncorrected", ":")):
            points = cell[name].get("series") or []
            if points:
                label = f"{cell['kind']} · {cell['surface']}" if style == "-" else None
                axes.plot(
                    [1 / max(1e-4, 1 - point[0] / 100) for point in points],
                    [point[1] * 1000 for point in points],
                    style,
                    color=colour,
                    label=label,
                    linewidth=1.6 if style == "-" else 1.0,
                )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([1, 2, 10, 100, 1000], ["0", "50", "90", "99", "99.9"])
    axes.set_xlabel("percentile")
    axes.set_ylabel("milliseconds")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", ncols=2, frameon=False, fontsize=8)
    return svg(figure, "Latency by percentile")


def timeline(seconds: Sequence[dict[str, Any]]) -> str:
    """What was asked and answered in each second of the load."""
    figure = Figure(figsize=(9, 2.6), layout="constrained")
    axes = figure.add_subplot()
    names = sorted({name for second in seconds for name in second} - {"second"})
    for index, name in enumerate(names):
        axes.plot(
            [second["second"] for second in seconds],
            [second.get(name, 0) for second in seconds],
            color=SERIES[index % len(SERIES)],
            label=name,
            linewidth=1.4,
        )
    axes.set_xlabel("second of the run")
    axes.set_ylabel("a second")
    axes.set_ylim(bottom=0)
    if names:
        axes.legend(loc="lower right", ncols=len(names), frameon=False, fontsize=8)
    return svg(figure, "Load over time")


def budgets(judgements: Sequence[Judgement]) -> str:
    """How much of its error budget each objective has left in this window."""
    shown = [judgement for judgement in judgements if judgement.budget_left is not None]
    figure = Figure(figsize=(9, 0.7 + 0.42 * max(1, len(shown))), layout="constrained")
    axes = figure.add_subplot()
    left = [max(-1.0, judgement.budget_left or 0.0) for judgement in shown]
    colours = [GREEN if value >= 0.25 else GOLD if value >= 0 else MAGENTA for value in left]
    axes.barh([judgement.slo.name for judgement in shown], left, color=colours, height=0.55)
    axes.axvline(0, color=DIM, linewidth=0.8)
    axes.set_xlim(-1.05, 1.05)
    axes.set_xticks([-1, -0.5, 0, 0.5, 1], ["overspent", "−50 %", "spent", "50 % left", "untouched"])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    return svg(figure, "Error budget left")


def svg(figure: Figure, title: str) -> str:
    """The drawing as an element that stands inside a page."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Title": title})
    drawing = buffer.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    return re.sub(r"<svg ", f'<svg role="img" aria-label="{title}" ', drawing, count=1)
