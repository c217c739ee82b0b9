"""The home page's answer: a section of each room, joined into one statement, so that all show one moment."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, ScalarSelect, bindparam, func, select

from casino.achievements.service import achievements_section, my_achievements
from casino.battlepass.service import pass_from, pass_section
from casino.events.service import hot_event_from, hot_event_section, missions_from, missions_section
from casino.games.service import stats_from, stats_section
from casino.home.figures import PublicFigures
from casino.home.repository import actions_section
from casino.home.schemas import Dashboard, DashboardProfile, GlobalFigures, action_of
from casino.identity.errors import UserNotFound
from casino.identity.service import profile_section
from casino.kit.database import Database, Prepared
from casino.kit.days import Calendar
from casino.kit.metrics import counter
from casino.notifications.service import unread_from, unread_section
from casino.rewards.service import standing_from, standing_section
from casino.streaks.service import streak_from, streak_section
from casino.vip.service import vip_from, vip_section

ACTIONS_SHOWN = 10
COMMUNITY_SECONDS_MAX = 0.1

# Each offers a user's part of the answer as one JSON value, to stand in the one statement.
SECTIONS: Mapping[str, Callable[[Any], ScalarSelect[Any]]] = {
    "profile": profile_section,
    "standing": standing_section,
    "vip": vip_section,
    "hot_event": hot_event_section,
    "achievements": achievements_section,
    "battle_pass": pass_section,
    "game_stats": stats_section,
    "recent_actions": partial(actions_section, items_max=ACTIONS_SHOWN),
    "notifications": unread_section,
}
# These also ask for the casino's day.
DAILY_SECTIONS: Mapping[str, Callable[[Any, Any], ScalarSelect[Any]]] = {
    "streak": streak_section,
    "missions": missions_section,
}


def _statement(calendar: Calendar) -> Prepared:
    user_id = bindparam("user_id", type_=BigInteger)
    sections = [section(user_id).label(name) for name, section in SECTIONS.items()]
    sections += [
        section(user_id, calendar.sql_today()).label(name) for name, section in DAILY_SECTIONS.items()
    ]
    return Prepared(select(*sections, func.now().label("generated_at")))


class HomePage:
    """Everything the home page shows, by the days of one calendar."""

    def __init__(self, database: Database, figures: PublicFigures, calendar: Calendar) -> None:
        self._database = database
        self._figures = figures
        self._calendar = calendar
        self._statement = _statement(calendar)

    async def dashboard(self, user_id: int) -> Dashboard:
        """What a user sees: one round trip, and one more when the public figures are due. UserNotFound."""
        community = await self._community()
        return (await self._own(user_id)).model_copy(update={"community": community})

    async def snapshot(self, user_id: int) -> dict[str, Any]:
        """The same without the community, for a socket's first message. UserNotFound."""
        return (await self._own(user_id)).model_dump(mode="json", exclude={"community"})

    async def _own(self, user_id: int) -> Dashboard:
        async with self._database.driver() as connection:
            (row,) = await self._statement.fetch(connection, {"user_id": user_id})
        if row["profile"] is None:
            raise UserNotFound(f"There is no user {user_id}.")
        now, calendar = row["generated_at"], self._calendar
        return Dashboard(
            profile=DashboardProfile.model_validate(row["profile"]),
            standing=standing_from(row["standing"]),
            streak=streak_from(row["streak"], now=now, calendar=calendar),
            vip=vip_from(row["vip"], now=now, calendar=calendar),
            hot_event=hot_event_from(row["hot_event"]),
            missions=missions_from(row["missions"], today=calendar.day_of(now), calendar=calendar),
            achievements=my_achievements(row["achievements"] or ()),
            battle_pass=pass_from(row["battle_pass"]),
            game_stats=stats_from(user_id, row["game_stats"]),
            recent_actions=[action_of(action) for action in row["recent_actions"]],
            notifications=unread_from(row["notifications"]),
            community=None,
            generated_at=now,
        )

    async def _community(self) -> GlobalFigures | None:
        """The public figures, if they can be had at once: a slow Redis must not hold up anybody's home page."""
        try:
            async with asyncio.timeout(COMMUNITY_SECONDS_MAX):
                found, origin = await self._figures.look()
        except TimeoutError:
            counter("dashboard_cache_requests_total").labels("away").inc()
            return None
        counter("dashboard_cache_requests_total").labels(origin).inc()
        return found
