"""Writes the tokens of a session: a signed one for minutes, and the name of the one that renews it."""

import hmac
import os
from datetime import datetime

import jwt

from casino.identity.rules import refresh_tokens
from casino.kit.ids import uuid7
from casino.kit.settings import Settings

ALGORITHM = "HS256"
CLAIMS = ["sub", "iat", "exp", "jti", "sid", "rank", "role"]


class SigningKeys:
    """The key that signs, and the one before it, which is still believed while its tokens live."""

    def __init__(self, settings: Settings) -> None:
        secrets = [settings.secret_key, settings.previous_secret_key]
        # An empty variable is no key: anybody could sign with it.
        keys = [
            secret.get_secret_value().encode() for secret in secrets if secret is not None and len(secret)
        ]
        self.current = keys[0]
        self.accepted = tuple(keys)
        self.current_id = key_id(self.current)
        self.by_id = {key_id(key): key for key in keys}


def key_id(key: bytes) -> str:
    """How a key is named in tokens: 12 hex digits that tell nothing about it."""
    return hmac.digest(key, b"key id", "sha256")[:6].hex()


class Tokens:
    """Writes the tokens of a session."""

    def __init__(self, settings: Settings) -> None:
        self.keys = SigningKeys(settings)
        self.access_seconds = settings.access_token_seconds
        self.refresh_days = settings.refresh_token_days
        self.refresh_grace_seconds = settings.refresh_grace_seconds

    def access(self, *, user_id: int, sid: str, rank: str, role: str, issued_at: datetime) -> str:
        """An access token. `issued_at` is PostgreSQL's time, the clock that revocations are told by."""
        seconds = issued_at.timestamp()
        claims = {
            "sub": str(user_id),
            "iat": seconds,
            "exp": int(seconds) + self.access_seconds,
            "jti": str(uuid7()),
            "sid": sid,
            "rank": rank,
            "role": role,
        }
        return jwt.encode(claims, self.keys.current, ALGORITHM, headers={"kid": self.keys.current_id})

    def first_jti(self) -> str:
        """The name of a new session's first refresh token."""
        return refresh_tokens.name(os.urandom(16))

    def successor_jti(self, jti: str) -> str:
        """The name of the refresh token that this one rotates into."""
        return refresh_tokens.successor(self.keys.current, jti)

    def refresh(self, jti: str) -> str:
        """The refresh token of this name."""
        return refresh_tokens.write(self.keys.current, jti)

    def refresh_jti(self, token: str) -> str | None:
        """The name of a refresh token that is ours; None for any other text."""
        return refresh_tokens.read(self.keys.accepted, token)
