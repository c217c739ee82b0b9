"""The public status: what Prometheus says, in plain words, and never better than what is known."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from casino.home.public_status import LIFE_SECONDS, PublicStatus
from casino.home.rules import objective_state, overall
from casino.kit.clock import utc_now


class Monitoring:
    """Prometheus' HTTP interface as far as the status asks it, with what a test wants it to say."""

    def __init__(self) -> None:
        self.budgets: dict[str, str] = {}
        self.objectives: list[str] = []
        self.alerts: list[dict[str, Any]] = []
        self.asked = 0
        self.status = 200

    def answer(self, request: httpx.Request) -> httpx.Response:
        """One answer."""
        self.asked += 1
        if request.url.path == "/api/v1/alerts":
            data: dict[str, Any] = {"alerts": self.alerts}
        elif request.url.params["query"] == "sloth_slo_info":
            data = {"result": [self._sample(name, "1", sloth_objective="99") for name in self.objectives]}
        else:
            data = {"result": [self._sample(name, value) for name, value in self.budgets.items()]}
        return httpx.Response(self.status, json={"status": "success", "data": data})

    @staticmethod
    def _sample(name: str, value: str, **labels: str) -> dict[str, Any]:
        return {"metric": {"sloth_slo": name, **labels}, "value": [0, value]}

    def fire(self, name: str, *, severity: str = "page", state: str = "firing") -> None:
        """An alert."""
        self.alerts.append(
            {
                "labels": {"alertname": name, "severity": severity},
                "annotations": {"summary": f"{name} is firing"},
                "state": state,
                "activeAt": "2026-11-21T20:15:00.5Z",
            }
        )


class Clock:
    """Seconds that a test turns."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def monitoring() -> Monitoring:
    """Two objectives, one of them with a budget that nobody can tell."""
    told = Monitoring()
    told.objectives = ["write-latency", "read-latency"]
    told.budgets = {"read-latency": "0.87", "write-latency": "NaN"}
    return told


@pytest.fixture
def clock() -> Clock:
    """Not turned yet."""
    return Clock()


@pytest.fixture
async def status(monitoring: Monitoring, clock: Clock) -> AsyncIterator[PublicStatus]:
    """What is told from it."""
    told = PublicStatus("http://prometheus.test", now=clock)
    await told.close()
    transport = httpx.MockTransport(monitoring.answer)
    told._client = httpx.AsyncClient(base_url="http://prometheus.test", transport=transport)
    yield told
    await told.close()


async def test_objectives_have_their_budgets(status: PublicStatus) -> None:
    """By name, each with its target; a budget that is not a number is unknown, not met."""
    found = await status.read()
    assert [(one.name, one.target, one.budget_left, one.state) for one in found.objectives] == [
        ("read-latency", 0.99, 0.87, "met"),
        ("write-latency", 0.99, None, "unknown"),
    ]
    assert (found.state, found.incidents) == ("operational", [])


async def test_pages_are_incidents(status: PublicStatus, monitoring: Monitoring) -> None:
    """Each alert once, with its beginning; tickets, pending ones and the watchdog are no news to the public."""
    for name in ("PostgresDown", "PostgresDown", "Watchdog"):
        monitoring.fire(name)
    monitoring.fire("ApiTargetDown", state="pending")
    monitoring.fire("WsDropsHigh", severity="ticket")
    found = await status.read()
    assert [(one.name, one.summary) for one in found.incidents] == [
        ("PostgresDown", "PostgresDown is firing")
    ]
    assert (found.state, found.incidents[0].since.year) == ("degraded", 2026)


async def test_silence_is_unknown(status: PublicStatus, monitoring: Monitoring, clock: Clock) -> None:
    """Without an answer, without an address and without a measured objective nothing is said to be well."""
    monitoring.status = 503
    assert (await status.read()).state == "unknown"
    monitoring.status, clock.seconds = 200, LIFE_SECONDS
    assert (await status.read()).state == "operational"
    monitoring.budgets, clock.seconds = {}, 2 * LIFE_SECONDS
    assert (await status.read()).state == "unknown"
    nowhere = PublicStatus("")
    assert (await nowhere.read()).state == "unknown"
    await nowhere.close()


async def test_prometheus_is_asked_once_in_fifteen_seconds(
    status: PublicStatus, monitoring: Monitoring, clock: Clock
) -> None:
    """However many look at the page."""
    for clock.seconds in (0.0, LIFE_SECONDS - 0.1):
        await status.read()
    assert monitoring.asked == 3
    clock.seconds = LIFE_SECONDS
    await status.read()
    assert monitoring.asked == 6


@pytest.mark.parametrize(
    ("left", "state"), [(None, "unknown"), (1.0, "met"), (0.25, "met"), (0.2, "at_risk"), (-0.1, "missed")]
)
def test_an_objective_stands_by_what_is_left(left: float | None, state: str) -> None:
    """A quarter of the budget is the border to risk, nothing the one to missing."""
    assert objective_state(left) == state


def test_the_word_over_all() -> None:
    """An incident is told before anything; nothing measured is unknown."""
    assert overall(["met", "unknown"], incidents=1) == "degraded"
    assert overall(["unknown"], incidents=0) == overall([], incidents=0) == "unknown"
    assert overall(["missed"], incidents=0) == "operational"


async def test_the_page_needs_no_log_in(client: httpx.AsyncClient) -> None:
    """Here nobody watches, and it says so."""
    answer = await client.get("/api/status")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["state"], body["objectives"], body["incidents"]) == ("unknown", [], [])
    assert body["generated_at"][:4] == str(utc_now().year)
