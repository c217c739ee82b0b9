"""Fixtures of every test: engines once a run, tables migrated once, the application as it really runs."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from asgi_lifespan import LifespanManager

from casino.app import Parts, build_app, build_parts
from casino.embedded import EngineUrls
from casino.kit.database import Database
from casino.kit.redis import RedisClient, connect
from casino.kit.settings import Settings
from tests.fixtures.engines import engines

SYSTEM = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def engine_urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineUrls]:
    """Addresses of the run's engines."""
    with engines(tmp_path_factory.mktemp("engines")) as urls:
        yield urls


@pytest.fixture(scope="session")
def settings(engine_urls: EngineUrls) -> Settings:
    """Settings that point at the engines, the database migrated by the real command."""
    assert engine_urls.postgres and engine_urls.valkey and engine_urls.olap
    values = {
        "database_url": engine_urls.postgres.replace("postgresql://", "postgresql+asyncpg://"),
        "redis_url": engine_urls.valkey,
        "clickhouse_url": engine_urls.olap,
        "rate_limit_mode": "shadow",
        "trace_sample_ratio": 0.0,
    }
    environment = os.environ | {name.upper(): str(value) for name, value in values.items()}
    migrate = [sys.executable, "-m", "casino.cli", "migrate"]
    subprocess.run(migrate, env=environment | {"PYTHONPATH": str(SYSTEM)}, check=True, capture_output=True)
    return Settings.model_validate(values)


@pytest_asyncio.fixture(scope="session")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The run's database. Tests share it: each makes users of its own and asserts on those."""
    pool = Database(settings.database_url.get_secret_value(), pool_size=20, instance="tests")
    yield pool
    await pool.close()


@pytest_asyncio.fixture(scope="session")
async def redis(settings: Settings) -> AsyncIterator[RedisClient]:
    """The run's Valkey."""
    client = connect(settings.redis_url.get_secret_value())
    yield client
    await client.aclose()


@pytest_asyncio.fixture(scope="session")
async def parts(settings: Settings) -> Parts:
    """What the application of the tests is made of."""
    return build_parts(settings)


@pytest_asyncio.fixture(scope="session")
async def client(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole application, edge included, in this process."""
    async with LifespanManager(build_app(parts), startup_timeout=30, shutdown_timeout=30) as manager:
        transport = httpx.ASGITransport(manager.app, raise_app_exceptions=False, client=("127.0.0.1", 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://casino.test") as session:
            yield session
