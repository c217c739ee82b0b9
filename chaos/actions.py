"""What experiments do to the running system: each action says when it was done, probes whether it worked."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import Any

from chaoslib.exceptions import ActivityFailed

from chaos import running


def kill_and_hold(state: str, process: str) -> dict[str, Any]:
    """Send SIGKILL to a process and keep it down until `release`.

    Returns `at` (Unix time of the kill) and the `pid` killed; ActivityFailed when it was not running.
    """
    system = running.read(state)
    victim = system.process(process)
    if victim.pid is None or victim.state != "running":
        raise ActivityFailed(f"{process} is {victim.state}, not running: nothing to kill")
    # The hold stands before the kill, so that the supervisor has no moment to start it again.
    system.hold_file(process).touch()
    at = time.time()
    with suppress(ProcessLookupError):  # the supervisor may have obeyed the hold file already
        os.kill(victim.pid, signal.SIGKILL)
    return {"at": at, "pid": victim.pid, "process": process}


def release(state: str, process: str) -> dict[str, Any]:
    """Let the supervisor start a held process again; harmless when it is not held. Returns `at`."""
    running.read(state).hold_file(process).unlink(missing_ok=True)
    return {"at": time.time(), "process": process}
