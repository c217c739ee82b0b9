"""The hub from inside, where an order that a client can see only by bad luck is seen for certain."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
import pytest_asyncio
from starlette.websockets import WebSocket

from casino.identity.service import Principal, Revocations
from casino.kit.database import Database
from casino.kit.redis import RedisClient, user_channel
from casino.kit.settings import Settings
from casino.kit.tasks import cancel
from casino.notifications.service import who_declines
from casino.realtime.service import Hub
from tests.realtime.hub_server import EXPANDERS
from tests.realtime.players import Player, new_player, settle_rounds

pytestmark = pytest.mark.usefixtures("fanout")


class Wire:
    """The server's side of a socket without a network: what the hub says is kept, what it hears is put in."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def accepted(self) -> WebSocket:
        """The socket, after its handshake."""
        self.heard.put_nowait({"type": "websocket.connect"})
        opened = WebSocket({"type": "websocket", "headers": []}, self.heard.get, self._say)
        await opened.accept()
        await self.said.get()
        return opened

    async def _say(self, message: Any) -> None:
        self.said.put_nowait(message)


@pytest.fixture
def revocations(database: Database, redis: RedisClient) -> Revocations:
    """Which tokens are dead: not known yet."""
    return Revocations(database, redis, token_seconds=900)


@pytest_asyncio.fixture
async def hub(database: Database, redis: RedisClient, revocations: Revocations) -> AsyncIterator[Hub]:
    """A hub that runs in this process."""

    async def snapshot(_: int) -> dict[str, Any]:
        return {}

    checker = Mock(revocations=revocations)
    hub = Hub(
        database=database,
        redis=redis,
        checker=checker,
        snapshot=snapshot,
        expanders=EXPANDERS,
        declining=partial(who_declines, database),
    )
    running = asyncio.create_task(hub.run())
    yield hub
    assert not running.done()
    await cancel({running})


@pytest_asyncio.fixture
async def player(database: Database, settings: Settings) -> Player:
    """Somebody to whom nothing has happened yet."""
    return await new_player(database, settings)


async def test_log_is_asked_after_the_channel_is_held(
    hub: Hub,
    player: Player,
    revocations: Revocations,
    redis: RedisClient,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asked before, a fact fanned out in between would be missed until the next one: each time, not by chance."""
    await revocations.refresh()
    held: list[int] = []
    ask = hub._backlog.heads

    async def heads(user_ids: list[int]) -> dict[int, int]:
        ((_, count),) = await redis.pubsub_numsub(user_channel(player.user_id))
        held.append(count)
        return await ask(user_ids)

    monkeypatch.setattr(hub._backlog, "heads", heads)
    async with asyncio.timeout(20):
        while not hub._subscriber.connected:
            await asyncio.sleep(0.01)
        wire = Wire()
        serving = asyncio.create_task(hub.serve(await wire.accepted(), who(player), None))
        await wire.said.get()
        assert held == [1]
        await settle_rounds(database, redis, player.user_id, 1)
        told = [await wire.said.get() for _ in range(5)]
        assert '"id":4' in told[-1]["text"]
        wire.heard.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await serving


async def test_last_socket_gives_the_channel_back(
    hub: Hub, player: Player, revocations: Revocations, redis: RedisClient
) -> None:
    """Two sockets of a user share one subscription, which ends with the second of them."""
    await revocations.refresh()
    wires = [Wire(), Wire()]
    serving = [asyncio.create_task(hub.serve(await wire.accepted(), who(player), None)) for wire in wires]
    async with asyncio.timeout(20):
        for wire, task in zip(wires, serving, strict=True):
            await wire.said.get()
            assert await held_by(redis, player) == 1
            wire.heard.put_nowait({"type": "websocket.disconnect", "code": 1000})
            await task
        while await held_by(redis, player):
            await asyncio.sleep(0.01)


async def test_socket_is_put_off_while_revocations_are_unknown(hub: Hub, player: Player) -> None:
    """A ticket can be redeemed before the process knows which sessions ended: the client comes back later."""
    wire = Wire()
    await hub.serve(await wire.accepted(), who(player), None)
    assert (await wire.said.get())["code"] == 1013


def who(player: Player) -> Principal:
    """The player, as a token says."""
    return Principal(player.user_id, "sid", "STANDARD", "user", time.time() + 60, time.time())


async def held_by(redis: RedisClient, player: Player) -> int:
    """How many connections hold the user's channel."""
    ((_, count),) = await redis.pubsub_numsub(user_channel(player.user_id))
    return int(count)
