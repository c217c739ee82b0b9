"""Two hub servers and a fan-out worker, as processes of their own."""

from collections.abc import Iterator

import pytest

from casino.kit.settings import Settings
from tests.realtime.processes import FanoutWorker, HubServer, fanout_worker, hub_servers


@pytest.fixture(scope="package")
def hubs(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[HubServer]]:
    """Two servers that share the engines; tests that change or end a server start their own."""
    with hub_servers(settings, tmp_path_factory.mktemp("hubs"), 2) as servers:
        yield servers


@pytest.fixture(scope="package")
def fanout(settings: Settings) -> Iterator[FanoutWorker]:
    """The worker that takes facts from the outbox to sockets; whoever kills it starts it again."""
    with fanout_worker(settings) as worker:
        yield worker
