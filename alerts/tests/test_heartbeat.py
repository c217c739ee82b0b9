"""The dead man's switch: silence pages, once, however it comes about, and nothing else does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from alerts import compiler, heartbeat, profiles
from alerts.compiler import RULES_FILE
from alerts.duration import Duration
from alerts.heartbeat import Switch
from alerts.prove import servers
from alerts.webhook_sink import Sink, webhook_sink

FIRING = {"alerts": [{"status": "firing", "labels": {"alertname": "Watchdog"}}]}
PATIENCE = Duration.parse("10m")
START_SECONDS_MAX = 20.0


class Clock:
    """Seconds that a test turns."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_silence_is_told_once_and_its_end_once() -> None:
    """Not before patience is over, from the start on too; what was not delivered stays due."""
    clock = Clock()
    switch = Switch(PATIENCE, clock)
    clock.seconds = 600
    assert switch.due() is None
    clock.seconds = 601
    assert [switch.due(), switch.due()] == ["firing", "firing"]
    switch.told("firing")
    assert switch.due() is None
    assert switch.hear(FIRING)
    assert switch.due() == "resolved"
    switch.told("resolved")
    assert switch.due() is None


@pytest.mark.parametrize(
    "notification",
    [
        {"alerts": [{"status": "resolved", "labels": {"alertname": "Watchdog"}}]},
        {"alerts": [{"status": "firing", "labels": {"alertname": "PostgresDown"}}]},
        {"alerts": ["Watchdog"]},
        {},
        [],
    ],
)
def test_only_a_firing_watchdog_is_a_heartbeat(notification: object) -> None:
    """Anything else that comes by says nothing of the alerting as a whole."""
    clock = Clock()
    switch = Switch(PATIENCE, clock)
    clock.seconds = 601
    assert not switch.hear(notification)
    assert switch.due() == "firing"


def test_what_is_no_notification_is_refused() -> None:
    """Alertmanager logs it as failed, so that a wrong address is noticed."""
    with heartbeat.listening(Switch(PATIENCE)) as url:
        assert httpx.post(url, content=b"hello").status_code == 400
        assert httpx.post(url, json=FIRING).status_code == 200


@contextmanager
def watched(switch: Switch, sink: Sink) -> Iterator[None]:
    """The switch looks, and pages the sink."""
    stop = threading.Event()

    def page(status: str) -> dict[str, object]:
        return heartbeat.page_of(status, PATIENCE, "https://runbooks.example/Watchdog.md")

    thread = threading.Thread(target=heartbeat.watch, args=(switch, f"{sink.url}/page/platform", page, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {seconds} s"
        time.sleep(0.1)


def test_an_alertmanager_that_is_gone_pages(tmp_path: Path) -> None:
    """The real way: the compiled Watchdog beats through Prometheus and Alertmanager until that one stops."""
    patience, beats = Duration.parse("15s"), list[float]()
    switch = Switch(patience)
    hear = switch.hear

    def heard(notification: object) -> bool:
        beats.append(time.monotonic())
        return hear(notification)

    switch.hear = heard  # type: ignore[method-assign]  # counts what comes
    with webhook_sink() as sink, heartbeat.listening(switch) as address, watched(switch, sink):
        profile = profiles.load("dev", environment={"ALERTMANAGER_HEARTBEAT_URL": f"{address}/watchdog"})
        compiled = compiler.compile_room(profile, Fraction(1, 60))
        compiler.write(compiled.files(), tmp_path)
        configuration = tmp_path / compiler.ALERTMANAGER_FILE
        places = [tmp_path / name for name in ("alertmanager", "prometheus")]
        for place in places:
            place.mkdir()
        with servers.alertmanager(places[0], configuration) as manager:
            target = manager.removeprefix("http://")
            rules = tmp_path / RULES_FILE
            with servers.prometheus(places[1], rules=rules, alertmanager=target, resend_delay="1s"):
                wait_for(lambda: len(beats) > 1, START_SECONDS_MAX + patience.seconds, "second heartbeat")
                assert sink.notifications == []
        gone = time.monotonic()
        wait_for(lambda: bool(sink.at("/page/platform")), patience.seconds + 5, "page")
        assert time.monotonic() - gone < patience.seconds + 5
    (page,) = sink.at("/page/platform")
    assert page.alerts == {"AlertingSilent"}
