"""The casino's own Prometheus and Alertmanager, made new for every fault: clean history, no memory of the last."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from alerts import history
from alerts.clock import Clock
from alerts.gate.target import Target
from alerts.prometheus import Prometheus, PrometheusError, Window
from alerts.slo import Slo

WATCHDOG = "Watchdog"
MONITORS = ("alertmanager", "prometheus")
RENEWED_SECONDS_MAX = 30.0
POLL_SECONDS = 0.05

# Over this stretch the traffic is measured that the history continues.
TRAFFIC_SECONDS = 10
EVENTS_A_SECOND_MIN = 0.5

Alert = tuple[str, str]
"""An alert's name and, for an objective's, its long window; "" otherwise."""


class MonitorError(Exception):
    """The monitoring did not come back, or something fires before any fault."""


@dataclass(frozen=True)
class Firing:
    """When an alert was first and last seen firing, Unix seconds by Prometheus' own evaluations."""

    alert: Alert
    severity: str
    first: float
    last: float


def renew(target: Target, slos: Sequence[Slo], clock: Clock, rates: Mapping[str, float]) -> None:
    """Empty both stores, write clean history up to now at these rates (by objective), and start again.

    Raises MonitorError when Prometheus does not scrape everything within RENEWED_SECONDS_MAX.
    """
    if target.state_dir is None:
        raise MonitorError("only a casino on this machine can be given a new Prometheus")
    holds = [target.state_dir / "hold" / name for name in MONITORS]
    for hold in holds:
        hold.touch()
    try:
        if not wait(lambda: _states(target) == {"held"}, RENEWED_SECONDS_MAX):
            raise MonitorError("the supervisor did not stop the monitoring")
        for name in MONITORS:
            shutil.rmtree(target.state_dir / name / "data", ignore_errors=True)
        data = target.state_dir / "prometheus" / "data"
        history.backfill(data, history.clean(slos, clock, time.time(), rates))
    finally:
        holds[0].unlink(missing_ok=True)
        # What Prometheus cannot deliver at its first evaluation it sends again only a minute later.
        wait(lambda: _listens(target), RENEWED_SECONDS_MAX)
        holds[1].unlink(missing_ok=True)
    if not wait(lambda: _scraped(target), RENEWED_SECONDS_MAX):
        raise MonitorError(f"after {RENEWED_SECONDS_MAX:.0f} s Prometheus does not see every process")


def traffic(target: Target, slos: Sequence[Slo]) -> dict[str, float]:
    """Events a second of each objective just now; a little for those without any."""
    now = datetime.now(UTC)
    rates = {}
    with Prometheus(str(target.url("prometheus"))) as server:
        for slo in slos:
            function = "rate" if slo.counter else "count_over_time"
            divisor = "" if slo.counter else f" / {TRAFFIC_SECONDS}"
            found = server.value(f"sum({function}({slo.total}[{TRAFFIC_SECONDS}s])){divisor}", now)
            measured = found[0].samples[0][1] if found else 0.0
            rates[slo.name] = max(measured, EVENTS_A_SECOND_MIN)
    return rates


def firing(target: Target) -> set[Alert]:
    """What fires now and calls somebody. Raises MonitorError when Prometheus cannot be asked."""
    try:
        answer = httpx.get(f"{target.url('prometheus')}/api/v1/alerts", timeout=5).raise_for_status()
        alerts = answer.json()["data"]["alerts"]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise MonitorError(f"Prometheus does not tell its alerts: {error!r}") from error
    return {
        (alert["labels"]["alertname"], alert["labels"].get("long", ""))
        for alert in alerts
        if alert["state"] == "firing" and alert["labels"].get("severity") != "none"
    }


def fired(target: Target, start: float, end: float) -> dict[Alert, Firing]:
    """Every alert that fired in a stretch of time, from its first to its last evaluation there."""
    window = Window(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
    seen: dict[Alert, Firing] = {}
    try:
        with Prometheus(str(target.url("prometheus"))) as server:
            series = server.samples('ALERTS{alertstate="firing"}', window)
    except PrometheusError as error:
        raise MonitorError(str(error)) from error
    for one in series:
        times = [moment for moment, _ in one.samples if moment > start]
        alert = one.labels["alertname"], one.labels.get("long", "")
        if not times or alert[0] == WATCHDOG:
            continue
        before = seen.get(alert)
        seen[alert] = Firing(
            alert,
            one.labels.get("severity", ""),
            min(times[0], before.first if before else times[0]),
            max(times[-1], before.last if before else times[-1]),
        )
    return seen


def wait(condition: Callable[[], bool], seconds: float, *, every: float = POLL_SECONDS) -> bool:
    """Ask until it holds, for so many seconds at most."""
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(every)
    return met


def _states(target: Target) -> set[str]:
    processes = target.state()["processes"]
    return {processes[name]["state"] for name in MONITORS}


def _listens(target: Target) -> bool:
    try:
        return httpx.get(f"{target.url('alertmanager')}/-/ready", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _scraped(target: Target) -> bool:
    """Whether every target of this Prometheus, and not only its history, was seen up just now."""
    try:
        answer = httpx.get(f"{target.url('prometheus')}/api/v1/targets", timeout=2).raise_for_status()
        active = answer.json()["data"]["activeTargets"]
    except (httpx.HTTPError, ValueError, KeyError):
        return False
    return bool(active) and all(one["health"] == "up" for one in active)
