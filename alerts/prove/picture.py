"""Draws the matrix of faults and alerts, and predicted against measured delays, as SVG inside the report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from alerts.gate.plots import CYAN, DIM, GOLD, GREEN, GROUND, INK, MAGENTA, svg
from alerts.prove.outcome import Cell, Sighting
from alerts.prove.statistics import Delay

_EMPTY = "#1d1938"
_LEGEND = (
    ("expected, fired", GREEN),
    ("expected, silent", MAGENTA),
    ("possible", DIM),
    ("false alarm", GOLD),
    ("on written history, fired", CYAN),
)


def matrix(cells: Sequence[Cell], alerts: Sequence[str], *, written: Cell | None = None) -> str:
    """Alerts down, faults across; each field coloured by the worst of its repeats, with its shortest delay.

    What was shown on `written` history instead of a live fault has a column and a colour of its own beside them.
    """
    fields = _fields(cells)
    if written is not None:
        for place, (colour, text) in _fields([written]).items():
            fields[place] = CYAN if colour == GREEN else colour, text
        cells = [*cells, written]
    faults = list(dict.fromkeys(cell.fault for cell in cells))
    figure = Figure(
        figsize=(3.4 + 0.42 * max(1, len(faults)), 1.8 + 0.26 * len(alerts)), layout="constrained"
    )
    axes = figure.add_subplot()
    for row, alert in enumerate(alerts):
        for column, fault in enumerate(faults):
            colour, text = fields.get((fault, alert), (_EMPTY, ""))
            axes.add_patch(Rectangle((column, row), 0.94, 0.9, color=colour))
            axes.text(column + 0.47, row + 0.46, text, ha="center", va="center", fontsize=8, color=GROUND)
    axes.set_xlim(0, len(faults))
    axes.set_ylim(len(alerts), 0)
    axes.set_xticks([column + 0.47 for column in range(len(faults))], faults, rotation=40, ha="left")
    axes.set_yticks([row + 0.45 for row in range(len(alerts))], alerts)
    axes.xaxis.tick_top()
    axes.grid(visible=False)
    axes.tick_params(length=0, labelcolor=INK)
    handles = [Rectangle((0, 0), 1, 1, color=colour) for _, colour in _LEGEND]
    labels = [label for label, _ in _LEGEND]
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False, fontsize=8)
    return svg(figure, "Which fault made which alert fire, and after how many seconds")


def delays(found: Sequence[Delay]) -> str:
    """Each alert's predicted delay with its tolerance, and every measured one."""
    figure = Figure(figsize=(9, 1.2 + 0.28 * max(1, len(found))), layout="constrained")
    axes = figure.add_subplot()
    for row, one in enumerate(found):
        low = max(0.0, one.predicted - one.tolerance)
        axes.plot([low, one.predicted + one.tolerance], [row, row], color=DIM, linewidth=5, alpha=0.5)
        axes.plot([one.predicted], [row], "|", color=INK, markersize=9)
        colour = CYAN if one.in_time else MAGENTA
        axes.plot(one.measured, [row] * len(one.measured), "o", color=colour, markersize=5)
    axes.set_yticks(range(len(found)), [f"{one.name} · {one.fault}" for one in found])
    axes.set_xlabel("seconds from the verified fault (bar: predicted ± tolerance; dots: measured)")
    axes.set_xlim(left=0)
    axes.invert_yaxis()
    return svg(figure, "Predicted and measured delays")


def _fields(cells: Sequence[Cell]) -> dict[tuple[str, str], tuple[str, str]]:
    seen: defaultdict[tuple[str, str], list[tuple[str, float | None]]] = defaultdict(list)
    for cell in cells:
        for one in cell.sightings if cell.verified else ():
            seen[cell.fault, one.alert].append((_colour(one), one.detected))
    order = (MAGENTA, GOLD, GREEN, DIM)
    fields = {}
    for place, found in seen.items():
        worst = min((colour for colour, _ in found), key=order.index)
        known = [seconds for _, seconds in found if seconds is not None]
        fields[place] = worst, f"{min(known):.0f}" if known else ""
    return fields


def _colour(one: Sighting) -> str:
    if one.expected:
        return MAGENTA if one.detected is None else GREEN
    return DIM if one.possible else GOLD
