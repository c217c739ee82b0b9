"""What must be true of every board that is committed: current, complete, and about metrics that exist."""

from __future__ import annotations

import difflib
import itertools
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from alerts import registry
from alerts.problems import Problem
from alerts.rule_checks import run_tool
from dashboards.boards import GENERATED_DIRECTORY
from dashboards.panels import GRID_WIDTH
from dashboards.queries import plain
from dashboards.sources import Sources

Document = dict[str, Any]


def drift(files: Mapping[str, str], directory: Path = GENERATED_DIRECTORY) -> list[str]:
    """How the committed boards differ from what the builders give now, as diff lines."""
    present = {path.name for path in directory.glob("*") if path.is_file()}
    lines: list[str] = []
    for name in sorted({*files, *present}):
        path = directory / name
        found = path.read_text() if path.is_file() else ""
        wanted = files.get(name, "")
        lines += difflib.unified_diff(
            found.splitlines(), wanted.splitlines(), f"committed/{name}", f"built/{name}", lineterm=""
        )
    return lines


def problems(documents: Mapping[str, Document], sources: Sources) -> Iterator[Problem]:
    """Panels that lack something, lie over each other, or ask for what nobody exports."""
    for name, document in documents.items():
        file = f"{name}.json"
        for panel in document["panels"]:
            yield from _panel_problems(file, panel, sources)
        yield from _layout_problems(file, document["panels"])
    yield from _syntax_problems(documents)


def unused_metrics(documents: Mapping[str, Document], sources: Sources) -> list[str]:
    """Metrics that the casino exports and neither a board nor a rule reads."""
    expressions = {expression for _, expression in _expressions(documents)}
    return registry.unused(sources.registry, [*expressions, *sources.rule_expressions])


def _expressions(documents: Mapping[str, Document]) -> Iterator[tuple[str, str]]:
    """Every expression with the place it stands in; Grafana's variables are filled in."""
    for name, document in documents.items():
        for annotation in document["annotations"]["list"]:
            yield f"{name}.json: annotation {annotation['name']}", plain(annotation["expr"])
        for panel in document["panels"]:
            for target in panel["targets"]:
                yield f"{name}.json: {panel['title']}", plain(target["expr"])


def _panel_problems(file: str, panel: Document, sources: Sources) -> Iterator[Problem]:
    title = panel.get("title") or f"panel {panel['id']}"
    needed = {
        "title": panel.get("title"),
        "description": panel.get("description"),
        "unit": panel["fieldConfig"]["defaults"].get("unit"),
        "targets": panel.get("targets"),
    }
    for field, value in needed.items():
        if not value:
            remedy = "every panel says what it shows, in which unit"
            yield Problem(file=file, field=f"{title}: {field}", value=value, remedy=remedy)
    for target in panel.get("targets") or []:
        expression = plain(target["expr"])
        yield from sources.registry.problems_in(expression, file=file, name=f"{title}: {target['refId']}")


def _layout_problems(file: str, panels: list[Document]) -> Iterator[Problem]:
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > GRID_WIDTH:
            remedy = f"the grid is {GRID_WIDTH} wide; make the panels of this row narrower"
            yield Problem(file=file, field=panel["title"], value=place, remedy=remedy)
    for one, other in itertools.combinations(panels, 2):
        if _overlap(one["gridPos"], other["gridPos"]):
            remedy = f"it lies over {other['title']}; give the panels of a row one height"
            yield Problem(file=file, field=one["title"], value=one["gridPos"], remedy=remedy)


def _overlap(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not (beside or below)


def _syntax_problems(documents: Mapping[str, Document]) -> Iterator[Problem]:
    """Let promtool read every expression, as the rules of a scratch file."""
    found = list(_expressions(documents))
    rules = [{"record": f"panel:{number}", "expr": text} for number, (_, text) in enumerate(found)]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "panels.yaml"
        path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
        outcome = run_tool("promtool", "check", "rules", str(path))
    if outcome.returncode == 0:
        return
    for line in (outcome.stderr + outcome.stdout).splitlines():
        number = next((n for n in range(len(found)) if f'"panel:{n}"' in line), None)
        if number is not None:
            place, text = found[number]
            yield Problem(file=place, field="expr", value=text, remedy=line.split(f'"panel:{number}": ')[-1])
