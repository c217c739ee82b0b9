"""Has the dashboards room keep what its panels show around each fault, and judge whether they are alive."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from alerts.gate.rooms import Examination, examine
from alerts.gate.target import Target
from alerts.prove.outcome import Cell
from alerts.verdict import Result

# The calm before the fault that a panel's movement is held against.
CALM_SECONDS = 8.0
COLLECT_SECONDS_MAX = 60.0
PROVE_SECONDS_MAX = 300.0


def keep(target: Target, cell: Cell, until: float, out: Path) -> None:
    """Keep every panel's curves from before the fault until now; a failure leaves the panels UNKNOWN later."""
    if cell.applied_at is None or cell.ended_at is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    mark = f"{cell.fault}={cell.applied_at}={cell.ended_at}"
    command = [sys.executable, "-m", "dashboards", "collect", "--prometheus", str(target.url("prometheus"))]
    command += ["--start", str(cell.applied_at - CALM_SECONDS), "--end", str(until)]
    command += ["--fault", mark, "--out", str(out / f"{cell.fault}.json")]
    with (out / f"{cell.fault}.log").open("wb") as log, suppress(subprocess.TimeoutExpired):
        subprocess.run(command, stdout=log, stderr=log, check=False, timeout=COLLECT_SECONDS_MAX)


def prove(kept: Path, out: Path, *, tried_only: bool) -> Result:
    """The dashboards room's verdicts on every panel, or on those of the faults tried, and its pictures, in `out`."""
    arguments = ["prove", *(str(path) for path in sorted(kept.glob("*.json")))]
    arguments += ["--tried-only"] if tried_only else []
    return examine(Examination("dashboards", "dashboards", arguments, out, PROVE_SECONDS_MAX))
