"""Play without chance: settled rounds as facts, and facts handed to consumers as the worker's loops do it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from casino.games import facts as games
from casino.kit.clock import utc_now
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.ids import uuid7
from casino.kit.outbox import Fact
from tests.factories.log import facts_of


def a_round(
    user_id: int, *, bet: int = 100, win: int = 0, game: str = "slot", at: datetime | None = None
) -> Fact:
    """The fact of a settled round; `at` says when, now without it."""
    outcome = "win" if win > bet else "draw" if win == bet else "lose"
    data: dict[str, Any] = {"game_type": game, "bet_amount": bet, "win_amount": win, "outcome": outcome}
    data |= {"multiplier": win // bet, "round_id": str(uuid7()), "balance": 0}
    return Fact(
        event_id=uuid7(),
        type=games.ROUND_SETTLED,
        user_id=user_id,
        event_no=1,
        messages=games.ROUND_MESSAGES,
        occurred_at=at or utc_now(),
        traceparent=None,
        data=data,
        partition=0,
        log_offset=0,
    )


async def take(database: Database, consumers: Sequence[Consumer], facts: Sequence[Fact]) -> None:
    """Hands facts to every consumer that wants them, a transaction each."""
    for consumer in consumers:
        wanted = [fact for fact in facts if consumer.types is None or fact.type in consumer.types]
        if wanted:
            async with database.transaction() as connection:
                await consumer.handle(connection, wanted)


async def told(database: Database, user_id: int, type: str) -> list[dict[str, Any]]:
    """The data of the user's facts of a type, oldest first."""
    return [fact.data for fact in await facts_of(database, user_id) if fact.type == type]
