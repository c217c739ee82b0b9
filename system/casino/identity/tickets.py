"""One-time tickets for sockets, whose address browsers put into logs and whose headers they cannot set."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from casino.identity import repository
from casino.identity.errors import InvalidTicket
from casino.identity.principal import Principal
from casino.kit.ids import unguessable

TICKET_SECONDS = 30


async def issue_ticket(connection: AsyncConnection, principal: Principal) -> str:
    """A ticket that opens one socket within 30 s, for as long as the access token that asked for it lives."""
    ticket = unguessable()
    await repository.add_ticket(
        connection,
        _digest(ticket),
        UUID(principal.sid),
        token_issued_at=datetime.fromtimestamp(principal.issued_at, UTC),
        token_expires_at=datetime.fromtimestamp(principal.exp, UTC),
        seconds=TICKET_SECONDS,
    )
    return ticket


async def redeem_ticket(connection: AsyncConnection, ticket: str) -> Principal:
    """Who the ticket was given to; it is spent by this. InvalidTicket when unknown, spent, late or ended."""
    row = await repository.take_ticket(connection, _digest(ticket))
    if row is None:
        raise InvalidTicket("The ticket is unknown, spent or older than 30 seconds; ask for a new one.")
    return Principal(
        user_id=row.id,
        sid=str(row.session_id),
        rank=row.rank,
        role=row.role,
        exp=row.token_expires_at.timestamp(),
        issued_at=row.token_issued_at.timestamp(),
    )


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode("utf-8", "replace")).digest()
