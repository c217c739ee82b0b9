"""HTTP in and out of the back office."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from casino.admin import service
from casino.admin.audit import Actor
from casino.admin.schemas import (
    ActionName,
    AuditRow,
    Export,
    GameDecisionAsked,
    GameStanding,
    GameStandings,
    GameType,
    MessageAsked,
    ScheduleAsked,
    SendAsked,
    Sending,
)
from casino.events.service import Participation, ProgressAsked
from casino.identity.service import Admission, CurrentUser, Principal, TokenChecker, require_role
from casino.kit import limits, tracing
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.http.edge import exchange_of, hold
from casino.kit.http.resources import resource
from casino.kit.http.wire import Cursor, Limit, Page, links, problems, read_cursor
from casino.kit.limits import RateLimits
from casino.notifications.service import State
from casino.rewards.service import DistributeAsked, Distributed

router = APIRouter(prefix="/api/admin", tags=["admin"])
Db = Annotated[Database, resource(Database)]
Operator = Annotated[Principal, require_role("operator")]
SendId = Annotated[int, Path(ge=1, lt=2**63)]
EventId = Annotated[int, Path(ge=1, lt=2**63)]

gifts_router = APIRouter(prefix="/api")
personal_router = APIRouter(prefix="/api/users/me", tags=["users"])
EXPORTS = limits.Limit("export", 5, 60)


def actor_of(request: Request, user: Principal) -> Actor:
    """The operator behind a request, as the audit row names them."""
    traceparent = exchange_of(request.scope).traceparent
    return Actor(
        user_id=user.user_id,
        address=request.scope["address"],
        trace_id=tracing.trace_id(traceparent),
        traceparent=tracing.sampled_or_none(traceparent),
    )


@router.post(
    "/notifications/send",
    operation_id="admin_notifications_send_v1",
    status_code=201,
    responses=problems(400, 401, 403, 413, 415, 422, 429, 503),
)
async def send(request: Request, asked: SendAsked, user: Operator, database: Db) -> Sending:
    """Sends a message to some users, now. Who does not exist or switched such messages off is passed over."""
    async with database.transaction() as connection:
        return await service.send(connection, actor_of(request, user), asked, asked.user_ids)


@router.post(
    "/notifications/broadcast",
    operation_id="admin_notifications_broadcast_v1",
    status_code=202,
    responses=problems(400, 401, 403, 413, 415, 422, 429, 503),
)
async def broadcast(request: Request, asked: MessageAsked, user: Operator, database: Db) -> Sending:
    """Sends a message to everybody, within seconds."""
    async with database.transaction() as connection:
        return await service.broadcast(connection, actor_of(request, user), asked)


_CANCEL: dict[str, Any] = {
    "operationId": "admin_notifications_cancel_v1",
    "parameters": {"send_id": "$response.body#/id"},
}


@router.post(
    "/notifications/schedule",
    operation_id="admin_notifications_schedule_v1",
    status_code=201,
    responses=problems(400, 401, 403, 413, 415, 422, 429, 503) | links(201, cancel=_CANCEL),
)
async def schedule(request: Request, asked: ScheduleAsked, user: Operator, database: Db) -> Sending:
    """Leaves a message for a moment to come, to some users or to everybody."""
    async with database.transaction() as connection:
        return await service.schedule(
            connection, actor_of(request, user), asked, user_ids=asked.user_ids, send_at=asked.send_at
        )


@router.get(
    "/notifications",
    operation_id="admin_notifications_v1",
    responses=problems(401, 403, 422, 429, 503)
    | links(
        200,
        next_page={
            "operationId": "admin_notifications_v1",
            "parameters": {"cursor": "$response.body#/next_cursor"},
        },
    ),
)
async def sends(
    user: Operator,  # noqa: ARG001  # the guard is what matters
    database: Db,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[Sending]:
    """What operators sent or will send, newest first."""
    before = read_cursor(cursor, int)
    async with database.snapshot() as connection:
        return await service.send_page(connection, state=state, before_id=before, limit=limit)


@router.delete(
    "/notifications/{send_id:int}",
    operation_id="admin_notifications_cancel_v1",
    status_code=204,
    responses=problems(401, 403, 404, 409, 422, 429, 503),
)
async def cancel(request: Request, send_id: SendId, user: Operator, database: Db) -> None:
    """Takes back a message that is still waiting for its moment."""
    async with database.transaction() as connection:
        await service.cancel_send(connection, actor_of(request, user), send_id)


@router.get(
    "/audit-log",
    operation_id="admin_audit_log_v1",
    responses=problems(401, 403, 422, 429, 503)
    | links(
        200,
        next_page={
            "operationId": "admin_audit_log_v1",
            "parameters": {"cursor": "$response.body#/next_cursor"},
        },
    ),
)
async def audit_log(
    user: Operator,  # noqa: ARG001  # the guard is what matters
    database: Db,
    actor_id: Annotated[int | None, Query(ge=1, lt=2**63, description="Only what this operator did.")] = None,
    action: Annotated[
        ActionName | None, Query(description="Only this action.", examples=["notifications.send"])
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[AuditRow]:
    """What operators did, newest first."""
    before = read_cursor(cursor, int)
    async with database.snapshot() as connection:
        return await service.audit_page(
            connection, actor_id=actor_id, action=action, before_id=before, limit=limit
        )


@router.get("/games/config", operation_id="admin_games_config_v1", responses=problems(401, 403, 429, 503))
async def games_config(
    user: Operator,  # noqa: ARG001  # the guard is what matters
    database: Db,
) -> GameStandings:
    """How every game stands: open or closed, the limits of its stakes, and what was decided for later."""
    async with database.snapshot() as connection:
        return await service.game_standings(connection)


@router.put(
    "/games/config/{game_type}",
    operation_id="admin_games_configure_v1",
    responses=problems(400, 401, 403, 413, 415, 422, 429, 503),
)
async def configure_game(
    request: Request, game_type: GameType, asked: GameDecisionAsked, user: Operator, database: Db
) -> GameStanding:
    """Closes a game, opens it, or narrows its stakes; every process follows within a second. Odds stay."""
    async with database.transaction() as connection:
        return await service.decide_about_game(connection, actor_of(request, user), game_type, asked)


@gifts_router.post(
    "/rewards/distribute",
    operation_id="rewards_distribute_v1",
    tags=["rewards"],
    responses=problems(401, 403, 404, 409, 413, 415, 422, 429, 503),
)
async def distribute(request: Request, asked: DistributeAsked, user: Operator, database: Db) -> Distributed:
    """Gives users a reward, each once for its key. For operators."""
    async with database.transaction() as connection:
        return await service.distribute(connection, actor_of(request, user), asked)


@gifts_router.put(
    "/events/progress/{event_id}",
    operation_id="events_progress_v1",
    tags=["events"],
    responses=problems(401, 403, 404, 409, 413, 415, 422, 429, 503),
)
async def add_progress(
    request: Request,
    event_id: EventId,
    asked: ProgressAsked,
    user: Operator,
    database: Db,
    calendar: Annotated[Calendar, resource(Calendar)],
) -> Participation:
    """Adds to a player's progress. For operators."""
    async with database.transaction() as connection:
        now = await calendar.now(connection)
        return await service.add_progress(connection, actor_of(request, user), event_id, asked, now=now)


@personal_router.get(
    "/export",
    operation_id="users_export_v1",
    responses=problems(401, 404, 429, 503),
)
async def export(
    request: Request,
    user: CurrentUser,
    database: Db,
    door: Annotated[Admission, resource(Admission)],
    counts: Annotated[RateLimits, resource(RateLimits)],
) -> Export:
    """All that is kept about you. Of long lists the newest 5,000; their own routes page out the rest."""
    hold(counts, exchange_of(request.scope), str(user.user_id), EXPORTS)
    async with database.transaction() as connection:
        return Export.model_validate(await service.export(connection, user.user_id, door.personal))


@personal_router.delete(
    "",
    operation_id="users_erase_v1",
    status_code=204,
    responses=problems(401, 404, 429, 503),
)
async def erase(
    request: Request,
    response: Response,
    user: CurrentUser,
    database: Db,
    checker: Annotated[TokenChecker, resource(TokenChecker)],
    door: Annotated[Admission, resource(Admission)],
) -> None:
    """Erases what is personal about you, for good, and ends your sessions. Ledger and rounds stay, under a number."""
    async with database.transaction() as connection:
        revoked = await service.erase(connection, user.user_id)
    await checker.revocations.announce(revoked)
    door.cookie.clear(request, response)
