"""The command line of the room."""

from __future__ import annotations

import argparse
import secrets
import shlex
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from alerts.verdict import Check, Result, Verdict, print_table, write
from chaos import audit, experiment, fault, running
from chaos.experiment import ExperimentError
from chaos.histories import HistoryError
from chaos.load import LoadError
from chaos.running import NotRunningError
from chaos.toolkit import ToolkitError

ROOM = "chaos"
_COULD_NOT = (ExperimentError, HistoryError, LoadError, NotRunningError, ToolkitError, OSError)


def parser() -> argparse.ArgumentParser:
    """Every command and option of the room."""
    root = argparse.ArgumentParser(
        prog="python -m chaos",
        description="Breaks a running casino under load and audits money and delivery afterwards.",
        epilog="exit code: 0 PASS, 1 FAIL, 2 UNKNOWN (could not be tried)",
    )
    commands = root.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="inject faults, one after another")
    run.add_argument("--only", action="append", choices=experiment.names(), help="one fault (all of them)")
    run.add_argument("--seconds", type=float, default=20.0, help="least load under each fault (%(default)s)")
    run.add_argument("--outage-seconds", type=float, default=5.0, help="how long it lasts (%(default)s)")
    run.add_argument("--seed", type=int, help="draws the load (random, and printed)")
    check = commands.add_parser("check", help="audit what clients recorded against the databases")
    check.add_argument("--histories", type=Path, required=True, help="where clients wrote history-*.jsonl")
    check.add_argument("--wait-seconds", type=float, default=30.0, help="how long facts may still travel")
    for command, out in ((run, "reports/chaos"), (check, "reports/chaos-check")):
        command.add_argument(
            "--state", type=Path, default=Path(".casino"), help="the system's state directory"
        )
        command.add_argument("--out", type=Path, default=Path(out), help="where results are written")
    return root


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    options = parser().parse_args(arguments)
    started_at, began = datetime.now(UTC), time.monotonic()
    try:
        checks, data, seed = _run(options) if options.command == "run" else _check(options)
    except _COULD_NOT as error:
        sys.stderr.write(f"chaos: {error}\n")
        return Verdict.UNKNOWN.exit_code
    result = Result(
        room=ROOM,
        started_at=started_at,
        seconds=time.monotonic() - began,
        seed=seed,
        reproduce=shlex.join(["python", "-m", "chaos", *arguments]),
        checks=tuple(checks),
        data=data,
    )
    write(result, options.out)
    print_table(result)
    return result.verdict.exit_code


def _run(options: argparse.Namespace) -> tuple[list[Check], dict[str, Any], int]:
    seed = options.seed if options.seed is not None else secrets.randbelow(2**31)
    chosen = [experiment.load(name) for name in options.only or experiment.names()]
    checks: list[Check] = []
    faults: list[Any] = []
    console = Console(stderr=True)
    for each in track(chosen, description="faults", console=console, disable=not console.is_terminal):
        if not console.is_terminal:
            console.print(f"{each.name}: {each.title}")
        try:
            report = fault.run(
                each,
                state=options.state,
                out=options.out / each.name,
                seconds=options.seconds,
                outage_seconds=options.outage_seconds,
                seed=seed,
            )
        except _COULD_NOT as error:
            checks.append(Check(name=f"{each.name}: tried", verdict=Verdict.UNKNOWN, detail=str(error)))
            continue
        checks += report.checks
        faults.append(report.data)
    return checks, {"faults": faults}, seed


def _check(options: argparse.Namespace) -> tuple[list[Check], dict[str, Any], None]:
    system = running.read(options.state)
    checks = audit.audit(system, options.histories, wait_seconds=options.wait_seconds)
    return list(checks), {"histories": str(options.histories)}, None
