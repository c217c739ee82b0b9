"""The hub's own socket."""

from typing import Annotated

from fastapi import APIRouter, WebSocket

from casino.identity.service import TokenChecker
from casino.kit.database import Database
from casino.kit.http.resources import resource
from casino.realtime.service import Hub, admit

router = APIRouter(prefix="/api")


@router.websocket("/realtime/sync")
async def sync(
    socket: WebSocket,
    hub: Annotated[Hub, resource(Hub)],
    checker: Annotated[TokenChecker, resource(TokenChecker)],
    database: Annotated[Database, resource(Database)],
) -> None:
    """The user's own events, as contracts/asyncapi.yaml describes them."""
    admitted = await admit(socket, checker, database)
    if admitted is not None:
        await hub.serve(socket, *admitted)
