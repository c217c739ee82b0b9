"""HTTP and sockets in and out of notifications."""

from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, WebSocket

from casino.identity.service import CurrentUser, TokenChecker
from casino.kit.database import Database
from casino.kit.http.resources import resource
from casino.kit.http.wire import Cursor, Limit, links, problems, read_cursor
from casino.notifications import service
from casino.notifications.schemas import AllRead, Inbox, NoticeSettings, NoticeSettingsAsked, Notification
from casino.realtime.service import Hub, View, admit, turn_away

VIEW_ITEMS = 20

router = APIRouter(prefix="/api")
socket_router = APIRouter()
Db = Annotated[Database, resource(Database)]
NotificationId = Annotated[int, Path(ge=1, lt=2**63)]


@router.get(
    "/notifications",
    operation_id="notifications_inbox_v1",
    tags=["notifications"],
    responses=problems(401, 422, 429, 503)
    | links(
        200,
        next_page={
            "operationId": "notifications_inbox_v1",
            "parameters": {"cursor": "$response.body#/next_cursor"},
        },
        read={
            "operationId": "notifications_read_v1",
            "parameters": {"notification_id": "$response.body#/items/0/id"},
        },
    ),
)
async def inbox(
    user: CurrentUser,
    database: Db,
    unread: Annotated[bool, Query(description="Only what is unread.")] = False,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Inbox:
    """Your inbox, newest first."""
    before = read_cursor(cursor, int)
    async with database.snapshot() as connection:
        return await service.inbox(
            connection, user.user_id, unread_only=unread, before_id=before, limit=limit
        )


@router.post(
    "/notifications/read-all",
    operation_id="notifications_read_all_v1",
    tags=["notifications"],
    responses=problems(401, 429, 503),
)
async def read_all(user: CurrentUser, database: Db) -> AllRead:
    """Marks your whole inbox as read."""
    async with database.transaction() as connection:
        return AllRead(read=await service.read_all(connection, user.user_id))


@router.post(
    "/notifications/{notification_id}/read",
    operation_id="notifications_read_v1",
    tags=["notifications"],
    responses=problems(401, 404, 422, 429, 503),
)
async def read_one(notification_id: NotificationId, user: CurrentUser, database: Db) -> Notification:
    """Marks one as read; again changes nothing."""
    async with database.transaction() as connection:
        return await service.read_one(connection, user.user_id, notification_id)


@router.get(
    "/notification/settings",
    operation_id="notifications_settings_v1",
    tags=["notifications"],
    responses=problems(401, 429, 503),
)
async def settings(user: CurrentUser, database: Db) -> NoticeSettings:
    """What reaches you."""
    async with database.snapshot() as connection:
        return await service.settings_of(connection, user.user_id)


@router.put(
    "/notification/settings",
    operation_id="notifications_change_settings_v1",
    tags=["notifications"],
    responses=problems(400, 401, 413, 415, 422, 429, 503),
)
async def change_settings(asked: NoticeSettingsAsked, user: CurrentUser, database: Db) -> NoticeSettings:
    """Changes what reaches you from now on; what is in your inbox stays."""
    async with database.transaction() as connection:
        return await service.change_settings(connection, user.user_id, asked.model_dump(exclude_none=True))


@socket_router.websocket("/ws/notifications/{user_id}")
async def follow(
    socket: WebSocket,
    user_id: str,
    hub: Annotated[Hub, resource(Hub)],
    checker: Annotated[TokenChecker, resource(TokenChecker)],
    database: Db,
) -> None:
    """The user's notifications alone, each under its own kind as type, as contracts/asyncapi.yaml describes."""
    admitted = await admit(socket, checker, database)
    if admitted is None:
        return
    principal, resume_after = admitted
    if str(principal.user_id) != user_id:
        await turn_away(socket, "another_user")
        return
    view = View(snapshot=partial(_unread, database), show=show)
    await hub.serve(socket, principal, resume_after, view=view)


def show(kind: str, text: str) -> str | None:
    """A message of the hub as this view says it: a notification under its own kind; nothing else."""
    if kind != "notification":
        return None
    message: dict[str, Any] = orjson.loads(text)
    return orjson.dumps(message | {"type": message["data"]["kind"]}).decode()


async def _unread(database: Database, user_id: int) -> dict[str, Any]:
    async with database.snapshot() as connection:
        found = await service.inbox(connection, user_id, unread_only=True, before_id=None, limit=VIEW_ITEMS)
    return {"notifications": found.model_dump(mode="json")}
