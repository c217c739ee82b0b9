"""What the casino stands by of a round: what was bet and paid, its proof, and its places in the ledger."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games import repository
from casino.games.errors import RoundNotFound
from casino.games.rules.fairness import commitment
from casino.games.schemas import LedgerEntry, Proof, Receipt
from casino.kit.clock import rfc3339


async def receipt_of(connection: AsyncConnection, user_id: int, round_id: UUID) -> Receipt:
    """The receipt of one of the user's own rounds; RoundNotFound otherwise."""
    row = await repository.round_by_id(connection, user_id, round_id)
    if row is None:
        raise RoundNotFound(f"You have no round {round_id}.")
    transfers = await repository.transfers_of(connection, user_id, str(round_id))
    seed = await repository.seed_by_id(connection, row.seed_id)
    first, last = transfers[0], transfers[-1]
    return Receipt(
        round_id=row.id,
        user_id=user_id,
        game_type=row.game_type,
        bet_amount=row.bet_amount,
        win_amount=row.win_amount,
        bonus_gold=row.bonus_gold,
        balance_before=first.balance_after - first.amount,
        balance_after=last.balance_after,
        settled_at=rfc3339(row.created_at),
        ledger=[_entry(transfer) for transfer in transfers],
        fairness=Proof(
            server_seed_hash=commitment(bytes(seed.server_seed)),
            client_seed=row.client_seed,
            nonce=row.nonce,
        ),
    )


def _entry(transfer: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        seq=transfer.seq,
        kind=transfer.kind,
        amount=transfer.amount,
        balance_after=transfer.balance_after,
        hash=bytes(transfer.hash).hex(),
    )
