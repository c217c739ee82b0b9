"""Reconciliation: what the store lost is found by the hour and written again, once."""

from casino.analytics.jobs import export, scheduled
from casino.analytics.service import ClickHouse, Sink, reconcile
from casino.analytics.sink import SINK
from casino.kit.database import Database
from casino.kit.metrics import REGISTRY
from tests.analytics.facts import commit_facts, drain, held, sequence


async def delivered(database: Database, sink: Sink, facts: int) -> None:
    """That many facts, a second apart, in log and store."""
    await commit_facts(database, facts)
    await sequence(database)
    assert await drain(database, sink) == facts


async def lose(clickhouse: ClickHouse, condition: str) -> None:
    """Rows vanish from the store."""
    await clickhouse.command(f"DELETE FROM events WHERE {condition}")


async def test_a_complete_store_agrees(fact_log: Database, clickhouse: ClickHouse, sink: Sink) -> None:
    """Everything that is old enough to count is there."""
    await delivered(fact_log, sink, 200)
    found = await reconcile(fact_log, clickhouse, sink)
    assert (found.committed, found.missing, found.strangers, found.written_again) == (200, 0, 0, 0)
    assert found.missing_ratio == 0.0


async def test_a_new_store_is_made_ready(fact_log: Database, clickhouse: ClickHouse, sink: Sink) -> None:
    """The first reconciliation may come before the first fact."""
    found = await reconcile(fact_log, clickhouse, sink)
    assert (found.committed, found.missing_ratio, found.hours) == (0, 0.0, ())


async def test_what_is_lost_is_written_again(fact_log: Database, clickhouse: ClickHouse, sink: Sink) -> None:
    """The ratio says how much was lost, the next run that nothing is; no fact is doubled."""
    await delivered(fact_log, sink, 200)
    await lose(clickhouse, "user_id = 3")
    lost = 200 - await held(clickhouse)
    assert lost > 0
    found = await reconcile(fact_log, clickhouse, sink)
    assert (found.missing, found.written_again) == (lost, lost)
    assert found.missing_ratio == lost / 200
    assert f"{lost:,} missing" in found.text()
    export(found)
    assert REGISTRY.get_sample_value("olap_missing_ratio") == lost / 200
    again = await reconcile(fact_log, clickhouse, sink)
    assert (again.missing, again.written_again) == (0, 0)
    assert await held(clickhouse, final=False) == 200


async def test_a_batch_lost_whole_comes_back(fact_log: Database, clickhouse: ClickHouse, sink: Sink) -> None:
    """The memory of batches already written must not stand in the way of writing one again."""
    await delivered(fact_log, sink, 100)
    await lose(clickhouse, "1")
    assert await held(clickhouse) == 0
    assert (await reconcile(fact_log, clickhouse, sink)).written_again == 100
    assert await held(clickhouse) == 100


async def test_facts_on_their_way_are_not_written_twice(
    fact_log: Database, clickhouse: ClickHouse, sink: Sink
) -> None:
    """What the sink has not taken yet is missing, and is left to the sink; so is what has no place in the log."""
    await delivered(fact_log, sink, 50)
    await commit_facts(fact_log, 30, minutes_ago=60)
    await sequence(fact_log)
    await commit_facts(fact_log, 20, minutes_ago=30)
    found = await reconcile(fact_log, clickhouse, sink)
    assert (found.committed, found.missing, found.written_again) == (100, 50, 0)
    await sequence(fact_log)
    assert await drain(fact_log, sink) == 50
    assert (await reconcile(fact_log, clickhouse, sink)).missing == 0


async def test_young_facts_do_not_count_yet(fact_log: Database, clickhouse: ClickHouse, sink: Sink) -> None:
    """A fact has a minute to arrive."""
    await delivered(fact_log, sink, 10)
    await commit_facts(fact_log, 5, minutes_ago=0.5)
    found = await reconcile(fact_log, clickhouse, sink)
    assert (found.committed, found.missing) == (10, 0)


async def test_strangers_are_reported(fact_log: Database, clickhouse: ClickHouse, sink: Sink) -> None:
    """Rows that no fact stands behind (a database restored to an earlier moment) are counted, not removed."""
    await delivered(fact_log, sink, 10)
    await clickhouse.command(
        "INSERT INTO events SELECT * REPLACE (generateUUIDv4() AS event_id) FROM events LIMIT 2"
    )
    found = await reconcile(fact_log, clickhouse, sink)
    assert (found.missing, found.strangers) == (0, 2)


async def test_the_jobs_export_freshness_and_completeness(
    fact_log: Database, clickhouse: ClickHouse, sink: Sink
) -> None:
    """The worker's two jobs, run once each on a store that lags and has lost something."""
    await delivered(fact_log, sink, 40)
    await lose(clickhouse, "user_id = 2")
    lost = 40 - await held(clickhouse)
    assert lost > 0
    await commit_facts(fact_log, 1, minutes_ago=3)
    jobs = {job.name: job for job in scheduled(fact_log, clickhouse, sink, consumer=SINK)}
    await jobs["olap_freshness"].run()
    assert 179 < (REGISTRY.get_sample_value("olap_freshness_seconds") or 0) < 240
    await jobs["olap_reconcile"].run()
    assert REGISTRY.get_sample_value("olap_missing_ratio") == (lost + 1) / 41
    assert await held(clickhouse) == 40
