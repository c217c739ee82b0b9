"""Signed receipts: what the casino stands by, in a form that anybody can check without asking it.

Ed25519 (RFC 8032) over the receipt's canonical JSON: members sorted, no spaces, UTF-8. The key is derived from the
secret key (HKDF-SHA256, RFC 5869), and its public half comes with every receipt and is published by itself.
"""

from base64 import b64encode
from typing import Any, Generic, Literal, TypeVar

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, Field

from casino.kit.http.wire import Answered

R = TypeVar("R", bound=BaseModel)

_PURPOSE = b"casino-club receipts"


class Signed(Answered, Generic[R]):
    """A receipt and its Ed25519 signature over the receipt's canonical JSON (members sorted, no spaces, UTF-8)."""

    receipt: R
    public_key: str = Field(description="32 bytes in base64; the same for every receipt of this casino.")
    signature: str = Field(description="64 bytes in base64.")


class ReceiptKey(Answered):
    """What signs receipts. A key that stands only in the receipt itself would prove nothing."""

    algorithm: Literal["Ed25519"]
    public_key: str = Field(description="32 bytes in base64.")


class ReceiptSigner:
    """Signs receipts with the key of this casino."""

    def __init__(self, secret_key: str) -> None:
        derived = HKDF(hashes.SHA256(), 32, salt=None, info=_PURPOSE).derive(secret_key.encode())
        self._key = Ed25519PrivateKey.from_private_bytes(derived)

    @property
    def public_key(self) -> str:
        """The half that checks signatures: 32 bytes in base64."""
        return b64encode(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, receipt: R) -> Signed[R]:
        """The receipt with its signature."""
        signature = self._key.sign(canonical(receipt.model_dump(mode="json")))
        return Signed(receipt=receipt, public_key=self.public_key, signature=b64encode(signature).decode())


def canonical(receipt: dict[str, Any]) -> bytes:
    """The bytes that are signed."""
    return orjson.dumps(receipt, option=orjson.OPT_SORT_KEYS)
