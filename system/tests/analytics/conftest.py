"""A fact log and an analytics store of their own for each test."""

from collections.abc import AsyncIterator
from itertools import count

import pytest_asyncio

from casino.analytics.service import ClickHouse, Sink
from casino.kit.database import Database
from casino.kit.settings import Settings
from tests.fixtures.databases import copied, migrated

_numbers = count(1)


@pytest_asyncio.fixture(scope="session")
async def log_template(settings: Settings) -> AsyncIterator[str]:
    """The address of a database without a fact."""
    async with migrated(settings, "facts") as address:
        yield address


@pytest_asyncio.fixture
async def fact_log(settings: Settings, log_template: str) -> AsyncIterator[Database]:
    """A database without a fact, for one test."""
    async with copied(settings, log_template) as database:
        yield database


@pytest_asyncio.fixture
async def clickhouse(settings: Settings) -> AsyncIterator[ClickHouse]:
    """An analytics store whose database does not exist yet."""
    address = settings.clickhouse_url.get_secret_value().rsplit("/", 1)[0]
    store = ClickHouse(f"{address}/test_{next(_numbers)}")
    yield store
    await store.command(f"DROP DATABASE IF EXISTS {store.database}", database="default")
    await store.close()


@pytest_asyncio.fixture
async def sink(clickhouse: ClickHouse) -> Sink:
    """The sink into that store."""
    return Sink(clickhouse)
