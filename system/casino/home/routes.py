"""HTTP in and out of the home page: actions, public figures, browsers' reports."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from casino.home import service, telemetry
from casino.home.dashboard import HomePage
from casino.home.figure_streams import EventStream, FigureStreams
from casino.home.figures import PublicFigures
from casino.home.schemas import (
    Action,
    ActionAsked,
    ActionsAsked,
    ClientReport,
    Dashboard,
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
Figures = Annotated[PublicFigures, resource(PublicFigures)]
UserId = Annotated[int, Path(ge=1, lt=2**63)]


@router.get(
    "/dashboard",
    operation_id="home_dashboard_v1",
    tags=["home"],
    responses=problems(401, 404, 429, 503)
    | links(
        200,
        actions={
            "operationId": "home_actions_recent_v1",
            "parameters": {"user_id": "$response.body#/profile/id"},
        },
        read={
            "operationId": "notifications_read_v1",
            "parameters": {"notification_id": "$response.body#/notifications/items/0/id"},
        },
    ),
)
async def dashboard(user: CurrentUser, home: Annotated[HomePage, resource(HomePage)]) -> Dashboard:
    """Everything the home page shows, in one call."""
    return await home.dashboard(user.user_id)


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
async def global_figures(figures: Figures) -> GlobalFigures:
    """How busy the casino is; rounds are counted as they were settled, never as a browser says."""
    return await figures.read()


@router.get(
    "/metrics/stream",
    operation_id="home_metrics_stream_v1",
    tags=["metrics"],
    status_code=200,
    response_class=EventStream,
    responses=problems(422, 429, 503),
)
async def figures_stream(
    streams: Annotated[FigureStreams, resource(FigureStreams)],
    interval: Annotated[int, Query(ge=2, le=30, description="Seconds between two events.")] = 5,
) -> EventStream:
    """The same as server-sent events named `metrics`: one at once, then one each `interval` seconds."""
    return EventStream(streams.open(interval))


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
