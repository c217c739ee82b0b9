"""How the casino keeps its promises, for everybody: told from Prometheus alone, and unknown when it is silent."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import structlog

from casino.home import rules
from casino.home.schemas import ClubStatus, Incident, Objective
from casino.kit.clock import utc_now

LIFE_SECONDS = 15.0
PROMETHEUS_SECONDS_MAX = 2.0
OBJECTIVES = "sloth_slo_info"
BUDGETS = "slo:period_error_budget_remaining:ratio"
INCIDENT_SEVERITY = "page"

log = structlog.get_logger(__name__)
_AWAY = (httpx.HTTPError, ValueError, KeyError, TypeError)


class PublicStatus:
    """The status as one process knows it, at most fifteen seconds old. Without an address it knows nothing."""

    def __init__(self, prometheus_url: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._client = httpx.AsyncClient(base_url=prometheus_url, timeout=PROMETHEUS_SECONDS_MAX)
        self._knows = bool(prometheus_url)
        self._now = now
        self._known: ClubStatus | None = None
        self._read_at = -math.inf
        self._reading = asyncio.Lock()

    async def read(self) -> ClubStatus:
        """Objectives with the budget they have left, and what is wrong now."""
        async with self._reading:
            if self._known is None or self._now() - self._read_at >= LIFE_SECONDS:
                self._known = await self._ask()
                self._read_at = self._now()
            return self._known

    async def close(self) -> None:
        """Gives the connections back."""
        await self._client.aclose()

    async def _ask(self) -> ClubStatus:
        if not self._knows:
            return _unknown()
        try:
            objectives, incidents = await asyncio.gather(self._objectives(), self._incidents())
        except _AWAY as error:
            log.warning("status_unknown", error=repr(error))
            return _unknown()
        state = rules.overall([objective.state for objective in objectives], incidents=len(incidents))
        return ClubStatus(state=state, objectives=objectives, incidents=incidents, generated_at=utc_now())

    async def _objectives(self) -> list[Objective]:
        budgets = {labels["sloth_slo"]: value for labels, value in await self._samples(BUDGETS)}
        found = []
        for labels, _ in await self._samples(OBJECTIVES):
            name, left = labels["sloth_slo"], budgets.get(labels["sloth_slo"])
            known = left if left is not None and math.isfinite(left) else None
            target = float(labels["sloth_objective"]) / 100
            found.append(
                Objective(name=name, target=target, budget_left=known, state=rules.objective_state(known))
            )
        return sorted(found, key=lambda objective: objective.name)

    async def _incidents(self) -> list[Incident]:
        answer = await self._get("/api/v1/alerts", {})
        firing = [
            alert
            for alert in answer["alerts"]
            if alert["state"] == "firing" and alert["labels"].get("severity") == INCIDENT_SEVERITY
        ]
        by_name = {alert["labels"]["alertname"]: alert for alert in sorted(firing, key=_since, reverse=True)}
        return [
            Incident(name=name, summary=alert["annotations"].get("summary", name), since=alert["activeAt"])
            for name, alert in sorted(by_name.items())
            if name != "Watchdog"
        ]

    async def _samples(self, query: str) -> list[tuple[Mapping[str, str], float]]:
        answer = await self._get("/api/v1/query", {"query": query})
        return [(sample["metric"], float(sample["value"][1])) for sample in answer["result"]]

    async def _get(self, path: str, query: dict[str, str]) -> Any:
        answer = await self._client.get(path, params=query)
        answer.raise_for_status()
        return answer.json()["data"]


def _since(alert: Mapping[str, Any]) -> str:
    return str(alert["activeAt"])


def _unknown() -> ClubStatus:
    return ClubStatus(state="unknown", objectives=[], incidents=[], generated_at=utc_now())
