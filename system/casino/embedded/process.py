"""One process of the embedded system: how it is described, started and ended."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from casino.embedded.leftovers import started_at
from casino.embedded.os_account import OsAccount
from casino.embedded.spawn import spawn


@dataclass(frozen=True, kw_only=True)
class ProcessSpec:
    """What to run and how to tell that it serves.

    `ready` is polled and must answer within a second; `prepare` runs once, before the first start; `env` is
    added to the supervisor's own; the kernel sends `orphan_signal` when the supervisor dies unasked. What has
    `niceness` above 0 gives way to the others when processors are short.
    """

    name: str
    argv: tuple[str, ...]
    port: int
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] | None = None
    account: OsAccount | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    niceness: int = 0
    ready_seconds_max: float = 30.0
    stop_seconds_max: float = 10.0


class Process:
    """A process that can be started again and again; nothing here decides when.

    `starts` counts how often it was; `started` names the last time (see leftovers.started_at).
    """

    def __init__(self, spec: ProcessSpec, log: Path) -> None:
        self.spec = spec
        self.log = log
        self.starts = 0
        self.started: str | None = None
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs now; a process that has just ended is reaped by asking."""
        return self._popen is not None and self._popen.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._popen.pid if self._popen is not None and self.alive else None

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        code = self._popen.poll() if self._popen is not None else None
        if code is None:
            return "has not ended"
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"

    def start(self) -> None:
        """Run it, preparing it first if this is its first start; raises StartFailed."""
        if self.starts == 0 and self.spec.prepare is not None:
            self.spec.prepare()
        self._popen = spawn(
            self.spec.argv,
            log=self.log,
            env=self.spec.env,
            account=self.spec.account,
            orphan_signal=self.spec.orphan_signal,
            niceness=self.spec.niceness,
        )
        self.starts += 1
        self.started = started_at(self._popen.pid)

    def ask_to_stop(self) -> None:
        """Send its stop signal, and wake it in case it was paused."""
        if self._popen is not None and self.alive:
            self._popen.send_signal(self.spec.stop_signal)
            self._popen.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it now, with whatever it started in its process group, and wait until it is gone."""
        if self._popen is not None and self.alive:
            os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()
