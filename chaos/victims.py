"""Lays hands on one process of the running system: a child of a supervisor on this machine, or a container."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from chaos.running import Process

# How a process is asked to end; PostgreSQL's SIGTERM waits for its clients, its SIGINT does not.
STOP_SIGNALS = {"postgres": signal.SIGINT}
STOPPED = "T"
_DOCKER_SECONDS_MAX = 60.0


class VictimError(Exception):
    """A process could not be laid hands on; the message says which and why."""


def kill(victim: Process) -> None:
    """End it without a word; harmless when it is gone already."""
    if victim.container is not None:
        with suppress(VictimError):  # its supervisor obeys the hold file too, and may have been first
            docker("kill", victim.container)
    elif victim.pid is not None:
        with suppress(ProcessLookupError):
            os.kill(victim.pid, signal.SIGKILL)


def pause(victim: Process) -> None:
    """Freeze it with all its children: it is there, holds its connections, and does nothing."""
    if victim.container is not None:
        docker("pause", victim.container)
        return
    for pid in _family(victim):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)


def resume(victim: Process) -> None:
    """Let it go on; harmless when it is not paused."""
    if victim.container is not None:
        if is_paused(victim):
            docker("unpause", victim.container)
        return
    for pid in _family(victim) if victim.pid is not None else ():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def is_paused(victim: Process) -> bool:
    """Whether all of it is frozen, as the kernel or the engine says."""
    if victim.container is not None:
        return docker("inspect", "--format", "{{.State.Paused}}", victim.container).strip() == "true"
    return victim.pid is not None and all(_state(pid) == STOPPED for pid in _family(victim))


def ask_to_restart(victim: Process) -> None:
    """Ask it to end in good order; its supervisor (or the engine) starts it again."""
    if victim.container is not None:
        docker("restart", victim.container)
    elif victim.pid is not None:
        os.kill(victim.pid, STOP_SIGNALS.get(victim.name, signal.SIGTERM))


def docker(*arguments: str) -> str:
    """What the engine's client prints; raises VictimError."""
    try:
        done = subprocess.run(
            ["docker", *arguments],  # noqa: S607 - found on PATH, as the compose room finds it
            capture_output=True,
            text=True,
            check=False,
            timeout=_DOCKER_SECONDS_MAX,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VictimError(f"docker {' '.join(arguments)}: {error}") from error
    if done.returncode:
        raise VictimError(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _family(victim: Process) -> list[int]:
    """The process and all below it, parents first; PostgreSQL's children have process groups of their own."""
    if victim.pid is None:
        raise VictimError(f"{victim.name} is {victim.state}: it has no process")
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    family = [victim.pid]
    for pid in family:
        family += children.get(pid, [])
    return family


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            yield int(folder.name), int(fields[1])


def _state(pid: int) -> str:
    """The kernel's letter for what a process does (proc(5)); a process that has ended counts as stopped."""
    fields = _stat(pid)
    return fields[0] if fields else STOPPED


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on, behind the name, which may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []
