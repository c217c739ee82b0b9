"""Redis dies, with and without its data: events wait, none is lost, and sockets need not notice."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from casino.embedded.ports import PortLeases
from casino.embedded.process import Process
from casino.embedded.valkey import url as valkey_url
from casino.embedded.valkey import valkey_spec
from casino.kit.database import Database
from casino.kit.redis import RedisClient, connect, user_stream
from casino.kit.settings import Settings
from tests.realtime.players import new_player, settle_rounds, until_logged
from tests.realtime.processes import FanoutWorker, fanout_worker, hub_servers


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


@pytest.fixture(scope="module")
def alone(fanout: FanoutWorker) -> Iterator[None]:
    """No other worker takes our facts to another Valkey meanwhile."""
    fanout.kill()
    yield
    fanout.start()


OwnValkey = tuple[PrivateValkey, Settings, RedisClient]


@pytest_asyncio.fixture
async def own_valkey(settings: Settings, alone: None, tmp_path: Path) -> AsyncIterator[OwnValkey]:
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
