"""Says who asks: without a database trip, and almost without CPU."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import jwt
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Scope

from casino.identity import repository
from casino.identity.errors import InvalidToken, TokenExpired, TokenRevoked
from casino.identity.principal import Principal
from casino.identity.revocations import Revocations
from casino.identity.tokens import ALGORITHM, CLAIMS, SigningKeys
from casino.kit.database import Database
from casino.kit.errors import Unauthorized
from casino.kit.http.edge import exchange_of, hold
from casino.kit.limits import RateLimits, UserLimits
from casino.kit.redis import RedisClient
from casino.kit.settings import Settings

TOKEN_BYTES_MAX = 2_048
TOKENS_HELD_MAX = 20_000
SIGHTINGS_SECONDS = 30.0
SIGHTINGS_A_TURN_MAX = 1_000

log = structlog.get_logger(__name__)


class TokenChecker:
    """Checks a token's signature once; after that only its age, and whether it was revoked."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        redis: RedisClient,
        limits: RateLimits,
        user_limits: UserLimits,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.revocations = Revocations(database, redis, token_seconds=settings.access_token_seconds)
        self._keys = SigningKeys(settings)
        self._database = database
        self._limits = limits
        self._user_limits = user_limits
        self._now = now
        self._verified: OrderedDict[bytes, Principal] = OrderedDict()
        self._seen: set[str] = set()

    def admit(self, scope: Scope, authorization: bytes | None) -> Principal:
        """Like `principal_of`, counted against the limits of a user: also raises TooManyRequests."""
        principal = self.principal_of(authorization)
        if self._limits.mode != "off":
            exchange, identifier = exchange_of(scope), str(principal.user_id)
            hold(self._limits, exchange, identifier, self._user_limits.burst)
            hold(self._limits, exchange, identifier, self._user_limits.minute)
        return principal

    def principal_of(self, authorization: bytes | None) -> Principal:
        """Who sends this ``Authorization`` header.

        Raises Unauthorized without one, InvalidToken, TokenExpired or TokenRevoked; Unavailable in a process
        that does not know yet which tokens were revoked.
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
        if self.revocations.is_revoked(principal):
            del self._verified[authorization]
            raise TokenRevoked("This session was ended; log in again.")
        self._seen.add(principal.sid)
        return principal

    def principal_of_token(self, token: str) -> Principal:
        """The same for a token that came another way (a socket's subprotocol or query)."""
        return self.principal_of(b"Bearer " + token.encode("utf-8", "replace"))

    async def wait_until_ready(self, seconds: float) -> None:
        """Waits until revocations are known, at most this long; until then every token is answered 503."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.revocations.loaded.wait()

    async def run(self) -> None:
        """Keeps up with revocations, and notes which sessions were seen, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.revocations.run())
            tasks.create_task(self._note_sightings())

    def _verify(self, authorization: bytes) -> Principal:
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or len(token) > TOKEN_BYTES_MAX:
            raise InvalidToken("The Authorization header is not 'Bearer <token>'.")
        try:
            principal = _principal(self._claims(token.strip()))
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise InvalidToken(
                "The access token is not one of ours, or was changed; log in again."
            ) from error
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
        claims: dict[str, Any] = jwt.decode(token, key, [ALGORITHM], options)
        return claims

    async def _note_sightings(self) -> None:
        """Writes down which sessions asked something, a few times a minute instead of at every request."""
        while True:
            await asyncio.sleep(SIGHTINGS_SECONDS)
            try:
                await self.note_sightings()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("sightings_lost", error=repr(error))

    async def note_sightings(self) -> None:
        """Writes down the sessions seen since the last time."""
        seen, self._seen = sorted(self._seen), set()
        for start in range(0, len(seen), SIGHTINGS_A_TURN_MAX):
            turn = [UUID(sid) for sid in seen[start : start + SIGHTINGS_A_TURN_MAX]]
            async with self._database.snapshot() as connection:
                await repository.touch_sessions(connection, turn)


def _principal(claims: dict[str, Any]) -> Principal:
    return Principal(
        user_id=int(claims["sub"]),
        sid=str(claims["sid"]),
        rank=str(claims["rank"]),
        role=str(claims["role"]),
        exp=float(claims["exp"]),
        issued_at=float(claims["iat"]),
    )
