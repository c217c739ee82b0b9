"""HTTP requests as bytes, for those that no client would send."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

SECONDS_MAX = 15.0


@dataclass(frozen=True)
class RawAnswer:
    """An answer; `headers` in the order and the case they came in."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of this name, however it is written."""
        return next((value for given, value in self.headers if given.lower() == name.lower()), None)


def ask(url: str, request: bytes) -> RawAnswer | None:
    """Sends the bytes to the server of `url`; its answer, or None when it closed without one."""
    with _connected(url) as connection:
        connection.sendall(request)
        return _answer(connection)


def ask_many(url: str, request: bytes, times: int) -> list[RawAnswer]:
    """Sends one request many times at once over one connection; the answers in order."""
    with _connected(url) as connection:
        connection.sendall(request * times)
        stream: Any = _Stream(connection)
        return [_read(HTTPResponse(stream)) for _ in range(times)]


class _Stream:
    """A connection that one response after another is read from, none closing it."""

    def __init__(self, connection: socket.socket) -> None:
        self._file = connection.makefile("rb")

    def makefile(self, _: str) -> _Stream:
        return self

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def close(self) -> None:
        """Not yet: the next response reads on."""


def _connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    address = (parts.hostname or "", parts.port or (443 if secure else 80))
    connection = socket.create_connection(address, SECONDS_MAX)
    if secure:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=parts.hostname)
    return connection


def _answer(connection: socket.socket) -> RawAnswer | None:
    response = HTTPResponse(connection)
    try:
        return _read(response)
    except (HTTPException, ConnectionError):
        return None
    finally:
        response.close()


def _read(response: HTTPResponse) -> RawAnswer:
    response.begin()
    body = b"" if response.status == 101 else response.read()
    return RawAnswer(response.status, tuple(response.getheaders()), body)
