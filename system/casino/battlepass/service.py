"""What can be asked of the battle pass: the season, a level's rewards, the premium track."""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Select, Text, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.battlepass import repository
from casino.battlepass.buy_premium import PREMIUM_ACCOUNT, buy_premium
from casino.battlepass.errors import AlreadyClaimed, LevelNotFound, LevelNotReached, NoSeason
from casino.battlepass.models import PremiumPass
from casino.battlepass.rules import Track
from casino.battlepass.schemas import BattlePass, LevelClaimed
from casino.battlepass.season import open_due, pass_from, pass_of, pass_section, seed_content
from casino.kit.exports import exported
from casino.kit.telemetry import pseudonym
from casino.rewards.service import Grant, grant_all

__all__ = [
    "BattlePass",
    "buy_premium",
    "claim_level",
    "everything_of",
    "open_due",
    "pass_from",
    "pass_of",
    "pass_section",
    "premium_sales",
    "seed_content",
]

log = structlog.get_logger(__name__)


async def claim_level(
    connection: AsyncConnection,
    user_id: int,
    level: int,
    *,
    now: datetime,
    client_key: str | None = None,
) -> LevelClaimed:
    """Gives what a reached level gives on every track open to the user and not taken before.

    Raises NoSeason, LevelNotFound, LevelNotReached or AlreadyClaimed. The progress row lets one caller through.
    """
    season = (await connection.execute(repository.pass_of(user_id, now))).one_or_none()
    if season is None:
        raise NoSeason("No season is running.")
    found = next((one for one in season.levels if one[0] == level), None)
    if found is None:
        raise LevelNotFound(f"This season has no level {level}.")
    _, needed, free_gold, premium_gold = found
    xp = await repository.lock_progress(connection, user_id, season.id)
    if xp < needed:
        raise LevelNotReached(f"Level {level} needs {needed - xp} more experience.", xp=xp, needed=needed)
    worth: dict[Track, int] = {"free": free_gold, **({"premium": premium_gold} if season.premium else {})}
    taken = await repository.claims(connection, user_id, season.id, level)
    tracks = [track for track in worth if track not in taken]
    if not tracks:
        raise AlreadyClaimed("You have the rewards of this level.")
    await repository.add_claims(connection, user_id, season.id, level, tracks)
    wanted = [
        Grant(
            user_id,
            "battlepass",
            f"{season.code}:{level}:{track}",
            gold=worth[track],
            client_key=client_key if place == 0 else None,
        )
        for place, track in enumerate(tracks)
    ]
    given = await grant_all(connection, wanted)
    assert len(given) == len(wanted), "a claim that is new here is new there"
    log.info("battlepass_claimed", user=pseudonym(user_id), level=level, tracks=len(tracks))
    gold = sum(item.gold for item in given.values())
    return LevelClaimed(
        level=level, tracks=tracks, awarded_gold=gold, new_gold_balance=given[wanted[-1]].balance
    )


def premium_sales() -> Select[str, int, int, int]:
    """One row for each sale: (counter_account, user_id, transfer_seq, amount), the transfer it should have.

    Counted from the passes alone, so that the auditor can hold the ledger against it.
    """
    return select(
        literal(PREMIUM_ACCOUNT, Text).label("counter_account"),
        PremiumPass.user_id,
        PremiumPass.transfer_seq,
        (-PremiumPass.price).label("amount"),
    )


async def everything_of(connection: AsyncConnection, user_id: int, *, rows_max: int) -> dict[str, Any]:
    """What is kept about a user here, for their export."""
    return await exported(connection, repository.kept_about(user_id), rows_max=rows_max)
