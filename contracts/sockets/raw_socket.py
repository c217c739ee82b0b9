"""A WebSocket client that can break every rule: frames are written as asked, not as RFC 6455 wants them."""

from __future__ import annotations

import json
import os
import socket
import ssl
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

READ_BYTES = 1 << 16
MESSAGE_BYTES_MAX = 4 << 20
VANISHED = 1006
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


class HandshakeRefused(Exception):
    """The server answered with HTTP instead of a socket. `status` is 0 when it answered nothing."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status


@dataclass(frozen=True)
class Ending:
    """How a socket ended. `code` is the server's, 1006 when it vanished without one, None while it is open."""

    code: int | None
    reason: str = ""


@dataclass
class RawSocket:
    """One connection. `messages` holds what came and was not waited for yet, `heard` all of it, as JSON."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    subprotocols: tuple[str, ...] = ()
    timeout_seconds: float = 15.0
    messages: list[dict[str, Any]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Connects and shakes hands; raises HandshakeRefused or OSError."""
        parts = urlsplit(self.url)
        self._text = b""
        self._gone = False
        self._protocol = ClientProtocol(
            parse_uri(self.url.replace("http", "ws", 1)), max_size=MESSAGE_BYTES_MAX
        )
        address = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        self._socket: socket.socket = socket.create_connection(address, self.timeout_seconds)
        try:
            if parts.scheme == "https":
                context = ssl.create_default_context()
                self._socket = context.wrap_socket(self._socket, server_hostname=parts.hostname)
            self._shake_hands()
        except BaseException:
            self._socket.close()
            raise

    def _shake_hands(self) -> None:
        request = self._protocol.connect()
        request.headers.update(Headers(self.headers))
        if self.subprotocols:
            request.headers["Sec-WebSocket-Protocol"] = ", ".join(self.subprotocols)
            self._protocol.available_subprotocols = list(self.subprotocols)  # type: ignore[arg-type]
        self._protocol.send_request(request)
        self._flush()
        while self._protocol.state is State.CONNECTING and self._protocol.handshake_exc is None:
            if not self._receive(self.timeout_seconds):
                raise HandshakeRefused(0, "the connection ended without an answer")
        refused = self._protocol.handshake_exc
        if refused is not None:
            answer = getattr(refused, "response", None)
            raise HandshakeRefused(answer.status_code if answer is not None else 0, str(refused))

    def send_frame(
        self,
        opcode: int,
        payload: bytes = b"",
        *,
        fin: bool = True,
        reserved: int = 0,
        masked: bool = True,
        claimed_length: int | None = None,
    ) -> None:
        """One frame, right or wrong. `claimed_length` is what its head says, whatever follows."""
        length = len(payload) if claimed_length is None else claimed_length
        head = bytes([(0x80 if fin else 0) | (reserved << 4) | opcode])
        mask_bit = 0x80 if masked else 0
        if length < 126:
            head += bytes([mask_bit | length])
        elif length < 1 << 16:
            head += bytes([mask_bit | 126]) + struct.pack("!H", length)
        else:
            head += bytes([mask_bit | 127]) + struct.pack("!Q", length)
        if masked:
            key = os.urandom(4)
            head += key
            payload = bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))
        self.send_bytes(head + payload)

    def send_text(self, text: str) -> None:
        """One text frame."""
        self.send_frame(TEXT, text.encode())

    def send_bytes(self, data: bytes) -> None:
        """Bytes as they are; that the peer is gone is for the reader to notice."""
        with suppress(OSError):
            self._socket.sendall(data)

    def wait_for(self, kind: str, seconds: float = 10.0) -> dict[str, Any] | None:
        """The next message of this type that has not been waited for; None when none comes in time."""
        deadline = time.monotonic() + seconds
        while True:
            for index, message in enumerate(self.messages):
                if message.get("type") == kind:
                    return self.messages.pop(index)
            left = deadline - time.monotonic()
            if left <= 0 or not self._receive(left):
                return None

    def wait_closed(self, seconds: float = 10.0) -> Ending:
        """How the socket ended; `code` None when it is still open after this long."""
        deadline = time.monotonic() + seconds
        while self.ending.code is None and (left := deadline - time.monotonic()) > 0:
            if not self._receive(left):
                break
        return self.ending

    @property
    def ending(self) -> Ending:
        """How it stands with the end of this socket."""
        received = self._protocol.close_rcvd
        if received is not None:
            return Ending(int(received.code), received.reason)
        return Ending(VANISHED if self._gone else None)

    def _receive(self, seconds: float) -> bool:
        """Takes in what has come; False when nothing did in time or the connection is gone."""
        self._socket.settimeout(max(seconds, 0.001))
        try:
            data = self._socket.recv(READ_BYTES)
        except TimeoutError:
            return False
        except OSError:
            data = b""
        if data:
            self._protocol.receive_data(data)
        else:
            self._gone = True
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.CONT):
                self._hear(event)
        with suppress(OSError):
            self._flush()
        return bool(data)

    def _hear(self, frame: Frame) -> None:
        self._text += bytes(frame.data)
        if frame.fin:
            message = json.loads(self._text)
            self._text = b""
            self.messages.append(message)
            self.heard.append(message)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)

    def cut(self) -> None:
        """Drops the connection as a lost network does: reset, no closing handshake."""
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def __enter__(self) -> RawSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
