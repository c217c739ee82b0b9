"""What experiments look at. A probe that cannot look fails; it never says that all is well."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence

import httpx
from chaoslib.exceptions import ActivityFailed

from alerts import slo as objectives
from chaos import prometheus, running
from chaos.canary import Canary, CanaryError

_POLL_SECONDS = 0.25
_CANARY_PATIENCE_SECONDS = 2.0
_READY_TIMEOUT_SECONDS = 2.0


def objectives_hold(state: str, window: str, within_seconds: float, slos: Sequence[str] = ()) -> bool:
    """Whether every objective (or those in `slos`) meets its target over `window`, asked until it does.

    An objective without events in the window is passed over. Raises ActivityFailed naming what is not met, or
    when there are no events at all.
    """
    chosen = [slo for slo in objectives.load() if not slos or slo.name in slos]
    url = running.read(state).url("prometheus")
    missed = ["nothing was asked"]

    def hold() -> bool:
        counts = [(slo, *prometheus.good_and_total(url, slo, window)) for slo in chosen]
        missed[:] = [
            f"{slo.name}: {good:.0f} of {total:.0f} good"
            for slo, good, total in counts
            if good < float(slo.target) * total
        ]
        if not any(total for _, _, total in counts):
            missed.append("there are no events")
        return not missed

    if not _becomes(hold, within_seconds):
        raise ActivityFailed(f"over {window}: {'; '.join(missed)}")
    return True


def quiet(state: str, alerts: Sequence[str], within_seconds: float) -> bool:
    """Whether none of `alerts` fires, so that one that fires later is known to be new; else ActivityFailed."""
    url = running.read(state).url("prometheus")
    if not _becomes(lambda: not prometheus.firing(url) & set(alerts), within_seconds):
        raise ActivityFailed(f"one of {', '.join(alerts)} fires already")
    return True


def is_down(state: str, process: str, within_seconds: float) -> bool:
    """Whether a held process is really gone: no process id, and nobody answers at its port."""

    def down() -> bool:
        victim = running.read(state).process(process)
        return victim.state == "held" and victim.pid is None and not port_open(victim.port)

    return _becomes(down, within_seconds)


def recovered(state: str, within_seconds: float) -> float:
    """Seconds until every process runs and is ready and a bet travels the whole way to a socket.

    Raises ActivityFailed when that takes longer than `within_seconds`.
    """
    began = time.monotonic()
    trouble = "processes are not ready"
    with Canary(running.read(state), patience_seconds=_CANARY_PATIENCE_SECONDS) as canary:
        while time.monotonic() - began < within_seconds:
            if all_ready(state):
                try:
                    canary.fly()
                    return time.monotonic() - began
                except CanaryError as error:
                    trouble = str(error)
            time.sleep(_POLL_SECONDS)
    raise ActivityFailed(f"not recovered after {within_seconds} s: {trouble}")


def all_ready(state: str) -> bool:
    """Whether every process runs, its port answers, and every API says that its dependencies are there."""
    system = running.read(state)
    alive = all(
        process.state == "running" and port_open(process.port) for process in system.processes.values()
    )
    return alive and all(_answers_ready(url) for name, url in system.urls.items() if name.startswith("api-"))


def port_open(port: int) -> bool:
    """Whether somebody accepts connections at a loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False


def _answers_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=_READY_TIMEOUT_SECONDS).status_code == 200
    except httpx.HTTPError:
        return False


def _becomes(condition: Callable[[], bool], within_seconds: float) -> bool:
    deadline = time.monotonic() + within_seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return met
