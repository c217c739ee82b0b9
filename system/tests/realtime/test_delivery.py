"""The promises, with two server processes: once, in order, whatever is cut, killed, lost or slow."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from casino.embedded.ports import PortLeases
from casino.embedded.process import Process
from casino.embedded.valkey import url as valkey_url
from casino.embedded.valkey import valkey_spec
from casino.kit.database import Database
from casino.kit.redis import RedisClient, connect, user_stream
from casino.kit.settings import Settings
from tests.realtime.players import Player, how_it_ends, new_player, settle_rounds, until, until_logged
from tests.realtime.processes import HubServer, fanout_worker, hub_servers

CUTS = 100
ROUNDS = 2_500
SEED = 20_261_121
SLOW = 'ws_dropped_total{reason="slow"}'


async def test_a_hundred_cuts_in_ten_thousand_events(
    hubs: list[HubServer], fanout: None, database: Database, redis: RedisClient, settings: Settings
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
    hubs: list[HubServer], fanout: None, database: Database, redis: RedisClient, settings: Settings
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
    settings: Settings, fanout: None, database: Database, redis: RedisClient, tmp_path: Path
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
    settings: Settings, hubs: list[HubServer], database: Database, redis: RedisClient
) -> None:
    """What is committed while no worker lives reaches the open socket when one does, once and in order."""
    player = await new_player(database, settings)
    with fanout_worker(settings) as worker:
        async with player.socket(hubs[0].port) as open_socket:
            await player.hear(open_socket)
            last = 4 * 400
            listening = asyncio.create_task(player.hear_until(open_socket, last))
            play = asyncio.create_task(settle_rounds(database, redis, player.user_id, 400, together=4))
            await until(lambda: len(player.ids) > 200)
            worker.kill()
            assert await play == last
            assert not listening.done()
            await asyncio.to_thread(worker.start)
            await listening
    assert player.ids == list(range(1, last + 1))


class PrivateValkey:
    """A Valkey to kill, with and without its data."""

    def __init__(self, directory: Path, port: int) -> None:
        self.url = valkey_url(port, "for-this-test")
        self._data = directory / "valkey"
        spec = valkey_spec(state_dir=directory, port=port, password="for-this-test")
        self._process = Process(spec, directory / "valkey.log")

    def start(self) -> None:
        """Runs it with the data it has."""
        self._process.start()

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()

    def lose_data(self) -> None:
        """Removes what it had written, but not its configuration."""
        for path in sorted(self._data.rglob("*"), reverse=True):
            if path.name != "valkey.conf":
                path.rmdir() if path.is_dir() else path.unlink()


@contextmanager
def private_valkey(directory: Path) -> Iterator[PrivateValkey]:
    """The Valkey, running."""
    leases = PortLeases("the realtime tests")
    valkey = PrivateValkey(directory, leases.lease())
    valkey.start()
    try:
        yield valkey
    finally:
        valkey.kill()
        leases.release()


OwnValkey = tuple[PrivateValkey, Settings, RedisClient]


@pytest_asyncio.fixture
async def own_valkey(settings: Settings, tmp_path: Path) -> AsyncIterator[OwnValkey]:
    """A Valkey of the test's own, settings that point at it, and a client."""
    with private_valkey(tmp_path) as valkey:
        own = Settings.model_validate(settings.model_dump() | {"redis_url": valkey.url})
        client = connect(valkey.url)
        yield valkey, own, client
        await client.aclose()


async def test_events_wait_for_redis_and_arrive(
    own_valkey: OwnValkey, database: Database, tmp_path: Path
) -> None:
    """Redis dies and comes back empty: sockets stay, nothing is lost or doubled, a resume needs no stream."""
    valkey, settings, redis = own_valkey
    player = await new_player(database, settings)
    with hub_servers(settings, tmp_path, 1) as (server,), fanout_worker(settings):
        async with player.socket(server.port) as open_socket:
            await player.hear(open_socket)
            await player.hear_until(open_socket, await settle_rounds(database, redis, player.user_id, 50))
            assert await redis.exists(user_stream(player.user_id))
            valkey.kill()
            await settle_rounds(database, None, player.user_id, 50)
            valkey.lose_data()
            valkey.start()
            last = await settle_rounds(database, None, player.user_id, 1)
            await player.hear_until(open_socket, last)
        assert player.ids == list(range(1, last + 1))
        player.last_id = 0
        player.heard.clear()
        async with player.socket(server.port) as open_socket:
            await player.hear_until(open_socket, last)
        assert player.heard[0]["data"]["resumed"] is True
        assert player.ids == list(range(1, last + 1))


async def test_a_socket_opens_and_resumes_without_redis(
    own_valkey: OwnValkey, database: Database, tmp_path: Path
) -> None:
    """Without Redis a new socket replays from PostgreSQL; what happens meanwhile follows when it is back."""
    valkey, settings, redis = own_valkey
    player = await new_player(database, settings)
    with hub_servers(settings, tmp_path, 1) as (server,), fanout_worker(settings):
        before = await settle_rounds(database, redis, player.user_id, 10)
        await until_logged(database, player.user_id, before)
        valkey.kill()
        player.last_id = 0
        async with player.socket(server.port) as open_socket:
            await player.hear_until(open_socket, before)
            last = await settle_rounds(database, None, player.user_id, 1)
            valkey.start()
            await player.hear_until(open_socket, last)
        assert player.heard[0]["data"]["resumed"] is True
        assert player.ids == list(range(1, last + 1))
