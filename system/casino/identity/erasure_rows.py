"""Every query on the tombstones of erased accounts."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity.models import Erasure, User
from casino.identity.tombstones import Tombstone


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
