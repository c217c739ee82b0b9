"""The subscribed connection: what it holds, what it notices, and that it ends when told."""

import asyncio
import random

from casino.kit.redis import RedisClient, connect, floor_channel, user_channel
from casino.kit.settings import Settings
from casino.kit.tasks import cancel
from casino.realtime.subscriber import Subscriber

SEED = 7


class Notes:
    """What a subscriber reported."""

    def __init__(self, redis: RedisClient) -> None:
        self.confirmed: list[int] = []
        self.received: list[tuple[int, bytes]] = []
        self.announced: list[bytes] = []
        self.watched: list[bytes] = []
        self.lost = 0
        self.subscriber = Subscriber(
            redis,
            confirmed=self.confirmed.append,
            received=self._receive,
            announced=self.announced.append,
            watched=self.watched.append,
            lost=self._lose,
        )

    def _receive(self, user_id: int, message: bytes) -> None:
        self.received.append((user_id, message))

    def _lose(self) -> None:
        self.lost += 1


async def test_a_cut_is_noticed_and_mended(redis: RedisClient, settings: Settings) -> None:
    """A connection that Redis drops is reported, and each channel is confirmed again before it is relied on."""
    own = connect(settings.redis_url.get_secret_value())
    notes = Notes(own)
    running = asyncio.create_task(notes.subscriber.run())
    for user_id in (1_000_001, 1_000_002):
        notes.subscriber.want(user_id)
    async with asyncio.timeout(20):
        while len(notes.confirmed) < 2:
            await asyncio.sleep(0.01)
        await redis.publish(user_channel(1_000_001), b"before")
        while not notes.received:
            await asyncio.sleep(0.01)
        await redis.client_kill_filter(_type="pubsub")
        while len(notes.confirmed) < 4:
            await asyncio.sleep(0.01)
        await redis.publish(user_channel(1_000_002), b"after")
        while len(notes.received) < 2:
            await asyncio.sleep(0.01)
    await cancel({running})
    await own.aclose()
    assert notes.lost == 1
    assert sorted(notes.confirmed) == [1_000_001, 1_000_001, 1_000_002, 1_000_002]
    assert notes.received == [(1_000_001, b"before"), (1_000_002, b"after")]


async def test_asking_again_before_the_answer_waits_for_the_last(redis: RedisClient) -> None:
    """The answer to an earlier question says nothing about a channel that was left and asked for again."""
    notes = Notes(redis)
    subscriber, channel = notes.subscriber, user_channel(7).encode()
    subscriber.want(7)
    subscriber._awaited[channel] = 2
    subscriber._take("subscribe", channel, b"1")
    assert notes.confirmed == []
    subscriber._take("subscribe", channel, b"1")
    assert notes.confirmed == [7]


async def test_it_ends_whenever_it_is_cancelled(settings: Settings) -> None:
    """Also in the middle of a command, whose library may keep the cancellation for itself."""
    chance = random.Random(SEED)
    for turn in range(60):
        own = connect(settings.redis_url.get_secret_value() if turn % 3 else "redis://127.0.0.1:1/0")
        subscriber = Notes(own).subscriber
        for user_id in range(chance.randint(0, 4)):
            subscriber.want(user_id + 1)
        running = asyncio.create_task(subscriber.run())
        await asyncio.sleep(chance.choice([0, 0.001, 0.003, 0.01, 0.05]))
        if user_id := next(iter(subscriber._users.values()), 0):
            subscriber.leave(user_id)
            await asyncio.sleep(chance.choice([0, 0.001]))
        async with asyncio.timeout(5):
            await cancel({running})
        await own.aclose()


async def test_the_floor_is_held_while_somebody_watches(redis: RedisClient, settings: Settings) -> None:
    """What happens in all games comes by from the moment it is asked for, and no longer after it is left."""
    own = connect(settings.redis_url.get_secret_value())
    notes = Notes(own)
    running = asyncio.create_task(notes.subscriber.run())
    async with asyncio.timeout(20):
        notes.subscriber.watch_floor(True)
        while not await redis.publish(floor_channel(), b"round"):
            await asyncio.sleep(0.01)
        while not notes.watched:
            await asyncio.sleep(0.01)
        notes.subscriber.watch_floor(False)
        while await redis.publish(floor_channel(), b"later"):
            await asyncio.sleep(0.01)
    await cancel({running})
    await own.aclose()
    assert notes.watched[0] == b"round" and not notes.announced
