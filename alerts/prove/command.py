"""`python -m alerts prove`: one proof from start to report."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from alerts import compiler, profiles, proofs
from alerts.gate.target import TargetError
from alerts.problems import refuse
from alerts.prove import plan as plans
from alerts.prove.report import PAGE_FILE, write_report
from alerts.prove.run import PROFILE, TIME_SCALE, Run, rules_hash, run_all
from alerts.prove.traffic import TrafficError
from alerts.verdict import Verdict, print_table, terminal


def run_proof(*, profile: str, out: Path, resume: Path | None, only: tuple[str, ...]) -> Verdict:
    """Runs a proof and writes its report; what could not start is UNKNOWN. `resume` names an earlier run's folder.

    Raises ProblemsFoundError when an alert has no proof, or proofs.yaml names what does not exist.
    """
    console = terminal()
    started_at, begun = datetime.now(UTC), time.monotonic()
    plan = plans.load(profile)
    chosen = plan.model_copy(update={"faults": only}) if only else plan
    folder = resume or out / started_at.strftime("proof-%Y%m%dT%H%M%SZ")
    run = replace(_prepared(folder, chosen, console), partial=bool(only))
    console.print(f"proof {profile}: {plan.about} ({run.out})")
    # A run that is told to end takes the casino and the players down with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(Verdict.UNKNOWN.exit_code))
    try:
        found = run_all(run)
    except (TargetError, TrafficError, subprocess.CalledProcessError) as error:
        console.print(f"proof: {error}", style="red", markup=False)
        return Verdict.UNKNOWN
    again = ["python", "-m", "alerts", "prove", "--profile", profile]
    again += [word for fault in only for word in ("--only", fault)]
    result = write_report(
        run,
        found,
        started_at=started_at,
        seconds=time.monotonic() - begun,
        reproduce=shlex.join(again),
    )
    print_table(result, console)
    console.print(f"[{result.verdict.style}]{result.verdict}[/]: {run.out / PAGE_FILE}")
    return result.verdict


def _prepared(out: Path, plan: plans.Plan, console: Console) -> Run:
    out.mkdir(parents=True, exist_ok=True)
    found = proofs.load()
    committed = compiler.committed()
    refuse(proofs.problems(found, committed.alerts, committed.tests))
    chosen = profiles.load(PROFILE, environment=dict(os.environ))
    return Run(
        out=out.resolve(),
        plan=plan,
        compiled=compiler.compile_room(chosen, TIME_SCALE),
        profile=chosen,
        proofs=found,
        rules=rules_hash(),
        say=lambda text: console.print(text, markup=False, soft_wrap=True),
    )
