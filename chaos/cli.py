"""The command line of the room."""

from __future__ import annotations

import argparse
import secrets
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.progress import track

from alerts.verdict import Check, Result, Verdict, print_table, write
from chaos import audit, controls, experiment, fault, running
from chaos.bank import BankError
from chaos.controls import ControlError
from chaos.experiment import ExperimentError
from chaos.histories import HistoryError
from chaos.load import LoadError
from chaos.running import NotRunningError
from chaos.toolkit import ToolkitError

ROOM = "chaos"
Outcome = tuple[list[Check], dict[str, Any], int | None]
_COULD_NOT = (
    asyncpg.PostgresError,
    BankError,
    ControlError,
    ExperimentError,
    HistoryError,
    LoadError,
    NotRunningError,
    OSError,
    ToolkitError,
)


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
    planted = commands.add_parser(
        "controls", help="run builds with planted bugs, each of which must be caught"
    )
    planted.add_argument("--only", action="append", choices=controls.names(), help="one bug (all of them)")
    # An objective's page needs some five seconds of failures even on the fast clock.
    for command, outage_seconds in ((run, 10.0), (planted, 5.0)):
        command.add_argument(
            "--seconds", type=float, default=20.0, help="least load under each fault (%(default)s)"
        )
        command.add_argument(
            "--outage-seconds", type=float, default=outage_seconds, help="how long it lasts (%(default)s)"
        )
        command.add_argument("--seed", type=int, help="draws the load (random, and printed)")
    check = commands.add_parser("check", help="audit what clients recorded against the databases")
    check.add_argument("--histories", type=Path, required=True, help="where clients wrote history-*.jsonl")
    check.add_argument("--wait-seconds", type=float, default=30.0, help="how long facts may still travel")
    for command in (run, check):
        command.add_argument(
            "--state", type=Path, default=Path(".casino"), help="the system's state directory"
        )
    for command in (run, planted, check):
        out = f"reports/chaos-{command.prog.split()[-1]}".removesuffix("-run")
        command.add_argument("--out", type=Path, default=Path(out), help="where results are written")
    return root


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    options = parser().parse_args(arguments)
    # Told to stop, we still mend what is broken and end what we started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(Verdict.UNKNOWN.exit_code))
    started_at, began = datetime.now(UTC), time.monotonic()
    try:
        checks, data, seed = {"run": _run, "controls": _controls, "check": _check}[options.command](options)
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


def _run(options: argparse.Namespace) -> Outcome:
    seed = _seed(options)
    runtime = running.read(options.state).runtime
    checks: list[Check] = []
    faults: list[Any] = []
    for name in _shown(options.only or experiment.names(runtime), lambda name: experiment.load(name).title):
        try:
            report = fault.run(
                experiment.load(name),
                state=options.state,
                out=options.out / name,
                seconds=options.seconds,
                outage_seconds=options.outage_seconds,
                seed=seed,
            )
        except _COULD_NOT as error:
            checks.append(Check(name=f"{name}: tried", verdict=Verdict.UNKNOWN, detail=str(error)))
            continue
        checks += report.checks
        faults.append(report.data)
    return checks, {"faults": faults}, seed


def _controls(options: argparse.Namespace) -> Outcome:
    seed = _seed(options)
    checks = []
    for name in _shown(options.only or controls.names(), lambda name: controls.load(name).planted.title):
        try:
            check = controls.run(
                controls.load(name),
                out=options.out / name,
                seconds=options.seconds,
                outage_seconds=options.outage_seconds,
                seed=seed,
            )
        except _COULD_NOT as error:
            check = Check(name=f"{name}: caught", verdict=Verdict.UNKNOWN, detail=str(error))
        checks.append(check)
    return checks, {}, seed


def _seed(options: argparse.Namespace) -> int:
    return options.seed if options.seed is not None else secrets.randbelow(2**31)


def _shown(names: Sequence[str], title: Callable[[str], str]) -> Iterator[str]:
    """Each name, with a progress bar on a terminal and a line elsewhere."""
    console = Console(stderr=True)
    for name in track(names, description="faults", console=console, disable=not console.is_terminal):
        if not console.is_terminal:
            console.print(f"{name}: {title(name)}")
        yield name


def _check(options: argparse.Namespace) -> Outcome:
    system = running.read(options.state)
    checks = audit.audit(system, options.histories, wait_seconds=options.wait_seconds)
    return list(checks), {"histories": str(options.histories)}, None
