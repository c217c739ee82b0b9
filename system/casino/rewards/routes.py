"""HTTP in and out of rewards."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from casino.identity.service import CurrentUser, require_self_or_admin
from casino.kit.database import Database
from casino.kit.http.edge import exchange_of, hold
from casino.kit.http.once import RequestKey, given, keyed
from casino.kit.http.resources import resource
from casino.kit.http.wire import Cursor, Limit, links, problems, read_cursor
from casino.kit.idempotency import answer_once
from casino.kit.limits import Limit as RateLimit
from casino.kit.limits import RateLimits
from casino.rewards import service
from casino.rewards.schemas import MyRewards, RedeemAsked, Redeemed

GUESSES = RateLimit("redeem", 20, 60)

router = APIRouter(prefix="/api/rewards", tags=["rewards"])
Db = Annotated[Database, resource(Database)]
UserId = Annotated[int, Path(ge=1, lt=2**63)]


@router.get(
    "/me",
    operation_id="rewards_me_v1",
    responses=problems(401, 422, 429, 503)
    | links(
        200,
        next_page={"operationId": "rewards_me_v1", "parameters": {"cursor": "$response.body#/next_cursor"}},
    ),
)
async def my_rewards(user: CurrentUser, database: Db, limit: Limit = 20, cursor: Cursor = None) -> MyRewards:
    """What you were given, newest first, and your level."""
    before = read_cursor(cursor, int)
    async with database.snapshot() as connection:
        return await service.rewards_of(connection, user.user_id, before_seq=before, limit=limit)


@router.get(
    "/users/{user_id}/rewards",
    operation_id="rewards_user_v1",
    responses=problems(401, 403, 422, 429, 503),
)
async def user_rewards(
    user_id: UserId, user: CurrentUser, database: Db, limit: Limit = 20, cursor: Cursor = None
) -> MyRewards:
    """What a user was given: your own, or anybody's for an admin."""
    require_self_or_admin(user, user_id)
    before = read_cursor(cursor, int)
    async with database.snapshot() as connection:
        return await service.rewards_of(connection, user_id, before_seq=before, limit=limit)


@router.post(
    "/redeem",
    operation_id="rewards_redeem_v1",
    response_model=Redeemed,
    responses=problems(401, 404, 409, 413, 415, 422, 429, 503),
)
async def redeem(
    request: Request,
    asked: RedeemAsked,
    user: CurrentUser,
    database: Db,
    counts: Annotated[RateLimits, resource(RateLimits)],
    key: RequestKey,
) -> Response:
    """Redeems a code for its reward, once for each player. Guessing is limited."""
    hold(counts, exchange_of(request.scope), str(user.user_id), GUESSES)
    wanted = keyed(request, user.user_id, key, asked.model_dump())
    async with database.transaction() as connection:
        answer = await answer_once(
            connection,
            wanted,
            lambda: service.redeem(connection, user.user_id, asked.code, client_key=key),
        )
    return given(answer, claim="code")
