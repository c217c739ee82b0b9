"""Stays beside a running stack: keeps state.json true and holds down the containers that a fault asks for.

A file STATE_DIR/hold/NAME kills that container and keeps it down until the file is gone, as with `casino up`.
Docker itself restarts what dies otherwise; it leaves alone what was killed through it.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compose import engine, state

TICK_SECONDS = 0.1


class Supervisor:
    """Applies holds and rewrites state.json until `stopped` is set."""

    def __init__(self, project: str, state_dir: Path, stopped: threading.Event) -> None:
        self._project = project
        self._state_dir = state_dir
        self._stopped = stopped
        self._changed = threading.Event()
        self._held: set[str] = set()

    def run(self) -> None:
        """Blocks until stopped; the last state.json says that nothing is ready."""
        (self._state_dir / "hold").mkdir(parents=True, exist_ok=True)
        self._changed.set()
        with self._events():
            while not self._stopped.wait(TICK_SECONDS):
                self._apply_holds()
                if self._changed.is_set():
                    self._changed.clear()
                    state.write(self._state_dir, state.describe(self._project, self._held))

    def _apply_holds(self) -> None:
        wanted = {file.name for file in (self._state_dir / "hold").iterdir()}
        for name in wanted - self._held:
            self._each_container(name, "kill")
        for name in self._held - wanted:
            self._each_container(name, "start")
        if wanted != self._held:
            self._held = wanted
            self._changed.set()

    def _each_container(self, name: str, verb: str) -> None:
        for container in engine.containers(self._project):
            running = container["State"]["Status"] == "running"
            if state.role(engine.service(container)) == name and running == (verb == "kill"):
                engine.read(verb, container["Id"])

    @contextmanager
    def _events(self) -> Iterator[None]:
        """Lets the engine's own events say when something changed, so that nothing is polled."""
        wanted = ["--filter", f"label=com.docker.compose.project={self._project}", "--filter", "type=container"]
        names = ("start", "die", "kill", "health_status", "pause", "unpause")
        filters = [part for name in names for part in ("--filter", f"event={name}")]
        command = ["docker", "events", *wanted, *filters]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as events:
            threading.Thread(target=self._mark_changes, args=(events,), daemon=True).start()
            try:
                yield
            finally:
                events.terminate()

    def _mark_changes(self, events: subprocess.Popen[str]) -> None:
        assert events.stdout is not None
        for _ in events.stdout:
            self._changed.set()
