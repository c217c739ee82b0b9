"""Judges each fact once: whether it reached the analytics store within a minute of its commit."""

from dataclasses import dataclass

from casino.analytics import repository
from casino.analytics.clickhouse import ClickHouse
from casino.analytics.reconcile import YOUNG, moment_text
from casino.analytics.tables import prepare_olap
from casino.kit.database import Database
from casino.kit.metrics import counter

# A fact that came twice is judged by its last coming, so that a late one never passes for one in time.
_IN_TIME = (
    "SELECT count() FROM events FINAL "
    "WHERE ts >= {since:DateTime64(6, 'UTC')} AND ts < {until:DateTime64(6, 'UTC')} "
    "AND arrived_at <= ts + toIntervalSecond({seconds:UInt32})"
)


@dataclass(frozen=True)
class Arrivals:
    """Facts that had their minute: how many were committed, and how many of them came in time."""

    committed: int
    in_time: int


async def judge_arrivals(database: Database, clickhouse: ClickHouse) -> Arrivals:
    """Counts what has had its minute since the last time, and remembers how far that goes. Raises OlapAway.

    The first time nothing is counted: what was there before has no time of arrival. While the store is away nothing is
    either; it is judged when the store is back, by when it came.
    """
    async with database.snapshot() as connection:
        until = await repository.now(connection) - YOUNG
        since = await repository.judged_until(connection) or until
        committed = sum((await repository.committed_by_hour(connection, since, until)).values())
    await prepare_olap(clickhouse)
    span = {"since": moment_text(since), "until": moment_text(until), "seconds": int(YOUNG.total_seconds())}
    ((held,),) = await clickhouse.rows(_IN_TIME, span)
    async with database.transaction() as connection:
        await repository.set_judged_until(connection, until)
    return Arrivals(committed, min(int(held), committed))


def count(found: Arrivals) -> None:
    """Adds what was judged to the metric."""
    arrivals = counter("olap_arrivals_total")
    arrivals.labels("in_time").inc(found.in_time)
    arrivals.labels("late").inc(found.committed - found.in_time)
