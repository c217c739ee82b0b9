"""The fan-out: in order, harmless when repeated, patient when Redis is away, silent to no listener."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import Mock

import pytest
import pytest_asyncio

from casino.kit.consumers import DependencyAway
from casino.kit.database import Database
from casino.kit.outbox import Fact, facts_since
from casino.kit.redis import RedisClient, connect, presence_key, user_channel, user_stream
from casino.kit.settings import Settings
from casino.realtime import repository
from casino.realtime.envelope import unpack
from casino.realtime.jobs import fanout_consumer
from casino.realtime.service import online_count
from tests.realtime.hub_server import EXPANDERS
from tests.realtime.players import new_player, settle_rounds, until_fanned_out, until_logged

pytestmark = pytest.mark.usefixtures("fanout")


@pytest_asyncio.fixture
async def facts(database: Database, redis: RedisClient, settings: Settings) -> list[Fact]:
    """Five rounds of a user who has no socket, from the log."""
    player = await new_player(database, settings)
    await until_logged(database, player.user_id, await settle_rounds(database, redis, player.user_id, 5))
    await until_fanned_out(database)
    async with database.snapshot() as connection:
        return await facts_since(connection, user_id=player.user_id, event_no=0, facts_max=10)


async def fan_out(redis: RedisClient, facts: list[Fact]) -> None:
    """Hands the facts to the consumer, as its loop does."""
    await fanout_consumer(redis, EXPANDERS).handle(Mock(), facts)


@pytest_asyncio.fixture
async def channel(redis: RedisClient, facts: list[Fact]) -> AsyncIterator[Any]:
    """A subscription to the user's channel."""
    async with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(user_channel(facts[0].user_id))
        await pubsub.get_message(timeout=5)
        yield pubsub


async def passed_by(channel: Any, count: int) -> list[int]:
    """First numbers of so many envelopes on the channel, in the order in which they came."""
    heard: list[int] = []
    async with asyncio.timeout(10):
        while len(heard) < count:
            message = await channel.get_message(timeout=1)
            if message is not None:
                heard.append(unpack(message["data"]).first_id)
    return heard


async def test_nobody_listens_nothing_is_written(redis: RedisClient, facts: list[Fact]) -> None:
    """A user without a socket costs a question, and no stream."""
    await fan_out(redis, facts)
    assert not await redis.exists(user_stream(facts[0].user_id))


async def test_listener_hears_in_order_and_the_stream_keeps_it(
    redis: RedisClient, facts: list[Fact], channel: Any
) -> None:
    """Who subscribed hears each fact once; the stream holds it under its number, and ends by itself."""
    await fan_out(redis, facts)
    assert await passed_by(channel, 5) == [1, 5, 9, 13, 17]
    stream = user_stream(facts[0].user_id)
    entries: Any = await redis.xrange(stream)
    assert [entry for entry, _ in entries] == [b"1-0", b"5-0", b"9-0", b"13-0", b"17-0"]
    assert 0 < await redis.ttl(stream) <= 900


async def test_repeats_are_harmless(redis: RedisClient, facts: list[Fact], channel: Any) -> None:
    """A batch taken again after a crash adds nothing to the stream, and does not fail on what is there."""
    await fan_out(redis, facts[:3])
    await fan_out(redis, facts)
    assert await redis.xlen(user_stream(facts[0].user_id)) == 5
    assert await passed_by(channel, 8) == [1, 5, 9, 1, 5, 9, 13, 17]


async def test_stream_goes_on_for_who_was_here_lately(redis: RedisClient, facts: list[Fact]) -> None:
    """A user who left within five minutes will want to resume; one who left before that has PostgreSQL."""
    user_id = facts[0].user_id
    await repository.mark_seen(redis, {user_id})
    await fan_out(redis, facts[:1])
    assert await redis.xlen(user_stream(user_id)) == 1
    await redis.zincrby(presence_key(), -301, str(user_id))
    await fan_out(redis, facts)
    assert await redis.xlen(user_stream(user_id)) == 1


async def test_refusal_of_redis_is_waited_out(redis: RedisClient, facts: list[Fact], channel: Any) -> None:
    """When Redis takes no more writes (its memory is full), the facts wait instead of being put aside."""
    await redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(DependencyAway):
            await fan_out(redis, facts)
    finally:
        await redis.config_set("maxmemory", 0)
    await fan_out(redis, facts)
    assert await passed_by(channel, 5) == [1, 5, 9, 13, 17]


async def test_stream_in_disorder_silences_nobody(
    redis: RedisClient, facts: list[Fact], channel: Any
) -> None:
    """A key of another type, or numbers ahead of ours, cost the stream and never the message."""
    await redis.set(user_stream(facts[0].user_id), "in the way", ex=60)
    await fan_out(redis, facts[:2])
    await redis.delete(user_stream(facts[0].user_id))
    await redis.xadd(user_stream(facts[0].user_id), {"m": b""}, id="1000000-0")
    await fan_out(redis, facts[2:])
    assert await passed_by(channel, 5) == [1, 5, 9, 13, 17]


async def test_without_redis_facts_wait(facts: list[Fact]) -> None:
    """Nothing listens on this port; who is online is unknown then, not zero."""
    nobody = connect("redis://127.0.0.1:1/0")
    with pytest.raises(DependencyAway):
        await fan_out(nobody, facts)
    assert await online_count(nobody) is None


async def test_presence_counts_and_forgets(
    redis: RedisClient, database: Database, settings: Settings
) -> None:
    """Who is here counts once; who was not seen for five minutes is trimmed at the next write."""
    users = {(await new_player(database, settings)).user_id for _ in range(2)}
    gone = 2**41
    await redis.zadd(presence_key(), {str(gone): 1.0})
    before = await online_count(redis)
    await repository.mark_seen(redis, users)
    await repository.mark_seen(redis, users)
    assert before is not None and await online_count(redis) == before + 2
    assert await redis.zscore(presence_key(), str(gone)) is None
    assert 0 < await redis.ttl(presence_key()) <= 600
