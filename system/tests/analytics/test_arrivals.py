"""Arrivals: each fact is judged once, by when it came, and what never came is late."""

from datetime import timedelta

from casino.analytics import repository
from casino.analytics.arrivals import Arrivals, count, judge_arrivals
from casino.analytics.jobs import scheduled
from casino.analytics.service import ClickHouse, Sink, prepare_olap
from casino.analytics.sink import SINK
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.metrics import REGISTRY
from tests.analytics.facts import commit_facts, drain, held, sequence


async def judged_since(database: Database, *, minutes_ago: float) -> None:
    """As if the last judgement had looked at what happened until so long ago."""
    async with database.transaction() as connection:
        await repository.set_judged_until(connection, utc_now() - timedelta(minutes=minutes_ago))


async def delivered(database: Database, clickhouse: ClickHouse, sink: Sink, facts: int) -> None:
    """Facts of an hour and a half ago, each of which came 59 s after it happened."""
    await commit_facts(database, facts)
    await sequence(database)
    assert await drain(database, sink) == facts
    await came_after(clickhouse, 59, "1")


async def came_after(clickhouse: ClickHouse, seconds: int, condition: str) -> None:
    """Some facts came so long after they had happened."""
    await clickhouse.command(
        f"ALTER TABLE events UPDATE arrived_at = ts + toIntervalSecond({seconds}) WHERE {condition} "
        "SETTINGS mutations_sync = 1"
    )


async def test_each_fact_is_judged_once(fact_log: Database, clickhouse: ClickHouse, sink: Sink) -> None:
    """A second judgement counts only what has had its minute since the first."""
    await delivered(fact_log, clickhouse, sink, 50)
    await judged_since(fact_log, minutes_ago=120)
    assert await judge_arrivals(fact_log, clickhouse) == Arrivals(committed=50, in_time=50)
    assert await judge_arrivals(fact_log, clickhouse) == Arrivals(committed=0, in_time=0)


async def test_the_first_judgement_counts_nothing(
    fact_log: Database, clickhouse: ClickHouse, sink: Sink
) -> None:
    """What a store held before it told the time of arrival is nobody's failure."""
    await delivered(fact_log, clickhouse, sink, 10)
    assert await judge_arrivals(fact_log, clickhouse) == Arrivals(committed=0, in_time=0)


async def test_a_minute_is_a_minute(fact_log: Database, clickhouse: ClickHouse, sink: Sink) -> None:
    """Sixty seconds are in time, sixty-one are late, and so is what never came; the young have time left."""
    await delivered(fact_log, clickhouse, sink, 70)
    late, lost = "user_id = 2", "user_id = 3"
    await came_after(clickhouse, 60, "user_id = 1")
    await came_after(clickhouse, 61, late)
    await clickhouse.command(f"DELETE FROM events WHERE {lost}")
    assert await held(clickhouse) == 60
    await commit_facts(fact_log, 5, minutes_ago=0.5)
    await judged_since(fact_log, minutes_ago=120)
    assert await judge_arrivals(fact_log, clickhouse) == Arrivals(committed=70, in_time=50)


async def test_a_fact_that_comes_twice_is_one(fact_log: Database, clickhouse: ClickHouse, sink: Sink) -> None:
    """Its last coming counts; and what no fact stands behind makes nothing good."""
    await delivered(fact_log, clickhouse, sink, 10)
    await clickhouse.command(
        "INSERT INTO events SELECT * REPLACE (now64(3) AS arrived_at) FROM events LIMIT 1"
    )
    await judged_since(fact_log, minutes_ago=120)
    assert await judge_arrivals(fact_log, clickhouse) == Arrivals(committed=10, in_time=9)
    await clickhouse.command(
        "INSERT INTO events SELECT * REPLACE (generateUUIDv4() AS event_id, ts AS arrived_at) FROM events FINAL"
    )
    await judged_since(fact_log, minutes_ago=120)
    assert await judge_arrivals(fact_log, clickhouse) == Arrivals(committed=10, in_time=10)


async def test_an_older_table_learns_to_tell_the_time(clickhouse: ClickHouse) -> None:
    """A store made by the version before gets the column, however often it is asked for."""
    await prepare_olap(clickhouse)
    await clickhouse.command("ALTER TABLE events DROP COLUMN arrived_at")
    for _ in range(2):
        await prepare_olap(clickhouse)
    assert await clickhouse.rows("SELECT arrived_at FROM events") == []


async def test_the_job_counts_once_it_was_seen(
    fact_log: Database, clickhouse: ClickHouse, sink: Sink
) -> None:
    """Its first turn shows the counters as they are, the second counts; what is written again was late all the same."""
    await delivered(fact_log, clickhouse, sink, 20)
    await clickhouse.command("DELETE FROM events WHERE user_id = 4")
    lost = 20 - await held(clickhouse)
    await judged_since(fact_log, minutes_ago=120)
    in_time, late = arrivals()
    jobs = scheduled(fact_log, clickhouse, sink, consumer=SINK)
    (job,) = [job for job in jobs if job.name == "olap_reconcile"]
    await job.run()
    assert arrivals() == (in_time, late)
    assert await held(clickhouse) == 20
    await job.run()
    assert arrivals() == (in_time + 20 - lost, late + lost)


def arrivals() -> tuple[float, float]:
    """In time and late, so far."""
    count(Arrivals(0, 0))
    in_time, late = (
        REGISTRY.get_sample_value("olap_arrivals_total", {"outcome": outcome})
        for outcome in ("in_time", "late")
    )
    assert in_time is not None and late is not None
    return in_time, late
