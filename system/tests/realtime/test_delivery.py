"""The promises, with two server processes: once, in order, whatever is cut, killed, lost or slow."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from casino.kit.database import Database
from casino.kit.redis import RedisClient
from casino.kit.settings import Settings
from tests.realtime.players import Player, how_it_ends, new_player, settle_rounds, until
from tests.realtime.processes import FanoutWorker, HubServer, hub_servers

CUTS = 100
ROUNDS = 2_500
SEED = 20_261_121
SLOW = 'ws_dropped_total{reason="slow"}'


async def test_a_hundred_cuts_in_ten_thousand_events(
    hubs: list[HubServer], fanout: FanoutWorker, database: Database, redis: RedisClient, settings: Settings
) -> None:
    """A client cut 100 times, moving between two processes, hears each of 10,000 events once and in order."""
    chance = random.Random(SEED)
    player = await new_player(database, settings)
    play = asyncio.create_task(settle_rounds(database, redis, player.user_id, ROUNDS, together=5))
    last = 4 * ROUNDS
    resumed = 0
    player.last_id = 0
    cut_points = sorted(chance.sample(range(1, last), CUTS))
    for cut_at in [*cut_points, last]:
        async with player.socket(chance.choice(hubs).port) as open_socket:
            resumed += player.heard[-1]["data"]["resumed"]
            await player.hear_until(open_socket, cut_at)
            # The connection is dropped, not closed: what was under way to the client is lost.
            open_socket.transport.abort()
    assert await play == last
    assert resumed == CUTS + 1
    assert player.ids == list(range(1, last + 1))


async def test_slow_client_is_closed_and_slows_nobody(
    hubs: list[HubServer], fanout: FanoutWorker, database: Database, redis: RedisClient, settings: Settings
) -> None:
    """A client that stops reading is closed with 4408, while another socket hears all; it can resume."""
    player = await new_player(database, settings)
    slow = Player(player.user_id, player.token)
    async with slow_socket(slow, hubs[0].port) as stuck, player.socket(hubs[0].port) as quick:
        last = 4 * 1_500
        ending = asyncio.create_task(read_once_dropped(slow, stuck, hubs[0]))
        listening = asyncio.create_task(player.hear_until(quick, last))
        assert await settle_rounds(database, redis, player.user_id, 1_500, together=100) == last
        await listening
        assert await ending == (4408, "slow")
    assert player.ids == list(range(1, last + 1))
    assert 0 < len(slow.ids) < len(player.ids)
    async with slow.socket(hubs[1].port) as again:
        await slow.hear_until(again, last)
    assert slow.ids == list(range(1, last + 1))


async def read_once_dropped(player: Player, stuck: ClientConnection, hub: HubServer) -> tuple[int, str]:
    """Reads nothing until the server has given the socket up; then how it ended."""
    before = hub.metric(SLOW)
    await until(lambda: hub.metric(SLOW) > before)
    return await how_it_ends(stuck, player)


@asynccontextmanager
async def slow_socket(player: Player, port: int) -> AsyncIterator[ClientConnection]:
    """A socket that takes in a few kilobytes and then no more until it is read."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    narrow.connect(("127.0.0.1", port))
    async with player.socket(port, sock=narrow, max_queue=1, ping_interval=None) as stuck:
        yield stuck


async def test_killed_server_loses_nothing(
    settings: Settings, fanout: FanoutWorker, database: Database, redis: RedisClient, tmp_path: Path
) -> None:
    """A client whose server is killed in the middle goes on at the other one."""
    player = await new_player(database, settings)
    with hub_servers(settings, tmp_path, 2) as (doomed, other):
        async with player.socket(doomed.port) as open_socket:
            await player.hear(open_socket)
            play = asyncio.create_task(settle_rounds(database, redis, player.user_id, 300, together=3))
            await player.hear_until(open_socket, 200)
            doomed.kill()
            with pytest.raises(ConnectionClosed):
                while True:
                    await player.hear(open_socket)
        async with player.socket(other.port) as open_socket:
            last = await play
            await player.hear_until(open_socket, last)
    assert player.ids == list(range(1, last + 1))


async def test_killed_worker_loses_nothing(
    hubs: list[HubServer],
    fanout: FanoutWorker,
    database: Database,
    redis: RedisClient,
    settings: Settings,
) -> None:
    """What is committed while no worker lives reaches the open socket when one does, once and in order."""
    player = await new_player(database, settings)
    last = 4 * 400
    async with player.socket(hubs[0].port) as open_socket:
        await player.hear(open_socket)
        listening = asyncio.create_task(player.hear_until(open_socket, last))
        play = asyncio.create_task(settle_rounds(database, redis, player.user_id, 400, together=4))
        await until(lambda: len(player.ids) > 200)
        fanout.kill()
        try:
            assert await play == last
            assert not listening.done()
        finally:
            await asyncio.to_thread(fanout.start)
        await listening
    assert player.ids == list(range(1, last + 1))
