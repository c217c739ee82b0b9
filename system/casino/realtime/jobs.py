"""The fan-out: takes facts from the log, in order, to the streams and channels of those who listen."""

from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit import tracing
from casino.kit.consumers import Consumer, DependencyAway
from casino.kit.outbox import Fact
from casino.kit.redis import RedisClient, RedisError, everybody_channel, floor_channel
from casino.realtime import repository
from casino.realtime.envelope import Announcer, Envelope, Expanders, floor_events, pack, seal

CONSUMER = "realtime.fanout"
ANNOUNCER = "realtime.announce"
# Of one batch; an operator who watches cannot read faster.
FLOOR_EVENTS_MAX = 50


def fanout_consumer(redis: RedisClient, expanders: Expanders) -> Consumer:
    """The consumer to run in a worker; `expanders` says for each type of fact how sockets hear it.

    A fact of a user who has no socket open, and had none for five minutes, is passed over. No socket can miss
    it: it was committed to the log before we asked who listens, and a socket asks the log where its user's
    events end only after its own subscription is confirmed.
    """
    script = repository.publisher(redis)

    async def handle(_: AsyncConnection, facts: Sequence[Fact]) -> None:
        try:
            listening = await repository.listeners(redis, {fact.user_id for fact in facts})
            envelopes = [_sealed(fact, expanders) for fact in facts if fact.user_id in listening.users]
            if envelopes:
                await repository.publish(script, [(user, one.first_id, pack(one)) for user, one in envelopes])
            if listening.floor:
                await _show_floor(redis, facts, expanders)
        except (RedisError, OSError) as error:
            raise DependencyAway("Redis cannot be reached or refuses; facts wait in the log") from error

    return Consumer(CONSUMER, handle, frozenset(expanders), linger_seconds=0.0)


def announcing_consumer(redis: RedisClient, announcers: Mapping[str, Announcer]) -> Consumer:
    """The consumer that tells every process what is for everybody; `announcers` say it, by type of fact.

    Nothing keeps it for who is not connected: it is in their inbox.
    """

    async def handle(_: AsyncConnection, facts: Sequence[Fact]) -> None:
        try:
            for fact in facts:
                await redis.publish(everybody_channel(), orjson.dumps(announcers[fact.type](fact)))
        except (RedisError, OSError) as error:
            raise DependencyAway("Redis cannot be reached or refuses; facts wait in the log") from error

    return Consumer(ANNOUNCER, handle, frozenset(announcers))


def _sealed(fact: Fact, expanders: Expanders) -> tuple[int, Envelope]:
    with tracing.continued(fact.traceparent, CONSUMER):
        return fact.user_id, seal(fact, expanders[fact.type])


async def _show_floor(redis: RedisClient, facts: Sequence[Fact], expanders: Expanders) -> None:
    """The newest of these game events, for who watches: a busy floor is shown in part."""
    found: list[str] = []
    for fact in reversed(facts):
        found[:0] = floor_events(seal(fact, expanders[fact.type]), fact.user_id)
        if len(found) >= FLOOR_EVENTS_MAX:
            break
    if found:
        await redis.publish(floor_channel(), "\n".join(found))
