"""Personal data at rest: encrypted for those who may read it, with a blind index to find phone numbers by."""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casino.kit.settings import Settings

_NONCE_BYTES = 12
_KEY_BYTES = 32
INDEX_VERSION = 1
FIELDS = ("phone", "birth_date")


class UnreadablePersonalData(RuntimeError):
    """No key we hold opens it, or it was moved from another account's row."""


class PersonalData:
    """Encryption (AES-256-GCM) and a blind index (HMAC-SHA256), each with a key of its own from the secret.

    The ciphertext is bound to its field and its owner's `site_id`, which only erasure changes. `previous` secrets are
    only read with.
    """

    def __init__(self, secret: str, *previous: str) -> None:
        secrets = [part.encode() for part in (secret, *previous)]
        self._ciphers = {
            (_key_id(part), field): AESGCM(_derived(part, f"{field}-encryption"))
            for part in reversed(secrets)
            for field in FIELDS
        }
        self.key_id = _key_id(secrets[0])
        self._index_key = _derived(secrets[0], f"phone-index-{INDEX_VERSION}")
        self.index_key_id = f"{self.key_id}.{INDEX_VERSION}"

    @classmethod
    def of(cls, settings: Settings) -> "PersonalData":
        """With the keys of the settings; an empty previous key is none."""
        previous = settings.previous_pii_key
        older = [previous.get_secret_value()] if previous is not None and len(previous) else []
        return cls(settings.pii_key.get_secret_value(), *older)

    def encrypt(self, text: str, *, field: str, owner: str) -> bytes:
        """Nonce and ciphertext; `key_id` says which key opens it."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._ciphers[self.key_id, field]
        return nonce + cipher.encrypt(nonce, text.encode(), _bound_to(field, owner))

    def decrypt(self, data: bytes, *, field: str, key_id: str, owner: str) -> str:
        """What was encrypted in this field for this owner; raises UnreadablePersonalData."""
        cipher = self._ciphers.get((key_id, field))
        if cipher is None:
            raise UnreadablePersonalData(f"no key {key_id}: it is not among the configured secrets")
        try:
            return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _bound_to(field, owner)).decode()
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


def _bound_to(field: str, owner: str) -> bytes:
    return f"users.{field}:{owner}".encode()
