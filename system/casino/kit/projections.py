"""Tables that follow from the fact log alone, and the proof of it: the log replayed beside what is live."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.consumers import Handle
from casino.kit.database import Database
from casino.kit.models import ConsumerOffset, LogRow, OutboxRow
from casino.kit.outbox import Fact, fact_of

FACTS_A_FOLD = 2_000
REPLAY_SECONDS_MAX = 1_800
DIFFERENCES_SHOWN = 5


@dataclass(frozen=True)
class Projection:
    """A table whose `columns` follow from facts of `types`: `fold` moves it, and tells nobody.

    `consumer` names who folds it live and so how far it has come; None: it moves with the fact itself.
    """

    consumer: str | None
    types: frozenset[str]
    table: Table
    columns: Sequence[str]
    fold: Handle


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one projection's replay: a few of the rows that only one side has."""

    table: str
    facts: int
    rows: int
    only_live: Sequence[Row[tuple[object, ...]]]
    only_replayed: Sequence[Row[tuple[object, ...]]]

    @property
    def holds(self) -> bool:
        """Whether both sides are the same."""
        return not self.only_live and not self.only_replayed

    def text(self) -> str:
        """A line, and one for each row that only one side has."""
        verdict = "same" if self.holds else "DIFFERENT"
        lines = [f"{self.table}: {verdict}; {self.rows} rows from {self.facts} facts"]
        lines += [f"  only live: {tuple(row)}" for row in self.only_live]
        lines += [f"  only replayed: {tuple(row)}" for row in self.only_replayed]
        return "\n".join(lines)


async def replay(database: Database, projection: Projection) -> Replayed:
    """Folds the whole log into an empty copy of the table and holds it against the live one.

    One snapshot of the database for both. The copy is temporary and hides the live table by its name, so that the
    same fold runs on it: no fact is written, nothing is granted, nothing live is touched.
    """
    table = projection.table.name
    async with database.transaction() as connection:
        await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        await connection.execute(text(f"SET LOCAL statement_timeout = '{REPLAY_SECONDS_MAX}s'"))
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await connection.execute(
            text(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL) ON COMMIT DROP")
        )
        facts = await _fold_all(connection, projection)
        rows = int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608 - a table of ours
        only_live, only_replayed = await _differences(connection, projection)
    return Replayed(table, facts, rows, only_live, only_replayed)


async def _fold_all(connection: AsyncConnection, projection: Projection) -> int:
    taken = 0
    for partition, end in await _ends(connection, projection.consumer):
        offset = 0
        while facts := await _next(connection, projection, partition, offset, end):
            await projection.fold(connection, facts)
            taken += len(facts)
            offset = facts[-1].log_offset + 1
    if projection.consumer is None:
        waiting = await _waiting(connection, projection.types)
        if waiting:
            await projection.fold(connection, waiting)
        taken += len(waiting)
    return taken


async def _ends(connection: AsyncConnection, consumer: str | None) -> list[tuple[int, int | None]]:
    """(partition, the offset up to which it counts) of the log; None: to its end."""
    if consumer is None:
        rows = await connection.execute(select(LogRow.partition).distinct())
        return [(partition, None) for partition in rows.scalars()]
    place = ConsumerOffset
    query = select(place.partition, place.next_offset).where(place.consumer == consumer)
    return [(partition, end) for partition, end in await connection.execute(query)]


async def _next(
    connection: AsyncConnection, projection: Projection, partition: int, offset: int, end: int | None
) -> list[Fact]:
    wanted = [LogRow.partition == partition, LogRow.log_offset >= offset]
    wanted += [LogRow.log_offset < end] if end is not None else []
    query = select(*LogRow.__table__.columns).where(*wanted, LogRow.type.in_(projection.types))
    rows = await connection.execute(query.order_by(LogRow.log_offset).limit(FACTS_A_FOLD))
    return [fact_of(row) for row in rows]


async def _waiting(connection: AsyncConnection, types: frozenset[str]) -> list[Fact]:
    """Facts committed and not yet in the log; they have no place in it."""
    columns = OutboxRow.__table__.columns
    query = select(*columns).where(OutboxRow.type.in_(types)).order_by(OutboxRow.id)
    return [
        Fact(
            event_id=row.event_id,
            type=row.type,
            user_id=row.user_id,
            event_no=row.event_no,
            messages=row.messages,
            occurred_at=row.occurred_at,
            traceparent=row.traceparent,
            data=row.fact_data,
            partition=-1,
            log_offset=-1,
        )
        for row in await connection.execute(query)
    ]


async def _differences(
    connection: AsyncConnection, projection: Projection
) -> tuple[list[Row[tuple[object, ...]]], list[Row[tuple[object, ...]]]]:
    columns = ", ".join(projection.columns)
    sides = ("public." + projection.table.name, "pg_temp." + projection.table.name)
    found = []
    for here, there in (sides, sides[::-1]):
        query = f"SELECT {columns} FROM {here} EXCEPT ALL SELECT {columns} FROM {there} LIMIT :shown"  # noqa: S608 - names of ours
        found.append(list(await connection.execute(text(query), {"shown": DIFFERENCES_SHOWN})))
    return found[0], found[1]
