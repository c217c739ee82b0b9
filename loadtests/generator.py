"""The generator watches itself: a load that was late by its own fault measures nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass

import gevent

from loadtests.latency import Latencies

_TICK_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Strain:
    """How hard the generator worked: p99 lag of a timer in seconds, and its share of one core."""

    lag_p99_seconds: float
    lag_max_seconds: float
    cpu_share: float
    ticks: int


class Watch:
    """Measures the delay with which a due greenlet runs, and the processor time this process took."""

    def __init__(self) -> None:
        self._lag = Latencies()
        self._wall = self._cpu = 0.0
        self._greenlet: gevent.Greenlet | None = None

    def start(self) -> None:
        """Begin to measure."""
        self._wall, self._cpu = time.monotonic(), time.process_time()
        self._greenlet = gevent.spawn(self._tick)

    def stop(self) -> Strain:
        """End the measurement and give its figures."""
        if self._greenlet is None:
            raise RuntimeError("the watch was stopped before it was started")
        self._greenlet.kill()
        elapsed = time.monotonic() - self._wall
        return Strain(
            lag_p99_seconds=self._lag.at(99.0),
            lag_max_seconds=self._lag.at(100.0),
            cpu_share=(time.process_time() - self._cpu) / elapsed if elapsed else 0.0,
            ticks=self._lag.count,
        )

    def _tick(self) -> None:
        while True:
            due = time.monotonic() + _TICK_SECONDS
            gevent.sleep(_TICK_SECONDS)
            self._lag.record(time.monotonic() - due)
