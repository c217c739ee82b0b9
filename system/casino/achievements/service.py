"""What can be asked of achievements: which there are, and how far somebody came."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import ScalarSelect
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.achievements import repository
from casino.achievements.rules import TIER_EXP, TIER_GOLD
from casino.achievements.schemas import AchievementCard, Achievements, MyAchievement, MyAchievements
from casino.kit.database import Database
from casino.kit.exports import exported
from casino.kit.measures import require_same_meaning
from casino.kit.sections import rows_section

__all__ = [
    "MyAchievements",
    "achievements_of",
    "achievements_section",
    "catalogue",
    "everything_of",
    "my_achievements",
    "seed_content",
]

CONTENT = Path(__file__).with_name("content.yaml")


async def catalogue(connection: AsyncConnection) -> Achievements:
    """Everything there is to achieve."""
    rows = await connection.execute(repository.achievements_of(None))
    return Achievements(items=[AchievementCard(**_card(row._mapping)) for row in rows])


async def achievements_of(connection: AsyncConnection, user_id: int) -> MyAchievements:
    """Everything there is to achieve, and how far the user came."""
    rows = await connection.execute(repository.achievements_of(user_id))
    return my_achievements([row._mapping for row in rows])


def my_achievements(rows: Sequence[Mapping[str, Any]]) -> MyAchievements:
    """The achievements in rows of `achievements_of`, or in an `achievements_section`."""
    items = [
        MyAchievement(
            **_card(row),
            progress=min(row["progress"] or 0, row["target"]),
            unlocked=row["unlocked_at"] is not None,
            unlocked_at=row["unlocked_at"],
        )
        for row in rows
    ]
    return MyAchievements(items=items, unlocked=sum(item.unlocked for item in items), total=len(items))


def achievements_section(user_id: Any) -> ScalarSelect[Any]:
    """What `my_achievements` reads, as one JSON value for another room's statement."""
    return rows_section(repository.achievements_of(user_id))


def _card(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "title": row["title_data"],
        "description": row["description_data"],
        "tier": row["tier"],
        "gold": TIER_GOLD[row["tier"]],
        "xp": TIER_EXP[row["tier"]],
        "measure": row["measure"],
        "target": row["target"],
    }


async def seed_content(database: Database) -> Sequence[str]:
    """Brings the achievements to what `content.yaml` says; a line about it. Raises CountedOtherwise."""
    items = [
        {name: item[name] for name in ("code", "tier", "measure", "mode", "target")}
        | {"title_data": item["title"], "description_data": item["description"], "place": place}
        for place, item in enumerate(yaml.safe_load(CONTENT.read_text())["achievements"])
    ]
    async with database.transaction() as connection:
        require_same_meaning(await repository.meanings(connection), items)
        await repository.keep_achievements(connection, items)
    return [f"{len(items)} achievements"]


async def everything_of(connection: AsyncConnection, user_id: int, *, rows_max: int) -> dict[str, Any]:
    """What is kept about a user here, for their export."""
    return await exported(connection, repository.kept_about(user_id), rows_max=rows_max)
