"""Opens sockets the ways a client may, and listens to what must come first."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from contracts.probing import Bench, Broken, expect
from contracts.sockets.raw_socket import Ending, HandshakeRefused, RawSocket
from contracts.target import Player


def socket_url(bench: Bench, **query: str) -> str:
    """The socket's address; a value may be any text."""
    path = f"{bench.target.url}{bench.sockets.path}"
    return f"{path}?{urlencode(query)}" if query else path


def open_socket(bench: Bench, player: Player | None, **query: str) -> RawSocket:
    """A socket of this player, or of nobody; Broken when HTTP is the answer."""
    return connect(socket_url(bench, **query), headers=player.bearer if player else {})


def connect(url: str, *, headers: Mapping[str, str] = {}, subprotocols: tuple[str, ...] = ()) -> RawSocket:
    """A socket at this address; Broken when HTTP is the answer."""
    try:
        return RawSocket(url, headers=headers, subprotocols=subprotocols)
    except HandshakeRefused as refused:
        raise Broken(f"the handshake was answered {refused}") from refused


def expect_greeting(bench: Bench, socket: RawSocket, *, resumed: bool | None = None) -> None:
    """The first message is sync_connected and says whether the past follows."""
    first = socket.wait_for("sync_connected")
    ended = socket.ending
    expect(first is not None, f"no sync_connected came; the socket ended {ended.code} {ended.reason}")
    assert first is not None
    if resumed is not None:
        expect(first["data"]["resumed"] is resumed, f"resumed is {first['data']['resumed']}")
    expect_documented(bench, socket)


def expect_documented(bench: Bench, socket: RawSocket) -> None:
    """Every message that came fits the AsyncAPI document."""
    for message in socket.heard:
        faults = bench.sockets.faults(message)
        expect(not faults, "; ".join(faults))


def expect_closed(bench: Bench, socket: RawSocket, *codes: int, seconds: float = 10.0) -> Ending:
    """The server closes with one of these codes, or any documented one; a connection just dropped is wrong."""
    ending = socket.wait_closed(seconds)
    expect_documented(bench, socket)
    wanted = " or ".join(map(str, codes)) or "a documented code"
    fits = ending.code in codes if codes else bench.sockets.may_close_with(ending.code)
    expect(fits, f"ended with {ending.code} {ending.reason!r} instead of {wanted}")
    return ending


def expect_alive(bench: Bench) -> None:
    """Health answers, and at once."""
    answer = bench.http.get("/health", timeout=5.0)
    expect(answer.status_code == 200, f"/health answered {answer.status_code}")
