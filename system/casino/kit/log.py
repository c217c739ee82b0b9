"""The sequencer: gives each committed fact its place in the log, once, in order and without a gap.

Facts are moved from the outbox as rows, never by "id greater than the last one", which would lose whatever commits
late. The rows of `fact_log_partitions` are the lock: who holds them all is the only sequencer of that moment.
"""

import asyncio
from collections.abc import Callable

from sqlalchemy import BigInteger, Integer, bindparam, cast, delete, func, insert, select, update

from casino.kit.database import Database, Prepared
from casino.kit.models import LogPartition, LogRow, OutboxRow

FACTS_A_TURN_MAX = 1_000


def _sequence() -> Prepared:
    partitions = bindparam("partitions", type_=Integer)
    held = (
        select(LogPartition.partition, LogPartition.next_offset)
        .order_by(LogPartition.partition)
        .with_for_update(skip_locked=True)
        .cte("held")
    )
    all_held = select(func.count()).select_from(held).scalar_subquery() == partitions
    oldest = (
        select(OutboxRow.id)
        .where(all_held)
        .order_by(OutboxRow.id)
        .limit(bindparam("facts_max", type_=Integer))
    )
    taken = (
        delete(OutboxRow).where(OutboxRow.id.in_(oldest)).returning(*OutboxRow.__table__.columns).cte("taken")
    )
    partition = cast(taken.c.user_id % cast(partitions, BigInteger), Integer)
    place = func.row_number().over(partition_by=partition, order_by=taken.c.id) - 1
    numbered = select(*taken.c, partition.label("partition"), place.label("place")).cte("numbered")
    kept = ("event_id", "type", "user_id", "event_no", "messages", "occurred_at", "traceparent", "fact_data")
    logged = (
        insert(LogRow)
        .from_select(
            ["partition", "log_offset", *kept],
            select(
                numbered.c.partition, held.c.next_offset + numbered.c.place, *(numbered.c[n] for n in kept)
            ).where(held.c.partition == numbered.c.partition),
        )
        .cte("logged")
    )
    taken_by_partition = select(numbered.c.partition, func.count().label("facts")).group_by(
        numbered.c.partition
    )
    counts = taken_by_partition.cte("counts")
    moved_on = (
        update(LogPartition)
        .where(LogPartition.partition == counts.c.partition)
        .values(next_offset=LogPartition.next_offset + counts.c.facts)
        .cte("moved_on")
    )
    return Prepared(select(func.count()).select_from(taken).add_cte(logged, moved_on))


_SEQUENCE = _sequence()


class Sequencer:
    """Moves facts from the outbox to the log, and wakes who waits for them."""

    def __init__(self, database: Database, *, partitions: int, on_facts: Callable[[], None]) -> None:
        self._database = database
        self._partitions = partitions
        self._on_facts = on_facts
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Facts were committed: do not wait for the next poll."""
        self._wake.set()

    async def turn(self) -> int:
        """One move; how many facts it took. 0 also when another process is the sequencer."""
        async with self._database.driver() as connection:
            parameters = {"partitions": self._partitions, "facts_max": FACTS_A_TURN_MAX}
            rows = await _SEQUENCE.fetch(connection, parameters)
        taken = int(rows[0][0])
        if taken:
            self._on_facts()
        return taken

    async def run(self, *, poll_seconds: float = 0.1) -> None:
        """Turns until cancelled: at once while there is more, else when woken or polled."""
        while True:
            self._wake.clear()
            if await self.turn() >= FACTS_A_TURN_MAX:
                continue
            try:
                await asyncio.wait_for(self._wake.wait(), poll_seconds)
            except TimeoutError:
                continue
