"""Fixtures of the events' tests: what there is to do, and the consumers that move it."""

from collections.abc import Sequence

import pytest
import pytest_asyncio

from casino.events import jobs, service
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.measures import Yardstick
from casino.messages import COUNTS

SEOUL = Calendar("Asia/Seoul")


@pytest_asyncio.fixture(scope="session", autouse=True)
async def content(database: Database) -> None:
    """Missions and this week's event as every system starts with them."""
    await service.seed_content(database, SEOUL)


@pytest.fixture
def consumers() -> Sequence[Consumer]:
    """Those of this room, as the worker runs them."""
    return jobs.consumers(Yardstick(COUNTS), SEOUL)
