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

import httpx
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from alerts.verdict import Check, Result, Verdict, print_table, terminal, write
from contracts import coverage
from contracts.document import DocumentError
from contracts.drift import command as snapshot
from contracts.examination import Examination, Order
from contracts.target import TargetError

CASES = 20
ROOM = "contracts"


def parser() -> argparse.ArgumentParser:
    """Every option of the room."""
    root = argparse.ArgumentParser(
        prog="python -m contracts",
        description="Holds a running casino to its documents: OpenAPI, AsyncAPI, event schemas, conventions.",
        epilog="`python -m contracts snapshot --help` guards the recorded contract. "
        "Exit code: 0 PASS, 1 FAIL, 2 UNKNOWN (could not run, or not all of it).",
    )
    root.add_argument("--target", metavar="URL", required=True, help="where the casino answers")
    root.add_argument(
        "--state", metavar="DIR", type=Path, help="its state directory: admin, metrics, event log"
    )
    root.add_argument("--seed", type=int, help="draws what is generated (random, and printed)")
    root.add_argument("--cases", type=int, default=CASES, help=f"generated requests an operation ({CASES})")
    root.add_argument("--out", type=Path, default=Path("reports/contracts"), help="where results are written")
    return root


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    if arguments and arguments[0] == "snapshot":
        return snapshot.main(arguments[1:])
    options = parser().parse_args(arguments)
    if options.cases < 1:
        parser().error("--cases must be at least 1")
    seed = options.seed if options.seed is not None else secrets.randbelow(2**32)
    result = _examined(options, seed)
    write(result, options.out)
    console = terminal()
    print_table(result, console)
    console.print(f"results: {options.out}", markup=False, highlight=False)
    return result.verdict.exit_code


def _examined(options: argparse.Namespace, seed: int) -> Result:
    started_at, begun = datetime.now(UTC), time.monotonic()
    checks: list[Check] = []
    data: dict[str, object] = {}
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def say(what: str) -> None:
            progress.update(task, description=what[:90])

        order = Order(options.target, options.state, seed, options.cases, say)
        try:
            examination = Examination(order)
            for check in examination.checks():
                checks.append(check)
                progress.console.print(f"{check.verdict:7}  {check.name}", markup=False, highlight=False)
            data = examination.data
            Console().print(coverage.table(coverage.rows(examination.tally)))
        except (DocumentError, TargetError, httpx.HTTPError, OSError) as error:
            checks.append(
                Check(name="the examination", verdict=Verdict.UNKNOWN, detail=str(error) or repr(error))
            )
    return Result(
        room=ROOM,
        started_at=started_at,
        seconds=round(time.monotonic() - begun, 3),
        reproduce=_reproduce(options, seed),
        checks=tuple(checks),
        seed=seed,
        data=data,
    )


def _reproduce(options: argparse.Namespace, seed: int) -> str:
    command = [Path(sys.executable).name, "-m", "contracts", "--target", options.target, "--seed", str(seed)]
    command += ["--cases", str(options.cases), "--out", str(options.out)]
    if options.state is not None:
        command += ["--state", str(options.state)]
    return shlex.join(command)
