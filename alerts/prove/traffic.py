"""The players without whom no alert has anything to look at: the loadtests room, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STARTED_SECONDS_MAX = 90.0
STOP_SECONDS_MAX = 20.0


class TrafficError(Exception):
    """The players did not come, so nothing can be proved."""


@contextmanager
def players(
    target: str, out: Path, *, profile: str, seconds: float, rate: float | None = None
) -> Iterator[None]:
    """Have a profile of the loadtests room play until the block ends, at its full rate from the beginning of it."""
    out.mkdir(parents=True, exist_ok=True)
    plan = out / "plan.json"
    plan.unlink(missing_ok=True)
    command = [sys.executable, "-m", "loadtests", "--profile", profile, "--target", target]
    command += ["--seconds", str(seconds), "--out", str(out)]
    command += ["--rate", str(rate)] if rate is not None else []
    with (out / "load.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_until_open(plan, process, out / "load.log")
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_open(plan: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTED_SECONDS_MAX
    while not plan.is_file():
        if process.poll() is not None or time.monotonic() > deadline:
            raise TrafficError(f"the players did not come: {log.read_text(errors='replace')[-1000:]}")
        time.sleep(0.1)
    opens = float(json.loads(plan.read_text())["opens"])
    time.sleep(max(0.0, opens - time.time()))
