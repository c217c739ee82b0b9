"""The database's clock, as a process knows it: crash lives by it, however the machine's own clock is set."""

import asyncio
import time
from collections import deque
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import func, select

from casino.games.errors import ClockAdrift
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.metrics import gauge

POLL_SECONDS = 1.0
AGE_SECONDS_MAX = 10.0
ADRIFT_SECONDS_MAX = 0.05
_READINGS = 8

log = structlog.get_logger(__name__)


class _Reading(NamedTuple):
    """Seconds there and back, `perf_counter` halfway, the database's time then, and how far ours was ahead of it."""

    way_seconds: float
    middle: float
    then: datetime
    ahead_seconds: float


class ServerClock:
    """Reads the database's clock again and again; of the last readings the one with the shortest way counts.

    With `strict`, a process whose own clock is more than 50 ms off the database's tells no time for bets. Rounds that
    run can still be left there: what `at` tells is counted from a reading, whatever the machine's clock is set to.
    """

    def __init__(self, database: Database, *, strict: bool = True) -> None:
        self._database = database
        self._strict = strict
        self._readings: deque[_Reading] = deque(maxlen=_READINGS)

    def now(self) -> datetime:
        """The database's time now; ClockAdrift when it is not known."""
        return self.at(time.perf_counter())

    def for_a_bet(self) -> datetime:
        """The same, for a round to begin; ClockAdrift also while this process's own clock is off."""
        now = self.now()
        best = min(self._readings)
        # The database answered somewhere on the way: of half of it a reading cannot tell. On a busy machine, or just
        # after the start, that alone may be more than the bound.
        off_seconds = abs(best.ahead_seconds) - best.way_seconds / 2
        if self._strict and off_seconds > ADRIFT_SECONDS_MAX:
            milliseconds = round(best.ahead_seconds * 1_000)
            raise ClockAdrift(
                f"This process's clock is {milliseconds} ms off; try again.", retry_after_seconds=1
            )
        return now

    def at(self, moment: float) -> datetime:
        """The database's time at a moment of `perf_counter`, such as a request's arrival."""
        if not self._readings or moment - self._readings[-1].middle > AGE_SECONDS_MAX:
            raise ClockAdrift("The database's clock is not known here; try again.", retry_after_seconds=1)
        best = min(self._readings)
        return best.then + timedelta(seconds=moment - best.middle)

    async def read(self) -> None:
        """One reading."""
        async with self._database.snapshot() as connection:
            # The first statement on a connection pays for setting it up.
            await connection.scalar(select(1))
            sent, wall = time.perf_counter(), utc_now()
            then: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
            way = time.perf_counter() - sent
        ahead = (wall - then).total_seconds() + way / 2
        self._readings.append(_Reading(way, sent + way / 2, then, ahead))
        gauge("server_clock_ahead_seconds").set(min(self._readings).ahead_seconds)

    async def run(self) -> None:
        """Reads until cancelled; while the database is away what was read grows old."""
        while True:
            try:
                await self.read()
            except Exception as error:
                log.warning("server_clock_unknown", error=repr(error))
            await asyncio.sleep(POLL_SECONDS)
