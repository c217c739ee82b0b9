"""Ledgers: many transfers at once with hashes of our own making, so that the auditor is held against a second hand."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from casino.kit.database import Database

GIFT = 1_000


@dataclass(frozen=True)
class Transfer:
    """One row of the ledger."""

    user_id: int
    seq: int
    counter_account: str
    amount: int
    balance_after: int
    kind: str
    reference: str
    idempotency_key: str
    created_at: datetime

    def hash(self, before: bytes) -> bytes:
        """What the ledger should hold for this row behind `before`."""
        moment = self.created_at - datetime(1970, 1, 1, tzinfo=UTC)
        fields = (
            self.user_id,
            self.seq,
            self.counter_account,
            self.amount,
            self.balance_after,
            self.kind,
            self.reference,
            self.idempotency_key,
            moment // timedelta(microseconds=1),
        )
        return hashlib.sha256(before + "\x1f".join(map(str, fields)).encode()).digest()


def a_history(user_id: int, transfers: int, rng: random.Random) -> Iterator[tuple[Transfer, int, int]]:
    """(transfer, bet, win) of a gift and the rounds after it; the gift has a bet of 0."""
    moment = datetime.now(UTC) - timedelta(minutes=5)
    balance = GIFT
    key = f"signup:{user_id}"
    yield (
        Transfer(user_id, 1, "source:signup", GIFT, GIFT, "signup_gift", f"user:{user_id}", key, moment),
        0,
        0,
    )
    for seq in range(2, transfers + 1):
        bet = rng.randint(1, min(100, balance)) if balance else 1
        win = bet * rng.choice((0, 0, 1, 3)) if balance >= bet else bet
        balance += win - bet
        round_id = str(UUID(int=rng.getrandbits(128)))
        at = moment + timedelta(microseconds=seq)
        yield (
            Transfer(
                user_id,
                seq,
                "house:slot",
                win - bet,
                balance,
                "game_round",
                round_id,
                f"round:{round_id}",
                at,
            ),
            bet,
            win,
        )


async def fill_ledger(database: Database, *, users: int, transfers_each: int, seed: int = 1) -> None:
    """Copies in `users` accounts (ids from 1) with wallets, transfers and rounds that agree with each other."""
    rng = random.Random(seed)
    wallets: list[Any] = []
    ledger: list[Any] = []
    rounds: list[Any] = []
    for user_id in range(1, users + 1):
        head = bytes(32)
        for transfer, bet, win in a_history(user_id, transfers_each, rng):
            head = transfer.hash(head)
            row = tuple(vars(transfer).values())
            ledger.append((*row[:8], head, row[8]))
            if bet:
                rounds.append(_round(transfer, bet, win))
        wallets.append((user_id, transfer.balance_after, transfer.seq, transfer.seq, head, 0))
    await _copy(database, users, wallets, ledger, rounds)


def _round(transfer: Transfer, bet: int, win: int) -> tuple[Any, ...]:
    settled = (
        UUID(transfer.reference),
        transfer.created_at,
        transfer.user_id,
        transfer.seq,
        "slot",
        bet,
        win,
    )
    return (*settled, Decimal(win // bet), 1, 1, "casino-club", transfer.seq, "{}")


_USERS = (
    "INSERT INTO users (id, site_id, nickname, nickname_folded, phone_encrypted, phone_key_id, phone_index,"
    " phone_index_key_id, password_hash, invite_code, signup_gold)"
    " SELECT n, 'p' || lpad(n::text, 6, '0'), 'p' || n, 'p' || lpad(n::text, 6, '0'), '', 'test',"
    " sha256(n::text::bytea), 'test', '!', 'tests', $2 FROM generate_series(1, $1::int) n"
)


async def _copy(
    database: Database, users: int, wallets: list[Any], ledger: list[Any], rounds: list[Any]
) -> None:
    async with database.driver() as connection:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("INSERT INTO invite_codes (code) VALUES ('tests')")
        await connection.execute(_USERS, users, GIFT)
        await connection.execute("SELECT setval(pg_get_serial_sequence('users', 'id'), $1)", users)
        for table, rows, columns in (
            ("wallets", wallets, "user_id gold_balance transfer_seq event_seq chain_head draw_nonce"),
            (
                "ledger_transfers",
                ledger,
                "user_id seq counter_account amount balance_after kind reference idempotency_key hash created_at",
            ),
            (
                "game_rounds",
                rounds,
                "id created_at user_id transfer_seq game_type bet_amount win_amount multiplier config_version"
                " seed_id client_seed nonce result_data",
            ),
        ):
            await connection.copy_records_to_table(table, records=rows, columns=columns.split())
        await connection.execute("ANALYZE")
