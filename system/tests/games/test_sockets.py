"""The games' sockets: one's own rounds and nothing else, the whole floor for admins and nobody else."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from casino.kit.database import Database
from casino.kit.redis import RedisClient, floor_channel
from casino.kit.settings import Settings
from tests.realtime.players import (
    HEAR_SECONDS_MAX,
    a_token,
    how_it_ends,
    new_player,
    settle_rounds,
    until_fanned_out,
)
from tests.realtime.processes import FanoutWorker, HubServer, fanout_worker, hub_servers


@pytest.fixture(scope="module")
def hubs(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[HubServer]]:
    """Two servers."""
    with hub_servers(settings, tmp_path_factory.mktemp("hubs"), 2) as servers:
        yield servers


@pytest.fixture(scope="module", autouse=True)
def fanout(settings: Settings) -> Iterator[FanoutWorker]:
    """The worker that takes facts to sockets."""
    with fanout_worker(settings) as worker:
        yield worker


def games(port: int, token: str, more: str = "") -> str:
    """Where a user's own rounds are followed."""
    return f"ws://127.0.0.1:{port}/api/games/ws?token={token}{more}"


def floor(port: int, token: str) -> str:
    """Where everybody's rounds are watched."""
    return f"ws://127.0.0.1:{port}/api/games/ws/monitor?token={token}"


async def hear(socket: ClientConnection) -> dict[str, Any]:
    """The next message."""
    message: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), HEAR_SECONDS_MAX))
    return message


async def watched(redis: RedisClient, processes: int) -> None:
    """Waits until so many processes watch the floor."""
    async with asyncio.timeout(HEAR_SECONDS_MAX):
        while dict(await redis.pubsub_numsub(floor_channel()))[floor_channel().encode()] != processes:
            await asyncio.sleep(0.02)


async def test_ones_own_rounds_and_nothing_else(
    hubs: list[HubServer], database: Database, redis: RedisClient, settings: Settings
) -> None:
    """Gold, totals and a running ride first; then each round and its totals, under the hub's own numbers."""
    player = await new_player(database, settings)
    async with connect(games(hubs[0].port, player.token)) as socket:
        assert (await hear(socket))["type"] == "sync_connected"
        state = (await hear(socket))["data"]
        assert (state["gold_balance"], state["stats"]["plays"], state["crash"]["round"]) == (0, 0, None)
        await settle_rounds(database, redis, player.user_id, 2)
        told = [await hear(socket) for _ in range(4)]
    assert [(one["type"], one["id"]) for one in told] == [
        ("game_event", 1),
        ("stats_update", 3),
        ("game_event", 5),
        ("stats_update", 7),
    ]
    async with connect(games(hubs[1].port, player.token, "&last_event_id=4")) as socket:
        assert (await hear(socket))["data"]["resumed"]
        assert [(await hear(socket))["id"] for _ in range(2)] == [5, 7]


async def test_an_admin_sees_everybodys_rounds(
    hubs: list[HubServer], database: Database, redis: RedisClient, settings: Settings
) -> None:
    """A snapshot is the very first message; then the rounds of all, without numbers, in both processes; it ends."""
    admin, player = await new_player(database, settings), await new_player(database, settings)
    token = a_token(settings, admin.user_id, role="admin")
    async with connect(floor(hubs[0].port, token)) as one, connect(floor(hubs[1].port, token)) as other:
        for socket in (one, other):
            first = await hear(socket)
            assert first["type"] == "monitor_snapshot" and first["id"] is None
            assert [game["game_type"] for game in first["data"]["games"]] == ["slot", "rps", "gacha", "crash"]
            assert first["data"].keys() == {"games", "rounds", "crash_running", "generated_at"}
        await watched(redis, 2)
        await settle_rounds(database, redis, player.user_id, 3)
        for socket in (one, other):
            told = [await hear(socket) for _ in range(3)]
            assert {(message["type"], message["id"], message["user_id"]) for message in told} == {
                ("game_event", None, player.user_id)
            }
            assert [message["data"]["balance"] for message in told] == [1_000_000, 999_999, 999_998]
    await watched(redis, 0)


async def test_the_floor_is_for_admins_alone(
    hubs: list[HubServer], database: Database, settings: Settings
) -> None:
    """A player and an operator are sent away with 4403, a bad token with 4401."""
    player = await new_player(database, settings)
    for token in (player.token, a_token(settings, player.user_id, role="operator")):
        async with connect(floor(hubs[0].port, token)) as socket:
            assert (await how_it_ends(socket))[0] == 4403
    for address in (floor(hubs[0].port, "nothing"), games(hubs[0].port, "nothing")):
        async with connect(address) as socket:
            assert (await how_it_ends(socket))[0] == 4401


async def test_a_busy_floor_is_shown_in_part(
    hubs: list[HubServer], database: Database, redis: RedisClient, settings: Settings
) -> None:
    """Of 300 rounds at once an admin sees some and always the newest; the player misses none."""
    admin, player = await new_player(database, settings), await new_player(database, settings)
    token = a_token(settings, admin.user_id, role="admin")
    async with (
        connect(floor(hubs[0].port, token)) as socket,
        connect(games(hubs[0].port, player.token), max_queue=None) as own,
    ):
        await hear(socket)
        await watched(redis, 1)
        await settle_rounds(database, redis, player.user_id, 300, together=300)
        await until_fanned_out(database)
        seen = [(await hear(socket))["data"]["balance"]]
        while seen[-1] != 1_000_000 - 299:
            seen.append((await hear(socket))["data"]["balance"])
        rounds = 0
        while rounds < 300:
            rounds += (await hear(own))["type"] == "game_event"
    assert len(seen) < 300 and seen == sorted(seen, reverse=True)
