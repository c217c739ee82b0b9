"""What the database says happened: wallets, transfers, rounds, purchases and facts, read in one snapshot."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg


@dataclass(frozen=True, slots=True)
class Wallet:
    """A user's balance and the numbers of its last transfer and last event."""

    user_id: int
    gold_balance: int
    transfer_seq: int
    event_seq: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """One movement of gold; `seq` counts a user's transfers from 1."""

    user_id: int
    seq: int
    amount: int
    balance_after: int
    kind: str
    reference: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Round:
    """One settled round."""

    id: str
    user_id: int
    transfer_seq: int
    bet_amount: int
    win_amount: int
    bonus_gold: int = 0


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase for money; `status` is pending, success or failed, `refunded` whether its money went back."""

    receipt_code: str
    user_id: int
    idempotency_key: str
    status: str
    amount_cents: int
    gold: int
    refunded: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One committed fact; it holds the user's event numbers `event_no` to `event_no + messages - 1`."""

    event_id: str
    type: str
    user_id: int
    event_no: int
    messages: int
    occurred_at: datetime
    round_id: str | None
    logged: bool = True


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All gold at one moment (Unix time): what the wallets hold, and what the transfers moved."""

    at: float
    wallets_gold: int
    transfers_gold: int
    negative_wallets: int


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that a check of money and delivery needs, as of one moment."""

    wallets: Sequence[Wallet]
    transfers: Sequence[Transfer]
    rounds: Sequence[Round]
    facts: Sequence[Fact]
    purchases: Sequence[Purchase] = ()
    at: float = 0.0

    def snapshot(self) -> Snapshot:
        """All gold at the moment of reading."""
        return Snapshot(
            at=self.at,
            wallets_gold=sum(row.gold_balance for row in self.wallets),
            transfers_gold=sum(row.amount for row in self.transfers),
            negative_wallets=sum(row.gold_balance < 0 for row in self.wallets),
        )

    def transfers_by_user(self) -> dict[int, list[Transfer]]:
        """Each user's transfers, in order of seq."""
        grouped: dict[int, list[Transfer]] = defaultdict(list)
        for transfer in self.transfers:
            grouped[transfer.user_id].append(transfer)
        return {user: sorted(rows, key=lambda row: row.seq) for user, rows in grouped.items()}

    def facts_by_user(self) -> dict[int, list[Fact]]:
        """Each user's facts, in order of event number."""
        grouped: dict[int, list[Fact]] = defaultdict(list)
        for fact in self.facts:
            grouped[fact.user_id].append(fact)
        return {user: sorted(rows, key=lambda row: row.event_no) for user, rows in grouped.items()}


_WALLETS = "SELECT user_id, gold_balance, transfer_seq, event_seq FROM wallets"
_TRANSFERS = """
    SELECT user_id, seq, amount, balance_after, kind, reference, idempotency_key FROM ledger_transfers
"""
_ROUNDS = """
    SELECT id::text AS id, user_id, transfer_seq, bet_amount, win_amount, bonus_gold FROM game_rounds
"""
_PURCHASES = """
    SELECT receipt_code, purchase.user_id, idempotency_key, purchase.status, purchase.amount_cents, purchase.gold,
           refunds.status IS NOT DISTINCT FROM 'done' AS refunded
    FROM shop_transactions AS purchase LEFT JOIN refunds ON refunds.transaction_id = purchase.id
    WHERE kind <> 'item'
"""
_FACTS = """
    SELECT event_id::text AS event_id, type, user_id, event_no, messages, occurred_at,
           fact_data ->> 'round_id' AS round_id, logged
    FROM (
        SELECT event_id, type, user_id, event_no, messages, occurred_at, fact_data, true AS logged
        FROM fact_log
        UNION ALL
        SELECT event_id, type, user_id, event_no, messages, occurred_at, fact_data, false AS logged
        FROM outbox
    ) AS committed
"""
_SNAPSHOT = """
    SELECT (SELECT COALESCE(sum(gold_balance), 0) FROM wallets)::bigint AS wallets_gold,
           (SELECT COALESCE(sum(amount), 0) FROM ledger_transfers)::bigint AS transfers_gold,
           (SELECT count(*) FROM wallets WHERE gold_balance < 0) AS negative_wallets
"""
_SNAPSHOT_SECONDS_MAX = 2.0


def read_snapshot(database_url: str) -> Snapshot:
    """All gold now, in one statement; raises OSError, TimeoutError, asyncpg's errors."""

    async def ask() -> Snapshot:
        connection = await asyncpg.connect(database_url, timeout=_SNAPSHOT_SECONDS_MAX)
        try:
            row = await connection.fetchrow(_SNAPSHOT, timeout=_SNAPSHOT_SECONDS_MAX)
        finally:
            connection.terminate()
        return Snapshot(at=time.time(), **row)

    return asyncio.run(ask())


async def read(database_url: str) -> Books:
    """Read everything in one read-only transaction, so that no row can move in between."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return Books(
                wallets=[Wallet(**row) for row in await connection.fetch(_WALLETS)],
                transfers=[Transfer(**row) for row in await connection.fetch(_TRANSFERS)],
                rounds=[Round(**row) for row in await connection.fetch(_ROUNDS)],
                facts=[Fact(**row) for row in await connection.fetch(_FACTS)],
                purchases=[Purchase(**row) for row in await connection.fetch(_PURCHASES)],
                at=time.time(),
            )
    finally:
        await connection.close()
