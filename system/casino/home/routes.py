"""HTTP in and out of the home page: actions, public figures, browsers' reports."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from casino.home import service, telemetry
from casino.home.figures import PublicFigures
from casino.home.schemas import (
    Action,
    ActionAsked,
    ActionsAsked,
    ClientReport,
    GlobalFigures,
    LoggedActions,
)
from casino.identity.service import CurrentUser, require_self_or_admin
from casino.kit import limits, tracing
from casino.kit.database import Database
from casino.kit.http.edge import exchange_of, hold
from casino.kit.http.resources import resource
from casino.kit.http.wire import Cursor, Limit, Page, links, problems, read_cursor
from casino.kit.limits import RateLimits

REPORTS = limits.Limit("telemetry", 60, 60)

router = APIRouter(prefix="/api")
Db = Annotated[Database, resource(Database)]
UserId = Annotated[int, Path(ge=1, lt=2**63)]


@router.post(
    "/actions",
    operation_id="home_actions_log_v1",
    tags=["actions"],
    status_code=201,
    responses=problems(401, 404, 409, 413, 415, 422, 429, 503),
)
async def log_action(request: Request, asked: ActionAsked, user: CurrentUser, database: Db) -> Action:
    """Logs one thing you did, as your browser says."""
    traceparent = tracing.sampled_or_none(exchange_of(request.scope).traceparent)
    async with database.transaction() as connection:
        logged = await service.log_actions(connection, user.user_id, [asked], traceparent=traceparent)
    return logged[0]


@router.post(
    "/actions/bulk",
    operation_id="home_actions_log_bulk_v1",
    tags=["actions"],
    status_code=201,
    responses=problems(401, 404, 409, 413, 415, 422, 429, 503),
)
async def log_actions(
    request: Request, asked: ActionsAsked, user: CurrentUser, database: Db
) -> LoggedActions:
    """Logs several things you did, in order; all of them or none."""
    traceparent = tracing.sampled_or_none(exchange_of(request.scope).traceparent)
    async with database.transaction() as connection:
        logged = await service.log_actions(connection, user.user_id, asked.actions, traceparent=traceparent)
    return LoggedActions(items=logged)


@router.get(
    "/actions/recent/{user_id}",
    operation_id="home_actions_recent_v1",
    tags=["actions"],
    responses=problems(401, 403, 422, 429, 503)
    | links(
        200,
        next_page={
            "operationId": "home_actions_recent_v1",
            "parameters": {"user_id": "$request.path.user_id", "cursor": "$response.body#/next_cursor"},
        },
    ),
)
async def recent_actions(
    user_id: UserId, user: CurrentUser, database: Db, limit: Limit = 20, cursor: Cursor = None
) -> Page[Action]:
    """What a user did, newest first: your own, or anybody's for an admin."""
    require_self_or_admin(user, user_id)
    before = read_cursor(cursor, int)
    async with database.snapshot() as connection:
        return await service.recent_actions(connection, user_id, before_event_no=before, limit=limit)


@router.get(
    "/metrics/global", operation_id="home_metrics_global_v1", tags=["metrics"], responses=problems(429, 503)
)
async def global_figures(figures: Annotated[PublicFigures, resource(PublicFigures)]) -> GlobalFigures:
    """How busy the casino is; rounds are counted as they were settled, never as a browser says."""
    return await figures.read()


@router.post(
    "/telemetry/client",
    operation_id="home_telemetry_client_v1",
    tags=["metrics"],
    status_code=204,
    responses=problems(413, 415, 422, 429),
)
async def client_report(
    request: Request, asked: ClientReport, counts: Annotated[RateLimits, resource(RateLimits)]
) -> None:
    """Takes a browser's timings, retries and errors. Needs no log-in; limited by address."""
    hold(counts, exchange_of(request.scope), request.scope["address"], REPORTS)
    telemetry.record(asked.events)
