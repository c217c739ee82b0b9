"""Jobs of one process do not starve each other of connections."""

import asyncio
import contextlib

from sqlalchemy import text

from casino.kit.database import Database
from casino.kit.scheduler import Job, repeat
from casino.kit.settings import Settings

POOL = 3


async def test_more_jobs_than_connections_all_run_at_once(settings: Settings) -> None:
    """Each holds its lock on one connection and works on another; a process that starts runs all of them."""
    database = Database(settings.database_url.get_secret_value(), pool_size=POOL, instance="crowded")
    done: set[str] = set()

    def a_job(name: str) -> Job:
        async def work() -> None:
            async with database.transaction() as connection:
                await connection.execute(text("SELECT 1"))
            done.add(name)

        return Job(f"crowded_{name}", 60, work)

    jobs = [a_job(str(number)) for number in range(3 * POOL)]
    running = [asyncio.create_task(repeat(database, job)) for job in jobs]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(3):
            while len(done) < len(jobs):
                await asyncio.sleep(0.05)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await database.close()
    assert len(done) == len(jobs)
