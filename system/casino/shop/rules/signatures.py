"""Signatures of the gateway's webhooks: an HMAC with a secret that both know."""

import hashlib
import hmac
from collections.abc import Sequence

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
