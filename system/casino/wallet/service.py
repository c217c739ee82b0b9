"""What other rooms may do with gold: open a wallet, move gold, settle a batch, number an event."""

from collections.abc import Sequence

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.kit.ids import uuid7
from casino.wallet import repository
from casino.wallet.announce import News, announce
from casino.wallet.errors import InsufficientGold, WalletNotFound
from casino.wallet.facts import GOLD_MOVED_MESSAGES
from casino.wallet.models import LedgerTransfer, Wallet
from casino.wallet.play_limits import (
    PlayLimits,
    Wish,
    change_limits,
    limit_refusal,
    limits_of,
    require_gold_to_play,
)
from casino.wallet.repository import limit_columns
from casino.wallet.settlement import (
    ASKED,
    ColumnTypes,
    PreparedSettlement,
    Settlement,
    plain_row,
)

__all__ = [
    "ASKED",
    "ColumnTypes",
    "News",
    "PlayLimits",
    "PreparedSettlement",
    "Settlement",
    "Wish",
    "announce",
    "balance_of",
    "change_limits",
    "draw_state",
    "ledger_page",
    "ledger_table",
    "limit_columns",
    "limit_refusal",
    "limits_of",
    "lock_wallets",
    "move_gold",
    "open_wallet",
    "plain_row",
    "require_gold_to_play",
    "reserve_event_each",
    "reserve_events",
    "start_draws_from",
    "wallet_table",
]

wallet_table = Wallet.__table__
ledger_table = LedgerTransfer.__table__


async def open_wallet(connection: AsyncConnection, user_id: int) -> None:
    """Gives a new user an empty wallet."""
    await repository.add_wallet(connection, user_id)


async def move_gold(
    connection: AsyncConnection,
    *,
    user_id: int,
    amount: int,
    counter_account: str,
    kind: str,
    reference: str,
    idempotency_key: str,
    traceparent: str | None = None,
) -> int:
    """One transfer of `amount` gold (signed) in the caller's transaction; returns the balance after it.

    Raises InsufficientGold, LimitReached or WalletNotFound; a key that already paid moves nothing and returns
    today's balance.
    """
    row = plain_row(
        user_id=user_id,
        amount=amount,
        counter_account=counter_account,
        kind=kind,
        reference=reference,
        ledger_key=idempotency_key,
        messages=GOLD_MOVED_MESSAGES,
        event_id=uuid7(),
        traceparent=traceparent,
        source=counter_account,
    )
    await repository.lock_wallet(connection, user_id)
    moved = (await repository.PLAIN.run_within(connection, [row])).get(user_id)
    if moved is not None:
        return int(moved.balance)
    balance = await balance_of(connection, user_id)
    if await repository.key_has_paid(connection, user_id, idempotency_key):
        return balance
    found = await repository.limits(connection, user_id, lock=False)
    assert found is not None, "its balance was read in this transaction"
    crossed = limit_refusal(dict(found._mapping), stake=max(0, -amount), counter_account=counter_account)
    if crossed is not None:
        raise crossed
    raise InsufficientGold(f"You have {balance} gold, {-amount} are needed.", balance=balance, needed=-amount)


async def balance_of(connection: AsyncConnection, user_id: int) -> int:
    """Gold of the user; WalletNotFound when there is no such wallet."""
    balance = await repository.balance(connection, user_id)
    if balance is None:
        raise WalletNotFound(f"User {user_id} has no wallet.")
    return balance


async def lock_wallets(connection: AsyncConnection, user_ids: Sequence[int]) -> set[int]:
    """Holds these wallets until the caller's transaction ends; which of them exist. In id order: no deadlock."""
    return await repository.lock_wallets(connection, user_ids)


async def reserve_events(connection: AsyncConnection, user_id: int, count: int) -> int:
    """The first of `count` consecutive event numbers of the user, taken in the caller's transaction."""
    first = await repository.reserve_events(connection, user_id, count)
    if first is None:
        raise WalletNotFound(f"User {user_id} has no wallet.")
    return first


async def reserve_event_each(connection: AsyncConnection, user_ids: Sequence[int]) -> dict[int, int]:
    """One event number of each of these users, taken in the caller's transaction; who has no wallet is left out."""
    return await repository.reserve_event_each(connection, user_ids)


async def ledger_page(
    connection: AsyncConnection, user_id: int, *, before_seq: int | None, limit: int
) -> list[Row]:  # type: ignore[type-arg]
    """The user's transfers, newest first."""
    return await repository.transfers(connection, user_id, before_seq=before_seq, limit=limit)


async def start_draws_from(connection: AsyncConnection, user_id: int, seed_id: int) -> None:
    """The user's draws come from this seed from now on."""
    await repository.set_draw_seed(connection, user_id, seed_id)


async def draw_state(
    connection: AsyncConnection, user_id: int, *, lock: bool = False
) -> tuple[int | None, int]:
    """(seed id, draws made from it); with `lock` nobody draws until the caller's transaction ends."""
    row = await repository.draw_state(connection, user_id, lock=lock)
    if row is None:
        raise WalletNotFound(f"User {user_id} has no wallet.")
    return row.draw_seed_id, row.draw_nonce
