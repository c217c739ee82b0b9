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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BUILD_SECONDS_MAX = 1200.0
START_SECONDS_MAX = 240.0
# Containers have a grace period each, one after another where they depend on each other.
STOP_SECONDS_MAX = 90.0
# One address plays everybody in a gate; a traced share of requests feeds the report.
GATE_SETTINGS = {
    "RATE_LIMIT_ADDRESS_PER_MINUTE": "1000000",
    "RATE_LIMIT_CREDENTIALS_PER_MINUTE": "100000",
    "TRACE_SAMPLE_RATIO": "0.01",
}


class TargetError(Exception):
    """The system did not start or does not answer; the message carries the end of its output."""


@dataclass(frozen=True)
class Target:
    """A running system. `state_dir` holds state.json; where only addresses are known it is None."""

    public_url: str
    state_dir: Path | None
    urls: Mapping[str, str] = field(default_factory=dict)

    def state(self) -> Mapping[str, Any]:
        """What state.json says now; empty where only a URL is known."""
        if self.state_dir is None:
            return {}
        document: Mapping[str, Any] = json.loads((self.state_dir / "state.json").read_text())
        return document

    def url(self, name: str) -> str | None:
        """The address of a part (``prometheus``, ``postgres`` …), or None where it is not known."""
        found: str | None = self.state().get("urls", self.urls).get(name)
        return found


@contextmanager
def embedded(
    run: Path, rules: Sequence[Path], alertmanager: Path, *, links: bool = False
) -> Iterator[Target]:
    """The casino on its embedded engines, fresh, on free ports, gone at the end; `links` puts relays before them."""
    command = [sys.executable, "-m", "casino.cli", "up", "--port", "0", *(["--links"] if links else [])]
    settings = GATE_SETTINGS | {"TRUSTED_PROXIES": "127.0.0.1"}
    command += _examined_with(run, rules, alertmanager, settings)
    with _foreground(command, run, run / "system.log") as target:
        yield target


@contextmanager
def composed(run: Path, rules: Sequence[Path], alertmanager: Path) -> Iterator[Target]:
    """The casino in containers, fresh, gone at the end. Images are those that IMAGES names, or built here."""
    compose = [sys.executable, "-m", "compose"]
    images = ["--images", os.environ.get("IMAGES", "offline")]
    output = run / "system.log"
    _build([*compose, "build", *images, "--state-dir", str(run / "system")], output)
    command = [*compose, "up", *images, "--foreground", "--scrape-interval", "1s"]
    with _foreground(
        command + _examined_with(run, rules, alertmanager, GATE_SETTINGS), run, output
    ) as target:
        yield target


def _build(command: Sequence[str], output: Path) -> None:
    try:
        with output.open("wb") as log:
            subprocess.run(
                command, stdout=log, stderr=subprocess.STDOUT, check=True, timeout=BUILD_SECONDS_MAX
            )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise TargetError(f"the images could not be built: {error}\n{_tail(output)}") from error


def _examined_with(
    run: Path, rules: Sequence[Path], alertmanager: Path, settings: Mapping[str, str]
) -> list[str]:
    """The arguments that both runtimes take."""
    arguments = ["--ephemeral", "--state-dir", str(run / "system")]
    for path in rules:
        arguments += ["--rules", str(path)]
    arguments += ["--alertmanager-config", str(alertmanager)]
    for name, value in settings.items():
        arguments += ["--env", f"{name}={value}"]
    return arguments


@contextmanager
def _foreground(command: Sequence[str], run: Path, output: Path) -> Iterator[Target]:
    """What `command` keeps up for as long as it runs; it is told to stop at the end."""
    state_dir = run / "system"
    with output.open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        state = _wait_ready(state_dir / "state.json", process, output)
        yield Target(state["public_url"], state_dir)
    finally:
        # The engines' data go with the system; what it said stays with the report.
        if (state_dir / "logs").is_dir():
            shutil.copytree(state_dir / "logs", run / "logs", dirs_exist_ok=True)
        _stop(process)


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
