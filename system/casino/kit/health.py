"""Whether what this process depends on can be reached, asked about once a second and never by a request."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from casino.kit.database import Database
from casino.kit.metrics import gauge
from casino.kit.redis import RedisClient

PROBE_SECONDS = 1.0
PROBE_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True)
class Dependency:
    """Something this process reaches by `probe`. Without a hard one it is not ready; without a soft one it degrades."""

    name: str
    probe: Callable[[], Awaitable[object]]
    hard: bool


class Health:
    """The last answers of the dependencies."""

    def __init__(self, dependencies: Sequence[Dependency]) -> None:
        self._dependencies = dependencies
        self._up = {dependency.name: False for dependency in dependencies}

    async def look(self) -> None:
        """Asks every dependency once, at the same time."""
        await asyncio.gather(*(self._ask(dependency) for dependency in self._dependencies))

    async def _ask(self, dependency: Dependency) -> None:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
                await dependency.probe()
            self._up[dependency.name] = True
        except Exception:
            # Whatever a client library raises here means the same: not reachable now.
            self._up[dependency.name] = False
        gauge("dependency_up").labels(dependency.name).set(self._up[dependency.name])

    async def run(self) -> None:
        """Asks until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(PROBE_SECONDS)

    def report(self) -> tuple[bool, dict[str, str]]:
        """Whether this process is ready, and each dependency as ``up``, ``down`` or ``degraded``."""
        ready = all(self._up[d.name] for d in self._dependencies if d.hard)
        words = {
            d.name: "up" if self._up[d.name] else "down" if d.hard else "degraded" for d in self._dependencies
        }
        return ready, words


def postgres(database: Database) -> Dependency:
    """The database: nothing works without it."""

    async def probe() -> None:
        async with database.snapshot() as connection:
            await connection.execute(text("SELECT 1"))

    return Dependency("postgres", probe, hard=True)


def redis(client: RedisClient) -> Dependency:
    """The cache and messenger: without it events wait and limits are held by process."""
    return Dependency("redis", client.ping, hard=False)
