"""Fixtures of the rewards' tests: what can be given."""

import pytest_asyncio

from casino.kit.database import Database
from casino.rewards.service import seed_content


@pytest_asyncio.fixture(scope="session", autouse=True)
async def content(database: Database) -> None:
    """Templates and codes as every system starts with them."""
    await seed_content(database)
