"""The system under examination: one we start for the run, embedded or composed, or one that runs already."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS_MAX = 180.0
STOP_SECONDS_MAX = 40.0
# One address plays everybody in a gate; a traced share of requests feeds the report.
GATE_SETTINGS = {
    "RATE_LIMIT_ADDRESS_PER_MINUTE": "1000000",
    "RATE_LIMIT_CREDENTIALS_PER_MINUTE": "100000",
    "TRUSTED_PROXIES": "127.0.0.1",
    "TRACE_SAMPLE_RATIO": "0.01",
}


class TargetError(Exception):
    """The system did not start or does not answer; the message carries the end of its output."""


@dataclass(frozen=True)
class Target:
    """A running system. `state_dir` holds state.json and is None where only a URL is known."""

    public_url: str
    state_dir: Path | None

    def state(self) -> Mapping[str, Any]:
        """What state.json says now; empty where only a URL is known."""
        if self.state_dir is None:
            return {}
        document: Mapping[str, Any] = json.loads((self.state_dir / "state.json").read_text())
        return document

    def url(self, name: str) -> str | None:
        """The address of a part (``prometheus``, ``postgres`` …), or None where it is not known."""
        found: str | None = self.state().get("urls", {}).get(name)
        return found


@contextmanager
def embedded(run: Path, rules: Sequence[Path], alertmanager: Path) -> Iterator[Target]:
    """The casino on its embedded engines, fresh, on free ports, gone at the end."""
    state_dir = run / "system"
    command = [
        sys.executable,
        "-m",
        "casino.cli",
        "up",
        "--state-dir",
        str(state_dir),
        "--ephemeral",
        "--port",
        "0",
    ]
    for path in rules:
        command += ["--rules", str(path)]
    command += ["--alertmanager-config", str(alertmanager)]
    for name, value in GATE_SETTINGS.items():
        command += ["--env", f"{name}={value}"]
    output = run / "system.log"
    with output.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        state = _wait_ready(state_dir / "state.json", process, output)
        yield Target(state["public_url"], state_dir)
    finally:
        # The engines' data go with the system; what it said stays with the report.
        if (state_dir / "logs").is_dir():
            shutil.copytree(state_dir / "logs", run / "logs", dirs_exist_ok=True)
        _stop(process)


@contextmanager
def composed(run: Path) -> Iterator[Target]:
    """The casino in containers, brought up and taken down by the compose room."""
    state_dir = run / "system"
    compose = [sys.executable, "-m", "compose"]
    output = run / "system.log"
    with output.open("wb") as log:
        up = subprocess.run(
            [*compose, "up", "--state-dir", str(state_dir)], stdout=log, stderr=log, check=False
        )
    try:
        if up.returncode:
            raise TargetError(f"the composed system did not start:\n{_tail(output)}")
        yield Target(json.loads((state_dir / "state.json").read_text())["public_url"], state_dir)
    finally:
        with output.open("ab") as log:
            subprocess.run(
                [*compose, "down", "--state-dir", str(state_dir)], stdout=log, stderr=log, check=False
            )


def _wait_ready(state_file: Path, process: subprocess.Popen[bytes], output: Path) -> Mapping[str, Any]:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise TargetError(f"the system ended with {process.returncode} while starting:\n{_tail(output)}")
        if state_file.is_file():
            state: Mapping[str, Any] = json.loads(state_file.read_text())
            if state.get("ready"):
                return state
        time.sleep(0.1)
    raise TargetError(f"the system was not ready after {START_SECONDS_MAX:.0f} s:\n{_tail(output)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _tail(output: Path, lines: int = 20) -> str:
    return "\n".join(output.read_text(errors="replace").splitlines()[-lines:])
