"""Watches victim and alerts from outside the experiment, so that a fault is believed only when seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chaos import prometheus, running
from chaos.probes import port_open
from chaos.prometheus import NoDataError
from chaos.running import NotRunningError

_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The victim at a moment (Unix time)."""

    at: float
    pid: int | None
    port_open: bool


@dataclass(slots=True)
class Observations:
    """What was seen. `first_fired` holds the Unix time at which each alert was first seen firing."""

    glimpses: list[Glimpse] = field(default_factory=list)
    first_fired: dict[str, float] = field(default_factory=dict)
    alert_looks: int = 0
    alert_misses: int = 0

    def down_between(self, begin: float, end: float, killed_pid: int) -> bool:
        """Whether the killed process was seen gone, with its port closed, within the window."""
        return any(
            begin <= glimpse.at <= end and glimpse.pid != killed_pid and not glimpse.port_open
            for glimpse in self.glimpses
        )

    def replaced_after(self, end: float, killed_pid: int) -> bool:
        """Whether another process was seen serving at the port after the window."""
        return any(
            glimpse.at >= end and glimpse.port_open and glimpse.pid not in (None, killed_pid)
            for glimpse in self.glimpses
        )

    def fired_since(self, begin: float) -> Mapping[str, float]:
        """Seconds after `begin` at which each alert fired that had not fired before."""
        return {name: at - begin for name, at in self.first_fired.items() if at >= begin}


class Observer:
    """Looks several times a second, in a thread of its own, until it is stopped."""

    def __init__(self, state: Path, process: str) -> None:
        self._state = state
        self._process = process
        self._seen = Observations()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="observer", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> Observations:
        """End, and give what was seen."""
        self._stop.set()
        self._thread.join()
        return self._seen

    def _watch(self) -> None:
        while not self._stop.wait(_POLL_SECONDS):
            try:
                system = running.read(self._state)
                victim = system.process(self._process)
            except NotRunningError:
                continue
            self._seen.glimpses.append(Glimpse(time.time(), victim.pid, port_open(victim.port)))
            self._look_at_alerts(system.urls.get("prometheus"))

    def _look_at_alerts(self, url: str | None) -> None:
        self._seen.alert_looks += 1
        try:
            if url is None:
                raise NoDataError("the system has no Prometheus")
            for name in prometheus.firing(url):
                self._seen.first_fired.setdefault(name, time.time())
        except NoDataError:
            self._seen.alert_misses += 1
