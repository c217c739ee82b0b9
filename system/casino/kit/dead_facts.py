"""Facts that a consumer put aside: looked at, taken again once it is mended, or written off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.consumers import Consumer, is_away, take
from casino.kit.database import Database
from casino.kit.models import ConsumedEvent, DeadFact
from casino.kit.outbox import Fact


@dataclass(frozen=True)
class TakenAgain:
    """What became of a consumer's dead facts: how many it has taken now, and (event id, error) of the others."""

    consumer: str
    taken: int
    failed: Sequence[tuple[UUID, str]]

    def text(self) -> str:
        """A line, and one more for each that failed again."""
        lines = [f"{self.consumer}: {self.taken} taken, {len(self.failed)} failed again"]
        return "\n".join([*lines, *(f"  {event_id}: {error}" for event_id, error in self.failed)])


async def waiting(connection: AsyncConnection, consumer: str | None = None) -> list[Row[Any]]:
    """What was put aside, by consumer and in each partition's order: (consumer, event_id, reason, fact_data, ...)."""
    query = select(*DeadFact.__table__.columns)
    if consumer is not None:
        query = query.where(DeadFact.consumer == consumer)
    rows = await connection.execute(query)
    return sorted(
        rows, key=lambda row: (row.consumer, row.fact_data["partition"], row.fact_data["log_offset"])
    )


async def take_again(database: Database, consumer: Consumer) -> TakenAgain:
    """Hands the consumer its dead facts, each in a transaction of its own; what fails again stays where it is.

    Raises DependencyAway, OSError or DBAPIError when a store is away: the rest stays, too.
    """
    async with database.snapshot() as connection:
        rows = await waiting(connection, consumer.name)
    taken, failed = 0, []
    for row in rows:
        try:
            async with database.transaction() as connection:
                is_there = await write_off(connection, consumer.name, row.event_id)
                if is_there:
                    # Kafka may deliver it once more.
                    consumed = upsert(ConsumedEvent).values(consumer=consumer.name, event_id=row.event_id)
                    await connection.execute(consumed.on_conflict_do_nothing())
                    await take(connection, consumer, [_fact(row.fact_data)])
        except Exception as error:
            if is_away(error):
                raise
            failed.append((row.event_id, repr(error)))
        else:
            taken += is_there
    return TakenAgain(consumer.name, taken, failed)


async def write_off(connection: AsyncConnection, consumer: str, event_id: UUID) -> bool:
    """The fact is no longer kept for the consumer; False when it was not."""
    dead = delete(DeadFact).where(DeadFact.consumer == consumer, DeadFact.event_id == event_id)
    return (await connection.execute(dead.returning(DeadFact.event_id))).first() is not None


def _fact(kept: dict[str, Any]) -> Fact:
    moment, event_id = datetime.fromisoformat(kept["occurred_at"]), UUID(kept["event_id"])
    return Fact(**{**kept, "occurred_at": moment, "event_id": event_id})
