"""The fact log: what was committed gets its place, as the worker's sequencer does it."""

from casino.kit.consumers import register
from casino.kit.database import Database
from casino.kit.log import Sequencer
from casino.kit.outbox import Fact, facts_since

PARTITIONS = 4


async def facts_of(database: Database, user_id: int) -> list[Fact]:
    """Every fact of the user, in the log by now."""
    async with database.transaction() as connection:
        await register(connection, [], partitions=PARTITIONS)
    sequencer = Sequencer(database, partitions=PARTITIONS, on_facts=_nobody)
    while await sequencer.turn():
        pass
    async with database.snapshot() as connection:
        return await facts_since(connection, user_id=user_id, event_no=0, facts_max=1_000)


def _nobody() -> None:
    """Nobody waits for facts here."""
