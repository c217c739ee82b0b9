"""A receiver of Alertmanager's notifications, so that a proof can see what reaches people, and when."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Alertmanager looks for groups whose alerts are all resolved every half minute, and keeps their turns until then.
GROUP_KEPT_SECONDS = 30.0


@dataclass(frozen=True)
class Notification:
    """One POST: when it came (Unix seconds), to which path, with what."""

    at: float
    path: str
    body: dict[str, Any]

    @property
    def firing(self) -> list[dict[str, str]]:
        """The labels of each alert in it that is firing."""
        return [alert["labels"] for alert in self.body["alerts"] if alert["status"] == "firing"]

    @property
    def alerts(self) -> set[str]:
        """The names of the alerts in it that are firing."""
        return {labels["alertname"] for labels in self.firing}


@dataclass
class Sink:
    """What has arrived so far."""

    url: str = ""
    notifications: list[Notification] = field(default_factory=list)

    def at(self, prefix: str) -> list[Notification]:
        """The notifications to paths that begin with `prefix`."""
        return [one for one in list(self.notifications) if one.path.startswith(prefix)]

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a profile by which Alertmanager notifies this sink of everything."""
        return {
            "ALERTMANAGER_WEBHOOK_URL": self.url,
            "ALERTMANAGER_HEARTBEAT_URL": f"{self.url}/watchdog",
        }

    def first(self, alert: tuple[str, str], since: float) -> Notification | None:
        """The first notification since then of an alert, by its name and long window (or "")."""
        for one in list(self.notifications):
            if one.at >= since and any(
                (labels["alertname"], labels.get("long", "")) == alert for labels in one.firing
            ):
                return one
        return None

    def told_before(self, notification: Notification) -> bool:
        """Whether its group had been notified of something else, so that this waited for the group's next turn."""
        group, since = notification.body["groupKey"], notification.at - GROUP_KEPT_SECONDS
        return any(
            since <= one.at < notification.at and one.body["groupKey"] == group
            for one in list(self.notifications)
        )


@contextmanager
def webhook_sink() -> Iterator[Sink]:
    """Listen on a free port of loopback until the block ends."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sink.notifications.append(Notification(time.time(), self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler) as sink.url:
        yield sink


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], port: int = 0) -> Iterator[str]:
    """Serve a handler on a port of loopback, any free one for 0; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
