"""The fact log: nothing lost, nothing twice, each user's order kept, poison put aside."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit import consumers
from casino.kit.consumers import Consumer, ConsumerLoop, DependencyAway
from casino.kit.database import Database
from casino.kit.log import Sequencer
from casino.kit.models import DeadFact, LogRow
from casino.kit.outbox import Fact, append_fact, facts_since
from casino.wallet.service import reserve_events
from tests.factories.players import a_player

PARTITIONS = 4


async def tell(database: Database, user_id: int, words: Sequence[str]) -> None:
    """Commits one fact a word, each in a transaction of its own."""
    for word in words:
        async with database.transaction() as connection:
            event_no = await reserve_events(connection, user_id, 1)
            await append_fact(
                connection,
                type="test.told",
                user_id=user_id,
                event_no=event_no,
                messages=1,
                data={"word": word},
            )


async def sequenced(database: Database) -> None:
    """Moves everything into the log."""
    async with database.transaction() as connection:
        await consumers.register(connection, [], partitions=PARTITIONS)
    sequencer = Sequencer(database, partitions=PARTITIONS, on_facts=lambda: None)
    while await sequencer.turn():
        pass


def a_consumer(name: str, seen: list[Fact], user_id: int) -> Consumer:
    """Remembers the facts of one user."""

    async def handle(_: AsyncConnection, facts: Sequence[Fact]) -> None:
        seen.extend(fact for fact in facts if fact.user_id == user_id)

    return Consumer(name, handle, frozenset({"test.told"}))


async def caught_up(database: Database, consumer: Consumer) -> None:
    """Runs a consumer to the end of the log, from its beginning if it is new."""
    async with database.transaction() as connection:
        await consumers.register(connection, [consumer], partitions=PARTITIONS)
    loop = ConsumerLoop(database, consumer)
    while await loop.turn(500):
        pass


async def test_each_fact_comes_once_and_in_order(database: Database) -> None:
    """Facts of concurrent writers reach a consumer once, each user's in the order of its event numbers."""
    user = await a_player(database)
    others = [await a_player(database) for _ in range(3)]
    words = [str(number) for number in range(30)]
    await asyncio.gather(tell(database, user, words), *(tell(database, other, words) for other in others))
    await sequenced(database)
    seen: list[Fact] = []
    await caught_up(database, a_consumer("test.once", seen, user))
    assert [fact.data["word"] for fact in seen] == words
    assert [fact.event_no for fact in seen] == sorted(fact.event_no for fact in seen)


async def test_a_late_commit_is_not_lost(database: Database) -> None:
    """A fact whose transaction took its id early and committed late is still delivered."""
    early, late = await a_player(database), await a_player(database)
    async with database.transaction() as slow:
        event_no = await reserve_events(slow, late, 1)
        await append_fact(
            slow, type="test.told", user_id=late, event_no=event_no, messages=1, data={"word": "late"}
        )
        await tell(database, early, ["early"])
        await sequenced(database)
    await sequenced(database)
    seen: list[Fact] = []
    await caught_up(database, a_consumer("test.late", seen, late))
    assert [fact.data["word"] for fact in seen] == ["late"]


async def test_two_sequencers_leave_no_gap(database: Database) -> None:
    """Racing sequencers give dense offsets to every partition."""
    users = [await a_player(database) for _ in range(4)]
    await sequenced(database)
    await asyncio.gather(*(tell(database, user, ["a", "b", "c"] * 10) for user in users))
    pair = [Sequencer(database, partitions=PARTITIONS, on_facts=lambda: None) for _ in range(2)]
    for _ in range(10):
        await asyncio.gather(*(one.turn() for one in pair))
    async with database.snapshot() as connection:
        gaps = await connection.scalar(
            text(
                "SELECT count(*) FROM (SELECT log_offset - lag(log_offset) OVER (PARTITION BY partition "
                "ORDER BY log_offset) AS step FROM fact_log) AS steps WHERE step <> 1"
            )
        )
        waiting = await connection.scalar(text("SELECT count(*) FROM outbox"))
    assert (gaps, waiting) == (0, 0)


async def test_a_failed_effect_moves_no_offset(database: Database) -> None:
    """Effect and place in the log are one transaction: after a failure the facts come again."""
    user = await a_player(database)
    await tell(database, user, ["again"])
    await sequenced(database)
    seen: list[Fact] = []
    failing = True

    async def handle(_: AsyncConnection, facts: Sequence[Fact]) -> None:
        mine = [fact for fact in facts if fact.user_id == user]
        if mine and failing:
            raise DependencyAway("planted")
        seen.extend(mine)

    consumer = Consumer("test.retry", handle, frozenset({"test.told"}))
    async with database.transaction() as connection:
        await consumers.register(connection, [consumer], partitions=PARTITIONS)
    loop = ConsumerLoop(database, consumer)
    with pytest.raises(DependencyAway):
        while await loop.turn(500):
            pass
    failing = False
    while await loop.turn(500):
        pass
    assert [fact.data["word"] for fact in seen] == ["again"]


