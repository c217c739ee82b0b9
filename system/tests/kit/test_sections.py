"""What rooms offer to another's one statement says the same as they answer themselves."""

from sqlalchemy import BigInteger, bindparam, func, select

from casino.achievements import service as achievements
from casino.battlepass import service as battlepass
from casino.events import service as events
from casino.kit.database import Database, Prepared
from casino.streaks import service as streaks
from casino.streaks.rules import StreakAction
from casino.vip import service as vip
from tests.factories.engagement import SEOUL, engagement_consumers, live_a_day, seed_engagement
from tests.factories.play import a_round, take
from tests.factories.players import a_player


async def test_sections_say_what_the_rooms_answer(database: Database) -> None:
    """Streak, VIP, hot event, missions, achievements and battle pass, joined in one statement, of old and new users."""
    await seed_engagement(database)
    player, stranger = await a_player(database, gold=10_000), await a_player(database)
    await take(database, engagement_consumers(), [a_round(player, win=200) for _ in range(10)])
    await live_a_day(database, player)
    user_id, today = bindparam("user_id", type_=BigInteger), SEOUL.sql_today()
    statement = Prepared(
        select(
            streaks.streak_section(user_id, today).label("streak"),
            vip.vip_section(user_id).label("vip"),
            events.hot_event_section(user_id).label("event"),
            events.missions_section(user_id, today).label("missions"),
            achievements.achievements_section(user_id).label("achievements"),
            battlepass.pass_section(user_id).label("battle_pass"),
            func.now().label("now"),
        )
    )
    for user in (player, stranger):
        async with database.driver() as driver:
            (row,) = await statement.fetch(driver, {"user_id": user})
        read, now = dict(row), row["now"]
        day = SEOUL.day_of(now)
        async with database.snapshot() as connection:
            assert streaks.streak_from(read["streak"], now=now, calendar=SEOUL) == await streaks.status_of(
                connection, user, StreakAction.DAILY_LOGIN, now=now, calendar=SEOUL
            )
            assert vip.vip_from(read["vip"], now=now, calendar=SEOUL) == await vip.status_of(
                connection, user, now=now, calendar=SEOUL
            )
            running = await events.running(connection, user, now=now)
            assert events.hot_event_from(read["event"]) == running.items[0]
            assert events.missions_from(
                read["missions"], today=day, calendar=SEOUL
            ) == await events.missions_of(connection, user, today=day, calendar=SEOUL)
            assert achievements.my_achievements(read["achievements"]) == await achievements.achievements_of(
                connection, user
            )
            assert battlepass.pass_from(read["battle_pass"]) == await battlepass.pass_of(
                connection, user, now=now
            )
