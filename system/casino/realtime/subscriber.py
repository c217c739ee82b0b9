"""The process's one pub/sub connection: a channel for each user with a socket here, and word of its loss."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

import structlog
from redis.asyncio.client import PubSub

from casino.kit.redis import RedisClient, RedisError, everybody_channel, floor_channel, user_channel
from casino.kit.tasks import running

CHANNELS_A_COMMAND_MAX = 1_000
QUIET_SECONDS_MAX = 5.0
# Also: with one channel always held the client library leaves reading to us; without, it reads answers itself.
EVERYBODY = everybody_channel()
FLOOR = floor_channel().encode()
RETRY_SECONDS_MAX = 1.0

log = structlog.get_logger(__name__)


class SilentRedis(ConnectionError):
    """Redis holds the connection and answers nothing."""


class Subscriber:
    """Calls `confirmed(user id)` when a user's channel is held for certain, again after each reconnect,
    `received(user id, message)` for what comes by, `announced(message)` for what is for everybody, `watched(message)`
    for what happens in all games while `watch_floor` is on, and `lost()` when the connection broke.
    """

    def __init__(
        self,
        redis: RedisClient,
        *,
        confirmed: Callable[[int], None],
        received: Callable[[int, bytes], None],
        announced: Callable[[bytes], None],
        watched: Callable[[bytes], None],
        lost: Callable[[], None],
    ) -> None:
        self._redis = redis
        self._confirmed = confirmed
        self._received = received
        self._announced = announced
        self._watched = watched
        self._lost = lost
        self._users: dict[bytes, int] = {}
        self._shared: set[bytes] = set()
        self._asked: set[bytes] = set()
        self._awaited: Counter[bytes] = Counter()
        self._changed = asyncio.Event()
        self.connected = False

    def want(self, user_id: int) -> None:
        """Hold this user's channel from now on."""
        channel = user_channel(user_id).encode()
        self._users[channel] = user_id
        if channel in self._asked:
            if not self._awaited[channel]:
                self._confirmed(user_id)
        else:
            self._changed.set()

    def leave(self, user_id: int) -> None:
        """Its last socket here is gone."""
        del self._users[user_channel(user_id).encode()]
        self._changed.set()

    def watch_floor(self, on: bool) -> None:
        """Hold the channel of all games from now on, or leave it."""
        (self._shared.add if on else self._shared.discard)(FLOOR)
        self._changed.set()

    async def run(self) -> None:
        """Keeps the connection until cancelled."""
        while True:
            try:
                async with self._redis.pubsub() as channels:
                    self._start_over()
                    await channels.subscribe(EVERYBODY)
                    async with running({"realtime.ask": partial(self._ask, channels)}):
                        await self._listen(channels)
            except (RedisError, OSError) as broken:
                log.warning("realtime_channel_lost", error=repr(broken))
            if self.connected:
                self.connected = False
                self._lost()
            await asyncio.sleep(random.uniform(0.1, RETRY_SECONDS_MAX))

    def _start_over(self) -> None:
        self._asked.clear()
        self._awaited.clear()
        self._changed.set()

    async def _ask(self, channels: PubSub) -> None:
        """Subscribes to what is wanted and not held, and leaves what is held and not wanted."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            for more in _portions((self._users.keys() | self._shared) - self._asked):
                self._asked.update(more)
                self._awaited.update(more)
                await channels.subscribe(*more)
            for fewer in _portions(self._asked - self._users.keys() - self._shared):
                self._asked.difference_update(fewer)
                await channels.unsubscribe(*fewer)

    async def _listen(self, channels: PubSub) -> None:
        loop = asyncio.get_running_loop()
        heard = loop.time()
        while True:
            message = await channels.get_message(timeout=QUIET_SECONDS_MAX)
            if message is None:
                if loop.time() - heard > 2 * QUIET_SECONDS_MAX:
                    raise SilentRedis("no word from Redis on the subscribed connection")
                await channels.ping()
                continue
            heard = loop.time()
            self.connected = True
            self._take(message["type"], message["channel"], message["data"])

    def _take(self, kind: str, channel: bytes, data: bytes) -> None:
        user_id = self._users.get(channel)
        if kind == "message" and user_id is not None:
            self._received(user_id, data)
        elif kind == "message" and channel == EVERYBODY.encode():
            self._announced(data)
        elif kind == "message" and channel == FLOOR:
            self._watched(data)
        elif kind == "subscribe":
            self._awaited[channel] -= 1
            # An older answer says nothing about a channel that was left and asked for again.
            if user_id is not None and not self._awaited[channel]:
                self._confirmed(user_id)


def _portions(channels: Iterable[bytes]) -> list[list[bytes]]:
    every, size = list(channels), CHANNELS_A_COMMAND_MAX
    return [every[start : start + size] for start in range(0, len(every), size)]
