"""Players: rows as sign-up leaves them, without its password hashing."""

import os
from itertools import count

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games import repository
from casino.kit.database import Database
from casino.wallet import service as wallet

_numbers = count(1)
_INSERT = text(
    "INSERT INTO users (site_id, nickname, nickname_folded, phone_encrypted, phone_key_id, phone_index,"
    " phone_index_key_id, password_hash, invite_code, signup_gold)"
    " VALUES (:name, :name, :name, '', 'test', :phone_index, 'test', '!', 'tests', :gold) RETURNING id"
)


async def a_player(database: Database, *, gold: int = 1_000, server_seed: bytes | None = None) -> int:
    """A user with a wallet that holds `gold`, and a given server seed if asked; returns the id."""
    async with database.transaction() as connection:
        user_id = await _insert(connection, gold)
        await wallet.open_wallet(connection, user_id)
        if gold:
            await wallet.move_gold(
                connection,
                user_id=user_id,
                amount=gold,
                counter_account="source:signup",
                kind="signup_gift",
                reference=f"user:{user_id}",
                idempotency_key=f"signup:{user_id}",
            )
        if server_seed is not None:
            seed_id = await repository.add_seed(connection, user_id, server_seed, "casino-club")
            await wallet.start_draws_from(connection, user_id, seed_id)
    return user_id


async def _insert(connection: AsyncConnection, gold: int) -> int:
    await connection.execute(text("INSERT INTO invite_codes (code) VALUES ('tests') ON CONFLICT DO NOTHING"))
    name = f"t{os.getpid()}-{next(_numbers)}"
    values = {"name": name[:20], "phone_index": os.urandom(32), "gold": gold}
    return int((await connection.execute(_INSERT, values)).scalar_one())
