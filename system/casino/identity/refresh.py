"""Trading a refresh token for new tokens, once; and ending everything when a spent one comes back."""

from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import repository, security
from casino.identity.errors import InvalidRefreshToken
from casino.identity.revocations import Revoked
from casino.identity.rules.refresh_tokens import Use, judge
from casino.identity.sessions import Grant, Holder, grant, log_out_everywhere
from casino.identity.tokens import Tokens
from casino.kit.metrics import counter
from casino.kit.telemetry import pseudonym

REUSE_EVENT = "REFRESH_TOKEN_REUSE"

log = structlog.get_logger(__name__)


async def rotate(connection: AsyncConnection, token: str, tokens: Tokens) -> Grant | Revoked:
    """New tokens for the session, or the revocation of all the user has because the token was spent before.

    The revocation must be committed and announced, and answered with RefreshTokenReused: that is why it is
    returned and not raised. Raises InvalidRefreshToken for a token that is not ours, has expired or whose
    session has ended.
    """
    jti = tokens.refresh_jti(token)
    if jti is None:
        raise InvalidRefreshToken("This is not a refresh token of ours; log in again.")
    await repository.lock_family(connection, jti)
    stored = await repository.refresh_token(connection, jti)
    use = _judged(stored, tokens) if stored is not None else Use.DEAD
    if stored is None or use is Use.DEAD:
        raise InvalidRefreshToken("The refresh token has expired or its session has ended; log in again.")
    if use is Use.REUSED:
        return await _end_everything(connection, stored)
    successor = stored.successor or tokens.successor_jti(jti)
    if use is Use.ROTATE:
        await repository.add_refresh_token(connection, successor, stored.session_id, days=tokens.refresh_days)
        await repository.spend_refresh_token(connection, jti, successor=successor, now=stored.now)
        await repository.touch_sessions(connection, [stored.session_id])
    holder = Holder(stored.user_id, stored.rank, stored.role)
    return grant(holder, stored.session_id, successor, tokens, issued_at=stored.now)


def _judged(stored: repository.AnyRow, tokens: Tokens) -> Use:
    return judge(
        now=stored.now,
        expires_at=stored.expires_at,
        session_ended=stored.session_ended,
        used_at=stored.used_at,
        successor_used=stored.successor_used,
        grace=timedelta(seconds=tokens.refresh_grace_seconds),
    )


async def _end_everything(connection: AsyncConnection, stored: repository.AnyRow) -> Revoked:
    """Whoever presents a spent token, or whoever spent it, stole it: nobody can tell which."""
    detail = {"session_id": str(stored.session_id)}
    await security.note(connection, REUSE_EVENT, user_id=stored.user_id, detail=detail)
    return await log_out_everywhere(connection, stored.user_id)


def count_reuse(revoked: Revoked) -> None:
    """Tells metrics and log about a reuse whose revocation is committed."""
    counter("refresh_token_reuse_total").inc()
    log.warning("refresh_token_reused", user=pseudonym(revoked.user_id))
