"""Identity's scheduled work."""

from functools import partial

import structlog

from casino.identity import erasure_rows, repository
from casino.kit.database import Database
from casino.kit.scheduler import Job
from casino.kit.settings import Settings

PURGE_SECONDS = 600.0
IDLE_DAYS_MAX = 90

log = structlog.get_logger(__name__)


def scheduled(database: Database, settings: Settings) -> list[Job]:
    """What the worker runs for identity."""
    run = partial(purge, database, token_seconds=settings.access_token_seconds)
    return [Job("identity_purge", PURGE_SECONDS, run)]


async def purge(database: Database, *, token_seconds: int) -> None:
    """Drops spent tickets, expired tokens, idle sessions, old attempts and revocations; frees phone numbers."""
    async with database.transaction() as connection:
        freed = await erasure_rows.free_phone_numbers(connection)
        dropped = await repository.purge(connection, token_seconds=token_seconds, idle_days=IDLE_DAYS_MAX)
    log.info("identity_purged", phone_numbers=freed, **dropped)
