"""Processes that outlived a killed supervisor, told apart from strangers before they are ended."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROC = Path("/proc")
GONE_SECONDS_MAX = 5.0
STATE_FIELD = 0  # proc_pid_stat(5), counted from behind the command's name
START_FIELD = 19


def started_at(pid: int) -> str | None:
    """When the process began, as boot and clock tick: with the pid it names one process for ever.

    None when there is no such process, when it is a zombie, and where there is no /proc.
    """
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return None if fields[STATE_FIELD] == "Z" else f"{boot}/{fields[START_FIELD]}"


def end_leftovers(state: Mapping[str, Any] | None) -> list[str]:
    """Kill what still runs of a published state, sparing strangers with a reused pid; returns the names."""
    ours = {
        name: process["pid"]
        for name, process in (state["processes"] if state else {}).items()
        if process["pid"] and _is_same(process["pid"], process["started"], process["command"])
    }
    for pid in ours.values():
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + GONE_SECONDS_MAX
    while any(started_at(pid) for pid in ours.values()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return list(ours)


def _is_same(pid: int, started: str | None, command: str) -> bool:
    """The same start and the same command line."""
    if started is None or started_at(pid) != started:
        return False
    try:
        running = (PROC / str(pid) / "cmdline").read_text(errors="surrogateescape")
    except OSError:
        return False
    return running.rstrip("\0").replace("\0", " ") == command
