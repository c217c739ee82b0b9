"""The back office's scheduled work: tombstones of erased accounts are kept, and hold in a restored database too."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

import structlog

from casino.admin.personal_data import erase
from casino.identity.service import Tombstone, TombstoneFile, brought_back, tombstones_since
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.scheduler import Job

ERASURES_SECONDS = 60.0
STONES_A_TURN = 500
# A row's moment is that of its transaction's beginning, and no transaction takes so long.
OVERLAP = timedelta(minutes=10)

log = structlog.get_logger(__name__)


def scheduled(database: Database, *, file: TombstoneFile | None) -> list[Job]:
    """The jobs of this room; without a file for tombstones, none."""
    return [] if file is None else [Job("erasures_kept", ERASURES_SECONDS, Erasures(database, file).keep)]


class Erasures:
    """The tombstones of the database and those of a file outside it, brought to be the same."""

    def __init__(self, database: Database, file: TombstoneFile) -> None:
        self._database = database
        self._file = file
        self._kept: set[Tombstone] | None = None
        self._looked_at: datetime | None = None

    async def keep(self) -> None:
        """Writes new tombstones to the file. The first time, erases whom the file knows and the database has back.

        Raises TombstonesBroken.
        """
        if self._kept is None:
            kept = self._file.read()
            await self._erase_again(kept)
            self._kept = kept
        now = utc_now()
        async with self._database.snapshot() as connection:
            found = await tombstones_since(connection, self._looked_at)
        new = found - self._kept
        if new:
            self._file.append(new)
            self._kept |= new
        self._looked_at = now - OVERLAP

    async def _erase_again(self, stones: Iterable[Tombstone]) -> None:
        waiting = iter(stones)
        while portion := list(islice(waiting, STONES_A_TURN)):
            async with self._database.snapshot() as connection:
                users = await brought_back(connection, portion)
            for user_id in users:
                async with self._database.transaction() as connection:
                    await erase(connection, user_id)
            if users:
                log.warning("erased_again", accounts=len(users))
