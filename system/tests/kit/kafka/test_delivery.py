"""Facts over a real broker: published in order, applied once, put aside when they cannot be taken."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from aiokafka import AIOKafkaProducer
from opentelemetry import trace
from opentelemetry.instrumentation.aiokafka import AIOKafkaInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games.facts import ROUND_SETTLED
from casino.home import jobs as home
from casino.home.models import UserAction
from casino.kit import tracing
from casino.kit.consumers import Consumer, DependencyAway, Handle
from casino.kit.database import Database
from casino.kit.kafka import Publisher, dead_letters_of
from casino.kit.outbox import Fact
from tests.kit.kafka.delivery import TRACEPARENT, consume, content, play, publish, read

pytestmark = pytest.mark.kafka


class Seen:
    """A consumer that remembers what it was handed."""

    def __init__(self, *, fails_on: set[int] | None = None) -> None:
        self.facts: list[Fact] = []
        self.turns = 0
        self._fails_on = fails_on or set()
        self.consumer = Consumer("tests.seen", self._take, frozenset({ROUND_SETTLED}))

    def reach(self, count: int) -> Callable[[], bool]:
        """A condition: this many facts were handed over."""
        return lambda: len(self.facts) >= count

    async def _take(self, _: AsyncConnection, facts: Sequence[Fact]) -> None:
        self.turns += 1
        if any(fact.event_no in self._fails_on for fact in facts):
            raise ValueError("this fact cannot be taken")
        self.facts += facts


async def test_facts_are_published_in_order(
    fact_log: Database, publisher: Publisher, broker: str, domains: Mapping[str, str]
) -> None:
    """Each to its topic, keyed by its user, a user's in order."""
    user_id = await play(fact_log, rounds=20)
    assert await publish(fact_log, publisher) == 21
    (topic,) = publisher.topics(frozenset({ROUND_SETTLED}))
    records = await read(broker, [topic], 20)
    assert {record.key for record in records} == {str(user_id).encode()}
    numbers = [content(record)["event_no"] for record in records]
    assert numbers == sorted(numbers)
    assert topic == f"casino.{domains[ROUND_SETTLED]}.v1"


async def test_a_fact_is_applied_once(fact_log: Database, publisher: Publisher, broker: str) -> None:
    """Published twice, read by two generations of the same group: one action a round."""
    user_id = await play(fact_log, rounds=10)
    await publish(fact_log, publisher)
    async with fact_log.driver() as connection:
        await connection.execute("UPDATE consumer_offsets SET next_offset = 0")
    assert await publish(fact_log, publisher) == 11
    actions, counts = home.consumers(big_win_threshold_gold=1_000)
    taken = Seen()
    watched = [
        Consumer(consumer.name, both(consumer, taken), consumer.types) for consumer in (actions, counts)
    ]
    for consumer in watched:
        await consume(fact_log, consumer, publisher, broker, until=taken.reach(len(taken.facts) + 10))
    again = len(taken.facts)
    await consume(fact_log, watched[1], publisher, broker, until=lambda: True)
    assert len(taken.facts) == again == 20
    async with fact_log.snapshot() as connection:
        rows = select(func.count()).select_from(UserAction).where(UserAction.user_id == user_id)
        assert await connection.scalar(rows) == 10
        minutes = (await connection.exec_driver_sql("SELECT sum(rounds) FROM activity_minutes")).scalar_one()
    assert minutes == 10


