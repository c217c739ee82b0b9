"""Invite codes: who may join, and how often a code lets somebody in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import repository
from casino.identity.errors import InviteCodeRefused
from casino.identity.rules import accounts
from casino.kit.metrics import counter

SEEDED_CODE = "5858"
CODE_LENGTH_MAX = 64
CODE_CLASSES = ("seeded", "listed", "unlisted")

# A counter that is born with its first event shows no increase: each class must be seen at zero before.
for _known in CODE_CLASSES:
    counter("invite_code_signups_total").labels(_known)


@dataclass(frozen=True, slots=True)
class InviteState:
    """Whether a code lets somebody in now; None means without limit. An unknown code has no uses."""

    valid: bool
    remaining_uses: int | None
    expires_at: datetime | None


async def look_at_code(connection: AsyncConnection, code: str) -> InviteState:
    """How the code stands, whoever asks."""
    row = await repository.invite_code(connection, code) if accounts.is_invite_code(code) else None
    if row is None:
        return InviteState(valid=False, remaining_uses=0, expires_at=None)
    left = None if row.max_uses is None else row.max_uses - row.used_count
    return InviteState(valid=row.usable, remaining_uses=left, expires_at=row.expires_at)


async def require_usable(connection: AsyncConnection, code: str) -> None:
    """InviteCodeRefused unless the code lets somebody in now; takes nothing, and counts a code that is none."""
    state = await look_at_code(connection, code)
    if state.valid:
        return
    if not await is_listed(connection, code):
        counter("invite_code_signups_total").labels("unlisted").inc()
    raise _refused(code)


async def is_listed(connection: AsyncConnection, code: str) -> bool:
    """Whether there is such a code, usable or not."""
    return accounts.is_invite_code(code) and await repository.invite_code(connection, code) is not None


async def take_use(connection: AsyncConnection, code: str) -> None:
    """Takes one use in the caller's transaction, the last one for one caller only; or InviteCodeRefused."""
    if await repository.take_use(connection, code):
        return
    row = await repository.invite_code(connection, code)
    if row is None or row.max_uses is not None or not row.usable:
        raise _refused(code)


def code_class(code: str) -> str:
    """The class a code is counted under: ``seeded`` for the well-known one, ``listed`` for the others."""
    return "seeded" if code == SEEDED_CODE else "listed"


def _refused(code: str) -> InviteCodeRefused:
    return InviteCodeRefused(
        f"Invite code {code!r} does not exist, has expired or is used up; ask for another where you got it.",
        field="invite_code",
    )
