"""What follows from what was settled: experience climbs the season's ladder."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.battlepass import repository, rules, service
from casino.battlepass.facts import PASS_PROGRESSED
from casino.battlepass.models import PassProgress
from casino.battlepass.rules import Counted, Season
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.measures import Yardstick
from casino.kit.outbox import Fact
from casino.kit.projections import Projection
from casino.kit.scheduler import Job
from casino.wallet.service import News, announce

PASS = "battlepass.progress"  # noqa: S105 - no password
SEASON_SECONDS = 600.0


def consumers(yardstick: Yardstick) -> list[Consumer]:
    """The consumers of this room."""

    async def move(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        seasons = await repository.counting(connection)
        moved = await fold(connection, facts, yardstick, seasons)
        await announce(connection, _news(moved, seasons))

    return [Consumer(PASS, move, yardstick.types)]


def projections(yardstick: Yardstick) -> list[Projection]:
    """What can be made again from the log alone."""

    async def fold_only(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
        await fold(connection, facts, yardstick, await repository.counting(connection))

    columns = ("user_id", "season_id", "xp")
    return [Projection(PASS, yardstick.types, PassProgress.__table__, columns, fold_only)]  # type: ignore[arg-type]  # __table__ is a Table


async def fold(
    connection: AsyncConnection, facts: Sequence[Fact], yardstick: Yardstick, seasons: Sequence[Season]
) -> list[tuple[repository.AnyRow, int]]:
    """Adds experience; each moved row with how much it gained."""
    counted = [Counted(fact.user_id, fact.occurred_at, yardstick.measure(fact)) for fact in facts]
    gained = rules.experience(counted, seasons)
    moved = await repository.add_experience(connection, gained)
    return [(row, gained[row.user_id, row.season_id]) for row in moved]


def _news(moved: Sequence[tuple[repository.AnyRow, int]], seasons: Sequence[Season]) -> list[News]:
    known = {season.id: season for season in seasons}
    news = []
    for row, gained in moved:
        season = known[row.season_id]
        if rules.is_news(row.xp - gained, row.xp, season.steps):
            level = rules.level_of(row.xp, season.steps)
            data = {"season_code": season.code, "level": level, "progress": row.xp}
            data |= {"target": rules.target_of(row.xp, season.steps), "claimable": level > 0}
            news.append(News(row.user_id, PASS_PROGRESSED, 1, data))
    return news


def scheduled(database: Database, calendar: Calendar) -> list[Job]:
    """The jobs of this room."""

    async def open_season() -> None:
        async with database.transaction() as connection:
            await service.open_due(connection, calendar, today=await calendar.today(connection))

    return [Job("season_opened", SEASON_SECONDS, open_season)]
