"""Every other query on the games' tables: seeds, statistics, rounds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games.models import FairnessSeed, GameRound, UserGameStats
from casino.wallet.service import wallet_table

AnyRow = Row[Any]


async def current_seed(connection: AsyncConnection, user_id: int) -> AnyRow | None:
    """(seed_id, server_seed, client_seed, nonce) that the user draws from; None before a first seed."""
    query = (
        select(
            FairnessSeed.id.label("seed_id"),
            FairnessSeed.server_seed,
            FairnessSeed.client_seed,
            wallet_table.c.draw_nonce.label("nonce"),
        )
        .join(FairnessSeed, FairnessSeed.id == wallet_table.c.draw_seed_id)
        .where(wallet_table.c.user_id == user_id)
    )
    return (await connection.execute(query)).one_or_none()


async def add_seed(connection: AsyncConnection, user_id: int, server_seed: bytes, client_seed: str) -> int:
    """Stores a new seed; returns its id."""
    row = insert(FairnessSeed).values(user_id=user_id, server_seed=server_seed, client_seed=client_seed)
    return int((await connection.execute(row.returning(FairnessSeed.id))).scalar_one())


async def retire_seed(connection: AsyncConnection, seed_id: int, nonces_used: int) -> None:
    """From now on the seed may be shown."""
    retired = update(FairnessSeed).where(FairnessSeed.id == seed_id)
    await connection.execute(retired.values(nonces_used=nonces_used, revealed_at=func.now()))


async def seed_by_id(connection: AsyncConnection, seed_id: int) -> AnyRow:
    """The whole row of a seed."""
    return (
        await connection.execute(select(*FairnessSeed.__table__.columns).where(FairnessSeed.id == seed_id))
    ).one()


async def round_by_id(connection: AsyncConnection, user_id: int, round_id: UUID) -> AnyRow | None:
    """One of the user's own rounds."""
    query = select(*GameRound.__table__.columns).where(GameRound.id == round_id, GameRound.user_id == user_id)
    return (await connection.execute(query)).one_or_none()


async def stats_of(connection: AsyncConnection, user_id: int) -> list[AnyRow]:
    """The user's totals, one row a game that was played."""
    query = select(*UserGameStats.__table__.columns).where(UserGameStats.user_id == user_id)
    return list(await connection.execute(query.order_by(UserGameStats.game_type)))


async def history(
    connection: AsyncConnection,
    user_id: int,
    *,
    game_type: str | None,
    since: datetime | None,
    before_seq: int | None,
    limit: int,
) -> list[AnyRow]:
    """The user's rounds, newest first; `before_seq` is the transfer number of the last one seen."""
    query = select(*GameRound.__table__.columns).where(GameRound.user_id == user_id)
    if game_type is not None:
        query = query.where(GameRound.game_type == game_type)
    if since is not None:
        query = query.where(GameRound.created_at >= since)
    if before_seq is not None:
        query = query.where(GameRound.transfer_seq < before_seq)
    return list(await connection.execute(query.order_by(GameRound.transfer_seq.desc()).limit(limit)))
