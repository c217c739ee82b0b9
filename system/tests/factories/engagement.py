"""A day with everything that brings players back: the content of a fresh system, and somebody who uses all of it."""

from collections.abc import Sequence

from casino.achievements import jobs as achievement_jobs
from casino.achievements import service as achievements
from casino.battlepass import jobs as battlepass_jobs
from casino.battlepass import service as battlepass
from casino.events import jobs as event_jobs
from casino.events import service as events
from casino.kit.consumers import Consumer
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.measures import Yardstick
from casino.messages import COUNTS
from casino.rewards import service as rewards
from casino.streaks import service as streaks
from casino.streaks.rules import StreakAction
from casino.vip import jobs as vip_jobs
from casino.vip import service as vip

SEOUL = Calendar("Asia/Seoul")


async def seed_engagement(database: Database) -> None:
    """What `casino seed` fills in."""
    await rewards.seed_content(database)
    await events.seed_content(database, SEOUL)
    await achievements.seed_content(database)
    await battlepass.seed_content(database, SEOUL)


def engagement_consumers() -> Sequence[Consumer]:
    """Everything that moves with play, as the worker runs it."""
    yardstick = Yardstick(COUNTS)
    return [
        *event_jobs.consumers(yardstick, SEOUL),
        *achievement_jobs.consumers(yardstick),
        *battlepass_jobs.consumers(yardstick),
        *vip_jobs.consumers(yardstick),
    ]


async def live_a_day(database: Database, user_id: int) -> None:
    """Claims, joins and buys what there is; the user has played enough for level 1, and 5,000 gold."""
    async with database.transaction() as connection:
        now = await SEOUL.now(connection)
        today = SEOUL.day_of(now)
        daily = StreakAction.DAILY_LOGIN
        await streaks.claim_streak(connection, user_id, daily, today=today, calendar=SEOUL)
        await vip.claim_gift(connection, user_id, today=today)
        missions = await events.missions_of(connection, user_id, today=today, calendar=SEOUL)
        for card in missions.daily:
            if card.claimable:
                await events.claim_mission(connection, user_id, card.id, today=today)
        (hot, *_) = (await events.running(connection, user_id, now=now)).items
        await events.join(connection, user_id, hot.id, now=now)
        await battlepass.claim_level(connection, user_id, 1, now=now)
        await battlepass.buy_premium(connection, user_id, now=now)
        await battlepass.claim_level(connection, user_id, 1, now=now)
