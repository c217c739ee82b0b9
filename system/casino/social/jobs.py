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
from casino.kit.scheduler import Job
from casino.social import repository
from casino.social.facts import FOLLOWER_TOLD, FOLLOWER_TOLD_MESSAGES
from casino.social.rules import is_worth_telling, scores, streak_scores
from casino.wallet.service import reserve_events

FEED_KEPT = timedelta(days=30)
SCORES_KEPT = timedelta(days=70)
# More followers than this read of it in their feed.
FOLLOWERS_TOLD_MAX = 500


def consumers(yardstick: Yardstick, *, big_win_threshold_gold: int) -> list[Consumer]:
    """The consumers of this room; `yardstick` knows which facts tell the length of a streak."""

    async def count_scores(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        rounds = ((fact.user_id, fact.occurred_at.date(), fact.data) for fact in facts)
        await repository.add_scores(connection, scores(rounds))

    async def tell(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        news = [fact for fact in facts if is_worth_telling(fact.data, big_win_threshold_gold)]
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


def scheduled(database: Database) -> list[Job]:
    """The jobs of this room."""

    async def forget() -> None:
        async with database.transaction() as connection:
            await repository.forget_feed(connection, utc_now() - FEED_KEPT)
            await repository.forget_scores(connection, (utc_now() - SCORES_KEPT).date())

    return [Job("social_news_forgotten", 3_600, forget)]
