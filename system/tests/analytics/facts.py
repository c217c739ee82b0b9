"""Facts of the past, committed as any other, and the steps that take them to the analytics store."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from casino.analytics.service import ClickHouse, Sink
from casino.kit.clock import utc_now
from casino.kit.consumers import ConsumerLoop, register
from casino.kit.database import Database
from casino.kit.ids import uuid7
from casino.kit.log import Sequencer
from casino.kit.models import OutboxRow

PARTITIONS = 4


async def commit_facts(database: Database, facts: int, *, minutes_ago: float = 90) -> None:
    """Commits facts of several users, a second apart, that happened so long ago."""
    start = utc_now() - timedelta(minutes=minutes_ago)
    rows: list[dict[str, Any]] = [
        {
            "event_id": uuid7(),
            "type": "games.round_settled",
            "user_id": number % 7 + 1,
            "event_no": number * 4 + 1,
            "messages": 4,
            "occurred_at": start + timedelta(seconds=number),
            "traceparent": None,
            "fact_data": {"game_type": "slot", "win_amount": number, "symbols": ["bell", "네온"]},
        }
        for number in range(facts)
    ]
    async with database.transaction() as connection:
        await connection.execute(insert(OutboxRow), rows)


async def sequence(database: Database) -> None:
    """Gives every committed fact its place in the log."""
    async with database.transaction() as connection:
        await register(connection, [], partitions=PARTITIONS)
    sequencer = Sequencer(database, partitions=PARTITIONS, on_facts=lambda: None)
    while await sequencer.turn():
        pass


async def drain(database: Database, sink: Sink) -> int:
    """Lets the sink take what is in the log; how many facts it took."""
    consumer = sink.consumer()
    async with database.transaction() as connection:
        await register(connection, [consumer], partitions=PARTITIONS)
    loop = ConsumerLoop(database, consumer)
    taken = 0
    while turn := await loop.turn(consumer.facts_max):
        taken += turn
    return taken


async def held(clickhouse: ClickHouse, *, final: bool = True) -> int:
    """Rows of the store, as a reader sees them or as they lie there."""
    ((rows,),) = await clickhouse.rows(f"SELECT count() FROM events {'FINAL' if final else ''}")
    return int(rows)
