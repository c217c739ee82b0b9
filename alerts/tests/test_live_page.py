"""The whole way on real processes, sixty times as fast: an outage begins, a page arrives when predicted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from alerts import burn, compiler, profiles, slo
from alerts.alertmanager_config import group_wait
from alerts.compiler import ALERTMANAGER_FILE, RULES_FILE
from alerts.history import Sample
from alerts.prove import servers
from alerts.webhook_sink import serving, webhook_sink

SCALE = Fraction(1, 60)
EVENTS_A_SECOND = 100

# Clean history as long as the longest window of the page alerts, six minutes on this clock.
HISTORY_SECONDS = 400

START_SECONDS_MAX = 15

# How long a clean casino is watched before the fault, to show that nothing fires without it.
CLEAN_SECONDS = 4

FAILING = slo.by_name(slo.load())["auth-availability"]
ANSWERED = 'http_requests_total{{surface="{surface}",status="{status}"{target}}}'
TARGET = ',job="api",instance="api-1"'


@dataclass
class Casino:
    """Answers Prometheus as a casino would: two surfaces at a steady rate, one of which can break."""

    born: float = field(default_factory=time.time)
    broken_at: float = float("inf")
    mended_at: float = float("inf")

    def counts(self, now: float) -> dict[tuple[str, str], int]:
        """Answers so far by (surface, status); the casino has run for HISTORY_SECONDS when it is born."""
        began = self.born - HISTORY_SECONDS
        well_seconds = min(now, self.broken_at) - began + max(0.0, now - self.mended_at)
        seconds = {
            ("auth", "200"): well_seconds,
            ("auth", "500"): max(0.0, min(now, self.mended_at) - self.broken_at),
            ("games", "200"): now - began,
        }
        return {series: int(length * EVENTS_A_SECOND) for series, length in seconds.items()}

    def metrics(self) -> str:
        """The exposition text of a casino that is well but for its answers."""
        now = time.time()
        lines = [
            f"{ANSWERED.format(surface=surface, status=status, target='')} {count}"
            for (surface, status), count in self.counts(now).items()
        ]
        lines += [f"worker_heartbeat_timestamp_seconds {now}", "outbox_oldest_seconds 0"]
        lines += [f'dependency_up{{dependency="{name}"}} 1' for name in ("postgres", "redis")]
        return "\n".join([*lines, ""])

    def history(self) -> Iterator[Sample]:
        """What Prometheus would hold had it scraped this casino since before it was born."""
        for age in range(HISTORY_SECONDS, 0, -1):
            moment = self.born - age
            for (surface, status), count in self.counts(moment).items():
                yield ANSWERED.format(surface=surface, status=status, target=TARGET), count, moment


def exporter(casino: Casino) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(casino.metrics().encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def firing(prometheus: str) -> set[tuple[str, str]]:
    """Firing alerts as (name, long window)."""
    alerts = httpx.get(f"{prometheus}/api/v1/alerts").raise_for_status().json()["data"]["alerts"]
    return {
        (alert["labels"]["alertname"], alert["labels"].get("long", ""))
        for alert in alerts
        if alert["state"] == "firing"
    }


def is_scraped(prometheus: str) -> bool:
    answer = httpx.get(
        f"{prometheus}/api/v1/query", params={"query": 'up{job="api"} == 1'}
    ).raise_for_status()
    return bool(answer.json()["data"]["result"])


def wait_until(prometheus: str, alert: tuple[str, str], *, fires: bool, within: float) -> None:
    """Until an alert fires, or no longer does; `within` so many seconds."""
    began = time.monotonic()
    while (alert in firing(prometheus)) is not fires:
        assert time.monotonic() - began < within, f"{alert} after {within} s: {firing(prometheus)}"
        time.sleep(0.05)


# The start was an outage to what looks for absence, and is remembered as one; neither of these calls anybody.
RESTING = {("Watchdog", ""), ("OutageRemembered", "")}


def wait_until_clean(prometheus: str) -> None:
    """Prometheus first scrapes seconds after its start; until then, alerts on absence fire."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while not is_scraped(prometheus) or not firing(prometheus) <= RESTING:
        assert time.monotonic() < deadline, firing(prometheus)
        time.sleep(0.1)
    until = time.monotonic() + CLEAN_SECONDS
    while time.monotonic() < until:
        assert firing(prometheus) <= RESTING
        time.sleep(0.2)


@pytest.mark.timeout(90)
def test_an_outage_pages_when_predicted(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Both page pairs fire within the tolerance of their prediction, nothing else does, and both stop."""
    casino = Casino()
    name, fast, slow = FAILING.alert_name, *FAILING.policies[:2]
    with webhook_sink() as sink, serving(exporter(casino)) as address:
        profile = profiles.load("dev", environment={"ALERTMANAGER_WEBHOOK_URL": sink.url})
        compiled = compiler.compile_room(profile, SCALE)
        compiler.write(compiled.files(), tmp_path)
        predicted = {
            policy.name: burn.predict(
                FAILING,
                policy,
                compiled.clock,
                error_ratio=Decimal(1),
                group_wait=group_wait(profile, compiled.clock),
            )
            for policy in (fast, slow)
        }
        with (
            servers.alertmanager(tmp_path, tmp_path / ALERTMANAGER_FILE) as alertmanager,
            servers.prometheus(
                tmp_path,
                history=casino.history(),
                rules=tmp_path / RULES_FILE,
                scrapes={"api": {"api-1": address.removeprefix("http://")}},
                alertmanager=alertmanager.removeprefix("http://"),
            ) as prometheus,
        ):
            wait_until_clean(prometheus)
            casino.broken_at = time.time()
            measured = {}
            for policy in (fast, slow):
                wait_until(prometheus, (name, str(policy.long)), fires=True, within=40)
                measured[policy.name] = time.time() - casino.broken_at
            expected = {("Watchdog", ""), *((name, str(policy.long)) for policy in (fast, slow))}
            assert expected <= firing(prometheus) <= expected | RESTING | {("Http5xxRateHigh", "")}
            casino.mended_at = time.time()
            wait_until(prometheus, (name, str(fast.long)), fires=False, within=15)
        page = sink.at("/page/platform")[0]
    for policy_name, prediction in predicted.items():
        assert prediction is not None
        record_property(f"{policy_name} measured against predicted", (measured[policy_name], prediction))
        off = abs(measured[policy_name] - prediction.fires.seconds)
        assert off <= prediction.tolerance.seconds, (policy_name, measured, prediction)
    first = predicted[fast.name]
    assert first is not None
    assert abs(page.at - casino.broken_at - first.notifies.seconds) <= first.tolerance.seconds
    assert page.alerts == {name}
