"""A fact log and an analytics store of their own for each test."""

from collections.abc import AsyncIterator
from itertools import count

import pytest_asyncio

from casino.analytics.service import ClickHouse, Sink
from casino.kit.settings import Settings
from tests.fixtures.fact_logs import fact_log, log_template

_numbers = count(1)


__all__ = ["fact_log", "log_template"]


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
