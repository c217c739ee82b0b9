"""Watches victim and alerts from outside the experiment, so that a fault is believed only when seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from chaos import prometheus, running
from chaos.experiment import Fault
from chaos.kinds import KINDS
from chaos.links import LinkError
from chaos.prometheus import NoDataError
from chaos.running import NotRunningError
from chaos.victims import VictimError

_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A moment (Unix time): the victim's process id, and whether the fault could be seen."""

    at: float
    pid: int | None
    broken: bool


@dataclass(slots=True)
class Observations:
    """What was seen. `first_fired` holds the Unix time at which each alert was first seen firing."""

    glimpses: list[Glimpse] = field(default_factory=list)
    first_fired: dict[str, float] = field(default_factory=dict)
    alert_looks: int = 0
    alert_misses: int = 0

    def broken_between(self, begin: float, end: float) -> bool:
        """Whether the fault was seen within the window."""
        return any(begin <= glimpse.at <= end and glimpse.broken for glimpse in self.glimpses)

    def whole_after(self, end: float, *, replaced: int | None) -> bool:
        """Whether the fault was seen to be gone after the window, with another process than `replaced`."""
        return any(
            glimpse.at >= end and not glimpse.broken and glimpse.pid not in (None, replaced)
            for glimpse in self.glimpses
        )

    def fired_since(self, begin: float) -> Mapping[str, float]:
        """Seconds after `begin` at which each alert fired that had not fired before."""
        return {name: at - begin for name, at in self.first_fired.items() if at >= begin}


class Observer:
    """Looks several times a second, in a thread of its own, until it is stopped."""

    def __init__(self, state: Path, fault: Fault) -> None:
        self._state = state
        self._fault = fault
        self._seen = Observations()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="observer", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> Observations:
        """End, and give what was seen."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        return self._seen

    def _watch(self) -> None:
        sight = KINDS[self._fault.kind].sight
        while not self._stop.wait(_POLL_SECONDS):
            try:
                system = running.read(self._state)
                victim = system.process(self._fault.process)
                broken = sight(system, self._fault)
            except (NotRunningError, VictimError, LinkError, httpx.HTTPError):
                continue
            self._seen.glimpses.append(Glimpse(time.time(), victim.pid, broken))
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
