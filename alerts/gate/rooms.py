"""Runs the other rooms as the processes they are, and takes their word only from their result files."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from alerts.verdict import Check, Result, ResultFileError, Verdict, read

_running: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True)
class Examination:
    """A room to run: `arguments` follow ``python -m <room>``, its files go to `out`."""

    name: str
    room: str
    arguments: Sequence[str]
    out: Path
    seconds_max: float

    def command(self) -> list[str]:
        """The whole command line."""
        return [sys.executable, "-m", self.room, *self.arguments, "--out", str(self.out)]


def examine(examination: Examination) -> Result:
    """Runs the room to its end, or kills it at its bound. A room that leaves no result is UNKNOWN."""
    examination.out.mkdir(parents=True, exist_ok=True)
    output = examination.out / "output.log"
    started_at, begun = datetime.now(UTC), time.monotonic()
    command = examination.command()
    try:
        with output.open("wb") as log:
            code = _run(command, log, examination.seconds_max)
        result = read(examination.out)
        if result.verdict.exit_code != code:
            raise ResultFileError(f"the result says {result.verdict} but the room exited with {code}")
        return result
    except (ResultFileError, subprocess.TimeoutExpired) as error:
        last = output.read_text(errors="replace").strip().splitlines()[-3:]
        detail = " ".join([str(error), *last])[:600]
        return Result(
            room=examination.name,
            started_at=started_at,
            seconds=time.monotonic() - begun,
            reproduce=shlex.join(command),
            checks=(
                Check(name=f"{examination.name} ran to its end", verdict=Verdict.UNKNOWN, detail=detail),
            ),
        )


def end_all() -> None:
    """Tells the rooms that run now to end; each stops what it started."""
    for process in list(_running):
        process.terminate()


def _run(command: Sequence[str], log: IO[bytes], seconds_max: float) -> int:
    with subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT) as process:
        _running.add(process)
        try:
            return process.wait(seconds_max)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            _running.discard(process)
