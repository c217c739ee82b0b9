"""Holds the facts that the casino really wrote against the schemas its consumers were given."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field

import asyncpg

from contracts.drift.events import EventSchemas

FACTS_MAX = 5_000
SECONDS_MAX = 20.0
_NEWEST = "SELECT type, fact_data FROM fact_log ORDER BY occurred_at DESC LIMIT $1"


@dataclass
class Read:
    """What was read: how many facts of each type, and what was wrong with any."""

    types: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def read(url: str, schemas: EventSchemas) -> Read:
    """The newest facts of the log at this PostgreSQL address; raises OSError or asyncpg.PostgresError."""
    found = Read()
    for kind, data in asyncio.run(_newest(url)):
        found.types[kind] += 1
        found.faults += schemas.faults_of(kind, json.loads(data))
    return found


async def _newest(url: str) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(url, timeout=SECONDS_MAX)
    try:
        rows = await connection.fetch(_NEWEST, FACTS_MAX, timeout=SECONDS_MAX)
    finally:
        await connection.close()
    return [(row["type"], row["fact_data"]) for row in rows]
