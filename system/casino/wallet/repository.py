"""Every query and lock on the wallets' tables."""

from collections.abc import Sequence

from sqlalchemy import Row, exists, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import UUID, Text

from casino.kit.outbox import append_facts
from casino.wallet.facts import GOLD_MOVED
from casino.wallet.models import LedgerTransfer, Wallet
from casino.wallet.settlement import GENESIS, PreparedSettlement, Settlement


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