def both(consumer: Consumer, seen: Seen) -> Handle:
    """The consumer's own handler, and a witness."""

    async def handle(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        await consumer.handle(connection, facts)
        seen.facts += facts

    return handle


async def test_only_the_fact_at_fault_is_put_aside(
    fact_log: Database, publisher: Publisher, broker: str
) -> None:
    """After repeated failure the batch is taken one by one; the rest is applied, the one goes to the dead letters."""
    await play(fact_log, rounds=5)
    await publish(fact_log, publisher)
    (topic,) = publisher.topics(frozenset({ROUND_SETTLED}))
    numbers = [content(record)["event_no"] for record in await read(broker, [topic], 5)]
    seen = Seen(fails_on={numbers[2]})
    await consume(fact_log, seen.consumer, publisher, broker, until=seen.reach(4))
    assert [fact.event_no for fact in seen.facts] == [*numbers[:2], *numbers[3:]]
    (dead,) = await read(broker, [dead_letters_of(topic)], 1)
    assert content(dead)["event_no"] == numbers[2]
    headers = dict(dead.headers)
    assert headers["consumer"] == b"tests.seen"
    assert b"this fact cannot be taken" in headers["reason"]
    assert headers["place"].startswith(f"{topic}/".encode())


async def test_what_is_no_fact_holds_nobody_up(fact_log: Database, publisher: Publisher, broker: str) -> None:
    """Rubbish on the topic goes to the dead letters; the facts around it are applied."""
    await play(fact_log, rounds=2)
    await publish(fact_log, publisher)
    (topic,) = publisher.topics(frozenset({ROUND_SETTLED}))
    async with AIOKafkaProducer(bootstrap_servers=broker) as stranger:
        await stranger.send_and_wait(topic, b"hello", key=b"1")
    seen = Seen()
    await consume(fact_log, seen.consumer, publisher, broker, until=seen.reach(2))
    (dead,) = await read(broker, [dead_letters_of(topic)], 1)
    assert dead.value == b"hello"


async def test_facts_wait_while_kafka_is_away(
    fact_log: Database, publisher: Publisher, broker: str, domains: Mapping[str, str]
) -> None:
    """Play goes on, no offset moves, and all of it is published when the broker is back."""
    nowhere = Publisher("127.0.0.1:1", domains, client_id="tests")
    await play(fact_log, rounds=3)
    begun = time.monotonic()
    with pytest.raises(DependencyAway):
        await publish(fact_log, nowhere)
    assert time.monotonic() - begun < 20
    await play(fact_log, rounds=3)
    assert await publish(fact_log, publisher) == 8
    await nowhere.close()


async def test_a_store_that_is_away_puts_nothing_aside(
    fact_log: Database, publisher: Publisher, broker: str
) -> None:
    """However often it fails, the facts wait; they are applied when it is back, and tell how long they waited."""
    await play(fact_log, rounds=3)
    await publish(fact_log, publisher)
    seen = Seen()
    turns = 0

    async def moody(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        nonlocal turns
        turns += 1
        if turns < 8:
            raise DependencyAway("the store is away")
        await seen.consumer.handle(connection, facts)

    consumer = Consumer("tests.moody", moody, frozenset({ROUND_SETTLED}))
    loop = await consume(fact_log, consumer, publisher, broker, until=seen.reach(3))
    assert turns == 8
    assert loop.waiting_since() is None


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Spans of the process while the test lasts, the Kafka client's included."""
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    processor = SimpleSpanProcessor(exporter)
    provider.add_span_processor(processor)
    AIOKafkaInstrumentor().instrument()
    yield exporter
    AIOKafkaInstrumentor().uninstrument()
    processor.shutdown()


async def test_a_trace_goes_from_the_request_to_the_consumer(
    fact_log: Database, publisher: Publisher, broker: str, spans: InMemorySpanExporter
) -> None:
    """One sampled request: publish, send, receive and consume are spans of its trace, each below the one before."""
    await play(fact_log, rounds=1, traceparent=TRACEPARENT)
    await publish(fact_log, publisher)
    seen = Seen()
    await consume(fact_log, seen.consumer, publisher, broker, until=seen.reach(1))
    (topic,) = publisher.topics(frozenset({ROUND_SETTLED}))
    trace_id = int(tracing.trace_id(TRACEPARENT), 16)
    ours = {span.name: span for span in spans.get_finished_spans() if span.context.trace_id == trace_id}
    assert {
        "consume kafka.publish",
        "publish",
        f"{topic} send",
        f"{topic} receive",
        "consume tests.seen",
    } <= set(ours)
    for child, parent in (
        ("consume tests.seen", f"{topic} send"),
        (f"{topic} receive", f"{topic} send"),
        (f"{topic} send", "publish"),
    ):
        above = ours[child].parent
        assert above is not None
        assert above.span_id == ours[parent].context.span_id, child
    assert seen.facts[0].traceparent is not None


async def test_two_workers_share_the_work(fact_log: Database, publisher: Publisher, broker: str) -> None:
    """Two processes of one group: every fact is applied once, also while partitions change hands."""
    for _ in range(6):
        await play(fact_log, rounds=5)
    seen = Seen()
    await publish(fact_log, publisher)
    await asyncio.gather(
        *(consume(fact_log, seen.consumer, publisher, broker, until=seen.reach(30)) for _ in range(2))
    )
    assert len(seen.facts) == len({fact.event_id for fact in seen.facts}) == 30
