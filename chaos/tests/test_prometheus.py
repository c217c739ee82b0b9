"""Questions to Prometheus: what it says is read as it says it, and silence is never taken for good news."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from alerts import slo
from chaos import prometheus
from chaos.prometheus import NoDataError

ANSWERS: dict[str, Any] = {
    "/api/v1/alerts": {
        "alerts": [
            {"labels": {"alertname": "RedisDown"}, "state": "firing"},
            {"labels": {"alertname": "ApiTargetDown"}, "state": "pending"},
        ]
    },
    "/api/v1/rules": {
        "groups": [
            {"rules": [{"name": "RedisDown", "duration": 1}, {"name": "Burn", "duration": 15}]},
            {"rules": [{"name": "Burn", "duration": 2}]},
        ]
    },
    "/api/v1/query": {"result": [{"value": [0, "41.5"]}]},
}


class _Handler(BaseHTTPRequestHandler):
    asked: list[dict[str, list[str]]]

    def do_GET(self) -> None:
        """Answer as Prometheus does."""
        parts = urlsplit(self.path)
        self.asked.append(parse_qs(parts.query))
        body = json.dumps({"status": "success", "data": ANSWERS[parts.path]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(name="server")
def _server() -> Iterator[str]:
    _Handler.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_only_what_fires_counts_as_firing(server: str) -> None:
    """A pending alert may still go away."""
    assert prometheus.firing(server) == {"RedisDown"}


def test_a_name_shared_by_rules_has_the_shortest_hold(server: str) -> None:
    """The first of them can fire that soon."""
    rules = prometheus.rules(server)
    assert (rules["RedisDown"].hold_seconds, rules["Burn"].hold_seconds) == (1.0, 2.0)


def test_good_and_all_events_are_of_the_same_moment(server: str) -> None:
    """A scrape between two questions would make good events look bad."""
    objective = next(each for each in slo.load() if each.name == "games-availability")
    assert prometheus.good_and_total(server, objective, "5s") == (41.5, 41.5)
    good, total = _Handler.asked
    assert good["time"] == total["time"]
    assert good["query"] != total["query"]


def test_an_empty_answer_is_no_event(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zero of zero, for the caller to pass over or to refuse."""
    monkeypatch.setitem(ANSWERS, "/api/v1/query", {"result": []})
    assert prometheus.good_and_total(server, slo.load()[0], "5s") == (0.0, 0.0)


def test_silence_is_said() -> None:
    """Nobody listens."""
    with pytest.raises(NoDataError, match="gave no answer"):
        prometheus.firing("http://127.0.0.1:1")
