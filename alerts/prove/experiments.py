"""Has the chaos room inject a fault, with its own load and audit, and takes the alerts from our own Prometheus."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from alerts.gate import monitor
from alerts.gate.monitor import Alert, wait
from alerts.gate.rooms import Examination, examine
from alerts.proofs import Experiment
from alerts.prove import cell as cells
from alerts.prove.cell import Bench
from alerts.prove.expectation import Expected
from alerts.prove.outcome import Cell
from alerts.verdict import Verdict

LOAD_SECONDS = 15.0
EXPERIMENT_SECONDS_MAX = 240.0


def prove(bench: Bench, fault: str, expected: Mapping[Alert, Expected], out: Path) -> Cell:
    """One experiment, from a clean start to silence again; the chaos room's own verdict is part of the cell's."""
    begun = time.monotonic()
    said = bench.proofs.faults[fault]
    assert isinstance(said, Experiment)
    unverified = Cell(fault=fault, repeat=1, verified=False, rules=bench.rules)
    try:
        cells.start_clean(bench)
    except Exception as error:
        return replace(unverified, trouble=repr(error)[:500], seconds=time.monotonic() - begun)
    arguments = ["run", "--state", str(bench.state_dir), "--only", fault]
    arguments += ["--seconds", str(LOAD_SECONDS), "--outage-seconds", str(said.outage_seconds)]
    result = examine(Examination("chaos", "chaos", arguments, out, EXPERIMENT_SECONDS_MAX))
    told: Mapping[str, Any] = next(iter(result.data.get("faults", ())), {})
    if not told.get("verified"):
        trouble = "; ".join(check.detail for check in result.checks if check.verdict is not Verdict.PASS)
        return replace(unverified, trouble=trouble[:500], seconds=time.monotonic() - begun)
    cell = _judge(bench, fault, expected, told)
    wrong = [check for check in result.checks if check.verdict is Verdict.FAIL]
    notes = tuple(f"{check.name}: {check.detail}"[:300] for check in wrong)
    return replace(cell, notes=notes, seconds=time.monotonic() - begun)


def _judge(bench: Bench, fault: str, expected: Mapping[Alert, Expected], told: Mapping[str, Any]) -> Cell:
    applied_at = datetime.fromisoformat(told["applied_at"]).timestamp()
    # A fault that does not last is over when it was applied.
    ended_at = datetime.fromisoformat(told["released_at"] or told["applied_at"]).timestamp()
    reset = wait(lambda: not monitor.firing(bench.target), cells.RESET_SECONDS_MAX)
    seen = monitor.fired(bench.target, applied_at, time.time())
    return Cell(
        fault=fault,
        repeat=1,
        verified=True,
        applied_at=applied_at,
        ended_at=ended_at,
        pages=cells.pages(bench.sink, applied_at, bench.proofs.faults[fault]),
        sightings=tuple(cells.sightings(bench, fault, expected, seen, applied_at, ended_at)),
        reset=reset,
        rules=bench.rules,
    )
