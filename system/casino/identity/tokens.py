"""Access tokens: written with the current key, checked without a database trip and almost without CPU."""

import hmac
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import jwt

from casino.identity.errors import InvalidToken, TokenExpired, TokenRevoked
from casino.identity.principal import Principal
from casino.identity.revocations import Revocations
from casino.identity.rules import refresh_tokens
from casino.kit.errors import Unauthorized
from casino.kit.ids import uuid7
from casino.kit.settings import Settings

ALGORITHM = "HS256"
CLAIMS = ["sub", "iat", "exp", "jti", "sid", "rank", "role"]
TOKEN_BYTES_MAX = 2_048
TOKENS_HELD_MAX = 20_000


class SigningKeys:
    """The key that signs, and the one before it, which is still believed while its tokens live."""

    def __init__(self, current: str, previous: str | None = None) -> None:
        keys = [key.encode() for key in (current, previous) if key]
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
        previous = settings.previous_secret_key
        self.keys = SigningKeys(
            settings.secret_key.get_secret_value(), previous.get_secret_value() if previous else None
        )
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


class TokenChecker:
    """Says who asks. A token's signature is checked once; after that only its age and the revocations are."""

    def __init__(self, keys: SigningKeys, revocations: Revocations, *, now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._is_revoked = revocations.is_revoked
        self._now = now
        self._verified: OrderedDict[bytes, Principal] = OrderedDict()
        self.seen: set[str] = set()

    def principal_of(self, authorization: bytes | None) -> Principal:
        """Who sends this ``Authorization`` header.

        Raises Unauthorized without one, InvalidToken, TokenExpired or TokenRevoked.
        """
        if authorization is None:
            raise Unauthorized("Send an access token: 'Authorization: Bearer <token>'.")
        principal = self._verified.get(authorization)
        if principal is None:
            principal = self._verify(authorization)
        else:
            self._verified.move_to_end(authorization)
        if principal.exp <= self._now():
            del self._verified[authorization]
            raise TokenExpired("The access token has expired; refresh it.")
        if self._is_revoked(principal):
            del self._verified[authorization]
            raise TokenRevoked("This session was ended; log in again.")
        self.seen.add(principal.sid)
        return principal

    def principal_of_token(self, token: str) -> Principal:
        """The same for a token that came another way (a socket's subprotocol or query)."""
        return self.principal_of(b"Bearer " + token.encode("utf-8", "replace"))

    def _verify(self, authorization: bytes) -> Principal:
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or len(token) > TOKEN_BYTES_MAX:
            raise InvalidToken("The Authorization header is not 'Bearer <token>'.")
        try:
            principal = _principal(self._claims(token.strip()))
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise InvalidToken("The access token is not one of ours, or was changed; log in again.") from error
        self._verified[authorization] = principal
        if len(self._verified) > TOKENS_HELD_MAX:
            self._verified.popitem(last=False)
        return principal

    def _claims(self, token: bytes) -> dict[str, Any]:
        key = self._keys.by_id.get(jwt.get_unverified_header(token).get("kid", ""))
        if key is None:
            raise jwt.InvalidKeyError("signed by no key of ours")
        # Age is looked at on every use, not only on this first one.
        options: Any = {"require": CLAIMS, "verify_exp": False, "verify_iat": False}
        return jwt.decode(token, key, [ALGORITHM], options)


def _principal(claims: dict[str, Any]) -> Principal:
    return Principal(
        user_id=int(claims["sub"]),
        sid=str(claims["sid"]),
        rank=str(claims["rank"]),
        role=str(claims["role"]),
        exp=float(claims["exp"]),
        issued_at=float(claims["iat"]),
    )
