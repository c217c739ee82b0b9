"""A signed receipt of a round: what was bet and paid, its proof, and its places in the ledger.

Ed25519 (RFC 8032) over the receipt's canonical JSON: members sorted, no spaces, UTF-8. The key is derived from the
secret key, and its public half is published, so that anybody can check a receipt without asking us.
"""

from base64 import b64encode
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.games import repository
from casino.games.errors import RoundNotFound
from casino.games.rules.fairness import commitment
from casino.games.schemas import LedgerEntry, Proof, Receipt, SignedReceipt
from casino.kit.clock import rfc3339

_PURPOSE = b"casino-club round receipts"


class ReceiptSigner:
    """Signs receipts with the key of this casino."""

    def __init__(self, secret_key: str) -> None:
        derived = HKDF(hashes.SHA256(), 32, salt=None, info=_PURPOSE).derive(secret_key.encode())
        self._key = Ed25519PrivateKey.from_private_bytes(derived)

    @property
    def public_key(self) -> str:
        """The half that checks signatures: 32 bytes in base64."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return b64encode(raw).decode()

    def sign(self, receipt: Receipt) -> SignedReceipt:
        """The receipt with its signature."""
        signature = self._key.sign(canonical(receipt.model_dump(mode="json")))
        return SignedReceipt(
            receipt=receipt, public_key=self.public_key, signature=b64encode(signature).decode()
        )


def canonical(receipt: dict[str, Any]) -> bytes:
    """The bytes that are signed."""
    return orjson.dumps(receipt, option=orjson.OPT_SORT_KEYS)


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
