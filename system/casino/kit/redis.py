"""Redis or Valkey: a cache and a messenger. Losing all of it loses no money and no fact."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

RedisClient = Redis
__all__ = [
    "RedisClient",
    "RedisError",
    "connect",
    "everybody_channel",
    "floor_channel",
    "limit_key",
    "revocations_channel",
    "user_channel",
    "user_stream",
]

STREAM_EVENTS_MAX = 600
STREAM_SECONDS = 900
OUTBOX_WAKE_CHANNEL = "outbox:wake"
GLOBAL_METRICS_KEY = "metrics:global:v1"
GLOBAL_METRICS_SECONDS = 5


def connect(url: str) -> RedisClient:
    """A client that gives up fast: what needs Redis has a way without it."""
    client: RedisClient = Redis.from_url(
        url,
        socket_connect_timeout=0.5,
        socket_timeout=1.0,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 0),
    )
    return client


def user_stream(user_id: int) -> str:
    """The user's last messages, ids `{event number}-0`; trimmed, expires by itself."""
    return f"rt:user:{user_id}"


def user_channel(user_id: int) -> str:
    """Where the user's messages pass by as they leave the log."""
    return f"rt:live:{user_id}"


def everybody_channel() -> str:
    """Where what everybody is told passes by."""
    return "rt:everybody"


def floor_channel() -> str:
    """Where what happens in all games passes by, while anybody watches."""
    return "rt:floor"


def revocations_channel() -> str:
    """Tells every process that a session or a user was revoked; PostgreSQL is polled as well."""
    return "auth:revoked"


def presence_key() -> str:
    """Sorted set of users seen, by Unix seconds; trimmed to five minutes at each write."""
    return "presence:seen"


def limit_key(scope: str, identifier: str, seconds: int, window: int) -> str:
    """The count of one fixed window of `seconds`; lives for two of them."""
    return f"rl:{scope}:{identifier}:{seconds}:{window}"


def limited_stock_key(package_code: str) -> str:
    """Pieces of a limited package that may still be asked for; lives for seconds and is rebuilt from the table."""
    return f"limited:stock:{package_code}"


def fraud_key(kind: str, user_id: int, window_seconds: int) -> str:
    """Sorted set of a user's attempts to pay, or of what they paid with, by Unix seconds; lives for its window."""
    return f"fraud:{kind}:{user_id}:{window_seconds}"
