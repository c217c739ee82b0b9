"""Telling users something: into their inboxes and to their sockets, in one transaction."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.ids import uuid7
from casino.kit.metrics import counter
from casino.notifications import repository
from casino.notifications.facts import NOTIFIED, NOTIFIED_MESSAGES
from casino.notifications.rules import Message
from casino.wallet.service import reserve_event_each


async def notify(
    connection: AsyncConnection,
    user_ids: Collection[int],
    message: Message,
    *,
    source: str,
    traceparent: str | None = None,
) -> int:
    """Puts a message into inboxes and tells their sockets, in the caller's transaction; how many got it.

    Who has switched its kind off, has it already from the same `source`, or is gone, is passed over.
    """
    new_to = await repository.put_into_inboxes(connection, user_ids, message, source=source)
    if not new_to:
        return 0
    numbers = await reserve_event_each(connection, new_to)
    facts = [(uuid7(), user_id, event_no) for user_id, event_no in numbers.items()]
    await repository.add_facts(
        connection, facts, message, kind=NOTIFIED, messages=NOTIFIED_MESSAGES, traceparent=traceparent
    )
    counter("notifications_delivered_total").labels(message.kind).inc(len(new_to))
    return len(new_to)
