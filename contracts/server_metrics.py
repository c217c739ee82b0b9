"""What the casino's processes counted themselves, read from their private ports: the other side's view of a run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

SECONDS_MAX = 10.0
_SAMPLE = re.compile(r'^http_requests_total\{(?P<labels>(?:[^"}]|"(?:[^"\\]|\\.)*")*)\} (?P<value>\S+)', re.M)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass
class Counted:
    """Requests by (method, route, status), over all processes that answer for the public address."""

    requests: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def since(self, before: Counted) -> Counted:
        """What was counted after `before`; a process that started anew counts whole."""
        grown = Counter(
            {
                key: count - before.requests[key] if count >= before.requests[key] else count
                for key, count in self.requests.items()
            }
        )
        return Counted(+grown)

    def routes(self) -> set[str]:
        """Every route that was asked for."""
        return {route for _, route, _ in self.requests}

    def server_errors(self) -> dict[str, int]:
        """Answers of 5xx by ``METHOD route → status``; 503 is an answer we promise, and counts too."""
        found = {
            f"{method} {route} → {status}": count
            for (method, route, status), count in self.requests.items()
            if status.startswith("5")
        }
        return dict(sorted(found.items()))


def count(urls: Mapping[str, Any]) -> Counted:
    """Reads the metrics of every API process in state.json's `urls`; raises httpx.HTTPError."""
    total = Counted()
    for name, url in urls.items():
        if not name.startswith("api-"):
            continue
        answer = httpx.get(f"{url}/metrics", timeout=SECONDS_MAX, trust_env=False)
        answer.raise_for_status()
        for sample in _SAMPLE.finditer(answer.text):
            labels = dict(_LABEL.findall(sample["labels"]))
            total.requests[labels["method"], labels["route"], labels["status"]] += int(float(sample["value"]))
    return total
