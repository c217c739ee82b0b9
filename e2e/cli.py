"""`python -m e2e`: plays the journeys against a running casino."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from alerts.verdict import Check, Result, Verdict, print_table, write
from e2e.journeys import JOURNEYS
from e2e.stage import JourneyStopped, Stage, launch


def main(arguments: Sequence[str]) -> int:
    """Runs the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    started_at, begun = datetime.now(UTC), time.monotonic()
    checks: list[Check] = []
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright, headed=options.headed)
            for name in options.only or JOURNEYS:
                checks += _play(browser, name, options)
            browser.close()
    except RuntimeError as error:
        checks.append(Check(name="browser", verdict=Verdict.UNKNOWN, detail=str(error)))
    result = Result(
        room="e2e",
        started_at=started_at,
        seconds=time.monotonic() - begun,
        seed=options.seed,
        reproduce=shlex.join(["python", "-m", "e2e", *arguments]),
        checks=tuple(checks),
    )
    write(result, options.out)
    print_table(result)
    return result.verdict.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m e2e",
        description="Plays the journeys of a day in a real browser against a running casino.",
        epilog="exit code: 0 PASS, 1 FAIL, 2 UNKNOWN (could not run)",
    )
    parser.add_argument("--target", required=True, metavar="URL", help="where the casino answers")
    parser.add_argument(
        "--state", type=Path, help="state directory of a casino on this machine (for its traces)"
    )
    parser.add_argument("--only", action="append", choices=sorted(JOURNEYS), help="one journey; repeatable")
    parser.add_argument("--headed", action="store_true", help="show the browser")
    parser.add_argument("--seed", type=int, help="kept with the result; journeys draw nothing")
    parser.add_argument("--out", type=Path, default=Path("reports/e2e"), help="where results and evidence go")
    return parser


def _play(browser: Browser, name: str, options: argparse.Namespace) -> list[Check]:
    begun = time.monotonic()
    logs = options.state / "logs" if options.state else None
    stage = Stage(browser, name=name, target=options.target, out=options.out, logs=logs)
    try:
        JOURNEYS[name](stage)
    except JourneyStopped:
        pass
    finally:
        stage.close()
    failed = [check for check in stage.checks if check.verdict is not Verdict.PASS]
    sys.stdout.write(
        f"{name}: {len(stage.checks)} checks, {len(failed)} not passed, {time.monotonic() - begun:.0f} s\n"
    )
    sys.stdout.flush()
    return stage.checks
