"""What follows from what was settled: achievements move, are unlocked once, and pay."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.achievements import repository, rules
from casino.achievements.facts import ACHIEVEMENT_PROGRESSED
from casino.achievements.models import UserAchievement
from casino.achievements.rules import TIER_EXP, TIER_GOLD, Counted
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.measures import Yardstick, is_news
from casino.kit.metrics import gauge
from casino.kit.outbox import Fact
from casino.kit.projections import Projection
from casino.kit.scheduler import Job
from casino.kit.telemetry import pseudonym
from casino.rewards.service import Grant, grant_all
from casino.wallet.service import News, announce, lock_wallets

ACHIEVEMENTS = "achievements.progress"
MEASURE_SECONDS = 60.0

log = structlog.get_logger(__name__)


def consumers(yardstick: Yardstick) -> list[Consumer]:
    """The consumers of this room."""

    async def move(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        moved = await fold(connection, facts, yardstick)
        unlocked, news = [row for row in moved if _unlocks(row)], _news(moved)
        # All at once and in order: two consumers that take wallets one after another could wait for each other.
        await lock_wallets(
            connection, sorted({row.user_id for row in unlocked} | {item.user_id for item in news})
        )
        await _pay(connection, unlocked)
        await announce(connection, news)

    return [Consumer(ACHIEVEMENTS, move, yardstick.types)]


def projections(yardstick: Yardstick) -> list[Projection]:
    """What can be made again from the log alone."""

    async def fold_only(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        await fold(connection, facts, yardstick)

    columns = ("user_id", "code", "progress", "unlocked_at IS NOT NULL")
    return [Projection(ACHIEVEMENTS, yardstick.types, UserAchievement.__table__, columns, fold_only)]  # type: ignore[arg-type]  # __table__ is a Table


async def fold(
    connection: AsyncConnection, facts: Sequence[Fact], yardstick: Yardstick
) -> list[repository.AnyRow]:
    """Moves and unlocks; the moved rows, as they were `before` and are."""
    counted = [Counted(fact.user_id, fact.occurred_at, yardstick.measure(fact)) for fact in facts]
    steps = rules.steps(counted, await repository.counting(connection))
    moved = await repository.add_progress(connection, steps)
    last: dict[int, datetime] = {}
    for fact in facts:
        last[fact.user_id] = max(fact.occurred_at, last.get(fact.user_id, fact.occurred_at))
    unlocked = [(row.user_id, row.code, last[row.user_id]) for row in moved if _unlocks(row)]
    if unlocked:
        await repository.unlock(connection, unlocked)
    return moved


def _unlocks(row: repository.AnyRow) -> bool:
    return row.unlocked_at is None and row.progress >= row.target


async def _pay(connection: AsyncConnection, unlocked: Sequence[repository.AnyRow]) -> None:
    wanted = [
        Grant(row.user_id, "achievement", row.code, gold=TIER_GOLD[row.tier], exp=TIER_EXP[row.tier])
        for row in sorted(unlocked, key=lambda row: (row.user_id, row.code))
    ]
    if wanted:
        await grant_all(connection, wanted)
    for item in wanted:
        log.info("achievement_unlocked", user=pseudonym(item.user_id), achievement=item.key)


def _news(moved: Sequence[repository.AnyRow]) -> list[News]:
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in moved:
        if row.unlocked_at is None and is_news(row.before, row.progress, row.target):
            shown = {"achievement_code": row.code, "progress": min(row.progress, row.target)}
            told[row.user_id].append(shown | {"unlocked": row.progress >= row.target})
    return [
        News(user_id, ACHIEVEMENT_PROGRESSED, len(shown), {"progress": shown})
        for user_id, shown in told.items()
    ]


def scheduled(database: Database) -> list[Job]:
    """The jobs of this room."""

    async def measure() -> None:
        async with database.snapshot() as connection:
            share = await repository.unlocked_share(connection)
        if share is not None:
            gauge("achievement_progress_ratio").set(share)

    return [Job("achievements_measured", MEASURE_SECONDS, measure)]
