"""A fact that no consumer can take: committed as any other, of a type they wait for, and empty inside."""

from __future__ import annotations

import uuid

import asyncpg

from chaos.running import Running

# A seeded player whom neither the load nor the canary plays: nobody's socket listens for it.
VICTIM = "user004"
ROUND_SETTLED = "games.round_settled"
MESSAGES = 4
MARK = '{"poison": true}'
# The numbers are reserved as a settlement reserves them, so that the user's own sequence stays without a gap.
_COMMIT = """
    WITH numbered AS (
        UPDATE wallets SET event_seq = event_seq + $3 FROM users
        WHERE users.id = wallets.user_id AND users.site_id = $1
        RETURNING wallets.user_id, event_seq - $3 + 1 AS event_no
    )
    INSERT INTO outbox (event_id, type, user_id, event_no, messages, fact_data)
    SELECT $2, $4, user_id, event_no, $3, $5::jsonb FROM numbered
"""
_DISCARD = "DELETE FROM dead_facts WHERE fact_data -> 'data' @> $1::jsonb"


async def commit(system: Running) -> str:
    """Commit one; returns its event id. Raises asyncpg.PostgresError, OSError."""
    event_id = uuid.uuid4()
    connection = await asyncpg.connect(system.url("postgres"))
    try:
        await connection.execute(_COMMIT, VICTIM, event_id, MESSAGES, ROUND_SETTLED, MARK)
    finally:
        await connection.close()
    return str(event_id)


async def discard(system: Running) -> None:
    """Remove what was put aside because of it; raises asyncpg.PostgresError, OSError."""
    connection = await asyncpg.connect(system.url("postgres"))
    try:
        await connection.execute(_DISCARD, MARK)
    finally:
        await connection.close()
