"""A shop whose payments go to a paygate in this process; the database and Redis are the run's."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fastapi import FastAPI

from casino.kit.database import Database
from casino.kit.redis import RedisClient
from casino.kit.settings import Settings
from casino.shop.service import Shop, seed_catalogue, shop_with
from tests.factories.gateways import a_gateway, a_paygate


@pytest_asyncio.fixture(scope="session", autouse=True)
async def stocked(database: Database) -> None:
    """The catalogue is there."""
    await seed_catalogue(database)


@pytest.fixture
def paygate() -> FastAPI:
    """A gateway without a charge."""
    return a_paygate()


@pytest_asyncio.fixture
async def shop(
    settings: Settings, database: Database, redis: RedisClient, paygate: FastAPI
) -> AsyncIterator[Shop]:
    """A shop that pays there."""
    gateway = a_gateway(paygate)
    yield shop_with(settings, gateway, database=database, redis=redis)
    await gateway.close()
