"""Fixtures of identity's tests: the seeded invite code, other addresses, other processes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
import pytest_asyncio
from asgi_lifespan import LifespanManager

from casino.app import build_app, build_parts
from casino.identity.service import seed_basic
from casino.kit.database import Database
from casino.kit.settings import Settings
from tests.fixtures.fact_logs import fact_log, log_template

__all__ = ["fact_log", "log_template"]

At = Callable[[str], httpx.AsyncClient]
Process = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest_asyncio.fixture(scope="session", autouse=True)
async def seeded(database: Database, settings: Settings) -> None:
    """The invite code that every system starts with."""
    await seed_basic(database, settings)


def client_of(app: object, address: str) -> httpx.AsyncClient:
    """A client of the application that comes from this address."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 50_000))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://casino.test")


@pytest_asyncio.fixture
async def at(client: httpx.AsyncClient) -> AsyncIterator[At]:
    """Clients of the run's application from other addresses."""
    opened: list[httpx.AsyncClient] = []

    def from_address(address: str) -> httpx.AsyncClient:
        opened.append(client_of(client._transport.app, address))  # type: ignore[attr-defined]
        return opened[-1]

    yield from_address
    for one in opened:
        await one.aclose()


@pytest.fixture
def process(settings: Settings) -> Process:
    """Starts one more API process of the same system, with settings of its own if given; its client has the address."""

    @asynccontextmanager
    async def start(*, address: str = "127.0.0.1", **changed: object) -> AsyncIterator[httpx.AsyncClient]:
        values = {name: getattr(settings, name) for name in settings.model_fields_set} | changed
        parts = build_parts(Settings.model_validate(values))
        async with (
            LifespanManager(build_app(parts), startup_timeout=30, shutdown_timeout=30) as manager,
            client_of(manager.app, address) as session,
        ):
            yield session

    return start
