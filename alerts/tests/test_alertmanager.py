"""A real Alertmanager with the compiled configuration: one outage, one page, to the right people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from alerts import compiler, profiles
from alerts.prove import servers
from alerts.webhook_sink import Sink, webhook_sink

COMPILED = compiler.committed()
PATIENCE_SECONDS = 10.0


@pytest.fixture
def sink() -> Iterator[Sink]:
    with webhook_sink() as found:
        yield found


@pytest.fixture
def alertmanager(tmp_path: Path, sink: Sink) -> Iterator[str]:
    """An Alertmanager on the scaled clock that notifies the sink."""
    profile = profiles.load("dev", environment={"ALERTMANAGER_WEBHOOK_URL": sink.url})
    compiled = compiler.compile_room(profile, Fraction(1, 60))
    path = tmp_path / "alertmanager.yml"
    path.write_text(compiled.alertmanager)
    with servers.alertmanager(tmp_path, path) as url:
        yield url


def fire(url: str, *names: str) -> None:
    """Report page alerts as Prometheus does, with the labels of the compiled rules."""
    rules = [alert for alert in COMPILED.alerts if alert["labels"]["severity"] == "page"]
    chosen = {rule["alert"]: rule for rule in reversed(rules) if rule["alert"] in names}
    assert set(chosen) == set(names)
    body = [{"labels": {"alertname": name, **chosen[name]["labels"]}} for name in names]
    httpx.post(f"{url}/api/v2/alerts", json=body).raise_for_status()


def report(url: str, name: str, **labels: str) -> None:
    """Report one alert with these labels besides its rule's; of several rules of that name the one they fit."""
    rule = next(
        rule["labels"]
        for rule in COMPILED.alerts
        if rule["alert"] == name and labels.get("long") in (None, rule["labels"].get("long"))
    )
    body = [{"labels": {"alertname": name, **rule, **labels}}]
    httpx.post(f"{url}/api/v2/alerts", json=body).raise_for_status()


def silenced(url: str) -> set[str]:
    found = httpx.get(f"{url}/api/v2/alerts").raise_for_status().json()
    return {alert["labels"]["alertname"] for alert in found if alert["status"]["inhibitedBy"]}


def wait_for(sink: Sink, prefix: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not sink.at(prefix):
        assert time.monotonic() < deadline, f"nothing came to {prefix}, only {sink.notifications}"
        time.sleep(0.05)


def test_a_dependency_that_is_down_pages_once(alertmanager: str, sink: Sink) -> None:
    """PostgreSQL takes journeys of three teams with it; one team hears of one cause, with its runbook."""
    consequences = {"AuthAvailabilityBudgetBurn", "GamesAvailabilityBudgetBurn", "OutboxStalled"}
    fire(alertmanager, "PostgresDown")
    wait_for(sink, "/page")
    fire(alertmanager, *consequences)
    time.sleep(2)
    assert silenced(alertmanager) == consequences
    (page,) = sink.at("/page")
    assert (page.path, page.alerts) == ("/page/platform", {"PostgresDown"})


def test_redis_silences_what_it_carries_and_nothing_else(alertmanager: str, sink: Sink) -> None:
    """Games do not need Redis: when they fail at the same time, their team is called too."""
    fire(alertmanager, "RedisDown")
    wait_for(sink, "/page/platform")
    fire(alertmanager, "RealtimeDeliveryBudgetBurn", "GamesAvailabilityBudgetBurn")
    wait_for(sink, "/page/games")
    assert silenced(alertmanager) == {"RealtimeDeliveryBudgetBurn"}
    assert sink.at("/page/realtime") == []


def test_money_is_never_silenced(alertmanager: str, sink: Sink) -> None:
    """A ledger that does not add up is told whatever else is down."""
    fire(alertmanager, "PostgresDown", "RedisDown", "WorkerHeartbeatMissing")
    fire(alertmanager, "LedgerInvariantBroken", "NegativeBalance")
    wait_for(sink, "/page/economy")
    assert silenced(alertmanager) == {"WorkerHeartbeatMissing"}


def test_an_outage_that_is_over_pages_nobody_again(alertmanager: str, sink: Sink) -> None:
    """The slow page remembers it and is held back; a fast one is news."""
    report(alertmanager, "OutageRemembered", outage="PostgresDown")
    time.sleep(0.5)
    report(alertmanager, "GamesAvailabilityBudgetBurn", long="6h")
    time.sleep(1)
    assert sink.notifications == []
    report(alertmanager, "ShopAvailabilityBudgetBurn", long="1h")
    wait_for(sink, "/page/shop")
    assert {one.path for one in sink.notifications} == {"/page/shop"}


def test_a_worker_that_was_away_silences_what_it_carries_alone(alertmanager: str, sink: Sink) -> None:
    """Late events are its doing; failing bets are not."""
    report(alertmanager, "OutageRemembered", outage="WorkerHeartbeatMissing")
    time.sleep(0.5)
    report(alertmanager, "RealtimeDeliveryBudgetBurn", long="6h")
    report(alertmanager, "GamesAvailabilityBudgetBurn", long="6h")
    wait_for(sink, "/page/games")
    time.sleep(1)
    assert {one.path for one in sink.notifications} == {"/page/games"}
