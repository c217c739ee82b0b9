"""HTTP in and out of players among each other."""

from typing import Annotated

from fastapi import APIRouter, Path

from casino.identity.service import CurrentUser
from casino.kit.clock import utc_now
from casino.kit.database import Database
from casino.kit.http.paging import Paged, Paging
from casino.kit.http.resources import resource
from casino.kit.http.wire import Cursor, Limit, Page, problems, read_cursor
from casino.kit.redis import RedisClient
from casino.realtime.service import who_is_here
from casino.social import service
from casino.social.rules import Slice
from casino.social.schemas import (
    Board,
    FeedEntry,
    Following,
    Leaderboard,
    People,
    Player,
    SocialSettings,
    SocialSettingsAsked,
    Window,
)

router = APIRouter(prefix="/api/games", tags=["social"])
boards_router = APIRouter(prefix="/api/leaderboards", tags=["social"])
Db = Annotated[Database, resource(Database)]
Redis = Annotated[RedisClient, resource(RedisClient)]
UserId = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("/follow/settings", operation_id="social_settings_v1", responses=problems(401, 429, 503))
async def settings(user: CurrentUser, database: Db) -> SocialSettings:
    """What your followers see of you."""
    async with database.snapshot() as connection:
        return await service.settings_of(connection, user.user_id)


@router.put(
    "/follow/settings",
    operation_id="social_change_settings_v1",
    responses=problems(400, 401, 413, 415, 422, 429, 503),
)
async def change_settings(asked: SocialSettingsAsked, user: CurrentUser, database: Db) -> SocialSettings:
    """Changes what your followers see from now on."""
    async with database.transaction() as connection:
        return await service.change_settings(
            connection, user.user_id, show_presence=asked.show_presence, show_wins=asked.show_wins
        )


@router.get("/follow/list", operation_id="social_followed_v1", responses=problems(401, 422, 429))
async def followed(user: CurrentUser, database: Db, redis: Redis, paging: Paging) -> People:
    """Whom you follow, and who of them is here."""
    asked = _asked(paging)
    here = await who_is_here(redis)
    async with database.snapshot() as connection:
        return await service.followed_by(connection, user.user_id, asked, here=here)


@router.get("/followers", operation_id="social_followers_v1", responses=problems(401, 422, 429))
async def followers(user: CurrentUser, database: Db, paging: Paging) -> People:
    """Who follows you."""
    asked = _asked(paging)
    async with database.snapshot() as connection:
        return await service.followers_of(connection, user.user_id, asked)


def _asked(paging: Paged) -> Slice:
    return Slice(read_cursor(paging.cursor, int) or 0, paging.limit, paging.offset)


@router.post(
    "/follow/{user_id}",
    operation_id="social_follow_v1",
    responses=problems(401, 404, 415, 422, 429),
)
async def follow(user_id: UserId, user: CurrentUser, database: Db) -> Following:
    """Follows a player; again changes nothing."""
    async with database.transaction() as connection:
        return await service.follow(connection, user.user_id, user_id)


@router.delete(
    "/follow/{user_id}",
    operation_id="social_unfollow_v1",
    responses=problems(401, 404, 415, 422, 429),
)
async def unfollow(user_id: UserId, user: CurrentUser, database: Db) -> Following:
    """Follows a player no longer; again changes nothing."""
    async with database.transaction() as connection:
        return await service.unfollow(connection, user.user_id, user_id)


@router.get("/feed", operation_id="social_feed_v1", responses=problems(401, 422, 429))
async def feed(user: CurrentUser, database: Db, limit: Limit = 20, cursor: Cursor = None) -> Page[FeedEntry]:
    """What happened to those you follow, newest first."""
    before_id = read_cursor(cursor, int)
    async with database.snapshot() as connection:
        return await service.feed(connection, user.user_id, before_id=before_id, limit=limit)


@router.get("/players/{user_id}", operation_id="social_player_v1", responses=problems(401, 404, 422, 429))
async def player(user_id: UserId, user: CurrentUser, database: Db, redis: Redis) -> Player:
    """A player as others see them."""
    here = await who_is_here(redis)
    async with database.snapshot() as connection:
        return await service.player(connection, user.user_id, user_id, here=here)


@boards_router.get("/{board}", operation_id="social_leaderboard_v1", responses=problems(401, 422, 429))
async def leaderboard(board: Board, user: CurrentUser, database: Db, window: Window = "week") -> Leaderboard:
    """The leaders of a window (UTC; weeks begin on Monday), and your own place."""
    async with database.snapshot() as connection:
        return await service.leaderboard(connection, user.user_id, board, window, today=utc_now().date())
