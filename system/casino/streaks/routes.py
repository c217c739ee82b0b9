"""HTTP in and out of streaks."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from casino.identity.service import CurrentUser
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.http.once import RequestKey, given, keyed
from casino.kit.http.resources import resource
from casino.kit.http.wire import problems
from casino.kit.idempotency import answer_once
from casino.streaks import service
from casino.streaks.rules import StreakAction
from casino.streaks.schemas import (
    Claimed,
    Protection,
    ProtectionAsked,
    StreakAsked,
    StreakHistory,
    StreakPreview,
    StreakStatus,
    Ticked,
)

router = APIRouter(prefix="/api/streak", tags=["streak"])
Db = Annotated[Database, resource(Database)]
Days = Annotated[Calendar, resource(Calendar)]
Action = Annotated[StreakAction, Query(description="Which streak.")]
DAILY = StreakAction.DAILY_LOGIN


@router.get("/status", operation_id="streak_status_v1", responses=problems(401, 422, 429, 503))
async def status(
    user: CurrentUser, database: Db, calendar: Days, action_type: Action = DAILY
) -> StreakStatus:
    """Where your streak stands, when it breaks, and what is next."""
    async with database.snapshot() as connection:
        now = await calendar.now(connection)
        return await service.status_of(connection, user.user_id, action_type, now=now, calendar=calendar)


@router.get("/preview", operation_id="streak_preview_v1", responses=problems(401, 422, 429, 503))
async def preview(
    user: CurrentUser, database: Db, calendar: Days, action_type: Action = DAILY
) -> StreakPreview:
    """What the next seven days give if you miss none."""
    async with database.snapshot() as connection:
        today = await calendar.today(connection)
        return await service.preview(connection, user.user_id, action_type, today=today)


@router.get("/history", operation_id="streak_history_v1", responses=problems(401, 422, 429, 503))
async def history(
    user: CurrentUser,
    database: Db,
    calendar: Days,
    action_type: Action = DAILY,
    year: Annotated[int | None, Query(ge=2000, le=2099, description="This year without it.")] = None,
    month: Annotated[int | None, Query(ge=1, le=12, description="This month without it.")] = None,
) -> StreakHistory:
    """The days of a month on which you were here."""
    async with database.snapshot() as connection:
        today = await calendar.today(connection)
        return await service.history(
            connection, user.user_id, action_type, year=year or today.year, month=month or today.month
        )


@router.post(
    "/tick", operation_id="streak_tick_v1", responses=problems(401, 404, 409, 413, 415, 422, 429, 503)
)
async def tick(user: CurrentUser, database: Db, calendar: Days, asked: StreakAsked | None = None) -> Ticked:
    """Records that you were here today; again the same day changes nothing."""
    action = (asked or StreakAsked()).action_type
    async with database.transaction() as connection:
        today = await calendar.today(connection)
        return await service.attend(connection, user.user_id, action, today=today)


@router.post(
    "/claim",
    operation_id="streak_claim_v1",
    response_model=Claimed,
    responses=problems(401, 404, 409, 413, 415, 422, 429, 503),
)
async def claim(
    request: Request,
    user: CurrentUser,
    database: Db,
    calendar: Days,
    key: RequestKey,
    asked: StreakAsked | None = None,
) -> Response:
    """Gives today's reward, once a day however often it is asked: the others are 409 `already_claimed`."""
    action = (asked or StreakAsked()).action_type
    wanted = keyed(request, user.user_id, key, {"action_type": action})
    async with database.transaction() as connection:
        today = await calendar.today(connection)
        answer = await answer_once(
            connection,
            wanted,
            lambda: service.claim_streak(
                connection, user.user_id, action, today=today, calendar=calendar, client_key=key
            ),
        )
    return given(answer, claim="streak")


@router.get("/protection", operation_id="streak_protection_v1", responses=problems(401, 422, 429, 503))
async def protection(
    user: CurrentUser, database: Db, calendar: Days, action_type: Action = DAILY
) -> Protection:
    """Whether one missed day a month is forgiven you."""
    async with database.snapshot() as connection:
        today = await calendar.today(connection)
        return await service.protection_of(connection, user.user_id, action_type, today=today)


@router.post(
    "/protection",
    operation_id="streak_protection_set_v1",
    responses=problems(401, 404, 409, 413, 415, 422, 429, 503),
)
async def set_protection(
    asked: ProtectionAsked, user: CurrentUser, database: Db, calendar: Days
) -> Protection:
    """Switches the forgiving of one missed day a month on or off."""
    async with database.transaction() as connection:
        today = await calendar.today(connection)
        return await service.protect(
            connection, user.user_id, asked.action_type, enabled=asked.enabled, today=today
        )
