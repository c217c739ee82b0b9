"""What one process says of itself at /metrics, read past Prometheus."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

DEAD_LETTERS = "dlq_messages_total"
FRAUD = "fraud_decisions_total"
_PATIENCE_SECONDS = 2.0


def total(url: str, name: str, **labels: str) -> float:
    """The sum of all series called `name` that have these labels, 0.0 where there is none; raises httpx.HTTPError."""
    answer = httpx.get(f"{url}/metrics", timeout=_PATIENCE_SECONDS, headers={"Accept": "text/plain"})
    answer.raise_for_status()
    families = text_string_to_metric_families(answer.text)
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )
