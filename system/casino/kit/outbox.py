"""Facts leave with the transaction that made them: they are written here and nowhere else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import FromClause

from casino.kit.ids import uuid7
from casino.kit.models import LogRow, OutboxRow

FACT_COLUMNS = ("event_id", "type", "user_id", "event_no", "messages", "traceparent", "fact_data")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, as the log holds it.

    ``event_no`` is the first of ``messages`` consecutive numbers in the user's own sequence;
    ``partition`` and ``log_offset`` are its place in the log.
    """

    event_id: UUID
    type: str
    user_id: int
    event_no: int
    messages: int
    occurred_at: datetime
    traceparent: str | None
    data: dict[str, Any]
    partition: int
    log_offset: int


def fact_of(row: Any) -> Fact:
    """A fact from a row of the log."""
    return Fact(
        event_id=UUID(str(row.event_id)),
        type=row.type,
        user_id=row.user_id,
        event_no=row.event_no,
        messages=row.messages,
        occurred_at=row.occurred_at,
        traceparent=row.traceparent,
        data=row.fact_data,
        partition=row.partition,
        log_offset=row.log_offset,
    )


def append_facts(facts: FromClause) -> Insert:
    """Writes one fact for each row of `facts` (it has `FACT_COLUMNS`), to run inside a settlement."""
    return insert(OutboxRow).from_select(
        list(FACT_COLUMNS), select(*(facts.c[name] for name in FACT_COLUMNS))
    )


async def append_fact(
    connection: AsyncConnection,
    *,
    type: str,
    user_id: int,
    event_no: int,
    messages: int,
    data: dict[str, Any],
    traceparent: str | None = None,
) -> None:
    """Writes one fact in the caller's transaction; its event numbers were reserved there too."""
    row = {"event_id": uuid7(), "type": type, "user_id": user_id, "event_no": event_no, "messages": messages}
    await connection.execute(insert(OutboxRow).values(**row, traceparent=traceparent, fact_data=data))


async def facts_since(
    connection: AsyncConnection, *, user_id: int, event_no: int, facts_max: int
) -> list[Fact]:
    """The user's facts whose numbers end after `event_no`, oldest first; at most `facts_max`.

    Facts still in the outbox are not among them: they will pass by on the user's channel.
    """
    wanted = (
        select(*LogRow.__table__.columns)
        .where(LogRow.user_id == user_id, LogRow.event_no + LogRow.messages - 1 > event_no)
        .where(LogRow.event_no > event_no - 16)
        .order_by(LogRow.event_no)
        .limit(facts_max)
    )
    return [fact_of(row) for row in await connection.execute(wanted)]


async def backlog(connection: AsyncConnection) -> tuple[int, float]:
    """How many facts wait for a place in the log, and the age of the oldest in seconds."""
    age = func.extract("epoch", func.now() - func.min(OutboxRow.occurred_at))
    count, seconds = (
        await connection.execute(select(func.count(), func.coalesce(age, 0)).select_from(OutboxRow))
    ).one()
    return int(count), float(seconds)
