"""The scheduled work of analytics: how fresh the store is, and whether it holds everything."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from casino.analytics.arrivals import Arrivals, count, judge_arrivals
from casino.analytics.clickhouse import ClickHouse
from casino.analytics.reconcile import Reconciliation, reconcile
from casino.analytics.service import freshness
from casino.analytics.sink import Sink
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.metrics import gauge
from casino.kit.scheduler import Job

RECONCILE_SECONDS = 300.0
FRESHNESS_SECONDS = 3.0
# The sink polls this often instead of being woken at each fact: larger batches, fewer parts to merge.

log = structlog.get_logger(__name__)


def scheduled(
    database: Database,
    clickhouse: ClickHouse,
    sink: Sink,
    *,
    consumer: str,
    waiting_since: Sequence[Callable[[], datetime | None]] = (),
) -> list[Job]:
    """The jobs of this room.

    `consumer` takes facts from the log on their way to the store. Where that is not the sink itself,
    `waiting_since` tells of each stage behind it when the oldest fact that waits there happened.
    """

    async def watch_freshness() -> None:
        _, seconds = await freshness(database, consumer)
        now = utc_now()
        ages = [(now - since).total_seconds() for stage in waiting_since if (since := stage()) is not None]
        gauge("olap_freshness_seconds").set(max([seconds, *ages]))

    is_shown = False

    async def hold_against_the_log() -> None:
        nonlocal is_shown
        # No rate sees what a counter holds when it is first scraped, so the first turn only shows it.
        count(await judge_arrivals(database, clickhouse) if is_shown else Arrivals(0, 0))
        is_shown = True
        found = await reconcile(database, clickhouse, sink, reads_log=not waiting_since)
        export(found)

    return [
        Job("olap_freshness", FRESHNESS_SECONDS, watch_freshness, exclusive=False),
        Job("olap_reconcile", RECONCILE_SECONDS, hold_against_the_log),
    ]


def export(found: Reconciliation) -> None:
    """Sets the metric to what was found, also where it was mended at once: the next run says so."""
    gauge("olap_missing_ratio").set(found.missing_ratio)
    if found.missing or found.strangers:
        log.warning(
            "olap_differs",
            missing=found.missing,
            strangers=found.strangers,
            written_again=found.written_again,
            oldest_missing=str(found.oldest_missing),
        )
