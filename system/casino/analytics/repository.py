"""What analytics asks of PostgreSQL: how many facts there are, which ones, and how far the sink has come."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.analytics.models import ArrivalsJudged
from casino.kit.models import ConsumerOffset, LogPartition, LogRow, OutboxRow
from casino.kit.outbox import Fact, fact_of

# A literal, not a parameter: PostgreSQL must see the same expression in the list and in GROUP BY.
_HOUR: ColumnElement[str] = literal_column("'hour'")


async def now(connection: AsyncConnection) -> datetime:
    """The time by the database's clock."""
    moment: datetime = (await connection.execute(select(func.now()))).scalar_one()
    return moment


async def committed_by_hour(
    connection: AsyncConnection, since: datetime, until: datetime
) -> dict[datetime, int]:
    """Facts that happened in [since, until), by hour, in the log or still on their way to it."""
    counted = [
        select(func.date_trunc(_HOUR, table.occurred_at).label("hour"), func.count().label("facts"))
        .where(table.occurred_at >= since, table.occurred_at < until)
        .group_by(func.date_trunc(_HOUR, table.occurred_at))
        for table in (LogRow, OutboxRow)
    ]
    both = union_all(*counted).subquery()
    rows = await connection.execute(select(both.c.hour, func.sum(both.c.facts)).group_by(both.c.hour))
    return {hour: int(facts) for hour, facts in rows}


async def places(connection: AsyncConnection, consumer: str) -> dict[int, int]:
    """The offset in each partition that the consumer takes next; empty when it does not read the log."""
    query = select(ConsumerOffset.partition, ConsumerOffset.next_offset)
    rows = await connection.execute(query.where(ConsumerOffset.consumer == consumer))
    return {row.partition: row.next_offset for row in rows}


async def facts_between(
    connection: AsyncConnection,
    since: datetime,
    until: datetime,
    *,
    taken: Mapping[int, int],
    after: tuple[int, int],
    facts_max: int,
) -> list[Fact]:
    """Facts of [since, until) behind the place `after` (partition, offset), in order of place.

    With `taken` only those before a partition's offset in it.
    """
    query = select(*LogRow.__table__.columns).where(LogRow.occurred_at >= since, LogRow.occurred_at < until)
    query = query.where(tuple_(LogRow.partition, LogRow.log_offset) > after)
    if taken:
        before = (and_(LogRow.partition == p, LogRow.log_offset < offset) for p, offset in taken.items())
        query = query.where(or_(*before))
    rows = await connection.execute(query.order_by(LogRow.partition, LogRow.log_offset).limit(facts_max))
    return [fact_of(row) for row in rows]


async def judged_until(connection: AsyncConnection) -> datetime | None:
    """Before when the arrivals of facts have been judged; None when none ever was."""
    moment: datetime | None = await connection.scalar(select(ArrivalsJudged.until))
    return moment


async def set_judged_until(connection: AsyncConnection, until: datetime) -> None:
    """Remembers that they have been judged so far."""
    judged = insert(ArrivalsJudged).values(id=1, until=until)
    await connection.execute(
        judged.on_conflict_do_update(index_elements=["id"], set_={"until": judged.excluded.until})
    )


async def waiting(connection: AsyncConnection, consumer: str) -> tuple[int, float]:
    """How many committed facts the consumer has not taken, and the age in seconds of the oldest, or 0."""
    place = ConsumerOffset
    behind = (
        select(func.coalesce(func.sum(LogPartition.next_offset - place.next_offset), 0))
        .join(place, place.partition == LogPartition.partition)
        .where(place.consumer == consumer)
    )
    in_log = (
        select(func.min(LogRow.occurred_at))
        .join(place, and_(LogRow.partition == place.partition, LogRow.log_offset == place.next_offset))
        .where(place.consumer == consumer)
    )
    in_outbox = select(func.count()).select_from(OutboxRow), select(func.min(OutboxRow.occurred_at))
    oldest = func.least(in_log.scalar_subquery(), in_outbox[1].scalar_subquery())
    age = func.coalesce(func.extract("epoch", func.clock_timestamp() - oldest), 0)
    facts = behind.scalar_subquery() + in_outbox[0].scalar_subquery()
    count, seconds = (await connection.execute(select(facts, age))).one()
    return int(count), max(0.0, float(seconds))
