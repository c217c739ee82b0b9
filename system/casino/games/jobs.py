"""The games' scheduled work: rounds of crash end by themselves, the gacha's stock is filled up each day."""

from datetime import timedelta
from functools import partial

from casino.games import repository
from casino.games.end_crash import DUE_MAX, CrashEnds
from casino.games.rules.gacha import GACHA
from casino.games.win_bonuses import WinBonuses
from casino.kit.database import Database
from casino.kit.metrics import gauge
from casino.kit.scheduler import Job

END_SECONDS = 0.2
STOCK_SECONDS = 15.0
OVERDUE_SECONDS = 15.0
# The job ends a round within half a second. One that it passes over again and again keeps its player's stake, and lets
# them begin no other.
OVERDUE_BY = timedelta(minutes=5)


def scheduled(database: Database) -> list[Job]:
    """The jobs of this room."""
    bonuses = WinBonuses(database)
    ends = CrashEnds(database, bonuses, rows_max=DUE_MAX, lanes=1)

    async def end_rounds() -> None:
        await bonuses.renew()
        while await ends.end_due() == DUE_MAX:
            pass

    async def fill_stock() -> None:
        async with database.transaction() as connection:
            await repository.restock(connection, GACHA.stock)
            left = await repository.gacha_stock(connection)
        for rarity, items in left.items():
            gauge("game_gacha_pool_remaining").labels(rarity).set(items)

    return [
        Job("crash_rounds_ended", END_SECONDS, end_rounds),
        Job("crash_rounds_overdue", OVERDUE_SECONDS, partial(show_overdue, database)),
        Job("gacha_stock_filled", STOCK_SECONDS, fill_stock),
    ]


async def show_overdue(database: Database) -> None:
    """Sets the gauge of rounds that should have ended."""
    async with database.snapshot() as connection:
        overdue = await repository.overdue_crash_rounds(connection, by=OVERDUE_BY)
    gauge("data_quality_violations").labels("crash_overdue").set(overdue)
