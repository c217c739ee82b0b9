"""uvicorn's WebSocket protocol, bounded against peers that do not read what they are sent.

ASGI has no way to abort a connection, and uvicorn's own close waits for a peer to read: one that never does
would hold its socket and its buffer for ever. What changes here:
- the kernel keeps at most 64 KiB of unsent data a socket, so that `send` notices a slow peer;
- a close does not queue behind a blocked write, and 5 s after it the connection is gone, read or not;
- nothing is read from a peer that does not read, so that its pings cannot pile up as pongs;
- addresses, which may hold a token or a ticket, are not logged, nor what a peer sends as an error of ours.
"""

import asyncio
import logging
import socket
from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

UNSENT_BYTES_MAX = 64 * 1024
ABORT_SECONDS = 5.0
_QUIET = logging.getLogger(__name__)
_QUIET.setLevel(logging.WARNING)
_QUIET.addFilter(lambda record: "UTF-8" not in str(record.msg))


class SocketProtocol(WebSocketsSansIOProtocol):
    """Given to uvicorn as its `ws` protocol."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._abort_timer: asyncio.TimerHandle | None = None
        self.logger = self.conn.logger = _QUIET

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Bounds what the kernel takes in on the peer's behalf."""
        super().connection_made(transport)
        tcp = transport.get_extra_info("socket")
        if tcp is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The peer reads slower than we write."""
        super().pause_writing()
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It caught up."""
        super().resume_writing()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    async def send(self, message: ASGISendEvent) -> None:
        """Sends; a close goes out at once and is final."""
        if message["type"] == "websocket.close":
            self.writable.set()
            self._abort_timer = self.loop.call_later(ABORT_SECONDS, self.transport.abort)
        await super().send(message)
