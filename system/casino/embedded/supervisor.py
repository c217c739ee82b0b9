"""Starts the embedded system in order, restarts what falls, publishes its state and stops it cleanly."""

import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from casino.embedded.errors import StartFailed
from casino.embedded.process import Process
from casino.embedded.spawn import log_tail, spawn
from casino.embedded.state import LOG_FOLDER, held, write_settings, write_state
from casino.embedded.topology import Command, Topology
from casino.kit.clock import utc_now

POLL_SECONDS = 0.1
START_POLL_SECONDS = 0.02
BACKOFF_FIRST_SECONDS = 0.5
BACKOFF_MAX_SECONDS = 8.0
SETTLED_SECONDS = 5.0


class StopRequested(Exception):
    """Somebody asked the supervisor to stop while it was starting."""


class State(StrEnum):
    """Where a process is in its life, as state.json shows it."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    HELD = "held"


@dataclass
class Watched:
    """A process and what the supervisor remembers about it; times are of the monotonic clock."""

    process: Process
    state: State = State.STOPPED
    failures: int = 0
    restart_at: float = 0.0
    running_since: float = 0.0

    @property
    def name(self) -> str:
        """The name it is published and held under."""
        return self.process.spec.name


class Supervisor:
    """Runs one topology. Its children die with the thread that starts them (see spawn)."""

    def __init__(self, topology: Topology, state_dir: Path, *, report: Callable[[str], None]) -> None:
        self._topology = topology
        self._state_dir = state_dir
        self._report = report
        self._started_at = utc_now()
        self._ready = False
        self._stop_requested = False
        self._published: dict[str, Any] = {}
        self._groups = [
            [Watched(Process(spec, self._log(spec.name))) for spec in group]
            for group in (topology.engines, topology.services, topology.monitoring)
        ]

    def request_stop(self) -> None:
        """Make `start` or `watch` return soon; safe to call from a signal handler."""
        self._stop_requested = True

    def start(self) -> None:
        """Start each group once the one before it is ready; raises StartFailed, StopRequested."""
        for watched in self._all():
            _set_aside(watched.process.log)
        write_settings(self._state_dir, self._topology.commands_env)
        engines, services, monitoring = self._groups
        self._start_group(engines)
        for command in self._topology.commands:
            self._run(command)
        self._start_group(services)
        self._start_group(monitoring)
        self._ready = True
        self._publish()

    def watch(self) -> None:
        """Restart what falls and obey hold files until a stop is requested."""
        while not self._stop_requested:
            names = held(self._state_dir)
            for watched in self._all():
                self._tend(watched, is_held=watched.name in names, now=time.monotonic())
            self._publish()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop everything in reverse order: ask, wait as long as each may take, then kill."""
        self._ready = False
        for group in reversed(self._groups):
            for watched in group:
                watched.process.ask_to_stop()
            deadline = time.monotonic() + max((w.process.spec.stop_seconds_max for w in group), default=0)
            while any(w.process.alive for w in group) and time.monotonic() < deadline:
                time.sleep(START_POLL_SECONDS)
            for watched in group:
                if watched.process.alive:
                    self._report(f"  {watched.name} did not stop in time and is killed")
                watched.process.kill()
                watched.state = State.STOPPED
            self._publish()

    def _start_group(self, group: list[Watched]) -> None:
        begun = time.monotonic()
        for watched in group:
            watched.process.start()
            watched.state = State.STARTING
            self._publish()
        while waiting := [watched for watched in group if watched.state is State.STARTING]:
            self._pause()
            for watched in waiting:
                if watched.process.spec.ready():
                    self._mark_running(watched)
                    self._publish()
                else:
                    _fail_if_hopeless(watched.process, time.monotonic() - begun)
        if group:
            self._report_step(", ".join(watched.name for watched in group), begun)

    def _run(self, command: Command) -> None:
        begun = time.monotonic()
        log = self._log(command.name)
        _set_aside(log)
        running = spawn(command.argv, env=self._topology.commands_env, log=log)
        try:
            while (code := running.poll()) is None:
                if time.monotonic() - begun > command.seconds_max:
                    limit = f"{command.seconds_max:.0f} s"
                    raise StartFailed(f"{command.name} took more than {limit}\n{log_tail(log)}")
                self._pause()
        finally:
            _kill(running)
        if code != 0:
            raise StartFailed(f"{command.name} ended with status {code}\n{log_tail(log)}")
        self._report_step(command.name, begun)

    def _report_step(self, step: str, begun: float) -> None:
        self._report(f"  {step:<34}{time.monotonic() - begun:5.1f} s")

    def _pause(self) -> None:
        if self._stop_requested:
            raise StopRequested
        time.sleep(START_POLL_SECONDS)

    def _tend(self, watched: Watched, *, is_held: bool, now: float) -> None:
        """Move one process on by at most one state."""
        process = watched.process
        if is_held:
            process.kill()
            watched.state = State.HELD
        elif watched.state is State.HELD or (watched.state is State.STOPPED and now >= watched.restart_at):
            process.start()
            watched.state = State.STARTING
        elif watched.state is State.STOPPED:
            return
        elif not process.alive:
            self._back_off(watched, now)
        elif watched.state is State.STARTING and process.spec.ready():
            self._mark_running(watched)
        elif watched.state is State.RUNNING and now - watched.running_since > SETTLED_SECONDS:
            watched.failures = 0

    def _mark_running(self, watched: Watched) -> None:
        watched.state = State.RUNNING
        watched.running_since = time.monotonic()

    def _back_off(self, watched: Watched, now: float) -> None:
        delay = min(BACKOFF_FIRST_SECONDS * 2**watched.failures, BACKOFF_MAX_SECONDS)
        watched.failures += 1
        watched.restart_at = now + delay
        watched.state = State.STOPPED
        self._report(f"  {watched.name} {watched.process.ending}; restart in {delay:.1f} s")

    def _publish(self) -> None:
        document = self._document()
        if document != self._published:
            write_state(self._state_dir, document)
            self._published = document

    def _document(self) -> dict[str, Any]:
        """What state.json says; `ready` holds from the end of the start until a stop begins."""
        return {
            "instance": self._topology.instance,
            "ready": self._ready,
            "started_at": self._started_at.isoformat(),
            "public_url": self._topology.public_url,
            "urls": dict(self._topology.urls),
            "processes": {watched.name: _describe(watched) for watched in self._all()},
            "operator": list(self._topology.operator),
            "accounts": [dataclasses.asdict(account) for account in self._topology.accounts],
        }

    def _all(self) -> Iterable[Watched]:
        return (watched for group in self._groups for watched in group)

    def _log(self, name: str) -> Path:
        return self._state_dir / LOG_FOLDER / f"{name}.log"


def _describe(watched: Watched) -> dict[str, Any]:
    """`pid` is null unless it runs; `started` and `command` tell it from a stranger with the same pid."""
    pid = watched.process.pid
    return {
        "pid": pid,
        "state": str(watched.state),
        "restarts": max(watched.process.starts - 1, 0),
        "port": watched.process.spec.port,
        "log": str(watched.process.log),
        "started": watched.process.started if pid else None,
        "command": " ".join(watched.process.spec.argv),
    }


def _fail_if_hopeless(process: Process, seconds: float) -> None:
    if not process.alive:
        trouble = f"{process.ending} before it was ready"
    elif seconds > process.spec.ready_seconds_max:
        trouble = f"was not ready after {seconds:.0f} s"
    else:
        return
    raise StartFailed(f"{process.spec.name} {trouble}\n{log_tail(process.log)}")


def _set_aside(log: Path) -> None:
    """Keep the log of the run before this one, and no more."""
    with suppress(FileNotFoundError):
        log.replace(log.with_suffix(".previous.log"))


def _kill(popen: subprocess.Popen[bytes]) -> None:
    if popen.poll() is None:
        os.killpg(popen.pid, signal.SIGKILL)
        popen.wait()
