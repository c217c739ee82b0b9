"""Every query and lock on the wallets' tables."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import UUID, Text

from casino.kit.outbox import append_facts
from casino.wallet.facts import GOLD_MOVED
from casino.wallet.limit_guard import lost_today, spent_today
from casino.wallet.models import LedgerTransfer, Wallet
from casino.wallet.settlement import GENESIS, PreparedSettlement, Settlement

AnyRow = Row[Any]


def _plain_settlement() -> PreparedSettlement:
    """One transfer and its fact: what a gift, a grant or a correction is."""
    settlement = Settlement({"event_id": UUID, "traceparent": Text, "source": Text})
    moved = settlement.moved
    data = func.jsonb_build_object(
        "amount", moved.c.amount, "balance", moved.c.balance, "source", moved.c.source, type_=JSONB
    )
    facts = select(
        moved.c.event_id,
        literal(GOLD_MOVED).label("type"),
        moved.c.user_id,
        moved.c.event_no,
        moved.c.messages,
        moved.c.traceparent,
        data.label("fact_data"),
    ).subquery()
    settlement.attach(append_facts(facts), "facts")
    return settlement.prepare()


PLAIN = _plain_settlement()


async def add_wallet(connection: AsyncConnection, user_id: int) -> None:
    """An empty wallet, at the start of its chain."""
    empty = {"gold_balance": 0, "transfer_seq": 0, "event_seq": 0, "chain_head": GENESIS, "draw_nonce": 0}
    await connection.execute(insert(Wallet).values(user_id=user_id, **empty))


async def balance(connection: AsyncConnection, user_id: int) -> int | None:
    """Gold of the user; None without a wallet."""
    found: int | None = await connection.scalar(select(Wallet.gold_balance).where(Wallet.user_id == user_id))
    return found


async def lock_wallet(connection: AsyncConnection, user_id: int) -> None:
    """Waits for the wallet (up to the lock timeout) and holds it until the transaction ends."""
    await connection.execute(
        select(Wallet.user_id).where(Wallet.user_id == user_id).with_for_update(key_share=True)
    )


async def lock_wallets(connection: AsyncConnection, user_ids: Sequence[int]) -> set[int]:
    """Waits for the wallets in id order and holds them until the transaction ends; the ones there are."""
    wallets = select(Wallet.user_id).where(Wallet.user_id.in_(user_ids)).order_by(Wallet.user_id)
    return set((await connection.execute(wallets.with_for_update(key_share=True))).scalars())


async def key_has_paid(connection: AsyncConnection, user_id: int, key: str) -> bool:
    """Whether a transfer with this key exists."""
    paid = exists().where(LedgerTransfer.user_id == user_id, LedgerTransfer.idempotency_key == key)
    return bool(await connection.scalar(select(paid)))


async def reserve_events(connection: AsyncConnection, user_id: int, count: int) -> int | None:
    """Takes `count` event numbers and returns the first; None without a wallet. Locks the wallet's row."""
    taken = update(Wallet).where(Wallet.user_id == user_id).values(event_seq=Wallet.event_seq + count)
    last: int | None = await connection.scalar(taken.returning(Wallet.event_seq))
    return None if last is None else last - count + 1


async def reserve_event_each(connection: AsyncConnection, user_ids: Sequence[int]) -> dict[int, int]:
    """Takes one event number of each user, wallets locked in order; users without a wallet are left out."""
    locked = (
        select(Wallet.user_id)
        .where(Wallet.user_id.in_(user_ids))
        .order_by(Wallet.user_id)
        .with_for_update(key_share=True)
        .cte("locked")
    )
    taken = update(Wallet).where(Wallet.user_id == locked.c.user_id).values(event_seq=Wallet.event_seq + 1)
    rows = await connection.execute(taken.returning(Wallet.user_id, Wallet.event_seq))
    return {row.user_id: row.event_seq for row in rows}


def limit_columns() -> tuple[ColumnElement[Any], ...]:
    """What `play_limits` reads of a wallet, and PostgreSQL's time as `now`."""
    names = [
        f"{limit}{part}" for limit in ("loss_limit", "spend_limit") for part in ("", "_next", "_next_at")
    ]
    columns: list[ColumnElement[Any]] = [Wallet.__table__.c[name] for name in names]
    return (
        *columns,
        Wallet.__table__.c.excluded_until,
        lost_today().label("lost_today"),
        spent_today().label("spent_today"),
        func.now().label("now"),
    )


async def limits(connection: AsyncConnection, user_id: int, *, lock: bool) -> AnyRow | None:
    """The user's limits; with `lock` nothing moves in the wallet until the caller's transaction ends."""
    query = select(*limit_columns()).where(Wallet.user_id == user_id)
    return (await connection.execute(query.with_for_update(key_share=True) if lock else query)).one_or_none()


async def set_limits(connection: AsyncConnection, user_id: int, values: dict[str, Any]) -> None:
    """Changes the columns of the user's limits."""
    await connection.execute(update(Wallet).where(Wallet.user_id == user_id).values(values))


async def transfers(
    connection: AsyncConnection, user_id: int, *, before_seq: int | None, limit: int
) -> list[Row]:  # type: ignore[type-arg]
    """The user's transfers, newest first, those before `before_seq` only."""
    query = select(*LedgerTransfer.__table__.columns).where(LedgerTransfer.user_id == user_id)
    if before_seq is not None:
        query = query.where(LedgerTransfer.seq < before_seq)
    return list(await connection.execute(query.order_by(LedgerTransfer.seq.desc()).limit(limit)))


async def set_draw_seed(connection: AsyncConnection, user_id: int, seed_id: int) -> None:
    """Draws come from this seed from now on, its nonce starts again."""
    await connection.execute(
        update(Wallet).where(Wallet.user_id == user_id).values(draw_seed_id=seed_id, draw_nonce=0)
    )


async def draw_state(connection: AsyncConnection, user_id: int, *, lock: bool = False) -> Row | None:  # type: ignore[type-arg]
    """The user's (draw_seed_id, draw_nonce), its row locked when asked."""
    query = select(Wallet.draw_seed_id, Wallet.draw_nonce).where(Wallet.user_id == user_id)
    return (await connection.execute(query.with_for_update(key_share=True) if lock else query)).one_or_none()
