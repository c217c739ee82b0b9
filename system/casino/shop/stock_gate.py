"""A gate in front of limited stock: turns away, without the database, those who would come too late for sure.

It holds a short-lived copy of `stock_left` in Redis, counted down atomically. The database is the guard: a gate that
is lost, restarted or stale lets everybody through, or turns somebody away for at most its few seconds.
"""

from contextlib import suppress

from redis.exceptions import RedisError

from casino.kit.redis import RedisClient, limited_stock_key

GATE_SECONDS = 3

# 1: counted down, go on; 0: none left; -1: not known here.
_TAKE = """
local left = redis.call('GET', KEYS[1])
if not left then return -1 end
if tonumber(left) <= 0 then return 0 end
redis.call('DECR', KEYS[1])
return 1
"""
# What came back while the copy lived; a copy that is gone comes anew from the database.
_RETURN = "return redis.call('EXISTS', KEYS[1]) == 1 and redis.call('INCR', KEYS[1])"
# Only the first copy is taken; a later one would undo what was counted down since.
_COPY = "return redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2], 'NX')"


class StockGate:
    """The gate of one process; its counts are shared by all of them."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._return = redis.register_script(_RETURN)
        self._copy = redis.register_script(_COPY)

    async def lets_through(self, package_code: str) -> bool:
        """Whether it is worth asking the database."""
        try:
            return int(await self._take(keys=[limited_stock_key(package_code)])) != 0
        except (RedisError, OSError, TimeoutError):
            return True

    async def give_back(self, package_code: str) -> None:
        """Who was let through took nothing: the next one may try."""
        with suppress(RedisError, OSError, TimeoutError):
            await self._return(keys=[limited_stock_key(package_code)])

    async def note(self, package_code: str, stock_left: int) -> None:
        """The database said so; believed for a few seconds."""
        with suppress(RedisError, OSError, TimeoutError):
            await self._copy(keys=[limited_stock_key(package_code)], args=[stock_left, GATE_SECONDS])

    async def forget(self, package_code: str) -> None:
        """A piece was given back: ask the database again."""
        with suppress(RedisError, OSError, TimeoutError):
            await self._redis.delete(limited_stock_key(package_code))
