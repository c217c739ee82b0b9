"""HTTP in and out of VIP."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from casino.identity.service import CurrentUser
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.http.once import RequestKey, given, keyed
from casino.kit.http.resources import resource
from casino.kit.http.wire import problems
from casino.kit.idempotency import answer_once
from casino.vip import service
from casino.vip.schemas import VipGift, VipStatus

router = APIRouter(prefix="/api/vip", tags=["vip"])
Db = Annotated[Database, resource(Database)]
Days = Annotated[Calendar, resource(Calendar)]


@router.get("/status", operation_id="vip_status_v1", responses=problems(401, 429, 503))
async def status(user: CurrentUser, database: Db, calendar: Days) -> VipStatus:
    """Your points, your tier, and whether today's gift is still there."""
    async with database.snapshot() as connection:
        now = await calendar.now(connection)
        return await service.status_of(connection, user.user_id, now=now, calendar=calendar)


@router.post(
    "/claim",
    operation_id="vip_claim_v1",
    response_model=VipGift,
    responses=problems(401, 404, 409, 422, 429, 503),
)
async def claim(
    request: Request, user: CurrentUser, database: Db, calendar: Days, key: RequestKey
) -> Response:
    """Gives today's gift; asked again the same day, the answer is the same and nothing is given."""
    wanted = keyed(request, user.user_id, key)
    async with database.transaction() as connection:
        today = await calendar.today(connection)
        answer = await answer_once(
            connection,
            wanted,
            lambda: service.claim_gift(connection, user.user_id, today=today, client_key=key),
        )
    return given(answer, claim="vip")
