"""Writes what a gate run found: report.json for machines, junit.xml for CI, index.html for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Console
from rich.table import Table

from alerts.gate import plots
from alerts.gate.baseline import regressions
from alerts.gate.run import Findings, Run
from alerts.judge import Count, Judgement
from alerts.verdict import Check, Result, Verdict, write

REPORT_FILE = "report.json"
PAGE_FILE = "index.html"


def write_report(run: Run, found: Findings, *, started_at: datetime, target: str, reproduce: str) -> Verdict:
    """Writes the three files into the run's folder; returns the gate's verdict."""
    if run.baseline is not None:
        found.checks += regressions(_percentiles(found.load), run.baseline, run.plan)
    verdict = found.verdict(run.plan.judged)
    document = _document(run, found, verdict, started_at, target, reproduce)
    (run.out / REPORT_FILE).write_text(json.dumps(document, indent=2, default=str) + "\n")
    write(_as_result(run, found, started_at, reproduce), run.out)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    load = dict(found.load.data) if found.load else {}
    page = environment.get_template("report.html.j2").render(
        report=document,
        rows=_rows(run, found),
        rooms=found.results,
        budgets=plots.budgets(found.judgements),
        latencies=plots.latencies(load.get("latencies", [])),
        timeline=plots.timeline(load.get("timeline", [])),
        traces=_slowest_traces(run.out / "system" / "logs"),
    )
    (run.out / PAGE_FILE).write_text(page)
    return verdict


def print_table(run: Run, found: Findings, console: Console) -> None:
    """The objectives on the terminal: target, client's and server's figures, budget left, verdict."""
    table = Table(title="Objectives", title_justify="left", header_style="bold")
    for column in ("objective", "target", "client", "server", "budget left", "verdict"):
        table.add_column(
            column, justify="left" if column in ("objective", "verdict") else "right", no_wrap=True
        )
    for row in _rows(run, found):
        style = Verdict(row["verdict"]).style if row["judged"] else "dim"
        cells = (row["slo"], row["target"], row["client"], row["server"], row["budget"])
        table.add_row(
            *cells, row["verdict"] if row["judged"] else "not judged", style=None if row["judged"] else "dim"
        )
        table.columns[-1].style = style if len(table.rows) == 1 else ""
    console.print(table)


def _rows(run: Run, found: Findings) -> list[dict[str, Any]]:
    return [
        {
            "slo": judgement.slo.name,
            "judged": judgement.slo.name in run.plan.judged,
            "target": f"{float(judgement.slo.target):.2%}",
            "client": _share(judgement.client),
            "server": _share(judgement.server),
            "budget": "—" if judgement.budget_left is None else f"{judgement.budget_left:.0%}",
            "verdict": str(judgement.verdict),
            "detail": judgement.detail,
        }
        for judgement in found.judgements
    ]


def _share(count: Count | None) -> str:
    if count is None or count.ratio is None:
        return "no data"
    return f"{count.ratio:.3%} of {count.total:,.0f}"


def _document(
    run: Run, found: Findings, verdict: Verdict, started_at: datetime, target: str, reproduce: str
) -> dict[str, Any]:
    rooms = {result.room: result for result in found.results}

    def room(name: str) -> dict[str, Any]:
        result = rooms.get(name)
        if result is None:
            return {"verdict": "UNKNOWN", "checks": []}
        checks = [{"name": c.name, "verdict": str(c.verdict), "detail": c.detail} for c in result.checks]
        return {"verdict": str(result.verdict), "seconds": result.seconds, "checks": checks}

    return {
        "verdict": str(verdict),
        "profile": run.profile,
        "target": target,
        "commit": found.versions.get("commit", "unknown"),
        "seed": run.seed,
        "started_at": started_at.isoformat(),
        "seconds": round(found.seconds, 1),
        "versions": found.versions,
        "reproduce": reproduce,
        "objectives": [_objective(run, judgement) for judgement in found.judgements],
        "alerts": [
            {"name": a.name, "severity": a.severity, "first": a.first, "last": a.last} for a in found.alerts
        ],
        "faults": room("chaos"),
        "money": {c.name: {"verdict": str(c.verdict), "detail": c.detail} for c in found.checks},
        "contract": room("contracts"),
        "journeys": room("e2e"),
        "load": room("loadtests") | {"latencies": _percentiles(found.load)},
    }


def _objective(run: Run, judgement: Judgement) -> dict[str, Any]:
    return judgement.as_data() | {"judged": judgement.slo.name in run.plan.judged}


def _percentiles(load: Result | None) -> list[dict[str, Any]]:
    cells = (load.data if load else {}).get("latencies", [])
    return [
        {
            "kind": cell["kind"],
            "surface": cell["surface"],
            "count": cell["count"],
            **cell["corrected"]["seconds"],
        }
        for cell in cells
    ]


def _as_result(run: Run, found: Findings, started_at: datetime, reproduce: str) -> Result:
    judged = [judgement.as_check() for judgement in found.judgements if judgement.slo.name in run.plan.judged]
    unseen = set(run.plan.judged) - {check.name for check in judged}
    missing = [Check(name=name, verdict=Verdict.UNKNOWN, detail="never judged") for name in sorted(unseen)]
    rooms = [
        Check(
            name=f"{result.room}: {check.name}",
            verdict=check.verdict,
            detail=check.detail,
            seconds=check.seconds,
        )
        for result in found.results
        for check in result.checks
    ]
    return Result(
        room="gate",
        started_at=started_at,
        seconds=found.seconds,
        seed=run.seed,
        reproduce=reproduce,
        checks=(*judged, *missing, *rooms, *found.checks),
    )


def _slowest_traces(logs: Path, traces_max: int = 5) -> Sequence[dict[str, Any]]:
    """The longest sampled requests, with the spans under each, from the processes' trace files."""
    spans: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(logs.glob("*.traces.jsonl")):
        for line in file.read_text(errors="replace").splitlines():
            span = json.loads(line)
            spans.setdefault(span["context"]["trace_id"], []).append(_span(span, file.name.split(".")[0]))
    roots = [
        (max(span["end"] for span in trace) - min(span["start"] for span in trace), trace)
        for trace in spans.values()
    ]
    slowest = sorted(roots, key=lambda found: -found[0])[:traces_max]
    return [_waterfall(seconds, trace) for seconds, trace in slowest]


def _span(span: dict[str, Any], process: str) -> dict[str, Any]:
    start = datetime.fromisoformat(span["start_time"]).timestamp()
    end = datetime.fromisoformat(span["end_time"]).timestamp()
    return {
        "name": span["name"][:80],
        "process": process,
        "start": start,
        "end": end,
        "id": span["context"]["trace_id"],
    }


def _waterfall(seconds: float, trace: list[dict[str, Any]]) -> dict[str, Any]:
    begun = min(span["start"] for span in trace)
    scale = 100 / max(seconds, 1e-6)
    bars = [
        {
            "name": f"{span['process']} · {span['name']}",
            "left": round((span["start"] - begun) * scale, 2),
            "width": max(0.4, round((span["end"] - span["start"]) * scale, 2)),
            "milliseconds": round((span["end"] - span["start"]) * 1000, 2),
        }
        for span in sorted(trace, key=lambda span: span["start"])[:24]
    ]
    return {"id": trace[0]["id"].removeprefix("0x"), "milliseconds": round(seconds * 1000, 1), "bars": bars}
