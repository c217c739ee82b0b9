"""Consumers take facts in order, many at a time, and move their place in the transaction of their effect."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Executable,
    Integer,
    Row,
    bindparam,
    column,
    delete,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit import tracing
from casino.kit.database import Database
from casino.kit.metrics import counter, gauge
from casino.kit.models import ConsumedEvent, ConsumerOffset, DeadFact, LogPartition, LogRow
from casino.kit.outbox import Fact, fact_of

# A turn holds the wallets that it tells something: few enough facts that a player never waits for one.
FACTS_A_TURN_MAX = 100
FAILURES_MAX = 5
# PostgreSQL's codes for a lock that somebody holds too long, and for a deadlock that it broke: both pass.
_BUSY = frozenset({"55P03", "40P01"})
# Long enough that a dozen consumers cost a tenth of a core, short enough that a player sees no delay.
LINGER_SECONDS = 0.4
CONSUMED_KEPT = timedelta(days=8)

log = structlog.get_logger(__name__)

Handle = Callable[[AsyncConnection, Sequence[Fact]], Awaitable[None]]


class DependencyAway(Exception):
    """The consumer's other store cannot be reached: the facts wait, none is at fault."""


@dataclass(frozen=True)
class Consumer:
    """Who takes which facts. `handle` runs in the transaction that moves the consumer's place in the log.

    `types` None means every fact. A handler whose effect lies outside PostgreSQL must bear repeats. Before each
    turn facts gather for `linger_seconds`: a turn costs about the same for one fact as for fifty.
    """

    name: str
    handle: Handle
    types: frozenset[str] | None = None
    facts_max: int = FACTS_A_TURN_MAX
    linger_seconds: float = LINGER_SECONDS
    _wake: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def wake(self) -> None:
        """There are new facts in the log."""
        self._wake.set()


async def register(connection: AsyncConnection, consumers: Sequence[Consumer], *, partitions: int) -> None:
    """Makes the log's partitions and gives each new consumer its place: the beginning."""
    for partition in range(partitions):
        row = upsert(LogPartition).values(partition=partition, next_offset=0)
        await connection.execute(row.on_conflict_do_nothing())
        for consumer in consumers:
            place = upsert(ConsumerOffset).values(consumer=consumer.name, partition=partition, next_offset=0)
            await connection.execute(place.on_conflict_do_nothing())


class ConsumerLoop:
    """Runs one consumer until cancelled; several processes may, each partition is taken by one at a time."""

    def __init__(self, database: Database, consumer: Consumer, *, poll_seconds: float = 1.0) -> None:
        self._database = database
        self._consumer = consumer
        self._poll_seconds = poll_seconds
        self._failures = 0
        # A counter that is born with its first fact shows no increase: it must be seen at zero before.
        counter("dlq_messages_total").labels(consumer.name)

    async def run(self) -> None:
        """Takes facts as they come; waits out what is away; puts aside what cannot be taken."""
        while True:
            self._consumer._wake.clear()
            try:
                last_try = self._failures + 1 >= FAILURES_MAX
                more = await self.turn(self._consumer.facts_max, apart=last_try) >= self._consumer.facts_max
                self._failures = 0
            except asyncio.CancelledError:
                raise
            except Exception as error:
                await self._after_failure(error)
                continue
            if not more:
                await self._wait()

    async def turn(self, facts_max: int, *, apart: bool = False) -> int:
        """One transaction: at most `facts_max` facts; how many were taken. `apart` puts aside those at fault."""
        consumer = self._consumer
        at_fault: list[tuple[Fact, Exception]] = []
        async with self._database.transaction() as connection:
            facts = [fact_of(row) for row in await _next_facts(connection, consumer.name, facts_max)]
            if not facts:
                return 0
            wanted = [fact for fact in facts if consumer.types is None or fact.type in consumer.types]
            if wanted and apart:
                at_fault = await self._take_apart(connection, wanted)
                await put_aside(connection, consumer.name, at_fault)
            elif wanted:
                await take(connection, consumer, wanted)
            await _move_on(connection, consumer.name, facts)
        for fact, _ in at_fault:
            counter("dlq_messages_total").labels(consumer.name).inc()
            log.error("fact_put_aside", consumer=consumer.name, event_id=str(fact.event_id))
        counter("consumer_events_total").labels(consumer.name, "applied").inc(len(wanted) - len(at_fault))
        counter("consumer_events_total").labels(consumer.name, "skipped").inc(len(facts) - len(wanted))
        return len(facts)

    async def _take_apart(
        self, connection: AsyncConnection, facts: Sequence[Fact]
    ) -> list[tuple[Fact, Exception]]:
        """Takes these very facts, halved until those at fault fail alone; each of them with its error.

        Not one by one from the log: there others come meanwhile, and under load the one at fault is never reached.
        """
        try:
            async with connection.begin_nested():
                await take(connection, self._consumer, facts)
            return []
        except Exception as error:
            if is_away(error):
                raise
            if len(facts) == 1:
                return [(facts[0], error)]
        middle = len(facts) // 2
        before = await self._take_apart(connection, facts[:middle])
        return before + await self._take_apart(connection, facts[middle:])

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._consumer._wake.wait(), self._poll_seconds)
        except TimeoutError:
            return
        await asyncio.sleep(self._consumer.linger_seconds)

    async def _after_failure(self, error: Exception) -> None:
        away = is_away(error)
        log.warning("consumer_failed", consumer=self._consumer.name, away=away, error=repr(error))
        self._failures += not away
        await asyncio.sleep(min(2.0, 0.1 * 2**self._failures))


