"""`python -m alerts gate`: one run from start to report."""

from __future__ import annotations

import secrets
import shlex
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from alerts.gate import plan as plans
from alerts.gate.plan import PlanError
from alerts.gate.report import PAGE_FILE, print_table, write_report
from alerts.gate.rooms import end_all
from alerts.gate.run import Run, examine_all, running_system
from alerts.gate.target import TargetError
from alerts.verdict import Verdict, terminal


def run_gate(
    *, profile: str, runtime: str, target: str | None, out: Path, seed: int | None, baseline: Path | None
) -> Verdict:
    """Runs the gate and writes its report; what could not start is UNKNOWN."""
    console = terminal()
    started_at, begun = datetime.now(UTC), time.monotonic()
    try:
        plan = plans.load(profile)
    except PlanError as error:
        console.print(f"gate: {error}", style="red")
        return Verdict.UNKNOWN
    name = started_at.strftime("%Y%m%dT%H%M%SZ")
    folder = out / name
    folder.mkdir(parents=True)
    chosen_seed = seed if seed is not None else secrets.randbelow(1_000_000)
    run = Run(name, folder.resolve(), plan, profile, runtime, chosen_seed, baseline, console.print)
    console.print(f"gate {profile}: {plan.about} (seed {chosen_seed}; {folder})")
    # Told to end, the gate takes rooms and casino down with it.
    signal.signal(signal.SIGTERM, _end)
    try:
        with running_system(run, target) as system:
            console.print(f"{time.monotonic() - begun:6.1f} s  the casino answers at {system.public_url}")
            found = examine_all(run, system, begun)
            verdict = write_report(
                run, found, started_at=started_at, target=target or runtime, reproduce=_again(run, target)
            )
    except (TargetError, subprocess.CalledProcessError) as error:
        console.print(f"gate: {error}", style="red")
        return Verdict.UNKNOWN
    print_table(run, found, console)
    console.print(
        f"[{verdict.style}]{verdict}[/] after {time.monotonic() - begun:.0f} s: {folder / PAGE_FILE}"
    )
    return verdict


def _end(*_: object) -> None:
    end_all()
    sys.exit(Verdict.UNKNOWN.exit_code)


def _again(run: Run, target: str | None) -> str:
    words = [
        Path(sys.executable).name,
        "-m",
        "alerts",
        "gate",
        "--profile",
        run.profile,
        "--seed",
        str(run.seed),
    ]
    words += ["--target", target] if target else ["--runtime", run.runtime]
    return shlex.join(words)
