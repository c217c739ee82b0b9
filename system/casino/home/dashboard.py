"""The home page's answer: a section of each room, joined into one statement, so that all show one moment."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, ScalarSelect, bindparam, func, select

from casino.games.service import stats_from, stats_section
from casino.home.figures import PublicFigures
from casino.home.repository import actions_section
from casino.home.schemas import Dashboard, DashboardProfile, GlobalFigures, action_of
from casino.identity.errors import UserNotFound
from casino.identity.service import profile_section
from casino.kit.database import Database, Prepared
from casino.kit.metrics import counter
from casino.notifications.service import unread_from, unread_section

ACTIONS_SHOWN = 10
COMMUNITY_SECONDS_MAX = 0.1

# Each offers a user's part of the answer as one JSON value, to stand in the one statement.
SECTIONS: Mapping[str, Callable[[Any], ScalarSelect[Any]]] = {
    "profile": profile_section,
    "game_stats": stats_section,
    "recent_actions": partial(actions_section, items_max=ACTIONS_SHOWN),
    "notifications": unread_section,
}


def _statement() -> Prepared:
    user_id = bindparam("user_id", type_=BigInteger)
    sections = (section(user_id).label(name) for name, section in SECTIONS.items())
    return Prepared(select(*sections, func.now().label("generated_at")))


_STATEMENT = _statement()


async def dashboard_of(database: Database, figures: PublicFigures, user_id: int) -> Dashboard:
    """Everything the home page shows: one round trip, and one more when the public figures are due. UserNotFound."""
    community = await _community(figures)
    return (await _own(database, user_id)).model_copy(update={"community": community})


async def snapshot(database: Database, user_id: int) -> dict[str, Any]:
    """The same without the community, for a socket's first message. UserNotFound."""
    return (await _own(database, user_id)).model_dump(mode="json", exclude={"community"})


async def _own(database: Database, user_id: int) -> Dashboard:
    async with database.driver() as connection:
        (row,) = await _STATEMENT.fetch(connection, {"user_id": user_id})
    if row["profile"] is None:
        raise UserNotFound(f"There is no user {user_id}.")
    return Dashboard(
        profile=DashboardProfile.model_validate(row["profile"]),
        game_stats=stats_from(user_id, row["game_stats"]),
        recent_actions=[action_of(action) for action in row["recent_actions"]],
        notifications=unread_from(row["notifications"]),
        community=None,
        generated_at=row["generated_at"],
    )


async def _community(figures: PublicFigures) -> GlobalFigures | None:
    """The public figures, if they can be had at once: a slow Redis must not hold up anybody's home page."""
    try:
        async with asyncio.timeout(COMMUNITY_SECONDS_MAX):
            found, origin = await figures.look()
    except TimeoutError:
        counter("dashboard_cache_requests_total").labels("away").inc()
        return None
    counter("dashboard_cache_requests_total").labels(origin).inc()
    return found
