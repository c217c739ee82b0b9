"""Why a row of a settlement did not move: its key was answered before, or it paid long ago, or gold is short."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg
from sqlalchemy import BigInteger, Text, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from casino.kit.database import Prepared
from casino.kit.errors import CasinoError, IdempotencyKeyExpired
from casino.kit.idempotency import KeyedRequest, StoredAnswer, replay
from casino.kit.models import IdempotencyRecord
from casino.wallet.errors import InsufficientGold, WalletNotFound
from casino.wallet.service import ColumnTypes, ledger_table, limit_columns, wallet_table


@dataclass(frozen=True, slots=True)
class Answer:
    """A settled request's JSON; `replayed` when its key had been answered before."""

    body: str
    replayed: bool


class Ask(Protocol):
    """A request that moves gold: whose, and the key that makes it safe to repeat."""

    @property
    def user_id(self) -> int:
        """Who asks."""

    @property
    def key(self) -> str | None:
        """The idempotency key."""

    @property
    def fingerprint(self) -> bytes | None:
        """What the key was used for."""

    @property
    def ledger_key(self) -> str | None:
        """The key of the transfer it becomes."""


def _look() -> Prepared:
    """What there is to know about rows that did not move: wallet and limits, the key's payment, its stored answer."""
    names: ColumnTypes = {"user_id": BigInteger, "ledger_key": Text, "key": Text}
    arrays: list[Any] = [bindparam(name, type_=ARRAY(kind)) for name, kind in names.items()]
    asked = (
        func.unnest(*arrays)
        .table_valued(*(column(n, k) for n, k in names.items()), name="asked")
        .render_derived()
    )
    ledger, stored = ledger_table, IdempotencyRecord.__table__
    paid = (ledger.c.user_id == asked.c.user_id) & (ledger.c.idempotency_key == asked.c.ledger_key)
    answered = (stored.c.user_id == asked.c.user_id) & (stored.c.key == asked.c.key)
    found = (
        asked.outerjoin(wallet_table, wallet_table.c.user_id == asked.c.user_id)
        .outerjoin(ledger, paid)
        .outerjoin(stored, answered)
    )
    return Prepared(
        select(
            asked.c.user_id,
            wallet_table.c.gold_balance,
            wallet_table.c.draw_seed_id,
            wallet_table.c.draw_nonce,
            ledger.c.seq.label("paid_seq"),
            stored.c.fingerprint,
            stored.c.status,
            stored.c.body,
            stored.c.digest,
            *limit_columns(),
        ).select_from(found)
    )


_LOOK = _look()


async def look_at(connection: asyncpg.Connection, asks: Sequence[Ask]) -> dict[int, asyncpg.Record]:
    """What is known about the users and the keys of these requests, by user; one round trip."""
    arrays = {name: [getattr(ask, name) for ask in asks] for name in ("user_id", "ledger_key", "key")}
    return {found["user_id"]: found for found in await _LOOK.fetch(connection, arrays)}


def answered_before(ask: Ask, found: asyncpg.Record) -> Answer | CasinoError | None:
    """The first answer to the key, or why it cannot be had; None when the key is new."""
    if found["body"] is not None:
        stored = StoredAnswer(bytes(found["fingerprint"]), found["status"], found["body"], found["digest"])
        try:
            return Answer(
                replay(stored, KeyedRequest(ask.user_id, ask.key, ask.fingerprint or b"")), replayed=True
            )
        except CasinoError as refused:
            return refused
    if found["paid_seq"] is not None:
        return IdempotencyKeyExpired("This idempotency key was used long ago; its answer is no longer kept.")
    return None


def gold_short(user_id: int, needed: int, found: asyncpg.Record) -> CasinoError | None:
    """Says so when the wallet cannot pay what is needed."""
    balance = found["gold_balance"]
    if balance is None:
        return WalletNotFound(f"User {user_id} has no wallet.")
    if balance < needed:
        detail = f"You have {balance} gold, {needed} are needed."
        return InsufficientGold(detail, balance=balance, needed=needed)
    return None
