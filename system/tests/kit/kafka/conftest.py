"""A real broker, where one is at hand: TEST_KAFKA=host:port. Topics and groups are new for each test."""

import os
from collections.abc import AsyncIterator, Mapping
from uuid import uuid4

import pytest
import pytest_asyncio

from casino.kit.kafka import Publisher
from casino.messages import DOMAINS
from tests.fixtures.fact_logs import fact_log, log_template

__all__ = ["fact_log", "log_template"]


@pytest.fixture(scope="session")
def broker() -> str:
    """The broker's address; asked for these tests without one is an error, not a pass."""
    return os.environ["TEST_KAFKA"]


@pytest.fixture
def domains() -> Mapping[str, str]:
    """Every type of fact, in domains that only this test knows."""
    run = uuid4().hex[:8]
    return {kind: f"{domain}-{run}" for kind, domain in DOMAINS.items()}


@pytest_asyncio.fixture
async def publisher(broker: str, domains: Mapping[str, str]) -> AsyncIterator[Publisher]:
    """Publishes to the test's own topics."""
    publishes = Publisher(broker, domains, client_id="tests")
    yield publishes
    await publishes.close()
