"""The socket client against a real server on loopback: messages, refusals, codes, lost connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent
import pytest
from gevent.server import StreamServer
from websockets.frames import CloseCode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from loadtests.realtime_socket import RealtimeSocket, SocketRefused

Behaviour = Callable[[ServerProtocol], None]


def _serve(behaviour: Behaviour, status: int) -> Callable[[Any, Any], None]:
    def handle(connection: Any, address: Any) -> None:
        protocol = ServerProtocol()
        while data := connection.recv(4096):
            protocol.receive_data(data)
            for event in protocol.events_received():
                if isinstance(event, Request):
                    accepted = protocol.accept(event) if status == 101 else protocol.reject(status, "no")
                    protocol.send_response(accepted)
                    if status == 101:
                        behaviour(protocol)
            for reply in protocol.data_to_send():
                if not reply:
                    return
                connection.sendall(reply)

    return handle


@contextmanager
def serving(behaviour: Behaviour, status: int = 101) -> Iterator[str]:
    """A server that shakes hands (or refuses with `status`) and then does `behaviour`; yields its address."""
    server = StreamServer(("127.0.0.1", 0), _serve(behaviour, status))
    server.start()
    try:
        yield f"ws://127.0.0.1:{server.server_port}/"
    finally:
        server.stop()


def opened(url: str) -> RealtimeSocket:
    """A connection to the server."""
    return RealtimeSocket(url, headers={"Authorization": "Bearer t"}, timeout_seconds=5.0)


def test_messages_arrive_whole_and_in_order() -> None:
    """Also one that comes in two frames; then the server's code is known."""

    def talk(protocol: ServerProtocol) -> None:
        protocol.send_text(b"one")
        protocol.send_text(b"tw", fin=False)
        protocol.send_continuation(b"o", fin=True)
        protocol.send_close(CloseCode(1012), '{"retry_after": 0.7}')

    with serving(talk) as url:
        connection = opened(url)
        assert list(connection.messages()) == [b"one", b"two"]
        assert (connection.close_code, connection.retry_after_seconds) == (1012, 0.7)


def test_a_refusal_names_its_status() -> None:
    """403 before the handshake."""
    with serving(lambda protocol: None, status=403) as url, pytest.raises(SocketRefused) as refused:
        opened(url)
    assert refused.value.status == 403


def test_nobody_listening_is_a_refusal_without_status() -> None:
    """No server, no answer."""
    with serving(lambda protocol: None) as url:
        pass
    with pytest.raises(SocketRefused) as refused:
        opened(url)
    assert refused.value.status == 0


def test_a_cut_ends_the_messages_without_a_code() -> None:
    """As when the network is lost."""
    with serving(lambda protocol: protocol.send_text(b"one")) as url:
        connection = opened(url)
        received: list[bytes] = []
        reader = gevent.spawn(lambda: received.extend(connection.messages()))
        gevent.sleep(0.1)
        connection.cut()
        reader.join(timeout=2.0)
        assert reader.ready()
        assert (received, connection.close_code) == ([b"one"], None)
