"""All sockets of one process: who is here, what they hear, and how they leave when the process does."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import orjson
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.websockets import WebSocket

from casino.identity.service import Principal, Revoked, TokenChecker
from casino.kit.database import Database
from casino.kit.errors import Unavailable
from casino.kit.metrics import gauge
from casino.kit.redis import RedisClient, RedisError
from casino.kit.tasks import running
from casino.kit.telemetry import pseudonym
from casino.realtime import repository, rules
from casino.realtime.backlog import Backlog
from casino.realtime.connection import Connection, Snapshot, View, farewell, refusal, show_all
from casino.realtime.envelope import Expanders, unpack
from casino.realtime.feed import Feed
from casino.realtime.rules import CloseCode, Closing
from casino.realtime.subscriber import Subscriber

SWEEP_SECONDS = 1.0
PRESENCE_EVERY_SECONDS = 60.0
FRESH_SECONDS_MAX = 1.0
HEADS_A_QUERY_MAX = 500
DRAIN_SECONDS_MAX = 4.0
ANNOUNCEMENTS_MAX = 100

log = structlog.get_logger(__name__)
Declining = Callable[[Collection[int], Any], Awaitable[Collection[int]]]


class Hub:
    """Run `run` while the process serves. `snapshot` gives a user's whole state, for who cannot resume.

    `expanders` says for each type of fact how sockets hear it: the same map that the fan-out was given.
    `declining` says who of these users does not want to hear of such a kind of announcement.
    """

    def __init__(
        self,
        *,
        database: Database,
        redis: RedisClient,
        checker: TokenChecker,
        snapshot: Snapshot,
        expanders: Expanders,
        declining: Declining,
    ) -> None:
        self._declining = declining
        self._announcements: asyncio.Queue[bytes] = asyncio.Queue(ANNOUNCEMENTS_MAX)
        self._redis = redis
        self._revocations = checker.revocations
        self._view = View(snapshot, show_all)
        self._backlog = Backlog(database, redis, expanders)
        self._feeds: dict[int, Feed] = {}
        self._sockets: set[Connection] = set()
        self._sockets_of: dict[int, set[Connection]] = {}
        self._watching: set[Connection] = set()
        self._stale: set[int] = set()
        self._look = asyncio.Event()
        self._unseen: set[int] = set()
        self._draining = False
        self._empty = asyncio.Event()
        self._subscriber = Subscriber(
            redis,
            confirmed=self._refresh_later,
            received=self._receive,
            announced=self._take_announcement,
            watched=self._show_floor,
            lost=self._lose_touch,
        )
        self._revocations.on_revoked(self.revoke)

    async def run(self) -> None:
        """Keeps the hub in touch until cancelled."""
        loops = {
            "subscriber": self._subscriber.run,
            "refresh": self._refresh,
            "sweep": self._sweep,
            "announce": self._announce,
        }
        async with running({f"realtime.{name}": loop for name, loop in loops.items()}):
            await asyncio.Event().wait()

    async def serve(
        self,
        socket: WebSocket,
        principal: Principal,
        resume_after: int | None,
        *,
        view: View | None = None,
    ) -> None:
        """Serves an accepted socket until it ends, showing all or what `view` shows; returns when it is closed."""
        try:
            closing = self._turn_away(principal)
        except Unavailable as starting:
            closing = refusal(starting)
        if closing is not None:
            await farewell(socket, closing)
            return
        feed = self._feeds.get(principal.user_id) or self._open_feed(principal.user_id)
        connection = Connection(socket, principal, feed, self._backlog, view or self._view)
        self._add(connection)
        try:
            await self._know_head(feed)
            await connection.run(resume_after)
        except Exception as error:
            await farewell(socket, refusal(error))
        finally:
            self._remove(connection)

    def revoke(self, revoked: Revoked) -> None:
        """Ends the sockets that were opened with these tokens."""
        for connection in self._sockets_of.get(revoked.user_id, ()):
            if revoked.covers(connection.principal):
                connection.close(Closing(CloseCode.UNAUTHENTICATED, "token_revoked"))

    async def drain(self) -> None:
        """Sends every socket away, each to come back at its own moment; waits for them, 4 s at most."""
        self._draining = True
        seconds = rules.return_seconds(len(self._sockets))
        for connection in self._sockets:
            connection.close(rules.come_back(CloseCode.RESTARTING, seconds, random.random()))
        try:
            async with asyncio.timeout(DRAIN_SECONDS_MAX):
                while self._sockets:
                    self._empty.clear()
                    await self._empty.wait()
        except TimeoutError:
            log.warning("sockets_left_at_drain", sockets=len(self._sockets))

    def _turn_away(self, principal: Principal) -> Closing | None:
        if self._draining:
            return rules.come_back(CloseCode.RESTARTING, 1.0, random.random())
        if self._revocations.is_revoked(principal):
            return Closing(CloseCode.UNAUTHENTICATED, "token_revoked")
        if len(self._sockets_of.get(principal.user_id, ())) >= rules.SOCKETS_A_USER_MAX:
            return Closing(CloseCode.TOO_MANY_SOCKETS, "too_many_sockets")
        if len(self._sockets) >= rules.SOCKETS_A_PROCESS_MAX:
            return rules.come_back(CloseCode.TRY_LATER, 5.0, random.random())
        return None

    def _open_feed(self, user_id: int) -> Feed:
        feed = self._feeds[user_id] = Feed(user_id)
        self._subscriber.want(user_id)
        return feed

    def _add(self, connection: Connection) -> None:
        user_id = connection.principal.user_id
        self._sockets.add(connection)
        self._sockets_of.setdefault(user_id, set()).add(connection)
        connection.feed.listeners.add(connection)
        if connection.watches:
            self._watching.add(connection)
            self._subscriber.watch_floor(True)
        self._unseen.add(user_id)
        gauge("ws_active_connections").inc()
        log.info("socket_opened", user=pseudonym(user_id), session_id=connection.session_id)

    def _remove(self, connection: Connection) -> None:
        user_id = connection.principal.user_id
        self._sockets.remove(connection)
        self._sockets_of[user_id].remove(connection)
        connection.feed.listeners.remove(connection)
        self._watching.discard(connection)
        if not self._watching:
            self._subscriber.watch_floor(False)
        if not connection.feed.listeners:
            del self._sockets_of[user_id], self._feeds[user_id]
            self._subscriber.leave(user_id)
        if not self._sockets:
            self._empty.set()
        gauge("ws_active_connections").dec()
        log.info("socket_closed", user=pseudonym(user_id), session_id=connection.session_id)

    async def _know_head(self, feed: Feed) -> None:
        """Waits until nothing of the user can pass by unheard; without Redis, learns where the log ends."""
        if self._subscriber.connected:
            try:
                async with asyncio.timeout(FRESH_SECONDS_MAX):
                    await feed.fresh.wait()
                    return
            except TimeoutError:
                pass
        feed.advance((await self._backlog.heads([feed.user_id]))[feed.user_id])

    def _receive(self, user_id: int, packed: bytes) -> None:
        feed = self._feeds.get(user_id)
        if feed is None:
            return
        try:
            feed.arrive(unpack(packed))
        except ValueError as error:
            # An older or newer process wrote it; the log has what it meant.
            log.warning("envelope_unreadable", user=pseudonym(user_id), error=repr(error))
            self._refresh_later(user_id)

    def _show_floor(self, packed: bytes) -> None:
        texts = packed.decode().split("\n")
        for connection in self._watching:
            connection.watch(texts)

    def _take_announcement(self, packed: bytes) -> None:
        try:
            self._announcements.put_nowait(packed)
        except asyncio.QueueFull:
            # It is in every inbox; only the word that it is there is lost.
            log.warning("announcement_dropped")

    async def _announce(self) -> None:
        """Tells every socket here what is for everybody, but for users who declined to hear such things."""
        while True:
            data = orjson.loads(await self._announcements.get())
            try:
                deaf = await self._declining(list(self._sockets_of), data["kind"])
            except (SQLAlchemyError, OSError) as error:
                log.warning("announcement_dropped", error=repr(error))
                continue
            for connection in self._sockets:
                if connection.principal.user_id not in deaf:
                    connection.announce(data)

    def _lose_touch(self) -> None:
        for feed in self._feeds.values():
            feed.fresh.clear()

    def _refresh_later(self, user_id: int) -> None:
        self._stale.add(user_id)
        self._look.set()

    async def _refresh(self) -> None:
        """Asks the log where users' events end, after their channels were confirmed: many users a query."""
        while True:
            await self._look.wait()
            self._look.clear()
            users = [self._stale.pop() for _ in range(min(HEADS_A_QUERY_MAX, len(self._stale)))]
            try:
                heads = await self._backlog.heads(users)
            except (SQLAlchemyError, OSError) as error:
                log.warning("heads_unknown", users=len(users), error=repr(error))
                self._stale.update(users)
                await asyncio.sleep(0.5)
                heads = {}
            for user_id, head in heads.items():
                feed = self._feeds.get(user_id)
                if feed is not None:
                    feed.advance(head)
                    feed.fresh.set()
            if self._stale:
                self._look.set()

    async def _sweep(self) -> None:
        """Once a second: ends and pings sockets whose time has come, and notes who is here."""
        noted_at = time.monotonic()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now, wall = time.monotonic(), time.time()
            for connection in self._sockets:
                connection.tick(now, wall)
            if now - noted_at >= PRESENCE_EVERY_SECONDS:
                noted_at = now
                self._unseen.update(self._feeds)
            await self._note_presence()

    async def _note_presence(self) -> None:
        if not self._unseen:
            return
        seen, self._unseen = self._unseen, set()
        try:
            await repository.mark_seen(self._redis, seen)
        except (RedisError, OSError):
            # They are marked again within a minute; until then the count of who is online is short.
            log.info("presence_not_noted")
