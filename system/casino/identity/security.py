"""Notes what an account's owner and the operators should be able to see: a row, and a fact for whoever reacts."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import repository
from casino.identity.facts import SECURITY_MESSAGES, SECURITY_NOTED
from casino.kit import tracing
from casino.kit.outbox import append_fact
from casino.wallet.service import reserve_events


async def note(
    connection: AsyncConnection, event: str, *, user_id: int | None, detail: dict[str, Any] | None = None
) -> None:
    """Leaves the row in the caller's transaction, and the fact if an account is concerned.

    `detail` is published: nothing personal may be in it.
    """
    told = detail or {}
    await repository.add_security_event(connection, event, user_id=user_id, data=told)
    if user_id is None:
        return
    await append_fact(
        connection,
        type=SECURITY_NOTED,
        user_id=user_id,
        event_no=await reserve_events(connection, user_id, SECURITY_MESSAGES),
        messages=SECURITY_MESSAGES,
        data={"event": event, "detail": told},
        traceparent=tracing.sampled_or_none(tracing.current.get()),
    )
