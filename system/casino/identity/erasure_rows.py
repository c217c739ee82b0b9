"""Every query on the tombstones of erased accounts."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Text, cast, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity.models import Erasure, User
from casino.identity.tombstones import Tombstone
from casino.wallet.service import wallet_table

ERASED = "erased"
"""Stands where the name of a key stood: there is nothing any more that it would open."""


async def add_tombstone(connection: AsyncConnection, stone: Tombstone) -> None:
    """Remembers an erased account."""
    await connection.execute(insert(Erasure).values(stone._asdict()))


async def tombstones_since(connection: AsyncConnection, since: datetime | None) -> set[Tombstone]:
    """Accounts erased from a moment on; all of them without one."""
    query = select(Erasure.user_id, Erasure.account_created_at)
    if since is not None:
        query = query.where(Erasure.created_at >= since)
    return {Tombstone(*row) for row in await connection.execute(query)}


async def brought_back(connection: AsyncConnection, stones: Collection[Tombstone]) -> list[int]:
    """Which of these accounts live, in order: the database is a copy from before their erasure."""
    same = tuple_(User.id, User.created_at).in_(list(stones))
    return sorted(await connection.scalars(select(User.id).where(same, User.deleted_at.is_(None))))


async def free_phone_numbers(connection: AsyncConnection) -> int:
    """Forgets the phone numbers of erased accounts whose self-exclusion is over; how many."""
    until = wallet_table.c.excluded_until
    over = select(wallet_table.c.user_id).where(or_(until.is_(None), until <= func.now()))
    kept = (User.deleted_at.is_not(None), User.phone_index_key_id != ERASED, User.id.in_(over))
    noise = func.sha256(func.convert_to(cast(func.gen_random_uuid(), Text), "UTF8"))
    freed = update(User).where(*kept).values(phone_index=noise, phone_index_key_id=ERASED)
    return (await connection.execute(freed)).rowcount
