"""The public figures: read once in five seconds by the whole casino, however many pages ask for them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal

from casino.home import repository
from casino.home.rules import RECENT_SECONDS
from casino.home.schemas import GlobalFigures
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.redis import GLOBAL_METRICS_KEY, GLOBAL_METRICS_SECONDS, RedisClient, RedisError

_LIFE = timedelta(seconds=GLOBAL_METRICS_SECONDS)
Origin = Literal["memory", "redis", "database"]
_AWAY = (RedisError, OSError, TimeoutError)


class PublicFigures:
    """The figures of one process, kept in memory and shared with the others through Redis.

    `online` counts users with an open socket; it may fail when Redis is away.
    """

    def __init__(
        self,
        database: Database,
        redis: RedisClient,
        *,
        online: Callable[[], Awaitable[int | None]],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._redis = redis
        self._online = online
        self._now = now
        self._known: GlobalFigures | None = None
        self._reading: asyncio.Task[tuple[GlobalFigures, Origin]] | None = None

    async def read(self) -> GlobalFigures:
        """The figures, at most five seconds old."""
        figures, _ = await self.look()
        return figures

    async def look(self) -> tuple[GlobalFigures, Origin]:
        """The figures and where they came from: this process, Redis, or the database (one round trip)."""
        if self._known is not None and not self._is_old(self._known):
            return self._known, "memory"
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._forget_reading)
        # Who stops waiting leaves the reading to the others.
        return await asyncio.shield(self._reading)

    async def _read(self) -> tuple[GlobalFigures, Origin]:
        shared = await self._shared()
        self._known = shared or await self._fresh()
        return self._known, "redis" if shared is not None else "database"

    def _forget_reading(self, reading: "asyncio.Task[tuple[GlobalFigures, Origin]]") -> None:
        self._reading = None
        if not reading.cancelled():
            # Those who waited were told; when all had left nobody need be.
            reading.exception()

    def _is_old(self, figures: GlobalFigures) -> bool:
        return self._now() - figures.generated_at >= _LIFE

    async def _shared(self) -> GlobalFigures | None:
        """What another process found out, if it is still young."""
        try:
            found = await self._redis.get(GLOBAL_METRICS_KEY)
        except _AWAY:
            return None
        figures = GlobalFigures.model_validate_json(found) if found else None
        return None if figures is None or self._is_old(figures) else figures

    async def _fresh(self) -> GlobalFigures:
        now = self._now()
        since = now.replace(second=0, microsecond=0) - timedelta(seconds=RECENT_SECONDS)
        async with self._database.snapshot() as connection:
            rounds, big_wins = await repository.activity_since(connection, since)
        figures = GlobalFigures(
            online_users=await self._online_users(),
            spins_last_hour=rounds,
            big_wins_last_hour=big_wins,
            generated_at=now,
        )
        with suppress(*_AWAY):
            await self._redis.set(GLOBAL_METRICS_KEY, figures.model_dump_json(), ex=GLOBAL_METRICS_SECONDS)
        return figures

    async def _online_users(self) -> int | None:
        try:
            return await self._online()
        except _AWAY:
            return None
