"""Sessions: opened at log-in, listed for their owner, ended here or everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import repository
from casino.identity.errors import SessionNotFound
from casino.identity.principal import Principal
from casino.identity.revocations import Revoked
from casino.identity.tokens import Tokens
from casino.kit.ids import uuid7
from casino.kit.telemetry import pseudonym

log = structlog.get_logger(__name__)


class Caller(NamedTuple):
    """Where a request comes from: its address, and what the device calls itself."""

    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Grant:
    """The tokens of a session, and how long the access token lives."""

    access_token: str
    refresh_token: str
    expires_in: int


class Holder(NamedTuple):
    """Whom tokens are written for."""

    user_id: int
    rank: str
    role: str


async def open_session(connection: AsyncConnection, holder: Holder, caller: Caller, tokens: Tokens) -> Grant:
    """A new session of the user, whose row the caller has locked: no revocation falls in between."""
    session_id, jti = uuid7(), tokens.first_jti()
    opened_at = await repository.add_session(connection, session_id, holder.user_id, caller.user_agent)
    await repository.add_refresh_token(connection, jti, session_id, days=tokens.refresh_days)
    return grant(holder, session_id, jti, tokens, issued_at=opened_at)


def grant(holder: Holder, session_id: UUID, jti: str, tokens: Tokens, *, issued_at: datetime) -> Grant:
    """An access token for the session, with the refresh token named `jti`."""
    access = tokens.access(
        user_id=holder.user_id, sid=str(session_id), rank=holder.rank, role=holder.role, issued_at=issued_at
    )
    return Grant(access, tokens.refresh(jti), tokens.access_seconds)


async def log_out(connection: AsyncConnection, principal: Principal) -> Revoked:
    """Ends the session that asks, if it is still open; announce what is returned once it is committed."""
    session_id = UUID(principal.sid)
    await repository.end_session(connection, principal.user_id, session_id)
    return await _revoke(connection, principal.user_id, session_id)


async def log_out_everywhere(connection: AsyncConnection, user_id: int) -> Revoked:
    """Ends every session of the user; announce what is returned once it is committed."""
    await repository.lock_user(connection, user_id)
    ended = await repository.end_sessions(connection, user_id)
    not_before = await repository.add_revocation(connection, user_id, None)
    log.info("sessions_ended", user=pseudonym(user_id), sessions=ended)
    return Revoked(user_id, None, not_before.timestamp())


async def end_session(connection: AsyncConnection, user_id: int, session_id: UUID) -> Revoked:
    """Ends one open session of the user; SessionNotFound without it."""
    if not await repository.end_session(connection, user_id, session_id):
        raise SessionNotFound("You have no such open session.")
    return await _revoke(connection, user_id, session_id)


async def _revoke(connection: AsyncConnection, user_id: int, session_id: UUID) -> Revoked:
    not_before = await repository.add_revocation(connection, user_id, session_id)
    log.info("session_ended", user=pseudonym(user_id))
    return Revoked(user_id, str(session_id), not_before.timestamp())


async def session_page(
    connection: AsyncConnection, user_id: int, *, before: UUID | None, limit: int
) -> tuple[Sequence[repository.AnyRow], UUID | None]:
    """The user's open sessions, newest first, and the id after which the next page begins."""
    rows = await repository.sessions_of(connection, user_id, before=before, limit=limit + 1)
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None
