"""Rate limits that cost a request no round trip: counted in the process, shared through Redis a few times a second.

A limit is a sliding window, estimated from the fixed window before and the one now (the sliding-window counter). A
process decides on what all processes had counted at the last exchange plus what it counted since, so N processes may
admit up to one exchange interval more than the limit. Without Redis each process holds the limits alone.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from casino.kit.metrics import counter, gauge
from casino.kit.redis import RedisClient, RedisError, limit_key

EXCHANGE_SECONDS = 0.25
KEYS_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `requests` in any `seconds`, for each identifier of a scope (``user``, ``address`` …)."""

    scope: str
    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a request stands to the limit that is nearest to being reached."""

    limit: Limit
    remaining: int
    reset_seconds: int

    @property
    def exceeded(self) -> bool:
        """Whether this request is over the limit."""
        return self.remaining < 0


@dataclass(slots=True)
class _Window:
    started: int
    before: float
    shared: int
    own: int
    unsent: int


class RateLimits:
    """The counts of one process. `mode` is ``off``, ``shadow`` (count and mark) or ``enforce``."""

    def __init__(self, redis: RedisClient, *, mode: str, now: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self.mode = mode
        self._now = now
        self._windows: dict[tuple[str, int, str], _Window] = {}

    def take(self, identifier: str, limit: Limit) -> Verdict:
        """Counts one request and says how it stands."""
        now = self._now()
        current = int(now) // limit.seconds
        key = (limit.scope, limit.seconds, identifier)
        window = self._windows.get(key)
        if window is None or window.started != current:
            window = self._turn(key, window, current)
        window.own += 1
        window.unsent += 1
        elapsed = now / limit.seconds - current
        used = window.before * (1 - elapsed) + window.shared + window.own
        reset = limit.seconds - int(now) % limit.seconds
        return Verdict(limit, limit.requests - int(used), reset)

    def _turn(self, key: tuple[str, int, str], old: _Window | None, current: int) -> _Window:
        before = old.shared + old.own if old is not None and old.started == current - 1 else 0
        if len(self._windows) >= KEYS_MAX:
            self._forget_old()
        window = _Window(current, before, 0, 0, 0)
        self._windows[key] = window
        return window

    def _forget_old(self) -> None:
        now = int(self._now())
        self._windows = {key: w for key, w in self._windows.items() if w.started >= now // key[1] - 1}
        if len(self._windows) >= KEYS_MAX:
            self._windows.clear()

    async def exchange(self) -> None:
        """Adds what this process counted to Redis and takes over what the others did."""
        dirty = [(key, window) for key, window in self._windows.items() if window.unsent]
        if not dirty:
            return
        pipeline = self._redis.pipeline(transaction=False)
        sent = [window.unsent for _, window in dirty]
        for (scope, seconds, identifier), window in dirty:
            name = limit_key(scope, identifier, seconds, window.started)
            pipeline.incrby(name, window.unsent)
            pipeline.expire(name, seconds * 2)
        totals = (await pipeline.execute())[::2]
        for (_, window), count, total in zip(dirty, sent, totals, strict=True):
            window.unsent -= count
            window.shared = int(total)
            window.own = window.unsent

    async def run(self) -> None:
        """Exchanges until cancelled; tells by a metric while Redis is away."""
        while True:
            try:
                await self.exchange()
                gauge("rate_limit_degraded").set(0)
            except (RedisError, OSError, TimeoutError):
                gauge("rate_limit_degraded").set(1)
            await asyncio.sleep(EXCHANGE_SECONDS)

    def blocks(self, verdict: Verdict) -> bool:
        """Whether to refuse; counts the hit either way."""
        if not verdict.exceeded or self.mode == "off":
            return False
        counter("rate_limit_hits_total").labels(
            verdict.limit.scope, f"{verdict.limit.seconds}s", self.mode
        ).inc()
        return self.mode == "enforce"


@dataclass(frozen=True, slots=True)
class UserLimits:
    """What one user may ask for: a burst in a second, and a sliding minute."""

    burst: Limit
    minute: Limit
