"""Signed receipts: they hold the ledger's own figures, and nobody else can have written them."""

from base64 import b64decode

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from casino.kit.database import Database
from casino.kit.receipts import ReceiptSigner, canonical
from casino.kit.settings import Settings
from tests.factories.access import bearer
from tests.factories.players import a_player


async def test_a_receipt_can_be_checked_by_anybody(
    client: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    """The signature holds with the published key, fails for one gold more, and the figures are the round's."""
    user = await a_player(database, gold=1_000)
    headers = bearer(settings, user)
    played = (await client.post("/api/games/slot/spin", headers=headers, json={"bet_amount": 10})).json()
    signed = (await client.get(f"/api/games/rounds/{played['round_id']}/receipt", headers=headers)).json()
    receipt = signed["receipt"]
    assert (receipt["balance_before"], receipt["balance_after"]) == (1_000, played["balance"])
    assert [entry["seq"] for entry in receipt["ledger"]] == [2]
    published = (await client.get("/api/games/fairness/key")).json()
    assert published == {"algorithm": "Ed25519", "public_key": signed["public_key"]}
    key = Ed25519PublicKey.from_public_bytes(b64decode(published["public_key"]))
    signature = b64decode(signed["signature"])
    key.verify(signature, canonical(receipt))
    with pytest.raises(InvalidSignature):
        key.verify(signature, canonical(receipt | {"win_amount": receipt["win_amount"] + 1}))
    other = bearer(settings, await a_player(database))
    theirs = await client.get(f"/api/games/rounds/{played['round_id']}/receipt", headers=other)
    assert (theirs.status_code, theirs.json()["error"]) == (404, "round_not_found")


def test_another_secret_signs_with_another_key() -> None:
    """The key follows from the secret, and is the same each time."""
    assert ReceiptSigner("a" * 32).public_key == ReceiptSigner("a" * 32).public_key
    assert ReceiptSigner("a" * 32).public_key != ReceiptSigner("b" * 32).public_key
