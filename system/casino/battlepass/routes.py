"""HTTP in and out of the battle pass."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from casino.battlepass import service
from casino.battlepass.schemas import BattlePass, LevelClaimed, PremiumBought
from casino.identity.service import CurrentUser
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.http.once import RequestKey, given, keyed
from casino.kit.http.resources import resource
from casino.kit.http.wire import problems
from casino.kit.idempotency import answer_once

router = APIRouter(prefix="/api/battlepass", tags=["battlepass"])
Db = Annotated[Database, resource(Database)]
Days = Annotated[Calendar, resource(Calendar)]


@router.get("", operation_id="battlepass_v1", responses=problems(401, 404, 429, 503))
async def season(user: CurrentUser, database: Db, calendar: Days) -> BattlePass:
    """The running season, its levels, and how high you are."""
    async with database.snapshot() as connection:
        return await service.pass_of(connection, user.user_id, now=await calendar.now(connection))


@router.post(
    "/claim/{level}",
    operation_id="battlepass_claim_v1",
    response_model=LevelClaimed,
    responses=problems(401, 404, 409, 422, 429, 503),
)
async def claim(
    request: Request,
    level: Annotated[int, Path(ge=1, le=1_000)],
    user: CurrentUser,
    database: Db,
    calendar: Days,
    key: RequestKey,
) -> Response:
    """Gives a reached level's rewards on every track open to you, each once."""
    wanted = keyed(request, user.user_id, key)
    async with database.transaction() as connection:
        now = await calendar.now(connection)
        answer = await answer_once(
            connection,
            wanted,
            lambda: service.claim_level(connection, user.user_id, level, now=now, client_key=key),
        )
    return given(answer, claim="battlepass")


@router.post(
    "/premium",
    operation_id="battlepass_premium_v1",
    response_model=PremiumBought,
    responses=problems(401, 402, 404, 409, 422, 429, 503),
)
async def premium(
    request: Request, user: CurrentUser, database: Db, calendar: Days, key: RequestKey
) -> Response:
    """Opens the premium track of the running season for gold; levels reached before count."""
    wanted = keyed(request, user.user_id, key)
    async with database.transaction() as connection:
        now = await calendar.now(connection)
        answer = await answer_once(
            connection,
            wanted,
            lambda: service.buy_premium(connection, user.user_id, now=now, client_key=key),
        )
    return given(answer)
