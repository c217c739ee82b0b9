"""What a socket missed: from the user's stream where that is whole, else from PostgreSQL, which always is.

A stream may be gone, cut short or older than the log (Redis lost its data), so it is believed only as far
as its numbers follow on one another from the place asked for, and never about where the user's events end.
"""

import asyncio
from collections.abc import Iterable, Sequence

import structlog

from casino.kit.database import Database
from casino.kit.outbox import Fact, facts_since
from casino.kit.redis import RedisClient, RedisError
from casino.kit.telemetry import pseudonym
from casino.realtime import repository
from casino.realtime.envelope import Envelope, Expanders, seal, unpack

FACTS_A_PAGE = 100
READERS_MAX = 4

log = structlog.get_logger(__name__)


class Backlog:
    """Reads for all sockets of a process, a few at a time: a crowd coming back leaves the pool to players."""

    def __init__(self, database: Database, redis: RedisClient, expanders: Expanders) -> None:
        self._database = database
        self._redis = redis
        self._expanders = expanders
        self._readers = asyncio.Semaphore(READERS_MAX)

    async def heads(self, user_ids: Sequence[int]) -> dict[int, int]:
        """Each user's last event number in the log; 0 for none."""
        async with self._readers, self._database.snapshot() as connection:
            return await repository.heads(connection, user_ids)

    async def after(self, user_id: int, event_id: int) -> list[Envelope]:
        """The user's next envelopes, the first one holding `event_id + 1`, without a gap; a page at most.

        Empty when that event cannot be had: there is none, or its fact can no longer be told as messages.
        """
        async with self._readers:
            return await self._from_stream(user_id, event_id) or await self._from_log(user_id, event_id)

    async def _from_stream(self, user_id: int, event_id: int) -> list[Envelope]:
        try:
            packed = await repository.stream_after(self._redis, user_id, event_id, entries_max=FACTS_A_PAGE)
            return unbroken(map(unpack, packed), event_id)
        except (RedisError, OSError, ValueError):
            return []

    async def _from_log(self, user_id: int, event_id: int) -> list[Envelope]:
        async with self._database.snapshot() as connection:
            facts = await facts_since(connection, user_id=user_id, event_no=event_id, facts_max=FACTS_A_PAGE)
        return unbroken((sealed for fact in facts if (sealed := self._sealed(fact))), event_id)

    def _sealed(self, fact: Fact) -> Envelope | None:
        expand = self._expanders.get(fact.type)
        try:
            return seal(fact, expand) if expand is not None else None
        except (KeyError, ValueError, AssertionError) as error:
            # The consumer has put this fact aside already; here the player gets a snapshot instead of it.
            user = pseudonym(fact.user_id)
            log.warning("fact_not_told", event_id=str(fact.event_id), user=user, error=repr(error))
            return None


def unbroken(envelopes: Iterable[Envelope], event_id: int) -> list[Envelope]:
    """Those that tell what followed `event_id`, up to the first number that is missing."""
    chain: list[Envelope] = []
    due = event_id + 1
    for envelope in envelopes:
        if envelope.last_id < due:
            continue
        if envelope.first_id > due:
            break
        chain.append(envelope)
        due = envelope.last_id + 1
    return chain
