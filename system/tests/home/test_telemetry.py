"""Browsers' reports: a few labels of our choosing, whatever they send."""

from typing import Any

import httpx
import pytest

from casino.kit.metrics import REGISTRY


def metric(name: str, **labels: str) -> float:
    """The value of a sample now; 0 when there is none."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def report(client: httpx.AsyncClient, *events: dict[str, Any]) -> httpx.Response:
    """What the page sends; no log-in."""
    return await client.post("/api/telemetry/client", json={"events": events})


async def test_reports_become_metrics(client: httpx.AsyncClient) -> None:
    """Timings fill a histogram; a reason we do not know is `other`; errors are counted."""
    before = {
        "lcp": metric("client_web_vitals_seconds_count", metric="lcp"),
        "429": metric("client_api_retry_total", reason="429"),
        "other": metric("client_api_retry_total", reason="other"),
        "errors": metric("client_errors_total"),
    }
    answer = await report(
        client,
        {"kind": "web_vital", "name": "lcp", "value_seconds": 1.2},
        {"kind": "api_retry", "name": "429"},
        {"kind": "api_retry", "name": "the moon was full"},
        {"kind": "error", "name": "TypeError", "detail": "x is undefined"},
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert metric("client_web_vitals_seconds_count", metric="lcp") == before["lcp"] + 1
    assert metric("client_api_retry_total", reason="429") == before["429"] + 1
    assert metric("client_api_retry_total", reason="other") == before["other"] + 1
    assert metric("client_errors_total") == before["errors"] + 1


@pytest.mark.parametrize(
    "events",
    [
        [],
        [{"kind": "api_retry", "name": "429"}] * 51,
        [{"kind": "web_vital", "name": "heartbeat", "value_seconds": 1}],
        [{"kind": "web_vital", "name": "lcp"}],
        [{"kind": "web_vital", "name": "lcp", "value_seconds": -1}],
        [{"kind": "web_vital", "name": "lcp", "value_seconds": 1e9}],
        [{"kind": "purchase", "name": "x"}],
        [{"kind": "error", "name": "x", "user": "me"}],
    ],
)
async def test_reports_are_bounded(client: httpx.AsyncClient, events: list[dict[str, Any]]) -> None:
    """Nothing unknown, endless or absurd reaches a metric."""
    answer = await report(client, *events)
    assert (answer.status_code, answer.json()["error"]) == (422, "validation_error")


async def test_reports_are_limited_by_address(client: httpx.AsyncClient) -> None:
    """Each answer says how many more the address may send."""
    first, second = [await report(client, {"kind": "api_retry", "name": "5xx"}) for _ in range(2)]
    assert first.headers["ratelimit-limit"] == "60"
    assert int(second.headers["ratelimit-remaining"]) == int(first.headers["ratelimit-remaining"]) - 1