async def take(connection: AsyncConnection, consumer: Consumer, facts: Sequence[Fact]) -> None:
    """Hands the facts to the consumer, in a span of each traced one's own trace."""
    with ExitStack() as spans:
        for fact in facts:
            spans.enter_context(tracing.continued(fact.traceparent, f"consume {consumer.name}"))
        await consumer.handle(connection, facts)


def is_away(error: Exception) -> bool:
    """Whether a store is missing, or kept busy by others, rather than a fact at fault."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _BUSY
    return isinstance(error, DependencyAway | OSError)


def _facts_ahead() -> Executable:
    place = ConsumerOffset
    facts_max = bindparam("facts_max", type_=Integer)
    ahead = (
        select(LogRow)
        .where(LogRow.partition == place.partition, LogRow.log_offset >= place.next_offset)
        .order_by(LogRow.log_offset)
        .limit(facts_max)
        .lateral("ahead")
    )
    return (
        select(*ahead.c)
        .select_from(place)
        .join(ahead, true())
        .where(place.consumer == bindparam("asked_consumer"))
        .with_for_update(of=place, skip_locked=True)
        .limit(facts_max)
    )


def _places_moved() -> Executable:
    reached = (
        func.unnest(
            bindparam("partitions", type_=ARRAY(Integer)), bindparam("offsets", type_=ARRAY(BigInteger))
        )
        .table_valued(column("partition", Integer), column("next_offset", BigInteger), name="reached")
        .render_derived()
    )
    return (
        update(ConsumerOffset)
        .where(
            ConsumerOffset.consumer == bindparam("asked_consumer"),
            ConsumerOffset.partition == reached.c.partition,
        )
        .values(next_offset=reached.c.next_offset, updated_at=func.now())
    )


# Built once: every consumer runs both many times a second.
_FACTS_AHEAD = _facts_ahead()
_PLACES_MOVED = _places_moved()


async def _next_facts(
    connection: AsyncConnection, consumer: str, facts_max: int
) -> list[Row[tuple[object, ...]]]:
    """The next facts of every partition this transaction could lock, each partition's in order."""
    asked = {"asked_consumer": consumer, "facts_max": facts_max}
    return list(await connection.execute(_FACTS_AHEAD, asked))


async def put_aside(
    connection: AsyncConnection, consumer: str, at_fault: Sequence[tuple[Fact, Exception]]
) -> None:
    """Keeps the whole facts with the errors, for `dead_facts` to take them again."""
    for fact, error in at_fault:
        dead = upsert(DeadFact).values(
            consumer=consumer, event_id=fact.event_id, reason=repr(error)[:2_000], fact_data=asdict(fact)
        )
        await connection.execute(dead.on_conflict_do_nothing())


async def _move_on(connection: AsyncConnection, consumer: str, facts: Sequence[Fact]) -> None:
    reached: dict[int, int] = {}
    for fact in facts:
        reached[fact.partition] = max(fact.log_offset + 1, reached.get(fact.partition, 0))
    asked = {"asked_consumer": consumer, "partitions": list(reached), "offsets": list(reached.values())}
    await connection.execute(_PLACES_MOVED, asked)


async def forget_consumed(connection: AsyncConnection) -> None:
    """Forgets applied facts that no log delivers again any more."""
    old = ConsumedEvent.consumed_at < func.now() - CONSUMED_KEPT
    await connection.execute(delete(ConsumedEvent).where(old))


async def lags(connection: AsyncConnection) -> dict[str, int]:
    """Facts in the log that each consumer has not taken yet; also set as `consumer_lag_events`."""
    behind = func.sum(LogPartition.next_offset - ConsumerOffset.next_offset)
    joined = select(ConsumerOffset.consumer, behind).join(
        LogPartition, LogPartition.partition == ConsumerOffset.partition
    )
    found = {
        name: int(lag) for name, lag in await connection.execute(joined.group_by(ConsumerOffset.consumer))
    }
    for name, lag in found.items():
        gauge("consumer_lag_events").labels(name).set(lag)
    return found