async def test_poison_is_put_aside_and_the_rest_goes_on(database: Database) -> None:
    """A fact that always fails ends in the dead facts with its reason; its neighbours are applied."""
    user = await a_player(database)
    await tell(database, user, ["good", "poison", "better"])
    await sequenced(database)
    seen: list[str] = []

    async def handle(_: AsyncConnection, facts: Sequence[Fact]) -> None:
        words = [fact.data["word"] for fact in facts if fact.user_id == user]
        if "poison" in words:
            raise ValueError("cannot swallow this")
        seen.extend(words)

    consumer = Consumer("test.poison", handle, frozenset({"test.told"}))
    async with database.transaction() as connection:
        await consumers.register(connection, [consumer], partitions=PARTITIONS)
    running = asyncio.create_task(ConsumerLoop(database, consumer, poll_seconds=0.01).run())
    async with asyncio.timeout(60):
        while "better" not in seen:
            await asyncio.sleep(0.05)
    running.cancel()
    async with database.snapshot() as connection:
        dead = (
            await connection.scalars(select(DeadFact.reason).where(DeadFact.consumer == "test.poison"))
        ).all()
    assert seen == ["good", "better"]
    assert len(dead) == 1 and "cannot swallow this" in dead[0]


async def test_poison_is_found_at_once_though_facts_keep_coming(database: Database) -> None:
    """Each fact taken brings another of a partition read before the poison's: it is reached all the same."""
    users = sorted([await a_player(database) for _ in range(PARTITIONS)], key=lambda user: user % PARTITIONS)
    busy, poisoned = users[0], users[-1]
    await tell(database, poisoned, ["good", "poison", "better"])
    await tell(database, busy, ["first"])
    await sequenced(database)
    seen: list[str] = []
    met = more = 0

    async def handle(_: AsyncConnection, facts: Sequence[Fact]) -> None:
        nonlocal met, more
        words = [fact.data["word"] for fact in facts if fact.user_id == poisoned]
        if "poison" in words:
            met += 1
            raise ValueError("cannot swallow this")
        seen.extend(words)
        if more < 500 and any(fact.user_id == busy for fact in facts):
            more += 1
            await tell(database, busy, ["more"])
            await sequenced(database)

    consumer = Consumer("test.crowd", handle, frozenset({"test.told"}))
    async with database.transaction() as connection:
        await consumers.register(connection, [consumer], partitions=PARTITIONS)
    running = asyncio.create_task(ConsumerLoop(database, consumer, poll_seconds=0.01).run())
    async with asyncio.timeout(60):
        while "better" not in seen:
            await asyncio.sleep(0.05)
    running.cancel()
    halvings = consumer.facts_max.bit_length()
    assert seen[-2:] == ["good", "better"]
    assert met <= consumers.FAILURES_MAX + halvings


async def test_a_lock_that_somebody_holds_puts_no_fact_aside(database: Database) -> None:
    """However often the consumer gives up waiting: the fact is at no fault, and is taken when the lock is gone."""
    user = await a_player(database)
    await tell(database, user, ["patience"])
    await sequenced(database)
    tries, seen = 0, False

    async def handle(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        nonlocal tries, seen
        if any(fact.user_id == user for fact in facts):
            tries += 1
            await connection.execute(text("SET LOCAL lock_timeout = '5ms'"))
            await connection.execute(text(f"SELECT 1 FROM wallets WHERE user_id = {user} FOR UPDATE"))
            seen = True

    consumer = Consumer("test.patience", handle, frozenset({"test.told"}))
    async with database.transaction() as connection:
        await consumers.register(connection, [consumer], partitions=PARTITIONS)
    async with asyncio.timeout(60):
        async with database.transaction() as holder:
            await holder.execute(text(f"SELECT 1 FROM wallets WHERE user_id = {user} FOR UPDATE"))
            running = asyncio.create_task(ConsumerLoop(database, consumer, poll_seconds=0.01).run())
            while tries <= 2 * consumers.FAILURES_MAX:
                await asyncio.sleep(0.05)
        while not seen:
            await asyncio.sleep(0.05)
    running.cancel()
    async with database.snapshot() as connection:
        dead = select(DeadFact.reason).where(DeadFact.consumer == "test.patience")
        assert (await connection.scalars(dead)).all() == []


async def test_what_a_user_missed_can_be_read_again(database: Database) -> None:
    """Facts since an event number come back from the log in order, bounded as asked."""
    user = await a_player(database)
    await tell(database, user, ["one", "two", "three"])
    await sequenced(database)
    async with database.snapshot() as connection:
        facts = await facts_since(connection, user_id=user, event_no=2, facts_max=10)
        whole = (await connection.scalars(select(LogRow.event_no).where(LogRow.user_id == user))).all()
    assert [fact.data["word"] for fact in facts] == ["two", "three"]
    assert sorted(whole) == [1, 2, 3, 4]
