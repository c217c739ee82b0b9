"""The audit row that every write of an operator leaves, in the transaction of the write."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.admin import repository


@dataclass(frozen=True, slots=True)
class Actor:
    """An operator in one request: who, from where, in which trace."""

    user_id: int
    address: str
    trace_id: str
    traceparent: str | None


async def record(
    connection: AsyncConnection,
    actor: Actor,
    action: str,
    target: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Notes what `actor` did to `target`; `before` None means it was not there, `after` None that it is gone."""
    await repository.add_audit_row(
        connection,
        {
            "actor_id": actor.user_id,
            "action": action,
            "target": target,
            "before_data": before,
            "after_data": after,
            "address": actor.address,
            "trace_id": actor.trace_id,
        },
    )
