"""Sending by operators: now to some users, or by the worker to everybody, a portion at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.database import Database
from casino.kit.ids import uuid7
from casino.kit.metrics import counter
from casino.notifications import repository
from casino.notifications.errors import SendNotFound, SendNotPending
from casino.notifications.facts import BROADCAST
from casino.notifications.notify import notify
from casino.notifications.rules import Kind, Message, State
from casino.wallet.service import reserve_events

USERS_A_PORTION = 1_000
PORTIONS_A_TURN_MAX = 50

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Send:
    """Something an operator sends; `targeted` is None when it goes to everybody."""

    id: int
    kind: Kind
    title: str
    body: str
    data: dict[str, Any]
    targeted: int | None
    delivered: int
    state: State
    send_at: datetime
    created_by: int
    created_at: datetime
    finished_at: datetime | None


async def schedule(
    connection: AsyncConnection,
    message: Message,
    *,
    user_ids: Sequence[int] | None,
    send_at: datetime,
    created_by: int,
) -> Send:
    """Leaves a message to the worker, to be sent at `send_at`: to these users, or to everybody."""
    return _send(await repository.add_send(connection, _row(message, user_ids, send_at, created_by)))


async def send_now(
    connection: AsyncConnection,
    message: Message,
    *,
    user_ids: Sequence[int],
    now: datetime,
    created_by: int,
    traceparent: str | None,
) -> Send:
    """Sends a message to these users in the caller's transaction."""
    row = await repository.add_send(connection, _row(message, user_ids, now, created_by))
    await _to_some(connection, row, message, traceparent=traceparent)
    sent = await repository.send_by_id(connection, row.id)
    assert sent is not None, "it was stored in this transaction"
    return _send(sent)


def _row(
    message: Message, user_ids: Sequence[int] | None, send_at: datetime, created_by: int
) -> dict[str, Any]:
    return {
        "kind": message.kind,
        "title": message.title,
        "body": message.body,
        "send_data": message.data,
        "user_ids": None if user_ids is None else sorted(set(user_ids)),
        "send_at": send_at,
        "state": "scheduled",
        "created_by": created_by,
    }


def _send(row: Any) -> Send:
    return Send(
        id=row.id,
        kind=row.kind,
        title=row.title,
        body=row.body,
        data=row.send_data,
        targeted=None if row.user_ids is None else len(row.user_ids),
        delivered=row.delivered,
        state=row.state,
        send_at=row.send_at,
        created_by=row.created_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


async def deliver_due(database: Database) -> int:
    """Sends what is due, each portion in a transaction of its own; how many inboxes got something."""
    delivered = 0
    for _ in range(PORTIONS_A_TURN_MAX):
        async with database.transaction() as connection:
            row = await repository.take_due(connection)
            if row is None:
                break
            message = Message(row.kind, row.title, row.body, row.send_data)
            if row.user_ids is not None:
                delivered += await _to_some(connection, row, message, traceparent=None)
            else:
                delivered += await _to_portion(connection, row, message)
    return delivered


async def _to_some(
    connection: AsyncConnection, row: Any, message: Message, *, traceparent: str | None
) -> int:
    got = await notify(connection, row.user_ids, message, source=_source(row.id), traceparent=traceparent)
    await repository.advance(connection, row.id, delivered=got, after=None)
    log.info("notification_sent", send=row.id, kind=row.kind, delivered=got)
    return got


async def _to_portion(connection: AsyncConnection, row: Any, message: Message) -> int:
    """The next inboxes of a broadcast. With the last of them, those who are connected are told: all can look."""
    got, last = await repository.put_into_portion(
        connection,
        message,
        source=_source(row.id),
        after=row.after_user_id,
        until=row.send_at,
        users_max=USERS_A_PORTION,
    )
    await repository.advance(connection, row.id, delivered=got, after=last)
    counter("notifications_delivered_total").labels(row.kind).inc(got)
    if last is None:
        first = await reserve_events(connection, row.created_by, 0)
        facts = [(uuid7(), row.created_by, first)]
        await repository.add_facts(connection, facts, message, kind=BROADCAST, messages=0, traceparent=None)
        log.info("broadcast_sent", send=row.id, delivered=row.delivered + got)
    return got


def _source(send_id: int) -> str:
    return f"send:{send_id}"


async def cancel(connection: AsyncConnection, send_id: int) -> Send:
    """Takes a scheduled message back; the row as it was. SendNotFound, or SendNotPending once it is being sent."""
    row = await repository.send_by_id(connection, send_id, lock=True)
    if row is None:
        raise SendNotFound(f"There is no sending {send_id}.")
    if row.state != "scheduled":
        raise SendNotPending(f"Sending {send_id} is {row.state}: it cannot be taken back.", state=row.state)
    await repository.cancel_send(connection, send_id)
    return _send(row)


async def send_page(
    connection: AsyncConnection, *, state: str | None, before_id: int | None, limit: int
) -> tuple[list[Send], int | None]:
    """Sendings, newest first, and the id after which the next page begins."""
    rows = await repository.sends(connection, state=state, before_id=before_id, limit=limit + 1)
    return [_send(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else None
