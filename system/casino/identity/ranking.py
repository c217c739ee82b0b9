"""Ranks are earned: who sees that somebody earned one raises them, and nobody is ever lowered."""

from collections.abc import Mapping

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import repository
from casino.identity.rules.ranks import RANKS, Rank
from casino.kit.telemetry import pseudonym

log = structlog.get_logger(__name__)


async def raise_ranks(connection: AsyncConnection, earned: Mapping[int, Rank]) -> dict[int, Rank]:
    """Raises each living user to the rank they earned; who was raised. Who stands there or higher stays.

    A token says the rank of its making: the next refresh carries the new one.
    """
    raised: dict[int, Rank] = {}
    for place, rank in enumerate(RANKS):
        users = sorted(user for user, reached in earned.items() if reached == rank)
        if users and place:
            raised |= dict.fromkeys(await repository.raise_rank(connection, users, rank, RANKS[:place]), rank)
    for user, rank in raised.items():
        log.info("rank_earned", user=pseudonym(user), rank=rank)
    return raised
