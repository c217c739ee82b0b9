"""Events may add gold to every win while they run; each process knows the running ones to within a second."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from casino.games import repository
from casino.kit.clock import utc_now
from casino.kit.database import Database

POLL_SECONDS = 1.0

log = structlog.get_logger(__name__)


class WinBonuses:
    """The bonuses of one process. Before the first reading there are none."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now
        self._known: list[tuple[datetime, datetime, int]] = []
        self._read_at: datetime | None = None

    def gold(self) -> int:
        """What a win brings on top now: the sum of what runs."""
        now = self._now()
        return sum(gold for start, end, gold in self._known if start <= now < end)

    async def read(self) -> None:
        """Reads what has not ended yet."""
        async with self._database.snapshot() as connection:
            rows = await repository.win_bonuses(connection)
        self._known = [(row.starts_at, row.ends_at, row.flat_gold) for row in rows]
        self._read_at = self._now()

    async def renew(self) -> None:
        """Reads again when the last reading is a second old, for who does not `run`."""
        if self._read_at is None or (self._now() - self._read_at).total_seconds() >= POLL_SECONDS:
            await self.read()

    async def run(self) -> None:
        """Reads again and again until cancelled; what was known stays while the database is away."""
        while True:
            try:
                await self.read()
            except Exception as error:
                log.warning("win_bonuses_unknown", error=repr(error))
            await asyncio.sleep(POLL_SECONDS)
