"""Ends access tokens before they expire: PostgreSQL decides, and every process knows within a second."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import repository
from casino.identity.principal import Principal
from casino.kit.database import Database
from casino.kit.errors import Unavailable
from casino.kit.redis import RedisClient, RedisError, revocations_channel
from casino.kit.telemetry import pseudonym

# Half of the second in which a token must die everywhere when Redis brings no word.
POLL_SECONDS = 0.5
# A server that no longer answers is left for a new connection.
POLL_SECONDS_MAX = 3.0
# Longer than a transaction may idle or run: a row is seen even if it was committed long after it was written.
OVERLAP = timedelta(seconds=45)

log = structlog.get_logger(__name__)


class Revoked(NamedTuple):
    """Dead tokens of `user_id`: those of session `sid`, or without one all issued before `not_before`."""

    user_id: int
    sid: str | None
    not_before: float

    def covers(self, principal: Principal) -> bool:
        """Whether the token that this principal came with is among them."""
        if principal.user_id != self.user_id:
            return False
        return principal.sid == self.sid if self.sid is not None else principal.issued_at < self.not_before


class Revocations:
    """What one process knows of dead tokens. `token_seconds` is how long an access token lives."""

    def __init__(self, database: Database, redis: RedisClient, *, token_seconds: int) -> None:
        self._database = database
        self._redis = redis
        self._kept = timedelta(seconds=token_seconds) + OVERLAP
        self._sessions: dict[str, float] = {}
        self._users: dict[int, float] = {}
        self._listeners: list[Callable[[Revoked], None]] = []
        self._polled_at: datetime | None = None
        self.loaded = asyncio.Event()
        self._forget_at = datetime.min.replace(tzinfo=UTC)
        self._wake = asyncio.Event()

    def is_revoked(self, principal: Principal) -> bool:
        """Whether the token that this principal came with is dead; Unavailable before the first look."""
        if self._polled_at is None:
            raise Unavailable("This process is still starting; try again.", retry_after_seconds=1)
        if principal.sid in self._sessions:
            return True
        not_before = self._users.get(principal.user_id)
        return not_before is not None and principal.issued_at < not_before

    def on_revoked(self, listener: Callable[[Revoked], None]) -> None:
        """Calls `listener` once for every revocation that this process learns of."""
        self._listeners.append(listener)

    def learn(self, revoked: Iterable[Revoked]) -> None:
        """Takes in revocations that are committed; known ones change nothing."""
        for one in revoked:
            if self._is_known(one):
                continue
            if one.sid is not None:
                self._sessions[one.sid] = one.not_before
            else:
                self._users[one.user_id] = one.not_before
            for listener in self._listeners:
                listener(one)

    async def announce(self, revoked: Revoked) -> None:
        """Spreads a revocation just committed: at once here, by a nudge to look in all other processes."""
        self.learn([revoked])
        try:
            await self._redis.publish(revocations_channel(), "1")
        except (RedisError, OSError, TimeoutError):
            log.info("revocation_left_to_poll", user=pseudonym(revoked.user_id))

    async def refresh(self) -> None:
        """Takes in what PostgreSQL holds now."""
        async with self._database.snapshot() as connection:
            await self._poll(connection)

    async def run(self) -> None:
        """Keeps up until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll_forever())
            tasks.create_task(self._listen_forever())

    async def _poll_forever(self) -> None:
        """Polls on a connection it keeps: a crowd waiting for the pool must not keep a dead token alive."""
        while True:
            try:
                async with self._database.snapshot() as connection:
                    while True:
                        async with asyncio.timeout(POLL_SECONDS_MAX):
                            await self._poll(connection)
                        await self._nudge(POLL_SECONDS)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("revocations_poll_failed", error=repr(error))
                await asyncio.sleep(POLL_SECONDS)

    async def _nudge(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()

    async def _poll(self, connection: AsyncConnection) -> None:
        now, rows = await repository.revocations_since(connection, self._polled_at, kept=self._kept)
        self.learn(
            Revoked(row.user_id, row.session_id and str(row.session_id), row.not_before.timestamp())
            for row in rows
        )
        self._polled_at = now - OVERLAP
        self.loaded.set()
        if now >= self._forget_at:
            self._forget(before=(now - self._kept).timestamp())
            self._forget_at = now + OVERLAP

    async def _listen_forever(self) -> None:
        """A nudge on the channel makes the next poll come now."""
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(revocations_channel())
                    while True:
                        if await channel.get_message(timeout=30.0) is not None:
                            self._wake.set()
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(1.0)

    def _is_known(self, revoked: Revoked) -> bool:
        if revoked.sid is not None:
            return revoked.sid in self._sessions
        return self._users.get(revoked.user_id, 0.0) >= revoked.not_before

    def _forget(self, *, before: float) -> None:
        """Drops what ended tokens that have expired since."""
        self._sessions = {sid: moment for sid, moment in self._sessions.items() if moment >= before}
        self._users = {user_id: moment for user_id, moment in self._users.items() if moment >= before}
