"""HTTP out of the achievements: nothing here can be unlocked by asking."""

from typing import Annotated

from fastapi import APIRouter

from casino.achievements import service
from casino.achievements.schemas import Achievements, MyAchievements
from casino.identity.service import CurrentUser
from casino.kit.database import Database
from casino.kit.http.resources import resource
from casino.kit.http.wire import problems

router = APIRouter(prefix="/api/achievements", tags=["achievements"])
Db = Annotated[Database, resource(Database)]


@router.get("", operation_id="achievements_list_v1", responses=problems(429, 503))
async def list_achievements(database: Db) -> Achievements:
    """Everything there is to achieve, for anybody."""
    async with database.snapshot() as connection:
        return await service.catalogue(connection)


@router.get("/me", operation_id="achievements_me_v1", responses=problems(401, 429, 503))
async def my_achievements(user: CurrentUser, database: Db) -> MyAchievements:
    """Everything there is to achieve, and how far you came."""
    async with database.snapshot() as connection:
        return await service.achievements_of(connection, user.user_id)
