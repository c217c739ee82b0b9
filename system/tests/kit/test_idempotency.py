"""A repeat is answered from what was stored, and never with anything else."""

import pytest
from pydantic import BaseModel
from sqlalchemy import text

from casino.games.dealing import Bet
from casino.games.service import Table
from casino.kit.database import Database
from casino.kit.errors import IdempotencyKeyExpired
from casino.kit.idempotency import KeyedRequest, OnceAnswered, answer_once
from casino.kit.metrics import REGISTRY
from tests.factories.players import a_player
from tests.factories.tables import a_table

OUTCOMES = ("replayed", "mismatch", "unverified")
ASKED = b"f" * 16
DAMAGES = {
    "another body": "UPDATE idempotency_records SET body = replace(body, '1', '2') WHERE user_id = :user",
    "a space more": "UPDATE idempotency_records SET body = body || ' ' WHERE user_id = :user",
    "another key": "UPDATE idempotency_records SET key = 'k' WHERE user_id = :user AND key = 'other'",
}


class Told(BaseModel):
    """An answer with letters that are more than a byte, to be the same text in Python and in PostgreSQL."""

    words: str = "골드 1 “gold”"


async def ask(database: Database, user: int, key: str = "k") -> OnceAnswered:
    """A write that is one transaction, under a key."""

    async def work() -> BaseModel:
        return Told()

    async with database.transaction() as connection:
        return await answer_once(connection, KeyedRequest(user, key, ASKED), work)


async def spin(table: Table, user: int, key: str = "k") -> str:
    """A settled round, under a key."""
    return (await table.play(Bet(user, 10, key=key, fingerprint=ASKED))).body


async def damage(database: Database, statement: str, user: int) -> None:
    """What nobody should be able to do."""
    async with database.transaction() as connection:
        assert (await connection.execute(text(statement), {"user": user})).rowcount == 1


def counts() -> dict[str, float]:
    """Replays so far, by outcome."""
    return {
        outcome: REGISTRY.get_sample_value("idempotent_replays_total", {"outcome": outcome}) or 0.0
        for outcome in OUTCOMES
    }


def counted(before: dict[str, float]) -> dict[str, float]:
    """Replays since then."""
    return {outcome: now - before[outcome] for outcome, now in counts().items() if now != before[outcome]}


async def test_repeats_are_held_against_their_digest(database: Database) -> None:
    """Stored by PostgreSQL or by Python, the digest is the same one, and a repeat counts as replayed."""
    user, other = await a_player(database), await a_player(database)
    table, before = a_table(database), counts()
    assert await spin(table, user) == await spin(table, user)
    first, again = await ask(database, other), await ask(database, other)
    assert (again.body, again.replayed) == (first.body, True)
    assert counted(before) == {"replayed": 2}


@pytest.mark.parametrize("statement", DAMAGES.values(), ids=DAMAGES.keys())
async def test_a_damaged_answer_is_not_given(database: Database, statement: str) -> None:
    """Whatever was changed of it: the repeat is refused and counted, and no gold moves again."""
    key = "other" if "'other'" in statement else "k"
    user, careful = await a_player(database, gold=1_000), await a_player(database)
    table = a_table(database)
    await spin(table, user, key)
    await ask(database, careful, key)
    before, gold = counts(), await gold_of(database, user)
    for damaged in (user, careful):
        await damage(database, statement, damaged)
    with pytest.raises(IdempotencyKeyExpired, match="damaged"):
        await spin(table, user)
    with pytest.raises(IdempotencyKeyExpired, match="damaged"):
        await ask(database, careful)
    assert counted(before) == {"mismatch": 2}
    assert await gold_of(database, user) == gold


async def test_an_answer_without_a_digest_is_given_and_not_vouched_for(database: Database) -> None:
    """A process of the version before stored it: it is no replay that was found the same."""
    user = await a_player(database)
    table = a_table(database)
    first = await spin(table, user)
    await damage(database, "UPDATE idempotency_records SET digest = NULL WHERE user_id = :user", user)
    before = counts()
    assert await spin(table, user) == first
    assert counted(before) == {"unverified": 1}


async def gold_of(database: Database, user: int) -> int:
    """What is in the wallet."""
    async with database.snapshot() as connection:
        found = await connection.scalar(
            text("SELECT gold_balance FROM wallets WHERE user_id = :user"), {"user": user}
        )
    return int(found or 0)
