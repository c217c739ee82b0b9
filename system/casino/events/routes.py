"""HTTP in and out of events and missions."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from casino.events import service
from casino.events.schemas import Events, JoinAsked, Missions, Participation, RewardClaimed
from casino.identity.service import CurrentUser
from casino.kit.database import Database
from casino.kit.days import Calendar
from casino.kit.http.once import RequestKey, given, keyed
from casino.kit.http.resources import resource
from casino.kit.http.wire import links, problems
from casino.kit.idempotency import answer_once

router = APIRouter(prefix="/api/events", tags=["events"])
public_router = APIRouter(prefix="/api/public", tags=["events"])
Db = Annotated[Database, resource(Database)]
Days = Annotated[Calendar, resource(Calendar)]
Id = Annotated[int, Path(ge=1, lt=2**63)]


@router.get(
    "/",
    operation_id="events_list_v1",
    responses=problems(401, 429, 503)
    | links(
        200,
        join={
            "operationId": "events_join_v1",
            "requestBody": {"eventId": "$response.body#/items/0/id"},
        },
    ),
)
async def list_events(user: CurrentUser, database: Db, calendar: Days) -> Events:
    """The events that run now, the hot one first, and your part in each."""
    async with database.snapshot() as connection:
        return await service.running(connection, user.user_id, now=await calendar.now(connection))


@public_router.get("/events", operation_id="events_public_v1", responses=problems(429, 503))
async def public_events(database: Db, calendar: Days) -> Events:
    """The events that run now, for anybody."""
    async with database.snapshot() as connection:
        return await service.running(connection, None, now=await calendar.now(connection))


@router.post(
    "/join", operation_id="events_join_v1", responses=problems(401, 404, 409, 413, 415, 422, 429, 503)
)
async def join(asked: JoinAsked, user: CurrentUser, database: Db, calendar: Days) -> Participation:
    """Takes part in an event: what you play from now on counts. Joining again changes nothing."""
    async with database.transaction() as connection:
        now = await calendar.now(connection)
        return await service.join(connection, user.user_id, asked.event_id, now=now)


@router.post(
    "/claim/{event_id}",
    operation_id="events_claim_v1",
    response_model=RewardClaimed,
    responses=problems(401, 404, 409, 422, 429, 503),
)
async def claim(request: Request, event_id: Id, user: CurrentUser, database: Db, key: RequestKey) -> Response:
    """Gives a completed event's reward, once."""
    wanted = keyed(request, user.user_id, key)
    async with database.transaction() as connection:
        answer = await answer_once(
            connection,
            wanted,
            lambda: service.claim_event(connection, user.user_id, event_id, client_key=key),
        )
    return given(answer, claim="event")


@router.get("/missions/all", operation_id="missions_list_v1", responses=problems(401, 429, 503))
async def list_missions(user: CurrentUser, database: Db, calendar: Days) -> Missions:
    """Today's and this week's missions, and how far you came."""
    async with database.snapshot() as connection:
        today = await calendar.today(connection)
        return await service.missions_of(connection, user.user_id, today=today, calendar=calendar)


@router.post(
    "/missions/{mission_id}/claim",
    operation_id="missions_claim_v1",
    response_model=RewardClaimed,
    responses=problems(401, 404, 409, 422, 429, 503),
)
async def claim_mission(
    request: Request, mission_id: Id, user: CurrentUser, database: Db, calendar: Days, key: RequestKey
) -> Response:
    """Gives the reward of a mission completed in its running period, once."""
    wanted = keyed(request, user.user_id, key)
    async with database.transaction() as connection:
        today = await calendar.today(connection)
        answer = await answer_once(
            connection,
            wanted,
            lambda: service.claim_mission(connection, user.user_id, mission_id, today=today, client_key=key),
        )
    return given(answer, claim="mission")
