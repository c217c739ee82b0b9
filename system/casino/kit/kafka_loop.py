"""Runs a consumer from Kafka as it would run from the log: same handler, effect and place in one transaction.

Kafka may deliver twice, so the guard is in PostgreSQL: `consumed_events` takes the ids of a batch in the transaction
of its effect, and what was there already is left out. Kafka's own offsets are only where to start reading.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.consumers import FAILURES_MAX, Consumer, is_away, put_aside, take
from casino.kit.database import Database
from casino.kit.kafka import Publisher, Record, Unreadable, fact_of_record
from casino.kit.metrics import counter, gauge
from casino.kit.models import ConsumedEvent
from casino.kit.outbox import Fact

POLL_MILLISECONDS = 1_000
RECONNECT_SECONDS = 1.0

log = structlog.get_logger(__name__)


def group_of(consumer: str, environment: str) -> str:
    """The consumer group of a consumer named ``domain.purpose``."""
    return f"cc.{consumer}.{environment}"


class KafkaConsumerLoop:
    """Runs one consumer until cancelled; the partitions are shared with every process of the same group.

    What fails again and again goes to the dead letters.
    """

    def __init__(
        self,
        database: Database,
        consumer: Consumer,
        publisher: Publisher,
        *,
        bootstrap_servers: str,
        environment: str,
    ) -> None:
        self._database = database
        self.consumer = consumer
        self._publisher = publisher
        self._bootstrap_servers = bootstrap_servers
        self._group = group_of(consumer.name, environment)
        self._failures = 0
        self._waiting_since: datetime | None = None

    def waiting_since(self) -> datetime | None:
        """When the oldest fact happened that was seen on Kafka and is not taken; None when there is none."""
        return self._waiting_since

    async def run(self) -> None:
        """Reads from the group's place, the beginning for a new group; connects again when Kafka was away."""
        while True:
            kafka = AIOKafkaConsumer(
                *self._publisher.topics(self.consumer.types),
                bootstrap_servers=self._bootstrap_servers,
                group_id=self._group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
            )
            try:
                await kafka.start()
                while True:
                    await self._turn(kafka)
            except (KafkaError, OSError) as error:
                log.warning("kafka_away", consumer=self.consumer.name, error=repr(error))
                await asyncio.sleep(RECONNECT_SECONDS)
            finally:
                with suppress(KafkaError, OSError):
                    await kafka.stop()

    async def _turn(self, kafka: AIOKafkaConsumer) -> None:
        await asyncio.sleep(self.consumer.linger_seconds)
        fetched = await kafka.getmany(timeout_ms=POLL_MILLISECONDS, max_records=self.consumer.facts_max)
        records: list[Record] = [record for part in fetched.values() for record in part]
        read = [(record, _read(record)) for record in records]
        moments = [fact.occurred_at for _, fact in read if isinstance(fact, Fact)]
        self._waiting_since = self._waiting_since or min(moments, default=None)
        try:
            await self._take([(record, fact) for record, fact in read if isinstance(fact, Fact)])
            for record, unreadable in read:
                if isinstance(unreadable, Unreadable):
                    await self._put_aside(record, unreadable)
        except Exception as error:
            await self._after_failure(kafka, records, error)
            return
        self._failures = 0
        if records:
            await self._commit(kafka, records)
        await self._watch(kafka, max(moments, default=None))

    async def _take(self, deliveries: Sequence[tuple[Record, Fact]]) -> None:
        """One transaction; after repeated failure one each, so that only the facts at fault are put aside."""
        if self._failures < FAILURES_MAX:
            await self._apply([fact for _, fact in deliveries])
            return
        for record, fact in deliveries:
            try:
                await self._apply([fact])
            except Exception as error:
                if is_away(error):
                    raise
                await self._put_aside(record, error, fact)

    async def _apply(self, facts: Sequence[Fact]) -> None:
        name, types = self.consumer.name, self.consumer.types
        wanted = [fact for fact in facts if types is None or fact.type in types]
        new: list[Fact] = []
        if wanted:
            async with self._database.transaction() as connection:
                new = await _not_yet_consumed(connection, name, wanted)
                if new:
                    await take(connection, self.consumer, new)
        counter("consumer_events_total").labels(name, "applied").inc(len(new))
        counter("consumer_events_total").labels(name, "skipped").inc(len(facts) - len(new))

    async def _put_aside(self, record: Record, error: Exception, fact: Fact | None = None) -> None:
        """To the dead letters of its topic; what can be read also to the dead facts, to be taken again from there."""
        name = self.consumer.name
        await self._publisher.put_aside(record, consumer=name, reason=repr(error))
        if fact is not None:
            async with self._database.transaction() as connection:
                await put_aside(connection, name, [(fact, error)])
        counter("dlq_messages_total").labels(name).inc()
        log.error(
            "message_put_aside", consumer=name, topic=record.topic, offset=record.offset, error=repr(error)
        )

    async def _after_failure(
        self, kafka: AIOKafkaConsumer, records: Sequence[Record], error: Exception
    ) -> None:
        away = is_away(error)
        log.warning("consumer_failed", consumer=self.consumer.name, away=away, error=repr(error))
        self._failures += not away
        _go_back(kafka, records)
        await asyncio.sleep(min(2.0, 0.1 * 2**self._failures))

    async def _commit(self, kafka: AIOKafkaConsumer, records: Sequence[Record]) -> None:
        next_offsets: dict[TopicPartition, int] = {}
        for record in records:
            next_offsets[TopicPartition(record.topic, record.partition)] = record.offset + 1
        try:
            await kafka.commit(next_offsets)
        except (CommitFailedError, IllegalStateError) as error:
            # Another process has the partitions now and reads these messages again; the guard knows them.
            log.info("commit_left_to_another", consumer=self.consumer.name, error=repr(error))

    async def _watch(self, kafka: AIOKafkaConsumer, last_taken: datetime | None) -> None:
        """Tells how far from Kafka's end this process is."""
        lag = 0
        for partition in kafka.assignment():
            with suppress(IllegalStateError):
                end = kafka.highwater(partition)
                lag += end - await kafka.position(partition) if end is not None else 0
        gauge("consumer_lag_events").labels(self.consumer.name).set(lag)
        self._waiting_since = (last_taken or self._waiting_since) if lag else None


def _read(record: Record) -> Fact | Unreadable:
    try:
        return fact_of_record(record)
    except Unreadable as error:
        return error


async def _not_yet_consumed(connection: AsyncConnection, name: str, facts: Sequence[Fact]) -> list[Fact]:
    rows = [
        {"consumer": name, "event_id": event_id} for event_id in sorted({fact.event_id for fact in facts})
    ]
    noted = insert(ConsumedEvent).values(rows).on_conflict_do_nothing().returning(ConsumedEvent.event_id)
    new = set((await connection.execute(noted)).scalars())
    first = {fact.event_id: fact for fact in reversed(facts)}
    return [fact for fact in facts if fact.event_id in new and first[fact.event_id] is fact]


def _go_back(kafka: AIOKafkaConsumer, records: Sequence[Record]) -> None:
    """The next fetch brings these records again."""
    for record in reversed(records):
        partition = TopicPartition(record.topic, record.partition)
        if partition in kafka.assignment():
            kafka.seek(partition, record.offset)
