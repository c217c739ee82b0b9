"""What experiments look at. A probe that cannot look fails; it never says that all is well."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
from chaoslib.exceptions import ActivityFailed

from alerts import slo as objectives
from chaos import metrics, prometheus, running, victims
from chaos.canary import Canary, CanaryError
from chaos.experiment import Fault
from chaos.kinds import KINDS
from chaos.links import LinkError
from chaos.ports import port_open
from chaos.running import NotRunningError
from chaos.victims import VictimError
from chaos.waiting import POLL_SECONDS, becomes

_CANARY_PATIENCE_SECONDS = 2.0
_READY_TIMEOUT_SECONDS = 2.0
_ANSWER_SECONDS_MAX = 4.0
# A loss shows in one round trip of a few only.
_LOSSY_LOOKS = 40


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

    if not becomes(hold, within_seconds):
        raise ActivityFailed(f"over {window}: {'; '.join(missed)}")
    return True


def load_is_open(state: str, opens: float) -> bool:  # noqa: ARG001 - every probe is told of the system
    """Waits until `opens` (Unix time), when every player has come; then it is so."""
    time.sleep(max(0.0, opens - time.time()))
    return True


def quiet(state: str, alerts: Sequence[str], within_seconds: float) -> bool:
    """Whether none of `alerts` fires, so that one that fires later is known to be new; else ActivityFailed."""
    url = running.read(state).url("prometheus")
    if not becomes(lambda: not prometheus.firing(url) & set(alerts), within_seconds):
        raise ActivityFailed(f"one of {', '.join(alerts)} fires already")
    return True


def is_down(state: str, process: str, within_seconds: float) -> bool:
    """Whether a held process is really gone: no process id, and nobody answers at its port."""

    def down() -> bool:
        victim = running.read(state).process(process)
        return victim.state == "held" and victim.pid is None and not port_open(victim.port)

    return becomes(down, within_seconds)


def is_paused(state: str, process: str, within_seconds: float) -> bool:
    """Whether a process and all below it are frozen; ActivityFailed where that cannot be seen."""

    def paused() -> bool:
        return victims.is_paused(running.read(state).process(process))

    try:
        return becomes(paused, within_seconds)
    except VictimError as error:
        raise ActivityFailed(str(error)) from error


def network_is_spoilt(state: str, fault: Mapping[str, Any], within_seconds: float) -> bool:
    """Whether questions to the engine go unanswered (cut), or are answered as late as the fault makes them."""
    asked = Fault.model_validate(fault)
    system, sight = running.read(state), KINDS[asked.kind].sight
    try:
        looks = _LOSSY_LOOKS if asked.kind == "lossy" else 1
        return becomes(lambda: any(sight(system, asked) for _ in range(looks)), within_seconds)
    except LinkError as error:
        raise ActivityFailed(str(error)) from error


def is_put_aside(state: str, process: str, within_seconds: float) -> bool:
    """Whether the worker says that it put a message aside; `process` is the worker's name."""
    url = running.read(state).url(process)
    return _seen(lambda: metrics.total(url, metrics.DEAD_LETTERS) > 0, within_seconds)


def misbehaves(state: str, fault: Mapping[str, Any], within_seconds: float) -> bool:
    """Whether the payment gateway says that it misbehaves as `fault` asked."""
    asked = Fault.model_validate(fault)
    return _seen(lambda: KINDS[asked.kind].sight(running.read(state), asked), within_seconds)


def cards_were_blocked(state: str, process: str, within_seconds: float) -> bool:
    """Whether the API says that it blocked attempts to pay; `process` is one of its processes."""
    attack = Fault(kind="card_testing", process=process)
    return _seen(lambda: KINDS[attack.kind].sight(running.read(state), attack), within_seconds)


def _seen(look: Callable[[], bool], within_seconds: float) -> bool:
    def seen() -> bool:
        try:
            return look()
        except httpx.HTTPError:
            return False

    return becomes(seen, within_seconds)


def answers(state: str, expected: Mapping[str, int], within_seconds: float) -> bool:
    """Whether each address answers with its status: what is promised to work works, what cannot says so.

    `expected` maps `NAME/path`, NAME being an address of the system, to a status. ActivityFailed names the others.
    """
    system, other = running.read(state), ["nothing was asked"]

    def all_as_expected() -> bool:
        found = {place: _status(system, place) for place in expected}
        other[:] = [
            f"{place} answered {found[place]}, not {due}"
            for place, due in expected.items()
            if found[place] != due
        ]
        return not other

    if not becomes(all_as_expected, within_seconds):
        raise ActivityFailed("; ".join(other))
    return True


def _status(system: running.Running, place: str) -> int | None:
    name, _, path = place.partition("/")
    try:
        return httpx.get(f"{system.url(name)}/{path}", timeout=_ANSWER_SECONDS_MAX).status_code
    except httpx.HTTPError:
        return None


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
            time.sleep(POLL_SECONDS)
    raise ActivityFailed(f"not recovered after {within_seconds} s: {trouble}")


def all_ready(state: str, process: str = "", within_seconds: float = 0.0) -> bool:
    """Whether every process runs, its port answers, and every API says that its dependencies are there.

    `process` is among them, and named only because every probe of a fault is given it.
    """
    if process and process not in running.read(state).processes:
        raise NotRunningError(f"no process {process!r}")
    return becomes(lambda: _ready(running.read(state)), within_seconds)


def _ready(system: running.Running) -> bool:
    alive = all(
        process.state == "running" and (process.port is None or port_open(process.port))
        for process in system.processes.values()
    )
    return alive and all(_answers_ready(system.url(name)) for name in system.replicas)


def _answers_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=_READY_TIMEOUT_SECONDS).status_code == 200
    except httpx.HTTPError:
        return False
