"""The sink: every fact once, whatever is repeated, and none lost while the store is away."""

import pytest

from casino.analytics.clickhouse import ClickHouse
from casino.analytics.errors import OlapAway, OlapRefused, OlapTableMissing
from casino.analytics.service import Sink, freshness, prepare_olap
from casino.analytics.sink import SINK
from casino.kit.consumers import DependencyAway
from casino.kit.database import Database
from casino.kit.outbox import Fact, fact_of
from casino.kit.settings import Settings
from tests.analytics.facts import commit_facts, drain, held, sequence


async def facts_in(database: Database) -> list[Fact]:
    """Everything in the log."""
    async with database.driver() as connection:
        rows = await connection.fetch("SELECT * FROM fact_log ORDER BY partition, log_offset")
    return [fact_of(_Named(row)) for row in rows]


class _Named:
    """A driver's row, read by attribute."""

    def __init__(self, row: object) -> None:
        self.__dict__.update(dict(row), fact_data={"n": 1})  # type: ignore[call-overload]  # a mapping of its own kind


async def test_facts_arrive_as_they_were(fact_log: Database, clickhouse: ClickHouse, sink: Sink) -> None:
    """Moment, user and content survive the way, to the microsecond and in every script."""
    await commit_facts(fact_log, 20)
    await sequence(fact_log)
    assert await drain(fact_log, sink) == 20
    async with fact_log.driver() as connection:
        committed = await connection.fetch(
            "SELECT event_id::text, user_id, event_no, (extract(epoch FROM occurred_at) * 1000000)::bigint AS ts,"
            " fact_data->>'win_amount' AS won FROM fact_log"
        )
    rows = await clickhouse.rows(
        "SELECT event_id, user_id, event_no, toUnixTimestamp64Micro(ts) AS ts,"
        " JSONExtractString(data, 'symbols', 2), JSONExtractInt(data, 'win_amount') FROM events FINAL"
    )
    assert {row[4] for row in rows} == {"네온"}
    assert {(row[0], int(row[1]), int(row[2]), int(row[3]), str(row[5])) for row in rows} == {
        tuple(row.values()) for row in committed
    }


async def test_a_batch_sent_twice_is_written_once(
    fact_log: Database, clickhouse: ClickHouse, sink: Sink
) -> None:
    """The crash between the insert and the commit of the offset: the same batch comes again."""
    await commit_facts(fact_log, 30)
    await sequence(fact_log)
    facts = await facts_in(fact_log)
    for _ in range(3):
        await sink.write(facts, token="a batch")
    assert await held(clickhouse, final=False) == 30


async def test_a_fact_in_two_batches_is_one_row(
    fact_log: Database, clickhouse: ClickHouse, sink: Sink
) -> None:
    """Overlapping batches lie there twice until they are merged; whoever asks with FINAL sees each fact once."""
    await commit_facts(fact_log, 30)
    await sequence(fact_log)
    facts = await facts_in(fact_log)
    await sink.write(facts[:20], token="one")
    await sink.write(facts[10:], token="two")
    assert await held(clickhouse, final=False) == 40
    assert await held(clickhouse) == 30


async def test_facts_wait_while_the_store_is_away(
    fact_log: Database, clickhouse: ClickHouse, sink: Sink
) -> None:
    """No offset moves, the age of the oldest fact grows, and everything arrives when the store is back."""
    await commit_facts(fact_log, 10, minutes_ago=2)
    await sequence(fact_log)
    nowhere = ClickHouse("http://casino:casino@127.0.0.1:1/cc_olap", timeout_seconds=0.5)
    with pytest.raises(DependencyAway):
        await drain(fact_log, Sink(nowhere))
    waiting, seconds = await freshness(fact_log, SINK)
    assert waiting == 10
    assert 119 < seconds < 180
    assert await drain(fact_log, sink) == 10
    assert await held(clickhouse) == 10
    assert await freshness(fact_log, SINK) == (0, 0.0)
    await commit_facts(fact_log, 1, minutes_ago=1)
    waiting, seconds = await freshness(fact_log, SINK)
    assert waiting == 1, "facts that have no place in the log yet wait too"
    assert seconds > 59
    await nowhere.close()


async def test_lost_tables_are_made_again(fact_log: Database, clickhouse: ClickHouse, sink: Sink) -> None:
    """A store that comes back empty is away for one turn, then has its tables."""
    await commit_facts(fact_log, 5)
    await sequence(fact_log)
    facts = await facts_in(fact_log)
    await sink.write(facts, token=None)
    await clickhouse.command("DROP TABLE events SYNC")
    with pytest.raises(OlapTableMissing):
        await sink.write(facts, token=None)
    await sink.write(facts, token=None)
    assert await held(clickhouse) == 5


async def test_tables_may_be_prepared_twice(clickhouse: ClickHouse) -> None:
    """Every start makes sure of them."""
    for _ in range(2):
        await prepare_olap(clickhouse)
    assert await held(clickhouse) == 0


async def test_refusals_are_told_from_absence(clickhouse: ClickHouse, settings: Settings) -> None:
    """A row that cannot be read is the row's fault; wrong credentials are nobody's here: facts wait."""
    await prepare_olap(clickhouse)
    with pytest.raises(OlapRefused):
        await clickhouse.insert("events", b'{"user_id": "many"}', token=None)
    address = settings.clickhouse_url.get_secret_value()
    stranger = ClickHouse("http://casino:wrong@" + address.split("@")[1])
    with pytest.raises(OlapAway):
        await stranger.ping()
    await stranger.close()
