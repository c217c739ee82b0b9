"""Draws a board as a picture, for reports and for places that have no Grafana."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from dashboards import units
from dashboards.panels import GRID_WIDTH, SHARE
from dashboards.results import Curve, Results

PAGE, PANEL, EDGE, GRID = "#0b0c14", "#151826", "#262b40", "#232840"
INK, FAINT = "#e8eaf6", "#8b91ad"
PAGES, FAULTS = "#ff4d6d", "#ff9f43"
PALETTE = (
    "#4cc9f0", "#f72585", "#ffd166", "#3ddc97", "#b388ff", "#ff9f43",
    "#5eead4", "#ff8fab", "#a3e635", "#60a5fa", "#facc15", "#e879f9",
)  # fmt: skip

# One unit of Grafana's grid, in inches, and how much of a panel stays free around its plot.
UNIT_WIDTH, UNIT_HEIGHT = 0.72, 0.36
HEADER = 0.75
GAP = 0.06
DPI = 100

# A legend's rows, the inches that a letter and a mark take in it, and how far left of the plot it begins.
LEGEND_ROWS, LETTER_WIDTH, LEGEND_MARK, LEGEND_LEFT = 2, 0.066, 0.38, 0.4

Document = Mapping[str, Any]
Box = tuple[float, float, float, float]


def draw(document: Document, name: str, results: Results) -> Figure:
    """A figure of one board with its results; panels lie where Grafana would put them."""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in document["panels"])
    width, height = GRID_WIDTH * UNIT_WIDTH, rows * UNIT_HEIGHT + HEADER
    with mpl.rc_context({"font.family": "DejaVu Sans", "font.size": 9}):
        figure = Figure(figsize=(width, height), dpi=DPI, facecolor=PAGE)
        FigureCanvasAgg(figure)
        _header(figure, document, results)
        for panel in document["panels"]:
            box = _box(panel["gridPos"], width, height)
            _frame(figure, box, panel["title"])
            curves = results.panels[name].get(panel["id"], ())
            _DRAWERS[panel["type"]](figure, box, panel, curves, results)
    return figure


def _header(figure: Figure, document: Document, results: Results) -> None:
    top = 1 - 0.42 * HEADER / figure.get_figheight()
    figure.text(
        0.008, top, f"Casino-Club  ·  {document['title']}", color=INK, size=16, weight="bold", va="center"
    )
    span = f"{results.start:%Y-%m-%d %H:%M:%S} to {results.end:%H:%M:%S} UTC"
    figure.text(0.992, top, span, color=FAINT, size=10, ha="right", va="center")


def _box(place: Mapping[str, int], width: float, height: float) -> Box:
    """Left, bottom, width and height of a panel, as shares of the figure."""
    left = place["x"] * UNIT_WIDTH + GAP
    bottom = height - HEADER - (place["y"] + place["h"]) * UNIT_HEIGHT + GAP
    inner_width, inner_height = place["w"] * UNIT_WIDTH - 2 * GAP, place["h"] * UNIT_HEIGHT - 2 * GAP
    return left / width, bottom / height, inner_width / width, inner_height / height


def _frame(figure: Figure, box: Box, title: str) -> None:
    left, bottom, width, height = box
    figure.add_artist(
        FancyBboxPatch(
            (left, bottom),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.004",
            facecolor=PANEL,
            edgecolor=EDGE,
            linewidth=1,
            mutation_aspect=figure.get_figwidth() / figure.get_figheight(),
            zorder=-1,
        )
    )
    inch = 1 / figure.get_figheight()
    figure.text(
        left + 0.1 / figure.get_figwidth(),
        bottom + height - 0.19 * inch,
        title,
        color=INK,
        size=9.5,
        weight="bold",
        va="center",
    )


def _inside(figure: Figure, box: Box, *, margins: tuple[float, float, float, float]) -> Axes:
    """Axes within a panel, so many inches from its left, bottom, right and top edges."""
    wide, high = figure.get_figwidth(), figure.get_figheight()
    left, bottom, right, top = margins
    axes = figure.add_axes(
        (
            box[0] + left / wide,
            box[1] + bottom / high,
            box[2] - (left + right) / wide,
            box[3] - (bottom + top) / high,
        )
    )
    axes.set_facecolor("none")
    for side in axes.spines.values():
        side.set_visible(False)
    return axes


def _say_empty(figure: Figure, box: Box) -> None:
    centre = (box[0] + box[2] / 2, box[1] + box[3] / 2)
    figure.text(*centre, "no data", color=FAINT, size=13, ha="center", va="center", style="italic")


def _draw_lines(figure: Figure, box: Box, panel: Document, curves: Sequence[Curve], results: Results) -> None:
    if not curves:
        _say_empty(figure, box)
        return
    axes = _inside(figure, box, margins=(0.72, 0.62, 0.18, 0.38))
    stacked = panel["fieldConfig"]["defaults"]["custom"].get("stacking", {}).get("mode") == "normal"
    colours = [PALETTE[number % len(PALETTE)] for number in range(len(curves))]
    if stacked:
        layers = [[value if math.isfinite(value) else 0.0 for value in curve.values] for curve in curves]
        names = [curve.name for curve in curves]
        axes.stackplot(results.times, layers, colors=colours, labels=names, alpha=0.75, linewidth=0)
    else:
        for curve, colour in zip(curves, colours, strict=True):
            axes.plot(results.times, curve.values, color=colour, linewidth=1.7, label=curve.name)
            axes.fill_between(results.times, curve.values, color=colour, alpha=0.06, linewidth=0)
    _scale(axes, panel, curves, stacked=stacked)
    _time_axis(axes, results)
    for mark in results.faults:
        axes.axvspan(mark.began, mark.ended, color=FAULTS, alpha=0.12, linewidth=0)
    for moment in results.pages:
        axes.axvline(moment, color=PAGES, linewidth=1, alpha=0.7, linestyle=(0, (2, 2)))
    _legend(axes, box[2] * figure.get_figwidth())


def _scale(axes: Axes, panel: Document, curves: Sequence[Curve], *, stacked: bool) -> None:
    """Axes that fit the data, and every threshold near it as a dashed line."""
    limits = [
        (step["value"], step["color"])
        for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
        if step["value"] is not None
    ]
    unit = panel["fieldConfig"]["defaults"]["unit"]
    top = axes.dataLim.y1 if stacked else None
    low, high = _extent(curves, [value for value, _ in limits], top=top, enlarge=unit == SHARE)
    axes.set_ylim(low, high)
    for value, colour in limits:
        if low <= value <= high:
            shown = PAGES if colour == "#3ddc97" else colour
            axes.axhline(value, color=shown, linewidth=1.1, linestyle=(0, (5, 3)), alpha=0.9)
    whole = all(value == int(value) for curve in curves for value in curve.values if math.isfinite(value))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, min_n_ticks=2, integer=whole and high > 1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: units.text(value, unit)))
    axes.tick_params(colors=FAINT, labelsize=8, length=0, pad=4)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def _time_axis(axes: Axes, results: Results) -> None:
    start, end = results.start.timestamp(), results.end.timestamp()
    axes.set_xlim(start, end)
    axes.xaxis.set_major_locator(FixedLocator(units.time_ticks(start, end)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda moment, _: units.clock_text(moment)))


def _extent(
    curves: Sequence[Curve], limits: Sequence[float], *, top: float | None, enlarge: bool
) -> tuple[float, float]:
    """From 0 to the data's top (`top` where it is stacked) and any threshold not far from it.

    With `enlarge`, values that all lie near their top are shown from just under the least of them.
    """
    values = [value for curve in curves for value in curve.values if math.isfinite(value)]
    top = top if top is not None else max(values, default=1.0)
    bottom = min(values, default=0.0)
    if top <= 0:
        top = min((limit for limit in limits if limit > 0), default=1.0)
    near = [limit for limit in limits if limit <= 4 * top]
    top = max([top, *near])
    if enlarge and bottom > 0.5 * top:
        low = min([bottom, *near])
        room = 0.15 * max(top - low, 1e-4)
        return low - room, top + room
    low = min(0.0, bottom)
    return low * 1.1, max(top * 1.12, low + 1e-9)


def _legend(axes: Axes, width: float) -> None:
    """Two rows of names below the plot, as many columns as fit into `width` inches."""
    handles, names = axes.get_legend_handles_labels()
    longest = max(len(name) for name in names)
    columns = max(1, int(width / (LETTER_WIDTH * longest + LEGEND_MARK)))
    hidden = len(handles) - LEGEND_ROWS * columns
    if hidden > 0:
        kept = LEGEND_ROWS * columns
        handles, names = handles[:kept], [*names[: kept - 1], f"and {hidden + 1} more"]
    shown = axes.legend(
        handles,
        names,
        loc="upper left",
        bbox_to_anchor=(-LEGEND_LEFT / width, -0.12),
        ncols=min(columns, len(handles)),
        frameon=False,
        fontsize=7.5,
        labelcolor=FAINT,
        handlelength=1.1,
        handletextpad=0.4,
        columnspacing=1.1,
        labelspacing=0.25,
        borderaxespad=0.2,
    )
    for handle in shown.legend_handles:
        if handle is not None:
            handle.set_alpha(1)


def _draw_tile(figure: Figure, box: Box, panel: Document, curves: Sequence[Curve], results: Results) -> None:
    curve = next(iter(curves), None)
    if curve is None or curve.last is None:
        _say_empty(figure, box)
        return
    defaults = panel["fieldConfig"]["defaults"]
    colour = units.colour(curve.last, defaults["thresholds"]["steps"])
    axes = _inside(figure, box, margins=(0.02, 0.03, 0.02, 0.85))
    floor = min(value for value in curve.values if math.isfinite(value))
    axes.plot(results.times, curve.values, color=colour, linewidth=1.2)
    axes.fill_between(results.times, curve.values, floor, color=colour, alpha=0.15, linewidth=0)
    axes.set_xlim(results.start.timestamp(), results.end.timestamp())
    axes.axis("off")
    shown = units.text(curve.last, defaults["unit"], defaults.get("decimals"))
    centre = (box[0] + box[2] / 2, box[1] + box[3] - 0.6 / figure.get_figheight())
    figure.text(*centre, shown, color=colour, size=17, weight="bold", ha="center", va="center")


def _draw_bars(figure: Figure, box: Box, panel: Document, curves: Sequence[Curve], _: Results) -> None:
    known = [(curve.name, curve.last) for curve in curves if curve.last is not None]
    if not known:
        _say_empty(figure, box)
        return
    defaults = panel["fieldConfig"]["defaults"]
    axes = _inside(figure, box, margins=(1.75, 0.15, 0.95, 0.42))
    for row, (name, value) in enumerate(reversed(known)):
        colour = units.colour(value, defaults["thresholds"]["steps"])
        axes.barh(row, 1, height=0.62, color=GRID)
        axes.barh(row, min(max(value, 0.004), 1), height=0.62, color=colour)
        axes.text(-0.02, row, name, color=FAINT, size=8.5, ha="right", va="center")
        axes.text(1.02, row, units.text(value, defaults["unit"]), color=colour, weight="bold", va="center")
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.6, len(known) - 0.4)
    axes.axis("off")


_DRAWERS: Mapping[str, Callable[[Figure, Box, Document, Sequence[Curve], Results], None]] = {
    "timeseries": _draw_lines,
    "stat": _draw_tile,
    "bargauge": _draw_bars,
}
