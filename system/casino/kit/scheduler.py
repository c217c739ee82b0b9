"""Repeats a job at an interval, one process at a time, and tells when it last ended well."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2s

import structlog
from sqlalchemy import func, select, text

from casino.kit.database import Database
from casino.kit.metrics import gauge

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """`run` every `every_seconds`. Exclusive jobs run in one process at a time; the others in each."""

    name: str
    every_seconds: float
    run: Callable[[], Awaitable[None]]
    exclusive: bool = True


async def repeat(database: Database, job: Job) -> None:
    """Runs the job until cancelled. A failure is logged and waited out; it never ends the loop."""
    gauge("scheduler_job_interval_seconds").labels(job.name).set(job.every_seconds)
    while True:
        try:
            await _run_alone(database, job) if job.exclusive else await job.run()
            gauge("scheduler_job_last_success_timestamp_seconds").labels(job.name).set(time.time())
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("job_failed", job=job.name, error=repr(error))
        await asyncio.sleep(job.every_seconds * random.uniform(0.9, 1.1))


async def _run_alone(database: Database, job: Job) -> None:
    """Skips its turn when another process is running the same job."""
    key = int.from_bytes(blake2s(job.name.encode(), digest_size=8).digest(), signed=True)
    async with database.nesting, database.transaction() as connection:
        # The lock is held by an idle transaction for as long as the job runs.
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        if await connection.scalar(select(func.pg_try_advisory_xact_lock(key))):
            await job.run()
