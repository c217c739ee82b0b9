"""Tells the sequencer that facts were committed: outside the transaction, and at most once in a few milliseconds."""

import asyncio
from collections.abc import Callable

from casino.kit.redis import OUTBOX_WAKE_CHANNEL, RedisClient

COALESCE_SECONDS = 0.01


class Waker:
    """The committing side. Without Redis the sequencer's own poll finds the facts a little later."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._committed = asyncio.Event()

    def tell(self) -> None:
        """Something was committed."""
        self._committed.set()

    async def run(self) -> None:
        """Publishes until cancelled."""
        while True:
            await self._committed.wait()
            self._committed.clear()
            await self._redis.publish(OUTBOX_WAKE_CHANNEL, b"")
            await asyncio.sleep(COALESCE_SECONDS)


async def listen(redis: RedisClient, wake: Callable[[], None]) -> None:
    """The sequencer's side: calls `wake` at every signal, until the connection breaks."""
    async with redis.pubsub() as channel:
        await channel.subscribe(OUTBOX_WAKE_CHANNEL)
        while True:
            await channel.get_message(ignore_subscribe_messages=True, timeout=None)
            wake()
