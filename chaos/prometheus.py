"""Questions to the system's own Prometheus."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from alerts.slo import Slo

_TIMEOUT_SECONDS = 5.0
# A sample carries the moment its scrape began, and is there when it ends.
_SCRAPE_SECONDS_MAX = 2.0


class NoDataError(Exception):
    """Prometheus cannot be asked or has nothing to say."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An alerting rule that is loaded; it fires after `hold_seconds` of being true."""

    name: str
    hold_seconds: float


def firing(url: str) -> frozenset[str]:
    """Names of the alerts that fire now and call somebody; raises NoDataError."""
    alerts = _ask(url, "/api/v1/alerts")["alerts"]
    return frozenset(
        alert["labels"]["alertname"]
        for alert in alerts
        if alert["state"] == "firing" and alert["labels"].get("severity") != "none"
    )


def rules(url: str) -> Mapping[str, Rule]:
    """Every alerting rule by name, with the shortest hold where several share a name; raises NoDataError."""
    found: dict[str, Rule] = {}
    for group in _ask(url, "/api/v1/rules", type="alert")["groups"]:
        for rule in group["rules"]:
            name, hold = rule["name"], float(rule["duration"])
            if name not in found or hold < found[name].hold_seconds:
                found[name] = Rule(name, hold)
    return found


def good_and_total(url: str, slo: Slo, window: str) -> tuple[float, float]:
    """Good and all events of an objective over the last `window`; 0 of 0 where there were none.

    Both are asked for the same moment, and one that no scrape on its way belongs to: samples that arrive between
    the two questions would make good ones look bad.
    """
    at = time.time() - _SCRAPE_SECONDS_MAX
    good, total = (_number(url, _events(slo, str(side), window), at) for side in (slo.good, slo.total))
    return good, total


def _events(slo: Slo, selector: str, window: str) -> str:
    # A counter's growth, or where every sample is one event, the sum of the samples.
    function = "increase" if slo.counter else "sum_over_time"
    return f"sum({function}({selector}[{window}]))"


def _number(url: str, query: str, at: float) -> float:
    result = _ask(url, "/api/v1/query", query=query, time=f"{at:.3f}")["result"]
    return float(result[0]["value"][1]) if result else 0.0


def _ask(url: str, path: str, **parameters: str) -> dict[str, Any]:
    try:
        answer = httpx.get(url + path, params=parameters, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        data: dict[str, Any] = answer.json()["data"]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise NoDataError(f"{url}{path} gave no answer: {error!r}") from error
    return data
