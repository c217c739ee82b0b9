"""The door of every socket: accepts first, then asks who knocks, so that browsers see why they are sent away."""

import asyncio
from urllib.parse import parse_qs

from starlette.websockets import WebSocket, WebSocketDisconnect

from casino.identity.service import Principal, TokenChecker, authorization_of, redeem_ticket
from casino.kit.database import Database
from casino.kit.errors import Unauthorized
from casino.realtime.connection import farewell, refusal
from casino.realtime.rules import CloseCode, Closing, read_event_id

BEARER = "bearer"
TICKET_SECONDS_MAX = 5.0
PARAMETERS_MAX = 20


async def admit(
    socket: WebSocket, checker: TokenChecker, database: Database
) -> tuple[Principal, int | None] | None:
    """Accepts a socket: who it is of and the event it resumes after, or None when it was closed again.

    The token comes as ``Authorization: Bearer``, as subprotocols ``bearer, <token>``, as ``?token=``, or as a
    one-time ``?ticket=``. ``?last_event_id=`` resumes.
    """
    offered = socket.scope["subprotocols"]
    try:
        await socket.accept(BEARER if BEARER in offered else None)
    except (WebSocketDisconnect, OSError, RuntimeError):
        # It left while its handshake was being answered.
        return None
    asked = _asked(socket)
    try:
        principal = await _who(socket, asked, checker, database)
    except Exception as error:
        await farewell(socket, refusal(error))
        return None
    return principal, read_event_id(asked.get("last_event_id"))


async def turn_away(socket: WebSocket, reason: str) -> None:
    """Closes an accepted socket whose user has no right to what it shows."""
    await farewell(socket, Closing(CloseCode.FORBIDDEN, reason))


def _asked(socket: WebSocket) -> dict[str, str]:
    """The query's parameters, the last of each name; none at all from one that cannot be read."""
    try:
        query = parse_qs(socket.scope["query_string"].decode("latin-1"), max_num_fields=PARAMETERS_MAX)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in query.items()}


async def _who(
    socket: WebSocket, asked: dict[str, str], checker: TokenChecker, database: Database
) -> Principal:
    authorization = authorization_of(socket.scope)
    if authorization is not None:
        return checker.principal_of(authorization)
    offered = socket.scope["subprotocols"]
    if BEARER in offered and len(offered) > 1:
        return checker.principal_of_token(next(name for name in offered if name != BEARER))
    if "token" in asked:
        return checker.principal_of_token(asked["token"])
    if "ticket" in asked:
        async with asyncio.timeout(TICKET_SECONDS_MAX), database.transaction() as connection:
            return await redeem_ticket(connection, asked["ticket"])
    raise Unauthorized("Send an access token or a ticket to open a socket.")
