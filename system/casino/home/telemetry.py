"""Turns what browsers report into metrics, under labels that we choose."""

from collections.abc import Sequence

import structlog

from casino.home.rules import retry_reason
from casino.home.schemas import ClientEvent
from casino.kit.metrics import counter, histogram

log = structlog.get_logger(__name__)


def record(events: Sequence[ClientEvent]) -> None:
    """Counts and times each event; errors are also logged."""
    for event in events:
        if event.kind == "web_vital":
            histogram("client_web_vitals_seconds").labels(event.name).observe(event.value_seconds or 0.0)
        elif event.kind == "api_retry":
            counter("client_api_retry_total").labels(retry_reason(event.name)).inc()
        else:
            counter("client_errors_total").inc()
            log.info("client_error", name=event.name, detail=event.detail)
