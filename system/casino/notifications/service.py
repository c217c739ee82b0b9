"""What can be asked of notifications: a user's own inbox and settings, telling users, sending."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ScalarSelect
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.database import Database
from casino.kit.http.wire import write_cursor
from casino.notifications import repository
from casino.notifications.errors import NotificationNotFound
from casino.notifications.notify import notify
from casino.notifications.rules import SETTING_OF, Kind, Message, State
from casino.notifications.schemas import Inbox, NoticeSettings, Notification, Unread
from casino.notifications.sending import Send, cancel, deliver_due, schedule, send_now, send_page

__all__ = [
    "Message",
    "Send",
    "State",
    "Unread",
    "cancel",
    "change_settings",
    "deliver_due",
    "everything_of",
    "forget_user",
    "inbox",
    "notify",
    "read_all",
    "read_one",
    "schedule",
    "send_now",
    "send_page",
    "settings_of",
    "unread_from",
    "unread_section",
    "who_declines",
]

SECTION_ITEMS = 5


async def inbox(
    connection: AsyncConnection, user_id: int, *, unread_only: bool, before_id: int | None, limit: int
) -> Inbox:
    """A page of the user's inbox, newest first, and how many are unread in all."""
    rows = await repository.inbox(
        connection, user_id, unread_only=unread_only, before_id=before_id, limit=limit + 1
    )
    items = [_shown(row) for row in rows[:limit]]
    return Inbox(
        items=items,
        next_cursor=write_cursor(items[-1].id) if len(rows) > limit else None,
        unread=await repository.unread_count(connection, user_id),
    )


def _shown(row: Any) -> Notification:
    return Notification(
        id=row.id,
        kind=row.kind,
        title=row.title,
        body=row.body,
        data=row.notification_data,
        read_at=row.read_at,
        created_at=row.created_at,
    )


async def read_one(connection: AsyncConnection, user_id: int, notification_id: int) -> Notification:
    """The notification, read from now on; NotificationNotFound for another's."""
    row = await repository.mark_read(connection, user_id, notification_id)
    if row is None:
        raise NotificationNotFound(f"You have no notification {notification_id}.")
    return _shown(row)


async def read_all(connection: AsyncConnection, user_id: int) -> int:
    """Marks the whole inbox as read; how many were unread."""
    return await repository.mark_all_read(connection, user_id)


async def settings_of(connection: AsyncConnection, user_id: int) -> NoticeSettings:
    """What the user lets in."""
    row = await repository.settings_of(connection, user_id)
    if row is None:
        return NoticeSettings(**dict.fromkeys(SETTING_OF.values(), True))
    return NoticeSettings.model_validate(row)


async def change_settings(
    connection: AsyncConnection, user_id: int, chosen: dict[str, bool]
) -> NoticeSettings:
    """Changes what is named in `chosen`, leaves the rest."""
    if chosen:
        await repository.set_settings(connection, user_id, chosen)
    return await settings_of(connection, user_id)


async def who_declines(database: Database, user_ids: Collection[int], kind: Kind) -> set[int]:
    """Who of these users has switched the kind off."""
    async with database.snapshot() as connection:
        return await repository.who_declines(connection, user_ids, kind)


def unread_section(user_id: Any) -> ScalarSelect[Any]:
    """`{unread, items}` for a user as one JSON value, for another room's statement to join."""
    return repository.unread_section(user_id, items_max=SECTION_ITEMS)


def unread_from(section: dict[str, Any]) -> Unread:
    """What a value of `unread_section` says."""
    items = [
        Notification.model_validate(row | {"data": row["notification_data"]}) for row in section["items"]
    ]
    return Unread(unread=section["unread"], items=items)


async def everything_of(connection: AsyncConnection, user_id: int, *, rows_max: int) -> dict[str, Any]:
    """What is kept about a user here, for their export: newest first."""
    rows = await repository.inbox(connection, user_id, unread_only=False, before_id=None, limit=rows_max)
    settings = await settings_of(connection, user_id)
    return {
        "notification_settings": settings.model_dump(mode="json"),
        "notifications": [_shown(row).model_dump(mode="json") for row in rows],
    }


async def forget_user(connection: AsyncConnection, user_id: int) -> None:
    """Drops all that is kept about a user here."""
    await repository.forget_user(connection, user_id)
