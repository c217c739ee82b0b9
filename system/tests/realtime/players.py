"""Players with sockets: what each one heard, and rounds for them to hear of."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from casino.games.facts import ROUND_MESSAGES, ROUND_SETTLED
from casino.identity.rules.ranks import Role
from casino.identity.tokens import Tokens
from casino.kit.clock import utc_now
from casino.kit.consumers import lags
from casino.kit.database import Database
from casino.kit.ids import uuid7
from casino.kit.outbox import append_fact
from casino.kit.redis import OUTBOX_WAKE_CHANNEL, RedisClient
from casino.kit.settings import Settings
from casino.realtime.jobs import CONSUMER
from casino.realtime.repository import heads
from casino.wallet.service import reserve_events
from tests.factories.players import a_player

HEAR_SECONDS_MAX = 20.0
STORY = ["game_event", "profile_update", "stats_update", "user_action"]


@dataclass
class Player:
    """A user and what their client has kept: everything heard, and the last event's number."""

    user_id: int
    token: str
    heard: list[dict[str, Any]] = field(default_factory=list)
    last_id: int | None = None

    @property
    def ids(self) -> list[int]:
        """The numbers of all events heard, snapshots left out."""
        return [m["id"] for m in self.heard if m["id"] is not None and m["type"] != "initial_state"]

    @asynccontextmanager
    async def socket(self, port: int, **options: Any) -> AsyncIterator[ClientConnection]:
        """A socket that resumes where the player is; greets and is heard before the block begins."""
        query = f"?token={self.token}" + ("" if self.last_id is None else f"&last_event_id={self.last_id}")
        async with connect(address(port, query), max_size=None, **options) as socket:
            await self.hear(socket)
            yield socket

    async def hear(self, socket: ClientConnection) -> dict[str, Any]:
        """The next message, kept; a ping is answered."""
        message: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), HEAR_SECONDS_MAX))
        self.heard.append(message)
        if message["id"] is not None:
            self.last_id = message["id"]
        if message["type"] == "ping":
            await socket.send('{"type":"pong"}')
        return message

    async def hear_until(self, socket: ClientConnection, event_id: int) -> None:
        """Listens until the event of this number has come."""
        while self.last_id is None or self.last_id < event_id:
            await self.hear(socket)


def address(port: int, query: str = "") -> str:
    """Where the hub is."""
    return f"ws://127.0.0.1:{port}/api/realtime/sync{query}"


async def new_player(database: Database, settings: Settings) -> Player:
    """A user with a good token, to whom nothing has happened yet: not even a gift of gold."""
    user_id = await a_player(database, gold=0)
    return Player(user_id, a_token(settings, user_id))


def a_token(settings: Settings, user_id: int, *, sid: str | None = None, role: Role = "user") -> str:
    """An access token as log-in gives it."""
    sid = sid or str(uuid7())
    return Tokens(settings).access(user_id=user_id, sid=sid, rank="STANDARD", role=role, issued_at=utc_now())


async def how_it_ends(socket: ClientConnection, player: Player | None = None) -> tuple[int, str]:
    """(code, reason) of the server's close; what it says before is kept by the player, if there is one."""
    try:
        async with asyncio.timeout(HEAR_SECONDS_MAX):
            while True:
                await (player.hear(socket) if player is not None else socket.recv())
    except ConnectionClosed as closed:
        assert closed.rcvd is not None, "the connection broke without a close"
        return closed.rcvd.code, closed.rcvd.reason


async def until(holds: Callable[[], bool]) -> None:
    """Waits until this is so."""
    async with asyncio.timeout(HEAR_SECONDS_MAX):
        while not holds():
            await asyncio.sleep(0.05)


async def settle_rounds(
    database: Database, redis: RedisClient | None, user_id: int, count: int, *, together: int = 1
) -> int:
    """Commits so many rounds' facts, `together` in a transaction; the last event number.

    Without Redis nobody is told of the commits: the worker's own poll finds them.
    """
    last = 0
    for start in range(0, count, together):
        async with database.transaction() as connection:
            for number in range(start, min(count, start + together)):
                first = await reserve_events(connection, user_id, ROUND_MESSAGES)
                await append_fact(
                    connection,
                    type=ROUND_SETTLED,
                    user_id=user_id,
                    event_no=first,
                    messages=ROUND_MESSAGES,
                    data=a_round(number),
                )
                last = first + ROUND_MESSAGES - 1
        if redis is not None:
            await redis.publish(OUTBOX_WAKE_CHANNEL, b"")
    return last


def a_round(number: int) -> dict[str, Any]:
    """A settled spin, as the settlement writes it."""
    totals = {"plays": number + 1, "wins": 0, "losses": number + 1, "total_bet": 10 * (number + 1)}
    stats = totals | {"game_type": "slot", "total_gold_won": 0, "highest_multiplier": 0}
    return {
        "game_type": "slot",
        "round_id": str(uuid7()),
        "bet_amount": 10,
        "win_amount": 0,
        "multiplier": 0,
        "outcome": "lose",
        "symbols": ["cherry", "lemon", "bell"],
        "balance": 1_000_000 - number,
        "stats": stats,
    }


async def until_fanned_out(database: Database) -> None:
    """Waits until the worker has taken every fact that the log holds."""
    async with asyncio.timeout(HEAR_SECONDS_MAX), database.snapshot() as connection:
        while (await lags(connection))[CONSUMER]:
            await asyncio.sleep(0.05)


async def until_logged(database: Database, user_id: int, event_id: int) -> None:
    """Waits until the log holds this event."""
    async with asyncio.timeout(HEAR_SECONDS_MAX), database.snapshot() as connection:
        while (await heads(connection, [user_id]))[user_id] < event_id:
            await asyncio.sleep(0.05)
