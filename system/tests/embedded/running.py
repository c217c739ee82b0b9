"""A supervisor in a process of its own, as a test holds it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from casino.embedded.spawn import python_env
from casino.embedded.state import read_state

DRIVER = Path(__file__).with_name("stand_in_up.py")
DEADLINE_SECONDS = 20.0


def eventually(holds: Callable[[], object], *, seconds: float = DEADLINE_SECONDS) -> None:
    """Wait until `holds()` is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


class Running:
    """`casino up` with stand-ins."""

    def __init__(self, state_dir: Path, popen: subprocess.Popen[str], output: IO[str]) -> None:
        self.state_dir = state_dir
        self.popen = popen
        self._output = output

    @property
    def state(self) -> dict[str, Any]:
        """The published state, {} before there is one."""
        return read_state(self.state_dir) or {}

    def process(self, name: str) -> dict[str, Any]:
        """One published process."""
        entry: dict[str, Any] = self.state["processes"][name]
        return entry

    def pids(self) -> list[int]:
        """Of all published processes that run."""
        return [entry["pid"] for entry in self.state["processes"].values() if entry["pid"]]

    def wait_ready(self) -> None:
        """Until the state says ready; fails with the output if the supervisor ends before."""
        eventually(lambda: self.state.get("ready") or self.popen.poll() is not None)
        assert self.popen.poll() is None, self.end()

    def end(self) -> str:
        """Wait for its end and return what it printed."""
        self.popen.wait(timeout=DEADLINE_SECONDS)
        self._output.seek(0)
        return self._output.read()


@contextmanager
def running(state_dir: Path, **options: object) -> Iterator[Running]:
    """Start a system in `state_dir` with the given `Options`; it is stopped at the end if it still runs."""
    given = {"state_dir": str(state_dir), **options}
    with tempfile.TemporaryFile("w+") as output:
        popen = subprocess.Popen(
            [sys.executable, str(DRIVER), json.dumps(given)],
            env={**os.environ, **python_env()},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Running(state_dir, popen, output)
        finally:
            popen.terminate()
            popen.wait(timeout=DEADLINE_SECONDS)
