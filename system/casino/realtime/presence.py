"""Who is online: users with a socket open now, or within the last five minutes."""

from casino.kit.redis import RedisClient, RedisError
from casino.realtime import repository


async def online_count(redis: RedisClient) -> int | None:
    """How many users are online; None while Redis is away and nobody can tell."""
    try:
        return await repository.count_seen(redis)
    except (RedisError, OSError):
        return None
