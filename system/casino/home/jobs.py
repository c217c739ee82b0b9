"""What follows from rounds and claims: they are logged as actions, and rounds counted for the public figures."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games import facts as games
from casino.home import repository
from casino.home.rules import is_big_win
from casino.kit.clock import utc_now
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.outbox import Fact
from casino.kit.scheduler import Job
from casino.rewards import facts as rewards
from casino.shop import facts as shop

ACTIVITY_KEPT = timedelta(days=8)

Messages = Callable[[Fact], list[tuple[str, dict[str, Any]]]]
# The facts whose messages hold a `user_action`: each becomes a row of the log.
_TOLD: Mapping[str, Messages] = {
    games.ROUND_SETTLED: games.messages,
    rewards.REWARD_GRANTED: rewards.messages,
    shop.PURCHASE_UPDATED: shop.messages,
}


def consumers(*, big_win_threshold_gold: int) -> list[Consumer]:
    """The consumers of this room."""

    async def count_rounds(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        await repository.add_activity(connection, _by_minute(facts, big_win_threshold_gold))

    return [
        Consumer("home.actions", append_actions, frozenset(_TOLD)),
        Consumer("home.activity", count_rounds, frozenset({games.ROUND_SETTLED})),
    ]


async def append_actions(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
    """Logs the action of each fact under the event number its message has; a repeat changes nothing."""
    await repository.append_settled(connection, [row for fact in facts for row in _action_rows(fact)])


def _action_rows(fact: Fact) -> list[dict[str, Any]]:
    told = _TOLD[fact.type](fact)
    return [
        {
            "user_id": fact.user_id,
            "event_no": event_no,
            "created_at": fact.occurred_at,
            "action_type": data["action_type"],
            "source": "server",
            "client_ts": None,
            "action_data": data["context"],
        }
        for event_no, (kind, data) in enumerate(told, fact.event_no)
        if kind == "user_action"
    ]


def _by_minute(facts: Sequence[Fact], threshold_gold: int) -> dict[datetime, tuple[int, int]]:
    counted: dict[datetime, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for fact in facts:
        minute = fact.occurred_at.replace(second=0, microsecond=0)
        rounds, big_wins = counted[minute]
        counted[minute] = (rounds + 1, big_wins + is_big_win(fact.data["win_amount"], threshold_gold))
    return counted


def scheduled(database: Database) -> list[Job]:
    """The jobs of this room."""

    async def forget_activity() -> None:
        async with database.transaction() as connection:
            await repository.forget_activity(connection, utc_now() - ACTIVITY_KEPT)

    return [Job("home_activity_forgotten", 3_600, forget_activity)]
