"""Everything the hub asks of PostgreSQL and Redis: positions, missed facts, streams, listeners, presence."""

import time
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from redis.commands.core import AsyncScript
from sqlalchemy import BigInteger, bindparam, column, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.models import LogRow
from casino.kit.redis import (
    STREAM_EVENTS_MAX,
    STREAM_SECONDS,
    RedisClient,
    floor_channel,
    presence_key,
    user_channel,
    user_stream,
)

FACT_MESSAGES_MAX = 16
PRESENCE_SECONDS = 300
PRESENCE_KEY_SECONDS = 2 * PRESENCE_SECONDS
USERS_A_COMMAND_MAX = 1_000
_FIELD = b"m"

# KEYS are streams; ARGV holds, for each, the entry's id, the channel and the envelope. An entry that a stream
# has already is refused by its id, which makes a repeat harmless. A stream that cannot be written leaves a hole,
# which readers notice; it never keeps an envelope from the channel. Any other refusal fails the whole batch.
_PUBLISH = f"""
for place, stream in ipairs(KEYS) do
  local id, channel, envelope = ARGV[place * 3 - 2], ARGV[place * 3 - 1], ARGV[place * 3]
  local added = redis.pcall('XADD', stream, 'MAXLEN', '~', {STREAM_EVENTS_MAX}, id, 'm', envelope)
  local refused = type(added) == 'table' and added.err
  if refused and not (string.find(refused, 'ID specified') or string.find(refused, 'WRONGTYPE')) then
    return redis.error_reply(refused)
  end
  redis.call('EXPIRE', stream, {STREAM_SECONDS})
  redis.call('PUBLISH', channel, envelope)
end
return #KEYS
"""


async def heads(connection: AsyncConnection, user_ids: Sequence[int]) -> dict[int, int]:
    """The last event number that the log holds of each user; 0 for one to whom nothing has happened."""
    asked = func.unnest(bindparam("user_ids", type_=ARRAY(BigInteger)))
    wanted = asked.table_valued(column("user_id", BigInteger), name="wanted").render_derived()
    last = (
        select((LogRow.event_no + LogRow.messages - 1).label("head"))
        .where(LogRow.user_id == wanted.c.user_id, LogRow.messages > 0)
        .order_by(LogRow.event_no.desc())
        .limit(1)
        .lateral("last")
    )
    query = select(wanted.c.user_id, func.coalesce(last.c.head, 0))
    rows = await connection.execute(
        query.select_from(wanted.outerjoin(last, true())), {"user_ids": list(user_ids)}
    )
    return {row[0]: row[1] for row in rows}


async def stream_after(redis: RedisClient, user_id: int, event_id: int, *, entries_max: int) -> list[bytes]:
    """Packed envelopes that may hold events after `event_id`, oldest first: what the stream still has."""
    start = max(1, event_id - FACT_MESSAGES_MAX + 2)
    entries: Any = await redis.xrange(user_stream(user_id), min=f"{start}-0", max="+", count=entries_max)
    return [fields[_FIELD] for _, fields in entries]


class Listening(NamedTuple):
    """Who hears of what happens: users with a socket, and whether anybody watches the floor."""

    users: set[int]
    floor: bool


async def listeners(redis: RedisClient, user_ids: Collection[int]) -> Listening:
    """Who of these has a socket open now, in any process, or had one in the last five minutes."""
    users = list(user_ids)
    pipeline = redis.pipeline(transaction=False)
    pipeline.pubsub_numsub(*map(user_channel, users), floor_channel())
    pipeline.zmscore(presence_key(), [str(user_id) for user_id in users])
    (*subscribed, (_, watching)), seen = await pipeline.execute()
    since = time.time() - PRESENCE_SECONDS
    here = {
        user_id
        for user_id, (_, count), score in zip(users, subscribed, seen, strict=True)
        if count or (score is not None and score >= since)
    }
    return Listening(here, watching > 0)


def publisher(redis: RedisClient) -> AsyncScript:
    """The script that `publish` runs."""
    script: AsyncScript = redis.register_script(_PUBLISH)
    return script


async def publish(script: AsyncScript, envelopes: Sequence[tuple[int, int, bytes]]) -> None:
    """Adds each (user id, first event number, packed envelope) to the user's stream and sends it, in order.

    One round trip, applied whole: nobody hears of an envelope that the stream does not hold yet.
    """
    arguments: list[bytes | str] = []
    for user_id, first_id, packed in envelopes:
        arguments += (f"{first_id}-0", user_channel(user_id), packed)
    await script([user_stream(user_id) for user_id, _, _ in envelopes], arguments)


async def mark_seen(redis: RedisClient, user_ids: Collection[int]) -> None:
    """Notes that these users are here now, and forgets those not seen for five minutes."""
    now = time.time()
    users = list(user_ids)
    pipeline = redis.pipeline(transaction=False)
    for start in range(0, len(users), USERS_A_COMMAND_MAX):
        seen = {str(user_id): now for user_id in users[start : start + USERS_A_COMMAND_MAX]}
        pipeline.zadd(presence_key(), seen)
    pipeline.zremrangebyscore(presence_key(), "-inf", now - PRESENCE_SECONDS)
    pipeline.expire(presence_key(), PRESENCE_KEY_SECONDS)
    await pipeline.execute()


async def seen_lately(redis: RedisClient, seconds: float) -> set[int]:
    """Who was seen in the last so many seconds; open sockets are noted once a minute."""
    found: Any = await redis.zrangebyscore(presence_key(), time.time() - seconds, "+inf")
    return {int(user_id) for user_id in found}


async def tell_now(redis: RedisClient, words: Sequence[tuple[int, bytes]]) -> None:
    """Sends each (user id, packed word) to who listens."""
    pipeline = redis.pipeline(transaction=False)
    for user_id, packed in words:
        pipeline.publish(user_channel(user_id), packed)
    await pipeline.execute()


async def count_seen(redis: RedisClient) -> int:
    """How many users were seen in the last five minutes."""
    return int(await redis.zcount(presence_key(), time.time() - PRESENCE_SECONDS, "+inf"))
