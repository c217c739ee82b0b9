"""What other rooms may ask of analytics: make its tables, hold it against the log, say how it stands."""

from casino.analytics import repository
from casino.analytics.clickhouse import ClickHouse
from casino.analytics.errors import OlapAway, OlapRefused
from casino.analytics.reconcile import YOUNG, Reconciliation, reconcile
from casino.analytics.schemas import OlapHealth
from casino.analytics.sink import SINK, Sink
from casino.analytics.tables import prepare_olap
from casino.kit.clock import utc_now
from casino.kit.database import Database

__all__ = [
    "SINK",
    "ClickHouse",
    "OlapHealth",
    "OlapStore",
    "Reconciliation",
    "Sink",
    "freshness",
    "olap_health",
    "prepare_olap",
    "reconcile",
]


class OlapStore:
    """The analytics store of a process, or none where it is switched off.

    `consumer` is who takes facts from the log on their way to it.
    """

    def __init__(self, clickhouse: ClickHouse | None, *, consumer: str = SINK) -> None:
        self.clickhouse = clickhouse
        self.consumer = consumer


async def freshness(database: Database, consumer: str) -> tuple[int, float]:
    """How many committed facts the consumer has not taken, and the age in seconds of the oldest, or 0."""
    async with database.snapshot() as connection:
        return await repository.waiting(connection, consumer)


async def olap_health(database: Database, store: OlapStore) -> OlapHealth:
    """Whether the store answers, and how far behind it is."""
    waiting, seconds = await freshness(database, store.consumer)
    status, detail = "behind" if seconds > YOUNG.total_seconds() else "ok", None
    if store.clickhouse is None:
        status = "disabled"
    else:
        try:
            await store.clickhouse.ping()
        except (OlapAway, OlapRefused) as error:
            status, detail = "away", str(error)
    return OlapHealth(
        status=status, waiting_events=waiting, freshness_seconds=seconds, detail=detail, checked_at=utc_now()
    )
