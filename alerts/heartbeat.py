"""A dead man's switch: pages when the Watchdog stays away, which nothing inside a broken alerting can tell.

Alertmanager repeats the Watchdog every five minutes. One that is gone is missed at once; after Prometheus has gone,
Alertmanager goes on repeating what it heard last, for some four minutes. Run it where neither of them runs.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx

from alerts.duration import Duration
from alerts.webhook_sink import serving

WATCHDOG = "Watchdog"
LABELS = {"alertname": "AlertingSilent", "severity": "page", "team": "platform"}
LOOK_SECONDS = 1.0
DELIVERY_SECONDS_MAX = 10.0
BODY_BYTES_MAX = 1_000_000


class Switch:
    """Hears heartbeats and says when to page. `now` is a clock of seconds that only goes forward."""

    def __init__(self, patience: Duration, now: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience.seconds
        self._now = now
        self._heard = now()
        self._paged = False

    def hear(self, notification: Any) -> bool:
        """Take a notification of Alertmanager's; whether it was a heartbeat: a Watchdog that fires."""
        found = notification.get("alerts", []) if isinstance(notification, dict) else []
        beats = any(
            alert.get("status") == "firing" and alert.get("labels", {}).get("alertname") == WATCHDOG
            for alert in found
            if isinstance(alert, dict)
        )
        if beats:
            self._heard = self._now()
        return beats

    def due(self) -> str | None:
        """What has to be told now: `firing` once it has been silent for too long, `resolved` once it beats again."""
        silent = self._now() - self._heard > self._patience
        return None if silent == self._paged else ("firing" if silent else "resolved")

    def told(self, status: str) -> None:
        """It has been delivered; until then it stays due."""
        self._paged = status == "firing"


def page_of(status: str, patience: Duration, runbook_url: str) -> dict[str, Any]:
    """The notification, as Alertmanager's webhooks have it (version 4)."""
    broken = "Prometheus, Alertmanager or the way here is broken"
    annotations = {
        "summary": "No alert of this casino reaches anybody",
        "description": f"The Watchdog has not been heard for {patience}: {broken}.",
        "runbook_url": runbook_url,
    }
    alert = {"status": status, "labels": LABELS, "annotations": annotations}
    return {"version": "4", "status": status, "groupKey": WATCHDOG, "commonLabels": LABELS, "alerts": [alert]}


@contextmanager
def listening(switch: Switch, port: int = 0) -> Iterator[str]:
    """Take Alertmanager's notifications at any path of loopback until the block ends; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            try:
                heard = length <= BODY_BYTES_MAX and switch.hear(json.loads(self.rfile.read(length)))
            except ValueError:
                heard = False
            self.send_response(200 if heard else 400)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler, port) as url:
        yield url


def watch(
    switch: Switch, page_url: str, page: Callable[[str], dict[str, Any]], stop: threading.Event
) -> None:
    """Page `page_url` whenever something is due, until `stop`; what cannot be delivered is tried again."""
    while not stop.wait(LOOK_SECONDS):
        status = switch.due()
        if status is None:
            continue
        try:
            httpx.post(page_url, json=page(status), timeout=DELIVERY_SECONDS_MAX).raise_for_status()
        except httpx.HTTPError:
            continue
        switch.told(status)
