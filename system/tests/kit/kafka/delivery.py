"""Steps of the Kafka tests: commit, publish, read topics, run a consumer until it has taken enough."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer

from casino.games.service import Bet
from casino.kit.consumers import Consumer, ConsumerLoop, register
from casino.kit.database import Database
from casino.kit.kafka import Publisher
from casino.kit.kafka_loop import KafkaConsumerLoop
from casino.kit.log import Sequencer
from tests.factories.players import a_player
from tests.factories.tables import a_table

PARTITIONS = 4
PATIENCE_SECONDS = 30
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def play(database: Database, *, rounds: int, traceparent: str | None = None) -> int:
    """A new player's rounds, committed; returns the user."""
    user_id = await a_player(database)
    table = a_table(database)
    for _ in range(rounds):
        await table.play(Bet(user_id, 1, traceparent=traceparent))
    return user_id


async def publish(database: Database, publisher: Publisher) -> int:
    """Everything committed gets its place in the log and goes to Kafka; how many facts went."""
    consumer = publisher.consumer()
    async with database.transaction() as connection:
        await register(connection, [consumer], partitions=PARTITIONS)
    sequencer = Sequencer(database, partitions=PARTITIONS, on_facts=consumer.wake)
    while await sequencer.turn():
        pass
    loop = ConsumerLoop(database, consumer)
    published = 0
    while turn := await loop.turn(consumer.facts_max):
        published += turn
    return published


async def read(broker: str, topics: list[str], count: int) -> list[Any]:
    """The first `count` messages of the topics, from their beginning."""
    reader = AIOKafkaConsumer(*topics, bootstrap_servers=broker, auto_offset_reset="earliest")
    await reader.start()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return [await reader.getone() for _ in range(count)]
    finally:
        await reader.stop()


def content(record: Any) -> dict[str, Any]:
    """A message's JSON."""
    message: dict[str, Any] = orjson.loads(record.value)
    return message


async def consume(
    database: Database, consumer: Consumer, publisher: Publisher, broker: str, *, until: Callable[[], bool]
) -> KafkaConsumerLoop:
    """Runs the consumer from Kafka until the condition holds, then a little longer, then stops it."""
    loop = KafkaConsumerLoop(
        database, consumer, publisher, bootstrap_servers=broker, environment=publisher.topics()[0][-8:]
    )
    running = asyncio.create_task(loop.run())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not until():
                if running.done():
                    await running
                await asyncio.sleep(0.05)
        await asyncio.sleep(1.5)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    return loop
