"""Signatures: of the gateway's webhooks (HMAC, shared secret) and of our receipts (Ed25519, anybody can check)."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TIMESTAMP_SECONDS_MAX = 300


def is_signed(body: bytes, signature: str, *, timestamp: str, nonce: str, secrets: Sequence[str]) -> bool:
    """Whether hex(HMAC-SHA256(secret, "timestamp:nonce:body")) is the signature, for any of the valid secrets.

    Every secret is tried, in constant time, so that an answer does not tell which of them nearly fitted.
    """
    signed = f"{timestamp}:{nonce}:".encode() + body
    given = signature.encode()
    fits = [
        hmac.compare_digest(hmac.digest(secret.encode(), signed, hashlib.sha256).hex().encode(), given)
        for secret in secrets
    ]
    return any(fits)


def is_fresh(timestamp: str, *, now_seconds: float) -> bool:
    """Whether the Unix seconds are within 300 s of now."""
    return (
        timestamp.isascii()
        and timestamp.isdigit()
        and len(timestamp) <= 12
        and abs(int(timestamp) - now_seconds) <= TIMESTAMP_SECONDS_MAX
    )


class ReceiptSigner:
    """Signs receipts with a key derived from the casino's secret (HKDF-SHA256, RFC 5869)."""

    def __init__(self, secret: str) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"casino-club receipts 1").derive(secret.encode())
        self._key = Ed25519PrivateKey.from_private_bytes(derived)
        self.public_key = self._key.public_key().public_bytes_raw().hex()

    def sign(self, receipt: Mapping[str, Any]) -> tuple[str, str]:
        """(the signed text, its Ed25519 signature in hex): the text is JSON with sorted keys and no spaces."""
        text = orjson.dumps(dict(receipt), option=orjson.OPT_SORT_KEYS)
        return text.decode(), self._key.sign(text).hex()
