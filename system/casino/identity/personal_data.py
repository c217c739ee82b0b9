"""Phone numbers at rest: encrypted for those who may read them, with a blind index to find them by."""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_KEY_BYTES = 32
INDEX_VERSION = 1


class UnreadablePersonalData(RuntimeError):
    """No key we hold opens it, or it was moved from another account's row."""


class PersonalData:
    """Encryption (AES-256-GCM) and a blind index (HMAC-SHA256), each with a key of its own from the secret.

    The ciphertext is bound to its owner's `site_id`, which never changes. `previous` secrets are only read
    with.
    """

    def __init__(self, secret: str, *previous: str) -> None:
        secrets = [part.encode() for part in (secret, *previous)]
        ciphers = [(_key_id(part), AESGCM(_derived(part, "phone-encryption"))) for part in secrets]
        self._ciphers = dict(reversed(ciphers))
        self.key_id = ciphers[0][0]
        self._index_key = _derived(secrets[0], f"phone-index-{INDEX_VERSION}")
        self.index_key_id = f"{self.key_id}.{INDEX_VERSION}"

    def encrypt(self, text: str, *, owner: str) -> bytes:
        """Nonce and ciphertext; `key_id` says which key opens it."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[self.key_id].encrypt(nonce, text.encode(), _bound_to(owner))

    def decrypt(self, data: bytes, *, key_id: str, owner: str) -> str:
        """What was encrypted for this owner; raises UnreadablePersonalData."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnreadablePersonalData(f"no key {key_id}: it is not among the configured secrets")
        try:
            return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _bound_to(owner)).decode()
        except InvalidTag as error:
            raise UnreadablePersonalData(f"data of {owner} does not open with key {key_id}") from error

    def index(self, text: str) -> bytes:
        """32 bytes that are equal for equal texts and tell nothing about them without the key."""
        return hmac.digest(self._index_key, text.encode(), "sha256")


def _derived(secret: bytes, purpose: str) -> bytes:
    """RFC 5869: one secret, a key for each purpose."""
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"casino-club/{purpose}".encode()).derive(secret)


def _key_id(secret: bytes) -> str:
    return _derived(secret, "key-id")[:4].hex()


def _bound_to(owner: str) -> bytes:
    return f"users.phone:{owner}".encode()
