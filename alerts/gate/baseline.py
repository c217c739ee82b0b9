"""Holds a run's latencies against an earlier report's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from alerts.gate.plan import Plan
from alerts.verdict import Check, Verdict

# A percentile of fewer requests than this moves by chance alone.
REQUESTS_MIN = 200


def regressions(latencies: list[dict[str, Any]], baseline: Path, plan: Plan) -> list[Check]:
    """One check a kind and surface: its p95 may grow to the larger of a factor and a slack of the plan's."""
    try:
        before = {_cell(cell): cell for cell in json.loads(baseline.read_text())["load"]["latencies"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [
            Check(name="baseline", verdict=Verdict.UNKNOWN, detail=f"{baseline} is no gate report: {error!r}")
        ]
    checks = [_compare(cell, before.get(_cell(cell)), plan) for cell in latencies]
    return checks or [Check(name="baseline", verdict=Verdict.UNKNOWN, detail="this run measured no latency")]


def _cell(cell: dict[str, Any]) -> tuple[str, str]:
    return cell["kind"], cell["surface"]


def _compare(now: dict[str, Any], before: dict[str, Any] | None, plan: Plan) -> Check:
    name = f"baseline {now['kind']} {now['surface']}"
    if before is None or min(now["count"], before["count"]) < REQUESTS_MIN:
        detail = f"too few requests to compare (at least {REQUESTS_MIN} in both runs)"
        return Check(name=name, verdict=Verdict.UNKNOWN, detail=detail)
    allowed = max(before["p95"] * plan.latency_factor_max, before["p95"] + plan.latency_slack_seconds)
    detail = f"p95 {now['p95'] * 1000:.1f} ms, before {before['p95'] * 1000:.1f} ms, allowed {allowed * 1000:.1f} ms"
    return Check(name=name, verdict=Verdict.PASS if now["p95"] <= allowed else Verdict.FAIL, detail=detail)
