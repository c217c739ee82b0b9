"""Limits slide, are shared between processes, and hold alone while Redis is away."""

import pytest

from casino.kit.limits import Limit, RateLimits
from casino.kit.redis import RedisClient, connect


class Clock:
    """A clock the test sets."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        """The time now."""
        return self.seconds


MINUTE = Limit("test", 10, 60)


def take(limits: RateLimits, times: int, who: str = "x") -> list[bool]:
    """Whether each of so many requests was over."""
    return [limits.take(who, MINUTE).exceeded for _ in range(times)]


def test_requests_over_the_limit_are_seen(redis: RedisClient) -> None:
    """The eleventh request of a minute is one too many, another identifier's first is not."""
    limits = RateLimits(redis, mode="enforce", now=Clock(1_000_000_020.0))
    assert take(limits, 11) == [False] * 10 + [True]
    assert take(limits, 1, "y") == [False]


def test_the_window_slides(redis: RedisClient) -> None:
    """Half way into the next minute, half of the last one still counts."""
    clock = Clock(60.0 * 1_000 + 59)
    limits = RateLimits(redis, mode="enforce", now=clock)
    take(limits, 10)
    clock.seconds = 60.0 * 1_001 + 30
    assert take(limits, 6) == [False] * 5 + [True]
    clock.seconds = 60.0 * 1_003
    assert take(limits, 1) == [False]


@pytest.mark.parametrize(("mode", "blocked"), [("enforce", True), ("shadow", False), ("off", False)])
def test_only_enforced_limits_block(redis: RedisClient, mode: str, blocked: bool) -> None:
    """Shadow marks without refusing, off does neither."""
    limits = RateLimits(redis, mode=mode, now=Clock(90_000.0))
    verdicts = [limits.take("z", MINUTE) for _ in range(11)]
    assert limits.blocks(verdicts[-1]) is blocked


async def test_processes_share_their_counts(redis: RedisClient) -> None:
    """After an exchange each process knows what the other counted; counting goes on in between."""
    clock = Clock(60.0 * 31_000_000 + 10)
    one, other = (RateLimits(redis, mode="enforce", now=clock) for _ in range(2))
    who = "shared-by-two"
    take(one, 6, who)
    take(other, 4, who)
    await one.exchange()
    await other.exchange()
    assert take(other, 1, who) == [True]
    await one.exchange()
    assert take(one, 1, who) == [False]
    take(one, 1, who)
    await one.exchange()
    await other.exchange()
    await one.exchange()
    assert take(one, 1, who) == [True]


async def test_without_redis_a_process_holds_the_limit_alone() -> None:
    """Counting needs no Redis; what was not sent is kept for later."""
    limits = RateLimits(connect("redis://127.0.0.1:1/0"), mode="enforce", now=Clock(120_000.0))
    assert take(limits, 11)[-1] is True
    with pytest.raises(Exception, match=r"(?i)connect"):
        await limits.exchange()
    assert take(limits, 1) == [True]
