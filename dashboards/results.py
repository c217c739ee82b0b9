"""What the boards' queries answered over a window: asked once, kept as JSON, drawn as often as wanted."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from alerts.problems import Problem, refuse
from alerts.prometheus import Prometheus, Series, Window
from dashboards.queries import plain

POINTS = 300
SCRAPES_A_RATE = 4

_LEGEND_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")

Document = dict[str, Any]


@dataclass(frozen=True)
class Curve:
    """One drawn series: its name, and its value at every step of the window (NaN where there is none)."""

    name: str
    values: tuple[float, ...]

    @property
    def last(self) -> float | None:
        """The latest value there is."""
        return next((value for value in reversed(self.values) if math.isfinite(value)), None)


@dataclass(frozen=True)
class Mark:
    """A fault, or a run of load: its name, and when it began and ended (Unix seconds)."""

    name: str
    began: float
    ended: float


@dataclass(frozen=True)
class Results:
    """Curves by board and panel number, the moments (Unix seconds) at which a page began to fire, and faults."""

    start: datetime
    end: datetime
    step_seconds: float
    panels: Mapping[str, Mapping[int, tuple[Curve, ...]]]
    pages: tuple[float, ...]
    faults: tuple[Mark, ...] = ()

    @property
    def times(self) -> list[float]:
        """The Unix times that every curve has a value for."""
        return steps(Window(self.start, self.end), self.step_seconds)

    def empty_panels(self, documents: Mapping[str, Document]) -> list[str]:
        """The panels whose queries answered nothing, as `board: title`."""
        return [
            f"{name}: {panel['title']}"
            for name, document in documents.items()
            for panel in document["panels"]
            if not self.panels[name][panel["id"]]
        ]


def collect(
    documents: Mapping[str, Document],
    server: Prometheus,
    window: Window,
    *,
    scrape_seconds: float,
    faults: tuple[Mark, ...] = (),
) -> Results:
    """Ask every panel's queries over a window. Raises PrometheusError when a question is refused."""
    step = max(float(scrape_seconds), (window.end - window.start).total_seconds() / POINTS)
    times = steps(window, step)
    rate_window = f"{max(1, round(SCRAPES_A_RATE * max(step, scrape_seconds)))}s"
    panels = {
        name: {
            panel["id"]: tuple(
                _curve(series, target["legendFormat"], times)
                for target in panel["targets"]
                for series in server.curve(plain(target["expr"], rate_window), window, step)
            )
            for panel in document["panels"]
        }
        for name, document in documents.items()
    }
    pages = server.curve('ALERTS{alertstate="firing",severity="page"}', window, step)
    began = tuple(sorted(series.samples[0][0] for series in pages))
    return Results(window.start, window.end, step, panels, began, faults)


def parse_mark(text: str) -> Mark:
    """Read `NAME=BEGAN=ENDED`, Unix seconds. Raises ValueError for anything else."""
    parts = text.split("=")
    if len(parts) != 3:
        raise ValueError(f"{text!r} is no fault; write NAME=BEGAN=ENDED in Unix seconds")
    return Mark(parts[0], float(parts[1]), float(parts[2]))


def steps(window: Window, step_seconds: float) -> list[float]:
    """The moments that Prometheus evaluates over a window: its start, and every step until its end."""
    start = window.start.timestamp()
    count = int((window.end.timestamp() - start) / step_seconds)
    return [start + number * step_seconds for number in range(count + 1)]


def write(results: Results, path: Path) -> None:
    """Keep results as JSON; a value that is not finite becomes null."""
    document = {
        "start": results.start.isoformat(),
        "end": results.end.isoformat(),
        "step_seconds": results.step_seconds,
        "pages": results.pages,
        "faults": [{"name": mark.name, "began": mark.began, "ended": mark.ended} for mark in results.faults],
        "panels": {
            name: {
                str(number): [
                    {"name": curve.name, "values": [_json(value) for value in curve.values]}
                    for curve in curves
                ]
                for number, curves in panels.items()
            }
            for name, panels in results.panels.items()
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, allow_nan=False) + "\n")


def read(path: Path) -> Results:
    """Read what `write` kept. Raises ProblemsFoundError for anything else."""
    try:
        document = json.loads(path.read_text())
        return Results(
            start=datetime.fromisoformat(document["start"]),
            end=datetime.fromisoformat(document["end"]),
            step_seconds=float(document["step_seconds"]),
            panels={
                name: {
                    int(number): tuple(
                        Curve(found["name"], tuple(map(_number, found["values"]))) for found in curves
                    )
                    for number, curves in panels.items()
                }
                for name, panels in document["panels"].items()
            },
            pages=tuple(document["pages"]),
            faults=tuple(Mark(**found) for found in document.get("faults", ())),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "give a file that `render --prometheus` wrote"
        refuse([Problem(file=str(path), field="results", value=repr(error), remedy=remedy)])
        raise


def _curve(series: Series, legend: str, times: list[float]) -> Curve:
    name = _LEGEND_LABEL.sub(lambda found: series.labels.get(found[1], ""), legend).strip()
    known = {round(time, 3): value for time, value in series.samples}
    values = tuple(known.get(round(time, 3), math.nan) for time in times)
    return Curve(name or ", ".join(series.labels.values()), values)


def _json(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
