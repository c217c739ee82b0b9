"""The load under which a fault is injected: the loadtests room, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from alerts import verdict
from alerts.verdict import Result, ResultFileError

ROOT = Path(__file__).parents[1]
_STARTED_SECONDS_MAX = 60.0
# A run that was told to end still waits for the last answers and deliveries, then judges.
_END_SECONDS_MAX = 60.0


class LoadError(Exception):
    """The load could not be run, so nothing was tested."""


class Load:
    """One run of a load profile, to be ended by `end` or after `seconds_max`."""

    def __init__(self, target: str, out: Path, *, profile: str, seconds_max: float, seed: int) -> None:
        self.out = out
        self._log = out / "load.log"
        out.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "loadtests", "--profile", profile, "--target", target]
        command += ["--seconds", str(seconds_max), "--seed", str(seed), "--out", str(out)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    @property
    def histories(self) -> Path:
        """Where the clients write what they did."""
        return self.out / "histories"

    def opens(self) -> float:
        """When the load will be at its full rate (Unix time), as soon as it is known. Raises LoadError."""
        deadline = time.time() + _STARTED_SECONDS_MAX
        plan = self.out / "plan.json"
        while time.time() < deadline and self._process.poll() is None:
            if plan.is_file():
                return float(json.loads(plan.read_text(encoding="utf-8"))["opens"])
            time.sleep(0.1)
        raise LoadError(f"the load did not start: {self._tail()}")

    def end(self) -> Result:
        """Let the players finish what they began, and give the load's result; raises LoadError."""
        try:
            self._process.terminate()
            self._process.wait(timeout=_END_SECONDS_MAX)
            return verdict.read(self.out)
        except (subprocess.TimeoutExpired, ResultFileError) as error:
            raise LoadError(f"the load did not end well: {error}: {self._tail()}") from error

    @property
    def running(self) -> bool:
        """Whether the load is still there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the load if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _tail(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
