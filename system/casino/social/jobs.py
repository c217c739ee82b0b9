"""What follows from settled rounds: places on the boards, and news for followers."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games import facts as games
from casino.kit.clock import utc_now
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.measures import Yardstick
from casino.kit.outbox import Fact, append_fact
from casino.kit.redis import RedisClient
from casino.kit.scheduler import Job
from casino.realtime.service import tell_presence, who_is_here
from casino.social import repository
from casino.social.facts import FOLLOWER_TOLD, FOLLOWER_TOLD_MESSAGES
from casino.social.rules import is_worth_telling, scores, streak_scores
from casino.wallet.service import reserve_events

FEED_KEPT = timedelta(days=30)
SCORES_KEPT = timedelta(days=70)
# More followers than this read of it in their feed.
FOLLOWERS_TOLD_MAX = 500
PRESENCE_SECONDS = 5.0
# Of one look; when everybody comes at once, pages read their lists anew anyway.
PRESENCES_TOLD_MAX = 5_000


def consumers(yardstick: Yardstick, *, big_win_threshold_gold: int) -> list[Consumer]:
    """The consumers of this room; `yardstick` knows which facts tell the length of a streak."""

    async def count_scores(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        rounds = ((fact.user_id, fact.occurred_at.date(), fact.data) for fact in facts)
        await repository.add_scores(connection, scores(rounds))

    async def tell(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        big = [fact for fact in facts if is_worth_telling(fact.data, big_win_threshold_gold)]
        silent = await repository.hiding_wins(connection, [fact.user_id for fact in big]) if big else set()
        news = [fact for fact in big if fact.user_id not in silent]
        await _tell_followers(
            connection, await repository.add_feed_items(connection, [_item(fact) for fact in news])
        )

    async def count_streaks(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        attended = (
            (fact.user_id, fact.occurred_at.date(), length)
            for fact in facts
            if (length := yardstick.measure(fact).get("streak_days"))
        )
        await repository.add_scores(connection, streak_scores(attended))

    settled = frozenset({games.ROUND_SETTLED})
    return [
        Consumer("social.scores", count_scores, settled),
        Consumer("social.feed", tell, settled),
        Consumer("social.streaks", count_streaks, yardstick.types - settled),
    ]


async def _tell_followers(connection: AsyncConnection, items: Sequence[repository.AnyRow]) -> None:
    """An event of its own for each follower, in id order: two consumers never wait for each other in a ring."""
    told = [
        (follower_id, item)
        for item in items
        for follower_id in await repository.follower_ids(connection, item.actor_id, limit=FOLLOWERS_TOLD_MAX)
    ]
    for follower_id, item in sorted(told, key=lambda one: (one[0], one[1].id)):
        await append_fact(
            connection,
            type=FOLLOWER_TOLD,
            user_id=follower_id,
            event_no=await reserve_events(connection, follower_id, FOLLOWER_TOLD_MESSAGES),
            messages=FOLLOWER_TOLD_MESSAGES,
            data={
                "actor": item.actor_id,
                "kind": item.kind,
                "amount": item.amount,
                "game_type": item.game_type,
            },
        )


def _item(fact: Fact) -> dict[str, object]:
    return {
        "event_id": fact.event_id,
        "actor_id": fact.user_id,
        "kind": "big_win",
        "amount": fact.data["win_amount"],
        "game_type": fact.data["game_type"],
        "created_at": fact.occurred_at,
    }


def scheduled(database: Database, redis: RedisClient) -> list[Job]:
    """The jobs of this room."""
    presences = Presences(database, redis)

    async def forget() -> None:
        async with database.transaction() as connection:
            await repository.forget_feed(connection, utc_now() - FEED_KEPT)
            await repository.forget_scores(connection, (utc_now() - SCORES_KEPT).date())

    return [
        Job("social_news_forgotten", 3_600, forget),
        Job("presence_told", PRESENCE_SECONDS, presences.tell),
    ]


class Presences:
    """Who was here at the last look of this process; followers hear of who came and went since."""

    def __init__(self, database: Database, redis: RedisClient) -> None:
        self._database = database
        self._redis = redis
        self._here: set[int] | None = None

    async def tell(self) -> None:
        """Looks once. The first look tells nobody anything, nor does one at a Redis that is away."""
        here = await who_is_here(self._redis)
        if here is None:
            return
        before, self._here = self._here, here
        changed = here ^ before if before is not None else set()
        if not changed:
            return
        async with self._database.snapshot() as connection:
            rows = await repository.presence_followers(connection, sorted(changed), limit=PRESENCES_TOLD_MAX)
        words = [(row.follower_id, row.followee_id, row.followee_id in here) for row in rows]
        await tell_presence(self._redis, [word for word in words if word[0] in here])
