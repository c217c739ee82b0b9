"""Who is online: users with a socket open now, or within the last minutes; and telling those who follow them."""

import time
from collections.abc import Iterable

from casino.kit.redis import RedisClient, RedisError
from casino.realtime import repository
from casino.realtime.envelope import pack, presence

# An open socket is noted every minute; half a minute more for a process that was busy.
HERE_SECONDS = 90.0


async def online_count(redis: RedisClient) -> int | None:
    """How many users were here in the last five minutes; None while Redis is away and nobody can tell."""
    try:
        return await repository.count_seen(redis)
    except (RedisError, OSError):
        return None


async def who_is_here(redis: RedisClient) -> set[int] | None:
    """Who has a socket open, or had one a moment ago; None while Redis is away and nobody can tell."""
    try:
        return await repository.seen_lately(redis, HERE_SECONDS)
    except (RedisError, OSError):
        return None


async def tell_presence(redis: RedisClient, words: Iterable[tuple[int, int, bool]]) -> None:
    """Tells users, as (user, who came or went, whether they are here); who has no socket never hears of it."""
    now = time.time()
    packed = [(user, pack(presence(user, actor, online=online, at=now))) for user, actor, online in words]
    if packed:
        await repository.tell_now(redis, packed)
