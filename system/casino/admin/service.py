"""What operators can do: send notifications, and look at what was done."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.admin import repository
from casino.admin.audit import Actor, record
from casino.admin.game_switches import decide_about_game, game_standings
from casino.admin.gifts import add_progress, distribute
from casino.admin.personal_data import erase, export
from casino.admin.schemas import AuditRow, MessageAsked, Sending
from casino.kit.clock import rfc3339, utc_now
from casino.kit.http.wire import Page, write_cursor
from casino.notifications import service as notifications
from casino.notifications.service import Message, Send

__all__ = [
    "Actor",
    "add_progress",
    "audit_page",
    "broadcast",
    "cancel_send",
    "decide_about_game",
    "distribute",
    "erase",
    "export",
    "game_standings",
    "schedule",
    "send",
    "send_page",
]


async def send(
    connection: AsyncConnection, actor: Actor, asked: MessageAsked, user_ids: Sequence[int]
) -> Sending:
    """Puts a message into the inboxes of these users, those of them that exist and let it in."""
    sent = await notifications.send_now(
        connection,
        _message("ADMIN_NOTIFICATION", asked),
        user_ids=user_ids,
        now=utc_now(),
        created_by=actor.user_id,
        traceparent=actor.traceparent,
    )
    return await _recorded(connection, actor, "notifications.send", sent, user_ids)


async def broadcast(connection: AsyncConnection, actor: Actor, asked: MessageAsked) -> Sending:
    """Leaves a message to everybody with the worker, which sends it within seconds."""
    left = await notifications.schedule(
        connection,
        _message("ADMIN_BROADCAST", asked),
        user_ids=None,
        send_at=utc_now(),
        created_by=actor.user_id,
    )
    return await _recorded(connection, actor, "notifications.broadcast", left, None)


async def schedule(
    connection: AsyncConnection,
    actor: Actor,
    asked: MessageAsked,
    *,
    user_ids: Sequence[int] | None,
    send_at: datetime,
) -> Sending:
    """Leaves a message with the worker for a moment to come; one that is past is sent within seconds."""
    kind: Any = "ADMIN_BROADCAST" if user_ids is None else "ADMIN_NOTIFICATION"
    left = await notifications.schedule(
        connection, _message(kind, asked), user_ids=user_ids, send_at=send_at, created_by=actor.user_id
    )
    return await _recorded(connection, actor, "notifications.schedule", left, user_ids)


def _message(kind: Any, asked: MessageAsked) -> Message:
    return Message(kind, asked.title, asked.body, dict(asked.data))


async def _recorded(
    connection: AsyncConnection, actor: Actor, action: str, sent: Send, user_ids: Sequence[int] | None
) -> Sending:
    after = {
        "kind": sent.kind,
        "title": sent.title,
        "body": sent.body,
        "user_ids": None if user_ids is None else sorted(set(user_ids)),
        "send_at": rfc3339(sent.send_at),
    }
    await record(connection, actor, action, f"send:{sent.id}", after=after)
    return Sending.model_validate(sent)


async def cancel_send(connection: AsyncConnection, actor: Actor, send_id: int) -> None:
    """Takes a scheduled message back; raises SendNotFound or SendNotPending."""
    before = asdict(await notifications.cancel(connection, send_id))
    shown = {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in before.items()}
    await record(connection, actor, "notifications.cancel", f"send:{send_id}", before=shown)


async def send_page(
    connection: AsyncConnection, *, state: str | None, before_id: int | None, limit: int
) -> Page[Sending]:
    """What operators sent or will send, newest first."""
    sends, following = await notifications.send_page(
        connection, state=state, before_id=before_id, limit=limit
    )
    items = [Sending.model_validate(sent) for sent in sends]
    return Page(items=items, next_cursor=None if following is None else write_cursor(following))


async def audit_page(
    connection: AsyncConnection,
    *,
    actor_id: int | None,
    action: str | None,
    before_id: int | None,
    limit: int,
) -> Page[AuditRow]:
    """What operators did, newest first."""
    rows = await repository.audit_rows(
        connection, actor_id=actor_id, action=action, before_id=before_id, limit=limit + 1
    )
    items = [_row(row) for row in rows[:limit]]
    return Page(items=items, next_cursor=write_cursor(items[-1].id) if len(rows) > limit else None)


def _row(row: Any) -> AuditRow:
    return AuditRow(
        id=row.id,
        actor_id=row.actor_id,
        action=row.action,
        target=row.target,
        before=row.before_data,
        after=row.after_data,
        address=row.address,
        trace_id=row.trace_id,
        created_at=row.created_at,
    )
