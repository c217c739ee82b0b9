"""Boards are current and complete, take their thresholds from the objectives, and name only what exists."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dashboards import boards, checks, sources

SOURCES = sources.load()
DOCUMENTS = boards.documents(SOURCES)

Document = dict[str, Any]


def test_the_committed_boards_are_what_the_builders_give() -> None:
    """Nobody edits generated files, and nobody forgets to renew them."""
    assert checks.drift(boards.files(SOURCES)) == []


def test_building_is_repeatable() -> None:
    """The same sources give the same bytes."""
    assert boards.files(sources.load()) == boards.files(SOURCES)


def test_drift_is_shown(tmp_path: Path) -> None:
    """A changed, a missing and a stray board each show as a difference."""
    files = boards.files(SOURCES)
    (tmp_path / "api.json").write_text(files["api.json"].replace("Busiest routes", "Busy routes"))
    (tmp_path / "stray.json").write_text("{}\n")
    shown = "\n".join(checks.drift({name: files[name] for name in ("api.json", "overview.json")}, tmp_path))
    assert "Busy routes" in shown
    assert "+++ built/overview.json" in shown
    assert "-{}" in shown


def test_the_boards_have_no_problems() -> None:
    """The faults below are faults of the change."""
    assert list(checks.problems(DOCUMENTS, SOURCES)) == []


def change(edit: Callable[[Document], None]) -> str:
    documents = copy.deepcopy(DOCUMENTS)
    edit(documents["api"])
    return "\n".join(str(problem) for problem in checks.problems(documents, SOURCES))


def set_query(text: str) -> Callable[[Document], None]:
    return lambda board: board["panels"][0]["targets"][0].update(expr=text)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (set_query("sum(rate(http_request_total[5m]))"), "did you mean http_requests_total?"),
        (set_query('sum(rate(http_requests_total{area="x"}[5m]))'), "has no such label"),
        (
            set_query("sum by (kind) (rate(http_requests_total[5m]))"),
            "no metric of this query has this label",
        ),
        (set_query("slo:sli_total:rate7m"), "nobody exports this metric"),
        (set_query("sum by (surface) (rate(http_requests_total))"), "expected type range vector"),
        (set_query("max by (job) (scheduler_job_last_success_timestamp_seconds{jobs='x'})"), "exported_job"),
        (lambda board: board["panels"][0].update(description=""), "Requests by surface: description"),
        (lambda board: board["panels"][0].update(title=""), "panel 1: title"),
        (
            lambda board: board["panels"][0]["fieldConfig"]["defaults"].pop("unit"),
            "Requests by surface: unit",
        ),
        (lambda board: board["panels"][0].update(targets=[]), "Requests by surface: targets"),
        (lambda board: board["panels"][1]["gridPos"].update(x=6), "it lies over Server errors by surface"),
        (lambda board: board["panels"][1]["gridPos"].update(w=13), "make the panels of this row narrower"),
        (lambda board: board["annotations"]["list"][0].update(expr="ALERTS{"), "annotation Pages"),
    ],
)
def test_a_faulty_board_is_refused(edit: Callable[[Document], None], expected: str) -> None:
    """Unknown metrics and labels, bad PromQL, panels that say too little or lie over each other."""
    shown = change(edit)
    assert expected in shown
    assert "api.json" in shown


def thresholds(document: Document) -> set[float]:
    return {
        step["value"]
        for panel in document["panels"]
        for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
        if step["value"] is not None
    }


def test_thresholds_come_from_the_objectives_and_the_alerts() -> None:
    """0 and 1 bound budgets, burn rates and switches by their nature; any other number is a promise."""
    promised = {0.0, 1.0, *SOURCES.limits.values(), *SOURCES.burn_factors()}
    for slo in SOURCES.slos:
        promised |= {float(slo.target), float(slo.error_budget), slo.threshold_seconds or 0.0}
    for document in DOCUMENTS.values():
        assert thresholds(document) <= promised


def test_a_changed_target_moves_the_boards() -> None:
    """No number of an objective is written twice."""
    stricter = replace(SOURCES.slo("read-latency"), target=Decimal("0.995"))
    changed = replace(
        SOURCES, slos=tuple(stricter if slo.name == stricter.name else slo for slo in SOURCES.slos)
    )
    assert 0.995 in thresholds(boards.documents(changed)["overview"])
    assert 0.995 not in thresholds(DOCUMENTS["overview"])


def test_every_objective_has_a_tile_with_its_runbook() -> None:
    """A new objective appears on the first board by itself."""
    tiles = [panel for panel in DOCUMENTS["overview"]["panels"] if panel["type"] == "stat"]
    shown = "\n".join(target["expr"] for tile in tiles for target in tile["targets"])
    for slo in SOURCES.slos:
        assert slo.sloth_id in shown
        assert any(
            link["url"] == SOURCES.runbooks[slo.alert_name] for tile in tiles for link in tile["links"]
        )


def test_unused_metrics_are_listed() -> None:
    """A metric that nothing reads is named; one that a board or a rule reads is not."""
    unused = checks.unused_metrics(DOCUMENTS, SOURCES)
    assert "ws_active_connections" not in unused
    assert "negative_balance_accounts" not in unused
    without = {name: document for name, document in DOCUMENTS.items() if name != "realtime"}
    assert "ws_active_connections" in checks.unused_metrics(without, SOURCES)
