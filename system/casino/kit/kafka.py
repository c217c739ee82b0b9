"""Facts on Kafka: how they look there, and the consumer of the log that publishes them.

The log in PostgreSQL stays the authority: when Kafka is away facts wait there, and nobody who plays notices.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit import tracing
from casino.kit.consumers import Consumer, DependencyAway
from casino.kit.outbox import Fact

PUBLISHER = "kafka.publish"
MESSAGE_VERSION = 1
REQUEST_SECONDS_MAX = 5
PUBLISH_SECONDS_MAX = 15
LINGER_MILLISECONDS = 5
REASON_CHARACTERS_MAX = 1_000

Headers = list[tuple[str, bytes]]


class Record(Protocol):
    """A message as Kafka delivered it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Unreadable(Exception):
    """A message on a topic of ours that is no fact."""


def topic_of(domain: str) -> str:
    """The topic of a domain such as ``rounds``."""
    return f"casino.{domain}.v1"


def dead_letters_of(topic: str) -> str:
    """Where messages of a topic go that a consumer could not take."""
    return f"{topic}.dlq"


def message_of(fact: Fact) -> bytes:
    """The fact as its topic's JSON Schema has it."""
    message: dict[str, Any] = {
        "event_id": str(fact.event_id),
        "type": fact.type,
        "version": MESSAGE_VERSION,
        "occurred_at": _moment(fact.occurred_at),
        "trace_id": tracing.trace_id(fact.traceparent) if fact.traceparent else None,
        "user_id": fact.user_id,
        "event_no": fact.event_no,
        "messages": fact.messages,
        "data": fact.data,
    }
    return orjson.dumps(message)


def _moment(moment: datetime) -> str:
    # To the microsecond: the analytics store tells facts apart by it.
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def fact_of_record(record: Record) -> Fact:
    """The fact in a message; its place is the one in Kafka. Raises Unreadable."""
    try:
        message = orjson.loads(record.value or b"")
        traceparent = dict(record.headers).get("traceparent", b"").decode()
        return Fact(
            event_id=UUID(message["event_id"]),
            type=str(message["type"]),
            user_id=int(message["user_id"]),
            event_no=int(message["event_no"]),
            messages=int(message["messages"]),
            occurred_at=datetime.fromisoformat(message["occurred_at"]),
            traceparent=tracing.sampled_or_none(traceparent),
            data=dict(message["data"]),
            partition=record.partition,
            log_offset=record.offset,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"no fact: {error!r}") from error


class Publisher:
    """Publishes facts, those of a user in order; connects when it is first used.

    `domains` says which domain each type of fact belongs to; the others are not published.
    """

    def __init__(self, bootstrap_servers: str, domains: Mapping[str, str], *, client_id: str) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._topics = {kind: topic_of(domain) for kind, domain in domains.items()}
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None

    def topics(self, types: frozenset[str] | None = None) -> list[str]:
        """The topics that carry these types of facts; all of them without types."""
        return sorted({topic for kind, topic in self._topics.items() if types is None or kind in types})

    def consumer(self) -> Consumer:
        """The consumer of the fact log that publishes."""
        return Consumer(PUBLISHER, self._publish, frozenset(self._topics))

    async def _publish(self, _: AsyncConnection, facts: Sequence[Fact]) -> None:
        """Returns when Kafka has every fact. A repeat sends them again: consumers go by `event_id`."""
        try:
            async with asyncio.timeout(PUBLISH_SECONDS_MAX):
                acknowledged = [await self._send_fact(fact) for fact in facts]
                await asyncio.gather(*acknowledged)
        except MessageSizeTooLargeError:
            raise
        except (KafkaError, OSError, TimeoutError) as error:
            await self._drop()
            raise DependencyAway(f"Kafka cannot be reached: {error!r}") from error

    async def _send_fact(self, fact: Fact) -> asyncio.Future[Any]:
        headers: Headers = []
        with tracing.continued(fact.traceparent, "publish"):
            producer = await self._started()
            # The instrumentation of the client adds `traceparent` to the headers.
            sent: asyncio.Future[Any] = await producer.send(
                self._topics[fact.type], message_of(fact), key=str(fact.user_id).encode(), headers=headers
            )
            return sent

    async def put_aside(self, record: Record, *, consumer: str, reason: str) -> None:
        """Sends a message that cannot be taken to its topic's dead letters, as it was. Raises DependencyAway."""
        headers = [
            *record.headers,
            ("consumer", consumer.encode()),
            ("reason", reason[:REASON_CHARACTERS_MAX].encode()),
            ("place", f"{record.topic}/{record.partition}/{record.offset}".encode()),
        ]
        try:
            async with asyncio.timeout(PUBLISH_SECONDS_MAX):
                producer = await self._started()
                topic = dead_letters_of(record.topic)
                await producer.send_and_wait(topic, record.value, key=record.key, headers=headers)
        except (KafkaError, OSError, TimeoutError) as error:
            await self._drop()
            raise DependencyAway(f"Kafka cannot be reached: {error!r}") from error

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap_servers,
                client_id=self._client_id,
                acks="all",
                enable_idempotence=True,
                linger_ms=LINGER_MILLISECONDS,
                request_timeout_ms=REQUEST_SECONDS_MAX * 1_000,
            )
            try:
                await producer.start()
            except BaseException:
                await _stop(producer)
                raise
            self._producer = producer
        return self._producer

    async def _drop(self) -> None:
        """Forgets the producer with all it still holds: the facts are sent anew from the log."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stop(producer)

    async def close(self) -> None:
        """Ends the connection."""
        await self._drop()


async def _stop(producer: AIOKafkaProducer) -> None:
    with suppress(KafkaError, OSError, TimeoutError):
        await asyncio.wait_for(producer.stop(), 2)
