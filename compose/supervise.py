"""Stays beside a running stack: keeps state.json true and holds down the containers that a fault asks for.

A file STATE_DIR/hold/NAME kills that container and keeps it down until the file is gone, as with `casino up`.
Docker itself restarts whatever else dies; it leaves alone what was killed through it.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compose import engine, state

TICK_SECONDS = 0.1
EVENTS = ("start", "die", "kill", "health_status", "pause", "unpause")


class Supervisor:
    """Applies holds and rewrites state.json until `stopped` is set."""

    def __init__(self, project: str, state_dir: Path, stopped: threading.Event) -> None:
        self._project = project
        self._state_dir = state_dir
        self._stopped = stopped
        self._changed = threading.Event()
        self._held: frozenset[str] = frozenset()

    def run(self) -> None:
        """Blocks until stopped."""
        (self._state_dir / "hold").mkdir(parents=True, exist_ok=True)
        self._changed.set()
        with self._listening():
            while not self._stopped.wait(TICK_SECONDS):
                wanted = frozenset(file.name for file in (self._state_dir / "hold").iterdir())
                if wanted != self._held or self._changed.is_set():
                    self._changed.clear()
                    self._apply_holds(wanted)
                    state.write(self._state_dir, state.describe(self._project, self._held))

    def _apply_holds(self, wanted: frozenset[str]) -> None:
        """Each time anew: one that died on its own while it was being held is started again by Docker.

        What changed between our look and our word is refused by the engine, and tried again at its next event.
        """
        for container in engine.containers(self._project) if wanted | self._held else ():
            name = state.role(engine.service(container))
            status = container["State"]["Status"]
            if name in wanted and status in {"running", "paused"}:
                engine.execute("docker", "kill", container["Id"], read=True)
            elif name in self._held - wanted and status != "running":
                engine.execute("docker", "start", container["Id"], read=True)
        self._held = wanted

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """The engine's own events say when something changed, so that containers are not polled."""
        only = [f"label=com.docker.compose.project={self._project}", *(f"event={name}" for name in EVENTS)]
        command = ["docker", "events", *(part for one in only for part in ("--filter", one))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as events:
            threading.Thread(target=self._mark_changes, args=(events,), daemon=True).start()
            try:
                yield
            finally:
                events.terminate()

    def _mark_changes(self, events: subprocess.Popen[str]) -> None:
        assert events.stdout is not None, "Popen was given a pipe"
        for _ in events.stdout:
            self._changed.set()
