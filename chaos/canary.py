"""One player's whole way through the system: a bet settles and its event reaches the socket."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from chaos.running import Running

_PLAYER_ROLE = "user"


class CanaryError(Exception):
    """The way through the system is broken; the message says where."""


class Canary:
    """A seeded player at the public address. Each step has `patience_seconds`."""

    def __init__(self, system: Running, *, patience_seconds: float) -> None:
        player = next((each for each in system.accounts if each.role == _PLAYER_ROLE), None)
        if player is None:
            raise CanaryError("no seeded player to log in as")
        self._player = player
        self._patience = patience_seconds
        self._http = httpx.Client(base_url=system.public_url, timeout=patience_seconds)
        self._socket_url = f"ws://{urlsplit(system.public_url).netloc}/api/realtime/sync"
        self._token: str | None = None

    def __enter__(self) -> Canary:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def fly(self) -> None:
        """Bet one gold and hear of it; raises CanaryError where the way is broken."""
        try:
            self._log_in()
            with self._socket() as socket:
                self._await(socket, "round", self._bet())
        except (httpx.HTTPError, WebSocketException, OSError, TimeoutError) as error:
            raise CanaryError(f"no way through: {error!r}") from error

    def _log_in(self) -> None:
        if self._token is None:
            body = {"site_id": self._player.site_id, "password": self._player.password}
            answer = self._http.post("/api/auth/login", json=body)
            if answer.status_code != 200:
                raise CanaryError(f"log-in answered {answer.status_code}")
            self._token = answer.json()["access_token"]

    @contextmanager
    def _socket(self) -> Iterator[ClientConnection]:
        headers = {"Authorization": f"Bearer {self._token}"}
        with connect(self._socket_url, additional_headers=headers, open_timeout=self._patience) as socket:
            self._await(socket, "initial_state", None)
            yield socket

    def _bet(self) -> str:
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": f"canary-{uuid.uuid4()}"}
        answer = self._http.post("/api/games/slot/spin", json={"bet_amount": 1}, headers=headers)
        if answer.status_code != 200:
            raise CanaryError(f"spin answered {answer.status_code}")
        return str(answer.json()["round_id"])

    def _await(self, socket: ClientConnection, what: str, round_id: str | None) -> None:
        """Read until the snapshot, or until the event of a round."""
        deadline = time.monotonic() + self._patience
        while (left := deadline - time.monotonic()) > 0:
            message = json.loads(socket.recv(timeout=left))
            if round_id is None and message["type"] == what:
                return
            if message["type"] == "game_event" and message["data"]["round_id"] == round_id:
                return
        raise CanaryError(f"no {what} within {self._patience} s")
